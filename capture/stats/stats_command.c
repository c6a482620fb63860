/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"
#include "count.h"
#include "own_names.h"
#include "record_source.h"
#include "usage.h"

#include <stdio.h>

enum {
    EXIT_GOOD = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
};

struct options {
    gboolean server;
    gboolean tsv;
    char **names;
};

static const char description[] =
    "Counts calls and errors and measures times per service and command. A call is\n"
    "seen from the process that makes it, or with --server from the serving one.\n\n"
    "Examples:\n"
    "  ipcshark stats calls.pcapng\n"
    "  ipcshark record -c 100000 -w - | ipcshark stats -\n"
    "  ipcshark stats --tsv calls.pcapng | sort -t\"$(printf '\\t')\" -k5nr | head\n";

static gboolean parse_options(struct options *options, int *argc, char ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"server", 's', 0, G_OPTION_ARG_NONE, &options->server, "count the server's side", NULL},
        {"tsv", 't', 0, G_OPTION_ARG_NONE, &options->tsv,
         "tab-separated values: times in nanoseconds, no sum", NULL},
        OWN_NAMES_OPTION(&options->names),
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context = g_option_context_new("FILE");

    g_option_context_set_description(context, description);
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, argc, argv, error))
        return FALSE;
    if (*argc == 2)
        return TRUE;
    return usage_error(error, "%d files are named, it must be one (- is standard input)",
                       *argc - 1);
}

/** False: the file broke off. What came before counts. */
static gboolean take_records(struct count *count, struct record_source *source, GError **error)
{
    struct ipctap_record record;
    GError *broken = NULL;

    while (record_source_next(source, &record, &broken))
        count_take(count, &record);
    if (broken)
        g_propagate_error(error, broken);
    return !broken;
}

static int width_of(const GPtrArray *rows, size_t offset, int least)
{
    int width = least;

    for (guint i = 0; i < rows->len; i++) {
        const char *row = g_ptr_array_index(rows, i);
        const char *text = *(char *const *)(const void *)(row + offset);

        width = MAX(width, (int)g_utf8_strlen(text, -1));
    }
    return MIN(width, 48);
}

/** printf's widths count bytes. */
static void print_padded(const char *text, int width)
{
    printf("%s%*s  ", text, MAX(0, width - (int)g_utf8_strlen(text, -1)), "");
}

static double microseconds(const struct count_row *row, guint64 time)
{
    return row->answered ? (double)time / 1000.0 : 0.0;
}

static void print_row(const struct count_row *row, int service_width, int command_width)
{
    const char *platform = ipctap_platform_name(row->platform);

    print_padded(platform ? platform : "unknown", 8);
    print_padded(row->service, service_width);
    print_padded(row->command, command_width);
    printf("%8" G_GUINT64_FORMAT " %8" G_GUINT64_FORMAT, row->calls, row->errors);
    if (row->answered)
        printf(" %12.1f %12.1f\n", microseconds(row, row->total_time) / (double)row->answered,
               microseconds(row, row->longest_time));
    else
        printf(" %12s %12s\n", "-", "-");
}

static void print_table(const GPtrArray *rows)
{
    int service_width = width_of(rows, G_STRUCT_OFFSET(struct count_row, service), 7);
    int command_width = width_of(rows, G_STRUCT_OFFSET(struct count_row, command), 7);

    print_padded("system", 8);
    print_padded("service", service_width);
    print_padded("command", command_width);
    printf("%8s %8s %12s %12s\n", "calls", "errors", "mean (us)", "longest (us)");
    for (guint i = 0; i < rows->len; i++)
        print_row(g_ptr_array_index(rows, i), service_width, command_width);
}

static void print_values(const GPtrArray *rows)
{
    puts("system\tservice\tcommand\tcalls\terrors\tanswered\ttotal_ns\tlongest_ns");
    for (guint i = 0; i < rows->len; i++) {
        const struct count_row *row = g_ptr_array_index(rows, i);
        const char *platform = ipctap_platform_name(row->platform);

        printf("%s\t%s\t%s\t%" G_GUINT64_FORMAT "\t%" G_GUINT64_FORMAT "\t%" G_GUINT64_FORMAT
               "\t%" G_GUINT64_FORMAT "\t%" G_GUINT64_FORMAT "\n",
               platform ? platform : "unknown", row->service, row->command, row->calls, row->errors,
               row->answered, row->total_time, row->longest_time);
    }
}

static void print_sum(const struct count *count, guint64 foreign)
{
    printf("\n%" G_GUINT64_FORMAT " records, %" G_GUINT64_FORMAT " calls, %" G_GUINT64_FORMAT
           " errors, %" G_GUINT64_FORMAT " unanswered\n",
           count->records, count->calls, count->errors, count->unanswered);
    if (foreign)
        printf("%" G_GUINT64_FORMAT " packets are no records\n", foreign);
    if (count->records && !count->calls)
        printf("No calls seen from the %s; try %s--server\n",
               count->is_server ? "server" : "client", count->is_server ? "without " : "");
}

static void print(const struct options *options, struct count *count, guint64 foreign)
{
    g_autoptr(GPtrArray) rows = count_finish(count);

    if (options->tsv) {
        print_values(rows);
        return;
    }
    print_table(rows);
    print_sum(count, foreign);
}

static int run(const struct options *options, const char *path)
{
    g_autoptr(GError) error = NULL;
    struct record_source *source = record_source_open(path, &error);
    struct count *count;

    if (source) {
        count = count_new(options->server);
        take_records(count, source, &error);
        print(options, count, record_source_foreign(source));
        count_free(count);
    }
    record_source_free(source);
    if (error)
        fprintf(stderr, "%s: %s\n", g_get_prgname(), error->message);
    return error ? EXIT_FAILED : EXIT_GOOD;
}

int ipcshark_stats_command(int argc, char **argv)
{
    struct options options = {0};
    g_autoptr(GError) error = NULL;

    int status = EXIT_USAGE;

    if (!parse_options(&options, &argc, &argv, &error))
        fprintf(stderr, "%s: %s\n", g_get_prgname(), error->message);
    else
        status = own_names_read(options.names) ? run(&options, argv[1]) : EXIT_FAILED;
    g_strfreev(options.names);
    own_names_use(NULL);
    return status;
}
