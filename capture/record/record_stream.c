/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record_stream.h"

void record_stream_init(struct record_stream *stream)
{
    stream->bytes = g_byte_array_new();
    stream->start = 0;
}

void record_stream_clear(struct record_stream *stream)
{
    g_clear_pointer(&stream->bytes, g_byte_array_unref);
}

gsize record_stream_left(const struct record_stream *stream)
{
    return stream->bytes->len - stream->start;
}

/** What was handed out is dropped only here, so that records stay valid until the next feed. */
void record_stream_feed(struct record_stream *stream, const guint8 *bytes, gsize length)
{
    if (stream->start)
        g_byte_array_remove_range(stream->bytes, 0, (guint)stream->start);
    stream->start = 0;
    g_byte_array_append(stream->bytes, bytes, (guint)length);
}

enum ipctap_stream_state record_stream_next(struct record_stream *stream, guint8 **record,
                                            gsize *length, struct ipcshark_findings *findings)
{
    guint8 *from = stream->bytes->data + stream->start;
    size_t size;
    enum ipctap_stream_state state =
        ipctap_stream_next(from, record_stream_left(stream), &size, findings);

    *record = from;
    *length = state == IPCTAP_STREAM_RECORD ? size : 0;
    stream->start += *length;
    return state;
}
