/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "names_tables.h"

#include <ipcshark/names.h>

#include <string.h>

const char *horizon_short_name(const char *interface_name)
{
    const char *colon = interface_name ? strrchr(interface_name, ':') : NULL;

    /* "fsp-srv" has none, and "sm:" ends in one: only "::" separates. */
    if (!colon || colon == interface_name || colon[-1] != ':' || !colon[1])
        return interface_name;
    return colon + 1;
}

static const struct names_service *find_service(const char *service)
{
    size_t low = 0, high = ipcshark_names_service_count;

    while (service && low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(service, ipcshark_names_pool + ipcshark_names_services[middle].name);

        if (order == 0)
            return &ipcshark_names_services[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const char *horizon_service_interface(const char *service)
{
    const struct names_service *found = find_service(service);

    return found ? names_text(found->interface_name) : NULL;
}

const char *horizon_service_at(size_t n, const char **interface_name)
{
    if (n >= ipcshark_names_service_count)
        return NULL;
    if (interface_name)
        *interface_name = names_text(ipcshark_names_services[n].interface_name);
    return names_text(ipcshark_names_services[n].name);
}

static const struct names_group *short_group(size_t n)
{
    return &ipcshark_names_horizon_cmif.group[ipcshark_names_horizon_short[n]];
}

/** The first interface, in the order of short names, that is not before `name`. */
static size_t first_short(const char *name)
{
    size_t low = 0, high = ipcshark_names_horizon_short_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *other = horizon_short_name(ipcshark_names_pool + short_group(middle)->name);

        if (strcmp(other, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/** What is asked about an interface; NULL if the tables do not say. */
struct question {
    uint32_t command_id;
    uint32_t firmware;
    unsigned int n;
    const char *(*answer)(const struct names_group *group, const struct question *question);
};

/** Several interfaces may share a short name ("ISession"): they count only if they agree. */
static const char *ask_short(const char *name, const struct question *question)
{
    const char *answer = NULL;

    for (size_t n = first_short(name); n < ipcshark_names_horizon_short_count; n++) {
        const struct names_group *group = short_group(n);
        const char *other;

        if (strcmp(horizon_short_name(ipcshark_names_pool + group->name), name) != 0)
            break;
        other = question->answer(group, question);
        if (answer && other && strcmp(answer, other) != 0)
            return NULL;
        if (other)
            answer = other;
    }
    return answer;
}

/** `name` may be an interface, in full or short, or a service. */
static const char *ask(const char *name, const struct question *question)
{
    const struct names_group *group = ipcshark_names_find_group(&ipcshark_names_horizon_cmif, name);

    if (!group)
        group = ipcshark_names_find_group(&ipcshark_names_horizon_cmif,
                                          horizon_service_interface(name));
    if (group)
        return question->answer(group, question);
    return name && *name ? ask_short(name, question) : NULL;
}

static const char *answer_command(const struct names_group *group, const struct question *question)
{
    return ipcshark_names_find_command(&ipcshark_names_horizon_cmif, group, question->command_id,
                                       question->firmware);
}

const char *horizon_command_name(const char *interface_name, uint32_t command_id, uint32_t firmware)
{
    struct question question = {command_id, firmware, 0, answer_command};

    return ask(interface_name, &question);
}

const char *horizon_tipc_command_name(const char *service, uint32_t command_id)
{
    const struct names_group *group =
        ipcshark_names_find_group(&ipcshark_names_horizon_tipc, service);

    return group ? ipcshark_names_find_command(&ipcshark_names_horizon_tipc, group, command_id, 0)
                 : NULL;
}

const char *horizon_interface_by_id(uint32_t interface_id)
{
    return ipcshark_names_find_value(&ipcshark_names_interface_ids, interface_id);
}

/** Above the numbers that the table has. */
#define HORIZON_SYSTEM_IDS 0x01000000u

const char *horizon_program_name(uint64_t program_id)
{
    if (program_id >> 32 != HORIZON_SYSTEM_IDS)
        return NULL;
    return ipcshark_names_find_value(&ipcshark_names_horizon_programs, (uint32_t)program_id);
}

static int compare_out(const struct names_out_object *object, uint32_t group, uint32_t command,
                       uint32_t n)
{
    if (object->group != group)
        return object->group < group ? -1 : 1;
    if (object->command != command)
        return object->command < command ? -1 : 1;
    return object->n == n ? 0 : object->n < n ? -1 : 1;
}

static const char *answer_out(const struct names_group *group, const struct question *question)
{
    uint32_t index = (uint32_t)(group - ipcshark_names_horizon_cmif.group);
    size_t low = 0, high = ipcshark_names_out_object_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_out(&ipcshark_names_out_objects[middle], index, question->command_id,
                                question->n);

        if (order == 0)
            return names_text(ipcshark_names_out_objects[middle].object);
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const char *horizon_command_out_interface(const char *interface_name, uint32_t command_id,
                                          unsigned int n)
{
    struct question question = {command_id, 0, n, answer_out};

    return ask(interface_name, &question);
}
