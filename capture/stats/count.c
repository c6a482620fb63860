/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "count.h"

#include <ipcshark/names.h>

#include <string.h>

#define UNKNOWN "(unknown)"

enum {
    MAX_ROWS = 1 << 16, /**< More different commands than all consoles' services have. */
};

static guint row_hash(gconstpointer data)
{
    const struct count_row *row = data;

    return g_str_hash(row->service) * 31 + g_str_hash(row->command) + row->platform;
}

static gboolean row_equal(gconstpointer a, gconstpointer b)
{
    const struct count_row *one = a;
    const struct count_row *other = b;

    return one->platform == other->platform && !strcmp(one->service, other->service) &&
           !strcmp(one->command, other->command);
}

static void row_free(gpointer data)
{
    struct count_row *row = data;

    g_free(row->service);
    g_free(row->command);
    g_free(row);
}

/** "IFile.Read": commands of one service's interfaces have the same numbers. */
static char *command_of(const struct call *call)
{
    const char *command = *call->command ? call->command : UNKNOWN;

    if (*call->interface_name && *command != '(' && !call->context.is_control)
        return g_strdup_printf("%s.%s", horizon_short_name(call->interface_name), command);
    return g_strdup(command);
}

static struct count_row *new_row(struct count *count, const struct count_row *wanted)
{
    struct count_row *row = g_new0(struct count_row, 1);

    row->platform = wanted->platform;
    row->service = g_strdup(wanted->service);
    row->command = g_strdup(wanted->command);
    g_hash_table_add(count->rows, row);
    return row;
}

static struct count_row *find_row(struct count *count, guint8 platform, const struct call *call)
{
    g_autofree char *command = command_of(call);
    struct count_row wanted = {
        .platform = platform,
        .service = *call->service ? call->service : (char *)UNKNOWN,
        .command = command,
    };
    struct count_row *row = g_hash_table_lookup(count->rows, &wanted);

    if (!row && g_hash_table_size(count->rows) >= MAX_ROWS) {
        wanted.service = wanted.command = (char *)"(others)";
        row = g_hash_table_lookup(count->rows, &wanted);
    }
    return row ? row : new_row(count, &wanted);
}

static void take_time(struct count_row *row, const struct ipctap_header *enter,
                      const struct ipctap_header *exit)
{
    guint64 time = exit->time - enter->time;

    if (!enter->time || exit->clock != enter->clock || exit->time < enter->time)
        return;
    row->answered++;
    row->total_time += time;
    row->longest_time = MAX(row->longest_time, time);
}

static void take_pair(void *data, const struct pair *pair)
{
    struct count *count = data;
    struct call_outcome outcome;
    struct count_row *row;

    if (pair->status == PAIR_EVENT || pair->status == PAIR_REPLY_ONLY)
        return;
    row = find_row(count, pair->enter->header.platform, &pair->call);
    row->calls++;
    count->calls++;
    count->unanswered += pair->status == PAIR_UNANSWERED;
    if (!pair->exit)
        return;
    take_time(row, &pair->enter->header, &pair->exit->header);
    call_outcome(pair->exit, &pair->call, &outcome);
    row->errors += outcome.has_failed;
    count->errors += outcome.has_failed;
}

struct count *count_new(gboolean is_server)
{
    struct count *count = g_new0(struct count, 1);

    count->is_server = is_server;
    count->rows = g_hash_table_new_full(row_hash, row_equal, row_free, NULL);
    count->pairs = pairs_new(take_pair, count);
    return count;
}

void count_free(struct count *count)
{
    pairs_free(count->pairs);
    g_hash_table_unref(count->rows);
    g_free(count);
}

/** Notes name sessions of either side. */
void count_take(struct count *count, const struct ipctap_record *record)
{
    gboolean is_server = (record->header.flags & IPCTAP_SERVER) != 0;

    count->records++;
    if (is_server == count->is_server || record->header.kind == IPCTAP_NOTE)
        pairs_take(count->pairs, record, count->records);
}

static gint compare_rows(gconstpointer a, gconstpointer b)
{
    const struct count_row *one = *(const struct count_row *const *)a;
    const struct count_row *other = *(const struct count_row *const *)b;
    int services = strcmp(one->service, other->service);

    if (one->platform != other->platform)
        return one->platform - other->platform;
    if (services)
        return services;
    if (one->calls != other->calls)
        return one->calls > other->calls ? -1 : 1;
    return strcmp(one->command, other->command);
}

GPtrArray *count_finish(struct count *count)
{
    GPtrArray *rows = g_ptr_array_new();
    GHashTableIter iterator;
    gpointer row;

    pairs_finish(count->pairs);
    g_hash_table_iter_init(&iterator, count->rows);
    while (g_hash_table_iter_next(&iterator, &row, NULL))
        g_ptr_array_add(rows, row);
    g_ptr_array_sort(rows, compare_rows);
    return rows;
}
