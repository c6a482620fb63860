/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file handles.c What the handles in messages and system calls stand for. See handles.h. */
#include "handles.h"

#include "keep.h"
#include "names.h"

#include <ipcshark/names.h>

static int hf_stands_for = -1;
static int hf_service = -1;
static int hf_opened_in = -1;
static int hf_closed_in = -1;
static int hf_stream = -1;
static gint ett_handle = -1;

/* Those of a list that have a name. */
struct named_handles {
    uint32_t count;
    struct named_handle handle[];
};

static wmem_map_t *kept; /* key_of() -> struct named_handles * */
static wmem_map_t
    *known; /* struct named_handles * -> itself: a server waits for the same ones always. */

static size_t size_of(const struct named_handles *handles)
{
    return sizeof *handles + handles->count * sizeof handles->handle[0];
}

static unsigned int handles_hash(const void *pointer)
{
    const struct named_handles *handles = (const struct named_handles *)pointer;

    return wmem_strong_hash((const uint8_t *)handles, size_of(handles));
}

static gboolean handles_equal(const void *a, const void *b)
{
    const struct named_handles *first = (const struct named_handles *)a;
    const struct named_handles *second = (const struct named_handles *)b;

    return first->count == second->count && memcmp(first, second, size_of(first)) == 0;
}

/* The records of a call are told by its exchange and their phase, others by their memo: both are
 * aligned, so the lowest bit is free. */
static void *key_of(const struct call_exchange *exchange, const struct call_context *context)
{
    const char *base = exchange ? (const char *)exchange : (const char *)context->memo;

    return (void *)(base + (exchange && call_is_exit(context)));
}

static const struct named_handles *handles_of(const struct call_context *context)
{
    return (const struct named_handles *)wmem_map_lookup(kept,
                                                         key_of(context->memo->exchange, context));
}

/* What the other process's record of the same message has; NULL if nothing. */
static const struct named_handles *handles_of_peer(const struct call_context *context)
{
    const struct call_exchange *exchange = context->memo->exchange;

    if (!exchange || !exchange->peer)
        return NULL;
    return (const struct named_handles *)wmem_map_lookup(kept, key_of(exchange->peer, context));
}

/* ---- First pass ---- */

/* A service's first interface needs no name beside the service's. */
static const char *other_interface(const char *service, const char *interface_name)
{
    const char *first = service && interface_name ? names_service_interface(service) : NULL;

    return g_strcmp0(interface_name, first) == 0 ? NULL : interface_name;
}

static struct named_handle *append(struct handle_list *list, uint32_t handle)
{
    struct named_handle *entry;

    if (list->count == HANDLES_MAX)
        return NULL;
    entry = &list->handle[list->count];
    memset(entry, 0, sizeof *entry); /* Padding is compared, too. */
    entry->handle = handle;
    entry->place = (uint16_t)list->count++;
    return entry;
}

static void set_session(struct named_handle *entry, const struct session *session)
{
    entry->session = session;
    entry->service = session->service;
    entry->interface_name = other_interface(session->service, session->self.interface_name);
    entry->is_port = session->is_port;
}

void handles_add(struct handle_list *list, const struct call_context *context, uint32_t handle)
{
    struct named_handle *entry = append(list, handle);
    const struct session *session = entry && handle ? session_find(context, handle) : NULL;

    if (session)
        set_session(entry, session);
}

static const struct named_handle *at_place(const struct named_handles *handles, uint16_t place)
{
    for (uint32_t n = 0; handles && n < handles->count; n++) {
        if (handles->handle[n].place == place)
            return &handles->handle[n];
    }
    return NULL;
}

/* The same session behind another process's handle. */
static void copy_sent(struct session *session, const struct named_handle *sent)
{
    session_copy(session, sent->session);
    session->is_port = sent->is_port;
}

/* What this record opened has replaced what was behind the number; the message said what it is for, and
 * the sender may know more. Other new handles are sessions only if the sender's are. */
static struct session *received_session(const struct call_context *context, uint32_t handle,
                                        const struct named_handle *sent)
{
    struct session *session = session_find(context, handle);
    bool is_sent = sent && sent->session;

    if (session && session->opened_in == context->pinfo->num) {
        if (is_sent && sent->session->service && !session->self.interface_name)
            copy_sent(session, sent);
        return session;
    }
    session_forget(context, handle);
    if (!is_sent)
        return NULL;
    session = session_open(context, handle, NULL, NULL);
    copy_sent(session, sent);
    return session;
}

void handles_add_received(struct handle_list *list, const struct call_context *context,
                          uint32_t handle)
{
    struct named_handle *entry = append(list, handle);
    const struct session *session;

    if (!entry || !handle)
        return;
    session = received_session(context, handle, at_place(handles_of_peer(context), entry->place));
    if (session)
        set_session(entry, session);
}

void handles_name(struct handle_list *list, uint32_t handle, const char *service,
                  const char *interface_name, bool is_port)
{
    for (unsigned int n = 0; n < list->count; n++) {
        struct named_handle *entry = &list->handle[n];

        if (entry->handle != handle || entry->service)
            continue;
        entry->service = service;
        entry->interface_name = other_interface(service, interface_name);
        entry->is_port = is_port;
    }
}

static bool is_named(const struct named_handle *entry)
{
    return entry->session || entry->service;
}

static void add_named(struct named_handles *handles, const struct named_handle *entry,
                      unsigned int count)
{
    for (unsigned int n = 0; n < count; n++) {
        if (is_named(&entry[n]))
            handles->handle[handles->count++] = entry[n];
    }
}

static bool names_anything(const struct handle_list *list)
{
    unsigned int n = 0;

    while (n < list->count && !is_named(&list->handle[n]))
        n++;
    return n < list->count;
}

/* A server waits for the same ones always: what it waited for is kept once. */
static struct named_handles *keep(const struct call_context *context,
                                  const struct named_handles *handles)
{
    bool is_wait = context->header->kind == IPCTAP_KERNEL_CALL;
    struct named_handles *same = is_wait ? (struct named_handles *)wmem_map_lookup(known, handles)
                                         : NULL;

    if (same)
        return same;
    same = (struct named_handles *)keep_alloc0(size_of(handles));
    memcpy(same, handles, size_of(handles));
    if (is_wait)
        wmem_map_insert(known, same, same);
    return same;
}

/* A system call's own ones come first, then those of the message that it carries. */
void handles_keep(const struct handle_list *list, const struct call_context *context)
{
    bool is_carried = context->header->kind == IPCTAP_KERNEL_CALL;
    const struct named_handles *before;
    struct named_handles *handles;

    if (!names_anything(list))
        return;
    before = is_carried ? handles_of(context) : NULL;
    handles = (struct named_handles *)wmem_alloc0(
        context->pinfo->pool,
        sizeof *handles + (list->count + (before ? before->count : 0)) * sizeof handles->handle[0]);
    if (before)
        add_named(handles, before->handle, before->count);
    add_named(handles, list->handle, list->count);
    wmem_map_insert(kept, key_of(context->memo->exchange, context), keep(context, handles));
}

/* ---- Every pass ---- */

static const struct named_handle *find(const struct call_context *context, uint32_t handle)
{
    const struct named_handles *handles = handle ? handles_of(context) : NULL;

    for (uint32_t n = 0; handles && n < handles->count; n++) {
        if (handles->handle[n].handle == handle)
            return &handles->handle[n];
    }
    return NULL;
}

/* "fsp-srv IFile" */
static const char *name_of(const struct call_context *context, const struct named_handle *entry)
{
    const char *interface_name = entry->interface_name ? horizon_short_name(entry->interface_name)
                                                       : NULL;

    if (!entry->service || !interface_name)
        return entry->service ? entry->service : interface_name;
    return wmem_strdup_printf(context->pinfo->pool, "%s %s", entry->service, interface_name);
}

void handles_add_name(struct text *text, const struct call_context *context, uint32_t handle)
{
    const struct named_handle *entry = find(context, handle);
    const char *name = entry ? name_of(context, entry) : NULL;

    if (!name)
        return;
    text_add(text, " (");
    text_add(text, name);
    text_add(text, ")");
}

/* "session to fsp-srv IFile" */
static const char *what(const struct call_context *context, const struct named_handle *entry)
{
    const char *kind = entry->is_port ? "port" : "session to";
    const char *name = name_of(context, entry);

    if (!name)
        return entry->is_port ? "port" : "session";
    return wmem_strdup_printf(context->pinfo->pool, "%s %s", kind, name);
}

static void add_frame(proto_tree *tree, int hf, tvbuff_t *tvb, uint32_t frame)
{
    if (frame)
        plugin_add_generated_uint(tree, hf, tvb, frame);
}

static void add_session(proto_tree *tree, tvbuff_t *tvb, const struct session *session)
{
    add_frame(tree, hf_opened_in, tvb, session_opened_in(session));
    add_frame(tree, hf_closed_in, tvb, session_closed_in(session));
    plugin_add_generated_uint(tree, hf_stream, tvb, session->stream);
}

void handles_describe(const struct call_context *context, proto_item *item, tvbuff_t *tvb,
                      uint32_t handle)
{
    const struct named_handle *entry = find(context, handle);
    const char *text;
    proto_tree *tree;
    uint32_t opened_in;

    if (!entry)
        return;
    text = what(context, entry);
    tree = proto_item_add_subtree(item, ett_handle);
    plugin_add_generated_string(tree, hf_stands_for, tvb, text);
    plugin_add_generated_string(tree, hf_service, tvb, entry->service);
    if (entry->session)
        add_session(tree, tvb, entry->session);
    opened_in = entry->session ? session_opened_in(entry->session) : 0;
    if (opened_in == context->pinfo->num)
        proto_item_append_text(item, " (%s, opened here)", text);
    else if (opened_in)
        proto_item_append_text(item, " (%s, opened in frame %u)", text, opened_in);
    else
        proto_item_append_text(item, " (%s)", text);
}

void handles_register(int protocol)
{
    static gint *trees[] = {&ett_handle};
    static hf_register_info fields[] = {
        {&hf_stands_for,
         {"Stands for", "ipctap.handle.stands_for", FT_STRING, BASE_NONE, NULL, 0,
          "What is behind a handle that a message passes on or a system call is about", HFILL}},
        {&hf_service,
         {"Service", "ipctap.handle.service", FT_STRING, BASE_NONE, NULL, 0,
          "Service or port behind that handle", HFILL}},
        {&hf_opened_in,
         {"Opened in", "ipctap.handle.opened_in", FT_FRAMENUM, BASE_NONE, NULL, 0,
          "Where the process got the handle", HFILL}},
        {&hf_closed_in,
         {"Closed in", "ipctap.handle.closed_in", FT_FRAMENUM, BASE_NONE, NULL, 0, NULL, HFILL}},
        {&hf_stream,
         {"Stream", "ipctap.handle.stream", FT_UINT32, BASE_DEC, NULL, 0,
          "The session's ipctap.stream", HFILL}},
    };

    proto_register_field_array(protocol, fields, array_length(fields));
    proto_register_subtree_array(trees, array_length(trees));
    kept =
        wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), g_direct_hash, g_direct_equal);
    known =
        wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), handles_hash, handles_equal);
}
