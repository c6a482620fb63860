/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"
#include "json_out.h"
#include "line.h"
#include "own_names.h"
#include "stream.h"

#include <stdio.h>
#include <string.h>

static const char summary[] =
    "The inverse of `ipcshark decode --json`. Without a file: reads the lines that it\n"
    "printed from standard input and prints a line {\"hex\": …} for each. With a file\n"
    "that holds one message: writes its bytes (with --hex as text).\n\n"
    "A message may also be described by its command and \"arguments\":\n"
    "  {\"platform\": \"horizon\", \"interface\": \"IFile\", \"command\": \"SetSize\",\n"
    "   \"arguments\": {\"size\": 4096}}\n\n"
    "It may be edited, or written by hand; docs/decode-json.md has the keys.";

static const char examples[] = "Examples:\n"
                               "  ipcshark decode --json <messages.jsonl | ipcshark encode\n"
                               "  ipcshark encode message.json | xxd";

static bool encode_file(const char *path, bool as_hex, GError **error)
{
    g_autoptr(GString) text = stream_whole(path, error);
    g_autoptr(GByteArray) bytes = text ? message_encode(text->str, text->len, error) : NULL;
    g_autoptr(GString) hex = g_string_new(NULL);

    if (!bytes)
        return false;
    if (!as_hex) {
        fwrite(bytes->data, 1, bytes->len, stdout);
        return true;
    }
    for (guint i = 0; i < bytes->len; i++)
        g_string_append_printf(hex, "%02x", bytes->data[i]);
    puts(hex->str);
    return true;
}

static int run(char **files, bool as_hex)
{
    g_autoptr(GError) error = NULL;

    if (!files)
        return stream_lines(stdin, stdout, line_encode);
    if (files[1]) {
        fputs("ipcshark encode: one file at a time\n", stderr);
        return 2;
    }
    if (encode_file(files[0], as_hex, &error))
        return fflush(stdout) ? 1 : 0;
    fprintf(stderr, "ipcshark encode: %s\n", error->message);
    return 1;
}

static int run_with_names(char **files, bool as_hex, char **names)
{
    int status = own_names_read(names) ? run(files, as_hex) : 1;

    own_names_use(NULL);
    return status;
}

int ipcshark_encode_command(int argc, char **argv)
{
    g_auto(GStrv) files = NULL, names = NULL;
    gboolean as_hex = FALSE;
    const GOptionEntry entries[] = {
        {"hex", 0, 0, G_OPTION_ARG_NONE, &as_hex, "Write a file's bytes as hexadecimal text", NULL},
        OWN_NAMES_OPTION(&names),
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &files, NULL, "[FILE]"},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new("- bytes of described messages");
    g_autoptr(GError) error = NULL;

    g_option_context_set_summary(context, summary);
    g_option_context_set_description(context, examples);
    g_option_context_add_main_entries(context, entries, NULL);
    if (g_option_context_parse(context, &argc, &argv, &error))
        return run_with_names(files, as_hex, names);
    fprintf(stderr, "ipcshark encode: %s\n", error->message);
    return 2;
}
