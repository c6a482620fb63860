/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A Switch program on the reference server: sm:, fsp-srv, the SD card, a file written, read back
 * and deleted; a domain, a clone, and an error.
 *
 *     clients_horizon tcp:127.0.0.1:18253
 *
 * The services' commands are made by hand here; the message layouts are in docs/transport.md. A
 * client library brings its own and takes only horizon_svc.h.
 */
#include "horizon_svc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TYPE_CLOSE   2
#define TYPE_REQUEST 4
#define TYPE_CONTROL 5
#define IN_MAGIC     0x49434653u /* "SFCI" */
#define OUT_MAGIC    0x4F434653u /* "SFCO" */
#define PATH_SIZE    0x301u
#define PATH_MISSING 0x202u /* fs: 2002-0001 */

/* A session, or an object in a domain. */
struct service {
    uint32_t session;
    uint32_t object; /* 0: the session is no domain */
};

struct command {
    uint32_t type; /* 0: TYPE_REQUEST */
    uint32_t id;
    const void *data;
    uint32_t data_size;
    bool send_pid;
    const char *path; /* as a pointer descriptor */
    void *buffer;     /* as a send or receive descriptor */
    uint32_t buffer_size;
    bool receives;

    const uint8_t *out; /* what came back */
    uint32_t handle;
    uint32_t object;
};

static void put(uint8_t *message, size_t *offset, const void *bytes, size_t size)
{
    memcpy(message + *offset, bytes, size);
    *offset += size;
}

static void put_word(uint8_t *message, size_t *offset, uint32_t word)
{
    put(message, offset, &word, sizeof word);
}

/* The path must lie where the console's process has memory. */
static char *place_path(const char *path)
{
    static char *memory;

    if (!memory)
        memory = console_memory(0x1000);
    memset(memory, 0, PATH_SIZE);
    snprintf(memory, PATH_SIZE, "%s", path);
    return memory;
}

static void put_descriptors(uint8_t *message, size_t *offset, const struct command *command)
{
    uintptr_t address = command->path ? (uintptr_t)place_path(command->path) : 0;

    if (address) {
        put_word(message, offset, PATH_SIZE << 16);
        put_word(message, offset, (uint32_t)address);
    }
    address = (uintptr_t)command->buffer;
    if (address) {
        put_word(message, offset, command->buffer_size);
        put_word(message, offset, (uint32_t)address);
        put_word(message, offset, 1); /* attribute: non-secure, as IFile wants it */
    }
}

/* In a domain: "send a message", one byte of objects, the size of what follows, the object. */
static void put_domain_header(uint8_t *message, size_t *offset, const struct service *service,
                              const struct command *command)
{
    put_word(message, offset, 1 | (16 + command->data_size) << 16);
    put_word(message, offset, service->object);
    put_word(message, offset, 0);
    put_word(message, offset, 0);
}

/* Header, special header, descriptors, then the raw data, whose first 16-aligned byte (counted from
 * the message's beginning) is the CMIF header. */
static void make_message(const struct service *service, const struct command *command)
{
    uint8_t *message = horizon_thread_local_region();
    bool is_domain = service->object && command->type != TYPE_CONTROL;
    uint32_t words = (16 + (is_domain ? 16 : 0) + 16 + command->data_size + 3) / 4;
    uint32_t type = command->type ? command->type : TYPE_REQUEST;
    uint32_t counts = (command->path ? 1u << 16 : 0) |
                      (command->buffer ? 1u << (command->receives ? 24 : 20) : 0);
    size_t offset = 0;

    memset(message, 0, HORIZON_MESSAGE_SIZE);
    put_word(message, &offset, type | counts);
    put_word(message, &offset, words | (command->send_pid ? 1u << 31 : 0));
    if (command->send_pid) {
        put_word(message, &offset, 1);
        offset += 8; /* the kernel writes the pid here */
    }
    put_descriptors(message, &offset, command);
    offset = (offset + 15) & ~(size_t)15;
    if (is_domain)
        put_domain_header(message, &offset, service, command);
    put_word(message, &offset, IN_MAGIC);
    put_word(message, &offset, 0);
    put_word(message, &offset, command->id);
    put_word(message, &offset, 0);
    if (command->data_size)
        put(message, &offset, command->data, command->data_size);
}

static uint32_t word_at(const uint8_t *bytes)
{
    uint32_t word;

    memcpy(&word, bytes, sizeof word);
    return word;
}

/* @return the command's result. */
static uint32_t read_reply(const struct service *service, struct command *command)
{
    const uint8_t *message = horizon_thread_local_region();
    bool is_domain = service->object && command->type != TYPE_CONTROL;
    uint32_t special = word_at(message + 4) >> 31 ? word_at(message + 8) : 0;
    size_t handles = 12 + (special & 1 ? 8 : 0);
    size_t offset = 8;

    if (special)
        offset = handles + 4u * ((special >> 1 & 15) + (special >> 5 & 15));
    if (special >> 1 & 0xFF)
        command->handle = word_at(message + handles);
    offset = (offset + 15) & ~(size_t)15;
    offset += is_domain ? 16 : 0;
    if (word_at(message + offset) != OUT_MAGIC)
        return NO_ANSWER;
    command->out = message + offset + 16;
    if (is_domain)
        command->object = word_at(command->out);
    return word_at(message + offset + 8);
}

static uint32_t call(const struct service *service, struct command *command)
{
    uint32_t result;

    make_message(service, command);
    result = svcSendSyncRequest(service->session);
    return result ? result : read_reply(service, command);
}

static void expect(uint32_t actual, uint32_t expected, const char *what)
{
    printf("%-44s 0x%X\n", what, actual);
    if (actual != expected) {
        printf("expected 0x%X\n", expected);
        exit(1);
    }
}

static uint32_t get_service(const struct service *sm, const char *name, struct service *service)
{
    char padded[9] = {0};
    struct command command = {.id = 1, .data = padded, .data_size = 8};
    uint32_t result;

    snprintf(padded, sizeof padded, "%s", name);
    result = call(sm, &command);
    *service = (struct service){.session = command.handle};
    return result;
}

static uint32_t path_command(const struct service *files, uint32_t id, const char *path)
{
    return call(files, &(struct command){.id = id, .path = path});
}

static uint32_t create_file(const struct service *files, const char *path, uint64_t size)
{
    uint64_t in[2] = {0, size}; /* option, size */

    return call(files,
                &(struct command){.id = 0, .path = path, .data = in, .data_size = sizeof in});
}

/* The new object: a number in a domain, else a session. */
static uint32_t open_object(const struct service *from, struct command *command,
                            struct service *object)
{
    uint32_t result = call(from, command);

    *object = from->object ? (struct service){from->session, command->object}
                           : (struct service){command->handle, 0};
    return result;
}

static uint32_t transfer(const struct service *file, bool receives, void *buffer, uint32_t size)
{
    uint64_t in[3] = {0, 0, size}; /* option, offset, size */
    struct command command = {.id = receives ? 0 : 1,
                              .data = in,
                              .data_size = sizeof in,
                              .buffer = buffer,
                              .buffer_size = size,
                              .receives = receives};

    return call(file, &command);
}

static void use_file(const struct service *card)
{
    const uint32_t read_write_append = 7, size = 1u << 20;
    uint8_t *written = console_memory(size), *read = console_memory(size);
    struct command open = {
        .id = 8, .path = "/client.bin", .data = &read_write_append, .data_size = 4};
    struct service file;

    for (uint32_t i = 0; i < size; i++)
        written[i] = (uint8_t)(i * 7 + (i >> 12));
    expect(create_file(card, "/client.bin", 0), 0, "CreateFile");
    expect(open_object(card, &open, &file), 0, "OpenFile");
    expect(transfer(&file, false, written, size), 0, "Write, 1 MiB");
    expect(transfer(&file, true, read, size), 0, "Read, 1 MiB");
    expect(memcmp(read, written, size) != 0, 0, "the same bytes");
    if (!file.object)
        expect(svcCloseHandle(file.session), 0, "CloseHandle of the file");
    expect(path_command(card, 1, "/client.bin"), 0, "DeleteFile");
    expect(path_command(card, 1, "/client.bin"), PATH_MISSING, "DeleteFile once more");
}

static void use_card(const struct service *files)
{
    uint64_t pid = 0;
    struct service card;

    expect(call(files, &(struct command){.id = 1, .send_pid = true, .data = &pid, .data_size = 8}),
           0, "SetCurrentProcess");
    expect(open_object(files, &(struct command){.id = 18}, &card), 0, "OpenSdCardFileSystem");
    use_file(&card);
    if (!card.object)
        expect(svcCloseHandle(card.session), 0, "CloseHandle of the card");
}

/* Control command 0 makes the session a domain, control command 2 clones the session. */
static void use_domain(struct service *files)
{
    struct command convert = {.type = TYPE_CONTROL, .id = 0};
    struct command clone = {.type = TYPE_CONTROL, .id = 2};
    struct service copy;

    expect(call(files, &convert), 0, "ConvertCurrentObjectToDomain");
    files->object = word_at(convert.out);
    use_card(files);
    expect(call(files, &clone), 0, "CloneCurrentObject");
    copy = (struct service){clone.handle, files->object};
    use_card(&copy);
    make_message(&copy, &(struct command){.type = TYPE_CLOSE});
    expect(svcSendSyncRequest(copy.session), 0xF601, "Close message");
    expect(svcCloseHandle(copy.session), 0, "CloseHandle of the clone");
}

int main(int argc, char **argv)
{
    uint64_t pid = 0;
    struct service sm = {0}, files;

    if (!transport_open(argc > 1 ? argv[1] : "tcp:127.0.0.1:18253", PLATFORM_HORIZON, "client",
                        0x0100000000010000))
        return 2;
    expect(svcConnectToNamedPort(&sm.session, "sm:"), 0, "ConnectToNamedPort sm:");
    expect(call(&sm, &(struct command){.id = 0, .send_pid = true, .data = &pid, .data_size = 8}), 0,
           "RegisterClient");
    expect(get_service(&sm, "nothing", &files), 0xE15, "GetServiceHandle of an unknown service");
    expect(get_service(&sm, "fsp-srv", &files), 0, "GetServiceHandle fsp-srv");
    use_card(&files);
    use_domain(&files);
    expect(svcCloseHandle(files.session), 0, "CloseHandle of fsp-srv");
    expect(svcSendSyncRequest(files.session), 0xE401, "SendSyncRequest of the closed handle");
    transport_close();
    return 0;
}
