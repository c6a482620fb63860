/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hipc_layout.h"

#include <ipcshark/writer.h>

/* The writers of sections take memory that the one check of the whole message has covered, and
 * return where they ended. */

HIPC_INLINE uint8_t *put_u32(uint8_t *at, uint32_t value)
{
    ipcshark_store_u32(at, value);
    return at + 4;
}

HIPC_INLINE uint8_t *put_header(uint8_t *at, const struct hipc_message *message, uint16_t raw_words)
{
    at = put_u32(at, (uint32_t)message->type | (uint32_t)(message->pointer_count & 0xF) << 16 |
                         (uint32_t)(message->send_count & 0xF) << 20 |
                         (uint32_t)(message->receive_count & 0xF) << 24 |
                         (uint32_t)(message->exchange_count & 0xF) << 28);
    return put_u32(at, (uint32_t)(raw_words & 0x3FF) |
                           (uint32_t)(message->receive_list_mode & 0xF) << 10 |
                           (uint32_t)(message->reserved & 0x3F) << 14 |
                           (uint32_t)(message->receive_list_words & 0x7FF) << 20 |
                           (message->has_special ? HIPC_HAS_SPECIAL : 0));
}

HIPC_INLINE uint8_t *put_handles(uint8_t *at, const uint32_t *handle, unsigned int count)
{
    for (; count; count--)
        at = put_u32(at, *handle++);
    return at;
}

HIPC_INLINE uint8_t *put_special(uint8_t *at, const struct hipc_special *special)
{
    at = put_u32(at, (special->reserved & HIPC_SPECIAL_RESERVED) |
                         (uint32_t)(special->move_count & 0xF) << 5 |
                         (uint32_t)(special->copy_count & 0xF) << 1 | special->has_pid);
    if (special->has_pid) {
        ipcshark_store_u64(at, special->pid);
        at += HIPC_PID_SIZE;
    }
    at = put_handles(at, special->copy, special->copy_count & 0xFu);
    return put_handles(at, special->move, special->move_count & 0xFu);
}

HIPC_INLINE uint8_t *put_pointers(uint8_t *at, const struct hipc_pointer *pointer,
                                  unsigned int count)
{
    for (; count; count--, pointer++) {
        uint32_t high = (uint32_t)(pointer->address >> 32);

        at = put_u32(at, (uint32_t)pointer->size << 16 | (high & 0xF) << 12 |
                             ((high >> 4) & 7) << 6 | (pointer->index & 0xFu) |
                             (pointer->reserved & HIPC_POINTER_RESERVED));
        at = put_u32(at, (uint32_t)pointer->address);
    }
    return at;
}

HIPC_INLINE uint8_t *put_maps(uint8_t *at, const struct hipc_map *map, unsigned int count)
{
    for (; count; count--, map++) {
        uint32_t high = (uint32_t)(map->address >> 32);
        uint32_t size_high = (uint32_t)(map->size >> 32);

        at = put_u32(at, (uint32_t)map->size);
        at = put_u32(at, (uint32_t)map->address);
        at = put_u32(at, (map->attribute & 3u) | ((high >> 4) & 7) << 2 | (size_high & 0xF) << 24 |
                             (high & 0xF) << 28 | (map->reserved & HIPC_MAP_RESERVED));
    }
    return at;
}

HIPC_INLINE void put_descriptors(uint8_t *at, const struct hipc_message *message)
{
    at = put_pointers(at, message->pointer, message->pointer_count & 0xFu);
    at = put_maps(at, message->send, message->send_count & 0xFu);
    at = put_maps(at, message->receive, message->receive_count & 0xFu);
    put_maps(at, message->exchange, message->exchange_count & 0xFu);
}

void hipc_encode_receive_list(const struct hipc_message *message, uint8_t *at)
{
    const struct hipc_receive_entry *entry = message->receive_list;

    for (unsigned int count = hipc_receive_list_count(message->receive_list_mode & 0xF); count;
         count--, entry++) {
        at = put_u32(at, (uint32_t)entry->address);
        at = put_u32(at, (uint32_t)entry->size << 16 | (uint32_t)(entry->address >> 32 & 0x7F) |
                             (entry->reserved & HIPC_ENTRY_RESERVED));
    }
}

/** Where the list is, 0 if there is none. */
HIPC_INLINE size_t receive_list_offset(const struct hipc_message *message, size_t raw_end)
{
    size_t moved = (size_t)(message->receive_list_words & 0x7FF) * HIPC_WORD_SIZE;

    if (!hipc_receive_list_count(message->receive_list_mode & 0xF))
        return 0;
    return moved ? moved : raw_end;
}

struct hipc_frame hipc_encode_frame(const struct hipc_message *message, uint16_t raw_words,
                                    uint8_t *bytes, size_t capacity)
{
    struct ipcshark_writer writer = ipcshark_writer(bytes, capacity);
    uint32_t raw_offset = hipc_raw_offset(message);
    size_t raw_end = raw_offset + (size_t)(raw_words & 0x3FF) * HIPC_WORD_SIZE;
    size_t list = receive_list_offset(message, raw_end);
    struct hipc_frame frame = {.size = raw_end, .raw_offset = raw_offset};
    uint8_t *at;

    if (list)
        frame.size = list + hipc_receive_list_count(message->receive_list_mode & 0xF) *
                                (size_t)HIPC_RECEIVE_LIST_ENTRY_SIZE;
    if (frame.size < raw_end)
        frame.size = raw_end;
    at = ipcshark_write_room(&writer, frame.size);
    if (!at)
        return frame;
    frame.raw = bytes + raw_offset;
    frame.receive_list = list ? bytes + list : NULL;
    at = put_header(at, message, raw_words);
    if (message->has_special)
        at = put_special(at, &message->special);
    if (message->pointer_count | message->send_count | message->receive_count |
        message->exchange_count)
        put_descriptors(at, message);
    if (list > raw_end)
        memset(bytes + raw_end, 0, list - raw_end);
    return frame;
}

/** The list may lie anywhere, also over bytes of the message that it only repeats then. */
size_t hipc_encode(const struct hipc_message *message, const uint8_t *raw, uint8_t *bytes,
                   size_t capacity)
{
    struct hipc_frame frame = hipc_encode_frame(message, message->raw_words, bytes, capacity);
    size_t size = (size_t)(message->raw_words & 0x3FF) * HIPC_WORD_SIZE;

    if (!frame.raw)
        return frame.size;
    if (raw && size)
        memcpy(frame.raw, raw, size);
    else if (size)
        memset(frame.raw, 0, size);
    if (frame.receive_list)
        hipc_encode_receive_list(message, frame.receive_list);
    return frame.size;
}
