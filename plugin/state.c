/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file state.c The tree scope -> source -> process. */
#include "state.h"

static wmem_map_t *scopes; /* scope -> map of source -> struct source_state * */

void state_register(void)
{
    scopes = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), wmem_int64_hash,
                                    g_int64_equal);
}

static wmem_map_t *new_number_map(void)
{
    return wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
}

static wmem_map_t *scope_sources(uint64_t scope)
{
    wmem_map_t *sources = (wmem_map_t *)wmem_map_lookup(scopes, &scope);

    if (!sources) {
        sources = new_number_map();
        wmem_map_insert(scopes, wmem_memdup(wmem_file_scope(), &scope, sizeof scope), sources);
    }
    return sources;
}

static void source_reset(struct source_state *source)
{
    source->processes = new_number_map();
    for (int side = 0; side < 2; side++)
        source->sides[side] = wmem_map_new(wmem_file_scope(), wmem_int64_hash, g_int64_equal);
}

struct source_state *state_source(const struct call_context *context)
{
    wmem_map_t *sources = scope_sources(context->scope);
    void *key = GUINT_TO_POINTER(context->header->source);
    struct source_state *source = (struct source_state *)wmem_map_lookup(sources, key);

    if (!source) {
        source = wmem_new0(wmem_file_scope(), struct source_state);
        source_reset(source);
        wmem_map_insert(sources, key, source);
    }
    return source;
}

struct process_state *state_process(const struct call_context *context, uint32_t pid)
{
    struct source_state *source = state_source(context);
    void *key = GUINT_TO_POINTER(pid);
    struct process_state *process = (struct process_state *)wmem_map_lookup(source->processes, key);

    if (!process) {
        process = wmem_new0(wmem_file_scope(), struct process_state);
        process->pid = pid;
        wmem_map_insert(source->processes, key, process);
    }
    return process;
}

void state_forget_source(const struct call_context *context)
{
    source_reset(state_source(context));
}
