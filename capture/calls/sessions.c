/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sessions.h"

enum {
    MAX_SESSIONS = 1 << 16,
};

/** A session, under its key, or an object of it, under the session's number and its id. */
struct entry {
    uint64_t owner;
    uint32_t id;
    struct session session;
};

struct sessions {
    GHashTable *handles;
    GHashTable *objects;
    uint64_t count;
};

static guint entry_hash(gconstpointer data)
{
    const struct entry *entry = data;

    return (guint)((entry->owner * 31 + entry->id) * G_GUINT64_CONSTANT(0x9E3779B97F4A7C15) >> 32);
}

static gboolean entry_equal(gconstpointer a, gconstpointer b)
{
    const struct entry *one = a;
    const struct entry *other = b;

    return one->owner == other->owner && one->id == other->id;
}

static void session_clear(struct session *session)
{
    g_clear_pointer(&session->service, g_free);
    g_clear_pointer(&session->interface_name, g_free);
    session->is_domain = false;
}

static void entry_free(gpointer data)
{
    struct entry *entry = data;

    session_clear(&entry->session);
    g_free(entry);
}

struct sessions *sessions_new(void)
{
    struct sessions *sessions = g_new0(struct sessions, 1);

    sessions->handles = g_hash_table_new_full(entry_hash, entry_equal, entry_free, NULL);
    sessions->objects = g_hash_table_new_full(entry_hash, entry_equal, entry_free, NULL);
    return sessions;
}

void sessions_free(struct sessions *sessions)
{
    g_hash_table_unref(sessions->handles);
    g_hash_table_unref(sessions->objects);
    g_free(sessions);
}

static struct session *find(GHashTable *table, uint64_t owner, uint32_t id)
{
    const struct entry wanted = {.owner = owner, .id = id};
    struct entry *entry = g_hash_table_lookup(table, &wanted);

    return entry ? &entry->session : NULL;
}

static struct session *get(struct sessions *sessions, GHashTable *table, uint64_t owner,
                           uint32_t id)
{
    struct session *session = find(table, owner, id);
    struct entry *entry;

    if (session)
        return session;
    if (g_hash_table_size(table) >= MAX_SESSIONS)
        g_hash_table_remove_all(table);
    entry = g_new0(struct entry, 1);
    entry->owner = owner;
    entry->id = id;
    entry->session.number = ++sessions->count;
    g_hash_table_add(table, entry);
    return &entry->session;
}

static uint64_t owner_of(struct session_key key)
{
    return (uint64_t)key.source << 32 | key.pid;
}

struct session *sessions_find(struct sessions *sessions, struct session_key key)
{
    return key.handle ? find(sessions->handles, owner_of(key), key.handle) : NULL;
}

struct session *sessions_get(struct sessions *sessions, struct session_key key)
{
    return get(sessions, sessions->handles, owner_of(key), key.handle);
}

struct session *sessions_open(struct sessions *sessions, struct session_key key,
                              const char *service, const char *interface_name)
{
    struct session *session = sessions_get(sessions, key);
    char *kept_service = g_strdup(service);
    char *kept_interface = g_strdup(interface_name);

    session_clear(session);
    session->number = ++sessions->count;
    session->service = kept_service;
    session->interface_name = kept_interface;
    return session;
}

void sessions_close(struct sessions *sessions, struct session_key key)
{
    const struct entry wanted = {.owner = owner_of(key), .id = key.handle};

    g_hash_table_remove(sessions->handles, &wanted);
}

const char *sessions_object(struct sessions *sessions, const struct session *session,
                            uint32_t object_id)
{
    const struct session *object = find(sessions->objects, session->number, object_id);

    return object ? object->interface_name : NULL;
}

void sessions_set_object(struct sessions *sessions, const struct session *session,
                         uint32_t object_id, const char *interface_name)
{
    struct session *object = get(sessions, sessions->objects, session->number, object_id);

    if (g_strcmp0(object->interface_name, interface_name) == 0)
        return;
    g_free(object->interface_name);
    object->interface_name = g_strdup(interface_name);
}
