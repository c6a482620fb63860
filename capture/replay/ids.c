/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ids.h"

struct id {
    guint64 captured;
    guint64 now;
    guint32 within;
    enum id_kind kind;
};

struct ids {
    GHashTable *table;
};

static guint id_hash(gconstpointer data)
{
    const struct id *id = data;

    return (guint)(id->captured * 0x9E3779B1u) ^ id->within * 31 ^ (guint)id->kind;
}

static gboolean id_equal(gconstpointer a, gconstpointer b)
{
    const struct id *one = a;
    const struct id *other = b;

    return one->captured == other->captured && one->within == other->within &&
           one->kind == other->kind;
}

struct ids *ids_new(void)
{
    struct ids *ids = g_new0(struct ids, 1);

    ids->table = g_hash_table_new_full(id_hash, id_equal, g_free, NULL);
    return ids;
}

void ids_free(struct ids *ids)
{
    g_hash_table_unref(ids->table);
    g_free(ids);
}

static void put(struct ids *ids, enum id_kind kind, guint32 within, guint64 captured, guint64 now)
{
    struct id *id = g_new(struct id, 1);

    *id = (struct id){.captured = captured, .now = now, .within = within, .kind = kind};
    g_hash_table_replace(ids->table, id, id);
}

void ids_learn(struct ids *ids, enum id_kind kind, guint32 within, guint64 captured, guint64 now)
{
    put(ids, kind, within, captured, now);
    if (within)
        put(ids, kind, 0, captured, now);
}

static const struct id *find(const struct ids *ids, enum id_kind kind, guint32 within,
                             guint64 captured)
{
    const struct id wanted = {.captured = captured, .within = within, .kind = kind};

    return g_hash_table_lookup(ids->table, &wanted);
}

gboolean ids_know(const struct ids *ids, enum id_kind kind, guint32 within, guint64 captured)
{
    return find(ids, kind, within, captured) != NULL;
}

guint64 ids_now(const struct ids *ids, enum id_kind kind, guint32 within, guint64 captured)
{
    const struct id *id = find(ids, kind, within, captured);

    if (!id && within)
        id = find(ids, kind, 0, captured);
    return id ? id->now : captured;
}
