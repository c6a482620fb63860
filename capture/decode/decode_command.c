/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "colour.h"
#include "command.h"
#include "ctr.h"
#include "hex.h"
#include "horizon.h"
#include "json_out.h"
#include "line.h"
#include "orbis.h"
#include "own_names.h"
#include "stream.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/** The command line. */
struct settings {
    gboolean json, horizon, ctr, orbis;
    gboolean is_domain, is_reply, is_control, is_tipc;
    char *op, *what, *type, *file, *color;
    char *service, *interface_name, *command, *firmware;
    char **names;
    char **text;
};

static const char summary[] =
    "Reads one message: every word with its meaning, and below it what the console\n"
    "would refuse. HEX may be \"04 00 10 00\", words (\"0x00100004\"), lines of xxd or\n"
    "hexdump -C; \"-\" or nothing is standard input. With --json alone: one JSON\n"
    "object a line in, one a line out (docs/decode-json.md).";

static const char examples[] = "Examples:\n"
                               "  ipcshark decode --horizon \"05 00 00 00 08 00 00 00 …\"\n"
                               "  ipcshark decode --horizon -r -i IFile -c GetSize -f reply.hex\n"
                               "  ipcshark decode --ctr 0x000c0104 0x00000300 …\n"
                               "  ipcshark decode --json <requests.jsonl >answers.jsonl";

/** What one system alone needs; the rest of --help shall fit a screen. */
static void add_details(GOptionContext *context, struct settings *settings)
{
    const GOptionEntry entries[] = {
        {"interface", 'i', 0, G_OPTION_ARG_STRING, &settings->interface_name,
         "Switch: the object's interface", "NAME"},
        {"command", 'c', 0, G_OPTION_ARG_STRING, &settings->command,
         "Switch: the command that a reply answers", "COMMAND"},
        {"control", 0, 0, G_OPTION_ARG_NONE, &settings->is_control,
         "Switch: the reply is to a control command", NULL},
        {"tipc", 0, 0, G_OPTION_ARG_NONE, &settings->is_tipc, "Switch: the reply is TIPC's", NULL},
        {"firmware", 0, 0, G_OPTION_ARG_STRING, &settings->firmware,
         "Switch: whose commands count (the newest)", "VERSION"},
        {"op", 0, 0, G_OPTION_ARG_STRING, &settings->op,
         "PlayStation 4: the manager call of the block", "NUMBER"},
        {"what", 0, 0, G_OPTION_ARG_STRING, &settings->what,
         "PlayStation 4: appmsg_message, packet, call, …", "NAME"},
        {"type", 0, 0, G_OPTION_ARG_STRING, &settings->type, "PlayStation 4: the packet's type",
         "NUMBER"},
        OWN_NAMES_OPTION(&settings->names),
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };
    GOptionGroup *group =
        g_option_group_new("details", "Detail Options:", "Show options for details", NULL, NULL);

    g_option_group_add_entries(group, entries);
    g_option_context_add_group(context, group);
}

static bool parse_options(int *argc, char ***argv, struct settings *settings, GError **error)
{
    const GOptionEntry entries[] = {
        {"horizon", 0, 0, G_OPTION_ARG_NONE, &settings->horizon, "Switch: a HIPC message", NULL},
        {"ctr", 0, 0, G_OPTION_ARG_NONE, &settings->ctr, "3DS: a command buffer", NULL},
        {"orbis", 0, 0, G_OPTION_ARG_NONE, &settings->orbis, "PlayStation 4: a block, a structure",
         NULL},
        {"reply", 'r', 0, G_OPTION_ARG_NONE, &settings->is_reply, "It is a reply", NULL},
        {"domain", 'd', 0, G_OPTION_ARG_NONE, &settings->is_domain,
         "Switch: the session is a domain", NULL},
        {"service", 's', 0, G_OPTION_ARG_STRING, &settings->service,
         "Of the session: names command and arguments", "NAME"},
        {"file", 'f', 0, G_OPTION_ARG_FILENAME, &settings->file,
         "Read the bytes from a file, as text or as they are", "FILE"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &settings->json, "JSON out, and lines of JSON in", NULL},
        {"color", 0, 0, G_OPTION_ARG_STRING, &settings->color, "auto, always or never", "WHEN"},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &settings->text, NULL, "[HEX…]"},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);

    g_option_context_set_summary(context, summary);
    g_option_context_set_description(context, examples);
    g_option_context_add_main_entries(context, entries, NULL);
    add_details(context, settings);
    return g_option_context_parse(context, argc, argv, error);
}

static bool is_text(const GString *input)
{
    for (gsize i = 0; i < input->len; i++) {
        if (!g_ascii_isprint(input->str[i]) && !g_ascii_isspace(input->str[i]))
            return false;
    }
    return true;
}

static GByteArray *bytes_of_file(const char *path, GError **error)
{
    g_autoptr(GString) text = stream_whole(path, error);
    gsize size;

    if (!text)
        return NULL;
    if (is_text(text))
        return hex_parse(text->str, text->len, error);
    size = text->len;
    return g_byte_array_new_take((guint8 *)g_string_free(g_steal_pointer(&text), FALSE), size);
}

static GByteArray *input_bytes(const struct settings *settings, GError **error)
{
    g_autofree char *text = NULL;

    if (settings->file)
        return bytes_of_file(settings->file, error);
    if (!settings->text || !strcmp(settings->text[0], "-"))
        return bytes_of_file("-", error);
    text = g_strjoinv(" ", settings->text);
    return hex_parse(text, strlen(text), error);
}

static JsonObject *describe(const struct settings *settings)
{
    JsonObject *input = json_object_new();

    json_object_set_boolean_member(input, "domain", settings->is_domain);
    if (settings->is_reply)
        json_object_set_boolean_member(input, "reply", TRUE);
    json_object_set_boolean_member(input, "control", settings->is_control);
    json_object_set_boolean_member(input, "tipc", settings->is_tipc);
    if (settings->op)
        json_object_set_string_member(input, "op", settings->op);
    if (settings->what)
        json_object_set_string_member(input, "what", settings->what);
    if (settings->type)
        json_object_set_string_member(input, "type", settings->type);
    if (settings->service)
        json_object_set_string_member(input, "service", settings->service);
    if (settings->interface_name)
        json_object_set_string_member(input, "interface", settings->interface_name);
    if (settings->command)
        json_object_set_string_member(
            input, g_ascii_isdigit(*settings->command) ? "command_id" : "command",
            settings->command);
    if (settings->firmware)
        json_object_set_string_member(input, "firmware", settings->firmware);
    return input;
}

/** Where the answer goes: a table for people, or the members of a JSON object. */
static bool answer_horizon(JsonObject *input, const GByteArray *bytes, struct table *table,
                           GString *out, GError **error)
{
    struct horizon_options options;
    struct horizon_view view;

    if (!horizon_options_read(input, &options, error))
        return false;
    horizon_decode(bytes->data, bytes->len, &options, NULL, &view);
    if (table)
        horizon_table(table, &view);
    else
        horizon_out(out, &view);
    return true;
}

static bool answer_ctr(JsonObject *input, const GByteArray *bytes, struct table *table,
                       GString *out, GError **error)
{
    bool is_reply = json_object_has_member(input, "reply");
    struct arguments_options options;
    struct ctr_view view;

    if (!arguments_options_read(input, &options, error))
        return false;
    ctr_decode(bytes->data, bytes->len, is_reply ? CTRIPC_REPLY : CTRIPC_REQUEST, &options, &view);
    if (table)
        ctr_table(table, &view);
    else
        ctr_out(out, &view);
    return true;
}

static bool answer_orbis(JsonObject *input, const GByteArray *bytes, struct table *table,
                         GString *out, GError **error)
{
    struct orbis_view view;

    if (!orbis_options_read(input, &view, error))
        return false;
    view.bytes = bytes->data;
    view.length = bytes->len;
    if (table)
        orbis_table(table, &view);
    else
        orbis_out(out, &view);
    return true;
}

static bool answer(const struct settings *settings, const GByteArray *bytes, struct table *table,
                   GString *out, GError **error)
{
    g_autoptr(JsonObject) input = describe(settings);

    if (settings->horizon)
        return answer_horizon(input, bytes, table, out, error);
    if (settings->ctr)
        return answer_ctr(input, bytes, table, out, error);
    return answer_orbis(input, bytes, table, out, error);
}

static const char *platform_name(const struct settings *settings)
{
    return settings->horizon ? "horizon" : settings->ctr ? "ctr" : "orbis";
}

static bool print_json(const struct settings *settings, const GByteArray *bytes, GError **error)
{
    g_autoptr(GString) out = g_string_new(NULL);
    bool is_answered;

    out_object(out, NULL);
    out_string(out, "platform", platform_name(settings));
    is_answered = answer(settings, bytes, NULL, out, error);
    out_object_end(out);
    if (is_answered)
        puts(out->str);
    return is_answered;
}

static bool print_table(const struct settings *settings, const GByteArray *bytes, GError **error)
{
    struct table table = table_new(bytes->data, bytes->len, settings->orbis ? 1 : 4);
    bool has_colour;
    bool is_answered = colour_wanted(settings->color, STDOUT_FILENO, &has_colour, error) &&
                       answer(settings, bytes, &table, NULL, error);

    if (is_answered) {
        g_autoptr(GString) text = table_render(&table, has_colour);

        fputs(text->str, stdout);
    }
    table_clear(&table);
    return is_answered;
}

static bool decode_one(const struct settings *settings, GError **error)
{
    g_autoptr(GByteArray) bytes = input_bytes(settings, error);

    if (!bytes)
        return false;
    return settings->json ? print_json(settings, bytes, error)
                          : print_table(settings, bytes, error);
}

static void settings_free(struct settings *settings)
{
    g_free(settings->op);
    g_free(settings->what);
    g_free(settings->type);
    g_free(settings->file);
    g_free(settings->color);
    g_free(settings->service);
    g_free(settings->interface_name);
    g_free(settings->command);
    g_free(settings->firmware);
    g_strfreev(settings->names);
    g_strfreev(settings->text);
}

static int decode(const struct settings *settings)
{
    g_autoptr(GError) error = NULL;
    int systems = !!settings->horizon + !!settings->ctr + !!settings->orbis;

    if (settings->json && !systems && !settings->file && !settings->text)
        return stream_lines(stdin, stdout, line_decode);
    if (systems != 1) {
        fputs("ipcshark decode: say --horizon, --ctr or --orbis, or --json for lines of JSON\n",
              stderr);
        return 2;
    }
    if (decode_one(settings, &error))
        return 0;
    fprintf(stderr, "ipcshark decode: %s\n", error->message);
    return 1;
}

static int run(const struct settings *settings)
{
    int status = own_names_read(settings->names) ? decode(settings) : 1;

    own_names_use(NULL);
    return status;
}

int ipcshark_decode_command(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    struct settings settings = {0};
    int status = 2;

    if (parse_options(&argc, &argv, &settings, &error))
        status = run(&settings);
    else
        fprintf(stderr, "ipcshark decode: %s\n", error->message);
    settings_free(&settings);
    return status;
}
