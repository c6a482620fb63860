/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file orbis.h
 * A PlayStation 4 structure as JSON, as a table, and back. "what" says which one it is: the
 * parameter block of a manager call ("block", with "op"), a section of the capture format ("call",
 * "appmsg_call"), an App Messaging structure, a packet, a configuration, a descriptor array.
 */
#ifndef IPCSHARK_JSON_ORBIS_H
#define IPCSHARK_JSON_ORBIS_H

#include "table.h"

#include <ipcshark/appmsg.h>
#include <ipcshark/sceipmi.h>

#include <glib.h>
#include <json-glib/json-glib.h>

struct orbis_view {
    const char *what; /**< A name of orbis_what_names(). */
    const uint8_t *bytes;
    size_t length;
    uint32_t op;      /**< Of a block. */
    uint32_t kid;     /**< Of a block; has_kid false if it is not known. */
    uint32_t type;    /**< Of a packet. */
    uint64_t in_size; /**< Of a block: as passed, if more than was captured. */
    bool has_kid;
};

/** The names that "what" may have, NULL at the end. */
const char *const *orbis_what_names(void);

/** What the input says about its bytes; "call": hex is short for "what":"call". */
bool orbis_options_read(JsonObject *input, struct orbis_view *view, GError **error);

void orbis_out(GString *out, const struct orbis_view *view);
void orbis_table(struct table *table, const struct orbis_view *view);

/** The inverse of orbis_out(); NULL with an error. */
GByteArray *orbis_in(JsonObject *message, GError **error);

#endif
