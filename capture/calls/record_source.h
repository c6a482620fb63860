/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file record_source.h
 * The records of a capture file (pcapng, pcap) or of a bare record stream, one after another;
 * any of them may be compressed with gzip or zstd.
 */
#ifndef IPCSHARK_RECORD_SOURCE_H
#define IPCSHARK_RECORD_SOURCE_H

#include <ipcshark/record.h>

#include <glib.h>

struct record_source;

/** "-" is standard input. NULL with an error that names the file. */
struct record_source *record_source_open(const char *path, GError **error);
void record_source_free(struct record_source *source);

/** The next record, valid until the next call. False at the end, or with an error where the file
 *  breaks off; what came before counts. */
gboolean record_source_next(struct record_source *source, struct ipctap_record *record,
                            GError **error);

/** Number of the packet (from 1) that the last record stood in. */
guint64 record_source_number(const struct record_source *source);

/** Packets that are no records. */
guint64 record_source_foreign(const struct record_source *source);

#endif
