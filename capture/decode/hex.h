/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file hex.h
 * Bytes out of hexadecimal text in the forms that logs, debuggers and people write.
 */
#ifndef IPCSHARK_HEX_H
#define IPCSHARK_HEX_H

#include <glib.h>

/**
 * Takes "04001000", "04 00 10 00", "04:00:10:00", "04, 00", "\x04\x00", "0x04 0x00" as bytes in
 * order; "0x00100004 0x8" (if one has more than two digits behind 0x) as little-endian words; lines
 * of xxd ("00000000: 0400 1000  ....") and of hexdump -C ("00000000  04 00  |..|") without their
 * offsets and characters. Returns NULL with an error that names the place.
 */
GByteArray *hex_parse(const char *text, gsize length, GError **error);

/** Appends a little-endian word. */
void hex_append_word(GByteArray *bytes, guint32 word);

#endif
