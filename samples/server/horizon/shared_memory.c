/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared memory and transfer memory (kern_svc_shared_memory.cpp, kern_svc_transfer_memory.cpp,
 * kern_k_shared_memory.cpp, kern_k_transfer_memory.cpp): their bytes here are the truth, processes
 * read and write them by their handles.
 *
 * A block that is made at an address is transfer memory, one without is shared memory.
 */
#include "horizon.h"

#include <string.h>

/* So that one record can carry a block: a choice. */
#define MAX_BLOCK (8u << 20)

struct horizon_memory_block *horizon_memory_block_new(uint32_t owner, uint64_t size)
{
    struct horizon_memory_block *block = g_new0(struct horizon_memory_block, 1);

    block->owner = owner;
    block->owner_permission = HORIZON_PERMISSION_READ | HORIZON_PERMISSION_WRITE;
    block->remote_permission = HORIZON_PERMISSION_DO_NOT_CARE;
    block->size = size;
    block->bytes = g_malloc0(size);
    return block;
}

static void lend(struct horizon_process *process, struct horizon_memory_block *block)
{
    block->lender = process;
    g_ptr_array_add(process->lent, block);
    horizon_memory_lock(process, block->address, block->size);
}

void horizon_memory_block_free(struct horizon_memory_block *block)
{
    if (block->lender) {
        horizon_memory_unlock(block->lender, block->address);
        g_ptr_array_remove_fast(block->lender->lent, block);
    }
    server_charge_free(block->charge);
    g_free(block->bytes);
    g_free(block);
}

struct horizon_object *horizon_memory_object(struct horizon_memory_block *block)
{
    struct horizon_object *object = horizon_object_new(HORIZON_MEMORY_BLOCK);

    object->block = block;
    return object;
}

static bool is_read_or_more(uint64_t permission)
{
    return permission == HORIZON_PERMISSION_READ ||
           permission == (HORIZON_PERMISSION_READ | HORIZON_PERMISSION_WRITE);
}

/* "Address page aligned 0xCC01; size page aligned and not 0 0xCA01; no wrap 0xD401." */
static uint32_t check_range(uint64_t address, uint64_t size)
{
    if (address % HORIZON_PAGE_SIZE)
        return HORIZON_INVALID_ADDRESS;
    if (size == 0 || size % HORIZON_PAGE_SIZE)
        return HORIZON_INVALID_SIZE;
    return address + size <= address ? HORIZON_INVALID_CURRENT_MEMORY : 0;
}

static uint32_t check_shared(const struct ipctap_kernel_call *arguments)
{
    uint32_t result = check_range(0, arguments->size);

    if (result != 0)
        return result;
    if (!is_read_or_more(arguments->value) ||
        (!is_read_or_more(arguments->value_2) &&
         arguments->value_2 != HORIZON_PERMISSION_DO_NOT_CARE))
        return HORIZON_INVALID_NEW_PERMISSION;
    return 0;
}

/* "Lock the memory": what is lent already cannot be lent again, nor can what is not the
 * process's. */
static uint32_t check_transfer(const struct horizon_process *process,
                               const struct ipctap_kernel_call *arguments)
{
    uint32_t result = check_range(arguments->address, arguments->size);

    if (result != 0)
        return result;
    if (arguments->value != 0 && !is_read_or_more(arguments->value))
        return HORIZON_INVALID_NEW_PERMISSION;
    return horizon_memory_allows(process, arguments->address, arguments->size,
                                 HORIZON_USE_USER_BUFFER)
               ? 0
               : HORIZON_INVALID_CURRENT_MEMORY;
}

static void fill(const struct server_call *call, struct horizon_memory_block *block)
{
    struct ipctap_section initial;

    if (server_call_section(call, IPCTAP_MEMORY, 0, &initial) && initial.captured_size)
        memcpy(block->bytes, initial.bytes, MIN(initial.captured_size, block->size));
}

uint32_t horizon_create_memory_block(struct horizon_kernel *kernel, struct server_call *call,
                                     const struct ipctap_kernel_call *arguments,
                                     struct ipctap_kernel_call *results)
{
    struct horizon_process *process = call->process->data;
    struct horizon_memory_block *block;
    struct server_charge *charge = NULL;
    struct horizon_object *object;
    uint32_t result = arguments->address ? check_transfer(process, arguments)
                                         : check_shared(arguments);

    (void)kernel;
    if (result == 0 && arguments->size <= MAX_BLOCK)
        charge = server_charge_new(call->process, arguments->size);
    if (!charge)
        return result ? result : HORIZON_LIMIT_REACHED;
    block = horizon_memory_block_new(call->process->pid, arguments->size);
    block->charge = charge;
    block->address = arguments->address;
    block->owner_permission = arguments->value;
    block->remote_permission = (uint32_t)arguments->value_2;
    fill(call, block);
    object = horizon_memory_object(block);
    result = horizon_handle_add(&process->handles, object, &results->handle);
    if (result == 0 && block->address)
        lend(process, block);
    results->size = block->size;
    horizon_object_unref(object);
    return result;
}

static struct horizon_object *find_block(const struct server_call *call, uint32_t handle)
{
    const struct horizon_process *process = call->process->data;
    struct horizon_object *object = horizon_handle_find(&process->handles, handle);

    return object && object->type == HORIZON_MEMORY_BLOCK ? object : NULL;
}

static uint32_t permission_of(const struct horizon_memory_block *block, uint32_t pid)
{
    return pid == block->owner ? block->owner_permission : block->remote_permission;
}

/* "Validate the permission": exactly the one that the block was made with. */
static uint32_t check_permission(const struct horizon_memory_block *block, uint32_t pid,
                                 uint32_t permission)
{
    uint32_t wanted = permission_of(block, pid);

    if (block->address)
        return permission == block->owner_permission && !block->is_mapped ? 0
                                                                          : HORIZON_INVALID_STATE;
    return wanted == HORIZON_PERMISSION_DO_NOT_CARE || wanted == permission
               ? 0
               : HORIZON_INVALID_NEW_PERMISSION;
}

static bool is_mapped(const struct horizon_process *process, uint64_t address, uint64_t size)
{
    for (guint i = 0; i < process->mappings->len; i++) {
        const struct horizon_mapping *mapping =
            &g_array_index(process->mappings, struct horizon_mapping, i);

        if (address < mapping->address + mapping->object->block->size &&
            mapping->address < address + size)
            return true;
    }
    return false;
}

static uint32_t check_mapping(const struct server_call *call,
                              const struct ipctap_kernel_call *arguments,
                              const struct horizon_object *object)
{
    const struct horizon_process *process = call->process->data;
    uint32_t result;

    if (arguments->address + arguments->size > HORIZON_ADDRESS_END)
        return HORIZON_INVALID_MEMORY_REGION;
    if (arguments->size != object->block->size)
        return HORIZON_INVALID_SIZE;
    result = check_permission(object->block, call->process->pid, arguments->value);
    if (result == 0 && is_mapped(process, arguments->address, arguments->size))
        result = HORIZON_INVALID_CURRENT_MEMORY;
    return result;
}

/* Which permission is no permission at all is another error for each kind. */
static uint32_t check_permission_value(const struct horizon_object *object, uint32_t permission)
{
    if (object && object->block->address)
        return permission == 0 || is_read_or_more(permission) ? 0 : HORIZON_INVALID_STATE;
    return is_read_or_more(permission) ? 0 : HORIZON_INVALID_NEW_PERMISSION;
}

uint32_t horizon_map_memory_block(struct horizon_kernel *kernel, struct server_call *call,
                                  const struct ipctap_kernel_call *arguments,
                                  struct ipctap_kernel_call *results)
{
    struct horizon_process *process = call->process->data;
    struct horizon_object *object = find_block(call, arguments->handle);
    uint32_t result = check_range(arguments->address, arguments->size);

    (void)kernel;
    if (result == 0)
        result = check_permission_value(object, arguments->value);
    if (result == 0 && !object)
        result = HORIZON_INVALID_HANDLE;
    if (result == 0)
        result = check_mapping(call, arguments, object);
    if (result == 0) {
        const struct horizon_mapping mapping = {arguments->address, horizon_object_ref(object)};

        object->block->is_mapped = true;
        g_array_append_val(process->mappings, mapping);
        results->size = object->block->size;
    }
    return result;
}

void horizon_mapping_clear(gpointer data)
{
    struct horizon_mapping *mapping = data;

    mapping->object->block->is_mapped = false;
    horizon_object_unref(mapping->object);
}

uint32_t horizon_unmap_memory_block(struct horizon_kernel *kernel, struct server_call *call,
                                    const struct ipctap_kernel_call *arguments,
                                    struct ipctap_kernel_call *results)
{
    struct horizon_process *process = call->process->data;
    const struct horizon_object *object = find_block(call, arguments->handle);

    (void)kernel;
    (void)results;
    if (arguments->address % HORIZON_PAGE_SIZE)
        return HORIZON_INVALID_ADDRESS;
    if (!object)
        return HORIZON_INVALID_HANDLE;
    for (guint i = 0; i < process->mappings->len; i++) {
        const struct horizon_mapping *mapping =
            &g_array_index(process->mappings, struct horizon_mapping, i);

        if (mapping->address == arguments->address && mapping->object == object) {
            g_array_remove_index_fast(process->mappings, i);
            return 0;
        }
    }
    return HORIZON_INVALID_CURRENT_MEMORY;
}

/* "A read past the end returns what there is." */
uint32_t horizon_read_memory(struct horizon_kernel *kernel, struct server_call *call,
                             const struct ipctap_kernel_call *arguments,
                             struct ipctap_kernel_call *results)
{
    const struct horizon_object *object = find_block(call, arguments->handle);
    uint64_t offset;

    (void)kernel;
    (void)results;
    if (!object)
        return HORIZON_INVALID_HANDLE;
    offset = MIN(arguments->address, object->block->size);
    server_call_add(call, IPCTAP_MEMORY, 0, offset, object->block->bytes + offset,
                    MIN(arguments->size, object->block->size - offset));
    return 0;
}

/* A store that the process's mapping does not allow would be a fault. */
static bool may_write(const struct horizon_memory_block *block, uint32_t pid)
{
    uint32_t permission = permission_of(block, pid);

    if (block->address)
        return pid != block->owner || (permission & HORIZON_PERMISSION_WRITE);
    return permission == HORIZON_PERMISSION_DO_NOT_CARE || (permission & HORIZON_PERMISSION_WRITE);
}

uint32_t horizon_write_memory(struct horizon_kernel *kernel, struct server_call *call,
                              const struct ipctap_kernel_call *arguments,
                              struct ipctap_kernel_call *results)
{
    const struct horizon_object *object = find_block(call, arguments->handle);
    struct ipctap_section section = {0};

    (void)kernel;
    (void)results;
    if (!object)
        return HORIZON_INVALID_HANDLE;
    server_call_section(call, IPCTAP_MEMORY, 0, &section);
    if (arguments->address > object->block->size ||
        section.captured_size > object->block->size - arguments->address ||
        !may_write(object->block, call->process->pid))
        return HORIZON_INVALID_CURRENT_MEMORY;
    if (section.captured_size)
        memcpy(object->block->bytes + arguments->address, section.bytes, section.captured_size);
    return 0;
}
