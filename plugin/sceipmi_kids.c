/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sceipmi_kids.c
 * The two ends of a connection: a client's kid in one process, a session's in the server's. No call
 * names both. A packet that a server receives names its client; the session that the same thread
 * makes next is that client's, and so is the one that answers a request of that client.
 */
#include "keep.h"
#include "sceipmi_internal.h"

struct thread_key {
    uint64_t scope;
    uint32_t source;
    uint32_t pid;
    uint32_t tid;
};

static wmem_map_t *connecting; /**< struct thread_key -> struct session *, the client of the connect
                                    packet that it received last. */

static unsigned int key_hash(const void *pointer)
{
    const struct thread_key *key = (const struct thread_key *)pointer;
    uint64_t mixed = key->scope ^ (uint64_t)key->source << 48;

    mixed = plugin_mix(mixed, key->pid);
    mixed = plugin_mix(mixed, key->tid);
    return (unsigned int)(mixed >> 32);
}

static gboolean key_equal(const void *pointer_a, const void *pointer_b)
{
    const struct thread_key *a = (const struct thread_key *)pointer_a;
    const struct thread_key *b = (const struct thread_key *)pointer_b;

    return a->scope == b->scope && a->source == b->source && a->pid == b->pid && a->tid == b->tid;
}

void sceipmi_kids_register(void)
{
    connecting = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), key_hash, key_equal);
}

/** IPCTAP_UNKNOWN_ID stands for whichever thread of the process. */
static struct thread_key make_key(const struct sceipmi_view *view, uint32_t tid)
{
    const struct ipctap_header *header = view->context->header;

    return (struct thread_key){view->context->scope, header->source, header->pid, tid};
}

static void put(const struct thread_key *key, struct session *client)
{
    const void *kept = NULL;

    if (!wmem_map_lookup_extended(connecting, key, &kept, NULL))
        kept = keep_copy(key, sizeof *key);
    wmem_map_insert(connecting, kept, client);
}

struct sceipmi_kid *sceipmi_kid_set(struct session *session, uint32_t number, uint8_t kind,
                                    const char *process)
{
    struct sceipmi_kid *kid = keep_new0(struct sceipmi_kid);

    kid->number = number;
    kid->kind = kind;
    kid->process = process;
    session->detail = kid;
    return kid;
}

/** Of calls that more than one kind takes nothing follows. */
static uint8_t kind_by_operation(const struct sceipmi_view *view)
{
    const char *name = view->operation ? sceipmi_kid_kind_name(view->operation->object) : NULL;

    return name ? view->operation->object : SCEIPMI_NO_OBJECT;
}

struct sceipmi_kid *sceipmi_kid_get(const struct sceipmi_view *view, struct session *session)
{
    struct sceipmi_kid *kid = (struct sceipmi_kid *)session->detail;

    if (!kid) {
        kid = sceipmi_kid_set(session, view->call.kid, kind_by_operation(view),
                              view->context->learnt->process);
        appmsg_learn_app(view->context);
    }
    if (!kid->kind)
        kid->kind = kind_by_operation(view);
    return kid;
}

const struct sceipmi_kid *sceipmi_kid_of(const struct session *session)
{
    return session ? (const struct sceipmi_kid *)session->detail : NULL;
}

const struct sceipmi_kid *sceipmi_peer_of(const struct sceipmi_view *view)
{
    const struct sceipmi_kid *kid = sceipmi_kid_of(view->memo.session);

    return kid && kid->peer_frame && kid->peer_frame <= view->context->pinfo->num
               ? sceipmi_kid_of(kid->peer)
               : NULL;
}

/* ---- The client that a packet is from ---- */

uint32_t sceipmi_packet_client_kid(const struct sceipmi_view *view)
{
    struct record_section info;

    if (!record_section(view->context, IPCTAP_IPMI_PACKET_INFO, 0, &info))
        return 0;
    return (uint32_t)sceipmi_get(sceipmi_packet_info(), "client_kid", info.view.bytes,
                                 info.view.captured_size);
}

/** Packets of asynchronous calls name no process. */
static uint32_t packet_pid(const struct sceipmi_view *view)
{
    const struct record_section *packet = &view->packet_section;

    if (!view->packet.layout || !sceipmi_layout_field(view->packet.layout, "pid"))
        return 0;
    return (uint32_t)sceipmi_get(view->packet.layout, "pid", packet->view.bytes,
                                 packet->view.captured_size);
}

struct session *sceipmi_packet_client(const struct sceipmi_view *view)
{
    uint32_t pid = packet_pid(view), number = sceipmi_packet_client_kid(view);
    struct session *client;

    if (!pid || !number)
        return NULL;
    client = session_of_process(view->context, pid, number);
    if (!client->detail)
        sceipmi_kid_set(client, number, SCEIPMI_CLIENT, call_process_text(view->context, pid));
    return client;
}

static struct session *connecting_client(const struct sceipmi_view *view)
{
    struct thread_key thread = make_key(view, view->context->header->tid);
    struct thread_key process = make_key(view, IPCTAP_UNKNOWN_ID);
    struct session *client = (struct session *)wmem_map_lookup(connecting, &thread);

    return client ? client : (struct session *)wmem_map_lookup(connecting, &process);
}

/* ---- Which session is whose ---- */

/** A service's name may be known at one end only. */
static void share_service(struct session *session, struct session *client)
{
    if (!session->service)
        session->service = client->service;
    else if (!client->service)
        client->service = session->service;
}

static void join(const struct sceipmi_view *view, struct session *session, struct session *client)
{
    struct sceipmi_kid *near = (struct sceipmi_kid *)session->detail;
    struct sceipmi_kid *far = client ? (struct sceipmi_kid *)client->detail : NULL;

    if (!near || !far || near->peer)
        return;
    near->peer = client;
    near->peer_frame = view->context->pinfo->num;
    far->peer = session;
    far->peer_frame = view->context->pinfo->num;
    share_service(session, client);
}

/** "Connect" in three places, as a method call: see sceipmi_links.c. */
static void link_connect(const struct sceipmi_view *view, struct sceipmi_memo *memo)
{
    struct session *client = view->context->learnt->session;

    if (!client)
        return;
    memo->link = sceipmi_link_new(client);
    memo->link->invoke_frame = view->context->pinfo->num;
    ((struct sceipmi_kid *)client->detail)->connect = memo->link;
}

static void link_connect_packet(const struct sceipmi_view *view, struct sceipmi_memo *memo)
{
    struct thread_key thread = make_key(view, view->context->header->tid);
    struct thread_key process = make_key(view, IPCTAP_UNKNOWN_ID);
    struct session *client = sceipmi_packet_client(view);
    struct sceipmi_kid *kid = client ? (struct sceipmi_kid *)client->detail : NULL;

    if (!kid)
        return;
    put(&thread, client);
    put(&process, client);
    if (!kid->connect || kid->connect->receive_frame)
        kid->connect = sceipmi_link_new(client);
    memo->link = kid->connect;
    memo->link->receive_frame = view->context->pinfo->num;
}

/** The result goes through the session, or, if none was made, through the client itself. */
static void link_connect_result(const struct sceipmi_view *view, struct sceipmi_memo *memo)
{
    const struct sceipmi_kid *kid = sceipmi_kid_of(memo->session);
    const struct session *client = kid && kid->peer ? kid->peer : connecting_client(view);
    const struct sceipmi_kid *answered = sceipmi_kid_of(client);

    if (!answered || !answered->connect || answered->connect->respond_frame)
        return;
    memo->link = answered->connect;
    memo->link->respond_frame = view->context->pinfo->num;
}

void sceipmi_join_ends(const struct sceipmi_view *view, struct sceipmi_memo *memo)
{
    bool enters = call_is_enter(view->context);

    switch (view->call.op) {
    case SCEIPMI_CONNECT:
        if (enters)
            link_connect(view, memo);
        break;
    case SCEIPMI_SERVER_RECEIVE_PACKET:
        if (view->has_packet && view->packet.layout == sceipmi_connect_packet())
            link_connect_packet(view, memo);
        break;
    case SCEIPMI_CREATE_SESSION:
        if (sceipmi_succeeded(view) && view->context->learnt->session)
            join(view, view->context->learnt->session, connecting_client(view));
        break;
    case SCEIPMI_SEND_CONNECT_RESULT:
        if (enters)
            link_connect_result(view, memo);
        break;
    case SCEIPMI_RESPOND_SYNC:
    case SCEIPMI_RESPOND_ASYNC:
        if (enters && memo->link && view->context->learnt->session)
            join(view, view->context->learnt->session, memo->link->client);
        break;
    default:
        break;
    }
}

/* ---- The tree ---- */

/** The process at the other end, or the one that a packet is from; NULL unknown. */
const struct sceipmi_kid *sceipmi_other_end(const struct sceipmi_view *view)
{
    if (view->has_packet)
        return view->memo.link ? sceipmi_kid_of(view->memo.link->client) : NULL;
    return sceipmi_peer_of(view);
}

void sceipmi_add_other_end(const struct sceipmi_view *view)
{
    const struct sceipmi_kid *other = sceipmi_other_end(view);
    bool is_client = other && other->kind == SCEIPMI_CLIENT;

    if (!other)
        return;
    plugin_add_generated_string(
        view->tree, is_client ? sceipmi_field_number.client : sceipmi_field_number.server,
        view->tvb, other->process);
    plugin_add_generated_uint(view->tree, sceipmi_field_number.other_kid, view->tvb, other->number);
}

/** "session with eboot.bin (pid 82)", "client of eboot.bin (pid 82)", "server". */
static void describe(const struct sceipmi_view *view, proto_item *item,
                     const struct session *session)
{
    const struct sceipmi_kid *kid = sceipmi_kid_of(session);
    const struct sceipmi_kid *peer = sceipmi_peer_of(view);

    proto_item_append_text(item, " (%s", sceipmi_kid_kind_name(view->memo.kid_kind));
    if (kid->process != view->context->target->process)
        proto_item_append_text(item, " of %s", kid->process);
    if (peer && peer->kind == SCEIPMI_CLIENT)
        proto_item_append_text(item, " with %s", peer->process);
    if (session->opened_in == view->context->pinfo->num)
        proto_item_append_text(item, ", made here");
    else if (session->opened_in)
        proto_item_append_text(item, ", made in frame %u", session->opened_in);
    proto_item_append_text(item, ")");
}

void sceipmi_describe_kid(const struct sceipmi_view *view, proto_item *item)
{
    const struct session *session = view->memo.session;

    if (session && session->detail && view->memo.kid_kind)
        describe(view, item, session);
}
