/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Joins the calls of two captures: processes by name, program and order of appearance, the calls of
 * two processes in their order. Where the next calls are not of the same command, the nearest place
 * is looked for where both go on alike; what lies before it is missing or extra.
 */
#include "live.h"

enum {
    WINDOW = 256, /**< Calls that are looked ahead on either side. */
};

struct sequence {
    guint16 source;
    guint32 pid;
    gboolean is_joined;
    gboolean is_over; /**< Its process has exited; the pid may be another's now. */
    char *name;
    guint64 program_id;
    GPtrArray *calls; /**< Not owned. */
    GPtrArray *titles;
};

static void sequence_free(gpointer data)
{
    struct sequence *sequence = data;

    g_free(sequence->name);
    g_ptr_array_unref(sequence->calls);
    g_ptr_array_unref(sequence->titles);
    g_free(sequence);
}

static struct sequence *sequence_new(const struct replay_call *call)
{
    struct sequence *sequence = g_new0(struct sequence, 1);

    sequence->source = call->enter.header.source;
    sequence->pid = replay_call_pid(call);
    sequence->name = replay_call_process(call);
    sequence->program_id = call->enter.header.program_id;
    sequence->calls = g_ptr_array_new();
    sequence->titles = g_ptr_array_new_with_free_func(g_free);
    return sequence;
}

static struct sequence *sequence_of(GPtrArray *sequences, const struct replay_call *call)
{
    struct sequence *sequence;

    for (guint n = sequences->len; n-- > 0;) {
        sequence = g_ptr_array_index(sequences, n);
        if (sequence->pid == replay_call_pid(call) && !sequence->is_over &&
            sequence->source == call->enter.header.source)
            return sequence;
    }
    sequence = sequence_new(call);
    g_ptr_array_add(sequences, sequence);
    return sequence;
}

static GPtrArray *list_sequences(const struct capture_calls *calls)
{
    GPtrArray *sequences = g_ptr_array_new_with_free_func(sequence_free);

    for (guint n = 0; n < calls->calls->len; n++) {
        struct replay_call *call = g_ptr_array_index(calls->calls, n);
        struct sequence *sequence = sequence_of(sequences, call);

        g_ptr_array_add(sequence->calls, call);
        g_ptr_array_add(sequence->titles, replay_call_title(call));
        sequence->is_over = replay_call_is(call, IPCTAP_CALL_EXIT);
    }
    return sequences;
}

/** The same name and program, then the same program, then whoever comes next. */
static struct sequence *partner(GPtrArray *others, const struct sequence *sequence)
{
    for (int least = 2; least >= 0; least--) {
        for (guint n = 0; n < others->len; n++) {
            struct sequence *other = g_ptr_array_index(others, n);
            int likeness = (other->program_id == sequence->program_id) +
                           !g_strcmp0(other->name, sequence->name);

            if (!other->is_joined && likeness >= least)
                return other;
        }
    }
    return NULL;
}

/* ---- Two processes ---- */

struct join {
    const struct sequence *sequence;
    const struct sequence *other; /**< NULL: there is none. */
    const struct replay_options *options;
    struct report *report;
    struct ids *ids;
};

static void compare_calls(const struct join *join, const struct replay_call *call,
                          const struct replay_call *other)
{
    g_autoptr(GArray) differences = differences_new();

    if (call->exit_number && !other->exit_number) {
        report_call(join->report, call, VERDICT_MISSING, "the other capture has no reply", NULL);
        return;
    }
    compare_records(&call->enter, &other->enter, &call->call, join->ids, join->options->ignored,
                    differences);
    for (guint n = 0; n < differences->len; n++) {
        struct difference *difference = &g_array_index(differences, struct difference, n);
        char *name = g_strconcat("request ", difference->name, NULL);

        g_free(difference->name);
        difference->name = name;
    }
    if (call->exit_number)
        compare_records(&call->exit, &other->exit, &call->call, join->ids, join->options->ignored,
                        differences);
    report_call(join->report, call,
                differences->len    ? VERDICT_DIFFERENT
                : call->exit_number ? VERDICT_SAME
                                    : VERDICT_NOT_COMPARED,
                NULL, differences);
}

static gboolean is_alike(const struct join *join, guint here, guint there)
{
    return here < join->sequence->calls->len && there < join->other->calls->len &&
           g_str_equal(g_ptr_array_index(join->sequence->titles, here),
                       g_ptr_array_index(join->other->titles, there));
}

/** How far both have to go on until they are alike again; FALSE: nowhere near. */
static gboolean find_meeting(const struct join *join, guint here, guint there, guint *skip_here,
                             guint *skip_there)
{
    for (guint sum = 1; sum < WINDOW; sum++) {
        for (guint skip = 0; skip <= sum; skip++) {
            if (is_alike(join, here + skip, there + sum - skip)) {
                *skip_here = skip;
                *skip_there = sum - skip;
                return TRUE;
            }
        }
    }
    return FALSE;
}

static void report_one(const struct join *join, const struct sequence *sequence, guint n,
                       gboolean is_extra)
{
    report_call(join->report, g_ptr_array_index(sequence->calls, n),
                is_extra ? VERDICT_EXTRA : VERDICT_MISSING,
                is_extra ? "only the other capture has it" : "the other capture does not have it",
                NULL);
}

static void join_calls(const struct join *join)
{
    guint others = join->other ? join->other->calls->len : 0;
    guint here = 0;
    guint there = 0;

    while (here < join->sequence->calls->len || there < others) {
        guint skip_here = join->sequence->calls->len - here;
        guint skip_there = others - there;

        if (join->other && is_alike(join, here, there)) {
            compare_calls(join, g_ptr_array_index(join->sequence->calls, here++),
                          g_ptr_array_index(join->other->calls, there++));
            continue;
        }
        if (join->other)
            find_meeting(join, here, there, &skip_here, &skip_there);
        for (; skip_here; skip_here--)
            report_one(join, join->sequence, here++, FALSE);
        for (; skip_there; skip_there--)
            report_one(join, join->other, there++, TRUE);
    }
}

void replay_against(const struct capture_calls *calls, const struct capture_calls *other,
                    const struct replay_options *options, struct report *report)
{
    g_autoptr(GPtrArray) sequences = list_sequences(calls);
    g_autoptr(GPtrArray) others = list_sequences(other);

    for (guint n = 0; n < sequences->len; n++) {
        struct join join = {.sequence = g_ptr_array_index(sequences, n),
                            .options = options,
                            .report = report,
                            .ids = ids_new()};
        struct sequence *found = partner(others, join.sequence);

        if (found)
            found->is_joined = TRUE;
        join.other = found;
        join_calls(&join);
        ids_free(join.ids);
    }
    for (guint n = 0; n < others->len; n++) {
        const struct sequence *sequence = g_ptr_array_index(others, n);
        const struct join join = {.report = report};

        for (guint i = 0; !sequence->is_joined && i < sequence->calls->len; i++)
            report_one(&join, sequence, i, TRUE);
    }
}
