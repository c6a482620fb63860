/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plain_call.h"

#include <ctr_client.h>
#include <horizon_client.h>
#include <orbis_app_messaging.h>
#include <orbis_ipmi.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_RECORD         0x10000
#define APP_ID             0x60010101u
#define IS_SDMC_DETECTED   0x08170000u
#define SIZE_FIELD         12 /* Of the record's header. */
#define REGISTER_CLIENT_ID 0

const char *plain_call_platform_name(uint8_t platform)
{
    return platform == IPCTAP_HORIZON ? "horizon" : platform == IPCTAP_CTR ? "ctr" : "orbis";
}

size_t plain_call_record_size(const uint8_t *bytes, size_t size)
{
    return size < SIZE_FIELD + 4 ? 0 : ipcshark_load_u32(bytes + SIZE_FIELD);
}

static struct traffic_client *open_process(const char *address, uint8_t platform)
{
    GError *error = NULL;
    struct traffic_client *client = traffic_client_open(address, &error);
    uint32_t result;

    g_assert_no_error(error);
    if (!traffic_client_hello(client, platform, "load", APP_ID, 0, NULL, 0, &result))
        g_error("Hello: result 0x%X", result);
    return client;
}

/* What `send` writes to the server, caught on its way: the clients build and send in one step. */
static void catch_enter(struct plain_call *call,
                        void (*send)(struct traffic_client *client, const void *data),
                        const void *data)
{
    int server = call->client->descriptor;
    uint8_t bytes[MAX_RECORD];
    int pair[2];
    ssize_t size;

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
    call->client->descriptor = pair[0];
    send(call->client, data);
    call->client->descriptor = server;
    size = recv(pair[1], bytes, sizeof bytes, 0);
    g_assert_cmpint(size, >, 0);
    g_assert_cmpuint(plain_call_record_size(bytes, (size_t)size), ==, size);
    call->enter = g_memdup2(bytes, (size_t)size);
    call->size = (size_t)size;
    close(pair[0]);
    close(pair[1]);
}

static void send_horizon(struct traffic_client *client, const void *data)
{
    static const uint8_t scalars[16] = {'0', '1', '2', '3', '4', '5', '6', '7',
                                        '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};
    struct horizon_command command = {.data = scalars, .data_size = sizeof scalars};
    struct record_builder request;

    (void)client;
    horizon_call_begin(data, &command, &request);
    traffic_client_send(client, &request);
}

static void open_horizon(struct plain_call *call)
{
    static const uint8_t placeholder[8];
    struct horizon_service sm = {.client = call->client};
    struct horizon_service echo;
    struct horizon_command initialize = {.id = REGISTER_CLIENT_ID,
                                         .data = placeholder,
                                         .data_size = sizeof placeholder,
                                         .send_pid = true};

    g_assert_cmphex(horizon_connect_port(call->client, "sm:", &sm.handle), ==, 0);
    g_assert_cmphex(horizon_call(&sm, &initialize), ==, 0);
    g_assert_cmphex(horizon_get_service(&sm, "echo", &echo), ==, 0);
    catch_enter(call, send_horizon, &echo);
}

struct ctr_session {
    struct ctr_client *client;
    uint32_t handle;
};

static void send_ctr(struct traffic_client *client, const void *data)
{
    const struct ctr_session *session = data;

    (void)client;
    CTR_WORDS(session->client, IS_SDMC_DETECTED);
    ctr_client_send(session->client, session->handle, 1);
}

static void open_ctr(struct plain_call *call)
{
    struct ctr_session session = {.client = ctr_client_new(call->client)};
    struct traffic_run nothing = {0};
    uint32_t result;
    uint32_t srv = ctr_client_connect(session.client, "srv:", &result);

    g_assert_cmphex(result, ==, 0);
    session.handle = ctr_client_get_service(session.client, srv, "fs:USER", &result);
    g_assert_cmphex(result, ==, 0);
    catch_enter(call, send_ctr, &session);
    session.client->connection = NULL;
    ctr_client_free(&nothing, session.client);
}

static void send_orbis(struct traffic_client *client, const void *data)
{
    const struct app_messaging *app = data;
    struct appmsg_request request = {.message_type = 1, .payload_size = 4};
    uint8_t header[APPMSG_REQUEST_SIZE];
    struct orbis_ipmi ipmi;
    GBytes *inputs[2];

    appmsg_request_encode(&request, header, sizeof header);
    inputs[0] = g_bytes_new(header, sizeof header);
    inputs[1] = g_bytes_new("ping", 4);
    orbis_ipmi_begin(&ipmi, client, SCEIPMI_INVOKE_SYNC, app->kid);
    orbis_ipmi_set(&ipmi, "method", APPMSG_METHOD_SEND_TO_SHELL_CORE);
    orbis_ipmi_inputs(&ipmi, inputs, 2);
    orbis_ipmi_set(&ipmi, "result", orbis_ipmi_room(&ipmi, 4));
    orbis_ipmi_send(&ipmi);
    g_bytes_unref(inputs[0]);
    g_bytes_unref(inputs[1]);
}

static void open_orbis(struct plain_call *call)
{
    struct app_messaging app;

    g_assert_cmphex(app_messaging_initialize(&app, call->client), ==, 0);
    catch_enter(call, send_orbis, &app);
}

static bool receive_whole(int descriptor, uint8_t *bytes, size_t size)
{
    return recv(descriptor, bytes, size, MSG_WAITALL) == (ssize_t)size;
}

static bool send_enter(const struct plain_call *call)
{
    return send(call->client->descriptor, call->enter, call->size, MSG_NOSIGNAL) ==
           (ssize_t)call->size;
}

static void make_first(struct plain_call *call)
{
    struct ipctap_record record;
    uint8_t bytes[MAX_RECORD];

    g_assert_true(send_enter(call));
    g_assert_true(receive_whole(call->client->descriptor, bytes, IPCTAP_HEADER_SIZE));
    call->exit_size = plain_call_record_size(bytes, IPCTAP_HEADER_SIZE);
    g_assert_cmpuint(call->exit_size, <=, sizeof bytes);
    g_assert_true(receive_whole(call->client->descriptor, bytes + IPCTAP_HEADER_SIZE,
                                call->exit_size - IPCTAP_HEADER_SIZE));
    call->exit = g_memdup2(bytes, call->exit_size);
    g_assert_true(ipctap_record_decode(call->exit, call->exit_size, &record, NULL));
    g_assert_cmphex(record.header.kind, !=, IPCTAP_NOTE);
    g_assert_cmphex(record.header.result, ==, 0);
}

void plain_call_open(struct plain_call *call, const char *address, uint8_t platform)
{
    *call = (struct plain_call){.client = open_process(address, platform)};
    if (platform == IPCTAP_HORIZON)
        open_horizon(call);
    else if (platform == IPCTAP_CTR)
        open_ctr(call);
    else
        open_orbis(call);
    make_first(call);
}

void plain_call_close(struct plain_call *call)
{
    traffic_client_free(call->client);
    g_free(call->enter);
    g_free(call->exit);
}

bool plain_call_repeat(const struct plain_call *call)
{
    return send_enter(call) && receive_whole(call->client->descriptor, call->exit, call->exit_size);
}
