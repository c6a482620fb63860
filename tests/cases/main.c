/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ipcshark-cases FILE… runs files of kernel cases (docs/kernel-cases.md), a JSON object a line,
 * against the simulated kernels themselves, and prints a line per case and a summary. Exit status:
 * 0 all that could be run are as expected, 1 some are not, 2 a file could not be read. With
 * --may-skip=ID,… every other case that is skipped counts as failed.
 */
#include "case.h"

#include <ipcshark/horizon_result.h>
#include <stdio.h>
#include <string.h>

struct totals {
    unsigned int cases, passed, failed, skipped;
    GString *failed_ids;
    char **may_skip; /* NULL: any */
};

struct area {
    const char *name;
    void (*run)(struct test_case *test);
};

static const struct area areas[] = {
    {"kernel.request", run_kernel_request},
    {"kernel.reply", run_kernel_reply},
    {"kernel.svc", run_kernel_svc},
    {"sf.server", run_sf_server},
    {"tipc.server", run_tipc_server},
    {"codec", run_codec},
    {"service.horizon", run_service_horizon},
    {"service.ctr", run_service_ctr},
    {"orbis", run_orbis},
};

static void run(struct test_case *test)
{
    for (size_t i = 0; i < G_N_ELEMENTS(areas); i++) {
        if (test->area && !strcmp(areas[i].name, test->area)) {
            areas[i].run(test);
            return;
        }
    }
    case_skip(test, "unknown area \"%s\"", test->area ? test->area : "");
}

static void report(const struct test_case *test, struct totals *totals)
{
    totals->cases++;
    if (test->skip) {
        totals->skipped++;
        if (totals->may_skip && !g_strv_contains((const char *const *)totals->may_skip, test->id))
            g_string_append_printf(totals->failed_ids, " %s", test->id);
        printf("skip %s %s: %s\n", test->id, test->name, test->skip);
    } else if (test->faults->len) {
        totals->failed++;
        g_string_append_printf(totals->failed_ids, " %s", test->id);
        printf("FAIL %s %s: %s\n", test->id, test->name, test->faults->str);
    } else {
        totals->passed++;
        printf("ok %s %s\n", test->id, test->name);
    }
    fflush(stdout);
}

static const char *text_or(JsonObject *object, const char *key, const char *missing)
{
    const char *text = member_text(object, key);

    return text ? text : missing;
}

static void run_case(JsonObject *object, struct totals *totals)
{
    struct test_case test = {.id = text_or(object, "id", "?"),
                             .area = member_text(object, "area"),
                             .name = text_or(object, "name", text_or(object, "section", "")),
                             .given = member_object(object, "given"),
                             .expect = member_object(object, "expect"),
                             .faults = g_string_new(NULL)};

    if (!test.expect) {
        case_skip(&test, "nothing is expected");
    } else if (!test.area && member_text(object, "op")) {
        test.given = object;
        run_ctr(&test);
    } else if (!test.given) {
        case_skip(&test, "nothing is given");
    } else {
        run(&test);
    }
    report(&test, totals);
    g_string_free(test.faults, TRUE);
    g_free(test.skip);
}

static bool run_line(const char *path, unsigned int number, const char *line, struct totals *totals)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autoptr(GError) error = NULL;
    JsonNode *root;

    if (!json_parser_load_from_data(parser, line, -1, &error)) {
        fprintf(stderr, "%s:%u: %s\n", path, number, error->message);
        return false;
    }
    root = json_parser_get_root(parser);
    if (!root || !JSON_NODE_HOLDS_OBJECT(root)) {
        fprintf(stderr, "%s:%u: no JSON object\n", path, number);
        return false;
    }
    run_case(json_node_get_object(root), totals);
    return true;
}

static bool run_file(const char *path, struct totals *totals)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    bool is_good = true;

    if (!g_file_get_contents(path, &text, NULL, &error)) {
        fprintf(stderr, "%s\n", error->message);
        return false;
    }
    lines = g_strsplit(text, "\n", -1);
    for (unsigned int i = 0; lines[i]; i++) {
        if (*g_strstrip(lines[i]))
            is_good = run_line(path, i + 1, lines[i], totals) && is_good;
    }
    return is_good;
}

static bool run_argument(const char *argument, struct totals *totals)
{
    static const char may_skip[] = "--may-skip=";

    if (!g_str_has_prefix(argument, may_skip))
        return run_file(argument, totals);
    g_strfreev(totals->may_skip);
    totals->may_skip = g_strsplit(argument + strlen(may_skip), ",", -1);
    return true;
}

int main(int argc, char **argv)
{
    struct totals totals = {.failed_ids = g_string_new(NULL)};
    bool is_good = argc > 1;
    int status;

    if (!is_good)
        fputs("Usage: ipcshark-cases [--may-skip=ID,…] FILE…\n", stderr);
    for (int i = 1; i < argc; i++)
        is_good = run_argument(argv[i], &totals) && is_good;
    printf("%u of %u cases ok, %u failed, %u skipped\n", totals.passed, totals.cases, totals.failed,
           totals.skipped);
    if (totals.failed_ids->len)
        printf("failed:%s\n", totals.failed_ids->str);
    status = !is_good ? 2 : totals.failed_ids->len > 0;
    g_string_free(totals.failed_ids, TRUE);
    g_strfreev(totals.may_skip);
    return status;
}
