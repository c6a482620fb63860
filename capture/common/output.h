/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file output.h
 * The bytes of a capture file on their way out: gathered, compressed if wanted, written in one
 * piece at each flush. A flush that finds the disk full leaves the file as it was before, keeps its
 * bytes, and can be tried again.
 */
#ifndef IPCSHARK_OUTPUT_H
#define IPCSHARK_OUTPUT_H

#include <glib.h>

enum output_compression {
    OUTPUT_PLAIN,
    OUTPUT_GZIP,
    OUTPUT_ZSTD,
};

struct output;

/** `path`: "-" is standard output. */
struct output *output_open(const char *path, enum output_compression compression, GError **error);

/** Room for at most `size` bytes behind what is there; valid until the next call. */
guint8 *output_reserve(struct output *output, gsize size);
void output_commit(struct output *output, gsize size);

/** Bytes that wait for a flush. */
gsize output_waiting(const struct output *output);

/** Bytes of the file, as compressed as they are. */
guint64 output_size(const struct output *output);

/**
 * Everything so far is with the operating system, and whoever reads the file now gets it. With
 * G_FILE_ERROR_NOSPC it can be tried again; any other error stays.
 */
gboolean output_flush(struct output *output, GError **error);

/** Whether the last flush that failed can be tried again. */
gboolean output_can_go_on(const struct output *output);

/** Flushes, ends what is compressed, frees. NULL is accepted. */
gboolean output_close(struct output *output, GError **error);

#endif
