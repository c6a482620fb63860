/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SceAppMessaging: delivery, order, limits, OVERWRITE, event flags, and what its tap shows. */
#include "orbis_fixture.h"

#include <string.h>

#define INTERNAL       0x80C50001u
#define TOO_LARGE      0x80C50003u
#define NO_MEMORY      0x80C50006u
#define NO_SUCH_APP    0x80C50007u
#define NO_SUCH_METHOD 0x800205C1u
#define MSG_ARRIVAL    (UINT64_C(1) << 63)

static uint32_t send_text(struct fixture *fixture, unsigned int from, unsigned int to,
                          uint32_t type, const char *text, uint32_t flags)
{
    return app_messaging_send(&fixture->messaging[from], APP_ID(to), type, text, strlen(text),
                              flags);
}

static void expect_text(struct fixture *fixture, unsigned int n, uint32_t sender, const char *text)
{
    struct app_message message;

    g_assert_cmphex(app_messaging_try_receive(&fixture->messaging[n], &message), ==, 0);
    g_assert_cmphex(message.sender, ==, sender);
    g_assert_cmpmem(message.payload, message.payload_size, text, strlen(text));
}

static void expect_nothing(struct fixture *fixture, unsigned int n)
{
    struct app_message message;

    g_assert_cmphex(app_messaging_try_receive(&fixture->messaging[n], &message), ==,
                    APP_MESSAGING_NO_MESSAGE);
}

static void test_senders_keep_their_order(struct fixture *fixture, gconstpointer data)
{
    struct app_message first;
    struct app_message second;

    (void)data;
    for (unsigned int n = 0; n < 3; n++)
        fixture_open(fixture, n, true);
    g_assert_cmphex(send_text(fixture, 0, 2, 1, "a1", 0), ==, 0);
    g_assert_cmphex(send_text(fixture, 1, 2, 1, "b1", 0), ==, 0);
    g_assert_cmphex(send_text(fixture, 0, 2, 1, "a2", 0), ==, 0);
    g_assert_cmphex(app_messaging_receive(&fixture->messaging[2], &first), ==, 0);
    g_assert_cmphex(first.sender, ==, APP_ID(0));
    g_assert_cmphex(app_messaging_receive(&fixture->messaging[2], &second), ==, 0);
    g_assert_cmphex(second.sender, ==, APP_ID(1));
    g_assert_cmpuint(second.timestamp, >=, first.timestamp);
    expect_text(fixture, 2, APP_ID(0), "a2");
    expect_nothing(fixture, 2);
}

static void test_receive_waits(struct fixture *fixture, gconstpointer data)
{
    struct app_message message;
    uint64_t first;
    uint64_t second;

    (void)data;
    fixture_open(fixture, 0, true);
    fixture_open(fixture, 1, true);
    first = app_messaging_receive_begin(&fixture->messaging[1], 5);
    second = app_messaging_receive_begin(&fixture->messaging[1], 6);
    /* The receiver's own connection is in order: both wait once this is answered. */
    expect_nothing(fixture, 1);
    send_text(fixture, 0, 1, 7, "one", 0);
    send_text(fixture, 0, 1, 7, "two", 0);
    g_assert_cmphex(app_messaging_receive_end(&fixture->messaging[1], second, &message), ==, 0);
    g_assert_cmpmem(message.payload, message.payload_size, "two", 3);
    g_assert_cmphex(app_messaging_receive_end(&fixture->messaging[1], first, &message), ==, 0);
    g_assert_cmpmem(message.payload, message.payload_size, "one", 3);
}

static void test_overwrite(struct fixture *fixture, gconstpointer data)
{
    (void)data;
    for (unsigned int n = 0; n < 3; n++)
        fixture_open(fixture, n, true);
    send_text(fixture, 0, 2, 1, "old", 0);
    send_text(fixture, 1, 2, 1, "other sender", 0);
    send_text(fixture, 0, 2, 2, "other type", APPMSG_FLAG_OVERWRITE);
    g_assert_cmphex(send_text(fixture, 0, 2, 1, "new", APPMSG_FLAG_OVERWRITE), ==, 0);
    expect_text(fixture, 2, APP_ID(0), "new");
    expect_text(fixture, 2, APP_ID(1), "other sender");
    expect_text(fixture, 2, APP_ID(0), "other type");
    expect_nothing(fixture, 2);
}

static void test_full_queue(struct fixture *fixture, gconstpointer data)
{
    unsigned int sent = 0;
    uint32_t result;

    (void)data;
    fixture_open(fixture, 0, true);
    fixture_open(fixture, 1, true);
    while ((result = send_text(fixture, 0, 1, 0, "x", 0)) == 0 && sent < 1000)
        sent++;
    g_assert_cmphex(result, ==, NO_MEMORY);
    g_assert_cmpuint(sent, ==, 64);
    g_assert_cmphex(send_text(fixture, 0, 1, 0, "y", APPMSG_FLAG_OVERWRITE), ==, 0);
    expect_text(fixture, 1, APP_ID(0), "y");
    g_assert_cmphex(send_text(fixture, 0, 1, 0, "x", 0), ==, 0);
}

static void test_destinations(struct fixture *fixture, gconstpointer data)
{
    (void)data;
    fixture_open(fixture, 0, true);
    fixture_open(fixture, 1, false);
    g_assert_cmphex(send_text(fixture, 0, 0, 0, "to myself", 0), ==, 0);
    expect_text(fixture, 0, APP_ID(0), "to myself");
    g_assert_cmphex(send_text(fixture, 0, 1, 0, "not initialised", 0), ==, NO_SUCH_APP);
    g_assert_cmphex(send_text(fixture, 0, 2, 0, "not there", 0), ==, NO_SUCH_APP);
    g_assert_cmphex(app_messaging_send(&fixture->messaging[0], 0, 0, "x", 1, 0), ==, NO_SUCH_APP);
    fixture_close(fixture, 1);
    fixture_open(fixture, 1, true);
    g_assert_cmphex(send_text(fixture, 0, 1, 0, "now", 0), ==, 0);
    expect_text(fixture, 1, APP_ID(0), "now");
    g_assert_cmphex(app_messaging_terminate(&fixture->messaging[1]), ==, 0);
    g_assert_cmphex(send_text(fixture, 0, 1, 0, "gone", 0), ==, NO_SUCH_APP);
}

static uint32_t invoke(struct fixture *fixture, uint32_t method, const uint8_t *header,
                       size_t header_size, size_t payload_size, size_t count)
{
    g_autofree uint8_t *payload = g_malloc0(payload_size + 1);
    GBytes *inputs[] = {g_bytes_new(header, header_size), g_bytes_new(payload, payload_size),
                        g_bytes_new("extra", 5)};
    uint32_t result = 0;
    uint32_t out = orbis_ipmi_invoke(fixture->app[0], fixture->messaging[0].kid, method, inputs,
                                     count, &result);

    for (size_t i = 0; i < G_N_ELEMENTS(inputs); i++)
        g_bytes_unref(inputs[i]);
    g_assert_cmphex(out, ==, 0);
    return result;
}

/** What the library would not send: the service answers in the third layer, *out is 0. */
static void test_malformed_requests(struct fixture *fixture, gconstpointer data)
{
    struct appmsg_request request = {.app_id = APP_ID(0), .payload_size = 4};
    uint8_t header[APPMSG_REQUEST_SIZE + 1] = {0};

    (void)data;
    fixture_open(fixture, 0, true);
    appmsg_request_encode(&request, header, sizeof header);
    g_assert_cmphex(invoke(fixture, 0, header, 24, 4, 2), ==, 0);
    g_assert_cmphex(invoke(fixture, 0, header, 24, 5, 2), ==, INTERNAL);
    g_assert_cmphex(invoke(fixture, 0, header, 23, 4, 2), ==, INTERNAL);
    g_assert_cmphex(invoke(fixture, 0, header, 25, 4, 2), ==, INTERNAL);
    g_assert_cmphex(invoke(fixture, 0, header, 24, 4, 1), ==, INTERNAL);
    g_assert_cmphex(invoke(fixture, 0, header, 24, 4, 3), ==, INTERNAL);
    g_assert_cmphex(invoke(fixture, 0, header, 24, 4, 0), ==, INTERNAL);
    g_assert_cmphex(invoke(fixture, 3, header, 24, 4, 2), ==, NO_SUCH_METHOD);
    g_assert_cmphex(invoke(fixture, UINT32_MAX, header, 24, 4, 2), ==, NO_SUCH_METHOD);
    request.payload_size = APPMSG_MAX_PAYLOAD + 1;
    appmsg_request_encode(&request, header, sizeof header);
    g_assert_cmphex(invoke(fixture, 0, header, 24, APPMSG_MAX_PAYLOAD + 1, 2), ==, TOO_LARGE);
    request.payload_size = APPMSG_MAX_PAYLOAD;
    appmsg_request_encode(&request, header, sizeof header);
    g_assert_cmphex(invoke(fixture, 0, header, 24, APPMSG_MAX_PAYLOAD, 2), ==, 0);
    request.payload_size = 0;
    appmsg_request_encode(&request, header, sizeof header);
    g_assert_cmphex(invoke(fixture, 0, header, 24, 0, 2), ==, 0);
}

static void test_event_flags(struct fixture *fixture, gconstpointer data)
{
    struct app_messaging *app;
    uint64_t pattern = 1;

    (void)data;
    fixture_open(fixture, 0, true);
    fixture_open(fixture, 1, true);
    app = &fixture->messaging[1];
    g_assert_cmphex(app_messaging_try_get_event_flag(app, UINT64_MAX, &pattern, false), ==, 0);
    g_assert_cmphex(pattern, ==, 0);
    send_text(fixture, 0, 1, 0, "x", 0);
    app_messaging_set_event_flag(&fixture->messaging[0], APP_ID(1), 0x30);
    app_messaging_try_get_event_flag(app, 0x10 | MSG_ARRIVAL, &pattern, true);
    g_assert_cmphex(pattern, ==, 0x10 | MSG_ARRIVAL);
    app_messaging_clear_event_flag(&fixture->messaging[0], APP_ID(1), 0x40);
    app_messaging_try_get_event_flag(app, UINT64_MAX, &pattern, false);
    g_assert_cmphex(pattern, ==, 0x20);
    g_assert_cmphex(app_messaging_clear_event_flag(app, APP_ID(2), 1), ==, NO_SUCH_APP);
    app_messaging_try_get_event_flag(&fixture->messaging[0], UINT64_MAX, &pattern, false);
    g_assert_cmphex(pattern, ==, 0);
}

static uint32_t op_of(const struct ipctap_record *record)
{
    struct ipctap_section section;
    struct sceipmi_call call;

    g_assert_true(ipctap_section_find(record, IPCTAP_SECTION_IPMI_CALL, 0, &section));
    g_assert_true(sceipmi_call_decode(section.bytes, section.captured_size, &call, NULL));
    return call.op;
}

/** Counts what ShellCore did, and that every record is whole and says that it is synthetic. */
static unsigned int count_shell_core(struct fixture *fixture, uint32_t op, uint8_t phase)
{
    unsigned int count = 0;

    for (guint i = 0; i < fixture->server.records->len; i++) {
        struct ipcshark_findings findings = {0};
        struct ipctap_record record;
        gsize size;
        const uint8_t *bytes =
            g_bytes_get_data(g_ptr_array_index(fixture->server.records, i), &size);

        g_assert_true(ipctap_record_decode(bytes, size, &record, &findings));
        ipctap_record_check(&record, &findings);
        g_assert_cmpuint(findings.count, ==, 0);
        g_assert_true(record.header.flags & IPCTAP_SYNTHETIC);
        if (record.header.kind == IPCTAP_IPMI_CALL && record.header.program_id == 0xFFFF0001 &&
            record.header.phase == phase)
            count += op_of(&record) == op;
    }
    return count;
}

static void test_tap_shows_both_sides(struct fixture *fixture, gconstpointer data)
{
    (void)data;
    fixture_open(fixture, 0, true);
    fixture_open(fixture, 1, true);
    send_text(fixture, 0, 1, 0, "x", 0);
    send_text(fixture, 0, 2, 0, "nobody", 0);
    fixture_stop(fixture);
    g_assert_cmpuint(count_shell_core(fixture, SCEIPMI_CREATE_SERVER, IPCTAP_EXIT), ==, 1);
    g_assert_cmpuint(count_shell_core(fixture, SCEIPMI_CREATE_SESSION, IPCTAP_EXIT), ==, 2);
    g_assert_cmpuint(count_shell_core(fixture, SCEIPMI_SERVER_RECEIVE_PACKET, IPCTAP_ENTER), ==, 5);
    g_assert_cmpuint(count_shell_core(fixture, SCEIPMI_SERVER_RECEIVE_PACKET, IPCTAP_EXIT), ==, 4);
    g_assert_cmpuint(count_shell_core(fixture, SCEIPMI_RESPOND_SYNC, IPCTAP_ENTER), ==, 2);
    g_assert_cmpuint(count_shell_core(fixture, SCEIPMI_RESPOND_SYNC, IPCTAP_EXIT), ==, 2);
    g_assert_cmpuint(count_shell_core(fixture, SCEIPMI_TRY_SEND_MESSAGE, IPCTAP_EXIT), ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_test("/server/orbis/messaging/order", test_senders_keep_their_order);
    fixture_test("/server/orbis/messaging/waits", test_receive_waits);
    fixture_test("/server/orbis/messaging/overwrite", test_overwrite);
    fixture_test("/server/orbis/messaging/full", test_full_queue);
    fixture_test("/server/orbis/messaging/destinations", test_destinations);
    fixture_test("/server/orbis/messaging/malformed", test_malformed_requests);
    fixture_test("/server/orbis/messaging/event-flags", test_event_flags);
    fixture_test("/server/orbis/messaging/tap", test_tap_shows_both_sides);
    return g_test_run();
}
