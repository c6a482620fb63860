/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared memory blocks; their bytes here are the truth. */
#include "ctr.h"

#define MAX_BLOCK (8u << 20) /* So that one record can carry it: a choice. */

static bool is_permission(uint64_t permission)
{
    return permission <= (CTR_PERMISSION_READ | CTR_PERMISSION_WRITE) ||
           permission == CTR_PERMISSION_DO_NOT_CARE;
}

/* "Blocks can not be made with execute permissions." */
static uint32_t check_block(const struct ipctap_kernel_call *arguments)
{
    if (arguments->address % CTR_PAGE)
        return CTR_MISALIGNED_ADDRESS;
    if (!arguments->size)
        return CTR_MISALIGNED_SIZE;
    if (!is_permission(arguments->value) || !is_permission(arguments->value_2))
        return CTR_INVALID_COMBINATION_OS;
    return arguments->size > MAX_BLOCK ? CTR_OUT_OF_MEMORY : 0;
}

struct ctr_object *ctr_memory_new(struct ctr_process *owner, uint32_t size)
{
    struct ctr_object *block = ctr_object_new(owner->kernel, CTR_MEMORY);

    block->owner = owner->process->pid;
    block->memory = g_byte_array_new();
    g_byte_array_set_size(block->memory, size);
    memset(block->memory->data, 0, size);
    return block;
}

static void fill(const struct server_call *call, struct ctr_object *block)
{
    struct ipctap_section initial;

    if (server_call_section(call, IPCTAP_MEMORY, 0, &initial) && initial.captured_size)
        memcpy(block->memory->data, initial.bytes, MIN(initial.captured_size, block->memory->len));
}

void ctr_create_memory_block(struct ctr_process *process, struct server_call *call,
                             const struct ipctap_kernel_call *arguments)
{
    uint64_t size = (arguments->size + CTR_PAGE - 1) / CTR_PAGE * CTR_PAGE;
    uint32_t result = check_block(arguments);
    struct server_charge *charge = result ? NULL : server_charge_new(process->process, size);
    struct ctr_object *block;
    uint32_t handle;

    if (!charge) {
        server_call_finish(call, result ? result : CTR_OUT_OF_MEMORY);
        return;
    }
    block = ctr_memory_new(process, (uint32_t)size);
    block->charge = charge;
    block->own_permission = arguments->value;
    block->other_permission = (uint32_t)arguments->value_2;
    block->is_at_address = arguments->address;
    fill(call, block);
    handle = ctr_handle_new(process, block);
    ctr_object_unref(block);
    server_call_add_results(call, (struct ipctap_kernel_call){.handle = handle, .size = size});
    server_call_finish(call, handle ? 0 : CTR_OUT_OF_HANDLES);
}

/* What the block's owner allows this process. */
static uint32_t permission_of(const struct ctr_process *process, const struct ctr_object *block)
{
    return process->process->pid == block->owner ? block->own_permission : block->other_permission;
}

/* Azahar's kernel/shared_memory.cpp, Map: "error out if the requested permissions don't match what
 * the creator allows"; "automatically allocated blocks can only be mapped with other permissions of
 * DontCare"; "heap-backed ones cannot"; "not compatible with what the creator needs". */
static uint32_t check_permissions(const struct ctr_process *process, const struct ctr_object *block,
                                  uint32_t own, uint64_t other)
{
    uint32_t allowed = permission_of(process, block);

    if (!is_permission(own) || !is_permission(other))
        return CTR_INVALID_COMBINATION_OS;
    if (block->is_at_address == (other == CTR_PERMISSION_DO_NOT_CARE))
        return CTR_INVALID_COMBINATION_OS;
    if (allowed != CTR_PERMISSION_DO_NOT_CARE && (own & ~allowed))
        return CTR_INVALID_COMBINATION_OS;
    if (other != CTR_PERMISSION_DO_NOT_CARE && (block->own_permission & ~other))
        return CTR_WRONG_PERMISSION;
    return 0;
}

void ctr_map_memory_block(struct ctr_process *process, struct server_call *call,
                          const struct ipctap_kernel_call *arguments)
{
    struct ctr_object *block = ctr_handle_find_type(process, arguments->handle, CTR_MEMORY);
    gpointer address = GSIZE_TO_POINTER(arguments->address);
    uint32_t result = block
                          ? check_permissions(process, block, arguments->value, arguments->value_2)
                          : CTR_INVALID_HANDLE;

    if (!result && (!arguments->address || arguments->address % CTR_PAGE))
        result = CTR_MISALIGNED_ADDRESS;
    if (!result && g_hash_table_contains(process->memory, address))
        result = CTR_INVALID_ADDRESS_STATE;
    if (!result) {
        g_hash_table_insert(process->memory, address, ctr_object_ref(block));
        server_call_add_results(call, (struct ipctap_kernel_call){.size = block->memory->len});
    }
    server_call_finish(call, result);
}

void ctr_unmap_memory_block(struct ctr_process *process, struct server_call *call,
                            const struct ipctap_kernel_call *arguments)
{
    struct ctr_object *block = ctr_handle_find_type(process, arguments->handle, CTR_MEMORY);
    gpointer address = GSIZE_TO_POINTER(arguments->address);
    uint32_t result = block ? 0 : CTR_INVALID_HANDLE;

    if (block && g_hash_table_lookup(process->memory, address) != block)
        result = CTR_INVALID_ADDRESS;
    if (!result)
        g_hash_table_remove(process->memory, address);
    server_call_finish(call, result);
}

void ctr_read_memory(struct ctr_process *process, struct server_call *call,
                     const struct ipctap_kernel_call *arguments)
{
    struct ctr_object *block = ctr_handle_find_type(process, arguments->handle, CTR_MEMORY);
    uint64_t offset = arguments->address;

    if (!block) {
        server_call_finish(call, CTR_INVALID_HANDLE);
        return;
    }
    offset = MIN(offset, block->memory->len);
    server_call_add_results(call, (struct ipctap_kernel_call){0});
    server_call_add(call, IPCTAP_MEMORY, 0, offset, block->memory->data + offset,
                    MIN(arguments->size, block->memory->len - offset));
    server_call_finish(call, 0);
}

void ctr_write_memory(struct ctr_process *process, struct server_call *call,
                      const struct ipctap_kernel_call *arguments)
{
    struct ctr_object *block = ctr_handle_find_type(process, arguments->handle, CTR_MEMORY);
    struct ipctap_section section = {0};
    uint32_t result = block ? 0 : CTR_INVALID_HANDLE;

    server_call_section(call, IPCTAP_MEMORY, 0, &section);
    /* A store that its mapping does not allow would be a fault. */
    if (block &&
        !(permission_of(process, block) & (CTR_PERMISSION_WRITE | CTR_PERMISSION_DO_NOT_CARE)))
        result = CTR_INVALID_ADDRESS_STATE;
    if (block && (arguments->address > block->memory->len ||
                  section.captured_size > block->memory->len - arguments->address))
        result = CTR_INVALID_ADDRESS;
    if (!result && section.captured_size)
        memcpy(block->memory->data + arguments->address, section.bytes, section.captured_size);
    server_call_finish(call, result);
}
