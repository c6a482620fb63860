/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "orbis_test.h"

#include <ipcshark/sceipmi.h>
#include <ipcshark/writer.h>

/** A sync packet of App Messaging's shape: 24 bytes, then 12; room for one output. */
static size_t sync_packet(uint8_t *bytes, size_t capacity)
{
    struct ipcshark_writer writer = ipcshark_writer(bytes, capacity);

    ipcshark_write_u64(&writer, 0x880001000);
    ipcshark_write_u32(&writer, 101);
    ipcshark_write_u32(&writer, 0x30010);
    ipcshark_write_u32(&writer, 2);
    ipcshark_write_u32(&writer, 1);
    ipcshark_write_u32(&writer, 24);
    ipcshark_write_zeros(&writer, 24);
    ipcshark_write_u32(&writer, 12);
    ipcshark_write_bytes(&writer, "Hello World.", 12);
    ipcshark_write_u32(&writer, 0x40);
    g_assert_false(writer.failed);
    return writer.offset;
}

static void test_sync(void)
{
    uint8_t bytes[128];
    size_t length = sync_packet(bytes, sizeof bytes);
    struct sceipmi_packet packet;
    struct ipcshark_findings findings = {0};

    g_assert_true(sceipmi_packet_decode(SCEIPMI_PACKET_SYNC, bytes, length, &packet, &findings));
    g_assert_cmpuint(findings.count, ==, 0);
    g_assert_true(packet.layout == sceipmi_sync_packet());
    g_assert_cmpuint(packet.in_captured, ==, 2);
    g_assert_cmpuint(packet.input[1].size, ==, 12);
    g_assert_cmpmem(bytes + packet.input[1].offset, packet.input[1].captured, "Hello World.", 12);
    g_assert_cmpuint(packet.out_captured, ==, 1);
    g_assert_cmphex(packet.out_capacity[0], ==, 0x40);
}

static void test_types(void)
{
    uint8_t bytes[0x150] = {0};
    struct sceipmi_packet packet;
    struct ipcshark_findings findings = {0};

    g_assert_true(sceipmi_packet_decode(0x51, bytes, 0x18, &packet, NULL));
    g_assert_true(packet.layout == sceipmi_sync_packet());
    g_assert_true(sceipmi_packet_decode(0x8053, bytes, 0x14, &packet, NULL));
    g_assert_true(packet.layout == sceipmi_async_packet());
    g_assert_false(sceipmi_packet_decode(0x8001, bytes, 0x150, &packet, NULL));
    g_assert_true(packet.layout == sceipmi_connect_packet());
    g_assert_false(sceipmi_packet_decode(0x2, bytes, sizeof bytes, &packet, &findings));
    g_assert_null(packet.layout);
    assert_finding(&findings, SCEIPMI_PACKET_UNKNOWN);
}

static void test_truncated(void)
{
    uint8_t bytes[128];
    size_t whole = sync_packet(bytes, sizeof bytes);

    for (size_t length = 0; length < whole; length++) {
        g_autofree uint8_t *cut = exact_copy(bytes, length);
        struct sceipmi_packet packet;
        struct ipcshark_findings findings = {0};

        g_assert_false(sceipmi_packet_decode(SCEIPMI_PACKET_SYNC, cut, length, &packet, &findings));
        assert_finding(&findings, SCEIPMI_PACKET_TRUNCATED);
        for (uint32_t i = 0; i < packet.in_captured; i++)
            g_assert_cmpuint(packet.input[i].offset + packet.input[i].captured, <=, length);
    }
}

static void test_trailing(void)
{
    uint8_t bytes[128] = {0};
    size_t length = sync_packet(bytes, sizeof bytes);
    struct sceipmi_packet packet;
    struct ipcshark_findings findings = {0};

    g_assert_true(
        sceipmi_packet_decode(SCEIPMI_PACKET_SYNC, bytes, length + 3, &packet, &findings));
    g_assert_cmpuint(find_finding(&findings, IPCSHARK_FINDING_SCEIPMI_PACKET_TRAILING)->actual, ==,
                     3);
}

static void test_hostile_counts(void)
{
    static const uint32_t counts[] = {11, 0x7FFFFFFF, UINT32_MAX};
    uint8_t bytes[512] = {0};

    for (size_t i = 0; i < G_N_ELEMENTS(counts); i++) {
        struct sceipmi_packet packet;
        struct ipcshark_findings findings = {0};

        sceipmi_set(sceipmi_sync_packet(), "num_in", bytes, sizeof bytes, counts[i]);
        sceipmi_packet_decode(SCEIPMI_PACKET_SYNC, bytes, sizeof bytes, &packet, &findings);
        assert_finding(&findings, SCEIPMI_PACKET_COUNT);
        g_assert_cmpuint(packet.in_count, ==, counts[i]);
        g_assert_cmpuint(packet.in_captured, ==, SCEIPMI_MAX_COUNT);
        g_assert_cmpuint(packet.out_captured, ==, 0);
    }
    sceipmi_set(sceipmi_sync_packet(), "num_in", bytes, sizeof bytes, 0);
    sceipmi_set(sceipmi_sync_packet(), "num_out", bytes, sizeof bytes, UINT32_MAX);
    struct sceipmi_packet packet;
    sceipmi_packet_decode(SCEIPMI_PACKET_SYNC, bytes, sizeof bytes, &packet, NULL);
    g_assert_cmpuint(packet.out_captured, ==, SCEIPMI_MAX_COUNT);
}

static void test_hostile_input_size(void)
{
    uint8_t bytes[64] = {0};
    struct sceipmi_packet packet;
    struct ipcshark_findings findings = {0};

    sceipmi_set(sceipmi_async_packet(), "num_in", bytes, sizeof bytes, 1);
    memset(bytes + 0x14, 0xFF, 4);
    g_assert_false(
        sceipmi_packet_decode(SCEIPMI_PACKET_ASYNC, bytes, sizeof bytes, &packet, &findings));
    g_assert_cmpuint(packet.input[0].size, ==, UINT32_MAX);
    g_assert_cmpuint(packet.input[0].captured, ==, 64 - 0x18);
    assert_finding(&findings, SCEIPMI_PACKET_TRUNCATED);
}

static size_t connect_packet(uint8_t *bytes, size_t capacity, uint32_t user_data)
{
    struct ipcshark_writer writer = ipcshark_writer(bytes, capacity);

    ipcshark_write_zeros(&writer, 0x150);
    ipcshark_write_u32(&writer, user_data);
    ipcshark_write_zeros(&writer, user_data < 0x10 ? 0x10 : user_data);
    return writer.offset;
}

static void test_connect(void)
{
    static const uint32_t sizes[] = {0, 1, 0x10, 0x11, 0x40};
    uint8_t bytes[0x200];

    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        size_t length = connect_packet(bytes, sizeof bytes, sizes[i]);
        struct sceipmi_packet packet;
        struct ipcshark_findings findings = {0};

        g_assert_true(
            sceipmi_packet_decode(SCEIPMI_PACKET_CONNECT, bytes, length, &packet, &findings));
        g_assert_cmpuint(findings.count, ==, 0);
        g_assert_cmpuint(packet.user_data_offset, ==, 0x154);
        g_assert_cmpuint(packet.user_data_size, ==, sizes[i]);
        for (size_t cut = 0; cut < 0x154 + sizes[i]; cut++) {
            g_autofree uint8_t *copy = exact_copy(bytes, cut);

            sceipmi_packet_decode(SCEIPMI_PACKET_CONNECT, copy, cut, &packet, &findings);
            g_assert_cmpuint(packet.user_data_offset + packet.user_data_size, <=,
                             MAX(cut, (size_t)packet.user_data_offset));
            assert_finding(&findings, SCEIPMI_PACKET_TRUNCATED);
        }
    }
}

static void test_random(void)
{
    static const uint32_t types[] = {0x1, 0x41, 0x43, 0x51, 0x8053};

    for (int round = 0; round < 20000; round++) {
        size_t length = (size_t)g_test_rand_int_range(0, 0x180);
        g_autofree uint8_t *bytes = g_malloc(length ? length : 1);
        struct sceipmi_packet packet;
        struct ipcshark_findings findings = {0};

        for (size_t i = 0; i < length; i++)
            bytes[i] = (uint8_t)(g_test_rand_int_range(0, 4) ? 0 : g_test_rand_int_range(0, 16));
        sceipmi_packet_decode(types[g_test_rand_int_range(0, G_N_ELEMENTS(types))], bytes, length,
                              &packet, &findings);
        g_assert_cmpuint(packet.in_captured, <=, SCEIPMI_MAX_COUNT);
        g_assert_cmpuint(packet.out_captured, <=, SCEIPMI_MAX_COUNT);
        for (uint32_t i = 0; i < packet.in_captured; i++)
            g_assert_cmpuint((uint64_t)packet.input[i].offset + packet.input[i].captured, <=,
                             length);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/orbis/packet/sync", test_sync);
    g_test_add_func("/orbis/packet/types", test_types);
    g_test_add_func("/orbis/packet/truncated", test_truncated);
    g_test_add_func("/orbis/packet/trailing", test_trailing);
    g_test_add_func("/orbis/packet/hostile-counts", test_hostile_counts);
    g_test_add_func("/orbis/packet/hostile-size", test_hostile_input_size);
    g_test_add_func("/orbis/packet/connect", test_connect);
    g_test_add_func("/orbis/packet/random", test_random);
    return g_test_run();
}
