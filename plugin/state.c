/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file state.c The tree scope -> source -> process. */
#include "state.h"

#include "keep.h"
#include "memo.h"
#include "names.h"

#include <string.h>

static wmem_map_t *scopes; /* scope -> struct scope_state * */

/* Nearly all records are of the scope of the one before. */
static struct scope_state *last_scope;
static uint64_t last_number;

static void forget_last(void)
{
    last_scope = NULL;
}

void state_register(void)
{
    register_init_routine(forget_last);
    scopes = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), wmem_int64_hash,
                                    g_int64_equal);
}

static compat_bool destroy_table(wmem_allocator_t *allocator _U_, wmem_cb_event_t event _U_,
                                 void *table)
{
    g_hash_table_destroy((GHashTable *)table);
    return false;
}

GHashTable *state_new_table(GHashFunc hash, GEqualFunc equal)
{
    GHashTable *table = g_hash_table_new(hash, equal);

    wmem_register_callback(wmem_file_scope(), destroy_table, table);
    return table;
}

static wmem_map_t *new_number_map(void)
{
    return wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
}

/* One file section and interface, or one connection. */
struct scope_state {
    wmem_map_t *sources;          /* source -> struct source_state * */
    struct source_state *current; /* The last one with a number, else the one without. */
    uint16_t current_number;      /* 0: it has none. */
};

static struct scope_state *find_scope(uint64_t number)
{
    struct scope_state *scope;

    if (last_scope && last_number == number)
        return last_scope;
    scope = (struct scope_state *)wmem_map_lookup(scopes, &number);
    if (!scope) {
        scope = keep_new0(struct scope_state);
        scope->sources = new_number_map();
        wmem_map_insert(scopes, keep_copy(&number, sizeof number), scope);
    }
    last_scope = scope;
    last_number = number;
    return scope;
}

static void source_reset(struct source_state *source)
{
    source->processes = new_number_map();
    memset(source->recent, 0, sizeof source->recent);
    source->numbers = wmem_map_new(wmem_file_scope(), wmem_int64_hash, g_int64_equal);
}

static PLUGIN_APART struct source_state *new_source(void)
{
    struct source_state *source = keep_new0(struct source_state);

    source_reset(source);
    call_begin_source(source);
    return source;
}

/* Source 0 means "unknown": such records belong to the source that the others name, so that a
 * client which leaves it 0 and a server which fills it in still speak of one kernel. */
static struct source_state *unnumbered_source(struct scope_state *scope)
{
    if (!scope->current)
        scope->current = new_source();
    return scope->current;
}

static PLUGIN_APART struct source_state *numbered_source(struct scope_state *scope, uint16_t number)
{
    void *key = GUINT_TO_POINTER(number);
    struct source_state *source = (struct source_state *)wmem_map_lookup(scope->sources, key);

    if (!source) {
        bool adopts = scope->current && !scope->current_number;

        source = adopts ? scope->current : new_source();
        wmem_map_insert(scope->sources, key, source);
    }
    scope->current = source;
    scope->current_number = number;
    return source;
}

struct source_state *state_source(const struct call_context *context)
{
    struct scope_state *scope = find_scope(context->scope);
    uint16_t number = context->header->source;

    if (!number)
        return unnumbered_source(scope);
    return number == scope->current_number ? scope->current : numbered_source(scope, number);
}

static PLUGIN_APART struct process_state *find_process(const struct source_state *source,
                                                       uint32_t pid)
{
    void *key = GUINT_TO_POINTER(pid);
    struct process_state *process = (struct process_state *)wmem_map_lookup(source->processes, key);

    if (process)
        return process;
    process = keep_new0(struct process_state);
    process->pid = pid;
    wmem_map_insert(source->processes, key, process);
    return process;
}

struct process_state *state_process(const struct call_context *context, uint32_t pid)
{
    struct source_state *source = context->source;
    struct process_state **recent = &source->recent[plugin_mix(pid, 0) >> 32 & (STATE_RECENT - 1)];

    if (!*recent || (*recent)->pid != pid)
        *recent = find_process(source, pid);
    return *recent;
}

static bool has_name(const struct process_state *process, const struct ipctap_section *name)
{
    return process->name && process->name_size == name->captured_size &&
           plugin_equal(process->name_bytes, name->bytes, name->captured_size);
}

void state_name_process(const struct call_context *context, struct process_state *process,
                        const struct ipctap_section *name)
{
    if (!name->captured_size || has_name(process, name))
        return;
    process->name_size = name->captured_size;
    process->name_bytes = (const uint8_t *)keep_copy(name->bytes, name->captured_size);
    process->name = keep_escaped(context->pinfo->pool, name->bytes, name->captured_size);
    process->text = NULL;
}

void state_forget_handles(struct process_state *process)
{
    if (process->handles)
        g_hash_table_remove_all(process->handles);
    memset(process->recent, 0, sizeof process->recent);
}

void state_begin_process(const struct call_context *context, uint32_t pid, const char *name)
{
    struct process_state *process = state_process(context, pid);

    state_forget_handles(process);
    process->generation++;
    process->early_exits = 0;
    process->name = name ? wmem_strdup(wmem_file_scope(), name) : NULL;
    process->text = NULL;
}

static enum record_side side_of(const struct call_context *context)
{
    if (context->header->kind == IPCTAP_KERNEL_CALL)
        return RECORD_OF_KERNEL_CALL;
    return call_is_server(context) ? RECORD_OF_SERVER : RECORD_OF_CLIENT;
}

static const struct record_target **targets_of(const struct call_context *context,
                                               const struct record_target *wanted)
{
    if (wanted->object)
        return wanted->object->target;
    return wanted->session ? wanted->session->self.target : context->process->target;
}

/* Records that go to the same object mostly have everything in common. A PlayStation session's go
 * to its client and to the manager in turn; none are a server's. */
const struct record_target *state_target(const struct call_context *context,
                                         const struct record_target *wanted)
{
    const struct record_target **targets = targets_of(context, wanted);
    enum record_side side = side_of(context);

    if (context->header->kind == IPCTAP_IPMI_CALL && targets[side] &&
        targets[side]->peer != wanted->peer)
        side = RECORD_OF_SERVER;
    return memo_target(wanted, &targets[side]);
}

const uint32_t *state_waited_for(struct process_state *process, const uint32_t *handles,
                                 uint32_t count)
{
    size_t size = count * sizeof *handles;

    if (!count)
        return NULL;
    if (process->waited_count != count || memcmp(process->waited_for, handles, size) != 0) {
        process->waited_for = (const uint32_t *)keep_copy(handles, size);
        process->waited_count = count;
    }
    return process->waited_for;
}

void state_forget_source(const struct call_context *context)
{
    struct source_state *source = context->source;

    source_reset(source);
    call_forget_source(source);
}

void state_learn_firmware(const struct call_context *context)
{
    const char *text = record_text(context, IPCTAP_FIRMWARE, 0);

    if (text)
        context->source->firmware = names_parse_firmware(text);
}
