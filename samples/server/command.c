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
    gboolean fixed_time;
};

static const char summary[] =
    "Runs simulated kernels of Nintendo Switch, 3DS and PlayStation 4 with services on top, for\n"
    "clients that speak the ipctap record stream.";

static const char description[] =
    "Examples:\n"
    "  ipcshark server\n"
    "  ipcshark server --listen unix:/tmp/ipcshark --tap capture.pcapng\n"
    "  ipcshark server --listen tcp:127.0.0.1:0 --sandbox ./files --tap tcp:127.0.0.1:18254\n";

static bool parse(struct arguments *arguments, int *argc, char ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"listen", 'l', 0, G_OPTION_ARG_STRING_ARRAY, &arguments->listen,
         "Listen here; may be repeated (default " IPCSHARK_DEFAULT_SERVER "; port 0: any)",
         "tcp:HOST:PORT|unix:PATH"},
        {"tap", 't', 0, G_OPTION_ARG_STRING, &arguments->tap,
         "Send records of both sides of every call to a recorder or a file", "ADDRESS|FILE"},
        {"sandbox", 's', 0, G_OPTION_ARG_FILENAME, &arguments->sandbox,
         "Serve the files below this directory (default: a temporary one with samples)", "DIR"},
        {"wait-for-services", 0, 0, G_OPTION_ARG_NONE, &arguments->wait_for_services,
         "Asking for a service that is not registered waits, as on a console", NULL},
        {"allow-remote", 0, 0, G_OPTION_ARG_NONE, &arguments->allow_remote,
         "Listen on addresses that other machines can reach", NULL},
        {"choose", 0, 0, G_OPTION_ARG_STRING_ARRAY, &arguments->choices,
         "Behave otherwise where nobody knows what a console does; may be repeated "
         "(docs/server-choices.md)",
         "SWITCH=VALUE"},
        {"list-choices", 0, 0, G_OPTION_ARG_NONE, &arguments->list_choices,
         "Print the switches of --choose", NULL},
        {"fault", 0, 0, G_OPTION_ARG_STRING_ARRAY, &arguments->faults,
         "Go wrong on purpose; may be repeated (docs/faults.md)",
         "delay=MS|drop|result=N|reply=N|malformed|close[,system=…,service=…,command=…,every=…]"},
        {"fault-seed", 0, 0, G_OPTION_ARG_INT, &arguments->fault_seed,
         "Seed of the faults' dice: the same calls meet the same faults", "NUMBER"},
        {"max-connections", 0, 0, G_OPTION_ARG_INT, &arguments->max_connections,
         "Connections at once (default " G_STRINGIFY(SERVER_DEFAULT_CONNECTIONS) ")", "NUMBER"},
        {"max-sessions", 0, 0, G_OPTION_ARG_INT, &arguments->max_sessions,
         "Sessions of one port at once, then the console's own error (default " G_STRINGIFY(
             SERVER_DEFAULT_SESSIONS) ")",
         "NUMBER"},
        {"fixed-time", 0, 0, G_OPTION_ARG_NONE, &arguments->fixed_time,
         "Made-up times and source numbers, the same in every run: a capture can be made again",
         NULL},
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
