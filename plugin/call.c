/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file call.c
 * Which records belong to one call. docs/capture-format.md, "Joining": "Enter and exit join if
 * source, pid, SERVER and call_id agree. Client's and server's records join if source and call_id
 * agree and pid and peer_pid do not contradict. With call_id 0: the last open enter of that
 * (source, pid, tid, kind); with tid unknown too, nothing is joined."
 */
#include "state.h"

/* Within one process. */
struct call_key {
    uint64_t call_id; /* 0: joined by thread. */
    uint32_t tid;     /* 0 where call_id is known. */
    uint8_t kind;     /* 0 where call_id is known. */
    uint8_t is_server;
};

/* One side of a call as its source knows it, to find the other side. */
struct call_side {
    struct call_exchange *exchange;
    uint32_t pid;
    uint32_t peer_pid;
};

void *call_request(const struct call_context *context)
{
    const struct call_exchange *exchange = context->memo->exchange;

    if (!exchange || exchange->kind != context->header->kind)
        return NULL;
    return exchange->request;
}

void call_keep_request(const struct call_context *context, void *request)
{
    struct call_exchange *exchange = context->memo->exchange;

    if (context->first_pass && call_is_enter(context) && exchange && !exchange->request)
        exchange->request = request;
}

static unsigned int key_hash(const void *pointer)
{
    const struct call_key *key = (const struct call_key *)pointer;
    uint64_t mixed = key->call_id * 0x9E3779B97F4A7C15u + key->tid;

    mixed ^= (uint64_t)key->kind << 40 | (uint64_t)key->is_server << 48;
    return (unsigned int)(mixed ^ mixed >> 32);
}

static gboolean key_equal(const void *pointer_a, const void *pointer_b)
{
    const struct call_key *a = (const struct call_key *)pointer_a;
    const struct call_key *b = (const struct call_key *)pointer_b;

    return a->call_id == b->call_id && a->tid == b->tid && a->kind == b->kind &&
           a->is_server == b->is_server;
}

static bool make_key(const struct call_context *context, struct call_key *key)
{
    const struct ipctap_header *header = context->header;

    *key = (struct call_key){.call_id = header->call_id, .is_server = call_is_server(context)};
    if (header->call_id)
        return true;
    key->tid = header->tid;
    key->kind = header->kind;
    return header->tid != IPCTAP_UNKNOWN_ID;
}

static wmem_map_t *calls_of(const struct call_context *context)
{
    struct process_state *process = state_process(context, context->header->pid);

    if (!process->calls)
        process->calls = wmem_map_new(wmem_file_scope(), key_hash, key_equal);
    return process->calls;
}

static bool may_be_one_call(const struct call_side *client, const struct call_side *server)
{
    bool client_agrees = client->peer_pid == IPCTAP_UNKNOWN_ID || client->peer_pid == server->pid;
    bool server_agrees = server->peer_pid == IPCTAP_UNKNOWN_ID || server->peer_pid == client->pid;

    return client_agrees && server_agrees;
}

static void join_sides(struct call_side *a, struct call_side *b)
{
    if (a->exchange->peer || b->exchange->peer || a->exchange->kind != b->exchange->kind)
        return;
    if (!may_be_one_call(a->exchange->is_server ? b : a, a->exchange->is_server ? a : b))
        return;
    a->exchange->peer = b->exchange;
    b->exchange->peer = a->exchange;
}

/* "Only kinds 1 and 2 share a call_id across processes." */
static bool crosses_processes(uint8_t kind)
{
    return kind == IPCTAP_HIPC_MESSAGE || kind == IPCTAP_CTR_COMMAND;
}

static void find_peer(const struct call_context *context, struct call_exchange *exchange)
{
    const struct ipctap_header *header = context->header;
    struct source_state *source = state_source(context);
    struct call_side *mine, *other;

    if (!header->call_id || !crosses_processes(header->kind))
        return;
    mine = wmem_new0(wmem_file_scope(), struct call_side);
    *mine = (struct call_side){exchange, header->pid, header->peer_pid};
    wmem_map_insert(source->sides[exchange->is_server],
                    wmem_memdup(wmem_file_scope(), &header->call_id, sizeof header->call_id), mine);
    other =
        (struct call_side *)wmem_map_lookup(source->sides[!exchange->is_server], &header->call_id);
    if (other)
        join_sides(mine, other);
}

static struct call_exchange *new_exchange(const struct call_context *context)
{
    struct call_exchange *exchange = wmem_new0(wmem_file_scope(), struct call_exchange);

    exchange->kind = context->header->kind;
    exchange->is_server = call_is_server(context);
    find_peer(context, exchange);
    return exchange;
}

static void join_enter(const struct call_context *context, const struct call_key *key)
{
    struct call_exchange *exchange = new_exchange(context);

    wmem_map_insert(calls_of(context), wmem_memdup(wmem_file_scope(), key, sizeof *key), exchange);
    exchange->enter_frame = context->pinfo->num;
    exchange->enter_time = context->pinfo->abs_ts;
    exchange->enter_clock = context->header->time;
    exchange->clock = context->header->clock;
    exchange->no_exit = (context->header->flags & IPCTAP_NO_EXIT) != 0;
    context->memo->exchange = exchange;
}

static struct call_exchange *take_open(const struct call_context *context, uint32_t pid,
                                       const struct call_key *key)
{
    wmem_map_t *calls = state_process(context, pid)->calls;
    struct call_exchange *exchange;

    if (!calls)
        return NULL;
    exchange = (struct call_exchange *)wmem_map_lookup(calls, key);
    if (!exchange || exchange->kind != context->header->kind)
        return NULL;
    wmem_map_remove(calls, key);
    return exchange;
}

/* Hello is entered by a process that has no pid yet. An exit whose enter was not captured still has
 * another side. */
static void join_exit(const struct call_context *context, const struct call_key *key)
{
    struct call_exchange *exchange = take_open(context, context->header->pid, key);

    if (!exchange && key->call_id)
        exchange = take_open(context, IPCTAP_UNKNOWN_ID, key);
    if (!exchange)
        exchange = new_exchange(context);
    exchange->exit_frame = context->pinfo->num;
    exchange->exit_time = context->pinfo->abs_ts;
    exchange->exit_clock = context->header->time;
    exchange->clock_changed = context->header->clock != exchange->clock;
    context->memo->exchange = exchange;
}

nstime_t call_duration(const struct call_exchange *exchange)
{
    int64_t nanoseconds = (int64_t)(exchange->exit_clock - exchange->enter_clock);
    nstime_t duration;

    if (exchange->enter_clock && exchange->exit_clock && !exchange->clock_changed) {
        duration.secs = (time_t)(nanoseconds / 1000000000);
        duration.nsecs = (int)(nanoseconds % 1000000000);
    } else {
        nstime_delta(&duration, &exchange->exit_time, &exchange->enter_time);
    }
    return duration;
}

void call_join(const struct call_context *context)
{
    struct call_key key;

    if (!make_key(context, &key))
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
    struct call_key key;

    state_process(context, context->header->pid)->calls = NULL;
    if (call_is_enter(context) && exchange && make_key(context, &key))
        wmem_map_insert(calls_of(context), wmem_memdup(wmem_file_scope(), &key, sizeof key),
                        exchange);
}
