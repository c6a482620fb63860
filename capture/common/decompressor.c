/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decompressor.h"

#include <errno.h>
#include <glib.h>
#include <zlib.h>
#include <zstd.h>

enum {
    FIRST_OF_GZIP = 0x1F,
    FIRST_OF_ZSTD = 0x28,
    GZIP_HEADER = 16, /* added to the window's bits: a gzip header, not zlib's own */
    CHUNK = 64 * 1024,
};

struct decompressor {
    FILE *from;
    ZSTD_DCtx *zstd; /**< NULL: gzip. */
    z_stream gzip;
    gsize have; /**< Bytes in `chunk` that are not yet decompressed. */
    gsize used;
    guint8 chunk[CHUNK];
};

/** False at the end of the file. */
static gboolean fill(struct decompressor *decompressor)
{
    if (decompressor->used == decompressor->have) {
        decompressor->used = 0;
        decompressor->have = fread(decompressor->chunk, 1, CHUNK, decompressor->from);
    }
    return decompressor->used < decompressor->have;
}

/** The bytes given out; -1 with errno. A file may have several parts, one behind the other. */
static ssize_t run_gzip(struct decompressor *decompressor, char *bytes, size_t size)
{
    z_stream *gzip = &decompressor->gzip;
    int status;

    gzip->next_in = decompressor->chunk + decompressor->used;
    gzip->avail_in = (uInt)(decompressor->have - decompressor->used);
    gzip->next_out = (Bytef *)bytes;
    gzip->avail_out = (uInt)MIN(size, CHUNK);
    size = gzip->avail_out;
    status = inflate(gzip, Z_NO_FLUSH);
    decompressor->used = decompressor->have - gzip->avail_in;
    if (status == Z_STREAM_END)
        status = inflateReset(gzip);
    if (status != Z_OK && status != Z_BUF_ERROR) {
        errno = EBADMSG;
        return -1;
    }
    return (ssize_t)(size - gzip->avail_out);
}

static ssize_t run_zstd(struct decompressor *decompressor, char *bytes, size_t size)
{
    ZSTD_inBuffer from = {decompressor->chunk, decompressor->have, decompressor->used};
    ZSTD_outBuffer to = {bytes, size, 0};

    if (ZSTD_isError(ZSTD_decompressStream(decompressor->zstd, &to, &from))) {
        errno = EBADMSG;
        return -1;
    }
    decompressor->used = from.pos;
    return (ssize_t)to.pos;
}

/** What has been read may still have something to give when the file has ended. */
static ssize_t read_plain(void *cookie, char *bytes, size_t size)
{
    struct decompressor *decompressor = cookie;
    ssize_t given = 0;
    gboolean has_more = TRUE;

    while (size && given == 0 && has_more) {
        has_more = fill(decompressor);
        given = decompressor->zstd ? run_zstd(decompressor, bytes, size)
                                   : run_gzip(decompressor, bytes, size);
    }
    return given;
}

static int close_both(void *cookie)
{
    struct decompressor *decompressor = cookie;
    int status = decompressor->from == stdin ? 0 : fclose(decompressor->from);

    if (decompressor->zstd)
        ZSTD_freeDCtx(decompressor->zstd);
    else
        inflateEnd(&decompressor->gzip);
    g_free(decompressor);
    return status;
}

FILE *decompressed(FILE *stream)
{
    static const cookie_io_functions_t functions = {.read = read_plain, .close = close_both};
    int first = getc(stream);
    struct decompressor *decompressor;

    if (first != EOF)
        ungetc(first, stream);
    if (first != FIRST_OF_GZIP && first != FIRST_OF_ZSTD)
        return stream;
    decompressor = g_new0(struct decompressor, 1);
    decompressor->from = stream;
    if (first == FIRST_OF_ZSTD)
        decompressor->zstd = ZSTD_createDCtx();
    else if (inflateInit2(&decompressor->gzip, MAX_WBITS + GZIP_HEADER) != Z_OK)
        g_error("there is no memory for zlib");
    return fopencookie(decompressor, "rb", functions);
}
