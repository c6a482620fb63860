/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"
#include "format.h"
#include "own_names.h"
#include "record_source.h"
#include "usage.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    EXIT_GOOD = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    FLUSH_SIZE = 1 << 16,
};

enum format {
    FORMAT_JSONL,
    FORMAT_EK,
    FORMAT_CSV,
};

struct options {
    char *format_name;
    char *output;
    char *index;
    char *side;
    enum format format;
    char **names;
};

struct exporter {
    const struct options *options;
    struct row row;
    GString *text;
    FILE *out;
    guint64 rows;
    gboolean has_failed;
};

static const char description[] =
    "Writes a line for each call: request joined with reply, service, command,\n"
    "arguments, results, times, process (docs/export.md). - is standard input.\n"
    "\n"
    "Examples:\n"
    "  ipcshark export calls.pcapng > calls.jsonl\n"
    "  ipcshark export --format csv -w calls.csv calls.pcapng\n"
    "  ipcshark record -w - | ipcshark export - | jq 'select(.failed)'\n"
    "  ipcshark export --format ek calls.pcapng |\n"
    "      curl -H content-type:application/x-ndjson --data-binary @- HOST:9200/_bulk\n";

static gboolean parse_format(struct options *options, GError **error)
{
    static const char *const names[] = {
        [FORMAT_JSONL] = "jsonl", [FORMAT_EK] = "ek", [FORMAT_CSV] = "csv"};

    for (guint n = 0; n < G_N_ELEMENTS(names); n++) {
        if (!options->format_name || !strcmp(options->format_name, names[n])) {
            options->format = (enum format)n;
            return TRUE;
        }
    }
    return usage_error(error, "the format \"%s\" is none of jsonl, ek, csv", options->format_name);
}

static gboolean check(struct options *options, int argc, GError **error)
{
    if (argc != 2)
        return usage_error(error, "%d files are named, it must be one (- is standard input)",
                           argc - 1);
    if (options->side && strcmp(options->side, "client") != 0 &&
        strcmp(options->side, "server") != 0)
        return usage_error(error, "the side \"%s\" is neither client nor server", options->side);
    return parse_format(options, error);
}

static gboolean parse_options(struct options *options, int *argc, char ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"format", 'f', 0, G_OPTION_ARG_STRING, &options->format_name,
         "jsonl (default), ek (OpenSearch bulk) or csv", "NAME"},
        {"write", 'w', 0, G_OPTION_ARG_FILENAME, &options->output,
         "Write to FILE instead of standard output", "FILE"},
        {"index", 0, 0, G_OPTION_ARG_STRING, &options->index,
         "Name of the index with ek (default ipcshark)", "NAME"},
        {"side", 0, 0, G_OPTION_ARG_STRING, &options->side, "Only what this side saw (both)",
         "client|server"},
        OWN_NAMES_OPTION(&options->names),
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context = g_option_context_new("FILE");

    g_option_context_set_description(context, description);
    g_option_context_add_main_entries(context, entries, NULL);
    return g_option_context_parse(context, argc, argv, error) && check(options, *argc, error);
}

static void flush(struct exporter *exporter)
{
    const GString *text = exporter->text;

    if (fwrite(text->str, 1, text->len, exporter->out) != text->len || fflush(exporter->out))
        exporter->has_failed = TRUE;
    g_string_truncate(exporter->text, 0);
}

static gboolean is_wanted(const struct exporter *exporter, const struct pair *pair)
{
    const struct ipctap_record *record = pair->enter ? pair->enter : pair->exit;
    const char *side = exporter->options->side;

    return !side || !(record->header.flags & IPCTAP_SERVER) == !strcmp(side, "client");
}

static void take_pair(void *data, const struct pair *pair)
{
    struct exporter *exporter = data;

    if (!is_wanted(exporter, pair))
        return;
    row_fill(&exporter->row, pair);
    if (exporter->options->format == FORMAT_CSV)
        export_csv(exporter->text, &exporter->row);
    else if (exporter->options->format == FORMAT_EK)
        export_ek(exporter->text, &exporter->row,
                  exporter->options->index ? exporter->options->index : "ipcshark");
    else
        export_jsonl(exporter->text, &exporter->row);
    exporter->rows++;
    if (exporter->text->len >= FLUSH_SIZE)
        flush(exporter);
}

/** Who reads along at a pipe's end gets each call at once; a file in large pieces. */
static gboolean export_records(struct exporter *exporter, struct record_source *source,
                               gboolean is_live, GError **error)
{
    struct pairs *pairs = pairs_new(take_pair, exporter);
    struct ipctap_record record;
    GError *broken = NULL;

    if (exporter->options->format == FORMAT_CSV)
        export_csv_titles(exporter->text);
    while (!exporter->has_failed && record_source_next(source, &record, &broken)) {
        pairs_take(pairs, &record, record_source_number(source));
        if (is_live && exporter->text->len)
            flush(exporter);
    }
    pairs_finish(pairs);
    flush(exporter);
    pairs_free(pairs);
    if (!broken)
        return TRUE;
    g_propagate_error(error, broken);
    return FALSE;
}

static gboolean write_failed(const struct options *options, GError **error)
{
    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "cannot write %s: %s",
                options->output ? options->output : "standard output", g_strerror(errno));
    return FALSE;
}

static gboolean export_source(const struct options *options, struct record_source *source,
                              gboolean is_live, GError **error)
{
    struct exporter exporter = {.options = options, .text = g_string_new(NULL), .out = stdout};
    gboolean is_whole;

    if (options->output && strcmp(options->output, "-") != 0)
        exporter.out = fopen(options->output, "wb");
    if (!exporter.out) {
        g_string_free(exporter.text, TRUE);
        return write_failed(options, error);
    }
    row_init(&exporter.row);
    is_whole = export_records(&exporter, source, is_live, error);
    row_clear(&exporter.row);
    g_string_free(exporter.text, TRUE);
    if (exporter.out != stdout && fclose(exporter.out))
        exporter.has_failed = TRUE;
    if (is_whole && exporter.has_failed)
        return write_failed(options, error);
    if (record_source_foreign(source))
        g_printerr("%s: %" G_GUINT64_FORMAT " packets are no records\n", g_get_prgname(),
                   record_source_foreign(source));
    return is_whole;
}

static int run(const struct options *options, const char *path)
{
    g_autoptr(GError) error = NULL;
    struct record_source *source = record_source_open(path, &error);
    gboolean is_good =
        source && export_source(options, source, !strcmp(path, "-") && !options->output, &error);

    if (!is_good)
        g_printerr("%s: %s\n", g_get_prgname(), error->message);
    record_source_free(source);
    return is_good ? EXIT_GOOD : EXIT_FAILED;
}

int ipcshark_export_command(int argc, char **argv)
{
    struct options options = {0};
    g_autoptr(GError) error = NULL;
    int status = EXIT_USAGE;

    if (!parse_options(&options, &argc, &argv, &error))
        g_printerr("%s: %s\n", g_get_prgname(), error->message);
    else
        status = own_names_read(options.names) ? run(&options, argv[1]) : EXIT_FAILED;
    own_names_use(NULL);
    g_strfreev(options.names);
    g_free(options.format_name);
    g_free(options.output);
    g_free(options.index);
    g_free(options.side);
    return status;
}
