/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "names_tables.h"

#include <string.h>

const struct names_group *ipcshark_names_find_group(const struct names_table *table,
                                                    const char *name)
{
    size_t low = 0, high = table->group_count;

    while (name && low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(name, ipcshark_names_pool + table->group[middle].name);

        if (order == 0)
            return &table->group[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

/** The first of a group's commands with that id or a greater one. */
static size_t lower_bound(const struct names_command *command, size_t first, size_t end,
                          uint32_t id)
{
    while (first < end) {
        size_t middle = first + (end - first) / 2;

        if (command[middle].id < id)
            first = middle + 1;
        else
            end = middle;
    }
    return first;
}

static int covers(const struct names_range *range, uint32_t firmware)
{
    return range->first <= firmware && firmware <= range->last;
}

/*
 * The rows of one id stand in this order: the name without an end, then the ended ones, newest
 * first. So without a firmware the first row is the newest name; with one, an ended name that
 * covers it is more exact than the open one, whose beginning is often unknown.
 */
const char *ipcshark_names_find_command(const struct names_table *table,
                                        const struct names_group *group, uint32_t id,
                                        uint32_t firmware)
{
    size_t end = group[1].first;
    const char *open_name = NULL;

    for (size_t n = lower_bound(table->command, group->first, end, id);
         n < end && table->command[n].id == id; n++) {
        const struct names_range *range = &ipcshark_names_ranges[table->command[n].range];

        if (firmware && !covers(range, firmware))
            continue;
        if (!firmware || range->last != UINT32_MAX)
            return ipcshark_names_pool + table->command[n].name;
        if (!open_name)
            open_name = ipcshark_names_pool + table->command[n].name;
    }
    return open_name;
}

const char *ipcshark_names_find_value(const struct names_values *values, uint32_t value)
{
    size_t low = 0, high = values->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (values->value[middle].value == value)
            return ipcshark_names_pool + values->value[middle].name;
        if (values->value[middle].value < value)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}
