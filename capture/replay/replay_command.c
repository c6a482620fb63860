/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "address.h"
#include "command.h"
#include "live.h"
#include "usage.h"

#include <stdio.h>

enum {
    EXIT_SAME = 0,
    EXIT_DIFFERENT = 1,
    EXIT_ERROR = 2,
    DEFAULT_TIMEOUT = 10000,
};

struct options {
    char *to;
    char *against;
    char **ignored;
    gboolean json;
    gboolean verbose;
    int timeout;
};

static const char description[] =
    "Sends the requests of a capture again, in its order, and compares the replies\n"
    "field by field. Handles, objects and kids are the new ones, times do not count.\n"
    "Exit status: 0 all same, 1 different or missing, 2 error. docs/replay.md.\n"
    "\n"
    "Examples:\n"
    "  ipcshark replay golden.pcapng --to tcp:127.0.0.1:18253\n"
    "  ipcshark replay golden.pcapng --against today.pcapng -i cmif.interface_id\n"
    "  ipcshark replay golden.pcapng --to unix:/tmp/s --json | jq '.calls[].fields'\n";

static gboolean check(struct options *options, int argc, GError **error)
{
    if (argc != 2)
        return usage_error(error, "%d captures are named, it must be one (- is standard input)",
                           argc - 1);
    if (options->timeout <= 0)
        return usage_error(error, "a timeout is at least 1 millisecond");
    if (!options->to == !options->against)
        return usage_error(error, "say either --to ADDRESS or --against CAPTURE");
    return TRUE;
}

static gboolean parse_options(struct options *options, int *argc, char ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"to", 't', 0, G_OPTION_ARG_STRING, &options->to, "Send the requests to this server",
         "ADDRESS"},
        {"against", 'a', 0, G_OPTION_ARG_FILENAME, &options->against,
         "Compare with another capture instead", "CAPTURE"},
        {"ignore", 'i', 0, G_OPTION_ARG_STRING_ARRAY, &options->ignored,
         "Fields that may differ, with * and ?", "NAME"},
        {"timeout", 0, 0, G_OPTION_ARG_INT, &options->timeout,
         "Milliseconds to wait for a reply (10000)", "N"},
        {"json", 'j', 0, G_OPTION_ARG_NONE, &options->json, "Report as one JSON object", NULL},
        {"verbose", 'v', 0, G_OPTION_ARG_NONE, &options->verbose, "Tell what is the same, too",
         NULL},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context = g_option_context_new("CAPTURE");

    g_option_context_set_description(context, description);
    g_option_context_add_main_entries(context, entries, NULL);
    return g_option_context_parse(context, argc, argv, error) && check(options, *argc, error);
}

static gboolean replay_to(const struct options *options, const struct capture_calls *calls,
                          const struct replay_options *how, struct report *report, GError **error)
{
    g_autoptr(GSocketAddress) address = ipcshark_address_parse(options->to, error);

    return address && replay_live(calls, address, how, report, error);
}

static gboolean compare(const struct options *options, const struct capture_calls *calls,
                        struct report *report, GError **error)
{
    const struct replay_options how = {.timeout = (guint)options->timeout,
                                       .ignored = (const char *const *)options->ignored};
    struct capture_calls *other;

    if (options->to)
        return replay_to(options, calls, &how, report, error);
    other = capture_calls_load(options->against, error);
    if (!other)
        return FALSE;
    replay_against(calls, other, &how, report);
    capture_calls_free(other);
    return TRUE;
}

static int run(const struct options *options, const char *path)
{
    g_autoptr(GError) error = NULL;
    struct capture_calls *calls = capture_calls_load(path, &error);
    struct report report;
    int status = EXIT_ERROR;

    report_init(&report, options->json, options->verbose);
    if (calls && compare(options, calls, &report, &error))
        status = report_finish(&report, path, options->to ? options->to : options->against)
                     ? EXIT_SAME
                     : EXIT_DIFFERENT;
    else
        g_printerr("%s: %s\n", g_get_prgname(), error->message);
    report_clear(&report);
    capture_calls_free(calls);
    return status;
}

int ipcshark_replay_command(int argc, char **argv)
{
    struct options options = {.timeout = DEFAULT_TIMEOUT};
    g_autoptr(GError) error = NULL;
    int status = EXIT_ERROR;

    if (parse_options(&options, &argc, &argv, &error))
        status = run(&options, argv[1]);
    else
        g_printerr("%s: %s\n", g_get_prgname(), error->message);
    g_free(options.to);
    g_free(options.against);
    g_strfreev(options.ignored);
    return status;
}
