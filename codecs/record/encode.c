/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layout.h"

#include <ipcshark/record.h>

#include <string.h>

struct ipctap_header ipctap_header_init(uint8_t platform, uint8_t kind, uint8_t phase)
{
    /* All at once, in the order of the fields: pieces that are put together in memory and then
     * copied hold up the copy. */
    struct ipctap_header header = {
        IPCTAP_VERSION,
        platform,
        kind,
        phase,
        IPCTAP_HEADER_SIZE,
        0,
        0,
        0,
        0,
        IPCTAP_UNKNOWN_ID,
        IPCTAP_UNKNOWN_ID,
        0,
        0,
        0,
        IPCTAP_UNKNOWN_ID,
        IPCTAP_CLOCK_UNIX,
        0,
        0,
    };

    return header;
}

/** Into a writer of constant size, whose bounds checks the compiler decides. */
static void write_header(uint8_t *bytes, const struct ipctap_header *header)
{
    struct ipcshark_writer writer = ipcshark_writer(bytes, IPCTAP_HEADER_SIZE);

    ipcshark_write_u32(&writer, IPCTAP_MAGIC);
    ipcshark_write_u8(&writer, header->version ? header->version : IPCTAP_VERSION);
    ipcshark_write_u8(&writer, header->platform);
    ipcshark_write_u8(&writer, header->kind);
    ipcshark_write_u8(&writer, header->phase);
    ipcshark_write_u16(&writer, IPCTAP_HEADER_SIZE);
    ipcshark_write_u16(&writer, header->flags);
    ipcshark_write_u32(&writer, 0); /* record_size: ipctap_end() knows it */
    ipcshark_write_u64(&writer, header->time);
    ipcshark_write_u64(&writer, header->call_id);
    ipcshark_write_u32(&writer, header->pid);
    ipcshark_write_u32(&writer, header->tid);
    ipcshark_write_u64(&writer, header->program_id);
    ipcshark_write_u32(&writer, header->object);
    ipcshark_write_u32(&writer, header->result);
    ipcshark_write_u32(&writer, header->peer_pid);
    ipcshark_write_u8(&writer, header->clock);
    ipcshark_write_u8(&writer, header->reserved);
    ipcshark_write_u16(&writer, header->source);
}

void ipctap_begin(struct ipcshark_writer *writer, const struct ipctap_header *header)
{
    uint8_t *room = ipcshark_write_room(writer, IPCTAP_HEADER_SIZE);

    if (room)
        write_header(room, header);
}

void ipctap_add_part(struct ipcshark_writer *writer, uint16_t type, uint16_t index,
                     uint64_t address, const void *bytes, uint32_t captured_size,
                     uint64_t declared_size)
{
    uint8_t *room = ipcshark_write_room(writer, IPCTAP_SECTION_SIZE);

    if (room) {
        ipcshark_store_u16(room, type);
        ipcshark_store_u16(room + 2, index);
        ipcshark_store_u32(room + 4, captured_size);
        ipcshark_store_u64(room + 8, address);
        ipcshark_store_u64(room + 16, declared_size);
    }
    ipcshark_write_bytes(writer, bytes, captured_size);
    ipcshark_write_align(writer, RECORD_ALIGNMENT);
}

void ipctap_add(struct ipcshark_writer *writer, uint16_t type, uint16_t index, uint64_t address,
                const void *bytes, uint32_t size)
{
    ipctap_add_part(writer, type, index, address, bytes, size, size);
}

/** The longest prefix of at most `limit` bytes that cuts no UTF-8 character in two. */
static size_t text_prefix(const char *text, size_t length, size_t limit)
{
    if (length <= limit)
        return length;
    while (limit > 0 && ((uint8_t)text[limit] & 0xC0) == 0x80)
        limit--;
    return limit;
}

/** "Names at most 255 bytes, others 64 KiB." */
static size_t text_limit(uint16_t type)
{
    bool is_long = type == IPCTAP_COMMENT || type == IPCTAP_SOURCE_TEXT;

    return is_long ? IPCTAP_MAX_TEXT : IPCTAP_MAX_NAME;
}

void ipctap_add_text(struct ipcshark_writer *writer, uint16_t type, uint16_t index,
                     const char *text)
{
    size_t length = text ? strlen(text) : 0;
    size_t kept = text ? text_prefix(text, length, text_limit(type)) : 0;

    if (kept)
        ipctap_add_part(writer, type, index, 0, text, (uint32_t)kept, length);
}

void ipctap_add_u64(struct ipcshark_writer *writer, uint16_t type, uint64_t value)
{
    uint8_t bytes[8];

    ipcshark_store_u64(bytes, value);
    ipctap_add(writer, type, 0, 0, bytes, sizeof bytes);
}

size_t ipctap_end(struct ipcshark_writer *writer)
{
    if (writer->failed || writer->offset > IPCTAP_MAX_RECORD_SIZE)
        return 0;
    ipcshark_store_u32(writer->bytes + RECORD_SIZE_OFFSET, (uint32_t)writer->offset);
    return writer->offset;
}

void ipctap_record_set_source(uint8_t *bytes, uint16_t source)
{
    ipcshark_store_u16(bytes + RECORD_SOURCE_OFFSET, source);
}

void ipctap_record_set_call_id(uint8_t *bytes, uint64_t call_id)
{
    ipcshark_store_u64(bytes + RECORD_CALL_ID_OFFSET, call_id);
}
