/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hook in the shape of an emulator's SendSyncRequest. It sees a call four times: the request as
 * the program wrote it and, translated (handles, process id, addresses), as the service gets it;
 * the reply as the service wrote it and, translated back, as the program will read it. The first
 * and last are the client's records, the middle ones the server's; they share a call_id. A service
 * inside the emulator is no process: then there are the client's records only.
 *
 *     example_emulator_hook [DESTINATION [FILTER]]      file:emulator.pcapng
 */
#include <ipcshark/hipc.h>
#include <ipctap.h>

#include <stdio.h>
#include <string.h>

/** What an emulator has at hand in its system call. */
struct process {
    uint32_t pid;
    uint32_t tid;
    uint64_t program_id;
    uint64_t message_address;
    uint8_t message[HIPC_TLS_MESSAGE_SIZE];
    uint8_t memory[0x1000]; /**< Guest memory, at MEMORY_BASE. */
};

#define MEMORY_BASE 0x7100000000u

static const uint8_t *guest_bytes(const struct process *process, uint64_t address, uint64_t size)
{
    if (address < MEMORY_BASE || address - MEMORY_BASE > sizeof process->memory ||
        size > sizeof process->memory - (address - MEMORY_BASE))
        return NULL;
    return process->memory + (address - MEMORY_BASE);
}

/** A buffer that the program sends: contents if they can be read, else a section without bytes. */
static struct ipctap_part part(const struct process *process, uint16_t type, unsigned int index,
                               uint64_t address, uint64_t size)
{
    const uint8_t *bytes = guest_bytes(process, address, size);

    return (struct ipctap_part){
        .type = type,
        .index = (uint16_t)index,
        .address = address,
        .bytes = bytes,
        .size = bytes ? (uint32_t)size : 0,
        .declared = size,
    };
}

/** The buffers of a request (send) or those that a reply filled (receive). */
static size_t collect(const struct process *process, const struct hipc_message *message,
                      enum ipctap_phase phase, struct ipctap_part *parts)
{
    size_t count = 0;

    for (unsigned int i = 0; phase == IPCTAP_ENTER && i < message->pointer_count; i++)
        parts[count++] =
            part(process, IPCTAP_POINTER, i, message->pointer[i].address, message->pointer[i].size);
    for (unsigned int i = 0; phase == IPCTAP_ENTER && i < message->send_count; i++)
        parts[count++] =
            part(process, IPCTAP_SEND, i, message->send[i].address, message->send[i].size);
    for (unsigned int i = 0; phase == IPCTAP_EXIT && i < message->receive_count; i++)
        parts[count++] =
            part(process, IPCTAP_RECEIVE, i, message->receive[i].address, message->receive[i].size);
    return count;
}

static void emit(struct ipctap *tap, const struct process *process,
                 const struct ipctap_header *header, const struct hipc_message *request)
{
    struct ipctap_part parts[3 * HIPC_MAX_DESCRIPTORS];
    size_t count = collect(process, request, (enum ipctap_phase)header->phase, parts);

    ipctap_emit_message(tap, header, process->message_address, process->message,
                        sizeof process->message, parts, count);
}

/** Stands for the emulator's kernel and the service behind it: an empty CMIF reply. */
static void translate(const struct process *from, struct process *to)
{
    memcpy(to->message, from->message, sizeof to->message);
}

static void serve(struct process *server)
{
    static const uint8_t reply[] = {0, 0, 0, 0, 8, 0, 0,   0,   0,   0,
                                    0, 0, 0, 0, 0, 0, 'S', 'F', 'C', 'O'};

    memset(server->message, 0, sizeof server->message);
    memcpy(server->message, reply, sizeof reply);
}

static struct ipctap_header header_of(const struct process *process, uint32_t handle,
                                      const struct process *peer)
{
    struct ipctap_header header =
        ipctap_header_init(IPCTAP_HORIZON, IPCTAP_HIPC_MESSAGE, IPCTAP_ENTER);

    header.pid = process->pid;
    header.tid = process->tid;
    header.program_id = process->program_id;
    header.object = handle;
    header.peer_pid = peer->pid;
    return header;
}

static void leave(struct ipctap_header *header, uint32_t result)
{
    header->result = result;
    header->flags |= IPCTAP_RESULT;
    header->phase = IPCTAP_EXIT;
    header->time = 0; /* the present again */
}

/** The system call, watched: what the filter does not want is not even decoded. */
static uint32_t send_watched(struct ipctap *tap, struct process *client, struct process *server,
                             uint32_t handle, uint32_t session)
{
    struct ipctap_header client_side = header_of(client, handle, server);
    struct ipctap_header server_side = header_of(server, session, client);
    struct hipc_message request;

    hipc_decode(client->message, sizeof client->message, HIPC_REQUEST, &request, NULL);
    client_side.call_id = server_side.call_id = ipctap_next_call_id(tap);
    server_side.flags |= IPCTAP_SERVER;
    emit(tap, client, &client_side, &request);

    translate(client, server);
    emit(tap, server, &server_side, &request);
    serve(server);
    leave(&server_side, 0);
    emit(tap, server, &server_side, &request);

    translate(server, client);
    leave(&client_side, 0);
    emit(tap, client, &client_side, &request);
    return 0;
}

static uint32_t send_sync_request(struct ipctap *tap, struct process *client,
                                  struct process *server, uint32_t handle)
{
    const uint32_t session = 0x8001; /* the handle at the other end */

    if (ipctap_is_on(tap)) { /* nobody watches: one branch */
        struct ipctap_header header = header_of(client, handle, server);

        if (ipctap_wants(tap, &header, "fsp-srv", -1))
            return send_watched(tap, client, server, handle, session);
    }
    translate(client, server);
    serve(server);
    translate(server, client);
    return 0;
}

int main(int argc, char **argv)
{
    static struct process client = {.pid = 81,
                                    .tid = 1,
                                    .program_id = 0x0100000000001000,
                                    .message_address = MEMORY_BASE + 0x800};
    static struct process server = {.pid = 4,
                                    .tid = 7,
                                    .program_id = 0x0100000000000000,
                                    .message_address = MEMORY_BASE + 0x200};
    struct ipctap_options options = {
        .destination = argc > 1 ? argv[1] : "file:emulator.pcapng",
        .producer = "example emulator 1.0",
        .firmware = "17.0.1",
        .platform = IPCTAP_HORIZON,
        .filter = argc > 2 ? argv[2] : NULL,
    };
    char error[256];
    struct ipctap *tap = ipctap_open(&options, error, sizeof error);

    if (!tap) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    client.message[0] = HIPC_TYPE_INVOKE_2_METHOD;
    client.message[4] = 8; /* words of raw data */
    memcpy(client.message + 16, "SFCI", 4);
    send_sync_request(tap, &client, &server, 0x83FF);
    ipctap_close(tap);
    return 0;
}
