/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file sceipmi_fields.c The filter names of the IPMI dissector that no layout describes. */
#include "sceipmi_internal.h"

struct sceipmi_fields sceipmi_field_number;
struct sceipmi_subtrees sceipmi_subtree = {-1, -1, -1, -1, -1, -1};

#define NUMBER sceipmi_field_number

static const value_string confidence_names[] = {
    {SCEIPMI_CERTAIN, "two sources, or measured on a console"},
    {SCEIPMI_LIKELY, "one good source"},
    {SCEIPMI_GUESS, "a guess"},
    {0, NULL},
};

static const value_string object_names[] = {
    {SCEIPMI_NO_OBJECT, "unknown"},
    {SCEIPMI_SERVER, "server"},
    {SCEIPMI_CLIENT, "client"},
    {SCEIPMI_SESSION, "session"},
    {0, NULL},
};

const char *sceipmi_kid_kind_name(uint32_t kind)
{
    return kind == SCEIPMI_NO_OBJECT ? NULL : try_val_to_str(kind, object_names);
}

static const value_string packet_names[] = {
    {SCEIPMI_PACKET_CONNECT, "connect"},
    {SCEIPMI_PACKET_SYNC, "sync request"},
    {SCEIPMI_PACKET_ASYNC, "async request"},
    {0, NULL},
};

static hf_register_info fields[] = {
    {&NUMBER.service,
     {"Service", "sceipmi.service", FT_STRING, BASE_NONE, NULL, 0,
      "Service that the kid belongs to", HFILL}},
    {&NUMBER.op,
     {"Manager call", "sceipmi.op", FT_UINT32, BASE_HEX, NULL, 0,
      "First argument of system call 622", HFILL}},
    {&NUMBER.operation,
     {"Call", "sceipmi.operation", FT_STRING, BASE_NONE, NULL, 0, "Name of the manager call",
      HFILL}},
    {&NUMBER.confidence,
     {"Known from", "sceipmi.confidence", FT_UINT8, BASE_DEC, VALS(confidence_names), 0,
      "How well this call's name and block are known", HFILL}},
    {&NUMBER.kid,
     {"Kid", "sceipmi.kid", FT_UINT32, BASE_HEX, NULL, 0,
      "Kernel id of the server, client or session", HFILL}},
    {&NUMBER.kid_kind,
     {"Kind of kid", "sceipmi.kid.kind", FT_UINT8, BASE_DEC, VALS(object_names), 0, NULL, HFILL}},
    {&NUMBER.kid_made_in,
     {"Kid made in", "sceipmi.kid.made_in", FT_FRAMENUM, BASE_NONE, NULL, 0,
      "The create that returned the kid", HFILL}},
    {&NUMBER.kid_destroyed_in,
     {"Kid destroyed in", "sceipmi.kid.destroyed_in", FT_FRAMENUM, BASE_NONE, NULL, 0, NULL,
      HFILL}},
    {&NUMBER.out_pointer,
     {"Out pointer", "sceipmi.out_pointer", FT_UINT64, BASE_HEX, NULL, 0,
      "Where the manager writes the second layer of results", HFILL}},
    {&NUMBER.in_pointer,
     {"Block pointer", "sceipmi.in_pointer", FT_UINT64, BASE_HEX, NULL, 0, NULL, HFILL}},
    {&NUMBER.in_size,
     {"Block size", "sceipmi.in_size", FT_UINT64, BASE_HEX_DEC, NULL, 0, "As passed", HFILL}},
    {&NUMBER.cookie,
     {"Cookie", "sceipmi.cookie", FT_UINT64, BASE_HEX, NULL, 0,
      "Constant of libSceIpmi, not looked at by the kernel", HFILL}},
    {&NUMBER.rax,
     {"rax", "sceipmi.rax", FT_UINT64, BASE_HEX, NULL, 0,
      "First layer of results: the system call's return, an errno if carry is set", HFILL}},
    {&NUMBER.out,
     {"*out", "sceipmi.out", FT_UINT32, BASE_HEX, NULL, 0,
      "Second layer of results: a new kid, 0, or 0x80020000 and an errno", HFILL}},
    {&NUMBER.valid, {"Valid results", "sceipmi.valid", FT_UINT32, BASE_HEX, NULL, 0, NULL, HFILL}},
    {&NUMBER.valid_rax,
     {"rax was captured", "sceipmi.valid.rax", FT_BOOLEAN, 32, TFS(&tfs_yes_no), SCEIPMI_RAX_VALID,
      NULL, HFILL}},
    {&NUMBER.valid_carry,
     {"Carry was set", "sceipmi.carry", FT_BOOLEAN, 32, TFS(&tfs_yes_no), SCEIPMI_CARRY, NULL,
      HFILL}},
    {&NUMBER.valid_out,
     {"*out was written", "sceipmi.valid.out", FT_BOOLEAN, 32, TFS(&tfs_yes_no), SCEIPMI_OUT_VALID,
      NULL, HFILL}},
    {&NUMBER.error,
     {"Error", "sceipmi.error", FT_STRING, BASE_NONE, NULL, 0,
      "The error that the call ended with, whichever layer it is from", HFILL}},
    {&NUMBER.new_kid,
     {"New kid", "sceipmi.new_kid", FT_UINT32, BASE_HEX, NULL, 0, "Object that the call made",
      HFILL}},
    {&NUMBER.method_name,
     {"Method", "sceipmi.method_name", FT_STRING, BASE_NONE, NULL, 0,
      "Name of the method in its service", HFILL}},
    {&NUMBER.result_name,
     {"Method result", "sceipmi.result_name", FT_STRING, BASE_NONE, NULL, 0,
      "Third layer of results: the method's own", HFILL}},
    {&NUMBER.block,
     {"Parameter block", "sceipmi.block", FT_BYTES, BASE_NONE, NULL, 0, NULL, HFILL}},
    {&NUMBER.block_rest,
     {"Bytes behind the block's fields", "sceipmi.block.rest", FT_BYTES, BASE_NONE, NULL, 0, NULL,
      HFILL}},
    {&NUMBER.input,
     {"Input", "sceipmi.input", FT_UINT16, BASE_DEC, NULL, 0, "A DataInfo and its bytes", HFILL}},
    {&NUMBER.input_address,
     {"Address", "sceipmi.input.address", FT_UINT64, BASE_HEX, NULL, 0, NULL, HFILL}},
    {&NUMBER.input_size, {"Size", "sceipmi.input.size", FT_UINT64, BASE_DEC, NULL, 0, NULL, HFILL}},
    {&NUMBER.output,
     {"Output", "sceipmi.output", FT_UINT16, BASE_DEC, NULL, 0, "A BufferInfo and its bytes",
      HFILL}},
    {&NUMBER.output_address,
     {"Address", "sceipmi.output.address", FT_UINT64, BASE_HEX, NULL, 0, NULL, HFILL}},
    {&NUMBER.output_capacity,
     {"Capacity", "sceipmi.output.capacity", FT_UINT64, BASE_DEC, NULL, 0, NULL, HFILL}},
    {&NUMBER.output_written,
     {"Written", "sceipmi.output.written", FT_UINT64, BASE_DEC, NULL, 0, NULL, HFILL}},
    {&NUMBER.contents,
     {"Contents", "sceipmi.contents", FT_BYTES, BASE_NONE, NULL, 0, "Bytes of the buffer", HFILL}},
    {&NUMBER.text,
     {"Text", "sceipmi.text", FT_STRING, BASE_NONE, NULL, 0,
      "The contents, where they are nothing but printable text", HFILL}},
    {&NUMBER.name,
     {"Name", "sceipmi.name", FT_STRING, BASE_NONE, NULL, 0, "Name of a create or of a name query",
      HFILL}},
    {&NUMBER.message,
     {"Queue message", "sceipmi.message", FT_BYTES, BASE_NONE, NULL, 0, NULL, HFILL}},
    {&NUMBER.user_data,
     {"User data", "sceipmi.user_data", FT_BYTES, BASE_NONE, NULL, 0, "Of a connection", HFILL}},
    {&NUMBER.config,
     {"Configuration", "sceipmi.config", FT_BYTES, BASE_NONE, NULL, 0, "Of a create", HFILL}},
    {&NUMBER.packet,
     {"Packet", "sceipmi.packet", FT_BYTES, BASE_NONE, NULL, 0, "Body that a server received",
      HFILL}},
    {&NUMBER.packet_info,
     {"Packet info", "sceipmi.packet_info", FT_BYTES, BASE_NONE, NULL, 0, NULL, HFILL}},
    {&NUMBER.packet_type,
     {"Packet", "sceipmi.packet.kind", FT_UINT32, BASE_HEX, VALS(packet_names), 0,
      "Packet type without its modifiers", HFILL}},
    {&NUMBER.packet_input_size,
     {"Size", "sceipmi.packet.input_size", FT_UINT32, BASE_DEC, NULL, 0, NULL, HFILL}},
    {&NUMBER.packet_output_capacity,
     {"Output capacity", "sceipmi.packet.output_capacity", FT_UINT32, BASE_DEC, NULL, 0, NULL,
      HFILL}},
    {&NUMBER.invoke_frame,
     {"Invoked in", "sceipmi.invoked_in", FT_FRAMENUM, BASE_NONE,
      FRAMENUM_TYPE(FT_FRAMENUM_REQUEST), 0, "Where the client called this method", HFILL}},
    {&NUMBER.receive_frame,
     {"Received by the server in", "sceipmi.received_in", FT_FRAMENUM, BASE_NONE,
      FRAMENUM_TYPE(FT_FRAMENUM_NONE), 0, "Where the server got this call's packet", HFILL}},
    {&NUMBER.respond_frame,
     {"Answered by the server in", "sceipmi.responded_in", FT_FRAMENUM, BASE_NONE,
      FRAMENUM_TYPE(FT_FRAMENUM_RESPONSE), 0, "Where the server responded", HFILL}},
    {&NUMBER.result_frame,
     {"Result fetched in", "sceipmi.result_in", FT_FRAMENUM, BASE_NONE, NULL, 0,
      "Where the client got the result of its asynchronous call", HFILL}},
    {&NUMBER.set_frame,
     {"Event flag set in", "sceipmi.set_in", FT_FRAMENUM, BASE_NONE, NULL, 0,
      "The last call before that set the flag: the service's, or its answer to an asynchronous "
      "call",
      HFILL}},
    {&NUMBER.send_frame,
     {"Probably sent in", "sceipmi.sent_in", FT_FRAMENUM, BASE_NONE, NULL, 0,
      "Where a message of the same bytes was put into a queue", HFILL}},
    {&NUMBER.fetch_frame,
     {"Probably fetched in", "sceipmi.fetched_in", FT_FRAMENUM, BASE_NONE, NULL, 0,
      "Where a message of the same bytes was taken out of a queue", HFILL}},
    {&NUMBER.scalar,
     {"Bytes behind a pointer", "sceipmi.scalar_bytes", FT_BYTES, BASE_NONE, NULL, 0, NULL, HFILL}},
};

void sceipmi_register_fields(int protocol)
{
    static int *subtrees[] = {
        &sceipmi_subtree.protocol, &sceipmi_subtree.valid, &sceipmi_subtree.layout,
        &sceipmi_subtree.list,     &sceipmi_subtree.entry, &sceipmi_subtree.packet,
    };

    proto_register_field_array(protocol, fields, G_N_ELEMENTS(fields));
    proto_register_subtree_array(subtrees, G_N_ELEMENTS(subtrees));
    sceipmi_register_layouts(protocol);
}
