/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ctr.h
 * A 3DS command buffer as JSON, as a table, and back.
 */
#ifndef IPCSHARK_JSON_CTR_H
#define IPCSHARK_JSON_CTR_H

#include "arguments.h"
#include "table.h"

#include <ipcshark/ctripc.h>

#include <glib.h>
#include <json-glib/json-glib.h>

struct ctr_view {
    const uint8_t *bytes;
    size_t length;
    bool is_reply;
    struct ctripc_message message;
    struct arguments_view arguments;
    struct ipcshark_findings findings;
};

/** `options` may be NULL. */
void ctr_decode(const uint8_t *bytes, size_t length, enum ctripc_direction direction,
                const struct arguments_options *options, struct ctr_view *view);

/** Compares the message with the receiver's table of static buffers. */
void ctr_check_table(const GByteArray *table, struct ctr_view *view);

void ctr_out(GString *out, const struct ctr_view *view);
void ctr_table(struct table *table, const struct ctr_view *view);

/** The inverse of ctr_out(); NULL with an error. */
GByteArray *ctr_in(JsonObject *message, GError **error);

#endif
