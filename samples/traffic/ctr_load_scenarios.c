/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Much of something: bytes, sessions, waiting threads, damage. */
#include "ctr_steps.h"
#include "damage.h"

#include <string.h>

#define MEGABYTE  (1u << 20)
#define LARGE     0x10000123u /* Address of a large buffer. */
#define PROCESSES 6
#define SESSIONS  8
#define MESSAGES  40
#define WAITERS   3

static void fill_buffer(struct traffic_run *run, struct ctr_client *client, uint32_t echo)
{
    CTR_WORDS(client, 0x00080042, 0x5A, ctripc_descriptor(CTRIPC_MAPPED_W, 4 * MEGABYTE, 0), LARGE);
    ctr_steps_request(run, client, echo, "a megabyte buffer, written");
    traffic_expect(run, ctr_client_bytes(client, LARGE + 4 * MEGABYTE - 1, 1)[0] == 0x5A,
                   "the last byte of 4 MiB was not written");
}

static void invert_buffer(struct traffic_run *run, struct ctr_client *client, uint32_t echo)
{
    CTR_WORDS(client, 0x00090002, ctripc_descriptor(CTRIPC_MAPPED_RW, MEGABYTE, 0), LARGE);
    ctr_steps_request(run, client, echo, "a megabyte buffer, both ways");
    traffic_expect(run, ctr_client_bytes(client, LARGE + MEGABYTE - 1, 1)[0] == 0xA5,
                   "the last byte of 1 MiB was not inverted");
}

static void sum_buffer(struct traffic_run *run, struct ctr_client *client, uint32_t echo)
{
    CTR_WORDS(client, 0x00070002, ctripc_descriptor(CTRIPC_MAPPED_R, MEGABYTE, 0), LARGE);
    ctr_steps_request(run, client, echo, "a megabyte buffer, read");
    traffic_expect_equal(run, client->word[2], 0xA5u * MEGABYTE, "the sum of its bytes");
}

void ctr_run_large(struct traffic_run *run)
{
    struct ctr_client *client = ctr_steps_client(run, "large-3ds", CTR_STEPS_APPLICATION);
    uint32_t echo;

    if (!client)
        return;
    ctr_client_memory(client, LARGE, 4 * MEGABYTE);
    echo = ctr_steps_service(run, client, ctr_steps_srv(run, client), "echo");
    fill_buffer(run, client, echo);
    invert_buffer(run, client, echo);
    sum_buffer(run, client, echo);
    ctr_client_free(run, client);
}

/* ---- sessions ---- */

struct process {
    struct ctr_client *client;
    uint32_t session[SESSIONS];
};

static void open_sessions(struct traffic_run *run, struct process *process, unsigned int number)
{
    g_autofree char *name = g_strdup_printf("crowd-%u", number);
    uint32_t srv;

    process->client = ctr_steps_client(run, name, CTR_STEPS_APPLICATION + number);
    if (!process->client)
        return;
    srv = ctr_steps_srv(run, process->client);
    for (unsigned int i = 0; i < SESSIONS; i++)
        process->session[i] = ctr_steps_service(run, process->client, srv, "fs:USER");
}

static void use_session(struct traffic_run *run, struct process *process, unsigned int s)
{
    CTR_WORDS(process->client, 0x08170000);
    ctr_steps_request(run, process->client, process->session[s], "fs:USER IsSdmcDetected");
    traffic_expect_equal(run, process->client->word[2], 1, "the card");
}

void ctr_run_sessions(struct traffic_run *run)
{
    struct process process[PROCESSES] = {0};

    for (unsigned int p = 0; p < PROCESSES; p++)
        open_sessions(run, &process[p], p);
    for (uint32_t i = 0; i < PROCESSES * SESSIONS; i++) {
        unsigned int p = (unsigned int)g_rand_int_range(run->random, 0, PROCESSES);
        unsigned int s = (unsigned int)g_rand_int_range(run->random, 0, SESSIONS);

        if (process[p].client)
            use_session(run, &process[p], s);
    }
    for (unsigned int p = 0; p < PROCESSES; p++)
        ctr_client_free(run, process[p].client);
}

/* ---- waiting ---- */

static uint64_t begin_wait(struct ctr_client *client, uint32_t handle, uint32_t thread)
{
    const struct ipctap_kernel_call call = {.call = IPCTAP_CALL_WAIT_SYNCHRONIZATION,
                                            .value_2 = UINT64_MAX};
    struct record_builder request;
    uint8_t handles[4];

    ipcshark_store_u32(handles, handle);
    traffic_client_begin(client->connection, &request, IPCTAP_KERNEL_CALL);
    request.header.tid = thread;
    record_builder_add_kernel_call(&request, &call);
    record_builder_add(&request, IPCTAP_HANDLES, 0, 0, handles, sizeof handles);
    return traffic_client_send(client->connection, &request);
}

/* A one-shot event lets one thread go at each signal, a sticky one all. */
static void wait_for_events(struct traffic_run *run, struct ctr_client *client)
{
    uint32_t one_shot = ctr_client_create_event(client, false);
    uint32_t sticky = ctr_client_create_event(client, true);
    uint64_t waiting[WAITERS];

    for (uint32_t i = 0; i < WAITERS; i++)
        waiting[i] = begin_wait(client, one_shot, 2 + i);
    for (uint32_t i = 0; i < WAITERS; i++) {
        ctr_client_signal(client, one_shot);
        traffic_expect_equal(run, ctr_client_finish(client, waiting[i]), 0, "the one-shot event");
    }
    for (uint32_t i = 0; i < WAITERS; i++)
        waiting[i] = begin_wait(client, sticky, 2 + i);
    ctr_client_signal(client, sticky);
    for (uint32_t i = 0; i < WAITERS; i++)
        traffic_expect_equal(run, ctr_client_finish(client, waiting[i]), 0, "the sticky event");
    traffic_expect_equal(run, ctr_client_wait(client, &one_shot, 1, false, 1000000), 0x09401BFE,
                         "a wait of a millisecond for nothing");
    ctr_client_close(client, one_shot);
    ctr_client_close(client, sticky);
}

static void use_semaphore(struct traffic_run *run, struct ctr_client *client)
{
    const struct ipctap_kernel_call create = {
        .call = IPCTAP_CALL_CREATE_SEMAPHORE, .value = 1, .value_2 = 2};
    struct ipctap_kernel_call release = {.call = IPCTAP_CALL_RELEASE_SEMAPHORE, .value = 1};
    struct ipctap_kernel_call results = {0};

    traffic_expect_equal(run,
                         traffic_client_kernel_call(client->connection, &create, NULL, &results), 0,
                         "CreateSemaphore");
    release.handle = results.handle;
    traffic_expect_equal(run, ctr_client_wait(client, &release.handle, 1, false, 0), 0,
                         "a semaphore of 1");
    traffic_expect_equal(run, ctr_client_wait(client, &release.handle, 1, false, 0), 0x09401BFE,
                         "a semaphore of 0");
    traffic_expect_equal(run,
                         traffic_client_kernel_call(client->connection, &release, NULL, &results),
                         0, "ReleaseSemaphore");
    traffic_expect_equal(run, results.value, 0, "the count before");
    ctr_client_close(client, release.handle);
}

void ctr_run_events(struct traffic_run *run)
{
    struct ctr_client *client = ctr_steps_client(run, "events-3ds", CTR_STEPS_APPLICATION);

    if (!client)
        return;
    wait_for_events(run, client);
    use_semaphore(run, client);
    ctr_client_free(run, client);
}

/* ---- damage ---- */

static void send_damaged(struct traffic_run *run, struct ctr_client *client, uint32_t echo)
{
    uint8_t bytes[CTRIPC_BUFFER_SIZE] = {0};
    struct record_builder request;
    struct traffic_exit exit;

    ipcshark_store_u32(bytes, 0x00090002);
    ipcshark_store_u32(bytes + 4, ctripc_descriptor(CTRIPC_MAPPED_RW, 0x20, 0));
    ipcshark_store_u32(bytes + 8, CTR_STEPS_DATA);
    damage_bytes(run->random, bytes, 0x20);
    traffic_client_begin(client->connection, &request, IPCTAP_CTR_COMMAND);
    request.header.object = echo;
    record_builder_add(&request, IPCTAP_MESSAGE, 0, CTR_CLIENT_COMMAND_BUFFER, bytes, sizeof bytes);
    if (traffic_expect(run, traffic_client_call(client->connection, &request, &exit),
                       "a damaged message got no answer"))
        traffic_exit_clear(&exit);
}

void ctr_run_malformed(struct traffic_run *run)
{
    struct ctr_client *client = ctr_steps_client(run, "malformed-3ds", CTR_STEPS_APPLICATION);
    uint32_t srv;

    if (client) {
        srv = ctr_steps_srv(run, client);
        for (unsigned int i = 0; i < MESSAGES; i++) {
            uint32_t echo = ctr_steps_service(run, client, srv, "echo");

            send_damaged(run, client, echo);
            ctr_client_close(client, echo);
        }
    }
    ctr_client_free(run, client);
    damage_records(run, IPCTAP_CTR);
    client = ctr_steps_client(run, "next-3ds", CTR_STEPS_APPLICATION);
    if (client)
        ctr_steps_srv(run, client);
    ctr_client_free(run, client);
}
