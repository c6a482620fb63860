/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ctripc_sessions.c
 * Which service a 3DS message goes to, and what the handles in replies stand for. Sources of the
 * rules: 3dbrew "Services API", "Filesystem services"; Azahar service/sm, service/fs.
 */
#include "ctripc_internal.h"
#include "keep.h"

#include <ipcshark/names.h>

#include <string.h>

#define SERVICE_NAME_WORD 1 /* Two words with the name, then its length. */
#define SERVICE_NAME_SIZE 8

/** srv:'s commands that name the service whose handle they hand out. */
enum srv_command {
    SRV_REGISTER_SERVICE = 0x0003,
    SRV_GET_SERVICE_HANDLE = 0x0005,
    SRV_GET_PORT = 0x0008,
};

static bool names_a_service(const struct ctripc_memo *memo)
{
    uint32_t id = memo->known->id;

    return text_equals(memo->service, "srv:") &&
           (id == SRV_REGISTER_SERVICE || id == SRV_GET_SERVICE_HANDLE || id == SRV_GET_PORT);
}

/** The name in words 1 and 2: eight bytes, zero padded. File scope; NULL if they are not there. */
static const char *named_service(const struct ctripc_view *view)
{
    char name[SERVICE_NAME_SIZE + 1] = "";

    if (view->message.normal_captured < 2)
        return NULL;
    for (unsigned i = 0; i < SERVICE_NAME_SIZE; i++)
        name[i] = (char)(ctripc_view_word(view, SERVICE_NAME_WORD + i / 4) >> 8 * (i % 4));
    return keep_escaped(view->context->pinfo->pool, name, strlen(name));
}

static uint32_t session_handle(const struct call_context *context)
{
    if (context->header->kind == IPCTAP_KERNEL_CALL)
        return kernel_call_session(context);
    return context->header->object;
}

/** The service is NULL if nothing is known. A record without a handle can still name it. */
static void use_session(const struct ctripc_view *view, struct ctripc_memo *memo)
{
    const struct call_context *context = view->context;
    uint32_t handle = session_handle(context);
    struct session *session;

    if (!handle) {
        memo->service = record_kept_text(context, IPCTAP_SERVICE, 0);
        return;
    }
    session =
        session_meet(context, handle, session_get(context, handle), call_other_session(context));
    session_learn(context, session);
    memo->service = session->service;
    memo->session = session;
}

static bool last_static_buffer(const struct ctripc_view *view, struct record_section *section)
{
    for (unsigned i = view->message.translate_count; i-- > 0;) {
        const struct ctripc_translate *translate = &view->message.translate[i];

        if (translate->kind == CTRIPC_STATIC_BUFFER)
            return record_section(view->context, IPCTAP_STATIC, translate->offset, section);
    }
    return false;
}

/** The last static buffer holds the path, in ASCII or UTF-16 with a NUL behind it. */
static const char *named_file(const struct ctripc_view *view)
{
    wmem_allocator_t *pool = view->context->pinfo->pool;
    struct record_section section;
    const char *text;

    if (!last_static_buffer(view, &section) || section.view.captured_size < 2)
        return NULL;
    if (section.view.bytes[1]) /* Paths in UTF-16 begin with a slash. */
        return keep_escaped(pool, section.view.bytes,
                            plugin_text_length(section.view.bytes, section.view.captured_size));
    text = record_wide_text(pool, &section.view);
    return keep_escaped(pool, text, strlen(text));
}

static void remember_request(const struct ctripc_view *view, struct ctripc_memo *memo)
{
    if (names_a_service(memo)) {
        memo->opens = named_service(view);
        memo->opens_port = view->message.command_id != SRV_GET_SERVICE_HANDLE;
    } else if (memo->known->opens) {
        memo->opens = memo->known->opens;
        memo->opens_file = named_file(view);
    }
    call_keep_request(view->context, view->context->memo);
}

/** The first handle that the reply hands over, 0 if none. */
static uint32_t first_handle(const struct ctripc_view *view)
{
    for (unsigned i = 0; i < view->message.translate_count; i++) {
        const struct ctripc_translate *translate = &view->message.translate[i];

        if (translate->kind <= CTRIPC_MOVE_HANDLES && translate->handle_count)
            return ctripc_view_word(view, translate->offset + 1u);
    }
    return 0;
}

static bool is_server(const struct ctripc_view *view)
{
    return call_is_server(view->context) || view->context->header->kind == IPCTAP_KERNEL_CALL;
}

static bool passes_handles(const struct ctripc_translate *translate)
{
    return translate->kind <= CTRIPC_MOVE_HANDLES;
}

/** A request brings new handles to the server, a reply to the client. */
static void add_handles(const struct ctripc_view *view, struct handle_list *list,
                        const struct ctripc_translate *translate)
{
    bool received = view->direction != CTRIPC_DIRECTION_UNKNOWN &&
                    is_server(view) == (view->direction == CTRIPC_REQUEST);

    for (unsigned n = 0; n < translate->handle_count; n++) {
        uint32_t handle = ctripc_view_word(view, translate->offset + 1u + n);
        const struct handle_source source = {
            .command = view->memo.known,
            .group = view->memo.service,
            .is_reply = view->direction == CTRIPC_REPLY,
            .is_move = translate->kind == CTRIPC_MOVE_HANDLES,
            .is_any = true,
            .n = list->count,
        };

        if (received)
            handles_add_received(list, view->context, handle, &source);
        else
            handles_add(list, view->context, handle);
        if (!received && translate->kind == CTRIPC_MOVE_HANDLES)
            session_forget(view->context, handle);
    }
}

/** What the handles stand for that the message passes on; those that it moves leave their
 *  process. */
static void keep_handles(const struct ctripc_view *view, const struct ctripc_memo *memo)
{
    struct handle_list list;

    list.count = 0;
    for (unsigned i = 0; i < view->message.translate_count; i++) {
        if (passes_handles(&view->message.translate[i]))
            add_handles(view, &list, &view->message.translate[i]);
    }
    if (!list.count)
        return;
    if (memo->opened_service)
        handles_name(&list, list.handle[0].handle, memo->opened_service, NULL,
                     view->request->opens_port);
    handles_keep(&list, view->context);
}

static bool hands_out(const struct ctripc_view *view)
{
    if (!view->request->opens || !first_handle(view))
        return false;
    return ctripc_has_result(view) && !(ctripc_view_word(view, 1) & CTR_RESULT_ERROR);
}

/** A reply to an unknown command has another id than its request. FUNCTION comes before what is
 *  built in, as in Horizon's records. */
static const struct known_command *named_command(const struct ctripc_view *view)
{
    const struct known_command *asked = view->request ? view->request->known : NULL;
    struct command_question question = {
        .convention = IPCSHARK_CONVENTION_CTR,
        .group = view->memo.service,
        .id = asked ? asked->id : view->message.command_id,
    };
    const struct known_command *known;

    if (asked && asked->is_named)
        return asked;
    known = known_command(&question);
    if (known->name && record_text_is(view->context, IPCTAP_FUNCTION, known->name))
        return known;
    question.name = keep_unique(record_text(view->context, IPCTAP_FUNCTION, 0));
    return question.name ? known_command(&question) : known;
}

/** The service behind all sessions that it gave out, and those that they gave out. */
static const char *owner_of(const struct ctripc_memo *request)
{
    bool is_owned = request->session && request->session->owner;

    return is_owned ? request->session->owner : request->service;
}

/** In the server's record the handle is still its own, and leaves it: nothing opens there. */
static void remember_reply(const struct ctripc_view *view, struct ctripc_memo *memo)
{
    struct session *session;

    if (!view->request)
        return;
    if (view->request->service) {
        memo->service = view->request->service;
        memo->session = view->request->session;
        memo->known = named_command(view);
    }
    if (!hands_out(view))
        return;
    memo->opened_service = view->request->opens;
    if (call_is_server(view->context))
        return;
    session = session_open(view->context, first_handle(view), view->request->opens, NULL);
    session->kind = view->request->opens_port ? HANDLE_PORT : HANDLE_SESSION;
    if (!names_a_service(view->request))
        session->owner = owner_of(view->request);
    session->self.file = view->request->opens_file;
}

static void make_memo(struct ctripc_view *view)
{
    struct ctripc_memo *memo = &view->memo;

    use_session(view, memo);
    memo->known = named_command(view);
    if (view->direction == CTRIPC_REQUEST)
        remember_request(view, memo);
    else if (view->direction == CTRIPC_REPLY)
        remember_reply(view, memo);
    keep_handles(view, memo);
    if (!call_is_server(view->context) && view->context->header->kind == IPCTAP_CTR_COMMAND)
        call_set_peer(view->context, memo->service ? memo->service : CTRIPC_UNKNOWN);
    ctripc_memo_keep(view);
}

void ctripc_remember(struct ctripc_view *view)
{
    const struct call_context *context = view->context;
    bool answers = view->direction == CTRIPC_REPLY && context->header->kind == IPCTAP_CTR_COMMAND;
    const struct record_memo *request = answers ? (const struct record_memo *)call_request(context)
                                                : NULL;

    ctripc_memo_load(&view->memo, context->memo, context->target);
    view->request = NULL;
    if (request && request->command) {
        ctripc_memo_load(&view->asked, request, request->target);
        view->request = &view->asked;
    }
    if (context->first_pass)
        make_memo(view);
}
