/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file horizon_patch.h
 * Writes the numbers of "domain", "cmif", "tipc" and the bytes of "gap" over an encoded message, so
 * that editing them has an effect although the raw data holds them too. What was not edited is
 * written over itself.
 */
#ifndef IPCSHARK_JSON_HORIZON_PATCH_H
#define IPCSHARK_JSON_HORIZON_PATCH_H

#include <ipcshark/hipc.h>

#include <glib.h>
#include <json-glib/json-glib.h>

/** `hipc` was decoded from `bytes`. */
bool horizon_patch(JsonObject *message, const struct hipc_message *hipc, GByteArray *bytes,
                   GError **error);

#endif
