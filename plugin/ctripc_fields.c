/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file ctripc_fields.c The filter names of the 3DS dissector. */
#include "ctripc_internal.h"

struct ctripc_fields ctripc_field;
struct ctripc_subtrees ctripc_subtree = {-1, -1, -1, -1, -1, -1, -1};

static value_string kind_names[CTRIPC_KIND_COUNT + 1];

static hf_register_info fields[] = {
    {&ctripc_field.service,
     {"Service", "ctripc.service", FT_STRING, BASE_NONE, NULL, 0,
      "Service that the session's handle stands for", HFILL}},
    {&ctripc_field.command,
     {"Command", "ctripc.command", FT_STRING, BASE_NONE, NULL, 0,
      "Name of the command in its service", HFILL}},
    {&ctripc_field.session_opened_in,
     {"Session opened in", "ctripc.session_opened_in", FT_FRAMENUM, BASE_NONE, NULL, 0,
      "The reply that handed out the handle", HFILL}},
    {&ctripc_field.session_closed_in,
     {"Session closed in", "ctripc.session_closed_in", FT_FRAMENUM, BASE_NONE, NULL, 0, NULL,
      HFILL}},
    {&ctripc_field.header,
     {"Header", "ctripc.header", FT_UINT32, BASE_HEX, NULL, 0, "First word of the command buffer",
      HFILL}},
    {&ctripc_field.command_id,
     {"Command id", "ctripc.command_id", FT_UINT32, BASE_HEX, NULL, 0xFFFF0000, NULL, HFILL}},
    {&ctripc_field.reserved,
     {"Unused bits", "ctripc.header.unused", FT_UINT32, BASE_HEX, NULL, 0x0000F000,
      "Bits without a meaning", HFILL}},
    {&ctripc_field.normal_count,
     {"Normal words", "ctripc.normal_count", FT_UINT32, BASE_DEC, NULL, 0x00000FC0,
      "Words that are passed as they are", HFILL}},
    {&ctripc_field.translate_words,
     {"Translate words", "ctripc.translate_words", FT_UINT32, BASE_DEC, NULL, 0x0000003F,
      "Words that the kernel translates, descriptors included", HFILL}},
    {&ctripc_field.normal,
     {"Normal parameter", "ctripc.normal", FT_UINT32, BASE_HEX_DEC, NULL, 0, NULL, HFILL}},
    {&ctripc_field.result,
     {"Result", "ctripc.result", FT_UINT32, BASE_HEX, NULL, 0,
      "Result code: the first word of a reply", HFILL}},
    {&ctripc_field.result_level,
     {"Level", "ctripc.result.level", FT_UINT32, BASE_DEC, NULL, 0xF8000000,
      "Negative (16 and more) for errors", HFILL}},
    {&ctripc_field.result_summary,
     {"Summary", "ctripc.result.summary", FT_UINT32, BASE_DEC, NULL, 0x07E00000, NULL, HFILL}},
    {&ctripc_field.result_module,
     {"Module", "ctripc.result.module", FT_UINT32, BASE_DEC, NULL, 0x0003FC00, NULL, HFILL}},
    {&ctripc_field.result_description,
     {"Description", "ctripc.result.description", FT_UINT32, BASE_DEC, NULL, 0x000003FF, NULL,
      HFILL}},
    {&ctripc_field.result_name,
     {"Meaning", "ctripc.result.name", FT_STRING, BASE_NONE, NULL, 0,
      "Name of the result with description, level, summary and module", HFILL}},
    {&ctripc_field.translate,
     {"Translate parameter", "ctripc.translate", FT_NONE, BASE_NONE, NULL, 0,
      "A descriptor and the words that belong to it", HFILL}},
    {&ctripc_field.offset,
     {"Word", "ctripc.translate.offset", FT_UINT8, BASE_DEC, NULL, 0,
      "Index of the descriptor in the command buffer: its contents are recorded under this number",
      HFILL}},
    {&ctripc_field.kind,
     {"Kind", "ctripc.translate.kind", FT_UINT8, BASE_DEC, VALS(kind_names), 0,
      "What the kernel takes the descriptor for", HFILL}},
    {&ctripc_field.descriptor,
     {"Descriptor", "ctripc.translate.descriptor", FT_UINT32, BASE_HEX, NULL, 0, NULL, HFILL}},
    {&ctripc_field.handle_count,
     {"Handles, less one", "ctripc.handle.count_minus_one", FT_UINT32, BASE_DEC, NULL, 0xFC000000,
      NULL, HFILL}},
    {&ctripc_field.handle_is_move,
     {"Move", "ctripc.handle.move", FT_BOOLEAN, 32, TFS(&tfs_yes_no), 0x00000010,
      "The sender's handles are closed", HFILL}},
    {&ctripc_field.handle_is_process_id,
     {"Process id", "ctripc.handle.process_id", FT_BOOLEAN, 32, TFS(&tfs_yes_no), 0x00000020,
      "The kernel puts the sender's process id into the next word", HFILL}},
    {&ctripc_field.handle, {"Handle", "ctripc.handle", FT_UINT32, BASE_HEX, NULL, 0, NULL, HFILL}},
    {&ctripc_field.opened_service,
     {"Stands for", "ctripc.handle.service", FT_STRING, BASE_NONE, NULL, 0,
      "What the handle of this reply stands for from now on", HFILL}},
    {&ctripc_field.process_id,
     {"Process id", "ctripc.process_id", FT_UINT32, BASE_HEX_DEC, NULL, 0,
      "Filled in by the kernel: whatever stands here in a client's request has no meaning", HFILL}},
    {&ctripc_field.static_id,
     {"Static buffer", "ctripc.static.id", FT_UINT32, BASE_DEC, NULL, 0x00003C00,
      "Slot of the receiver's static buffer table", HFILL}},
    {&ctripc_field.static_size,
     {"Size", "ctripc.static.size", FT_UINT32, BASE_DEC, NULL, 0xFFFFC000, "In bytes", HFILL}},
    {&ctripc_field.static_address,
     {"Address", "ctripc.static.address", FT_UINT32, BASE_HEX, NULL, 0, NULL, HFILL}},
    {&ctripc_field.pxi_id,
     {"PXI buffer", "ctripc.pxi.id", FT_UINT32, BASE_DEC, NULL, 0x000000F0, NULL, HFILL}},
    {&ctripc_field.pxi_read_only,
     {"Read-only", "ctripc.pxi.read_only", FT_BOOLEAN, 32, TFS(&tfs_yes_no), 0x00000002, NULL,
      HFILL}},
    {&ctripc_field.pxi_size,
     {"Size", "ctripc.pxi.size", FT_UINT32, BASE_DEC, NULL, 0xFFFFFF00, "In bytes", HFILL}},
    {&ctripc_field.pxi_address,
     {"Address", "ctripc.pxi.address", FT_UINT32, BASE_HEX, NULL, 0, NULL, HFILL}},
    {&ctripc_field.mapped_size,
     {"Size", "ctripc.mapped.size", FT_UINT32, BASE_DEC, NULL, 0xFFFFFFF0, "In bytes", HFILL}},
    {&ctripc_field.mapped_read,
     {"Readable", "ctripc.mapped.read", FT_BOOLEAN, 32, TFS(&tfs_yes_no), 0x00000002,
      "The receiver may read the buffer", HFILL}},
    {&ctripc_field.mapped_write,
     {"Writable", "ctripc.mapped.write", FT_BOOLEAN, 32, TFS(&tfs_yes_no), 0x00000004,
      "The receiver may write the buffer", HFILL}},
    {&ctripc_field.mapped_address,
     {"Address", "ctripc.mapped.address", FT_UINT32, BASE_HEX, NULL, 0, NULL, HFILL}},
    {&ctripc_field.contents,
     {"Contents", "ctripc.contents", FT_BYTES, BASE_NONE, NULL, 0, "Bytes of the buffer", HFILL}},
    {&ctripc_field.text,
     {"Text", "ctripc.text", FT_STRING, BASE_NONE, NULL, 0,
      "The contents, where they are nothing but printable text", HFILL}},
    {&ctripc_field.slot,
     {"Static buffer", "ctripc.slot", FT_UINT8, BASE_DEC, NULL, 0,
      "Slot of this thread's static buffer table", HFILL}},
    {&ctripc_field.slot_descriptor,
     {"Descriptor", "ctripc.slot.descriptor", FT_UINT32, BASE_HEX, NULL, 0, NULL, HFILL}},
    {&ctripc_field.slot_address,
     {"Address", "ctripc.slot.address", FT_UINT32, BASE_HEX, NULL, 0, NULL, HFILL}},
    {&ctripc_field.beyond,
     {"Words behind the message", "ctripc.beyond", FT_BYTES, BASE_NONE, NULL, 0,
      "Remains of earlier messages", HFILL}},
    {&ctripc_field.fragment,
     {"Words of a message whose header is not known", "ctripc.fragment", FT_BYTES, BASE_NONE, NULL,
      0, "From word 1 on", HFILL}},
};

static void fill_kind_names(void)
{
    for (unsigned int kind = 0; kind < CTRIPC_KIND_COUNT; kind++) {
        kind_names[kind].value = kind;
        kind_names[kind].strptr = ctripc_kind_name((enum ctripc_kind)kind);
    }
}

void ctripc_register_fields(int protocol)
{
    static int *subtrees[] = {
        &ctripc_subtree.protocol,  &ctripc_subtree.header,     &ctripc_subtree.result,
        &ctripc_subtree.translate, &ctripc_subtree.descriptor, &ctripc_subtree.table,
        &ctripc_subtree.slot,
    };

    fill_kind_names();
    proto_register_field_array(protocol, fields, G_N_ELEMENTS(fields));
    proto_register_subtree_array(subtrees, G_N_ELEMENTS(subtrees));
}
