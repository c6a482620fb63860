/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "format.h"

#include "json_out.h"

static void write_list(GString *out, const char *name, const GArray *list)
{
    out_array(out, name);
    for (guint n = 0; n < list->len; n++) {
        const struct list_entry *entry = &g_array_index(list, struct list_entry, n);

        out_object(out, NULL);
        out_string(out, "name", entry->name);
        out_string(out, "value", entry->value);
        out_object_end(out);
    }
    out_array_end(out);
}

static void write_value(GString *out, const char *name, const struct value *value)
{
    switch (value->kind) {
    case VALUE_NUMBER:
        out_number(out, name, value->number);
        break;
    case VALUE_SIGNED:
        out_signed(out, name, (int64_t)value->number);
        break;
    case VALUE_BOOL:
        out_bool(out, name, value->number);
        break;
    case VALUE_TEXT:
        out_string(out, name, value->long_text);
        break;
    case VALUE_LIST:
        write_list(out, name, value->list);
        break;
    default:
        out_null(out, name);
        break;
    }
}

/** Every column stands in every line: engines look at the first ones to find the schema. */
static void write_columns(GString *out, const struct row *row)
{
    for (unsigned int n = 0; n < export_column_count; n++) {
        struct value value = {0};

        export_columns[n].get(row, &value);
        write_value(out, export_columns[n].name, &value);
    }
}

void export_jsonl(GString *out, const struct row *row)
{
    out_object(out, NULL);
    write_columns(out, row);
    out_object_end(out);
    g_string_append_c(out, '\n');
}

void export_ek(GString *out, const struct row *row, const char *index)
{
    char time[64];

    out_object(out, NULL);
    out_object(out, "create");
    out_string(out, "_index", index);
    out_object_end(out);
    out_object_end(out);
    g_string_append_c(out, '\n');
    out_object(out, NULL);
    if (row_timestamp(row, time, sizeof time))
        out_string(out, "@timestamp", time);
    write_columns(out, row);
    out_object_end(out);
    g_string_append_c(out, '\n');
}
