/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "count.h"

#include "call.h"

#include <string.h>

enum {
    MAX_OPEN_CALLS = 1 << 18,
    MAX_ROWS = 1 << 16, /**< More different commands than all consoles' services have. */
};

/** "Enter and exit join if source, pid, SERVER and call_id agree"; here all are of one side. */
struct call_key {
    guint64 call_id;
    guint32 pid;
    guint16 source;
    guint8 kind;
};

struct open_call {
    struct call_key key;
    struct call call;
    struct count_row *row;
    guint64 time;
    guint8 clock;
};

static guint key_hash(gconstpointer data)
{
    const struct call_key *key = data;

    return (guint)(key->call_id * 0x9E3779B1u) ^ key->pid * 31 ^ key->source;
}

static gboolean key_equal(gconstpointer a, gconstpointer b)
{
    const struct call_key *one = a;
    const struct call_key *other = b;

    return one->call_id == other->call_id && one->pid == other->pid &&
           one->source == other->source && one->kind == other->kind;
}

static void open_call_free(gpointer data)
{
    struct open_call *open = data;

    call_clear(&open->call);
    g_free(open);
}

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

struct count *count_new(gboolean is_server)
{
    struct count *count = g_new0(struct count, 1);

    count->is_server = is_server;
    count->rows = g_hash_table_new_full(row_hash, row_equal, row_free, NULL);
    count->open = g_hash_table_new_full(key_hash, key_equal, NULL, open_call_free);
    return count;
}

void count_free(struct count *count)
{
    g_hash_table_unref(count->open);
    g_hash_table_unref(count->rows);
    g_free(count);
}

static struct count_row *find_row(struct count *count, guint8 platform, const struct call *call)
{
    gboolean is_full = g_hash_table_size(count->rows) >= MAX_ROWS;
    struct count_row wanted = {
        .platform = platform, .service = call->service, .command = call->command};
    struct count_row *row = g_hash_table_lookup(count->rows, &wanted);

    if (!row && is_full) {
        wanted.service = wanted.command = (char *)"(others)";
        row = g_hash_table_lookup(count->rows, &wanted);
    }
    if (row)
        return row;
    row = g_new0(struct count_row, 1);
    row->platform = platform;
    row->service = g_strdup(wanted.service);
    row->command = g_strdup(wanted.command);
    g_hash_table_add(count->rows, row);
    return row;
}

static struct call_key key_of(const struct ipctap_header *header)
{
    return (struct call_key){.call_id = header->call_id,
                             .pid = header->pid,
                             .source = header->source,
                             .kind = header->kind};
}

/** One that is called again under the same number will not be answered any more. */
static void keep_open(struct count *count, struct open_call *open)
{
    gboolean is_known = g_hash_table_contains(count->open, &open->key);

    if (is_known)
        count->unanswered++;
    if (is_known || g_hash_table_size(count->open) < MAX_OPEN_CALLS) {
        g_hash_table_replace(count->open, &open->key, open);
        return;
    }
    count->unanswered++;
    open_call_free(open);
}

static void take_enter(struct count *count, const struct ipctap_record *record)
{
    const struct ipctap_header *header = &record->header;
    struct open_call *open = g_new0(struct open_call, 1);

    call_describe(record, &open->call);
    open->key = key_of(header);
    open->row = find_row(count, header->platform, &open->call);
    open->time = header->time;
    open->clock = header->clock;
    open->row->calls++;
    count->calls++;
    if (header->flags & IPCTAP_NO_EXIT)
        open_call_free(open);
    else
        keep_open(count, open);
}

static void take_time(struct open_call *open, const struct ipctap_header *header)
{
    struct count_row *row = open->row;
    guint64 time = header->time - open->time;

    if (!open->time || header->clock != open->clock || header->time < open->time)
        return;
    row->answered++;
    row->total_time += time;
    row->longest_time = MAX(row->longest_time, time);
}

static void take_exit(struct count *count, const struct ipctap_record *record)
{
    struct call_key key = key_of(&record->header);
    struct open_call *open = g_hash_table_lookup(count->open, &key);

    if (!open)
        return;
    take_time(open, &record->header);
    if (call_has_failed(record, &open->call)) {
        open->row->errors++;
        count->errors++;
    }
    g_hash_table_remove(count->open, &key);
}

void count_take(struct count *count, const struct ipctap_record *record)
{
    const struct ipctap_header *header = &record->header;
    gboolean is_server = (header->flags & IPCTAP_SERVER) != 0;

    count->records++;
    if (is_server != count->is_server || header->kind == IPCTAP_NOTE)
        return;
    if (header->phase == IPCTAP_ENTER)
        take_enter(count, record);
    else if (header->phase == IPCTAP_EXIT)
        take_exit(count, record);
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

    count->unanswered += g_hash_table_size(count->open);
    g_hash_table_remove_all(count->open);
    g_hash_table_iter_init(&iterator, count->rows);
    while (g_hash_table_iter_next(&iterator, &row, NULL))
        g_ptr_array_add(rows, row);
    g_ptr_array_sort(rows, compare_rows);
    return rows;
}
