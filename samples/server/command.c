/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"
#include "address.h"
#include "server.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

struct arguments {
    char **listen;
    char *tap;
    char *sandbox;
    gboolean wait_for_services;
    gboolean allow_remote;
    gboolean quiet;
    char **faults;
    char **choices;
    gboolean list_choices;
    int fault_seed;
    int max_connections;
    int max_sessions;
    int tap_limit;
    gboolean fixed_time;
};

static const char summary[] =
    "Runs simulated kernels of Nintendo Switch, 3DS and PlayStation 4 with services\n"
    "on top, for clients that speak the ipctap record stream.";

static const char description[] =
    "docs/faults.md has the rules of --fault, docs/server-choices.md the switches.\n\n"
    "Examples:\n"
    "  ipcshark server --listen unix:/tmp/ipcshark --tap capture.pcapng\n"
    "  ipcshark server -l tcp:127.0.0.1:0 -s ./files -t tcp:127.0.0.1:18252\n";

static bool parse(struct arguments *arguments, int *argc, char ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"listen", 'l', 0, G_OPTION_ARG_STRING_ARRAY, &arguments->listen,
         "Listen here (" IPCSHARK_DEFAULT_SERVER "; port 0: any)", "ADDRESS"},
        {"tap", 't', 0, G_OPTION_ARG_STRING, &arguments->tap,
         "Record both sides of every call there", "ADDRESS|FILE"},
        {"tap-limit", 0, 0, G_OPTION_ARG_INT, &arguments->tap_limit,
         "Bytes of each buffer there (65536)", "BYTES"},
        {"sandbox", 's', 0, G_OPTION_ARG_FILENAME, &arguments->sandbox,
         "Serve these files (default: samples of its own)", "DIR"},
        {"wait-for-services", 0, 0, G_OPTION_ARG_NONE, &arguments->wait_for_services,
         "Wait for services as consoles do", NULL},
        {"allow-remote", 0, 0, G_OPTION_ARG_NONE, &arguments->allow_remote,
         "Let other machines connect", NULL},
        {"choose", 0, 0, G_OPTION_ARG_STRING_ARRAY, &arguments->choices,
         "Be otherwise where nobody knows consoles", "SWITCH=VALUE"},
        {"list-choices", 0, 0, G_OPTION_ARG_NONE, &arguments->list_choices,
         "Print the switches of --choose", NULL},
        {"fault", 0, 0, G_OPTION_ARG_STRING_ARRAY, &arguments->faults,
         "Go wrong: delay=200,service=fsp-srv", "RULE"},
        {"fault-seed", 0, 0, G_OPTION_ARG_INT, &arguments->fault_seed, "Seed of the faults' dice",
         "NUMBER"},
        {"max-connections", 0, 0, G_OPTION_ARG_INT, &arguments->max_connections,
         "Connections at once (" G_STRINGIFY(SERVER_DEFAULT_CONNECTIONS) ")", "NUMBER"},
        {"max-sessions", 0, 0, G_OPTION_ARG_INT, &arguments->max_sessions,
         "Sessions of a port at once (" G_STRINGIFY(SERVER_DEFAULT_SESSIONS) ")", "NUMBER"},
        {"fixed-time", 0, 0, G_OPTION_ARG_NONE, &arguments->fixed_time,
         "Made-up times, the same in every run", NULL},
        {"quiet", 'q', 0, G_OPTION_ARG_NONE, &arguments->quiet, "Print nothing but errors", NULL},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };
    GOptionContext *context = g_option_context_new(NULL);
    bool parsed;

    g_option_context_set_summary(context, summary);
    g_option_context_set_description(context, description);
    g_option_context_add_main_entries(context, entries, NULL);
    parsed = g_option_context_parse(context, argc, argv, error);
    if (parsed && *argc > 1) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "unexpected argument \"%s\"",
                    (*argv)[1]);
        parsed = false;
    }
    g_option_context_free(context);
    return parsed;
}

static bool listen_on_all(struct server *server, char **addresses, GError **error)
{
    const char *default_addresses[] = {IPCSHARK_DEFAULT_SERVER, NULL};
    const char *const *address = addresses ? (const char *const *)addresses
                                           : (const char *const *)default_addresses;

    for (; *address; address++) {
        char *bound = server_listen(server, *address, error);

        if (!bound)
            return false;
        server_log(server, "listening on %s", bound);
        g_free(bound);
    }
    return true;
}

/* They arrive through the server's loop; blocked before any thread is there to take them. */
static void block_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

/* A thousand clients with open files need more than the usual 1,024. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static bool serve(const struct arguments *arguments, GError **error)
{
    const struct server_options options = {
        .tap = arguments->tap,
        .tap_limit = (size_t)MAX(arguments->tap_limit, 0),
        .sandbox = arguments->sandbox,
        .wait_for_services = arguments->wait_for_services,
        .allow_remote = arguments->allow_remote,
        .quiet = arguments->quiet,
        .fixed_time = arguments->fixed_time,
        .choices = (const char *const *)arguments->choices,
        .faults = (const char *const *)arguments->faults,
        .fault_seed = (uint32_t)arguments->fault_seed,
        .connections = (unsigned int)MAX(arguments->max_connections, 0),
        .sessions = (unsigned int)MAX(arguments->max_sessions, 0),
    };
    struct server *server;
    bool listening;

    block_signals();
    raise_descriptor_limit();
    server = server_new(&options, error);
    listening = server && listen_on_all(server, arguments->listen, error);
    if (listening) {
        server_run(server);
        server_log_statistics(server);
    }
    server_free(server);
    return listening;
}

static void free_arguments(struct arguments *arguments)
{
    g_strfreev(arguments->listen);
    g_free(arguments->tap);
    g_free(arguments->sandbox);
    g_strfreev(arguments->faults);
    g_strfreev(arguments->choices);
}

int ipcshark_server_command(int argc, char **argv)
{
    struct arguments arguments = {0};
    GError *error = NULL;
    int status = 0;

    if (!parse(&arguments, &argc, &argv, &error))
        status = 2;
    else if (arguments.list_choices)
        server_choices_print();
    else if (!serve(&arguments, &error))
        status = 1;

    if (error)
        g_printerr("%s: %s\n", g_get_prgname(), error->message);
    g_clear_error(&error);
    free_arguments(&arguments);
    return status;
}
