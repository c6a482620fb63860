/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "format.h"

#include <inttypes.h>
#include <string.h>

static void append_quoted(GString *out, const char *text)
{
    if (!strpbrk(text, ",\"\n\r")) {
        g_string_append(out, text);
        return;
    }
    g_string_append_c(out, '"');
    for (; *text; text++) {
        if (*text == '"')
            g_string_append_c(out, '"');
        g_string_append_c(out, *text);
    }
    g_string_append_c(out, '"');
}

/** path="/x", mode=1 */
static void append_list(GString *out, const GArray *list)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint n = 0; n < list->len; n++) {
        const struct list_entry *entry = &g_array_index(list, struct list_entry, n);

        g_string_append_printf(text, entry->is_text ? "%s%s=\"%s\"" : "%s%s=%s", n ? ", " : "",
                               entry->name, entry->value);
    }
    append_quoted(out, text->str);
}

static void append_value(GString *out, const struct value *value)
{
    switch (value->kind) {
    case VALUE_NUMBER:
        g_string_append_printf(out, "%" PRIu64, value->number);
        break;
    case VALUE_SIGNED:
        g_string_append_printf(out, "%" PRId64, (int64_t)value->number);
        break;
    case VALUE_BOOL:
        g_string_append(out, value->number ? "true" : "false");
        break;
    case VALUE_TEXT:
        append_quoted(out, value->long_text);
        break;
    case VALUE_LIST:
        append_list(out, value->list);
        break;
    default:
        break;
    }
}

void export_csv(GString *out, const struct row *row)
{
    for (unsigned int n = 0; n < export_column_count; n++) {
        struct value value = {0};

        if (n)
            g_string_append_c(out, ',');
        export_columns[n].get(row, &value);
        append_value(out, &value);
    }
    g_string_append_c(out, '\n');
}

void export_csv_titles(GString *out)
{
    for (unsigned int n = 0; n < export_column_count; n++)
        g_string_append_printf(out, "%s%s", n ? "," : "", export_columns[n].name);
    g_string_append_c(out, '\n');
}
