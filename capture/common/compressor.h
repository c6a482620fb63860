/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file compressor.h
 * gzip or zstd through the system's libraries, for files that Wireshark and tshark open as they
 * are. What a flush has given out can be read even if nothing follows it.
 */
#ifndef IPCSHARK_COMPRESSOR_H
#define IPCSHARK_COMPRESSOR_H

#include <glib.h>

struct compressor;

enum compressor_end {
    COMPRESSOR_FLUSH,
    COMPRESSOR_FINISH,
};

struct compressor *compressor_new(gboolean is_zstd);

/** Appends the compressed form of `plain` to `out`. */
void compressor_run(struct compressor *compressor, const GByteArray *plain, GByteArray *out,
                    enum compressor_end end);

void compressor_free(struct compressor *compressor);

#endif
