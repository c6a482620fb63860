/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a process's memory may be used for (kern_k_memory_block.hpp, kern_k_page_table_base.cpp):
 * "every block from the page of the first byte to the page of the last byte is tested".
 */
#include "horizon.h"

#include <string.h>

/* State flags, as far as messages ask for them. */
#define USE_IPC        (1 << 0) /* CanUseIpc */
#define USE_NON_SECURE (1 << 1) /* CanUseNonSecureIpc */
#define USE_NON_DEVICE (1 << 2) /* CanUseNonDeviceIpc */
#define USER_BUFFER    (1 << 3) /* CanIpcUserBuffer */
#define LINEAR         (1 << 4) /* LinearMapped */
#define ALL_MAPS       (USE_IPC | USE_NON_SECURE | USE_NON_DEVICE)

static const struct state {
    const char *name;
    unsigned int flags;
} states[] = {
    [HORIZON_MEMORY_FREE] = {"Free", 0},
    [HORIZON_MEMORY_IO] = {"Io", 0},
    [HORIZON_MEMORY_STATIC] = {"Static", 0},
    [HORIZON_MEMORY_CODE] = {"Code", ALL_MAPS | LINEAR},
    [HORIZON_MEMORY_CODE_DATA] = {"CodeData", ALL_MAPS | USER_BUFFER | LINEAR},
    [HORIZON_MEMORY_NORMAL] = {"Normal", ALL_MAPS | USER_BUFFER | LINEAR},
    [HORIZON_MEMORY_SHARED] = {"Shared", LINEAR},
    [HORIZON_MEMORY_ALIAS_CODE] = {"AliasCode", ALL_MAPS | LINEAR},
    [HORIZON_MEMORY_ALIAS_CODE_DATA] = {"AliasCodeData", ALL_MAPS | USER_BUFFER | LINEAR},
    [HORIZON_MEMORY_IPC] = {"Ipc", ALL_MAPS | LINEAR},
    [HORIZON_MEMORY_STACK] = {"Stack", ALL_MAPS | LINEAR},
    [HORIZON_MEMORY_THREAD_LOCAL] = {"ThreadLocal", LINEAR},
    [HORIZON_MEMORY_TRANSFERED] = {"Transfered", ALL_MAPS | LINEAR},
    [HORIZON_MEMORY_SHARED_TRANSFERED] = {"SharedTransfered",
                                          USE_NON_SECURE | USE_NON_DEVICE | LINEAR},
    [HORIZON_MEMORY_SHARED_CODE] = {"SharedCode", USE_NON_SECURE | USE_NON_DEVICE | LINEAR},
    [HORIZON_MEMORY_INACCESSIBLE] = {"Inaccessible", 0},
    [HORIZON_MEMORY_NON_SECURE_IPC] = {"NonSecureIpc", USE_NON_SECURE | USE_NON_DEVICE | LINEAR},
    [HORIZON_MEMORY_NON_DEVICE_IPC] = {"NonDeviceIpc", USE_NON_DEVICE | LINEAR},
    [HORIZON_MEMORY_KERNEL] = {"Kernel", 0},
    [HORIZON_MEMORY_GENERATED_CODE] = {"GeneratedCode", LINEAR},
    [HORIZON_MEMORY_CODE_OUT] = {"CodeOut", LINEAR},
    [HORIZON_MEMORY_COVERAGE] = {"Coverage", 0},
    [HORIZON_MEMORY_INSECURE] = {"Insecure", USE_NON_SECURE | USE_NON_DEVICE | LINEAR},
};

static const struct {
    const char *name;
    unsigned int attribute;
} attributes[] = {
    {"Locked", HORIZON_LOCKED},
    {"IpcLocked", HORIZON_IPC_LOCKED},
    {"DeviceShared", HORIZON_DEVICE_SHARED},
    {"Uncached", HORIZON_UNCACHED},
    {"PermissionLocked", HORIZON_PERMISSION_LOCKED},
};

/* What a use demands of each block. */
static const struct demand {
    unsigned int flags; /* of the state, all of them */
    unsigned int clear; /* attributes that must not be set */
    bool must_be_readable;
    bool must_be_writable;
} demands[] = {
    [HORIZON_USE_LOAD] = {0, 0, true, false},
    [HORIZON_USE_STORE] = {0, 0, true, true},
    [HORIZON_USE_POINTER_SOURCE] = {LINEAR, HORIZON_UNCACHED, true, false},
    [HORIZON_USE_POINTER_TARGET] = {LINEAR, HORIZON_UNCACHED, true, true},
    [HORIZON_USE_USER_BUFFER] = {USER_BUFFER, HORIZON_ALL_ATTRIBUTES, true, true},
};

static const struct demand map_demands[] = {
    [HIPC_MAP_NORMAL] = {USE_IPC, HORIZON_LOCKED | HORIZON_DEVICE_SHARED | HORIZON_UNCACHED, true,
                         false},
    [HIPC_MAP_NON_SECURE] = {USE_NON_SECURE, HORIZON_LOCKED | HORIZON_UNCACHED, true, false},
    [HIPC_MAP_NON_DEVICE] = {USE_NON_DEVICE, HORIZON_LOCKED | HORIZON_UNCACHED, true, false},
};

bool horizon_memory_state(const char *name, enum horizon_memory_state *state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
        if (!strcmp(states[i].name, name)) {
            *state = (enum horizon_memory_state)i;
            return true;
        }
    }
    return false;
}

const char *horizon_memory_state_name(enum horizon_memory_state state)
{
    return states[state].name;
}

unsigned int horizon_memory_attribute(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(attributes); i++) {
        if (!strcmp(attributes[i].name, name))
            return attributes[i].attribute;
    }
    return 0;
}

static bool is_met(const struct demand *demand, const struct horizon_region *region)
{
    return (states[region->state].flags & demand->flags) == demand->flags &&
           !(region->attributes & demand->clear) &&
           (region->is_readable || !demand->must_be_readable) &&
           (region->is_writable || !demand->must_be_writable);
}

static const struct horizon_region *find_region(const GArray *memory, uint64_t address)
{
    for (guint i = 0; i < memory->len; i++) {
        const struct horizon_region *region = &g_array_index(memory, struct horizon_region, i);

        if (address >= region->address && address - region->address < region->size)
            return region;
    }
    return NULL;
}

static bool is_locked(const struct horizon_process *process, uint64_t address, uint64_t end)
{
    for (guint i = 0; i < process->locked->len; i++) {
        const struct horizon_region *region =
            &g_array_index(process->locked, struct horizon_region, i);

        if (address < region->address + region->size && region->address < end)
            return true;
    }
    return false;
}

static bool all_met(const struct horizon_process *process, uint64_t address, uint64_t size,
                    const struct demand *demand)
{
    uint64_t end = address + size;

    if (end < address || end > HORIZON_ADDRESS_END || is_locked(process, address, end))
        return false;
    if (!process->memory)
        return true;
    address &= ~(uint64_t)(HORIZON_PAGE_SIZE - 1);
    while (address < end) {
        const struct horizon_region *region = find_region(process->memory, address);

        if (!region || !is_met(demand, region))
            return false;
        address = region->address + region->size;
    }
    return true;
}

bool horizon_memory_allows(const struct horizon_process *process, uint64_t address, uint64_t size,
                           enum horizon_memory_use use)
{
    return all_met(process, address, size, &demands[use]);
}

bool horizon_memory_allows_map(const struct horizon_process *process, uint64_t address,
                               uint64_t size, uint8_t attribute, bool is_writing)
{
    struct demand demand = map_demands[attribute];

    demand.must_be_writable = is_writing;
    return all_met(process, address, size, &demand);
}

void horizon_memory_lock(struct horizon_process *process, uint64_t address, uint64_t size)
{
    const struct horizon_region region = {.address = address, .size = size};

    g_array_append_val(process->locked, region);
}

void horizon_memory_unlock(struct horizon_process *process, uint64_t address)
{
    for (guint i = 0; i < process->locked->len; i++) {
        if (g_array_index(process->locked, struct horizon_region, i).address == address) {
            g_array_remove_index_fast(process->locked, i);
            return;
        }
    }
}
