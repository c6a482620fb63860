/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests that are in flight at the same time, and threads that wait for an event. */
#include "horizon_steps.h"

#include <string.h>

#define REQUESTS    4
#define BUFFER      UINT64_C(0x1000400000)
#define BUFFER_SIZE 0x1000
#define WAITERS     3

static uint64_t send_async(struct traffic_run *run, const struct horizon_service *echo,
                           uint32_t thread, struct horizon_command *command)
{
    uint64_t address = BUFFER + (uint64_t)thread * BUFFER_SIZE;
    const struct ipctap_kernel_call user_buffer = {
        .call = IPCTAP_CALL_SEND_SYNC_REQUEST_WITH_USER_BUFFER,
        .handle = echo->handle,
        .address = address,
        .size = BUFFER_SIZE};
    g_autofree uint8_t *page = g_malloc0(BUFFER_SIZE);
    struct record_builder request;

    (void)run;
    horizon_call_begin(echo, command, &request);
    record_builder_reset(&request);
    memcpy(page, command->message, sizeof command->message);
    request.header.tid = thread;
    request.header.flags |= IPCTAP_ASYNC;
    record_builder_add(&request, IPCTAP_MESSAGE, 0, address, page, BUFFER_SIZE);
    record_builder_add_kernel_call(&request, &user_buffer);
    return traffic_client_send(echo->client, &request);
}

static void finish_async(struct traffic_run *run, const struct horizon_service *echo,
                         uint64_t call_id, struct horizon_command *command, uint64_t expected)
{
    struct traffic_exit exit;

    if (!traffic_expect(run, traffic_client_wait(echo->client, call_id, &exit), "no exit came"))
        return;
    horizon_call_end(echo, command, &exit, 0);
    traffic_expect_equal(run, command->result, 0, "the asynchronous request");
    traffic_expect_equal(run, horizon_command_u64(command, 0), expected, "its number");
    traffic_exit_clear(&exit);
}

static void send_requests(struct traffic_run *run, const struct horizon_service *echo)
{
    struct horizon_command command[REQUESTS];
    uint8_t numbers[REQUESTS][16] = {0};
    uint64_t call_id[REQUESTS];

    for (uint32_t i = 0; i < REQUESTS; i++) {
        ipcshark_store_u64(numbers[i], 100 + i);
        command[i] = (struct horizon_command){.id = 0, .data = numbers[i], .data_size = 16};
        call_id[i] = send_async(run, echo, 2 + i, &command[i]);
    }
    for (uint32_t i = 0; i < REQUESTS; i++)
        finish_async(run, echo, call_id[i], &command[i], 100 + i);
}

static uint32_t event_call(struct traffic_client *client, uint32_t call, uint32_t handle,
                           struct ipctap_kernel_call *results)
{
    const struct ipctap_kernel_call arguments = {.call = call, .handle = handle};

    return traffic_client_kernel_call(client, &arguments, NULL, results);
}

static uint64_t begin_wait(struct traffic_client *client, uint32_t event, uint32_t thread)
{
    const struct ipctap_kernel_call call = {.call = IPCTAP_CALL_WAIT_SYNCHRONIZATION,
                                            .value_2 = UINT64_MAX};
    struct record_builder request;
    uint8_t handles[4];

    ipcshark_store_u32(handles, event);
    traffic_client_begin(client, &request, IPCTAP_KERNEL_CALL);
    request.header.tid = thread;
    record_builder_add_kernel_call(&request, &call);
    record_builder_add(&request, IPCTAP_HANDLES, 0, 0, handles, sizeof handles);
    return traffic_client_send(client, &request);
}

static void end_wait(struct traffic_run *run, struct traffic_client *client, uint64_t call_id)
{
    struct traffic_exit exit;

    if (!traffic_expect(run, traffic_client_wait(client, call_id, &exit), "a thread still waits"))
        return;
    traffic_expect_equal(run, exit.result, 0, "WaitSynchronization");
    traffic_exit_clear(&exit);
}

/* An event of this kernel stays signalled until it is cleared: all who wait go on. */
static void wait_for_event(struct traffic_run *run, struct traffic_client *client)
{
    struct ipctap_kernel_call event = {0}, none;
    uint64_t waiting[WAITERS];

    traffic_expect_equal(run, event_call(client, IPCTAP_CALL_CREATE_EVENT, 0, &event), 0,
                         "CreateEvent");
    for (uint32_t i = 0; i < WAITERS; i++)
        waiting[i] = begin_wait(client, event.handle_2, 2 + i);
    traffic_expect_equal(run, event_call(client, IPCTAP_CALL_SIGNAL_EVENT, event.handle, &none), 0,
                         "SignalEvent");
    for (uint32_t i = 0; i < WAITERS; i++)
        end_wait(run, client, waiting[i]);
    traffic_expect_equal(run, event_call(client, IPCTAP_CALL_RESET_SIGNAL, event.handle_2, &none),
                         0, "ResetSignal");
    traffic_expect_equal(run, event_call(client, IPCTAP_CALL_RESET_SIGNAL, event.handle_2, &none),
                         0xFA01, "ResetSignal once more");
    horizon_close_handle(client, event.handle);
    horizon_close_handle(client, event.handle_2);
}

void horizon_run_async(struct traffic_run *run)
{
    struct horizon_service sm, echo;

    if (horizon_steps_connect(run, "horizon-async", &sm) &&
        horizon_steps_service(run, &sm, "echo", &echo)) {
        send_requests(run, &echo);
        wait_for_event(run, sm.client);
    }
    traffic_run_disconnect(run, sm.client);
}
