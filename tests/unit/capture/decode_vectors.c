/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All message vectors through the JSON of `ipcshark decode` and back: what the client libraries
 * read in a message stands under its key, and `encode` gives the message's bytes again.
 */
#include "json_in.h"
#include "line.h"
#include "vector_table.h"

#include <string.h>

struct vectors {
    const char *path;
    const char *platform;
    bool is_reply;
    guint count;
};

static const struct vectors horizon_requests = {"vectors/horizon/requests.tsv.gz", "horizon", false,
                                                8586};
static const struct vectors horizon_headers = {"vectors/horizon/made-headers.tsv.gz", "horizon",
                                               false, 105};
static const struct vectors horizon_replies = {"vectors/horizon/replies.tsv.gz", "horizon", true,
                                               8452};

static JsonObject *decode(const struct vectors *vectors, const struct vector_table *table,
                          guint row, GString *line)
{
    g_autofree char *input =
        g_strdup_printf("{\"id\":%u,\"platform\":\"%s\",\"hex\":\"%s\",\"domain\":%s,\"reply\":%s}",
                        row, vectors->platform, vector_text(table, row, "hex"),
                        strcmp(vector_text(table, row, "domain"), "1") ? "false" : "true",
                        vectors->is_reply ? "true" : "false");
    g_autoptr(JsonNode) node = NULL;
    g_autoptr(GError) error = NULL;

    g_string_truncate(line, 0);
    g_assert_true(line_decode(input, strlen(input), line));
    node = in_parse(line->str, line->len, &error);
    g_assert_no_error(error);
    g_assert_cmpint(json_object_get_int_member(json_node_get_object(node), "id"), ==, row);
    return json_object_ref(json_node_get_object(node));
}

static void append(GString *text, JsonObject *object, const char *key)
{
    g_autofree char *wide = g_strconcat("sdk_", key, NULL);
    uint64_t value = 0;

    g_assert_true(in_number(object, key, UINT64_MAX, &value, NULL));
    g_assert_true(in_number(object, wide, UINT64_MAX, &value, NULL));
    if (text->len && text->str[text->len - 1] != ';')
        g_string_append_c(text, ',');
    g_string_append_printf(text, "%" G_GUINT64_FORMAT, value);
}

/** The members of the array's objects as the table writes them. */
static char *entries(JsonArray *array, const char *const *keys)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < json_array_get_length(array); i++) {
        if (i)
            g_string_append_c(text, ';');
        for (const char *const *key = keys; *key; key++)
            append(text, json_array_get_object_element(array, i), *key);
    }
    if (!text->len)
        g_string_append_c(text, '-');
    return g_string_free(text, FALSE);
}

static char *numbers(JsonArray *array)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < json_array_get_length(array); i++)
        g_string_append_printf(text, "%s%" G_GINT64_FORMAT, i ? "," : "",
                               json_array_get_int_element(array, i));
    if (!text->len)
        g_string_append_c(text, '-');
    return g_string_free(text, FALSE);
}

static void compare(const struct vector_table *table, guint row, const char *column, char *actual)
{
    if (strcmp(actual, vector_text(table, row, column)) != 0)
        g_error("%s of %s: %s, expected %s", column, vector_text(table, row, "id"), actual,
                vector_text(table, row, column));
    g_free(actual);
}

static const char *const pointer_keys[] = {"address", "size", "index", NULL};
static const char *const map_keys[] = {"address", "size", "attribute", NULL};
static const char *const entry_keys[] = {"address", "size", NULL};

static void compare_common(const struct vector_table *table, guint row, JsonObject *message)
{
    compare(table, row, "copy", numbers(json_object_get_array_member(message, "copy_handles")));
    compare(table, row, "move", numbers(json_object_get_array_member(message, "move_handles")));
    compare(table, row, "pointer",
            entries(json_object_get_array_member(message, "pointer"), pointer_keys));
    if (!json_object_get_null_member(message, "domain")) {
        JsonObject *domain = json_object_get_object_member(message, "domain");

        compare(table, row, "objects", numbers(json_object_get_array_member(domain, "objects")));
    }
}

/** The first `count` numbers of a column. */
static char *column_start(const struct vector_table *table, guint row, const char *column,
                          guint count)
{
    g_autoptr(GArray) all = vector_numbers(table, row, column);
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < count && i < all->len; i++)
        g_string_append_printf(text, "%s%" G_GUINT64_FORMAT, i ? "," : "",
                               g_array_index(all, uint64_t, i));
    return g_string_free(text, FALSE);
}

static void compare_object(const struct vector_table *table, guint row, const char *column,
                           guint count, JsonObject *message, const char *member,
                           const char *const *keys)
{
    g_autofree char *expected = column_start(table, row, column, count);
    g_autoptr(GString) actual = g_string_new(NULL);

    if (!json_object_get_null_member(message, member)) {
        for (const char *const *key = keys; *key; key++)
            append(actual, json_object_get_object_member(message, member), *key);
    }
    g_assert_cmpstr(actual->str, ==, expected);
}

static void compare_request(const struct vector_table *table, guint row, JsonObject *message)
{
    static const char *const cmif[] = {"offset", "magic", "version", "method_id", "token", NULL};
    static const char *const domain[] = {"offset",      "kind",      "in_object_count",
                                         "in_raw_size", "object_id", NULL};
    static const char *const tipc[] = {"command_id", NULL};
    const char *control = json_object_get_string_member_with_default(message, "control", "-");
    JsonObject *list = json_object_get_object_member(message, "receive_list");

    compare(table, row, "send", entries(json_object_get_array_member(message, "send"), map_keys));
    compare(table, row, "receive",
            entries(json_object_get_array_member(message, "receive"), map_keys));
    compare(table, row, "exchange",
            entries(json_object_get_array_member(message, "exchange"), map_keys));
    compare(table, row, "receive_list",
            entries(json_object_get_array_member(list, "entries"), entry_keys));
    compare_object(table, row, "cmif", 5, message, "cmif", cmif);
    compare_object(table, row, "in_domain", 5, message, "domain", domain);
    if (strcmp(vector_text(table, row, "tipc"), "-") != 0)
        compare_object(table, row, "tipc", 1, message, "tipc", tipc);
    g_assert_cmpstr(control ? control : "-", ==, vector_text(table, row, "control"));
}

static void compare_reply(const struct vector_table *table, guint row, JsonObject *message)
{
    static const char *const result[] = {"result", NULL};

    if (strcmp(vector_text(table, row, "kind"), "tipc") != 0)
        compare_object(table, row, "result", 1, message, "cmif", result);
}

static void assert_encodes(const struct vector_table *table, guint row, const GString *line)
{
    g_autoptr(GString) encoded = g_string_new(NULL);
    g_autofree char *expected =
        g_strdup_printf("{\"id\":%u,\"hex\":\"%s\"}\n", row, vector_text(table, row, "hex"));

    g_assert_true(line_encode(line->str, line->len, encoded));
    g_assert_cmpstr(encoded->str, ==, expected);
}

static void test_horizon(gconstpointer data)
{
    const struct vectors *vectors = data;
    struct vector_table *table = vector_table_load(vectors->path);
    g_autoptr(GString) line = g_string_new(NULL);

    g_assert_cmpuint(table->rows->len, ==, vectors->count);
    for (guint row = 0; row < table->rows->len; row++) {
        g_autoptr(JsonObject) message = decode(vectors, table, row, line);

        compare_common(table, row, message);
        if (vectors->is_reply)
            compare_reply(table, row, message);
        else
            compare_request(table, row, message);
        assert_encodes(table, row, line);
    }
    g_test_message("%u of %u: every key equal, encoded to the same bytes", table->rows->len,
                   vectors->count);
    vector_table_free(table);
}

/** "2:4000000:copy_handles:0:0:0:40006+48007;…", as tests/vectors/ctr/generate.py writes it. */
static char *ctr_parameters(JsonArray *array)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < json_array_get_length(array); i++) {
        JsonObject *object = json_array_get_object_element(array, i);
        JsonArray *handles = json_object_get_array_member(object, "handles");
        guint count = json_array_get_length(handles);

        g_string_append_printf(
            text, "%s%u:%x:%s:%u:%u:%x:", i ? ";" : "",
            (guint)json_object_get_int_member(object, "offset"),
            (guint)json_object_get_int_member(object, "descriptor"),
            json_object_get_string_member(object, "kind"),
            (guint)json_object_get_int_member_with_default(object, "size", 0),
            (guint)json_object_get_int_member_with_default(object, "id", 0),
            (guint)json_object_get_int_member_with_default(object, "address", 0));
        for (guint n = 0; n < count; n++)
            g_string_append_printf(text, "%s%x", n ? "+" : "",
                                   (guint)json_array_get_int_element(handles, n));
    }
    if (!text->len)
        g_string_append_c(text, '-');
    return g_string_free(text, FALSE);
}

/** The words as JSON texts, and the bytes that they are. */
static char *ctr_words(const char *column, GString *hex)
{
    g_auto(GStrv) words = g_strsplit(column, ",", -1);
    GString *json = g_string_new(NULL);

    for (char **word = words; *word; word++) {
        guint32 value = (guint32)g_ascii_strtoull(*word, NULL, 16);

        g_string_append_printf(json, "%s\"0x%s\"", json->len ? "," : "", *word);
        g_string_append_printf(hex, "%08x", GUINT32_SWAP_LE_BE(value));
    }
    return g_string_free(json, FALSE);
}

static void compare_ctr(const struct vectors *vectors, const struct vector_table *table, guint row)
{
    g_autoptr(GString) hex = g_string_new(NULL);
    g_autoptr(GString) line = g_string_new(NULL);
    g_autoptr(GString) encoded = g_string_new(NULL);
    g_autofree char *words = ctr_words(vector_text(table, row, "words"), hex);
    g_autofree char *input = g_strdup_printf("{\"platform\":\"ctr\",\"words\":[%s],\"reply\":%s}",
                                             words, vectors->is_reply ? "true" : "false");
    g_autofree char *expected = g_strdup_printf("{\"hex\":\"%s\"}\n", hex->str);
    g_autofree char *counts = NULL;
    g_autoptr(JsonNode) node = NULL;
    JsonObject *message;

    g_assert_true(line_decode(input, strlen(input), line));
    node = in_parse(line->str, line->len, NULL);
    message = json_node_get_object(node);
    counts = g_strdup_printf("%u,%u,%u", (guint)json_object_get_int_member(message, "command_id"),
                             json_array_get_length(json_object_get_array_member(message, "normal")),
                             (guint)json_object_get_int_member(message, "translate_words"));
    g_assert_cmpstr(counts, ==, vector_text(table, row, "expect"));
    compare(table, row, "translate",
            ctr_parameters(json_object_get_array_member(message, "translate")));
    g_assert_true(line_encode(line->str, line->len, encoded));
    g_assert_cmpstr(encoded->str, ==, expected);
}

static const struct vectors ctr_requests = {"vectors/ctr/requests.tsv.gz", "ctr", false, 4724};
static const struct vectors ctr_replies = {"vectors/ctr/replies.tsv.gz", "ctr", true, 642};

static void test_ctr(gconstpointer data)
{
    const struct vectors *vectors = data;
    struct vector_table *table = vector_table_load(vectors->path);

    g_assert_cmpuint(table->rows->len, ==, vectors->count);
    for (guint row = 0; row < table->rows->len; row++)
        compare_ctr(vectors, table, row);
    g_test_message("%u of %u: every key equal, encoded to the same bytes", table->rows->len,
                   vectors->count);
    vector_table_free(table);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/decode/vectors/horizon/requests", &horizon_requests, test_horizon);
    g_test_add_data_func("/decode/vectors/horizon/headers", &horizon_headers, test_horizon);
    g_test_add_data_func("/decode/vectors/horizon/replies", &horizon_replies, test_horizon);
    g_test_add_data_func("/decode/vectors/ctr/requests", &ctr_requests, test_ctr);
    g_test_add_data_func("/decode/vectors/ctr/replies", &ctr_replies, test_ctr);
    return g_test_run();
}
