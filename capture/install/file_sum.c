/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "file_sum.h"

#include <string.h>

/** Wireshark puts in the font that it has found on the machine. */
static const char found_by_wireshark[] = "gui.qt.font_name:";

/** Lines that begin with white space go on with the setting before them. */
static void take_line(GPtrArray *settings, char *line)
{
    gboolean goes_on = settings->len && g_ascii_isspace(*line);

    g_strstrip(line);
    if (!*line || *line == '#')
        return;
    if (goes_on)
        g_string_append_printf(g_ptr_array_index(settings, settings->len - 1), " %s", line);
    else if (!g_str_has_prefix(line, found_by_wireshark))
        g_ptr_array_add(settings, g_string_new(line));
}

static int by_text(gconstpointer left, gconstpointer right)
{
    const GString *const *a = left, *const *b = right;

    return strcmp((*a)->str, (*b)->str);
}

static void free_setting(gpointer setting)
{
    g_string_free(setting, TRUE);
}

/** In whatever order they stand, and whatever comments stand between them. */
static char *sum_of_settings(const char *text)
{
    g_autoptr(GPtrArray) settings = g_ptr_array_new_with_free_func(free_setting);
    g_autoptr(GString) sorted = g_string_new(NULL);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (char **line = lines; *line; line++)
        take_line(settings, *line);
    g_ptr_array_sort(settings, by_text);
    for (guint i = 0; i < settings->len; i++) {
        const GString *setting = g_ptr_array_index(settings, i);

        g_string_append_printf(sorted, "%s\n", setting->str);
    }
    return g_compute_checksum_for_string(G_CHECKSUM_SHA256, sorted->str, (gssize)sorted->len);
}

char *file_sum(const char *path)
{
    g_autofree char *name = g_path_get_basename(path);
    g_autofree char *bytes = NULL;
    gsize length;

    if (!g_file_get_contents(path, &bytes, &length, NULL))
        return NULL;
    if (!strcmp(name, "preferences"))
        return sum_of_settings(bytes);
    return g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)bytes, length);
}
