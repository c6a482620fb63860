/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file horizon_track.c
 * What requests and replies do to sessions and objects: services handed out by sm:, domains,
 * clones, objects opened and closed; and from that the names that a message is shown with. First
 * pass only.
 */
#include "horizon.h"
#include "keep.h"

/* sm:'s commands, equal in CMIF and TIPC. */
enum sm_command {
    SM_GET_SERVICE_HANDLE = 1,
    SM_REGISTER_SERVICE = 2,
    SM_DETACH_CLIENT = 4, /* The only one of the console's own that names no service. */
};

#define SM_NAME_SIZE 8

/* "sm:m" is a service of its own, for processes. */
static bool is_sm(const struct session *session)
{
    return text_equals(session->service, "sm:");
}

static uint32_t firmware(const struct horizon_message *message)
{
    uint32_t preferred = names_preferred_firmware();

    return preferred ? preferred : message->context->source->firmware;
}

/* ---- The session and the object that a message goes to ---- */

static struct session *find_session(const struct horizon_message *message)
{
    const struct call_context *context = message->context;
    struct session *session;

    if (message->request)
        session = message->request->session;
    else if (horizon_handle(message))
        session = session_get(context, horizon_handle(message));
    else
        session = session_new(NULL, NULL);
    session = session_meet(context, horizon_handle(message), session,
                           call_other_session(message->context));
    session_learn(context, session);
    return session;
}

/* Of a domain that is older than the capture: objects are numbered from here. */
#define FIRST_OBJECT 1

/* A service is what its session's first object implements. */
static void name_first_object(const struct horizon_message *message, struct session *session,
                              struct session_object *object)
{
    uint32_t root = session->root ? session->root : FIRST_OBJECT;
    bool is_first = object == &session->self || (session->is_domain && object->id == root);
    const char *interface_name;

    if (object->interface_name || !session->service || !is_first)
        return;
    interface_name = names_service_interface(session->service);
    if (interface_name)
        session_object_set(message->context, session, object->id, interface_name, false);
}

static struct session_object *find_object(const struct horizon_message *message,
                                          struct session *session, uint32_t id)
{
    struct session_object *object = session_object(session, id);
    const char *interface_name;

    if (object && record_text_is(message->context, IPCTAP_INTERFACE, object->interface_name))
        return object;
    interface_name = record_kept_text(message->context, IPCTAP_INTERFACE, 0);
    if (!object || interface_name)
        object = session_object_set(message->context, session, id, interface_name, false);
    if (!interface_name)
        name_first_object(message, session, object);
    return object;
}

/* ---- Handles that a message passes on ---- */

static void add_handle(const struct horizon_message *message, uint32_t handle, bool moved,
                       unsigned int n)
{
    const struct horizon_memo *memo = &message->memo;
    const struct handle_source source = {
        .command = memo->known,
        .group = memo->interface_name ? horizon_short_name(memo->interface_name) : memo->service,
        .is_reply = horizon_is_reply(message),
        .is_move = moved,
        .has_objects = moved && !memo->is_domain,
        .n = n,
    };

    /* A request brings new handles to the server, a reply to the client. */
    if (message->is_server != horizon_is_reply(message))
        handles_add_received(message->handles, message->context, handle, &source);
    else
        handles_add(message->handles, message->context, handle);
}

static bool has_handles(const struct horizon_message *message)
{
    return message->tvb && message->hipc.has_special &&
           (message->hipc.special.copy_count || message->hipc.special.move_count);
}

static void add_handles(const struct horizon_message *message)
{
    const struct hipc_special *special = &message->hipc.special;

    if (!has_handles(message))
        return;
    for (unsigned int n = 0; n < special->copy_count; n++)
        add_handle(message, special->copy[n], false, n);
    for (unsigned int n = 0; n < special->move_count; n++)
        add_handle(message, special->move[n], true, n);
}

/* Objects of a request, or of a reply that gives several: a single one is what its Info says. */
static bool lists_objects(const struct horizon_message *message)
{
    const struct cmif_message *cmif = &message->cmif;

    if (!message->tvb || !cmif->has_domain)
        return false;
    if (!cmif->is_reply)
        return cmif->domain.objects_captured;
    return cmif->domain.objects_known && cmif->domain.objects_captured > 1;
}

static void add_objects(const struct horizon_message *message)
{
    for (uint32_t n = 0; lists_objects(message) && n < message->cmif.domain.objects_captured; n++)
        handles_add_object(message->handles, message->memo.session,
                           cmif_domain_object(message->bytes, message->length, &message->cmif, n));
}

/* ---- Requests ---- */

/* What is not a method of the target has a name of its own, or none. */
static const char *fixed_name(const struct horizon_message *message)
{
    const struct cmif_message *cmif = &message->cmif;

    if (message->memo.protocol == HORIZON_TIPC)
        return message->tipc.is_close ? "Close" : NULL;
    if (cmif->kind == CMIF_RELEASE || message->hipc.type == HIPC_TYPE_RELEASE)
        return "Close";
    if (cmif->kind == CMIF_DOMAIN_CLOSE)
        return "CloseObject";
    return cmif->has_header && cmif->kind == CMIF_CONTROL ? cmif_control_name(cmif->method_id)
                                                          : NULL;
}

/* The interface or service whose methods are described; NULL if the message calls none. */
static const char *method_group(const struct horizon_message *message)
{
    const struct horizon_memo *memo = &message->memo;

    if (memo->protocol == HORIZON_TIPC)
        return message->tipc.is_close ? NULL : memo->service;
    if (memo->is_control || message->cmif.kind != CMIF_REQUEST || !message->cmif.has_header)
        return NULL;
    return memo->interface_name;
}

static bool has_command(const struct horizon_message *message, const char *name)
{
    return name || message->memo.protocol == HORIZON_TIPC || message->cmif.has_header;
}

static void set_command(struct horizon_memo *memo, const struct known_command *known)
{
    memo->known = known;
    memo->command = known->name;
}

/* "FUNCTION: name of the command as the producer knows it" comes before what is built in. */
static void name_command(struct horizon_message *message)
{
    bool is_tipc = message->memo.protocol == HORIZON_TIPC;
    const char *function = record_kept_text(message->context, IPCTAP_FUNCTION, 0);
    struct command_question question = {
        .convention = is_tipc ? IPCSHARK_CONVENTION_TIPC : IPCSHARK_CONVENTION_CMIF,
        .group = method_group(message),
        .id = is_tipc ? message->tipc.command_id : message->cmif.method_id,
        .firmware = firmware(message),
        .name = function ? function : fixed_name(message),
    };

    if (has_command(message, question.name))
        set_command(&message->memo, known_command(&question));
}

static void name_target(struct horizon_message *message, struct session *session,
                        struct session_object *object)
{
    struct horizon_memo *memo = &message->memo;

    memo->session = session;
    memo->service = session->service;
    memo->object = object;
    memo->interface_name = object ? object->interface_name : NULL;
    memo->object_path = object ? object->path : NULL;
}

static struct ipcshark_reader data_reader(const struct horizon_message *message)
{
    bool is_tipc = message->memo.protocol == HORIZON_TIPC;
    uint32_t offset = is_tipc ? message->tipc.data_offset : message->cmif.data_offset;
    uint32_t size = is_tipc ? message->tipc.data_size : message->cmif.data_size;

    return message->bytes ? ipcshark_reader(message->bytes + offset, size)
                          : ipcshark_reader(NULL, 0);
}

/* sm: takes a service's name as 8 bytes of arguments, filled up with zeros. */
static const char *requested_service(const struct horizon_message *message)
{
    struct ipcshark_reader reader = data_reader(message);
    const uint8_t *bytes = ipcshark_read_bytes(&reader, SM_NAME_SIZE);
    uint32_t id = message->memo.protocol == HORIZON_TIPC ? message->tipc.command_id
                                                         : message->cmif.method_id;

    if (!is_sm(message->memo.session) || message->memo.is_control || !bytes ||
        id < SM_GET_SERVICE_HANDLE || id == SM_DETACH_CLIENT)
        return NULL;
    return keep_escaped(message->pinfo->pool, bytes, plugin_text_length(bytes, SM_NAME_SIZE));
}

/* What a request that gives an object back names in its first buffer: a path. */
static const char *opened_file(const struct horizon_message *message)
{
    const struct horizon_memo *memo = &message->memo;
    struct record_section section;

    if (memo->protocol != HORIZON_CMIF || !memo->known || !memo->known->opens)
        return NULL;
    if (!record_section(message->context, IPCTAP_POINTER, 0, &section) &&
        !record_section(message->context, IPCTAP_SEND, 0, &section))
        return NULL;
    if (!section.view.captured_size || !g_ascii_isprint((char)section.view.bytes[0]))
        return NULL;
    return keep_escaped(message->pinfo->pool, section.view.bytes,
                        plugin_text_length(section.view.bytes, section.view.captured_size));
}

static const char *quoted(const char *piece)
{
    struct text text;

    if (!piece)
        return NULL;
    text_begin(&text);
    text_add(&text, "\"");
    text_add(&text, piece);
    text_add(&text, "\"");
    return keep_unique(text_end(&text));
}

static void keep_request(struct horizon_message *message)
{
    struct horizon_memo *memo = &message->memo;
    struct ipcshark_reader reader = data_reader(message);

    if (message->cmif.kind == CMIF_CONTROL &&
        message->cmif.method_id == CMIF_COPY_FROM_CURRENT_DOMAIN)
        memo->copied_id = ipcshark_read_u32(&reader);
    memo->requested = requested_service(message);
    memo->argument = quoted(memo->requested);
    memo->file = opened_file(message);
    memo->session->served = message->context->memo;
    call_keep_request(message->context, message->context->memo);
}

/* A session is closed by asking for it; its handle stays until it is closed, too. */
static void close_target(const struct horizon_message *message)
{
    const struct horizon_memo *memo = &message->memo;
    bool closes_session = message->cmif.kind == CMIF_RELEASE ||
                          message->hipc.type == HIPC_TYPE_RELEASE || message->tipc.is_close;

    if (closes_session && !memo->session->closed_in)
        memo->session->closed_in = message->pinfo->num;
    if (message->cmif.kind == CMIF_DOMAIN_CLOSE && message->cmif.domain.object_id)
        session_object_close(message->context, memo->session, message->cmif.domain.object_id);
}

/* A session's own object, a domain's, or none if the message ends before it says which. */
static struct session_object *addressed_object(const struct horizon_message *message,
                                               struct session *session)
{
    const struct horizon_memo *memo = &message->memo;
    bool to_session = memo->is_control || message->hipc.type == HIPC_TYPE_RELEASE;

    if (message->cmif.has_domain && message->cmif.domain.object_id)
        return find_object(message, session, message->cmif.domain.object_id);
    if (memo->protocol == HORIZON_CMIF && memo->is_domain && !to_session)
        return NULL;
    return find_object(message, session, 0);
}

static void name_peer(const struct horizon_message *message, const struct session *session)
{
    bool is_unknown = message->context->header->peer_pid == IPCTAP_UNKNOWN_ID;

    if (message->is_server)
        return;
    call_set_peer(message->context,
                  session->service || !is_unknown ? session->service : "unknown session");
}

static void keep_handles_of_request(struct horizon_message *message)
{
    struct handle_list list;

    if (!has_handles(message) && !lists_objects(message) && !message->memo.copied_id)
        return;
    list.count = 0;
    message->handles = &list;
    add_handles(message);
    add_objects(message);
    if (message->memo.copied_id)
        handles_add_object(&list, message->memo.session, message->memo.copied_id);
    handles_keep(&list, message->context);
    message->handles = NULL;
}

void horizon_track_request(struct horizon_message *message)
{
    struct session *session = find_session(message);

    if (message->memo.is_domain)
        session->is_domain = true;
    name_target(message, session, addressed_object(message, session));
    name_command(message);
    keep_request(message);
    keep_handles_of_request(message);
    close_target(message);
    name_peer(message, session);
}

/* ---- Replies ---- */

static uint32_t moved_handle(const struct horizon_message *message, unsigned int n)
{
    return n < message->hipc.special.move_count && message->hipc.has_special
               ? message->hipc.special.move[n]
               : 0;
}

/* A reply may bring hundreds of objects: Info names the first ones. */
#define MAX_OUTCOME 160

static void add_outcome(struct horizon_message *message, const char *text)
{
    const char *before = message->memo.outcome;

    if (before && strlen(before) > MAX_OUTCOME)
        return;
    message->memo.outcome =
        before ? keep_text(wmem_strdup_printf(message->pinfo->pool, "%s, %s", before, text))
               : keep_unique(text);
}

/*
 * What a reply moves is another session: the client now has it behind this handle; the server,
 * whose record holds its own handle, has it no more but learns what its other end is for.
 */
static struct session *receive_handle(const struct horizon_message *message, uint32_t handle,
                                      const char *service, const char *interface_name)
{
    const struct call_context *context = message->context;
    struct session *session;

    if (!message->is_server)
        return session_open(context, handle, service, interface_name);
    handles_name(message->handles, handle, service, interface_name, HANDLE_SESSION);
    session = session_find(context, handle);
    session_forget(context, handle);
    if (session && !session_is_one(session)) /* Its number was given out again unseen. */
        return NULL;
    if (session && !session->service)
        session_copy(session, session_new(service, interface_name));
    return session;
}

static void describe_handle(struct horizon_message *message, uint32_t handle, const char *what)
{
    struct text text;

    text_begin(&text);
    text_add(&text, what ? what : "object");
    text_add(&text, " handle ");
    text_add_hex(&text, handle);
    add_outcome(message, text_end(&text));
}

static void reply_of_sm(struct horizon_message *message)
{
    const struct horizon_memo *request = message->request;
    uint32_t handle = moved_handle(message, 0);
    struct session *session;

    if (!handle || !request->requested)
        return;
    if (message->is_server && horizon_method_id(request) == SM_REGISTER_SERVICE)
        handles_name(message->handles, handle, request->requested, NULL, HANDLE_PORT);
    session = receive_handle(message, handle, request->requested,
                             names_service_interface(request->requested));
    if (session && horizon_method_id(request) == SM_REGISTER_SERVICE)
        session->kind = HANDLE_PORT;
    describe_handle(message, handle,
                    horizon_method_id(request) == SM_REGISTER_SERVICE ? "port"
                                                                      : request->requested);
}

static const char *object_short_name(const char *interface_name)
{
    return interface_name ? horizon_short_name(interface_name) : NULL;
}

static const char *out_interface(const struct horizon_message *message, unsigned int n)
{
    const char *interface_name = message->memo.interface_name;
    const struct known_command *asked = message->request->known;

    if (!interface_name)
        return NULL;
    if (n == 0 && asked && asked->group == interface_name) /* Looked up once for all its calls. */
        return asked->opens;
    return names_out_interface(IPCSHARK_CONVENTION_CMIF, interface_name,
                               horizon_method_id(message->request), n);
}

static void open_domain_objects(struct horizon_message *message)
{
    const struct cmif_domain *domain = &message->cmif.domain;

    for (uint32_t n = 0; domain->objects_known && n < domain->objects_captured; n++) {
        uint32_t id = cmif_domain_object(message->bytes, message->length, &message->cmif, n);
        struct session_object *object;

        if (!id)
            continue;
        object = session_object_set(message->context, message->memo.session, id,
                                    out_interface(message, n), true);
        object->file = message->request->file;
        add_outcome(message, object->path);
    }
}

/* What a command moves besides objects is something else only where its description says what. */
static bool moves_session(const struct horizon_message *message, unsigned int n)
{
    const struct handle_source source = {.command = message->request->known,
                                         .is_reply = true,
                                         .is_move = true,
                                         .has_objects = !message->memo.is_domain,
                                         .n = n};

    return handles_kind(&source) == HANDLE_OTHER;
}

static void open_handles(struct horizon_message *message)
{
    for (unsigned int n = 0; n < HIPC_MAX_HANDLES && moved_handle(message, n); n++) {
        const char *interface_name = out_interface(message, n);
        struct session *session;

        if (!interface_name && !moves_session(message, n)) {
            if (message->is_server)
                session_forget(message->context, moved_handle(message, n));
            continue;
        }
        session = receive_handle(message, moved_handle(message, n), message->memo.service,
                                 interface_name);

        if (session)
            session->self.file = message->request->file;
        describe_handle(message, moved_handle(message, n), object_short_name(interface_name));
    }
}

static void clone_session(struct horizon_message *message)
{
    uint32_t handle = moved_handle(message, 0);

    if (handle && !message->is_server)
        session_clone(message->context, handle, message->memo.session);
    else if (handle)
        handles_name(message->handles, handle, message->memo.service, NULL, HANDLE_SESSION);
    if (handle)
        describe_handle(message, handle, "session");
}

static void copy_object(struct horizon_message *message)
{
    struct session_object *object =
        session_object(message->memo.session, message->request->copied_id);
    uint32_t handle = moved_handle(message, 0);
    const char *interface_name = object ? object->interface_name : NULL;
    struct session *session;

    if (!handle)
        return;
    session = receive_handle(message, handle, message->memo.service, interface_name);
    if (session && object)
        session->self.file = object->file;
    describe_handle(message, handle, object_short_name(interface_name));
}

static void convert_to_domain(struct horizon_message *message)
{
    struct session *session = message->memo.session;
    struct ipcshark_reader reader = data_reader(message);
    uint32_t id = ipcshark_read_u32(&reader);
    struct session_object *object;

    if (reader.failed || !id)
        return;
    session->is_domain = true;
    session->root = id;
    object = session_object_set(message->context, session, id, session->self.interface_name, true);
    object->file = session->self.file;
    add_outcome(message, object->path);
}

static void reply_of_control(struct horizon_message *message)
{
    struct ipcshark_reader reader = data_reader(message);

    switch (horizon_method_id(message->request)) {
    case CMIF_CONVERT_CURRENT_OBJECT_TO_DOMAIN:
        convert_to_domain(message);
        break;
    case CMIF_COPY_FROM_CURRENT_DOMAIN:
        copy_object(message);
        break;
    case CMIF_CLONE_CURRENT_OBJECT:
    case CMIF_CLONE_CURRENT_OBJECT_EX:
        clone_session(message);
        break;
    case CMIF_QUERY_POINTER_BUFFER_SIZE:
        add_outcome(message, wmem_strdup_printf(message->pinfo->pool, "%u bytes",
                                                ipcshark_read_u16(&reader)));
        break;
    default:
        break;
    }
}

/* [14.0.0+] A reply says which interface answered. */
static void learn_interface(struct horizon_message *message)
{
    struct horizon_memo *memo = &message->memo;
    uint32_t id = message->cmif.interface_id;
    const char *interface_name = message->cmif.has_header && id ? names_interface_by_id(id) : NULL;

    if (!interface_name || !memo->object || memo->is_control || memo->protocol != HORIZON_CMIF)
        return;
    if (g_strcmp0(interface_name, memo->object->interface_name) != 0)
        session_object_set(message->context, memo->session, memo->object->id, interface_name,
                           false);
    memo->interface_name = memo->object->interface_name;
    memo->object_path = memo->object->path;
}

/* The request may have been shown before anybody knew its interface. */
static void name_answered_command(struct horizon_message *message)
{
    struct horizon_memo *memo = &message->memo;
    const struct known_command *known, *asked;

    if (!message->request || !message->request->known)
        return;
    asked = message->request->known;
    set_command(memo, asked);
    if (asked->is_named || memo->protocol != HORIZON_CMIF || memo->is_control ||
        !memo->interface_name)
        return;
    known = known_command(&(struct command_question){.convention = IPCSHARK_CONVENTION_CMIF,
                                                     .group = memo->interface_name,
                                                     .id = asked->id,
                                                     .firmware = firmware(message)});
    if (known->is_named)
        set_command(memo, known);
}

static void take_results(struct horizon_message *message)
{
    uint32_t result;

    if (!message->request || !horizon_result(message, &result) || result)
        return;
    if (message->memo.is_control)
        reply_of_control(message);
    else if (is_sm(message->memo.session))
        reply_of_sm(message);
    else if (message->memo.is_domain)
        open_domain_objects(message);
    if (!message->memo.is_control && !is_sm(message->memo.session))
        open_handles(message);
}

/* The server's handles are looked up before they leave it, the client's when they are there. */
static void take_handles(struct horizon_message *message)
{
    struct handle_list list;

    list.count = 0;
    message->handles = &list;
    if (message->is_server)
        add_handles(message);
    take_results(message);
    if (!message->is_server)
        add_handles(message);
    add_objects(message);
    handles_keep(&list, message->context);
    message->handles = NULL;
}

static struct session_object *answering_object(const struct horizon_message *message,
                                               struct session *session)
{
    if (message->request)
        return message->request->object;
    return session->is_domain ? NULL : find_object(message, session, 0);
}

/* Without a message, what it would have been is known from the request. */
static void take_over_protocol(struct horizon_message *message)
{
    const struct horizon_memo *asked = message->request;

    message->memo.protocol = asked->protocol;
    message->memo.is_control = asked->is_control;
    message->memo.is_domain = asked->is_domain;
}

/* What is no domain is not the session that was one: its handle was closed unseen and given out
 * again. */
static void forget_domain(const struct horizon_message *message)
{
    if (message->request && message->request->is_domain && !message->memo.is_domain)
        session_forget(message->context, horizon_handle(message));
}

void horizon_track_reply(struct horizon_message *message)
{
    struct session *session = find_session(message);

    if (!message->tvb && message->request)
        take_over_protocol(message);
    forget_domain(message);
    name_target(message, session, answering_object(message, session));
    learn_interface(message);
    name_answered_command(message);
    if (has_handles(message) || lists_objects(message))
        take_handles(message);
    else
        take_results(message);
    name_peer(message, session);
}
