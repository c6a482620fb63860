/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hipc_layout.h"

#include <ipcshark/reader.h>

/* The sections' decoders exist twice, for whole and for cut messages; that is only faster if they are
   inlined, which no compiler does by itself at -O2. */
#ifdef __GNUC__
#define HIPC_INLINE static inline __attribute__((always_inline))
#else
#define HIPC_INLINE static inline
#endif

/** The bytes that a message is decoded from. */
struct source {
    const uint8_t *bytes;
    size_t length;
    bool whole; /**< All that the header declares has been found to lie within them. */
};

/**
 * Bytes of `count` elements of `size` bytes at `offset`; lowers the count to what is there. The one
 * bounds check of a section, its elements are then loaded without; none is needed if the one check of
 * the whole message has covered it.
 */
HIPC_INLINE const uint8_t *take(const struct source *source, uint32_t offset, uint8_t *count,
                                uint32_t size)
{
    struct ipcshark_reader reader = ipcshark_reader(source->bytes, source->length);

    if (source->whole)
        return source->bytes + offset;
    ipcshark_reader_seek(&reader, offset);
    if (*count * size > ipcshark_reader_left(&reader) || reader.failed)
        *count = reader.failed ? 0 : (uint8_t)(ipcshark_reader_left(&reader) / size);
    return ipcshark_read_bytes(&reader, (size_t)*count * size);
}

HIPC_INLINE void decode_header(const uint8_t *bytes, struct hipc_message *message)
{
    uint32_t word0 = ipcshark_load_u32(bytes);
    uint32_t word1 = ipcshark_load_u32(bytes + 4);

    message->type = (uint16_t)word0;
    message->pointer_count = (word0 >> 16) & 0xF;
    message->send_count = (word0 >> 20) & 0xF;
    message->receive_count = (word0 >> 24) & 0xF;
    message->exchange_count = (word0 >> 28) & 0xF;
    message->raw_words = word1 & 0x3FF;
    message->receive_list_mode = (word1 >> 10) & 0xF;
    message->receive_list_count = hipc_receive_list_count(message->receive_list_mode);
    message->reserved = (word1 >> 14) & 0x3F;
    message->receive_list_words = (word1 >> 20) & 0x7FF;
    message->has_special = word1 >> 31;
}

static void clear_special(struct hipc_special *special)
{
    special->has_pid = false;
    special->copy_count = 0;
    special->move_count = 0;
    special->reserved = 0;
    special->pid = 0;
    special->offset = HIPC_HEADER_SIZE;
    special->pid_offset = HIPC_HEADER_SIZE;
    special->copy_offset = HIPC_HEADER_SIZE;
    special->move_offset = HIPC_HEADER_SIZE;
}

HIPC_INLINE void decode_handles(const struct source *source, uint32_t offset, uint8_t *count,
                                uint32_t *handle)
{
    const uint8_t *bytes = take(source, offset, count, HIPC_HANDLE_SIZE);

    for (unsigned int i = 0; i < *count; i++)
        handle[i] = ipcshark_load_u32(bytes + i * HIPC_HANDLE_SIZE);
}

HIPC_INLINE void decode_pid(const struct source *source, struct hipc_special *special)
{
    uint8_t count = special->has_pid;
    const uint8_t *bytes = take(source, special->pid_offset, &count, HIPC_PID_SIZE);

    special->has_pid = count;
    special->pid = count ? ipcshark_load_u64(bytes) : 0;
}

/** Counts and places as the special header declares them. Returns the end of the special data. */
HIPC_INLINE uint32_t decode_special(const struct source *source, struct hipc_special *special)
{
    uint8_t count = 1;
    const uint8_t *bytes = take(source, HIPC_HEADER_SIZE, &count, HIPC_SPECIAL_SIZE);
    uint32_t word = count ? ipcshark_load_u32(bytes) : 0;

    special->offset = HIPC_HEADER_SIZE;
    special->has_pid = word & 1;
    special->copy_count = (word >> 1) & 0xF;
    special->move_count = (word >> 5) & 0xF;
    special->reserved = word & HIPC_SPECIAL_RESERVED;
    special->pid_offset = HIPC_HEADER_SIZE + HIPC_SPECIAL_SIZE;
    special->copy_offset = special->pid_offset + (special->has_pid ? HIPC_PID_SIZE : 0);
    special->move_offset = special->copy_offset + special->copy_count * HIPC_HANDLE_SIZE;
    return special->move_offset + special->move_count * HIPC_HANDLE_SIZE;
}

HIPC_INLINE void decode_special_data(const struct source *source, struct hipc_special *special)
{
    decode_pid(source, special);
    decode_handles(source, special->copy_offset, &special->copy_count, special->copy);
    decode_handles(source, special->move_offset, &special->move_count, special->move);
}

/** The decoders of descriptors return non-zero if hipc_check_descriptors() should have a look. */
HIPC_INLINE uint32_t decode_pointers(const struct source *source, uint32_t offset,
                                     struct hipc_message *message)
{
    const uint8_t *bytes = take(source, offset, &message->pointer_count, HIPC_POINTER_SIZE);
    uint32_t odd = 0;

    for (unsigned int i = 0; i < message->pointer_count; i++, bytes += HIPC_POINTER_SIZE) {
        struct hipc_pointer *pointer = &message->pointer[i];
        uint32_t word0 = ipcshark_load_u32(bytes);

        pointer->address = hipc_join_address(ipcshark_load_u32(bytes + 4), word0 >> 12, word0 >> 6);
        pointer->size = (uint16_t)(word0 >> 16);
        pointer->index = word0 & 0xF;
        pointer->reserved = word0 & HIPC_POINTER_RESERVED;
        pointer->offset = offset + i * HIPC_POINTER_SIZE;
        odd |= pointer->reserved;
    }
    return odd;
}

HIPC_INLINE uint32_t decode_maps(const struct source *source, uint32_t offset, uint8_t *count,
                                 struct hipc_map *map)
{
    const uint8_t *bytes = take(source, offset, count, HIPC_MAP_SIZE);
    uint32_t odd = 0;

    for (unsigned int i = 0; i < *count; i++, map++, bytes += HIPC_MAP_SIZE) {
        uint32_t word2 = ipcshark_load_u32(bytes + 8);

        map->address = hipc_join_address(ipcshark_load_u32(bytes + 4), word2 >> 28, word2 >> 2);
        map->size = ipcshark_load_u32(bytes) | (uint64_t)((word2 >> 24) & 0xF) << 32;
        map->attribute = word2 & 3;
        map->reserved = word2 & HIPC_MAP_RESERVED;
        map->offset = offset + i * HIPC_MAP_SIZE;
        odd |= map->reserved | (map->attribute == HIPC_MAP_INVALID);
    }
    return odd;
}

HIPC_INLINE uint32_t decode_receive_list(const struct source *source, struct hipc_message *message)
{
    const uint8_t *bytes = take(source, message->receive_list_offset, &message->receive_list_count,
                                HIPC_RECEIVE_LIST_ENTRY_SIZE);
    uint32_t odd = 0;

    for (unsigned int i = 0; i < message->receive_list_count; i++) {
        struct hipc_receive_entry *entry = &message->receive_list[i];
        uint32_t word1 = ipcshark_load_u32(bytes + i * HIPC_RECEIVE_LIST_ENTRY_SIZE + 4);

        entry->address = ipcshark_load_u32(bytes + i * HIPC_RECEIVE_LIST_ENTRY_SIZE) |
                         (uint64_t)(word1 & 0x7F) << 32;
        entry->size = (uint16_t)(word1 >> 16);
        entry->reserved = word1 & HIPC_ENTRY_RESERVED;
        entry->offset = message->receive_list_offset + i * HIPC_RECEIVE_LIST_ENTRY_SIZE;
        odd |= entry->reserved;
    }
    return odd;
}

/** Returns non-zero as the decoders above do. `offset` is where the descriptors begin. */
HIPC_INLINE uint32_t decode_descriptors(const struct source *source, uint32_t offset,
                                        struct hipc_message *message)
{
    uint32_t send = offset + message->pointer_count * HIPC_POINTER_SIZE;
    uint32_t receive = send + message->send_count * HIPC_MAP_SIZE;
    uint32_t exchange = receive + message->receive_count * HIPC_MAP_SIZE;
    uint32_t odd = decode_pointers(source, offset, message);

    odd |= decode_maps(source, send, &message->send_count, message->send);
    odd |= decode_maps(source, receive, &message->receive_count, message->receive);
    odd |= decode_maps(source, exchange, &message->exchange_count, message->exchange);
    return odd;
}

/**
 * Where the raw data and the receive list lie, while all counts are as declared; `offset` is where
 * the descriptors begin. Returns where both have ended.
 */
HIPC_INLINE uint32_t decode_ends(size_t length, uint32_t offset, struct hipc_message *message)
{
    uint32_t maps = message->send_count + message->receive_count + message->exchange_count;
    uint32_t raw_offset = offset + message->pointer_count * HIPC_POINTER_SIZE +
                          maps * HIPC_MAP_SIZE;
    uint32_t size = message->raw_words * HIPC_WORD_SIZE;
    uint32_t raw_end = raw_offset + size;
    size_t left = raw_offset < length ? length - raw_offset : 0;

    message->raw_offset = raw_offset;
    message->raw_captured = size <= left ? size : (uint32_t)left;
    message->receive_list_offset =
        message->receive_list_words ? message->receive_list_words * HIPC_WORD_SIZE : raw_end;
    message->end = message->receive_list_offset +
                   message->receive_list_count * HIPC_RECEIVE_LIST_ENTRY_SIZE;
    return message->receive_list_count && message->end > raw_end ? message->end : raw_end;
}

/** A header that is not there: all zero, but for the type if that is. */
static bool decode_cut_header(const struct source *source, struct hipc_message *message)
{
    static const uint8_t nothing[HIPC_HEADER_SIZE];
    struct ipcshark_reader reader = ipcshark_reader(source->bytes, source->length);

    decode_header(nothing, message);
    clear_special(&message->special);
    message->complete = false;
    message->raw_offset = HIPC_HEADER_SIZE;
    message->raw_captured = 0;
    message->receive_list_offset = HIPC_HEADER_SIZE;
    message->end = HIPC_HEADER_SIZE;
    message->type = ipcshark_read_u16(&reader);
    return false;
}

static void check(const struct source *source, enum hipc_direction direction, uint32_t odd,
                  const struct hipc_message *message, struct ipcshark_findings *findings)
{
    if (!message->complete)
        hipc_check_cut(source->bytes, source->length, message, findings);
    hipc_check(message, direction, findings);
    if (odd)
        hipc_check_descriptors(message, findings);
    if (direction == HIPC_REPLY)
        hipc_check_result_in_place(source->bytes, source->length, findings);
}

/** Everything behind the headers. Inlined twice: of a whole message nothing more is checked. */
HIPC_INLINE uint32_t decode_sections(const uint8_t *bytes, size_t length, bool whole,
                                     uint32_t offset, struct hipc_message *message)
{
    const struct source source = {bytes, length, whole};
    uint32_t odd;

    if (message->has_special)
        decode_special_data(&source, &message->special);
    odd = decode_descriptors(&source, offset, message);
    /* ReceiveListOffset may point anywhere if there is no list. */
    return message->receive_list_count ? odd | decode_receive_list(&source, message) : odd;
}

bool hipc_decode(const uint8_t *bytes, size_t length, enum hipc_direction direction,
                 struct hipc_message *message, struct ipcshark_findings *findings)
{
    const struct source source = {bytes, length, false};
    struct ipcshark_reader reader = ipcshark_reader(bytes, length);
    const uint8_t *header = ipcshark_read_bytes(&reader, HIPC_HEADER_SIZE);
    uint32_t offset = HIPC_HEADER_SIZE;
    uint32_t odd;

    if (!header) {
        ipcshark_find(findings, IPCSHARK_FINDING_HIPC_TRUNCATED, 0, HIPC_HEADER_SIZE, length,
                      HIPC_HEADER_SIZE);
        return decode_cut_header(&source, message);
    }
    decode_header(header, message);
    if (message->has_special)
        offset = decode_special(&source, &message->special);
    else
        clear_special(&message->special);
    message->complete = decode_ends(length, offset, message) <= length;
    odd = message->complete ? decode_sections(bytes, length, true, offset, message)
                            : decode_sections(bytes, length, false, offset, message);
    if (findings)
        check(&source, direction, odd, message, findings);
    return message->complete;
}
