/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "horizon.h"

static uint64_t align16(uint64_t value)
{
    return (value + 15) & ~UINT64_C(15);
}

struct horizon_receive_list horizon_receive_list(const struct hipc_message *owner,
                                                 const struct horizon_buffer *buffer,
                                                 const struct hipc_message *incoming)
{
    struct horizon_receive_list list = {.owner = owner, .buffer = *buffer};

    list.base = buffer->address + incoming->raw_offset + 4u * incoming->raw_words;
    return list;
}

/* Modes 1 and 2: one room, filled from its start; each copy begins at a multiple of 16. */
static uint32_t append(struct horizon_receive_list *list, uint64_t base, uint64_t end,
                       uint16_t size, uint64_t *address)
{
    *address = align16(base + list->fill);
    if (*address > end || size > end - *address)
        return HORIZON_OUT_OF_RESOURCE;
    list->fill = *address + size - base;
    return 0;
}

/* Mode 3+: entry[index], never rounded. */
static uint32_t place_indexed(const struct hipc_message *owner, const struct hipc_pointer *pointer,
                              uint64_t *address)
{
    const struct hipc_receive_entry *entry;

    if (pointer->index >= owner->receive_list_count)
        return HORIZON_OUT_OF_RESOURCE;
    entry = &owner->receive_list[pointer->index];
    if (entry->size == 0 || entry->size < pointer->size || entry->address == 0)
        return HORIZON_OUT_OF_RESOURCE;
    *address = entry->address;
    return 0;
}

uint32_t horizon_receive_list_place(struct horizon_receive_list *list,
                                    const struct hipc_pointer *pointer, uint64_t *address)
{
    const struct hipc_receive_entry *single = &list->owner->receive_list[0];

    switch (list->owner->receive_list_mode) {
    case HIPC_RECEIVE_NONE:
        return HORIZON_OUT_OF_RESOURCE;
    case HIPC_RECEIVE_IN_MESSAGE:
        return append(list, list->base, list->buffer.address + list->buffer.size, pointer->size,
                      address);
    case HIPC_RECEIVE_SINGLE:
        if (single->size == 0)
            return HORIZON_OUT_OF_RESOURCE;
        return append(list, single->address, single->address + single->size, pointer->size,
                      address);
    default:
        return place_indexed(list->owner, pointer, address);
    }
}
