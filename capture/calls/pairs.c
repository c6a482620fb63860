/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pairs.h"
#include "text.h"

#include <string.h>

struct pair_key {
    guint64 call_id;
    guint32 pid;
    guint32 tid; /**< Only without a call_id. */
    guint16 source;
    guint8 kind;
    guint8 is_server;
};

struct open_pair {
    struct pair_key key;
    guint64 number;
    struct call call;
    struct ipctap_record record;
    guint8 *bytes;
    GList link; /**< In the order of age. */
};

struct pairs {
    pair_function function;
    void *data;
    struct sessions *sessions;
    GHashTable *open;
    GQueue age;
    gsize bytes;
};

static guint key_hash(gconstpointer data)
{
    const struct pair_key *key = data;

    return (guint)(key->call_id * 0x9E3779B1u) ^ key->pid * 31 ^ key->tid * 131 ^ key->source;
}

static gboolean key_equal(gconstpointer a, gconstpointer b)
{
    const struct pair_key *one = a;
    const struct pair_key *other = b;

    return one->call_id == other->call_id && one->pid == other->pid && one->tid == other->tid &&
           one->source == other->source && one->kind == other->kind &&
           one->is_server == other->is_server;
}

struct pairs *pairs_new(pair_function function, void *data)
{
    struct pairs *pairs = g_new0(struct pairs, 1);

    pairs->function = function;
    pairs->data = data;
    pairs->sessions = sessions_new();
    pairs->open = g_hash_table_new(key_hash, key_equal);
    return pairs;
}

/** Takes it out of the tables; open_pair_free() is the caller's. */
static void forget(struct pairs *pairs, struct open_pair *open)
{
    g_hash_table_remove(pairs->open, &open->key);
    g_queue_unlink(&pairs->age, &open->link);
    pairs->bytes -= open->record.length;
}

static void open_pair_free(struct open_pair *open)
{
    call_clear(&open->call);
    g_free(open->bytes);
    g_free(open);
}

static void give(struct pairs *pairs, const struct open_pair *open, enum pair_status status,
                 const struct ipctap_record *exit, guint64 exit_number)
{
    const struct pair pair = {.status = status,
                              .number = open->number,
                              .exit_number = exit_number,
                              .enter = &open->record,
                              .exit = exit,
                              .call = open->call};

    pairs->function(pairs->data, &pair);
}

static void give_up(struct pairs *pairs, struct open_pair *open)
{
    forget(pairs, open);
    give(pairs, open, PAIR_UNANSWERED, NULL, 0);
    open_pair_free(open);
}

void pairs_finish(struct pairs *pairs)
{
    while (pairs->age.head)
        give_up(pairs, pairs->age.head->data);
}

void pairs_free(struct pairs *pairs)
{
    while (pairs->age.head) {
        struct open_pair *open = pairs->age.head->data;

        forget(pairs, open);
        open_pair_free(open);
    }
    g_hash_table_unref(pairs->open);
    sessions_free(pairs->sessions);
    g_free(pairs);
}

static struct pair_key key_of(const struct ipctap_header *header)
{
    return (struct pair_key){.call_id = header->call_id,
                             .pid = header->pid,
                             .tid = header->call_id ? 0 : header->tid,
                             .source = header->source,
                             .kind = header->kind,
                             .is_server = (header->flags & IPCTAP_SERVER) != 0};
}

/** "With tid unknown too, nothing is joined." */
static gboolean can_join(const struct ipctap_header *header)
{
    return header->call_id || header->tid != IPCTAP_UNKNOWN_ID;
}

static void copy_record(struct open_pair *open, const struct ipctap_record *record)
{
    open->bytes = g_memdup2(record->bytes, record->length);
    open->record = *record;
    open->record.bytes = open->bytes;
}

static void keep(struct pairs *pairs, struct open_pair *open, const struct ipctap_record *record)
{
    struct open_pair *before = g_hash_table_lookup(pairs->open, &open->key);

    /* One that is called again under the same number will not be answered any more. */
    if (before)
        give_up(pairs, before);
    while (pairs->age.head &&
           (pairs->age.length >= PAIRS_MAX_OPEN || pairs->bytes + record->length > PAIRS_MAX_BYTES))
        give_up(pairs, pairs->age.head->data);
    copy_record(open, record);
    g_hash_table_add(pairs->open, &open->key);
    open->link.data = open;
    g_queue_push_tail_link(&pairs->age, &open->link);
    pairs->bytes += record->length;
}

static void take_enter(struct pairs *pairs, const struct ipctap_record *record, guint64 number)
{
    const struct ipctap_header *header = &record->header;
    struct open_pair *open = g_new0(struct open_pair, 1);
    gboolean is_event = header->phase != IPCTAP_ENTER;

    open->key = key_of(header);
    open->number = number;
    call_describe(pairs->sessions, record, &open->call);
    if (!is_event && !(header->flags & IPCTAP_NO_EXIT) && can_join(header)) {
        keep(pairs, open, record);
        return;
    }
    open->record = *record;
    give(pairs, open,
         is_event                         ? PAIR_EVENT
         : header->flags & IPCTAP_NO_EXIT ? PAIR_NO_EXIT
                                          : PAIR_UNANSWERED,
         NULL, 0);
    open_pair_free(open);
}

static void give_reply(struct pairs *pairs, const struct ipctap_record *record, guint64 number)
{
    struct pair pair = {
        .status = PAIR_REPLY_ONLY, .number = number, .exit_number = number, .exit = record};

    pair.call.service = call_record_text(record, IPCTAP_SERVICE, 0);
    pair.call.interface_name = call_record_text(record, IPCTAP_INTERFACE, 0);
    pair.call.command = call_record_text(record, IPCTAP_FUNCTION, 0);
    pairs->function(pairs->data, &pair);
    call_clear(&pair.call);
}

/** A handle's number may be given anew at once: what a close ends is forgotten by its request. */
static void take_exit(struct pairs *pairs, const struct ipctap_record *record, guint64 number)
{
    struct pair_key key = key_of(&record->header);
    struct open_pair *open = can_join(&record->header) ? g_hash_table_lookup(pairs->open, &key)
                                                       : NULL;

    if (!open) {
        give_reply(pairs, record, number);
        return;
    }
    forget(pairs, open);
    call_learn(pairs->sessions, record, &open->call);
    give(pairs, open, PAIR_ANSWERED, record, number);
    open_pair_free(open);
}

/** "A producer that is attached late sends a snapshot note per open session." */
static void take_note(struct pairs *pairs, const struct ipctap_record *record)
{
    const struct ipctap_header *header = &record->header;
    g_autofree char *service = call_record_text(record, IPCTAP_SERVICE, 0);
    struct session_key key = {header->source, header->pid, header->object};
    struct session *session;

    if (!header->object || !*service)
        return;
    session = sessions_open(pairs->sessions, key, service, NULL);
    session->is_domain = header->flags & IPCTAP_DOMAIN;
}

void pairs_take(struct pairs *pairs, const struct ipctap_record *record, guint64 number)
{
    if (record->header.kind == IPCTAP_NOTE)
        take_note(pairs, record);
    else if (record->header.phase == IPCTAP_EXIT)
        take_exit(pairs, record, number);
    else
        take_enter(pairs, record, number);
}
