/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file kinds.c
 * The dissectors of the records' kinds: the table "ipctap.kind", in which others may replace ours.
 * Where nobody looks at a tree, ours are called past the table and Wireshark's list of layers.
 */
#include "kinds.h"

/* Kinds with a dissector of their own have numbers below this. */
#define KINDS 8

static dissector_table_t table;

static struct {
    dissector_t dissect;
    dissector_handle_t handle;
    protocol_t *protocol;
    bool is_called; /* Nobody has replaced or disabled it. */
} own[KINDS];

/* Anew for each capture: enabled protocols and Lua scripts may have changed. */
static void look_for_others(void)
{
    for (uint32_t kind = 0; kind < KINDS; kind++)
        own[kind].is_called = own[kind].dissect &&
                              dissector_get_uint_handle(table, kind) == own[kind].handle &&
                              proto_is_protocol_enabled(own[kind].protocol);
}

void kinds_register(int protocol)
{
    table = register_dissector_table("ipctap.kind", "Console IPC record kind", protocol, FT_UINT8,
                                     BASE_DEC);
    register_init_routine(look_for_others);
}

void kinds_add(uint8_t kind, dissector_t dissect, int protocol)
{
    own[kind].dissect = dissect;
    own[kind].handle = create_dissector_handle(dissect, protocol);
    own[kind].protocol = find_protocol_by_id(protocol);
    dissector_add_uint("ipctap.kind", kind, own[kind].handle);
}

bool kinds_dissect(const struct call_context *context, uint8_t kind, proto_tree *top)
{
    void *data = (void *)context;

    if (!context->wants_trees && kind < KINDS && own[kind].is_called)
        return own[kind].dissect(context->tvb, context->pinfo, NULL, data) != 0;
    return compat_try_uint(table, kind, context->tvb, context->pinfo, top, data) != 0;
}
