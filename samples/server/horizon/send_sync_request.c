/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SendSyncRequest to a simulated service: deliver, serve, reply, all within the call. */
#include "horizon.h"
#include "sf.h"

#include <string.h>

struct sending {
    struct horizon_kernel *kernel;
    struct server_call *call;
    struct horizon_request request;
    uint8_t server_message[HIPC_TLS_MESSAGE_SIZE];
    bool is_again; /* The tap has the delivered request already. */
};

/* "address not page aligned 0xCC01; size 0 or not page multiple 0xCA01; wrap 0xD401; memory must be
 * state flag CanIpcUserBuffer, permission exactly user RW, no attribute, else 0xD401." */
static uint32_t check_user_buffer(const struct horizon_process *process,
                                  const struct ipctap_kernel_call *arguments)
{
    if (arguments->address % HORIZON_PAGE_SIZE)
        return HORIZON_INVALID_ADDRESS;
    if (arguments->size == 0 || arguments->size % HORIZON_PAGE_SIZE)
        return HORIZON_INVALID_SIZE;
    if (!horizon_memory_allows(process, arguments->address, arguments->size,
                               HORIZON_USE_USER_BUFFER))
        return HORIZON_INVALID_CURRENT_MEMORY;
    return 0;
}

static bool is_message_right(const struct ipctap_section *message,
                             const struct ipctap_kernel_call *user_buffer, bool has_user_buffer)
{
    if (message->captured_size != message->declared_size)
        return false;
    if (has_user_buffer)
        return message->address == user_buffer->address &&
               message->captured_size == user_buffer->size;
    return message->captured_size == HIPC_TLS_MESSAGE_SIZE;
}

/* The client's message buffer. False: the call was finished or rejected. */
static bool take_buffer(struct sending *sending)
{
    struct server_call *call = sending->call;
    struct ipctap_kernel_call user_buffer;
    struct ipctap_section message;
    bool has_user_buffer = server_call_kernel_call(call, &user_buffer);
    uint32_t result = has_user_buffer ? check_user_buffer(call->process->data, &user_buffer) : 0;

    if (result == 0 && !server_call_section(call, IPCTAP_MESSAGE, 0, &message)) {
        if (!has_user_buffer) {
            server_call_reject(call, "a record of kind 1 needs a MESSAGE section");
            return false;
        }
        result = HORIZON_INVALID_CURRENT_MEMORY;
    }
    if (result != 0) {
        server_call_finish(call, result);
        return false;
    }
    if (!is_message_right(&message, &user_buffer, has_user_buffer)) {
        server_call_reject(call,
                           "MESSAGE has %u bytes, it must be the whole buffer (0x100 bytes "
                           "or the user buffer)",
                           message.captured_size);
        return false;
    }
    sending->request.client_buffer = (struct horizon_buffer){
        g_memdup2(message.bytes, message.captured_size), message.captured_size, message.address};
    sending->request.is_user_buffer = has_user_buffer;
    if (has_user_buffer)
        horizon_memory_lock(call->process->data, message.address, message.captured_size);
    return true;
}

static bool take_contents(struct sending *sending)
{
    struct horizon_request *request = &sending->request;
    char *fault;

    hipc_decode(request->client_buffer.bytes, request->client_buffer.size, HIPC_REQUEST,
                &request->source, NULL);
    fault = horizon_contents_read(&sending->call->record, &request->source, &request->contents);
    if (!fault)
        return true;
    server_call_reject(sending->call, "%s", fault);
    g_free(fault);
    return false;
}

/* RECEIVE is only room before the service has run. */
static void tap_map(struct record_builder *side, const struct horizon_map *map, bool is_exit)
{
    static const uint16_t types[] = {IPCTAP_SEND, IPCTAP_RECEIVE, IPCTAP_EXCHANGE};
    size_t shown = MIN(map->size, SERVER_TAP_SECTION_LIMIT);

    if (map->kind == HORIZON_RECEIVE && !is_exit) {
        record_builder_add_room(side, types[map->kind], map->number, map->server_address,
                                map->size);
        return;
    }
    record_builder_add_part(side, types[map->kind], map->number, map->server_address, map->bytes,
                            shown, map->size);
    if (shown < map->size)
        side->header.flags |= IPCTAP_TRUNCATED;
}

static void tap_contents(struct record_builder *side, const struct horizon_request *request,
                         bool is_exit)
{
    for (unsigned int i = 0; i < request->map_count; i++) {
        const struct horizon_map *map = &request->map[i];

        if (map->size && !(is_exit && map->kind == HORIZON_SEND))
            tap_map(side, map, is_exit);
    }
}

static void tap_pointers(struct record_builder *side, struct horizon_process *server,
                         const struct hipc_message *message)
{
    for (unsigned int i = 0; i < message->pointer_count; i++) {
        const struct hipc_pointer *pointer = &message->pointer[i];
        const uint8_t *bytes =
            pointer->size ? horizon_pointer_buffer(server, pointer->address, pointer->size) : NULL;

        if (bytes)
            record_builder_add(side, IPCTAP_POINTER, (uint16_t)i, pointer->address, bytes,
                               pointer->size);
    }
}

static void tap_server_side(struct sending *sending, uint8_t phase,
                            const struct hipc_message *message, size_t size,
                            const uint8_t *prepared)
{
    struct horizon_request *request = &sending->request;
    struct record_builder side;

    if (!server_tap_begin_server_side(&side, sending->call, request->server->process,
                                      request->session->server_handle, phase))
        return;

    record_builder_add_part(&side, IPCTAP_MESSAGE, 0, request->server_buffer.address,
                            request->server_buffer.bytes, size, request->server_buffer.size);
    if (prepared)
        record_builder_add(&side, IPCTAP_RECEIVE_CONTEXT, 0, request->server_buffer.address,
                           prepared, request->prepared.end);
    tap_pointers(&side, request->server, message);
    tap_contents(&side, request, phase == IPCTAP_EXIT);
    if (phase == IPCTAP_EXIT)
        side.header.flags |= IPCTAP_RESULT;
    server_tap_end(sending->kernel->server, &side);
}

static const uint8_t *read_pointer(void *data, unsigned int number, uint64_t address, uint64_t size)
{
    (void)number;
    return horizon_pointer_buffer(data, address, size);
}

static void tap_reply(struct sending *sending)
{
    struct horizon_buffer *buffer = &sending->request.server_buffer;
    struct hipc_message reply;

    hipc_decode(buffer->bytes, buffer->size, HIPC_REPLY, &reply, NULL);
    tap_server_side(sending, IPCTAP_EXIT, &reply, reply.raw_offset + 4u * reply.raw_words, NULL);
}

/* "Copy handles marked managed are closed after the reply." */
static void close_copied(struct horizon_request *request)
{
    struct hipc_message reply;

    hipc_decode(request->server_buffer.bytes, request->server_buffer.size, HIPC_REPLY, &reply,
                NULL);
    for (unsigned int i = 0; reply.has_special && i < reply.special.copy_count; i++)
        horizon_handle_close(&request->server->handles, reply.special.copy[i]);
}

static void add_exit_sections(struct horizon_request *request)
{
    if (request->changed)
        record_builder_add_part(&request->call->exit, IPCTAP_MESSAGE, 0,
                                request->client_buffer.address, request->client_buffer.bytes,
                                request->changed, request->client_buffer.size);
    for (unsigned int i = 0; i < request->reply_pointer_count; i++) {
        const struct horizon_reply_pointer *pointer = &request->reply_pointer[i];

        if (pointer->size && request->source.receive_list_mode != HIPC_RECEIVE_IN_MESSAGE)
            server_call_add(request->call, IPCTAP_POINTER, (uint16_t)i, pointer->address,
                            pointer->bytes, pointer->size);
    }
}

/* The message is delivered: the service answers, or closes the session. */
static uint32_t serve(struct sending *sending, const uint8_t *prepared)
{
    struct horizon_request *request = &sending->request;
    struct horizon_session *session = request->session;
    uint32_t result;

    if (!sending->is_again) {
        sf_describe(session->sf, request);
        tap_server_side(sending, IPCTAP_ENTER, &request->delivered, request->delivered_size,
                        prepared);
    }
    result = sf_serve(session->sf, request);
    if (result == SF_REQUEST_DEFERRED) {
        g_ptr_array_add(sending->kernel->deferred, sending->call);
        sending->call = NULL;
        return 0;
    }
    if (result != 0) {
        horizon_handle_close(&request->server->handles, session->server_handle);
        return HORIZON_SESSION_CLOSED;
    }
    tap_reply(sending);
    result = horizon_translate_reply(request, read_pointer, request->server);
    close_copied(request);
    add_exit_sections(request);
    if (result == 0)
        horizon_map_write_back(request);
    return result;
}

static uint32_t deliver(struct sending *sending)
{
    struct horizon_request *request = &sending->request;
    uint8_t prepared[HIPC_TLS_MESSAGE_SIZE];
    uint32_t result;

    request->server = request->session->server;
    request->server_buffer = (struct horizon_buffer){
        sending->server_message, sizeof sending->server_message, HORIZON_SERVICE_MESSAGE_ADDRESS};
    sf_prepare(request->server, &request->server_buffer);
    hipc_decode(request->server_buffer.bytes, request->server_buffer.size, HIPC_REQUEST,
                &request->prepared, NULL);
    memcpy(prepared, sending->server_message, sizeof prepared);
    result = horizon_translate_request(request);
    if (result == 0)
        return serve(sending, prepared);
    sf_describe_session(request->session->sf, sending->call);
    return result;
}

/* A connected process serves: the request waits for its ReplyAndReceive. */
static void queue(struct sending *sending, struct horizon_object *client_end)
{
    struct horizon_request *request = g_memdup2(&sending->request, sizeof sending->request);

    sending->request.client_buffer.bytes = NULL;
    sending->request.is_user_buffer = false;
    sending->request.is_async = false;
    sending->call = NULL;
    request->client_end = horizon_object_ref(client_end);
    horizon_serve_queue(sending->kernel, request);
}

uint32_t horizon_async_end(struct horizon_request *request, struct server_call *call,
                           uint32_t result)
{
    uint8_t error[12] = {0};

    if (!request->is_async)
        return result;
    request->is_async = false;
    request->client->events_left++;
    if (!call || result == 0)
        return 0;
    ipcshark_store_u32(error + 8, result);
    record_builder_reset(&call->exit);
    record_builder_add_part(&call->exit, IPCTAP_MESSAGE, 0, request->client_buffer.address, error,
                            sizeof error, request->client_buffer.size);
    return 0;
}

/* "One event per request (resource limit 0x10801), only in the user-buffer form." */
static uint32_t begin_async(struct sending *sending)
{
    struct horizon_request *request = &sending->request;

    if (!request->is_user_buffer || !(sending->call->record.header.flags & IPCTAP_ASYNC))
        return 0;
    if (request->client->events_left == 0)
        return HORIZON_LIMIT_REACHED;
    request->client->events_left--;
    request->is_async = true;
    return 0;
}

/* sending->call is NULL afterwards if the call waits. */
static uint32_t send_request(struct sending *sending)
{
    struct horizon_request *request = &sending->request;
    struct horizon_object *object =
        horizon_handle_find(&request->client->handles, sending->call->record.header.object);
    uint32_t result;

    if (!object || object->type != HORIZON_CLIENT_SESSION)
        return HORIZON_INVALID_HANDLE;
    request->session = object->session;
    if (!request->session->server_open)
        return HORIZON_SESSION_CLOSED;
    result = begin_async(sending);
    if (result != 0)
        return result;
    if (request->session->sf)
        return deliver(sending);
    queue(sending, object);
    return 0;
}

static void free_sending(struct sending *sending)
{
    struct horizon_buffer *buffer = &sending->request.client_buffer;

    if (sending->request.is_user_buffer)
        horizon_memory_unlock(sending->request.client, buffer->address);
    g_free(buffer->bytes);
    g_free(sending);
}

static void send_call(struct horizon_kernel *kernel, struct server_call *call, bool is_again)
{
    struct sending *sending = g_new0(struct sending, 1);
    uint32_t result;

    sending->kernel = kernel;
    sending->call = call;
    sending->is_again = is_again;
    sending->request.call = call;
    sending->request.client = call->process->data;
    if (take_buffer(sending) && take_contents(sending)) {
        result = send_request(sending);
        horizon_map_clear(&sending->request);
        result = horizon_async_end(&sending->request, sending->call, result);
        if (sending->call)
            server_call_finish(call, result);
    }
    free_sending(sending);
}

/* Each deferred call begins again from its enter; what still cannot be answered is deferred
 * anew. */
static void send_deferred(struct horizon_kernel *kernel)
{
    GPtrArray *calls = kernel->deferred;

    kernel->services_changed = false;
    kernel->deferred = g_ptr_array_new();
    for (guint i = 0; i < calls->len; i++)
        send_call(kernel, calls->pdata[i], true);
    g_ptr_array_unref(calls);
}

void horizon_send_sync_request(struct horizon_kernel *kernel, struct server_call *call)
{
    send_call(kernel, call, false);
    if (kernel->services_changed)
        send_deferred(kernel);
}
