/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sessions of simulated services, and which part of the framework a message goes to. */
#include "sf.h"
#include "tipc.h"

#include <ipcshark/htipc.h>
#include <string.h>

struct sf_object *sf_object_new(struct horizon_kernel *kernel, const struct sf_interface *interface,
                                void *data)
{
    struct sf_object *object = g_new0(struct sf_object, 1);

    object->interface = interface;
    object->interface_id = sf_interface_id(interface->name);
    object->kernel = kernel;
    object->data = data;
    object->references = 1;
    return object;
}

struct sf_object *sf_object_ref(struct sf_object *object)
{
    object->references++;
    return object;
}

void sf_object_unref(struct sf_object *object)
{
    if (!object || --object->references > 0)
        return;

    if (object->interface->destroy)
        object->interface->destroy(object);
    g_free(object);
}

static uint32_t open_session(struct sf_session *sf, uint64_t *number,
                             struct horizon_object **client)
{
    struct horizon_object *server;
    uint32_t result;

    sf->session = horizon_session_new(sf->kernel, &server, client);
    result = horizon_handle_add(&sf->process->handles, server, &sf->session->server_handle);
    if (result == 0) {
        sf->session->server = sf->process;
        sf->session->sf = sf;
        *number = sf->session->number;
    }
    horizon_object_unref(server);
    if (result != 0) {
        horizon_object_unref(*client);
        sf_session_free(sf);
        *client = NULL;
    }
    return result;
}

uint32_t sf_session_open(struct horizon_kernel *kernel, struct horizon_process *process,
                         const char *service, struct sf_object *object, uint64_t *number,
                         struct horizon_object **client)
{
    struct sf_session *sf = g_new0(struct sf_session, 1);

    sf->kernel = kernel;
    sf->process = process;
    sf->service = service;
    sf->object = object;
    return open_session(sf, number, client);
}

/* "A clone of a domain session shares the domain." */
uint32_t sf_session_clone(struct sf_session *session, struct sf_object *object,
                          struct horizon_object **client)
{
    struct sf_session *clone = g_new0(struct sf_session, 1);
    uint64_t number;

    *clone = *session;
    clone->object = object ? sf_object_ref(object) : NULL;
    clone->domain = object ? NULL : session->domain;
    if (clone->domain)
        clone->domain->references++;
    return open_session(clone, &number, client);
}

void sf_session_free(struct sf_session *session)
{
    sf_object_unref(session->object);
    sf_domain_unref(session->domain);
    g_free(session);
}

/* "Before each receive the server writes type 0, and if it has a pointer buffer, receive-list count
 * 2 with that buffer at word 2." */
void sf_prepare(const struct horizon_process *process, struct horizon_buffer *buffer)
{
    struct hipc_message message = {0};

    if (process->pointer_buffer_size) {
        message.receive_list_mode = HIPC_RECEIVE_SINGLE;
        message.receive_list_count = 1;
        message.receive_list[0].address = HORIZON_POINTER_BUFFER_ADDRESS;
        message.receive_list[0].size = (uint16_t)process->pointer_buffer_size;
    }
    hipc_encode(&message, NULL, buffer->bytes, buffer->size);
}

void sf_describe_session(struct sf_session *session, struct server_call *call)
{
    const struct server_target target = {.service = session->service,
                                         .session = session->session->number,
                                         .peer = session->process->process,
                                         .is_domain = session->domain};

    server_call_target(call, &target);
}

static void begin(struct sf_context *context, struct sf_session *session,
                  struct horizon_request *request)
{
    const struct hipc_message *hipc = &request->delivered;
    const struct cmif_context cmif = {.direction = HIPC_REQUEST, .is_domain = session->domain};

    *context =
        (struct sf_context){.kernel = session->kernel, .session = session, .request = request};
    cmif_decode(request->server_buffer.bytes, request->delivered_size, hipc, &cmif, &context->cmif,
                NULL);
}

/* The interface's TIPC side, if the request is for that. */
static const struct tipc_interface *find_tipc(const struct sf_session *session,
                                              const struct horizon_request *request)
{
    const struct sf_interface *interface = session->object ? session->object->interface : NULL;

    if (!interface || !interface->tipc)
        return NULL;
    return htipc_is_type(request->delivered.type) || !interface->commands ? interface->tipc : NULL;
}

void sf_describe(struct sf_session *session, struct horizon_request *request)
{
    struct server_target target = {.service = session->service,
                                   .session = session->session->number,
                                   .peer = session->process->process,
                                   .is_domain = session->domain};
    const struct sf_command *command;
    struct sf_context context;

    begin(&context, session, request);
    if (!find_tipc(session, request) && context.cmif.kind == CMIF_REQUEST &&
        context.cmif.has_header && sf_find_target(&context) == 0) {
        target.interface_name = context.object->interface->name;
        command = sf_find_command(context.object->interface, context.cmif.method_id);
        target.function = command ? command->name : NULL;
    }
    server_call_target(request->call, &target);
}

/* The request's handles belong to the command only while it runs. */
static void close_in_handles(struct sf_context *context)
{
    const struct hipc_special *special = &context->request->delivered.special;

    for (unsigned int i = 0; i < special->copy_count; i++)
        horizon_handle_close(&context->session->process->handles, special->copy[i]);
}

static uint32_t run_command(struct sf_context *context)
{
    uint32_t result = sf_read_request(context);

    if (result != 0)
        return result;
    result = context->command->run(context);
    return result == SF_REQUEST_DEFERRED ? result : sf_write_reply(context, result);
}

/* "Domain close: no reply is written, the request bytes are sent back as the reply." They stand in
 * the buffer already; closing an unknown id is silently fine. */
static uint32_t close_object(struct sf_context *context)
{
    if (!context->session->domain)
        return SF_INVALID_IN_HEADER;
    sf_domain_close(context->session->domain, context->cmif.domain.object_id);
    return 0;
}

/* "raw size >= 0x10; raw and receive list inside buffer" */
static bool is_size_valid(const struct sf_context *context)
{
    const struct hipc_message *hipc = &context->request->delivered;

    return hipc->raw_words >= 4 && hipc->end <= context->request->server_buffer.size;
}

static uint32_t dispatch(struct sf_context *context)
{
    const struct hipc_message *hipc = &context->request->delivered;

    switch (hipc->type) {
    case HIPC_TYPE_INVOKE_2_METHOD:
    case HIPC_TYPE_INVOKE_2_METHOD_WITH_CONTEXT:
        if (!is_size_valid(context))
            return HIPC_INVALID_REQUEST_SIZE;
        if (context->cmif.kind == CMIF_DOMAIN_CLOSE)
            return close_object(context);
        return run_command(context);
    case HIPC_TYPE_INVOKE_2_MANAGER_METHOD:
    case HIPC_TYPE_INVOKE_2_MANAGER_METHOD_WITH_CONTEXT:
        if (!is_size_valid(context))
            return HIPC_INVALID_REQUEST_SIZE;
        return sf_control(context);
    case HIPC_TYPE_RELEASE:
        return HORIZON_SESSION_CLOSED;
    default:
        return HIPC_UNKNOWN_COMMAND_TYPE;
    }
}

static void drop_leftovers(struct sf_context *context)
{
    for (unsigned int i = 0; i < SF_MAX_OBJECTS; i++)
        sf_object_unref(context->out_object[i]);
    for (unsigned int i = 0; i < SF_MAX_HANDLES; i++) {
        horizon_object_unref(context->out_copy_handle[i]);
        horizon_object_unref(context->out_move_handle[i]);
    }
}

static uint32_t serve_cmif(struct sf_session *session, struct horizon_request *request)
{
    struct sf_context context;
    uint32_t result;

    begin(&context, session, request);
    result = dispatch(&context);
    close_in_handles(&context);
    drop_leftovers(&context);
    return result;
}

/* "Any result that escapes from dispatch closes the session without a reply." */
uint32_t sf_serve(struct sf_session *session, struct horizon_request *request)
{
    const struct tipc_interface *tipc = find_tipc(session, request);
    uint32_t result = tipc ? tipc_serve(session, tipc, request) : serve_cmif(session, request);
    char text[128];

    if (result != 0 && result != HORIZON_SESSION_CLOSED && result != TIPC_SESSION_CLOSED &&
        result != SF_REQUEST_DEFERRED) {
        horizon_result_format(result, text, sizeof text);
        server_log(session->kernel->server, "%s: session %" G_GUINT64_FORMAT " closed: %s",
                   session->service, session->session->number, text);
    }
    return result;
}
