/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the recorder's compressor has written is read again: whole, in parts, cut at every byte, and
 * damaged. */
#define _POSIX_C_SOURCE 200809L

#include "decompressor.h"
#include "compressor.h"

#include <errno.h>
#include <glib.h>
#include <stdio.h>

#define PLAIN_SIZE 300000u

/** Text that compresses somewhat, so that both sides go over several chunks. */
static GByteArray *plain_bytes(guint size)
{
    GByteArray *plain = g_byte_array_sized_new(size);
    guint32 state = 1;

    for (guint i = 0; i < size; i++) {
        guint8 byte;

        state = state * 1664525 + 1013904223;
        byte = (guint8)(state >> 24) & 0x3F;
        g_byte_array_append(plain, &byte, 1);
    }
    return plain;
}

static void compress(GByteArray *out, const GByteArray *plain, gboolean is_zstd)
{
    struct compressor *compressor = compressor_new(is_zstd);

    compressor_run(compressor, plain, out, COMPRESSOR_FINISH);
    compressor_free(compressor);
}

/** What is read of the first bytes of a file; the error that it ends with. */
static GByteArray *read_back(const GByteArray *file, guint length, int *error)
{
    FILE *stream = decompressed(fmemopen(file->data, length, "rb"));
    GByteArray *found = g_byte_array_new();
    guint8 chunk[5000];
    size_t size;

    errno = 0;
    while ((size = fread(chunk, 1, sizeof chunk, stream)))
        g_byte_array_append(found, chunk, (guint)size);
    *error = ferror(stream) ? errno : 0;
    fclose(stream);
    return found;
}

static void check(const GByteArray *file, const GByteArray *expected)
{
    int error;
    g_autoptr(GByteArray) found = read_back(file, file->len, &error);

    g_assert_cmpint(error, ==, 0);
    g_assert_cmpmem(found->data, found->len, expected->data, expected->len);
}

static void test_whole(gconstpointer is_zstd)
{
    g_autoptr(GByteArray) plain = plain_bytes(PLAIN_SIZE);
    g_autoptr(GByteArray) file = g_byte_array_new();

    compress(file, plain, is_zstd != NULL);
    g_assert_cmpuint(file->len, <, plain->len);
    check(file, plain);
}

/** As `cat a.gz b.gz` makes it. */
static void test_parts(gconstpointer is_zstd)
{
    g_autoptr(GByteArray) part = plain_bytes(1000);
    g_autoptr(GByteArray) both = g_byte_array_new();
    g_autoptr(GByteArray) file = g_byte_array_new();

    for (int i = 0; i < 2; i++) {
        compress(file, part, is_zstd != NULL);
        g_byte_array_append(both, part->data, part->len);
    }
    check(file, both);
}

/** A recorder that was killed: what it had flushed is there, and there is no error. */
static void test_cut(gconstpointer is_zstd)
{
    struct compressor *compressor = compressor_new(is_zstd != NULL);
    g_autoptr(GByteArray) plain = plain_bytes(1000);
    g_autoptr(GByteArray) file = g_byte_array_new();
    guint flushed;

    compressor_run(compressor, plain, file, COMPRESSOR_FLUSH);
    flushed = file->len;
    compressor_run(compressor, plain, file, COMPRESSOR_FINISH);
    compressor_free(compressor);
    for (guint length = 1; length < file->len; length++) {
        int error;
        g_autoptr(GByteArray) found = read_back(file, length, &error);
        guint common = MIN(found->len, plain->len);

        g_assert_cmpint(error, ==, 0);
        g_assert_cmpmem(found->data, common, plain->data, common);
        g_assert_true(found->len >= plain->len || length < flushed);
    }
}

static void test_damaged(gconstpointer is_zstd)
{
    g_autoptr(GByteArray) plain = plain_bytes(1000);
    g_autoptr(GByteArray) file = g_byte_array_new();
    g_autoptr(GByteArray) found = NULL;
    int error;

    compress(file, plain, is_zstd != NULL);
    file->data[3] ^= 0xFF;
    found = read_back(file, file->len, &error);
    g_assert_cmpint(error, ==, EBADMSG);
    g_assert_cmpuint(found->len, ==, 0);
}

static void test_plain(void)
{
    g_autoptr(GByteArray) plain = plain_bytes(PLAIN_SIZE);

    plain->data[0] = 'I';
    check(plain, plain);
}

static void add(const char *name, GTestDataFunc test)
{
    g_autofree char *gzip = g_strconcat("/decompressor/gzip/", name, NULL);
    g_autofree char *zstd = g_strconcat("/decompressor/zstd/", name, NULL);

    g_test_add_data_func(gzip, NULL, test);
    g_test_add_data_func(zstd, "zstd", test);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("whole", test_whole);
    add("parts", test_parts);
    add("cut", test_cut);
    add("damaged", test_damaged);
    g_test_add_func("/decompressor/plain", test_plain);
    return g_test_run();
}
