/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file internal.h
 * What the framework's files know of each other and kernels do not.
 */
#ifndef IPCSHARK_SERVER_INTERNAL_H
#define IPCSHARK_SERVER_INTERNAL_H

#include "server.h"

#define SERVER_PLATFORMS (IPCTAP_PROSPERO + 1)

struct server {
    struct server_options options;
    GMainContext *context;
    struct server_tap *tap;
    struct sandbox *sandbox;
    const struct server_kernel *kernel[SERVER_PLATFORMS];
    void *kernel_data[SERVER_PLATFORMS];
    uint16_t source[SERVER_PLATFORMS];
    GPtrArray *listeners;
    GPtrArray *connections;
    GHashTable *processes; /* pid -> struct server_process */
    GHashTable *timers;
    uint64_t last_session;
    uint64_t last_tap_id;
    uint32_t last_pid;
};

/* process.c */
struct server_process *server_process_new(struct server *server, const struct server_kernel *kernel,
                                          uint32_t wanted_pid, const char *name,
                                          uint64_t program_id);

/* call.c */
struct server_call *server_call_new(struct server_process *process, uint8_t *bytes, size_t size);
void server_call_free(struct server_call *call);

/* connection.c: what calls and the server do with connections. */
struct server_connection *server_connection_new(struct server *server, int descriptor);
void server_connection_free(struct server_connection *connection);
/* Takes `bytes`. */
void server_connection_send(struct server_connection *connection, uint8_t *bytes, size_t size);
/* The call is done: its thread may make the next. */
void server_connection_call_ended(struct server_connection *connection, struct server_call *call);
/* A note with this text, then the end. */
void server_connection_fail(struct server_connection *connection, const char *text);

#endif
