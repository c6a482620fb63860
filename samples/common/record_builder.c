/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record_builder.h"

#include <string.h>

struct section {
    uint16_t type;
    uint16_t index;
    uint64_t address;
    uint64_t declared;
    size_t offset; /* in builder->bytes */
    size_t size;
};

void record_builder_init(struct record_builder *builder, const struct ipctap_header *header)
{
    builder->header = *header;
    builder->sections = g_array_new(FALSE, FALSE, sizeof(struct section));
    builder->bytes = g_byte_array_new();
    builder->size = IPCTAP_HEADER_SIZE;
}

void record_builder_clear(struct record_builder *builder)
{
    g_clear_pointer(&builder->sections, g_array_unref);
    g_clear_pointer(&builder->bytes, g_byte_array_unref);
    builder->size = 0;
}

void record_builder_reset(struct record_builder *builder)
{
    g_array_set_size(builder->sections, 0);
    g_byte_array_set_size(builder->bytes, 0);
    builder->size = IPCTAP_HEADER_SIZE;
}

void record_builder_add_part(struct record_builder *builder, uint16_t type, uint16_t index,
                             uint64_t address, const void *bytes, size_t captured,
                             uint64_t declared)
{
    struct section section = {type, index, address, declared, builder->bytes->len, captured};

    /* What cannot fit any record is not copied either; finish() then says so. */
    builder->size += IPCTAP_SECTION_SIZE + (captured + 7) / 8 * 8;
    if (builder->size > IPCTAP_MAX_RECORD_SIZE)
        return;

    g_array_append_val(builder->sections, section);

    if (captured)
        g_byte_array_append(builder->bytes, bytes, (guint)captured);
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

uint8_t *record_builder_finish(const struct record_builder *builder, size_t *size)
{
    struct ipcshark_writer writer;
    uint8_t *record;

    if (builder->size > IPCTAP_MAX_RECORD_SIZE || builder->sections->len > IPCTAP_MAX_SECTIONS)
        return NULL;

    record = g_malloc(builder->size);
    writer = ipcshark_writer(record, builder->size);
    ipctap_begin(&writer, &builder->header);
    for (guint i = 0; i < builder->sections->len; i++) {
        const struct section *section = &g_array_index(builder->sections, struct section, i);

        ipctap_add_part(&writer, section->type, section->index, section->address,
                        builder->bytes->data + section->offset, (uint32_t)section->size,
                        section->declared);
    }
    *size = ipctap_end(&writer);
    return record;
}
