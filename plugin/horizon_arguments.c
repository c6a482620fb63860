/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file horizon_arguments.c
 * The arguments of a command by its description (ipcshark/arguments.h): in the tree, in the Info
 * column, and whether the message contradicts it.
 */
#include "horizon.h"

#include <string.h>

/* Elements of one array in the tree, and depth of structs: a message holds 4092 bytes of raw data. */
#define MAX_ELEMENTS 64
#define MAX_DEPTH    8
#define MAX_VALUE    64

static int hf_argument = -1;
static int hf_name = -1;
static int hf_type = -1;
static int hf_value = -1;
static int hf_text = -1;
static int hf_size = -1;
static gint ett_argument = -1;

/* ---- The description ---- */

/* The user's files come first, and name their commands, too; of some only the name is known. */
static bool find_in_files(const struct horizon_message *message,
                          enum ipcshark_convention convention, const char *name, uint32_t id,
                          uint32_t firmware)
{
    const struct ipcshark_command *command = horizon_files_command(convention, name, id, firmware);
    struct horizon_memo *memo = message->memo;

    if (!command)
        return false;
    if (!record_text(message->context, IPCTAP_FUNCTION, 0))
        memo->command = command->name;
    if (!command->undocumented)
        memo->description = command;
    return !command->undocumented;
}

/** First pass: what the request's target and command are described as. */
void horizon_find_description(const struct horizon_message *message, uint32_t firmware)
{
    struct horizon_memo *memo = message->memo;
    uint32_t id = message->cmif.method_id;

    if (memo->protocol == HORIZON_TIPC && memo->service && !message->tipc.is_close) {
        id = message->tipc.command_id;
        if (!find_in_files(message, IPCSHARK_CONVENTION_TIPC, memo->service, id, firmware))
            memo->description = horizon_tipc_command_description(memo->service, id, firmware);
    } else if (memo->protocol == HORIZON_CMIF && !memo->is_control && memo->interface_name &&
               message->cmif.kind == CMIF_REQUEST && message->cmif.has_header) {
        if (!find_in_files(message, IPCSHARK_CONVENTION_CMIF, memo->interface_name, id, firmware))
            memo->description = horizon_command_description(memo->interface_name, id, firmware);
    }
}

static const struct ipcshark_command *description(const struct horizon_message *message)
{
    if (horizon_is_reply(message))
        return message->request ? message->request->memo->description : NULL;
    return message->memo->description;
}

static struct ipcshark_message view(const struct horizon_message *message)
{
    bool is_tipc = message->memo->protocol == HORIZON_TIPC;

    return (struct ipcshark_message){
        .bytes = message->bytes,
        .length = message->length,
        .hipc = &message->hipc,
        .cmif = is_tipc ? NULL : &message->cmif,
        .tipc = is_tipc ? &message->tipc : NULL,
    };
}

static bool begin(const struct horizon_message *message, struct ipcshark_arguments *arguments)
{
    const struct ipcshark_command *command = description(message);
    struct ipcshark_message viewed = view(message);

    if (!command || !message->tvb || message->memo->protocol == HORIZON_NOTHING)
        return false;
    ipcshark_arguments_begin(arguments, command, &viewed);
    return true;
}

void horizon_check_arguments(struct horizon_message *message)
{
    const struct ipcshark_command *command = description(message);
    struct ipcshark_message viewed = view(message);

    if (command && message->tvb && !message->is_fragment && message->hipc.complete &&
        message->memo->protocol != HORIZON_NOTHING)
        ipcshark_check_arguments(command, &viewed, &message->findings);
}

/* ---- Values as text ---- */

static bool is_signed(const struct ipcshark_type *type)
{
    return type->kind == IPCSHARK_TYPE_SIGNED ||
           (type->kind == IPCSHARK_TYPE_ENUM && type->element &&
            type->element->kind == IPCSHARK_TYPE_SIGNED);
}

static const char *float_text(wmem_allocator_t *pool, const struct ipcshark_argument *value)
{
    uint32_t bits = (uint32_t)value->value;
    double wide;
    float narrow;

    if (value->type->size == sizeof wide) {
        memcpy(&wide, &value->value, sizeof wide);
        return wmem_strdup_printf(pool, "%g", wide);
    }
    memcpy(&narrow, &bits, sizeof narrow);
    return wmem_strdup_printf(pool, "%g", (double)narrow);
}

static const char *number_text(wmem_allocator_t *pool, const struct ipcshark_argument *value)
{
    const char *name = ipcshark_enumerator_name(value->type, value->value);

    if (name)
        return name;
    if (value->type->kind == IPCSHARK_TYPE_BOOL)
        return value->value ? "true" : "false";
    if (value->type->kind == IPCSHARK_TYPE_FLOAT)
        return float_text(pool, value);
    if (is_signed(value->type))
        return wmem_strdup_printf(pool, "%" PRId64, (int64_t)value->value);
    /* Ids and addresses read better in hexadecimal, counts and modes in decimal. */
    return wmem_strdup_printf(pool, value->value > UINT32_MAX ? "0x%" PRIx64 : "%" PRIu64,
                              value->value);
}

static bool is_number(const struct ipcshark_type *type)
{
    return (type->kind >= IPCSHARK_TYPE_UNSIGNED && type->kind <= IPCSHARK_TYPE_BOOL) ||
           type->kind == IPCSHARK_TYPE_ENUM;
}

static const char *raw_text(const struct horizon_message *message,
                            const struct ipcshark_argument *value)
{
    wmem_allocator_t *pool = message->pinfo->pool;
    const uint8_t *bytes = message->bytes + value->offset;
    const char *text;

    if (is_number(value->type))
        return number_text(pool, value);
    if (value->type->kind == IPCSHARK_TYPE_TEXT) {
        text = plugin_escape(pool, bytes, plugin_text_length(bytes, value->length));
        return wmem_strdup_printf(pool, "\"%s\"", text);
    }
    if (value->type->kind == IPCSHARK_TYPE_STRUCT || value->length > MAX_VALUE)
        return wmem_strdup_printf(pool, "%u bytes", value->length);
    return bytes_to_str(pool, bytes, value->length);
}

static const char *buffer_text(const struct horizon_message *message,
                               const struct ipcshark_argument *value)
{
    static const uint16_t sections[] = {
        [IPCSHARK_PLACE_POINTER] = IPCTAP_POINTER,
        [IPCSHARK_PLACE_SEND] = IPCTAP_SEND,
        [IPCSHARK_PLACE_EXCHANGE] = IPCTAP_EXCHANGE,
    };
    wmem_allocator_t *pool = message->pinfo->pool;
    const char *text = NULL;

    if (!value->present)
        return NULL;
    if (!value->is_out && value->place < array_length(sections) && sections[value->place])
        text = horizon_buffer_text(message, sections[value->place], value->index);
    if (text)
        return wmem_strdup_printf(pool, "\"%s\"", text);
    return wmem_strdup_printf(pool, "%s %" PRIu64, value->is_out ? "out" : "in",
                              value->buffer_size);
}

/** NULL if it is not in this message, or not captured. */
static const char *value_text(const struct horizon_message *message,
                              const struct ipcshark_argument *value)
{
    wmem_allocator_t *pool = message->pinfo->pool;

    if (value->type->kind == IPCSHARK_TYPE_BUFFER)
        return buffer_text(message, value);
    if (!value->present)
        return NULL;
    switch (value->place) {
    case IPCSHARK_PLACE_RAW:
        return raw_text(message, value);
    case IPCSHARK_PLACE_OBJECT_ID:
        return wmem_strdup_printf(pool, "#%" PRIu64, value->value);
    case IPCSHARK_PLACE_PID:
        return wmem_strdup_printf(pool, "%" PRIu64, value->value);
    default:
        return wmem_strdup_printf(pool, "0x%" PRIx64, value->value);
    }
}

/* ---- Info ---- */

/* The process id is every message's own, its placeholder nothing; empty buffers are no arguments. */
static bool says_something(const struct ipcshark_argument *value)
{
    if (value->type->kind == IPCSHARK_TYPE_PID || !strcmp(value->name, "placeholder"))
        return false;
    return value->type->kind != IPCSHARK_TYPE_BUFFER || value->buffer_size;
}

/* Of a reply: objects and handles have been said, and buffers are the request's. */
static bool is_told(const struct horizon_message *message, const struct ipcshark_argument *value)
{
    if (!says_something(value))
        return false;
    return !horizon_is_reply(message) || value->place == IPCSHARK_PLACE_RAW;
}

const char *horizon_arguments_text(const struct horizon_message *message)
{
    struct ipcshark_arguments arguments;
    struct ipcshark_argument argument;
    wmem_strbuf_t *text;

    if (!begin(message, &arguments))
        return NULL;
    text = wmem_strbuf_new(message->pinfo->pool, "");
    while (ipcshark_arguments_next(&arguments, &argument)) {
        const char *value = is_told(message, &argument) ? value_text(message, &argument) : NULL;

        if (!value)
            continue;
        wmem_strbuf_append_printf(text, "%s%s%s%s", wmem_strbuf_get_len(text) ? ", " : "",
                                  argument.name, *argument.name ? "=" : "", value);
    }
    return wmem_strbuf_get_str(text);
}

/* ---- Tree ---- */

static void add_number(const struct horizon_message *message, proto_tree *tree,
                       const struct ipcshark_argument *value)
{
    bool is_buffer = value->type->kind == IPCSHARK_TYPE_BUFFER;
    bool has_number = value->place != IPCSHARK_PLACE_RAW || is_number(value->type);
    proto_item *item;

    if (!has_number || !value->present)
        return;
    item = proto_tree_add_uint64(tree, is_buffer ? hf_size : hf_value, message->tvb,
                                 (int)value->offset, (int)value->length,
                                 is_buffer ? value->buffer_size : value->value);
    proto_item_set_generated(item);
}

static void add_text(const struct horizon_message *message, proto_tree *tree,
                     const struct ipcshark_argument *value, const char *text)
{
    proto_item *item = proto_tree_add_string(tree, hf_text, message->tvb, (int)value->offset,
                                             (int)value->length, text);

    proto_item_set_generated(item);
}

static proto_tree *add_one(const struct horizon_message *message, proto_tree *tree,
                           const struct ipcshark_argument *value)
{
    const char *name = *value->name ? value->name : value->type->name;
    const char *text = value_text(message, value);
    int length = value->present ? (int)value->length : 0;
    int offset = value->present ? (int)value->offset : 0;
    proto_item *item = proto_tree_add_none_format(tree, hf_argument, message->tvb, offset, length,
                                                  "%s: %s", name,
                                                  text ? text : "not in this message");
    proto_tree *subtree = proto_item_add_subtree(item, ett_argument);

    plugin_add_generated_string(subtree, hf_name, message->tvb, name);
    plugin_add_generated_string(subtree, hf_type, message->tvb, value->type->name);
    if (value->present) {
        add_number(message, subtree, value);
        add_text(message, subtree, value, text ? text : "");
    }
    return subtree;
}

static void add_members(const struct horizon_message *message, proto_tree *tree,
                        const struct ipcshark_argument *parent, unsigned int depth)
{
    struct ipcshark_argument member;

    for (uint32_t n = 0; depth < MAX_DEPTH && n < MAX_ELEMENTS; n++) {
        if (!ipcshark_read_member(parent, n, message->bytes, message->length, &member))
            return;
        add_members(message, add_one(message, tree, &member), &member, depth + 1);
    }
}

void horizon_add_arguments(const struct horizon_message *message, proto_tree *tree)
{
    struct ipcshark_arguments arguments;
    struct ipcshark_argument argument;

    if (!begin(message, &arguments))
        return;
    while (ipcshark_arguments_next(&arguments, &argument)) {
        proto_tree *subtree = add_one(message, tree, &argument);

        if (argument.place == IPCSHARK_PLACE_RAW && argument.present)
            add_members(message, subtree, &argument, 0);
    }
}

static hf_register_info fields[] = {
    {&hf_argument,
     {"Argument", "cmif.argument", FT_NONE, BASE_NONE, NULL, 0,
      "Of the command, by its description; in TIPC, too", HFILL}},
    {&hf_name, {"Name", "cmif.argument.name", FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL}},
    {&hf_type,
     {"Type", "cmif.argument.type", FT_STRING, BASE_NONE, NULL, 0, "Of an object: the interface",
      HFILL}},
    {&hf_value,
     {"Value", "cmif.argument.value", FT_UINT64, BASE_DEC_HEX, NULL, 0,
      "Number, handle, object id or process id", HFILL}},
    {&hf_text,
     {"Text", "cmif.argument.text", FT_STRING, BASE_NONE, NULL, 0,
      "The value as the Info column has it", HFILL}},
    {&hf_size, {"Buffer size", "cmif.argument.size", FT_UINT64, BASE_DEC, NULL, 0, NULL, HFILL}},
};

void horizon_arguments_register(void)
{
    static gint *trees[] = {&ett_argument};
    int proto_cmif = proto_get_id_by_filter_name("cmif");

    proto_register_field_array(proto_cmif, fields, array_length(fields));
    proto_register_subtree_array(trees, array_length(trees));
    horizon_files_register(proto_cmif);
}
