/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A 3DS program on the reference server: srv:, fs:USER, the SD card's archive, a file of a megabyte
 * written, read back and deleted; gsp::Gpu's shared memory and its event; errors.
 *
 *     clients_ctr tcp:127.0.0.1:18253
 */
#include "ctr_svc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER(id, normal, translate)                                                              \
    ((uint32_t)(id) << 16 | (uint32_t)(normal) << 6 | (uint32_t)(translate))
#define STATIC_BUFFER(size, id) ((uint32_t)(size) << 14 | (uint32_t)(id) << 10 | 2u)
#define MAPPED_READ(size)       ((uint32_t)(size) << 4 | 8u | 2u)
#define MAPPED_WRITE(size)      ((uint32_t)(size) << 4 | 8u | 4u)
#define COPY_HANDLE             0u
#define PROCESS_ID              0x20u
#define ARCHIVE_SDMC            9u
#define PATH_EMPTY              1u
#define PATH_ASCII              3u
#define SECOND                  1000000000

/* Sends the words; @return the system call's result if it failed, else the service's. */
static uint32_t send_words(uint32_t session, const uint32_t *words, size_t size)
{
    uint32_t *buffer = ctr_command_buffer();
    int32_t result;

    memcpy(buffer, words, size);
    result = svcSendSyncRequest(session);
    return result < 0 ? (uint32_t)result : buffer[1];
}

#define SEND(session, ...)                                                                         \
    send_words(session, (const uint32_t[]){__VA_ARGS__}, sizeof(const uint32_t[]){__VA_ARGS__})

static void expect(uint32_t actual, uint32_t expected, const char *what)
{
    printf("%-44s 0x%X\n", what, actual);
    if (actual != expected) {
        printf("expected 0x%X\n", expected);
        exit(1);
    }
}

static uint32_t address_of(const void *memory)
{
    return (uint32_t)(uintptr_t)memory;
}

static uint32_t get_service(uint32_t srv, const char *name, uint32_t *session)
{
    uint32_t words[2] = {0}, result;

    memcpy(words, name, strlen(name));
    result = SEND(srv, HEADER(5, 4, 0), words[0], words[1], (uint32_t)strlen(name), 0);
    *session = ctr_command_buffer()[3];
    return result;
}

/* ---- fs:USER ---- */

struct files {
    uint32_t session;
    uint32_t archive[2];
    char *path; /* in the process's memory */
};

static uint32_t path_size(const struct files *files, const char *path)
{
    uint32_t size = (uint32_t)strlen(path) + 1;

    memcpy(files->path, path, size);
    return size;
}

static uint32_t open_file(const struct files *files, const char *path, uint32_t *file)
{
    uint32_t size = path_size(files, path);
    uint32_t read_write = 3;
    uint32_t result = SEND(files->session, HEADER(0x802, 7, 2), 0, files->archive[0],
                           files->archive[1], PATH_ASCII, size, read_write, 0,
                           STATIC_BUFFER(size, 0), address_of(files->path));

    *file = ctr_command_buffer()[3];
    return result;
}

static uint32_t create_file(const struct files *files, const char *path, uint32_t file_size)
{
    uint32_t size = path_size(files, path);

    return SEND(files->session, HEADER(0x808, 8, 2), 0, files->archive[0], files->archive[1],
                PATH_ASCII, size, 0, file_size, 0, STATIC_BUFFER(size, 0), address_of(files->path));
}

static uint32_t delete_file(const struct files *files, const char *path)
{
    uint32_t size = path_size(files, path);

    return SEND(files->session, HEADER(0x804, 5, 2), 0, files->archive[0], files->archive[1],
                PATH_ASCII, size, STATIC_BUFFER(size, 0), address_of(files->path));
}

static void use_file(const struct files *files)
{
    const uint32_t size = 1u << 20;
    uint8_t *written = console_memory(size), *read = console_memory(size);
    uint32_t file;

    for (uint32_t i = 0; i < size; i++)
        written[i] = (uint8_t)(i * 7 + (i >> 12));
    expect(create_file(files, "/client.bin", size), 0, "CreateFile");
    expect(open_file(files, "/client.bin", &file), 0, "OpenFile");
    expect(SEND(file, HEADER(0x803, 4, 2), 0, 0, size, 0, MAPPED_READ(size), address_of(written)),
           0, "File:Write, 1 MiB");
    expect(SEND(file, HEADER(0x802, 3, 2), 0, 0, size, MAPPED_WRITE(size), address_of(read)), 0,
           "File:Read, 1 MiB");
    expect(memcmp(read, written, size) != 0, 0, "the same bytes");
    expect(SEND(file, HEADER(0x808, 0, 0)), 0, "File:Close");
    expect((uint32_t)svcCloseHandle(file), 0, "CloseHandle of the file");
    expect(SEND(file, HEADER(0x804, 0, 0)), 0xD8E007F7, "File:GetSize after that");
    expect(delete_file(files, "/client.bin"), 0, "DeleteFile");
    expect(open_file(files, "/client.bin", &file), 0xC8804478, "OpenFile of what is not there");
}

static void use_files(uint32_t srv)
{
    struct files files = {.path = console_memory(0x1000)};

    expect(get_service(srv, "fs:USER", &files.session), 0, "GetServiceHandle fs:USER");
    expect(SEND(files.session, HEADER(0x801, 0, 2), PROCESS_ID), 0, "Initialize");
    expect(SEND(files.session, HEADER(0x80C, 3, 2), ARCHIVE_SDMC, PATH_EMPTY, 1,
                STATIC_BUFFER(1, 0), address_of(files.path)),
           0, "OpenArchive");
    files.archive[0] = ctr_command_buffer()[2];
    files.archive[1] = ctr_command_buffer()[3];
    use_file(&files);
    expect(SEND(files.session, HEADER(0x80E, 2, 0), files.archive[0], files.archive[1]), 0,
           "CloseArchive");
    expect((uint32_t)svcCloseHandle(files.session), 0, "CloseHandle of fs:USER");
}

/* ---- gsp::Gpu ---- */

/* Puts one memory fill into the command queue of thread 0, which lies at 0x800 of the shared
 * memory: a header {index, count}, then 15 commands of 8 words. */
static void queue_fill(uint8_t *shared)
{
    const uint32_t fill[8] = {2, 0x18000000, 0, 0x18001000, 0, 0, 0, 0x201};

    memcpy(shared + 0x820, fill, sizeof fill);
    shared[0x801] = 1;
}

static void use_gpu(uint32_t srv)
{
    uint8_t *shared = console_memory(0x1000);
    uint32_t gpu, event, block;

    expect(get_service(srv, "gsp::Gpu", &gpu), 0, "GetServiceHandle gsp::Gpu");
    expect(SEND(gpu, HEADER(0x16, 1, 2), 0, COPY_HANDLE, CTR_CURRENT_PROCESS), 0, "AcquireRight");
    expect((uint32_t)svcCreateEvent(&event, CTR_ONE_SHOT), 0, "CreateEvent");
    /* 0x2A07 says that this is the first client. */
    expect(SEND(gpu, HEADER(0x13, 1, 2), 1, COPY_HANDLE, event), 0x2A07,
           "RegisterInterruptRelayQueue");
    block = ctr_command_buffer()[4];
    expect((uint32_t)svcMapMemoryBlock(block, address_of(shared), CTR_READ | CTR_WRITE,
                                       CTR_DO_NOT_CARE),
           0, "MapMemoryBlock");
    queue_fill(shared);
    expect(SEND(gpu, HEADER(0xC, 0, 0)), 0, "TriggerCmdReqQueue");
    expect((uint32_t)svcWaitSynchronization(event, 2 * (int64_t)SECOND), 0, "the event");
    expect(shared[1], 1, "one interrupt in the shared memory");
    expect((uint32_t)svcUnmapMemoryBlock(block, address_of(shared)), 0, "UnmapMemoryBlock");
    expect(SEND(gpu, HEADER(0x14, 0, 0)), 0, "UnregisterInterruptRelayQueue");
    expect(SEND(gpu, HEADER(0x17, 0, 0)), 0, "ReleaseRight");
    expect((uint32_t)svcCloseHandle(gpu), 0, "CloseHandle of gsp::Gpu");
    expect((uint32_t)svcWaitSynchronization(event, 0), 0x09401BFE, "a wait that times out");
}

int main(int argc, char **argv)
{
    uint32_t srv = 0, session;

    if (!transport_open(argc > 1 ? argv[1] : "tcp:127.0.0.1:18253", PLATFORM_CTR, "client",
                        0x0004000000012300))
        return 2;
    expect((uint32_t)svcConnectToPort(&srv, "srv:"), 0, "ConnectToPort srv:");
    expect(SEND(srv, HEADER(1, 0, 2), PROCESS_ID), 0, "RegisterClient");
    expect(get_service(srv, "no:such", &session), 0xD0406401,
           "GetServiceHandle of an unknown service");
    use_files(srv);
    use_gpu(srv);
    transport_close();
    return 0;
}
