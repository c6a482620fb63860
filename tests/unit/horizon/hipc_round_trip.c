/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Properties over random messages: decode(encode(x)) == x, and encode(decode(b)) == b for whatever
 * random bytes make a complete message.
 */
#include "words.h"

#include <string.h>

#define ROUNDS 20000

static uint64_t random_bits(GRand *random, unsigned int bits)
{
    uint64_t value = (uint64_t)g_rand_int(random) << 32 | g_rand_int(random);

    return bits == 64 ? value : value & ((UINT64_C(1) << bits) - 1);
}

static void random_special(GRand *random, struct hipc_special *special)
{
    special->has_pid = g_rand_boolean(random);
    special->pid = special->has_pid ? random_bits(random, 64) : 0;
    special->copy_count = (uint8_t)random_bits(random, 4);
    special->move_count = (uint8_t)random_bits(random, 4);
    special->reserved = (uint32_t)random_bits(random, 23) << 9;
    for (unsigned int i = 0; i < HIPC_MAX_HANDLES; i++) {
        special->copy[i] = g_rand_int(random);
        special->move[i] = g_rand_int(random);
    }
}

static void random_maps(GRand *random, struct hipc_map *map, uint8_t *count)
{
    *count = (uint8_t)random_bits(random, 4);
    for (unsigned int i = 0; i < *count; i++)
        map[i] = (struct hipc_map){
            .address = random_bits(random, 39),
            .size = random_bits(random, 36),
            .attribute = (uint8_t)random_bits(random, 2),
            .reserved = (uint32_t)random_bits(random, 19) << 5,
        };
}

static void random_pointers(GRand *random, struct hipc_message *message)
{
    message->pointer_count = (uint8_t)random_bits(random, 4);
    for (unsigned int i = 0; i < message->pointer_count; i++)
        message->pointer[i] = (struct hipc_pointer){
            .address = random_bits(random, 39),
            .size = (uint16_t)random_bits(random, 16),
            .index = (uint8_t)random_bits(random, 4),
            .reserved = (uint16_t)random_bits(random, 16) & 0xE30,
        };
}

static void random_receive_list(GRand *random, struct hipc_message *message)
{
    message->receive_list_mode = (uint8_t)random_bits(random, 4);
    for (unsigned int i = 0; i < HIPC_MAX_RECEIVE_LIST; i++)
        message->receive_list[i] = (struct hipc_receive_entry){
            .address = random_bits(random, 39),
            .size = (uint16_t)random_bits(random, 16),
            .reserved = (uint16_t)random_bits(random, 9) << 7,
        };
}

static void random_message(GRand *random, struct hipc_message *message)
{
    memset(message, 0, sizeof *message);
    message->type = (uint16_t)random_bits(random, 16);
    message->reserved = (uint8_t)random_bits(random, 6);
    message->raw_words = (uint16_t)random_bits(random, 10);
    message->has_special = g_rand_boolean(random);
    if (message->has_special)
        random_special(random, &message->special);
    random_pointers(random, message);
    random_maps(random, message->send, &message->send_count);
    random_maps(random, message->receive, &message->receive_count);
    random_maps(random, message->exchange, &message->exchange_count);
    random_receive_list(random, message);
    if (g_rand_int_range(random, 0, 4) == 0)
        message->receive_list_words = (uint16_t)g_rand_int_range(random, 1300, 2048);
}

static void assert_same_maps(const struct hipc_map *a, const struct hipc_map *b, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++) {
        g_assert_cmphex(a[i].address, ==, b[i].address);
        g_assert_cmphex(a[i].size, ==, b[i].size);
        g_assert_cmpuint(a[i].attribute, ==, b[i].attribute);
        g_assert_cmphex(a[i].reserved, ==, b[i].reserved);
    }
}

static void assert_same_special(const struct hipc_special *a, const struct hipc_special *b)
{
    g_assert_cmpint(a->has_pid, ==, b->has_pid);
    g_assert_cmphex(a->pid, ==, b->pid);
    g_assert_cmphex(a->reserved, ==, b->reserved);
    g_assert_cmpmem(a->copy, a->copy_count * 4u, b->copy, b->copy_count * 4u);
    g_assert_cmpmem(a->move, a->move_count * 4u, b->move, b->move_count * 4u);
}

static void assert_same(const struct hipc_message *a, const struct hipc_message *b)
{
    g_assert_cmpuint(a->type, ==, b->type);
    g_assert_cmpuint(a->reserved, ==, b->reserved);
    g_assert_cmpuint(a->raw_words, ==, b->raw_words);
    g_assert_cmpuint(a->receive_list_mode, ==, b->receive_list_mode);
    g_assert_cmpuint(a->receive_list_words, ==, b->receive_list_words);
    g_assert_cmpint(a->has_special, ==, b->has_special);
    if (a->has_special)
        assert_same_special(&a->special, &b->special);
    g_assert_cmpuint(a->pointer_count, ==, b->pointer_count);
    for (unsigned int i = 0; i < a->pointer_count; i++) {
        g_assert_cmphex(a->pointer[i].address, ==, b->pointer[i].address);
        g_assert_cmphex(a->pointer[i].size, ==, b->pointer[i].size);
        g_assert_cmpuint(a->pointer[i].index, ==, b->pointer[i].index);
        g_assert_cmphex(a->pointer[i].reserved, ==, b->pointer[i].reserved);
    }
    g_assert_cmpuint(a->send_count, ==, b->send_count);
    g_assert_cmpuint(a->receive_count, ==, b->receive_count);
    g_assert_cmpuint(a->exchange_count, ==, b->exchange_count);
    assert_same_maps(a->send, b->send, a->send_count);
    assert_same_maps(a->receive, b->receive, a->receive_count);
    assert_same_maps(a->exchange, b->exchange, a->exchange_count);
    for (unsigned int i = 0; i < b->receive_list_count; i++) {
        g_assert_cmphex(a->receive_list[i].address, ==, b->receive_list[i].address);
        g_assert_cmphex(a->receive_list[i].size, ==, b->receive_list[i].size);
        g_assert_cmphex(a->receive_list[i].reserved, ==, b->receive_list[i].reserved);
    }
}

static void test_messages(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(g_test_rand_int());
    uint8_t raw[HIPC_MAX_RAW_WORDS * 4];
    uint8_t bytes[HIPC_MAX_MESSAGE_SIZE];

    for (int round = 0; round < ROUNDS; round++) {
        struct hipc_message message, decoded;
        size_t size;

        random_message(random, &message);
        memset(raw, round, sizeof raw);
        size = hipc_encode(&message, raw, bytes, sizeof bytes);
        g_assert_cmpuint(size, <=, sizeof bytes);
        g_assert_true(hipc_decode(bytes, size, HIPC_REQUEST, &decoded, NULL));
        assert_same(&message, &decoded);
        g_assert_cmpuint(decoded.raw_captured, ==, message.raw_words * 4u);
        g_assert_cmpmem(bytes + decoded.raw_offset, decoded.raw_captured, raw,
                        message.raw_words * 4u);
    }
}

/** Random bytes, but few enough elements that they are all there. */
static void random_bytes(GRand *random, uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)g_rand_int(random);
    bytes[2] &= 0x33;
    bytes[3] &= 0x33;
    bytes[4] &= 0x3F;
    bytes[5] &= g_rand_boolean(random) ? 0xFC : 0xDC;
    bytes[6] &= 0x0F;
    bytes[7] &= 0x80;
}

static void test_bytes(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(g_test_rand_int());
    uint8_t bytes[1024], encoded[HIPC_MAX_MESSAGE_SIZE];
    int complete = 0;

    for (int round = 0; round < ROUNDS; round++) {
        struct hipc_message message;
        size_t size;

        random_bytes(random, bytes, sizeof bytes);
        if (!hipc_decode(bytes, sizeof bytes, HIPC_REQUEST, &message, NULL))
            continue;
        complete++;
        size = hipc_encode(&message, bytes + message.raw_offset, encoded, sizeof encoded);
        g_assert_cmpuint(size, <=, sizeof bytes);
        g_assert_cmpmem(encoded, size, bytes, size);
    }
    g_assert_cmpint(complete, >, ROUNDS / 2);
}

static void test_room(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(7);
    uint8_t bytes[HIPC_MAX_MESSAGE_SIZE] = {0};

    for (int round = 0; round < 500; round++) {
        struct hipc_message message;
        size_t size, room;

        random_message(random, &message);
        size = hipc_encode(&message, NULL, NULL, 0);
        room = size - 1;
        bytes[room] = 0xEE;
        g_assert_cmpuint(hipc_encode(&message, NULL, bytes, room), ==, size);
        g_assert_cmpuint(bytes[room], ==, 0xEE);
        g_assert_cmpuint(hipc_encode(&message, NULL, bytes, size), ==, size);
    }
}

static void test_too_wide(void)
{
    struct hipc_message message = {.type = 4, .pointer_count = 1, .send_count = 1};
    struct hipc_message decoded;
    uint8_t bytes[64];
    size_t size;

    message.pointer[0] = (struct hipc_pointer){.address = UINT64_MAX, .index = 0xFF};
    message.send[0] = (struct hipc_map){.address = UINT64_MAX, .size = UINT64_MAX, .attribute = 7};
    size = hipc_encode(&message, NULL, bytes, sizeof bytes);
    g_assert_true(hipc_decode(bytes, size, HIPC_REQUEST, &decoded, NULL));
    g_assert_cmphex(decoded.pointer[0].address, ==, (UINT64_C(1) << 39) - 1);
    g_assert_cmpuint(decoded.pointer[0].index, ==, 15);
    g_assert_cmpuint(decoded.pointer[0].reserved, ==, 0);
    g_assert_cmphex(decoded.send[0].size, ==, (UINT64_C(1) << 36) - 1);
    g_assert_cmpuint(decoded.send[0].attribute, ==, 3);
    g_assert_cmpuint(decoded.send[0].reserved, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hipc/round-trip/messages", test_messages);
    g_test_add_func("/hipc/round-trip/bytes", test_bytes);
    g_test_add_func("/hipc/encode/room", test_room);
    g_test_add_func("/hipc/encode/too-wide", test_too_wide);
    return g_test_run();
}
