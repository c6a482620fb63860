/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file follow.c
 * `-z follow,ipctap,hex,N`: all messages of session N (field ipctap.stream) and what their buffers
 * hold, as its process sees them. `-z follow,cmif,hex,N`: those of object N (cmif.object_stream),
 * which may be one of many in a session that is a domain.
 */
#include "tap.h"

#include <epan/follow.h>

static char *session_filter(unsigned int session, unsigned int sub_session _U_)
{
    return g_strdup_printf("ipctap.stream == %u", session);
}

static char *object_filter(unsigned int object, unsigned int sub_session _U_)
{
    return g_strdup_printf("cmif.object_stream == %u", object);
}

static char *filter_of_session(epan_dissect_t *edt _U_, packet_info *pinfo, unsigned int *stream,
                               unsigned int *sub_stream _U_)
{
    const struct record_memo *memo = memo_of_packet(pinfo);

    if (!memo || !memo->target->session)
        return NULL;
    *stream = memo->target->session->stream;
    return session_filter(*stream, 0);
}

static char *filter_of_object(epan_dissect_t *edt _U_, packet_info *pinfo, unsigned int *stream,
                              unsigned int *sub_stream _U_)
{
    const struct record_memo *memo = memo_of_packet(pinfo);

    if (!memo || !memo->target->object)
        return NULL;
    *stream = memo->target->object->stream;
    return object_filter(*stream, 0);
}

/* Sessions have no network addresses: nothing matches. */
static char *address_filter(address *source _U_, address *destination _U_, int source_port _U_,
                            int destination_port _U_)
{
    return g_strdup("ipctap.stream < 0");
}

static char *port_text(wmem_allocator_t *allocator, unsigned int port)
{
    return wmem_strdup_printf(allocator, "%u", port);
}

/* Who speaks is told by the first record that says something: a kid is made by the manager. */
static void set_ends(follow_info_t *follow, const packet_info *pinfo, bool from_server)
{
    if (follow->bytes_written[0] || follow->bytes_written[1])
        return;
    free_address(&follow->client_ip);
    free_address(&follow->server_ip);
    copy_address(&follow->client_ip, from_server ? &pinfo->dst : &pinfo->src);
    copy_address(&follow->server_ip, from_server ? &pinfo->src : &pinfo->dst);
    follow->client_port = from_server ? pinfo->destport : pinfo->srcport;
    follow->server_port = from_server ? pinfo->srcport : pinfo->destport;
}

/* A message buffer is longer than most messages in it. */
static void cut_message(const struct tap_call *call, struct ipctap_section *section)
{
    if (section->type == IPCTAP_MESSAGE && call->message_size &&
        call->message_size < section->captured_size)
        section->captured_size = call->message_size;
}

static void add_bytes(follow_info_t *follow, const packet_info *pinfo, bool from_server,
                      const struct ipctap_section *section)
{
    follow_record_t *record = g_new0(follow_record_t, 1);

    record->is_server = from_server;
    record->packet_num = pinfo->num;
    record->abs_ts = pinfo->abs_ts;
    record->data = g_byte_array_append(g_byte_array_new(), section->bytes, section->captured_size);
    follow->bytes_written[from_server] += section->captured_size;
    follow->payload = g_list_prepend(follow->payload, record);
}

/* Messages and what they point to; not names, clocks and the like. */
static bool is_content(const struct ipctap_section *section)
{
    switch (section->type) {
    case IPCTAP_MESSAGE:
    case IPCTAP_FRAGMENT:
    case IPCTAP_POINTER:
    case IPCTAP_SEND:
    case IPCTAP_RECEIVE:
    case IPCTAP_EXCHANGE:
    case IPCTAP_BUFFER:
    case IPCTAP_STATIC:
    case IPCTAP_MAPPED:
    case IPCTAP_PXI:
    case IPCTAP_IPMI_IN:
    case IPCTAP_IPMI_OUT:
    case IPCTAP_IPMI_MESSAGE:
    case IPCTAP_IPMI_PACKET:
        return section->captured_size != 0;
    default:
        return false;
    }
}

static tap_packet_status add_record(void *data, packet_info *pinfo, epan_dissect_t *edt _U_,
                                    const void *tapped, tap_flags_t flags _U_)
{
    const struct tap_call *call = (const struct tap_call *)tapped;
    follow_info_t *follow = (follow_info_t *)data;
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section section;

    if (call->record.header.kind == IPCTAP_KERNEL_CALL) /* Carries what another record has, too. */
        return TAP_PACKET_DONT_REDRAW;
    set_ends(follow, pinfo, call->is_reply);
    while (ipctap_section_next(&call->record, &iterator, &section, NULL)) {
        cut_message(call, &section);
        if (is_content(&section))
            add_bytes(follow, pinfo, call->is_reply, &section);
    }
    return TAP_PACKET_DONT_REDRAW;
}

void follow_register(int protocol)
{
    compat_register_follow(protocol, "ipctap", filter_of_session, session_filter, address_filter,
                           port_text, add_record, session_stream_count);
    compat_register_follow(proto_get_id_by_filter_name("cmif"), "ipctap", filter_of_object,
                           object_filter, address_filter, port_text, add_record,
                           session_object_count);
}
