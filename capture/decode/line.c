/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "line.h"

#include "ctr.h"
#include "hex.h"
#include "horizon.h"
#include "json_in.h"
#include "json_out.h"
#include "orbis.h"

#include <string.h>

/** No message of any system takes more words; the longest has 0x2018 bytes. */
#define MAX_WORDS 0x4000

/** "hex" (Orbis also "call"), or "words". */
static GByteArray *input_bytes(JsonObject *input, GError **error)
{
    g_autoptr(GByteArray) bytes = NULL;
    g_autofree uint32_t *word = g_new(uint32_t, MAX_WORDS);
    guint count = 0;

    if (!in_hex(input, "hex", &bytes, error) || (!bytes && !in_hex(input, "call", &bytes, error)) ||
        (!bytes && !in_words(input, "words", MAX_WORDS, word, &count, error)))
        return NULL;
    if (bytes)
        return g_steal_pointer(&bytes);
    if (!json_object_has_member(input, "words")) {
        g_set_error_literal(error, IN_ERROR, 0, "there is neither \"hex\" nor \"words\"");
        return NULL;
    }
    bytes = g_byte_array_new();
    for (guint i = 0; i < count; i++)
        hex_append_word(bytes, word[i]);
    return g_steal_pointer(&bytes);
}

static bool decode_horizon(JsonObject *input, const GByteArray *bytes, GString *out, GError **error)
{
    g_autoptr(GByteArray) receiver = NULL;
    struct horizon_options options;
    struct horizon_view view;

    if (!horizon_options_read(input, &options, error) ||
        !in_hex(input, "receiver", &receiver, error))
        return false;
    horizon_decode(bytes->data, bytes->len, &options, receiver, &view);
    horizon_out(out, &view);
    return true;
}

static bool decode_ctr(JsonObject *input, const GByteArray *bytes, GString *out, GError **error)
{
    g_autoptr(GByteArray) table = NULL;
    struct arguments_options options;
    struct ctr_view view;
    bool is_reply = false;

    if (!in_bool(input, "reply", &is_reply, error) ||
        !arguments_options_read(input, &options, error) ||
        !in_hex(input, "static_table", &table, error))
        return false;
    ctr_decode(bytes->data, bytes->len, is_reply ? CTRIPC_REPLY : CTRIPC_REQUEST, &options, &view);
    if (table)
        ctr_check_table(table, &view);
    ctr_out(out, &view);
    return true;
}

static bool decode_orbis(JsonObject *input, const GByteArray *bytes, GString *out, GError **error)
{
    struct orbis_view view;

    if (!orbis_options_read(input, &view, error))
        return false;
    view.bytes = bytes->data;
    view.length = bytes->len;
    orbis_out(out, &view);
    return true;
}

static const struct platform {
    const char *name;
    bool (*decode)(JsonObject *input, const GByteArray *bytes, GString *out, GError **error);
    GByteArray *(*encode)(JsonObject *message, GError **error);
} platforms[] = {
    {"horizon", decode_horizon, horizon_in},
    {"ctr", decode_ctr, ctr_in},
    {"orbis", decode_orbis, orbis_in},
};

static const struct platform *platform_of(JsonObject *input, GError **error)
{
    const char *name = NULL;

    if (!in_string(input, "platform", &name, error))
        return NULL;
    for (size_t i = 0; name && i < G_N_ELEMENTS(platforms); i++) {
        if (g_str_equal(name, platforms[i].name))
            return &platforms[i];
    }
    g_set_error(error, IN_ERROR, 0, "\"platform\" is %s%s%s, not horizon, ctr or orbis",
                name ? "\"" : "", name ? name : "missing", name ? "\"" : "");
    return NULL;
}

static bool decode_object(JsonObject *input, GString *out, GError **error)
{
    const struct platform *platform = platform_of(input, error);
    g_autoptr(GByteArray) bytes = platform ? input_bytes(input, error) : NULL;

    if (!bytes)
        return false;
    out_string(out, "platform", platform->name);
    return platform->decode(input, bytes, out, error);
}

static GByteArray *encode_object(JsonObject *message, GError **error)
{
    const struct platform *platform = platform_of(message, error);

    return platform ? platform->encode(message, error) : NULL;
}

static bool encode_to_line(JsonObject *message, GString *out, GError **error)
{
    g_autoptr(GByteArray) bytes = encode_object(message, error);

    if (bytes)
        out_hex(out, "hex", bytes->data, bytes->len);
    return bytes != NULL;
}

typedef bool (*answer_object)(JsonObject *input, GString *out, GError **error);

/** Takes back what was begun and says why. */
static bool answer_error(GString *out, gsize start, const char *id, const GError *error)
{
    g_string_truncate(out, start);
    out_object(out, NULL);
    if (id)
        out_value(out, "id", id);
    out_string(out, "error", error->message);
    return false;
}

static bool answer(const char *line, gsize length, GString *out, answer_object answer_input)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonNode) node = in_parse(line, length, &error);
    JsonObject *input = node ? json_node_get_object(node) : NULL;
    g_autofree char *id = input ? in_text(input, "id") : NULL;
    gsize start = out->len;
    bool is_answered = false;

    if (input) {
        out_object(out, NULL);
        if (id)
            out_value(out, "id", id);
        is_answered = answer_input(input, out, &error);
    }
    if (!is_answered)
        answer_error(out, start, id, error);
    out_object_end(out);
    g_string_append_c(out, '\n');
    return is_answered;
}

bool line_decode(const char *line, gsize length, GString *out)
{
    return answer(line, length, out, decode_object);
}

bool line_encode(const char *line, gsize length, GString *out)
{
    return answer(line, length, out, encode_to_line);
}

GByteArray *message_encode(const char *text, gsize length, GError **error)
{
    g_autoptr(JsonNode) node = in_parse(text, length, error);

    return node ? encode_object(json_node_get_object(node), error) : NULL;
}
