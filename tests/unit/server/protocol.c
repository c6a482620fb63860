/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules of docs/capture-format.md section 6, seen from hostile and clumsy clients. */
#include "fixture.h"

#include <ipcshark/horizon_result.h>
#include <sys/socket.h>
#include <unistd.h>

#define NOT_IMPLEMENTED HORIZON_RESULT(1, 33)
#define BUSY            HORIZON_RESULT(1, 122)
#define SESSION_CLOSED  HORIZON_RESULT(1, 123)
#define BAD_MEMORY      HORIZON_RESULT(1, 106)
#define TIMED_OUT       HORIZON_RESULT(1, 117)

static void begin_call(struct traffic_client *client, struct record_builder *request,
                       struct ipctap_kernel_call call)
{
    traffic_client_begin(client, request, IPCTAP_KERNEL_CALL);
    record_builder_add_kernel_call(request, &call);
}

static void send_call(struct traffic_client *client, uint32_t tid, struct ipctap_kernel_call call)
{
    struct record_builder request;

    begin_call(client, &request, call);
    request.header.tid = tid;
    g_assert_cmpuint(traffic_client_send(client, &request), !=, 0);
}

/* The server still serves others. */
static void assert_alive(struct server_fixture *fixture)
{
    struct traffic_client *client = server_fixture_open(fixture, "other");

    traffic_client_free(client);
}

static void test_hello(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *first = server_fixture_open(fixture, "first");
    struct traffic_client *second = server_fixture_connect(fixture);
    uint32_t result;

    (void)data;
    g_assert_cmpuint(first->pid, !=, 0);
    /* "A wanted pid that is in use is refused with a result; the connection stays." */
    g_assert_false(
        traffic_client_hello(second, IPCTAP_HORIZON, "second", 0, first->pid, NULL, 0, &result));
    g_assert_cmphex(result, ==, BUSY);
    g_assert_true(
        traffic_client_hello(second, IPCTAP_HORIZON, "second", 0, 4242, NULL, 0, &result));
    g_assert_cmpuint(second->pid, ==, 4242);
    traffic_client_free(first);
    traffic_client_free(second);
}

static void test_pid_is_free_again(struct server_fixture *fixture, gconstpointer data)
{
    uint32_t result = UINT32_MAX;

    (void)data;
    for (unsigned int i = 0; i < 3; i++) {
        struct traffic_client *client = server_fixture_connect(fixture);

        /* The end of a connection is noticed a little later. */
        for (unsigned int tries = 0; tries < 100; tries++) {
            if (traffic_client_hello(client, IPCTAP_HORIZON, "p", 0, 77, NULL, 0, &result))
                break;
            g_usleep(10000);
        }
        g_assert_cmphex(result, ==, 0);
        traffic_client_free(client);
    }
}

static void test_no_hello(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *client = server_fixture_connect(fixture);

    (void)data;
    send_call(client, 1, (struct ipctap_kernel_call){.call = IPCTAP_CALL_CLOSE_HANDLE});
    assert_closed_with(client, "Hello");
    traffic_client_free(client);
    assert_alive(fixture);
}

static void test_second_hello(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *client = server_fixture_open(fixture, "p");

    (void)data;
    send_call(client, 1, (struct ipctap_kernel_call){.call = IPCTAP_CALL_HELLO});
    assert_closed_with(client, "second Hello");
    traffic_client_free(client);
}

static void test_unknown_platform(struct server_fixture *fixture, gconstpointer data)
{
    static const uint8_t platforms[] = {0, 5, 6, 255};

    (void)data;
    for (size_t i = 0; i < sizeof platforms; i++) {
        struct traffic_client *client = server_fixture_connect(fixture);

        client->platform = platforms[i];
        send_call(client, 1, (struct ipctap_kernel_call){.call = IPCTAP_CALL_HELLO});
        assert_closed_with(client, "platform");
        traffic_client_free(client);
    }
    assert_alive(fixture);
}

typedef void (*spoil_function)(struct ipctap_header *header);

static void spoil_platform(struct ipctap_header *header)
{
    header->platform = IPCTAP_CTR;
}

static void spoil_pid(struct ipctap_header *header)
{
    header->pid++;
}

static void spoil_kind(struct ipctap_header *header)
{
    header->kind = 99;
}

static void spoil_kind_of_platform(struct ipctap_header *header)
{
    header->kind = IPCTAP_IPMI_CALL;
}

static void spoil_phase(struct ipctap_header *header)
{
    header->phase = IPCTAP_EXIT;
}

static void spoil_tid(struct ipctap_header *header)
{
    header->tid = 0;
}

static void spoil_call_id(struct ipctap_header *header)
{
    header->call_id = 0;
}

static const struct {
    spoil_function spoil;
    const char *note;
} spoiled[] = {
    {spoil_platform, "platform 2"},     {spoil_pid, "pid 0x"},    {spoil_kind, "kind 99"},
    {spoil_kind_of_platform, "Kind 3"}, {spoil_phase, "phase 2"}, {spoil_tid, "tid is 0"},
    {spoil_call_id, "call_id is 0"},
};

static void test_spoiled_headers(struct server_fixture *fixture, gconstpointer data)
{
    (void)data;
    for (size_t i = 0; i < G_N_ELEMENTS(spoiled); i++) {
        struct traffic_client *client = server_fixture_open(fixture, "p");
        struct record_builder request;

        begin_call(client, &request, (struct ipctap_kernel_call){.call = 4});
        spoiled[i].spoil(&request.header);
        traffic_client_send(client, &request);
        assert_closed_with(client, spoiled[i].note);
        traffic_client_free(client);
    }
    assert_alive(fixture);
}

static void send_garbage(struct server_fixture *fixture, const void *bytes, size_t size,
                         const char *note)
{
    struct traffic_client *client = server_fixture_open(fixture, "p");

    g_assert_true(traffic_client_send_bytes(client, bytes, size));
    assert_closed_with(client, note);
    traffic_client_free(client);
}

static void test_bad_streams(struct server_fixture *fixture, gconstpointer data)
{
    uint8_t record[IPCTAP_HEADER_SIZE] = "IPCT\1\1\5\1";

    (void)data;
    send_garbage(fixture,
                 "GET / HTTP/1.1\r\nHost: here\r\n\r\n0123456789012345678901234567890123456", 64,
                 "magic");
    ipcshark_store_u16(record + 8, 64);
    ipcshark_store_u32(record + 12, IPCTAP_MAX_RECORD_SIZE + 8);
    send_garbage(fixture, record, sizeof record, "");
    ipcshark_store_u32(record + 12, 8);
    send_garbage(fixture, record, sizeof record, "");
    record[4] = 2;
    ipcshark_store_u32(record + 12, 64);
    send_garbage(fixture, record, sizeof record, "version");
    assert_alive(fixture);
}

static void test_section_past_end(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *client = server_fixture_open(fixture, "p");
    struct record_builder request;
    uint8_t *bytes;
    size_t size;

    (void)data;
    begin_call(client, &request, (struct ipctap_kernel_call){.call = 4});
    bytes = record_builder_finish(&request, &size);
    record_builder_clear(&request);
    ipcshark_store_u32(bytes + IPCTAP_HEADER_SIZE + 4, 0xFFFFFFF0);
    traffic_client_send_bytes(client, bytes, size);
    assert_closed_with(client, "");
    g_free(bytes);
    traffic_client_free(client);
}

static void test_missing_section(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *client = server_fixture_open(fixture, "p");
    struct record_builder request;

    (void)data;
    traffic_client_begin(client, &request, IPCTAP_KERNEL_CALL);
    traffic_client_send(client, &request);
    assert_closed_with(client, "KERNEL_CALL");
    traffic_client_free(client);
}

static void test_unknown_call(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *client = server_fixture_open(fixture, "p");
    const struct ipctap_kernel_call call = {.call = 0x7FFFFFFF};

    (void)data;
    g_assert_cmphex(traffic_client_kernel_call(client, &call, NULL, NULL), ==, NOT_IMPLEMENTED);
    /* The connection goes on. */
    g_assert_cmphex(traffic_client_kernel_call(client, &call, NULL, NULL), ==, NOT_IMPLEMENTED);
    traffic_client_free(client);
}

static void test_truncated(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *client = server_fixture_open(fixture, "p");
    struct record_builder request;
    struct traffic_exit exit;

    (void)data;
    begin_call(client, &request, (struct ipctap_kernel_call){.call = 4});
    request.header.flags |= IPCTAP_TRUNCATED;
    g_assert_true(traffic_client_call(client, &request, &exit));
    g_assert_cmphex(exit.result, ==, BAD_MEMORY);
    g_assert_nonnull(strstr(client->comment, "TRUNCATED"));
    traffic_exit_clear(&exit);
    traffic_client_free(client);
}

static struct ipctap_kernel_call create_event(struct traffic_client *client)
{
    const struct ipctap_kernel_call call = {.call = IPCTAP_CALL_CREATE_EVENT};
    struct ipctap_kernel_call event;

    g_assert_cmphex(traffic_client_kernel_call(client, &call, NULL, &event), ==, 0);
    return event;
}

/* Waits for the event on another thread. */
static uint64_t send_wait(struct traffic_client *client, uint32_t tid, uint32_t handle,
                          int64_t timeout)
{
    struct record_builder request;
    uint8_t bytes[4];

    ipcshark_store_u32(bytes, handle);
    begin_call(client, &request,
               (struct ipctap_kernel_call){.call = IPCTAP_CALL_WAIT_SYNCHRONIZATION,
                                           .value_2 = (uint64_t)timeout});
    request.header.tid = tid;
    record_builder_add(&request, IPCTAP_HANDLES, 0, 0, bytes, sizeof bytes);
    return traffic_client_send(client, &request);
}

static uint32_t wait_result(struct traffic_client *client, uint64_t call_id)
{
    struct traffic_exit exit;
    uint32_t result;

    g_assert_true(traffic_client_wait(client, call_id, &exit));
    result = exit.result;
    traffic_exit_clear(&exit);
    return result;
}

static void test_threads_overlap(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *client = server_fixture_open(fixture, "p");
    struct ipctap_kernel_call event = create_event(client),
                              signal = {.call = IPCTAP_CALL_SIGNAL_EVENT, .handle = event.handle};
    uint64_t waiting = send_wait(client, 2, event.handle_2, -1);

    (void)data;
    /* Thread 1 goes on while thread 2 waits; both threads' exits are told apart. */
    g_assert_cmphex(wait_result(client, send_wait(client, 3, event.handle_2, 1000000)), ==,
                    TIMED_OUT);
    g_assert_cmphex(traffic_client_kernel_call(client, &signal, NULL, NULL), ==, 0);
    g_assert_cmphex(wait_result(client, waiting), ==, 0);
    traffic_client_free(client);
}

static void test_busy_thread(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *client = server_fixture_open(fixture, "p");
    struct ipctap_kernel_call event = create_event(client);

    (void)data;
    send_wait(client, 2, event.handle_2, -1);
    send_wait(client, 2, event.handle_2, -1);
    assert_closed_with(client, "thread 2");
    traffic_client_free(client);
    assert_alive(fixture);
}

static void test_call_id_in_use(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *client = server_fixture_open(fixture, "p");
    struct ipctap_kernel_call event = create_event(client);

    (void)data;
    client->next_call_id = 500;
    send_wait(client, 2, event.handle_2, -1);
    client->next_call_id = 500;
    send_wait(client, 3, event.handle_2, -1);
    assert_closed_with(client, "call_id 500");
    traffic_client_free(client);
}

static void test_exit(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *client = server_fixture_open(fixture, "p");
    struct ipctap_kernel_call event = create_event(client), call = {.call = IPCTAP_CALL_EXIT};
    uint64_t waiting = send_wait(client, 2, event.handle_2, -1);

    (void)data;
    g_assert_cmphex(traffic_client_kernel_call(client, &call, NULL, NULL), ==, 0);
    /* It came before the exit of Exit: no waiting, it is in the list already. */
    g_assert_cmpuint(client->waiting->len, ==, 1);
    g_assert_cmphex(wait_result(client, waiting), ==, SESSION_CLOSED);
    assert_closed_with(client, NULL);
    traffic_client_free(client);
}

static void test_notes_are_skipped(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *client = server_fixture_connect(fixture);
    struct record_builder note;
    uint32_t result;

    (void)data;
    traffic_client_begin(client, &note, IPCTAP_NOTE);
    note.header.phase = IPCTAP_SNAPSHOT;
    record_builder_add_text(&note, IPCTAP_COMMENT, 0, "hello there");
    traffic_client_send(client, &note);
    g_assert_true(traffic_client_hello(client, IPCTAP_HORIZON, "p", 0, 0, NULL, 0, &result));
    traffic_client_free(client);
}

/* Every byte on its own: records are put together whatever the pieces. */
static void test_byte_by_byte(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *client = server_fixture_open(fixture, "p");
    struct record_builder request;
    uint64_t call_id;
    uint8_t *bytes;
    size_t size;

    (void)data;
    begin_call(client, &request, (struct ipctap_kernel_call){.call = 0x1000});
    call_id = request.header.call_id;
    bytes = record_builder_finish(&request, &size);
    record_builder_clear(&request);
    for (size_t i = 0; i < size; i++)
        g_assert_true(traffic_client_send_bytes(client, bytes + i, 1));
    g_assert_cmphex(wait_result(client, call_id), ==, NOT_IMPLEMENTED);
    g_free(bytes);
    traffic_client_free(client);
}

/* A client that sends and never reads is not read from for ever, and nobody else notices. */
static void test_stalled_client(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *client = server_fixture_open(fixture, "stalled");
    struct record_builder request;
    uint8_t *bytes;
    size_t size, sent = 0;

    (void)data;
    begin_call(client, &request, (struct ipctap_kernel_call){.call = 0x1000});
    bytes = record_builder_finish(&request, &size);
    record_builder_clear(&request);
    for (uint64_t i = 0; sent < 64u << 20; i++, sent += size) {
        ipcshark_store_u64(bytes + 24, 1000 + i);
        if (send(client->descriptor, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)size)
            break;
        if (i % 256 == 0)
            g_usleep(100);
    }
    g_assert_cmpuint(sent, <, 64u << 20);
    assert_alive(fixture);
    g_free(bytes);
    traffic_client_free(client);
    assert_alive(fixture);
}

static unsigned int count_records(struct server_fixture *fixture, uint8_t phase, uint32_t call)
{
    unsigned int count = 0;

    for (guint i = 0; i < fixture->records->len; i++) {
        struct ipctap_kernel_call found;
        struct ipctap_section section;
        struct ipctap_record record;
        gsize size;
        const uint8_t *bytes = g_bytes_get_data(fixture->records->pdata[i], &size);

        g_assert_true(ipctap_record_decode(bytes, size, &record, NULL));
        g_assert_true(record.header.flags & IPCTAP_SYNTHETIC);
        g_assert_cmpuint(record.header.source, !=, 0);
        if (record.header.phase == phase &&
            ipctap_section_find(&record, IPCTAP_SECTION_KERNEL_CALL, 0, &section) &&
            ipctap_kernel_call_decode(section.bytes, section.captured_size, &found, NULL) &&
            found.call == call)
            count++;
    }
    return count;
}

static void test_tap(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *client = server_fixture_open(fixture, "p");
    struct ipctap_kernel_call event = create_event(client);

    (void)data;
    send_wait(client, 2, event.handle_2, -1);
    traffic_client_free(client);
    server_fixture_stop(fixture);
    g_assert_cmpuint(count_records(fixture, IPCTAP_ENTER, IPCTAP_CALL_HELLO), ==, 1);
    g_assert_cmpuint(count_records(fixture, IPCTAP_EXIT, IPCTAP_CALL_HELLO), ==, 1);
    g_assert_cmpuint(count_records(fixture, IPCTAP_EXIT, IPCTAP_CALL_CREATE_EVENT), ==, 1);
    /* Killed by the end of its connection. */
    g_assert_cmpuint(count_records(fixture, IPCTAP_SNAPSHOT, IPCTAP_CALL_EXIT), ==, 1);
}

static void test_remote_addresses(void)
{
    const struct server_options options = {.quiet = true};
    struct server *server = server_new(&options, NULL);
    GError *error = NULL;

    g_assert_null(server_listen(server, "tcp:0.0.0.0:0", &error));
    g_assert_nonnull(strstr(error->message, "--allow-remote"));
    g_clear_error(&error);
    g_assert_null(server_listen(server, "nonsense", &error));
    g_clear_error(&error);
    server_free(server);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    server_fixture_test("/server/protocol/hello", test_hello);
    server_fixture_test("/server/protocol/pid-is-free-again", test_pid_is_free_again);
    server_fixture_test("/server/protocol/no-hello", test_no_hello);
    server_fixture_test("/server/protocol/second-hello", test_second_hello);
    server_fixture_test("/server/protocol/unknown-platform", test_unknown_platform);
    server_fixture_test("/server/protocol/spoiled-headers", test_spoiled_headers);
    server_fixture_test("/server/protocol/bad-streams", test_bad_streams);
    server_fixture_test("/server/protocol/section-past-end", test_section_past_end);
    server_fixture_test("/server/protocol/missing-section", test_missing_section);
    server_fixture_test("/server/protocol/unknown-call", test_unknown_call);
    server_fixture_test("/server/protocol/truncated", test_truncated);
    server_fixture_test("/server/protocol/threads-overlap", test_threads_overlap);
    server_fixture_test("/server/protocol/busy-thread", test_busy_thread);
    server_fixture_test("/server/protocol/call-id-in-use", test_call_id_in_use);
    server_fixture_test("/server/protocol/exit", test_exit);
    server_fixture_test("/server/protocol/notes", test_notes_are_skipped);
    server_fixture_test("/server/protocol/byte-by-byte", test_byte_by_byte);
    server_fixture_test("/server/protocol/stalled-client", test_stalled_client);
    server_fixture_test("/server/protocol/tap", test_tap);
    g_test_add_func("/server/protocol/remote-addresses", test_remote_addresses);
    return g_test_run();
}
