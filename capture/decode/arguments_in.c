/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arguments_internal.h"

#include "json_in.h"
#include "json_out.h"

#include <ipcshark/hipc.h>

#include <string.h>

/** More than any command has, in both directions. */
#define MAX_INPUTS (2u * IPCSHARK_ID_MAX_IN_OUT)

/** Inputs as they are collected, and the bytes of their raw values. */
struct collector {
    struct ipcshark_input input[MAX_INPUTS];
    size_t count;
    uint8_t bytes[HIPC_MAX_RAW_WORDS * 4];
    size_t used;
    JsonObject *by_name; /**< "arguments" is one or the other. */
    JsonArray *in_order;
    guint taken; /**< Members of by_name that were asked for. */
};

bool arguments_are_given(JsonObject *message)
{
    static const char *const own[] = {"hex", "words", "raw", "header", "normal", "translate"};

    for (size_t i = 0; i < G_N_ELEMENTS(own); i++) {
        if (json_object_has_member(message, own[i]))
            return false;
    }
    return json_object_has_member(message, "arguments");
}

static bool fail(GError **error, const char *key, const char *text)
{
    g_set_error(error, IN_ERROR, 0, "argument \"%s\" %s", key, text);
    return false;
}

static bool is_raw(const struct ipcshark_type *type)
{
    return type->kind < IPCSHARK_TYPE_PID;
}

static bool is_buffer(const struct ipcshark_type *type)
{
    return type->kind >= IPCSHARK_TYPE_BUFFER;
}

/* ---- Where an argument's JSON stands ---- */

static JsonNode *node_by_name(struct collector *collector, const char *key)
{
    g_autofree char *twin = g_strconcat(key, NUMBER_TWIN, NULL);
    JsonNode *node = json_object_get_member(collector->by_name, key);
    JsonNode *better = json_object_get_member(collector->by_name, twin);

    collector->taken += (node != NULL) + (better != NULL);
    return better ? better : node;
}

/** An element as decode writes it has its value inside. */
static JsonNode *node_in_order(const struct collector *collector, const struct ipcshark_type *type,
                               guint n)
{
    JsonNode *node = n < json_array_get_length(collector->in_order)
                         ? json_array_get_element(collector->in_order, n)
                         : NULL;
    JsonObject *object = node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;

    if (!object || is_buffer(type))
        return node;
    node = json_object_get_member(object, "value" NUMBER_TWIN);
    return node ? node : json_object_get_member(object, "value");
}

/* ---- Values ---- */

/** {"address": …, "size": …}, or null for an empty one. */
static bool take_buffer(struct ipcshark_input *input, JsonNode *node, const char *key,
                        GError **error)
{
    uint64_t address = 0, size = 0;

    if (JSON_NODE_HOLDS_NULL(node))
        return true;
    if (!JSON_NODE_HOLDS_OBJECT(node))
        return fail(error, key, "is a buffer: {\"address\": …, \"size\": …}");
    if (!in_number(json_node_get_object(node), "address", UINT64_MAX, &address, error) ||
        !in_number(json_node_get_object(node), "size", UINT64_MAX, &size, error))
        return false;
    input->address = address;
    input->buffer_size = size;
    return true;
}

static bool take_raw(struct collector *collector, struct ipcshark_input *input,
                     const struct ipcshark_type *type, JsonNode *node, const char *key,
                     GError **error)
{
    uint8_t *bytes = collector->bytes + collector->used;

    if (type->size > sizeof collector->bytes - collector->used)
        return fail(error, key, "does not fit a message");
    if (!arguments_value_in(node, type, key, bytes, error))
        return false;
    input->bytes = bytes;
    input->size = type->size;
    collector->used += type->size;
    return true;
}

static bool take_number(struct ipcshark_input *input, JsonNode *node, const char *key,
                        GError **error)
{
    static const struct ipcshark_type word = {
        .kind = IPCSHARK_TYPE_UNSIGNED, .alignment = 8, .sized = true, .size = 8, .name = "u64"};
    uint8_t bytes[8] = {0};

    if (!arguments_value_in(node, &word, key, bytes, error))
        return false;
    for (unsigned int i = 0; i < sizeof bytes; i++)
        input->value |= (uint64_t)bytes[i] << 8 * i;
    return true;
}

/** A process id is the kernel's to fill in, so it may be left out. */
static bool take(struct collector *collector, const char *name, const struct ipcshark_type *type,
                 GError **error)
{
    struct ipcshark_input *input = &collector->input[collector->count];
    char own[ARGUMENTS_KEY_SIZE];
    const char *key = arguments_key(name, type, (unsigned int)collector->count, own);
    JsonNode *node = collector->by_name ? node_by_name(collector, key)
                                        : node_in_order(collector, type, (guint)collector->count);

    collector->count++;
    if (!node)
        return type->kind == IPCSHARK_TYPE_PID || fail(error, key, "is missing");
    if (is_buffer(type))
        return take_buffer(input, node, key, error);
    return is_raw(type) ? take_raw(collector, input, type, node, key, error)
                        : take_number(input, node, key, error);
}

/** In the order in which the iteration yields them: what is in, what is out, each with its
 *  buffers. */
static bool belongs(const struct ipcshark_command *command, const struct ipcshark_type *type,
                    bool is_out, bool is_reply)
{
    return is_out == is_reply ||
           (command->convention != IPCSHARK_CONVENTION_CTR && type->kind == IPCSHARK_TYPE_BUFFER &&
            type->attribute & IPCSHARK_BUFFER_OUT);
}

static bool take_all(struct collector *collector, const struct ipcshark_command *command,
                     bool is_reply, GError **error)
{
    for (uint16_t n = 0; n < command->in_count + command->out_count; n++) {
        bool is_out = n >= command->in_count;
        const struct ipcshark_field *field = is_out ? &command->out[n - command->in_count]
                                                    : &command->in[n];

        if (belongs(command, field->type, is_out, is_reply) &&
            !take(collector, field->name, field->type, error))
            return false;
    }
    return true;
}

/** Every argument that was given belongs to the command. */
static bool all_taken(const struct collector *collector, GError **error)
{
    guint given = collector->by_name ? json_object_get_size(collector->by_name)
                                     : json_array_get_length(collector->in_order);
    guint used = collector->by_name ? collector->taken : (guint)collector->count;

    if (given <= used)
        return true;
    g_set_error(error, IN_ERROR, 0, "\"arguments\" has %u elements, the command has %zu", given,
                collector->count);
    return false;
}

/* ---- The message around them ---- */

static bool read_target(JsonObject *message, struct ipcshark_target *target, GError **error)
{
    JsonNode *domain = json_object_get_member(message, "domain");
    JsonObject *of = message;
    uint64_t object_id = 0, token = 0, pointer_buffer_size = 0, result = 0, interface_id = 0;

    /* As decode writes it, with its numbers inside, or only whether it is one. */
    if (domain && JSON_NODE_HOLDS_OBJECT(domain)) {
        of = json_node_get_object(domain);
        target->is_domain = true;
    } else if (!in_bool(message, "domain", &target->is_domain, error)) {
        return false;
    }
    if (!in_number(of, "object_id", UINT32_MAX, &object_id, error) ||
        !in_number(of, "token", UINT32_MAX, &token, error) ||
        !in_number(message, "pointer_buffer_size", UINT16_MAX, &pointer_buffer_size, error) ||
        !in_number(message, "result", UINT32_MAX, &result, error) ||
        !in_number(message, "interface_id", UINT32_MAX, &interface_id, error))
        return false;
    target->object_id = (uint32_t)object_id;
    target->token = (uint32_t)token;
    target->pointer_buffer_size = (uint16_t)pointer_buffer_size;
    target->result = (uint32_t)result;
    target->interface_id = (uint32_t)interface_id;
    return true;
}

static const struct ipcshark_command *find(JsonObject *message, enum ipcshark_convention convention,
                                           GError **error)
{
    const struct ipcshark_command *command;
    struct arguments_options options;

    if (!arguments_options_read(message, &options, error))
        return NULL;
    command = arguments_find(&options, convention);
    if (!command && convention == IPCSHARK_CONVENTION_CMIF)
        command = arguments_find(&options, IPCSHARK_CONVENTION_TIPC);
    if (!command)
        g_set_error_literal(error, IN_ERROR, 0,
                            "no such command is described: \"service\" or \"interface\" and "
                            "\"command\" or \"command_id\" name one");
    return command;
}

static GByteArray *encode(const struct ipcshark_command *command, const struct collector *collector,
                          bool is_reply, const struct ipcshark_target *target, GError **error)
{
    GByteArray *bytes = g_byte_array_new();
    size_t size;

    g_byte_array_set_size(bytes, HIPC_MAX_MESSAGE_SIZE);
    size = (is_reply ? ipcshark_encode_reply : ipcshark_encode_request)(
        command, collector->input, collector->count, target, bytes->data, bytes->len);
    if (size <= HIPC_MAX_MESSAGE_SIZE) {
        g_byte_array_set_size(bytes, (guint)size);
        return bytes;
    }
    g_byte_array_unref(bytes);
    g_set_error(error, IN_ERROR, 0, "no message can hold these arguments of %s", command->name);
    return NULL;
}

GByteArray *arguments_in(JsonObject *message, enum ipcshark_convention convention, GError **error)
{
    const struct ipcshark_command *command = find(message, convention, error);
    g_autofree struct collector *collector = g_new0(struct collector, 1);
    JsonNode *arguments = json_object_get_member(message, "arguments");
    struct ipcshark_target target = {.is_domain = false};
    bool is_reply = false;

    if (!command || !in_bool(message, "reply", &is_reply, error) ||
        !read_target(message, &target, error))
        return NULL;
    if (JSON_NODE_HOLDS_OBJECT(arguments))
        collector->by_name = json_node_get_object(arguments);
    else if (!in_array(message, "arguments", MAX_INPUTS, &collector->in_order, error))
        return NULL;
    if (!collector->by_name && !collector->in_order) {
        g_set_error_literal(error, IN_ERROR, 0, "\"arguments\" is neither an object nor an array");
        return NULL;
    }
    /* With an error a reply has no values. */
    if (!(is_reply && target.result && command->convention != IPCSHARK_CONVENTION_TIPC) &&
        (!take_all(collector, command, is_reply, error) || !all_taken(collector, error)))
        return NULL;
    return encode(command, collector, is_reply, &target, error);
}
