/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "names_tables.h"

#include <ipcshark/horizon_result.h>

#include <stdio.h>

/** Bits 22-31 are reserved and never set by a console. */
#define RESULT_MASK 0x3FFFFFu

const char *horizon_module_name(uint16_t module)
{
    return ipcshark_names_find_value(&ipcshark_names_horizon_modules, module);
}

/** The first range of a module; they are sorted by it. */
static size_t first_range(uint16_t module)
{
    size_t low = 0, high = ipcshark_names_horizon_range_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (ipcshark_names_horizon_ranges[middle].module < module)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/** Ranges lie within each other, the inner behind the outer: the last that fits is the closest. */
static const char *find_range(uint16_t module, uint16_t description)
{
    const char *name = NULL;

    for (size_t n = first_range(module); n < ipcshark_names_horizon_range_count; n++) {
        const struct names_result_range *range = &ipcshark_names_horizon_ranges[n];

        if (range->module != module)
            break;
        if (range->first <= description && description <= range->last)
            name = names_text(range->name);
    }
    return name;
}

const char *horizon_result_name(uint32_t result)
{
    const char *name =
        ipcshark_names_find_value(&ipcshark_names_horizon_results, result & RESULT_MASK);

    if (name || (result & RESULT_MASK) == 0)
        return name;
    return find_range(horizon_result_module(result), horizon_result_description(result));
}

int horizon_result_format(uint32_t result, char *text, size_t size)
{
    uint16_t module = horizon_result_module(result);
    unsigned int number = 2000u + module;
    unsigned int description = horizon_result_description(result);
    const char *module_name = horizon_module_name(module);
    const char *name = horizon_result_name(result);

    if (result == 0)
        return snprintf(text, size, "ok");
    if (!module_name)
        return snprintf(text, size, "%04u-%04u", number, description);
    if (!name)
        return snprintf(text, size, "%s (%04u-%04u)", module_name, number, description);
    return snprintf(text, size, "%s %s (%04u-%04u)", module_name, name, number, description);
}
