/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mutates an input of fuzz_record as the record it is: header fields and sections come, go, grow
 * and change, and sizes go on to say so; a second record may follow. Or makes a packet of ilia's of
 * either form. Bytes without a plan are tried, too.
 */
#include "mutator.h"

#include <ipcshark/hipc.h>
#include <ipcshark/record.h>

#include <string.h>

#define MAX_SECTIONS 16
#define MAX_RECORD   4096

static void change_header(struct ipctap_header *header, uint32_t *state)
{
    switch (next(state) % 8) {
    case 0:
        header->platform = (uint8_t)(next(state) % 6);
        break;
    case 1:
        header->kind = (uint8_t)(next(state) % 12);
        break;
    case 2:
        header->phase = (uint8_t)(next(state) % 5);
        break;
    case 3:
        header->flags = (uint16_t)(1u << next(state) % 16);
        break;
    case 4:
        header->time = next_number(state);
        break;
    case 5:
        header->clock = (uint8_t)(next(state) % 5);
        break;
    case 6:
        header->reserved = (uint8_t)(next(state) % 2);
        break;
    default:
        header->call_id = next_number(state);
    }
}

static void change_section(struct ipctap_section *section, uint32_t *state)
{
    static const uint8_t bytes[0x80] = "a text that is long enough for any of them";

    switch (next(state) % 6) {
    case 0:
        section->type = (uint16_t)(next(state) % 4 ? next(state) % 0x40 : next(state));
        break;
    case 1:
        section->index = (uint16_t)(next(state) % 18);
        break;
    case 2:
        section->declared_size = next(state) % 2 ? section->captured_size : next_number(state);
        break;
    case 3:
        section->address = next_number(state);
        break;
    case 4:
        section->captured_size -= section->captured_size ? next(state) % section->captured_size : 0;
        section->declared_size = section->captured_size;
        break;
    default:
        section->bytes = bytes;
        section->captured_size = next(state) % sizeof bytes;
        section->declared_size = section->captured_size;
    }
}

static size_t take_sections(const struct ipctap_record *record, struct ipctap_section *section)
{
    struct ipctap_section_iterator iterator = {0};
    size_t count = 0;

    while (count < MAX_SECTIONS && ipctap_section_next(record, &iterator, &section[count], NULL))
        count++;
    return count;
}

/** Changes, drops or doubles one of them. */
static size_t change_sections(struct ipctap_section *section, size_t count, uint32_t *state)
{
    struct ipctap_section added = {0};

    if (count && next(state) % 4 == 0) {
        section[next(state) % count] = section[count - 1];
        return count - 1;
    }
    if (count < MAX_SECTIONS && next(state) % 3 == 0) {
        section[count] = count ? section[next(state) % count] : added;
        change_section(&section[count], state);
        return count + 1;
    }
    if (count)
        change_section(&section[next(state) % count], state);
    return count;
}

static size_t mutate_record(uint8_t *bytes, size_t size, size_t capacity, uint32_t *state)
{
    static uint8_t made[MAX_RECORD];
    struct ipctap_section section[MAX_SECTIONS];
    struct ipctap_record record;
    struct ipcshark_writer writer = ipcshark_writer(made, sizeof made);
    size_t count, length;

    if (!ipctap_record_decode(bytes, size, &record, NULL)) {
        record.header = ipctap_header_init((uint8_t)(1 + next(state) % 3), 1, 1);
        count = 0;
    } else {
        count = take_sections(&record, section);
    }
    if (next(state) % 2)
        change_header(&record.header, state);
    count = change_sections(section, count, state);
    ipctap_begin(&writer, &record.header);
    for (size_t n = 0; n < count; n++)
        ipctap_add_part(&writer, section[n].type, section[n].index, section[n].address,
                        section[n].bytes, section[n].captured_size, section[n].declared_size);
    length = ipctap_end(&writer);
    if (!length || length > capacity)
        return 0;
    if (next(state) % 8 == 0 && length + size <= capacity)
        memmove(bytes + length, bytes, size);
    else
        size = 0;
    memcpy(bytes, made, length);
    return length + size;
}

/** 0x100 bytes of request, its buffers, 0x100 bytes of reply. */
static size_t make_messages(uint8_t *bytes, size_t capacity, uint32_t *state)
{
    struct hipc_message hipc = {.type = 4, .raw_words = 8};
    uint32_t size = next(state) % 32;
    size_t length = 0x200;

    hipc.pointer_count = (uint8_t)(next(state) % 3);
    hipc.send_count = (uint8_t)(next(state) % 3);
    hipc.receive_count = (uint8_t)(next(state) % 3);
    for (unsigned int n = 0; n < 3; n++) {
        hipc.pointer[n].size = (uint16_t)size;
        hipc.send[n].size = hipc.receive[n].size = size;
    }
    length += (size_t)size * (hipc.pointer_count + hipc.send_count + hipc.receive_count);
    length += next(state) % 8 ? 0 : 1;
    if (length > capacity)
        return 0;
    memset(bytes, 0, length);
    hipc_encode(&hipc, bytes + 0x80, bytes, 0x100);
    return length;
}

static void write_chunk(struct ipcshark_writer *writer, uint8_t type, uint32_t size,
                        uint32_t *state)
{
    ipcshark_write_u8(writer, type);
    ipcshark_write_u64(writer, next(state) % 16 ? size : next_number(state));
    ipcshark_write_u32(writer, type == 1 ? 0x49434653 : next(state) % 4);
    ipcshark_write_zeros(writer, size - 4);
}

static size_t make_chunks(uint8_t *bytes, size_t capacity, uint32_t *state)
{
    struct ipcshark_writer writer = ipcshark_writer(bytes, capacity);
    unsigned int buffers = next(state) % 4;

    write_chunk(&writer, 1, 16 + next(state) % 64, state);
    write_chunk(&writer, 2, 0xB0, state);
    if (next(state) % 2)
        write_chunk(&writer, 4, 16 + next(state) % 64, state);
    if (next(state) % 2)
        write_chunk(&writer, 5, 4, state);
    ipcshark_write_u8(&writer, 6);
    ipcshark_write_u64(&writer, buffers * 24);
    for (unsigned int n = 0; n < buffers; n++) {
        ipcshark_write_u64(&writer, 16);
        ipcshark_write_zeros(&writer, 16);
    }
    return writer.failed ? 0 : writer.offset;
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t capacity, unsigned int seed)
{
    uint32_t state = seed;
    size_t made = 0;

    switch (next(&state) % 8) {
    case 0:
    case 1:
        break;
    case 2:
        made = next(&state) % 2 ? make_messages(bytes, capacity, &state)
                                : make_chunks(bytes, capacity, &state);
        break;
    default:
        made = mutate_record(bytes, size, capacity, &state);
    }
    return made ? made : LLVMFuzzerMutate(bytes, size, capacity);
}
