/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json_in.h"

#include "hex.h"
#include "json_out.h"

#include <string.h>

G_DEFINE_QUARK(ipcshark - json, in_error)

static bool fail(GError **error, const char *key, const char *problem)
{
    g_set_error(error, IN_ERROR, 0, "\"%s\" %s", key, problem);
    return false;
}

/**
 * json-glib recurses into arrays and objects without a limit, so a line of brackets would overflow
 * the stack.
 */
static bool is_too_deep(const char *text, size_t length)
{
    bool in_string = false;
    int depth = 0;

    for (size_t i = 0; i < length; i++) {
        if (in_string && text[i] == '\\')
            i++;
        else if (text[i] == '"')
            in_string = !in_string;
        else if (!in_string && (text[i] == '[' || text[i] == '{') && ++depth > IN_MAX_DEPTH)
            return true;
        else if (!in_string && (text[i] == ']' || text[i] == '}'))
            depth--;
    }
    return false;
}

JsonNode *in_parse(const char *text, size_t length, GError **error)
{
    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    g_autoptr(GError) reason = NULL;

    if (!g_utf8_validate(text, (gssize)length, NULL)) {
        g_set_error_literal(error, IN_ERROR, 0, "the text is not UTF-8");
        return NULL;
    }
    if (is_too_deep(text, length)) {
        g_set_error(error, IN_ERROR, 0, "more than %d levels of nesting", IN_MAX_DEPTH);
        return NULL;
    }
    if (!json_parser_load_from_data(parser, text, (gssize)length, &reason)) {
        g_set_error(error, IN_ERROR, 0, "not JSON: %s", reason->message);
        return NULL;
    }
    if (!json_parser_get_root(parser) || !JSON_NODE_HOLDS_OBJECT(json_parser_get_root(parser))) {
        g_set_error_literal(error, IN_ERROR, 0, "not a JSON object");
        return NULL;
    }
    return json_parser_steal_root(parser);
}

static JsonNode *member(JsonObject *object, const char *key)
{
    JsonNode *node = json_object_get_member(object, key);

    return node && !JSON_NODE_HOLDS_NULL(node) ? node : NULL;
}

/** json-glib 1.6 keeps a number above 2^63 as the negative one with the same bits; none is
 *  negative. */
static bool node_number(JsonNode *node, uint64_t *value)
{
    const char *text;
    char *end;

    if (!JSON_NODE_HOLDS_VALUE(node))
        return false;
    if (json_node_get_value_type(node) == G_TYPE_INT64) {
        *value = (uint64_t)json_node_get_int(node);
        return true;
    }
    if (json_node_get_value_type(node) != G_TYPE_STRING)
        return false;
    text = json_node_get_string(node);
    if (!g_ascii_isdigit(*text))
        return false;
    *value = g_ascii_strtoull(text, &end, g_str_has_prefix(text, "0x") ? 16 : 10);
    return *end == '\0';
}

static JsonNode *number_member(JsonObject *object, const char *key)
{
    g_autofree char *twin = g_strconcat(key, NUMBER_TWIN, NULL);
    JsonNode *node = member(object, twin);

    return node ? node : member(object, key);
}

bool in_number(JsonObject *object, const char *key, uint64_t limit, uint64_t *value, GError **error)
{
    JsonNode *node = number_member(object, key);
    uint64_t number;

    if (!node)
        return true;
    if (!node_number(node, &number))
        return fail(error, key, "is not a number");
    if (number > limit) {
        g_set_error(error, IN_ERROR, 0,
                    "\"%s\" is %" G_GUINT64_FORMAT ", at most %" G_GUINT64_FORMAT " is possible",
                    key, number, limit);
        return false;
    }
    *value = number;
    return true;
}

bool in_bool(JsonObject *object, const char *key, bool *value, GError **error)
{
    JsonNode *node = member(object, key);

    if (!node)
        return true;
    if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_BOOLEAN)
        return fail(error, key, "is not true or false");
    *value = json_node_get_boolean(node);
    return true;
}

bool in_string(JsonObject *object, const char *key, const char **value, GError **error)
{
    JsonNode *node = member(object, key);

    if (!node)
        return true;
    if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_STRING)
        return fail(error, key, "is not a text");
    *value = json_node_get_string(node);
    return true;
}

bool in_hex(JsonObject *object, const char *key, GByteArray **bytes, GError **error)
{
    const char *text = NULL;

    if (!in_string(object, key, &text, error))
        return false;
    if (!text)
        return true;
    *bytes = hex_parse(text, strlen(text), error);
    if (*bytes)
        return true;
    g_prefix_error(error, "\"%s\": ", key);
    return false;
}

bool in_object(JsonObject *object, const char *key, JsonObject **value, GError **error)
{
    JsonNode *node = member(object, key);

    *value = NULL;
    if (!node)
        return true;
    if (!JSON_NODE_HOLDS_OBJECT(node))
        return fail(error, key, "is not an object");
    *value = json_node_get_object(node);
    return true;
}

bool in_array(JsonObject *object, const char *key, guint limit, JsonArray **value, GError **error)
{
    JsonNode *node = member(object, key);

    *value = NULL;
    if (!node)
        return true;
    if (!JSON_NODE_HOLDS_ARRAY(node))
        return fail(error, key, "is not an array");
    *value = json_node_get_array(node);
    if (json_array_get_length(*value) <= limit)
        return true;
    g_set_error(error, IN_ERROR, 0, "\"%s\" has %u elements, at most %u are possible", key,
                json_array_get_length(*value), limit);
    return false;
}

bool in_words(JsonObject *object, const char *key, guint limit, uint32_t *word, guint *count,
              GError **error)
{
    JsonArray *array;

    if (!in_array(object, key, limit, &array, error))
        return false;
    if (!array)
        return true;
    for (guint i = 0; i < json_array_get_length(array); i++) {
        uint64_t number;

        if (!node_number(json_array_get_element(array, i), &number) || number > UINT32_MAX)
            return fail(error, key, "has an element that is no 32-bit number");
        word[i] = (uint32_t)number;
    }
    *count = json_array_get_length(array);
    return true;
}

bool in_element(JsonArray *array, guint n, const char *key, JsonObject **value, GError **error)
{
    JsonNode *node = json_array_get_element(array, n);

    if (!JSON_NODE_HOLDS_OBJECT(node))
        return fail(error, key, "has an element that is no object");
    *value = json_node_get_object(node);
    return true;
}

char *in_text(JsonObject *object, const char *key)
{
    JsonNode *node = json_object_get_member(object, key);

    return node ? json_to_string(node, FALSE) : NULL;
}
