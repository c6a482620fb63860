/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "names_tables.h"

#include <ipcshark/ctr_result.h>
#include <ipcshark/names.h>

#include <stdio.h>
#include <string.h>

enum {
    ANY_MODULE = 0xFF,
    FIRST_COMMON_DESCRIPTION = 1000,
};

const char *ctr_command_name(const char *service, uint16_t command_id)
{
    const struct names_group *group = ipcshark_names_find_group(&ipcshark_names_ctr, service);

    return group ? ipcshark_names_find_command(&ipcshark_names_ctr, group, command_id, 0) : NULL;
}

const char *ctr_service_at(size_t n)
{
    return n < ipcshark_names_ctr.group_count ? names_text(ipcshark_names_ctr.group[n].name) : NULL;
}

/** They are sorted by command. */
static size_t first_session(uint16_t command_id)
{
    size_t low = 0, high = ipcshark_names_ctr_session_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (ipcshark_names_ctr_sessions[middle].command < command_id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const char *ctr_command_out_session(const char *service, uint16_t command_id)
{
    for (size_t n = first_session(command_id); service && n < ipcshark_names_ctr_session_count;
         n++) {
        const struct names_ctr_session *session = &ipcshark_names_ctr_sessions[n];

        if (session->command != command_id)
            break;
        if (!strcmp(names_text(session->service), service))
            return names_text(session->session);
    }
    return NULL;
}

const char *ctr_level_name(uint8_t level)
{
    return ipcshark_names_find_value(&ipcshark_names_ctr_levels, level);
}

const char *ctr_summary_name(uint8_t summary)
{
    return ipcshark_names_find_value(&ipcshark_names_ctr_summaries, summary);
}

const char *ctr_module_name(uint8_t module)
{
    return ipcshark_names_find_value(&ipcshark_names_ctr_modules, module);
}

const char *ctr_description_name(uint8_t module, uint16_t description)
{
    uint32_t owner = module;

    if (description == 0 || description >= FIRST_COMMON_DESCRIPTION)
        owner = ANY_MODULE;
    return ipcshark_names_find_value(&ipcshark_names_ctr_descriptions, owner << 16 | description);
}

const char *ctr_result_name(uint32_t result)
{
    return ipcshark_names_find_value(&ipcshark_names_ctr_results, result);
}

/** A name, or its number where there is none. */
static const char *name_or_number(const char *name, unsigned int number, char text[12])
{
    if (name)
        return name;
    snprintf(text, 12, "%u", number);
    return text;
}

int ctr_result_format(uint32_t result, char *text, size_t size)
{
    uint16_t description = result & 0x3FF;
    uint8_t module = (result >> 10) & 0xFF;
    uint8_t summary = (result >> 21) & 0x3F;
    uint8_t level = (result >> 27) & 0x1F;
    const char *name = ctr_result_name(result);
    char numbers[4][12];

    if (result == 0)
        return snprintf(text, size, "ok");
    if (!name)
        name = ctr_description_name(module, description);
    return snprintf(text, size, "0x%08X %s (%s, %s, %s)", (unsigned int)result,
                    name_or_number(name, description, numbers[0]),
                    name_or_number(ctr_level_name(level), level, numbers[1]),
                    name_or_number(ctr_summary_name(summary), summary, numbers[2]),
                    name_or_number(ctr_module_name(module), module, numbers[3]));
}
