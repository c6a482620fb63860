/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unchecked.h"

static uint32_t receive_list_entries(uint32_t mode)
{
    return mode < 2 ? 0 : mode == 2 ? 1 : mode - 2;
}

static const uint8_t *parse_special(const uint8_t *at, struct unchecked_message *message)
{
    uint32_t special = unchecked_u32(at);

    at += 4;
    if (special & 1) {
        memcpy(&message->pid, at, sizeof message->pid);
        at += 8;
    }
    message->copy_count = (special >> 1) & 0xF;
    message->move_count = (special >> 5) & 0xF;
    message->copy = at;
    message->move = at + message->copy_count * 4;
    return message->move + message->move_count * 4;
}

void unchecked_parse(const uint8_t *bytes, struct unchecked_message *message)
{
    uint32_t word0 = unchecked_u32(bytes);
    uint32_t word1 = unchecked_u32(bytes + 4);
    const uint8_t *at = bytes + 8;

    message->type = word0 & 0xFFFF;
    message->pointer_count = (word0 >> 16) & 0xF;
    message->send_count = (word0 >> 20) & 0xF;
    message->receive_count = (word0 >> 24) & 0xF;
    message->exchange_count = word0 >> 28;
    message->raw_words = word1 & 0x3FF;
    message->receive_list_count = receive_list_entries((word1 >> 10) & 0xF);
    message->pid = 0;
    message->copy_count = message->move_count = 0;
    if (word1 >> 31)
        at = parse_special(at, message);
    message->pointer = at;
    message->send = message->pointer + message->pointer_count * 8;
    message->receive = message->send + message->send_count * 12;
    message->exchange = message->receive + message->receive_count * 12;
    message->raw = message->exchange + message->exchange_count * 12;
    message->receive_list = message->raw + message->raw_words * 4;
}

static uint64_t pointer_address(uint32_t word0, uint32_t word1)
{
    return word1 | (uint64_t)((word0 >> 12) & 0xF) << 32 | (uint64_t)((word0 >> 6) & 7) << 36;
}

static uint64_t map_address(uint32_t word1, uint32_t word2)
{
    return word1 | (uint64_t)(word2 >> 28) << 32 | (uint64_t)((word2 >> 2) & 7) << 36;
}

static uint64_t read_maps(const uint8_t *at, uint32_t count)
{
    uint64_t sum = 0;

    for (; count; count--, at += 12) {
        uint32_t word2 = unchecked_u32(at + 8);

        sum += map_address(unchecked_u32(at + 4), word2) + (word2 & 3);
        sum += unchecked_u32(at) | (uint64_t)((word2 >> 24) & 0xF) << 32;
    }
    return sum;
}

static uint64_t read_words(const uint8_t *at, uint32_t count)
{
    uint64_t sum = 0;

    for (; count; count--, at += 4)
        sum += unchecked_u32(at);
    return sum;
}

uint64_t unchecked_read_all(const struct unchecked_message *message)
{
    uint64_t sum = message->type + message->pid + read_words(message->copy, message->copy_count) +
                   read_words(message->move, message->move_count);

    for (uint32_t i = 0; i < message->pointer_count; i++) {
        uint32_t word0 = unchecked_u32(message->pointer + i * 8);

        sum += pointer_address(word0, unchecked_u32(message->pointer + i * 8 + 4));
        sum += (word0 >> 16) + (word0 & 0xF);
    }
    sum += read_maps(message->send, message->send_count);
    sum += read_maps(message->receive, message->receive_count);
    sum += read_maps(message->exchange, message->exchange_count);
    for (uint32_t i = 0; i < message->receive_list_count; i++) {
        uint32_t word1 = unchecked_u32(message->receive_list + i * 8 + 4);

        sum += unchecked_u32(message->receive_list + i * 8) | (uint64_t)(word1 & 0x7F) << 32;
        sum += word1 >> 16;
    }
    return sum;
}

uint64_t unchecked_cmif(const uint8_t *bytes, const struct unchecked_message *message,
                        bool is_domain)
{
    size_t at = ((size_t)(message->raw - bytes) + 15) & ~(size_t)15;
    uint64_t sum = 0;

    if (is_domain) {
        sum = unchecked_u32(bytes + at) + unchecked_u32(bytes + at + 4);
        at += 16;
    }
    return sum + unchecked_u32(bytes + at + 8) + unchecked_u32(bytes + at + 12) + at;
}

static void decode_maps(const uint8_t *at, uint32_t count, struct hipc_map *map)
{
    for (; count; count--, at += 12, map++) {
        uint32_t word2 = unchecked_u32(at + 8);

        map->address = map_address(unchecked_u32(at + 4), word2);
        map->size = unchecked_u32(at) | (uint64_t)((word2 >> 24) & 0xF) << 32;
        map->attribute = word2 & 3;
    }
}

static void decode_pointers(const struct unchecked_message *message, struct hipc_pointer *pointer)
{
    const uint8_t *at = message->pointer;

    for (uint32_t i = 0; i < message->pointer_count; i++, at += 8, pointer++) {
        uint32_t word0 = unchecked_u32(at);

        pointer->address = pointer_address(word0, unchecked_u32(at + 4));
        pointer->size = (uint16_t)(word0 >> 16);
        pointer->index = word0 & 0xF;
    }
}

static void decode_receive_list(const struct unchecked_message *message,
                                struct hipc_receive_entry *entry)
{
    const uint8_t *at = message->receive_list;

    for (uint32_t i = 0; i < message->receive_list_count; i++, at += 8, entry++) {
        uint32_t word1 = unchecked_u32(at + 4);

        entry->address = unchecked_u32(at) | (uint64_t)(word1 & 0x7F) << 32;
        entry->size = (uint16_t)(word1 >> 16);
    }
}

void unchecked_decode(const uint8_t *bytes, struct hipc_message *out)
{
    struct unchecked_message message;

    unchecked_parse(bytes, &message);
    out->type = (uint16_t)message.type;
    out->pointer_count = (uint8_t)message.pointer_count;
    out->send_count = (uint8_t)message.send_count;
    out->receive_count = (uint8_t)message.receive_count;
    out->exchange_count = (uint8_t)message.exchange_count;
    out->raw_words = (uint16_t)message.raw_words;
    out->raw_offset = (uint32_t)(message.raw - bytes);
    out->receive_list_count = (uint8_t)message.receive_list_count;
    out->special.pid = message.pid;
    out->special.copy_count = (uint8_t)message.copy_count;
    out->special.move_count = (uint8_t)message.move_count;
    for (uint32_t i = 0; i < message.copy_count; i++)
        out->special.copy[i] = unchecked_u32(message.copy + i * 4);
    for (uint32_t i = 0; i < message.move_count; i++)
        out->special.move[i] = unchecked_u32(message.move + i * 4);
    decode_pointers(&message, out->pointer);
    decode_maps(message.send, message.send_count, out->send);
    decode_maps(message.receive, message.receive_count, out->receive);
    decode_maps(message.exchange, message.exchange_count, out->exchange);
    decode_receive_list(&message, out->receive_list);
}

static uint8_t *put(uint8_t *at, uint32_t value)
{
    unchecked_store(at, value);
    return at + 4;
}

static uint8_t *put_special(uint8_t *at, const struct hipc_special *special)
{
    at = put(at, special->has_pid | (uint32_t)special->copy_count << 1 |
                     (uint32_t)special->move_count << 5);
    if (special->has_pid) {
        memcpy(at, &special->pid, sizeof special->pid);
        at += 8;
    }
    for (unsigned int i = 0; i < special->copy_count; i++)
        at = put(at, special->copy[i]);
    for (unsigned int i = 0; i < special->move_count; i++)
        at = put(at, special->move[i]);
    return at;
}

static uint8_t *put_maps(uint8_t *at, const struct hipc_map *map, unsigned int count)
{
    for (; count; count--, map++) {
        uint32_t high = (uint32_t)(map->address >> 32);

        at = put(at, (uint32_t)map->size);
        at = put(at, (uint32_t)map->address);
        at = put(at, map->attribute | map->reserved | (high >> 4) << 2 |
                         (uint32_t)(map->size >> 32) << 24 | high << 28);
    }
    return at;
}

static uint8_t *put_pointers(uint8_t *at, const struct hipc_message *hipc)
{
    for (unsigned int i = 0; i < hipc->pointer_count; i++) {
        const struct hipc_pointer *pointer = &hipc->pointer[i];
        uint32_t high = (uint32_t)(pointer->address >> 32);

        at = put(at, pointer->index | pointer->reserved | ((high >> 4) & 7) << 6 |
                         (high & 0xF) << 12 | (uint32_t)pointer->size << 16);
        at = put(at, (uint32_t)pointer->address);
    }
    return at;
}

static uint8_t *put_receive_list(uint8_t *at, const struct hipc_message *hipc)
{
    for (unsigned int i = 0; i < hipc->receive_list_count; i++) {
        const struct hipc_receive_entry *entry = &hipc->receive_list[i];

        at = put(at, (uint32_t)entry->address);
        at = put(at,
                 (uint32_t)(entry->address >> 32) | entry->reserved | (uint32_t)entry->size << 16);
    }
    return at;
}

static size_t payload_size(const struct cmif_request *request)
{
    size_t size = 16u + request->data_size;

    if (request->hipc.type == HIPC_TYPE_RELEASE)
        return 0;
    if (request->is_domain)
        size = request->kind == CMIF_REQUEST_KIND_CLOSE ? 16
                                                        : size + 16 + 4u * request->object_count;
    size = (size + 1) & ~(size_t)1;
    return 16 + size + 2u * request->out_pointer_count;
}

static uint8_t *put_domain(uint8_t *at, const struct cmif_request *request)
{
    bool is_close = request->kind == CMIF_REQUEST_KIND_CLOSE;
    uint32_t size = is_close ? 0 : 16u + request->data_size;

    at = put(at, request->kind | (uint32_t)request->object_count << 8 | size << 16);
    at = put(at, request->object_id);
    at = put(at, 0);
    return put(at, request->token);
}

static void put_payload(uint8_t *at, uint8_t *sizes, const struct cmif_request *request)
{
    if (request->is_domain)
        at = put_domain(at, request);
    if (request->is_domain && request->kind == CMIF_REQUEST_KIND_CLOSE)
        return;
    at = put(at, CMIF_IN_MAGIC);
    at = put(at, request->version);
    at = put(at, request->method_id);
    at = put(at, request->is_domain ? 0 : request->token);
    memcpy(at, request->data, request->data_size);
    at += request->data_size;
    for (unsigned int i = 0; i < request->object_count; i++)
        at = put(at, request->objects[i]);
    memcpy(sizes, request->out_pointer_sizes, 2u * request->out_pointer_count);
}

size_t unchecked_encode(const struct cmif_request *request, uint8_t *bytes)
{
    const struct hipc_message *hipc = &request->hipc;
    size_t size = payload_size(request);
    size_t words = (size + 3) / 4;
    uint8_t *at = bytes, *raw;

    at = put(at, hipc->type | (uint32_t)hipc->pointer_count << 16 |
                     (uint32_t)hipc->send_count << 20 | (uint32_t)hipc->receive_count << 24 |
                     (uint32_t)hipc->exchange_count << 28);
    at = put(at, (uint32_t)words | (uint32_t)hipc->receive_list_mode << 10 |
                     (uint32_t)hipc->has_special << 31);
    if (hipc->has_special)
        at = put_special(at, &hipc->special);
    at = put_pointers(at, hipc);
    at = put_maps(at, hipc->send, hipc->send_count);
    at = put_maps(at, hipc->receive, hipc->receive_count);
    raw = put_maps(at, hipc->exchange, hipc->exchange_count);
    if (size)
        put_payload(bytes + (((size_t)(raw - bytes) + 15) & ~(size_t)15),
                    raw + size - 2u * request->out_pointer_count, request);
    return (size_t)(put_receive_list(raw + words * 4, hipc) - bytes);
}
