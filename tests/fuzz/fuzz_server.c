/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client of the reference server, in one process with it: real connections, records of all three
 * systems, mutated as records (server_mutator.c). A fresh server for each input, so that pids and
 * handles are those that the seeds were written with. What the server answers must be records; in
 * the end a new client must still be welcome.
 */
#include "server_input.h"

#include <server.h>

#include <ipcshark/writer.h>

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PID_OFFSET     32
#define MAX_TURNS      64 /* Of the loop for one chunk. */
#define CLEAN_INTERVAL 256
#define REPLY_SIZE     0x20000

struct client {
    int descriptor; /* -1: not connected, or closed by the server. */
    uint32_t pid;
    GByteArray *replies;
};

static char *folder;

static void ignore_record(void *data, const uint8_t *record, size_t size)
{
    struct ipctap_record decoded;

    (void)data;
    if (!ipctap_record_decode(record, size, &decoded, NULL))
        abort();
}

static void remove_folder(void)
{
    g_autofree char *command = g_strdup_printf("rm -rf '%s'", folder);

    (void)!system(command);
}

/* What inputs leave in the sandbox goes now and then: a fresh one for each costs too much. */
static void clean_folder(void)
{
    static unsigned int inputs;

    if (inputs++ % CLEAN_INTERVAL)
        return;
    if (folder)
        remove_folder();
    else
        atexit(remove_folder);
    g_free(folder);
    folder = g_dir_make_tmp("ipcshark-fuzz-XXXXXX", NULL);
}

static struct server *start_server(void)
{
    struct server_options options = {
        .quiet = true, .tap_function = ignore_record, .sandbox = folder};

    return server_new(&options, NULL);
}

static void connect_client(struct server *server, struct client *client)
{
    int pair[2];

    if (client->descriptor >= 0)
        return;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair))
        abort();
    client->descriptor = pair[0];
    client->pid = IPCTAP_UNKNOWN_ID;
    g_byte_array_set_size(client->replies, 0);
    server_add_connection(server, pair[1]);
}

static void disconnect(struct client *client)
{
    if (client->descriptor >= 0)
        close(client->descriptor);
    client->descriptor = -1;
}

/* A record of the server's: all sections are there, and Hello's exit brings the pid. */
static void look_at(struct client *client, const uint8_t *bytes, size_t size)
{
    struct ipctap_section_iterator iterator = {0};
    struct ipcshark_findings findings = {0};
    struct ipctap_section section;
    struct ipctap_record record;

    if (!ipctap_record_decode(bytes, size, &record, &findings))
        abort();
    while (ipctap_section_next(&record, &iterator, &section, &findings))
        ;
    if (findings.count)
        abort();
    if (client->pid == IPCTAP_UNKNOWN_ID && record.header.kind == IPCTAP_KERNEL_CALL)
        client->pid = record.header.pid;
}

static void take_replies(struct client *client)
{
    size_t used = 0, size = 0;

    while (client->replies->len > used &&
           ipctap_stream_next(client->replies->data + used, client->replies->len - used, &size,
                              NULL) == IPCTAP_STREAM_RECORD) {
        look_at(client, client->replies->data + used, size);
        used += size;
    }
    if (used)
        g_byte_array_remove_range(client->replies, 0, (guint)used);
}

static void receive(struct client *client)
{
    static uint8_t bytes[REPLY_SIZE];
    ssize_t size = 0;

    if (client->descriptor < 0)
        return;
    while ((size = recv(client->descriptor, bytes, sizeof bytes, 0)) > 0)
        g_byte_array_append(client->replies, bytes, (guint)size);
    take_replies(client);
    if (size == 0)
        disconnect(client);
}

static void turn(struct client *clients)
{
    for (unsigned int i = 0; i < MAX_TURNS && g_main_context_iteration(NULL, FALSE); i++)
        ;
    for (unsigned int i = 0; i < SERVER_INPUT_CONNECTIONS; i++)
        receive(&clients[i]);
}

static void send_chunk(struct server *server, struct client *clients,
                       const struct server_chunk *chunk)
{
    struct client *client = &clients[chunk->connection % SERVER_INPUT_CONNECTIONS];
    g_autofree uint8_t *bytes = g_memdup2(chunk->bytes, chunk->size);

    connect_client(server, client);
    if (!(chunk->connection & SERVER_INPUT_KEEP_PID) && chunk->size >= IPCTAP_HEADER_SIZE)
        ipcshark_store_u32(bytes + PID_OFFSET, client->pid);
    if (send(client->descriptor, bytes, chunk->size, MSG_NOSIGNAL) < 0)
        disconnect(client);
    turn(clients);
}

static void expect_welcome(struct server *server, struct client *clients)
{
    const struct ipctap_kernel_call hello = {.call = IPCTAP_CALL_HELLO};
    struct ipctap_header header =
        ipctap_header_init(IPCTAP_HORIZON, IPCTAP_KERNEL_CALL, IPCTAP_ENTER);
    uint8_t bytes[256], call[IPCTAP_KERNEL_CALL_SIZE];
    struct ipcshark_writer writer = ipcshark_writer(bytes, sizeof bytes);
    struct server_chunk chunk = {.bytes = bytes};

    header.call_id = header.tid = 1;
    ipctap_begin(&writer, &header);
    ipctap_add(&writer, IPCTAP_SECTION_KERNEL_CALL, 0, 0, call,
               (uint32_t)ipctap_kernel_call_encode(&hello, call, sizeof call));
    chunk.size = ipctap_end(&writer);
    disconnect(&clients[0]);
    turn(clients);
    send_chunk(server, clients, &chunk);
    turn(clients);
    if (clients[0].pid == IPCTAP_UNKNOWN_ID)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct client clients[SERVER_INPUT_CONNECTIONS];
    struct server_chunk chunk;
    struct server *server;
    size_t offset = 0;

    clean_folder();
    server = start_server();
    for (unsigned int i = 0; i < SERVER_INPUT_CONNECTIONS; i++)
        clients[i] = (struct client){.descriptor = -1, .replies = g_byte_array_new()};
    while (server_input_next(bytes, size, &offset, &chunk))
        send_chunk(server, clients, &chunk);
    expect_welcome(server, clients);
    for (unsigned int i = 0; i < SERVER_INPUT_CONNECTIONS; i++) {
        disconnect(&clients[i]);
        g_byte_array_unref(clients[i].replies);
    }
    turn(clients);
    server_free(server);
    return 0;
}
