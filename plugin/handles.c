/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file handles.c What the handles in messages and system calls stand for. See handles.h. */
#include "handles.h"

#include "keep.h"
#include "names.h"
#include "state.h"

#include <ipcshark/names.h>

static int hf_stands_for = -1;
static int hf_service = -1;
static int hf_opened_in = -1;
static int hf_closed_in = -1;
static int hf_made_in = -1;
static int hf_stream = -1;
static gint ett_handle = -1;

/* Those of a list that have a name. */
struct named_handles {
    uint32_t count;
    struct named_handle handle[];
};

/* What the records of a frame have, in the order of the first pass. */
struct kept_handles {
    const void *key; /* key_of() */
    const struct named_handles *handles;
    uint32_t frame;
};

/* Of one capture file; first passes see its frames in order, so the array is sorted by them. */
static struct kept_handles *kept;
static uint32_t kept_count, kept_room;

static void forget_kept(void)
{
    kept = NULL; /* It was of file scope. */
    kept_count = kept_room = 0;
}

/* The records of a call are told by its exchange and their phase, others by their memo: both are
 * aligned, so the lowest bit is free. */
static const void *key_of(const struct call_exchange *exchange, const struct call_context *context)
{
    const char *base = exchange ? (const char *)exchange : (const char *)context->memo;

    return base + (exchange && call_is_exit(context));
}

/* How many are of earlier frames. Mostly it is one of the last that is asked for. */
static uint32_t first_of_frame(uint32_t frame)
{
    uint32_t low, high = kept_count, step = 1;

    for (; step <= kept_count && kept[kept_count - step].frame >= frame; step *= 2)
        high = kept_count - step;
    low = step <= kept_count ? kept_count - step + 1 : 0;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (kept[middle].frame < frame)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The last one: a record that is carried is kept with what carries it. */
static const struct named_handles *handles_in(uint32_t frame, const void *key)
{
    const struct named_handles *handles = NULL;

    for (uint32_t n = first_of_frame(frame); n < kept_count && kept[n].frame == frame; n++) {
        if (kept[n].key == key)
            handles = kept[n].handles;
    }
    return handles;
}

static const struct named_handles *handles_of(const struct call_context *context)
{
    return handles_in(context->pinfo->num, key_of(context->memo->exchange, context));
}

/* What the other process's record of the same message has; NULL if nothing. */
static const struct named_handles *handles_of_peer(const struct call_context *context)
{
    const struct call_exchange *exchange = context->memo->exchange;
    const struct call_exchange *peer = exchange ? exchange->peer : NULL;

    if (!peer)
        return NULL;
    return handles_in(call_is_exit(context) ? peer->exit_frame : peer->enter_frame,
                      key_of(peer, context));
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
    entry->kind = session->kind;
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
    session->kind = sent->kind;
}

/* ---- What a message says of a handle that it brings ---- */

static bool is_counted(const struct handle_source *source, const struct ipcshark_type *type)
{
    if (type->kind == IPCSHARK_TYPE_OBJECT)
        return source->has_objects;
    return type->kind == IPCSHARK_TYPE_HANDLE &&
           (source->is_any || (type->attribute == 1) == source->is_move);
}

/* Objects are counted before the command's own handles, in whichever order they are declared. */
static const struct ipcshark_field *argument_of(const struct handle_source *source)
{
    const struct ipcshark_command *command = source->command ? source->command->description : NULL;
    const struct ipcshark_field *fields;
    unsigned int n = source->n;
    uint16_t count;

    if (!command)
        return NULL;
    fields = source->is_reply ? command->out : command->in;
    count = source->is_reply ? command->out_count : command->in_count;
    for (unsigned int pass = source->has_objects ? 0 : 1; pass < 2; pass++) {
        for (uint16_t i = 0; i < count; i++) {
            bool is_object = fields[i].type->kind == IPCSHARK_TYPE_OBJECT;

            if (is_object == !pass && is_counted(source, fields[i].type) && n-- == 0)
                return &fields[i];
        }
    }
    return NULL;
}

struct kind_word {
    const char *word;
    enum handle_kind kind;
};

static enum handle_kind kind_by_words(const struct kind_word *words, const char *name)
{
    while (words->word && !strstr(name, words->word))
        words++;
    return words->kind;
}

/* Whoever described the command has named its argument for what it is: "outMemHandle". */
static enum handle_kind kind_by_argument(const char *name)
{
    static const struct kind_word words[] = {
        {"event", HANDLE_EVENT},     {"semaphore", HANDLE_SEMAPHORE}, {"mutex", HANDLE_MUTEX},
        {"lock", HANDLE_MUTEX},      {"mem", HANDLE_MEMORY},          {"shared", HANDLE_MEMORY},
        {"process", HANDLE_PROCESS}, {"proc_h", HANDLE_PROCESS},      {NULL, HANDLE_OTHER},
    };
    char *lower = g_ascii_strdown(name, -1);
    enum handle_kind kind = kind_by_words(words, lower);

    g_free(lower);
    return kind;
}

/* "GetNpadStyleSetUpdateEventHandle", "GetSharedMemoryHandle"; an event's observer is moved. */
static enum handle_kind kind_by_command(const struct handle_source *source)
{
    static const struct kind_word words[] = {
        {"Event", HANDLE_EVENT},
        {"SharedMemory", HANDLE_MEMORY},
        {"TransferMemory", HANDLE_MEMORY},
        {NULL, HANDLE_OTHER},
    };

    if (source->is_move || !source->command || !source->command->name)
        return HANDLE_OTHER;
    return kind_by_words(words, source->command->name);
}

enum handle_kind handles_kind(const struct handle_source *source)
{
    const struct ipcshark_field *argument = argument_of(source);
    bool is_handle = argument && argument->type->kind == IPCSHARK_TYPE_HANDLE;
    enum handle_kind kind = is_handle ? kind_by_argument(argument->name) : HANDLE_OTHER;

    return kind == HANDLE_OTHER ? kind_by_command(source) : kind;
}

/* "hid:USER GetIPCHandles"; NULL if the command has no name. */
static const char *origin_of(const struct call_context *context, const struct handle_source *source)
{
    const struct known_command *command = source->command;

    if (!command || !command->name)
        return NULL;
    return keep_unique(wmem_strdup_printf(context->pinfo->pool, "%s %s",
                                          source->group ? source->group : "unknown session",
                                          command->name));
}

/* What its maker or the sender knows; else what the message says of it, if that is anything. */
static struct session *open_other(const struct call_context *context, uint32_t handle,
                                  const struct session *sent, const struct handle_source *source)
{
    const char *origin = sent ? sent->origin : origin_of(context, source);
    enum handle_kind kind = sent ? (enum handle_kind)sent->kind : handles_kind(source);
    struct session *other;

    if (kind == HANDLE_OTHER && !origin) {
        session_close(context, handle);
        return NULL;
    }
    other = session_open_other(context, handle, kind, origin);
    if (sent)
        other->made_in = sent->made_in ? sent->made_in : sent->opened_in;
    return other;
}

/* By this record; or, before the system call that brings it returns, by the server's record of the
 * same message. */
static bool is_brought_by_call(const struct call_context *context, const struct session *session)
{
    const struct call_exchange *exchange = context->memo->exchange;

    if (session->opened_in == context->pinfo->num)
        return true;
    return context->header->kind == IPCTAP_KERNEL_CALL && exchange && exchange->enter_frame &&
           session->opened_in > exchange->enter_frame;
}

/* What this record opened has replaced what was behind the number; the message said what it is for,
 * and the sender may know more. Other new handles are sessions only if the sender's are. */
static struct session *received_session(const struct call_context *context, uint32_t handle,
                                        const struct named_handle *sent,
                                        const struct handle_source *source)
{
    struct session *session = session_find(context, handle);
    const struct session *from = sent ? sent->session : NULL;

    if (session && is_brought_by_call(context, session)) {
        if (from && from->service && !session->self.interface_name)
            copy_sent(session, sent);
        return session;
    }
    session_forget(context, handle);
    if (!from || !session_is_one(from))
        return open_other(context, handle, from, source);
    session = session_open(context, handle, NULL, NULL);
    copy_sent(session, sent);
    return session;
}

void handles_add_received(struct handle_list *list, const struct call_context *context,
                          uint32_t handle, const struct handle_source *source)
{
    struct named_handle *entry = append(list, handle);
    const struct session *session;

    if (!entry || !handle)
        return;
    session =
        received_session(context, handle, at_place(handles_of_peer(context), entry->place), source);
    entry->is_new = true;
    if (session)
        set_session(entry, session);
}

void handles_add_object(struct handle_list *list, struct session *session, uint32_t id)
{
    struct named_handle *entry = append(list, id);
    const struct session_object *object = entry && id ? session_object(session, id) : NULL;

    if (!object)
        return;
    entry->object = object;
    entry->service = session->service;
    entry->interface_name = object->path;
}

void handles_name(struct handle_list *list, uint32_t handle, const char *service,
                  const char *interface_name, enum handle_kind kind)
{
    for (unsigned int n = 0; n < list->count; n++) {
        struct named_handle *entry = &list->handle[n];

        if (entry->handle != handle || entry->service || entry->object)
            continue;
        entry->service = service;
        entry->interface_name = other_interface(service, interface_name);
        entry->kind = (uint8_t)kind;
    }
}

static bool is_named(const struct named_handle *entry)
{
    return entry->session || entry->service || entry->object;
}

/* A system call's, and those of the message that it carries. */
struct gathered {
    uint32_t count;
    struct named_handle handle[2 * HANDLES_MAX];
};

static void add_named(struct gathered *handles, const struct named_handle *entry,
                      unsigned int count)
{
    for (unsigned int n = 0; n < count && handles->count < array_length(handles->handle); n++) {
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

static bool is_equal(const struct named_handles *kept_ones, const struct gathered *handles)
{
    return kept_ones && kept_ones->count == handles->count &&
           memcmp(kept_ones->handle, handles->handle, handles->count * sizeof handles->handle[0]) ==
               0;
}

static const struct named_handles *copy_of(const struct gathered *handles)
{
    size_t size = handles->count * sizeof handles->handle[0];
    struct named_handles *copy = (struct named_handles *)keep_alloc0(sizeof *copy + size);

    copy->count = handles->count;
    memcpy(copy->handle, handles->handle, size);
    return copy;
}

/* A server waits for the same ones always: what it waited for is kept once. */
static const struct named_handles *keep(const struct call_context *context,
                                        const struct gathered *handles)
{
    const struct named_handles **last;

    if (context->header->kind != IPCTAP_KERNEL_CALL)
        return copy_of(handles);
    last = &context->process->last_named;
    if (!is_equal(*last, handles))
        *last = copy_of(handles);
    return *last;
}

/* Where a connection's bytes came late, a record may be the first of a frame that was seen
 * before. */
static uint32_t place_for(uint32_t frame)
{
    bool is_last = !kept_count || kept[kept_count - 1].frame <= frame;

    return is_last ? kept_count : first_of_frame(frame + 1);
}

static void insert_kept(const struct kept_handles *entry)
{
    uint32_t place = place_for(entry->frame);

    if (kept_count == kept_room) {
        kept_room = kept_room ? 2 * kept_room : 64;
        kept =
            (struct kept_handles *)wmem_realloc(wmem_file_scope(), kept, kept_room * sizeof *kept);
    }
    memmove(kept + place + 1, kept + place, (kept_count - place) * sizeof *kept);
    kept[place] = *entry;
    kept_count++;
}

/* A system call's own ones come first, then those of the message that it carries. */
void handles_keep(const struct handle_list *list, const struct call_context *context)
{
    bool may_carry = context->header->kind == IPCTAP_KERNEL_CALL;
    const struct named_handles *before;
    struct gathered all;

    if (!names_anything(list))
        return;
    all.count = 0;
    before = may_carry ? handles_of(context) : NULL;
    if (before)
        add_named(&all, before->handle, before->count);
    add_named(&all, list->handle, list->count);
    insert_kept(&(struct kept_handles){.key = key_of(context->memo->exchange, context),
                                       .handles = keep(context, &all),
                                       .frame = context->pinfo->num});
}

/* ---- Every pass ---- */

/* Ids of objects are numbers of their own. */
static const struct named_handle *find(const struct call_context *context, uint32_t handle,
                                       bool is_object)
{
    const struct named_handles *handles = handle ? handles_of(context) : NULL;

    for (uint32_t n = 0; handles && n < handles->count; n++) {
        if (handles->handle[n].handle == handle && !handles->handle[n].object == !is_object)
            return &handles->handle[n];
    }
    return NULL;
}

static bool is_session(const struct named_handle *entry)
{
    return entry->kind <= HANDLE_PORT;
}

/* "readable event", "event of hid:USER GetIPCHandles", "process fs (pid 1)". */
static const char *name_of_other(const struct call_context *context,
                                 const struct named_handle *entry)
{
    static const char *const kinds[HANDLE_OTHER] = {
        [HANDLE_EVENT] = "event",
        [HANDLE_READABLE_EVENT] = "readable event",
        [HANDLE_WRITABLE_EVENT] = "writable event",
        [HANDLE_SEMAPHORE] = "semaphore",
        [HANDLE_MUTEX] = "mutex",
        [HANDLE_MEMORY] = "shared memory",
        [HANDLE_PROCESS] = "process",
    };
    const char *origin = entry->session->origin;

    if (entry->kind == HANDLE_OTHER)
        return wmem_strdup_printf(context->pinfo->pool, "of %s", origin);
    if (!origin)
        return kinds[entry->kind];
    return wmem_strdup_printf(context->pinfo->pool, "%s %s%s", kinds[entry->kind],
                              entry->kind == HANDLE_PROCESS ? "" : "of ", origin);
}

/* "fsp-srv IFile" */
static const char *name_of(const struct call_context *context, const struct named_handle *entry)
{
    const char *interface_name = entry->interface_name ? horizon_short_name(entry->interface_name)
                                                       : NULL;

    if (!is_session(entry))
        return name_of_other(context, entry);
    if (!entry->service || !interface_name)
        return entry->service ? entry->service : interface_name;
    return wmem_strdup_printf(context->pinfo->pool, "%s %s", entry->service, interface_name);
}

/* Of what a message has just brought, that it came with this message says nothing new. */
static bool is_news(const struct named_handle *entry)
{
    return entry->kind != HANDLE_OTHER || !entry->is_new;
}

/* Equal on the Switch and the 3DS, and in all processes. */
static const char *pseudo_handle(uint32_t handle)
{
    if (handle == HANDLES_THIS_THREAD)
        return "this thread";
    return handle == HANDLES_THIS_PROCESS ? "this process" : NULL;
}

void handles_add_name(struct text *text, const struct call_context *context, uint32_t handle)
{
    const struct named_handle *entry = find(context, handle, false);
    const char *name = entry && is_news(entry) ? name_of(context, entry) : pseudo_handle(handle);

    if (!name)
        return;
    text_add(text, " (");
    text_add(text, name);
    text_add(text, ")");
}

bool handles_is_other(const struct call_context *context, uint32_t handle)
{
    const struct named_handle *entry = find(context, handle, false);

    return entry && !is_session(entry);
}

const char *handles_object_path(const struct call_context *context, uint32_t id)
{
    const struct named_handle *entry = find(context, id, true);

    return entry ? entry->interface_name : NULL;
}

/* "session to fsp-srv IFile" */
static const char *what(const struct call_context *context, const struct named_handle *entry)
{
    const char *kind = entry->kind == HANDLE_PORT ? "port" : "session to";
    const char *name = name_of(context, entry);

    if (entry->kind == HANDLE_OTHER)
        return wmem_strdup_printf(context->pinfo->pool, "handle %s", name);
    if (!is_session(entry))
        return name;
    if (!name)
        return entry->kind == HANDLE_PORT ? "port" : "session";
    return wmem_strdup_printf(context->pinfo->pool, "%s %s", kind, name);
}

static void add_frame(proto_tree *tree, int hf, tvbuff_t *tvb, uint32_t frame)
{
    if (frame)
        plugin_add_generated_uint(tree, hf, tvb, frame);
}

static void add_session(proto_tree *tree, tvbuff_t *tvb, const struct session *session)
{
    add_frame(tree, hf_made_in, tvb, session->made_in);
    add_frame(tree, hf_opened_in, tvb, session_opened_in(session));
    add_frame(tree, hf_closed_in, tvb, session_closed_in(session));
    if (session_is_one(session))
        plugin_add_generated_uint(tree, hf_stream, tvb, session->stream);
}

/* "opened here", "opened in frame 12" behind what it is. */
static void tell(const struct call_context *context, proto_item *item, const char *text,
                 uint32_t opened_in, uint32_t made_in)
{
    proto_item_append_text(item, " (%s", text);
    if (opened_in == context->pinfo->num)
        proto_item_append_text(item, ", opened here");
    else if (opened_in)
        proto_item_append_text(item, ", opened in frame %u", opened_in);
    if (made_in)
        proto_item_append_text(item, ", made in frame %u", made_in);
    proto_item_append_text(item, ")");
}

void handles_describe(const struct call_context *context, proto_item *item, tvbuff_t *tvb,
                      uint32_t handle)
{
    const struct named_handle *entry = find(context, handle, false);
    const struct session *session;
    const char *text;
    proto_tree *tree;

    if (!entry)
        return;
    session = entry->session;
    text = what(context, entry);
    tree = proto_item_add_subtree(item, ett_handle);
    plugin_add_generated_string(tree, hf_stands_for, tvb, text);
    plugin_add_generated_string(tree, hf_service, tvb, entry->service);
    if (session)
        add_session(tree, tvb, session);
    tell(context, item, text, session ? session_opened_in(session) : 0,
         session ? session->made_in : 0);
}

void handles_describe_object(const struct call_context *context, proto_item *item, tvbuff_t *tvb,
                             uint32_t id)
{
    const struct named_handle *entry = find(context, id, true);
    const char *text;
    proto_tree *tree;

    if (!entry)
        return;
    text = entry->service ? wmem_strdup_printf(context->pinfo->pool, "%s of %s",
                                               entry->interface_name, entry->service)
                          : entry->interface_name;
    tree = proto_item_add_subtree(item, ett_handle);
    plugin_add_generated_string(tree, hf_stands_for, tvb, text);
    plugin_add_generated_string(tree, hf_service, tvb, entry->service);
    add_frame(tree, hf_opened_in, tvb, entry->object->opened_in);
    add_frame(tree, hf_closed_in, tvb, entry->object->closed_in);
    tell(context, item, text, entry->object->opened_in, 0);
}

void handles_register(int protocol)
{
    static gint *trees[] = {&ett_handle};
    static hf_register_info fields[] = {
        {&hf_stands_for,
         {"Stands for", "ipctap.handle.stands_for", FT_STRING, BASE_NONE, NULL, 0,
          "What is behind a handle or an object's id that a message passes on, or a handle that a "
          "system "
          "call is about",
          HFILL}},
        {&hf_service,
         {"Service", "ipctap.handle.service", FT_STRING, BASE_NONE, NULL, 0,
          "Service or port behind that handle", HFILL}},
        {&hf_opened_in,
         {"Opened in", "ipctap.handle.opened_in", FT_FRAMENUM, BASE_NONE, NULL, 0,
          "Where the process got the handle", HFILL}},
        {&hf_closed_in,
         {"Closed in", "ipctap.handle.closed_in", FT_FRAMENUM, BASE_NONE, NULL, 0, NULL, HFILL}},
        {&hf_made_in,
         {"Made in", "ipctap.handle.made_in", FT_FRAMENUM, BASE_NONE, NULL, 0,
          "Where another process made what it passed on", HFILL}},
        {&hf_stream,
         {"Stream", "ipctap.handle.stream", FT_UINT32, BASE_DEC, NULL, 0,
          "The session's ipctap.stream", HFILL}},
    };

    proto_register_field_array(protocol, fields, array_length(fields));
    proto_register_subtree_array(trees, array_length(trees));
    register_init_routine(forget_kept);
}
