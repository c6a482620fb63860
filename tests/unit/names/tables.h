/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file tables.h The tables from which the names were made, read again by the tests. */
#ifndef TEST_NAMES_TABLES_H
#define TEST_NAMES_TABLES_H

#include <glib.h>
#include <string.h>

/** A line: the [group] that it stands in, and its fields (NULL terminated). */
typedef void (*table_row)(const char *group, char **field, guint fields, gpointer data);

static inline void for_each_row(const char *path, table_row row, gpointer data)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    g_autofree char *group = g_strdup("");

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) field = NULL;
        size_t length = strlen(*line);

        if (**line == '\0' || **line == '#')
            continue;
        if (**line == '[' && (*line)[length - 1] == ']') {
            g_free(group);
            group = g_strndup(*line + 1, length - 2);
            continue;
        }
        field = g_strsplit(*line, "\t", -1);
        row(group, field, g_strv_length(field), data);
    }
}

static inline const char *field_or_empty(char **field, guint fields, guint n)
{
    return n < fields ? field[n] : "";
}

#define NAMES_TABLE(name) TEST_SOURCE_DIR "/../codecs/names/tables/" name

#endif
