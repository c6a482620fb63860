/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sessions that a connected process serves with ReplyAndReceive: thread 1 sends, thread 2
 * serves. */
#include "fixture.h"

#include <horizon/horizon.h>
#include <horizon_client.h>
#include <string.h>

#define SERVER_TLS     UINT64_C(0x20B000400)
#define POINTER_BUFFER UINT64_C(0x2000010000)
#define POINTER_SIZE   0x500
#define SERVER_THREAD  2

struct pair {
    struct horizon_service service; /* the client's end */
    uint32_t server;
};

static struct pair make_pair(struct traffic_client *client)
{
    const struct ipctap_kernel_call call = {.call = IPCTAP_CALL_CREATE_SESSION};
    struct ipctap_kernel_call results;
    struct pair pair = {.service = {.client = client}};

    g_assert_cmphex(traffic_client_kernel_call(client, &call, NULL, &results), ==, 0);
    pair.server = results.handle;
    pair.service.handle = results.handle_2;
    return pair;
}

/* What the server leaves in its buffer: type 0, and its pointer buffer as receive list. */
static void prepare(uint8_t message[HIPC_TLS_MESSAGE_SIZE], bool has_list)
{
    struct hipc_message hipc = {0};

    memset(message, 0, HIPC_TLS_MESSAGE_SIZE);
    if (has_list) {
        hipc.receive_list_mode = HIPC_RECEIVE_SINGLE;
        hipc.receive_list_count = 1;
        hipc.receive_list[0].address = POINTER_BUFFER;
        hipc.receive_list[0].size = POINTER_SIZE;
    }
    hipc_encode(&hipc, NULL, message, HIPC_TLS_MESSAGE_SIZE);
}

static void begin_receive(const struct pair *pair, const uint8_t *message, bool is_reply,
                          int64_t timeout, struct record_builder *request)
{
    const struct ipctap_kernel_call call = {.call = IPCTAP_CALL_REPLY_AND_RECEIVE,
                                            .handle = is_reply ? pair->server : 0,
                                            .value_2 = (uint64_t)timeout};
    struct hipc_message prepared;
    uint8_t handles[4];

    ipcshark_store_u32(handles, pair->server);
    traffic_client_begin(pair->service.client, request, IPCTAP_KERNEL_CALL);
    request->header.tid = SERVER_THREAD;
    record_builder_add_kernel_call(request, &call);
    record_builder_add(request, IPCTAP_MESSAGE, 0, SERVER_TLS, message, HIPC_TLS_MESSAGE_SIZE);
    record_builder_add(request, IPCTAP_HANDLES, 0, 0, handles, sizeof handles);
    hipc_decode(message, HIPC_TLS_MESSAGE_SIZE, HIPC_REQUEST, &prepared, NULL);
    if (!is_reply && prepared.receive_list_count)
        record_builder_add_room(request, IPCTAP_RECEIVE_LIST, 0, POINTER_BUFFER, POINTER_SIZE);
}

static uint64_t send_receive(const struct pair *pair, bool has_list, int64_t timeout)
{
    uint8_t message[HIPC_TLS_MESSAGE_SIZE];
    struct record_builder request;

    prepare(message, has_list);
    begin_receive(pair, message, false, timeout, &request);
    return traffic_client_send(pair->service.client, &request);
}

static uint64_t send_command(const struct pair *pair, struct horizon_command *command)
{
    struct record_builder request;

    horizon_call_begin(&pair->service, command, &request);
    return traffic_client_send(pair->service.client, &request);
}

static uint32_t wait_exit(const struct pair *pair, uint64_t call_id, struct traffic_exit *exit)
{
    g_assert_true(traffic_client_wait(pair->service.client, call_id, exit));
    return exit->result;
}

static uint32_t wait_result(const struct pair *pair, uint64_t call_id)
{
    struct traffic_exit exit;
    uint32_t result = wait_exit(pair, call_id, &exit);

    traffic_exit_clear(&exit);
    return result;
}

/* Replies with a message of 4 raw words and whatever else `reply` describes. */
static uint64_t send_reply(const struct pair *pair, struct hipc_message *reply,
                           const struct ipctap_section *contents, int64_t timeout)
{
    uint8_t message[HIPC_TLS_MESSAGE_SIZE] = {0};
    struct record_builder request;

    reply->raw_words = 4;
    hipc_encode(reply, NULL, message, sizeof message);
    begin_receive(pair, message, true, timeout, &request);
    if (contents)
        record_builder_add(&request, contents->type, contents->index, contents->address,
                           contents->bytes, contents->captured_size);
    return traffic_client_send(pair->service.client, &request);
}

static struct ipctap_section find(const struct traffic_exit *exit, uint16_t type)
{
    struct ipctap_section section;

    g_assert_true(traffic_exit_section(exit, type, 0, &section));
    return section;
}

/* Pointer, send and receive buffers, pid and a handle one way; a pointer and a receive buffer
 * back. */
static void test_whole_way(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *client = server_fixture_open(fixture, "both");
    struct pair pair = make_pair(client);
    uint8_t pointed[0x20], sent[0x1234], room[0x10] = {0}, written[4] = {1, 2, 3, 4};
    struct horizon_command command = {
        .id = 1, .send_pid = true, .copy_count = 1, .copy = {HORIZON_PSEUDO_PROCESS}};
    struct ipctap_section section, contents;
    struct hipc_message hipc, reply = {0};
    uint64_t receiving, calling, replying;
    struct traffic_exit exit;

    (void)data;
    memset(pointed, 0x11, sizeof pointed);
    memset(sent, 0x22, sizeof sent);
    command.argument[0] =
        (struct horizon_argument){.kind = HORIZON_POINTER_IN, .bytes = pointed, .size = 0x20};
    command.argument[1] =
        (struct horizon_argument){.kind = HORIZON_MAP_IN, .bytes = sent, .size = sizeof sent};
    command.argument[2] =
        (struct horizon_argument){.kind = HORIZON_MAP_OUT, .bytes = room, .size = sizeof room};
    receiving = send_receive(&pair, true, -1);
    calling = send_command(&pair, &command);

    g_assert_cmphex(wait_exit(&pair, receiving, &exit), ==, 0);
    section = find(&exit, IPCTAP_MESSAGE);
    g_assert_cmphex(section.address, ==, SERVER_TLS);
    g_assert_true(hipc_decode(section.bytes, section.captured_size, HIPC_REQUEST, &hipc, NULL));
    g_assert_cmpuint(hipc.special.pid, ==, client->pid);
    g_assert_cmphex(hipc.special.copy[0], !=, HORIZON_PSEUDO_PROCESS);
    section = find(&exit, IPCTAP_POINTER);
    g_assert_cmphex(section.address, ==, POINTER_BUFFER);
    g_assert_cmphex(hipc.pointer[0].address, ==, POINTER_BUFFER);
    g_assert_cmpmem(section.bytes, section.captured_size, pointed, sizeof pointed);
    section = find(&exit, IPCTAP_SEND);
    g_assert_cmphex(section.address, ==, hipc.send[0].address);
    g_assert_cmphex(section.address % 0x1000, ==, command.argument[1].address % 0x1000);
    g_assert_cmpmem(section.bytes, section.captured_size, sent, sizeof sent);

    contents = (struct ipctap_section){.type = IPCTAP_RECEIVE,
                                       .address = hipc.receive[0].address + 4,
                                       .bytes = written,
                                       .captured_size = sizeof written};
    replying = send_reply(&pair, &reply, &contents, 0);
    traffic_exit_clear(&exit);
    g_assert_cmphex(wait_result(&pair, replying), ==, HORIZON_TIMED_OUT);
    g_assert_cmphex(wait_exit(&pair, calling, &exit), ==, 0);
    horizon_call_end(&pair.service, &command, &exit, 0);
    g_assert_false(command.is_odd);
    g_assert_cmpmem(room, 8, "\0\0\0\0\1\2\3\4", 8);
    traffic_exit_clear(&exit);
    traffic_client_free(client);
}

static void test_reply_pointer(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *client = server_fixture_open(fixture, "both");
    struct pair pair = make_pair(client);
    uint8_t bytes[8] = "pointer", room[8] = {0};
    struct horizon_command command = {.id = 1};
    struct hipc_message reply = {.pointer_count = 1};
    struct ipctap_section contents = {.type = IPCTAP_POINTER,
                                      .address = POINTER_BUFFER + 0x100,
                                      .bytes = bytes,
                                      .captured_size = sizeof bytes};
    uint64_t receiving, calling, replying;
    struct traffic_exit exit;

    (void)data;
    command.argument[0] = (struct horizon_argument){
        .kind = HORIZON_FIXED_POINTER_OUT, .bytes = room, .size = sizeof room};
    calling = send_command(&pair, &command); /* queued before anybody receives */
    receiving = send_receive(&pair, true, -1);
    g_assert_cmphex(wait_result(&pair, receiving), ==, 0);
    reply.pointer[0].address = contents.address;
    reply.pointer[0].size = sizeof bytes;
    replying = send_reply(&pair, &reply, &contents, 0);
    g_assert_cmphex(wait_result(&pair, replying), ==, HORIZON_TIMED_OUT);
    g_assert_cmphex(wait_exit(&pair, calling, &exit), ==, 0);
    horizon_call_end(&pair.service, &command, &exit, 0);
    g_assert_cmpstr((char *)room, ==, "pointer");
    traffic_exit_clear(&exit);
    traffic_client_free(client);
}

/* A refused request: with the usual list at word 2 anything but raw words breaks it. */
static void test_broken_list(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *client = server_fixture_open(fixture, "both");
    struct pair pair = make_pair(client);
    struct horizon_command command = {.id = 1, .copy_count = 1, .copy = {0x12345}};
    uint64_t receiving = send_receive(&pair, true, -1), calling = send_command(&pair, &command);

    (void)data;
    g_assert_cmphex(wait_result(&pair, calling), ==, HORIZON_INVALID_HANDLE);
    g_assert_cmphex(wait_result(&pair, receiving), ==, HORIZON_RECEIVE_LIST_BROKEN);
    traffic_client_free(client);
}

/* A move handle is refused before anything is written: the server goes on waiting. */
static void test_keeps_waiting(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *client = server_fixture_open(fixture, "both");
    struct pair pair = make_pair(client);
    struct horizon_command bad = {.id = 1, .move_count = 1, .move = {0x12345}}, good = {.id = 1};
    uint64_t receiving = send_receive(&pair, true, -1), calling = send_command(&pair, &bad);

    (void)data;
    g_assert_cmphex(wait_result(&pair, calling), ==, HORIZON_INVALID_COMBINATION);
    send_command(&pair, &good);
    g_assert_cmphex(wait_result(&pair, receiving), ==, 0);
    traffic_client_free(client);
}

static void test_reply_without_request(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *client = server_fixture_open(fixture, "both");
    struct pair pair = make_pair(client);
    struct hipc_message reply = {0};

    (void)data;
    g_assert_cmphex(wait_result(&pair, send_reply(&pair, &reply, NULL, 0)), ==,
                    HORIZON_INVALID_STATE);
    pair.server = pair.service.handle;
    g_assert_cmphex(wait_result(&pair, send_reply(&pair, &reply, NULL, 0)), ==,
                    HORIZON_INVALID_HANDLE);
    traffic_client_free(client);
}

static void test_map_descriptor_in_reply(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *client = server_fixture_open(fixture, "both");
    struct pair pair = make_pair(client);
    struct horizon_command command = {.id = 1};
    struct hipc_message reply = {.send_count = 1};
    uint64_t receiving = send_receive(&pair, true, -1), calling = send_command(&pair, &command);

    (void)data;
    g_assert_cmphex(wait_result(&pair, receiving), ==, 0);
    /* "the client gets 0xE801; the server's reply counts as successful" */
    g_assert_cmphex(wait_result(&pair, send_reply(&pair, &reply, NULL, 0)), ==, HORIZON_TIMED_OUT);
    g_assert_cmphex(wait_result(&pair, calling), ==, HORIZON_INVALID_COMBINATION);
    traffic_client_free(client);
}

static void test_client_closes(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *client = server_fixture_open(fixture, "both");
    struct pair pair = make_pair(client);
    uint64_t receiving = send_receive(&pair, false, -1);

    (void)data;
    horizon_close_handle(client, pair.service.handle);
    g_assert_cmphex(wait_result(&pair, receiving), ==, HORIZON_SESSION_CLOSED);
    traffic_client_free(client);
}

static void test_server_closes(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *client = server_fixture_open(fixture, "both");
    struct pair pair = make_pair(client);
    struct horizon_command first = {.id = 1, .tid = 4}, second = {.id = 1, .tid = 3};
    uint64_t receiving = send_receive(&pair, false, -1), one = send_command(&pair, &first),
             two = send_command(&pair, &second);

    (void)data;
    g_assert_cmphex(wait_result(&pair, receiving), ==, 0);
    /* one being served, one queued */
    g_assert_false(client->waiting->len);
    horizon_close_handle(client, pair.server);
    g_assert_cmphex(wait_result(&pair, one), ==, HORIZON_SESSION_CLOSED);
    g_assert_cmphex(wait_result(&pair, two), ==, HORIZON_SESSION_CLOSED);
    traffic_client_free(client);
}

/* The connection ends with calls in every state. */
static void test_all_gone(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *client = server_fixture_open(fixture, "both");
    struct pair pair = make_pair(client), other = make_pair(client);
    struct horizon_command command = {.id = 1}, second = {.id = 1, .tid = 3};
    uint64_t receiving = send_receive(&pair, false, -1);

    (void)data;
    send_command(&pair, &command);
    g_assert_cmphex(wait_result(&pair, receiving), ==, 0);
    send_command(&pair, &second);
    send_receive(&other, true, -1);
    traffic_client_free(client);
    client = server_fixture_open(fixture, "after");
    traffic_client_free(client);
}

static struct horizon_service connect_sm(struct traffic_client *client)
{
    static const uint8_t placeholder[8];
    struct horizon_command initialize = {
        .id = 0, .data = placeholder, .data_size = 8, .send_pid = true};
    struct horizon_service sm = {.client = client};

    g_assert_cmphex(horizon_connect_port(client, "sm:", &sm.handle), ==, 0);
    g_assert_cmphex(horizon_call(&sm, &initialize), ==, 0);
    return sm;
}

static uint32_t accept_session(struct traffic_client *client, uint32_t port, uint32_t *handle)
{
    const struct ipctap_kernel_call call = {.call = IPCTAP_CALL_ACCEPT_SESSION, .handle = port};
    struct ipctap_kernel_call results;
    uint32_t result = traffic_client_kernel_call(client, &call, NULL, &results);

    *handle = results.handle;
    return result;
}

/* Two processes: one registers a service at sm:, the other finds it there. */
static void test_service(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *server = server_fixture_open(fixture, "server");
    struct traffic_client *client = server_fixture_open(fixture, "client");
    struct horizon_service sm = connect_sm(server), other = connect_sm(client);
    uint8_t name[16] = "mine", get_name[8] = "mine";
    struct horizon_command registering = {.id = 2, .data = name, .data_size = sizeof name};
    struct horizon_command get = {.id = 1, .data = get_name, .data_size = 8}, command = {.id = 1};
    struct pair pair = {.service = {.client = client}}, serving = {.service = {.client = server}};
    struct hipc_message reply = {0};
    uint64_t receiving, calling;
    uint32_t port, none;

    (void)data;
    name[12] = 1; /* one session */
    g_assert_cmphex(horizon_call(&sm, &registering), ==, 0);
    port = registering.reply.special.move[0];
    g_assert_cmphex(horizon_call(&sm, &registering), ==, HORIZON_RESULT(21, 4));
    g_assert_cmphex(accept_session(server, port, &none), ==, HORIZON_NOT_FOUND);
    g_assert_cmphex(horizon_call(&other, &get), ==, 0);
    pair.service.handle = get.reply.special.move[0];
    g_assert_cmphex(horizon_call(&other, &get), ==, HORIZON_OUT_OF_SESSIONS);
    g_assert_cmphex(accept_session(server, port, &serving.server), ==, 0);
    calling = send_command(&pair, &command);
    receiving = send_receive(&serving, true, -1);
    g_assert_cmphex(wait_result(&serving, receiving), ==, 0);
    g_assert_cmphex(wait_result(&serving, send_reply(&serving, &reply, NULL, 0)), ==,
                    HORIZON_TIMED_OUT);
    g_assert_cmphex(wait_result(&pair, calling), ==, 0);
    /* The serving process ends while it has a request: the client's call ends, the name is free. */
    calling = send_command(&pair, &command);
    g_assert_cmphex(wait_result(&serving, send_receive(&serving, true, -1)), ==, 0);
    traffic_client_free(server);
    g_assert_cmphex(wait_result(&pair, calling), ==, HORIZON_SESSION_CLOSED);
    g_assert_cmphex(horizon_call(&other, &get), ==, HORIZON_RESULT(21, 7));
    traffic_client_free(client);
}

/* As a console: who asks early gets the service when it is there. */
static void test_wait_for_service(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *server = server_fixture_open(fixture, "server");
    struct traffic_client *client = server_fixture_open(fixture, "client");
    struct traffic_client *gone = server_fixture_open(fixture, "gone");
    struct horizon_service sm = connect_sm(server), other = connect_sm(client),
                           third = connect_sm(gone);
    uint8_t name[16] = "mine", get_name[8] = "mine";
    struct horizon_command registering = {.id = 2, .data = name, .data_size = sizeof name};
    struct horizon_command get = {.id = 1, .data = get_name, .data_size = 8};
    struct pair waiting = {.service = other}, dying = {.service = third};
    uint64_t call_id = send_command(&waiting, &get);
    struct traffic_exit exit;

    (void)data;
    send_command(&dying, &get);
    traffic_client_free(gone);
    name[12] = 4;
    g_assert_cmphex(horizon_call(&sm, &registering), ==, 0);
    g_assert_cmphex(wait_exit(&waiting, call_id, &exit), ==, 0);
    horizon_call_end(&other, &get, &exit, 0);
    g_assert_cmphex(get.result, ==, 0);
    g_assert_cmphex(get.reply.special.move[0], !=, 0);
    traffic_exit_clear(&exit);
    traffic_client_free(server);
    traffic_client_free(client);
}

static uint32_t create_port(struct traffic_client *client, const char *name, uint32_t max_sessions,
                            struct ipctap_kernel_call *results)
{
    const struct ipctap_kernel_call call = {.call = IPCTAP_CALL_CREATE_PORT, .value = max_sessions};

    return traffic_client_kernel_call(client, &call, name, results);
}

static void test_ports(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *client = server_fixture_open(fixture, "both");
    struct ipctap_kernel_call named, private,
        connect = {.call = IPCTAP_CALL_CREATE_SESSION_TO_PORT};
    uint32_t session, other;

    (void)data;
    g_assert_cmphex(create_port(client, "mine", 1, &named), ==, 0);
    g_assert_cmphex(named.handle_2, ==, 0);
    g_assert_cmphex(create_port(client, "mine", 1, &private), ==, HORIZON_INVALID_STATE);
    g_assert_cmphex(horizon_connect_port(client, "mine", &session), ==, 0);
    g_assert_cmphex(horizon_connect_port(client, "mine", &other), ==, HORIZON_OUT_OF_SESSIONS);
    g_assert_cmphex(accept_session(client, named.handle, &other), ==, 0);
    horizon_close_handle(client, session);
    horizon_close_handle(client, other);
    g_assert_cmphex(horizon_connect_port(client, "mine", &session), ==, 0);
    g_assert_cmphex(create_port(client, "mine", 0, &private), ==, 0);
    g_assert_cmphex(create_port(client, "mine", 0, &private), ==, HORIZON_NOT_FOUND);
    g_assert_cmphex(create_port(client, "twelve_chars", 1, &private), ==, HORIZON_OUT_OF_RANGE);
    g_assert_cmphex(create_port(client, NULL, 2, &private), ==, 0);
    connect.handle = private.handle_2;
    g_assert_cmphex(traffic_client_kernel_call(client, &connect, NULL, NULL), ==, 0);
    horizon_close_handle(client, private.handle);
    g_assert_cmphex(traffic_client_kernel_call(client, &connect, NULL, NULL), ==,
                    HORIZON_PORT_CLOSED);
    traffic_client_free(client);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    server_fixture_test("/server/horizon/serve/whole-way", test_whole_way);
    server_fixture_test("/server/horizon/serve/reply-pointer", test_reply_pointer);
    server_fixture_test("/server/horizon/serve/broken-list", test_broken_list);
    server_fixture_test("/server/horizon/serve/keeps-waiting", test_keeps_waiting);
    server_fixture_test("/server/horizon/serve/no-request", test_reply_without_request);
    server_fixture_test("/server/horizon/serve/map-in-reply", test_map_descriptor_in_reply);
    server_fixture_test("/server/horizon/serve/client-closes", test_client_closes);
    server_fixture_test("/server/horizon/serve/server-closes", test_server_closes);
    server_fixture_test("/server/horizon/serve/all-gone", test_all_gone);
    server_fixture_test("/server/horizon/serve/service", test_service);
    server_fixture_test("/server/horizon/serve/ports", test_ports);
    g_test_add("/server/horizon/serve/wait-for-service", struct server_fixture, "wait",
               server_fixture_start, test_wait_for_service, server_fixture_end);
    return g_test_run();
}
