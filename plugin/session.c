/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file session.c What the handles of each process stand for. See plugin.h. */
#include "keep.h"
#include "state.h"

#include <ipcshark/names.h>

#include <string.h>

static uint32_t session_count;
static uint32_t object_count;

static void forget_count(void)
{
    session_count = 0;
    object_count = 0;
}

void session_register(void)
{
    register_init_routine(forget_count);
}

uint32_t session_stream_count(void)
{
    return session_count;
}

uint32_t session_object_count(void)
{
    return object_count;
}

/* Records ask for the same few sessions again and again. */
static struct recent_session *recent_of(struct process_state *process, uint32_t handle)
{
    return &process->recent[plugin_mix(handle, 0) >> 32 & (PROCESS_RECENT_SESSIONS - 1)];
}

static struct session *find(struct process_state *process, uint32_t handle)
{
    struct recent_session *recent = recent_of(process, handle);

    if (recent->session && recent->handle == handle)
        return recent->session;
    if (!process->handles)
        return NULL;
    recent->handle = handle;
    recent->session =
        (struct session *)g_hash_table_lookup(process->handles, GUINT_TO_POINTER(handle));
    return recent->session;
}

static void share(struct process_state *process, uint32_t handle, struct session *session)
{
    if (!process->handles)
        process->handles = state_new_table(NULL, NULL);
    g_hash_table_insert(process->handles, GUINT_TO_POINTER(handle), session);
    *recent_of(process, handle) = (struct recent_session){handle, session};
}

struct session *session_find(const struct call_context *context, uint32_t handle)
{
    return find(context->process, handle);
}

/* "IFile#5": how an object is called in the Info column; the number tells it from its siblings. */
static void name_object(struct session_object *object)
{
    const char *interface_name = object->interface_name ? horizon_short_name(object->interface_name)
                                                        : "object";
    struct text text;

    if (!object->id) {
        object->path = interface_name;
        return;
    }
    text_begin(&text);
    text_add(&text, interface_name);
    text_add(&text, "#");
    text_add_unsigned(&text, object->id);
    object->path = keep_unique(text_end(&text));
}

struct session *session_new(const char *service, const char *interface_name)
{
    struct session *session = keep_new0(struct session);

    session->stream = session_count++;
    session->self.stream = object_count++;
    session->service = keep_unique(service);
    session->self.interface_name = keep_unique(interface_name);
    name_object(&session->self);
    return session;
}

enum agreement {
    SAYS_THE_SAME,
    SAYS_MORE,
    IS_ANOTHER
};

static enum agreement agree_on_number(const struct call_context *context,
                                      const struct session *session)
{
    uint64_t number = record_u64(context, IPCTAP_SESSION);

    if (!number || number == session->number)
        return SAYS_THE_SAME;
    return session->number ? IS_ANOTHER : SAYS_MORE;
}

static enum agreement agree_on_service(const struct call_context *context,
                                       const struct session *session)
{
    const char *service;

    if (record_text_is(context, IPCTAP_SERVICE, session->service))
        return SAYS_THE_SAME;
    service = record_text(context, IPCTAP_SERVICE, 0);
    if (!service)
        return SAYS_THE_SAME;
    return session->service && strcmp(service, session->service) != 0 ? IS_ANOTHER : SAYS_MORE;
}

/* What the record says of the session is known, and asked for again and again. */
static bool is_agreed(const struct call_context *context, const struct session *session)
{
    const struct process_state *process = context->process;

    return process->agreed_in == context->memo && process->agreed_on == session;
}

/* Session numbers are not reused: another number is another session behind the same handle. So is
 * another service: no object of the former one is the new one's. */
static bool is_another(const struct call_context *context, const struct session *session)
{
    enum agreement number = agree_on_number(context, session);
    enum agreement service = number == IS_ANOTHER ? IS_ANOTHER : agree_on_service(context, session);

    if (number == SAYS_THE_SAME && service == SAYS_THE_SAME) {
        context->process->agreed_in = context->memo;
        context->process->agreed_on = session;
    }
    return service == IS_ANOTHER;
}

struct session *session_find_same(const struct call_context *context, uint32_t handle)
{
    struct session *session = session_find(context, handle);

    if (session && !session_is_one(session))
        return NULL;
    if (!session || is_agreed(context, session))
        return session;
    return is_another(context, session) ? NULL : session;
}

static struct session *make_older(struct process_state *process, uint32_t handle)
{
    struct session *session = session_new(decode_as_service(process->pid, handle), NULL);

    session->handle = handle;
    share(process, handle, session);
    return session;
}

struct session *session_get(const struct call_context *context, uint32_t handle)
{
    struct session *session = session_find_same(context, handle);

    return session ? session : make_older(context->process, handle);
}

struct session *session_of_process(const struct call_context *context, uint32_t pid,
                                   uint32_t handle)
{
    struct process_state *process = state_process(context, pid);
    struct session *session = find(process, handle);

    return session ? session : make_older(process, handle);
}

struct session *session_open(const struct call_context *context, uint32_t handle,
                             const char *service, const char *interface_name)
{
    struct session *session = session_new(service, interface_name);

    session_close(context, handle);
    session->opened_in = context->pinfo->num;
    session->self.opened_in = context->pinfo->num;
    session_share(context, handle, session);
    return session;
}

struct session *session_open_other(const struct call_context *context, uint32_t handle,
                                   enum handle_kind kind, const char *origin)
{
    struct session *other = keep_new0(struct session);

    session_close(context, handle);
    other->kind = (uint8_t)kind;
    other->origin = origin;
    other->opened_in = context->pinfo->num;
    session_share(context, handle, other);
    return other;
}

void session_share(const struct call_context *context, uint32_t handle, struct session *session)
{
    share(context->process, handle, session);
}

/* Returns what was behind it. */
static struct session *remove_handle(const struct call_context *context, uint32_t handle)
{
    struct session *session = session_find(context, handle);

    recent_of(context->process, handle)->session = NULL;
    if (session)
        g_hash_table_remove(context->process->handles, GUINT_TO_POINTER(handle));
    return session;
}

void session_forget(const struct call_context *context, uint32_t handle)
{
    remove_handle(context, handle);
}

/* A session with more objects than this is not copied whole: the copy costs time for every handle
 * that claims the same session. */
#define MAX_COPIED_OBJECTS 256

static void copy_objects(struct session *session, const struct session *known)
{
    wmem_list_t *ids = wmem_map_get_keys(wmem_file_scope(), known->objects);
    wmem_list_frame_t *frame = wmem_list_head(ids);

    for (int n = 0; frame && n < MAX_COPIED_OBJECTS; n++, frame = wmem_list_frame_next(frame)) {
        void *id = wmem_list_frame_data(frame);

        wmem_map_insert(session->objects, id, wmem_map_lookup(known->objects, id));
    }
    wmem_destroy_list(ids);
}

void session_copy(struct session *session, const struct session *known)
{
    session->service = known->service;
    session->owner = known->owner;
    session->is_domain = known->is_domain;
    session->root = known->root;
    session->self.interface_name = known->self.interface_name;
    session->self.path = known->self.path;
    session->self.file = known->self.file;
    if (!known->objects || session->objects)
        return;
    session->objects = wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
    copy_objects(session, known);
}

/* "CloneCurrentObject": the domain is one, whatever session its objects are opened and closed
 * by. */
struct session *session_clone(const struct call_context *context, uint32_t handle,
                              struct session *original)
{
    struct session *session = session_open(context, handle, NULL, NULL);

    if (original->is_domain && !original->objects)
        original->objects = wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
    session->objects = original->objects;
    session_copy(session, original);
    return session;
}

static bool knows_nothing(const struct session *session)
{
    return !session->service && !session->self.interface_name && !session->objects;
}

/* "SESSION: number of the session in the kernel, equal in both processes' records." */
static void learn_number(const struct call_context *context, struct session *session)
{
    uint64_t number = record_u64(context, IPCTAP_SESSION);
    struct source_state *source;
    const struct session *known;

    if (!number || session->number == number)
        return;
    source = context->source;
    session->number = number;
    known = (const struct session *)wmem_map_lookup(source->numbers, &number);
    if (known && knows_nothing(session))
        session_copy(session, known);
    if (!known || !knows_nothing(session))
        wmem_map_insert(source->numbers, keep_copy(&number, sizeof number), session);
}

/* A session has one other end: who meets a second one, to another service, has been closed unseen
 * and its handle given out again. */
static bool is_reused(const struct session *session, const struct session *other)
{
    return session->other && session->other != other && session->service && other->service &&
           strcmp(session->service, other->service) != 0;
}

struct session *session_meet(const struct call_context *context, uint32_t handle,
                             struct session *session, struct session *other)
{
    if (!other || session->other == other)
        return session;
    if (is_reused(session, other)) {
        session = session_new(NULL, NULL);
        session_share(context, handle, session);
    }
    session->other = other;
    other->other = session;
    if (!session->service)
        session_copy(session, other);
    else if (knows_nothing(other))
        session_copy(other, session);
    return session;
}

uint32_t session_opened_in(const struct session *session)
{
    if (session->opened_in || !session->other)
        return session->opened_in;
    return session->other->opened_in;
}

uint32_t session_closed_in(const struct session *session)
{
    uint32_t own = session->closed_in;
    uint32_t other = session->other ? session->other->closed_in : 0;

    /* The first of both, so that one pass and two agree when the second is closed, too. */
    return own && other ? MIN(own, other) : MAX(own, other);
}

static void learn_service(const struct call_context *context, struct session *session)
{
    const char *service;

    if (record_text_is(context, IPCTAP_SERVICE, session->service))
        return;
    service = record_kept_text(context, IPCTAP_SERVICE, 0);
    if (service)
        session->service = service;
}

void session_learn(const struct call_context *context, struct session *session)
{
    context->learnt->session = session;
    if (!is_agreed(context, session)) {
        learn_number(context, session);
        learn_service(context, session);
    }
    if (context->header->flags & IPCTAP_DOMAIN)
        session->is_domain = true;
}

void session_close(const struct call_context *context, uint32_t handle)
{
    struct session *session = remove_handle(context, handle);

    if (session && !session->closed_in)
        session->closed_in = context->pinfo->num;
}

static void close_one(void *handle _U_, void *value, void *frame)
{
    struct session *session = (struct session *)value;

    if (!session->closed_in)
        session->closed_in = GPOINTER_TO_UINT(frame);
}

void session_close_process(const struct call_context *context)
{
    struct process_state *process = context->process;

    if (!process->handles)
        return;
    g_hash_table_foreach(process->handles, close_one, GUINT_TO_POINTER(context->pinfo->num));
    state_forget_handles(process);
}

struct session_object *session_object(struct session *session, uint32_t id)
{
    if (id == 0)
        return &session->self;
    if (!session->objects)
        return NULL;
    return (struct session_object *)wmem_map_lookup(session->objects, GUINT_TO_POINTER(id));
}

static struct session_object *add_object(struct session *session, uint32_t id)
{
    struct session_object *object = keep_new0(struct session_object);

    object->id = id;
    object->stream = object_count++;
    if (!session->objects)
        session->objects = wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
    wmem_map_insert(session->objects, GUINT_TO_POINTER(id), object);
    return object;
}

struct session_object *session_object_set(const struct call_context *context,
                                          struct session *session, uint32_t id,
                                          const char *interface_name, bool opened)
{
    struct session_object *object = session_object(session, id);

    if (!object || (opened && id)) /* An id that is given out again is another object. */
        object = add_object(session, id);
    if (opened)
        object->opened_in = context->pinfo->num;
    if (interface_name && g_strcmp0(interface_name, object->interface_name) != 0) {
        object->interface_name = keep_unique(interface_name);
        object->path = NULL;
    }
    if (!object->path)
        name_object(object);
    return object;
}

void session_object_close(const struct call_context *context, struct session *session, uint32_t id)
{
    struct session_object *object = session_object(session, id);

    if (object && !object->closed_in)
        object->closed_in = context->pinfo->num;
    if (id && session->objects)
        wmem_map_remove(session->objects, GUINT_TO_POINTER(id));
}
