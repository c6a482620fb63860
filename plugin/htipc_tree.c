/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file htipc_tree.c The tree of a TIPC message: command id, result, arguments. */
#include "horizon.h"
#include "subdissectors.h"

static int proto_htipc = -1;
static int hf_command_id = -1;
static int hf_command = -1;
static int hf_close = -1;
static struct horizon_result_fields hf_result = {-1, -1, -1};
static int hf_data = -1;
static gint ett_htipc = -1;

/* The type, which holds it, has been shown with the HIPC header. */
static void add_command(const struct horizon_message *message, proto_tree *tree)
{
    const struct htipc_message *tipc = &message->tipc;
    proto_item *item;

    if (tipc->is_close) {
        item = proto_tree_add_boolean(tree, hf_close, message->tvb, 0, 2, TRUE);
        proto_item_set_generated(item);
        return;
    }
    if (htipc_is_type(message->hipc.type)) {
        item = proto_tree_add_uint(tree, hf_command_id, message->tvb, 0, 2, tipc->command_id);
        proto_item_set_generated(item);
    }
    plugin_add_generated_string(tree, hf_command, message->tvb, message->memo.command);
}

static void add_result(const struct horizon_message *message, proto_tree *tree)
{
    if (message->tipc.has_result)
        horizon_add_result(tree, &hf_result, message->tvb, message->hipc.raw_offset,
                           message->tipc.result);
}

/* As in cmif_tree.c: the reply of a call that was refused. */
static void add_without_message(const struct horizon_message *message)
{
    tvbuff_t *tvb = message->context->tvb;
    proto_item *item = proto_tree_add_item(message->top, proto_htipc, tvb, 0, 0, ENC_NA);

    proto_item_append_text(item, ", no message");
    plugin_add_generated_string(proto_item_add_subtree(item, ett_htipc), hf_command, tvb,
                                message->memo.command);
}

static void add_message(const struct horizon_message *message)
{
    const struct htipc_message *tipc = &message->tipc;
    int start = (int)MIN(message->hipc.raw_offset, message->length);
    proto_item *item = proto_tree_add_item(message->top, proto_htipc, message->tvb, start,
                                           (int)message->hipc.raw_captured, ENC_NA);
    proto_tree *tree = proto_item_add_subtree(item, ett_htipc);

    if (message->memo.command)
        proto_item_append_text(item, ", %s, %s", message->memo.command,
                               tipc->is_reply ? "reply" : "request");
    add_command(message, tree);
    add_result(message, tree);
    if (tipc->data_size)
        proto_tree_add_item(tree, hf_data, message->tvb, (int)tipc->data_offset,
                            (int)tipc->data_size, ENC_NA);
    horizon_add_arguments(message, tree);
    wiki_add(message->context, tree, message->memo.service, message->memo.command);
    if (tipc->data_size) /* Else the offset may lie behind the captured bytes. */
        subdissector_by_name(
            message->context, SUBDISSECTOR_HORIZON, message->memo.service,
            tvb_new_subset_length(message->tvb, (int)tipc->data_offset, (int)tipc->data_size),
            tree);
    plugin_add_findings(message->pinfo, tree, message->tvb, &message->findings);
}

void htipc_add_tree(const struct horizon_message *message)
{
    if (message->tvb)
        add_message(message);
    else
        add_without_message(message);
}

static hf_register_info fields[] = {
    {&hf_command_id,
     {"Command id", "htipc.command_id", FT_UINT16, BASE_DEC, NULL, 0, "The message's type - 16",
      HFILL}},
    {&hf_command, {"Command", "htipc.command", FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL}},
    {&hf_close, {"Close", "htipc.close", FT_BOOLEAN, BASE_NONE, NULL, 0, NULL, HFILL}},
    {&hf_result.result, {"Result", "htipc.result", FT_UINT32, BASE_HEX, NULL, 0, NULL, HFILL}},
    {&hf_result.module,
     {"Module", "htipc.result.module", FT_UINT32, BASE_DEC, NULL, 0x000001FF, NULL, HFILL}},
    {&hf_result.description,
     {"Description", "htipc.result.description", FT_UINT32, BASE_DEC, NULL, 0x003FFE00, NULL,
      HFILL}},
    {&hf_data, {"Data", "htipc.data", FT_BYTES, BASE_NONE, NULL, 0, NULL, HFILL}},
};

void htipc_register(void)
{
    static gint *trees[] = {&ett_htipc};

    proto_htipc = proto_register_protocol("Console IPC: TIPC", "TIPC (Horizon)", "htipc");
    proto_register_field_array(proto_htipc, fields, array_length(fields));
    proto_register_subtree_array(trees, array_length(trees));
}
