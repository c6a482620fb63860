/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file call.c
 * Which records belong to one call. docs/capture-format.md, "Joining": "Enter and exit join if
 * source, pid, SERVER and call_id agree. Client's and server's records join if source and call_id
 * agree and pid and peer_pid do not contradict. With call_id 0: the last open enter of that
 * (source, pid, tid, kind); with tid unknown too, nothing is joined."
 */
#include "state.h"

#define NANOSECOND 1000000000

void *call_request(const struct call_context *context)
{
    const struct call_exchange *exchange = context->memo->exchange;

    if (!exchange || exchange->kind != context->header->kind)
        return NULL;
    /* What the first pass did not know, no other knows. */
    return exchange->exit_was_early && call_is_exit(context) ? NULL : exchange->request;
}

void call_keep_request(const struct call_context *context, void *request)
{
    struct call_exchange *exchange = context->memo->exchange;

    if (context->first_pass && call_is_enter(context) && exchange && !exchange->request)
        exchange->request = request;
}

/* Within one process, a call is told by its id; without one, by thread and kind. An exchange is the key
 * of itself. The hash is salted: a file cannot be made so that all its calls fall together. */
static unsigned int exchange_hash(const void *pointer)
{
    const struct call_exchange *exchange = (const struct call_exchange *)pointer;
    int64_t number = exchange->call_id ? (int64_t)exchange->call_id
                                       : (int64_t)exchange->tid << 8 | exchange->kind;

    return wmem_int64_hash(&number) ^ exchange->is_server;
}

static gboolean exchange_equal(const void *pointer_a, const void *pointer_b)
{
    const struct call_exchange *a = (const struct call_exchange *)pointer_a;
    const struct call_exchange *b = (const struct call_exchange *)pointer_b;

    if (a->call_id != b->call_id || a->is_server != b->is_server)
        return FALSE;
    return a->call_id || (a->tid == b->tid && a->kind == b->kind);
}

static struct call_exchange key_of(const struct call_context *context)
{
    const struct ipctap_header *header = context->header;

    return (struct call_exchange){
        .call_id = header->call_id,
        .pid = header->pid,
        .tid = header->tid,
        .peer_pid = header->peer_pid,
        .kind = header->kind,
        .is_server = call_is_server(context),
    };
}

static bool may_be_joined(const struct call_exchange *key)
{
    return key->call_id || key->tid != IPCTAP_UNKNOWN_ID;
}

static wmem_map_t *calls_of(const struct call_context *context)
{
    struct process_state *process = state_process(context, context->header->pid);

    if (!process->calls)
        process->calls = wmem_map_new(wmem_file_scope(), exchange_hash, exchange_equal);
    return process->calls;
}

static bool may_be_one_call(const struct call_exchange *client, const struct call_exchange *server)
{
    bool client_agrees = client->peer_pid == IPCTAP_UNKNOWN_ID || client->peer_pid == server->pid;
    bool server_agrees = server->peer_pid == IPCTAP_UNKNOWN_ID || server->peer_pid == client->pid;

    return client_agrees && server_agrees;
}

static bool join_sides(struct call_exchange *a, struct call_exchange *b)
{
    if (a->peer || b->peer || a->kind != b->kind)
        return false;
    if (!may_be_one_call(a->is_server ? b : a, a->is_server ? a : b))
        return false;
    a->peer = b;
    b->peer = a;
    return true;
}

/* "Only kinds 1 and 2 share a call_id across processes." */
static bool crosses_processes(uint8_t kind)
{
    return kind == IPCTAP_HIPC_MESSAGE || kind == IPCTAP_CTR_COMMAND;
}

/* Who comes first waits for the other side; who comes second takes it from there. */
static void find_peer(const struct call_context *context, struct call_exchange *exchange)
{
    struct source_state *source = state_source(context);
    wmem_map_t *others = source->sides[!exchange->is_server];
    struct call_exchange *other;

    if (!exchange->call_id || !crosses_processes(exchange->kind))
        return;
    other = (struct call_exchange *)wmem_map_lookup(others, &exchange->call_id);
    if (other && join_sides(exchange, other))
        wmem_map_remove(others, &exchange->call_id);
    else
        wmem_map_insert(source->sides[exchange->is_server], &exchange->call_id, exchange);
}

static struct call_exchange *new_exchange(const struct call_context *context,
                                          const struct call_exchange *key)
{
    struct call_exchange *exchange =
        (struct call_exchange *)wmem_memdup(wmem_file_scope(), key, sizeof *key);

    find_peer(context, exchange);
    return exchange;
}

static int64_t packet_time(const struct call_context *context)
{
    const nstime_t *time = &context->pinfo->abs_ts;

    return (int64_t)time->secs * NANOSECOND + time->nsecs;
}

/* An exit that has no enter yet holds its own times in place of the enter's. */
static void set_start(const struct call_context *context, struct call_exchange *exchange)
{
    exchange->enter_time = packet_time(context);
    exchange->enter_clock = context->header->time;
    exchange->clock = context->header->clock;
}

static int64_t duration_until(const struct call_context *context,
                              const struct call_exchange *exchange)
{
    const struct ipctap_header *header = context->header;

    if (exchange->enter_clock && header->time && header->clock == exchange->clock)
        return (int64_t)(header->time - exchange->enter_clock);
    return packet_time(context) - exchange->enter_time;
}

/*
 * Records of several threads or files may stand in the wrong order. An exit that stands before its enter
 * is known by its time: an id that is given out again is that of a later call.
 */
static struct call_exchange *take_early_exit(const struct call_context *context,
                                             const struct call_exchange *key)
{
    struct process_state *process = state_process(context, context->header->pid);
    struct call_exchange *exchange;
    int64_t duration;

    if (!process->early_exits || !process->calls || !key->call_id)
        return NULL;
    exchange = (struct call_exchange *)wmem_map_lookup(process->calls, key);
    if (!exchange || exchange->enter_frame || exchange->kind != key->kind)
        return NULL;
    duration = -duration_until(context, exchange);
    if (duration < 0)
        return NULL;
    wmem_map_remove(process->calls, key);
    process->early_exits--;
    exchange->duration = duration;
    exchange->exit_was_early = true;
    return exchange;
}

static void join_enter(const struct call_context *context, const struct call_exchange *key)
{
    struct call_exchange *exchange = take_early_exit(context, key);

    if (!exchange) {
        exchange = new_exchange(context, key);
        wmem_map_insert(calls_of(context), exchange, exchange);
    }
    exchange->enter_frame = context->pinfo->num;
    set_start(context, exchange);
    exchange->no_exit = (context->header->flags & IPCTAP_NO_EXIT) != 0;
    context->memo->exchange = exchange;
}

static struct call_exchange *take_open(const struct call_context *context, uint32_t pid,
                                       const struct call_exchange *key)
{
    wmem_map_t *calls = state_process(context, pid)->calls;
    struct call_exchange *exchange;

    if (!calls)
        return NULL;
    exchange = (struct call_exchange *)wmem_map_lookup(calls, key);
    if (!exchange || !exchange->enter_frame || exchange->kind != context->header->kind)
        return NULL;
    wmem_map_remove(calls, key);
    return exchange;
}

static struct call_exchange *new_early_exit(const struct call_context *context,
                                            const struct call_exchange *key)
{
    struct call_exchange *exchange = new_exchange(context, key);

    set_start(context, exchange);
    if (!wmem_map_lookup(calls_of(context), exchange)) {
        wmem_map_insert(calls_of(context), exchange, exchange);
        state_process(context, context->header->pid)->early_exits++;
    }
    return exchange;
}

/* Hello is entered by a process that has no pid yet. An exit whose enter was not captured still has
 * another side. */
static void join_exit(const struct call_context *context, const struct call_exchange *key)
{
    struct call_exchange *exchange = take_open(context, context->header->pid, key);

    if (!exchange && key->call_id)
        exchange = take_open(context, IPCTAP_UNKNOWN_ID, key);
    if (exchange)
        exchange->duration = duration_until(context, exchange);
    else
        exchange = new_early_exit(context, key);
    exchange->exit_frame = context->pinfo->num;
    context->memo->exchange = exchange;
}

nstime_t call_duration(const struct call_exchange *exchange)
{
    nstime_t duration;

    duration.secs = (time_t)(exchange->duration / NANOSECOND);
    duration.nsecs = (int)(exchange->duration % NANOSECOND);
    return duration;
}

void call_join(const struct call_context *context)
{
    struct call_exchange key = key_of(context);

    if (!may_be_joined(&key))
        return;
    if (call_is_enter(context))
        join_enter(context, &key);
    else if (call_is_exit(context))
        join_exit(context, &key);
}

/* "Exit (call 2) gets its exit, open calls of other threads get "session closed" first." */
void call_end_process(const struct call_context *context)
{
    struct call_exchange *exchange = context->memo->exchange;

    state_process(context, context->header->pid)->calls = NULL;
    if (call_is_enter(context) && exchange)
        wmem_map_insert(calls_of(context), exchange, exchange);
}
