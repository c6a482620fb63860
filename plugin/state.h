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

struct open_call; /* call.c */

/** Calls of one side, clients' or servers', whose other side has not been seen. */
struct call_side {
    struct open_call *newest; /**< In no table: mostly the next to be asked for. NULL: none. */
    GHashTable *others;       /**< struct open_call, by call id. */
};

/** A process talks through few sessions at a time. */
struct recent_session {
    uint32_t handle;
    struct session *session; /**< NULL: unused. */
};
#define PROCESS_RECENT_SESSIONS 4

/** What each record asks for comes first: it lies together. */
struct process_state {
    uint32_t pid;
    uint32_t name_size;
    const char *name;          /**< PROCESS_NAME, escaped; or NULL. */
    const uint8_t *name_bytes; /**< The same as the record has it; compared with each record's. */
    const char *text;          /**< "fs (pid 81)"; file scope, NULL until it is needed. */
    struct open_call
        *newest_call;     /**< Of its open ones; or NULL. The others: source_state.calls. */
    uint32_t older_calls; /**< How many of those there are at most. */
    uint32_t early_exits; /**< How many exits have no enter so far, at most. */
    uint32_t generation;  /**< Counts its ends: calls of earlier ones get no exit (call.c). */
    const struct record_memo *agreed_in; /**< The record that says nothing new about */
    const struct session *agreed_on;     /**< this session (session.c). */
    GHashTable *handles;                 /**< handle -> struct session * */
    struct recent_session recent[PROCESS_RECENT_SESSIONS]; /**< Of them: asked for before. */
    const uint32_t *waited_for; /**< Handles of its last wait; file scope, or NULL. */
    uint32_t waited_count;
    const struct named_handles
        *last_named; /**< Of its last system call that had any (handles.c). */
    const struct record_target *target[RECORD_SIDES]; /**< Of its last records. */
};

/** So many processes are found at once: most captures have no more that talk. */
#define STATE_RECENT 64

struct source_state {
    wmem_map_t *processes;     /**< pid -> struct process_state * */
    wmem_map_t *numbers;       /**< SESSION number -> struct session * of one of its processes */
    GHashTable *calls;         /**< struct open_call: by process, and call id or thread (call.c). */
    struct call_side sides[2]; /**< Clients', servers'. */
    struct process_state *recent[STATE_RECENT]; /**< That were asked for, by pid; or NULL. */
    const struct appmsg_clock *clock;           /**< Of its last CLOCK_PAIR; NULL unknown. */
    uint32_t firmware; /**< HORIZON_VERSION() of the FIRMWARE text, 0 unknown. */
    void *last_kept;   /**< Of its last manager call that kept anything (sceipmi_memo.c). */
};

void state_register(void);

/** A table that is destroyed with the capture file. */
GHashTable *state_new_table(GHashFunc hash, GEqualFunc equal);

/** The record's source, made if new: context->source from then on. First pass only. */
struct source_state *state_source(const struct call_context *context);
/** A process of it, made if new. First pass only. */
struct process_state *state_process(const struct call_context *context, uint32_t pid);

/** A PROCESS_NAME: it may be new. First pass only. */
void state_name_process(const struct call_context *context, struct process_state *process,
                        const struct ipctap_section *name);

/** A target that equals `wanted`. First pass only. */
const struct record_target *state_target(const struct call_context *context,
                                         const struct record_target *wanted);

/** The pid is another process's from now on: of the former one nothing holds. First pass only. */
void state_begin_process(const struct call_context *context, uint32_t pid, const char *name);

/** None of its handles stands for anything any more. */
void state_forget_handles(struct process_state *process);

/** A copy of a wait's handles in file scope; that of the process's last wait if they are the
 *  same. */
const uint32_t *state_waited_for(struct process_state *process, const uint32_t *handles,
                                 uint32_t count);

/** The version of the console's firmware, if the record says it. First pass only. */
void state_learn_firmware(const struct call_context *context);

/** Forgets all processes of the source, and so their handles and open calls. */
void state_forget_source(const struct call_context *context);

void call_register(void);
/** Makes and empties the tables of a source. */
void call_begin_source(struct source_state *source);
void call_forget_source(struct source_state *source);

/** Finds or makes the record's exchange and keeps it in the memo (call.c). First pass only. */
void call_join(const struct call_context *context);
/** Open calls of the process get no exit any more. */
void call_end_process(const struct call_context *context);

#endif
