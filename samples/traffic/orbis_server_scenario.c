/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "orbis_server_scenario.h"

#include "orbis_ipmi.h"

#include <string.h>

#define SERVICE       "SceIpcsharkEcho%u" /**< With the server's process id: names are unique. */
#define METHOD_ECHO   0x10001u            /**< Sync: one input, one output. */
#define METHOD_LATER  0x10002u            /**< Async: answered with a ticket. */
#define QUEUE         0
#define EVENT_FLAG    3
#define DONE          UINT64_C(0x100)
#define SESSION_IMPL  UINT64_C(0x880050000)
#define WAITER_THREAD 7

struct pair {
    struct traffic_run *run;
    struct traffic_client *server;
    struct traffic_client *client;
    char service[SCEIPMI_MAX_NAME + 1];
    uint32_t server_kid;
    uint32_t client_kid;
    uint32_t session_kid;
};

static uint64_t begin_receive(struct pair *pair)
{
    struct orbis_ipmi ipmi;

    orbis_ipmi_begin(&ipmi, pair->server, SCEIPMI_SERVER_RECEIVE_PACKET, pair->server_kid);
    orbis_ipmi_set(&ipmi, "packet", orbis_ipmi_room(&ipmi, 0x2000));
    orbis_ipmi_set(&ipmi, "packet_size", 0x2000);
    orbis_ipmi_set(&ipmi, "packet_info", orbis_ipmi_room(&ipmi, SCEIPMI_PACKET_INFO_SIZE));
    orbis_ipmi_set(&ipmi, "value", orbis_ipmi_room(&ipmi, 4));
    return orbis_ipmi_send(&ipmi);
}

/** The packet of an exit; its type is checked. False: there is none. */
static bool take_packet(struct pair *pair, const struct orbis_ipmi_exit *exit, uint32_t type,
                        struct ipctap_section *body, struct sceipmi_packet *packet)
{
    struct ipctap_section info;
    bool is_there = exit->answered &&
                    traffic_exit_section(&exit->exit, IPCTAP_IPMI_PACKET, 0, body) &&
                    traffic_exit_section(&exit->exit, IPCTAP_IPMI_PACKET_INFO, 0, &info);
    uint32_t actual;

    traffic_expect(pair->run, is_there, "ServerReceivePacket gave no packet (*out 0x%X)",
                   exit->call.out);
    if (!is_there)
        return false;
    actual = (uint32_t)sceipmi_get(sceipmi_packet_info(), "type", info.bytes, info.captured_size);
    traffic_expect_equal(pair->run, actual & 0x6F, type, "packet type");
    return traffic_expect(
        pair->run, sceipmi_packet_decode(actual, body->bytes, body->captured_size, packet, NULL),
        "The packet cannot be decoded");
}

static uint32_t create_session(struct pair *pair)
{
    uint8_t config[0x10] = {0x10};
    struct orbis_ipmi ipmi;

    orbis_ipmi_begin(&ipmi, pair->server, SCEIPMI_CREATE_SESSION, 0);
    orbis_ipmi_set(&ipmi, "session_impl", SESSION_IMPL);
    orbis_ipmi_set(&ipmi, "config",
                   orbis_ipmi_place(&ipmi, IPCTAP_IPMI_CONFIG, 0, config, sizeof config));
    return orbis_ipmi_out(&ipmi);
}

static uint32_t send_connect_result(struct pair *pair, uint32_t kid, uint32_t status)
{
    struct orbis_ipmi ipmi;

    orbis_ipmi_begin(&ipmi, pair->server, SCEIPMI_SEND_CONNECT_RESULT, kid);
    orbis_ipmi_set(&ipmi, "status", status);
    return orbis_ipmi_out(&ipmi);
}

static uint64_t begin_connect(struct pair *pair)
{
    struct orbis_ipmi ipmi;

    orbis_ipmi_begin(&ipmi, pair->client, SCEIPMI_CONNECT, pair->client_kid);
    orbis_ipmi_set(&ipmi, "user_data", orbis_ipmi_place(&ipmi, IPCTAP_IPMI_USER_DATA, 0, "hi", 2));
    orbis_ipmi_set(&ipmi, "user_data_size", 2);
    orbis_ipmi_set(&ipmi, "status", orbis_ipmi_room(&ipmi, 4));
    return orbis_ipmi_send(&ipmi);
}

/** The server answers with a session (status 0) or refuses. */
static void connect_pair(struct pair *pair, uint32_t status)
{
    uint64_t receiving = begin_receive(pair);
    uint64_t connecting = begin_connect(pair);
    struct ipctap_section body;
    struct sceipmi_packet packet;
    struct orbis_ipmi_exit exit;

    orbis_ipmi_wait(pair->server, receiving, &exit);
    if (take_packet(pair, &exit, SCEIPMI_PACKET_CONNECT, &body, &packet))
        traffic_expect_equal(pair->run, packet.user_data_size, 2, "size of the user data");
    orbis_ipmi_exit_clear(&exit);
    if (status == 0)
        pair->session_kid = create_session(pair);
    traffic_expect_equal(
        pair->run, send_connect_result(pair, status ? pair->client_kid : pair->session_kid, status),
        0, "SendConnectResult");
    orbis_ipmi_wait(pair->client, connecting, &exit);
    traffic_expect_equal(pair->run, exit.call.out, status ? 0x8002000D : 0, "*out of Connect");
    traffic_expect_equal(pair->run, orbis_ipmi_scalar(&exit, IPCTAP_SCALAR_STATUS), status,
                         "connect status");
    orbis_ipmi_exit_clear(&exit);
}

static uint64_t begin_echo(struct pair *pair, const char *text, uint64_t capacity)
{
    GBytes *input = g_bytes_new(text, strlen(text));
    struct orbis_ipmi ipmi;
    uint64_t call_id;

    orbis_ipmi_begin(&ipmi, pair->client, SCEIPMI_INVOKE_SYNC, pair->client_kid);
    orbis_ipmi_set(&ipmi, "method", METHOD_ECHO);
    orbis_ipmi_inputs(&ipmi, &input, 1);
    orbis_ipmi_outputs(&ipmi, &capacity, 1);
    orbis_ipmi_set(&ipmi, "result", orbis_ipmi_room(&ipmi, 4));
    orbis_ipmi_set(&ipmi, "flags", 1);
    call_id = orbis_ipmi_send(&ipmi);
    g_bytes_unref(input);
    return call_id;
}

static uint32_t respond_echo(struct pair *pair, const uint8_t *bytes, size_t size)
{
    uint8_t array[SCEIPMI_BUFFER_INFO_SIZE];
    struct sceipmi_buffer_info info = {.capacity = size, .written = size};
    struct orbis_ipmi ipmi;

    orbis_ipmi_begin(&ipmi, pair->server, SCEIPMI_RESPOND_SYNC, pair->session_kid);
    info.data = orbis_ipmi_place(&ipmi, IPCTAP_IPMI_OUT, 0, bytes, size);
    sceipmi_buffer_info_encode(&info, 1, array, sizeof array);
    orbis_ipmi_set(&ipmi, "result", 42);
    orbis_ipmi_set(&ipmi, "num_out", 1);
    orbis_ipmi_set(&ipmi, "out",
                   orbis_ipmi_place(&ipmi, IPCTAP_IPMI_BUFFER_INFO, 0, array, sizeof array));
    return orbis_ipmi_out(&ipmi);
}

static void serve_echo(struct pair *pair)
{
    uint64_t receiving = begin_receive(pair);
    struct ipctap_section body;
    struct sceipmi_packet packet;
    struct orbis_ipmi_exit exit;

    orbis_ipmi_wait(pair->server, receiving, &exit);
    if (take_packet(pair, &exit, SCEIPMI_PACKET_SYNC, &body, &packet) &&
        traffic_expect_equal(pair->run, packet.in_captured, 1, "inputs in the packet"))
        traffic_expect_equal(
            pair->run,
            respond_echo(pair, body.bytes + packet.input[0].offset, packet.input[0].captured), 0,
            "RespondToSyncMethodRequest");
    orbis_ipmi_exit_clear(&exit);
}

static void run_sync(struct pair *pair)
{
    uint64_t calling = begin_echo(pair, "echo this", 0x40);
    struct ipctap_section output;
    struct orbis_ipmi_exit exit;

    serve_echo(pair);
    orbis_ipmi_wait(pair->client, calling, &exit);
    traffic_expect_equal(pair->run, exit.call.out, 0, "*out of InvokeSync");
    traffic_expect_equal(pair->run, orbis_ipmi_scalar(&exit, IPCTAP_SCALAR_RESULT), 42,
                         "method result");
    traffic_expect(pair->run,
                   exit.answered && traffic_exit_section(&exit.exit, IPCTAP_IPMI_OUT, 0, &output) &&
                       output.captured_size == 9 && memcmp(output.bytes, "echo this", 9) == 0,
                   "The output is not what was sent");
    orbis_ipmi_exit_clear(&exit);
}

static uint32_t invoke_async(struct pair *pair)
{
    GBytes *input = g_bytes_new("work", 4);
    struct orbis_ipmi_exit exit;
    struct orbis_ipmi ipmi;
    uint32_t ticket;

    orbis_ipmi_begin(&ipmi, pair->client, SCEIPMI_INVOKE_ASYNC, pair->client_kid);
    orbis_ipmi_set(&ipmi, "method", METHOD_LATER);
    orbis_ipmi_set(&ipmi, "event_flag", EVENT_FLAG);
    orbis_ipmi_set(&ipmi, "pattern", DONE);
    orbis_ipmi_inputs(&ipmi, &input, 1);
    orbis_ipmi_set(&ipmi, "ticket", orbis_ipmi_room(&ipmi, 4));
    orbis_ipmi_perform(&ipmi, &exit);
    traffic_expect_equal(pair->run, exit.call.out, 0, "*out of InvokeAsync");
    ticket = (uint32_t)orbis_ipmi_scalar(&exit, IPCTAP_SCALAR_TICKET);
    orbis_ipmi_exit_clear(&exit);
    g_bytes_unref(input);
    return ticket;
}

/** @return *out; the method's result in *result. */
static uint32_t try_get_result(struct pair *pair, uint32_t ticket, uint32_t *result)
{
    uint64_t capacity = 0x10;
    struct orbis_ipmi_exit exit;
    struct orbis_ipmi ipmi;
    uint32_t out;

    orbis_ipmi_begin(&ipmi, pair->client, SCEIPMI_TRY_GET_RESULT, pair->client_kid);
    orbis_ipmi_set(&ipmi, "method", METHOD_LATER);
    orbis_ipmi_set(&ipmi, "ticket", ticket);
    orbis_ipmi_set(&ipmi, "result", orbis_ipmi_room(&ipmi, 4));
    orbis_ipmi_outputs(&ipmi, &capacity, 1);
    orbis_ipmi_perform(&ipmi, &exit);
    out = exit.call.out;
    *result = (uint32_t)orbis_ipmi_scalar(&exit, IPCTAP_SCALAR_RESULT);
    orbis_ipmi_exit_clear(&exit);
    return out;
}

static void respond_async(struct pair *pair, uint32_t ticket)
{
    GBytes *output = g_bytes_new("done", 4);
    struct orbis_ipmi ipmi;

    orbis_ipmi_begin(&ipmi, pair->server, SCEIPMI_RESPOND_ASYNC, pair->session_kid);
    orbis_ipmi_set(&ipmi, "method", METHOD_LATER);
    orbis_ipmi_set(&ipmi, "ticket", ticket);
    orbis_ipmi_set(&ipmi, "result", 7);
    orbis_ipmi_inputs(&ipmi, &output, 1);
    orbis_ipmi_set(&ipmi, "flags", 1);
    traffic_expect_equal(pair->run, orbis_ipmi_out(&ipmi), 0, "RespondToAsyncMethodRequest");
    g_bytes_unref(output);
}

static uint64_t begin_wait(struct pair *pair, uint32_t microseconds)
{
    uint8_t timeout[4] = {(uint8_t)microseconds, (uint8_t)(microseconds >> 8),
                          (uint8_t)(microseconds >> 16), (uint8_t)(microseconds >> 24)};
    struct orbis_ipmi ipmi;

    orbis_ipmi_begin(&ipmi, pair->client, SCEIPMI_WAIT_EVENT_FLAG, pair->client_kid);
    ipmi.tid = WAITER_THREAD;
    orbis_ipmi_set(&ipmi, "event_flag", EVENT_FLAG);
    orbis_ipmi_set(&ipmi, "pattern", DONE);
    orbis_ipmi_set(&ipmi, "mode", SCEIPMI_EVENT_OR | SCEIPMI_EVENT_CLEAR_PATTERN);
    orbis_ipmi_set(&ipmi, "result_pattern", orbis_ipmi_room(&ipmi, 8));
    orbis_ipmi_set(&ipmi, "timeout",
                   orbis_ipmi_place(&ipmi, IPCTAP_IPMI_SCALAR, IPCTAP_SCALAR_TIMEOUT, timeout,
                                    sizeof timeout));
    return orbis_ipmi_send(&ipmi);
}

static void run_async(struct pair *pair)
{
    uint64_t receiving = begin_receive(pair);
    uint32_t ticket = invoke_async(pair);
    uint64_t waiting = begin_wait(pair, 5000000);
    struct ipctap_section body;
    struct sceipmi_packet packet;
    struct orbis_ipmi_exit exit;
    uint32_t result = 0;

    traffic_expect_equal(pair->run, try_get_result(pair, ticket, &result), 0x80020023,
                         "TryGetResult before the answer");
    orbis_ipmi_wait(pair->server, receiving, &exit);
    if (take_packet(pair, &exit, SCEIPMI_PACKET_ASYNC, &body, &packet))
        respond_async(
            pair, (uint32_t)sceipmi_get(packet.layout, "ticket", body.bytes, body.captured_size));
    orbis_ipmi_exit_clear(&exit);
    orbis_ipmi_wait(pair->client, waiting, &exit);
    traffic_expect_equal(pair->run, orbis_ipmi_scalar(&exit, IPCTAP_SCALAR_PATTERN), DONE,
                         "pattern of the event flag");
    orbis_ipmi_exit_clear(&exit);
    traffic_expect_equal(pair->run, try_get_result(pair, ticket, &result), 0, "TryGetResult");
    traffic_expect_equal(pair->run, result, 7, "result of the asynchronous call");
}

static void run_timeout(struct pair *pair)
{
    struct orbis_ipmi_exit exit;

    orbis_ipmi_wait(pair->client, begin_wait(pair, 1000), &exit);
    traffic_expect_equal(pair->run, exit.call.out, 0x8002003C, "WaitEventFlag that times out");
    orbis_ipmi_exit_clear(&exit);
}

static void run_queue(struct pair *pair)
{
    struct ipctap_section message;
    struct orbis_ipmi_exit exit;
    struct orbis_ipmi ipmi;

    orbis_ipmi_begin(&ipmi, pair->server, SCEIPMI_TRY_SEND_MESSAGE, pair->session_kid);
    orbis_ipmi_set(&ipmi, "queue", QUEUE);
    orbis_ipmi_set(&ipmi, "message",
                   orbis_ipmi_place(&ipmi, IPCTAP_IPMI_MESSAGE, QUEUE, "news", 4));
    orbis_ipmi_set(&ipmi, "message_size", 4);
    traffic_expect_equal(pair->run, orbis_ipmi_out(&ipmi), 0, "TrySendMsg");
    orbis_ipmi_begin(&ipmi, pair->client, SCEIPMI_TRY_GET_MESSAGE, pair->client_kid);
    orbis_ipmi_set(&ipmi, "queue", QUEUE);
    orbis_ipmi_set(&ipmi, "message", orbis_ipmi_room(&ipmi, 0x40));
    orbis_ipmi_set(&ipmi, "size", orbis_ipmi_room(&ipmi, 8));
    orbis_ipmi_set(&ipmi, "max_size", 0x40);
    orbis_ipmi_perform(&ipmi, &exit);
    traffic_expect(pair->run,
                   exit.answered &&
                       traffic_exit_section(&exit.exit, IPCTAP_IPMI_MESSAGE, QUEUE, &message) &&
                       message.captured_size == 4 && memcmp(message.bytes, "news", 4) == 0,
                   "TryGetMsg gave something else (*out 0x%X)", exit.call.out);
    traffic_expect_equal(pair->run, orbis_ipmi_scalar(&exit, IPCTAP_SCALAR_SIZE), 4,
                         "size of the message");
    orbis_ipmi_exit_clear(&exit);
}

static void run_queries(struct pair *pair)
{
    struct ipctap_section name;
    struct orbis_ipmi_exit exit;
    struct orbis_ipmi ipmi;

    orbis_ipmi_begin(&ipmi, pair->server, SCEIPMI_SESSION_GET_CLIENT_PID, pair->session_kid);
    orbis_ipmi_set(&ipmi, "value", orbis_ipmi_room(&ipmi, 4));
    orbis_ipmi_perform(&ipmi, &exit);
    traffic_expect_equal(pair->run, orbis_ipmi_scalar(&exit, IPCTAP_SCALAR_VALUE),
                         pair->client->pid, "SessionGetClientPid");
    orbis_ipmi_exit_clear(&exit);
    orbis_ipmi_begin(&ipmi, pair->client, SCEIPMI_CLIENT_GET_NAME, pair->client_kid);
    orbis_ipmi_set(&ipmi, "name", orbis_ipmi_room(&ipmi, SCEIPMI_MAX_NAME + 1));
    orbis_ipmi_perform(&ipmi, &exit);
    traffic_expect(pair->run,
                   exit.answered && traffic_exit_section(&exit.exit, IPCTAP_IPMI_NAME, 0, &name) &&
                       name.captured_size == strlen(pair->service) + 1 &&
                       memcmp(name.bytes, pair->service, name.captured_size) == 0,
                   "ClientGetName gave something else");
    orbis_ipmi_exit_clear(&exit);
}

static void run_pair(struct pair *pair)
{
    g_snprintf(pair->service, sizeof pair->service, SERVICE, pair->server->pid);
    pair->server_kid = orbis_ipmi_create_server(pair->server, pair->service);
    pair->client_kid = orbis_ipmi_create_client(pair->client, pair->service, 1, 0x40);
    connect_pair(pair, 0x80020001);
    connect_pair(pair, 0);
    run_queries(pair);
    run_sync(pair);
    run_async(pair);
    run_timeout(pair);
    run_queue(pair);
    traffic_expect_equal(pair->run, orbis_ipmi_disconnect(pair->client, pair->client_kid), 0,
                         "Disconnect");
    orbis_ipmi_simple(pair->client, SCEIPMI_DESTROY_CLIENT, pair->client_kid);
    traffic_expect_equal(
        pair->run, orbis_ipmi_simple(pair->server, SCEIPMI_DESTROY_SESSION, pair->session_kid), 0,
        "DestroySession");
    traffic_expect_equal(pair->run,
                         orbis_ipmi_simple(pair->server, SCEIPMI_DESTROY_SERVER, pair->server_kid),
                         0, "DestroyServer");
}

void orbis_run_server(struct traffic_run *run)
{
    struct pair pair = {.run = run};

    pair.server = traffic_run_connect(run, IPCTAP_ORBIS, "echo-server", 0x60000010);
    pair.client = traffic_run_connect(run, IPCTAP_ORBIS, "echo-client", 0x60000011);
    if (pair.server && pair.client)
        run_pair(&pair);
    traffic_run_disconnect(run, pair.client);
    traffic_run_disconnect(run, pair.server);
}
