/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file conversation_field.c
 * A Wireshark plugin for a test: which of Wireshark's conversations each packet is in, as the
 * packet list asks for it, and which frames that one goes from and to.
 */
#include <wireshark.h>

#include <epan/conversation.h>
#include <epan/packet.h>
#include <epan/proto.h>

WS_DLL_PUBLIC_DEF const char plugin_version[] = "0";
WS_DLL_PUBLIC_DEF const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
WS_DLL_PUBLIC_DEF const int plugin_want_minor = WIRESHARK_VERSION_MINOR;

WS_DLL_PUBLIC_DEF void plugin_register(void);

static int protocol = -1;
static int hf_index = -1;
static int hf_first = -1;
static int hf_last = -1;

static int dissect(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
    const conversation_t *conversation = find_conversation_pinfo(pinfo, 0);

    if (conversation) {
        proto_tree_add_uint(tree, hf_index, tvb, 0, 0, conversation->conv_index);
        proto_tree_add_uint(tree, hf_first, tvb, 0, 0, conversation->setup_frame);
        proto_tree_add_uint(tree, hf_last, tvb, 0, 0, conversation->last_frame);
    }
    return 0;
}

static void register_protocol(void)
{
    static hf_register_info fields[] = {
        {&hf_index,
         {"Index", "conversation_field.index", FT_UINT32, BASE_DEC, NULL, 0, NULL, HFILL}},
        {&hf_first,
         {"First", "conversation_field.first", FT_UINT32, BASE_DEC, NULL, 0, NULL, HFILL}},
        {&hf_last, {"Last", "conversation_field.last", FT_UINT32, BASE_DEC, NULL, 0, NULL, HFILL}},
    };

    protocol = proto_register_protocol("Conversation", "Conversation", "conversation_field");
    proto_register_field_array(protocol, fields, array_length(fields));
}

static void hand_off(void)
{
    register_postdissector(create_dissector_handle(dissect, protocol));
}

void plugin_register(void)
{
    static proto_plugin plugin;

    plugin.register_protoinfo = register_protocol;
    plugin.register_handoff = hand_off;
    proto_register_plugin(&plugin);
}
