/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sceipmi_links.c
 * A method call in three places: the client's invoke, the server's receipt of the packet, its
 * response. The packet names the client's process, kid and method; calls of equal names are taken
 * in order. A server answers each request before it receives the next (measured on a console), so
 * that a response belongs to the process's last packet.
 *
 * Asynchronous calls have a ticket: the client gets it back from its invoke, the server finds it in
 * the packet and names it in its response, and the client fetches the result with it.
 */
#include "keep.h"
#include "sceipmi_internal.h"

/** Calls whose packets nobody captured pile up; only so many are kept per client and method. */
#define MAX_OPEN_CALLS 64

#define NO_EVENT_FLAG (-1)

/** What a packet tells of the call that it came from, and where it was seen. */
struct link_key {
    uint64_t scope;
    uint32_t source;
    uint32_t pid;
    uint32_t kid;
    uint32_t method;
    uint32_t ticket; /* 0: none, of synchronous calls. */
};

static wmem_map_t *open_calls; /**< struct link_key -> wmem_list_t of struct sceipmi_link *, oldest
                                    first */
static wmem_map_t
    *answering; /**< struct link_key of the server's process alone -> its last packet's
                                    struct sceipmi_link * */

static unsigned int key_hash(const void *pointer)
{
    const struct link_key *key = (const struct link_key *)pointer;
    uint64_t mixed = key->scope ^ (uint64_t)key->source << 48;

    mixed = plugin_mix(mixed, key->pid);
    mixed = plugin_mix(mixed, key->kid);
    mixed = plugin_mix(mixed, key->method);
    mixed = plugin_mix(mixed, key->ticket);
    return (unsigned int)(mixed >> 32);
}

static gboolean key_equal(const void *pointer_a, const void *pointer_b)
{
    const struct link_key *a = (const struct link_key *)pointer_a;
    const struct link_key *b = (const struct link_key *)pointer_b;

    return a->scope == b->scope && a->source == b->source && a->pid == b->pid && a->kid == b->kid &&
           a->method == b->method && a->ticket == b->ticket;
}

static wmem_map_t *tickets; /**< struct link_key with a ticket, of clients and servers. */

void sceipmi_links_register(void)
{
    tickets = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), key_hash, key_equal);
    open_calls = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), key_hash, key_equal);
    answering = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), key_hash, key_equal);
}

static struct link_key make_key(const struct sceipmi_view *view, uint32_t pid, uint32_t kid,
                                uint32_t method)
{
    return (struct link_key){.scope = view->context->scope,
                             .source = view->context->header->source,
                             .pid = pid,
                             .kid = kid,
                             .method = method};
}

static struct link_key server_key(const struct sceipmi_view *view)
{
    return make_key(view, view->context->header->pid, 0, 0);
}

static uint32_t method_of(const struct sceipmi_memo *memo)
{
    return memo->method ? memo->method->id : 0;
}

/* Of a key that the map has no second copy is made. */
static void put(wmem_map_t *map, const struct link_key *key, void *value)
{
    const void *kept = NULL;

    if (!wmem_map_lookup_extended(map, key, &kept, NULL))
        kept = keep_copy(key, sizeof *key);
    wmem_map_insert(map, kept, value);
}

/** An asynchronous call's packet does not name the process; kids are the whole kernel's. */
static struct link_key invoke_key(const struct sceipmi_view *view, const struct sceipmi_memo *memo)
{
    bool is_async = view->call.op == SCEIPMI_INVOKE_ASYNC;

    return make_key(view, is_async ? 0 : view->context->header->pid, view->call.kid,
                    method_of(memo));
}

struct sceipmi_link *sceipmi_link_new(struct session *client)
{
    struct sceipmi_link *link = keep_new0(struct sceipmi_link);

    link->client = client;
    link->event_flag = NO_EVENT_FLAG;
    return link;
}

/** "Event flag index -1 means none"; there are 32. */
static int16_t event_flag(const struct sceipmi_view *view)
{
    uint32_t index = (uint32_t)sceipmi_argument(view, "event_flag");

    return index < SCEIPMI_MAX_EVENT_FLAGS ? (int16_t)index : NO_EVENT_FLAG;
}

static void link_invoke(const struct sceipmi_view *view, struct sceipmi_memo *memo)
{
    struct link_key key = invoke_key(view, memo);
    wmem_list_t *calls = (wmem_list_t *)wmem_map_lookup(open_calls, &key);

    if (!calls) {
        calls = wmem_list_new(wmem_file_scope());
        put(open_calls, &key, calls);
    }
    memo->link = sceipmi_link_new(view->context->learnt->session);
    memo->link->invoke_frame = view->context->pinfo->num;
    memo->link->method = method_of(memo);
    memo->link->event_flag = event_flag(view);
    wmem_list_append(calls, memo->link);
    if (wmem_list_count(calls) > MAX_OPEN_CALLS)
        wmem_list_remove_frame(calls, wmem_list_head(calls));
}

/** The oldest call that still waits; one that has returned only if the records are out of order. */
static wmem_list_frame_t *find_waiting(wmem_list_t *calls)
{
    wmem_list_frame_t *frame = calls ? wmem_list_head(calls) : NULL;

    while (frame && ((struct sceipmi_link *)wmem_list_frame_data(frame))->has_returned)
        frame = wmem_list_frame_next(frame);
    if (!frame && calls)
        frame = wmem_list_tail(calls);
    return frame;
}

/** The call that a packet stems from; a new one if its invoke was not captured. */
static struct sceipmi_link *take_invoke(const struct link_key *key)
{
    wmem_list_t *calls = (wmem_list_t *)wmem_map_lookup(open_calls, key);
    wmem_list_frame_t *frame = find_waiting(calls);
    struct sceipmi_link *link;

    if (!frame)
        return sceipmi_link_new(NULL);
    link = (struct sceipmi_link *)wmem_list_frame_data(frame);
    wmem_list_remove_frame(calls, frame);
    return link;
}

static void link_packet(const struct sceipmi_view *view, struct sceipmi_memo *memo)
{
    const struct record_section *packet = &view->packet_section;
    uint32_t pid = (uint32_t)sceipmi_get(view->packet.layout, "pid", packet->view.bytes,
                                         packet->view.captured_size);
    struct link_key client = make_key(view, pid, sceipmi_packet_client_kid(view), method_of(memo));
    struct link_key server = server_key(view);

    memo->link = take_invoke(&client);
    memo->link->method = method_of(memo);
    memo->link->receive_frame = view->context->pinfo->num;
    if (!memo->link->client)
        memo->link->client = sceipmi_packet_client(view);
    put(answering, &server, memo->link);
}

static void link_response(const struct sceipmi_view *view, struct sceipmi_memo *memo)
{
    struct link_key server = server_key(view);

    memo->link = (struct sceipmi_link *)wmem_map_remove(answering, &server);
    if (!memo->link)
        return;
    memo->link->respond_frame = view->context->pinfo->num;
    sceipmi_set_method(view, memo, memo->link->method);
}

/* ---- Asynchronous calls ---- */

static struct link_key ticket_key(const struct sceipmi_view *view, uint32_t pid, uint32_t kid,
                                  const struct sceipmi_memo *memo, uint32_t ticket)
{
    struct link_key key = make_key(view, pid, kid, method_of(memo));

    key.ticket = ticket;
    return key;
}

/** The invoke returns: from now on its ticket stands for the call. */
static void link_ticket(const struct sceipmi_view *view, struct sceipmi_memo *memo)
{
    struct link_key open = invoke_key(view, memo);
    wmem_list_t *calls = (wmem_list_t *)wmem_map_lookup(open_calls, &open);
    struct link_key key;
    uint64_t ticket;

    if (!memo->link || !sceipmi_scalar(view, IPCTAP_SCALAR_TICKET, &ticket))
        return;
    key = ticket_key(view, 0, view->call.kid, memo, (uint32_t)ticket);
    put(tickets, &key, memo->link);
    if (calls && !memo->link->receive_frame)
        wmem_list_remove(calls, memo->link);
}

/** The server may get the packet before the client's invoke has returned. */
static void link_async_packet(const struct sceipmi_view *view, struct sceipmi_memo *memo)
{
    const struct record_section *packet = &view->packet_section;
    uint32_t ticket = (uint32_t)sceipmi_get(view->packet.layout, "ticket", packet->view.bytes,
                                            packet->view.captured_size);
    uint32_t kid = sceipmi_packet_client_kid(view);
    struct link_key client = ticket_key(view, 0, kid, memo, ticket);
    struct link_key server = ticket_key(view, view->context->header->pid, 0, memo, ticket);
    struct link_key open = make_key(view, 0, kid, method_of(memo));

    memo->link = (struct sceipmi_link *)wmem_map_lookup(tickets, &client);
    if (!memo->link)
        memo->link = take_invoke(&open);
    memo->link->method = method_of(memo);
    memo->link->receive_frame = view->context->pinfo->num;
    put(tickets, &server, memo->link);
}

static void link_by_ticket(const struct sceipmi_view *view, struct sceipmi_memo *memo)
{
    bool responds = view->call.op == SCEIPMI_RESPOND_ASYNC;
    struct link_key key = ticket_key(view, responds ? view->context->header->pid : 0,
                                     responds ? 0 : view->call.kid, memo,
                                     (uint32_t)sceipmi_argument(view, "ticket"));

    memo->link = (struct sceipmi_link *)wmem_map_lookup(tickets, &key);
    if (responds && memo->link)
        memo->link->respond_frame = view->context->pinfo->num;
}

/** A result is fetched once; before it is there the manager answers EAGAIN. */
static void link_result(const struct sceipmi_view *view, const struct sceipmi_memo *memo)
{
    if (memo->link && !memo->link->result_frame && sceipmi_succeeded(view))
        memo->link->result_frame = view->context->pinfo->num;
}

static void link_async(const struct sceipmi_view *view, struct sceipmi_memo *memo)
{
    bool enters = call_is_enter(view->context);

    switch (view->call.op) {
    case SCEIPMI_INVOKE_ASYNC:
        if (enters)
            link_invoke(view, memo);
        else
            link_ticket(view, memo);
        break;
    case SCEIPMI_RESPOND_ASYNC:
    case SCEIPMI_TRY_GET_RESULT:
        if (enters)
            link_by_ticket(view, memo);
        else if (view->call.op == SCEIPMI_TRY_GET_RESULT)
            link_result(view, memo);
        break;
    default:
        if (view->has_packet && view->packet.layout == sceipmi_async_packet())
            link_async_packet(view, memo);
    }
}

void sceipmi_link(const struct sceipmi_view *view, struct sceipmi_memo *memo)
{
    bool enters = call_is_enter(view->context);

    if (memo->method)
        link_async(view, memo);
    if (view->call.op == SCEIPMI_INVOKE_SYNC && enters && memo->method)
        link_invoke(view, memo);
    else if (view->has_packet && memo->method && view->packet.layout == sceipmi_sync_packet())
        link_packet(view, memo);
    else if (view->call.op == SCEIPMI_RESPOND_SYNC && enters)
        link_response(view, memo);
    else if (view->call.op == SCEIPMI_INVOKE_SYNC && call_is_exit(view->context) && memo->link)
        memo->link->has_returned = true;
}

static void add_frame(const struct sceipmi_view *view, int field, uint32_t frame)
{
    if (frame && frame != view->context->pinfo->num)
        plugin_add_generated_uint(view->tree, field, view->tvb, frame);
}

void sceipmi_add_links(const struct sceipmi_view *view)
{
    const struct sceipmi_link *link = view->memo.link;

    if (!link)
        return;
    add_frame(view, sceipmi_field_number.invoke_frame, link->invoke_frame);
    add_frame(view, sceipmi_field_number.receive_frame, link->receive_frame);
    add_frame(view, sceipmi_field_number.respond_frame, link->respond_frame);
    add_frame(view, sceipmi_field_number.result_frame, link->result_frame);
}
