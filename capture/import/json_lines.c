/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `ipcshark decode --json` prints, and what it reads: one JSON object a line. */
#include "hex.h"
#include "importer.h"
#include "line.h"

#include <json-glib/json-glib.h>
#include <string.h>

static JsonObject *parse(struct text line, JsonParser *parser)
{
    JsonNode *root;

    if (!json_parser_load_from_data(parser, line.at, (gssize)text_left(&line), NULL))
        return NULL;
    root = json_parser_get_root(parser);
    return root && JSON_NODE_HOLDS_OBJECT(root) ? json_node_get_object(root) : NULL;
}

static const char *text_member(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node && json_node_get_value_type(node) == G_TYPE_STRING ? json_node_get_string(node)
                                                                   : "";
}

static bool bool_member(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node && json_node_get_value_type(node) == G_TYPE_BOOLEAN && json_node_get_boolean(node);
}

static bool number_member(JsonObject *object, const char *name, uint32_t *number)
{
    JsonNode *node = json_object_get_member(object, name);
    uint64_t value = 0;

    if (node && json_node_get_value_type(node) == G_TYPE_INT64)
        value = (uint64_t)json_node_get_int(node);
    else if (!text_is_number(text_member(object, name), &value))
        return false;
    *number = (uint32_t)value;
    return value <= UINT32_MAX;
}

static uint8_t platform_of(JsonObject *object)
{
    const char *name = text_member(object, "platform");

    if (!strcmp(name, "horizon"))
        return IPCTAP_HORIZON;
    if (!strcmp(name, "ctr"))
        return IPCTAP_CTR;
    return strcmp(name, "orbis") ? IPCTAP_OTHER : IPCTAP_ORBIS;
}

/** The bytes as they stand there, or else encoded from what describes them. */
static GByteArray *bytes_of(JsonObject *object, struct text line, GError **error)
{
    const char *hex = text_member(object, "hex");

    if (!*hex)
        hex = text_member(object, "call");
    if (*hex)
        return hex_parse(hex, strlen(hex), error);
    return message_encode(line.at, text_left(&line), error);
}

static void describe(JsonObject *object, struct import_message *message)
{
    message->platform = platform_of(object);
    message->is_reply = bool_member(object, "reply");
    message->is_request = !message->is_reply;
    message->is_domain = bool_member(object, "domain");
    message->has_op = number_member(object, "op", &message->op);
    g_strlcpy(message->what, text_member(object, "what"), sizeof message->what);
    if (!*message->what && json_object_has_member(object, "call"))
        g_strlcpy(message->what, "call", sizeof message->what);
    g_strlcpy(message->service, text_member(object, "service"), sizeof message->service);
    g_strlcpy(message->interface_name, text_member(object, "interface"),
              sizeof message->interface_name);
}

static void import_object(struct importer *importer, JsonObject *object, struct text line)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GByteArray) bytes = bytes_of(object, line, &error);
    g_autoptr(GString) source_text = g_string_new(NULL);
    struct import_message message;

    if (!bytes) {
        importer_unreadable(importer, importer->line, error->message);
        return;
    }
    import_message_init(&message);
    describe(object, &message);
    message.bytes = bytes->data;
    message.length = bytes->len;
    import_keep_line(source_text, line);
    message.source_text = source_text;
    importer_emit(importer, &message, importer->line);
}

bool import_json_line(struct importer *importer, struct text line)
{
    g_autoptr(JsonParser) parser = NULL;
    struct text rest = line;
    JsonObject *object;

    text_skip_blanks(&rest);
    if (!importer_reads(importer, IMPORT_JSON) || !text_take(&rest, "{") ||
        !text_find(&rest, "\"platform\""))
        return false;
    parser = json_parser_new();
    object = parse(line, parser);
    if (!object)
        importer_unreadable(importer, importer->line, "this is no JSON object");
    else if (platform_of(object) == IPCTAP_OTHER)
        importer_unreadable(importer, importer->line,
                            "\"platform\" is neither horizon nor ctr nor orbis");
    else
        import_object(importer, object, line);
    return true;
}
