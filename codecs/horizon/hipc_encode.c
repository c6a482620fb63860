/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hipc_layout.h"

#include <ipcshark/writer.h>

static void encode_header(struct ipcshark_writer *writer, const struct hipc_message *message,
                          uint16_t raw_words)
{
    ipcshark_write_u32(writer, (uint32_t)message->type |
                                   (uint32_t)(message->pointer_count & 0xF) << 16 |
                                   (uint32_t)(message->send_count & 0xF) << 20 |
                                   (uint32_t)(message->receive_count & 0xF) << 24 |
                                   (uint32_t)(message->exchange_count & 0xF) << 28);
    ipcshark_write_u32(writer, (uint32_t)(raw_words & 0x3FF) |
                                   (uint32_t)(message->receive_list_mode & 0xF) << 10 |
                                   (uint32_t)(message->reserved & 0x3F) << 14 |
                                   (uint32_t)(message->receive_list_words & 0x7FF) << 20 |
                                   (message->has_special ? HIPC_HAS_SPECIAL : 0));
}

/** The one check of a section: room for all of its elements, or NULL. */
static uint8_t *room_for(struct ipcshark_writer *writer, unsigned int count, size_t size)
{
    return count ? ipcshark_write_room(writer, count * size) : NULL;
}

static void encode_handles(struct ipcshark_writer *writer, const uint32_t *handle, uint8_t count)
{
    uint8_t *room = room_for(writer, count & 0xFu, HIPC_HANDLE_SIZE);

    for (unsigned int i = 0; room && i < (count & 0xFu); i++)
        ipcshark_store_u32(room + i * HIPC_HANDLE_SIZE, handle[i]);
}

static void encode_special(struct ipcshark_writer *writer, const struct hipc_special *special)
{
    ipcshark_write_u32(writer, (special->reserved & HIPC_SPECIAL_RESERVED) |
                                   (uint32_t)(special->move_count & 0xF) << 5 |
                                   (uint32_t)(special->copy_count & 0xF) << 1 | special->has_pid);
    if (special->has_pid)
        ipcshark_write_u64(writer, special->pid);
    encode_handles(writer, special->copy, special->copy_count);
    encode_handles(writer, special->move, special->move_count);
}

static void encode_pointers(struct ipcshark_writer *writer, const struct hipc_message *message)
{
    unsigned int count = message->pointer_count & 0xFu;
    uint8_t *room = room_for(writer, count, HIPC_POINTER_SIZE);

    for (unsigned int i = 0; room && i < count; i++, room += HIPC_POINTER_SIZE) {
        const struct hipc_pointer *pointer = &message->pointer[i];
        uint32_t high = (uint32_t)(pointer->address >> 32);

        ipcshark_store_u32(room, (uint32_t)pointer->size << 16 | (high & 0xF) << 12 |
                                     ((high >> 4) & 7) << 6 | (pointer->index & 0xFu) |
                                     (pointer->reserved & HIPC_POINTER_RESERVED));
        ipcshark_store_u32(room + 4, (uint32_t)pointer->address);
    }
}

static void encode_maps(struct ipcshark_writer *writer, const struct hipc_map *map, uint8_t count)
{
    uint8_t *room = room_for(writer, count & 0xFu, HIPC_MAP_SIZE);
    const struct hipc_map *end = map + (count & 0xF);

    for (; room && map < end; map++, room += HIPC_MAP_SIZE) {
        uint32_t high = (uint32_t)(map->address >> 32);
        uint32_t size_high = (uint32_t)(map->size >> 32);

        ipcshark_store_u32(room, (uint32_t)map->size);
        ipcshark_store_u32(room + 4, (uint32_t)map->address);
        ipcshark_store_u32(room + 8, (map->attribute & 3u) | ((high >> 4) & 7) << 2 |
                                         (size_high & 0xF) << 24 | (high & 0xF) << 28 |
                                         (map->reserved & HIPC_MAP_RESERVED));
    }
}

static void encode_receive_list(struct ipcshark_writer *writer, const struct hipc_message *message)
{
    unsigned int count = hipc_receive_list_count(message->receive_list_mode & 0xF);
    uint8_t *room = room_for(writer, count, HIPC_RECEIVE_LIST_ENTRY_SIZE);

    for (unsigned int i = 0; room && i < count; i++, room += HIPC_RECEIVE_LIST_ENTRY_SIZE) {
        const struct hipc_receive_entry *entry = &message->receive_list[i];

        ipcshark_store_u32(room, (uint32_t)entry->address);
        ipcshark_store_u32(room + 4, (uint32_t)entry->size << 16 |
                                         (uint32_t)(entry->address >> 32 & 0x7F) |
                                         (entry->reserved & HIPC_ENTRY_RESERVED));
    }
}

static void encode_raw(struct ipcshark_writer *writer, uint16_t raw_words, const uint8_t *raw)
{
    size_t size = (size_t)(raw_words & 0x3FF) * HIPC_WORD_SIZE;

    if (raw)
        ipcshark_write_bytes(writer, raw, size);
    else
        ipcshark_write_zeros(writer, size);
}

/**
 * The list where ReceiveListOffset puts it: behind zeros, or over the bytes of the message, where
 * it writes what is there already if the message was decoded.
 */
static void encode_moved_receive_list(struct ipcshark_writer *writer,
                                      const struct hipc_message *message)
{
    size_t at = (size_t)(message->receive_list_words & 0x7FF) * HIPC_WORD_SIZE;
    struct ipcshark_writer list = *writer;

    if (at > writer->offset)
        ipcshark_write_zeros(&list, at - writer->offset);
    list.offset = at;
    encode_receive_list(&list, message);
    writer->failed = list.failed;
    if (list.offset > writer->offset)
        writer->offset = list.offset;
}

size_t hipc_encode_words(const struct hipc_message *message, uint16_t raw_words, const uint8_t *raw,
                         uint8_t *bytes, size_t capacity)
{
    struct ipcshark_writer writer = ipcshark_writer(bytes, capacity);

    encode_header(&writer, message, raw_words);
    if (message->has_special)
        encode_special(&writer, &message->special);
    encode_pointers(&writer, message);
    encode_maps(&writer, message->send, message->send_count);
    encode_maps(&writer, message->receive, message->receive_count);
    encode_maps(&writer, message->exchange, message->exchange_count);
    encode_raw(&writer, raw_words, raw);
    if (message->receive_list_words & 0x7FF && hipc_receive_list_count(message->receive_list_mode))
        encode_moved_receive_list(&writer, message);
    else
        encode_receive_list(&writer, message);
    return writer.offset;
}

size_t hipc_encode(const struct hipc_message *message, const uint8_t *raw, uint8_t *bytes,
                   size_t capacity)
{
    return hipc_encode_words(message, message->raw_words, raw, bytes, capacity);
}
