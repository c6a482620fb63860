/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "horizon.h"

#include "horizon_patch.h"
#include "json_in.h"

#include <string.h>

#define ADDRESS_LIMIT ((UINT64_C(1) << 39) - 1)
#define SIZE_LIMIT    ((UINT64_C(1) << 36) - 1)

/** in_number() into a field of any width. */
#define IN_FIELD(object, key, limit, field, error)                                                 \
    in_field((object), (key), (limit), sizeof(field), &(field), (error))

static bool in_field(JsonObject *object, const char *key, uint64_t limit, size_t size, void *field,
                     GError **error)
{
    uint64_t value = 0;

    if (!json_object_has_member(object, key))
        return true;
    if (!in_number(object, key, limit, &value, error))
        return false;
    if (size == 1)
        *(uint8_t *)field = (uint8_t)value;
    else if (size == 2)
        *(uint16_t *)field = (uint16_t)value;
    else if (size == 4)
        *(uint32_t *)field = (uint32_t)value;
    else
        *(uint64_t *)field = value;
    return true;
}

static bool in_handles(JsonObject *message, const char *key, uint8_t *count, uint32_t *handle,
                       GError **error)
{
    guint handles = 0;

    if (!in_words(message, key, HIPC_MAX_HANDLES, handle, &handles, error))
        return false;
    *count = (uint8_t)handles;
    return true;
}

static bool in_special(JsonObject *message, struct hipc_message *hipc, GError **error)
{
    struct hipc_special *special = &hipc->special;
    JsonNode *pid = json_object_get_member(message, "pid");

    if (!in_handles(message, "copy_handles", &special->copy_count, special->copy, error) ||
        !in_handles(message, "move_handles", &special->move_count, special->move, error) ||
        !IN_FIELD(message, "pid", UINT64_MAX, special->pid, error) ||
        !IN_FIELD(message, "special_reserved", UINT32_MAX, special->reserved, error))
        return false;
    special->has_pid = pid && !JSON_NODE_HOLDS_NULL(pid);
    hipc->has_special = special->has_pid || special->copy_count || special->move_count;
    return in_bool(message, "has_special", &hipc->has_special, error);
}

static bool in_pointers(JsonObject *message, struct hipc_message *hipc, GError **error)
{
    JsonArray *array;

    if (!in_array(message, "pointer", HIPC_MAX_DESCRIPTORS, &array, error))
        return false;
    for (guint i = 0; array && i < json_array_get_length(array); i++) {
        struct hipc_pointer *pointer = &hipc->pointer[hipc->pointer_count++];
        JsonObject *object;

        if (!in_element(array, i, "pointer", &object, error) ||
            !IN_FIELD(object, "address", ADDRESS_LIMIT, pointer->address, error) ||
            !IN_FIELD(object, "size", UINT16_MAX, pointer->size, error) ||
            !IN_FIELD(object, "index", 15, pointer->index, error) ||
            !IN_FIELD(object, "reserved", UINT16_MAX, pointer->reserved, error))
            return false;
    }
    return true;
}

static bool in_maps(JsonObject *message, const char *key, struct hipc_map *map, uint8_t *count,
                    GError **error)
{
    JsonArray *array;

    if (!in_array(message, key, HIPC_MAX_DESCRIPTORS, &array, error))
        return false;
    for (guint i = 0; array && i < json_array_get_length(array); i++, map++) {
        JsonObject *object;

        if (!in_element(array, i, key, &object, error) ||
            !IN_FIELD(object, "address", ADDRESS_LIMIT, map->address, error) ||
            !IN_FIELD(object, "size", SIZE_LIMIT, map->size, error) ||
            !IN_FIELD(object, "attribute", 3, map->attribute, error) ||
            !IN_FIELD(object, "reserved", UINT32_MAX, map->reserved, error))
            return false;
        (*count)++;
    }
    return true;
}

static bool in_entries(JsonArray *array, struct hipc_message *hipc, GError **error)
{
    for (guint i = 0; array && i < json_array_get_length(array); i++) {
        struct hipc_receive_entry *entry = &hipc->receive_list[hipc->receive_list_count++];
        JsonObject *object;

        if (!in_element(array, i, "entries", &object, error) ||
            !IN_FIELD(object, "address", ADDRESS_LIMIT, entry->address, error) ||
            !IN_FIELD(object, "size", UINT16_MAX, entry->size, error) ||
            !IN_FIELD(object, "reserved", UINT16_MAX, entry->reserved, error))
            return false;
    }
    return true;
}

/** Mode n + 2 means n entries, mode 2 one, modes 0 and 1 none. */
static bool entries_match_mode(const struct hipc_message *hipc, GError **error)
{
    uint8_t mode = hipc->receive_list_mode;
    unsigned int wanted = mode < 2 ? 0 : mode == 2 ? 1 : mode - 2u;

    if (hipc->receive_list_count == wanted)
        return true;
    g_set_error(error, IN_ERROR, 0, "receive list mode %u has %u entries, not %u", mode, wanted,
                hipc->receive_list_count);
    return false;
}

static bool in_receive_list(JsonObject *message, struct hipc_message *hipc, GError **error)
{
    JsonObject *list;
    JsonArray *entries;

    if (!in_object(message, "receive_list", &list, error))
        return false;
    if (!list)
        return true;
    if (!in_array(list, "entries", HIPC_MAX_RECEIVE_LIST, &entries, error) ||
        !in_entries(entries, hipc, error))
        return false;
    if (hipc->receive_list_count)
        hipc->receive_list_mode = (uint8_t)(hipc->receive_list_count + 2);
    return IN_FIELD(list, "mode", 15, hipc->receive_list_mode, error) &&
           IN_FIELD(list, "offset_words", 2047, hipc->receive_list_words, error) &&
           entries_match_mode(hipc, error);
}

static bool in_hipc(JsonObject *message, struct hipc_message *hipc, GError **error)
{
    return IN_FIELD(message, "type", UINT16_MAX, hipc->type, error) &&
           IN_FIELD(message, "header_reserved", 63, hipc->reserved, error) &&
           in_special(message, hipc, error) && in_pointers(message, hipc, error) &&
           in_maps(message, "send", hipc->send, &hipc->send_count, error) &&
           in_maps(message, "receive", hipc->receive, &hipc->receive_count, error) &&
           in_maps(message, "exchange", hipc->exchange, &hipc->exchange_count, error) &&
           in_receive_list(message, hipc, error);
}

/** Raw data, padded with zeros to its words. */
static bool in_raw(JsonObject *message, struct hipc_message *hipc, GByteArray *raw, GError **error)
{
    g_autoptr(GByteArray) bytes = NULL;
    JsonObject *object;
    guint size;

    if (!in_object(message, "raw", &object, error))
        return false;
    if (object && !in_hex(object, "hex", &bytes, error))
        return false;
    if (bytes && bytes->len > HIPC_MAX_RAW_WORDS * 4) {
        g_set_error(error, IN_ERROR, 0, "the raw data has %u bytes, at most %u are possible",
                    bytes->len, HIPC_MAX_RAW_WORDS * 4u);
        return false;
    }
    hipc->raw_words = bytes ? (uint16_t)((bytes->len + 3) / 4) : 0;
    if (object && !IN_FIELD(object, "words", HIPC_MAX_RAW_WORDS, hipc->raw_words, error))
        return false;
    size = hipc->raw_words * 4u;
    if (bytes && bytes->len > size) {
        g_set_error(error, IN_ERROR, 0, "the raw data has %u bytes, its %u words have room for %u",
                    bytes->len, hipc->raw_words, size);
        return false;
    }
    g_byte_array_set_size(raw, size);
    if (size)
        memset(raw->data, 0, size);
    if (bytes && bytes->len)
        memcpy(raw->data, bytes->data, bytes->len);
    return true;
}

static bool in_trailing(JsonObject *message, GByteArray *bytes, GError **error)
{
    g_autoptr(GByteArray) trailing = NULL;

    if (!in_hex(message, "trailing", &trailing, error))
        return false;
    if (trailing)
        g_byte_array_append(bytes, trailing->data, trailing->len);
    return true;
}

GByteArray *horizon_in(JsonObject *message, GError **error)
{
    g_autoptr(GByteArray) bytes = NULL;
    g_autoptr(GByteArray) raw = g_byte_array_new();
    struct hipc_message hipc = {0};
    struct hipc_message decoded;
    size_t size;

    if (arguments_are_given(message))
        return arguments_in(message, IPCSHARK_CONVENTION_CMIF, error);
    /* A truncated message is not described by its fields: its bytes are given. */
    if (!in_hex(message, "hex", &bytes, error) || bytes)
        return g_steal_pointer(&bytes);
    if (!in_hipc(message, &hipc, error) || !in_raw(message, &hipc, raw, error))
        return NULL;
    bytes = g_byte_array_new();
    size = hipc_encode(&hipc, raw->data, NULL, 0);
    g_byte_array_set_size(bytes, (guint)size);
    hipc_encode(&hipc, raw->data, bytes->data, size);
    hipc_decode(bytes->data, size, HIPC_DIRECTION_UNKNOWN, &decoded, NULL);
    if (!horizon_patch(message, &decoded, bytes, error) || !in_trailing(message, bytes, error))
        return NULL;
    return g_steal_pointer(&bytes);
}
