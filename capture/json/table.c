/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "table.h"

#include "json_out.h"

#include <ipcshark/reader.h>

#include <stdarg.h>

/* The widest run of a line: three words, or twelve bytes. */
#define RUN        12
#define RUN_COLUMN 38

/* "  0010  " */
#define OFFSET_COLUMN 8

struct table table_new(const uint8_t *bytes, size_t length, unsigned int unit)
{
    return (struct table){g_string_new(NULL), bytes, length, unit};
}

void table_title(struct table *table, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_string_append_vprintf(table->text, format, arguments);
    va_end(arguments);
    g_string_append_c(table->text, '\n');
}

/** Bytes that are not there are shown as dashes. Returns the width. */
static int append_run(const struct table *table, size_t offset, size_t size)
{
    gsize start = table->text->len;

    for (size_t at = offset; at < offset + size; at += table->unit) {
        struct ipcshark_reader reader = ipcshark_reader(table->bytes, table->length);
        uint32_t value;

        ipcshark_reader_seek(&reader, at);
        value = table->unit == 4 ? ipcshark_read_u32(&reader) : ipcshark_read_u8(&reader);
        if (reader.failed)
            g_string_append(table->text, table->unit == 4 ? "-------- " : "-- ");
        else
            g_string_append_printf(table->text, table->unit == 4 ? "%08x " : "%02x ", value);
    }
    return (int)(table->text->len - start);
}

static void append_line(const struct table *table, size_t offset, size_t size, const char *text)
{
    int width;

    g_string_append_printf(table->text, "  %04zx  ", offset);
    width = append_run(table, offset, size);
    if (*text)
        g_string_append_printf(table->text, "%*s%s", RUN_COLUMN - width, "", text);
    while (table->text->str[table->text->len - 1] == ' ')
        g_string_truncate(table->text, table->text->len - 1);
    g_string_append_c(table->text, '\n');
}

void table_row(struct table *table, size_t offset, size_t size, const char *format, ...)
{
    g_autofree char *text = NULL;
    size_t first = size < RUN ? size : RUN;
    va_list arguments;

    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    append_line(table, offset, first, text);
    for (size_t at = first; at < size; at += RUN)
        append_line(table, offset + at, size - at < RUN ? size - at : RUN, "");
}

void table_more(struct table *table, const char *format, ...)
{
    va_list arguments;

    g_string_append_printf(table->text, "%*s", OFFSET_COLUMN + RUN_COLUMN, "");
    va_start(arguments, format);
    g_string_append_vprintf(table->text, format, arguments);
    va_end(arguments);
    g_string_append_c(table->text, '\n');
}

void table_findings(struct table *table, const struct ipcshark_findings *findings)
{
    if (findings->count)
        g_string_append_c(table->text, '\n');
    for (unsigned int i = 0; i < findings->count; i++) {
        const struct ipcshark_finding *finding = &findings->item[i];
        enum ipcshark_finding_code code = (enum ipcshark_finding_code)finding->code;
        char text[512];

        ipcshark_finding_format(finding, text, sizeof text);
        table_title(table, "  %04x  %s: %s [%s]", finding->offset,
                    out_severity_name(ipcshark_finding_severity(code)), text,
                    ipcshark_finding_name(code));
    }
    if (findings->dropped)
        table_title(table, "  …and %u more", findings->dropped);
}
