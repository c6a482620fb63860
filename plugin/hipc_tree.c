/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file hipc_tree.c
 * The tree of a HIPC message. Values and offsets come from the codec's view; the words that hold
 * several fields are broken out beside them.
 */
#include "horizon.h"
#include "ipctap.h"

static int proto_hipc = -1;
static int hf_word0 = -1;
static int hf_type = -1;
static int hf_pointer_count = -1;
static int hf_send_count = -1;
static int hf_receive_count = -1;
static int hf_exchange_count = -1;
static int hf_word1 = -1;
static int hf_raw_words = -1;
static int hf_receive_list_mode = -1;
static int hf_reserved = -1;
static int hf_receive_list_words = -1;
static int hf_has_special = -1;
static int hf_special = -1;
static int hf_special_pid = -1;
static int hf_special_copy = -1;
static int hf_special_move = -1;
static int hf_special_reserved = -1;
static int hf_pid = -1;
static int hf_copy_handle = -1;
static int hf_move_handle = -1;
static int hf_pointer = -1;
static int hf_pointer_word = -1;
static int hf_pointer_index = -1;
static int hf_pointer_address_36 = -1;
static int hf_pointer_address_32 = -1;
static int hf_pointer_reserved = -1;
static int hf_pointer_size = -1;
static int hf_pointer_address = -1;
static int hf_pointer_data = -1;
static int hf_map_word = -1;
static int hf_map_address_36 = -1;
static int hf_map_address_32 = -1;
static int hf_map_size_32 = -1;
static int hf_map_reserved = -1;
static int hf_map_attribute = -1;
static int hf_raw = -1;
static int hf_entry = -1;
static int hf_entry_word = -1;
static int hf_entry_address = -1;
static int hf_entry_address_32 = -1;
static int hf_entry_reserved = -1;
static int hf_entry_size = -1;
static int hf_entry_room = -1;
static int hf_buffer = -1;
static int hf_behind = -1;
static int hf_context = -1;
static gint ett_hipc = -1;
static gint ett_word = -1;
static gint ett_descriptor = -1;
static gint ett_context = -1;

/* The three kinds of map descriptors differ in their names only. */
struct map_kind {
    const char *label;
    char letter; /* As the seed's readers and libnx's older interface call it. */
    uint16_t section;
    int hf;
    int hf_address;
    int hf_size;
    int hf_attribute;
    int hf_data;
};

static struct map_kind send_kind = {"Send", 'A', IPCTAP_SEND, -1, -1, -1, -1, -1};
static struct map_kind receive_kind = {"Receive", 'B', IPCTAP_RECEIVE, -1, -1, -1, -1, -1};
static struct map_kind exchange_kind = {"Exchange", 'W', IPCTAP_EXCHANGE, -1, -1, -1, -1, -1};

static int *const word0_fields[] = {&hf_type,          &hf_pointer_count,  &hf_send_count,
                                    &hf_receive_count, &hf_exchange_count, NULL};
static int *const word1_fields[] = {&hf_raw_words,          &hf_receive_list_mode, &hf_reserved,
                                    &hf_receive_list_words, &hf_has_special,       NULL};
static int *const special_fields[] = {&hf_special_pid, &hf_special_copy, &hf_special_move,
                                      &hf_special_reserved, NULL};
static int *const pointer_fields[] = {&hf_pointer_index,      &hf_pointer_reserved,
                                      &hf_pointer_address_36, &hf_pointer_address_32,
                                      &hf_pointer_size,       NULL};
static int *const map_fields[] = {&hf_map_attribute, &hf_map_address_36, &hf_map_reserved,
                                  &hf_map_size_32,   &hf_map_address_32, NULL};
static int *const entry_fields[] = {&hf_entry_address_32, &hf_entry_reserved, &hf_entry_size, NULL};

static void add_word(proto_tree *tree, tvbuff_t *tvb, uint32_t offset, int hf, int *const *fields)
{
    if (offset + 4 <= tvb_captured_length(tvb))
        proto_tree_add_bitmask(tree, tvb, offset, hf, ett_word, fields, ENC_LITTLE_ENDIAN);
}

static void add_uint(proto_tree *tree, int hf, tvbuff_t *tvb, uint32_t offset, int size,
                     uint64_t value)
{
    if (proto_registrar_get_ftype(hf) == FT_UINT64)
        proto_tree_add_uint64(tree, hf, tvb, (int)offset, size, value);
    else
        proto_tree_add_uint(tree, hf, tvb, (int)offset, size, (uint32_t)value);
}

static void add_handles(const struct call_context *context, proto_tree *tree, int hf, tvbuff_t *tvb,
                        uint32_t offset, unsigned int count, const uint32_t *handle)
{
    for (unsigned int n = 0; n < count; n++) {
        proto_item *item = proto_tree_add_uint_format(tree, hf, tvb, (int)(offset + 4 * n), 4,
                                                      handle[n], "%s[%u]: 0x%08x",
                                                      proto_registrar_get_name(hf), n, handle[n]);

        if (context)
            handles_describe(context, item, tvb, handle[n]);
    }
}

static void add_special(const struct call_context *context, proto_tree *tree, tvbuff_t *tvb,
                        const struct hipc_special *special)
{
    add_word(tree, tvb, special->offset, hf_special, special_fields);
    if (special->has_pid)
        add_uint(tree, hf_pid, tvb, special->pid_offset, 8, special->pid);
    add_handles(context, tree, hf_copy_handle, tvb, special->copy_offset, special->copy_count,
                special->copy);
    add_handles(context, tree, hf_move_handle, tvb, special->move_offset, special->move_count,
                special->move);
}

/* Contents belong to a message of the record itself, not to what its receiver had prepared. */
static void add_contents(const struct call_context *context, proto_tree *tree, int hf,
                         uint16_t type, unsigned int index)
{
    if (context)
        record_add_contents(context, tree, hf, type, (uint16_t)index);
}

static void add_pointer(const struct call_context *context, proto_tree *tree, tvbuff_t *tvb,
                        unsigned int n, const struct hipc_pointer *pointer)
{
    proto_tree *subtree;
    proto_item *item = proto_tree_add_none_format(
        tree, hf_pointer, tvb, (int)pointer->offset, HIPC_POINTER_SIZE,
        "Pointer descriptor [%u] (X): 0x%x bytes at 0x%" PRIx64 ", index %u", n, pointer->size,
        pointer->address, pointer->index);

    subtree = proto_item_add_subtree(item, ett_descriptor);
    add_word(subtree, tvb, pointer->offset, hf_pointer_word, pointer_fields);
    add_uint(subtree, hf_pointer_address, tvb, pointer->offset, HIPC_POINTER_SIZE,
             pointer->address);
    add_contents(context, subtree, hf_pointer_data, IPCTAP_POINTER, n);
}

static void add_map(const struct call_context *context, proto_tree *tree, tvbuff_t *tvb,
                    const struct map_kind *kind, unsigned int n, const struct hipc_map *map)
{
    proto_tree *subtree;
    proto_item *item = proto_tree_add_none_format(
        tree, kind->hf, tvb, (int)map->offset, HIPC_MAP_SIZE,
        "%s descriptor [%u] (%c): 0x%" PRIx64 " bytes at 0x%" PRIx64 ", %s", kind->label, n,
        kind->letter, map->size, map->address, hipc_map_attribute_name(map->attribute));

    subtree = proto_item_add_subtree(item, ett_descriptor);
    add_uint(subtree, kind->hf_size, tvb, map->offset, HIPC_MAP_SIZE, map->size);
    add_uint(subtree, kind->hf_address, tvb, map->offset + 4, 8, map->address);
    add_word(subtree, tvb, map->offset + 8, hf_map_word, map_fields);
    add_uint(subtree, kind->hf_attribute, tvb, map->offset + 8, 1, map->attribute);
    add_contents(context, subtree, kind->hf_data, kind->section, n);
}

static void add_entry(const struct call_context *context, proto_tree *tree, tvbuff_t *tvb,
                      unsigned int n, const struct hipc_receive_entry *entry)
{
    proto_tree *subtree;
    proto_item *item = proto_tree_add_none_format(
        tree, hf_entry, tvb, (int)entry->offset, HIPC_RECEIVE_LIST_ENTRY_SIZE,
        "Receive list entry [%u] (C): 0x%x bytes at 0x%" PRIx64, n, entry->size, entry->address);

    subtree = proto_item_add_subtree(item, ett_descriptor);
    add_uint(subtree, hf_entry_address, tvb, entry->offset, HIPC_RECEIVE_LIST_ENTRY_SIZE,
             entry->address);
    add_word(subtree, tvb, entry->offset + 4, hf_entry_word, entry_fields);
    add_contents(context, subtree, hf_entry_room, IPCTAP_RECEIVE_LIST, n);
}

static void add_descriptors(const struct call_context *context, proto_tree *tree, tvbuff_t *tvb,
                            const struct hipc_message *hipc)
{
    for (unsigned int n = 0; n < hipc->pointer_count; n++)
        add_pointer(context, tree, tvb, n, &hipc->pointer[n]);
    for (unsigned int n = 0; n < hipc->send_count; n++)
        add_map(context, tree, tvb, &send_kind, n, &hipc->send[n]);
    for (unsigned int n = 0; n < hipc->receive_count; n++)
        add_map(context, tree, tvb, &receive_kind, n, &hipc->receive[n]);
    for (unsigned int n = 0; n < hipc->exchange_count; n++)
        add_map(context, tree, tvb, &exchange_kind, n, &hipc->exchange[n]);
}

static void add_message(const struct call_context *context, proto_tree *tree, tvbuff_t *tvb,
                        const struct hipc_message *hipc)
{
    add_word(tree, tvb, 0, hf_word0, word0_fields);
    add_word(tree, tvb, 4, hf_word1, word1_fields);
    if (hipc->has_special && tvb_captured_length(tvb) >= HIPC_HEADER_SIZE + 4)
        add_special(context, tree, tvb, &hipc->special);
    add_descriptors(context, tree, tvb, hipc);
    if (hipc->raw_captured)
        proto_tree_add_item(tree, hf_raw, tvb, (int)hipc->raw_offset, (int)hipc->raw_captured,
                            ENC_NA);
    for (unsigned int n = 0; n < hipc->receive_list_count; n++)
        add_entry(context, tree, tvb, n, &hipc->receive_list[n]);
    if (hipc->complete && hipc->end < tvb_captured_length(tvb))
        proto_tree_add_item(tree, hf_behind, tvb, (int)hipc->end,
                            (int)(tvb_captured_length(tvb) - hipc->end), ENC_NA);
}

/* The field for contents that no descriptor of this message names: of the request's buffers in its
 * reply, each changed range on its own, and of buffers whose descriptor is not known. */
static int loose_field(const struct call_context *context, uint16_t type)
{
    if (type == IPCTAP_BUFFER)
        return hf_buffer;
    if (!call_is_exit(context))
        return -1;
    if (type == IPCTAP_RECEIVE)
        return receive_kind.hf_data;
    return type == IPCTAP_EXCHANGE ? exchange_kind.hf_data : -1;
}

static void add_loose_contents(const struct call_context *context, proto_tree *tree)
{
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section section;

    while (ipctap_section_next(context->record, &iterator, &section, NULL)) {
        int hf = loose_field(context, section.type);

        if (hf != -1)
            proto_item_append_text(
                plugin_add_all(tree, hf, record_section_bytes(context->tvb, &section)),
                " [%u], %u bytes at 0x%" PRIx64, section.index, section.captured_size,
                section.address);
    }
}

static void add_receive_context(const struct call_context *context, proto_tree *tree)
{
    struct hipc_message *hipc;
    struct record_section section;
    proto_item *item;

    if (!record_section(context, IPCTAP_RECEIVE_CONTEXT, 0, &section))
        return;
    hipc = wmem_new0(context->pinfo->pool, struct hipc_message);
    hipc_decode(section.view.bytes, section.view.captured_size, HIPC_REQUEST, hipc, NULL);
    item = plugin_add_all(tree, hf_context, section.tvb);
    add_message(NULL, proto_item_add_subtree(item, ett_context), section.tvb, hipc);
}

static void describe(const struct horizon_message *message, proto_item *item)
{
    if (!message->tvb)
        proto_item_append_text(item, ", no message");
    else if (message->is_prepared)
        proto_item_append_text(item, ", prepared to receive");
    else if (message->is_fragment)
        proto_item_append_text(item, ", fragment: the beginning is not known");
    else
        proto_item_append_text(item, ", %s, %u bytes of raw data",
                               message->cmif.is_reply ? "reply"
                                                      : hipc_type_name(message->hipc.type),
                               message->hipc.raw_words * 4u);
}

static void add_bytes(const struct horizon_message *message, proto_tree *tree)
{
    if (message->is_fragment)
        plugin_add_all(tree, hf_raw, message->tvb);
    else
        add_message(message->context, tree, message->tvb, &message->hipc);
}

/* A call that the kernel refused has no message but is one of this protocol all the same. */
static proto_item *add_protocol(const struct horizon_message *message)
{
    if (message->tvb)
        return plugin_add_all(message->top, proto_hipc, message->tvb);
    return proto_tree_add_item(message->top, proto_hipc, message->context->tvb, 0, 0, ENC_NA);
}

/*
 * mesosphere, kern_k_server_session.cpp: a client's receive list is not delivered to the server,
 * only its count is; so a request as a server gets it ends with its raw data and is whole.
 */
static bool is_undelivered(const struct horizon_message *message,
                           const struct ipcshark_finding *finding)
{
    const struct hipc_message *hipc = &message->hipc;
    bool is_delivered = message->is_server && !horizon_is_reply(message);

    if (!is_delivered || hipc->raw_captured < hipc->raw_words * 4u)
        return false;
    return finding->code == IPCSHARK_FINDING_HIPC_RECEIVE_LIST_CUT ||
           finding->code == IPCSHARK_FINDING_HIPC_TRUNCATED;
}

static void add_findings(const struct horizon_message *message, proto_tree *tree)
{
    const struct ipcshark_findings *all = &message->hipc_findings;
    struct ipcshark_findings kept = {0};

    for (unsigned int n = 0; n < all->count; n++) {
        if (!is_undelivered(message, &all->item[n]))
            kept.item[kept.count++] = all->item[n];
    }
    plugin_add_findings(message->pinfo, tree, message->tvb, &kept);
}

proto_tree *hipc_add_tree(const struct horizon_message *message)
{
    proto_item *item = add_protocol(message);
    proto_tree *tree = proto_item_add_subtree(item, ett_hipc);

    describe(message, item);
    if (message->tvb)
        add_bytes(message, tree);
    add_loose_contents(message->context, tree);
    add_receive_context(message->context, tree);
    if (message->tvb)
        add_findings(message, tree);
    return tree;
}

static void add_result_parts(proto_tree *tree, const struct horizon_result_fields *fields,
                             tvbuff_t *tvb, int offset, uint32_t result)
{
    const char *name = horizon_module_name(horizon_result_module(result));
    proto_item *item = proto_tree_add_item(tree, fields->module, tvb, offset, 4, ENC_LITTLE_ENDIAN);

    if (name && result)
        proto_item_append_text(item, " (%s)", name);
    proto_tree_add_item(tree, fields->description, tvb, offset, 4, ENC_LITTLE_ENDIAN);
}

void horizon_add_result(proto_tree *tree, const struct horizon_result_fields *fields, tvbuff_t *tvb,
                        uint32_t offset, uint32_t result)
{
    char text[128];
    proto_item *item = proto_tree_add_uint(tree, fields->result, tvb, (int)offset, 4, result);

    horizon_result_format(result, text, sizeof text);
    proto_item_append_text(item, " (%s)", text);
    add_result_parts(proto_item_add_subtree(item, ett_word), fields, tvb, (int)offset, result);
}

/* ---- Registration ---- */

static const char *type_name(uint32_t type)
{
    return type <= HIPC_TYPE_INVOKE_2_MANAGER_METHOD_WITH_CONTEXT || type == HIPC_TYPE_TIPC_CLOSE
               ? hipc_type_name((uint16_t)type)
               : NULL;
}

static const char *attribute_name(uint32_t attribute)
{
    return hipc_map_attribute_name((uint8_t)attribute);
}

static const value_string list_modes[] = {
    {HIPC_RECEIVE_NONE, "none"},
    {HIPC_RECEIVE_IN_MESSAGE, "behind the raw data"},
    {HIPC_RECEIVE_SINGLE, "one buffer"},
    {0, NULL},
};

#define FIELD(variable, label, name, type, base, mask, blurb)                                      \
    {                                                                                              \
        &(variable),                                                                               \
        {                                                                                          \
            label, "hipc." name, type, base, NULL, mask, blurb, HFILL                              \
        }                                                                                          \
    }
#define WORD(variable, label, name) FIELD(variable, label, name, FT_UINT32, BASE_HEX, 0, NULL)
#define COUNT(variable, label, name, mask)                                                         \
    FIELD(variable, label, name, FT_UINT32, BASE_DEC, mask, NULL)
#define BITS(variable, label, name, mask)                                                          \
    FIELD(variable, label, name, FT_UINT32, BASE_HEX, mask, NULL)
#define FLAG(variable, label, name, mask) FIELD(variable, label, name, FT_BOOLEAN, 32, mask, NULL)
#define ADDRESS(variable, name)                                                                    \
    FIELD(variable, "Address", name, FT_UINT64, BASE_HEX, 0, "39 bits, as the kernel reads it")
#define BYTES(variable, label, name)  FIELD(variable, label, name, FT_BYTES, BASE_NONE, 0, NULL)
#define BRANCH(variable, label, name) FIELD(variable, label, name, FT_NONE, BASE_NONE, 0, NULL)

#define MAP(kind, label, name)                                                                     \
    BRANCH(kind.hf, label " descriptor", name), ADDRESS(kind.hf_address, name ".address"),         \
        FIELD(kind.hf_size, "Size", name ".size", FT_UINT64, BASE_DEC, 0, "36 bits, in bytes"),    \
        FIELD(kind.hf_attribute, "Attribute", name ".attribute", FT_UINT8, BASE_DEC, 0,            \
              "MapTransferAttribute"),                                                             \
        BYTES(kind.hf_data, label " buffer", name ".data")

static hf_register_info fields[] = {
    COUNT(hf_type, "Type", "type", 0x0000FFFF),
    COUNT(hf_receive_list_mode, "Receive list count", "receive_list_mode", 0x00003C00),
    BITS(hf_map_attribute, "Attribute", "map.attribute", 0x00000003),
    WORD(hf_word0, "Header word 0", "header_0"),
    COUNT(hf_pointer_count, "Pointer descriptors (X)", "pointer_count", 0x000F0000),
    COUNT(hf_send_count, "Send descriptors (A)", "send_count", 0x00F00000),
    COUNT(hf_receive_count, "Receive descriptors (B)", "receive_count", 0x0F000000),
    COUNT(hf_exchange_count, "Exchange descriptors (W)", "exchange_count", 0xF0000000),
    WORD(hf_word1, "Header word 1", "header_1"),
    COUNT(hf_raw_words, "Raw data words", "raw_words", 0x000003FF),
    BITS(hf_reserved, "Reserved", "reserved", 0x000FC000),
    COUNT(hf_receive_list_words, "Receive list offset (words)", "receive_list_offset", 0x7FF00000),
    FLAG(hf_has_special, "Has special header", "has_special", 0x80000000),
    WORD(hf_special, "Special header", "special"),
    FLAG(hf_special_pid, "Has process id", "special.has_pid", 0x00000001),
    COUNT(hf_special_copy, "Copy handles", "special.copy_count", 0x0000001E),
    COUNT(hf_special_move, "Move handles", "special.move_count", 0x000001E0),
    BITS(hf_special_reserved, "Reserved", "special.reserved", 0xFFFFFE00),
    FIELD(hf_pid, "Process id", "pid", FT_UINT64, BASE_DEC, 0,
          "Filled in by the kernel: stale in a request that it has not seen"),
    FIELD(hf_copy_handle, "Copy handle", "copy_handle", FT_UINT32, BASE_HEX, 0, NULL),
    FIELD(hf_move_handle, "Move handle", "move_handle", FT_UINT32, BASE_HEX, 0, NULL),
    BRANCH(hf_pointer, "Pointer descriptor", "pointer"),
    WORD(hf_pointer_word, "Word 0", "pointer.word_0"),
    COUNT(hf_pointer_index, "Receive index", "pointer.index", 0x0000000F),
    BITS(hf_pointer_address_36, "Address bits 36-38", "pointer.address_36", 0x000001C0),
    BITS(hf_pointer_address_32, "Address bits 32-35", "pointer.address_32", 0x0000F000),
    BITS(hf_pointer_reserved, "Reserved", "pointer.reserved", 0x00000E30),
    COUNT(hf_pointer_size, "Size", "pointer.size", 0xFFFF0000),
    ADDRESS(hf_pointer_address, "pointer.address"),
    BYTES(hf_pointer_data, "Pointer buffer", "pointer.data"),
    MAP(send_kind, "Send", "send"),
    MAP(receive_kind, "Receive", "receive"),
    MAP(exchange_kind, "Exchange", "exchange"),
    WORD(hf_map_word, "Word 2", "map.word_2"),
    BITS(hf_map_address_36, "Address bits 36-38", "map.address_36", 0x0000001C),
    BITS(hf_map_reserved, "Reserved", "map.reserved", 0x00FFFFE0),
    BITS(hf_map_size_32, "Size bits 32-35", "map.size_32", 0x0F000000),
    BITS(hf_map_address_32, "Address bits 32-35", "map.address_32", 0xF0000000),
    BYTES(hf_raw, "Raw data", "raw"),
    BRANCH(hf_entry, "Receive list entry", "receive_list"),
    ADDRESS(hf_entry_address, "receive_list.address"),
    WORD(hf_entry_word, "Word 1", "receive_list.word_1"),
    BITS(hf_entry_address_32, "Address bits 32-38", "receive_list.address_32", 0x0000007F),
    BITS(hf_entry_reserved, "Reserved", "receive_list.reserved", 0x0000FF80),
    COUNT(hf_entry_size, "Size", "receive_list.size", 0xFFFF0000),
    BYTES(hf_entry_room, "Room", "receive_list.data"),
    BYTES(hf_buffer, "Buffer", "buffer.data"),
    BYTES(hf_behind, "Bytes behind the message", "behind"),
    BRANCH(hf_context, "What the receiver had prepared", "receive_context"),
};

void hipc_register(void)
{
    static gint *trees[] = {&ett_hipc, &ett_word, &ett_descriptor, &ett_context};
    const value_string *attributes = plugin_value_strings(attribute_name, 4);

    fields[0].hfinfo.strings = VALS(plugin_value_strings(type_name, 16));
    fields[1].hfinfo.strings = VALS(list_modes);
    fields[2].hfinfo.strings = VALS(attributes);
    for (size_t n = 0; n < array_length(fields); n++) {
        int *id = fields[n].p_id;

        if (id == &send_kind.hf_attribute || id == &receive_kind.hf_attribute ||
            id == &exchange_kind.hf_attribute)
            fields[n].hfinfo.strings = VALS(attributes);
    }
    proto_hipc = proto_register_protocol("Horizon IPC message", "HIPC", "hipc");
    proto_register_field_array(proto_hipc, fields, array_length(fields));
    proto_register_subtree_array(trees, array_length(trees));
}
