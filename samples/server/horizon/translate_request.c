/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Delivery of a request, in the order of kern_k_server_session.cpp, ReceiveRequest. */
#include "horizon.h"

#include <string.h>

static size_t raw_end(const struct hipc_message *message)
{
    return message->raw_offset + 4u * message->raw_words;
}

static uint32_t check_sizes(const struct horizon_request *request)
{
    const struct hipc_message *source = &request->source, *prepared = &request->prepared;

    if (prepared->end > request->server_buffer.size || source->end > request->client_buffer.size)
        return HORIZON_INVALID_COMBINATION;
    if (prepared->receive_list_words && prepared->receive_list_offset < raw_end(prepared))
        return HORIZON_INVALID_COMBINATION;
    if (raw_end(source) > request->server_buffer.size)
        return HORIZON_MESSAGE_TOO_LARGE;
    if (!source->complete || raw_end(source) > request->client_buffer.size)
        return HORIZON_INVALID_COMBINATION;
    if (source->has_special && source->special.move_count)
        return HORIZON_INVALID_COMBINATION;
    return 0;
}

/*
 * What the exit will have to carry at most must fit a record before anything is done: room for
 * results, and what comes back changed.
 */
static uint32_t check_limits(const struct horizon_request *request)
{
    const struct hipc_message *source = &request->source;
    uint64_t sum = request->client_buffer.size;

    for (unsigned int i = 0; i < source->receive_count; i++)
        sum += source->receive[i].size;
    for (unsigned int i = 0; i < source->exchange_count; i++)
        sum += source->exchange[i].size;
    for (unsigned int i = 0; i < source->receive_list_count; i++)
        sum += source->receive_list[i].size;
    return server_call_has_room(request->call, 4 * HIPC_MAX_DESCRIPTORS, sum)
               ? 0
               : HORIZON_LIMIT_REACHED;
}

/* A connected receiver has the memory that it announced; a simulated one has its own. */
static bool is_room(const struct horizon_request *request, uint64_t address, uint16_t size)
{
    if (!request->rooms || request->prepared.receive_list_mode == HIPC_RECEIVE_IN_MESSAGE)
        return true;
    if (!horizon_memory_allows(request->server, address, size, HORIZON_USE_STORE))
        return false;
    for (unsigned int i = 0; i < request->prepared.receive_list_count; i++) {
        const struct horizon_content *room = &request->rooms->receive_list[i];

        if (room->present && address >= room->address &&
            address + size <= room->address + room->size)
            return true;
    }
    return false;
}

/* Stores pointer data where the receive list put it, if the receiver is simulated. */
static void store(struct horizon_request *request, uint64_t address, const uint8_t *bytes,
                  size_t size)
{
    uint8_t *room = horizon_pointer_buffer(request->server, address, size);

    if (room)
        memcpy(room, bytes, size);
    if (request->prepared.receive_list_mode == HIPC_RECEIVE_IN_MESSAGE)
        memcpy(request->server_buffer.bytes + (address - request->server_buffer.address), bytes,
               size);
}

static uint32_t deliver_pointer(struct horizon_request *request, struct horizon_receive_list *list,
                                unsigned int n)
{
    struct hipc_pointer *pointer = &request->delivered.pointer[n];
    const struct horizon_content *content = &request->contents.pointer[n];
    uint64_t address = 0;
    uint32_t result;

    pointer->reserved = 0;
    if (pointer->size) {
        result = horizon_receive_list_place(list, pointer, &address);
        if (result != 0)
            return result;
        if (!content->present || !is_room(request, address, pointer->size) ||
            !horizon_memory_allows(request->client, pointer->address, pointer->size,
                                   HORIZON_USE_POINTER_SOURCE))
            return HORIZON_INVALID_CURRENT_MEMORY;
        store(request, address, content->bytes, pointer->size);
    }
    pointer->address = address;
    return 0;
}

static uint32_t deliver_pointers(struct horizon_request *request)
{
    struct horizon_receive_list list =
        horizon_receive_list(&request->prepared, &request->server_buffer, &request->source);
    uint32_t result = 0;

    for (unsigned int i = 0; result == 0 && i < request->delivered.pointer_count; i++) {
        result = deliver_pointer(request, &list, i);
        if (result == 0)
            request->delivered_size += HIPC_POINTER_SIZE;
    }
    return result;
}

/* "Broken: some section end written so far lies beyond the index of the destination receive
 * list." */
static void mark_broken(struct horizon_request *request, size_t written)
{
    request->is_list_broken = written > request->prepared.receive_list_offset;
}

static size_t descriptors_start(const struct hipc_message *message)
{
    return message->raw_offset - HIPC_POINTER_SIZE * message->pointer_count -
           HIPC_MAP_SIZE *
               (size_t)(message->send_count + message->receive_count + message->exchange_count);
}

static void take_back_handles(struct horizon_request *request)
{
    struct hipc_special *special = &request->delivered.special;

    for (unsigned int i = 0; i < special->copy_count; i++) {
        horizon_handle_close(&request->server->handles, special->copy[i]);
        special->copy[i] = 0;
    }
    special->pid = 0;
}

/* "A client's receive list is never delivered; only ReceiveListCount is visible." */
static void write_message(struct horizon_request *request)
{
    struct hipc_message message = request->delivered;
    uint8_t bytes[HIPC_MAX_MESSAGE_SIZE];
    size_t size = raw_end(&request->source);

    message.receive_list_count = 0;
    hipc_encode(&message, request->client_buffer.bytes + request->source.raw_offset, bytes,
                sizeof bytes);
    memcpy(request->server_buffer.bytes, bytes, size);
    request->delivered_size = size;
    hipc_decode(request->server_buffer.bytes, size, HIPC_REQUEST, &request->delivered, NULL);
    request->delivered.receive_list_count = 0;
}

/* "Pid and handles in the server buffer are zeroed"; the old header is put back only where the
 * receive list is whole. What was written so far stays otherwise. */
static void fail(struct horizon_request *request)
{
    struct hipc_message message;
    uint8_t bytes[HIPC_MAX_MESSAGE_SIZE];

    take_back_handles(request);
    request->delivered_size += HIPC_MAP_SIZE * (size_t)request->map_count;
    horizon_map_clear(request);
    if (!request->is_list_broken)
        return;
    message = request->delivered;
    message.receive_list_count = 0;
    hipc_encode(&message, NULL, bytes, sizeof bytes);
    memcpy(request->server_buffer.bytes, bytes, request->delivered_size);
}

static uint32_t translate(struct horizon_request *request)
{
    size_t descriptors = descriptors_start(&request->source);
    uint32_t result;

    request->delivered = request->source;
    request->delivered_size = descriptors;
    result = horizon_translate_special(request->client, request->call->record.header.tid,
                                       request->server, false, &request->delivered.special);
    mark_broken(request, descriptors);
    if (result != 0)
        return result;
    result = deliver_pointers(request);
    mark_broken(request, descriptors + HIPC_POINTER_SIZE * request->source.pointer_count);
    if (result != 0)
        return result;
    result = horizon_map_all(request);
    mark_broken(request, request->source.raw_offset);
    return result;
}

uint32_t horizon_translate_request(struct horizon_request *request)
{
    uint32_t result = check_sizes(request);

    if (result == 0)
        result = check_limits(request);
    if (result != 0)
        return result;

    result = translate(request);
    if (result == 0)
        write_message(request);
    else
        fail(request);
    return result;
}
