/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "words.h"

#include <ipcshark/htipc.h>

#include <string.h>

static struct htipc_message decode(const struct words *words, bool is_reply,
                                   struct ipcshark_findings *findings)
{
    struct htipc_message message;
    struct hipc_message hipc;

    *findings = (struct ipcshark_findings){0};
    hipc_decode(words->bytes, words->length, is_reply ? HIPC_REPLY : HIPC_REQUEST, &hipc, NULL);
    htipc_decode(words->bytes, words->length, &hipc, is_reply, &message, findings);
    return message;
}

static void test_request(void)
{
    struct words words = WORDS(17, 2, 0x2D707366, 0x00767273);
    struct ipcshark_findings findings;
    struct htipc_message message = decode(&words, false, &findings);

    g_assert_false(message.is_close);
    g_assert_cmpuint(message.command_id, ==, 1);
    g_assert_cmpuint(message.data_offset, ==, 8);
    g_assert_cmpuint(message.data_size, ==, 8);
    g_assert_cmpuint(findings.count, ==, 0);
}

static void test_reply(void)
{
    struct words words = WORDS(17, 0x80000002, 1 << 5, 0xA0, 0x615, 0x77);
    struct ipcshark_findings findings;
    struct htipc_message message = decode(&words, true, &findings);

    g_assert_true(message.has_result);
    g_assert_cmphex(message.result, ==, 0x615);
    g_assert_cmpuint(message.data_offset, ==, 20);
    g_assert_cmpuint(message.data_size, ==, 4);
    g_assert_cmpuint(findings.count, ==, 0);
}

static void test_reply_without_result(void)
{
    struct words words = WORDS(17, 0);
    struct words cut = WORDS(17, 1);
    struct ipcshark_findings findings;

    g_assert_false(decode(&words, true, &findings).has_result);
    assert_found(&findings, HTIPC_NO_RESULT);
    g_assert_false(decode(&cut, true, &findings).has_result);
}

static void test_close(void)
{
    struct words words = WORDS(15, 0);
    struct words full = WORDS(15, 1, 0);
    struct ipcshark_findings findings;

    g_assert_true(decode(&words, false, &findings).is_close);
    g_assert_cmpuint(findings.count, ==, 0);
    g_assert_true(decode(&full, false, &findings).is_close);
    assert_found(&findings, HTIPC_CLOSE_NOT_EMPTY);
}

static void test_refused(void)
{
    struct words pointer = WORDS(0x00010011, 0, 0, 0);
    struct words exchange = WORDS(0x10000011, 0, 0, 0, 0);
    struct words list = WORDS(0x11, 1 << 10);
    struct words type = WORDS(4, 0);
    struct ipcshark_findings findings;

    decode(&pointer, false, &findings);
    assert_found(&findings, HTIPC_DESCRIPTORS);
    decode(&exchange, false, &findings);
    assert_found(&findings, HTIPC_DESCRIPTORS);
    decode(&list, false, &findings);
    assert_found(&findings, HTIPC_DESCRIPTORS);
    decode(&type, false, &findings);
    assert_found(&findings, HTIPC_TYPE);
}

static void test_encode(void)
{
    struct hipc_message hipc = {.has_special = true, .special = {.has_pid = true, .pid = 9}};
    struct ipcshark_findings findings;
    struct htipc_message message;
    struct words words;

    words.length = htipc_encode_request(&hipc, 65519, "abcde", 5, words.bytes, sizeof words.bytes);
    message = decode(&words, false, &findings);
    g_assert_cmpuint(words.length, ==, 28);
    g_assert_cmpuint(message.command_id, ==, 65519);
    g_assert_cmpuint(message.data_size, ==, 8);
    g_assert_cmpmem(words.bytes + message.data_offset, 8, "abcde\0\0\0", 8);
    words.length = htipc_encode_reply(&hipc, 3, 0xA15, "x", 1, words.bytes, sizeof words.bytes);
    message = decode(&words, true, &findings);
    g_assert_cmphex(message.result, ==, 0xA15);
    g_assert_cmpuint(message.command_id, ==, 3);
    g_assert_cmpuint(message.data_size, ==, 4);
}

static void test_too_much(void)
{
    struct hipc_message hipc = {0};
    static const uint8_t data[UINT16_MAX];
    uint8_t bytes[64];

    g_assert_cmpuint(htipc_encode_request(&hipc, 0, data, sizeof data, bytes, sizeof bytes), ==,
                     SIZE_MAX);
    g_assert_cmpuint(htipc_encode_reply(&hipc, 0, 0, data, 4092, bytes, sizeof bytes), ==,
                     SIZE_MAX);
    g_assert_cmpuint(htipc_encode_reply(&hipc, 0, 0, data, 4088, bytes, sizeof bytes), ==,
                     8 + 4092);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/htipc/request", test_request);
    g_test_add_func("/htipc/reply", test_reply);
    g_test_add_func("/htipc/reply/no-result", test_reply_without_result);
    g_test_add_func("/htipc/close", test_close);
    g_test_add_func("/htipc/refused", test_refused);
    g_test_add_func("/htipc/encode", test_encode);
    g_test_add_func("/htipc/encode/too-much", test_too_much);
    return g_test_run();
}
