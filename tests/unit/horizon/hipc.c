/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "words.h"

static bool decode(const struct words *words, struct hipc_message *message)
{
    return hipc_decode(words->bytes, words->length, HIPC_DIRECTION_UNKNOWN, message, NULL);
}

static void test_empty(void)
{
    struct words words = WORDS(4, 0);
    struct hipc_message message;

    g_assert_true(decode(&words, &message));
    g_assert_cmpuint(message.type, ==, HIPC_TYPE_INVOKE_2_METHOD);
    g_assert_false(message.has_special);
    g_assert_false(message.special.has_pid);
    g_assert_cmpuint(message.raw_offset, ==, 8);
    g_assert_cmpuint(message.receive_list_offset, ==, 8);
    g_assert_cmpuint(message.end, ==, 8);
}

static void test_header_fields(void)
{
    struct words words = WORDS(0x43210006, 0x00100801 | 0x2A << 14, 0);
    struct hipc_message message;

    hipc_decode(words.bytes, words.length, HIPC_REQUEST, &message, NULL);
    g_assert_cmpuint(message.type, ==, 6);
    g_assert_cmpuint(message.receive_list_mode, ==, 2);
    g_assert_cmpuint(message.raw_words, ==, 1);
    g_assert_cmpuint(message.reserved, ==, 0x2A);
    g_assert_cmpuint(message.receive_list_words, ==, 1);
    g_assert_false(message.complete);
    g_assert_cmpuint(message.raw_offset, ==, 8 + 8 + 9 * 12);
}

static void test_special(void)
{
    struct words words = WORDS(4, 0x80000000, 1 | 2 << 1 | 1 << 5 | 0xABCDE << 9, 0x11223344,
                               0x55667788, 0xC0, 0xC1, 0xA0);
    struct hipc_message message;

    g_assert_true(decode(&words, &message));
    g_assert_true(message.special.has_pid);
    g_assert_cmphex(message.special.pid, ==, 0x5566778811223344);
    g_assert_cmpuint(message.special.pid_offset, ==, 12);
    g_assert_cmpuint(message.special.copy_count, ==, 2);
    g_assert_cmpuint(message.special.copy_offset, ==, 20);
    g_assert_cmpuint(message.special.copy[1], ==, 0xC1);
    g_assert_cmpuint(message.special.move_count, ==, 1);
    g_assert_cmpuint(message.special.move_offset, ==, 28);
    g_assert_cmpuint(message.special.move[0], ==, 0xA0);
    g_assert_cmphex(message.special.reserved, ==, 0xABCDEu << 9);
    g_assert_cmpuint(message.raw_offset, ==, 32);
}

static void test_special_without_pid(void)
{
    struct words words = WORDS(4, 0x80000000, 1 << 1, 0xC0);
    struct hipc_message message;

    g_assert_true(decode(&words, &message));
    g_assert_false(message.special.has_pid);
    g_assert_cmpuint(message.special.copy_offset, ==, 12);
    g_assert_cmpuint(message.special.copy[0], ==, 0xC0);
}

static void test_pointer(void)
{
    struct words words = WORDS(0x10004, 0, 0x1234F1F5, 0x89ABCDEF);
    struct hipc_message message;

    g_assert_true(decode(&words, &message));
    g_assert_cmphex(message.pointer[0].address, ==, 0x7F89ABCDEF);
    g_assert_cmphex(message.pointer[0].size, ==, 0x1234);
    g_assert_cmpuint(message.pointer[0].index, ==, 5);
    g_assert_cmphex(message.pointer[0].reserved, ==, 0x30);
    g_assert_cmpuint(message.pointer[0].offset, ==, 8);
    g_assert_cmpuint(hipc_pointer_wide_index(&message.pointer[0]), ==, 0x35);
    g_assert_cmphex(hipc_pointer_wide_address(&message.pointer[0]), ==, 0x7F89ABCDEF);
}

static void test_pointer_wide(void)
{
    struct words words = WORDS(0x10004, 0, 0x00000FC0, 0);
    struct hipc_message message;

    g_assert_true(decode(&words, &message));
    g_assert_cmphex(message.pointer[0].address, ==, UINT64_C(7) << 36);
    g_assert_cmphex(hipc_pointer_wide_address(&message.pointer[0]), ==, UINT64_C(0x3F) << 36);
}

static void test_maps(void)
{
    struct words words =
        WORDS(0x11100004, 0, 1, 0x1000, 0, 2, 0x2000, 1, 0xFFFFFFFF, 0xFFFFFFFF, 0xFF00001F);
    struct hipc_message message;

    g_assert_true(decode(&words, &message));
    g_assert_cmphex(message.send[0].address, ==, 0x1000);
    g_assert_cmphex(message.send[0].size, ==, 1);
    g_assert_cmpuint(message.receive[0].attribute, ==, HIPC_MAP_NON_SECURE);
    g_assert_cmpuint(message.receive[0].offset, ==, 20);
    g_assert_cmphex(message.exchange[0].address, ==, (UINT64_C(1) << 39) - 1);
    g_assert_cmphex(message.exchange[0].size, ==, (UINT64_C(1) << 36) - 1);
    g_assert_cmpuint(message.exchange[0].attribute, ==, HIPC_MAP_NON_DEVICE);
    g_assert_cmpuint(message.exchange[0].reserved, ==, 0);
    g_assert_cmphex(hipc_map_wide_address(&message.exchange[0]), ==, (UINT64_C(1) << 39) - 1);
}

static void test_map_wide(void)
{
    struct words words = WORDS(0x00100004, 0, 0, 0, 0x00FFFFE0);
    struct hipc_message message;

    g_assert_true(decode(&words, &message));
    g_assert_cmphex(message.send[0].address, ==, 0);
    g_assert_cmphex(hipc_map_wide_address(&message.send[0]), ==, UINT64_C(0x7FFFF) << 39);
}

static void assert_mode(uint32_t mode, unsigned int entries)
{
    uint32_t word[2 + 2 * HIPC_MAX_RECEIVE_LIST] = {4, mode << 10};
    struct words words = words_of(2 + 2 * HIPC_MAX_RECEIVE_LIST, word);
    struct hipc_message message;

    g_assert_true(decode(&words, &message));
    g_assert_cmpuint(message.receive_list_mode, ==, mode);
    g_assert_cmpuint(message.receive_list_count, ==, entries);
    g_assert_cmpuint(message.end, ==, 8 + 8 * entries);
}

static void test_receive_modes(void)
{
    assert_mode(0, 0);
    assert_mode(1, 0);
    assert_mode(2, 1);
    for (uint32_t mode = 3; mode < 16; mode++)
        assert_mode(mode, mode - 2);
}

static void test_receive_entry(void)
{
    struct words words = WORDS(4, 2 << 10, 0x12345678, 0xABCDFFFF);
    struct hipc_message message;

    g_assert_true(decode(&words, &message));
    g_assert_cmphex(message.receive_list[0].address, ==, 0x7F12345678);
    g_assert_cmphex(message.receive_list[0].size, ==, 0xABCD);
    g_assert_cmphex(message.receive_list[0].reserved, ==, 0xFF80);
    g_assert_cmphex(hipc_receive_entry_wide_address(&message.receive_list[0]), ==, 0xFFFF12345678);
}

static void test_receive_list_moved(void)
{
    struct words words = WORDS(4, 1 | 2 << 10 | 5 << 20, 0xAAAA, 0, 0, 0x1000, 0x20 << 16);
    struct hipc_message message;

    g_assert_true(decode(&words, &message));
    g_assert_cmpuint(message.receive_list_offset, ==, 20);
    g_assert_cmpuint(message.end, ==, 28);
    g_assert_cmphex(message.receive_list[0].address, ==, 0x1000);
}

static void test_receive_list_over_header(void)
{
    struct words words = WORDS(4, 2 | 2 << 10 | 1 << 20, 7, 8);
    struct hipc_message message;
    uint8_t bytes[64];

    g_assert_true(decode(&words, &message));
    g_assert_cmpuint(message.end, ==, 12);
    g_assert_cmphex(message.receive_list[0].address & 0xFFFFFFFF, ==, 2 | 2 << 10 | 1 << 20);
    g_assert_cmpuint(hipc_encode(&message, words.bytes + 8, bytes, sizeof bytes), ==, 16);
    g_assert_cmpmem(bytes, 16, words.bytes, words.length);
}

static void test_cut_sections(void)
{
    struct words words = WORDS(0x10010004, 0x80000002, 1 << 1, 0xC0, 1, 2, 3, 4, 5, 6, 7);
    struct hipc_message message;
    const size_t length[] = {8, 11, 15, 16, 23, 24, 35, 36, 40, 44};
    const unsigned int expected[][4] = {{0, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}, {1, 0, 0, 0},
                                        {1, 0, 0, 0}, {1, 1, 0, 0}, {1, 1, 0, 0}, {1, 1, 1, 0},
                                        {1, 1, 1, 4}, {1, 1, 1, 8}};

    for (size_t i = 0; i < G_N_ELEMENTS(length); i++) {
        bool complete = hipc_decode(words.bytes, length[i], HIPC_REQUEST, &message, NULL);

        g_assert_cmpint(complete, ==, length[i] == words.length);
        g_assert_cmpuint(message.special.copy_count, ==, expected[i][0]);
        g_assert_cmpuint(message.pointer_count, ==, expected[i][1]);
        g_assert_cmpuint(message.exchange_count, ==, expected[i][2]);
        g_assert_cmpuint(message.raw_captured, ==, expected[i][3]);
        g_assert_cmpuint(message.raw_offset, ==, length[i] < 12 ? 32 : 36);
    }
}

static void test_nothing(void)
{
    struct hipc_message message;

    g_assert_false(hipc_decode(NULL, 0, HIPC_REQUEST, &message, NULL));
    g_assert_cmpuint(message.type, ==, 0);
    g_assert_false(hipc_decode((const uint8_t[]){6, 0, 0xFF}, 3, HIPC_REQUEST, &message, NULL));
    g_assert_cmpuint(message.type, ==, 6);
    g_assert_cmpuint(message.pointer_count, ==, 0);
    g_assert_cmpuint(message.raw_captured, ==, 0);
}

/** Every count at its maximum: 8 + 4 + 8 + 30 * 4 + 15 * 8 + 45 * 12 bytes before the raw data. */
static void test_hostile_counts(void)
{
    struct words words = WORDS(0xFFFF0004, 0xFFFFFFFF, 0xFFFFFFFF);
    struct hipc_message message;

    g_assert_false(decode(&words, &message));
    g_assert_cmpuint(message.raw_offset, ==, 800);
    g_assert_cmpuint(message.raw_words, ==, 1023);
    g_assert_cmpuint(message.receive_list_offset, ==, 2047 * 4);
    g_assert_cmpuint(message.end, <=, HIPC_MAX_MESSAGE_SIZE);
    g_assert_cmpuint(message.send_count + message.receive_list_count, ==, 0);
}

static void test_names(void)
{
    g_assert_cmpstr(hipc_type_name(0), ==, "Invalid");
    g_assert_cmpstr(hipc_type_name(7), ==, "Invoke2ManagerMethodWithContext");
    g_assert_cmpstr(hipc_type_name(8), ==, "Unknown");
    g_assert_cmpstr(hipc_type_name(14), ==, "Unknown");
    g_assert_cmpstr(hipc_type_name(15), ==, "TipcClose");
    g_assert_cmpstr(hipc_type_name(16), ==, "TipcCommand");
    g_assert_cmpstr(hipc_type_name(0xFFFF), ==, "TipcCommand");
    g_assert_cmpstr(hipc_map_attribute_name(2), ==, "Invalid");
    g_assert_cmpstr(hipc_map_attribute_name(3), ==, "NonDevice");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hipc/empty", test_empty);
    g_test_add_func("/hipc/header", test_header_fields);
    g_test_add_func("/hipc/special", test_special);
    g_test_add_func("/hipc/special/no-pid", test_special_without_pid);
    g_test_add_func("/hipc/pointer", test_pointer);
    g_test_add_func("/hipc/pointer/wide", test_pointer_wide);
    g_test_add_func("/hipc/maps", test_maps);
    g_test_add_func("/hipc/maps/wide", test_map_wide);
    g_test_add_func("/hipc/receive-list/modes", test_receive_modes);
    g_test_add_func("/hipc/receive-list/entry", test_receive_entry);
    g_test_add_func("/hipc/receive-list/moved", test_receive_list_moved);
    g_test_add_func("/hipc/receive-list/over-header", test_receive_list_over_header);
    g_test_add_func("/hipc/cut/sections", test_cut_sections);
    g_test_add_func("/hipc/cut/nothing", test_nothing);
    g_test_add_func("/hipc/hostile", test_hostile_counts);
    g_test_add_func("/hipc/names", test_names);
    return g_test_run();
}
