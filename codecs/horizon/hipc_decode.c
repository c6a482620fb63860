/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hipc_layout.h"

#include <ipcshark/reader.h>

/** The bytes that a message is decoded from. */
struct source {
    const uint8_t *bytes;
    size_t length;
    bool is_whole; /**< All that the header declares has been found to lie within them. */
};

/**
 * How many of `count` elements of `size` bytes at `at` are there. The one bounds check of a
 * section; none is needed if the one check of the whole message has covered it.
 */
HIPC_INLINE uint32_t available(const struct source *source, uint32_t at, uint32_t count,
                               uint32_t size)
{
    struct ipcshark_reader reader = ipcshark_reader(source->bytes, source->length);
    size_t there;

    if (source->is_whole)
        return count;
    ipcshark_reader_seek(&reader, at);
    there = reader.failed ? 0 : ipcshark_reader_left(&reader) / size;
    return count < there ? count : (uint32_t)there;
}

/* The loaders take elements that available() has found to lie within the bytes. */

HIPC_INLINE void load_handles(const uint8_t *restrict bytes, uint32_t at, uint32_t count,
                              uint32_t *restrict handle)
{
    for (; count; count--, at += HIPC_HANDLE_SIZE)
        *handle++ = ipcshark_load_u32(bytes + at);
}

/** The loaders of descriptors return non-zero if hipc_check_descriptors() should have a look. */
HIPC_INLINE uint32_t load_pointers(const uint8_t *restrict bytes, uint32_t at, uint32_t count,
                                   struct hipc_pointer *restrict pointer)
{
    uint32_t odd = 0;

    for (; count; count--, at += HIPC_POINTER_SIZE, pointer++) {
        uint32_t word0 = ipcshark_load_u32(bytes + at);

        pointer->address =
            hipc_join_address(ipcshark_load_u32(bytes + at + 4), word0 >> 12, word0 >> 6);
        pointer->size = (uint16_t)(word0 >> 16);
        pointer->index = word0 & 0xF;
        pointer->reserved = word0 & HIPC_POINTER_RESERVED;
        pointer->offset = at;
        odd |= word0 & HIPC_POINTER_RESERVED;
    }
    return odd;
}

HIPC_INLINE uint32_t load_maps(const uint8_t *restrict bytes, uint32_t at, uint32_t count,
                               struct hipc_map *restrict map)
{
    uint32_t odd = 0;

    for (; count; count--, at += HIPC_MAP_SIZE, map++) {
        uint32_t word2 = ipcshark_load_u32(bytes + at + 8);

        map->address =
            hipc_join_address(ipcshark_load_u32(bytes + at + 4), word2 >> 28, word2 >> 2);
        map->size = ipcshark_load_u32(bytes + at) | (uint64_t)((word2 >> 24) & 0xF) << 32;
        map->attribute = word2 & 3;
        map->reserved = word2 & HIPC_MAP_RESERVED;
        map->offset = at;
        odd |= (word2 & HIPC_MAP_RESERVED) | ((word2 & 3) == HIPC_MAP_INVALID);
    }
    return odd;
}

HIPC_INLINE uint32_t load_receive_list(const uint8_t *restrict bytes, uint32_t at, uint32_t count,
                                       struct hipc_receive_entry *restrict entry)
{
    uint32_t odd = 0;

    for (; count; count--, at += HIPC_RECEIVE_LIST_ENTRY_SIZE, entry++) {
        uint32_t word1 = ipcshark_load_u32(bytes + at + 4);

        entry->address = ipcshark_load_u32(bytes + at) | (uint64_t)(word1 & 0x7F) << 32;
        entry->size = (uint16_t)(word1 >> 16);
        entry->reserved = word1 & HIPC_ENTRY_RESERVED;
        entry->offset = at;
        odd |= word1 & HIPC_ENTRY_RESERVED;
    }
    return odd;
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

/** Special header (0 if it is cut off), process id and handles. Returns where they end. */
HIPC_INLINE uint32_t decode_special(const struct source *source, uint32_t word,
                                    struct hipc_special *special)
{
    uint32_t pid = HIPC_HEADER_SIZE + HIPC_SPECIAL_SIZE;
    uint32_t copy = pid + (word & 1) * HIPC_PID_SIZE;
    uint32_t move = copy + ((word >> 1) & 0xF) * HIPC_HANDLE_SIZE;
    uint32_t pid_count = available(source, pid, word & 1, HIPC_PID_SIZE);
    uint32_t copy_count = available(source, copy, (word >> 1) & 0xF, HIPC_HANDLE_SIZE);
    uint32_t move_count = available(source, move, (word >> 5) & 0xF, HIPC_HANDLE_SIZE);

    special->has_pid = pid_count;
    special->copy_count = (uint8_t)copy_count;
    special->move_count = (uint8_t)move_count;
    special->reserved = word & HIPC_SPECIAL_RESERVED;
    special->pid = pid_count ? ipcshark_load_u64(source->bytes + pid) : 0;
    special->offset = HIPC_HEADER_SIZE;
    special->pid_offset = pid;
    special->copy_offset = copy;
    special->move_offset = move;
    load_handles(source->bytes, copy, copy_count, special->copy);
    load_handles(source->bytes, move, move_count, special->move);
    return move + ((word >> 5) & 0xF) * HIPC_HANDLE_SIZE;
}

/** Returns what the loaders do. `at` is where the descriptors begin. */
HIPC_INLINE uint32_t decode_declared_descriptors(const struct source *source, uint32_t word0,
                                                 uint32_t at, struct hipc_message *message)
{
    uint32_t count = available(source, at, (word0 >> 16) & 0xF, HIPC_POINTER_SIZE);
    uint32_t odd = load_pointers(source->bytes, at, count, message->pointer);

    message->pointer_count = (uint8_t)count;
    at += ((word0 >> 16) & 0xF) * HIPC_POINTER_SIZE;
    count = available(source, at, (word0 >> 20) & 0xF, HIPC_MAP_SIZE);
    message->send_count = (uint8_t)count;
    odd |= load_maps(source->bytes, at, count, message->send);
    at += ((word0 >> 20) & 0xF) * HIPC_MAP_SIZE;
    count = available(source, at, (word0 >> 24) & 0xF, HIPC_MAP_SIZE);
    message->receive_count = (uint8_t)count;
    odd |= load_maps(source->bytes, at, count, message->receive);
    at += ((word0 >> 24) & 0xF) * HIPC_MAP_SIZE;
    count = available(source, at, word0 >> 28, HIPC_MAP_SIZE);
    message->exchange_count = (uint8_t)count;
    return odd | load_maps(source->bytes, at, count, message->exchange);
}

/** Few messages have any. */
HIPC_INLINE uint32_t decode_descriptors(const struct source *source, uint32_t word0, uint32_t at,
                                        struct hipc_message *message)
{
    if (word0 & HIPC_DESCRIPTOR_COUNTS)
        return decode_declared_descriptors(source, word0, at, message);
    message->pointer_count = 0;
    message->send_count = 0;
    message->receive_count = 0;
    message->exchange_count = 0;
    return 0;
}

/** Returns what the loader does. ReceiveListOffset may point anywhere if there is no list. */
HIPC_INLINE uint32_t decode_receive_list(const struct source *source, uint32_t word1,
                                         struct hipc_message *message)
{
    uint32_t at = message->receive_list_offset;
    uint32_t count;

    message->receive_list_count = 0;
    if (!(word1 & HIPC_RECEIVE_LIST_MODE))
        return 0;
    count = available(source, at, hipc_receive_list_count((word1 >> 10) & 0xF),
                      HIPC_RECEIVE_LIST_ENTRY_SIZE);

    message->receive_list_count = (uint8_t)count;
    return load_receive_list(source->bytes, at, count, message->receive_list);
}

/** The fields of the header that are no counts of descriptors. */
HIPC_INLINE void decode_header(uint32_t word0, uint32_t word1, struct hipc_message *message)
{
    message->type = (uint16_t)word0;
    message->receive_list_mode = (word1 >> 10) & 0xF;
    message->reserved = (word1 >> 14) & 0x3F;
    message->receive_list_words = (word1 >> 20) & 0x7FF;
    message->has_special = word1 >> 31;
    message->raw_words = word1 & 0x3FF;
}

/** Bytes of special header, process id and handles. */
HIPC_INLINE uint32_t special_size(uint32_t special)
{
    uint32_t handles = ((special >> 1) & 0xF) + ((special >> 5) & 0xF);

    return HIPC_SPECIAL_SIZE + (special & 1) * HIPC_PID_SIZE + handles * HIPC_HANDLE_SIZE;
}

HIPC_INLINE uint32_t descriptors_size(uint32_t word0)
{
    uint32_t maps = ((word0 >> 20) & 0xF) + ((word0 >> 24) & 0xF) + (word0 >> 28);

    return ((word0 >> 16) & 0xF) * HIPC_POINTER_SIZE + maps * HIPC_MAP_SIZE;
}

/** Where the receive list lies. Returns where it and the raw data have ended. */
HIPC_INLINE uint32_t place_receive_list(uint32_t word1, uint32_t raw_end,
                                        struct hipc_message *message)
{
    uint32_t moved = ((word1 >> 20) & 0x7FF) * HIPC_WORD_SIZE;
    uint32_t list = moved ? moved : raw_end;
    uint32_t end = list +
                   hipc_receive_list_count((word1 >> 10) & 0xF) * HIPC_RECEIVE_LIST_ENTRY_SIZE;

    message->receive_list_offset = list;
    message->end = end;
    return end > list && end > raw_end ? end : raw_end;
}

/** Where raw data and receive list lie. Returns where both have ended. */
HIPC_INLINE uint32_t decode_ends(uint32_t word0, uint32_t word1, uint32_t special,
                                 struct hipc_message *message)
{
    uint32_t size = (word1 & 0x3FF) * HIPC_WORD_SIZE;
    uint32_t raw_offset = HIPC_HEADER_SIZE;

    if (word1 & HIPC_HAS_SPECIAL)
        raw_offset += special_size(special);
    if (word0 & HIPC_DESCRIPTOR_COUNTS)
        raw_offset += descriptors_size(word0);
    message->raw_offset = raw_offset;
    message->raw_captured = size;
    if (word1 & (HIPC_RECEIVE_LIST_MODE | HIPC_RECEIVE_LIST_WORDS))
        return place_receive_list(word1, raw_offset + size, message);
    message->receive_list_offset = raw_offset + size;
    message->end = raw_offset + size;
    return raw_offset + size;
}

/** A header that is not there: all zero, but for the type if that is. */
HIPC_COLD bool decode_cut_header(const uint8_t *bytes, size_t length, struct hipc_message *message,
                                 struct ipcshark_findings *findings)
{
    static const uint8_t nothing[HIPC_HEADER_SIZE];
    struct ipcshark_reader reader = ipcshark_reader(bytes, length);

    ipcshark_find(findings, IPCSHARK_FINDING_HIPC_TRUNCATED, 0, HIPC_HEADER_SIZE, length,
                  HIPC_HEADER_SIZE);
    hipc_decode(nothing, sizeof nothing, HIPC_DIRECTION_UNKNOWN, message, NULL);
    message->complete = false;
    message->type = ipcshark_read_u16(&reader);
    return false;
}

HIPC_COLD void check(const uint8_t *bytes, size_t length, enum hipc_direction direction,
                     const struct hipc_message *message, struct ipcshark_findings *findings)
{
    if (!message->complete)
        hipc_check_cut(bytes, length, message, findings);
    hipc_check(message, direction, findings);
    hipc_check_descriptors(message, findings);
    if (direction == HIPC_REPLY)
        hipc_check_result_in_place(bytes, length, findings);
}

/**
 * Whether any rule of check() but those of descriptors could have been broken: all at once, without
 * a branch each. It may be true of a message that is in order, never false of one that is not.
 */
HIPC_INLINE uint32_t may_be_odd(uint32_t word0, uint32_t word1, uint32_t special,
                                enum hipc_direction direction, uint32_t end)
{
    const uint32_t move_count = 0xFu << 5;
    uint32_t odd = (word1 & (HIPC_HEADER_RESERVED | HIPC_RECEIVE_LIST_WORDS)) |
                   (special & HIPC_SPECIAL_RESERVED) | (end > HIPC_TLS_MESSAGE_SIZE);

    if (direction == HIPC_REPLY)
        return odd | (word0 & HIPC_MAP_COUNTS) | !(word0 | word1);
    if (direction == HIPC_REQUEST)
        return odd | !hipc_is_usual_request((uint16_t)word0) | (special & move_count);
    return 1;
}

/** Everything behind the headers; returns non-zero if a descriptor may be odd. */
HIPC_INLINE uint32_t decode_sections(const struct source *source, uint32_t word0, uint32_t word1,
                                     uint32_t special, struct hipc_message *message)
{
    uint32_t at = HIPC_HEADER_SIZE;
    uint32_t odd;

    if (word1 & HIPC_HAS_SPECIAL)
        at = decode_special(source, special, &message->special);
    else
        clear_special(&message->special);
    odd = decode_descriptors(source, word0, at, message);
    return odd | decode_receive_list(source, word1, message);
}

HIPC_COLD void decode_cut_sections(const uint8_t *bytes, size_t length, uint32_t special,
                                   struct hipc_message *message)
{
    const struct source source = {bytes, length, false};
    uint32_t left = message->raw_offset < length ? (uint32_t)(length - message->raw_offset) : 0;

    if (message->raw_captured > left)
        message->raw_captured = left;
    decode_sections(&source, ipcshark_load_u32(bytes), ipcshark_load_u32(bytes + 4), special,
                    message);
}

HIPC_INLINE uint32_t decode_whole_sections(const uint8_t *bytes, uint32_t word0, uint32_t word1,
                                           uint32_t special, struct hipc_message *message)
{
    const struct source source = {bytes, 0, true};

    return decode_sections(&source, word0, word1, special, message);
}

/** 0 if it is cut off, or not declared. */
HIPC_INLINE uint32_t load_special_header(const uint8_t *bytes, size_t length, uint32_t word1)
{
    struct ipcshark_reader reader = ipcshark_reader(bytes, length);

    if (!(word1 & HIPC_HAS_SPECIAL))
        return 0;
    ipcshark_reader_seek(&reader, HIPC_HEADER_SIZE);
    return ipcshark_read_u32(&reader);
}

bool hipc_decode(const uint8_t *bytes, size_t length, enum hipc_direction direction,
                 struct hipc_message *message, struct ipcshark_findings *findings)
{
    struct ipcshark_reader reader = ipcshark_reader(bytes, length);
    const uint8_t *header = ipcshark_read_bytes(&reader, HIPC_HEADER_SIZE);
    uint32_t word0, word1, special, end, odd;

    if (HIPC_RARELY(!header))
        return decode_cut_header(bytes, length, message, findings);
    word0 = ipcshark_load_u32(header);
    word1 = ipcshark_load_u32(header + 4);
    special = load_special_header(bytes, length, word1);
    decode_header(word0, word1, message);
    end = decode_ends(word0, word1, special, message);
    message->complete = end <= length;
    odd = may_be_odd(word0, word1, special, direction, end) | !message->complete;
    if (HIPC_RARELY(end > length))
        decode_cut_sections(bytes, length, special, message);
    else
        odd |= decode_whole_sections(bytes, word0, word1, special, message);
    if (HIPC_RARELY(odd) && findings)
        check(bytes, length, direction, message, findings);
    return end <= length;
}
