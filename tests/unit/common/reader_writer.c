/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ipcshark/reader.h>
#include <ipcshark/writer.h>

#include <glib.h>

static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

static void test_read_is_little_endian(void)
{
    struct ipcshark_reader reader = ipcshark_reader(bytes, sizeof bytes);

    g_assert_cmphex(ipcshark_read_u8(&reader), ==, 0x01);
    g_assert_cmphex(ipcshark_read_u16(&reader), ==, 0x0302);
    g_assert_cmphex(ipcshark_read_u32(&reader), ==, 0x07060504);
    g_assert_cmphex(ipcshark_read_u64(&reader), ==, 0x0F0E0D0C0B0A0908);
    g_assert_false(reader.failed);
    g_assert_cmpuint(ipcshark_reader_left(&reader), ==, 0);
}

static void test_error_is_sticky(void)
{
    struct ipcshark_reader reader = ipcshark_reader(bytes, 6);

    ipcshark_read_u32(&reader);
    g_assert_cmphex(ipcshark_read_u32(&reader), ==, 0);
    g_assert_true(reader.failed);
    g_assert_cmpuint(reader.failed_offset, ==, 4);
    g_assert_cmpuint(reader.failed_size, ==, 4);
    g_assert_cmphex(ipcshark_read_u8(&reader), ==, 0);
    g_assert_cmpuint(reader.offset, ==, 4);
    g_assert_cmpuint(reader.failed_size, ==, 4);
}

static void test_huge_sizes_do_not_wrap(void)
{
    struct ipcshark_reader reader = ipcshark_reader(bytes, sizeof bytes);

    ipcshark_read_u8(&reader);
    g_assert_null(ipcshark_read_bytes(&reader, SIZE_MAX));
    g_assert_true(reader.failed);

    reader = ipcshark_reader(bytes, sizeof bytes);
    ipcshark_reader_seek(&reader, SIZE_MAX);
    g_assert_true(reader.failed);
}

static void test_seek_to_the_end_is_allowed(void)
{
    struct ipcshark_reader reader = ipcshark_reader(bytes, sizeof bytes);

    ipcshark_reader_seek(&reader, sizeof bytes);
    g_assert_false(reader.failed);
    ipcshark_reader_seek(&reader, sizeof bytes + 1);
    g_assert_true(reader.failed);
}

static void test_write_is_the_inverse(void)
{
    uint8_t written[sizeof bytes];
    struct ipcshark_writer writer = ipcshark_writer(written, sizeof written);

    ipcshark_write_u8(&writer, 0x01);
    ipcshark_write_u16(&writer, 0x0302);
    ipcshark_write_u32(&writer, 0x07060504);
    ipcshark_write_u64(&writer, 0x0F0E0D0C0B0A0908);
    g_assert_false(writer.failed);
    g_assert_cmpmem(written, writer.offset, bytes, sizeof bytes);
}

static void test_full_writer_counts_on(void)
{
    uint8_t written[4] = {0};
    struct ipcshark_writer writer = ipcshark_writer(written, sizeof written);

    ipcshark_write_u16(&writer, 0x1111);
    ipcshark_write_u32(&writer, 0x22222222);
    ipcshark_write_u8(&writer, 0x33);
    g_assert_true(writer.failed);
    g_assert_cmpuint(writer.offset, ==, 7);
    g_assert_cmphex(written[2], ==, 0);
    g_assert_cmphex(written[3], ==, 0);
}

static void test_alignment_pads_with_zeros(void)
{
    uint8_t written[16];
    struct ipcshark_writer writer = ipcshark_writer(written, sizeof written);

    memset(written, 0xFF, sizeof written);
    ipcshark_write_u8(&writer, 1);
    ipcshark_write_align(&writer, 8);
    g_assert_cmpuint(writer.offset, ==, 8);
    ipcshark_write_align(&writer, 8);
    g_assert_cmpuint(writer.offset, ==, 8);
    g_assert_cmphex(written[7], ==, 0);
    g_assert_cmphex(written[8], ==, 0xFF);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/reader/little-endian", test_read_is_little_endian);
    g_test_add_func("/reader/sticky", test_error_is_sticky);
    g_test_add_func("/reader/huge", test_huge_sizes_do_not_wrap);
    g_test_add_func("/reader/seek", test_seek_to_the_end_is_allowed);
    g_test_add_func("/writer/inverse", test_write_is_the_inverse);
    g_test_add_func("/writer/full", test_full_writer_counts_on);
    g_test_add_func("/writer/align", test_alignment_pads_with_zeros);
    return g_test_run();
}
