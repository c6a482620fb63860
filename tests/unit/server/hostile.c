/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clients that send garbage, stall, vanish or take all they can get hurt only themselves: a
 * bystander on each system is answered as before, nothing stays open, memory has a bound.
 */
#include "fixture.h"

#include <horizon_client.h>
#include <ipcshark/horizon_result.h>
#include <plain_call.h>

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BYSTANDERS  3
#define MAX_WAIT    (2 * G_USEC_PER_SEC)
#define RECORD_SIZE 12 /* Offset in the header. */
#define PID         32
#define MIB         (1u << 20)

static const uint8_t platforms[BYSTANDERS] = {IPCTAP_HORIZON, IPCTAP_CTR, IPCTAP_ORBIS};

struct bystanders {
    struct plain_call call[BYSTANDERS];
    unsigned int descriptors; /* Of this process, which is the server's, too. */
};

static unsigned int count_descriptors(void)
{
    GDir *folder = g_dir_open("/proc/self/fd", 0, NULL);
    unsigned int count = 0;

    while (g_dir_read_name(folder))
        count++;
    g_dir_close(folder);
    return count;
}

static void open_bystanders(struct server_fixture *fixture, struct bystanders *bystanders)
{
    for (unsigned int i = 0; i < BYSTANDERS; i++)
        plain_call_open(&bystanders->call[i], fixture->address, platforms[i]);
    bystanders->descriptors = count_descriptors();
}

static void assert_unharmed(const struct bystanders *bystanders)
{
    gint64 start = g_get_monotonic_time();

    for (unsigned int i = 0; i < BYSTANDERS; i++)
        g_assert_true(plain_call_repeat(&bystanders->call[i]));
    g_assert_cmpint(g_get_monotonic_time() - start, <, MAX_WAIT);
}

/* What the hostile ones had open is closed. */
static void close_bystanders(struct bystanders *bystanders)
{
    gint64 start = g_get_monotonic_time();

    assert_unharmed(bystanders);
    while (count_descriptors() > bystanders->descriptors &&
           g_get_monotonic_time() - start < 2 * MAX_WAIT)
        g_usleep(10000);
    g_assert_cmpuint(count_descriptors(), ==, bystanders->descriptors);
    for (unsigned int i = 0; i < BYSTANDERS; i++)
        plain_call_close(&bystanders->call[i]);
}

static void send_some(struct traffic_client *client, const uint8_t *bytes, size_t size)
{
    /* The server may have closed the connection already: that is its right. */
    (void)!send(client->descriptor, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Random bytes, by themselves, behind a good magic, or over the middle of a good enter. */
static void test_garbage(struct server_fixture *fixture, gconstpointer data)
{
    GRand *dice = g_rand_new_with_seed(4);
    struct bystanders bystanders;
    uint8_t bytes[600];

    (void)data;
    open_bystanders(fixture, &bystanders);
    for (unsigned int i = 0; i < 240; i++) {
        const struct plain_call *model = &bystanders.call[i % BYSTANDERS];
        struct traffic_client *client = i % 4 == 3 ? server_fixture_open(fixture, "garbage")
                                                   : server_fixture_connect(fixture);

        for (size_t n = 0; n < sizeof bytes; n++)
            bytes[n] = (uint8_t)g_rand_int(dice);
        if (i % 4 == 1)
            memcpy(bytes, model->enter, 16);
        if (i % 4 >= 2) {
            memcpy(bytes, model->enter, model->size);
            ipcshark_store_u32(bytes + PID, client->pid);
            for (unsigned int n = 0; n < 8; n++)
                bytes[g_rand_int_range(dice, 0, (gint32)model->size)] = (uint8_t)g_rand_int(dice);
        }
        send_some(client, bytes, sizeof bytes);
        if (i % 16 == 0)
            assert_unharmed(&bystanders);
        traffic_client_free(client);
    }
    close_bystanders(&bystanders);
    g_rand_free(dice);
}

/* A hundred that send half an enter and then nothing. */
static void test_half_records(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *client[100];
    struct bystanders bystanders;

    (void)data;
    open_bystanders(fixture, &bystanders);
    for (unsigned int i = 0; i < G_N_ELEMENTS(client); i++) {
        const struct plain_call *model = &bystanders.call[i % BYSTANDERS];

        client[i] = server_fixture_connect(fixture);
        send_some(client[i], model->enter, i * model->size / G_N_ELEMENTS(client));
    }
    assert_unharmed(&bystanders);
    for (unsigned int i = 0; i < G_N_ELEMENTS(client); i++)
        traffic_client_free(client[i]);
    close_bystanders(&bystanders);
}

/* The connection is reset, not closed: the server learns of it by an error. */
static void vanish(struct traffic_client *client)
{
    const struct linger now = {.l_onoff = 1};

    setsockopt(client->descriptor, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    traffic_client_free(client);
}

static void send_wait_for_ever(struct traffic_client *client, uint32_t thread, uint32_t event)
{
    const struct ipctap_kernel_call call = {.call = IPCTAP_CALL_WAIT_SYNCHRONIZATION,
                                            .value_2 = UINT64_MAX};
    struct record_builder request;
    uint8_t handle[4];

    ipcshark_store_u32(handle, event);
    traffic_client_begin(client, &request, IPCTAP_KERNEL_CALL);
    request.header.tid = thread;
    record_builder_add_kernel_call(&request, &call);
    record_builder_add(&request, IPCTAP_HANDLES, 0, 0, handle, sizeof handle);
    g_assert_cmpuint(traffic_client_send(client, &request), !=, 0);
}

static uint32_t create_event(struct traffic_client *client)
{
    const struct ipctap_kernel_call call = {.call = IPCTAP_CALL_CREATE_EVENT};
    struct ipctap_kernel_call results = {0};

    g_assert_cmphex(traffic_client_kernel_call(client, &call, NULL, &results), ==, 0);
    return results.handle_2; /* Its readable end. */
}

/* With calls that wait, with an exit unread, right after Hello, without a word. */
static void test_vanish(struct server_fixture *fixture, gconstpointer data)
{
    struct bystanders bystanders;

    (void)data;
    open_bystanders(fixture, &bystanders);
    for (unsigned int i = 0; i < 60; i++) {
        struct traffic_client *client = i % 4 ? server_fixture_open(fixture, "vanishing")
                                              : server_fixture_connect(fixture);

        if (i % 4 >= 2)
            send_wait_for_ever(client, 2, create_event(client));
        if (i % 4 == 3)
            send_wait_for_ever(client, 3, 0);
        vanish(client);
        if (i % 8 == 0)
            assert_unharmed(&bystanders);
    }
    close_bystanders(&bystanders);
}

/* Vanishes with a call under way on each system. */
static void test_vanish_in_call(struct server_fixture *fixture, gconstpointer data)
{
    struct bystanders bystanders;

    (void)data;
    open_bystanders(fixture, &bystanders);
    for (unsigned int i = 0; i < 60; i++) {
        struct plain_call call;

        plain_call_open(&call, fixture->address, platforms[i % BYSTANDERS]);
        send_some(call.client, call.enter, call.size);
        vanish(call.client);
        g_free(call.enter);
        g_free(call.exit);
    }
    close_bystanders(&bystanders);
}

/* Never reads, and sends for as long as the server reads: it stops when a megabyte waits. */
static void test_slow_reader(struct server_fixture *fixture, gconstpointer data)
{
    struct bystanders bystanders;
    struct plain_call deaf;
    size_t sent = 0;
    unsigned int refused = 0;

    open_bystanders(fixture, &bystanders);
    plain_call_open(&deaf, fixture->address, *(const uint8_t *)data);
    while (refused < 50 && sent < 64 * MIB) {
        ssize_t size =
            send(deaf.client->descriptor, deaf.enter, deaf.size, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (size == (ssize_t)deaf.size) {
            sent += deaf.size;
            refused = 0;
            continue;
        }
        g_assert_cmpint(size, <, 0); /* A Unix socket takes records this small whole. */
        refused++;
        g_usleep(2000);
    }
    g_assert_cmpuint(sent, <, 16 * MIB);
    assert_unharmed(&bystanders);
    plain_call_close(&deaf);
    close_bystanders(&bystanders);
}

/* When it reads again, everything is answered. */
static void test_slow_reader_wakes(struct server_fixture *fixture, gconstpointer data)
{
    struct plain_call call;
    unsigned int sent = 0;

    (void)data;
    plain_call_open(&call, fixture->address, IPCTAP_CTR);
    while (sent < 40000 && send(call.client->descriptor, call.enter, call.size,
                                MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)call.size)
        sent++;
    for (unsigned int i = 0; i < sent; i++)
        g_assert_cmpint(recv(call.client->descriptor, call.exit, call.exit_size, MSG_WAITALL), ==,
                        call.exit_size);
    g_assert_true(plain_call_repeat(&call));
    plain_call_close(&call);
}

/* The beginning of a record of `size` bytes, all but its last. */
static struct traffic_client *hold(struct server_fixture *fixture, const struct plain_call *model,
                                   uint32_t size)
{
    struct traffic_client *client = server_fixture_open(fixture, "holder");
    g_autofree uint8_t *bytes = g_malloc0(size);

    memcpy(bytes, model->enter, model->size);
    ipcshark_store_u32(bytes + RECORD_SIZE, size);
    g_assert_true(traffic_client_send_bytes(client, bytes, size - 1));
    return client;
}

static void start_small(struct server_fixture *fixture, gconstpointer data)
{
    (void)data;
    fixture->options.memory = 8 * MIB;
    fixture->options.connections = 6;
    fixture->options.sessions = 3;
    server_fixture_start(fixture, NULL);
}

static void test_memory(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *large, *small;
    struct bystanders bystanders;

    (void)data;
    open_bystanders(fixture, &bystanders);
    large = hold(fixture, &bystanders.call[0], 6 * MIB);
    small = hold(fixture, &bystanders.call[0], 3 * MIB);
    assert_closed_with(large, "memory is used up");
    assert_unharmed(&bystanders);
    /* The smaller one may go on: its record ends and is looked at. */
    g_assert_true(traffic_client_send_bytes(small, "", 1));
    assert_closed_with(small, "pid");
    traffic_client_free(large);
    traffic_client_free(small);
    close_bystanders(&bystanders);
}

static bool is_closed(struct traffic_client *client)
{
    char byte;

    return recv(client->descriptor, &byte, 1, 0) <= 0;
}

static void test_connections(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *client[3], *refused;
    struct bystanders bystanders;

    (void)data;
    open_bystanders(fixture, &bystanders);
    for (unsigned int i = 0; i < G_N_ELEMENTS(client); i++)
        client[i] = server_fixture_open(fixture, "one of six");
    refused = server_fixture_connect(fixture);
    g_assert_true(is_closed(refused));
    traffic_client_free(refused);
    traffic_client_free(client[0]);
    assert_unharmed(&bystanders);
    g_usleep(50000);
    client[0] = server_fixture_open(fixture, "the seventh");
    for (unsigned int i = 0; i < G_N_ELEMENTS(client); i++)
        traffic_client_free(client[i]);
    close_bystanders(&bystanders);
}

/* Found by fuzz_server: what lay in the record's last section was taken for the handles. */
static void test_wait_without_handles(struct server_fixture *fixture, gconstpointer data)
{
    const struct ipctap_kernel_call call = {.call = IPCTAP_CALL_WAIT_SYNCHRONIZATION};
    struct traffic_client *client = server_fixture_open(fixture, "no handles");

    (void)data;
    g_assert_cmphex(traffic_client_kernel_call(client, &call, NULL, NULL), ==, 0xEA01);
    traffic_client_free(client);
}

/* More handles than the section declares would have got past the check of how many may be. */
static void test_more_than_declared(struct server_fixture *fixture, gconstpointer data)
{
    const struct ipctap_kernel_call call = {.call = IPCTAP_CALL_WAIT_SYNCHRONIZATION};
    struct traffic_client *client = server_fixture_open(fixture, "too many handles");
    uint32_t event = create_event(client);
    struct record_builder request;
    uint8_t handles[4 * 200];

    (void)data;
    for (size_t i = 0; i < sizeof handles; i += 4)
        ipcshark_store_u32(handles + i, event);
    traffic_client_begin(client, &request, IPCTAP_KERNEL_CALL);
    record_builder_add_kernel_call(&request, &call);
    record_builder_add_part(&request, IPCTAP_HANDLES, 0, 0, handles, sizeof handles, 4);
    g_assert_cmpuint(traffic_client_send(client, &request), !=, 0);
    assert_closed_with(client, "has 800 bytes, but declares 4");
    traffic_client_free(client);
}

/* Blocks of shared memory until the process has its share; then the console's error. When they are
 * closed, or the process ends, there is room again. */
static void fill_memory(struct server_fixture *fixture, uint8_t platform, uint32_t permission,
                        uint32_t result)
{
    const struct ipctap_kernel_call create = {.call = IPCTAP_CALL_CREATE_MEMORY_BLOCK,
                                              .size = 8 * MIB,
                                              .value = permission,
                                              .value_2 = permission};

    for (unsigned int round = 0; round < 2; round++) {
        struct traffic_client *client = server_fixture_connect(fixture);
        struct ipctap_kernel_call close_handle = {.call = IPCTAP_CALL_CLOSE_HANDLE};
        struct ipctap_kernel_call results = {0};
        uint32_t ignored;

        g_assert_true(traffic_client_hello(client, platform, "memory", 1, 0, NULL, 0, &ignored));
        for (unsigned int i = 0; i < 8; i++)
            g_assert_cmphex(traffic_client_kernel_call(client, &create, NULL, &results), ==, 0);
        g_assert_cmphex(traffic_client_kernel_call(client, &create, NULL, NULL), ==, result);
        close_handle.handle = results.handle;
        g_assert_cmphex(traffic_client_kernel_call(client, &close_handle, NULL, NULL), ==, 0);
        g_assert_cmphex(traffic_client_kernel_call(client, &create, NULL, NULL), ==, 0);
        traffic_client_free(client);
    }
}

static void test_shared_memory(struct server_fixture *fixture, gconstpointer data)
{
    (void)data;
    fill_memory(fixture, IPCTAP_HORIZON, 3, 0x10801);
    fill_memory(fixture, IPCTAP_CTR, 3, 0xD86007F3);
}

static uint32_t connect_to(struct traffic_client *client, uint32_t call, const char *port)
{
    const struct ipctap_kernel_call arguments = {.call = call};
    struct ipctap_kernel_call results = {0};

    return traffic_client_kernel_call(client, &arguments, port, &results);
}

/* The console's own error when a port has all the sessions that it may have; none is lost. */
static void test_sessions(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *horizon = server_fixture_open(fixture, "horizon");
    struct traffic_client *ctr = server_fixture_connect(fixture);
    uint32_t result;

    (void)data;
    g_assert_true(traffic_client_hello(ctr, IPCTAP_CTR, "ctr", 1, 0, NULL, 0, &result));
    for (unsigned int i = 0; i < 3; i++) {
        g_assert_cmphex(connect_to(horizon, IPCTAP_CALL_CONNECT_TO_PORT, "sm:"), ==, 0);
        g_assert_cmphex(connect_to(ctr, IPCTAP_CALL_CONNECT_TO_PORT, "srv:"), ==, 0);
    }
    g_assert_cmphex(connect_to(horizon, IPCTAP_CALL_CONNECT_TO_PORT, "sm:"), ==, 0xE01);
    g_assert_cmphex(connect_to(ctr, IPCTAP_CALL_CONNECT_TO_PORT, "srv:"), ==, 0xD0401834);
    traffic_client_free(horizon);
    traffic_client_free(ctr);
    /* Those of the processes that are gone are free again. */
    g_usleep(50000);
    horizon = server_fixture_open(fixture, "horizon");
    g_assert_cmphex(connect_to(horizon, IPCTAP_CALL_CONNECT_TO_PORT, "sm:"), ==, 0);
    traffic_client_free(horizon);
}

/* 256 services of all processes together; those of a process that ends are free again. */
static void test_services(struct server_fixture *fixture, gconstpointer data)
{
    static const uint8_t placeholder[8];
    struct horizon_command initialize = {
        .data = placeholder, .data_size = sizeof placeholder, .send_pid = true};

    (void)data;
    for (unsigned int round = 0; round < 2; round++) {
        struct horizon_service sm = {.client = server_fixture_open(fixture, "many services")};

        g_assert_cmphex(horizon_connect_port(sm.client, "sm:", &sm.handle), ==, 0);
        g_assert_cmphex(horizon_call(&sm, &initialize), ==, 0);
        for (unsigned int i = 0; i <= 256; i++) {
            uint8_t arguments[16] = {0};
            struct horizon_command add = {
                .id = 2, .data = arguments, .data_size = sizeof arguments};

            g_snprintf((char *)arguments, 8, "s%u", i);
            ipcshark_store_u32(arguments + 12, 1);
            g_assert_cmphex(horizon_call(&sm, &add), ==, i < 256 ? 0 : HORIZON_RESULT(21, 5));
        }
        traffic_client_free(sm.client);
        g_usleep(50000);
    }
}

/* A thread each: 1,024 may be open. */
static void test_open_calls(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *client = server_fixture_open(fixture, "threads");
    uint32_t event = create_event(client);
    struct bystanders bystanders;

    (void)data;
    open_bystanders(fixture, &bystanders);
    for (uint32_t i = 0; i < 1025; i++)
        send_wait_for_ever(client, 2 + i, event);
    assert_closed_with(client, "more than 1024 calls");
    traffic_client_free(client);
    bystanders.descriptors -= 2;
    close_bystanders(&bystanders);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    server_fixture_test("/server/hostile/garbage", test_garbage);
    server_fixture_test("/server/hostile/half-records", test_half_records);
    server_fixture_test("/server/hostile/vanish", test_vanish);
    server_fixture_test("/server/hostile/vanish-in-call", test_vanish_in_call);
    server_fixture_test("/server/hostile/slow-reader-wakes", test_slow_reader_wakes);
    server_fixture_test("/server/hostile/open-calls", test_open_calls);
    server_fixture_test("/server/hostile/wait-without-handles", test_wait_without_handles);
    server_fixture_test("/server/hostile/services", test_services);
    server_fixture_test("/server/hostile/shared-memory", test_shared_memory);
    server_fixture_test("/server/hostile/more-than-declared", test_more_than_declared);
    for (unsigned int i = 0; i < BYSTANDERS; i++) {
        g_autofree char *path = g_strconcat("/server/hostile/slow-reader/",
                                            plain_call_platform_name(platforms[i]), NULL);

        g_test_add(path, struct server_fixture, &platforms[i], server_fixture_start,
                   test_slow_reader, server_fixture_end);
    }
    g_test_add("/server/hostile/memory", struct server_fixture, NULL, start_small, test_memory,
               server_fixture_end);
    g_test_add("/server/hostile/connections", struct server_fixture, NULL, start_small,
               test_connections, server_fixture_end);
    g_test_add("/server/hostile/sessions", struct server_fixture, NULL, start_small, test_sessions,
               server_fixture_end);
    return g_test_run();
}
