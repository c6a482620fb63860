/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests go out and replies are waited for in the order of the capture, so that what overlapped
 * there overlaps again: a call that waited for another process's call is sent at its place and
 * awaited at its reply's.
 */
#include "live.h"

#include "connection.h"
#include "opening.h"
#include "request.h"

struct process {
    guint16 source;
    guint32 pid; /**< As captured. */
    guint32 pid_now;
    gboolean is_simulated; /**< The captured server's own. */
    gboolean is_over;
    struct connection *connection; /**< NULL: not begun. */
    struct ids *ids;
    guint32 manager; /**< Handle of sm: or srv: that we opened ourselves. */
};

/** One edge of a call in the capture. */
struct event {
    guint64 time;
    guint64 number;
    const struct replay_call *call;
    gboolean is_exit;
};

struct live {
    GSocketAddress *address;
    const struct replay_options *options;
    struct report *report;
    GPtrArray *processes;
    GHashTable *sent;   /**< replay_call -> call_id (guint64 *) */
    gboolean has_hello; /**< The capture shows how processes begin. */
    GError *error;
};

static void process_free(gpointer data)
{
    struct process *process = data;

    connection_free(process->connection);
    ids_free(process->ids);
    g_free(process);
}

static struct process *find_process(struct live *live, const struct replay_call *call)
{
    guint32 pid = replay_call_pid(call);
    struct process *process;

    for (guint n = live->processes->len; n-- > 0;) {
        process = g_ptr_array_index(live->processes, n);
        if (process->pid == pid && process->source == call->enter.header.source &&
            !(process->is_over && replay_call_is(call, IPCTAP_CALL_HELLO)))
            return process;
    }
    process = g_new0(struct process, 1);
    process->pid = pid;
    process->source = call->enter.header.source;
    process->pid_now = IPCTAP_UNKNOWN_ID;
    process->ids = ids_new();
    process->is_simulated = live->has_hello && !replay_call_is(call, IPCTAP_CALL_HELLO);
    g_ptr_array_add(live->processes, process);
    return process;
}

/* ---- Processes ---- */

static void take_hello(struct process *process, GBytes *reply)
{
    struct ipctap_record record;
    gsize size;
    const guint8 *bytes = g_bytes_get_data(reply, &size);

    if (ipctap_record_decode(bytes, size, &record, NULL))
        process->pid_now = record.header.pid;
}

/** A capture that begins in the middle: the process still has to say who it is. */
static void say_hello(struct live *live, struct process *process, const struct replay_call *call)
{
    g_autofree char *name = replay_call_process(call);
    const struct request_sender sender = {IPCTAP_UNKNOWN_ID,
                                          connection_next_call_id(process->connection)};
    guint32 wanted = process->pid == IPCTAP_UNKNOWN_ID ? 0 : process->pid;
    g_autoptr(GByteArray) hello = request_hello(call, name, &sender, wanted);
    GBytes *reply = NULL;

    if (connection_send(process->connection, hello))
        reply = connection_wait(process->connection, sender.call_id, live->options->timeout);
    if (reply) {
        take_hello(process, reply);
        g_bytes_unref(reply);
    }
}

static gboolean begin_process(struct live *live, struct process *process,
                              const struct replay_call *call)
{
    if (process->connection)
        return TRUE;
    process->connection = connection_open(live->address, &live->error);
    if (process->connection && !replay_call_is(call, IPCTAP_CALL_HELLO))
        say_hello(live, process, call);
    return process->connection != NULL;
}

/* ---- Requests ---- */

/** "An emulator's hook sees no more than requests": the session is opened for it. */
static void open_unknown_session(struct live *live, struct process *process,
                                 const struct replay_call *call)
{
    const struct ipctap_header *header = &call->enter.header;
    struct opener opener = {.connection = process->connection,
                            .platform = header->platform,
                            .pid = process->pid_now,
                            .timeout = live->options->timeout,
                            .manager = process->manager};
    guint32 handle;
    guint32 object;

    if (live->has_hello || !header->object ||
        ids_know(process->ids, ID_HANDLE, 0, header->object) ||
        (header->kind != IPCTAP_HIPC_MESSAGE && header->kind != IPCTAP_CTR_COMMAND))
        return;
    handle = opening_service(&opener, call->call.service);
    process->manager = opener.manager;
    if (!handle)
        return;
    ids_learn(process->ids, ID_HANDLE, 0, header->object, handle);
    object = call->call.context.is_domain ? opening_domain(&opener, handle) : 0;
    if (object)
        ids_learn(process->ids, ID_OBJECT, header->object, 1, object);
}

static void send_request(struct live *live, struct process *process, const struct replay_call *call)
{
    struct request_sender sender = {
        .pid = replay_call_is(call, IPCTAP_CALL_HELLO) ? IPCTAP_UNKNOWN_ID : process->pid_now,
        .call_id = connection_next_call_id(process->connection)};
    g_autofree char *why = NULL;
    g_autoptr(GByteArray) request = request_build(call, process->ids, &sender, &why);

    if (!request)
        report_call(live->report, call, VERDICT_NOT_SENT, why, NULL);
    else if (!connection_send(process->connection, request))
        report_call(live->report, call, VERDICT_MISSING, connection_reason(process->connection),
                    NULL);
    else
        g_hash_table_insert(live->sent, (gpointer)call,
                            g_memdup2(&sender.call_id, sizeof sender.call_id));
}

/** A process that was killed, or ended otherwise without a call. */
static void end_process(struct process *process)
{
    g_clear_pointer(&process->connection, connection_free);
    process->is_over = TRUE;
}

static void take_enter(struct live *live, struct process *process, const struct replay_call *call)
{
    gboolean is_call_of_it = call->enter.header.phase == IPCTAP_ENTER;

    if (is_call_of_it && begin_process(live, process, call)) {
        open_unknown_session(live, process, call);
        send_request(live, process, call);
    } else if (replay_call_is(call, IPCTAP_CALL_EXIT))
        end_process(process);
}

/* ---- Replies ---- */

static void compare(struct live *live, struct process *process, const struct replay_call *call,
                    GBytes *reply)
{
    g_autoptr(GArray) differences = differences_new();
    struct ipctap_record record;
    gsize size;
    const guint8 *bytes = g_bytes_get_data(reply, &size);

    ipctap_record_decode(bytes, size, &record, NULL);
    if (replay_call_is(call, IPCTAP_CALL_HELLO))
        take_hello(process, reply);
    compare_records(&call->exit, &record, &call->call, process->ids, live->options->ignored,
                    differences);
    report_call(live->report, call, differences->len ? VERDICT_DIFFERENT : VERDICT_SAME, NULL,
                differences);
}

static void take_exit(struct live *live, struct process *process, const struct replay_call *call)
{
    const guint64 *call_id = g_hash_table_lookup(live->sent, call);
    GBytes *reply;

    if (!call_id)
        return; /* Told when it could not be sent. */
    reply = connection_wait(process->connection, *call_id, live->options->timeout);
    g_hash_table_remove(live->sent, call);
    if (reply) {
        compare(live, process, call, reply);
        g_bytes_unref(reply);
    } else {
        report_call(live->report, call, VERDICT_MISSING, connection_reason(process->connection),
                    NULL);
    }
    if (replay_call_is(call, IPCTAP_CALL_EXIT))
        end_process(process);
}

static void take_event(struct live *live, const struct event *event)
{
    struct process *process = find_process(live, event->call);

    if (process->is_simulated) {
        live->report->simulated += !event->is_exit;
        return;
    }
    if (event->is_exit && process->connection)
        take_exit(live, process, event->call);
    else if (!event->is_exit && !process->is_over)
        take_enter(live, process, event->call);
}

/* ---- The whole ---- */

static gint in_order(gconstpointer a, gconstpointer b)
{
    const struct event *one = a;
    const struct event *other = b;

    if (one->time != other->time)
        return one->time < other->time ? -1 : 1;
    if (one->number != other->number)
        return one->number < other->number ? -1 : 1;
    return one->is_exit - other->is_exit;
}

static void add_event(GArray *events, const struct replay_call *call, gboolean is_exit)
{
    const struct ipctap_header *header = is_exit ? &call->exit.header : &call->enter.header;
    const struct event event = {.time = header->time,
                                .number = is_exit ? call->exit_number : call->number,
                                .call = call,
                                .is_exit = is_exit};

    g_array_append_val(events, event);
}

/** One clock, of one kernel or of the world, and no record without a time. */
static gboolean has_times(const GArray *events)
{
    const struct ipctap_header *first = NULL;

    for (guint n = 0; n < events->len; n++) {
        const struct event *event = &g_array_index(events, struct event, n);
        const struct ipctap_header *header = event->is_exit ? &event->call->exit.header
                                                            : &event->call->enter.header;

        first = first ? first : header;
        if (!event->time || header->clock != first->clock ||
            (header->clock != IPCTAP_CLOCK_UNIX && header->source != first->source))
            return FALSE;
    }
    return TRUE;
}

/** By time where that is known: a recorder may write a call that waits behind what woke it. */
static GArray *list_events(const struct capture_calls *calls)
{
    GArray *events = g_array_new(FALSE, FALSE, sizeof(struct event));

    for (guint n = 0; n < calls->calls->len; n++) {
        const struct replay_call *call = g_ptr_array_index(calls->calls, n);

        add_event(events, call, FALSE);
        if (call->exit_number)
            add_event(events, call, TRUE);
    }
    if (!has_times(events)) {
        for (guint n = 0; n < events->len; n++)
            g_array_index(events, struct event, n).time = 0;
    }
    g_array_sort(events, in_order);
    return events;
}

static gboolean has_hello(const struct capture_calls *calls)
{
    for (guint n = 0; n < calls->calls->len; n++) {
        if (replay_call_is(g_ptr_array_index(calls->calls, n), IPCTAP_CALL_HELLO))
            return TRUE;
    }
    return FALSE;
}

/** What was sent and has no reply in the capture. */
static void report_open(struct live *live)
{
    GHashTableIter iterator;
    gpointer call;

    g_hash_table_iter_init(&iterator, live->sent);
    while (g_hash_table_iter_next(&iterator, &call, NULL))
        report_call(live->report, call, VERDICT_NOT_COMPARED, NULL, NULL);
}

gboolean replay_live(const struct capture_calls *calls, GSocketAddress *address,
                     const struct replay_options *options, struct report *report, GError **error)
{
    struct live live = {
        .address = address,
        .options = options,
        .report = report,
        .processes = g_ptr_array_new_with_free_func(process_free),
        .sent = g_hash_table_new_full(NULL, NULL, NULL, g_free),
        .has_hello = has_hello(calls),
    };
    GArray *events = list_events(calls);

    for (guint n = 0; !live.error && n < events->len; n++)
        take_event(&live, &g_array_index(events, struct event, n));
    if (!live.error)
        report_open(&live);
    g_array_unref(events);
    g_ptr_array_unref(live.processes);
    g_hash_table_unref(live.sent);
    if (live.error)
        g_propagate_error(error, live.error);
    return !live.error;
}
