/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file text.h
 * Texts out of captures, made fit to be printed.
 */
#ifndef IPCSHARK_CALLS_TEXT_H
#define IPCSHARK_CALLS_TEXT_H

#include <ipcshark/record.h>

#include <glib.h>

/** Valid UTF-8 without control characters, which a terminal would obey. */
char *call_text(const uint8_t *bytes, size_t length);

/** A text section of a record, "" without one. */
char *call_record_text(const struct ipctap_record *record, uint16_t type, uint16_t index);

/** Bytes of which all are printable up to a zero or the end. */
gboolean call_is_text(const uint8_t *bytes, size_t length);

/** "0a0b…" of at most `limit` bytes, and then "… (N bytes)". */
void call_append_hex(GString *out, const uint8_t *bytes, size_t length, size_t limit);

#endif
