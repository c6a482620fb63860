/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file record_stream.h
 * Records out of a byte stream that arrives in pieces of any size. Holds at most one record more
 * than it was asked for; a record over the format's limit is refused before its bytes are waited
 * for.
 */
#ifndef IPCSHARK_RECORD_STREAM_H
#define IPCSHARK_RECORD_STREAM_H

#include <ipcshark/record.h>

#include <glib.h>

struct record_stream {
    GByteArray *bytes;
    gsize start; /**< Bytes before it were handed out. */
};

void record_stream_init(struct record_stream *stream);
void record_stream_clear(struct record_stream *stream);

void record_stream_feed(struct record_stream *stream, const guint8 *bytes, gsize length);

/**
 * The next whole record; valid until the next feed. BAD stays BAD: `findings` say why. With
 * NEED_MORE *length is 0.
 */
enum ipctap_stream_state record_stream_next(struct record_stream *stream, guint8 **record,
                                            gsize *length, struct ipcshark_findings *findings);

/** Bytes that are there but make no whole record. */
gsize record_stream_left(const struct record_stream *stream);

#endif
