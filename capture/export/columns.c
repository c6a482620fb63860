/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "columns.h"
#include "arguments.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#define NANOSECONDS G_GUINT64_CONSTANT(1000000000)

static void list_entry_clear(gpointer data)
{
    struct list_entry *entry = data;

    g_free(entry->name);
    g_free(entry->value);
}

static GArray *list_new(void)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(struct list_entry));

    g_array_set_clear_func(list, list_entry_clear);
    return list;
}

void row_init(struct row *row)
{
    *row = (struct row){.arguments = list_new(), .returned = list_new()};
}

void row_clear(struct row *row)
{
    g_array_unref(row->arguments);
    g_array_unref(row->returned);
    g_free(row->process);
    g_free(row->peer);
}

static void add_entry(void *data, const struct call_argument *argument)
{
    const struct list_entry entry = {g_strdup(argument->name), g_strdup(argument->value),
                                     argument->is_text};

    g_array_append_val((GArray *)data, entry);
}

void row_fill(struct row *row, const struct pair *pair)
{
    row->pair = pair;
    row->first = pair->enter ? pair->enter : pair->exit;
    row->outcome = (struct call_outcome){0};
    g_array_set_size(row->arguments, 0);
    g_array_set_size(row->returned, 0);
    g_free(row->process);
    g_free(row->peer);
    row->process = call_record_text(row->first, IPCTAP_PROCESS_NAME, 0);
    row->peer = call_record_text(row->first, IPCTAP_PROCESS_NAME, 1);
    if (pair->enter)
        call_arguments(pair->enter, &pair->call, add_entry, row->arguments);
    if (!pair->exit)
        return;
    call_outcome(pair->exit, &pair->call, &row->outcome);
    call_arguments(pair->exit, &pair->call, add_entry, row->returned);
}

/* ---- Values ---- */

static void set_number(struct value *value, uint64_t number)
{
    value->kind = VALUE_NUMBER;
    value->number = number;
}

static void set_signed(struct value *value, int64_t number)
{
    value->kind = VALUE_SIGNED;
    value->number = (uint64_t)number;
}

static void set_bool(struct value *value, bool is_true)
{
    value->kind = VALUE_BOOL;
    value->number = is_true;
}

/** "" is no value. */
static void set_text(struct value *value, const char *text)
{
    value->long_text = text;
    value->kind = text && *text ? VALUE_TEXT : VALUE_NULL;
}

static void set_known_id(struct value *value, uint32_t id)
{
    if (id != IPCTAP_UNKNOWN_ID)
        set_number(value, id);
}

/* ---- Columns ---- */

static void get_number(const struct row *row, struct value *value)
{
    set_number(value, row->pair->number);
}

static void get_status(const struct row *row, struct value *value)
{
    static const char *const names[] = {
        [PAIR_ANSWERED] = "answered", [PAIR_UNANSWERED] = "unanswered", [PAIR_NO_EXIT] = "no_exit",
        [PAIR_EVENT] = "event",       [PAIR_REPLY_ONLY] = "reply_only",
    };

    set_text(value, names[row->pair->status]);
}

bool row_timestamp(const struct row *row, char *text, size_t size)
{
    const struct ipctap_header *header = &row->first->header;
    time_t seconds = (time_t)(header->time / NANOSECONDS);
    struct tm tm;
    char date[40];

    if (!header->time || header->clock != IPCTAP_CLOCK_UNIX || !gmtime_r(&seconds, &tm) ||
        !strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &tm))
        return false;
    g_snprintf(text, (gulong)size, "%s.%06" PRIu64 "Z", date, header->time % NANOSECONDS / 1000);
    return true;
}

static void get_time(const struct row *row, struct value *value)
{
    if (row_timestamp(row, value->text, sizeof value->text))
        set_text(value, value->text);
}

static void get_time_ns(const struct row *row, struct value *value)
{
    uint64_t time = row->first->header.time;

    if (time && time <= INT64_MAX)
        set_signed(value, (int64_t)time);
}

static void get_clock(const struct row *row, struct value *value)
{
    static const char *const names[] = {"unix", "monotonic", "unknown"};

    set_text(value, names[MIN(row->first->header.clock, 2)]);
}

static void get_duration(const struct row *row, struct value *value)
{
    const struct pair *pair = row->pair;
    int64_t duration;

    if (!pair->enter || !pair->exit || !pair->enter->header.time || !pair->exit->header.time ||
        pair->enter->header.clock != pair->exit->header.clock)
        return;
    duration = (int64_t)(pair->exit->header.time - pair->enter->header.time);
    set_signed(value, duration);
}

static void set_name_or_number(struct value *value, const char *name, unsigned int number)
{
    g_snprintf(value->text, sizeof value->text, "%u", number);
    set_text(value, name ? name : value->text);
}

static void get_system(const struct row *row, struct value *value)
{
    uint8_t platform = row->first->header.platform;

    set_name_or_number(value, ipctap_platform_name(platform), platform);
}

static void get_kind(const struct row *row, struct value *value)
{
    uint8_t kind = row->first->header.kind;

    set_name_or_number(value, ipctap_kind_name(kind), kind);
}

static void get_side(const struct row *row, struct value *value)
{
    set_text(value, row->first->header.flags & IPCTAP_SERVER ? "server" : "client");
}

static void get_source(const struct row *row, struct value *value)
{
    set_number(value, row->first->header.source);
}

/** Numbers of 64 bits do not fit the integers of many engines. */
static void get_call_id(const struct row *row, struct value *value)
{
    if (!row->first->header.call_id)
        return;
    g_snprintf(value->text, sizeof value->text, "%" PRIu64, row->first->header.call_id);
    set_text(value, value->text);
}

static void get_pid(const struct row *row, struct value *value)
{
    set_known_id(value, row->first->header.pid);
}

static void get_process(const struct row *row, struct value *value)
{
    set_text(value, row->process);
}

static void get_tid(const struct row *row, struct value *value)
{
    set_known_id(value, row->first->header.tid);
}

static void get_program_id(const struct row *row, struct value *value)
{
    if (!row->first->header.program_id)
        return;
    g_snprintf(value->text, sizeof value->text, "%016" PRIx64, row->first->header.program_id);
    set_text(value, value->text);
}

static void get_peer_pid(const struct row *row, struct value *value)
{
    uint32_t pid = row->first->header.peer_pid;

    if (row->pair->exit && pid == IPCTAP_UNKNOWN_ID)
        pid = row->pair->exit->header.peer_pid;
    if (pid != IPCTAP_NO_PEER)
        set_known_id(value, pid);
}

static void get_peer(const struct row *row, struct value *value)
{
    set_text(value, row->peer);
}

static void get_object(const struct row *row, struct value *value)
{
    if (row->first->header.object)
        set_number(value, row->first->header.object);
}

static void get_service(const struct row *row, struct value *value)
{
    set_text(value, row->pair->call.service);
}

static void get_interface(const struct row *row, struct value *value)
{
    set_text(value, row->pair->call.interface_name);
}

static void get_command_id(const struct row *row, struct value *value)
{
    if (row->pair->call.has_id)
        set_number(value, row->pair->call.id);
}

static void get_command(const struct row *row, struct value *value)
{
    set_text(value, row->pair->call.command);
}

static void get_arguments(const struct row *row, struct value *value)
{
    value->kind = VALUE_LIST;
    value->list = row->arguments;
}

static void get_returned(const struct row *row, struct value *value)
{
    value->kind = VALUE_LIST;
    value->list = row->returned;
}

static void get_failed(const struct row *row, struct value *value)
{
    if (row->pair->exit)
        set_bool(value, row->outcome.has_failed);
}

static void get_kernel_result(const struct row *row, struct value *value)
{
    if (row->outcome.has_kernel_result)
        set_number(value, row->outcome.kernel_result);
}

static void get_result(const struct row *row, struct value *value)
{
    if (row->outcome.has_result)
        set_number(value, row->outcome.result);
}

/** Of what failed first: the kernel's result, else the service's. */
static void get_result_text(const struct row *row, struct value *value)
{
    const struct call_outcome *outcome = &row->outcome;
    bool is_kernel = outcome->has_kernel_result && (outcome->kernel_result || !outcome->has_result);

    if (!outcome->has_kernel_result && !outcome->has_result)
        return;
    if (is_kernel && row->first->header.platform == IPCTAP_ORBIS && !outcome->has_failed)
        is_kernel = false; /* *out is a kid. */
    call_format_result(row->first->header.platform, is_kernel,
                       is_kernel ? outcome->kernel_result : outcome->result, value->text,
                       sizeof value->text);
    set_text(value, value->text);
}

static uint64_t contents_size(const struct ipctap_record *record)
{
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section section;
    uint64_t size = 0;

    while (record && ipctap_section_next(record, &iterator, &section, NULL)) {
        if (section.type < IPCTAP_CLOCK_PAIR)
            size += section.captured_size;
    }
    return size;
}

static void get_request_bytes(const struct row *row, struct value *value)
{
    set_number(value, contents_size(row->pair->enter));
}

static void get_reply_bytes(const struct row *row, struct value *value)
{
    set_number(value, contents_size(row->pair->exit));
}

static uint16_t all_flags(const struct row *row)
{
    return row->first->header.flags | (row->pair->exit ? row->pair->exit->header.flags : 0);
}

static void get_truncated(const struct row *row, struct value *value)
{
    set_bool(value, all_flags(row) & (IPCTAP_TRUNCATED | IPCTAP_UNREADABLE));
}

static void get_unimplemented(const struct row *row, struct value *value)
{
    set_bool(value, all_flags(row) & IPCTAP_UNIMPLEMENTED);
}

static void get_synthetic(const struct row *row, struct value *value)
{
    set_bool(value, all_flags(row) & IPCTAP_SYNTHETIC);
}

const struct column export_columns[] = {
    {"number", get_number},
    {"status", get_status},
    {"time", get_time},
    {"time_ns", get_time_ns},
    {"clock", get_clock},
    {"duration_ns", get_duration},
    {"system", get_system},
    {"kind", get_kind},
    {"side", get_side},
    {"source", get_source},
    {"call_id", get_call_id},
    {"pid", get_pid},
    {"process", get_process},
    {"tid", get_tid},
    {"program_id", get_program_id},
    {"peer_pid", get_peer_pid},
    {"peer", get_peer},
    {"object", get_object},
    {"service", get_service},
    {"interface", get_interface},
    {"command_id", get_command_id},
    {"command", get_command},
    {"arguments", get_arguments},
    {"failed", get_failed},
    {"kernel_result", get_kernel_result},
    {"result", get_result},
    {"result_text", get_result_text},
    {"returned", get_returned},
    {"request_bytes", get_request_bytes},
    {"reply_bytes", get_reply_bytes},
    {"truncated", get_truncated},
    {"unimplemented", get_unimplemented},
    {"synthetic", get_synthetic},
};

const unsigned int export_column_count = G_N_ELEMENTS(export_columns);
