/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record_builder.h"

#include <string.h>

void record_builder_init(struct record_builder *builder, const struct ipctap_header *header)
{
    builder->header = *header;
    builder->bytes = builder->room;
    builder->capacity = sizeof builder->room;
    record_builder_reset(builder);
}

void record_builder_clear(struct record_builder *builder)
{
    if (builder->bytes != builder->room)
        g_free(builder->bytes);
    builder->bytes = NULL;
    builder->size = 0;
}

void record_builder_reset(struct record_builder *builder)
{
    builder->size = IPCTAP_HEADER_SIZE;
    builder->section_count = 0;
}

static void make_room(struct record_builder *builder, size_t wanted)
{
    bool was_inside = builder->bytes == builder->room;

    if (wanted <= builder->capacity)
        return;

    builder->capacity = MAX(wanted, 2 * builder->capacity);
    builder->bytes = g_realloc(was_inside ? NULL : builder->bytes, builder->capacity);
    if (was_inside)
        memcpy(builder->bytes, builder->room, sizeof builder->room);
}

void record_builder_add_part(struct record_builder *builder, uint16_t type, uint16_t index,
                             uint64_t address, const void *bytes, size_t captured,
                             uint64_t declared)
{
    size_t start = builder->size;
    struct ipcshark_writer writer;

    /* What cannot fit any record is not copied either; finish() then says so. */
    builder->section_count++;
    builder->size += IPCTAP_SECTION_SIZE + (captured + 7) / 8 * 8;
    if (builder->size > IPCTAP_MAX_RECORD_SIZE)
        return;

    make_room(builder, builder->size);
    writer = ipcshark_writer(builder->bytes, builder->capacity);
    writer.offset = start;
    ipctap_add_part(&writer, type, index, address, bytes, (uint32_t)captured, declared);
}

void record_builder_add(struct record_builder *builder, uint16_t type, uint16_t index,
                        uint64_t address, const void *bytes, size_t size)
{
    record_builder_add_part(builder, type, index, address, bytes, size, size);
}

void record_builder_add_room(struct record_builder *builder, uint16_t type, uint16_t index,
                             uint64_t address, uint64_t size)
{
    record_builder_add_part(builder, type, index, address, NULL, 0, size);
}

void record_builder_add_text(struct record_builder *builder, uint16_t type, uint16_t index,
                             const char *text)
{
    if (text && *text)
        record_builder_add(builder, type, index, 0, text, strlen(text));
}

void record_builder_add_u64(struct record_builder *builder, uint16_t type, uint64_t value)
{
    uint8_t bytes[8];

    ipcshark_store_u64(bytes, value);
    record_builder_add(builder, type, 0, 0, bytes, sizeof bytes);
}

void record_builder_add_kernel_call(struct record_builder *builder,
                                    const struct ipctap_kernel_call *call)
{
    uint8_t bytes[IPCTAP_KERNEL_CALL_SIZE];
    size_t size = ipctap_kernel_call_encode(call, bytes, sizeof bytes);

    record_builder_add(builder, IPCTAP_SECTION_KERNEL_CALL, 0, 0, bytes, size);
}

void record_builder_add_section(struct record_builder *builder,
                                const struct ipctap_section *section, size_t limit)
{
    size_t captured = MIN(section->captured_size, limit);

    if (captured < section->captured_size)
        builder->header.flags |= IPCTAP_TRUNCATED;
    record_builder_add_part(builder, section->type, section->index, section->address,
                            section->bytes, captured, section->declared_size);
}

uint8_t *record_builder_peek(const struct record_builder *builder, size_t *size)
{
    struct ipcshark_writer writer = ipcshark_writer(builder->bytes, builder->capacity);

    if (builder->size > IPCTAP_MAX_RECORD_SIZE || builder->section_count > IPCTAP_MAX_SECTIONS)
        return NULL;

    ipctap_begin(&writer, &builder->header);
    writer.offset = builder->size;
    *size = ipctap_end(&writer);
    return builder->bytes;
}

uint8_t *record_builder_finish(const struct record_builder *builder, size_t *size)
{
    const uint8_t *bytes = record_builder_peek(builder, size);

    return bytes ? g_memdup2(bytes, *size) : NULL;
}
