/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sessions that a connected process serves: requests queue until its ReplyAndReceive takes them. */
#include "horizon.h"

#include <string.h>

void horizon_serve_queue(struct horizon_kernel *kernel, struct horizon_request *request)
{
    const struct server_target target = {.session = request->session->number};

    request->call->wait = request;
    g_queue_push_tail(&request->session->waiting, request);
    server_call_target(request->call, &target);
    horizon_wake(kernel);
}

/* Before its client may be gone. */
static void unlock(struct horizon_request *request)
{
    if (request->is_user_buffer)
        horizon_memory_unlock(request->client, request->client_buffer.address);
    request->is_user_buffer = false;
}

static void request_free(struct horizon_request *request)
{
    horizon_map_clear(request);
    g_free(request->client_buffer.bytes);
    horizon_object_unref(request->client_end);
    g_free(request);
}

void horizon_serve_end(struct horizon_request *request, uint32_t result)
{
    struct server_call *call = request->call;

    result = horizon_async_end(request, call, result);
    unlock(request);
    if (call) {
        call->wait = NULL;
        server_call_finish(call, result);
    }
    request_free(request);
}

/* What was received stays current, so that the server's reply finds that its client is gone. */
void horizon_serve_cancel(struct horizon_request *request)
{
    horizon_async_end(request, NULL, 0);
    unlock(request);
    request->call->wait = NULL;
    request->call = NULL;
    if (request->session->current != request) {
        g_queue_remove(&request->session->waiting, request);
        request_free(request);
    }
}

static void add_delivered(struct server_call *call, const struct horizon_request *request,
                          size_t size)
{
    static const uint16_t types[] = {IPCTAP_SEND, IPCTAP_RECEIVE, IPCTAP_EXCHANGE};

    record_builder_add_part(&call->exit, IPCTAP_MESSAGE, 0, request->server_buffer.address,
                            request->server_buffer.bytes, size, request->server_buffer.size);
    for (unsigned int i = 0; i < request->delivered.pointer_count; i++) {
        const struct hipc_pointer *pointer = &request->delivered.pointer[i];

        if (pointer->size && request->prepared.receive_list_mode != HIPC_RECEIVE_IN_MESSAGE)
            server_call_add(call, IPCTAP_POINTER, (uint16_t)i, pointer->address,
                            request->contents.pointer[i].bytes, pointer->size);
    }
    for (unsigned int i = 0; i < request->map_count; i++) {
        const struct horizon_map *map = &request->map[i];

        if (map->size)
            server_call_add(call, types[map->kind], map->number, map->server_address, map->bytes,
                            map->size);
    }
}

/* The handle by which the serving process knows the session. */
static uint32_t find_handle(const struct server_call *call, const struct horizon_session *session)
{
    const struct horizon_process *process = call->process->data;
    struct ipctap_section handles;

    if (!server_call_section(call, IPCTAP_HANDLES, 0, &handles))
        return 0;
    for (uint32_t i = 0; i < handles.captured_size / 4; i++) {
        uint32_t handle = ipcshark_load_u32(handles.bytes + 4 * i);
        const struct horizon_object *object = horizon_handle_find(&process->handles, handle);

        if (object && object->type == HORIZON_SERVER_SESSION && object->session == session)
            return handle;
    }
    return 0;
}

static void tap_side(const struct server_call *call, const struct horizon_request *request,
                     uint32_t handle, uint8_t phase, size_t size)
{
    struct record_builder side;

    if (!server_tap_begin_server_side(&side, request->call, call->process, handle, phase))
        return;
    side.header.tid = call->record.header.tid;
    if (phase == IPCTAP_EXIT)
        side.header.flags |= IPCTAP_RESULT;
    record_builder_add_part(&side, IPCTAP_MESSAGE, 0, request->server_buffer.address,
                            request->server_buffer.bytes, size, request->server_buffer.size);
    server_tap_end(call->process->server, &side);
}

/* Mode 1 puts pointer data behind the message. */
static size_t delivered_end(const struct horizon_request *request)
{
    size_t end = request->delivered_size;

    for (unsigned int i = 0; i < request->delivered.pointer_count; i++) {
        const struct hipc_pointer *pointer = &request->delivered.pointer[i];

        if (pointer->size && request->prepared.receive_list_mode == HIPC_RECEIVE_IN_MESSAGE)
            end = MAX(end, pointer->address + pointer->size - request->server_buffer.address);
    }
    return end;
}

/* What the receiver's exit has to carry: the message and all that the descriptors name. */
static bool fits(const struct server_call *call, const struct horizon_request *request)
{
    const struct hipc_message *source = &request->source;
    uint64_t sum = request->server_buffer.size + IPCTAP_KERNEL_CALL_SIZE;

    for (unsigned int i = 0; i < source->pointer_count; i++)
        sum += source->pointer[i].size;
    for (unsigned int i = 0; i < source->send_count; i++)
        sum += source->send[i].size;
    for (unsigned int i = 0; i < source->receive_count; i++)
        sum += source->receive[i].size;
    for (unsigned int i = 0; i < source->exchange_count; i++)
        sum += source->exchange[i].size;
    return server_call_has_room(call, 4 * HIPC_MAX_DESCRIPTORS + 2, sum);
}

static uint32_t deliver(struct server_call *call, struct horizon_request *request,
                        const struct horizon_contents *rooms)
{
    struct ipctap_section message;
    uint32_t result;
    size_t end;

    server_call_section(call, IPCTAP_MESSAGE, 0, &message);
    request->server = call->process->data;
    request->rooms = rooms;
    request->server_buffer = (struct horizon_buffer){
        g_memdup2(message.bytes, message.captured_size), message.captured_size, message.address};
    hipc_decode(message.bytes, message.captured_size, HIPC_REQUEST, &request->prepared, NULL);
    result = fits(call, request) ? horizon_translate_request(request) : HORIZON_LIMIT_REACHED;
    if (result == 0) {
        end = delivered_end(request);
        add_delivered(call, request, end);
        tap_side(call, request, find_handle(call, request->session), IPCTAP_ENTER, end);
    } else if (request->is_list_broken) {
        record_builder_add_part(&call->exit, IPCTAP_MESSAGE, 0, request->server_buffer.address,
                                request->server_buffer.bytes, request->delivered_size,
                                request->server_buffer.size);
    }
    g_clear_pointer(&request->server_buffer.bytes, g_free);
    request->rooms = NULL;
    return result;
}

bool horizon_serve_receive(struct server_call *call, struct horizon_session *session,
                           const struct horizon_contents *rooms, uint32_t *result)
{
    struct horizon_request *request;
    uint32_t failure;
    bool broken;

    while (!session->current && (request = g_queue_pop_head(&session->waiting))) {
        session->current = request;
        failure = deliver(call, request, rooms);
        *result = 0;
        if (failure == 0)
            return true;
        broken = request->is_list_broken;
        session->current = NULL;
        horizon_serve_end(request, failure);
        *result = HORIZON_RECEIVE_LIST_BROKEN;
        if (broken)
            return true;
    }
    *result = HORIZON_SESSION_CLOSED;
    return !session->client_open;
}

/* The contents of the reply's pointers stand in sections of the ReplyAndReceive. */
static const uint8_t *read_pointer(void *data, unsigned int number, uint64_t address, uint64_t size)
{
    const struct server_call *call = data;
    struct ipctap_section section;

    if (!server_call_section(call, IPCTAP_POINTER, (uint16_t)number, &section) ||
        section.address != address || section.captured_size != size)
        return NULL;
    return section.bytes;
}

/* RECEIVE and EXCHANGE of the request being answered, as ranges of the server's addresses. */
static void take_written(struct horizon_request *request, const struct ipctap_section *section)
{
    enum horizon_map_kind kind = section->type == IPCTAP_RECEIVE ? HORIZON_RECEIVE
                                                                 : HORIZON_EXCHANGE;
    struct horizon_map *map = horizon_map_find(request, kind, section->index);
    uint64_t offset;

    if (!map || section->address < map->server_address)
        return;
    offset = section->address - map->server_address;
    if (offset > map->size || section->captured_size > map->size - offset)
        return;
    if (section->captured_size)
        memcpy(map->bytes + offset, section->bytes, section->captured_size);
    map->used = MAX(map->used, offset + section->captured_size);
}

static void take_all_written(struct horizon_request *request, const struct server_call *call)
{
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section section;

    while (ipctap_section_next(&call->record, &iterator, &section, NULL)) {
        if (section.type == IPCTAP_RECEIVE || section.type == IPCTAP_EXCHANGE)
            take_written(request, &section);
    }
}

/* Sections of the client's exit. */
static void add_reply(struct horizon_request *request, uint32_t result)
{
    struct server_call *client = request->call;

    if (request->changed)
        record_builder_add_part(&client->exit, IPCTAP_MESSAGE, 0, request->client_buffer.address,
                                request->client_buffer.bytes, request->changed,
                                request->client_buffer.size);
    for (unsigned int i = 0; i < request->reply_pointer_count; i++) {
        const struct horizon_reply_pointer *pointer = &request->reply_pointer[i];

        if (pointer->size && request->source.receive_list_mode != HIPC_RECEIVE_IN_MESSAGE)
            server_call_add(client, IPCTAP_POINTER, (uint16_t)i, pointer->address, pointer->bytes,
                            pointer->size);
    }
    if (result == 0)
        horizon_map_write_back(request);
}

/* "Client end closed: the server's move handles in the message are closed, server gets 0xF601." */
static void close_moved(struct horizon_process *server, const struct ipctap_section *message)
{
    struct hipc_message reply;

    hipc_decode(message->bytes, message->captured_size, HIPC_REPLY, &reply, NULL);
    for (unsigned int i = 0; reply.has_special && i < reply.special.move_count; i++)
        horizon_handle_close(&server->handles, reply.special.move[i]);
}

static void answer(struct server_call *call, struct horizon_request *request, uint32_t handle,
                   const struct ipctap_section *message)
{
    struct hipc_message described;
    uint32_t result;

    request->server_buffer =
        (struct horizon_buffer){g_memdup2(message->bytes, message->captured_size),
                                message->captured_size, message->address};
    take_all_written(request, call);
    hipc_decode(message->bytes, message->captured_size, HIPC_REPLY, &described, NULL);
    tap_side(call, request, handle, IPCTAP_EXIT,
             MIN(described.raw_offset + 4u * described.raw_words, message->captured_size));
    result = horizon_translate_reply(request, read_pointer, call);
    add_reply(request, result);
    g_clear_pointer(&request->server_buffer.bytes, g_free);
    horizon_serve_end(request, result);
}

/* "svcReplyAndReceive will return 0xE801": so says switchbrew, where mesosphere goes on. */
static bool refuses_maps(const struct server_call *call, const struct ipctap_section *message)
{
    struct hipc_message reply;

    if (!server_choice(call->process->server, CHOICE_HORIZON_REPLY_MAPS))
        return false;
    hipc_decode(message->bytes, message->captured_size, HIPC_REPLY, &reply, NULL);
    return reply.send_count || reply.receive_count || reply.exchange_count;
}

/* The server's result; what goes wrong in the message is the client's. */
static uint32_t reply(struct server_call *call, struct horizon_session *session, uint32_t handle,
                      const struct ipctap_section *message)
{
    struct horizon_request *request = session->current;

    if (!request)
        return HORIZON_INVALID_STATE;
    session->current = NULL;
    if (request->call) {
        answer(call, request, handle, message);
        return refuses_maps(call, message) ? HORIZON_INVALID_COMBINATION : 0;
    }
    close_moved(call->process->data, message);
    request_free(request);
    return HORIZON_SESSION_CLOSED;
}

static uint32_t reply_to(struct server_call *call, uint32_t handle,
                         const struct ipctap_section *message)
{
    const struct horizon_process *process = call->process->data;
    struct horizon_object *target = horizon_handle_find(&process->handles, handle);
    uint32_t result;

    if (!target || target->type != HORIZON_SERVER_SESSION)
        return HORIZON_INVALID_HANDLE;
    horizon_object_ref(target);
    result = reply(call, target->session, handle, message);
    horizon_object_unref(target);
    return result;
}

/* Rooms of the prepared receive list. The buffer is the thread's, or larger. */
static struct horizon_contents *take_rooms(struct server_call *call,
                                           const struct ipctap_section *message, char **fault)
{
    struct horizon_contents *rooms = g_new0(struct horizon_contents, 1);
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section section;
    struct hipc_message prepared;

    hipc_decode(message->bytes, message->captured_size, HIPC_REQUEST, &prepared, NULL);
    while (!*fault && ipctap_section_next(&call->record, &iterator, &section, NULL)) {
        if (section.type != IPCTAP_RECEIVE_LIST)
            continue;
        if (section.index >= prepared.receive_list_count ||
            prepared.receive_list[section.index].address != section.address ||
            prepared.receive_list[section.index].size != section.declared_size)
            *fault = g_strdup_printf("RECEIVE_LIST %u is not what the prepared message says",
                                     section.index);
        else
            rooms->receive_list[section.index] =
                (struct horizon_content){NULL, section.address, section.declared_size, true};
    }
    return rooms;
}

void horizon_reply_and_receive(struct horizon_kernel *kernel, struct server_call *call)
{
    struct ipctap_kernel_call arguments;
    struct ipctap_section message;
    struct horizon_contents *rooms;
    char *fault = NULL;
    uint32_t result;

    if (!server_call_section(call, IPCTAP_MESSAGE, 0, &message) ||
        message.captured_size != message.declared_size ||
        message.captured_size < HIPC_TLS_MESSAGE_SIZE) {
        server_call_reject(call, "ReplyAndReceive needs MESSAGE, the whole buffer");
        return;
    }
    rooms = take_rooms(call, &message, &fault);
    if (fault) {
        server_call_reject(call, "%s", fault);
        g_free(fault);
        g_free(rooms);
        return;
    }
    server_call_kernel_call(call, &arguments);
    result = horizon_wait_check(call);
    if (result == 0 && arguments.handle)
        result = reply_to(call, arguments.handle, &message);
    if (result == 0) {
        horizon_wait(kernel, call, rooms);
        /* The reply may have let go of a closed session that others wait for. */
        horizon_wake(kernel);
        return;
    }
    g_free(rooms);
    server_call_add_results(call, (struct ipctap_kernel_call){.value = UINT32_MAX});
    server_call_finish(call, result);
}
