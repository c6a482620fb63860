/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "table.h"

#include "json_out.h"

#include <ipcshark/reader.h>

#include <stdarg.h>
#include <string.h>

/* The widest run of a line: three words, or twelve bytes. */
#define RUN        12
#define RUN_COLUMN 38

/* "  0010  " */
#define OFFSET_COLUMN 8

#define BOLD  "\033[1m"
#define DIM   "\033[2m"
#define CYAN  "\033[36m"
#define PLAIN "\033[0m"

/** A title has no run, a row's text may be empty. */
struct line {
    bool is_row;
    bool is_more; /**< Text that belongs to the row above. */
    size_t offset;
    size_t size;
    char *run; /**< The bytes as they are shown. */
    char *text;
};

static void line_free(gpointer data)
{
    struct line *line = data;

    g_free(line->run);
    g_free(line->text);
    g_free(line);
}

struct table table_new(const uint8_t *bytes, size_t length, unsigned int unit)
{
    return (struct table){.lines = g_ptr_array_new_with_free_func(line_free),
                          .bytes = bytes,
                          .length = length,
                          .unit = unit};
}

void table_clear(struct table *table)
{
    g_ptr_array_unref(table->lines);
}

static struct line *add_line(struct table *table, char *text)
{
    struct line *line = g_new0(struct line, 1);

    line->text = text;
    g_ptr_array_add(table->lines, line);
    return line;
}

void table_title(struct table *table, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add_line(table, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

/** Bytes that are not there are shown as dashes. */
static char *run_text(const struct table *table, size_t offset, size_t size)
{
    GString *run = g_string_new(NULL);

    for (size_t at = offset; at < offset + size; at += table->unit) {
        struct ipcshark_reader reader = ipcshark_reader(table->bytes, table->length);
        uint32_t value;

        ipcshark_reader_seek(&reader, at);
        value = table->unit == 4 ? ipcshark_read_u32(&reader) : ipcshark_read_u8(&reader);
        if (reader.failed)
            g_string_append(run, table->unit == 4 ? "-------- " : "-- ");
        else
            g_string_append_printf(run, table->unit == 4 ? "%08x " : "%02x ", value);
    }
    return g_string_free(run, FALSE);
}

static void add_row(struct table *table, size_t offset, size_t size, char *text)
{
    struct line *line = add_line(table, text);

    line->is_row = true;
    line->offset = offset;
    line->size = size;
    line->run = run_text(table, offset, size);
}

void table_row(struct table *table, size_t offset, size_t size, const char *format, ...)
{
    size_t first = size < RUN ? size : RUN;
    va_list arguments;

    va_start(arguments, format);
    add_row(table, offset, first, g_strdup_vprintf(format, arguments));
    va_end(arguments);
    for (size_t at = first; at < size; at += RUN)
        add_row(table, offset + at, size - at < RUN ? size - at : RUN, g_strdup(""));
}

void table_more(struct table *table, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list arguments;

    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    add_line(table, g_strdup_printf("%*s%s", OFFSET_COLUMN + RUN_COLUMN, "", text))->is_more = true;
}

void table_findings(struct table *table, const struct ipcshark_findings *findings)
{
    table->findings = *findings;
}

/* ---- Rendering ---- */

struct renderer {
    const struct table *table;
    GString *out;
    bool has_colour;
    bool shown[IPCSHARK_MAX_FINDINGS];
};

static void append_coloured(const struct renderer *renderer, const char *colour, const char *text)
{
    if (renderer->has_colour && *colour && *text)
        g_string_append_printf(renderer->out, "%s%s%s", colour, text, PLAIN);
    else
        g_string_append(renderer->out, text);
}

static void end_line(const struct renderer *renderer)
{
    GString *out = renderer->out;

    while (out->len && out->str[out->len - 1] == ' ')
        g_string_truncate(out, out->len - 1);
    g_string_append_c(out, '\n');
}

static void append_row(const struct renderer *renderer, const struct line *line)
{
    g_autofree char *offset = g_strdup_printf("  %04zx  ", line->offset);

    append_coloured(renderer, DIM, offset);
    append_coloured(renderer, CYAN, line->run);
    if (*line->text)
        g_string_append_printf(renderer->out, "%*s%s", RUN_COLUMN - (int)strlen(line->run), "",
                               line->text);
    end_line(renderer);
}

static const char *severity_colour(enum ipcshark_severity severity)
{
    if (severity == IPCSHARK_ERROR)
        return "\033[1;31m";
    return severity == IPCSHARK_WARNING ? "\033[1;33m" : "\033[1;34m";
}

static void append_finding(const struct renderer *renderer, const struct ipcshark_finding *finding)
{
    enum ipcshark_finding_code code = (enum ipcshark_finding_code)finding->code;
    enum ipcshark_severity severity = ipcshark_finding_severity(code);
    char text[512];

    ipcshark_finding_format(finding, text, sizeof text);
    append_coloured(renderer, severity_colour(severity), out_severity_name(severity));
    g_string_append_printf(renderer->out, ": %s [%s]\n", text, ipcshark_finding_name(code));
}

static bool has_bytes_of(const struct line *line, const struct ipcshark_finding *finding)
{
    return line->is_row && finding->offset >= line->offset &&
           finding->offset < line->offset + line->size;
}

/** Carets below the units that the finding touches, as far as they stand in this line. */
static char *carets(const struct table *table, const struct line *line,
                    const struct ipcshark_finding *finding)
{
    size_t width = table->unit == 4 ? 9 : 3;
    size_t first = (finding->offset - line->offset) / table->unit;
    size_t end = finding->offset - line->offset + MAX(finding->length, 1);
    size_t last = (MIN(end, line->size) + table->unit - 1) / table->unit;
    g_autofree char *marks = g_strnfill((last - first) * width - 1, '^');

    return g_strdup_printf("%*s%s ", (int)(first * width), "", marks);
}

static void append_findings_of(struct renderer *renderer, const struct line *line)
{
    const struct ipcshark_findings *findings = &renderer->table->findings;

    for (unsigned int i = 0; i < findings->count; i++) {
        const struct ipcshark_finding *finding = &findings->item[i];
        enum ipcshark_finding_code code = (enum ipcshark_finding_code)finding->code;
        g_autofree char *marks = NULL;

        if (renderer->shown[i] || !has_bytes_of(line, finding))
            continue;
        renderer->shown[i] = true;
        marks = carets(renderer->table, line, finding);
        g_string_append_printf(renderer->out, "%*s", OFFSET_COLUMN, "");
        append_coloured(renderer, severity_colour(ipcshark_finding_severity(code)), marks);
        append_finding(renderer, finding);
    }
}

/** Findings about what is not there, or in no row. */
static void append_other_findings(const struct renderer *renderer)
{
    const struct ipcshark_findings *findings = &renderer->table->findings;
    bool is_first = true;

    for (unsigned int i = 0; i < findings->count; i++) {
        if (renderer->shown[i])
            continue;
        if (is_first)
            g_string_append_c(renderer->out, '\n');
        is_first = false;
        g_string_append_printf(renderer->out, "  %04x  ", findings->item[i].offset);
        append_finding(renderer, &findings->item[i]);
    }
    if (findings->dropped)
        g_string_append_printf(renderer->out, "  …and %u more\n", findings->dropped);
}

static void append_line(const struct renderer *renderer, const struct line *line)
{
    if (line->is_row) {
        append_row(renderer, line);
        return;
    }
    append_coloured(renderer, line->is_more ? "" : BOLD, line->text);
    end_line(renderer);
}

GString *table_render(const struct table *table, bool has_colour)
{
    struct renderer renderer = {
        .table = table, .out = g_string_new(NULL), .has_colour = has_colour};

    const struct line *row = NULL;

    for (guint n = 0; n < table->lines->len; n++) {
        const struct line *line = g_ptr_array_index(table->lines, n);

        if (row && !line->is_more)
            append_findings_of(&renderer, row);
        row = line->is_row ? line : line->is_more ? row : NULL;
        append_line(&renderer, line);
    }
    if (row)
        append_findings_of(&renderer, row);
    append_other_findings(&renderer);
    return renderer.out;
}
