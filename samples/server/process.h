/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file process.h
 * A process of a simulated kernel: a connection, or a service inside the server.
 */
#ifndef IPCSHARK_SERVER_PROCESS_H
#define IPCSHARK_SERVER_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct server;
struct server_connection;
struct server_kernel;

struct server_account;

struct server_process {
    struct server *server;
    const struct server_kernel *kernel;
    struct server_connection *connection; /**< NULL if simulated. */
    void *data;                           /**< The kernel's, set in process_open. */
    char *name;
    uint64_t program_id;
    uint32_t pid; /**< Unique in the whole server. */
    bool simulated;
    struct server_account *account;
};

/**
 * A service inside the server as a process with a pid of its own. The kernel makes it in create(),
 * sets `data` itself (process_open is not called) and frees it in destroy().
 */
struct server_process *server_process_new_simulated(struct server *server,
                                                    const struct server_kernel *kernel,
                                                    const char *name, uint64_t program_id);
void server_process_free(struct server_process *process);

/**
 * Memory that a process makes its kernel keep, such as shared blocks: one process must not have it
 * all. The charge lives as long as the memory, even if the process ends before.
 */
#define SERVER_PROCESS_MEMORY ((size_t)64 << 20)

struct server_charge;

/** NULL: with this the process would have more than SERVER_PROCESS_MEMORY. */
struct server_charge *server_charge_new(struct server_process *process, size_t size);
void server_charge_free(struct server_charge *charge); /**< NULL is no charge. */

/** NULL if no process, simulated or connected, has that pid. */
struct server_process *server_process_find(struct server *server, uint32_t pid);

#endif
