/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "compressor.h"

#include <string.h>
#include <zlib.h>
#include <zstd.h>

enum {
    GZIP_HEADER = 16, /* added to the window's bits: a gzip header, not zlib's own */
    MEMORY_LEVEL = 8,
    ZSTD_LEVEL = 3,
    CHUNK = 64 * 1024,
};

struct compressor {
    ZSTD_CCtx *zstd; /**< NULL: gzip. */
    z_stream gzip;
};

struct compressor *compressor_new(gboolean is_zstd)
{
    struct compressor *compressor = g_new0(struct compressor, 1);

    if (is_zstd) {
        compressor->zstd = ZSTD_createCCtx();
        ZSTD_CCtx_setParameter(compressor->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL);
    } else if (deflateInit2(&compressor->gzip, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
                            MAX_WBITS + GZIP_HEADER, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK) {
        g_error("there is no memory for zlib");
    }
    return compressor;
}

/** Room for a chunk behind what is there. */
static guint8 *room_in(GByteArray *out)
{
    guint used = out->len;

    g_byte_array_set_size(out, used + CHUNK);
    out->len = used;
    return out->data + used;
}

static void run_gzip(z_stream *gzip, const GByteArray *plain, GByteArray *out,
                     enum compressor_end end)
{
    gzip->next_in = plain->data;
    gzip->avail_in = plain->len;
    do {
        gzip->next_out = room_in(out);
        gzip->avail_out = CHUNK;
        deflate(gzip, end == COMPRESSOR_FINISH ? Z_FINISH : Z_SYNC_FLUSH);
        out->len += CHUNK - gzip->avail_out;
    } while (gzip->avail_out == 0);
}

static void run_zstd(ZSTD_CCtx *zstd, const GByteArray *plain, GByteArray *out,
                     enum compressor_end end)
{
    ZSTD_inBuffer from = {plain->data, plain->len, 0};
    gsize left;

    do {
        ZSTD_outBuffer to = {room_in(out), CHUNK, 0};

        left = ZSTD_compressStream2(zstd, &to, &from,
                                    end == COMPRESSOR_FINISH ? ZSTD_e_end : ZSTD_e_flush);
        if (ZSTD_isError(left))
            g_error("zstd: %s", ZSTD_getErrorName(left));
        out->len += (guint)to.pos;
    } while (left);
}

void compressor_run(struct compressor *compressor, const GByteArray *plain, GByteArray *out,
                    enum compressor_end end)
{
    if (compressor->zstd)
        run_zstd(compressor->zstd, plain, out, end);
    else
        run_gzip(&compressor->gzip, plain, out, end);
}

void compressor_free(struct compressor *compressor)
{
    if (!compressor)
        return;
    if (compressor->zstd)
        ZSTD_freeCCtx(compressor->zstd);
    else
        deflateEnd(&compressor->gzip);
    g_free(compressor);
}
