/* SPDX-License-Identifier: GPL-2.0-or-later */
/* codec: what a message or a single descriptor means, without a kernel. */
#include "case.h"
#include "message.h"

#include <ipcshark/cmif.h>
#include <ipcshark/horizon_result.h>
#include <ipcshark/htipc.h>
#include <ipcshark/names.h>
#include <ipcshark/reader.h>
#include <ipcshark/writer.h>
#include <stdlib.h>
#include <string.h>

struct decoded {
    struct case_message message;
    struct hipc_message hipc;
    struct cmif_message cmif;
    struct htipc_message tipc;
    bool is_tipc;
};

static const char *const given_keys[] = {"words", "kind", NULL};

/* A descriptor alone, as the only one of a message. */
static bool wrap(struct test_case *test, const char *what, unsigned int words, uint32_t header_0,
                 uint32_t header_1, struct decoded *decoded)
{
    struct case_message *message = &decoded->message;
    const char *kind = member_text(test->given, "kind");

    if (!strstr(kind ? kind : test->name, what) || message->size != words * 4)
        return false;
    memmove(message->bytes + HIPC_HEADER_SIZE, message->bytes, message->size);
    ipcshark_store_u32(message->bytes, header_0);
    ipcshark_store_u32(message->bytes + 4, header_1);
    message->size += HIPC_HEADER_SIZE;
    hipc_decode(message->bytes, message->size, HIPC_REQUEST, &decoded->hipc, NULL);
    return true;
}

static void expect_pointer(struct test_case *test, const struct hipc_pointer *pointer)
{
    static const char *const keys[] = {"addr", "size", "index", "note", NULL};

    case_check_keys(test, test->expect, "expect", keys);
    expect_member(test, "addr", pointer->address);
    expect_member(test, "size", pointer->size);
    expect_member(test, "index", pointer->index);
}

static void expect_map(struct test_case *test, const struct hipc_map *map)
{
    static const char *const keys[] = {"addr", "size", "attr", "attribute", "note", NULL};

    case_check_keys(test, test->expect, "expect", keys);
    expect_member(test, "addr", map->address);
    expect_member(test, "size", map->size);
    expect_member(test, "attr", map->attribute);
    expect_member(test, "attribute", map->attribute);
}

static void expect_receive_entry(struct test_case *test, const struct hipc_receive_entry *entry)
{
    static const char *const keys[] = {"addr", "size", "note", NULL};

    case_check_keys(test, test->expect, "expect", keys);
    expect_member(test, "addr", entry->address);
    expect_member(test, "size", entry->size);
}

static bool run_descriptor(struct test_case *test, struct decoded *decoded)
{
    if (wrap(test, "pointer", 2, 4 | 1 << 16, 0, decoded))
        expect_pointer(test, &decoded->hipc.pointer[0]);
    else if (wrap(test, "receive list", 2, 4, HIPC_RECEIVE_SINGLE << 10, decoded))
        expect_receive_entry(test, &decoded->hipc.receive_list[0]);
    else if (decoded->message.size == 12 && member_exists(test->expect, "addr") &&
             wrap(test, "", 3, 4 | 1 << 20, 0, decoded))
        expect_map(test, &decoded->hipc.send[0]);
    else
        return false;
    return true;
}

static void decode(struct test_case *test, struct decoded *decoded)
{
    const struct case_message *message = &decoded->message;
    struct cmif_context context = {.is_domain = member_exists(test->expect, "domain") ||
                                                strstr(test->name, "domain")};

    hipc_decode(message->bytes, message->size, HIPC_DIRECTION_UNKNOWN, &decoded->hipc, NULL);
    context.direction = decoded->hipc.type == 0 ? HIPC_REPLY : HIPC_REQUEST;
    cmif_decode(message->bytes, message->size, &decoded->hipc, &context, &decoded->cmif, NULL);
    decoded->is_tipc = htipc_is_type(decoded->hipc.type) ||
                       (decoded->hipc.type == 0 && !decoded->cmif.has_header);
    if (decoded->is_tipc)
        htipc_decode(message->bytes, message->size, &decoded->hipc, decoded->hipc.type == 0,
                     &decoded->tipc, NULL);
}

/* A token stands in the domain header if there is one. */
static uint32_t token_offset(const struct decoded *decoded)
{
    return (decoded->cmif.has_domain ? decoded->cmif.domain.offset : decoded->cmif.offset) + 0xC;
}

struct field {
    const char *key;
    uint64_t value;
};

static void expect_fields(struct test_case *test, const struct decoded *decoded)
{
    const struct hipc_message *hipc = &decoded->hipc;
    const struct cmif_message *cmif = &decoded->cmif;
    const struct field fields[] = {
        {"type", hipc->type},
        {"raw_words", hipc->raw_words},
        {"raw_offset", hipc->raw_offset},
        {"pointers", hipc->pointer_count},
        {"send", hipc->send_count},
        {"receive", hipc->receive_count},
        {"exchange", hipc->exchange_count},
        {"copy", hipc->special.copy_count},
        {"move", hipc->special.move_count},
        {"receive_list_count", hipc->receive_list_mode},
        {"receive_list_offset", hipc->receive_list_offset},
        {"payload_offset", cmif->payload_offset},
        {"command_id_offset", cmif->offset + 8},
        {"data_offset", decoded->is_tipc ? decoded->tipc.data_offset : cmif->data_offset},
        {"magic", cmif->magic},
        {"version", cmif->version},
        {"command_id", decoded->is_tipc ? decoded->tipc.command_id : cmif->method_id},
        {"result", decoded->is_tipc ? decoded->tipc.result : cmif->result},
        {"interface_id", cmif->interface_id},
        {"token", cmif->has_domain ? cmif->domain.token : cmif->token},
        {"cmif_token", cmif->token},
        {"token_offset", token_offset(decoded)},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++)
        expect_member(test, fields[i].key, fields[i].value);
}

static void expect_flag(struct test_case *test, const char *key, bool actual)
{
    if (member_exists(test->expect, key) && member_flag(test->expect, key, false) != actual)
        case_fault(test, "expected %s %s", key, actual ? "false" : "true");
}

/* False: unknown type. */
static bool load_as(const char *type, const uint8_t *data, uint64_t *value)
{
    if (g_str_has_prefix(type, "u8 "))
        *value = data[0];
    else if (g_str_has_prefix(type, "u16 "))
        *value = ipcshark_load_u16(data);
    else if (g_str_has_prefix(type, "u32 "))
        *value = ipcshark_load_u32(data);
    else if (g_str_has_prefix(type, "u64 "))
        *value = ipcshark_load_u64(data);
    else
        return false;
    return true;
}

/* "u16 0": the return value, as that type. */
static void expect_data(struct test_case *test, const struct decoded *decoded)
{
    const char *text = member_text(test->expect, "data");
    const uint8_t *data = decoded->message.bytes + decoded->cmif.data_offset;
    const char *value = text ? strchr(text, ' ') : NULL;
    uint64_t actual;

    if (!text)
        return;
    if (value && strspn(value + 1, "0123456789abcdefxABCDEF") == strlen(value + 1) &&
        load_as(text, data, &actual))
        expect_number(test, "data", strtoull(value, NULL, 0), actual);
    else
        case_skip(test, "unknown data %s", text);
}

/* "tipc RequestDeferred": module and name of the result. */
static void expect_name(struct test_case *test, const struct decoded *decoded)
{
    const char *text = member_text(test->expect, "name");
    const char *name = text ? strrchr(text, ' ') : NULL;
    char actual[256];

    if (!text)
        return;
    horizon_result_format(decoded->is_tipc ? decoded->tipc.result : decoded->cmif.result, actual,
                          sizeof actual);
    if (!strstr(actual, name ? name + 1 : text))
        case_fault(test, "expected the result %s, got %s", text, actual);
}

/* The size of the arguments is the interface's knowledge: the one with which the table ends where
 * the raw data does. */
static void expect_sizes(struct test_case *test, const struct decoded *decoded)
{
    JsonArray *expected = member_array(test->expect, "sizes");
    uint16_t count = (uint16_t)array_length(expected);
    uint32_t end = decoded->hipc.raw_offset + 4u * decoded->hipc.raw_words;
    struct cmif_out_pointer_sizes sizes = {0};

    if (!expected)
        return;
    for (uint32_t size = 0; size <= decoded->cmif.data_size; size++) {
        cmif_locate_out_pointer_sizes(decoded->message.size, &decoded->hipc, &decoded->cmif, size,
                                      count, &sizes, NULL);
        if (((sizes.offset + 2u * count + 3) & ~3u) == end)
            break;
    }
    expect_member(test, "size_table_offset", sizes.offset);
    expect_number(test, "entries of the size table", count, sizes.count);
    for (guint i = 0; i < MIN(count, sizes.count); i++)
        expect_number(test, "out pointer size", array_number(expected, i),
                      ipcshark_load_u16(decoded->message.bytes + sizes.offset + 2 * i));
}

static void expect_receive_list(struct test_case *test, const struct decoded *decoded)
{
    JsonArray *expected = member_array(test->expect, "receive_list");

    if (!expected)
        return;
    expect_number(test, "receive-list entries", array_length(expected),
                  decoded->hipc.receive_list_count);
    for (guint i = 0; i < MIN(array_length(expected), decoded->hipc.receive_list_count); i++) {
        JsonArray *entry = array_array(expected, i);

        expect_number(test, "receive-list address", array_number(entry, 0),
                      decoded->hipc.receive_list[i].address);
        expect_number(test, "receive-list size", array_number(entry, 1),
                      decoded->hipc.receive_list[i].size);
    }
}

static void expect_domain(struct test_case *test, const struct decoded *decoded)
{
    static const char *const keys[] = {"kind",  "in_objects",  "data_size", "object_id",
                                       "token", "out_objects", NULL};
    JsonObject *expected = member_object(test->expect, "domain");
    const struct cmif_domain *domain = &decoded->cmif.domain;

    if (!expected)
        return;
    case_check_keys(test, expected, "domain", keys);
    if (!decoded->cmif.has_domain)
        case_fault(test, "no domain header was found");
    expect_number(test, "kind", member_number(expected, "kind", domain->kind), domain->kind);
    expect_number(test, "objects", member_number(expected, "in_objects", domain->object_count),
                  domain->object_count);
    expect_number(test, "objects", member_number(expected, "out_objects", domain->object_count),
                  domain->object_count);
    expect_number(test, "data size", member_number(expected, "data_size", domain->in_raw_size),
                  domain->in_raw_size);
    expect_number(test, "object id", member_number(expected, "object_id", domain->object_id),
                  domain->object_id);
    expect_number(test, "token", member_number(expected, "token", domain->token), domain->token);
}

static void expect_objects(struct test_case *test, const struct decoded *decoded)
{
    JsonArray *expected = member_array(test->expect, "object_ids");

    if (!expected)
        return;
    expect_number(test, "objects", array_length(expected), decoded->cmif.domain.objects_captured);
    for (guint i = 0; i < array_length(expected); i++)
        expect_number(
            test, "object id", array_number(expected, i),
            cmif_domain_object(decoded->message.bytes, decoded->message.size, &decoded->cmif, i));
}

static void run_message(struct test_case *test, struct decoded *decoded)
{
    static const char *const keys[] = {"type",
                                       "has_special",
                                       "pid",
                                       "raw_words",
                                       "raw_offset",
                                       "pointers",
                                       "send",
                                       "receive",
                                       "exchange",
                                       "copy",
                                       "move",
                                       "receive_list_count",
                                       "receive_list_offset",
                                       "receive_list",
                                       "payload_offset",
                                       "command_id_offset",
                                       "data_offset",
                                       "magic",
                                       "version",
                                       "command_id",
                                       "result",
                                       "interface_id",
                                       "token",
                                       "cmif_token",
                                       "token_offset",
                                       "data",
                                       "name",
                                       "size_table_offset",
                                       "sizes",
                                       "domain",
                                       "object_ids",
                                       "note",
                                       NULL};

    case_check_keys(test, test->expect, "expect", keys);
    decode(test, decoded);
    expect_fields(test, decoded);
    expect_flag(test, "has_special", decoded->hipc.has_special);
    expect_flag(test, "pid", decoded->hipc.special.has_pid);
    expect_data(test, decoded);
    expect_name(test, decoded);
    expect_sizes(test, decoded);
    expect_receive_list(test, decoded);
    expect_domain(test, decoded);
    expect_objects(test, decoded);
}

void run_codec(struct test_case *test)
{
    struct decoded decoded = {0};

    case_check_keys(test, test->given, "given", given_keys);
    if (!member_array(test->given, "words"))
        case_skip(test, "no words are given");
    if (test->skip)
        return;
    message_from_words(member_array(test->given, "words"), &decoded.message);
    if (!run_descriptor(test, &decoded))
        run_message(test, &decoded);
}
