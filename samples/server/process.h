/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file process.h
 * A process of a simulated kernel: a connection, or a service inside the server.
 */
#ifndef IPCSHARK_SERVER_PROCESS_H
#define IPCSHARK_SERVER_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

struct server;
struct server_connection;
struct server_kernel;

struct server_process {
    struct server *server;
    const struct server_kernel *kernel;
    struct server_connection *connection; /**< NULL if simulated. */
    void *data;                           /**< The kernel's, set in process_open. */
    char *name;
    uint64_t program_id;
    uint32_t pid; /**< Unique in the whole server. */
    bool simulated;
};

/**
 * A service inside the server as a process with a pid of its own. The kernel makes it in create(),
 * sets `data` itself (process_open is not called) and frees it in destroy().
 */
struct server_process *server_process_new_simulated(struct server *server,
                                                    const struct server_kernel *kernel,
                                                    const char *name, uint64_t program_id);
void server_process_free(struct server_process *process);

/** NULL if no process, simulated or connected, has that pid. */
struct server_process *server_process_find(struct server *server, uint32_t pid);

#endif
