/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layout.h"

#include <ipcshark/reader.h>

/** A decode on its way: the words' reader is at the descriptor or past it. */
struct walk {
    struct ipcshark_reader reader;
    struct ctripc_message *message;
    enum ctripc_direction direction;
    struct ipcshark_findings *findings;
};

uint32_t ctripc_word(const uint8_t *bytes, size_t length, size_t n)
{
    struct ipcshark_reader reader = ipcshark_reader(bytes, length);

    if (n > length / CTRIPC_WORD_SIZE)
        return 0;
    ipcshark_reader_seek(&reader, n * CTRIPC_WORD_SIZE);
    return ipcshark_read_u32(&reader);
}

static void find(const struct walk *walk, enum ipcshark_finding_code code, size_t word,
                 size_t words, uint64_t actual, uint64_t limit)
{
    ipcshark_find(walk->findings, code, word * CTRIPC_WORD_SIZE, words * CTRIPC_WORD_SIZE, actual,
                  limit);
}

/** As many of `wanted` words as are there. */
static uint8_t words_left(const struct ipcshark_reader *reader, uint8_t wanted)
{
    size_t left = reader->failed ? 0 : ipcshark_reader_left(reader) / CTRIPC_WORD_SIZE;

    return left < wanted ? (uint8_t)left : wanted;
}

static void decode_header(struct walk *walk)
{
    struct ctripc_message *message = walk->message;
    uint32_t header = ipcshark_read_u32(&walk->reader);

    message->header = header;
    message->command_id = (uint16_t)(header >> 16);
    message->normal_count = (header >> 6) & 0x3F;
    message->translate_words = header & 0x3F;
    message->words = (uint8_t)(1 + message->normal_count + message->translate_words);
    message->normal_captured = words_left(&walk->reader, message->normal_count);
    message->translate_count = 0;
    message->complete = walk->reader.length >= (size_t)message->words * CTRIPC_WORD_SIZE;
    ipcshark_read_bytes(&walk->reader, (size_t)message->normal_count * CTRIPC_WORD_SIZE);
}

static void check_header(const struct walk *walk)
{
    const struct ctripc_message *message = walk->message;

    if (!message->complete)
        find(walk, IPCSHARK_FINDING_CTRIPC_TRUNCATED, 0, message->words,
             walk->reader.length / CTRIPC_WORD_SIZE, message->words);
    if (message->words > CTRIPC_BUFFER_WORDS)
        find(walk, IPCSHARK_FINDING_CTRIPC_TOO_MANY_WORDS, 0, 1, message->words,
             CTRIPC_BUFFER_WORDS);
    if (message->header & CTRIPC_HEADER_UNUSED)
        find(walk, IPCSHARK_FINDING_CTRIPC_UNUSED_HEADER_BITS, 0, 1,
             message->header & CTRIPC_HEADER_UNUSED, 0);
    if (walk->direction == CTRIPC_REPLY && message->command_id == CTRIPC_COMMAND_NO_REPLY)
        find(walk, IPCSHARK_FINDING_CTRIPC_NO_REPLY, 0, 1, message->command_id, 0);
}

/** Words behind a descriptor end with the command: `room` are left of it. */
static void check_end(const struct walk *walk, const struct ctripc_translate *translate,
                      uint8_t behind, uint8_t room)
{
    if (behind <= room)
        return;
    find(walk,
         ctripc_is_handles(translate->kind) ? IPCSHARK_FINDING_CTRIPC_HANDLES_PAST_END
                                            : IPCSHARK_FINDING_CTRIPC_ADDRESS_PAST_END,
         translate->offset, 1, behind, room);
}

static void check_handles(const struct walk *walk, const struct ctripc_translate *translate)
{
    uint32_t count = translate->descriptor >> CTRIPC_HANDLE_COUNT_SHIFT;

    if (translate->kind == CTRIPC_HANDLES_BOTH)
        find(walk, IPCSHARK_FINDING_CTRIPC_MOVE_AND_PROCESS_ID, translate->offset, 1,
             translate->descriptor, 0);
    if (translate->kind == CTRIPC_PROCESS_ID && count)
        find(walk, IPCSHARK_FINDING_CTRIPC_PROCESS_ID_COUNT, translate->offset, 1,
             (uint64_t)count + 1, 1);
}

static void check_buffers(const struct walk *walk, const struct ctripc_translate *translate)
{
    if (translate->kind == CTRIPC_MAPPED_NONE)
        find(walk, IPCSHARK_FINDING_CTRIPC_MAPPED_WITHOUT_PERMISSION, translate->offset, 1,
             translate->descriptor, 0);
    if (ctripc_is_pxi(translate->kind) && walk->direction == CTRIPC_REPLY)
        find(walk, IPCSHARK_FINDING_CTRIPC_PXI_IN_REPLY, translate->offset, 1,
             translate->descriptor, 0);
    if (ctripc_is_mapped(translate->kind) && !translate->size && translate->address)
        find(walk, IPCSHARK_FINDING_CTRIPC_MAPPED_EMPTY, translate->offset, translate->words,
             translate->address, 0);
}

static void check_translate(const struct walk *walk, const struct ctripc_translate *translate)
{
    uint32_t unused = ctripc_unused_bits(translate->kind, translate->descriptor);

    check_handles(walk, translate);
    check_buffers(walk, translate);
    if (unused)
        find(walk, IPCSHARK_FINDING_CTRIPC_UNUSED_DESCRIPTOR_BITS, translate->offset, 1, unused, 0);
}

/** One parameter, of which the command has `room` words behind the descriptor. */
static uint8_t decode_translate(struct walk *walk, uint8_t offset, uint8_t room)
{
    struct ctripc_translate *translate =
        &walk->message->translate[walk->message->translate_count++];
    uint32_t descriptor = ipcshark_read_u32(&walk->reader);
    uint8_t kind = (uint8_t)ctripc_kind_inline(descriptor);
    uint8_t behind = ctripc_words_behind(kind, descriptor);
    uint8_t declared = behind < room ? behind : room;
    uint8_t captured = words_left(&walk->reader, declared);

    *translate = (struct ctripc_translate){
        .descriptor = descriptor,
        .kind = kind,
        .offset = offset,
        .words = (uint8_t)(1 + captured),
    };
    ctripc_decode_descriptor(translate);
    if (ctripc_is_handles(translate->kind)) {
        translate->handle_count = captured;
        ipcshark_read_bytes(&walk->reader, (size_t)captured * CTRIPC_WORD_SIZE);
    } else if (captured) {
        translate->address = ipcshark_read_u32(&walk->reader);
    }
    check_end(walk, translate, behind, room);
    check_translate(walk, translate);
    return (uint8_t)(1 + declared);
}

/** As far as the words go, with all that is to be said of them. */
CTRIPC_APART bool decode_any(const uint8_t *bytes, size_t length, enum ctripc_direction direction,
                             struct ctripc_message *message, struct ipcshark_findings *findings)
{
    struct walk walk = {ipcshark_reader(bytes, length), message, direction, findings};
    uint8_t word;

    decode_header(&walk);
    check_header(&walk);
    for (word = (uint8_t)(1 + message->normal_count);
         word < message->words && words_left(&walk.reader, 1);)
        word += decode_translate(&walk, word, (uint8_t)(message->words - word - 1));
    return message->complete;
}

/*
 * What follows decodes buffers that are whole and break no rule, most of all, with one bounds check
 * and without asking for every rule by itself. If anything is not as usual nobody says here what it
 * is: decode_any() has the buffer from the start.
 */

/** Handles or a process id, of which the command has `room` words; returns the words, 0 if odd. */
CTRIPC_INLINE uint32_t decode_usual_handles(uint32_t descriptor, uint32_t room,
                                            struct ctripc_translate *translate)
{
    uint32_t kind = descriptor / CTRIPC_MOVE_BIT & 3;
    uint32_t count = (descriptor >> CTRIPC_HANDLE_COUNT_SHIFT) + 1;

    translate->kind = (uint8_t)kind;
    translate->words = (uint8_t)(1 + count);
    translate->handle_count = (uint8_t)count;
    translate->id = 0;
    translate->size = 0;
    translate->address = 0;
    if (ctripc_unused_bits(CTRIPC_COPY_HANDLES, descriptor) || count > room ||
        kind > CTRIPC_PROCESS_ID || (kind == CTRIPC_PROCESS_ID && count > 1))
        return 0;
    return 1 + count;
}

/** A descriptor and the address behind it. */
CTRIPC_INLINE uint32_t decode_usual_buffer(uint32_t descriptor, uint32_t address,
                                           enum ctripc_direction direction,
                                           struct ctripc_translate *translate)
{
    uint32_t permission = descriptor >> 1 & 3;

    translate->words = 2;
    translate->handle_count = 0;
    translate->id = 0;
    translate->address = address;
    if (descriptor & 8) {
        /* Permissions 1 to 3 are kinds in their order. */
        translate->kind = (uint8_t)(CTRIPC_MAPPED_R - 1 + permission);
        translate->size = descriptor >> CTRIPC_MAPPED_SIZE_SHIFT;
        return descriptor & 1 || !permission || (!translate->size && address) ? 0 : 2;
    }
    if (descriptor & 4) {
        translate->kind = descriptor & 2 ? CTRIPC_PXI_RO : CTRIPC_PXI_RW;
        translate->size = descriptor >> CTRIPC_PXI_SIZE_SHIFT;
        translate->id = descriptor >> CTRIPC_PXI_ID_SHIFT & 0xF;
        return descriptor & 1 || direction == CTRIPC_REPLY ? 0 : 2;
    }
    translate->kind = CTRIPC_STATIC_BUFFER;
    translate->size = descriptor >> CTRIPC_STATIC_SIZE_SHIFT;
    translate->id = descriptor >> CTRIPC_STATIC_ID_SHIFT & 0xF;
    return ctripc_unused_bits(CTRIPC_STATIC_BUFFER, descriptor) ? 0 : 2;
}

/** From word `word` to `end`, all of which lie within the bytes; false if anything is odd. */
CTRIPC_INLINE bool decode_usual_translates(const uint8_t *restrict bytes, uint32_t word,
                                           uint32_t end, enum ctripc_direction direction,
                                           struct ctripc_message *message)
{
    struct ctripc_translate *translate = message->translate;
    uint32_t taken;

    for (; word < end; word += taken, translate++) {
        uint32_t descriptor = ipcshark_load_u32(bytes + word * CTRIPC_WORD_SIZE);
        uint32_t room = end - word - 1;

        translate->descriptor = descriptor;
        translate->offset = (uint8_t)word;
        if (!(descriptor & 0xF))
            taken = decode_usual_handles(descriptor, room, translate);
        else if (room)
            taken = decode_usual_buffer(descriptor,
                                        ipcshark_load_u32(bytes + (word + 1) * CTRIPC_WORD_SIZE),
                                        direction, translate);
        else
            return false;
        if (!taken)
            return false;
    }
    message->translate_count = (uint8_t)(translate - message->translate);
    return true;
}

CTRIPC_INLINE bool decode_usual(const uint8_t *bytes, size_t length,
                                enum ctripc_direction direction, struct ctripc_message *message)
{
    struct ipcshark_reader reader = ipcshark_reader(bytes, length);
    uint32_t header = ipcshark_read_u32(&reader);
    uint32_t normal = (header >> 6) & 0x3F;
    uint32_t words = 1 + normal + (header & 0x3F);

    if (words > CTRIPC_BUFFER_WORDS || reader.length < words * CTRIPC_WORD_SIZE ||
        header & CTRIPC_HEADER_UNUSED ||
        (direction == CTRIPC_REPLY && header >> 16 == CTRIPC_COMMAND_NO_REPLY))
        return false;
    message->header = header;
    message->command_id = (uint16_t)(header >> 16);
    message->normal_count = (uint8_t)normal;
    message->translate_words = header & 0x3F;
    message->normal_captured = (uint8_t)normal;
    message->translate_count = 0;
    message->complete = true;
    message->words = (uint8_t)words;
    return decode_usual_translates(bytes, 1 + normal, words, direction, message);
}

bool ctripc_decode(const uint8_t *bytes, size_t length, enum ctripc_direction direction,
                   struct ctripc_message *message, struct ipcshark_findings *findings)
{
    return decode_usual(bytes, length, direction, message) ||
           decode_any(bytes, length, direction, message, findings);
}
