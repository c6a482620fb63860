/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "message.h"

#include <ipcshark/reader.h>
#include <ipcshark/writer.h>
#include <stdlib.h>
#include <string.h>

void message_from_words(JsonArray *words, struct case_message *message)
{
    guint count = MIN(array_length(words), sizeof message->bytes / 4);

    memset(message, 0, sizeof *message);
    for (guint i = 0; i < count; i++)
        ipcshark_store_u32(message->bytes + 4 * i, (uint32_t)array_number(words, i));
    message->size = 4 * count;
}

static uint8_t take_handles(JsonArray *array, uint32_t *handles)
{
    guint count = MIN(array_length(array), HIPC_MAX_HANDLES);

    for (guint i = 0; i < count; i++)
        handles[i] = (uint32_t)array_number(array, i);
    return (uint8_t)count;
}

static void take_special(struct test_case *test, JsonObject *object, struct hipc_message *hipc)
{
    static const char *const keys[] = {"pid", "copy", "move", NULL};

    if (!object)
        return;
    case_check_keys(test, object, "special", keys);
    hipc->has_special = true;
    hipc->special.has_pid = member_exists(object, "pid");
    hipc->special.pid = member_number(object, "pid", 0);
    hipc->special.copy_count = take_handles(member_array(object, "copy"), hipc->special.copy);
    hipc->special.move_count = take_handles(member_array(object, "move"), hipc->special.move);
}

static uint8_t take_pointers(JsonArray *array, struct hipc_pointer *pointer)
{
    guint count = MIN(array_length(array), HIPC_MAX_DESCRIPTORS);

    for (guint i = 0; i < count; i++) {
        JsonObject *object = array_object(array, i);

        pointer[i].address = member_number(object, "addr", 0);
        pointer[i].size = (uint16_t)member_number(object, "size", 0);
        pointer[i].index = (uint8_t)member_number(object, "index", 0);
    }
    return (uint8_t)count;
}

static uint8_t take_maps(JsonArray *array, struct hipc_map *map)
{
    guint count = MIN(array_length(array), HIPC_MAX_DESCRIPTORS);

    for (guint i = 0; i < count; i++) {
        JsonObject *object = array_object(array, i);

        map[i].address = member_number(object, "addr", 0);
        map[i].size = member_number(object, "size", 0);
        map[i].attribute = (uint8_t)member_number(object, "attr", 0);
    }
    return (uint8_t)count;
}

/* Without a mode, n entries are n indexed buffers. */
static void take_receive_list(JsonObject *object, struct hipc_message *hipc)
{
    JsonArray *list = member_array(object, "recv_list");
    guint count = MIN(array_length(list), HIPC_MAX_RECEIVE_LIST);

    for (guint i = 0; i < count; i++) {
        JsonArray *entry = array_array(list, i);

        hipc->receive_list[i].address = array_number(entry, 0);
        hipc->receive_list[i].size = (uint16_t)array_number(entry, 1);
    }
    hipc->receive_list_mode =
        (uint8_t)member_number(object, "recv_list_mode", count ? count + 2 : 0);
    hipc->receive_list_count = hipc->receive_list_mode < 2 ? 0
                               : hipc->receive_list_mode == 2
                                   ? 1
                                   : (uint8_t)(hipc->receive_list_mode - 2);
    hipc->receive_list_words = (uint16_t)member_number(object, "recv_list_offset", 0);
}

static void take_raw(JsonArray *array, struct hipc_message *hipc, uint8_t *raw)
{
    guint count = MIN(array_length(array), HIPC_MAX_RAW_WORDS);

    for (guint i = 0; i < count; i++)
        ipcshark_store_u32(raw + 4 * i, (uint32_t)array_number(array, i));
    hipc->raw_words = (uint16_t)count;
}

void message_from_object(struct test_case *test, JsonObject *object, const char *where,
                         struct case_message *message)
{
    static const char *const keys[] = {
        "type", "raw",       "special",        "pointers",         "send",     "recv",
        "exch", "recv_list", "recv_list_mode", "recv_list_offset", "reserved", NULL};
    uint8_t raw[4 * HIPC_MAX_RAW_WORDS] = {0};
    struct hipc_message hipc = {0};

    case_check_keys(test, object, where, keys);
    memset(message, 0, sizeof *message);
    hipc.type = (uint16_t)member_number(object, "type", 0);
    hipc.reserved = (uint8_t)member_number(object, "reserved", 0);
    take_special(test, member_object(object, "special"), &hipc);
    hipc.pointer_count = take_pointers(member_array(object, "pointers"), hipc.pointer);
    hipc.send_count = take_maps(member_array(object, "send"), hipc.send);
    hipc.receive_count = take_maps(member_array(object, "recv"), hipc.receive);
    hipc.exchange_count = take_maps(member_array(object, "exch"), hipc.exchange);
    take_receive_list(object, &hipc);
    take_raw(member_array(object, "raw"), &hipc, raw);
    message->size =
        MIN(hipc_encode(&hipc, raw, message->bytes, sizeof message->bytes), sizeof message->bytes);
}

bool message_given(struct test_case *test, const char *key, enum hipc_direction direction,
                   struct case_message *message)
{
    g_autofree char *words = g_strconcat(key, "_words", NULL);
    JsonObject *object = member_object(test->given, key);
    struct hipc_message hipc;

    if (member_array(test->given, words)) {
        message_from_words(member_array(test->given, words), message);
        hipc_decode(message->bytes, message->size, direction, &hipc, NULL);
        /* A case may show only the words that a buffer of 0x100 bytes holds. */
        if (hipc.complete || !object)
            return true;
    }
    if (object)
        message_from_object(test, object, key, message);
    return object;
}

static void expect_handles(struct test_case *test, JsonArray *expected, const char *what,
                           const uint32_t *handles, unsigned int count, message_handle_name name,
                           void *data)
{
    if (array_length(expected) != count) {
        case_fault(test, "expected %u %s handles, got %u", array_length(expected), what, count);
        return;
    }
    for (unsigned int i = 0; i < count; i++) {
        JsonNode *node = json_array_get_element(expected, i);
        g_autofree char *actual = name(data, handles[i]);
        uint64_t number;

        if (JSON_NODE_HOLDS_NULL(node))
            expect_number(test, what, 0, handles[i]);
        else if (value_number(node, &number))
            expect_number(test, what, number, handles[i]);
        else if (g_strcmp0(json_node_get_string(node), actual))
            case_fault(test, "expected %s handle %u to be %s, got %s (0x%X)", what, i,
                       json_node_get_string(node), actual, handles[i]);
    }
}

static void expect_special(struct test_case *test, JsonObject *expected,
                           const struct hipc_message *hipc, message_handle_name name, void *data)
{
    static const char *const keys[] = {"pid", "copy", "move", NULL};

    case_check_keys(test, expected, "special", keys);
    if (hipc->has_special != !!expected) {
        case_fault(test, "expected %s special header", expected ? "a" : "no");
        return;
    }
    if (!expected)
        return;
    if (hipc->special.has_pid != member_exists(expected, "pid"))
        case_fault(test, "expected %s process id", hipc->special.has_pid ? "no" : "a");
    expect_number(test, "pid", member_number(expected, "pid", 0), hipc->special.pid);
    expect_handles(test, member_array(expected, "copy"), "copy", hipc->special.copy,
                   hipc->special.copy_count, name, data);
    expect_handles(test, member_array(expected, "move"), "move", hipc->special.move,
                   hipc->special.move_count, name, data);
}

static void expect_pointers(struct test_case *test, JsonArray *expected,
                            const struct hipc_message *hipc)
{
    if (array_length(expected) != hipc->pointer_count) {
        case_fault(test, "expected %u pointers, got %u", array_length(expected),
                   hipc->pointer_count);
        return;
    }
    for (unsigned int i = 0; i < hipc->pointer_count; i++) {
        JsonObject *object = array_object(expected, i);

        expect_number(test, "pointer address", member_number(object, "addr", 0),
                      hipc->pointer[i].address);
        expect_number(test, "pointer size", member_number(object, "size", 0),
                      hipc->pointer[i].size);
        expect_number(test, "pointer index", member_number(object, "index", 0),
                      hipc->pointer[i].index);
        expect_number(test, "reserved bits of a pointer", 0, hipc->pointer[i].reserved);
    }
}

/* "server-chosen, low 12 bits 0xf00": where a buffer appears is the kernel's choice. */
static void expect_map_address(struct test_case *test, JsonObject *expected, uint64_t address)
{
    const char *text = member_text(expected, "addr");
    const char *bits = text ? strstr(text, "low 12 bits ") : NULL;

    if (!bits) {
        expect_number(test, "map address", member_number(expected, "addr", 0), address);
        return;
    }
    expect_number(test, "page offset", strtoull(bits + strlen("low 12 bits "), NULL, 16),
                  address % 0x1000);
    if (address < 0x1000)
        case_fault(test, "expected a mapped buffer, got address 0x%X", (unsigned int)address);
}

static void expect_map(struct test_case *test, JsonArray *expected, unsigned int n,
                       const struct hipc_map *map)
{
    JsonObject *object = array_object(expected, n);

    expect_map_address(test, object, map->address);
    expect_number(test, "map size", member_number(object, "size", 0), map->size);
    expect_number(test, "map attribute", member_number(object, "attr", 0), map->attribute);
    expect_number(test, "reserved bits of a map", 0, map->reserved);
}

static void expect_maps(struct test_case *test, JsonArray *expected,
                        const struct hipc_message *hipc)
{
    unsigned int n = 0;

    if (array_length(expected) !=
        (guint)(hipc->send_count + hipc->receive_count + hipc->exchange_count)) {
        case_fault(test, "expected %u maps, got %u + %u + %u", array_length(expected),
                   hipc->send_count, hipc->receive_count, hipc->exchange_count);
        return;
    }
    for (unsigned int i = 0; i < hipc->send_count; i++)
        expect_map(test, expected, n++, &hipc->send[i]);
    for (unsigned int i = 0; i < hipc->receive_count; i++)
        expect_map(test, expected, n++, &hipc->receive[i]);
    for (unsigned int i = 0; i < hipc->exchange_count; i++)
        expect_map(test, expected, n++, &hipc->exchange[i]);
}

static void expect_raw(struct test_case *test, JsonArray *expected, const uint8_t *bytes,
                       const struct hipc_message *hipc)
{
    if (!hipc->complete || array_length(expected) != hipc->raw_words) {
        case_fault(test, "expected %u raw words, got %u (%u bytes)", array_length(expected),
                   hipc->raw_words, hipc->raw_captured);
        return;
    }
    for (unsigned int i = 0; i < hipc->raw_words; i++)
        expect_number(test, "raw word", array_number(expected, i),
                      ipcshark_load_u32(bytes + hipc->raw_offset + 4 * i));
}

void message_expect(struct test_case *test, JsonObject *expected, const char *where,
                    const uint8_t *bytes, size_t size, enum hipc_direction direction,
                    message_handle_name name, void *data)
{
    static const char *const keys[] = {"type", "special", "pointers", "maps", "raw", NULL};
    struct hipc_message hipc;

    case_check_keys(test, expected, where, keys);
    hipc_decode(bytes, size, direction, &hipc, NULL);
    /* The header tells of a receive list that is never delivered. */
    hipc.complete = hipc.raw_captured == 4u * hipc.raw_words;
    expect_number(test, "type", member_number(expected, "type", 0), hipc.type);
    expect_special(test, member_object(expected, "special"), &hipc, name, data);
    expect_pointers(test, member_array(expected, "pointers"), &hipc);
    expect_maps(test, member_array(expected, "maps"), &hipc);
    expect_raw(test, member_array(expected, "raw"), bytes, &hipc);
}
