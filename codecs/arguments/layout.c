/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layout.h"

/** Places one field; UINT64_MAX once a size was not known. */
static uint64_t place(struct ipcshark_field *field, uint64_t offset, uint32_t alignment)
{
    if (offset == UINT64_MAX || !field->type->sized)
        return UINT64_MAX;
    offset = align_up(offset, alignment);
    field->offset = offset < UINT32_MAX ? (uint32_t)offset : 0;
    return offset + field->type->size;
}

/* sf_impl_command_serialization.hpp: a stable sort by alignment, ascending, then natural alignment.
 * One walk for each alignment gives that order. */
static uint64_t layout_cmif(struct ipcshark_field *field, uint32_t count)
{
    uint64_t offset = 0;

    for (uint32_t alignment = 1; alignment <= ARGUMENTS_MAX_ALIGNMENT; alignment *= 2) {
        for (uint32_t i = 0; i < count; i++) {
            if (type_is_raw(field[i].type) && field[i].type->alignment == alignment)
                offset = place(&field[i], offset, alignment);
        }
    }
    return offset;
}

/* tipc_impl_command_serialization.hpp: declared order, natural alignment. */
static uint64_t layout_tipc(struct ipcshark_field *field, uint32_t count)
{
    uint64_t offset = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (type_is_raw(field[i].type))
            offset = place(&field[i], offset, field[i].type->alignment);
    }
    return offset;
}

/** Behind the header word, in a reply also behind the result; whole words, 8 bytes unaligned. */
static uint64_t layout_ctr(struct ipcshark_field *field, uint32_t count, bool is_out)
{
    uint64_t start = is_out ? 2 * CTR_WORD : CTR_WORD;
    uint64_t offset = start;

    for (uint32_t i = 0; i < count; i++) {
        if (type_is_raw(field[i].type))
            offset = place(&field[i], offset, CTR_WORD);
    }
    return offset == UINT64_MAX ? offset : align_up(offset, CTR_WORD) - start;
}

uint32_t ipcshark_arguments_layout(enum ipcshark_convention convention, bool is_out,
                                   struct ipcshark_field *field, uint32_t count)
{
    uint64_t size;

    if (convention == IPCSHARK_CONVENTION_CMIF)
        size = layout_cmif(field, count);
    else if (convention == IPCSHARK_CONVENTION_TIPC)
        size = layout_tipc(field, count);
    else
        size = layout_ctr(field, count, is_out);
    return size <= ARGUMENTS_MAX_RAW ? (uint32_t)size : UINT32_MAX;
}
