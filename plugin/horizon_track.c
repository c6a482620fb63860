/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file horizon_track.c
 * What requests and replies do to sessions and objects: services handed out by sm:, domains,
 * clones, objects opened and closed; and from that the names that a message is shown with. First
 * pass only.
 */
#include "horizon.h"

/* sm:'s commands, equal in CMIF and TIPC. */
enum sm_command {
    SM_GET_SERVICE_HANDLE = 1,
    SM_REGISTER_SERVICE = 2,
    SM_DETACH_CLIENT = 4, /* The only one of the console's own that names no service. */
};

#define SM_NAME_SIZE 8

static const char *file_copy(const char *text)
{
    return text ? wmem_strdup(wmem_file_scope(), text) : NULL;
}

/* "sm:m" is a service of its own, for processes. */
static bool is_sm(const struct session *session)
{
    return g_strcmp0(session->service, "sm:") == 0;
}

static uint32_t firmware(const struct horizon_message *message)
{
    uint32_t preferred = names_preferred_firmware();

    return preferred ? preferred : state_source(message->context)->firmware;
}

/* ---- The session and the object that a message goes to ---- */

/* That of the other process's record of this call, which may have come first. */
static struct session *other_session(const struct horizon_message *message)
{
    const struct call_exchange *exchange = message->context->memo->exchange;
    const struct horizon_request *other;

    if (!exchange || !exchange->peer || exchange->kind != IPCTAP_HIPC_MESSAGE)
        return NULL;
    other = (const struct horizon_request *)exchange->peer->request;
    return other ? other->memo->session : NULL;
}

static struct session *find_session(const struct horizon_message *message)
{
    const struct call_context *context = message->context;
    struct session *session;

    if (message->request)
        session = message->request->memo->session;
    else if (horizon_handle(message))
        session = session_get(context, horizon_handle(message));
    else
        session = session_new(NULL, NULL);
    session = session_meet(context, horizon_handle(message), session, other_session(message));
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
    const char *interface_name = record_text(message->context, IPCTAP_INTERFACE, 0);
    struct session_object *object = session_object(session, id);

    if (!object || interface_name)
        object = session_object_set(message->context, session, id, interface_name, false);
    if (!interface_name)
        name_first_object(message, session, object);
    return object;
}

/* ---- Handles that a message passes on ---- */

static void add_handle(const struct horizon_message *message, uint32_t handle, bool received)
{
    if (received)
        handles_add_received(message->handles, message->context, handle);
    else
        handles_add(message->handles, message->context, handle);
}

/* A request brings new handles to the server, a reply to the client. */
static void add_handles(const struct horizon_message *message)
{
    const struct hipc_special *special = &message->hipc.special;
    bool received = message->is_server != horizon_is_reply(message);

    for (unsigned int n = 0; n < special->copy_count; n++)
        add_handle(message, special->copy[n], received);
    for (unsigned int n = 0; n < special->move_count; n++)
        add_handle(message, special->move[n], received);
}

static bool has_handles(const struct horizon_message *message)
{
    return message->tvb && message->hipc.has_special &&
           (message->hipc.special.copy_count || message->hipc.special.move_count);
}

/* ---- Requests ---- */

static const char *numbered(uint32_t id)
{
    return wmem_strdup_printf(wmem_file_scope(), "command %u", id);
}

static const char *tipc_command(const struct horizon_message *message)
{
    const char *service = message->memo->service;
    const char *name;

    if (message->tipc.is_close)
        return "Close";
    name = service ? names_command(IPCSHARK_CONVENTION_TIPC, service, message->tipc.command_id,
                                   firmware(message))
                   : NULL;
    return name ? name : numbered(message->tipc.command_id);
}

static const char *cmif_command(const struct horizon_message *message)
{
    const struct cmif_message *cmif = &message->cmif;
    const char *interface_name = message->memo->interface_name;
    const char *name = NULL;

    if (cmif->kind == CMIF_RELEASE || message->hipc.type == HIPC_TYPE_RELEASE)
        return "Close";
    if (cmif->kind == CMIF_DOMAIN_CLOSE)
        return "CloseObject";
    if (!cmif->has_header)
        return NULL;
    if (cmif->kind == CMIF_CONTROL)
        name = cmif_control_name(cmif->method_id);
    else if (interface_name)
        name = names_command(IPCSHARK_CONVENTION_CMIF, interface_name, cmif->method_id,
                             firmware(message));
    return name ? name : numbered(cmif->method_id);
}

static const char *own_command(const struct horizon_message *message)
{
    const struct horizon_memo *memo = message->memo;

    if (memo->protocol == HORIZON_TIPC)
        return message->tipc.is_close
                   ? NULL
                   : names_own_command(IPCSHARK_CONVENTION_TIPC, memo->service,
                                       message->tipc.command_id, firmware(message));
    if (!message->cmif.has_header || message->cmif.kind != CMIF_REQUEST)
        return NULL;
    return names_own_command(IPCSHARK_CONVENTION_CMIF, memo->interface_name,
                             message->cmif.method_id, firmware(message));
}

/* The user's own name, then the producer's, then a built-in one. */
static void name_command(const struct horizon_message *message)
{
    const char *function = record_text(message->context, IPCTAP_FUNCTION, 0);
    const char *own = own_command(message);

    if (own)
        message->memo->command = own;
    else if (function)
        message->memo->command = file_copy(function);
    else if (message->memo->protocol == HORIZON_TIPC)
        message->memo->command = tipc_command(message);
    else
        message->memo->command = cmif_command(message);
}

static void name_target(const struct horizon_message *message, struct session *session,
                        struct session_object *object)
{
    struct horizon_memo *memo = message->memo;

    memo->session = session;
    memo->service = session->service;
    memo->object = object;
    message->context->memo->object = object;
    memo->interface_name = object ? object->interface_name : NULL;
    memo->object_path = object ? object->path : NULL;
}

static struct ipcshark_reader data_reader(const struct horizon_message *message)
{
    bool is_tipc = message->memo->protocol == HORIZON_TIPC;
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
    uint32_t id = message->memo->protocol == HORIZON_TIPC ? message->tipc.command_id
                                                          : message->cmif.method_id;

    if (!is_sm(message->memo->session) || message->memo->is_control || !bytes ||
        id < SM_GET_SERVICE_HANDLE || id == SM_DETACH_CLIENT)
        return NULL;
    return plugin_escape(wmem_file_scope(), bytes, plugin_text_length(bytes, SM_NAME_SIZE));
}

/* What a request that gives an object back names in its first buffer: a path. */
static const char *opened_file(const struct horizon_message *message)
{
    const struct horizon_memo *memo = message->memo;
    struct record_section section;

    if (memo->protocol != HORIZON_CMIF || memo->is_control || !memo->interface_name ||
        !names_out_interface(IPCSHARK_CONVENTION_CMIF, memo->interface_name,
                             message->cmif.method_id, 0))
        return NULL;
    if (!record_section(message->context, IPCTAP_POINTER, 0, &section) &&
        !record_section(message->context, IPCTAP_SEND, 0, &section))
        return NULL;
    if (!section.view.captured_size || !g_ascii_isprint((char)section.view.bytes[0]))
        return NULL;
    return plugin_escape(wmem_file_scope(), section.view.bytes,
                         plugin_text_length(section.view.bytes, section.view.captured_size));
}

static void keep_request(const struct horizon_message *message)
{
    struct horizon_request *request = wmem_new0(wmem_file_scope(), struct horizon_request);
    struct ipcshark_reader reader = data_reader(message);
    bool is_copy = message->cmif.kind == CMIF_CONTROL &&
                   message->cmif.method_id == CMIF_COPY_FROM_CURRENT_DOMAIN;

    request->memo = message->memo;
    request->type = message->hipc.type;
    request->method_id = message->memo->protocol == HORIZON_TIPC ? message->tipc.command_id
                                                                 : message->cmif.method_id;
    request->object_id = is_copy ? ipcshark_read_u32(&reader) : message->cmif.domain.object_id;
    request->requested = requested_service(message);
    request->file = opened_file(message);
    if (request->requested)
        message->memo->argument =
            wmem_strdup_printf(wmem_file_scope(), "\"%s\"", request->requested);
    message->memo->session->served = request;
    call_keep_request(message->context, request);
}

/* A session is closed by asking for it; its handle stays until it is closed, too. */
static void close_target(const struct horizon_message *message)
{
    struct horizon_memo *memo = message->memo;
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
    const struct horizon_memo *memo = message->memo;
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

    if (!has_handles(message))
        return;
    list.count = 0;
    message->handles = &list;
    add_handles(message);
    handles_keep(&list, message->context);
    message->handles = NULL;
}

void horizon_track_request(struct horizon_message *message)
{
    struct session *session = find_session(message);

    if (message->memo->is_domain)
        session->is_domain = true;
    name_target(message, session, addressed_object(message, session));
    name_command(message);
    horizon_find_description(message, firmware(message));
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

static void add_outcome(const struct horizon_message *message, const char *text)
{
    const char *before = message->memo->outcome;

    if (before && strlen(before) > MAX_OUTCOME)
        return;
    message->memo->outcome = before ? wmem_strdup_printf(wmem_file_scope(), "%s, %s", before, text)
                                    : file_copy(text);
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
    handles_name(message->handles, handle, service, interface_name, false);
    session = session_find(context, handle);
    session_forget(context, handle);
    if (session && !session->service)
        session_copy(session, session_new(service, interface_name));
    return session;
}

static void describe_handle(const struct horizon_message *message, uint32_t handle,
                            const char *what)
{
    add_outcome(message, wmem_strdup_printf(message->pinfo->pool, "%s handle 0x%x",
                                            what ? what : "object", handle));
}

static void reply_of_sm(const struct horizon_message *message)
{
    const struct horizon_request *request = message->request;
    uint32_t handle = moved_handle(message, 0);
    struct session *session;

    if (!handle || !request->requested)
        return;
    if (message->is_server && request->method_id == SM_REGISTER_SERVICE)
        handles_name(message->handles, handle, request->requested, NULL, true);
    session = receive_handle(message, handle, request->requested,
                             names_service_interface(request->requested));
    if (session && request->method_id == SM_REGISTER_SERVICE)
        session->is_port = true;
    describe_handle(message, handle,
                    request->method_id == SM_REGISTER_SERVICE ? "port" : request->requested);
}

static const char *object_short_name(const char *interface_name)
{
    return interface_name ? horizon_short_name(interface_name) : NULL;
}

static const char *out_interface(const struct horizon_message *message, unsigned int n)
{
    const char *interface_name = message->memo->interface_name;

    return interface_name ? names_out_interface(IPCSHARK_CONVENTION_CMIF, interface_name,
                                                message->request->method_id, n)
                          : NULL;
}

static void open_domain_objects(const struct horizon_message *message)
{
    const struct cmif_domain *domain = &message->cmif.domain;

    for (uint32_t n = 0; domain->objects_known && n < domain->objects_captured; n++) {
        uint32_t id = cmif_domain_object(message->bytes, message->length, &message->cmif, n);
        struct session_object *object;

        if (!id)
            continue;
        object = session_object_set(message->context, message->memo->session, id,
                                    out_interface(message, n), true);
        object->file = message->request->file;
        add_outcome(message, object->path);
    }
}

static void open_handles(const struct horizon_message *message)
{
    for (unsigned int n = 0; n < HIPC_MAX_HANDLES && moved_handle(message, n); n++) {
        const char *interface_name = out_interface(message, n);
        struct session *session = receive_handle(message, moved_handle(message, n),
                                                 message->memo->service, interface_name);

        if (session)
            session->self.file = message->request->file;
        describe_handle(message, moved_handle(message, n), object_short_name(interface_name));
    }
}

static void clone_session(const struct horizon_message *message)
{
    uint32_t handle = moved_handle(message, 0);

    if (handle && !message->is_server)
        session_clone(message->context, handle, message->memo->session);
    else if (handle)
        handles_name(message->handles, handle, message->memo->service, NULL, false);
    if (handle)
        describe_handle(message, handle, "session");
}

static void copy_object(const struct horizon_message *message)
{
    struct session_object *object =
        session_object(message->memo->session, message->request->object_id);
    uint32_t handle = moved_handle(message, 0);
    const char *interface_name = object ? object->interface_name : NULL;
    struct session *session;

    if (!handle)
        return;
    session = receive_handle(message, handle, message->memo->service, interface_name);
    if (session && object)
        session->self.file = object->file;
    describe_handle(message, handle, object_short_name(interface_name));
}

static void convert_to_domain(const struct horizon_message *message)
{
    struct session *session = message->memo->session;
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

static void reply_of_control(const struct horizon_message *message)
{
    struct ipcshark_reader reader = data_reader(message);

    switch (message->request->method_id) {
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
static void learn_interface(const struct horizon_message *message)
{
    struct horizon_memo *memo = message->memo;
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
static void name_answered_command(const struct horizon_message *message)
{
    struct horizon_memo *memo = message->memo;
    const char *name = NULL;

    if (!message->request)
        return;
    memo->command = message->request->memo->command;
    if (memo->protocol == HORIZON_CMIF && !memo->is_control && memo->interface_name)
        name = names_command(IPCSHARK_CONVENTION_CMIF, memo->interface_name,
                             message->request->method_id, firmware(message));
    if (name && memo->command && g_str_has_prefix(memo->command, "command "))
        memo->command = name;
}

static void take_results(const struct horizon_message *message)
{
    uint32_t result;

    if (!message->request || !horizon_result(message, &result) || result)
        return;
    if (message->memo->is_control)
        reply_of_control(message);
    else if (is_sm(message->memo->session))
        reply_of_sm(message);
    else if (message->memo->is_domain)
        open_domain_objects(message);
    if (!message->memo->is_control && !is_sm(message->memo->session))
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
    handles_keep(&list, message->context);
    message->handles = NULL;
}

static struct session_object *answering_object(const struct horizon_message *message,
                                               struct session *session)
{
    if (message->request)
        return message->request->memo->object;
    return session->is_domain ? NULL : find_object(message, session, 0);
}

/* Without a message, what it would have been is known from the request. */
static void take_over_protocol(const struct horizon_message *message)
{
    const struct horizon_memo *asked = message->request->memo;

    message->memo->protocol = asked->protocol;
    message->memo->is_control = asked->is_control;
    message->memo->is_domain = asked->is_domain;
}

/* What is no domain is not the session that was one: its handle was closed unseen and given out again. */
static void forget_domain(const struct horizon_message *message)
{
    if (message->request && message->request->memo->is_domain && !message->memo->is_domain)
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
    if (has_handles(message))
        take_handles(message);
    else
        take_results(message);
    name_peer(message, session);
}
