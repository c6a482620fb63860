/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arguments in the JSON of decode and encode: what is printed of each kind, that encode makes the
 * same message of it, what is refused, and that a user's own names count.
 */
#include "arguments.h"
#include "json_in.h"
#include "json_out.h"
#include "line.h"
#include "own_names.h"

#include <string.h>

static char *answer(bool (*line)(const char *, gsize, GString *), const char *input, bool expected)
{
    GString *out = g_string_new(NULL);

    if (line(input, strlen(input), out) != expected)
        g_error("%s gives %s", input, out->str);
    g_string_truncate(out, out->len - 1);
    return g_string_free(out, FALSE);
}

static void assert_part(const char *text, const char *part)
{
    if (!strstr(text, part))
        g_error("%s lacks %s", text, part);
}

static char *encoded(const char *input)
{
    g_autofree char *text = answer(line_encode, input, true);
    g_autoptr(JsonNode) node = in_parse(text, strlen(text), NULL);

    return g_strdup(json_object_get_string_member(json_node_get_object(node), "hex"));
}

/** Decodes the hex with what `session` says. */
static char *decoded(const char *session, const char *hex)
{
    g_autofree char *input = g_strdup_printf("{%s,\"hex\":\"%s\"}", session, hex);

    return answer(line_decode, input, true);
}

static void assert_refused(const char *input, const char *part)
{
    g_autofree char *text = answer(line_encode, input, false);

    assert_part(text, part);
}

/* ---- Both ways ---- */

#define FILE_SYSTEM "\"platform\":\"horizon\",\"interface\":\"IFileSystem\",\"domain\":true"

static void test_horizon_request(void)
{
    g_autofree char *hex = encoded("{" FILE_SYSTEM ",\"object_id\":3,\"command\":\"OpenFile\","
                                   "\"arguments\":{\"path\":{\"address\":4096,\"size\":769},"
                                   "\"mode\":3}}");
    g_autofree char *text = decoded(FILE_SYSTEM, hex);

    assert_part(text, "\"interface\":\"IFileSystem\",\"command_id\":8,\"command\":\"OpenFile\","
                      "\"described\":true,\"arguments\":[{\"name\":\"path\",");
    assert_part(text, "\"place\":\"pointer\",\"index\":0,\"offset\":8,\"length\":8,"
                      "\"address\":4096,\"size\":769}");
    assert_part(text, "{\"name\":\"mode\",\"type\":\"u32\",\"out\":false,\"place\":\"raw\","
                      "\"offset\":48,\"length\":4,\"value\":3}");
    assert_part(text, "\"findings\":[]");
}

static void test_horizon_reply(void)
{
    g_autofree char *hex =
        encoded("{\"platform\":\"horizon\",\"interface\":\"IFile\",\"reply\":true,"
                "\"command_id\":4,\"arguments\":{\"size\":-2}}");
    g_autofree char *text = decoded("\"platform\":\"horizon\",\"interface\":\"IFile\","
                                    "\"command\":\"GetSize\",\"reply\":true",
                                    hex);

    assert_part(text, "\"command\":\"GetSize\"");
    assert_part(text, "\"type\":\"i64\",\"out\":true,\"place\":\"raw\",\"offset\":32,\"length\":8,"
                      "\"value\":-2}");
}

static void test_error_reply(void)
{
    g_autofree char *hex =
        encoded("{\"platform\":\"horizon\",\"interface\":\"IFile\",\"reply\":true,"
                "\"command\":\"GetSize\",\"result\":514,\"arguments\":{}}");
    g_autofree char *text = decoded("\"platform\":\"horizon\",\"interface\":\"IFile\","
                                    "\"command_id\":4,\"reply\":true",
                                    hex);

    assert_part(text, "\"result\":514");
    assert_part(text, "\"arguments\":[]");
}

static void test_tipc(void)
{
    g_autofree char *hex = encoded("{\"platform\":\"horizon\",\"service\":\"sm:\",\"command\":"
                                   "\"UnregisterService\",\"arguments\":{\"name\":\"fsp-srv\"}}");
    g_autofree char *text = decoded("\"platform\":\"horizon\",\"service\":\"sm:\"", hex);

    assert_part(text, "\"name\":\"name\",\"type\":\"nn::sm::ServiceName\"");
    assert_part(text, "\"value\":\"fsp-srv\"");
}

static void test_ctr(void)
{
    g_autofree char *hex =
        encoded("{\"platform\":\"ctr\",\"service\":\"File\",\"command\":\"Read\","
                "\"arguments\":{\"offset\":\"0x100000002\",\"size\":8,"
                "\"buffer\":{\"address\":16,\"size\":8}}}");
    g_autofree char *text = decoded("\"platform\":\"ctr\",\"service\":\"File\"", hex);

    g_assert_cmpstr(hex, ==, "c20002080200000001000000080000008c00000010000000");
    assert_part(text, "\"service\":\"File\",\"command\":\"Read\",\"described\":true");
    assert_part(text, "\"value\":4294967298}");
    assert_part(text, "\"place\":\"translate\",\"index\":0,\"offset\":16,\"length\":8,"
                      "\"address\":16,\"size\":8}");
}

static void test_ctr_not_described(void)
{
    g_autofree char *text = answer(line_decode,
                                   "{\"platform\":\"ctr\",\"service\":\"own:X\",\"words\":"
                                   "[\"0x00010042\",7,0,5]}",
                                   true);

    assert_part(text, "\"command\":null,\"described\":false,\"arguments\":[{\"name\":\"word1\"");
    assert_part(text,
                "{\"name\":\"handle\",\"type\":\"handle\",\"out\":false,"
                "\"place\":\"translate\",\"index\":0,\"offset\":12,\"length\":4,\"value\":5}");
}

/* ---- Every kind of value, by a description of the test's own ---- */

static const char own[] =
    "type E = enum<i16> { Minus = 0xFFFF; One = 1; };\n"
    "type S = struct { u8 a; text<4> t; u16[2] list; E e; };\n"
    "interface own::IThing is own:u {\n"
    "  [0] All(u64 big, i8 small, f32 single, f64 number, bool flag, bytes<3> raw, text<8> name,\n"
    "          S s, E e, handle<copy> h, object<own::IThing> o, pid, u8);\n"
    "}\n";

static const char all[] =
    "{\"platform\":\"horizon\",\"service\":\"own:u\",\"command\":\"All\","
    "\"domain\":true,\"object_id\":1,\"arguments\":{"
    "\"big\":\"0xFFFFFFFFFFFFFFFF\",\"small\":-3,\"single\":1.5,"
    "\"number\":-0.25,\"flag\":true,\"raw\":\"010203\",\"name\":\"h\\u00e9\","
    "\"s\":{\"a\":9,\"t\":{\"hex\":\"41004200\"},\"list\":[1,2],\"e\":\"One\"},"
    "\"e\":-1,\"h\":305419896,\"o\":7,\"pid\":81,\"argument12\":255}}";

static void test_values(void)
{
    size_t size = ipcshark_names_memory(sizeof own - 1);
    g_autofree uint8_t *memory = g_malloc(size);
    struct ipcshark_arena arena = {memory, size, 0};
    struct ipcshark_names names = {.next = NULL};
    struct ipcshark_id_error error;
    g_autofree char *hex = NULL, *text = NULL, *again = NULL, *edited = NULL;

    g_assert_true(ipcshark_names_read("own.id", own, sizeof own - 1, NULL, &arena,
                                      &names.description, &error));
    own_names_use(&names);
    hex = encoded(all);
    text = decoded("\"platform\":\"horizon\",\"service\":\"own:u\",\"domain\":true", hex);
    assert_part(text, "\"interface\":\"own::IThing\",\"command_id\":0,\"command\":\"All\"");
    assert_part(text, "\"value\":18446744073709551615,\"value_hex\":\"0xffffffffffffffff\"");
    assert_part(text, "\"value\":-3}");
    assert_part(text, "\"value\":1.5}");
    assert_part(text, "\"value\":-0.25}");
    assert_part(text, "\"value\":true}");
    assert_part(text, "\"value\":\"010203\"}");
    assert_part(text, "\"value\":\"h\xC3\xA9\"}");
    assert_part(text, "\"value\":{\"a\":9,\"t\":{\"hex\":\"41004200\"},\"list\":[1,2],\"e\":1}}");
    assert_part(text, "\"place\":\"copy_handle\",\"index\":0,");
    assert_part(text, "\"place\":\"object\",\"index\":0,");
    assert_part(text, "\"place\":\"pid\",\"index\":0,");
    assert_part(text, "\"findings\":[]");
    /* What decode printed of them makes the same message, its own bytes left out. */
    edited = g_strdup_printf("{\"platform\":\"horizon\",\"interface\":\"own::IThing\","
                             "\"command_id\":0,\"domain\":{\"object_id\":1},%s}",
                             strstr(text, "\"arguments\":["));
    *strstr(edited, ",\"truncated\"") = '}';
    *(strstr(edited, "}\"truncated\"") + 1) = '\0';
    again = encoded(edited);
    g_assert_cmpstr(again, ==, hex);
    own_names_use(NULL);
}

/* ---- Refusals ---- */

#define IN_FILE_SYSTEM "{" FILE_SYSTEM ",\"command\":\"OpenFile\",\"arguments\":"

static void test_refused(void)
{
    assert_refused("{\"platform\":\"horizon\",\"arguments\":{}}", "no such command");
    assert_refused(
        "{\"platform\":\"ctr\",\"service\":\"File\",\"command\":\"No\",\"arguments\":{}}",
        "no such command");
    assert_refused(IN_FILE_SYSTEM "7}", "is not an array");
    assert_refused(IN_FILE_SYSTEM "null}", "neither an object nor an array");
    assert_refused(IN_FILE_SYSTEM "{\"mode\":1}}", "argument \\\"path\\\" is missing");
    assert_refused(IN_FILE_SYSTEM "{\"path\":1,\"mode\":1}}", "is a buffer");
    assert_refused(IN_FILE_SYSTEM "{\"path\":null,\"mode\":4294967296}}",
                   "\\\"mode\\\" does not fit its 4 bytes");
    assert_refused(IN_FILE_SYSTEM "{\"path\":null,\"mode\":\"x\"}}", "is not a number");
    assert_refused(IN_FILE_SYSTEM "{\"path\":null,\"mode\":1,\"mood\":1}}",
                   "\\\"arguments\\\" has 3 elements, the command has 2");
    assert_refused(IN_FILE_SYSTEM "[null,1,2]}", "has 3 elements");
    assert_refused(IN_FILE_SYSTEM "{\"path\":{\"size\":65536},\"mode\":1}}",
                   "no message can hold these arguments of OpenFile");
    assert_refused(
        "{\"platform\":\"horizon\",\"service\":\"sm:\",\"command\":\"UnregisterService\","
        "\"arguments\":{\"name\":\"123456789\"}}",
        "has 9 bytes, it takes 8");
    assert_refused("{" FILE_SYSTEM ",\"firmware\":\"1.x\",\"command\":\"OpenFile\","
                   "\"arguments\":{}}",
                   "no version");
}

/* A message with its own fields is that, whatever else stands beside them. */
static void test_fields_count(void)
{
    g_autofree char *hex =
        encoded("{\"platform\":\"ctr\",\"service\":\"File\",\"command_id\":2050,\"normal\":[1],"
                "\"arguments\":[]}");

    g_assert_cmpstr(hex, ==, "4000020801000000");
}

/* What is cut before its command is none. */
static void test_cut(void)
{
    g_autofree char *text = answer(line_decode, "{" FILE_SYSTEM ",\"words\":[4,13]}", true);

    assert_part(text, "\"command\":null,\"described\":false,\"arguments\":[]");
}

static void test_firmware(void)
{
    static const char input[] =
        "{\"platform\":\"horizon\",\"interface\":\"nn::erpt::sf::IContext\",\"firmware\":\"5.0\","
        "\"words\":[4,8,0,0,\"0x49434653\",0,5,0,0,0]}";
    g_autofree char *text = answer(line_decode, input, true);

    assert_part(text, "\"command\":\"UpdateAwakeTime\"");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/decode/arguments/horizon/request", test_horizon_request);
    g_test_add_func("/decode/arguments/horizon/reply", test_horizon_reply);
    g_test_add_func("/decode/arguments/horizon/error", test_error_reply);
    g_test_add_func("/decode/arguments/tipc", test_tipc);
    g_test_add_func("/decode/arguments/ctr", test_ctr);
    g_test_add_func("/decode/arguments/ctr/not-described", test_ctr_not_described);
    g_test_add_func("/decode/arguments/values", test_values);
    g_test_add_func("/decode/arguments/refused", test_refused);
    g_test_add_func("/decode/arguments/fields-count", test_fields_count);
    g_test_add_func("/decode/arguments/cut", test_cut);
    g_test_add_func("/decode/arguments/firmware", test_firmware);
    return g_test_run();
}
