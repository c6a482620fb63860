/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared and transfer memory of the simulated Horizon kernel, and which objects can be waited
 * for. */
#include "fixture.h"

#include <horizon/horizon.h>
#include <horizon_client.h>
#include <string.h>

#define PAGE    0x1000u
#define READ    1u
#define BOTH    3u
#define ANY     0x10000000u
#define ADDRESS UINT64_C(0x4000000000)

static uint32_t call(struct traffic_client *client, struct ipctap_kernel_call arguments,
                     struct ipctap_kernel_call *results)
{
    struct ipctap_kernel_call unused;

    return traffic_client_kernel_call(client, &arguments, NULL, results ? results : &unused);
}

static uint32_t create(struct traffic_client *client, uint64_t address, uint64_t size, uint32_t own,
                       uint32_t other, uint32_t *handle)
{
    struct ipctap_kernel_call results = {0};
    uint32_t result = call(client,
                           (struct ipctap_kernel_call){.call = IPCTAP_CALL_CREATE_MEMORY_BLOCK,
                                                       .address = address,
                                                       .size = size,
                                                       .value = own,
                                                       .value_2 = other},
                           &results);

    if (handle)
        *handle = results.handle;
    return result;
}

static uint32_t map(struct traffic_client *client, uint32_t handle, uint64_t address, uint64_t size,
                    uint32_t permission)
{
    return call(client,
                (struct ipctap_kernel_call){.call = IPCTAP_CALL_MAP_MEMORY_BLOCK,
                                            .handle = handle,
                                            .address = address,
                                            .size = size,
                                            .value = permission},
                NULL);
}

static uint32_t unmap(struct traffic_client *client, uint32_t handle, uint64_t address)
{
    return call(client,
                (struct ipctap_kernel_call){
                    .call = IPCTAP_CALL_UNMAP_MEMORY_BLOCK, .handle = handle, .address = address},
                NULL);
}

static void begin_access(struct traffic_client *client, struct record_builder *request,
                         struct ipctap_kernel_call arguments)
{
    uint8_t bytes[IPCTAP_KERNEL_CALL_SIZE];

    ipctap_kernel_call_encode(&arguments, bytes, sizeof bytes);
    traffic_client_begin(client, request, IPCTAP_KERNEL_CALL);
    record_builder_add(request, IPCTAP_SECTION_KERNEL_CALL, 0, 0, bytes, sizeof bytes);
}

static uint32_t write_memory(struct traffic_client *client, uint32_t handle, uint64_t offset,
                             const void *bytes, size_t size)
{
    struct record_builder request;
    struct traffic_exit exit;
    uint32_t result;

    begin_access(client, &request,
                 (struct ipctap_kernel_call){
                     .call = IPCTAP_CALL_WRITE_MEMORY, .handle = handle, .address = offset});
    record_builder_add(&request, IPCTAP_MEMORY, 0, offset, bytes, size);
    g_assert_true(traffic_client_call(client, &request, &exit));
    result = exit.result;
    traffic_exit_clear(&exit);
    return result;
}

/* @return bytes read. */
static uint32_t read_memory(struct traffic_client *client, uint32_t handle, uint64_t offset,
                            uint8_t *bytes, uint64_t size)
{
    struct ipctap_section section = {0};
    struct record_builder request;
    struct traffic_exit exit;
    uint32_t count;

    begin_access(
        client, &request,
        (struct ipctap_kernel_call){
            .call = IPCTAP_CALL_READ_MEMORY, .handle = handle, .address = offset, .size = size});
    g_assert_true(traffic_client_call(client, &request, &exit));
    g_assert_cmphex(exit.result, ==, 0);
    traffic_exit_section(&exit, IPCTAP_MEMORY, 0, &section);
    count = section.captured_size;
    if (count)
        memcpy(bytes, section.bytes, count);
    traffic_exit_clear(&exit);
    return count;
}

static void test_create(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *client = server_fixture_open(fixture, "p");
    uint32_t handle;

    (void)data;
    g_assert_cmphex(create(client, 0, 0, BOTH, READ, NULL), ==, HORIZON_INVALID_SIZE);
    g_assert_cmphex(create(client, 0, 0x1001, BOTH, READ, NULL), ==, HORIZON_INVALID_SIZE);
    g_assert_cmphex(create(client, 0, PAGE, 0, READ, NULL), ==, HORIZON_INVALID_NEW_PERMISSION);
    g_assert_cmphex(create(client, 0, PAGE, ANY, READ, NULL), ==, HORIZON_INVALID_NEW_PERMISSION);
    g_assert_cmphex(create(client, 0, PAGE, BOTH, 2, NULL), ==, HORIZON_INVALID_NEW_PERMISSION);
    g_assert_cmphex(create(client, 0, UINT64_C(1) << 40, BOTH, READ, NULL), ==,
                    HORIZON_LIMIT_REACHED);
    g_assert_cmphex(create(client, 0x10, PAGE, 0, 0, NULL), ==, HORIZON_INVALID_ADDRESS);
    g_assert_cmphex(create(client, ADDRESS, PAGE, 2, 0, NULL), ==, HORIZON_INVALID_NEW_PERMISSION);
    g_assert_cmphex(create(client, UINT64_C(0xFFFFFFFFFFFFF000), PAGE, 0, 0, NULL), ==,
                    HORIZON_INVALID_CURRENT_MEMORY);
    g_assert_cmphex(create(client, 0, PAGE, BOTH, ANY, &handle), ==, 0);
    g_assert_cmphex(handle, ==, 0x83FF);
    traffic_client_free(client);
}

static void test_map(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *client = server_fixture_open(fixture, "p");
    uint32_t handle;

    (void)data;
    create(client, 0, 2 * PAGE, BOTH, READ, &handle);
    g_assert_cmphex(map(client, handle, ADDRESS + 1, 2 * PAGE, BOTH), ==, HORIZON_INVALID_ADDRESS);
    g_assert_cmphex(map(client, handle, ADDRESS, 0, BOTH), ==, HORIZON_INVALID_SIZE);
    g_assert_cmphex(map(client, handle, ADDRESS, 2 * PAGE, 0), ==, HORIZON_INVALID_NEW_PERMISSION);
    g_assert_cmphex(map(client, 0x1234, ADDRESS, 2 * PAGE, BOTH), ==, HORIZON_INVALID_HANDLE);
    g_assert_cmphex(map(client, handle, UINT64_C(1) << 39, 2 * PAGE, BOTH), ==,
                    HORIZON_INVALID_MEMORY_REGION);
    g_assert_cmphex(map(client, handle, ADDRESS, PAGE, BOTH), ==, HORIZON_INVALID_SIZE);
    g_assert_cmphex(map(client, handle, ADDRESS, 2 * PAGE, READ), ==,
                    HORIZON_INVALID_NEW_PERMISSION);
    g_assert_cmphex(unmap(client, handle, ADDRESS), ==, HORIZON_INVALID_CURRENT_MEMORY);
    g_assert_cmphex(map(client, handle, ADDRESS, 2 * PAGE, BOTH), ==, 0);
    g_assert_cmphex(map(client, handle, ADDRESS + PAGE, 2 * PAGE, BOTH), ==,
                    HORIZON_INVALID_CURRENT_MEMORY);
    g_assert_cmphex(map(client, handle, ADDRESS + 2 * PAGE, 2 * PAGE, BOTH), ==, 0);
    g_assert_cmphex(unmap(client, handle, ADDRESS), ==, 0);
    g_assert_cmphex(unmap(client, handle, ADDRESS), ==, HORIZON_INVALID_CURRENT_MEMORY);
    traffic_client_free(client);
}

static void test_access(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *client = server_fixture_open(fixture, "p");
    uint8_t bytes[0x20] = {0};
    uint32_t handle, own;

    (void)data;
    create(client, 0, PAGE, BOTH, READ, &handle);
    g_assert_cmphex(write_memory(client, handle, 0xFF8, "12345678", 8), ==, 0);
    g_assert_cmphex(write_memory(client, handle, 0xFF9, "12345678", 8), ==,
                    HORIZON_INVALID_CURRENT_MEMORY);
    g_assert_cmpuint(read_memory(client, handle, 0xFF0, bytes, sizeof bytes), ==, 16);
    g_assert_cmpmem(bytes, 16, "\0\0\0\0\0\0\0\00012345678", 16);
    g_assert_cmpuint(read_memory(client, handle, PAGE, bytes, 1), ==, 0);
    create(client, 0, PAGE, READ, BOTH, &own);
    g_assert_cmphex(write_memory(client, own, 0, "1", 1), ==, HORIZON_INVALID_CURRENT_MEMORY);
    g_assert_cmphex(write_memory(client, 0x1234, 0, "1", 1), ==, HORIZON_INVALID_HANDLE);
    traffic_client_free(client);
}

/* What is lent is locked: it is no user buffer and no transfer memory again until the handle
 * goes. */
static void test_transfer(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *client = server_fixture_open(fixture, "p");
    uint32_t handle, again;

    (void)data;
    g_assert_cmphex(create(client, ADDRESS, 2 * PAGE, 0, 0, &handle), ==, 0);
    g_assert_cmphex(create(client, ADDRESS + PAGE, PAGE, 0, 0, &again), ==,
                    HORIZON_INVALID_CURRENT_MEMORY);
    g_assert_cmphex(map(client, handle, 2 * ADDRESS - PAGE, 2 * PAGE, 7), ==,
                    HORIZON_INVALID_STATE);
    g_assert_cmphex(map(client, handle, 0x5000000000, 2 * PAGE, BOTH), ==, HORIZON_INVALID_STATE);
    g_assert_cmphex(map(client, handle, 0x5000000000, 2 * PAGE, 0), ==, 0);
    g_assert_cmphex(map(client, handle, 0x6000000000, 2 * PAGE, 0), ==, HORIZON_INVALID_STATE);
    g_assert_cmphex(unmap(client, handle, 0x5000000000), ==, 0);
    horizon_close_handle(client, handle);
    g_assert_cmphex(create(client, ADDRESS + PAGE, PAGE, 0, 0, &again), ==, 0);
    traffic_client_free(client);
}

static uint32_t wait_for(struct traffic_client *client, uint32_t handle)
{
    struct record_builder request;
    struct traffic_exit exit;
    uint8_t bytes[4];
    uint32_t result;

    ipcshark_store_u32(bytes, handle);
    begin_access(client, &request,
                 (struct ipctap_kernel_call){.call = IPCTAP_CALL_WAIT_SYNCHRONIZATION});
    record_builder_add(&request, IPCTAP_HANDLES, 0, 0, bytes, sizeof bytes);
    g_assert_true(traffic_client_call(client, &request, &exit));
    result = exit.result;
    traffic_exit_clear(&exit);
    return result;
}

/* KSynchronizationObject's children, and no other objects. */
static void test_waitable(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *client = server_fixture_open(fixture, "p");
    struct ipctap_kernel_call port, event;
    uint32_t session, memory;

    (void)data;
    horizon_connect_port(client, "sm:", &session);
    create(client, 0, PAGE, BOTH, READ, &memory);
    call(client, (struct ipctap_kernel_call){.call = IPCTAP_CALL_CREATE_PORT, .value = 1}, &port);
    call(client, (struct ipctap_kernel_call){.call = IPCTAP_CALL_CREATE_EVENT}, &event);
    g_assert_cmphex(wait_for(client, session), ==, HORIZON_INVALID_HANDLE);
    g_assert_cmphex(wait_for(client, memory), ==, HORIZON_INVALID_HANDLE);
    g_assert_cmphex(wait_for(client, event.handle), ==, HORIZON_INVALID_HANDLE);
    g_assert_cmphex(wait_for(client, event.handle_2), ==, HORIZON_TIMED_OUT);
    g_assert_cmphex(wait_for(client, port.handle), ==, HORIZON_TIMED_OUT);
    /* A client port is signalled while it takes another session. */
    g_assert_cmphex(wait_for(client, port.handle_2), ==, 0);
    call(client,
         (struct ipctap_kernel_call){.call = IPCTAP_CALL_CREATE_SESSION_TO_PORT,
                                     .handle = port.handle_2},
         NULL);
    g_assert_cmphex(wait_for(client, port.handle_2), ==, HORIZON_TIMED_OUT);
    g_assert_cmphex(wait_for(client, port.handle), ==, 0);
    traffic_client_free(client);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    server_fixture_test("/server/horizon/memory/create", test_create);
    server_fixture_test("/server/horizon/memory/map", test_map);
    server_fixture_test("/server/horizon/memory/access", test_access);
    server_fixture_test("/server/horizon/memory/transfer", test_transfer);
    server_fixture_test("/server/horizon/waitable", test_waitable);
    return g_test_run();
}
