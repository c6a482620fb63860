/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hipc_layout.h"

const char *hipc_type_name(uint16_t type)
{
    static const char *const names[] = {
        [HIPC_TYPE_INVALID] = "Invalid",
        [HIPC_TYPE_INVOKE_METHOD] = "InvokeMethod",
        [HIPC_TYPE_RELEASE] = "Release",
        [HIPC_TYPE_INVOKE_MANAGER_METHOD] = "InvokeManagerMethod",
        [HIPC_TYPE_INVOKE_2_METHOD] = "Invoke2Method",
        [HIPC_TYPE_INVOKE_2_MANAGER_METHOD] = "Invoke2ManagerMethod",
        [HIPC_TYPE_INVOKE_2_METHOD_WITH_CONTEXT] = "Invoke2MethodWithContext",
        [HIPC_TYPE_INVOKE_2_MANAGER_METHOD_WITH_CONTEXT] = "Invoke2ManagerMethodWithContext",
    };

    if (type < sizeof names / sizeof *names)
        return names[type];
    if (type == HIPC_TYPE_TIPC_CLOSE)
        return "TipcClose";
    return type >= HIPC_TYPE_TIPC_FIRST_COMMAND ? "TipcCommand" : "Unknown";
}

const char *hipc_map_attribute_name(uint8_t attribute)
{
    static const char *const names[] = {
        [HIPC_MAP_NORMAL] = "Normal",
        [HIPC_MAP_NON_SECURE] = "NonSecure",
        [HIPC_MAP_INVALID] = "Invalid",
        [HIPC_MAP_NON_DEVICE] = "NonDevice",
    };

    return names[attribute & 3];
}

uint64_t hipc_pointer_wide_address(const struct hipc_pointer *pointer)
{
    return pointer->address | (uint64_t)((pointer->reserved >> 9) & 7) << 39;
}

uint8_t hipc_pointer_wide_index(const struct hipc_pointer *pointer)
{
    return (uint8_t)(pointer->index | (pointer->reserved & 0x30));
}

uint64_t hipc_map_wide_address(const struct hipc_map *map)
{
    return map->address | (uint64_t)(map->reserved >> 5) << 39;
}

uint64_t hipc_receive_entry_wide_address(const struct hipc_receive_entry *entry)
{
    return entry->address | (uint64_t)(entry->reserved >> 7) << 39;
}
