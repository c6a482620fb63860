/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ilia.h
 * Packets of ilia's captures (github.com/misson20000/ilia, 2018 and 2019): a packet is a whole call
 * of a Switch's service, request, reply and buffers, as the server's process saw it. There are two
 * forms, told apart by their contents:
 *
 *     messages  0x100 bytes of request, the contents of its pointer, send and receive
 *               descriptors and receive list entries in this order, 0x100 bytes of reply;
 *     chunks    a type (u8), a length (u64) and so many bytes, again and again: 1 the CMIF request,
 *               2 CmifMessageMetaInfo, 4 the CMIF reply, 5 the result, 6 buffers (each a u64 length
 *               and so many bytes). 0 and 3 hold addresses.
 *
 * All numbers are little-endian. Such a packet becomes two records, a request's and its reply's.
 */
#ifndef IPCSHARK_ILIA_H
#define IPCSHARK_ILIA_H

#include <ipcshark/record.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ILIA_MAX_BUFFERS 60 /**< 15 descriptors of each of four kinds; chunks: 16. */

enum ilia_form {
    ILIA_NONE = 0,
    ILIA_MESSAGES,
    ILIA_CHUNKS,
};

/** Bytes of the packet; always within it. */
struct ilia_span {
    uint32_t offset;
    uint32_t size;
};

struct ilia_buffer {
    struct ilia_span span;
    uint16_t section; /**< enum ipctap_section_type: POINTER, SEND, …; of chunks always BUFFER. */
    uint16_t index;
    uint64_t address; /**< 0 unknown. */
    bool in;          /**< What the request carries. */
    bool out;         /**< What the reply carries. */
};

struct ilia_call {
    uint8_t form; /**< enum ilia_form */
    bool has_reply;
    bool has_result;
    uint32_t result; /**< What the server's dispatch function returned. */
    struct ilia_span request;
    struct ilia_span reply;
    uint32_t buffer_count;
    struct ilia_buffer buffer[ILIA_MAX_BUFFERS];
};

/** False if the bytes are of neither form, in every byte of their length. */
bool ilia_decode(const uint8_t *bytes, size_t length, struct ilia_call *call);

/** Bytes that are enough for one record of a packet. */
static inline size_t ilia_record_room(size_t length)
{
    return 2 * length + 4096;
}

/**
 * Writes the call's request or reply as a record. `header` has platform, times and ids; kind,
 * phase, flags and result are set here. `interface_name` may be NULL.
 *
 * @return the record's size; 0 if there is none or it does not fit.
 */
size_t ilia_encode_record(const struct ilia_call *call, const uint8_t *bytes, bool is_reply,
                          const struct ipctap_header *header, const char *interface_name,
                          uint8_t *record, size_t capacity);

#ifdef __cplusplus
}
#endif

#endif
