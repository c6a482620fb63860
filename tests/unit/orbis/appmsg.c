/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "orbis_test.h"

#include <ipcshark/appmsg.h>

static void test_request_round_trip(void)
{
    uint8_t bytes[APPMSG_REQUEST_SIZE];
    uint8_t again[APPMSG_REQUEST_SIZE];
    struct appmsg_request request;

    fill_pattern(bytes, sizeof bytes, 3);
    g_assert_true(appmsg_request_decode(bytes, sizeof bytes, &request, NULL));
    g_assert_cmphex(request.app_id, ==, 0x734E2904);
    g_assert_cmphex(request.padding & 0xFF, ==, bytes[0x14]);
    g_assert_cmpuint(appmsg_request_encode(&request, again, sizeof again), ==, sizeof again);
    g_assert_cmpmem(again, sizeof again, bytes, sizeof bytes);
    g_assert_cmpuint(appmsg_request_encode(&request, again, sizeof again - 1), ==, 0);
}

static void test_request_length(void)
{
    uint8_t bytes[APPMSG_REQUEST_SIZE + 1] = {0};
    struct appmsg_request request;
    struct ipcshark_findings findings = {0};

    for (size_t length = 0; length < APPMSG_REQUEST_SIZE; length++) {
        g_autofree uint8_t *cut = exact_copy(bytes, length);

        findings.count = 0;
        g_assert_false(appmsg_request_decode(cut, length, &request, &findings));
        assert_finding(&findings, APPMSG_REQUEST_TRUNCATED);
    }
    findings.count = 0;
    g_assert_true(appmsg_request_decode(bytes, sizeof bytes, &request, &findings));
    assert_finding(&findings, APPMSG_REQUEST_TRAILING);
}

static void test_request_check(void)
{
    struct appmsg_request request = {.app_id = 0x60000001, .payload_size = 0x2000};
    struct ipcshark_findings findings = {0};

    appmsg_request_check(&request, 0, 0x2000, &findings);
    g_assert_cmpuint(findings.count, ==, 0);
    request.flags = APPMSG_FLAG_OVERWRITE;
    appmsg_request_check(&request, 2, 0x2000, &findings);
    g_assert_cmpuint(findings.count, ==, 0);
    request = (struct appmsg_request){.payload_size = UINT64_MAX, .flags = 6, .padding = 0x7FFF};
    appmsg_request_check(&request, 3, 12, &findings);
    assert_finding(&findings, APPMSG_UNKNOWN_METHOD);
    assert_finding(&findings, APPMSG_PAYLOAD_TOO_LARGE);
    assert_finding(&findings, APPMSG_PAYLOAD_SIZE_MISMATCH);
    assert_finding(&findings, APPMSG_UNKNOWN_FLAGS);
    assert_finding(&findings, APPMSG_STACK_REMAINS);
    g_assert_cmphex(ipcshark_finding_result(IPCSHARK_FINDING_APPMSG_PAYLOAD_TOO_LARGE), ==,
                    0x80C50003);
    g_assert_cmphex(ipcshark_finding_result(IPCSHARK_FINDING_APPMSG_UNKNOWN_METHOD), ==,
                    0x800205C1);
}

static void test_invoke_check(void)
{
    struct ipcshark_findings findings = {0};

    appmsg_invoke_check(0, 2, 0, &findings);
    appmsg_invoke_check(1, 1, 3, &findings);
    g_assert_cmpuint(findings.count, ==, 0);
    appmsg_invoke_check(0, 1, 1, &findings);
    g_assert_cmpuint(findings.count, ==, 2);
    appmsg_invoke_check(3, 2, 0, &findings);
    assert_finding(&findings, APPMSG_UNKNOWN_METHOD);
}

static void test_message_round_trip(void)
{
    g_autofree uint8_t *bytes = g_malloc0(APPMSG_MESSAGE_SIZE);
    struct appmsg_message message = {
        .sender = 0x6000190D,
        .message_type = 0x1000001,
        .payload_captured = 12,
        .payload_size = 12,
        .timestamp = 1764485182000001,
    };
    struct appmsg_message read;
    struct ipcshark_findings findings = {0};

    g_assert_cmpuint(appmsg_message_encode(&message, "Hello World.", bytes, APPMSG_MESSAGE_SIZE),
                     ==, APPMSG_MESSAGE_SIZE);
    g_assert_cmpuint(
        appmsg_message_encode(&message, "Hello World.", bytes, APPMSG_MESSAGE_SIZE - 1), ==, 0);
    g_assert_true(appmsg_message_decode(bytes, APPMSG_MESSAGE_SIZE, &read, &findings));
    g_assert_cmpuint(findings.count, ==, 0);
    g_assert_cmphex(read.sender, ==, message.sender);
    g_assert_cmphex(read.message_type, ==, message.message_type);
    g_assert_true(read.has_size);
    g_assert_cmpuint(read.timestamp, ==, message.timestamp);
    g_assert_cmpmem(bytes + read.payload_offset, read.payload_captured, "Hello World.", 12);
    g_assert_cmphex(bytes[0x2008], ==, 12);
    g_assert_cmphex(bytes[0x2010], ==, (uint8_t)message.timestamp);
}

static void test_full_payload(void)
{
    g_autofree uint8_t *bytes = g_malloc(APPMSG_MESSAGE_SIZE);
    g_autofree uint8_t *again = g_malloc(APPMSG_MESSAGE_SIZE);
    struct appmsg_message read;

    fill_pattern(bytes, APPMSG_MESSAGE_SIZE, 1);
    memcpy(bytes + APPMSG_PAYLOAD_SIZE_OFFSET, "\x00\x20\x00\x00", 4);
    g_assert_true(appmsg_message_decode(bytes, APPMSG_MESSAGE_SIZE, &read, NULL));
    g_assert_cmpuint(read.payload_captured, ==, APPMSG_MAX_PAYLOAD);
    appmsg_message_encode(&read, bytes + APPMSG_PAYLOAD_OFFSET, again, APPMSG_MESSAGE_SIZE);
    g_assert_cmpmem(again, APPMSG_MESSAGE_SIZE, bytes, APPMSG_MESSAGE_SIZE);
}

/** A capturer may end the structure behind the payload's last byte. */
static void test_cut_message(void)
{
    g_autofree uint8_t *bytes = g_malloc0(APPMSG_MESSAGE_SIZE);
    static const size_t lengths[] = {8, 9, 20, 0x2007, 0x2008, 0x200B, 0x200C, 0x2010, 0x2017};
    struct appmsg_message read;
    struct ipcshark_findings findings = {0};

    bytes[APPMSG_PAYLOAD_SIZE_OFFSET] = 12;
    for (size_t length = 0; length < 8; length++) {
        g_autofree uint8_t *cut = exact_copy(bytes, length);

        g_assert_false(appmsg_message_decode(cut, length, &read, &findings));
        g_assert_cmpuint(read.payload_captured, ==, 0);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(lengths); i++) {
        g_autofree uint8_t *cut = exact_copy(bytes, lengths[i]);
        size_t room = MIN(lengths[i] - 8, (size_t)APPMSG_MAX_PAYLOAD);

        findings.count = 0;
        g_assert_true(appmsg_message_decode(cut, lengths[i], &read, &findings));
        g_assert_true(read.has_size == (lengths[i] >= 0x200C));
        g_assert_cmpuint(read.payload_captured, ==, read.has_size ? 12 : room);
        assert_finding(&findings, APPMSG_MESSAGE_TRUNCATED);
    }
}

static void test_message_findings(void)
{
    g_autofree uint8_t *bytes = g_malloc0(APPMSG_MESSAGE_SIZE + 1);
    struct appmsg_message read;
    struct ipcshark_findings findings = {0};

    bytes[APPMSG_PAYLOAD_SIZE_OFFSET] = 4;
    bytes[APPMSG_PAYLOAD_OFFSET + 4] = 'x';
    bytes[APPMSG_PAYLOAD_SIZE_OFFSET + 4] = 1;
    appmsg_message_decode(bytes, APPMSG_MESSAGE_SIZE + 1, &read, &findings);
    g_assert_cmpuint(find_finding(&findings, IPCSHARK_FINDING_APPMSG_STALE_PAYLOAD)->offset, ==,
                     12);
    assert_finding(&findings, APPMSG_MESSAGE_PADDING);
    assert_finding(&findings, APPMSG_MESSAGE_TRAILING);
    findings.count = 0;
    memset(bytes + APPMSG_PAYLOAD_SIZE_OFFSET, 0xFF, 4);
    appmsg_message_decode(bytes, APPMSG_MESSAGE_SIZE, &read, &findings);
    assert_finding(&findings, APPMSG_MESSAGE_PAYLOAD_SIZE);
    g_assert_cmpuint(read.payload_captured, ==, APPMSG_MAX_PAYLOAD);
}

static void test_call_section(void)
{
    uint8_t bytes[APPMSG_CALL_SIZE];
    uint8_t again[APPMSG_CALL_SIZE];
    struct appmsg_call call;
    struct ipcshark_findings findings = {0};

    fill_pattern(bytes, sizeof bytes, 2);
    memset(bytes + 60, 0, 4);
    g_assert_true(appmsg_call_decode(bytes, sizeof bytes, &call, &findings));
    assert_finding(&findings, APPMSG_UNKNOWN_FUNCTION);
    g_assert_cmpuint(appmsg_call_encode(&call, again, sizeof again), ==, sizeof again);
    g_assert_cmpmem(again, sizeof again, bytes, sizeof bytes);
    g_assert_cmpuint(appmsg_call_encode(&call, again, sizeof again - 1), ==, 0);
    for (size_t length = 0; length < sizeof bytes; length++) {
        g_autofree uint8_t *cut = exact_copy(bytes, length);

        findings.count = 0;
        g_assert_false(appmsg_call_decode(cut, length, &call, &findings));
        assert_finding(&findings, APPMSG_CALL_TRUNCATED);
    }
}

static void test_call_findings(void)
{
    struct appmsg_call call = {.function = APPMSG_SEND_MSG, .payload_size = 0x2001};
    struct appmsg_call read;
    struct ipcshark_findings findings = {0};
    uint8_t bytes[APPMSG_CALL_SIZE];

    appmsg_call_encode(&call, bytes, sizeof bytes);
    appmsg_call_decode(bytes, sizeof bytes, &read, &findings);
    assert_finding(&findings, APPMSG_PAYLOAD_TOO_LARGE);
    findings.count = 0;
    call.function = APPMSG_RECEIVE_MSG;
    appmsg_call_encode(&call, bytes, sizeof bytes);
    appmsg_call_decode(bytes, sizeof bytes, &read, &findings);
    g_assert_cmpuint(findings.count, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/orbis/appmsg/request", test_request_round_trip);
    g_test_add_func("/orbis/appmsg/request-length", test_request_length);
    g_test_add_func("/orbis/appmsg/request-check", test_request_check);
    g_test_add_func("/orbis/appmsg/invoke-check", test_invoke_check);
    g_test_add_func("/orbis/appmsg/message", test_message_round_trip);
    g_test_add_func("/orbis/appmsg/full-payload", test_full_payload);
    g_test_add_func("/orbis/appmsg/cut-message", test_cut_message);
    g_test_add_func("/orbis/appmsg/message-findings", test_message_findings);
    g_test_add_func("/orbis/appmsg/call", test_call_section);
    g_test_add_func("/orbis/appmsg/call-findings", test_call_findings);
    return g_test_run();
}
