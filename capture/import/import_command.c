/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ipcshark import FILE… -w out.pcapng */
#include <errno.h>
#include <locale.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture_file.h"
#include "import.h"
#include "import_command.h"
#include "own_names.h"
#include "usage.h"

enum {
    STATUS_OK = 0,
    STATUS_FAILED = 1,
    STATUS_USAGE = 2,
};

struct arguments {
    char *output;
    char *form_name;
    char *format_name;
    char *platform_name;
    char *op;
    char **names;
    char **files;
    enum capture_file_form form;
    struct import_options options;
};

/** Where the records of one file go. */
struct target {
    struct capture_file *capture;
    guint interface_id;
    guint64 last_time;
    GError *error;
};

static const char summary[] =
    "Makes a capture file of messages that stand in text: Atmosphère crash reports,\n"
    "logs of yuzu and its forks, Ryujinx, Citra and Azahar, console dumps, xxd,\n"
    "hexdump, gdb, lldb, C arrays, bare hex, JSON lines of ipcshark decode; and of\n"
    "ilia's capture files. What it is, each line shows. \"-\" is standard input.";

static const char description[] =
    "Examples:\n"
    "  ipcshark import 01646464.log yuzu_log.txt -w out.pcapng\n"
    "  ipcshark import --platform ctr words.txt -w - | tshark -r - -V\n"
    "\n"
    "What a text leaves out is marked truncated, what it does not tell is unknown.";

static gboolean parse_platform(const char *name, guint8 *platform, GError **error)
{
    static const struct {
        const char *name;
        guint8 platform;
    } known[] = {{"horizon", IPCTAP_HORIZON}, {"switch", IPCTAP_HORIZON}, {"ctr", IPCTAP_CTR},
                 {"3ds", IPCTAP_CTR},         {"orbis", IPCTAP_ORBIS},    {"ps4", IPCTAP_ORBIS}};

    for (size_t n = 0; n < G_N_ELEMENTS(known); n++) {
        if (!strcmp(name, known[n].name)) {
            *platform = known[n].platform;
            return TRUE;
        }
    }
    return usage_error(
        error, "the platform \"%s\" is neither \"horizon\" nor \"ctr\" nor \"orbis\"", name);
}

static gboolean parse_format(const char *name, enum import_format *format, GError **error)
{
    if (import_format_by_name(name, format))
        return TRUE;
    return usage_error(
        error,
        "\"%s\" is none of the formats auto, crash, yuzu, citra, ryujinx, console, hex, "
        "json, ilia",
        name);
}

/** A number says by itself that the dumps are Orbis's. */
static gboolean parse_op(const char *text, struct import_options *options, GError **error)
{
    guint64 op;

    if (!g_ascii_string_to_unsigned(text + 2 * g_str_has_prefix(text, "0x"), 16, 0, UINT32_MAX, &op,
                                    error))
        return FALSE;
    options->platform = IPCTAP_ORBIS;
    options->has_op = TRUE;
    options->op = (guint32)op;
    return TRUE;
}

static gboolean check_arguments(struct arguments *arguments, GError **error)
{
    if (!arguments->files || !arguments->files[0] || !arguments->output)
        return usage_error(error, "one or more files to read and -w FILE are needed");
    return capture_file_form_parse(arguments->form_name, &arguments->form, error) &&
           (!arguments->format_name ||
            parse_format(arguments->format_name, &arguments->options.format, error)) &&
           (!arguments->platform_name ||
            parse_platform(arguments->platform_name, &arguments->options.platform, error)) &&
           (!arguments->op || parse_op(arguments->op, &arguments->options, error));
}

static gboolean parse_arguments(struct arguments *arguments, int *argc, char ***argv,
                                GError **error)
{
    const GOptionEntry entries[] = {
        {"write", 'w', 0, G_OPTION_ARG_FILENAME, &arguments->output,
         "Write the capture here (-: standard output)", "FILE"},
        {"file-format", 'F', 0, G_OPTION_ARG_STRING, &arguments->form_name,
         "pcapng (default) or pcap", "FORMAT"},
        {"format", 0, 0, G_OPTION_ARG_STRING, &arguments->format_name,
         "Only this format (docs/import.md)", "NAME"},
        {"platform", 0, 0, G_OPTION_ARG_STRING, &arguments->platform_name,
         "Of hex dumps: horizon, ctr or orbis", "NAME"},
        {"op", 0, 0, G_OPTION_ARG_STRING, &arguments->op,
         "Hex dumps are blocks of this manager call", "HEX"},
        OWN_NAMES_OPTION(&arguments->names),
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &arguments->files, NULL, "FILE…"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);

    g_option_context_set_summary(context, summary);
    g_option_context_set_description(context, description);
    g_option_context_add_main_entries(context, entries, NULL);
    return g_option_context_parse(context, argc, argv, error) && check_arguments(arguments, error);
}

static void clear_arguments(struct arguments *arguments)
{
    g_free(arguments->output);
    g_free(arguments->form_name);
    g_free(arguments->format_name);
    g_free(arguments->platform_name);
    g_free(arguments->op);
    g_strfreev(arguments->names);
    g_strfreev(arguments->files);
}

/** Times count from the log's start; a record without one stands where the last one stood. */
static bool write_record(void *data, const struct ipctap_header *header, const uint8_t *bytes,
                         size_t size)
{
    struct target *target = data;

    if (header->time)
        target->last_time = header->time;
    return capture_file_write(target->capture, target->interface_id, target->last_time, bytes, size,
                              NULL, &target->error);
}

static void print_report(const char *file, const struct import_report *report)
{
    for (unsigned int n = 0; n < report->case_count; n++)
        g_printerr("%s:%lu: %s\n", file, report->cases[n].line, report->cases[n].why);
    if (report->unreadable > report->case_count)
        g_printerr("%s: and %lu more that could not be read\n", file,
                   report->unreadable - report->case_count);
    if (report->messages == 0 && report->unreadable == 0)
        g_printerr("%s: nothing in it looks like a message; ipcshark import --help names what is "
                   "understood\n",
                   file);
    g_printerr("%s: %lu lines, %lu messages (%lu truncated), %lu unreadable\n", file, report->lines,
               report->messages, report->truncated, report->unreadable);
}

/* ---- Progress ---- */

enum {
    PROGRESS_SIZE = 32 << 20, /**< Bytes that are read before anybody could wonder. */
    BAR_WIDTH = 40,
    BAR_INTERVAL = G_USEC_PER_SEC / 10,
};

/** A bar on a terminal; of what has no size, the bytes read. */
struct bar {
    const char *file;
    guint64 size; /**< 0: unknown. */
    gint64 drawn;
};

static void draw_bar(void *data, uint64_t bytes)
{
    struct bar *bar = data;
    gint64 now = g_get_monotonic_time();
    int part = bar->size ? (int)(MIN(bytes, bar->size) * BAR_WIDTH / bar->size) : 0;

    if (now - bar->drawn < BAR_INTERVAL)
        return;
    bar->drawn = now;
    if (bar->size)
        g_printerr("\r%s [%.*s%*s] %3d %%", bar->file, part,
                   "########################################", BAR_WIDTH - part, "",
                   (int)(MIN(bytes, bar->size) * 100 / bar->size));
    else
        g_printerr("\r%s: %" G_GUINT64_FORMAT " MiB", bar->file, bytes >> 20);
}

static void begin_bar(struct bar *bar, const char *file, FILE *stream,
                      struct import_options *options)
{
    struct stat status;
    bool has_size = fstat(fileno(stream), &status) == 0 && S_ISREG(status.st_mode);

    *bar = (struct bar){.file = file, .size = has_size ? (guint64)status.st_size : 0};
    options->progress_data = bar;
    if (isatty(STDERR_FILENO) && (!has_size || status.st_size > PROGRESS_SIZE))
        options->progress = draw_bar;
}

/** The report takes the bar's line. */
static void end_bar(const struct bar *bar, struct import_options *options)
{
    if (bar->drawn)
        g_printerr("\r\033[K");
    options->progress = NULL;
}

static FILE *open_input(const char *file)
{
    return strcmp(file, "-") ? fopen(file, "rb") : stdin;
}

/** False: the file gave nothing. */
static bool import_file(const char *file, struct import_options *options, struct target *target)
{
    struct import_report report;
    struct bar bar;
    FILE *stream = open_input(file);
    bool is_good;

    if (!stream) {
        g_printerr("%s: %s\n", file, g_strerror(errno));
        return false;
    }
    begin_bar(&bar, file, stream, options);
    import_stream(stream, options, write_record, target, &report);
    end_bar(&bar, options);
    if (stream != stdin)
        fclose(stream);
    print_report(file, &report);
    if (report.failed)
        g_printerr("%s: it could not be read to its end\n", file);
    is_good = report.messages > 0 && !report.failed && !report.stopped;
    import_report_clear(&report);
    return is_good;
}

static int import_files(struct arguments *arguments, struct capture_file *capture)
{
    int status = STATUS_OK;

    for (guint n = 0; arguments->files[n]; n++) {
        g_autofree char *name = g_path_get_basename(arguments->files[n]);
        g_autofree char *text = g_strdup_printf("Imported from %s (%s)", arguments->files[n],
                                                import_format_name(arguments->options.format));
        struct target target = {capture, capture_file_add_interface(capture, name, text), 0, NULL};

        /* One number a file: nobody shall join the calls of two logs. */
        arguments->options.source = (uint16_t)(n % UINT16_MAX + 1);
        if (!import_file(arguments->files[n], &arguments->options, &target))
            status = STATUS_FAILED;
        if (target.error) {
            g_printerr("%s: %s\n", arguments->output, target.error->message);
            g_error_free(target.error);
            return STATUS_FAILED;
        }
    }
    return status;
}

static int run(struct arguments *arguments)
{
    g_autoptr(GError) error = NULL;
    struct capture_file *capture =
        capture_file_open(arguments->output, arguments->form, "ipcshark import", &error);
    int status;

    if (!capture) {
        g_printerr("%s: %s\n", arguments->output, error->message);
        return STATUS_FAILED;
    }
    status = import_files(arguments, capture);
    if (!capture_file_close(capture, &error)) {
        g_printerr("%s: %s\n", arguments->output, error->message);
        status = STATUS_FAILED;
    }
    return status;
}

int ipcshark_import_command(int argc, char **argv)
{
    struct arguments arguments = {.form = CAPTURE_FILE_PCAPNG};
    g_autoptr(GError) error = NULL;
    int status = STATUS_USAGE;

    if (parse_arguments(&arguments, &argc, &argv, &error))
        status = own_names_read(arguments.names) ? run(&arguments) : STATUS_FAILED;
    else
        g_printerr("%s: %s\n", g_get_prgname(), error->message);
    own_names_use(NULL);
    clear_arguments(&arguments);
    return status;
}
