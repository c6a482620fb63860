/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record_source.h"

#include "decompressor.h"

#include <errno.h>
#include <gio/gio.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>

#define FIRST_BYTE_OF_STREAM 'I' /* "IPCT" */

struct record_source {
    char *path;
    FILE *stream; /**< A record stream; else NULL. */
    pcap_t *pcap;
    GByteArray *bytes; /**< The stream's current record. */
    guint64 number;
    guint64 foreign;
};

static gboolean fail(const struct record_source *source, GError **error, const char *why)
{
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
                source->number ? "%s breaks off: %s" : "cannot read %s: %s", source->path, why);
    return FALSE;
}

/** Takes the stream. */
static gboolean open_form(struct record_source *source, FILE *stream, GError **error)
{
    char text[PCAP_ERRBUF_SIZE] = "";
    int first;

    stream = decompressed(stream);
    first = getc(stream);
    if (first != EOF)
        ungetc(first, stream);
    source->stream = stream;
    if (first == FIRST_BYTE_OF_STREAM)
        return TRUE;
    source->pcap = pcap_fopen_offline(stream, text);
    if (!source->pcap)
        return fail(source, error, text);
    source->stream = NULL;
    return TRUE;
}

struct record_source *record_source_open(const char *path, GError **error)
{
    struct record_source *source = g_new0(struct record_source, 1);
    FILE *stream = strcmp(path, "-") ? fopen(path, "rb") : stdin;

    source->path = g_strdup(path);
    source->bytes = g_byte_array_new();
    if (stream ? open_form(source, stream, error) : fail(source, error, g_strerror(errno)))
        return source;
    record_source_free(source);
    return NULL;
}

void record_source_free(struct record_source *source)
{
    if (!source)
        return;
    if (source->pcap)
        pcap_close(source->pcap);
    if (source->stream && source->stream != stdin)
        fclose(source->stream);
    g_byte_array_unref(source->bytes);
    g_free(source->path);
    g_free(source);
}

/** False: there are fewer; `bytes` then has what there was. */
static gboolean fill(struct record_source *source, gsize size)
{
    gsize have = source->bytes->len;

    g_byte_array_set_size(source->bytes, (guint)size);
    have += fread(source->bytes->data + have, 1, size - have, source->stream);
    g_byte_array_set_size(source->bytes, (guint)have);
    return have == size;
}

static gboolean next_of_stream(struct record_source *source, struct ipctap_record *record,
                               GError **error)
{
    enum ipctap_stream_state state;
    size_t size = IPCTAP_HEADER_SIZE;

    g_byte_array_set_size(source->bytes, 0);
    do {
        if (!fill(source, size)) {
            if (source->bytes->len)
                fail(source, error, "its last record is cut");
            return FALSE;
        }
        state = ipctap_stream_next(source->bytes->data, source->bytes->len, &size, NULL);
    } while (state == IPCTAP_STREAM_NEED_MORE);
    if (state == IPCTAP_STREAM_RECORD &&
        ipctap_record_decode(source->bytes->data, size, record, NULL)) {
        source->number++;
        return TRUE;
    }
    return fail(source, error, "what follows is no record");
}

static gboolean is_record(const u_char *bytes, size_t length, struct ipctap_record *record)
{
    return length >= IPCTAP_TAGS_SIZE && !memcmp(bytes, ipctap_tags, IPCTAP_TAGS_SIZE) &&
           ipctap_record_decode(bytes + IPCTAP_TAGS_SIZE, length - IPCTAP_TAGS_SIZE, record, NULL);
}

static gboolean next_packet(struct record_source *source, struct ipctap_record *record,
                            GError **error)
{
    struct pcap_pkthdr *header;
    const u_char *bytes;
    int status;

    while ((status = pcap_next_ex(source->pcap, &header, &bytes)) == 1) {
        source->number++;
        if (is_record(bytes, header->caplen, record))
            return TRUE;
        source->foreign++;
    }
    if (status != PCAP_ERROR_BREAK)
        fail(source, error, pcap_geterr(source->pcap));
    return FALSE;
}

gboolean record_source_next(struct record_source *source, struct ipctap_record *record,
                            GError **error)
{
    return source->stream ? next_of_stream(source, record, error)
                          : next_packet(source, record, error);
}

guint64 record_source_number(const struct record_source *source)
{
    return source->number;
}

guint64 record_source_foreign(const struct record_source *source)
{
    return source->foreign;
}
