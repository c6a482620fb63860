/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file internal.h
 * What the framework's files know of each other and kernels do not.
 */
#ifndef IPCSHARK_SERVER_INTERNAL_H
#define IPCSHARK_SERVER_INTERNAL_H

#include "loop.h"
#include "server.h"

#define SERVER_PLATFORMS (IPCTAP_PROSPERO + 1)

#define SERVER_READ_SIZE 0x10000

struct server_faults;

struct server {
    struct server_options options;
    uint8_t choices[SERVER_CHOICES];
    struct server_loop *loop;
    GSource *loop_source; /* The loop in the thread's main context. */
    struct server_faults *faults;
    struct server_statistics statistics;
    size_t held; /* Bytes that connections make the server keep. */
    struct server_tap *tap;
    struct sandbox *sandbox;
    const struct server_kernel *kernel[SERVER_PLATFORMS];
    void *kernel_data[SERVER_PLATFORMS];
    uint16_t source[SERVER_PLATFORMS];
    GPtrArray *listeners;
    GPtrArray *connections;
    GHashTable *processes; /* pid -> struct server_process */
    uint64_t last_session;
    uint64_t last_tap_id;
    uint32_t last_pid;
    uint8_t read_buffer[SERVER_READ_SIZE];
};

/* process.c */
struct server_process *server_process_new(struct server *server, const struct server_kernel *kernel,
                                          uint32_t wanted_pid, const char *name,
                                          uint64_t program_id);

/* call.c */
struct server_call *server_call_new(struct server_process *process, const uint8_t *bytes,
                                    size_t size);
void server_call_free(struct server_call *call);
/* server_call_finish() without faults, for the framework's own Hello and Exit. */
void server_call_finish_at_once(struct server_call *call, uint32_t result);
/* A finished call's exit goes to tap and client; frees the call. */
void server_call_send(struct server_call *call);
/* Only to the tap. */
void server_call_tap_exit(struct server_call *call);

/* connection.c: what calls and the server do with connections. */
struct server_connection *server_connection_new(struct server *server, int descriptor);
void server_connection_free(struct server_connection *connection);
void server_connection_send(struct server_connection *connection, const uint8_t *bytes,
                            size_t size);
/* The call is done: its thread may make the next. */
void server_connection_call_ended(struct server_connection *connection, struct server_call *call);
/* A note with this text, then the end. */
void server_connection_fail(struct server_connection *connection, const char *text);

/* server.c: while all connections hold too much, the one that holds most has to go. */
void server_keep_within_memory(struct server *server);

#endif
