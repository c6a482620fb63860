/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file tap.c Makes a struct tap_call of each record when somebody listens. See tap.h. */
#include "tap.h"

static int call_tap = -1;
static int object_tap = -1;

struct tap_call *tap_of(const struct call_context *context)
{
    return context->header->kind == IPCTAP_KERNEL_CALL ? NULL : context->tap;
}

const char *tap_group(const struct tap_call *call)
{
    if (call->interface_name)
        return call->interface_name;
    return call->service ? call->service : "unknown session";
}

const char *tap_command(const struct tap_call *call)
{
    return call->command ? call->command : "unknown command";
}

void tap_begin(struct call_context *context)
{
    if (have_tap_listener(call_tap) || have_tap_listener(object_tap))
        context->tap = wmem_new0(context->pinfo->pool, struct tap_call);
}

/* Server and client tell of the same call: who counts calls counts the client's records. */
static void add_exchange(struct tap_call *call, const struct call_exchange *exchange)
{
    call->is_repeated = exchange->is_server && exchange->peer;
    /* A reply that stands before its request has none in the first pass, so in no other. */
    if (!call->is_reply || !exchange->enter_frame || exchange->exit_was_early)
        return;
    call->request_frame = exchange->enter_frame;
    call->time = call_duration(exchange);
    call->has_time = true;
}

static PLUGIN_APART void fill(const struct call_context *context, struct tap_call *call)
{
    const struct record_memo *memo = context->memo;

    call->record = *context->record;
    call->tvb = context->tvb;
    call->process = context->target->process;
    call->peer = context->target->peer;
    call->session = context->target->session;
    call->is_reply = call_is_exit(context);
    call->exchange = memo->exchange;
    if (memo->exchange)
        add_exchange(call, memo->exchange);
}

void tap_end(const struct call_context *context)
{
    struct tap_call *call = context->tap;

    export_pdu_record(context);
    if (!call)
        return;
    fill(context, call);
    tap_queue_packet(call_tap, context->pinfo, call);
    tap_queue_packet(object_tap, context->pinfo, call);
}

void tap_register(int protocol)
{
    call_tap = register_tap("ipctap");
    object_tap = export_objects_register(protocol);
    stat_srt_register();
    stat_tree_register();
    conversations_register(protocol);
    follow_register(protocol);
    export_pdu_register();
}
