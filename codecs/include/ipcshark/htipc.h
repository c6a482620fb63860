/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file htipc.h
 * TIPC, the smaller calling convention of sm and pgl (Horizon 12.0.0+), on HIPC messages: the type
 * is the command id + 16, type 15 closes, raw data has no magic and no rounding, arguments stand in
 * declared order; a reply repeats the type and starts with the result.
 *
 * Sources: libstratosphere tipc, libnx tipc.h.
 */
#ifndef IPCSHARK_HTIPC_H
#define IPCSHARK_HTIPC_H

#include <ipcshark/hipc.h>

#ifdef __cplusplus
extern "C" {
#endif

struct htipc_message {
    bool is_reply;
    bool is_close;
    bool has_result;     /**< A reply with at least one raw word. */
    uint16_t command_id; /**< Type - 16; 0 of a close. */
    uint32_t result;
    uint32_t data_offset; /**< Arguments, or return values behind the result. */
    uint32_t data_size;   /**< Captured bytes. */
};

/** Type 15 or above: TIPC's, in a request and in a reply. */
static inline bool htipc_is_type(uint16_t type)
{
    return type >= HIPC_TYPE_TIPC_CLOSE;
}

/**
 * Some servers and recorders write type 0 in a TIPC reply; the caller may then decode it all the
 * same (is_reply true), `command_id` is 0 and belongs to the request.
 */
void htipc_decode(const uint8_t *bytes, size_t length, const struct hipc_message *hipc,
                  bool is_reply, struct htipc_message *message, struct ipcshark_findings *findings);

/**
 * A request: hipc carries handles and send/receive descriptors; `type` and raw part are made. Both
 * return as cmif_encode_request().
 */
size_t htipc_encode_request(const struct hipc_message *hipc, uint16_t command_id, const void *data,
                            uint16_t data_size, uint8_t *bytes, size_t capacity);

size_t htipc_encode_reply(const struct hipc_message *hipc, uint16_t command_id, uint32_t result,
                          const void *data, uint16_t data_size, uint8_t *bytes, size_t capacity);

#ifdef __cplusplus
}
#endif

#endif
