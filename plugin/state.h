/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file state.h
 * What is remembered from record to record, as a tree: scope (file section and interface, or
 * connection) -> source (one run of a kernel) -> process. Everything lives in file scope and is
 * touched on the first pass only.
 */
#ifndef PLUGIN_STATE_H
#define PLUGIN_STATE_H

#include "plugin.h"

struct process_state {
    uint32_t pid;
    const char *name; /**< PROCESS_NAME, or NULL. */
    const char *text; /**< "fs (pid 81)"; file scope, NULL until it is needed. */
    uint64_t program_id;
    wmem_map_t *handles;  /**< handle -> struct session * */
    wmem_map_t *calls;    /**< struct call_exchange -> itself: open ones, by call id or thread. */
    uint32_t early_exits; /**< How many of `calls`, at most, are exits without an enter so far. */
};

struct source_state {
    wmem_map_t *processes; /**< pid -> struct process_state * */
    wmem_map_t *numbers;   /**< SESSION number -> struct session * of one of its processes */
    wmem_map_t
        *sides[2]; /**< call_id -> struct call_exchange * without a peer, of clients and servers. */
    struct process_state *last; /**< That was asked for, or NULL. */
    uint32_t firmware;          /**< HORIZON_VERSION() of the FIRMWARE text, 0 unknown. */
};

void state_register(void);

/** The record's source and process, made if new. First pass only. */
struct source_state *state_source(const struct call_context *context);
struct process_state *state_process(const struct call_context *context, uint32_t pid);

/** Its name may be new. First pass only. */
void state_name_process(const struct call_context *context, uint32_t pid, const char *name);

/** The pid is another process's from now on: of the former one nothing holds. First pass only. */
void state_begin_process(const struct call_context *context, uint32_t pid, const char *name);

/** The version of the console's firmware, if the record says it. First pass only. */
void state_learn_firmware(const struct call_context *context);

/** Forgets all processes of the source, and so their handles and open calls. */
void state_forget_source(const struct call_context *context);

/** Finds or makes the record's exchange and keeps it in the memo (call.c). First pass only. */
void call_join(const struct call_context *context);
/** Open calls of the process get no exit any more. */
void call_end_process(const struct call_context *context);

#endif
