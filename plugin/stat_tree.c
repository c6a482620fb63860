/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file stat_tree.c
 * `-z ipctap,tree`: calls by process, service and command; errors by result and command.
 */
#include "tap.h"

#define CALLS  "Calls by process"
#define ERRORS "Errors by result"

static int calls_node;
static int errors_node;

static void make_roots(stats_tree *tree)
{
    calls_node = stats_tree_create_node(tree, CALLS, 0, STAT_DT_INT, TRUE);
    errors_node = stats_tree_create_node(tree, ERRORS, 0, STAT_DT_INT, TRUE);
}

/* "fsp-srv IFileSystem": an interface alone would not say whose. */
static const char *service_text(const packet_info *pinfo, const struct tap_call *call)
{
    const char *service = call->service ? call->service : call->peer;

    if (!call->interface_name)
        return service;
    return wmem_strdup_printf(pinfo->pool, "%s %s", service, call->interface_name);
}

static void count_call(stats_tree *tree, const packet_info *pinfo, const struct tap_call *call)
{
    int node = tick_stat_node(tree, CALLS, 0, TRUE);

    node = tick_stat_node(tree, call->process, node, TRUE);
    node = tick_stat_node(tree, service_text(pinfo, call), node, TRUE);
    tick_stat_node(tree, tap_command(call), node, FALSE);
}

static void count_error(stats_tree *tree, const packet_info *pinfo, const struct tap_call *call)
{
    int node = tick_stat_node(tree, ERRORS, 0, TRUE);

    node = tick_stat_node(tree, call->result, node, TRUE);
    tick_stat_node(
        tree,
        wmem_strdup_printf(pinfo->pool, "%s %s", service_text(pinfo, call), tap_command(call)),
        node, FALSE);
}

static tap_packet_status count(stats_tree *tree, packet_info *pinfo, epan_dissect_t *edt _U_,
                               const void *data, tap_flags_t flags _U_)
{
    const struct tap_call *call = (const struct tap_call *)data;

    if (call->is_repeated || call->record.header.kind == IPCTAP_NOTE)
        return TAP_PACKET_DONT_REDRAW;
    if (!call->is_reply)
        count_call(tree, pinfo, call);
    else if (call->is_error && call->result)
        count_error(tree, pinfo, call);
    return TAP_PACKET_REDRAW;
}

void stat_tree_register(void)
{
    stats_tree_register_plugin("ipctap", "ipctap", "Console IPC" COMPAT_MENU_SEPARATOR "Calls", 0,
                               count, make_roots, NULL);
}
