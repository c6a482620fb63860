/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file arguments_value.c JSON into the bytes of a raw value: the inverse of arguments_out.c. */
#include "arguments_internal.h"

#include "hex.h"
#include "json_in.h"
#include "json_out.h"

#include <errno.h>
#include <string.h>

static bool fail(GError **error, const char *name, const char *text)
{
    g_set_error(error, IN_ERROR, 0, "argument \"%s\" %s", name, text);
    return false;
}

static void store(uint8_t *bytes, uint32_t size, uint64_t value)
{
    for (uint32_t i = 0; i < size; i++)
        bytes[i] = i < 8 ? (uint8_t)(value >> 8 * i) : 0;
}

/** A number, or a text with one: "0x1F", "-1". */
static bool read_number(JsonNode *node, bool *is_negative, uint64_t *value)
{
    const char *text;
    char *end;

    *is_negative = false;
    if (JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_INT64) {
        *value = (uint64_t)json_node_get_int(node);
        *is_negative = json_node_get_int(node) < 0;
        return true;
    }
    if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_STRING)
        return false;
    text = json_node_get_string(node);
    *is_negative = *text == '-';
    text += *is_negative;
    if (!g_ascii_isdigit(*text))
        return false;
    errno = 0;
    *value = g_ascii_strtoull(text, &end, g_str_has_prefix(text, "0x") ? 16 : 10);
    if (*is_negative)
        *value = 0 - *value;
    return *end == '\0' && !errno;
}

static const struct ipcshark_enumerator *find_enumerator(const struct ipcshark_type *type,
                                                         JsonNode *node)
{
    const char *text;

    if (type->kind != IPCSHARK_TYPE_ENUM || !JSON_NODE_HOLDS_VALUE(node) ||
        json_node_get_value_type(node) != G_TYPE_STRING)
        return NULL;
    text = json_node_get_string(node);
    for (uint32_t i = 0; i < type->count; i++) {
        if (!strcmp(type->enumerator[i].name, text))
            return &type->enumerator[i];
    }
    return NULL;
}

/** What fits the size, as a number with or without a sign. */
static bool fits(uint64_t value, bool is_negative, uint32_t size)
{
    if (size == 0)
        return value == 0;
    if (size >= 8)
        return true;
    if (is_negative)
        return value >= UINT64_MAX << (8 * size - 1);
    return value >> 8 * size == 0;
}

static bool number_in(JsonNode *node, const struct ipcshark_type *type, const char *name,
                      uint8_t *bytes, GError **error)
{
    const struct ipcshark_enumerator *enumerator = find_enumerator(type, node);
    bool is_negative = false;
    uint64_t value = 0;

    if (enumerator)
        value = enumerator->value;
    else if (!read_number(node, &is_negative, &value))
        return fail(error, name, "is not a number");
    if (!fits(value, is_negative, type->size)) {
        g_set_error(error, IN_ERROR, 0, "argument \"%s\" does not fit its %u bytes", name,
                    type->size);
        return false;
    }
    store(bytes, type->size, value);
    return true;
}

static bool float_in(JsonNode *node, const struct ipcshark_type *type, const char *name,
                     uint8_t *bytes, GError **error)
{
    double number;
    float single;
    uint64_t value;
    uint32_t word;

    if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) == G_TYPE_STRING)
        return number_in(node, type, name, bytes, error);
    number = json_node_get_double(node);
    single = (float)number;
    memcpy(&value, &number, sizeof value);
    memcpy(&word, &single, sizeof word);
    store(bytes, type->size, type->size == 4 ? word : value);
    return true;
}

static bool bool_in(JsonNode *node, const char *name, uint8_t *bytes, GError **error)
{
    if (JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_BOOLEAN) {
        bytes[0] = json_node_get_boolean(node) ? 1 : 0;
        return true;
    }
    return fail(error, name, "is not true or false");
}

static bool copy_in(const void *from, size_t length, const struct ipcshark_type *type,
                    const char *name, uint8_t *bytes, GError **error)
{
    if (length > type->size) {
        g_set_error(error, IN_ERROR, 0, "argument \"%s\" has %zu bytes, it takes %u", name, length,
                    type->size);
        return false;
    }
    memset(bytes, 0, type->size);
    if (length)
        memcpy(bytes, from, length);
    return true;
}

/** Bytes as hexadecimal text. */
static bool hex_in(const char *text, const struct ipcshark_type *type, const char *name,
                   uint8_t *bytes, GError **error)
{
    g_autoptr(GByteArray) read = hex_parse(text, strlen(text), error);

    if (read)
        return copy_in(read->data, read->len, type, name, bytes, error);
    g_prefix_error(error, "argument \"%s\": ", name);
    return false;
}

static bool bytes_in(JsonNode *node, const struct ipcshark_type *type, const char *name,
                     uint8_t *bytes, GError **error)
{
    const char *text = NULL;

    if (JSON_NODE_HOLDS_OBJECT(node)) {
        if (!in_string(json_node_get_object(node), "hex", &text, error))
            return false;
        return text ? hex_in(text, type, name, bytes, error) : fail(error, name, "has no \"hex\"");
    }
    if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_STRING)
        return fail(error, name, "is not a text");
    text = json_node_get_string(node);
    if (type->kind == IPCSHARK_TYPE_TEXT)
        return copy_in(text, strlen(text), type, name, bytes, error);
    return hex_in(text, type, name, bytes, error);
}

static JsonNode *member_node(JsonObject *object, const char *key)
{
    g_autofree char *twin = g_strconcat(key, NUMBER_TWIN, NULL);
    JsonNode *node = json_object_get_member(object, twin);

    return node ? node : json_object_get_member(object, key);
}

/** Fields that are left out are 0. */
static bool struct_in(JsonNode *node, const struct ipcshark_type *type, const char *name,
                      uint8_t *bytes, GError **error)
{
    char own[ARGUMENTS_KEY_SIZE];

    if (!JSON_NODE_HOLDS_OBJECT(node))
        return fail(error, name, "is not an object with its fields");
    for (uint32_t n = 0; n < type->count; n++) {
        const struct ipcshark_field *field = &type->field[n];
        const char *key = arguments_key(field->name, field->type, n, own);
        JsonNode *member = member_node(json_node_get_object(node), key);

        if (member && !arguments_value_in(member, field->type, key, bytes + field->offset, error))
            return false;
    }
    return true;
}

static bool array_in(JsonNode *node, const struct ipcshark_type *type, const char *name,
                     uint8_t *bytes, GError **error)
{
    JsonArray *array = JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
    guint count = array ? json_array_get_length(array) : 0;

    if (!array || count > type->count) {
        g_set_error(error, IN_ERROR, 0, "argument \"%s\" is not an array of up to %u elements",
                    name, type->count);
        return false;
    }
    for (guint n = 0; n < count; n++) {
        if (!arguments_value_in(json_array_get_element(array, n), type->element, name,
                                bytes + (size_t)n * type->element->size, error))
            return false;
    }
    return true;
}

bool arguments_value_in(JsonNode *node, const struct ipcshark_type *type, const char *name,
                        uint8_t *bytes, GError **error)
{
    switch (type->kind) {
    case IPCSHARK_TYPE_UNSIGNED:
    case IPCSHARK_TYPE_SIGNED:
    case IPCSHARK_TYPE_ENUM:
        return number_in(node, type, name, bytes, error);
    case IPCSHARK_TYPE_FLOAT:
        return float_in(node, type, name, bytes, error);
    case IPCSHARK_TYPE_BOOL:
        return bool_in(node, name, bytes, error);
    case IPCSHARK_TYPE_STRUCT:
        return struct_in(node, type, name, bytes, error);
    case IPCSHARK_TYPE_ARRAY:
        return array_in(node, type, name, bytes, error);
    default:
        return bytes_in(node, type, name, bytes, error);
    }
}
