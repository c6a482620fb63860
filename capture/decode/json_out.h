/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file json_out.h
 * Writes JSON text as it goes. json-glib is not used for output because it has no unsigned 64-bit
 * numbers, and process ids need them.
 *
 * `key` is NULL inside an array. Commas are put where they are needed.
 */
#ifndef IPCSHARK_JSON_OUT_H
#define IPCSHARK_JSON_OUT_H

#include <ipcshark/finding.h>

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/** Ends the key of a twin: "pid" and "pid_hex". */
#define NUMBER_TWIN "_hex"

void out_object(GString *out, const char *key);
void out_object_end(GString *out);
void out_array(GString *out, const char *key);
void out_array_end(GString *out);

/** A member of 2^63 or more gets a twin, KEY NUMBER_TWIN, with the same value as a text. */
void out_number(GString *out, const char *key, uint64_t value);
/** Leaves the key out if the value is 0: for what is only there to give the same bytes again. */
void out_number_unless_zero(GString *out, const char *key, uint64_t value);
void out_signed(GString *out, const char *key, int64_t value);
void out_bool(GString *out, const char *key, bool value);
/** NULL gives null. Bytes that are not UTF-8 are replaced. */
void out_string(GString *out, const char *key, const char *value);
void out_null(GString *out, const char *key);
void out_hex(GString *out, const char *key, const uint8_t *bytes, size_t length);
/** JSON text that is already one value. */
void out_value(GString *out, const char *key, const char *json);

/** "findings": [{"severity", "code", "offset", "length", "result", "message"}]. */
void out_findings(GString *out, const struct ipcshark_findings *findings);

const char *out_severity_name(enum ipcshark_severity severity);

#endif
