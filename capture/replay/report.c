/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report.h"

#include "json_out.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const verdict_names[VERDICTS] = {
    [VERDICT_SAME] = "same",
    [VERDICT_DIFFERENT] = "different",
    [VERDICT_MISSING] = "missing",
    [VERDICT_EXTRA] = "extra",
    [VERDICT_NOT_COMPARED] = "not compared",
    [VERDICT_NOT_SENT] = "not sent",
};

static const char *const verdict_keys[VERDICTS] = {
    [VERDICT_SAME] = "same",
    [VERDICT_DIFFERENT] = "different",
    [VERDICT_MISSING] = "missing",
    [VERDICT_EXTRA] = "extra",
    [VERDICT_NOT_COMPARED] = "not_compared",
    [VERDICT_NOT_SENT] = "not_sent",
};

void report_init(struct report *report, gboolean is_json, gboolean is_verbose)
{
    *report =
        (struct report){.is_json = is_json, .is_verbose = is_verbose, .json = g_string_new(NULL)};
}

void report_clear(struct report *report)
{
    g_string_free(report->json, TRUE);
}

static void print_call(const struct replay_call *call, enum verdict verdict, const char *why,
                       const GArray *differences)
{
    g_autofree char *title = replay_call_title(call);
    g_autofree char *process = replay_call_process(call);

    printf("#%" PRIu64 " %s (%s%spid %u): %s%s%s\n", call->number, title, process,
           *process ? ", " : "", call->enter.header.pid, verdict_names[verdict], why ? ": " : "",
           why ? why : "");
    for (guint n = 0; differences && n < differences->len; n++) {
        const struct difference *difference = &g_array_index(differences, struct difference, n);

        printf("    %s: %s, now %s\n", difference->name, difference->captured, difference->now);
    }
}

static void write_call(GString *out, const struct replay_call *call, enum verdict verdict,
                       const char *why, const GArray *differences)
{
    g_autofree char *process = replay_call_process(call);

    out_object(out, NULL);
    out_number(out, "number", call->number);
    out_string(out, "verdict", verdict_keys[verdict]);
    out_string(out, "process", process);
    out_number(out, "pid", call->enter.header.pid);
    out_string(out, "service", call->call.service);
    out_string(out, "interface", call->call.interface_name);
    out_string(out, "command", call->call.command);
    if (why)
        out_string(out, "why", why);
    out_array(out, "fields");
    for (guint n = 0; differences && n < differences->len; n++) {
        const struct difference *difference = &g_array_index(differences, struct difference, n);

        out_object(out, NULL);
        out_string(out, "name", difference->name);
        out_string(out, "captured", difference->captured);
        out_string(out, "now", difference->now);
        out_object_end(out);
    }
    out_array_end(out);
    out_object_end(out);
}

static gboolean is_told(const struct report *report, enum verdict verdict)
{
    return report->is_verbose || (verdict != VERDICT_SAME && verdict != VERDICT_NOT_COMPARED);
}

void report_call(struct report *report, const struct replay_call *call, enum verdict verdict,
                 const char *why, const GArray *differences)
{
    report->count[verdict]++;
    if (!is_told(report, verdict))
        return;
    if (report->is_json)
        write_call(report->json, call, verdict, why, differences);
    else
        print_call(call, verdict, why, differences);
}

static void print_sums(const struct report *report)
{
    const guint64 *count = report->count;
    guint64 calls = 0;

    for (int n = 0; n < VERDICTS; n++)
        calls += count[n];
    printf("%" PRIu64 " calls: %" PRIu64 " same, %" PRIu64 " different, %" PRIu64 " missing", calls,
           count[VERDICT_SAME], count[VERDICT_DIFFERENT], count[VERDICT_MISSING]);
    if (count[VERDICT_EXTRA])
        printf(", %" PRIu64 " extra", count[VERDICT_EXTRA]);
    if (count[VERDICT_NOT_SENT])
        printf(", %" PRIu64 " not sent", count[VERDICT_NOT_SENT]);
    if (count[VERDICT_NOT_COMPARED])
        printf(", %" PRIu64 " not compared (no reply in the capture)", count[VERDICT_NOT_COMPARED]);
    putchar('\n');
    if (report->simulated)
        printf("%" PRIu64 " calls are the captured server's own\n", report->simulated);
}

static void write_json(const struct report *report, const char *capture, const char *other)
{
    g_autoptr(GString) out = g_string_new(NULL);

    out_object(out, NULL);
    out_string(out, "capture", capture);
    out_string(out, "other", other);
    for (int n = 0; n < VERDICTS; n++)
        out_number(out, verdict_keys[n], report->count[n]);
    out_number(out, "server_own", report->simulated);
    g_string_append_printf(out, ",\"calls\":[%s]", report->json->str);
    out_object_end(out);
    puts(out->str);
}

gboolean report_finish(struct report *report, const char *capture, const char *other)
{
    const guint64 *count = report->count;

    if (report->is_json)
        write_json(report, capture, other);
    else
        print_sums(report);
    return !count[VERDICT_DIFFERENT] && !count[VERDICT_MISSING] && !count[VERDICT_EXTRA] &&
           !count[VERDICT_NOT_SENT];
}
