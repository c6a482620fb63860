/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file values.c The codecs' names as value strings. */
#include "ipctap.h"

const value_string *plugin_value_strings(const char *(*name)(uint32_t number), uint32_t limit)
{
    wmem_array_t *values = wmem_array_new(wmem_epan_scope(), sizeof(value_string));
    value_string end = {0, NULL};

    for (uint32_t number = 0; number < limit; number++) {
        value_string value = {number, name(number)};

        if (value.strptr)
            wmem_array_append_one(values, value);
    }
    wmem_array_append_one(values, end);
    return (const value_string *)wmem_array_get_raw(values);
}
