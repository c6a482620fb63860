/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file conversations.c
 * Who talks to whom: the tables `-z conv,ipctap` and `-z endpoints,ipctap` (process, service), and
 * the conversation filters for a packet's session, object and call.
 */
#include "tap.h"

#include <epan/conversation.h>
#include <epan/conversation_filter.h>
#include <epan/conversation_table.h>

/* ---- Tables ---- */

static const char *conversation_field(conv_filter_type_e type)
{
    switch (type) {
    case CONV_FT_SRC_ADDRESS:
        return "ipctap.src";
    case CONV_FT_DST_ADDRESS:
        return "ipctap.dst";
    case CONV_FT_ANY_ADDRESS:
        return "ipctap.endpoint";
    default:
        return CONV_FILTER_INVALID;
    }
}

static const char *filter_of_conversation(conv_item_t *item _U_, conv_filter_type_e type)
{
    return conversation_field(type);
}

static const char *filter_of_endpoint(endpoint_item_t *item _U_, conv_filter_type_e type)
{
    return conversation_field(type);
}

static ct_dissector_info_t conversation_info = {filter_of_conversation};
static et_dissector_info_t endpoint_info = {filter_of_endpoint};

/* Requests go from the process to the peer in a client's record; a server's is the other way. */
static void find_ends(const struct tap_call *call, address *source, address *destination)
{
    bool is_server = (call->record.header.flags & IPCTAP_SERVER) != 0;
    bool outbound = call->is_reply == is_server;
    const char *from = outbound ? call->process : call->peer;
    const char *to = outbound ? call->peer : call->process;

    set_address(source, AT_STRINGZ, (int)strlen(from) + 1, from);
    set_address(destination, AT_STRINGZ, (int)strlen(to) + 1, to);
}

/* Notes are nobody's conversation. A call that client and server tell of is one between the client
 * and the service. */
static bool is_conversation(const struct tap_call *call)
{
    return !call->is_repeated && call->record.header.kind != IPCTAP_NOTE;
}

static unsigned int row_count(const conv_hash_t *hash)
{
    return hash->conv_array ? hash->conv_array->len : 0;
}

/* Since 4.4 "Follow Stream" beside the table wants a number: the first session's of a new row. It
 * is no part of what tells rows apart. */
static void set_stream(conv_hash_t *hash, unsigned int rows, const struct session *session)
{
    if (row_count(hash) > rows && session)
        g_array_index(hash->conv_array, conv_item_t, rows).conv_id = session->stream;
}

static tap_packet_status add_conversation(void *table, packet_info *pinfo, epan_dissect_t *edt _U_,
                                          const void *data, tap_flags_t flags)
{
    const struct tap_call *call = (const struct tap_call *)data;
    conv_hash_t *hash = (conv_hash_t *)table;
    unsigned int rows = row_count(hash);
    address source, destination;

    if (!is_conversation(call))
        return TAP_PACKET_DONT_REDRAW;
    hash->flags = flags;
    find_ends(call, &source, &destination);
    add_conversation_table_data(hash, &source, &destination, 0, 0, 1, (int)call->record.length,
                                &pinfo->rel_ts, &pinfo->abs_ts, &conversation_info,
                                CONVERSATION_NONE);
    set_stream(hash, rows, call->session);
    return TAP_PACKET_REDRAW;
}

static tap_packet_status add_endpoints(void *table, packet_info *pinfo _U_, epan_dissect_t *edt _U_,
                                       const void *data, tap_flags_t flags)
{
    const struct tap_call *call = (const struct tap_call *)data;
    conv_hash_t *hash = (conv_hash_t *)table;
    int size = (int)call->record.length;
    address source, destination;

    if (!is_conversation(call))
        return TAP_PACKET_DONT_REDRAW;
    hash->flags = flags;
    find_ends(call, &source, &destination);
    add_endpoint_table_data(hash, &source, 0, TRUE, 1, size, &endpoint_info, ENDPOINT_NONE);
    add_endpoint_table_data(hash, &destination, 0, FALSE, 1, size, &endpoint_info, ENDPOINT_NONE);
    return TAP_PACKET_REDRAW;
}

/* ---- Lines of the packet list ---- */

/* The number 0 is what the packet list takes for packets of no conversation, too. */
static void take_number_0(void)
{
    conversation_new_by_id(0, CONVERSATION_NONE, UINT32_MAX);
}

static conversation_t *make_conversation(const struct session *session)
{
    if (!find_conversation_by_id(0, CONVERSATION_NONE, UINT32_MAX))
        take_number_0();
    return conversation_new_by_id(session->first_frame, CONVERSATION_NONE, session->stream);
}

/* Who asks for lines asks for packets that have been seen: the first pass makes no conversation. */
static PLUGIN_APART void show_conversation(packet_info *pinfo, const struct session *session)
{
    conversation_t *conversation =
        find_conversation_by_id(pinfo->num, CONVERSATION_NONE, session->stream);

    if (!conversation)
        conversation = make_conversation(session);
    conversation->last_frame = session->last_frame;
    conversation_set_elements_by_id(pinfo, CONVERSATION_NONE, session->stream);
}

void conversations_mark(const struct call_context *context)
{
    struct session *session = context->memo->target->session;

    if (!session || call_is_streamed(context))
        return;
    if (!context->first_pass) {
        show_conversation(context->pinfo, session);
        return;
    }
    if (!session->first_frame)
        session->first_frame = context->pinfo->num;
    session->last_frame = context->pinfo->num;
}

/* ---- Filters of a packet's context menu ---- */

static compat_bool has_session(packet_info *pinfo COMPAT_FILTER_DATA)
{
    const struct record_memo *memo = memo_of_packet(pinfo);

    return memo && memo->target->session;
}

static char *session_filter(packet_info *pinfo COMPAT_FILTER_DATA)
{
    return g_strdup_printf("ipctap.stream == %u", memo_of_packet(pinfo)->target->session->stream);
}

static compat_bool has_object(packet_info *pinfo COMPAT_FILTER_DATA)
{
    const struct record_memo *memo = memo_of_packet(pinfo);

    return memo && memo->target->object;
}

static char *object_filter(packet_info *pinfo COMPAT_FILTER_DATA)
{
    return g_strdup_printf("cmif.object_stream == %u",
                           memo_of_packet(pinfo)->target->object->stream);
}

static compat_bool has_call(packet_info *pinfo COMPAT_FILTER_DATA)
{
    const struct record_memo *memo = memo_of_packet(pinfo);

    return memo && memo->exchange;
}

static void add_frame(GString *filter, uint32_t frame)
{
    if (frame)
        g_string_append_printf(filter, "%s%u", filter->len ? ", " : "", frame);
}

/* By frames: call ids may be missing, or used again by another run of the kernel. */
static char *call_filter(packet_info *pinfo COMPAT_FILTER_DATA)
{
    const struct call_exchange *exchange = memo_of_packet(pinfo)->exchange;
    GString *frames = g_string_new(NULL);
    char *filter;

    for (int side = 0; side < 2 && exchange; side++, exchange = exchange->peer) {
        add_frame(frames, exchange->enter_frame);
        add_frame(frames, exchange->exit_frame);
    }
    filter = g_strdup_printf("frame.number in {%s}", frames->str);
    g_string_free(frames, TRUE);
    return filter;
}

void conversations_register(int protocol)
{
    register_conversation_table(protocol, TRUE, add_conversation, add_endpoints);
    compat_conversation_filter("ipctap", "IPC session", has_session, session_filter);
    compat_conversation_filter("ipctap", "IPC object", has_object, object_filter);
    compat_conversation_filter("ipctap", "IPC call", has_call, call_filter);
}
