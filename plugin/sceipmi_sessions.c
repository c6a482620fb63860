/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sceipmi_sessions.c
 * Which service a kid belongs to. Names are seen only when a server or a client is created, or in a
 * SERVICE section; sessions of a server inherit its name.
 */
#include "keep.h"
#include "sceipmi_internal.h"

/** No kid is 0: behind this number stands the server that the process last used. */
#define PROCESS_SERVER 0

/** Nor is an error one: behind these stand the servers that its threads last used. */
#define THREAD_SERVER(tid) (0x80000000u | (tid))

bool sceipmi_is_create(uint32_t op)
{
    return op == SCEIPMI_CREATE_SERVER || op == SCEIPMI_CREATE_CLIENT ||
           op == SCEIPMI_CREATE_SESSION;
}

static bool is_destroy(uint32_t op)
{
    return op == SCEIPMI_DESTROY_SERVER || op == SCEIPMI_DESTROY_CLIENT ||
           op == SCEIPMI_DESTROY_SESSION;
}

static enum sceipmi_object created_kind(uint32_t op)
{
    switch (op) {
    case SCEIPMI_CREATE_SERVER:
        return SCEIPMI_SERVER;
    case SCEIPMI_CREATE_CLIENT:
        return SCEIPMI_CLIENT;
    default:
        return SCEIPMI_SESSION;
    }
}

/** The name in the record, file scope; NULL if there is none. */
static const char *given_name(const struct sceipmi_view *view)
{
    struct record_section section;
    size_t length;

    if (!record_section(view->context, IPCTAP_IPMI_NAME, 0, &section))
        return NULL;
    length = plugin_text_length(section.view.bytes, section.view.captured_size);
    if (length == section.view.captured_size && !record_is_whole(&section.view))
        return NULL;
    return keep_escaped(view->context->pinfo->pool, section.view.bytes, length);
}

bool sceipmi_succeeded(const struct sceipmi_view *view)
{
    const struct sceipmi_call *call = &view->call;

    return call_is_exit(view->context) && (call->valid & SCEIPMI_OUT_VALID) &&
           !(call->valid & SCEIPMI_CARRY) && !(call->out & 0x80000000u);
}

/** An object of the server's side: sessions are created without naming their server. */
static const char *process_service(const struct sceipmi_view *view)
{
    const struct session *server =
        session_find(view->context, THREAD_SERVER(view->context->header->tid));

    if (!server)
        server = session_find(view->context, PROCESS_SERVER);
    return server && !server->closed_in ? server->service : NULL;
}

static void use_server(const struct sceipmi_view *view, struct session *server)
{
    const uint32_t handles[] = {PROCESS_SERVER, THREAD_SERVER(view->context->header->tid)};

    for (size_t n = 0; n < array_length(handles); n++) {
        if (session_find(view->context, handles[n]) != server) /* Mostly it is. */
            session_share(view->context, handles[n], server);
    }
}

static void open_kid(const struct sceipmi_view *view, struct sceipmi_memo *memo)
{
    struct session *session = session_open(view->context, view->call.out, memo->service, NULL);

    appmsg_learn_app(view->context);
    sceipmi_kid_set(session, view->call.out, (uint8_t)created_kind(view->call.op),
                    view->context->learnt->process);
    memo->session = session;
    memo->kid_kind = (uint8_t)created_kind(view->call.op);
    view->context->learnt->session = session;
    if (view->call.op == SCEIPMI_CREATE_SERVER)
        use_server(view, session);
}

/** Later names win: a query's answer tells what a kid that is older than the capture stands for. */
static void learn_name(const struct sceipmi_view *view, struct sceipmi_memo *memo)
{
    const char *name = given_name(view);

    if (!name)
        return;
    memo->service = name;
    if (!sceipmi_is_create(view->call.op))
        session_get(view->context, view->call.kid)->service = name;
}

/** A server that is older than the capture is for what its clients ask for. */
static void learn_from_packet(const struct sceipmi_view *view, struct session *session)
{
    const struct session *client;

    if (session->service || !view->has_packet)
        return;
    client = sceipmi_packet_client(view);
    session->service = client ? client->service : NULL;
}

static void use_kid(const struct sceipmi_view *view, struct sceipmi_memo *memo)
{
    struct session *session;

    if (!view->call.kid)
        return;
    session = session_get(view->context, view->call.kid);
    session_learn(view->context, session);
    learn_from_packet(view, session);
    memo->service = session->service;
    memo->kid_kind = sceipmi_kid_get(view, session)->kind;
    memo->session = session;
    if (view->call.op == SCEIPMI_SERVER_RECEIVE_PACKET)
        use_server(view, session);
}

static bool names_a_method(uint32_t op)
{
    return op == SCEIPMI_INVOKE_SYNC || op == SCEIPMI_INVOKE_ASYNC ||
           op == SCEIPMI_TRY_GET_RESULT || op == SCEIPMI_RESPOND_ASYNC;
}

/** A producer's FUNCTION may be the library's function, so it only stands in where no name is
 *  known. */
void sceipmi_set_method(const struct sceipmi_view *view, struct sceipmi_memo *memo, uint32_t number)
{
    struct command_question question = {
        .convention = IPCSHARK_CONVENTION_IPMI, .group = memo->service, .id = number};

    memo->method = known_command(&question);
    if (memo->method->is_named)
        return;
    question.name = keep_unique(record_text(view->context, IPCTAP_FUNCTION, 0));
    if (question.name)
        memo->method = known_command(&question);
}

static void learn_method(const struct sceipmi_view *view, struct sceipmi_memo *memo)
{
    const struct record_section *packet = &view->packet_section;

    if (view->has_packet && sceipmi_layout_field(view->packet.layout, "method"))
        sceipmi_set_method(view, memo,
                           (uint32_t)sceipmi_get(view->packet.layout, "method", packet->view.bytes,
                                                 packet->view.captured_size));
    else if (view->has_block && names_a_method(view->call.op))
        sceipmi_set_method(view, memo, (uint32_t)sceipmi_argument(view, "method"));
}

static void inherit(const struct sceipmi_view *view, struct sceipmi_memo *memo)
{
    if (!view->request)
        return;
    if (view->request->service)
        memo->service = view->request->service;
    if (view->request->kid_kind)
        memo->kid_kind = view->request->kid_kind;
    memo->session = view->request->session;
    memo->method = view->request->method;
    memo->link = view->request->link;
    memo->event_flag = view->request->event_flag;
}

/** What a server does to its client. */
static bool reaches_client(uint32_t op)
{
    switch (op) {
    case SCEIPMI_SEND_CONNECT_RESULT:
    case SCEIPMI_SEND_DISCONNECT_RESULT:
    case SCEIPMI_RESPOND_SYNC:
    case SCEIPMI_RESPOND_ASYNC:
    case SCEIPMI_SEND_MESSAGE:
    case SCEIPMI_TRY_SEND_MESSAGE:
    case SCEIPMI_EMPTY_MESSAGE_QUEUE:
    case SCEIPMI_SET_EVENT_FLAG:
        return true;
    default:
        return false;
    }
}

/** What a client calls goes to its service, what a server sends to the client; all other calls end
 *  in the manager. */
static const char *other_end(const struct sceipmi_view *view, const struct sceipmi_memo *memo)
{
    bool by_client = view->operation && view->operation->object == SCEIPMI_CLIENT;
    const struct sceipmi_kid *client = reaches_client(view->call.op) ? sceipmi_peer_of(view) : NULL;

    if (client)
        return client->process;
    return by_client ? memo->service : "IPMI manager";
}

/** Packets, messages and events come when somebody sends them. */
static bool waits(uint32_t op)
{
    return op == SCEIPMI_SERVER_RECEIVE_PACKET || op == SCEIPMI_GET_MESSAGE ||
           op == SCEIPMI_WAIT_EVENT_FLAG;
}

static void make_memo(const struct sceipmi_view *view, struct sceipmi_memo *memo)
{
    view->context->memo->waits = waits(view->call.op);
    use_kid(view, memo);
    if (view->call.op == SCEIPMI_CREATE_SESSION)
        memo->service = process_service(view);
    inherit(view, memo);
    learn_name(view, memo);
    learn_method(view, memo);
    sceipmi_link(view, memo);
    sceipmi_join_message(view, memo);
    sceipmi_join_event(view, memo);
    memo->clock = appmsg_clock_of(view->context);
    if (sceipmi_succeeded(view) && sceipmi_is_create(view->call.op))
        open_kid(view, memo);
    sceipmi_join_ends(view, memo);
    if (sceipmi_succeeded(view) && is_destroy(view->call.op))
        session_close(view->context, view->call.kid);
    call_set_peer(view->context, other_end(view, memo));
}

void sceipmi_remember(struct sceipmi_view *view)
{
    if (!view->context->first_pass)
        return;
    make_memo(view, &view->memo);
    sceipmi_memo_keep(view);
    if (call_is_enter(view->context))
        call_keep_request(view->context, view->context->memo);
}
