/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mutates an input of fuzz_hipc as the message it is: descriptors, handles, receive list and raw
 * data come, go and change, and the header goes on to say so; or the payload becomes a described
 * request. Bytes without a plan are tried, too.
 */
#include "mutator.h"

#include <ipcshark/cmif.h>

#include <string.h>

static void change_counts(struct hipc_message *message, uint32_t *state)
{
    uint8_t *const counts[] = {&message->pointer_count, &message->send_count,
                               &message->receive_count, &message->exchange_count};

    *counts[next(state) % 4] = (uint8_t)(next(state) % 4 ? next(state) % 3 : next(state) % 16);
}

static void change_special(struct hipc_message *message, uint32_t *state)
{
    message->has_special = next(state) % 4;
    message->special.has_pid = next(state) % 2;
    message->special.copy_count = (uint8_t)(next(state) % 3);
    message->special.move_count = (uint8_t)(next(state) % 3);
    message->special.reserved = next(state) % 8 ? 0 : next(state);
}

static void change_pointer(struct hipc_message *message, uint32_t *state)
{
    struct hipc_pointer *pointer = &message->pointer[next(state) % HIPC_MAX_DESCRIPTORS];

    pointer->address = (uint64_t)next(state) << 15;
    pointer->size = (uint16_t)next(state);
    pointer->index = (uint8_t)next(state);
    pointer->reserved = next(state) % 4 ? 0 : (uint16_t)next(state);
}

static void change_map(struct hipc_message *message, uint32_t *state)
{
    struct hipc_map *const maps[] = {message->send, message->receive, message->exchange};
    struct hipc_map *map = &maps[next(state) % 3][next(state) % 4];

    map->address = (uint64_t)next(state) << 15;
    map->size = (uint64_t)next(state) << 12;
    map->attribute = (uint8_t)(next(state) % 4);
    map->reserved = next(state) % 4 ? 0 : next(state);
}

static void change_receive_list(struct hipc_message *message, uint32_t *state)
{
    message->receive_list_mode = (uint8_t)(next(state) % 16);
    message->receive_list_words = next(state) % 4 ? 0 : (uint16_t)(next(state) % 0x60);
    message->receive_list[0].address = next(state);
    message->receive_list[0].size = (uint16_t)next(state);
}

static void change_header(struct hipc_message *message, uint32_t *state)
{
    message->type = (uint16_t)(next(state) % 20);
    message->reserved = next(state) % 4 ? 0 : (uint8_t)next(state);
    message->raw_words = (uint16_t)(next(state) % 4 ? next(state) % 32 : next(state) % 1024);
}

static void change(struct hipc_message *message, uint32_t *state)
{
    static void (*const changes[])(struct hipc_message *, uint32_t *) = {
        change_counts, change_special,      change_pointer,
        change_map,    change_receive_list, change_header,
    };

    changes[next(state) % (sizeof changes / sizeof *changes)](message, state);
}

/** The same envelope around a request of random shape, in a domain or not. */
static size_t describe(const struct hipc_message *message, uint32_t *state, uint8_t *bytes,
                       size_t capacity)
{
    static const uint8_t data[64] = {1, 2, 3};
    const uint32_t objects[4] = {next(state), 1, 0, 5};
    const uint16_t sizes[4] = {0x100, 0, 1, 0xFFFF};
    struct cmif_request request = {
        .hipc = *message,
        .method_id = next(state) % 8,
        .version = (uint16_t)(next(state) % 3),
        .token = next(state),
        .is_domain = next(state) % 2,
        .kind = (uint8_t)(next(state) % 4),
        .object_id = next(state) % 4,
        .objects = objects,
        .object_count = (uint8_t)(next(state) % 5 % 4),
        .data = data,
        .data_size = (uint16_t)(next(state) % sizeof data),
        .out_pointer_sizes = sizes,
        .out_pointer_count = (uint8_t)(next(state) % 4),
    };

    return cmif_encode_request(&request, bytes, capacity);
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t capacity, unsigned int seed)
{
    static uint8_t raw[HIPC_MAX_RAW_WORDS * 4], made[HIPC_MAX_MESSAGE_SIZE];
    static struct hipc_message message;
    uint32_t state = seed;
    size_t length;

    if (size < 1 + HIPC_HEADER_SIZE || next(&state) % 3 == 0)
        return LLVMFuzzerMutate(bytes, size, capacity);
    memset(&message, 0, sizeof message);
    memset(raw, 0, sizeof raw);
    hipc_decode(bytes + 1, size - 1, HIPC_DIRECTION_UNKNOWN, &message, NULL);
    memcpy(raw, bytes + 1 + message.raw_offset, message.raw_captured);
    change(&message, &state);
    length = next(&state) % 4 ? hipc_encode(&message, raw, made, sizeof made)
                              : describe(&message, &state, made, sizeof made);
    if (length > sizeof made || length >= capacity)
        return LLVMFuzzerMutate(bytes, size, capacity);
    memcpy(bytes + 1, made, length);
    return 1 + length;
}
