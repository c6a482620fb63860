/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture_calls.h"
#include "record_source.h"
#include "text.h"

#include <ipcshark/names.h>

static GBytes *keep(const struct ipctap_record *record, struct ipctap_record *copy)
{
    GBytes *bytes = g_bytes_new(record->bytes, record->length);

    *copy = *record;
    copy->bytes = g_bytes_get_data(bytes, NULL);
    return bytes;
}

static void take_pair(void *data, const struct pair *pair)
{
    struct capture_calls *calls = data;
    struct replay_call *call;

    if (!pair->enter || (pair->enter->header.flags & IPCTAP_SERVER))
        return;
    call = g_new0(struct replay_call, 1);
    call->number = pair->number;
    call->exit_number = pair->exit ? pair->exit_number : 0;
    call->status = pair->status;
    call->enter_bytes = keep(pair->enter, &call->enter);
    if (pair->exit)
        call->exit_bytes = keep(pair->exit, &call->exit);
    call_copy(&call->call, &pair->call);
    g_ptr_array_add(calls->calls, call);
}

static void replay_call_free(gpointer data)
{
    struct replay_call *call = data;

    g_bytes_unref(call->enter_bytes);
    g_clear_pointer(&call->exit_bytes, g_bytes_unref);
    call_clear(&call->call);
    g_free(call);
}

static gint by_number(gconstpointer a, gconstpointer b)
{
    const struct replay_call *one = *(const struct replay_call *const *)a;
    const struct replay_call *other = *(const struct replay_call *const *)b;

    return one->number < other->number ? -1 : one->number > other->number;
}

static gboolean load(struct capture_calls *calls, struct record_source *source, GError **error)
{
    struct pairs *pairs = pairs_new(take_pair, calls);
    struct ipctap_record record;
    GError *broken = NULL;

    while (record_source_next(source, &record, &broken))
        pairs_take(pairs, &record, record_source_number(source));
    pairs_finish(pairs);
    pairs_free(pairs);
    calls->foreign = record_source_foreign(source);
    g_ptr_array_sort(calls->calls, by_number);
    if (broken)
        g_propagate_error(error, broken);
    return !broken;
}

struct capture_calls *capture_calls_load(const char *path, GError **error)
{
    struct record_source *source = record_source_open(path, error);
    struct capture_calls *calls;

    if (!source)
        return NULL;
    calls = g_new0(struct capture_calls, 1);
    calls->calls = g_ptr_array_new_with_free_func(replay_call_free);
    if (!load(calls, source, error))
        g_clear_pointer(&calls, capture_calls_free);
    record_source_free(source);
    return calls;
}

void capture_calls_free(struct capture_calls *calls)
{
    if (!calls)
        return;
    g_ptr_array_unref(calls->calls);
    g_free(calls);
}

char *replay_call_process(const struct replay_call *call)
{
    return call_record_text(&call->enter, IPCTAP_PROCESS_NAME, 0);
}

char *replay_call_title(const struct replay_call *call)
{
    const char *service = *call->call.service ? call->call.service : "(unknown)";
    const char *command = *call->call.command ? call->call.command : "(unknown)";

    if (*call->call.interface_name && !call->call.context.is_control && *command != '(')
        return g_strdup_printf("%s %s.%s", service, horizon_short_name(call->call.interface_name),
                               command);
    return g_strdup_printf("%s %s", service, command);
}

gboolean replay_call_is(const struct replay_call *call, uint32_t kernel_call)
{
    return call->enter.header.kind == IPCTAP_KERNEL_CALL && call->call.has_id &&
           call->call.id == kernel_call;
}

guint32 replay_call_pid(const struct replay_call *call)
{
    if (replay_call_is(call, IPCTAP_CALL_HELLO) && call->exit_number)
        return call->exit.header.pid;
    return call->enter.header.pid;
}
