/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layout.h"

#include <string.h>

/** First interface whose name is not before `name`. */
static uint32_t lower_bound(const struct ipcshark_description *description, const char *name)
{
    uint32_t first = 0, end = description->interface_count;

    while (first < end) {
        uint32_t middle = first + (end - first) / 2;

        if (strcmp(description->interface[middle].name, name) < 0)
            first = middle + 1;
        else
            end = middle;
    }
    return first;
}

static bool holds(const struct ipcshark_command *command, uint32_t firmware)
{
    return !firmware || (command->since <= firmware && firmware <= command->until);
}

/** The newest of those with the id that the firmware has. */
static const struct ipcshark_command *find_in(const struct ipcshark_interface *interface,
                                              uint32_t id, uint32_t firmware)
{
    const struct ipcshark_command *found = NULL;
    uint32_t first = 0, end = interface->command_count;

    while (first < end) {
        uint32_t middle = first + (end - first) / 2;

        if (interface->command[middle].id < id)
            first = middle + 1;
        else
            end = middle;
    }
    for (; first < interface->command_count && interface->command[first].id == id; first++) {
        if (holds(&interface->command[first], firmware))
            found = &interface->command[first];
    }
    return found;
}

static const struct ipcshark_command *find_by_service(
    const struct ipcshark_description *description, enum ipcshark_convention convention,
    const char *service, uint32_t id, uint32_t firmware)
{
    const struct ipcshark_command *found = NULL;
    uint32_t first = 0, end = description->service_count;

    while (first < end) {
        uint32_t middle = first + (end - first) / 2;

        if (strcmp(description->service[middle].name, service) < 0)
            first = middle + 1;
        else
            end = middle;
    }
    for (; first < description->service_count && !found; first++) {
        const struct ipcshark_service *bound = &description->service[first];

        if (strcmp(bound->name, service) != 0)
            break;
        if (description->interface[bound->interface].convention == convention)
            found = find_in(&description->interface[bound->interface], id, firmware);
    }
    return found;
}

static const char *short_name_at(const struct ipcshark_description *description, uint32_t n)
{
    return horizon_short_name(description->interface[description->by_short_name[n]].name);
}

/** By the name without its namespaces, if only one CMIF interface has that. */
static const struct ipcshark_command *find_by_short_name(
    const struct ipcshark_description *description, const char *name, uint32_t id,
    uint32_t firmware)
{
    const struct ipcshark_interface *found = NULL;
    uint32_t first = 0, end = description->interface_count;

    while (first < end) {
        uint32_t middle = first + (end - first) / 2;

        if (strcmp(short_name_at(description, middle), name) < 0)
            first = middle + 1;
        else
            end = middle;
    }
    for (; first < description->interface_count; first++) {
        const struct ipcshark_interface *interface =
            &description->interface[description->by_short_name[first]];

        if (strcmp(short_name_at(description, first), name) != 0)
            break;
        if (interface->convention != IPCSHARK_CONVENTION_CMIF)
            continue;
        if (found && strcmp(found->name, interface->name) != 0)
            return NULL;
        found = interface;
    }
    return found ? find_in(found, id, firmware) : NULL;
}

const struct ipcshark_command *ipcshark_arguments_find_exact(
    const struct ipcshark_description *description, enum ipcshark_convention convention,
    const char *name, uint32_t id, uint32_t firmware)
{
    const struct ipcshark_command *found = NULL;

    for (uint32_t i = lower_bound(description, name); i < description->interface_count; i++) {
        const struct ipcshark_interface *interface = &description->interface[i];

        if (strcmp(interface->name, name) != 0)
            break;
        if (interface->convention == convention && !found)
            found = find_in(interface, id, firmware);
    }
    return found;
}

const struct ipcshark_command *ipcshark_find_command(const struct ipcshark_description *description,
                                                     enum ipcshark_convention convention,
                                                     const char *name, uint32_t id,
                                                     uint32_t firmware)
{
    const struct ipcshark_command *found;

    if (!name)
        return NULL;
    found = ipcshark_arguments_find_exact(description, convention, name, id, firmware);
    if (!found)
        found = find_by_service(description, convention, name, id, firmware);
    if (!found && convention == IPCSHARK_CONVENTION_CMIF && !strchr(name, ':'))
        found = find_by_short_name(description, name, id, firmware);
    return found;
}

static const struct ipcshark_command *documented(const struct ipcshark_command *command)
{
    return command && !command->undocumented ? command : NULL;
}

const struct ipcshark_command *horizon_command_description(const char *interface_name,
                                                           uint32_t command_id, uint32_t firmware)
{
    const struct ipcshark_command *found;
    const char *of_service;

    if (!interface_name)
        return NULL;
    found = ipcshark_find_command(&ipcshark_builtin_description, IPCSHARK_CONVENTION_CMIF,
                                  interface_name, command_id, firmware);
    of_service = found ? NULL : horizon_service_interface(interface_name);
    if (of_service)
        found = ipcshark_find_command(&ipcshark_builtin_description, IPCSHARK_CONVENTION_CMIF,
                                      of_service, command_id, firmware);
    return documented(found);
}

const struct ipcshark_command *horizon_tipc_command_description(const char *service,
                                                                uint32_t command_id,
                                                                uint32_t firmware)
{
    return documented(ipcshark_find_command(&ipcshark_builtin_description, IPCSHARK_CONVENTION_TIPC,
                                            service, command_id, firmware));
}

const struct ipcshark_command *ctr_command_description(const char *service, uint16_t command_id)
{
    return documented(ipcshark_find_command(&ipcshark_builtin_description, IPCSHARK_CONVENTION_CTR,
                                            service, command_id, 0));
}
