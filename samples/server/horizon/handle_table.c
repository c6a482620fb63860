/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Handle value: bits 0-14 table index, 15-29 serial (1..0x7FFF). "A fresh 1024-entry table hands
 * out index 1023 downwards with serial 1, 2, …" (kern_k_handle_table.hpp): first 0x83FF, then
 * 0x103FE.
 */
#include "horizon.h"

#define INDEX_BITS  15
#define INDEX_MASK  0x7FFFu
#define SERIAL_LAST 0x7FFF

void horizon_handle_table_init(struct horizon_handle_table *table)
{
    *table =
        (struct horizon_handle_table){.free_count = HORIZON_HANDLE_TABLE_SIZE, .next_serial = 1};
    for (uint16_t i = 0; i < HORIZON_HANDLE_TABLE_SIZE; i++)
        table->free_index[i] = i;
}

bool horizon_handle_has_room(const struct horizon_handle_table *table)
{
    return table->free_count > 0;
}

uint32_t horizon_handle_add(struct horizon_handle_table *table, struct horizon_object *object,
                            uint32_t *handle)
{
    uint16_t index;

    *handle = 0;
    if (table->free_count == 0)
        return HORIZON_OUT_OF_HANDLES;

    index = table->free_index[--table->free_count];
    table->object[index] = horizon_object_ref(object);
    table->serial[index] = table->next_serial;
    *handle = (uint32_t)table->next_serial << INDEX_BITS | index;
    table->next_serial = table->next_serial == SERIAL_LAST ? 1 : table->next_serial + 1;
    return 0;
}

static bool is_valid(const struct horizon_handle_table *table, uint32_t handle)
{
    uint32_t index = handle & INDEX_MASK;

    return index < HORIZON_HANDLE_TABLE_SIZE && table->object[index] &&
           table->serial[index] == handle >> INDEX_BITS;
}

struct horizon_object *horizon_handle_find(const struct horizon_handle_table *table,
                                           uint32_t handle)
{
    return is_valid(table, handle) ? table->object[handle & INDEX_MASK] : NULL;
}

bool horizon_handle_close(struct horizon_handle_table *table, uint32_t handle)
{
    uint32_t index = handle & INDEX_MASK;
    struct horizon_object *object;

    if (!is_valid(table, handle))
        return false;

    object = table->object[index];
    table->object[index] = NULL;
    table->free_index[table->free_count++] = (uint16_t)index;
    horizon_object_unref(object);
    return true;
}

void horizon_handle_table_clear(struct horizon_handle_table *table)
{
    for (uint32_t i = 0; i < HORIZON_HANDLE_TABLE_SIZE; i++) {
        if (table->object[i])
            horizon_handle_close(table, (uint32_t)table->serial[i] << INDEX_BITS | i);
    }
}
