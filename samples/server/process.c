/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "internal.h"

/* Pids of connections start here, so that those of simulated services (1, 2, …) stay small and a
 * reader of a capture tells them apart. */
#define FIRST_CONNECTED_PID 81

/* Of a process, and of its charges that outlive it. */
struct server_account {
    unsigned int references;
    size_t used;
};

struct server_charge {
    struct server_account *account;
    size_t size;
};

static void unref_account(struct server_account *account)
{
    if (--account->references == 0)
        g_free(account);
}

struct server_charge *server_charge_new(struct server_process *process, size_t size)
{
    struct server_account *account = process->account;
    struct server_charge *charge;

    if (size > SERVER_PROCESS_MEMORY - account->used)
        return NULL;

    charge = g_new(struct server_charge, 1);
    *charge = (struct server_charge){account, size};
    account->references++;
    account->used += size;
    return charge;
}

void server_charge_free(struct server_charge *charge)
{
    if (!charge)
        return;

    charge->account->used -= charge->size;
    unref_account(charge->account);
    g_free(charge);
}

struct server_process *server_process_find(struct server *server, uint32_t pid)
{
    return g_hash_table_lookup(server->processes, GUINT_TO_POINTER(pid));
}

static uint32_t free_pid(struct server *server, bool simulated)
{
    uint32_t pid = simulated ? MAX(server->options.first_service_pid, 1)
                             : MAX(server->last_pid + 1, FIRST_CONNECTED_PID);

    while (pid == 0 || pid >= IPCTAP_NO_PEER || server_process_find(server, pid))
        pid = pid >= IPCTAP_NO_PEER ? FIRST_CONNECTED_PID : pid + 1;
    if (!simulated)
        server->last_pid = pid;
    return pid;
}

static struct server_process *make(struct server *server, const struct server_kernel *kernel,
                                   uint32_t pid, const char *name, uint64_t program_id)
{
    struct server_process *process = g_new0(struct server_process, 1);

    process->server = server;
    process->kernel = kernel;
    process->account = g_new0(struct server_account, 1);
    process->account->references = 1;
    process->name = g_strdup(name ? name : "");
    process->program_id = program_id;
    process->pid = pid;
    g_hash_table_insert(server->processes, GUINT_TO_POINTER(pid), process);
    return process;
}

struct server_process *server_process_new_simulated(struct server *server,
                                                    const struct server_kernel *kernel,
                                                    const char *name, uint64_t program_id)
{
    struct server_process *process = make(server, kernel, free_pid(server, true), name, program_id);

    process->simulated = true;
    return process;
}

struct server_process *server_process_new(struct server *server, const struct server_kernel *kernel,
                                          uint32_t wanted_pid, const char *name,
                                          uint64_t program_id)
{
    uint32_t pid = wanted_pid ? wanted_pid : free_pid(server, false);

    if (pid >= IPCTAP_NO_PEER || server_process_find(server, pid))
        return NULL;
    return make(server, kernel, pid, name, program_id);
}

void server_process_free(struct server_process *process)
{
    if (!process)
        return;

    g_hash_table_remove(process->server->processes, GUINT_TO_POINTER(process->pid));
    unref_account(process->account);
    g_free(process->name);
    g_free(process);
}
