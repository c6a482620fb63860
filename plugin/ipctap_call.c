/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file ipctap_call.c A record's place in its call: the other frames, the time, what is odd about
 *  it. */
#include "ipctap.h"

static int hf_response_in = -1;
static int hf_response_to = -1;
static int hf_time = -1;
static int hf_same_call = -1;
static expert_field ei_unanswered = EI_INIT;
static expert_field ei_slow = EI_INIT;
static expert_field ei_disorder = EI_INIT;
static unsigned int slow_milliseconds = 100;

static void add_frame(const struct call_context *context, int hf, uint32_t frame)
{
    if (frame && frame != context->pinfo->num)
        proto_item_set_generated(proto_tree_add_uint(context->tree, hf, context->tvb, 0, 0, frame));
}

static void add_time(const struct call_context *context, const struct call_exchange *exchange)
{
    nstime_t duration = call_duration(exchange);

    proto_item_set_generated(
        proto_tree_add_time(context->tree, hf_time, context->tvb, 0, 0, &duration));
}

/* Kernel calls wait for something as often as not. What client and server tell of is told once. */
static bool may_be_slow(const struct call_context *context, const struct call_exchange *exchange)
{
    bool is_message = context->header->kind != IPCTAP_KERNEL_CALL;

    return slow_milliseconds && is_message && !context->memo->waits &&
           !(exchange->is_server && exchange->peer);
}

static void add_slow(const struct call_context *context, const struct call_exchange *exchange)
{
    nstime_t duration = call_duration(exchange);
    double milliseconds = nstime_to_msec(&duration);

    if (may_be_slow(context, exchange) && milliseconds >= slow_milliseconds)
        expert_add_info_format(context->pinfo, context->item, &ei_slow,
                               "This call took %.3f ms; the limit is %u ms.", milliseconds,
                               slow_milliseconds);
}

/* Whether an answer is missing can be said only when everything has been seen once. A server that
 * closes the session instead of answering writes no reply, and the client sees its call end. */
static void add_unanswered(const struct call_context *context, const struct call_exchange *exchange)
{
    bool peer_ended = exchange->peer && exchange->peer->exit_frame;

    if (!context->first_pass && !exchange->exit_frame && !exchange->no_exit && !peer_ended)
        expert_add_info(context->pinfo, context->item, &ei_unanswered);
}

/* Names are learned in the order of the records. */
static void add_disorder(const struct call_context *context, const struct call_exchange *exchange)
{
    if (exchange->exit_was_early)
        expert_add_info(context->pinfo, context->item, &ei_disorder);
}

/* Before the message itself, for scripts that are called with it. */
void ipctap_add_call(const struct call_context *context)
{
    const struct call_exchange *exchange = context->memo->exchange;
    const struct call_exchange *peer;

    if (!exchange)
        return;
    peer = exchange->peer;
    if (call_is_enter(context)) {
        add_frame(context, hf_response_in, exchange->exit_frame);
        add_frame(context, hf_same_call, peer ? peer->enter_frame : 0);
    } else {
        add_frame(context, hf_response_to, exchange->enter_frame);
        if (exchange->enter_frame)
            add_time(context, exchange);
        add_frame(context, hf_same_call, peer ? peer->exit_frame : 0);
    }
}

/* Whether it waits for something is known behind the message. */
void ipctap_judge_call(const struct call_context *context)
{
    const struct call_exchange *exchange = context->memo->exchange;

    if (!exchange)
        return;
    if (call_is_enter(context)) {
        add_disorder(context, exchange);
        add_unanswered(context, exchange);
    } else if (exchange->enter_frame) {
        add_slow(context, exchange);
    }
}

void ipctap_call_register(int protocol, expert_module_t *expert, module_t *module)
{
    static hf_register_info fields[] = {
        {&hf_response_in,
         {"Reply in", "ipctap.response_in", FT_FRAMENUM, BASE_NONE,
          FRAMENUM_TYPE(FT_FRAMENUM_RESPONSE), 0, "The frame in which this call returns", HFILL}},
        {&hf_response_to,
         {"Reply to", "ipctap.response_to", FT_FRAMENUM, BASE_NONE,
          FRAMENUM_TYPE(FT_FRAMENUM_REQUEST), 0, "The frame in which this call was made", HFILL}},
        {&hf_time,
         {"Time", "ipctap.time", FT_RELATIVE_TIME, BASE_NONE, NULL, 0, "From request to reply",
          HFILL}},
        {&hf_same_call,
         {"Same call, other side", "ipctap.same_call", FT_FRAMENUM, BASE_NONE,
          FRAMENUM_TYPE(FT_FRAMENUM_NONE), 0, "This message as the other process sees it", HFILL}},
    };
    static ei_register_info experts[] = {
        {&ei_unanswered,
         {"ipctap.unanswered", PI_SEQUENCE, PI_WARN, "This call does not return in this capture.",
          EXPFILL}},
        {&ei_slow,
         {"ipctap.slow", PI_SEQUENCE, PI_NOTE, "This call took longer than the preference allows.",
          EXPFILL}},
        {&ei_disorder,
         {"ipctap.out_of_order", PI_SEQUENCE, PI_WARN,
          "The reply stands before this request, and may lack names; reordercap puts records in "
          "order.",
          EXPFILL}},
    };

    proto_register_field_array(protocol, fields, array_length(fields));
    expert_register_field_array(expert, experts, array_length(experts));
    prefs_register_uint_preference(module, "slow_ms", "Slow calls from (ms)",
                                   "Calls that take this long or longer get an expert info; 0 for "
                                   "none. Calls that wait by their nature never do.",
                                   10, &slow_milliseconds);
}
