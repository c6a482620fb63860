/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file capture_file.h
 * A capture file of records: pcapng, or classic nanosecond pcap through libpcap. One packet is the
 * 16 tag bytes and one record (docs/capture-format.md, section 4).
 */
#ifndef IPCSHARK_CAPTURE_FILE_H
#define IPCSHARK_CAPTURE_FILE_H

#include "output.h"

#include <ipcshark/record.h>

#include <glib.h>

enum capture_file_form {
    CAPTURE_FILE_PCAPNG,
    CAPTURE_FILE_PCAP,
};

/** "pcapng", "pcap"; NULL is pcapng. False: a usage error. */
gboolean capture_file_form_parse(const char *name, enum capture_file_form *form, GError **error);

struct capture_file;

struct capture_file_options {
    const char *path; /**< "-" is standard output. */
    enum capture_file_form form;
    enum output_compression compression;
    const char *application; /**< Name and version of who writes. */
    /** On a full disk: keep some packets, count the others as dropped, and go on when there is
     *  room. */
    gboolean waits_for_space;
};

struct capture_file *capture_file_create(const struct capture_file_options *options,
                                         GError **error);

/** The same, plain, failing on a full disk. */
struct capture_file *capture_file_open(const char *path, enum capture_file_form form,
                                       const char *application, GError **error);

/** Adds an interface and returns its number. In a pcap file all packets share one. */
guint capture_file_add_interface(struct capture_file *file, const char *name,
                                 const char *description);

/**
 * Writes one whole record. Longer ones than a packet may be are shortened (IPCTAP_MAX_PACKET_SIZE).
 * `time`: nanoseconds since 1970. `comment` may be NULL. False: nothing can be written any more.
 */
gboolean capture_file_write(struct capture_file *file, guint interface_id, guint64 time,
                            const guint8 *record, gsize length, const char *comment,
                            GError **error);

/** Counts for the statistics block that close writes. */
void capture_file_count_drops(struct capture_file *file, guint interface_id, guint64 records);

/**
 * Everything so far is with the operating system; what is compressed only a few times a second,
 * since each flush costs compression. True on a full disk too, if the file waits for space.
 */
gboolean capture_file_flush(struct capture_file *file, GError **error);

/** Packets taken and bytes of their records. */
guint64 capture_file_packets(const struct capture_file *file);
guint64 capture_file_bytes(const struct capture_file *file);

/** Packets that are with the operating system: nothing that happens to this program loses them. */
guint64 capture_file_safe_packets(const struct capture_file *file);

/** Bytes of the file, as it is on the disk, with what waits. */
guint64 capture_file_size(const struct capture_file *file);

/** Whether the disk is full, and records that did not find room since the last call. */
gboolean capture_file_is_full(const struct capture_file *file);
guint64 capture_file_take_lost(struct capture_file *file);

/** Writes statistics, flushes, closes, frees. NULL is accepted. */
gboolean capture_file_close(struct capture_file *file, GError **error);

#endif
