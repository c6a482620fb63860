/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ipctap.h
 * libipctap, the shim: what an emulator, a hook or a simulated kernel embeds to make its IPC
 * visible.
 *
 *     struct ipctap_options options = {.destination = "tcp:127.0.0.1:18252",
 *                                      .producer = "emu 1.0"};
 *     char error[256];
 *     struct ipctap *tap = ipctap_open(&options, error, sizeof error);
 *
 *     // at the entry of SendSyncRequest
 *     struct ipctap_header header = ipctap_header_init(IPCTAP_HORIZON, IPCTAP_HIPC_MESSAGE,
 *                                                      IPCTAP_ENTER);
 *     header.pid = process_id, header.tid = thread_id, header.object = handle;
 *     header.call_id = call = ipctap_next_call_id(tap);
 *     ipctap_emit_message(tap, &header, tls_address, tls_bytes, 0x100, NULL, 0);
 *
 *     // at its end: the same with IPCTAP_EXIT, the same call_id, and the reply in the buffer
 *
 *     ipctap_close(tap);
 *
 * Emitting copies the record into a queue and returns; a thread of the shim writes it out. While
 * records come, emitting makes no system call; the first record after a second of silence wakes the
 * writer, and the first one of a thread allocates its queue. While the queue is full the shim drops
 * whole records, counts them, and says so in the stream (IPCTAP_POLICY_DROP), or waits
 * (IPCTAP_POLICY_WAIT). When the recorder goes away the shim connects anew, and begins again with
 * its PRODUCER note; when a file's disk is full, the file ends with a whole packet and goes on as
 * soon as there is room.
 *
 * All functions may be called from any thread, ipctap_close() once and last; all accept a NULL tap
 * and do nothing then. A disabled tap costs one predictable branch, inline: put what prepares a
 * record behind `if (ipctap_is_on(tap))`. The format: docs/capture-format.md.
 */
#ifndef IPCTAP_H
#define IPCTAP_H

#include <ipcshark/record.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ipctap;

enum ipctap_policy {
    IPCTAP_POLICY_DROP = 0, /**< Never hold up the observed system. */
    IPCTAP_POLICY_WAIT = 1, /**< Never lose a record. */
};

struct ipctap_options {
    /**
     * "tcp:HOST:PORT" or "unix:PATH" of a recorder (`ipcshark record --listen`), HOST a number or
     * localhost; "file:PATH", a pcapng file; "pipe:PATH", a FIFO or file of bare records
     * ("pipe:/dev/fd/3": a descriptor, where the system has such paths).
     */
    const char *destination;
    const char *producer; /**< Name and version, for the PRODUCER note. */
    const char *firmware; /**< Of the observed system, "17.0.1"; may be NULL. */
    uint8_t platform;     /**< enum ipctap_platform, of the notes. */
    enum ipctap_policy policy;
    bool must_connect; /**< Fail if the recorder is not there now, instead of trying again. */
    /** Bytes of records that may wait, for each emitting thread (up to 16 queues); 0: 8 MiB. */
    size_t queue_size;
    uint32_t section_cap; /**< Bytes a section may have; 0: 64 KiB. */
    /** A pair of the console's monotonic clock and Unix time, nanoseconds; both 0 if unknown. */
    uint64_t pair_monotonic;
    uint64_t pair_unix;
    const char *filter; /**< As ipctap_set_filter() takes it; NULL: everything. */
    /** Nanoseconds: the time of notes and of records without one, and source 1, so that a capture
     *  can be made again byte for byte. 0: the clock, and a random source. */
    uint64_t fixed_time;
};

/** One section. What is longer than the cap is cut and TRUNCATED set. */
struct ipctap_part {
    uint16_t type; /**< enum ipctap_section_type. */
    uint16_t index;
    uint64_t address;  /**< In the observed process. */
    const void *bytes; /**< NULL with size 0. */
    uint32_t size;     /**< Bytes at `bytes`. */
    uint64_t declared; /**< How many there were; 0: `size`. */
};

/** Parts of one record that are looked at; more are left out and TRUNCATED set. */
#define IPCTAP_MAX_PARTS 64

/** NULL with a sentence in `error` (may be NULL) if it cannot be. */
struct ipctap *ipctap_open(const struct ipctap_options *options, char *error, size_t error_size);

/** Whether there is a tap, and no filter has turned it off. */
static inline bool ipctap_is_on(const struct ipctap *tap)
{
    return tap && __atomic_load_n((const uint32_t *)(const void *)tap, __ATOMIC_RELAXED) != 0;
}

/**
 * Sets what is sent, from now on and at any time, instead of what was set before. Words, all of
 * which must hold, with values of which one must:
 *
 *     platform=horizon,ctr,orbis,prospero,other    pid=81,90-99    program=0x0100000000001000
 *     service=fsp-srv,sm:    command=8,1000-1010   buffers=off     bytes=256    off
 *
 * "" is everything; `off` sends nothing; `bytes` and `buffers` are about each buffer's contents
 * (address and size stay). Lists have at most 32 values. A filter's few KB are freed with the tap.
 *
 * @return false with a sentence in `error` (may be NULL) if it is none; the old one stays.
 */
bool ipctap_set_filter(struct ipctap *tap, const char *filter, char *error, size_t error_size);

enum ipctap_wants {
    IPCTAP_WANTS_MESSAGE = 1,
    IPCTAP_WANTS_BUFFERS = 2,
};

/**
 * Whether the filter wants a call, to be asked at its entry, before its buffers are collected, with
 * what the host knows; the answer holds for both of its records. The platform, the process and (if
 * it is among the parts) the service are looked at again in each record, service and command only
 * here.
 *
 * @param service NULL: unknown, which no filter of services wants.
 * @param command -1: unknown, likewise.
 * @return 0, or bits of enum ipctap_wants.
 */
unsigned int ipctap_wants(struct ipctap *tap, const struct ipctap_header *header,
                          const char *service, int64_t command);

/** What is behind the checks below; not to be called with a NULL tap. */
bool ipctap_emit_now(struct ipctap *tap, const struct ipctap_header *header,
                     const struct ipctap_part *parts, size_t count);
bool ipctap_emit_message_now(struct ipctap *tap, const struct ipctap_header *header,
                             uint64_t address, const void *bytes, uint32_t size,
                             const struct ipctap_part *buffers, size_t count);
bool ipctap_emit_record_now(struct ipctap *tap, const uint8_t *record, size_t size);

/**
 * Emits one record. A header time of 0 is filled with the present (Unix clock, nanoseconds), a
 * source of 0 with a random number of this tap.
 *
 * @return false if it was dropped, or the filter does not want it.
 */
static inline bool ipctap_emit(struct ipctap *tap, const struct ipctap_header *header,
                               const struct ipctap_part *parts, size_t count)
{
    return ipctap_is_on(tap) && ipctap_emit_now(tap, header, parts, count);
}

/**
 * A message with its buffers (IPCTAP_SEND, IPCTAP_POINTER, IPCTAP_MAPPED, …): the usual record, of
 * a request as of a reply. `address` is where the message lies in the observed process.
 */
static inline bool ipctap_emit_message(struct ipctap *tap, const struct ipctap_header *header,
                                       uint64_t address, const void *bytes, uint32_t size,
                                       const struct ipctap_part *buffers, size_t count)
{
    return ipctap_is_on(tap) &&
           ipctap_emit_message_now(tap, header, address, bytes, size, buffers, count);
}

/** Emits a record that is already one, `size` bytes. A source of 0 is filled in. */
static inline bool ipctap_emit_record(struct ipctap *tap, const uint8_t *record, size_t size)
{
    return ipctap_is_on(tap) && ipctap_emit_record_now(tap, record, size);
}

/** 1, 2, 3, …: joins the enter and exit of a call. */
uint64_t ipctap_next_call_id(struct ipctap *tap);

struct ipctap_counts {
    uint64_t records; /**< Taken. */
    uint64_t bytes;
    uint64_t dropped_records;
    uint64_t dropped_bytes;
    bool is_connected;
};

void ipctap_get_counts(struct ipctap *tap, struct ipctap_counts *counts);

/** Writes what waits (for at most two seconds if nobody takes it) and frees the tap. */
void ipctap_close(struct ipctap *tap);

#ifdef __cplusplus
}
#endif

#endif
