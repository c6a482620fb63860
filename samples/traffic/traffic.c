/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "address.h"
#include "command.h"
#include "pace.h"
#include "scenarios.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct traffic_scenario *const tables[] = {
    horizon_scenarios,
    ctr_scenarios,
    orbis_scenarios,
    NULL,
};

static void report(struct traffic_run *run, char *message)
{
    run->failures++;
    g_ptr_array_add(run->messages, message);
}

struct traffic_client *traffic_run_connect(struct traffic_run *run, uint8_t platform,
                                           const char *name, uint64_t program_id)
{
    GError *error = NULL;
    struct traffic_client *client = traffic_client_open(run->address, &error);
    uint32_t result;

    run->checks++;
    if (!client) {
        report(run, g_strdup(error->message));
        g_error_free(error);
        return NULL;
    }
    if (!traffic_client_hello(client, platform, name, program_id, 0, NULL, 0, &result)) {
        report(run, g_strdup_printf("Hello of %s failed with 0x%X%s%s", name, result,
                                    client->comment ? ": " : "",
                                    client->comment ? client->comment : ""));
        traffic_client_free(client);
        return NULL;
    }
    return client;
}

/* A thread of its own, as others may still wait in calls. */
#define EXIT_THREAD 0xE817

static void say_exit(struct traffic_run *run, struct traffic_client *client)
{
    const struct ipctap_kernel_call call = {.call = IPCTAP_CALL_EXIT};
    struct record_builder request;
    struct traffic_exit exit = {0};

    traffic_client_begin(client, &request, IPCTAP_KERNEL_CALL);
    request.header.tid = EXIT_THREAD;
    record_builder_add_kernel_call(&request, &call);
    traffic_expect(run, traffic_client_call(client, &request, &exit) && exit.result == 0,
                   "Exit was not answered");
    traffic_exit_clear(&exit);
}

void traffic_run_disconnect(struct traffic_run *run, struct traffic_client *client)
{
    if (!client)
        return;

    if (!client->comment)
        say_exit(run, client);
    run->calls += client->calls;
    if (client->comment)
        report(run, g_strdup_printf("the server said: %s", client->comment));
    traffic_client_free(client);
}

bool traffic_expect(struct traffic_run *run, bool condition, const char *format, ...)
{
    va_list arguments;

    run->checks++;
    if (condition)
        return true;

    va_start(arguments, format);
    report(run, g_strdup_vprintf(format, arguments));
    va_end(arguments);
    return false;
}

bool traffic_expect_equal(struct traffic_run *run, uint64_t actual, uint64_t expected,
                          const char *what)
{
    return traffic_expect(run, actual == expected, "%s: 0x%" PRIX64 ", expected 0x%" PRIX64, what,
                          actual, expected);
}

/* FNV-1a: each scenario has numbers of its own, whatever ran before it. */
static guint32 seed_of(const char *name, guint32 seed)
{
    guint32 hash = 2166136261u ^ seed;

    for (; *name; name++)
        hash = (hash ^ (guint8)*name) * 16777619u;
    return hash;
}

/* What all rounds did. */
struct totals {
    guint64 calls;
    guint64 checks;
    guint64 failures;
    guint32 rounds;
};

static void report_run(const struct traffic_scenario *scenario, const struct traffic_run *run)
{
    printf("%-24s %5u calls %5u checks  %s\n", scenario->name, run->calls, run->checks,
           run->failures ? "FAILED" : "ok");
    for (guint i = 0; i < run->messages->len; i++)
        printf("    %s\n", (const char *)run->messages->pdata[i]);
    fflush(stdout);
}

static void run_scenario(const struct traffic_scenario *scenario, const char *address, guint32 seed,
                         struct totals *totals)
{
    struct traffic_run run = {.address = address,
                              .random = g_rand_new_with_seed(seed_of(scenario->name, seed)),
                              .messages = g_ptr_array_new_with_free_func(g_free)};

    scenario->run(&run);
    if (totals->rounds == 0 || run.failures)
        report_run(scenario, &run);
    totals->calls += run.calls;
    totals->checks += run.checks;
    totals->failures += run.failures;
    g_ptr_array_unref(run.messages);
    g_rand_free(run.random);
}

static bool is_wanted(char **names, const char *name)
{
    return !names || g_strv_contains((const char *const *)names, name) ||
           g_strv_contains((const char *const *)names, "all");
}

static bool is_known(const char *name)
{
    if (!strcmp(name, "all"))
        return true;
    for (size_t i = 0; tables[i]; i++) {
        for (const struct traffic_scenario *scenario = tables[i]; scenario->name; scenario++) {
            if (!strcmp(scenario->name, name))
                return true;
        }
    }
    return false;
}

static void list_scenarios(void)
{
    for (size_t i = 0; tables[i]; i++) {
        for (const struct traffic_scenario *scenario = tables[i]; scenario->name; scenario++)
            printf("%-24s %s\n", scenario->name, scenario->summary);
    }
}

static void run_round(char **names, const char *address, guint32 seed, struct totals *totals)
{
    for (size_t i = 0; tables[i]; i++) {
        for (const struct traffic_scenario *scenario = tables[i]; scenario->name; scenario++) {
            if (is_wanted(names, scenario->name) && !pace_is_stopping())
                run_scenario(scenario, address, seed, totals);
        }
    }
}

struct arguments {
    char **scenarios;
    char *address;
    gboolean list;
    gint64 seed;
    double rate;
    gboolean forever;
    gboolean fixed_time;
};

/* Each round of --forever has other numbers; a round that went wrong can be had again by its
 * seed. */
static bool run_scenarios(const struct arguments *arguments, const char *address)
{
    const struct pace_options options = {.rate = arguments->rate,
                                         .fixed_time = arguments->fixed_time};
    guint32 seed = (guint32)arguments->seed;
    struct totals totals = {0};

    pace_start(&options);
    do {
        guint64 failures = totals.failures;

        run_round(arguments->scenarios, address, seed, &totals);
        if (totals.failures > failures && arguments->forever)
            printf("    with --seed %u\n", seed);
        totals.rounds++;
        seed++;
    } while (arguments->forever && !pace_is_stopping());
    if (arguments->forever)
        printf("%u rounds, %" G_GUINT64_FORMAT " calls, %" G_GUINT64_FORMAT
               " checks, %" G_GUINT64_FORMAT " failures\n",
               totals.rounds, totals.calls, totals.checks, totals.failures);
    return totals.failures == 0;
}

static bool parse(struct arguments *arguments, int *argc, char ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"to", 't', 0, G_OPTION_ARG_STRING, &arguments->address,
         "The server (" IPCSHARK_DEFAULT_SERVER ")", "ADDRESS"},
        {"scenario", 's', 0, G_OPTION_ARG_STRING_ARRAY, &arguments->scenarios,
         "Run this one, or \"all\"; may be repeated", "NAME"},
        {"seed", 0, 0, G_OPTION_ARG_INT64, &arguments->seed, "Seed of what is random (1)",
         "NUMBER"},
        {"rate", 'r', 0, G_OPTION_ARG_DOUBLE, &arguments->rate, "At most so many calls a second",
         "NUMBER"},
        {"forever", 0, 0, G_OPTION_ARG_NONE, &arguments->forever, "Again and again, with new seeds",
         NULL},
        {"fixed-time", 0, 0, G_OPTION_ARG_NONE, &arguments->fixed_time,
         "Made-up times and order, the same in every run", NULL},
        {"list", 'l', 0, G_OPTION_ARG_NONE, &arguments->list, "List the scenarios", NULL},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };
    GOptionContext *context = g_option_context_new("[NAME…]");
    bool parsed;

    g_option_context_set_summary(context,
                                 "Lets clients of all three systems talk to an ipcshark server.");
    g_option_context_set_description(context, "Examples:\n"
                                              "  ipcshark traffic --list\n"
                                              "  ipcshark traffic --scenario horizon-files\n"
                                              "  ipcshark traffic --forever --rate 20\n");
    g_option_context_add_main_entries(context, entries, NULL);
    parsed = g_option_context_parse(context, argc, argv, error);
    g_option_context_free(context);
    return parsed;
}

/* Scenarios may also stand without --scenario. */
static void add_names(struct arguments *arguments, int argc, char **argv)
{
    GStrvBuilder *names = g_strv_builder_new();

    if (arguments->scenarios)
        g_strv_builder_addv(names, (const char **)arguments->scenarios);
    for (int i = 1; i < argc; i++)
        g_strv_builder_add(names, argv[i]);
    g_strfreev(arguments->scenarios);
    arguments->scenarios = g_strv_builder_end(names);
    if (!arguments->scenarios[0])
        g_clear_pointer(&arguments->scenarios, g_strfreev);
    g_strv_builder_unref(names);
}

static const char *find_unknown(char **names)
{
    for (; names && *names; names++) {
        if (!is_known(*names))
            return *names;
    }
    return NULL;
}

static int run(struct arguments *arguments)
{
    const char *unknown = find_unknown(arguments->scenarios);

    if (unknown) {
        g_printerr("%s: there is no scenario \"%s\"; see --list\n", g_get_prgname(), unknown);
        return 2;
    }
    if (arguments->list) {
        list_scenarios();
        return 0;
    }
    if (arguments->rate < 0) {
        g_printerr("%s: a rate of %g calls a second; it must not be negative\n", g_get_prgname(),
                   arguments->rate);
        return 2;
    }
    return run_scenarios(arguments,
                         arguments->address ? arguments->address : IPCSHARK_DEFAULT_SERVER)
               ? 0
               : 1;
}

int ipcshark_traffic_command(int argc, char **argv)
{
    struct arguments arguments = {.seed = 1};
    GError *error = NULL;
    int status = 2;

    if (parse(&arguments, &argc, &argv, &error)) {
        add_names(&arguments, argc, argv);
        status = run(&arguments);
    } else {
        g_printerr("%s: %s\n", g_get_prgname(), error->message);
        g_error_free(error);
    }
    g_strfreev(arguments.scenarios);
    g_free(arguments.address);
    return status;
}
