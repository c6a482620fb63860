/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The IPMI manager: which layer an error is in, whose kids are whose, what a vanished peer does. */
#include "orbis_fixture.h"

#include <string.h>

#define OUT_ESRCH            0x80020003u
#define OUT_EACCES           0x8002000Du
#define OUT_EBUSY            0x80020010u
#define OUT_EEXIST           0x80020011u
#define OUT_EINVAL           0x80020016u
#define OUT_EAGAIN           0x80020023u
#define OUT_ENOTSUP          0x8002002Du
#define OUT_CANCELED         0x80020055u
#define ENAMETOOLONG_LAYER_1 63
#define EFAULT_LAYER_1       14
#define SERVICE              "SceTestService"

/** Layer 1: carry is set, rax is the errno and *out was not written. */
static void expect_errno(struct orbis_ipmi *ipmi, uint32_t error)
{
    struct orbis_ipmi_exit exit;

    g_assert_true(orbis_ipmi_perform(ipmi, &exit));
    g_assert_cmpuint(exit.call.valid, ==, SCEIPMI_RAX_VALID | SCEIPMI_CARRY);
    g_assert_cmpuint(exit.call.rax, ==, error);
    g_assert_cmphex(exit.exit.result, ==, 0x80020000u | error);
    orbis_ipmi_exit_clear(&exit);
}

static void begin_invoke(struct fixture *fixture, struct orbis_ipmi *ipmi)
{
    orbis_ipmi_begin(ipmi, fixture->app[0], SCEIPMI_INVOKE_SYNC, fixture->messaging[0].kid);
    orbis_ipmi_set(ipmi, "result", 0x7000);
}

static void test_layers(struct fixture *fixture, gconstpointer data)
{
    struct orbis_ipmi ipmi;
    struct orbis_ipmi_exit exit;

    (void)data;
    fixture_open(fixture, 0, true);
    begin_invoke(fixture, &ipmi);
    orbis_ipmi_set(&ipmi, "num_in", 1);
    orbis_ipmi_set(&ipmi, "in", 0x9000);
    expect_errno(&ipmi, EFAULT_LAYER_1);
    begin_invoke(fixture, &ipmi);
    orbis_ipmi_set(&ipmi, "num_out", 1);
    expect_errno(&ipmi, EFAULT_LAYER_1);
    begin_invoke(fixture, &ipmi);
    orbis_ipmi_set(&ipmi, "num_in", 11);
    g_assert_true(orbis_ipmi_perform(&ipmi, &exit));
    g_assert_cmpuint(exit.call.valid, ==, SCEIPMI_RAX_VALID | SCEIPMI_OUT_VALID);
    g_assert_cmpuint(exit.call.rax, ==, 0);
    g_assert_cmphex(exit.call.out, ==, OUT_EINVAL);
    orbis_ipmi_exit_clear(&exit);
}

static void test_names(struct fixture *fixture, gconstpointer data)
{
    struct traffic_client *app;
    uint8_t config[0x38] = {0x38};
    struct orbis_ipmi ipmi;

    (void)data;
    fixture_open(fixture, 0, false);
    app = fixture->app[0];
    g_assert_cmphex(orbis_ipmi_create_server(app, "MyService"), ==, OUT_EINVAL);
    g_assert_cmphex(orbis_ipmi_create_server(app, APPMSG_SERVICE), ==, OUT_EEXIST);
    g_assert_cmphex(orbis_ipmi_create_server(app, "Sce456789012345678901234"), <, 0x80000000u);
    orbis_ipmi_begin(&ipmi, app, SCEIPMI_CREATE_SERVER, 0);
    orbis_ipmi_set(&ipmi, "name",
                   orbis_ipmi_place(&ipmi, IPCTAP_IPMI_NAME, 0, "Sce4567890123456789012345", 26));
    orbis_ipmi_set(&ipmi, "config",
                   orbis_ipmi_place(&ipmi, IPCTAP_IPMI_CONFIG, 0, config, sizeof config));
    expect_errno(&ipmi, ENAMETOOLONG_LAYER_1);
    orbis_ipmi_begin(&ipmi, app, SCEIPMI_CREATE_SERVER, 0);
    orbis_ipmi_set(&ipmi, "name", 0x5000);
    expect_errno(&ipmi, EFAULT_LAYER_1);
}

static void test_kids(struct fixture *fixture, gconstpointer data)
{
    uint32_t server;

    (void)data;
    fixture_open(fixture, 0, true);
    fixture_open(fixture, 1, false);
    server = orbis_ipmi_create_server(fixture->app[0], SERVICE);
    g_assert_cmphex(orbis_ipmi_simple(fixture->app[1], SCEIPMI_DESTROY_SERVER, server), ==,
                    OUT_EINVAL);
    g_assert_cmphex(orbis_ipmi_simple(fixture->app[0], SCEIPMI_DESTROY_CLIENT, server), ==,
                    OUT_EINVAL);
    g_assert_cmphex(orbis_ipmi_simple(fixture->app[0], SCEIPMI_DESTROY_SERVER, 0), ==, OUT_EINVAL);
    g_assert_cmphex(orbis_ipmi_simple(fixture->app[0], SCEIPMI_DESTROY_SERVER, server), ==, 0);
    g_assert_cmphex(orbis_ipmi_simple(fixture->app[0], SCEIPMI_DESTROY_SERVER, server), ==,
                    OUT_EINVAL);
    g_assert_cmphex(orbis_ipmi_simple(fixture->app[0], 0x999, 1), ==, OUT_ENOTSUP);
}

/** Application 0 serves, application 1 is connected to it. */
struct pair {
    uint32_t server;
    uint32_t client;
    uint32_t session;
};

static uint64_t begin_receive(struct fixture *fixture, const struct pair *pair)
{
    struct orbis_ipmi ipmi;

    orbis_ipmi_begin(&ipmi, fixture->app[0], SCEIPMI_SERVER_RECEIVE_PACKET, pair->server);
    orbis_ipmi_set(&ipmi, "packet", 0x1000);
    orbis_ipmi_set(&ipmi, "packet_size", 0x2000);
    orbis_ipmi_set(&ipmi, "packet_info", 0x4000);
    return orbis_ipmi_send(&ipmi);
}

static uint32_t finish(struct fixture *fixture, unsigned int n, uint64_t call_id)
{
    struct orbis_ipmi_exit exit;
    uint32_t out;

    orbis_ipmi_wait(fixture->app[n], call_id, &exit);
    out = exit.call.out;
    orbis_ipmi_exit_clear(&exit);
    return out;
}

static uint64_t begin_connect(struct fixture *fixture, const struct pair *pair)
{
    struct orbis_ipmi ipmi;

    orbis_ipmi_begin(&ipmi, fixture->app[1], SCEIPMI_CONNECT, pair->client);
    orbis_ipmi_set(&ipmi, "status", 0x1000);
    return orbis_ipmi_send(&ipmi);
}

static uint32_t accept_pair(struct fixture *fixture)
{
    uint8_t config[0x10] = {0x10};
    struct orbis_ipmi ipmi;
    uint32_t session;

    orbis_ipmi_begin(&ipmi, fixture->app[0], SCEIPMI_CREATE_SESSION, 0);
    orbis_ipmi_set(&ipmi, "session_impl", 0x1234);
    orbis_ipmi_set(&ipmi, "config",
                   orbis_ipmi_place(&ipmi, IPCTAP_IPMI_CONFIG, 0, config, sizeof config));
    session = orbis_ipmi_out(&ipmi);
    orbis_ipmi_begin(&ipmi, fixture->app[0], SCEIPMI_SEND_CONNECT_RESULT, session);
    g_assert_cmphex(orbis_ipmi_out(&ipmi), ==, 0);
    return session;
}

static void open_pair(struct fixture *fixture, struct pair *pair)
{
    uint64_t connecting;

    fixture_open(fixture, 0, false);
    fixture_open(fixture, 1, false);
    pair->server = orbis_ipmi_create_server(fixture->app[0], SERVICE);
    pair->client = orbis_ipmi_create_client(fixture->app[1], SERVICE, 2, 0x10);
    connecting = begin_connect(fixture, pair);
    g_assert_cmphex(finish(fixture, 0, begin_receive(fixture, pair)), ==, 0);
    pair->session = accept_pair(fixture);
    g_assert_cmphex(finish(fixture, 1, connecting), ==, 0);
}

static uint64_t begin_call(struct fixture *fixture, const struct pair *pair, uint32_t tid)
{
    struct orbis_ipmi ipmi;

    orbis_ipmi_begin(&ipmi, fixture->app[1], SCEIPMI_INVOKE_SYNC, pair->client);
    ipmi.tid = tid;
    orbis_ipmi_set(&ipmi, "method", tid);
    orbis_ipmi_set(&ipmi, "result", 0x1000);
    return orbis_ipmi_send(&ipmi);
}

static void test_connections(struct fixture *fixture, gconstpointer data)
{
    struct pair pair;
    uint64_t connecting;
    struct orbis_ipmi ipmi;

    (void)data;
    open_pair(fixture, &pair);
    g_assert_cmphex(finish(fixture, 1, begin_connect(fixture, &pair)), ==, OUT_EEXIST);
    g_assert_cmphex(orbis_ipmi_disconnect(fixture->app[1], pair.client), ==, 0);
    g_assert_cmphex(orbis_ipmi_disconnect(fixture->app[1], pair.client), ==, OUT_EACCES);
    g_assert_cmphex(finish(fixture, 1, begin_call(fixture, &pair, 1)), ==, OUT_EACCES);
    connecting = begin_connect(fixture, &pair);
    g_assert_cmphex(finish(fixture, 0, begin_receive(fixture, &pair)), ==, 0);
    /* A result without a session is a refusal, whatever it says. */
    orbis_ipmi_begin(&ipmi, fixture->app[0], SCEIPMI_SEND_CONNECT_RESULT, pair.server);
    g_assert_cmphex(orbis_ipmi_out(&ipmi), ==, 0);
    g_assert_cmphex(finish(fixture, 1, connecting), ==, OUT_EACCES);
}

static void test_server_vanishes(struct fixture *fixture, gconstpointer data)
{
    struct pair pair;
    uint64_t waiting;
    uint64_t queued;

    (void)data;
    open_pair(fixture, &pair);
    waiting = begin_call(fixture, &pair, 1);
    g_assert_cmphex(finish(fixture, 0, begin_receive(fixture, &pair)), ==, 0);
    queued = begin_call(fixture, &pair, 2);
    fixture_close(fixture, 0);
    g_assert_cmphex(finish(fixture, 1, waiting), ==, OUT_ESRCH);
    g_assert_cmphex(finish(fixture, 1, queued), !=, 0);
    g_assert_cmphex(finish(fixture, 1, begin_connect(fixture, &pair)), ==, OUT_ESRCH);
}

static void test_client_vanishes(struct fixture *fixture, gconstpointer data)
{
    struct pair pair;
    struct orbis_ipmi ipmi;

    (void)data;
    open_pair(fixture, &pair);
    begin_call(fixture, &pair, 1);
    g_assert_cmphex(finish(fixture, 0, begin_receive(fixture, &pair)), ==, 0);
    begin_call(fixture, &pair, 2);
    fixture_close(fixture, 1);
    fixture_open(fixture, 1, false);
    orbis_ipmi_begin(&ipmi, fixture->app[0], SCEIPMI_RESPOND_SYNC, pair.session);
    g_assert_cmphex(orbis_ipmi_out(&ipmi), !=, 0xFFFFFFFF);
    orbis_ipmi_begin(&ipmi, fixture->app[0], SCEIPMI_SET_EVENT_FLAG, pair.session);
    g_assert_cmphex(orbis_ipmi_out(&ipmi), ==, OUT_ESRCH);
    g_assert_cmphex(orbis_ipmi_simple(fixture->app[0], SCEIPMI_DESTROY_SESSION, pair.session), ==,
                    0);
}

/** "Each sync request must be answered before the next receive." */
static void test_unanswered_request(struct fixture *fixture, gconstpointer data)
{
    struct pair pair;
    uint64_t calling;

    (void)data;
    open_pair(fixture, &pair);
    calling = begin_call(fixture, &pair, 1);
    g_assert_cmphex(finish(fixture, 0, begin_receive(fixture, &pair)), ==, 0);
    begin_receive(fixture, &pair);
    g_assert_cmphex(finish(fixture, 1, calling), ==, OUT_ESRCH);
}

static void test_small_packet_buffer(struct fixture *fixture, gconstpointer data)
{
    struct pair pair;
    struct orbis_ipmi ipmi;

    (void)data;
    open_pair(fixture, &pair);
    begin_call(fixture, &pair, 2);
    /* Answered after the call has been queued. */
    g_assert_cmphex(orbis_ipmi_disconnect(fixture->app[1], 0), ==, OUT_EINVAL);
    orbis_ipmi_begin(&ipmi, fixture->app[0], SCEIPMI_SERVER_RECEIVE_PACKET, pair.server);
    orbis_ipmi_set(&ipmi, "packet", 0x1000);
    orbis_ipmi_set(&ipmi, "packet_size", 0x17);
    orbis_ipmi_set(&ipmi, "packet_info", 0x4000);
    g_assert_cmphex(orbis_ipmi_out(&ipmi), ==, OUT_EINVAL);
    g_assert_cmphex(finish(fixture, 0, begin_receive(fixture, &pair)), ==, 0);
}

static uint32_t send_message(struct fixture *fixture, const struct pair *pair, uint32_t queue,
                             size_t size)
{
    static const uint8_t bytes[0x20] = {1, 2, 3};
    struct orbis_ipmi ipmi;

    orbis_ipmi_begin(&ipmi, fixture->app[0], SCEIPMI_TRY_SEND_MESSAGE, pair->session);
    orbis_ipmi_set(&ipmi, "queue", queue);
    orbis_ipmi_set(&ipmi, "message",
                   orbis_ipmi_place(&ipmi, IPCTAP_IPMI_MESSAGE, (uint16_t)queue, bytes, size));
    orbis_ipmi_set(&ipmi, "message_size", size);
    return orbis_ipmi_out(&ipmi);
}

static uint32_t try_get(struct fixture *fixture, const struct pair *pair, uint32_t queue,
                        size_t room)
{
    struct orbis_ipmi ipmi;

    orbis_ipmi_begin(&ipmi, fixture->app[1], SCEIPMI_TRY_GET_MESSAGE, pair->client);
    orbis_ipmi_set(&ipmi, "queue", queue);
    orbis_ipmi_set(&ipmi, "message", 0x1000);
    orbis_ipmi_set(&ipmi, "size", 0x2000);
    orbis_ipmi_set(&ipmi, "max_size", room);
    return orbis_ipmi_out(&ipmi);
}

static void test_queues(struct fixture *fixture, gconstpointer data)
{
    struct pair pair;

    (void)data;
    open_pair(fixture, &pair);
    g_assert_cmphex(try_get(fixture, &pair, 0, 0x20), ==, OUT_EAGAIN);
    g_assert_cmphex(try_get(fixture, &pair, 2, 0x20), ==, OUT_EINVAL);
    g_assert_cmphex(try_get(fixture, &pair, UINT32_MAX, 0x20), ==, OUT_EINVAL);
    g_assert_cmphex(send_message(fixture, &pair, 1, 0x10), ==, 0);
    g_assert_cmphex(send_message(fixture, &pair, 1, 0x11), ==, OUT_EINVAL);
    g_assert_cmphex(send_message(fixture, &pair, 32, 1), ==, OUT_EINVAL);
    g_assert_cmphex(try_get(fixture, &pair, 0, 0x20), ==, OUT_EAGAIN);
    /* "Buffer too small: 0x80020016 and the message stays." */
    g_assert_cmphex(try_get(fixture, &pair, 1, 0x0F), ==, OUT_EINVAL);
    g_assert_cmphex(try_get(fixture, &pair, 1, 0x10), ==, 0);
    g_assert_cmphex(try_get(fixture, &pair, 1, 0x10), ==, OUT_EAGAIN);
}

/** SendMsg waits for room and goes on when a message was taken. */
static void test_full_queue(struct fixture *fixture, gconstpointer data)
{
    struct pair pair;
    struct orbis_ipmi ipmi;
    uint64_t sending;

    (void)data;
    open_pair(fixture, &pair);
    for (int i = 0; i < 64; i++)
        g_assert_cmphex(send_message(fixture, &pair, 0, 4), ==, 0);
    g_assert_cmphex(send_message(fixture, &pair, 0, 4), ==, OUT_EAGAIN);
    orbis_ipmi_begin(&ipmi, fixture->app[0], SCEIPMI_SEND_MESSAGE, pair.session);
    ipmi.tid = 9;
    orbis_ipmi_set(&ipmi, "message", orbis_ipmi_place(&ipmi, IPCTAP_IPMI_MESSAGE, 0, "last", 4));
    orbis_ipmi_set(&ipmi, "message_size", 4);
    sending = orbis_ipmi_send(&ipmi);
    g_assert_cmphex(send_message(fixture, &pair, 1, 4), ==, 0);
    g_assert_cmphex(try_get(fixture, &pair, 0, 0x10), ==, 0);
    g_assert_cmphex(finish(fixture, 0, sending), ==, 0);
    g_assert_cmphex(send_message(fixture, &pair, 0, 4), ==, OUT_EAGAIN);
}

static uint64_t begin_wait(struct fixture *fixture, const struct pair *pair, uint32_t op,
                           uint32_t tid, uint32_t mode, uint64_t pattern)
{
    struct orbis_ipmi ipmi;

    orbis_ipmi_begin(&ipmi, fixture->app[1], op, pair->client);
    ipmi.tid = tid;
    orbis_ipmi_set(&ipmi, "event_flag", 31);
    orbis_ipmi_set(&ipmi, "pattern", pattern);
    orbis_ipmi_set(&ipmi, "mode", mode);
    orbis_ipmi_set(&ipmi, "result_pattern", 0x1000);
    return orbis_ipmi_send(&ipmi);
}

static uint32_t poll_flag(struct fixture *fixture, const struct pair *pair, uint32_t mode,
                          uint64_t pattern)
{
    return finish(fixture, 1, begin_wait(fixture, pair, SCEIPMI_POLL_EVENT_FLAG, 1, mode, pattern));
}

static uint32_t set_flag(struct fixture *fixture, const struct pair *pair, uint32_t index,
                         uint64_t pattern)
{
    struct orbis_ipmi ipmi;

    orbis_ipmi_begin(&ipmi, fixture->app[0], SCEIPMI_SET_EVENT_FLAG, pair->session);
    orbis_ipmi_set(&ipmi, "event_flag", index);
    orbis_ipmi_set(&ipmi, "pattern", pattern);
    return orbis_ipmi_out(&ipmi);
}

static void test_event_flags(struct fixture *fixture, gconstpointer data)
{
    uint32_t and = SCEIPMI_EVENT_AND;
    uint32_t or = SCEIPMI_EVENT_OR | SCEIPMI_EVENT_CLEAR_PATTERN;
    struct pair pair;
    uint64_t both;
    uint64_t any;

    (void)data;
    open_pair(fixture, &pair);
    g_assert_cmphex(poll_flag(fixture, &pair, and, 1), ==, OUT_EBUSY);
    g_assert_cmphex(poll_flag(fixture, &pair, 3, 1), ==, OUT_EINVAL);
    both = begin_wait(fixture, &pair, SCEIPMI_WAIT_EVENT_FLAG, 5, and, 3);
    any = begin_wait(fixture, &pair, SCEIPMI_WAIT_EVENT_FLAG, 6, or, 1);
    g_assert_cmphex(poll_flag(fixture, &pair, and, 1), ==, OUT_EBUSY);
    g_assert_cmphex(set_flag(fixture, &pair, 32, 1), ==, OUT_EINVAL);
    /* Bit 0 wakes only the second, which clears it: the first needs it again. */
    g_assert_cmphex(set_flag(fixture, &pair, 31, 1), ==, 0);
    g_assert_cmphex(finish(fixture, 1, any), ==, 0);
    g_assert_cmphex(set_flag(fixture, &pair, 31, 2), ==, 0);
    g_assert_cmphex(poll_flag(fixture, &pair, and, 3), ==, OUT_EBUSY);
    g_assert_cmphex(set_flag(fixture, &pair, 31, 1), ==, 0);
    g_assert_cmphex(finish(fixture, 1, both), ==, 0);
    g_assert_cmphex(poll_flag(fixture, &pair, and | SCEIPMI_EVENT_CLEAR_ALL, 2), ==, 0);
    g_assert_cmphex(poll_flag(fixture, &pair, SCEIPMI_EVENT_OR, 3), ==, OUT_EBUSY);
}

static void test_destroy_ends_waits(struct fixture *fixture, gconstpointer data)
{
    struct pair pair;
    uint64_t waiting;

    (void)data;
    open_pair(fixture, &pair);
    waiting = begin_wait(fixture, &pair, SCEIPMI_WAIT_EVENT_FLAG, 5, SCEIPMI_EVENT_OR, 1);
    g_assert_cmphex(orbis_ipmi_simple(fixture->app[1], SCEIPMI_DESTROY_CLIENT, pair.client), ==, 0);
    g_assert_cmphex(finish(fixture, 1, waiting), ==, OUT_CANCELED);
}

/** A section that contradicts its descriptor ends the connection, with a note that says why. */
static void test_contradiction(struct fixture *fixture, gconstpointer data)
{
    struct orbis_ipmi_exit exit;
    struct orbis_ipmi ipmi;
    GBytes *input = g_bytes_new("four", 4);

    (void)data;
    fixture_open(fixture, 0, true);
    begin_invoke(fixture, &ipmi);
    orbis_ipmi_inputs(&ipmi, &input, 1);
    g_bytes_unref(ipmi.contents[0].bytes);
    ipmi.contents[0].bytes = g_bytes_new("fives", 5);
    g_assert_false(orbis_ipmi_perform(&ipmi, &exit));
    g_assert_nonnull(fixture->app[0]->comment);
    g_assert_nonnull(strstr(fixture->app[0]->comment, "5 bytes"));
    orbis_ipmi_exit_clear(&exit);
    g_bytes_unref(input);
}

/** --wait-for-services: the connection is made once there is a server. */
static void test_waiting_for_a_service(struct fixture *fixture, gconstpointer data)
{
    struct pair pair;
    uint64_t connecting;

    (void)data;
    fixture_open(fixture, 0, false);
    fixture_open(fixture, 1, false);
    pair.client = orbis_ipmi_create_client(fixture->app[1], SERVICE, 0, 0);
    connecting = begin_connect(fixture, &pair);
    pair.server = orbis_ipmi_create_server(fixture->app[0], SERVICE);
    g_assert_cmphex(finish(fixture, 0, begin_receive(fixture, &pair)), ==, 0);
    accept_pair(fixture);
    g_assert_cmphex(finish(fixture, 1, connecting), ==, 0);
}

static uint32_t query(struct fixture *fixture, unsigned int n, uint32_t op, uint32_t kid,
                      uint64_t *value)
{
    struct orbis_ipmi_exit exit;
    struct orbis_ipmi ipmi;
    uint32_t out;

    orbis_ipmi_begin(&ipmi, fixture->app[n], op, kid);
    orbis_ipmi_set(&ipmi, "value", 0x1000);
    orbis_ipmi_perform(&ipmi, &exit);
    *value = orbis_ipmi_scalar(&exit, IPCTAP_SCALAR_VALUE);
    out = exit.call.out;
    orbis_ipmi_exit_clear(&exit);
    return out;
}

static void test_queries(struct fixture *fixture, gconstpointer data)
{
    struct pair pair;
    struct orbis_ipmi ipmi;
    uint64_t value;

    (void)data;
    open_pair(fixture, &pair);
    g_assert_cmphex(query(fixture, 0, SCEIPMI_SESSION_GET_CLIENT_APP_ID, pair.session, &value), ==,
                    0);
    g_assert_cmphex(value, ==, APP_ID(1));
    g_assert_cmphex(query(fixture, 0, SCEIPMI_SERVER_GET_USER_DATA, pair.server, &value), ==, 0);
    g_assert_cmphex(value, ==, 0x880030000);
    g_assert_cmphex(query(fixture, 0, SCEIPMI_CLIENT_GET_USER_DATA, pair.server, &value), ==,
                    OUT_EINVAL);
    orbis_ipmi_begin(&ipmi, fixture->app[0], SCEIPMI_SERVER_GET_NAME, pair.server);
    expect_errno(&ipmi, EFAULT_LAYER_1);
    orbis_ipmi_disconnect(fixture->app[1], pair.client);
    g_assert_cmphex(query(fixture, 0, SCEIPMI_SESSION_GET_CLIENT_PID, pair.session, &value), ==,
                    OUT_ESRCH);
}

static void test_limits(struct fixture *fixture, gconstpointer data)
{
    struct pair pair;
    unsigned int made = 0;
    uint32_t kid;

    (void)data;
    fixture_open(fixture, 0, false);
    while (!((kid = orbis_ipmi_create_client(fixture->app[0], SERVICE, 0, 0)) & 0x80000000u))
        made++;
    g_assert_cmphex(kid, ==, 0x80020018);
    g_assert_cmpuint(made, ==, 1024);
    fixture_close(fixture, 0);
    /* What a process had is gone with it. */
    open_pair(fixture, &pair);
    for (uint32_t tid = 10; tid < 1000; tid++) {
        struct orbis_ipmi ipmi;

        orbis_ipmi_begin(&ipmi, fixture->app[0], SCEIPMI_RESPOND_SYNC, pair.session);
        ipmi.tid = tid;
        g_assert_cmphex(orbis_ipmi_out(&ipmi), ==, OUT_EINVAL);
    }
}

/** Messages of other systems and calls of kind 4 without their section end the connection. */
static void test_foreign_kinds(struct fixture *fixture, gconstpointer data)
{
    static const uint8_t kinds[] = {IPCTAP_HIPC_MESSAGE, IPCTAP_APPMSG_CALL, IPCTAP_IPMI_CALL};

    (void)data;
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        struct record_builder request;
        struct traffic_exit exit;

        fixture_open(fixture, 0, false);
        traffic_client_begin(fixture->app[0], &request, kinds[i]);
        g_assert_false(traffic_client_call(fixture->app[0], &request, &exit));
        g_assert_nonnull(fixture->app[0]->comment);
        fixture_close(fixture, 0);
    }
}

/** Mostly small numbers: counts, kids and pointers that the checks let through now and then. */
static void make_junk(uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(g_test_rand_int_range(0, 3) ? 0 : g_test_rand_int_range(0, 4));
}

static bool send_junk(struct fixture *fixture, unsigned int n, unsigned int round)
{
    size_t count;
    const struct sceipmi_operation *operations = sceipmi_operations(&count);
    struct orbis_ipmi ipmi;
    uint8_t junk[64];
    bool is_sent;

    make_junk(junk, sizeof junk);
    orbis_ipmi_begin(&ipmi, fixture->app[n], operations[g_test_rand_int_range(0, (gint32)count)].op,
                     fixture->messaging[n].kid + (uint32_t)g_test_rand_int_range(0, 4) - 1);
    ipmi.tid = 100 + round;
    memcpy(ipmi.block, junk, sizeof junk);
    if (g_test_rand_int_range(0, 4) == 0)
        orbis_ipmi_place(&ipmi, (uint16_t)g_test_rand_int_range(0x32, 0x3D), 0, junk,
                         (size_t)g_test_rand_int_range(1, 64));
    is_sent = orbis_ipmi_send(&ipmi) != 0;
    for (unsigned int i = 0; i < ipmi.count; i++)
        g_bytes_unref(ipmi.contents[i].bytes);
    return is_sent;
}

/** Random blocks and sections: the server answers or hangs up, and lives. */
static void test_hostile(struct fixture *fixture, gconstpointer data)
{
    (void)data;
    fixture_open(fixture, 0, true);
    fixture_open(fixture, 1, true);
    for (unsigned int round = 0; round < 3000; round++) {
        if (send_junk(fixture, round & 1, round))
            continue;
        fixture_close(fixture, round & 1);
        fixture_open(fixture, round & 1, true);
    }
    fixture_open(fixture, 2, true);
    g_assert_cmphex(app_messaging_send(&fixture->messaging[2], APP_ID(2), 0, "alive", 5, 0), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_test("/server/orbis/manager/layers", test_layers);
    fixture_test("/server/orbis/manager/names", test_names);
    fixture_test("/server/orbis/manager/kids", test_kids);
    fixture_test("/server/orbis/manager/connections", test_connections);
    fixture_test("/server/orbis/manager/server-vanishes", test_server_vanishes);
    fixture_test("/server/orbis/manager/client-vanishes", test_client_vanishes);
    fixture_test("/server/orbis/manager/unanswered", test_unanswered_request);
    fixture_test("/server/orbis/manager/small-packet", test_small_packet_buffer);
    fixture_test("/server/orbis/manager/queues", test_queues);
    fixture_test("/server/orbis/manager/full-queue", test_full_queue);
    fixture_test("/server/orbis/manager/event-flags", test_event_flags);
    fixture_test("/server/orbis/manager/destroy", test_destroy_ends_waits);
    fixture_test("/server/orbis/manager/contradiction", test_contradiction);
    g_test_add("/server/orbis/manager/waiting", struct fixture, "wait", fixture_start,
               test_waiting_for_a_service, fixture_end);
    fixture_test("/server/orbis/manager/queries", test_queries);
    fixture_test("/server/orbis/manager/limits", test_limits);
    fixture_test("/server/orbis/manager/foreign", test_foreign_kinds);
    fixture_test("/server/orbis/manager/hostile", test_hostile);
    return g_test_run();
}
