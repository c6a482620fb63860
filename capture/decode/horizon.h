/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file horizon.h
 * A Horizon message decoded with what the caller knows about it, as JSON, as a table, and back.
 */
#ifndef IPCSHARK_JSON_HORIZON_H
#define IPCSHARK_JSON_HORIZON_H

#include "arguments.h"
#include "table.h"

#include <ipcshark/cmif.h>
#include <ipcshark/htipc.h>

#include <glib.h>
#include <json-glib/json-glib.h>

#define HORIZON_UNKNOWN UINT64_MAX

/** What the bytes cannot tell; sizes are HORIZON_UNKNOWN if the caller does not know either. */
struct horizon_options {
    enum hipc_direction direction;
    bool is_domain;
    bool is_control;        /**< The reply answers a control command. */
    bool is_tipc;           /**< The reply is TIPC's though its type is 0. */
    uint64_t out_data_size; /**< Of a domain reply: where its object ids begin. */
    uint64_t argument_size; /**< Of a request: where the out pointer sizes begin. */
    uint64_t out_pointer_count;
    uint64_t pointer_buffer_size; /**< The server's. */
    uint64_t process_id;          /**< The sender's; 0: not known. */
    struct arguments_options arguments;
};

struct horizon_view {
    const uint8_t *bytes;
    size_t length;
    struct horizon_options options;
    const GByteArray *receiver; /**< What stood in the receiver's buffer; NULL: not known. */
    struct hipc_message hipc;
    struct cmif_message cmif;
    struct htipc_message tipc;
    bool is_tipc;
    bool is_reply;
    struct cmif_out_pointer_sizes sizes; /**< Count 0 if they are unknown. */
    struct arguments_view arguments;
    struct ipcshark_findings findings;
};

bool horizon_options_read(JsonObject *input, struct horizon_options *options, GError **error);

/** `receiver`: what stood in the receiver's buffer (of a reply the request), or NULL. */
void horizon_decode(const uint8_t *bytes, size_t length, const struct horizon_options *options,
                    const GByteArray *receiver, struct horizon_view *view);

/** The members of the answer; the object is the caller's. */
void horizon_out(GString *out, const struct horizon_view *view);
void horizon_table(struct table *table, const struct horizon_view *view);

/** The inverse of horizon_out(); NULL with an error. */
GByteArray *horizon_in(JsonObject *message, GError **error);

#endif
