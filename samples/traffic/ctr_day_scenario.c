/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A day in the life of a 3DS program: saves of random number and size, a command for the screen's
 * processor through shared memory, and the report of an error. */
#include "ctr_steps.h"

#include <string.h>

#define MAX_SAVE_SIZE 0x1000
#define READ_WRITE    3
#define CREATE        4
#define COPY          0u
#define THIS_PROCESS  0xFFFF8001u
#define MEMORY_FILL   2u
#define FIRST_CLIENT  0x2A07u

static void save(struct traffic_run *run, struct ctr_client *client, uint32_t fs,
                 const uint32_t archive[2], const char *path)
{
    uint32_t size = (uint32_t)g_rand_int_range(run->random, 1, MAX_SAVE_SIZE);
    uint8_t *bytes = ctr_client_bytes(client, CTR_STEPS_BACK, size);
    uint32_t file;

    for (uint32_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)g_rand_int(run->random);
    ctr_steps_open_file(client, fs, archive, path, READ_WRITE | CREATE);
    if (!traffic_expect_equal(run, client->word[1], 0, path))
        return;
    file = client->word[3];
    CTR_WORDS(client, 0x08030102, 0, 0, size, 0x10001, ctripc_descriptor(CTRIPC_MAPPED_R, size, 0),
              CTR_STEPS_BACK);
    ctr_steps_request(run, client, file, "File Write");
    CTR_WORDS(client, 0x08040000);
    ctr_steps_request(run, client, file, "File GetSize");
    traffic_expect_equal(run, client->word[2], size, "the save's size");
    CTR_WORDS(client, 0x08080000);
    ctr_steps_request(run, client, file, "File Close");
    ctr_client_close(client, file);
}

static void delete_save(struct traffic_run *run, struct ctr_client *client, uint32_t fs,
                        const uint32_t archive[2], const char *path)
{
    uint32_t size = (uint32_t)strlen(path) + 1;

    ctr_steps_set_path(client, path);
    CTR_WORDS(client, 0x08040142, 0, archive[0], archive[1], 3, size,
              ctripc_descriptor(CTRIPC_STATIC_BUFFER, size, 0), CTR_STEPS_PATH);
    ctr_steps_request(run, client, fs, "fs:USER DeleteFile");
}

static void play(struct traffic_run *run, struct ctr_client *client, uint32_t srv)
{
    int saves = g_rand_int_range(run->random, 2, 6);
    uint32_t fs = ctr_steps_service(run, client, srv, "fs:USER");
    uint32_t archive[2];

    ctr_steps_archive(run, client, fs, archive);
    for (int i = 0; i < saves; i++) {
        g_autofree char *path = g_strdup_printf("/day-%d.sav", i);

        save(run, client, fs, archive, path);
        delete_save(run, client, fs, archive, path);
    }
    CTR_WORDS(client, 0x080E0080, archive[0], archive[1]);
    ctr_steps_request(run, client, fs, "fs:USER CloseArchive");
    ctr_client_close(client, fs);
}

/* Words of the shared memory: the queue of thread n begins at 0x800 + 0x200 n with {index, count};
 * commands of 8 words follow from 0x20 on. */
static void write_memory(struct traffic_run *run, struct ctr_client *client, uint32_t block,
                         uint32_t offset, const void *bytes, size_t size)
{
    const struct ipctap_kernel_call call = {
        .call = IPCTAP_CALL_WRITE_MEMORY, .handle = block, .address = offset};
    struct record_builder request;
    struct traffic_exit exit;

    traffic_client_begin(client->connection, &request, IPCTAP_KERNEL_CALL);
    request.header.object = block;
    record_builder_add_kernel_call(&request, &call);
    record_builder_add(&request, IPCTAP_MEMORY, 0, 0, bytes, size);
    if (!traffic_expect(run, traffic_client_call(client->connection, &request, &exit),
                        "WriteMemory was not answered"))
        return;
    traffic_expect_equal(run, exit.result, 0, "WriteMemory");
    traffic_exit_clear(&exit);
}

static void fill_screen(struct traffic_run *run, struct ctr_client *client, uint32_t gpu,
                        uint32_t event, uint32_t block, uint32_t thread)
{
    const uint32_t words[8] = {MEMORY_FILL, 0x18000000, 0xFF00FF, 0x18046500, 0, 0, 0, 0x201};
    uint32_t queue = 0x800 + 0x200 * thread;
    uint8_t bytes[sizeof words];
    static const uint8_t one[4] = {0, 1};

    for (size_t i = 0; i < 8; i++)
        ipcshark_store_u32(bytes + 4 * i, words[i]);
    write_memory(run, client, block, queue + 0x20, bytes, sizeof bytes);
    write_memory(run, client, block, queue, one, sizeof one);
    CTR_WORDS(client, 0x000C0000);
    ctr_steps_request(run, client, gpu, "gsp::Gpu TriggerCmdReqQueue");
    traffic_expect_equal(run, ctr_client_wait(client, &event, 1, false, -1), 0,
                         "the interrupt of the memory fill");
}

static void draw(struct traffic_run *run, struct ctr_client *client, uint32_t srv)
{
    uint32_t gpu = ctr_steps_service(run, client, srv, "gsp::Gpu");
    uint32_t event = ctr_client_create_event(client, false), block, result;

    CTR_WORDS(client, 0x00160042, 0, COPY, THIS_PROCESS);
    ctr_steps_request(run, client, gpu, "gsp::Gpu AcquireRight");
    CTR_WORDS(client, 0x00130042, 1, COPY, event);
    result = ctr_client_request(client, gpu);
    traffic_expect(run, result == 0 && (client->word[1] == 0 || client->word[1] == FIRST_CLIENT),
                   "RegisterInterruptRelayQueue: 0x%X, 0x%X", result, client->word[1]);
    block = client->word[4];
    fill_screen(run, client, gpu, event, block, client->word[2]);
    CTR_WORDS(client, 0x00140000);
    ctr_steps_request(run, client, gpu, "gsp::Gpu UnregisterInterruptRelayQueue");
    CTR_WORDS(client, 0x00170000);
    ctr_steps_request(run, client, gpu, "gsp::Gpu ReleaseRight");
    ctr_client_close(client, block);
    ctr_client_close(client, event);
    ctr_client_close(client, gpu);
}

static void report_error(struct traffic_run *run, struct ctr_client *client)
{
    uint32_t result;
    uint32_t errf = ctr_client_connect(client, "err:f", &result);

    memset(client->word, 0, sizeof client->word);
    CTR_WORDS(client, 0x00010800, 0, 0xC8804478);
    ctr_steps_request(run, client, errf, "err:f Throw");
    ctr_client_close(client, errf);
}

void ctr_run_day(struct traffic_run *run)
{
    struct ctr_client *client = ctr_steps_client(run, "day-3ds", CTR_STEPS_APPLICATION);
    uint32_t srv;

    if (!client)
        return;
    ctr_steps_memory(client);
    srv = ctr_steps_srv(run, client);
    play(run, client, srv);
    draw(run, client, srv);
    report_error(run, client);
    ctr_client_close(client, srv);
    ctr_client_free(run, client);
}
