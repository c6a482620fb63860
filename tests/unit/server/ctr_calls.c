/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System calls of the simulated 3DS kernel: handles, ports, sessions, waits, shared memory. */
#include "ctr_fixture.h"

#include <string.h>

#define INVALID_HANDLE 0xD8E007F7u
#define TIMEOUT        0x09401BFEu
#define CALL(number, ...)                                                                          \
    (struct ipctap_kernel_call)                                                                    \
    {                                                                                              \
        .call = IPCTAP_CALL_##number, __VA_ARGS__                                                  \
    }

static void test_handles_have_the_consoles_shape(struct fixture *fixture, gconstpointer data)
{
    struct ctr_client *client = fixture_open(fixture, 0, NULL, 0);

    (void)data;
    g_assert_cmphex(ctr_client_create_event(client, true), ==, 0x00000001);
    g_assert_cmphex(ctr_client_create_event(client, true), ==, 0x00008002);
    g_assert_cmphex(ctr_client_close(client, 0x00000001), ==, 0);
    g_assert_cmphex(ctr_client_close(client, 0x00000001), ==, INVALID_HANDLE);
    /* The slot is used again, the handle is another. */
    g_assert_cmphex(ctr_client_create_event(client, true), ==, 0x00000003);
    g_assert_cmphex(ctr_client_close(client, 0), ==, INVALID_HANDLE);
    g_assert_cmphex(ctr_client_close(client, 0xFFFF8001), ==, INVALID_HANDLE);
}

static void test_unknown_call(struct fixture *fixture, gconstpointer data)
{
    struct ctr_client *client = fixture_open(fixture, 0, NULL, 0);

    (void)data;
    g_assert_cmphex(fixture_call(client, CALL(RESET_SIGNAL, .handle = 1), NULL, NULL), ==,
                    0xF8C007F4);
    g_assert_cmphex(fixture_call(client, (struct ipctap_kernel_call){.call = 999}, NULL, NULL), ==,
                    0xF8C007F4);
}

static void test_process_id_and_duplicates(struct fixture *fixture, gconstpointer data)
{
    struct ctr_client *client = fixture_open(fixture, 0, NULL, 0);
    struct ipctap_kernel_call results;

    (void)data;
    g_assert_cmphex(
        fixture_call(client, CALL(GET_PROCESS_ID, .handle = 0xFFFF8001), NULL, &results), ==, 0);
    g_assert_cmpuint(results.value, ==, client->connection->pid);
    g_assert_cmphex(
        fixture_call(client, CALL(DUPLICATE_HANDLE, .handle = 0xFFFF8001), NULL, &results), ==, 0);
    g_assert_cmphex(
        fixture_call(client, CALL(GET_PROCESS_ID, .handle = results.handle), NULL, &results), ==,
        0);
    g_assert_cmpuint(results.value, ==, client->connection->pid);
    g_assert_cmphex(fixture_call(client, CALL(GET_PROCESS_ID, .handle = 0x99), NULL, NULL), ==,
                    INVALID_HANDLE);
    g_assert_cmphex(fixture_call(client, CALL(DUPLICATE_HANDLE, .handle = 0x99), NULL, NULL), ==,
                    INVALID_HANDLE);
}

static void test_events(struct fixture *fixture, gconstpointer data)
{
    struct ctr_client *client = fixture_open(fixture, 0, NULL, 0);
    uint32_t once = ctr_client_create_event(client, false);
    uint32_t sticky = ctr_client_create_event(client, true);
    const uint32_t both[] = {once, sticky};

    (void)data;
    g_assert_cmphex(ctr_client_wait(client, both, 2, false, 0), ==, TIMEOUT);
    ctr_client_signal(client, sticky);
    g_assert_cmphex(ctr_client_wait(client, both, 2, false, -1), ==, 0);
    g_assert_cmpuint(client->index, ==, 1);
    g_assert_cmphex(ctr_client_wait(client, both, 2, true, 1000), ==, TIMEOUT);
    ctr_client_signal(client, once);
    g_assert_cmphex(ctr_client_wait(client, both, 2, true, 0), ==, 0);
    /* The one-shot event is used up, the sticky one stays. */
    g_assert_cmphex(ctr_client_wait(client, &once, 1, false, 0), ==, TIMEOUT);
    g_assert_cmphex(ctr_client_wait(client, &sticky, 1, false, 0), ==, 0);
    fixture_call(client, CALL(CLEAR_EVENT, .handle = sticky), NULL, NULL);
    g_assert_cmphex(ctr_client_wait(client, &sticky, 1, false, 0), ==, TIMEOUT);
    g_assert_cmphex(ctr_client_wait(client, NULL, 0, false, 0), ==, 0xE7E3FFFF);
    g_assert_cmphex(fixture_call(client, CALL(SIGNAL_EVENT, .handle = 0x1234), NULL, NULL), ==,
                    INVALID_HANDLE);
    g_assert_cmphex(fixture_call(client, CALL(CREATE_EVENT, .value = 7), NULL, NULL), ==,
                    0xD8E007ED);
}

static void test_semaphores(struct fixture *fixture, gconstpointer data)
{
    struct ctr_client *client = fixture_open(fixture, 0, NULL, 0);
    struct ipctap_kernel_call results;
    uint32_t semaphore;

    (void)data;
    g_assert_cmphex(
        fixture_call(client, CALL(CREATE_SEMAPHORE, .value = 3, .value_2 = 2), NULL, NULL), ==,
        0xD90007EE);
    g_assert_cmphex(
        fixture_call(client, CALL(CREATE_SEMAPHORE, .value = 1, .value_2 = 2), NULL, &results), ==,
        0);
    semaphore = results.handle;
    g_assert_cmphex(ctr_client_wait(client, &semaphore, 1, false, 0), ==, 0);
    g_assert_cmphex(ctr_client_wait(client, &semaphore, 1, false, 0), ==, TIMEOUT);
    g_assert_cmphex(fixture_call(client, CALL(RELEASE_SEMAPHORE, .handle = semaphore, .value = 2),
                                 NULL, &results),
                    ==, 0);
    g_assert_cmpuint(results.value, ==, 0);
    g_assert_cmphex(fixture_call(client, CALL(RELEASE_SEMAPHORE, .handle = semaphore, .value = 1),
                                 NULL, &results),
                    ==, 0xD8E007FD);
}

static void test_ports(struct fixture *fixture, gconstpointer data)
{
    struct ctr_client *client = fixture_open(fixture, 0, NULL, 0);
    struct ipctap_kernel_call port, session;
    uint32_t result;

    (void)data;
    ctr_client_connect(client, "longer than 11", &result);
    g_assert_cmphex(result, ==, 0xE0E0181E);
    ctr_client_connect(client, "nobody", &result);
    g_assert_cmphex(result, ==, 0xD88007FA);
    g_assert_cmphex(fixture_call(client, CALL(CREATE_PORT, .value = 1), NULL, &port), ==, 0);
    g_assert_cmphex(fixture_call(client, CALL(ACCEPT_SESSION, .handle = port.handle), NULL, NULL),
                    ==, 0xD8401823);
    g_assert_cmphex(
        fixture_call(client, CALL(CREATE_SESSION_TO_PORT, .handle = port.handle_2), NULL, &session),
        ==, 0);
    g_assert_cmphex(
        fixture_call(client, CALL(CREATE_SESSION_TO_PORT, .handle = port.handle_2), NULL, NULL), ==,
        0xD0401834);
    g_assert_cmphex(ctr_client_wait(client, &port.handle, 1, false, 0), ==, 0);
    g_assert_cmphex(fixture_call(client, CALL(ACCEPT_SESSION, .handle = port.handle), NULL, NULL),
                    ==, 0);
    g_assert_cmphex(
        fixture_call(client, CALL(CREATE_SESSION_TO_PORT, .handle = port.handle), NULL, NULL), ==,
        INVALID_HANDLE);
}

static void test_global_port_ends_with_its_server(struct fixture *fixture, gconstpointer data)
{
    struct ctr_client *client = fixture_open(fixture, 0, NULL, 0);
    struct ctr_client *server = fixture_open(fixture, 1, NULL, 0);
    struct ipctap_kernel_call port;
    uint32_t result, session;

    (void)data;
    g_assert_cmphex(fixture_call(server, CALL(CREATE_PORT, .value = 4), "mine", &port), ==, 0);
    g_assert_cmphex(fixture_call(client, CALL(CREATE_PORT, .value = 4), "mine", NULL), ==,
                    0xD9001BFC);
    session = ctr_client_connect(client, "mine", &result);
    g_assert_cmphex(result, ==, 0);
    g_assert_cmphex(ctr_client_close(server, port.handle), ==, 0);
    ctr_client_connect(client, "mine", &result);
    g_assert_cmphex(result, ==, 0xD88007FA);
    /* It was never accepted. */
    CTR_WORDS(client, 0x10000);
    g_assert_cmphex(ctr_client_request(client, session), ==, 0xC920181A);
}

static void test_server_dies_while_asked(struct fixture *fixture, gconstpointer data)
{
    struct fixture_pair pair = fixture_pair_open(fixture);
    uint32_t received;
    uint64_t sent;

    (void)data;
    CTR_WORDS(pair.client, 0x10000);
    sent = fixture_pair_send(&pair, &received);
    g_assert_cmphex(received, ==, 0);
    fixture_close(fixture, 1);
    g_assert_cmphex(ctr_client_finish(pair.client, sent), ==, 0xC920181A);
    g_assert_cmphex(ctr_client_request(pair.client, pair.client_handle), ==, 0xC920181A);
}

/** The request is all that holds the session's client end when the server lets go of the other. */
static void test_handle_closed_while_asked(struct fixture *fixture, gconstpointer data)
{
    struct fixture_pair pair = fixture_pair_open(fixture);
    uint32_t received;
    uint64_t sent;

    (void)data;
    CTR_WORDS(pair.client, 0x10000);
    sent = fixture_pair_send(&pair, &received);
    g_assert_cmphex(received, ==, 0);
    g_assert_cmphex(ctr_client_close(pair.client, pair.client_handle), ==, 0);
    g_assert_cmphex(ctr_client_close(pair.server, pair.server_handle), ==, 0);
    g_assert_cmphex(ctr_client_finish(pair.client, sent), ==, 0xC920181A);
}

static void test_client_dies_while_it_waits(struct fixture *fixture, gconstpointer data)
{
    struct fixture_pair pair = fixture_pair_open(fixture);
    uint32_t received, result;
    uint64_t reply;

    (void)data;
    CTR_WORDS(pair.client, 0x10000);
    fixture_pair_send(&pair, &received);
    fixture_close(fixture, 0);
    CTR_WORDS(pair.server, 0x40, 0);
    /* The server learns it from its session and cannot answer any more. */
    g_assert_cmphex(ctr_client_wait(pair.server, &pair.server_handle, 1, false, -1), ==, 0);
    reply = ctr_client_reply_and_receive(pair.server, pair.server_handle, NULL, 0, 0);
    result = ctr_client_finish(pair.server, reply);
    g_assert_cmphex(result, ==, 0xC920181A);
    g_assert_cmphex(pair.server->index, ==, 0xFFFFFFFF);
}

static void test_reply_and_receive_refuses(struct fixture *fixture, gconstpointer data)
{
    struct ctr_client *client = fixture_open(fixture, 0, NULL, 0);
    uint32_t event = ctr_client_create_event(client, false);
    uint32_t nothing = 0x77;
    struct ctr_client *server = client;

    (void)data;
    CTR_WORDS(server, 0xFFFF0000);
    g_assert_cmphex(ctr_client_finish(client, ctr_client_reply_and_receive(client, 0, NULL, 0, 0)),
                    ==, 0xE7E3FFFF);
    g_assert_cmphex(
        ctr_client_finish(client, ctr_client_reply_and_receive(client, 0, &nothing, 1, 0)), ==,
        INVALID_HANDLE);
    CTR_WORDS(server, 0x40, 0);
    g_assert_cmphex(
        ctr_client_finish(client, ctr_client_reply_and_receive(client, event, &event, 1, 0)), ==,
        INVALID_HANDLE);
    /* An event may be waited for as well; there is no MESSAGE then. */
    ctr_client_signal(client, event);
    CTR_WORDS(server, 0xFFFF0000);
    g_assert_cmphex(
        ctr_client_finish(client, ctr_client_reply_and_receive(client, 0, &event, 1, 0)), ==, 0);
    g_assert_cmphex(client->word[0], ==, 0xFFFF0000);
}

static uint32_t read_memory(struct ctr_client *client, uint32_t handle, uint64_t offset,
                            uint64_t size, uint8_t *bytes, size_t *read)
{
    const struct ipctap_kernel_call call =
        CALL(READ_MEMORY, .handle = handle, .address = offset, .size = size);
    struct ipctap_section section = {0};
    struct record_builder request;
    struct traffic_exit exit;
    uint32_t result;

    traffic_client_begin(client->connection, &request, IPCTAP_KERNEL_CALL);
    record_builder_add_kernel_call(&request, &call);
    g_assert_true(traffic_client_call(client->connection, &request, &exit));
    traffic_exit_section(&exit, IPCTAP_MEMORY, 0, &section);
    *read = section.captured_size;
    memcpy(bytes, section.bytes ? section.bytes : (const uint8_t *)"", section.captured_size);
    result = exit.result;
    traffic_exit_clear(&exit);
    return result;
}

static uint32_t write_memory(struct ctr_client *client, uint32_t handle, uint64_t offset,
                             const char *text)
{
    const struct ipctap_kernel_call call = CALL(WRITE_MEMORY, .handle = handle, .address = offset);
    struct record_builder request;
    struct traffic_exit exit;
    uint32_t result;

    traffic_client_begin(client->connection, &request, IPCTAP_KERNEL_CALL);
    record_builder_add_kernel_call(&request, &call);
    record_builder_add(&request, IPCTAP_MEMORY, 0, 0, text, strlen(text));
    g_assert_true(traffic_client_call(client->connection, &request, &exit));
    result = exit.result;
    traffic_exit_clear(&exit);
    return result;
}

static void test_shared_memory(struct fixture *fixture, gconstpointer data)
{
    struct ctr_client *client = fixture_open(fixture, 0, NULL, 0);
    struct ipctap_kernel_call block, mapped;
    uint8_t bytes[0x2000];
    size_t read;

    (void)data;
    g_assert_cmphex(fixture_call(client,
                                 CALL(CREATE_MEMORY_BLOCK, .address = 0x08000000, .size = 0x1001,
                                      .value = 3, .value_2 = 1),
                                 NULL, &block),
                    ==, 0);
    g_assert_cmpuint(block.size, ==, 0x2000);
    g_assert_cmphex(write_memory(client, block.handle, 0x1FFC, "abcd"), ==, 0);
    g_assert_cmphex(write_memory(client, block.handle, 0x1FFD, "abcd"), ==, 0xE0E01BF5);
    g_assert_cmphex(read_memory(client, block.handle, 0x1FFE, 0x100, bytes, &read), ==, 0);
    g_assert_cmpmem(bytes, read, "cd", 2);
    g_assert_cmphex(read_memory(client, block.handle, UINT64_MAX, 1, bytes, &read), ==, 0);
    g_assert_cmpuint(read, ==, 0);
    g_assert_cmphex(fixture_call(client,
                                 CALL(MAP_MEMORY_BLOCK, .handle = block.handle,
                                      .address = 0x10000000, .value = 1, .value_2 = 3),
                                 NULL, &mapped),
                    ==, 0);
    g_assert_cmpuint(mapped.size, ==, 0x2000);
    g_assert_cmphex(fixture_call(client,
                                 CALL(MAP_MEMORY_BLOCK, .handle = block.handle,
                                      .address = 0x10000000, .value = 1, .value_2 = 3),
                                 NULL, NULL),
                    ==, 0xE0A01BF5);
    g_assert_cmphex(
        fixture_call(client,
                     CALL(UNMAP_MEMORY_BLOCK, .handle = block.handle, .address = 0x10000000), NULL,
                     NULL),
        ==, 0);
    g_assert_cmphex(fixture_call(client, CALL(CREATE_MEMORY_BLOCK, .size = 1ull << 40), NULL, NULL),
                    ==, 0xD86007F3);
    g_assert_cmphex(read_memory(client, 0x1234, 0, 1, bytes, &read), ==, INVALID_HANDLE);
}

/* What both sides may do with a block is settled when it is made (Azahar's shared_memory.cpp). */
static void test_memory_permissions(struct fixture *fixture, gconstpointer data)
{
    static const struct {
        uint32_t own, other, result;
    } mappings[] = {
        {3, 0x10000000, 0xE0E01BEE}, /* the process's own memory needs permissions for others */
        {4, 3, 0xE0E01BEE},          /* no execution */
        {3, 4, 0xE0E01BEE},          /* nor by others */
        {2, 3, 0xE0E01BEE},          /* more than it was made with */
        {1, 0, 0xD900182E},          /* less than its owner needs */
        {1, 1, 0},
    };
    struct ctr_client *client = fixture_open(fixture, 0, NULL, 0);
    struct ipctap_kernel_call block;

    (void)data;
    g_assert_cmphex(
        fixture_call(client, CALL(CREATE_MEMORY_BLOCK, .size = 0x1000, .value = 7), NULL, NULL), ==,
        0xE0E01BEE);
    fixture_call(client,
                 CALL(CREATE_MEMORY_BLOCK, .address = 0x08000000, .size = 0x1000, .value = 1), NULL,
                 &block);
    for (size_t i = 0; i < G_N_ELEMENTS(mappings); i++)
        g_assert_cmphex(
            fixture_call(client,
                         CALL(MAP_MEMORY_BLOCK, .handle = block.handle, .address = 0x10000000,
                              .value = mappings[i].own, .value_2 = mappings[i].other),
                         NULL, NULL),
            ==, mappings[i].result);
    g_assert_cmphex(write_memory(client, block.handle, 0, "a"), ==, 0xE0A01BF5);
}

static void signal_from_other_thread(struct ctr_client *client, uint32_t event)
{
    const struct ipctap_kernel_call call = CALL(SIGNAL_EVENT, .handle = event);
    struct record_builder request;
    struct traffic_exit exit;

    traffic_client_begin(client->connection, &request, IPCTAP_KERNEL_CALL);
    request.header.tid = 9;
    record_builder_add_kernel_call(&request, &call);
    g_assert_true(traffic_client_call(client->connection, &request, &exit));
    g_assert_cmphex(exit.result, ==, 0);
    traffic_exit_clear(&exit);
}

/* A pulse wakes who waits, and leaves nothing behind. */
static void test_pulse_event(struct fixture *fixture, gconstpointer data)
{
    struct ctr_client *client = fixture_open(fixture, 0, NULL, 0);
    struct ipctap_kernel_call event;
    uint64_t waiting;

    (void)data;
    g_assert_cmphex(fixture_call(client, CALL(CREATE_EVENT, .value = 3), NULL, NULL), ==,
                    0xD8E007ED);
    g_assert_cmphex(fixture_call(client, CALL(CREATE_EVENT, .value = 2), NULL, &event), ==, 0);
    g_assert_cmphex(ctr_client_signal(client, event.handle), ==, 0);
    g_assert_cmphex(ctr_client_wait(client, &event.handle, 1, false, 0), ==, 0x09401BFE);
    client->word[0] = 0xFFFF0000;
    waiting = ctr_client_reply_and_receive(client, 0, &event.handle, 1, -1);
    signal_from_other_thread(client, event.handle);
    g_assert_cmphex(ctr_client_finish(client, waiting), ==, 0);
    g_assert_cmphex(ctr_client_wait(client, &event.handle, 1, false, 0), ==, 0x09401BFE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_test("/ctr/calls/handles", test_handles_have_the_consoles_shape);
    fixture_test("/ctr/calls/unknown", test_unknown_call);
    fixture_test("/ctr/calls/process-id", test_process_id_and_duplicates);
    fixture_test("/ctr/calls/events", test_events);
    fixture_test("/ctr/calls/semaphores", test_semaphores);
    fixture_test("/ctr/calls/ports", test_ports);
    fixture_test("/ctr/calls/global-port-ends", test_global_port_ends_with_its_server);
    fixture_test("/ctr/calls/server-dies", test_server_dies_while_asked);
    fixture_test("/ctr/calls/handle-closed-while-asked", test_handle_closed_while_asked);
    fixture_test("/ctr/calls/client-dies", test_client_dies_while_it_waits);
    fixture_test("/ctr/calls/reply-and-receive", test_reply_and_receive_refuses);
    fixture_test("/ctr/calls/memory", test_shared_memory);
    fixture_test("/ctr/calls/memory-permissions", test_memory_permissions);
    fixture_test("/ctr/calls/pulse-event", test_pulse_event);
    return g_test_run();
}
