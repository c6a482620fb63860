/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file server.h
 * The reference server: listening sockets, connections, and the simulated kernels behind them, all
 * in one thread on one main context.
 */
#ifndef IPCSHARK_SERVER_H
#define IPCSHARK_SERVER_H

#include "choices.h"
#include "kernel.h"
#include "loop.h"
#include "process.h"
#include "sandbox.h"
#include "tap.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct server_options {
    const char *tap;                  /**< File or address; NULL none. */
    size_t tap_limit;                 /**< Bytes of a section that go to it; 0: 64 KiB. */
    const char *sandbox;              /**< Directory; NULL: a temporary one with sample files. */
    server_tap_function tap_function; /**< Instead of `tap`, for tests. */
    void *tap_data;
    bool wait_for_services; /**< Asking for an unregistered service waits, as on a console. */
    bool allow_remote;      /**< Listen on other than loopback addresses. */
    bool quiet;
    const char *const *faults;  /**< Rules as in docs/faults.md, ended by NULL; may be NULL. */
    uint32_t fault_seed;        /**< Of the rules' dice. */
    unsigned int connections;   /**< At once; 0: SERVER_DEFAULT_CONNECTIONS. */
    unsigned int sessions;      /**< Of one port; 0: SERVER_DEFAULT_SESSIONS. */
    size_t memory;              /**< Bytes; 0: SERVER_DEFAULT_MEMORY. */
    const char *const *choices; /**< "name=value" (choices.h), ended by NULL; may be NULL. */
    /** Times and source numbers that are the same in every run, for captures that are
     *  reproduced. */
    bool fixed_time;
    uint32_t first_service_pid; /**< Pids of processes inside the server; 0: from 1 on. */
};

#define SERVER_DEFAULT_CONNECTIONS 4096
#define SERVER_DEFAULT_SESSIONS    2048
/**
 * What all connections together may make the server keep: beginnings of records, enters of open
 * calls, exits that nobody reads. While it is more, the connection that holds most is closed.
 */
#define SERVER_DEFAULT_MEMORY ((size_t)1 << 30)

/** Counted since the server was made. */
struct server_statistics {
    uint64_t connections;
    uint64_t refused; /**< Connections beyond the limit. */
    uint64_t failed;  /**< Closed because of what the client sent. */
    uint64_t calls;
    uint64_t faults; /**< Injected. */
};

struct server;

/** Uses the thread's default main context. */
struct server *server_new(const struct server_options *options, GError **error);
void server_free(struct server *server);

/** Serves until SIGINT or SIGTERM, which the caller has blocked, without a main context. */
void server_run(struct server *server);

const struct server_statistics *server_get_statistics(const struct server *server);

/** A line on standard output of what there was, unless quiet; the tap's part once it is closed. */
void server_log_statistics(const struct server *server);

/** Listens; @return the bound address ("tcp:127.0.0.1:40123"), to be freed, or NULL. */
char *server_listen(struct server *server, const char *address, GError **error);

/** Makes a connected stream socket a connection; takes the descriptor. */
void server_add_connection(struct server *server, int descriptor);

size_t server_connection_count(const struct server *server);

/** What kernels use. */
const struct server_options *server_get_options(const struct server *server);
struct sandbox *server_get_sandbox(struct server *server);

/** The kernel's data of a platform; NULL if this server was built without it. */
void *server_get_kernel(struct server *server, uint8_t platform);

/** Of this run, for records of that platform; never 0. */
uint16_t server_get_source(const struct server *server, uint8_t platform);

/** Session numbers for SESSION sections: 1, 2, … */
uint64_t server_next_session(struct server *server);

/** Nanoseconds; with fixed_time 10 microseconds more at each call. */
uint64_t server_unix_time(void);
uint64_t server_monotonic_time(void); /**< Nanoseconds, for waiting. */
/** Nanoseconds, for what clients see: the monotonic clock, or what goes with fixed_time. */
uint64_t server_stamp_time(void);

/** Where the clock of fixed_time begins: 2026-01-01, an hour after the console's start. */
#define SERVER_FIXED_TIME UINT64_C(1767225600000000000)

/**
 * Calls `function` once after `nanoseconds` (0: from the main loop as soon as possible). Cancel
 * with server_timer_cancel() before it has run; after it has run the pointer is gone.
 */
struct server_timer *server_timer_new(struct server *server, uint64_t nanoseconds,
                                      server_timer_function function, void *data);
/** NULL is no timer. */
void server_timer_cancel(struct server_timer *timer);

/** A line on standard output unless quiet. */
void server_log(const struct server *server, const char *format, ...) G_GNUC_PRINTF(2, 3);

#endif
