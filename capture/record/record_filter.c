/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record_filter.h"

#include "call.h"
#include "filter.h"
#include "sessions.h"
#include "usage.h"

#include <string.h>

enum {
    MAX_OPEN_CALLS = 65536, /**< Of a capture whose exits never come. */
};

struct record_filter {
    struct filter words;
    struct sessions *sessions;
    GHashTable *calls;   /**< struct call_key -> struct open_call */
    GByteArray *scratch; /**< A record that is being cut. */
};

/** "Enter and exit join if source, pid, SERVER and call_id agree"; without call_id by thread and
 *  kind. */
struct call_key {
    guint64 call_id;
    guint32 pid;
    guint32 tid;
    guint16 source;
    guint8 is_server;
    guint8 kind;
};

struct open_call {
    struct call call;
    gboolean is_wanted;
};

static struct call_key key_of(const struct ipctap_header *header)
{
    struct call_key key;

    memset(&key, 0, sizeof key);
    key.call_id = header->call_id;
    key.pid = header->pid;
    key.source = header->source;
    key.is_server = (header->flags & IPCTAP_SERVER) != 0;
    if (!header->call_id) {
        key.tid = header->tid;
        key.kind = header->kind;
    }
    return key;
}

static guint hash_key(gconstpointer data)
{
    const struct call_key *key = data;

    return (guint)(key->call_id * 31 + key->pid * 7 + key->tid + key->source * 13u +
                   key->is_server);
}

static gboolean equal_keys(gconstpointer one, gconstpointer other)
{
    return !memcmp(one, other, sizeof(struct call_key));
}

static void open_call_free(gpointer data)
{
    struct open_call *open = data;

    call_clear(&open->call);
    g_free(open);
}

struct record_filter *record_filter_new(void)
{
    struct record_filter *filter = g_new0(struct record_filter, 1);

    ipctap_filter_parse(&filter->words, "", NULL, 0);
    filter->sessions = sessions_new();
    filter->calls = g_hash_table_new_full(hash_key, equal_keys, g_free, open_call_free);
    filter->scratch = g_byte_array_new();
    return filter;
}

void record_filter_free(struct record_filter *filter)
{
    if (!filter)
        return;
    sessions_free(filter->sessions);
    g_hash_table_unref(filter->calls);
    g_byte_array_unref(filter->scratch);
    g_free(filter);
}

gboolean record_filter_set(struct record_filter *filter, const char *text, GError **error)
{
    struct filter words;
    char problem[512] = "";

    if (ipctap_filter_parse(&words, text, problem, sizeof problem)) {
        filter->words = words;
        return TRUE;
    }
    return usage_error(error, "%s", problem);
}

static gboolean takes_service(const struct record_filter *filter, const char *name)
{
    return name && ipctap_filter_takes_service(&filter->words, name, strlen(name));
}

/** By what it calls: service and command, or what it opens. */
static gboolean takes_call(const struct record_filter *filter, const struct call *call)
{
    if (takes_service(filter, call->service) &&
        (!filter->words.commands.count ||
         (call->has_id && ipctap_filter_takes_command(&filter->words, call->id))))
        return TRUE;
    return filter->words.service_count && takes_service(filter, call->opens);
}

static gboolean is_wanted(const struct record_filter *filter, const struct ipctap_record *record,
                          const struct call *call)
{
    return ipctap_filter_takes_header(&filter->words, &record->header) &&
           (record->header.kind == IPCTAP_KERNEL_CALL || takes_call(filter, call));
}

static gboolean take_enter(struct record_filter *filter, const struct ipctap_record *enter)
{
    struct open_call *open = g_new0(struct open_call, 1);
    struct call_key key = key_of(&enter->header);
    gboolean wanted;

    call_describe(filter->sessions, enter, &open->call);
    open->is_wanted = wanted = is_wanted(filter, enter, &open->call);
    if (g_hash_table_size(filter->calls) >= MAX_OPEN_CALLS)
        g_hash_table_remove_all(filter->calls);
    g_hash_table_replace(filter->calls, g_memdup2(&key, sizeof key), open);
    return wanted;
}

/** An exit without its enter is known by nothing but its header. */
static gboolean take_exit(struct record_filter *filter, const struct ipctap_record *exit)
{
    struct call_key key = key_of(&exit->header);
    struct open_call *open = g_hash_table_lookup(filter->calls, &key);
    gboolean wanted;

    if (!open)
        return ipctap_filter_takes_header(&filter->words, &exit->header);
    call_learn(filter->sessions, exit, &open->call);
    wanted = open->is_wanted;
    g_hash_table_remove(filter->calls, &key);
    return wanted;
}

static gboolean take_snapshot(struct record_filter *filter, const struct ipctap_record *record)
{
    struct call call = {0};
    gboolean wanted;

    call_describe(filter->sessions, record, &call);
    wanted = is_wanted(filter, record, &call);
    call_clear(&call);
    return wanted;
}

gboolean record_filter_wants(struct record_filter *filter, const struct ipctap_record *record)
{
    if (record->header.kind == IPCTAP_NOTE)
        return TRUE;
    switch (record->header.phase) {
    case IPCTAP_ENTER:
        return take_enter(filter, record);
    case IPCTAP_EXIT:
        return take_exit(filter, record);
    default:
        return take_snapshot(filter, record);
    }
}

static guint32 kept_size(const struct filter *words, const struct ipctap_section *section)
{
    if (!ipctap_filter_is_buffer(section->type))
        return section->captured_size;
    return words->without_buffers ? 0 : MIN(section->captured_size, words->buffer_cap);
}

/** Whether a section would lose something. */
static gboolean needs_cut(const struct filter *words, const struct ipctap_record *record)
{
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section section;

    if (!words->without_buffers && words->buffer_cap == UINT32_MAX)
        return FALSE;
    while (ipctap_section_next(record, &iterator, &section, NULL)) {
        if (kept_size(words, &section) < section.captured_size)
            return TRUE;
    }
    return FALSE;
}

static gsize rewrite(const struct filter *words, const struct ipctap_record *record,
                     struct ipcshark_writer *writer)
{
    struct ipctap_header header = record->header;
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section section;

    header.flags |= IPCTAP_TRUNCATED;
    ipctap_begin(writer, &header);
    while (ipctap_section_next(record, &iterator, &section, NULL))
        ipctap_add_part(writer, section.type, section.index, section.address, section.bytes,
                        kept_size(words, &section), section.declared_size);
    return ipctap_end(writer);
}

gsize record_filter_cut(struct record_filter *filter, guint8 *bytes, gsize length)
{
    struct ipctap_record record;
    struct ipcshark_writer writer;
    gsize size;

    if (!ipctap_record_decode(bytes, length, &record, NULL) || !needs_cut(&filter->words, &record))
        return length;
    g_byte_array_set_size(filter->scratch, (guint)length);
    writer = ipcshark_writer(filter->scratch->data, length);
    size = rewrite(&filter->words, &record, &writer);
    if (!size)
        return length;
    memcpy(bytes, filter->scratch->data, size);
    return size;
}
