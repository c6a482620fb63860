/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file record.h
 * The ipctap record: one observed side of one call, the unit of every file, pipe and stream of this
 * project. docs/capture-format.md is the normative text; this header is its C form.
 *
 * All numbers are little-endian, sizes and offsets in bytes, times in nanoseconds. Nothing is
 * allocated: a decoded record points into the caller's bytes, which must outlive it.
 */
#ifndef IPCSHARK_RECORD_H
#define IPCSHARK_RECORD_H

#include <ipcshark/finding.h>
#include <ipcshark/reader.h>
#include <ipcshark/writer.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IPCTAP_MAGIC           0x54435049u /**< "IPCT" */
#define IPCTAP_VERSION         1
#define IPCTAP_HEADER_SIZE     64
#define IPCTAP_SECTION_SIZE    24 /**< Section header. */
#define IPCTAP_MAX_HEADER_SIZE 1024
#define IPCTAP_MAX_RECORD_SIZE (16u << 20)
#define IPCTAP_MAX_SECTIONS    4096
#define IPCTAP_MAX_NAME        255
#define IPCTAP_MAX_TEXT        0x10000
#define IPCTAP_DEFAULT_SECTION_CAP                                                                 \
    0x10000                           /**< Producers cap sections at this unless told otherwise. */
#define IPCTAP_MAX_PACKET_SIZE 261120 /**< Of a packet in a capture file, tags included. */
#define IPCTAP_UNKNOWN_ID      0xFFFFFFFFu
#define IPCTAP_NO_PEER         0xFFFFFFFEu

enum ipctap_platform {
    IPCTAP_OTHER = 0,
    IPCTAP_HORIZON = 1,
    IPCTAP_CTR = 2,
    IPCTAP_ORBIS = 3,
    IPCTAP_PROSPERO = 4,
};

enum ipctap_kind {
    IPCTAP_HIPC_MESSAGE = 1,
    IPCTAP_CTR_COMMAND = 2,
    IPCTAP_IPMI_CALL = 3,
    IPCTAP_APPMSG_CALL = 4,
    IPCTAP_KERNEL_CALL = 5,
    IPCTAP_NOTE = 6,
};

enum ipctap_phase {
    IPCTAP_SNAPSHOT = 0, /**< Direction unknown, or an event without an end; never paired. */
    IPCTAP_ENTER = 1,    /**< Request. */
    IPCTAP_EXIT = 2,     /**< Reply. */
};

enum ipctap_flag {
    IPCTAP_TRUNCATED = 1 << 0,     /**< Some section has less than there was. */
    IPCTAP_UNREADABLE = 1 << 1,    /**< Some memory could not be read. */
    IPCTAP_SYNTHETIC = 1 << 2,     /**< Made by a reference server or generator. */
    IPCTAP_SERVER = 1 << 3,        /**< The server's side of the call. */
    IPCTAP_NO_EXIT = 1 << 4,       /**< No exit will follow. */
    IPCTAP_RESULT = 1 << 5,        /**< `result` is valid. */
    IPCTAP_UNIMPLEMENTED = 1 << 6, /**< The producer has no such function and made up the reply. */
    IPCTAP_ASYNC = 1 << 7,         /**< The system call returned at once; the exit is the reply. */
    IPCTAP_DOMAIN = 1 << 8,        /**< The session is a domain, which the bytes cannot tell. */
};

enum ipctap_clock {
    IPCTAP_CLOCK_UNIX = 0,
    IPCTAP_CLOCK_MONOTONIC = 1,
    IPCTAP_CLOCK_UNKNOWN = 2,
};

enum ipctap_section_type {
    IPCTAP_MESSAGE = 0x0001,
    IPCTAP_RECEIVE_CONTEXT = 0x0002,
    IPCTAP_FRAGMENT = 0x0003,
    IPCTAP_POINTER = 0x0010,
    IPCTAP_SEND = 0x0011,
    IPCTAP_RECEIVE = 0x0012,
    IPCTAP_EXCHANGE = 0x0013,
    IPCTAP_RECEIVE_LIST = 0x0014,
    IPCTAP_BUFFER = 0x0015,
    IPCTAP_STATIC = 0x0020,
    IPCTAP_MAPPED = 0x0021,
    IPCTAP_PXI = 0x0022,
    IPCTAP_SECTION_IPMI_CALL = 0x0030,
    IPCTAP_IPMI_BLOCK = 0x0031,
    IPCTAP_IPMI_DATA_INFO = 0x0032,
    IPCTAP_IPMI_BUFFER_INFO = 0x0033,
    IPCTAP_IPMI_IN = 0x0034,
    IPCTAP_IPMI_OUT = 0x0035,
    IPCTAP_IPMI_MESSAGE = 0x0036,
    IPCTAP_IPMI_PACKET = 0x0037,
    IPCTAP_IPMI_PACKET_INFO = 0x0038,
    IPCTAP_IPMI_USER_DATA = 0x0039,
    IPCTAP_IPMI_CONFIG = 0x003A,
    IPCTAP_IPMI_NAME = 0x003B,
    IPCTAP_IPMI_SCALAR = 0x003C,
    IPCTAP_SECTION_APPMSG_CALL = 0x0040,
    IPCTAP_APPMSG_PAYLOAD = 0x0041,
    IPCTAP_APPMSG_MESSAGE = 0x0042,
    IPCTAP_SECTION_KERNEL_CALL = 0x0050,
    IPCTAP_HANDLES = 0x0051,
    IPCTAP_MEMORY = 0x0052,
    IPCTAP_SERVICE_ACCESS = 0x0053,
    IPCTAP_CLOCK_PAIR = 0x0060,
    IPCTAP_DROPPED = 0x0061,
    IPCTAP_CAUSE = 0x0062,
    IPCTAP_SERVICE = 0x0100,
    IPCTAP_INTERFACE = 0x0101,
    IPCTAP_FUNCTION = 0x0102,
    IPCTAP_PROCESS_NAME = 0x0103, /**< Index 0 this side's, 1 the peer's. */
    IPCTAP_THREAD_NAME = 0x0104,
    IPCTAP_PRODUCER = 0x0105,
    IPCTAP_FIRMWARE = 0x0106,
    IPCTAP_OBJECT_NAME = 0x0107,
    IPCTAP_COMMENT = 0x0108,
    IPCTAP_SOURCE_TEXT = 0x0109,
    IPCTAP_SESSION = 0x010A,
    IPCTAP_PRIVATE = 0x8000,
};

/** Indices of IPMI_SCALAR; any other pointer: 0x100 + its offset in the block. */
enum ipctap_scalar {
    IPCTAP_SCALAR_RESULT = 1,
    IPCTAP_SCALAR_STATUS = 2,
    IPCTAP_SCALAR_TICKET = 3,
    IPCTAP_SCALAR_PATTERN = 4,
    IPCTAP_SCALAR_TIMEOUT = 5,
    IPCTAP_SCALAR_VALUE = 6,
    IPCTAP_SCALAR_SIZE = 7,
    IPCTAP_SCALAR_OTHER = 0x100,
};

enum ipctap_kernel_call_number {
    IPCTAP_CALL_HELLO = 1,
    IPCTAP_CALL_EXIT = 2,
    IPCTAP_CALL_CONNECT_TO_PORT = 3,
    IPCTAP_CALL_CLOSE_HANDLE = 4,
    IPCTAP_CALL_CREATE_SESSION = 5,
    IPCTAP_CALL_CREATE_PORT = 6,
    IPCTAP_CALL_ACCEPT_SESSION = 7,
    IPCTAP_CALL_CREATE_SESSION_TO_PORT = 8,
    IPCTAP_CALL_REPLY_AND_RECEIVE = 9,
    IPCTAP_CALL_WAIT_SYNCHRONIZATION = 10,
    IPCTAP_CALL_CREATE_EVENT = 11,
    IPCTAP_CALL_SIGNAL_EVENT = 12,
    IPCTAP_CALL_CLEAR_EVENT = 13,
    IPCTAP_CALL_CREATE_MEMORY_BLOCK = 14,
    IPCTAP_CALL_MAP_MEMORY_BLOCK = 15,
    IPCTAP_CALL_UNMAP_MEMORY_BLOCK = 16,
    IPCTAP_CALL_READ_MEMORY = 17,
    IPCTAP_CALL_WRITE_MEMORY = 18,
    IPCTAP_CALL_GET_PROCESS_ID = 19,
    IPCTAP_CALL_DUPLICATE_HANDLE = 20,
    IPCTAP_CALL_SEND_SYNC_REQUEST_WITH_USER_BUFFER = 21,
    IPCTAP_CALL_RESET_SIGNAL = 22,
    IPCTAP_CALL_CANCEL_SYNCHRONIZATION = 23,
    IPCTAP_CALL_CREATE_SEMAPHORE = 24,
    IPCTAP_CALL_RELEASE_SEMAPHORE = 25,
};

/** The header, field by field. Times in nanoseconds. */
struct ipctap_header {
    uint8_t version;      /**< Decode: as found. Encode: 0 means IPCTAP_VERSION. */
    uint8_t platform;     /**< enum ipctap_platform. */
    uint8_t kind;         /**< enum ipctap_kind. */
    uint8_t phase;        /**< enum ipctap_phase. */
    uint16_t header_size; /**< Decode: as found. Encode: ignored, always IPCTAP_HEADER_SIZE. */
    uint16_t flags;       /**< Bits of enum ipctap_flag. */
    uint32_t record_size; /**< Decode: as found. Encode: filled in. */
    uint64_t time;        /**< On `clock`, 0 unknown. */
    uint64_t call_id;     /**< Joins the records of one call, 0 unknown. */
    uint32_t pid;         /**< Whose side this is, or IPCTAP_UNKNOWN_ID. */
    uint32_t tid;         /**< Likewise. */
    uint64_t program_id;  /**< Title, program or app id of that process, 0 unknown. */
    uint32_t object;      /**< Handle or kid that the call goes through, 0 unknown. */
    uint32_t result;      /**< Of the kernel call itself, with RESULT. */
    uint32_t peer_pid;    /**< At the other end, IPCTAP_UNKNOWN_ID or IPCTAP_NO_PEER. */
    uint8_t clock;        /**< enum ipctap_clock. */
    uint8_t reserved;     /**< 0. */
    uint16_t source;      /**< A number of this run of the observed kernel, 0 unknown. */
};

/** A header with every id "unknown", for a producer to fill in. */
struct ipctap_header ipctap_header_init(uint8_t platform, uint8_t kind, uint8_t phase);

/** One section. `bytes` points into the record and is `captured_size` long, never more. */
struct ipctap_section {
    uint16_t type;
    uint16_t index;
    uint32_t
        captured_size; /**< Bytes at `bytes`. Less than stands in the header if cut (see cut). */
    uint64_t address;
    uint64_t declared_size;
    const uint8_t *bytes;
    uint32_t offset; /**< Of the section header in the record. */
    bool cut;        /**< The record's bytes end inside this section (snap length). */
};

/** A record: header and where its sections are. */
struct ipctap_record {
    struct ipctap_header header;
    const uint8_t *bytes;
    size_t length; /**< Captured bytes, at most header.record_size. */
};

/** How much of a stream makes the next record. */
enum ipctap_stream_state {
    IPCTAP_STREAM_RECORD,    /**< *size bytes are one record, all there. */
    IPCTAP_STREAM_NEED_MORE, /**< At least *size bytes are needed. */
    IPCTAP_STREAM_BAD,       /**< Bad magic, version or size: the stream cannot go on (findings). */
};

/** Looks at the start of `bytes`; never needs more than IPCTAP_HEADER_SIZE to answer NEED_MORE. */
enum ipctap_stream_state ipctap_stream_next(const uint8_t *bytes, size_t length, size_t *size,
                                            struct ipcshark_findings *findings);

/**
 * For who only listens and may have missed something: how many of these bytes, whose start is bad,
 * lie before what could be the start of a record, which their end may cut. All of them if nothing
 * could.
 */
size_t ipctap_stream_skip(const uint8_t *bytes, size_t length);

/**
 * Decodes the header. False if there is no usable one (too short, bad magic, version or sizes). A
 * record that is cut (`length` < record_size) is decoded as far as it goes, with a finding.
 */
bool ipctap_record_decode(const uint8_t *bytes, size_t length, struct ipctap_record *record,
                          struct ipcshark_findings *findings);

/** A walk over the sections, in order: zero-initialise, then call until it returns false. */
struct ipctap_section_iterator {
    size_t next;    /**< Offset of the next section; 0 means the first. */
    uint32_t count; /**< Sections returned so far. */
};

bool ipctap_section_next(const struct ipctap_record *record,
                         struct ipctap_section_iterator *iterator, struct ipctap_section *section,
                         struct ipcshark_findings *findings);

/** Where a record's first sections start, read once for whoever asks for many: by offsets, as most
 *  are never looked at. */
#define IPCTAP_INDEX_SIZE 24
struct ipctap_section_index {
    uint64_t types; /**< One bit for each that there is; several types share one. */
    uint32_t count; /**< Of the entries below. */
    bool is_whole;  /**< The record has no more sections than those. */
    uint32_t name[IPCTAP_INDEX_SIZE]; /**< Type, and index in the upper half. */
    uint32_t offset[IPCTAP_INDEX_SIZE];
};

void ipctap_section_index_fill(const struct ipctap_record *record,
                               struct ipctap_section_index *index);

static inline uint64_t ipctap_section_bit(uint16_t type)
{
    return UINT64_C(1) << ((type ^ type >> 4) & 63);
}

/** False: the record surely has no section of that type. Most questions end here. */
static inline bool ipctap_section_index_may_have(const struct ipctap_section_index *index,
                                                 uint16_t type)
{
    return (index->types & ipctap_section_bit(type)) || !index->is_whole;
}

/** As ipctap_section_find(), in the record that the index was filled from. */
bool ipctap_section_index_find(const struct ipctap_record *record,
                               const struct ipctap_section_index *index, uint16_t type,
                               uint16_t number, struct ipctap_section *section);

/** The first section of that type, whatever its index; likewise. */
bool ipctap_section_index_find_type(const struct ipctap_record *record,
                                    const struct ipctap_section_index *index, uint16_t type,
                                    struct ipctap_section *section);

/** The first section of that type and index; false if there is none. */
bool ipctap_section_find(const struct ipctap_record *record, uint16_t type, uint16_t index,
                         struct ipctap_section *section);

/** Checks what iteration does not: duplicate sections, the reserved byte, sizes, texts' lengths. */
void ipctap_record_check(const struct ipctap_record *record, struct ipcshark_findings *findings);

/**
 * Building a record in the caller's memory: begin, sections, end.
 *
 *     struct ipcshark_writer writer = ipcshark_writer(buffer, sizeof buffer);
 *     ipctap_begin(&writer, &header);
 *     ipctap_add(&writer, IPCTAP_MESSAGE, 0, address, bytes, size);
 *     size_t size = ipctap_end(&writer);      // 0: it did not fit
 *
 * The writer must start at offset 0; several records in one buffer need a writer each.
 */
void ipctap_begin(struct ipcshark_writer *writer, const struct ipctap_header *header);

/** A section whose declared size is its captured size. */
void ipctap_add(struct ipcshark_writer *writer, uint16_t type, uint16_t index, uint64_t address,
                const void *bytes, uint32_t size);

/** A section with less (or none) of what there was. */
void ipctap_add_part(struct ipcshark_writer *writer, uint16_t type, uint16_t index,
                     uint64_t address, const void *bytes, uint32_t captured_size,
                     uint64_t declared_size);

/** A text section; NULL or "" adds nothing. */
void ipctap_add_text(struct ipcshark_writer *writer, uint16_t type, uint16_t index,
                     const char *text);

/** A section of a u64, 8 bytes (SESSION, CAUSE). */
void ipctap_add_u64(struct ipcshark_writer *writer, uint16_t type, uint64_t value);

/** Fills in the size and returns it; 0 if the record did not fit. */
size_t ipctap_end(struct ipcshark_writer *writer);

/**
 * Shortens the largest sections of a record in place until it has at most `limit` bytes, sets
 * TRUNCATED, corrects captured_size and record_size. Returns the new size (unchanged if it fits, 0
 * if it cannot be done).
 */
size_t ipctap_record_shorten(uint8_t *bytes, size_t length, size_t limit);

/** Change one field of a record that ipctap_record_decode() has accepted, in place. */
void ipctap_record_set_source(uint8_t *bytes, uint16_t source);
void ipctap_record_set_call_id(uint8_t *bytes, uint64_t call_id);

/** The KERNEL_CALL section. */
struct ipctap_kernel_call {
    uint32_t call; /**< enum ipctap_kernel_call_number. */
    uint32_t handle;
    uint32_t handle_2;
    uint32_t value;
    uint64_t address;
    uint64_t size;
    uint64_t value_2;
};

#define IPCTAP_KERNEL_CALL_SIZE 48

/** False with a finding if there are fewer than IPCTAP_KERNEL_CALL_SIZE bytes. */
bool ipctap_kernel_call_decode(const uint8_t *bytes, size_t length, struct ipctap_kernel_call *call,
                               struct ipcshark_findings *findings);
/** Returns IPCTAP_KERNEL_CALL_SIZE; it did not fit if that is more than `capacity`. */
size_t ipctap_kernel_call_encode(const struct ipctap_kernel_call *call, uint8_t *bytes,
                                 size_t capacity);

/** Names for all numbers of this header; NULL if unknown. "SendSyncRequest", "MESSAGE", … */
const char *ipctap_platform_name(uint8_t platform);
const char *ipctap_kind_name(uint8_t kind);
const char *ipctap_phase_name(uint8_t phase);
const char *ipctap_section_name(uint16_t type);
const char *ipctap_kernel_call_name(uint32_t call);
/** Sections that hold text. */
bool ipctap_section_is_text(uint16_t type);

/** The 16 bytes before a record in a packet of LINKTYPE_WIRESHARK_UPPER_PDU (252). */
#define IPCTAP_LINKTYPE  252
#define IPCTAP_TAGS_SIZE 16
extern const uint8_t ipctap_tags[IPCTAP_TAGS_SIZE];

#ifdef __cplusplus
}
#endif

#endif
