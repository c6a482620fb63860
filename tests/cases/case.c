/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "case.h"

#include <stdarg.h>

void case_fault(struct test_case *test, const char *format, ...)
{
    va_list arguments;

    if (test->faults->len)
        g_string_append(test->faults, "; ");
    va_start(arguments, format);
    g_string_append_vprintf(test->faults, format, arguments);
    va_end(arguments);
}

void case_skip(struct test_case *test, const char *format, ...)
{
    va_list arguments;

    if (test->skip)
        return;
    va_start(arguments, format);
    test->skip = g_strdup_vprintf(format, arguments);
    va_end(arguments);
}

void case_check_keys(struct test_case *test, JsonObject *object, const char *where,
                     const char *const *known)
{
    GList *members = object ? json_object_get_members(object) : NULL;

    for (GList *member = members; member; member = member->next) {
        if (!g_strv_contains(known, member->data))
            case_skip(test, "unknown key %s.%s", where, (const char *)member->data);
    }
    g_list_free(members);
}

bool value_number(JsonNode *node, uint64_t *number)
{
    const char *text;
    char *end;

    if (!node || !JSON_NODE_HOLDS_VALUE(node))
        return false;
    if (json_node_get_value_type(node) == G_TYPE_INT64) {
        *number = (uint64_t)json_node_get_int(node);
        return true;
    }
    text = json_node_get_string(node);
    if (!text || !g_ascii_isdigit(*text))
        return false;
    *number = g_ascii_strtoull(text, &end, 0);
    return *end == '\0';
}

bool member_exists(JsonObject *object, const char *key)
{
    return object && json_object_has_member(object, key) &&
           !json_object_get_null_member(object, key);
}

JsonNode *member_node(JsonObject *object, const char *key)
{
    return object ? json_object_get_member(object, key) : NULL;
}

bool member_flag(JsonObject *object, const char *key, bool missing)
{
    JsonNode *node = member_exists(object, key) ? json_object_get_member(object, key) : NULL;

    return node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_BOOLEAN
               ? json_node_get_boolean(node)
               : missing;
}

uint64_t member_number(JsonObject *object, const char *key, uint64_t missing)
{
    uint64_t number;

    return member_exists(object, key) && value_number(json_object_get_member(object, key), &number)
               ? number
               : missing;
}

const char *member_text(JsonObject *object, const char *key)
{
    JsonNode *node = member_exists(object, key) ? json_object_get_member(object, key) : NULL;

    return node && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_string(node) : NULL;
}

JsonObject *member_object(JsonObject *object, const char *key)
{
    JsonNode *node = member_exists(object, key) ? json_object_get_member(object, key) : NULL;

    return node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

JsonArray *member_array(JsonObject *object, const char *key)
{
    JsonNode *node = member_exists(object, key) ? json_object_get_member(object, key) : NULL;

    return node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

guint array_length(JsonArray *array)
{
    return array ? json_array_get_length(array) : 0;
}

const char *array_text(JsonArray *array, guint index)
{
    JsonNode *node = index < array_length(array) ? json_array_get_element(array, index) : NULL;
    const char *text = node && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_string(node) : NULL;

    return text ? text : "";
}

uint64_t array_number(JsonArray *array, guint index)
{
    uint64_t number = 0;

    if (index < array_length(array))
        value_number(json_array_get_element(array, index), &number);
    return number;
}

JsonObject *array_object(JsonArray *array, guint index)
{
    JsonNode *node = index < array_length(array) ? json_array_get_element(array, index) : NULL;

    return node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

JsonArray *array_array(JsonArray *array, guint index)
{
    JsonNode *node = index < array_length(array) ? json_array_get_element(array, index) : NULL;

    return node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

bool array_is_null(JsonArray *array, guint index)
{
    return index < array_length(array) && json_array_get_null_element(array, index);
}

void expect_number(struct test_case *test, const char *what, uint64_t expected, uint64_t actual)
{
    if (expected != actual)
        case_fault(test, "expected %s 0x%" G_GINT64_MODIFIER "X, got 0x%" G_GINT64_MODIFIER "X",
                   what, expected, actual);
}

void expect_member(struct test_case *test, const char *key, uint64_t actual)
{
    uint64_t expected;

    if (!member_exists(test->expect, key))
        return;
    if (value_number(json_object_get_member(test->expect, key), &expected))
        expect_number(test, key, expected, actual);
    else
        case_skip(test, "expect.%s is no number", key);
}
