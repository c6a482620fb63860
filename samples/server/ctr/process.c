/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes: handle tables as the console lays them out, and what is mapped. */
#include "ctr.h"

#define GENERATION_BITS 15
#define FIRST_MAPPING   0x04000000u
#define END_OF_MAPPINGS 0x08000000u

struct ctr_process *ctr_process_new(struct ctr_kernel *kernel, struct server_process *process)
{
    struct ctr_process *made = g_new0(struct ctr_process, 1);

    made->kernel = kernel;
    made->process = process;
    made->object = ctr_object_new(kernel, CTR_PROCESS);
    made->object->process = made;
    made->slots = g_array_new(FALSE, TRUE, sizeof(struct ctr_slot));
    made->mappings = g_ptr_array_new_with_free_func((GDestroyNotify)ctr_mapping_free);
    made->memory = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)ctr_object_unref);
    g_hash_table_add(kernel->processes, made);
    process->data = made;
    return made;
}

static void close_handles(struct ctr_process *process)
{
    for (guint i = 0; i < process->slots->len; i++) {
        struct ctr_slot *slot = &g_array_index(process->slots, struct ctr_slot, i);
        struct ctr_object *object = slot->object;

        slot->object = NULL;
        ctr_object_unref(object);
    }
}

void ctr_process_free(struct ctr_process *process)
{
    process->object->process = NULL;
    g_hash_table_remove(process->kernel->processes, process);
    close_handles(process);
    ctr_object_unref(process->object);
    g_hash_table_unref(process->memory);
    g_ptr_array_unref(process->mappings);
    g_array_unref(process->slots);
    g_clear_pointer(&process->access, g_hash_table_unref);
    process->process->data = NULL;
    g_free(process);
}

static guint free_slot(struct ctr_process *process)
{
    guint i = 0;

    while (i < process->slots->len && g_array_index(process->slots, struct ctr_slot, i).object)
        i++;
    if (i == process->slots->len && i < CTR_MAX_HANDLES)
        g_array_set_size(process->slots, i + 1);
    return i;
}

uint32_t ctr_handle_new(struct ctr_process *process, struct ctr_object *object)
{
    guint i = free_slot(process);
    struct ctr_slot *slot;

    if (i == CTR_MAX_HANDLES)
        return 0;
    process->generation = (process->generation + 1) & ((1 << GENERATION_BITS) - 1);
    if (!process->generation)
        process->generation = 1;
    slot = &g_array_index(process->slots, struct ctr_slot, i);
    slot->object = ctr_object_ref(object);
    slot->generation = process->generation;
    return slot->generation | (uint32_t)i << GENERATION_BITS;
}

static struct ctr_slot *find_slot(struct ctr_process *process, uint32_t handle)
{
    uint32_t index = handle >> GENERATION_BITS;
    struct ctr_slot *slot;

    if (index >= process->slots->len)
        return NULL;
    slot = &g_array_index(process->slots, struct ctr_slot, index);
    if (!slot->object || slot->generation != (handle & ((1u << GENERATION_BITS) - 1)))
        return NULL;
    return slot;
}

struct ctr_object *ctr_handle_find(struct ctr_process *process, uint32_t handle)
{
    struct ctr_slot *slot = find_slot(process, handle);

    return slot ? slot->object : NULL;
}

struct ctr_object *ctr_handle_find_type(struct ctr_process *process, uint32_t handle,
                                        enum ctr_type type)
{
    struct ctr_object *object = ctr_handle_find(process, handle);

    return object && object->type == type ? object : NULL;
}

bool ctr_handle_close(struct ctr_process *process, uint32_t handle)
{
    struct ctr_slot *slot = find_slot(process, handle);
    struct ctr_object *object = slot ? slot->object : NULL;

    if (!slot)
        return false;
    slot->object = NULL;
    ctr_object_unref(object);
    return true;
}

struct ctr_object *ctr_handle_resolve(struct ctr_process *process, uint32_t handle)
{
    struct ctr_object *object = ctr_handle_find(process, handle);

    if (handle == CTR_CURRENT_PROCESS)
        return ctr_object_ref(process->object);
    if (handle == CTR_CURRENT_THREAD)
        return ctr_object_new(process->kernel, CTR_THREAD);
    return object ? ctr_object_ref(object) : NULL;
}

/** The first gap that is large enough; 0 if there is none. */
static uint32_t find_gap(const struct ctr_process *process, uint32_t pages)
{
    uint32_t base = FIRST_MAPPING;

    for (guint i = 0; i < process->mappings->len;) {
        const struct ctr_mapping *mapping = process->mappings->pdata[i];

        if (mapping->base >= base + pages * CTR_PAGE ||
            base >= mapping->base + mapping->pages * CTR_PAGE) {
            i++;
            continue;
        }
        base = mapping->base + mapping->pages * CTR_PAGE;
        i = 0;
    }
    return base + pages * CTR_PAGE <= END_OF_MAPPINGS ? base : 0;
}

/* Azahar kernel/ipc.cpp: the buffer's pages between two guard pages, the offset in the page
 * kept. */
struct ctr_mapping *ctr_mapping_new(struct ctr_process *process, uint32_t source, uint32_t size)
{
    uint32_t in_page = source % CTR_PAGE;
    uint32_t pages = (in_page + size + CTR_PAGE - 1) / CTR_PAGE + 2;
    uint32_t base = find_gap(process, pages);
    struct ctr_mapping *mapping;

    if (!base)
        return NULL;
    mapping = g_new0(struct ctr_mapping, 1);
    mapping->base = base;
    mapping->pages = pages;
    mapping->source = source;
    mapping->target = base + CTR_PAGE + in_page;
    g_ptr_array_add(process->mappings, mapping);
    return mapping;
}

void ctr_mapping_free(struct ctr_mapping *mapping)
{
    if (mapping->bytes)
        g_byte_array_unref(mapping->bytes);
    g_free(mapping);
}

void ctr_process_unmap_session(struct ctr_process *process, const struct ctr_session *session)
{
    for (guint i = process->mappings->len; i-- > 0;) {
        struct ctr_mapping *mapping = process->mappings->pdata[i];

        if (mapping->session == session)
            g_ptr_array_remove_index(process->mappings, i);
    }
}
