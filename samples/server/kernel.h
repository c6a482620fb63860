/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file kernel.h
 * What a simulated kernel is to the server around it. There is one per platform, made when the
 * server starts; connections that said Hello with its platform become processes of it.
 *
 * Everything runs in one thread, on the server's main context. No function may block: a call that
 * has to wait keeps its struct server_call and finishes it later.
 */
#ifndef IPCSHARK_SERVER_KERNEL_H
#define IPCSHARK_SERVER_KERNEL_H

#include "call.h"
#include "process.h"

#include <ipcshark/record.h>

#include <stdint.h>

struct server;

/** The platform's own results for what the framework has to refuse. */
struct server_kernel_results {
    uint32_t not_implemented; /**< Unknown kernel call number. */
    uint32_t pid_in_use;      /**< Hello wanted a process id that another process has. */
    uint32_t session_closed;  /**< Open calls of a process that exits. */
    uint32_t too_large;       /**< The exit would not fit a record. */
    uint32_t bad_buffer;      /**< The enter's contents are TRUNCATED. */
};

struct server_kernel {
    uint8_t platform; /**< enum ipctap_platform. */
    const char *name; /**< "horizon" */
    struct server_kernel_results results;

    /** @return the kernel's data, given to all other functions. Services are started here. */
    void *(*create)(struct server *server);
    void (*destroy)(void *kernel);

    /**
     * A connection said Hello. `hello` is its record (SERVICE_ACCESS and the like).
     * @return 0, or the result that Hello fails with: then the process is dropped and the
     * connection may try again.
     */
    uint32_t (*process_open)(void *kernel, struct server_process *process,
                             const struct ipctap_record *hello);

    /** The process is gone: close its handles, tell its peers. Its open calls were cancelled. */
    void (*process_close)(void *kernel, struct server_process *process);

    /**
     * An enter record of kind 1 to 5 arrived; Hello and Exit are the framework's. The kernel calls
     * server_call_target() as soon as it knows whom the call is for, and server_call_finish() or
     * server_call_reject() now or later. Kinds that the platform does not have: reject.
     */
    void (*call)(void *kernel, struct server_call *call);

    /**
     * A call that has not been finished yet must be forgotten (its connection ends, its process
     * exits): drop every pointer to it, free what hangs on call->wait. The framework frees the
     * call.
     */
    void (*cancel)(void *kernel, struct server_call *call);
};

extern const struct server_kernel horizon_kernel;
extern const struct server_kernel ctr_kernel;
extern const struct server_kernel orbis_kernel;
extern const struct server_kernel prospero_kernel;

#endif
