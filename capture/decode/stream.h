/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file stream.h
 * Lines and whole files for the commands.
 */
#ifndef IPCSHARK_JSON_STREAM_H
#define IPCSHARK_JSON_STREAM_H

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

/** A longer line is answered with an error, and not kept. */
#define STREAM_MAX_LINE (16u << 20)

typedef bool (*stream_answer)(const char *line, gsize length, GString *out);

/**
 * Answers every line of `in` that is not blank with one line on `out`, at once unless `out` is a
 * file. Returns the exit status: 0 if all lines could be answered.
 */
int stream_lines(FILE *in, FILE *out, stream_answer answer);

/** A file, or standard input for "-". NULL with an error. */
GString *stream_whole(const char *path, GError **error);

#endif
