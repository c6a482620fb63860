/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "words.h"

#include <ipcshark/cmif.h>

static void assert_words(const uint8_t *bytes, size_t size, struct words expected)
{
    g_assert_cmpmem(bytes, size, expected.bytes, expected.length);
}

static void test_control(void)
{
    struct cmif_request request = {.hipc.type = 5, .method_id = 3};
    uint8_t bytes[256];
    size_t size = cmif_encode_request(&request, bytes, sizeof bytes);

    assert_words(bytes, size, WORDS(5, 8, 0, 0, CMIF_IN_MAGIC, 0, 3, 0, 0, 0));
}

static void test_release(void)
{
    struct cmif_request request = {.hipc.type = 2};
    uint8_t bytes[256];

    assert_words(bytes, cmif_encode_request(&request, bytes, sizeof bytes), WORDS(2, 0));
}

static void test_domain(void)
{
    struct cmif_request request = {
        .hipc.type = 6,
        .method_id = 9,
        .version = 1,
        .token = 0x70CE,
        .is_domain = true,
        .kind = CMIF_REQUEST_KIND_SEND,
        .object_id = 2,
        .objects = (const uint32_t[]){0x11},
        .object_count = 1,
        .data = "abc",
        .data_size = 3,
        .out_pointer_sizes = (const uint16_t[]){0x100, 0x200},
        .out_pointer_count = 2,
    };
    uint8_t bytes[256];
    size_t size = cmif_encode_request(&request, bytes, sizeof bytes);

    assert_words(bytes, size,
                 WORDS(6, 15, 0, 0, 1 | 1 << 8 | 0x13 << 16, 2, 0, 0x70CE, CMIF_IN_MAGIC, 1, 9, 0,
                       0x11636261, 0, 0, 0, 0x02000100));
}

static void test_domain_close(void)
{
    struct cmif_request request = {
        .hipc.type = 4, .is_domain = true, .kind = CMIF_REQUEST_KIND_CLOSE, .object_id = 7};
    uint8_t bytes[256];
    size_t size = cmif_encode_request(&request, bytes, sizeof bytes);

    assert_words(bytes, size, WORDS(4, 8, 0, 0, 2, 7, 0, 0, 0, 0));
}

static void test_reply(void)
{
    struct cmif_reply reply = {
        .is_domain = true,
        .objects = (const uint32_t[]){5, 6},
        .object_count = 2,
        .data = "x",
        .data_size = 1,
        .interface_id = 0x1D,
    };
    uint8_t bytes[256];
    size_t size = cmif_encode_reply(&reply, bytes, sizeof bytes);

    assert_words(bytes, size,
                 WORDS(0, 15, 0, 0, 2, 0, 0, 0, CMIF_OUT_MAGIC, 0, 0, 0x1D, 0x578, 0x600, 0, 0, 0));
}

static void test_error_reply(void)
{
    struct cmif_reply reply = {.result = 0x402, .data = "xyz", .data_size = 3};
    uint8_t bytes[256];
    size_t size = cmif_encode_reply(&reply, bytes, sizeof bytes);

    assert_words(bytes, size, WORDS(0, 8, 0, 0, CMIF_OUT_MAGIC, 0, 0x402, 0, 0, 0));
    reply.is_domain = true;
    reply.object_count = 3;
    size = cmif_encode_reply(&reply, bytes, sizeof bytes);
    g_assert_cmpuint(size, ==, 8 + 12 * 4);
    g_assert_cmpuint(bytes[16], ==, 0);
}

static void test_room(void)
{
    static const uint8_t data[UINT16_MAX];
    struct cmif_request request = {.hipc.type = 4, .data = data, .data_size = 4};
    struct cmif_reply reply = {.data = data, .data_size = 4};
    uint8_t bytes[44];

    g_assert_cmpuint(cmif_encode_request(&request, bytes, 43), ==, 44);
    g_assert_cmpuint(cmif_encode_request(&request, bytes, 44), ==, 44);
    g_assert_cmpuint(cmif_encode_reply(&reply, bytes, 43), ==, 44);
    request.data_size = UINT16_MAX;
    reply.data_size = UINT16_MAX;
    g_assert_cmpuint(cmif_encode_request(&request, bytes, sizeof bytes), ==, SIZE_MAX);
    g_assert_cmpuint(cmif_encode_reply(&reply, bytes, sizeof bytes), ==, SIZE_MAX);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cmif/encode/control", test_control);
    g_test_add_func("/cmif/encode/release", test_release);
    g_test_add_func("/cmif/encode/domain", test_domain);
    g_test_add_func("/cmif/encode/domain/close", test_domain_close);
    g_test_add_func("/cmif/encode/reply", test_reply);
    g_test_add_func("/cmif/encode/reply/error", test_error_reply);
    g_test_add_func("/cmif/encode/room", test_room);
    return g_test_run();
}
