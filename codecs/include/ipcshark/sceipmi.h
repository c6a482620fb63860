/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sceipmi.h
 * IPMI, the inter-process message interface of the PlayStation 4 kernel (Orbis): the manager call
 * (system call 622, ipmimgr_call), its parameter blocks, descriptors, configurations and the
 * packets that a server receives.
 *
 * Every block is described once, as a table of fields (struct sceipmi_layout). Decoding, encoding,
 * the JSON of `ipcshark decode`, the dissector and the simulated kernel all walk that table.
 *
 * All numbers are little-endian; offsets and sizes are in bytes, from the start of the block, array
 * or packet at hand. Nothing is allocated, and layouts and names are constant data.
 *
 * Sources: RPCSX kernel/orbis (sizes exact), fpPS4 kern_ipmimgr, sharkie, uplift, measurements on
 * PS5 4.03; docs/orbis.md says which fact has which source and how certain it is.
 */
#ifndef IPCSHARK_SCEIPMI_H
#define IPCSHARK_SCEIPMI_H

#include <ipcshark/finding.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SCEIPMI_MAX_BLOCK_SIZE   0x40 /**< Larger: *out = 0x800E0001. */
#define SCEIPMI_MAX_COUNT        10   /**< numIn, numOut: more is EINVAL. */
#define SCEIPMI_MAX_NAME         24   /**< Characters without NUL: more is ENAMETOOLONG. */
#define SCEIPMI_MAX_QUEUES       32
#define SCEIPMI_MAX_EVENT_FLAGS  32
#define SCEIPMI_DATA_INFO_SIZE   0x10
#define SCEIPMI_BUFFER_INFO_SIZE 0x18
#define SCEIPMI_PACKET_INFO_SIZE 0x18
#define SCEIPMI_COOKIE           0xDEADBADECAFEBEAFull /**< r9 of libSceIpmi; not checked. */

enum sceipmi_op {
    SCEIPMI_CREATE_SERVER = 0x000,
    SCEIPMI_DESTROY_SERVER = 0x001,
    SCEIPMI_CREATE_CLIENT = 0x002,
    SCEIPMI_DESTROY_CLIENT = 0x003,
    SCEIPMI_CREATE_SESSION = 0x004,
    SCEIPMI_DESTROY_SESSION = 0x005,
    SCEIPMI_TRACE = 0x010,
    SCEIPMI_SERVER_RECEIVE_PACKET = 0x201,
    SCEIPMI_SHUTDOWN_DISPATCHER = 0x202,
    SCEIPMI_OLD_CONNECT = 0x211,
    SCEIPMI_SEND_CONNECT_RESULT = 0x212,
    SCEIPMI_OLD_CONNECT_RESULT = 0x213,
    SCEIPMI_SEND_DISCONNECT_RESULT = 0x222,
    SCEIPMI_RESPOND_SYNC = 0x232,
    SCEIPMI_INVOKE_ASYNC = 0x241,
    SCEIPMI_RESPOND_ASYNC = 0x242,
    SCEIPMI_TRY_GET_RESULT = 0x243,
    SCEIPMI_GET_MESSAGE = 0x251,
    SCEIPMI_TRY_GET_MESSAGE = 0x252,
    SCEIPMI_SEND_MESSAGE = 0x253,
    SCEIPMI_TRY_SEND_MESSAGE = 0x254,
    SCEIPMI_EMPTY_MESSAGE_QUEUE = 0x255,
    SCEIPMI_SESSION_GET_CLIENT_PID = 0x302,
    SCEIPMI_DISCONNECT = 0x310,
    SCEIPMI_INVOKE_SYNC = 0x320,
    SCEIPMI_CONNECT = 0x400,
    SCEIPMI_SESSION_GET_CLIENT_APP_ID = 0x463,
    SCEIPMI_IS_PEER_PRIVILEGED = 0x464,
    SCEIPMI_GET_SERVER = 0x465,
    SCEIPMI_SERVER_GET_USER_DATA = 0x466,
    SCEIPMI_CLIENT_GET_USER_DATA = 0x467,
    SCEIPMI_SESSION_GET_USER_DATA = 0x468,
    SCEIPMI_SERVER_GET_NAME = 0x46A,
    SCEIPMI_CLIENT_GET_NAME = 0x46B,
    SCEIPMI_WAIT_EVENT_FLAG = 0x490,
    SCEIPMI_POLL_EVENT_FLAG = 0x491,
    SCEIPMI_SET_EVENT_FLAG = 0x493,
    SCEIPMI_TERMINATE_CONNECTION = 0x520,
};

/** How a field is to be read and shown. */
enum sceipmi_field_kind {
    SCEIPMI_FIELD_PADDING = 0,
    SCEIPMI_FIELD_DECIMAL, /**< A count, an index, a length. */
    SCEIPMI_FIELD_SIGNED,
    SCEIPMI_FIELD_HEX,    /**< A bit pattern, an identifier. */
    SCEIPMI_FIELD_RESULT, /**< s32 result of a method or connection. */
    SCEIPMI_FIELD_KID,
    SCEIPMI_FIELD_METHOD,
    SCEIPMI_FIELD_POINTER, /**< Guest address; `role` says what stands behind it. */
    SCEIPMI_FIELD_TEXT,    /**< Characters in place, NUL padded. */
};

/** What stands behind a pointer: which record section carries it (see ipcshark/record.h). */
enum sceipmi_role {
    SCEIPMI_ROLE_NONE = 0,
    SCEIPMI_ROLE_DATA_INFO,   /**< Array of DataInfo; sceipmi_count_field() says how many. */
    SCEIPMI_ROLE_BUFFER_INFO, /**< Array of BufferInfo. */
    SCEIPMI_ROLE_NAME,
    SCEIPMI_ROLE_CONFIG,
    SCEIPMI_ROLE_USER_DATA,
    SCEIPMI_ROLE_MESSAGE,
    SCEIPMI_ROLE_PACKET,
    SCEIPMI_ROLE_PACKET_INFO,
    SCEIPMI_ROLE_RESULT,  /**< IPMI_SCALAR 1 */
    SCEIPMI_ROLE_STATUS,  /**< IPMI_SCALAR 2 */
    SCEIPMI_ROLE_TICKET,  /**< IPMI_SCALAR 3 */
    SCEIPMI_ROLE_PATTERN, /**< IPMI_SCALAR 4 */
    SCEIPMI_ROLE_TIMEOUT, /**< IPMI_SCALAR 5 */
    SCEIPMI_ROLE_VALUE,   /**< IPMI_SCALAR 6 */
    SCEIPMI_ROLE_SIZE,    /**< IPMI_SCALAR 7 */
    SCEIPMI_ROLE_OBJECT,  /**< The library's own C++ object; nothing is read there. */
    SCEIPMI_ROLE_OTHER,   /**< IPMI_SCALAR 0x100 + the pointer's offset in the block. */
};

struct sceipmi_field {
    const char *name;  /**< "method", "num_in": also the last part of the filter name. */
    const char *label; /**< "Method index" */
    uint16_t offset;   /**< Bytes from the start of the block. */
    uint16_t size;     /**< Bytes: 1, 2, 4, 8; of a text its room. */
    uint8_t kind;      /**< enum sceipmi_field_kind. */
    uint8_t role;      /**< enum sceipmi_role. */
};

/** A block, a configuration, a packet header: its size and its fields. */
struct sceipmi_layout {
    const char *name; /**< "InvokeSyncMethod" */
    uint16_t size;
    uint8_t field_count;
    const struct sceipmi_field *field;
};

/** How well a fact is known. */
enum sceipmi_confidence {
    SCEIPMI_CERTAIN = 1, /**< Two independent sources, or measured on a console. */
    SCEIPMI_LIKELY = 2,  /**< One good source. */
    SCEIPMI_GUESS = 3,
};

enum sceipmi_object {
    SCEIPMI_NO_OBJECT = 0,
    SCEIPMI_SERVER = 1,
    SCEIPMI_CLIENT = 2,
    SCEIPMI_SESSION = 4, /**< Bits: some calls take more than one kind. */
};

/** One manager call. */
struct sceipmi_operation {
    uint16_t op;
    const char *name; /**< "InvokeSyncMethod" */
    uint8_t object;   /**< Bits of enum sceipmi_object that `kid` may name. */
    uint8_t confidence;
    bool size_known;                     /**< False: the block's size is not known. */
    const struct sceipmi_layout *layout; /**< NULL: no block (size 0 if size_known). */
};

/** The call's entry, NULL for an unknown one (which is not malformed). Binary search. */
const struct sceipmi_operation *sceipmi_operation(uint32_t op);

/** All of them, sorted by op. */
const struct sceipmi_operation *sceipmi_operations(size_t *count);

/** Layouts that are not parameter blocks. */
const struct sceipmi_layout *sceipmi_client_config(void);  /**< 0x150 bytes. */
const struct sceipmi_layout *sceipmi_server_config(void);  /**< 0x38 bytes. */
const struct sceipmi_layout *sceipmi_session_config(void); /**< 0x10 bytes. */
/** Of these three the one that a Create call's `config` points at; NULL: `op` has none. */
const struct sceipmi_layout *sceipmi_config_layout(uint32_t op);
const struct sceipmi_layout *sceipmi_packet_info(void);    /**< 0x18 bytes. */
const struct sceipmi_layout *sceipmi_sync_packet(void);    /**< 0x18 bytes, then inputs. */
const struct sceipmi_layout *sceipmi_async_packet(void);   /**< 0x14 bytes, then inputs. */
const struct sceipmi_layout *sceipmi_connect_packet(void); /**< 0x150 bytes, then user data. */

/** A field by name, NULL if the layout has none. */
const struct sceipmi_field *sceipmi_layout_field(const struct sceipmi_layout *layout,
                                                 const char *name);

/**
 * The field that counts the entries of the array behind a pointer (role DATA_INFO or BUFFER_INFO),
 * NULL for any other field.
 */
const struct sceipmi_field *sceipmi_count_field(const struct sceipmi_layout *layout,
                                                const struct sceipmi_field *array);

/** A field's value (zero-extended), 0 if its bytes are not all there; texts give 0. */
uint64_t sceipmi_field_get(const struct sceipmi_field *field, const uint8_t *bytes, size_t length);

/** Writes a field if it lies within the bytes; returns whether it does. */
bool sceipmi_field_set(const struct sceipmi_field *field, uint8_t *bytes, size_t length,
                       uint64_t value);

/** Both of the above by name; an unknown name reads 0 and writes nothing. */
uint64_t sceipmi_get(const struct sceipmi_layout *layout, const char *name, const uint8_t *bytes,
                     size_t length);
bool sceipmi_set(const struct sceipmi_layout *layout, const char *name, uint8_t *bytes,
                 size_t length, uint64_t value);

/** The record's IPMI_CALL section: arguments and the first two result layers of a manager call. */
struct sceipmi_call {
    uint32_t op;
    uint32_t kid;
    uint64_t out_pointer;
    uint64_t in_pointer;
    uint64_t in_size; /**< As passed: may exceed 0x40. */
    uint64_t cookie;
    uint64_t rax;   /**< Layer 1, the system call's own return. */
    uint32_t out;   /**< Layer 2: a new kid, 0, or 0x80020000 | errno. */
    uint32_t valid; /**< Bits below. */
};

enum sceipmi_call_valid {
    SCEIPMI_RAX_VALID = 1,
    SCEIPMI_CARRY = 2, /**< rax is an errno. */
    SCEIPMI_OUT_VALID = 4,
};

#define SCEIPMI_CALL_SIZE 64

/** False with a finding if there are fewer than SCEIPMI_CALL_SIZE bytes; what is there is filled
 *  in. */
bool sceipmi_call_decode(const uint8_t *bytes, size_t length, struct sceipmi_call *call,
                         struct ipcshark_findings *findings);
/** Bytes written (SCEIPMI_CALL_SIZE), 0 if they do not fit. */
size_t sceipmi_call_encode(const struct sceipmi_call *call, uint8_t *bytes, size_t capacity);

/**
 * Checks a call and its block as the kernel does, in its order: size over 0x40, the op's own size,
 * counts, flags. `block` are the captured bytes; their offsets are used in findings.
 */
void sceipmi_block_check(const struct sceipmi_call *call, const uint8_t *block, size_t length,
                         struct ipcshark_findings *findings);

/** What sceipmi_block_check() says of the call itself: cookie, op and kid. */
void sceipmi_call_check(const struct sceipmi_call *call, struct ipcshark_findings *findings);

/** The configuration of a create (op 0x000, 0x002, 0x004): its size field and the limits in it. */
void sceipmi_config_check(uint32_t op, const uint8_t *bytes, size_t length,
                          struct ipcshark_findings *findings);

/** Name of a create: starts with "Sce", at most 24 characters, a NUL within the bytes. */
void sceipmi_name_check(const uint8_t *bytes, size_t length, bool is_server,
                        struct ipcshark_findings *findings);

/** DataInfo: an input. */
struct sceipmi_data_info {
    uint64_t data;
    uint64_t size;
    uint32_t offset; /**< Of the descriptor in its array. */
};

/** BufferInfo: an output. */
struct sceipmi_buffer_info {
    uint64_t data;
    uint64_t capacity;
    uint64_t written;
    uint32_t offset;
};

/** The n-th descriptor of an array; false if it is not all there. */
bool sceipmi_data_info(const uint8_t *bytes, size_t length, size_t n,
                       struct sceipmi_data_info *info);
bool sceipmi_buffer_info(const uint8_t *bytes, size_t length, size_t n,
                         struct sceipmi_buffer_info *info);
/** Bytes written, 0 if they do not fit. `offset` is ignored. */
size_t sceipmi_data_info_encode(const struct sceipmi_data_info *info, size_t count, uint8_t *bytes,
                                size_t capacity);
size_t sceipmi_buffer_info_encode(const struct sceipmi_buffer_info *info, size_t count,
                                  uint8_t *bytes, size_t capacity);

/** Outputs of a respond call: no more may be written than there is room. */
void sceipmi_buffer_info_check(const uint8_t *bytes, size_t length,
                               struct ipcshark_findings *findings);

enum sceipmi_packet_type {
    SCEIPMI_PACKET_CONNECT = 0x0001,
    SCEIPMI_PACKET_SYNC = 0x0041,
    SCEIPMI_PACKET_ASYNC = 0x0043,
    SCEIPMI_PACKET_RAW_FORM = 0x0010,     /**< Or-ed in: invoke flags bit 0 was clear. */
    SCEIPMI_PACKET_SAME_PROCESS = 0x8000, /**< Or-ed in. */
};

/** One input inside a packet. */
struct sceipmi_packet_input {
    uint32_t offset; /**< Of its bytes in the packet. */
    uint32_t size;   /**< As declared. */
    uint32_t captured;
};

/** A packet body as a server receives it. */
struct sceipmi_packet {
    uint32_t type;                       /**< As in the packet info. */
    const struct sceipmi_layout *layout; /**< Of its header; NULL for an unknown type. */
    uint32_t in_count;                   /**< As declared. */
    uint32_t in_captured;                /**< Entries of `input` that are there. */
    struct sceipmi_packet_input input[SCEIPMI_MAX_COUNT];
    uint32_t out_count;    /**< As declared; sync only. */
    uint32_t out_captured; /**< Entries of `out_capacity`. */
    uint32_t out_capacity[SCEIPMI_MAX_COUNT];
    uint32_t user_data_offset; /**< Connect only. */
    uint32_t user_data_size;
};

/**
 * Decodes a packet body as far as it goes; false if it is cut off or of an unknown type. `bytes`
 * are what was captured: a declared size larger than that is a finding, never a longer read.
 */
bool sceipmi_packet_decode(uint32_t type, const uint8_t *bytes, size_t length,
                           struct sceipmi_packet *packet, struct ipcshark_findings *findings);

/** Event flag wait modes. */
enum sceipmi_event_mode {
    SCEIPMI_EVENT_AND = 0x01,
    SCEIPMI_EVENT_OR = 0x02,
    SCEIPMI_EVENT_CLEAR_ALL = 0x10,
    SCEIPMI_EVENT_CLEAR_PATTERN = 0x20,
};

#ifdef __cplusplus
}
#endif

#endif
