/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file call.c
 * Which records belong to one call. docs/capture-format.md, "Joining": "Enter and exit join if
 * source, pid, SERVER and call_id agree. Client's and server's records join if source and call_id
 * agree and pid and peer_pid do not contradict. With call_id 0: the last open enter of that
 * (source, pid, tid, kind); with tid unknown too, nothing is joined."
 */
#include "keep.h"
#include "state.h"

#define NANOSECOND 1000000000

/* Calls that have ended and whose other side has not been seen: so many of them still wait for it,
 * in captures whose records are out of order. Most captures show one side only, and have
 * millions. */
#define MAX_SIDELESS 65536

/**
 * A call that waits for its exit (or, if that came first, its enter), for its other side, or for
 * both. When it waits for neither it is used for another one: what stays of a call is its exchange.
 */
struct open_call {
    struct call_exchange *exchange;
    uint64_t call_id;       /**< 0: joined by thread. */
    int64_t packet_time;    /**< Of the record that was seen, nanoseconds. */
    uint64_t clock_time;    /**< On the record's own clock, nanoseconds; 0 unknown. */
    struct call_side *side; /**< That it waits in for its other side, or NULL. */
    struct open_call *next; /**< Ended later, without its other side; or unused, too. */
    struct open_call *previous;
    struct process_state *process;
    uint32_t generation; /**< Of its process. */
    uint32_t tid;
    uint32_t peer_pid;
    uint8_t kind;
    uint8_t clock; /**< enum ipctap_clock of `clock_time`. */
    bool is_server;
    bool is_open; /**< Among its source's calls. */
};

/* Of one capture file: calls to be used again, and a ring of those that have ended without their
 * other side, the oldest behind `sideless`. */
static struct open_call *unused;
static struct open_call sideless;
static uint32_t sideless_count;

/* A file cannot be made so that all its calls fall together. */
static uint64_t salt[2];

static void forget_calls(void)
{
    unused = NULL;
    sideless.next = sideless.previous = &sideless;
    sideless_count = 0;
}

void call_register(void)
{
    for (size_t n = 0; n < array_length(salt); n++)
        salt[n] = (uint64_t)g_random_int() << 32 | g_random_int() | 1;
    register_init_routine(forget_calls);
}

/* ---- What others ask ---- */

/* "Only kinds 1 and 2 share a call_id across processes." */
static bool crosses_processes(uint8_t kind)
{
    return kind == IPCTAP_HIPC_MESSAGE || kind == IPCTAP_CTR_COMMAND;
}

/* An exit before its enter was dissected without it: all passes must agree. */
void *call_request(const struct call_context *context)
{
    const struct call_exchange *exchange = context->memo->exchange;

    if (!exchange || exchange->kind != context->header->kind)
        return NULL;
    return exchange->exit_was_early && call_is_exit(context) ? NULL : exchange->request;
}

void call_keep_request(const struct call_context *context, void *request)
{
    struct call_exchange *exchange = context->memo->exchange;

    if (context->first_pass && call_is_enter(context) && exchange && !exchange->request)
        exchange->request = request;
}

struct session *call_other_session(const struct call_context *context)
{
    const struct call_exchange *exchange = context->memo->exchange;
    const struct record_memo *other;

    if (!exchange || !exchange->peer || !crosses_processes(exchange->kind))
        return NULL;
    other = (const struct record_memo *)exchange->peer->request;
    return other ? other->target->session : NULL;
}

nstime_t call_duration(const struct call_exchange *exchange)
{
    nstime_t duration;

    duration.secs = (time_t)(exchange->duration / NANOSECOND);
    duration.nsecs = (int)(exchange->duration % NANOSECOND);
    return duration;
}

/* ---- Calls as their own keys ---- */

static unsigned int mix(uint64_t a, uint64_t b)
{
    uint64_t mixed = (a ^ salt[0]) * salt[1];

    mixed = (mixed ^ mixed >> 32 ^ b) * salt[1];
    return (unsigned int)(mixed >> 32);
}

/* Within one process, a call is told by its id; without one, by thread and kind. */
static unsigned int call_hash(const void *pointer)
{
    const struct open_call *call = (const struct open_call *)pointer;
    uint64_t number = call->call_id ? call->call_id : (uint64_t)call->tid << 8 | call->kind;

    return mix(number, (uint64_t)(uintptr_t)call->process | call->is_server);
}

static gboolean call_equal(const void *pointer_a, const void *pointer_b)
{
    const struct open_call *a = (const struct open_call *)pointer_a;
    const struct open_call *b = (const struct open_call *)pointer_b;

    if (a->call_id != b->call_id || a->is_server != b->is_server || a->process != b->process ||
        a->generation != b->generation)
        return FALSE;
    return a->call_id || (a->tid == b->tid && a->kind == b->kind);
}

static unsigned int side_hash(const void *pointer)
{
    return mix(((const struct open_call *)pointer)->call_id, 0);
}

static gboolean side_equal(const void *a, const void *b)
{
    return ((const struct open_call *)a)->call_id == ((const struct open_call *)b)->call_id;
}

/* ---- The tables of a source ---- */

void call_begin_source(struct source_state *source)
{
    source->calls = state_new_table(call_hash, call_equal);
    for (int side = 0; side < 2; side++)
        source->sides[side].others = state_new_table(side_hash, side_equal);
}

void call_forget_source(struct source_state *source)
{
    g_hash_table_remove_all(source->calls);
    for (int side = 0; side < 2; side++) {
        source->sides[side].newest = NULL;
        g_hash_table_remove_all(source->sides[side].others);
    }
}

/* ---- The open calls of a process ---- */

/* Most processes have one call at a time: the newest stands in no table. */
static struct open_call *find_call(const struct call_context *context, const struct open_call *key)
{
    const struct process_state *process = key->process;

    if (process->newest_call && call_equal(process->newest_call, key))
        return process->newest_call;
    if (!process->older_calls)
        return NULL;
    return (struct open_call *)g_hash_table_lookup(context->source->calls, key);
}

static void add_call(const struct call_context *context, struct open_call *call)
{
    struct process_state *process = call->process;

    if (process->newest_call) {
        g_hash_table_add(context->source->calls, process->newest_call);
        process->older_calls++;
    }
    process->newest_call = call;
}

static struct open_call *take(const struct call_context *context, struct open_call *call)
{
    struct process_state *process = call->process;

    if (process->newest_call == call)
        process->newest_call = NULL;
    else if (g_hash_table_remove(context->source->calls, call))
        process->older_calls--;
    return call;
}

/* ---- The life of a call ---- */

static struct open_call *new_call(const struct open_call *key)
{
    struct open_call *call = unused;

    if (call)
        unused = call->next;
    else
        call = keep_new0(struct open_call);
    *call = *key;
    call->exchange = keep_new0(struct call_exchange);
    call->exchange->kind = key->kind;
    call->exchange->is_server = key->is_server;
    return call;
}

static void set_start(const struct call_context *context, struct open_call *call)
{
    const nstime_t *time = &context->pinfo->abs_ts;

    call->packet_time = (int64_t)time->secs * NANOSECOND + time->nsecs;
    call->clock_time = context->header->time;
    call->clock = context->header->clock;
}

static void leave_ring(struct open_call *call)
{
    if (!call->next)
        return;
    call->next->previous = call->previous;
    call->previous->next = call->next;
    call->next = call->previous = NULL;
    sideless_count--;
}

static void enter_ring(struct open_call *call)
{
    call->next = &sideless;
    call->previous = sideless.previous;
    sideless.previous->next = call;
    sideless.previous = call;
    sideless_count++;
}

static void release(struct open_call *call)
{
    if (call->is_open || call->side)
        return;
    leave_ring(call);
    call->next = unused;
    unused = call;
}

static void leave_side(struct open_call *call)
{
    struct call_side *side = call->side;

    if (side->newest == call)
        side->newest = NULL;
    else if (g_hash_table_lookup(side->others, call) == call)
        g_hash_table_remove(side->others, call);
    call->side = NULL;
    release(call);
}

/* Both halves have been seen, or the other one will not come any more. */
static void end_call(struct open_call *call)
{
    call->is_open = false;
    if (call->side)
        enter_ring(call);
    if (sideless_count > MAX_SIDELESS)
        leave_side(sideless.next);
    release(call);
}

/* What waits already under the same id or for the same thread gets its other half no more. */
static void open_call(const struct call_context *context, struct open_call *call)
{
    struct open_call *earlier = find_call(context, call);

    if (earlier)
        end_call(take(context, earlier));
    add_call(context, call);
    call->is_open = true;
}

/* ---- The other side ---- */

static bool may_be_one_call(const struct open_call *client, const struct open_call *server)
{
    bool client_agrees = client->peer_pid == IPCTAP_UNKNOWN_ID ||
                         client->peer_pid == server->process->pid;
    bool server_agrees = server->peer_pid == IPCTAP_UNKNOWN_ID ||
                         server->peer_pid == client->process->pid;

    return client_agrees && server_agrees;
}

static bool are_sides(const struct open_call *a, const struct open_call *b)
{
    return a->kind == b->kind && may_be_one_call(a->is_server ? b : a, a->is_server ? a : b);
}

static struct open_call *find_waiting(const struct call_side *side, const struct open_call *key)
{
    if (side->newest && side->newest->call_id == key->call_id)
        return side->newest;
    if (g_hash_table_size(side->others) == 0)
        return NULL;
    return (struct open_call *)g_hash_table_lookup(side->others, key);
}

/* A call of the same id that waits already waits no more: its process uses the id again. */
static void wait_for_side(struct call_side *side, struct open_call *call)
{
    struct open_call *earlier = find_waiting(side, call);

    if (earlier)
        leave_side(earlier);
    if (side->newest)
        g_hash_table_add(side->others, side->newest);
    side->newest = call;
    call->side = side;
}

/* Who comes first waits for the other side; who comes second takes it from there. */
static void find_peer(const struct call_context *context, struct open_call *call)
{
    struct source_state *source = context->source;
    struct open_call *other;

    if (!call->call_id || !crosses_processes(call->kind))
        return;
    other = find_waiting(&source->sides[!call->is_server], call);
    if (!other || !are_sides(call, other)) {
        wait_for_side(&source->sides[call->is_server], call);
        return;
    }
    call->exchange->peer = other->exchange;
    other->exchange->peer = call->exchange;
    leave_side(other);
}

/* ---- Joining ---- */

static struct open_call key_of(const struct call_context *context, struct process_state *process)
{
    const struct ipctap_header *header = context->header;

    return (struct open_call){
        .call_id = header->call_id,
        .process = process,
        .generation = process->generation,
        .tid = header->tid,
        .peer_pid = header->peer_pid,
        .kind = header->kind,
        .is_server = call_is_server(context),
    };
}

static int64_t duration_since(const struct call_context *context, const struct open_call *call)
{
    const struct ipctap_header *header = context->header;
    const nstime_t *time = &context->pinfo->abs_ts;

    if (call->clock_time && header->time && header->clock == call->clock)
        return (int64_t)(header->time - call->clock_time);
    return (int64_t)time->secs * NANOSECOND + time->nsecs - call->packet_time;
}

/*
 * Records of several threads or files may stand in the wrong order. An exit that stands before its
 * enter is known by its time: an id that is given out again is that of a later call.
 */
static struct open_call *take_early_exit(const struct call_context *context,
                                         const struct open_call *key)
{
    struct process_state *process = key->process;
    struct open_call *call;
    int64_t duration;

    if (!process->early_exits || !key->call_id)
        return NULL;
    call = find_call(context, key);
    if (!call || call->exchange->enter_frame || call->kind != key->kind)
        return NULL;
    duration = -duration_since(context, call);
    if (duration < 0)
        return NULL;
    process->early_exits--;
    call->exchange->duration = duration;
    call->exchange->exit_was_early = true;
    return take(context, call);
}

static void join_enter(const struct call_context *context, const struct open_call *key)
{
    struct open_call *call = take_early_exit(context, key);
    bool has_exit = call != NULL;

    if (!call)
        call = new_call(key);
    context->memo->exchange = call->exchange;
    call->exchange->enter_frame = context->pinfo->num;
    call->exchange->no_exit = (context->header->flags & IPCTAP_NO_EXIT) != 0;
    if (has_exit) {
        end_call(call);
        return;
    }
    set_start(context, call);
    find_peer(context, call);
    open_call(context, call);
}

static struct open_call *take_enter(const struct call_context *context, const struct open_call *key)
{
    struct open_call *call = find_call(context, key);

    if (!call || !call->exchange->enter_frame || call->kind != context->header->kind)
        return NULL;
    return take(context, call);
}

/* Hello is entered by a process that has no pid yet. */
static struct open_call *take_nameless_enter(const struct call_context *context)
{
    struct open_call key;

    if (!context->header->call_id)
        return NULL;
    key = key_of(context, state_process(context, IPCTAP_UNKNOWN_ID));
    return take_enter(context, &key);
}

/* An exit without an enter still has another side. */
static struct open_call *new_early_exit(const struct call_context *context,
                                        const struct open_call *key)
{
    struct open_call *call = new_call(key);

    set_start(context, call);
    find_peer(context, call);
    return call;
}

static void keep_early_exit(const struct call_context *context, struct open_call *call)
{
    if (find_call(context, call)) {
        end_call(call);
        return;
    }
    open_call(context, call);
    call->process->early_exits++;
}

static void join_exit(const struct call_context *context, const struct open_call *key)
{
    struct open_call *call = take_enter(context, key);
    bool is_early;

    if (!call)
        call = take_nameless_enter(context);
    is_early = !call;
    if (is_early)
        call = new_early_exit(context, key);
    else
        call->exchange->duration = duration_since(context, call);
    call->exchange->exit_frame = context->pinfo->num;
    context->memo->exchange = call->exchange;
    if (is_early)
        keep_early_exit(context, call);
    else
        end_call(call);
}

void call_join(const struct call_context *context)
{
    struct open_call key = key_of(context, context->process);

    if (!key.call_id && key.tid == IPCTAP_UNKNOWN_ID)
        return;
    if (call_is_enter(context))
        join_enter(context, &key);
    else if (call_is_exit(context))
        join_exit(context, &key);
}

/* "Exit (call 2) gets its exit, open calls of other threads get "session closed" first." */
void call_end_process(const struct call_context *context)
{
    struct open_call key = key_of(context, context->process);
    struct open_call *own = find_call(context, &key);

    if (own)
        take(context, own);
    key.process->generation++;
    key.process->early_exits = 0;
    if (!own)
        return;
    own->generation = key.process->generation;
    add_call(context, own);
}
