/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file line.h
 * One line of JSON in, one line out: what `ipcshark decode --json` and `ipcshark encode` do.
 */
#ifndef IPCSHARK_JSON_LINE_H
#define IPCSHARK_JSON_LINE_H

#include <glib.h>
#include <stdbool.h>

/**
 * Appends the answer and a newline; a line that cannot be read is answered by {"error": …} (with
 * its id if it has one) and gives false.
 */
bool line_decode(const char *line, gsize length, GString *out);

/** {"hex": …} for what line_decode() printed; errors as above. */
bool line_encode(const char *line, gsize length, GString *out);

/** The bytes of one message described as JSON; NULL with an error. */
GByteArray *message_encode(const char *text, gsize length, GError **error);

#endif
