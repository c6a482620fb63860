/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way back, in the order of kern_k_server_session.cpp, SendReply. */
#include "horizon.h"

#include <string.h>

struct reply {
    struct hipc_message message;
    const uint8_t *raw;
    size_t size; /* end of raw data */
};

static uint32_t check(const struct horizon_request *request, const struct reply *reply)
{
    const struct hipc_message *source = &request->source;
    size_t source_raw_end = source->raw_offset + 4u * source->raw_words;

    if (reply->message.end > request->server_buffer.size ||
        source->end > request->client_buffer.size)
        return HORIZON_INVALID_COMBINATION;
    if (source->receive_list_words && source->receive_list_offset < source_raw_end)
        return HORIZON_INVALID_COMBINATION;
    if (reply->size > request->client_buffer.size)
        return HORIZON_MESSAGE_TOO_LARGE;
    if (!reply->message.complete || reply->message.send_count || reply->message.receive_count ||
        reply->message.exchange_count)
        return HORIZON_INVALID_COMBINATION;
    return 0;
}

/* The destination must be memory that the enter announced (mode 1: the message buffer itself), and
 * no page of it locked by a buffer of this request. */
static bool is_room(const struct horizon_request *request, uint64_t address, uint16_t size)
{
    const struct hipc_message *source = &request->source;

    if (horizon_map_is_locked(request, address, size, true))
        return false;
    if (source->receive_list_mode == HIPC_RECEIVE_IN_MESSAGE)
        return true;
    if (!horizon_memory_allows(request->client, address, size, HORIZON_USE_POINTER_TARGET))
        return false;
    for (unsigned int i = 0; i < source->receive_list_count; i++) {
        const struct horizon_content *room = &request->contents.receive_list[i];

        if (room->present && address >= room->address &&
            address + size <= room->address + room->size)
            return true;
    }
    return false;
}

/* Mode 1: the bytes lie in the message buffer and come back with it. */
static void store_in_message(struct horizon_request *request, uint64_t address,
                             const uint8_t *bytes, uint16_t size)
{
    size_t offset = address - request->client_buffer.address;

    memcpy(request->client_buffer.bytes + offset, bytes, size);
    request->changed = MAX(request->changed, offset + size);
}

static uint32_t place_pointer(struct horizon_request *request, struct horizon_receive_list *list,
                              struct hipc_pointer *pointer, const uint8_t *bytes)
{
    struct horizon_reply_pointer *placed = &request->reply_pointer[request->reply_pointer_count];
    uint64_t address = 0;

    if (pointer->size) {
        uint32_t result = horizon_receive_list_place(list, pointer, &address);

        if (result != 0)
            return result;
        if (!bytes || !is_room(request, address, pointer->size))
            return HORIZON_INVALID_CURRENT_MEMORY;
        if (request->source.receive_list_mode == HIPC_RECEIVE_IN_MESSAGE)
            store_in_message(request, address, bytes, pointer->size);
    }
    *placed = (struct horizon_reply_pointer){bytes, address, pointer->size};
    request->reply_pointer_count++;
    pointer->address = address;
    pointer->reserved = 0;
    return 0;
}

static uint32_t place_pointers(struct horizon_request *request, struct reply *reply,
                               horizon_read_function read, void *data)
{
    struct horizon_receive_list list =
        horizon_receive_list(&request->source, &request->client_buffer, &reply->message);
    uint32_t result = 0;

    for (unsigned int i = 0; result == 0 && i < reply->message.pointer_count; i++) {
        struct hipc_pointer *pointer = &reply->message.pointer[i];
        const uint8_t *bytes = pointer->size ? read(data, i, pointer->address, pointer->size)
                                             : NULL;

        /* "source is read with user-load rules" */
        if (bytes && !horizon_memory_allows(request->server, pointer->address, pointer->size,
                                            HORIZON_USE_LOAD))
            bytes = NULL;
        result = place_pointer(request, &list, pointer, bytes);
    }
    return result;
}

/* Writes the reply's first `size` bytes over the client's buffer. */
static void write_message(struct horizon_request *request, const struct reply *reply, size_t size)
{
    uint8_t bytes[HIPC_MAX_MESSAGE_SIZE];
    struct hipc_message message = reply->message;

    message.receive_list_count = 0;
    hipc_encode(&message, reply->raw, bytes, sizeof bytes);
    memcpy(request->client_buffer.bytes, bytes, size);
    request->changed = MAX(request->changed, size);
}

static void take_back(struct horizon_request *request, struct hipc_special *special)
{
    for (unsigned int i = 0; i < special->copy_count; i++) {
        horizon_handle_close(&request->client->handles, special->copy[i]);
        special->copy[i] = 0;
    }
    for (unsigned int i = 0; i < special->move_count; i++) {
        horizon_handle_close(&request->client->handles, special->move[i]);
        special->move[i] = 0;
    }
    special->pid = 0;
}

/* "On failure in 3-4: move handles of the reply are closed in the server (not if it is
 * oversize)." */
static void close_moved(struct horizon_request *request, const struct reply *reply)
{
    if (reply->message.end > request->server_buffer.size)
        return;
    for (unsigned int i = 0; i < reply->message.special.move_count; i++)
        horizon_handle_close(&request->server->handles, reply->message.special.move[i]);
}

static uint32_t translate(struct horizon_request *request, struct reply *reply,
                          horizon_read_function read, void *data)
{
    struct hipc_special *special = &reply->message.special;
    uint32_t result = horizon_translate_special(request->server, 1, request->client, true, special);
    size_t pointers = reply->message.raw_offset - HIPC_POINTER_SIZE * reply->message.pointer_count;

    if (result == 0)
        result = place_pointers(request, reply, read, data);
    if (result == 0) {
        write_message(request, reply, reply->size);
        return 0;
    }
    take_back(request, special);
    write_message(request, reply, pointers + HIPC_POINTER_SIZE * request->reply_pointer_count);
    request->reply_pointer_count = 0;
    return result;
}

uint32_t horizon_translate_reply(struct horizon_request *request, horizon_read_function read,
                                 void *data)
{
    struct reply reply;
    uint32_t result;

    hipc_decode(request->server_buffer.bytes, request->server_buffer.size, HIPC_REPLY,
                &reply.message, NULL);
    reply.raw = request->server_buffer.bytes + reply.message.raw_offset;
    reply.size = reply.message.raw_offset + 4u * reply.message.raw_words;
    result = check(request, &reply);
    if (result != 0) {
        close_moved(request, &reply);
        return result;
    }
    return translate(request, &reply, read, data);
}
