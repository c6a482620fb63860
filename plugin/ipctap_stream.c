/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ipctap_stream.c
 * Records back to back on a TCP connection. Segments may cut a record anywhere, also within its
 * header, and may hold many records.
 */
#include "ipctap.h"

#define DEFAULT_PORTS "18252-18253"

/* Magic, version and both sizes: enough to tell a record from anything else. */
#define RECOGNISABLE_SIZE 16

static dissector_handle_t stream_handle;

static enum ipctap_stream_state look_at(tvbuff_t *tvb, int offset, size_t *size)
{
    int length = tvb_captured_length_remaining(tvb, offset);
    const uint8_t *bytes = tvb_get_ptr(tvb, offset, length);

    return ipctap_stream_next(bytes, (size_t)length, size, NULL);
}

/* What follows was not captured: no other segment brings it. */
static bool is_cut(tvbuff_t *tvb, int offset)
{
    return tvb_captured_length_remaining(tvb, offset) < tvb_reported_length_remaining(tvb, offset);
}

static uint32_t length_to_skip(tvbuff_t *tvb, int offset)
{
    int length = tvb_captured_length_remaining(tvb, offset);
    size_t skipped = ipctap_stream_skip(tvb_get_ptr(tvb, offset, length), (size_t)length);

    /* What a snap length cut off holds nothing to go on with. */
    return skipped < (size_t)length ? (uint32_t)skipped
                                    : (uint32_t)tvb_reported_length_remaining(tvb, offset);
}

/* 0 asks for another segment. A capture that begins in the middle of a record, or misses a segment,
 * goes on with the next record. */
static unsigned int record_length(packet_info *pinfo _U_, tvbuff_t *tvb, int offset, void *data _U_)
{
    size_t size = 0;
    enum ipctap_stream_state state = look_at(tvb, offset, &size);
    bool has_header = tvb_captured_length_remaining(tvb, offset) >= IPCTAP_HEADER_SIZE;

    if (state == IPCTAP_STREAM_BAD)
        return length_to_skip(tvb, offset);
    if (state == IPCTAP_STREAM_NEED_MORE && !has_header)
        return is_cut(tvb, offset) ? (unsigned int)tvb_reported_length_remaining(tvb, offset) : 0;
    return (unsigned int)size;
}

static uint64_t connection_scope(packet_info *pinfo)
{
    return UINT64_C(1) << 63 | find_or_create_conversation(pinfo)->conv_index;
}

static int dissect_one(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
    return ipctap_dissect_record(tvb, pinfo, tree, connection_scope(pinfo));
}

static int dissect_stream(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    col_set_str(pinfo->cinfo, COL_PROTOCOL, "IPCTAP");
    col_clear(pinfo->cinfo, COL_INFO);
    tcp_dissect_pdus(tvb, pinfo, tree, TRUE, 1, record_length, dissect_one, data);
    return (int)tvb_captured_length(tvb);
}

static compat_bool recognise_stream(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    size_t size = 0;

    if (tvb_captured_length(tvb) < RECOGNISABLE_SIZE || look_at(tvb, 0, &size) == IPCTAP_STREAM_BAD)
        return FALSE;
    conversation_set_dissector(find_or_create_conversation(pinfo), stream_handle);
    dissect_stream(tvb, pinfo, tree, data);
    return TRUE;
}

void ipctap_stream_register(int protocol)
{
    stream_handle = register_dissector("ipctap.stream", dissect_stream, protocol);
}

void ipctap_stream_handoff(int protocol)
{
    dissector_add_uint_range_with_preference("tcp.port", DEFAULT_PORTS, stream_handle);
    heur_dissector_add("tcp", recognise_stream, "Console IPC records over TCP", "ipctap_tcp",
                       protocol, HEURISTIC_DISABLE);
}
