/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of JSON: what is answered, what is refused and how, and that encode undoes decode for what
 * the vectors do not have.
 */
#include "hex.h"
#include "json_in.h"
#include "line.h"

#include <string.h>

static char *answer(bool (*line)(const char *, gsize, GString *), const char *input, bool expected)
{
    GString *out = g_string_new(NULL);

    g_assert_cmpint(line(input, strlen(input), out), ==, expected);
    g_assert_true(g_str_has_suffix(out->str, "}\n"));
    g_string_truncate(out, out->len - 1);
    g_assert_null(strchr(out->str, '\n'));
    return g_string_free(out, FALSE);
}

static JsonNode *decoded(const char *input)
{
    g_autofree char *text = answer(line_decode, input, true);
    JsonNode *node = in_parse(text, strlen(text), NULL);

    g_assert_nonnull(node);
    return node;
}

static void assert_contains(const char *input, const char *part)
{
    g_autofree char *text = answer(line_decode, input, true);

    if (!strstr(text, part))
        g_error("%s lacks %s", text, part);
}

static void assert_error(const char *input, const char *expected)
{
    g_autofree char *text = answer(line_decode, input, false);

    if (!strstr(text, expected))
        g_error("%s lacks %s", text, expected);
}

static void test_errors(void)
{
    assert_error("", "{\"error\":\"not a JSON object");
    assert_error("{", "{\"error\":\"not JSON");
    assert_error("[]", "not a JSON object");
    assert_error("null", "not a JSON object");
    assert_error("{}", "\\\"platform\\\" is missing");
    assert_error("{\"platform\":7}", "\\\"platform\\\" is not a text");
    assert_error("{\"platform\":\"psp\",\"hex\":\"\"}", "\\\"psp\\\"");
    assert_error("{\"platform\":\"horizon\"}", "neither");
    assert_error("{\"platform\":\"horizon\",\"hex\":\"0\"}", "character 1");
    assert_error("{\"platform\":\"horizon\",\"hex\":\"00 zz\"}", "character 4");
    assert_error("{\"platform\":\"horizon\",\"words\":[\"x\"]}", "\\\"words\\\"");
    assert_error("{\"platform\":\"horizon\",\"words\":[4294967296]}", "\\\"words\\\"");
    assert_error("{\"platform\":\"horizon\",\"words\":{}}", "is not an array");
    assert_error("{\"platform\":\"horizon\",\"hex\":\"00\",\"reply\":1}", "is not true or false");
    assert_error("{\"platform\":\"orbis\",\"hex\":\"00\"}", "\\\"op\\\"");
    assert_error("{\"platform\":\"orbis\",\"what\":\"packet\",\"hex\":\"00\"}", "\\\"type\\\"");
    assert_error("{\"platform\":\"orbis\",\"what\":\"x\",\"hex\":\"00\"}", "\\\"x\\\"");
}

static void test_hostile(void)
{
    g_autofree char *deep = g_strnfill(200000, '[');
    g_autoptr(GString) objects = g_string_new(NULL);

    for (int i = 0; i < 1000; i++)
        g_string_append(objects, "{\"a\":");
    assert_error(deep, "nesting");
    assert_error(objects->str, "nesting");
    assert_error("\xFF\xFE{}", "UTF-8");
    assert_error("{\"platform\":\"\xC3\"}", "UTF-8");
}

static void test_id(void)
{
    g_autofree char *error = answer(line_decode, "{\"id\":\"a\\\"b\",\"platform\":1}", false);

    g_assert_true(g_str_has_prefix(error, "{\"id\":\"a\\\"b\",\"error\":"));
    assert_contains("{\"id\":[1,{\"x\":null}],\"platform\":\"ctr\",\"words\":[0]}",
                    "{\"id\":[1,{\"x\":null}],\"platform\":\"ctr\"");
    assert_contains("{\"id\":null,\"platform\":\"ctr\",\"words\":[0]}", "{\"id\":null,");
}

static void test_words(void)
{
    assert_contains("{\"platform\":\"horizon\",\"words\":[4,\"0x1\",\"0xFFFFFFFF\"]}",
                    "\"raw\":{\"offset\":8,\"words\":1,\"hex\":\"ffffffff\"}");
}

static void test_pid(void)
{
    assert_contains("{\"platform\":\"horizon\","
                    "\"words\":[4,2147483648,1,4294967295,4294967294]}",
                    "\"pid\":18446744069414584319,");
    assert_contains("{\"platform\":\"horizon\",\"words\":[4,2147483648,0]}", "\"pid\":null,");
}

static void test_direction(void)
{
    const struct {
        unsigned int type;
        const char *reply;
        bool refused;
    } cases[] = {{4, "", true},
                 {4, ",\"reply\":false", true},
                 {4, ",\"reply\":true", false},
                 {0, "", false},
                 {0, ",\"reply\":false", true}};

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *words = g_strdup_printf("[%u,2147483648,32,5]", cases[i].type);
        g_autofree char *input =
            g_strdup_printf("{\"platform\":\"horizon\",\"words\":%s%s}", words, cases[i].reply);
        g_autofree char *text = answer(line_decode, input, true);
        bool refused = strstr(text, "hipc.move_handles_in_request") != NULL;

        g_assert_cmpint(refused, ==, cases[i].refused);
    }
}

static void test_out_data_size(void)
{
    const char *words = "[0,14,0,0,1,0,0,0,\"0x4F434653\",0,0,0,\"0xFFFFFFFF\",\"0xABCDEF01\",0,0]";
    g_autofree char *unknown = g_strdup_printf(
        "{\"platform\":\"horizon\",\"domain\":true,\"reply\":true,\"words\":%s}", words);
    g_autofree char *known = g_strdup_printf("{\"platform\":\"horizon\",\"domain\":true,\"reply\":"
                                             "true,\"out_data_size\":4,\"words\":%s}",
                                             words);

    assert_contains(unknown, "\"objects_offset\":null,\"objects\":[]");
    assert_contains(known, "\"objects_offset\":52,\"objects\":[2882400001]");
}

static void test_out_pointer_sizes(void)
{
    assert_contains("{\"platform\":\"horizon\",\"argument_size\":3,\"out_pointer_count\":2,"
                    "\"words\":[4,10,0,0,\"0x49434653\",0,0,0,0,0,0,\"0x33332222\"]}",
                    "\"out_pointer_sizes_offset\":44,\"out_pointer_sizes\":[8738,13107]");
}

static void test_tipc_reply(void)
{
    assert_contains("{\"platform\":\"horizon\",\"reply\":true,\"tipc\":true,\"words\":[0,1,1557]}",
                    "\"tipc\":{\"command_id\":null,\"close\":false,\"result\":1557,");
    assert_contains("{\"platform\":\"horizon\",\"reply\":true,\"words\":[17,1,0]}",
                    "\"tipc\":{\"command_id\":1,\"close\":false,\"result\":0,");
}

static void test_orbis(void)
{
    g_autoptr(JsonNode) node = decoded("{\"platform\":\"orbis\",\"op\":2,\"kid\":0,\"hex\":\"\"}");
    JsonObject *object = json_node_get_object(node);

    g_assert_cmpstr(json_object_get_string_member(object, "op_name"), ==, "CreateClient");
    assert_contains("{\"platform\":\"orbis\",\"what\":\"appmsg_request\","
                    "\"hex\":\"0100000002000000030000000000000001000000ffffffff\"}",
                    "\"app_id\":1,\"message_type\":2,");
    assert_contains("{\"platform\":\"orbis\",\"what\":\"data_info\","
                    "\"hex\":\"00100000000000002000000000000000\"}",
                    "\"data_info\":[{\"data\":4096,\"size\":32}]");
    assert_contains("{\"platform\":\"orbis\",\"call\":\"20030000\"}", "\"what\":\"call\",");
    assert_contains("{\"platform\":\"orbis\",\"what\":\"buffer_info\","
                    "\"hex\":\"001000000000000020000000000000001000000000000000\"}",
                    "\"buffer_info\":[{\"data\":4096,\"capacity\":32,\"written\":16}]");
    assert_contains("{\"platform\":\"orbis\",\"what\":\"appmsg_message\","
                    "\"hex\":\"01000000050000004142\"}",
                    "\"payload\":\"4142\",\"payload_size\":null,\"timestamp\":null,");
    assert_contains("{\"platform\":\"orbis\",\"what\":\"appmsg_call\",\"hex\":\"01000000\"}",
                    "\"function_name\":\"sceAppMessagingSendMsg\",");
    assert_contains("{\"platform\":\"orbis\",\"op\":65535,\"hex\":\"00\"}",
                    "\"op_name\":null,\"block\":null,");
}

static void assert_round_trip(const char *input, const char *hex)
{
    g_autofree char *description = answer(line_decode, input, true);
    g_autofree char *encoded = answer(line_encode, description, true);
    g_autofree char *expected = g_strdup_printf("{\"hex\":\"%s\"}", hex);

    g_assert_cmpstr(encoded, ==, expected);
}

static void assert_horizon_round_trip(const char *hex)
{
    g_autofree char *input = g_strdup_printf("{\"platform\":\"horizon\",\"hex\":\"%s\"}", hex);

    assert_round_trip(input, hex);
}

static void test_round_trip(void)
{
    /* Truncated in the header, in a descriptor, in the raw data. */
    assert_horizon_round_trip("");
    assert_horizon_round_trip("040000");
    assert_horizon_round_trip("0400010001000000ffff");
    assert_horizon_round_trip("0400000002000000aabbccdd");
    /* Reserved bits everywhere, a pid above 2^63. */
    assert_horizon_round_trip("040011000048fc81fffffffffefffffffdffffff");
    assert_horizon_round_trip(
        "04001100000808800100fe7fffffffffffffffff300e1200000000000001000000020000e0ffff00"
        "1122334455ffffff");
    /* A moved receive list, with a gap that is not zero; bytes behind the message. */
    assert_horizon_round_trip("0400000000084000aabbccdd1122334400000000001020007788");
    /* A list over the header. */
    assert_horizon_round_trip("0400000002081000aabbccdd11223344");
}

static void test_orbis_round_trip(void)
{
    const char *request = "0100000002000000030000000000000001000000ffffffff";
    g_autofree char *input = g_strdup_printf(
        "{\"platform\":\"orbis\",\"what\":\"appmsg_request\",\"hex\":\"%s\"}", request);

    assert_round_trip(input, request);
    assert_round_trip("{\"platform\":\"orbis\",\"op\":800,\"hex\":\"0102030405\"}", "0102030405");
    assert_round_trip("{\"platform\":\"orbis\",\"what\":\"packet\",\"type\":65,\"hex\":\"0102\"}",
                      "0102");
    assert_round_trip("{\"platform\":\"orbis\",\"what\":\"server_config\",\"hex\":\"0102030405\"}",
                      "0102030405");
}

static void assert_encoded(const char *message, const char *hex)
{
    g_autofree char *encoded = answer(line_encode, message, true);
    g_autofree char *expected = g_strdup_printf("{\"hex\":\"%s\"}", hex);

    g_assert_cmpstr(encoded, ==, expected);
}

static void test_edited(void)
{
    /* A number in cmif wins over the raw data. */
    assert_encoded("{\"platform\":\"horizon\",\"type\":4,\"raw\":{\"words\":8},"
                   "\"cmif\":{\"magic\":1229145683,\"method_id\":7}}",
                   "0400000008000000000000000000000053464349000000000700000000000000"
                   "0000000000000000");
    assert_encoded("{\"platform\":\"horizon\",\"type\":17,\"raw\":{\"words\":1},"
                   "\"tipc\":{\"result\":1557}}",
                   "110000000100000015060000");
    assert_encoded("{\"platform\":\"horizon\",\"type\":4,\"pid\":0,\"copy_handles\":[\"0xA\"]}",
                   "0400000000000080030000000000000000000000"
                   "0a000000");
    assert_encoded("{\"platform\":\"horizon\",\"type\":4,\"receive_list\":"
                   "{\"entries\":[{\"address\":4096,\"size\":2}]}}",
                   "04000000000c00000010000000000200");
    assert_encoded("{\"platform\":\"ctr\",\"command_id\":1,\"normal\":[5],"
                   "\"translate\":[{\"kind\":\"move_handles\",\"handles\":[9]},"
                   "{\"kind\":\"static_buffer\",\"id\":1,\"size\":4,\"address\":16}]}",
                   "440001000500000010000000090000000204010010000000");
    assert_encoded(
        "{\"platform\":\"orbis\",\"op\":800,\"block\":{\"fields\":{\"method\":1}}}",
        "01000000000000000000000000000000000000000000000000000000000000000000000000000000"
        "0000000000000000");
}

static void assert_not_encoded(const char *message, const char *expected)
{
    g_autofree char *text = answer(line_encode, message, false);

    if (!strstr(text, expected))
        g_error("%s lacks %s", text, expected);
}

static void test_not_encoded(void)
{
    assert_not_encoded("{\"platform\":\"horizon\",\"type\":65536}", "at most 65535");
    assert_not_encoded("{\"platform\":\"horizon\",\"copy_handles\":"
                       "[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}",
                       "16 elements, at most 15");
    assert_not_encoded("{\"platform\":\"horizon\",\"pointer\":[{\"address\":549755813888}]}",
                       "at most 549755813887");
    assert_not_encoded("{\"platform\":\"horizon\",\"pointer\":[3]}", "no object");
    assert_not_encoded("{\"platform\":\"horizon\",\"raw\":{\"words\":1,\"hex\":\"0011223344\"}}",
                       "room for 4");
    assert_not_encoded("{\"platform\":\"horizon\",\"receive_list\":{\"mode\":4,\"entries\":[]}}",
                       "mode 4 has 2 entries");
    assert_not_encoded("{\"platform\":\"horizon\",\"cmif\":{\"method_id\":1}}", "lies behind");
    assert_not_encoded("{\"platform\":\"horizon\",\"gap\":\"00112233\"}", "no room");
    assert_not_encoded("{\"platform\":\"ctr\",\"translate\":[{\"kind\":\"x\"}]}", "\\\"kind\\\"");
    assert_not_encoded("{\"platform\":\"orbis\",\"what\":\"call\"}", "no \\\"hex\\\"");
    assert_not_encoded("{\"error\":\"…\"}", "\\\"platform\\\" is missing");
}

static void assert_hex(const char *text, const char *expected)
{
    g_autoptr(GByteArray) bytes = hex_parse(text, strlen(text), NULL);
    g_autoptr(GString) hex = g_string_new(NULL);

    g_assert_nonnull(bytes);
    for (guint i = 0; i < bytes->len; i++)
        g_string_append_printf(hex, "%02x", bytes->data[i]);
    g_assert_cmpstr(hex->str, ==, expected);
}

static void test_hex(void)
{
    assert_hex("", "");
    assert_hex("04 00 10 AB", "040010ab");
    assert_hex("040010ab", "040010ab");
    assert_hex("04:00-10,ab;", "040010ab");
    assert_hex("\\x04\\x00", "0400");
    assert_hex("{0x04, 0x0, 0XAB}", "0400ab");
    assert_hex("0x00100004 0x1", "0400100001000000");
    assert_hex("0x8,0x123", "0800000023010000");
    assert_hex("00000000: 0400 1000  ....\n00000010: ab  .", "04001000ab");
    assert_hex("00000000  04 00 10 00  |....|\n00000004\n", "0400100000000004");
    assert_hex("04 00\n10 00\n", "04001000");
    g_assert_null(hex_parse("4", 1, NULL));
    g_assert_null(hex_parse("0x", 2, NULL));
    g_assert_null(hex_parse("0x123456789", 11, NULL));
    g_assert_null(hex_parse("04 0g", 5, NULL));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/decode/errors", test_errors);
    g_test_add_func("/decode/hostile", test_hostile);
    g_test_add_func("/decode/id", test_id);
    g_test_add_func("/decode/words", test_words);
    g_test_add_func("/decode/pid", test_pid);
    g_test_add_func("/decode/direction", test_direction);
    g_test_add_func("/decode/out-data-size", test_out_data_size);
    g_test_add_func("/decode/out-pointer-sizes", test_out_pointer_sizes);
    g_test_add_func("/decode/tipc-reply", test_tipc_reply);
    g_test_add_func("/decode/orbis", test_orbis);
    g_test_add_func("/decode/hex", test_hex);
    g_test_add_func("/encode/round-trip", test_round_trip);
    g_test_add_func("/encode/round-trip/orbis", test_orbis_round_trip);
    g_test_add_func("/encode/edited", test_edited);
    g_test_add_func("/encode/refused", test_not_encoded);
    return g_test_run();
}
