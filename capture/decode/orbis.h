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

enum orbis_what {
    ORBIS_BLOCK,
    ORBIS_CALL,
    ORBIS_PACKET,
    ORBIS_DATA_INFO,
    ORBIS_BUFFER_INFO,
    ORBIS_CLIENT_CONFIG,
    ORBIS_SERVER_CONFIG,
    ORBIS_SESSION_CONFIG,
    ORBIS_PACKET_INFO,
    ORBIS_APPMSG_REQUEST,
    ORBIS_APPMSG_MESSAGE,
    ORBIS_APPMSG_CALL,
    ORBIS_WHAT_COUNT,
};

struct orbis_view {
    enum orbis_what what;
    const uint8_t *bytes;
    size_t length;
    uint32_t op;      /**< Of a block. */
    uint32_t kid;     /**< Of a block; has_kid false if it is not known. */
    uint32_t type;    /**< Of a packet. */
    uint64_t in_size; /**< Of a block: as passed, if more than was captured. */
    bool has_kid;
};

/** What the input says about its bytes; "call": hex is short for "what":"call". */
bool orbis_options_read(JsonObject *input, struct orbis_view *view, GError **error);

void orbis_out(GString *out, const struct orbis_view *view);
void orbis_table(struct table *table, const struct orbis_view *view);

/** The inverse of orbis_out(); NULL with an error. */
GByteArray *orbis_in(JsonObject *message, GError **error);

#endif
