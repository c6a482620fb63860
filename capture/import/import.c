/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "import.h"

#include <string.h>

#include "importer.h"
#include "lines.h"

enum {
    /** Prose may hold a few hexadecimal digits; a HIPC header has 8 bytes. */
    LEAST_BYTES = 8,
    PROGRESS_LINES = 4096, /**< After so many the progress is told. */
};

static const char *const format_names[] = {
    [IMPORT_AUTO] = "auto",   [IMPORT_CRASH] = "crash",     [IMPORT_YUZU] = "yuzu",
    [IMPORT_CITRA] = "citra", [IMPORT_RYUJINX] = "ryujinx", [IMPORT_CONSOLE] = "console",
    [IMPORT_HEX] = "hex",     [IMPORT_JSON] = "json",       [IMPORT_ILIA] = "ilia",
};

const char *import_format_name(enum import_format format)
{
    return (size_t)format < G_N_ELEMENTS(format_names) ? format_names[format] : NULL;
}

bool import_format_by_name(const char *name, enum import_format *format)
{
    for (size_t n = 0; n < G_N_ELEMENTS(format_names); n++) {
        if (!strcmp(name, format_names[n])) {
            *format = (enum import_format)n;
            return true;
        }
    }
    return false;
}

bool importer_reads(const struct importer *importer, enum import_format format)
{
    return importer->options->format == IMPORT_AUTO || importer->options->format == format;
}

void importer_unreadable(struct importer *importer, unsigned long line, const char *why)
{
    struct import_report *report = importer->report;

    report->unreadable++;
    if (report->case_count == IMPORT_MAX_CASES)
        return;
    report->cases[report->case_count].line = line;
    report->cases[report->case_count].why = g_strdup(why);
    report->case_count++;
}

void import_keep_line(GString *text, struct text line)
{
    if (text->len + text_left(&line) + 1 > IPCTAP_MAX_TEXT)
        return;
    g_string_append_len(text, line.at, (gssize)text_left(&line));
    g_string_append_c(text, '\n');
}

void importer_emit(struct importer *importer, struct import_message *message, unsigned long line)
{
    struct ipctap_header header;
    const char *why = NULL;
    g_autoptr(GByteArray)
        record = import_message_record(message, importer->options->source, &header, &why);

    if (!record) {
        importer_unreadable(importer, line, why);
        return;
    }
    importer->report->messages++;
    if (header.flags & IPCTAP_TRUNCATED)
        importer->report->truncated++;
    if (!importer->sink(importer->sink_data, &header, record->data, record->len))
        importer->report->stopped = true;
}

/** A dump that nobody announced: the bytes, or --platform, tell what it is. */
static void emit_hex(struct importer *importer, struct import_message *message)
{
    enum import_dump_style style = importer->dump.style;

    if (style != IMPORT_DUMP_CONSOLE && importer->options->format == IMPORT_AUTO &&
        message->length < LEAST_BYTES)
        return;
    message->platform = importer->options->platform;
    message->has_op = importer->options->has_op;
    message->op = importer->options->op;
    if (style == IMPORT_DUMP_CONSOLE)
        message->platform = IPCTAP_HORIZON;
    message->source_text = importer->dump_text;
    importer_emit(importer, message, importer->dump_line);
}

/** The dump is over: whose it was makes a message of it. */
static void take_dump(struct importer *importer)
{
    struct import_message message;

    if (importer->dump.style == IMPORT_DUMP_NONE)
        return;
    import_dump_finish(&importer->dump);
    import_message_init(&message);
    message.bytes = importer->dump.bytes;
    message.length = importer->dump.length;
    message.dropped = importer->dump.dropped;
    if (importer->owner == IMPORT_OWNER_CRASH)
        import_crash_dump(importer, &message);
    else if (importer->owner == IMPORT_OWNER_RYUJINX)
        import_exception_dump(importer, &message);
    else if (importer->owner == IMPORT_OWNER_HEX)
        emit_hex(importer, &message);
    import_dump_reset(&importer->dump);
    g_string_truncate(importer->dump_text, 0);
    importer->owner = IMPORT_OWNER_HEX;
}

static bool wants_dump(const struct importer *importer)
{
    enum import_dump_style style = importer->dump.line.style;

    if (importer->owner != IMPORT_OWNER_HEX)
        return style == IMPORT_DUMP_OFFSET;
    if (importer->options->format == IMPORT_CONSOLE)
        return style == IMPORT_DUMP_CONSOLE;
    return importer_reads(importer, IMPORT_HEX);
}

static void keep_dump_line(struct importer *importer, struct text line)
{
    if (importer->dump_text->len == 0)
        importer->dump_line = importer->line;
    import_keep_line(importer->dump_text, line);
}

/** The first line of a dump, or of one that follows another. */
static void begin_dump(struct importer *importer, struct text line)
{
    enum import_dump_step step = import_dump_add(&importer->dump, line);

    if (step == IMPORT_DUMP_NO_LINE) {
        if (importer->dump.line.error && wants_dump(importer))
            importer_unreadable(importer, importer->line, importer->dump.line.error);
        importer->owner = IMPORT_OWNER_HEX; /* What was announced did not come. */
        return;
    }
    if (!wants_dump(importer)) {
        import_dump_reset(&importer->dump);
        return;
    }
    keep_dump_line(importer, line);
    if (step == IMPORT_DUMP_OVER)
        take_dump(importer);
}

/** Adds the line to the dump, or ends the dump before it. */
static void dump_line(struct importer *importer, struct text line)
{
    enum import_dump_step step;

    if (importer->dump.style == IMPORT_DUMP_NONE) {
        begin_dump(importer, line);
        return;
    }
    step = import_dump_add(&importer->dump, line);
    if (step == IMPORT_DUMP_ADDED || step == IMPORT_DUMP_OVER) {
        keep_dump_line(importer, line);
        if (step == IMPORT_DUMP_OVER)
            take_dump(importer);
        return;
    }
    if (importer->dump.line.error)
        importer_unreadable(importer, importer->line, importer->dump.line.error);
    take_dump(importer);
    if (step == IMPORT_DUMP_ANOTHER)
        begin_dump(importer, line);
}

/** People quote logs: "> " stands before each line. */
static struct text without_quotes(struct text line)
{
    while (text_take(&line, "> ") || text_take(&line, ">\t"))
        continue;
    return line;
}

static bool is_comment(struct text line)
{
    text_skip_blanks(&line);
    return text_left(&line) == 0 || text_take(&line, "#") || text_take(&line, "//");
}

static bool known_line(struct importer *importer, struct text line)
{
    return import_crash_line(importer, line) || import_log_line(importer, line) ||
           import_exception_line(importer, line) || import_json_line(importer, line);
}

/**
 * A line of the formats that announce a dump, or need none, ends the dump before it; that one still
 * belongs to whoever announced it.
 */
static void import_line(struct importer *importer, struct text line)
{
    enum import_owner before = importer->owner;
    enum import_owner after;

    if (is_comment(line)) {
        take_dump(importer);
        return;
    }
    if (!known_line(importer, line)) {
        dump_line(importer, line);
        return;
    }
    after = importer->owner;
    importer->owner = before;
    take_dump(importer);
    importer->owner = after;
}

static void importer_init(struct importer *importer, const struct import_options *options,
                          import_sink sink, void *sink_data, struct import_report *report)
{
    importer->options = options;
    importer->report = report;
    importer->sink = sink;
    importer->sink_data = sink_data;
    importer->dump_text = g_string_new(NULL);
    importer->crash.comment = g_string_new(NULL);
    importer->exception.text = g_string_new(NULL);
    import_message_init(&importer->crash.message);
    import_message_init(&importer->exception.message);
    import_dump_reset(&importer->dump);
}

static void importer_free(struct importer *importer)
{
    g_string_free(importer->dump_text, TRUE);
    g_string_free(importer->crash.comment, TRUE);
    g_string_free(importer->exception.text, TRUE);
    g_free(importer);
}

static void check_line(struct importer *importer, const struct import_lines *lines)
{
    if (lines->cut)
        importer_unreadable(importer, lines->number, "the line is longer than 65,536 bytes");
    if (lines->has_nul && !importer->told_zeros) {
        importer_unreadable(importer, lines->number,
                            "this is no text, there are zero bytes in it (a capture file is "
                            "opened as it is)");
        importer->told_zeros = true;
    }
}

static void tell_progress(const struct importer *importer, const struct import_lines *lines)
{
    const struct import_options *options = importer->options;

    if (options->progress && lines->number % PROGRESS_LINES == 0)
        options->progress(options->progress_data, lines->bytes);
}

static void import_text(struct importer *importer, struct import_lines *lines)
{
    while (!importer->report->stopped && import_lines_next(lines)) {
        importer->line = lines->number;
        check_line(importer, lines);
        import_line(importer, without_quotes(text_of(lines->line, lines->length)));
        tell_progress(importer, lines);
    }
    if (!importer->report->stopped)
        take_dump(importer);
    importer->report->lines = lines->number;
}

void import_stream(FILE *stream, const struct import_options *options, import_sink sink,
                   void *sink_data, struct import_report *report)
{
    struct importer *importer = g_new0(struct importer, 1);
    struct import_lines lines;

    memset(report, 0, sizeof *report);
    importer_init(importer, options, sink, sink_data, report);
    import_lines_init(&lines, stream);
    if (import_is_ilia(importer, &lines))
        import_ilia(importer, &lines);
    else
        import_text(importer, &lines);
    report->failed = ferror(stream);
    import_lines_clear(&lines);
    importer_free(importer);
}

void import_report_clear(struct import_report *report)
{
    for (unsigned int n = 0; n < report->case_count; n++)
        g_free(report->cases[n].why);
    report->case_count = 0;
}
