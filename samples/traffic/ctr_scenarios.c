/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What 3DS programs do: files over fs:USER, a service of their own, errors. */
#include "ctr_steps.h"

#include <string.h>

#define SERVICE    0x0004013000123402u
#define SDMC       9
#define READ       1
#define READ_WRITE 3
#define CREATE     4

static const char path[] = "/ipcshark-ctr.txt";
static const char text[] = "Written by a 3DS program through a mapped buffer.";

struct ctr_client *ctr_steps_client(struct traffic_run *run, const char *name, uint64_t program_id)
{
    struct traffic_client *connection = traffic_run_connect(run, IPCTAP_CTR, name, program_id);

    return connection ? ctr_client_new(connection) : NULL;
}

bool ctr_steps_request(struct traffic_run *run, struct ctr_client *client, uint32_t handle,
                       const char *what)
{
    uint32_t result = ctr_client_request(client, handle);

    return traffic_expect_equal(run, result, 0, what) &&
           traffic_expect_equal(run, client->word[1], 0, what);
}

uint32_t ctr_steps_srv(struct traffic_run *run, struct ctr_client *client)
{
    uint32_t result;
    uint32_t srv = ctr_client_connect(client, "srv:", &result);

    traffic_expect_equal(run, result, 0, "ConnectToPort srv:");
    CTR_WORDS(client, 0x00010002, 0x20, 0);
    ctr_steps_request(run, client, srv, "srv: RegisterClient");
    return srv;
}

uint32_t ctr_steps_service(struct traffic_run *run, struct ctr_client *client, uint32_t srv,
                           const char *name)
{
    uint32_t result;
    uint32_t handle = ctr_client_get_service(client, srv, name, &result);

    traffic_expect_equal(run, result, 0, name);
    return handle;
}

void ctr_steps_archive(struct traffic_run *run, struct ctr_client *client, uint32_t fs,
                       uint32_t archive[2])
{
    CTR_WORDS(client, 0x08010002, 0x20, 0);
    ctr_steps_request(run, client, fs, "fs:USER Initialize");
    CTR_WORDS(client, 0x080C00C2, SDMC, 1, 1, ctripc_descriptor(CTRIPC_STATIC_BUFFER, 1, 0),
              CTR_STEPS_PATH + 0x80);
    ctr_steps_request(run, client, fs, "fs:USER OpenArchive");
    archive[0] = client->word[2];
    archive[1] = client->word[3];
}

void ctr_steps_set_path(struct ctr_client *client, const char *name)
{
    memcpy(ctr_client_bytes(client, CTR_STEPS_PATH, 0x80), name, strlen(name) + 1);
}

uint32_t ctr_steps_open_file(struct ctr_client *client, uint32_t fs, const uint32_t archive[2],
                             const char *name, uint32_t flags)
{
    uint32_t size = (uint32_t)strlen(name) + 1;

    ctr_steps_set_path(client, name);
    CTR_WORDS(client, 0x080201C2, 0, archive[0], archive[1], 3, size, flags, 0,
              ctripc_descriptor(CTRIPC_STATIC_BUFFER, size, 0), CTR_STEPS_PATH);
    return ctr_client_request(client, fs);
}

static void write_text(struct traffic_run *run, struct ctr_client *client, uint32_t file)
{
    memcpy(ctr_client_bytes(client, CTR_STEPS_DATA, sizeof text), text, sizeof text);
    CTR_WORDS(client, 0x08030102, 0, 0, sizeof text, 0x10001,
              ctripc_descriptor(CTRIPC_MAPPED_R, sizeof text, 0), CTR_STEPS_DATA);
    ctr_steps_request(run, client, file, "File Write");
    traffic_expect_equal(run, client->word[2], sizeof text, "bytes written");
    traffic_expect_equal(run, client->word[4], CTR_STEPS_DATA, "address of the written buffer");
}

static void read_text(struct traffic_run *run, struct ctr_client *client, uint32_t file)
{
    CTR_WORDS(client, 0x080200C2, 0, 0, 0x100, ctripc_descriptor(CTRIPC_MAPPED_W, 0x100, 0),
              CTR_STEPS_BACK);
    ctr_steps_request(run, client, file, "File Read");
    traffic_expect_equal(run, client->word[2], sizeof text, "bytes read");
    traffic_expect_equal(run, client->word[4], CTR_STEPS_BACK, "address of the read buffer");
    traffic_expect(run, !memcmp(ctr_client_bytes(client, CTR_STEPS_BACK, 0x100), text, sizeof text),
                   "what was read is not what was written");
}

static void use_file(struct traffic_run *run, struct ctr_client *client, uint32_t file)
{
    write_text(run, client, file);
    CTR_WORDS(client, 0x08040000);
    ctr_steps_request(run, client, file, "File GetSize");
    traffic_expect_equal(run, client->word[2], sizeof text, "file size");
    read_text(run, client, file);
    CTR_WORDS(client, 0x08090000);
    ctr_steps_request(run, client, file, "File Flush");
    CTR_WORDS(client, 0x08080000);
    ctr_steps_request(run, client, file, "File Close");
    traffic_expect_equal(run, ctr_client_close(client, file), 0, "CloseHandle of the file");
}

static void list_directory(struct traffic_run *run, struct ctr_client *client, uint32_t fs,
                           const uint32_t archive[2])
{
    uint32_t directory;

    ctr_steps_set_path(client, "/");
    CTR_WORDS(client, 0x080B0102, archive[0], archive[1], 3, 2,
              ctripc_descriptor(CTRIPC_STATIC_BUFFER, 2, 0), CTR_STEPS_PATH);
    ctr_steps_request(run, client, fs, "fs:USER OpenDirectory");
    directory = client->word[3];
    CTR_WORDS(client, 0x08010042, 4, ctripc_descriptor(CTRIPC_MAPPED_W, 4 * 0x228, 0),
              CTR_STEPS_BACK);
    ctr_steps_request(run, client, directory, "Directory Read");
    traffic_expect(run, client->word[2] > 0, "the directory is empty");
    CTR_WORDS(client, 0x08020000);
    ctr_steps_request(run, client, directory, "Directory Close");
    ctr_client_close(client, directory);
}

static void delete_file(struct traffic_run *run, struct ctr_client *client, uint32_t fs,
                        const uint32_t archive[2])
{
    uint32_t size = sizeof path;

    ctr_steps_set_path(client, path);
    CTR_WORDS(client, 0x08040142, 0, archive[0], archive[1], 3, size,
              ctripc_descriptor(CTRIPC_STATIC_BUFFER, size, 0), CTR_STEPS_PATH);
    ctr_steps_request(run, client, fs, "fs:USER DeleteFile");
}

static void missing_file(struct traffic_run *run, struct ctr_client *client, uint32_t fs,
                         const uint32_t archive[2])
{
    traffic_expect_equal(run, ctr_steps_open_file(client, fs, archive, "/no-such-file", READ), 0,
                         "SendSyncRequest for a missing file");
    traffic_expect_equal(run, client->word[0], 0x08020040, "header of the refusal");
    traffic_expect_equal(run, client->word[1], 0xC8804478, "fs:USER OpenFile of a missing file");
}

void ctr_steps_memory(struct ctr_client *client)
{
    ctr_client_memory(client, CTR_STEPS_PATH, 0x100);
    ctr_client_memory(client, CTR_STEPS_DATA, 0x100);
    ctr_client_memory(client, CTR_STEPS_BACK, 0x1000);
}

static void run_files(struct traffic_run *run)
{
    struct ctr_client *client = ctr_steps_client(run, "files-3ds", CTR_STEPS_APPLICATION);
    uint32_t archive[2];
    uint32_t srv, fs;

    if (!client)
        return;
    ctr_steps_memory(client);
    srv = ctr_steps_srv(run, client);
    fs = ctr_steps_service(run, client, srv, "fs:USER");
    ctr_steps_archive(run, client, fs, archive);
    traffic_expect_equal(run, ctr_steps_open_file(client, fs, archive, path, READ_WRITE | CREATE),
                         0, "SendSyncRequest for OpenFile");
    if (traffic_expect_equal(run, client->word[1], 0, "fs:USER OpenFile"))
        use_file(run, client, client->word[3]);
    list_directory(run, client, fs, archive);
    missing_file(run, client, fs, archive);
    delete_file(run, client, fs, archive);
    CTR_WORDS(client, 0x080E0080, archive[0], archive[1]);
    ctr_steps_request(run, client, fs, "fs:USER CloseArchive");
    ctr_client_close(client, fs);
    ctr_client_close(client, srv);
    ctr_client_free(run, client);
}

/** Registers "demo:u"; the handle of its port. */
static uint32_t register_service(struct traffic_run *run, struct ctr_client *server)
{
    uint32_t srv = ctr_steps_srv(run, server);

    CTR_WORDS(server, 0x00030100, 0x6F6D6564, 0x0000753A, 6, 4);
    ctr_steps_request(run, server, srv, "srv: RegisterService");
    return server->word[3];
}

/** Waits on the port, accepts what comes. */
static uint32_t accept_session(struct traffic_run *run, struct ctr_client *server, uint32_t port)
{
    const struct ipctap_kernel_call call = {.call = IPCTAP_CALL_ACCEPT_SESSION, .handle = port};
    struct ipctap_kernel_call results = {0};
    uint64_t wait;

    CTR_WORDS(server, 0xFFFF0000);
    wait = ctr_client_reply_and_receive(server, 0, &port, 1, -1);
    traffic_expect_equal(run, ctr_client_finish(server, wait), 0, "ReplyAndReceive on the port");
    traffic_expect_equal(run, traffic_client_kernel_call(server->connection, &call, NULL, &results),
                         0, "AcceptSession");
    return results.handle;
}

/* The request: an event by copy, the process id, a static buffer, a mapped buffer to be changed. */
static void send_request(struct ctr_client *client, uint32_t event)
{
    memcpy(ctr_client_bytes(client, CTR_STEPS_DATA, 0x40), text, 0x20);
    memcpy(ctr_client_bytes(client, CTR_STEPS_PATH, 0x10), "a name", 7);
    CTR_WORDS(client, 0x00010048, 42, 0, event, 0x20, 0,
              ctripc_descriptor(CTRIPC_STATIC_BUFFER, 8, 0), CTR_STEPS_PATH,
              ctripc_descriptor(CTRIPC_MAPPED_RW, 0x40, 0), CTR_STEPS_DATA);
}

static void check_received(struct traffic_run *run, struct ctr_client *server,
                           const struct ctr_client *client)
{
    const uint8_t *name = ctr_client_bytes(server, server->word[7], 8);
    const uint8_t *data = ctr_client_bytes(server, server->word[9], 0x40);

    traffic_expect_equal(run, server->word[5], client->connection->pid, "process id");
    traffic_expect_equal(run, server->word[9] & 0xFFF, CTR_STEPS_DATA & 0xFFF,
                         "offset in the page");
    traffic_expect(run, name && !memcmp(name, "a name", 7), "static buffer");
    traffic_expect(run, data && !memcmp(data, text, 0x20), "mapped buffer");
}

/** Signals the event, changes the mapped buffer, answers with a static buffer. */
static uint64_t answer(struct ctr_client *server, uint32_t session, uint32_t target)
{
    uint32_t event = server->word[3];
    uint32_t mapped = server->word[9];
    uint32_t descriptor = server->word[8];
    uint8_t *data = ctr_client_bytes(server, mapped, 0x40);

    ctr_client_signal(server, event);
    ctr_client_close(server, event);
    if (data)
        memcpy(data, "changed", 8);
    memcpy(ctr_client_bytes(server, CTR_STEPS_PATH, 8), "answer", 7);
    CTR_WORDS(server, 0x00010084, 0, 43, descriptor, mapped,
              ctripc_descriptor(CTRIPC_STATIC_BUFFER, 8, 1), CTR_STEPS_PATH);
    return ctr_client_reply_and_receive(server, target, &session, 1, -1);
}

static void check_answer(struct traffic_run *run, struct ctr_client *client, uint32_t event)
{
    traffic_expect_equal(run, client->word[2], 43, "the answer's value");
    traffic_expect_equal(run, client->word[4], CTR_STEPS_DATA, "the client's own address");
    traffic_expect(run, !memcmp(ctr_client_bytes(client, CTR_STEPS_DATA, 8), "changed", 8),
                   "the mapped buffer was not changed");
    traffic_expect(run, !memcmp(ctr_client_bytes(client, CTR_STEPS_BACK, 8), "answer", 7),
                   "no static buffer came back");
    traffic_expect_equal(run, ctr_client_wait(client, &event, 1, false, 0), 0,
                         "wait on the signalled event");
}

static void talk(struct traffic_run *run, struct ctr_client *client, struct ctr_client *server,
                 uint32_t port)
{
    uint32_t srv = ctr_steps_srv(run, client);
    uint32_t demo = ctr_steps_service(run, client, srv, "demo:u");
    uint32_t session = accept_session(run, server, port);
    uint32_t event = ctr_client_create_event(client, false);
    uint64_t receive, sent;

    CTR_WORDS(server, 0xFFFF0000);
    receive = ctr_client_reply_and_receive(server, 0, &session, 1, -1);
    send_request(client, event);
    sent = ctr_client_send(client, demo, 1);
    traffic_expect_equal(run, ctr_client_finish(server, receive), 0, "ReplyAndReceive");
    check_received(run, server, client);
    receive = answer(server, session, session);
    traffic_expect_equal(run, ctr_client_finish(client, sent), 0, "SendSyncRequest to demo:u");
    check_answer(run, client, event);
    ctr_client_close(client, demo);
    traffic_expect_equal(run, ctr_client_finish(server, receive), 0xC920181A,
                         "ReplyAndReceive after the client closed");
    ctr_client_close(server, session);
}

static void run_service(struct traffic_run *run)
{
    struct ctr_client *server = ctr_steps_client(run, "demo-service", SERVICE);
    struct ctr_client *client = ctr_steps_client(run, "demo-client", CTR_STEPS_APPLICATION);

    if (server && client) {
        ctr_steps_memory(server);
        ctr_steps_memory(client);
        ctr_client_static_buffer(server, 0, CTR_STEPS_BACK, 0x40);
        ctr_client_static_buffer(client, 1, CTR_STEPS_BACK, 0x40);
        talk(run, client, server, register_service(run, server));
    }
    ctr_client_free(run, client);
    ctr_client_free(run, server);
}

/** What the kernel and srv: refuse. */
static void run_errors(struct traffic_run *run)
{
    struct ctr_client *client = ctr_steps_client(run, "errors-3ds", CTR_STEPS_APPLICATION);
    uint32_t result, srv, errf;

    if (!client)
        return;
    srv = ctr_steps_srv(run, client);
    ctr_client_connect(client, "no:port", &result);
    traffic_expect_equal(run, result, 0xD88007FA, "ConnectToPort of a missing port");
    ctr_client_get_service(client, srv, "pxi:dev", &result);
    traffic_expect_equal(run, result, 0xD8E06406, "GetServiceHandle without access");
    ctr_client_get_service(client, srv, "nobody:u", &result);
    traffic_expect_equal(run, result, 0xD0406401, "GetServiceHandle of an unregistered service");
    CTR_WORDS(client, 0x00010000);
    traffic_expect_equal(run, ctr_client_request(client, 0x12345678), 0xD8E007F7,
                         "SendSyncRequest on no handle");
    CTR_WORDS(client, 0x00020002, ctripc_descriptor(CTRIPC_COPY_HANDLES, 3, 0), 0);
    traffic_expect_equal(run, ctr_client_request(client, srv), 0xC8A01836,
                         "SendSyncRequest with too many handles");
    CTR_WORDS(client, 0x0FFF0000);
    traffic_expect_equal(run, ctr_client_request(client, srv), 0, "an unknown command");
    traffic_expect_equal(run, client->word[1], 0xD900182F, "the answer to an unknown command");
    errf = ctr_client_connect(client, "err:f", &result);
    memset(client->word, 0, sizeof client->word);
    CTR_WORDS(client, 0x00010800, 0, 0xC8804478);
    ctr_steps_request(run, client, errf, "err:f Throw");
    ctr_client_free(run, client);
}

const struct traffic_scenario ctr_scenarios[] = {
    {"ctr-day", "a program's day: saves, the screen's shared memory, a crash report", ctr_run_day},
    {"ctr-files", "srv:, fs:USER, a file written and read back through mapped buffers", run_files},
    {"ctr-service", "a service of its own: handles, process id, static and mapped buffers",
     run_service},
    {"ctr-errors", "what kernel, srv: and err:f say to programs that fail", run_errors},
    {"ctr-large", "megabytes through mapped buffers of each permission", ctr_run_large},
    {"ctr-sessions", "many processes with many sessions each, all open at once", ctr_run_sessions},
    {"ctr-events", "events, semaphores and time-outs, waited for by several threads",
     ctr_run_events},
    {"ctr-malformed", "random and damaged messages, and records that end the connection",
     ctr_run_malformed},
    {NULL, NULL, NULL},
};
