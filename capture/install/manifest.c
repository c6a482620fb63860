/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "manifest.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

static void entry_free(gpointer data)
{
    struct manifest_entry *entry = data;

    g_free(entry->sum);
    g_free(entry->path);
    g_free(entry);
}

static void take_line(struct manifest *manifest, const char *line)
{
    const char *space = strchr(line, ' ');
    g_autofree char *sum = space ? g_strndup(line, (gsize)(space - line)) : NULL;

    if (sum && g_path_is_absolute(space + 1))
        manifest_put(manifest, sum, space + 1);
}

struct manifest *manifest_load(const char *path, GError **error)
{
    struct manifest *manifest = g_new0(struct manifest, 1);
    g_autoptr(GError) failure = NULL;
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;

    manifest->path = g_strdup(path);
    manifest->entries = g_ptr_array_new_with_free_func(entry_free);
    if (!g_file_get_contents(path, &text, NULL, &failure)) {
        if (g_error_matches(failure, G_FILE_ERROR, G_FILE_ERROR_NOENT))
            return manifest;
        g_propagate_error(error, g_steal_pointer(&failure));
        manifest_free(manifest);
        return NULL;
    }
    lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++)
        take_line(manifest, *line);
    return manifest;
}

void manifest_free(struct manifest *manifest)
{
    if (!manifest)
        return;
    g_ptr_array_unref(manifest->entries);
    g_free(manifest->path);
    g_free(manifest);
}

gboolean manifest_save(const struct manifest *manifest, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);

    if (!manifest->entries->len) {
        g_unlink(manifest->path);
        return TRUE;
    }
    for (guint i = 0; i < manifest->entries->len; i++) {
        const struct manifest_entry *entry = g_ptr_array_index(manifest->entries, i);

        g_string_append_printf(text, "%s %s\n", entry->sum, entry->path);
    }
    return g_file_set_contents_full(manifest->path, text->str, (gssize)text->len,
                                    G_FILE_SET_CONTENTS_CONSISTENT, 0644, error);
}

static struct manifest_entry *find(const struct manifest *manifest, const char *path)
{
    for (guint i = 0; i < manifest->entries->len; i++) {
        struct manifest_entry *entry = g_ptr_array_index(manifest->entries, i);

        if (!strcmp(entry->path, path))
            return entry;
    }
    return NULL;
}

const struct manifest_entry *manifest_find(const struct manifest *manifest, const char *path)
{
    return find(manifest, path);
}

void manifest_put(struct manifest *manifest, const char *sum, const char *path)
{
    struct manifest_entry *entry = find(manifest, path);

    if (!entry) {
        entry = g_new0(struct manifest_entry, 1);
        entry->path = g_strdup(path);
        g_ptr_array_add(manifest->entries, entry);
    }
    g_free(entry->sum);
    entry->sum = g_strdup(sum);
}

void manifest_remove(struct manifest *manifest, const char *path)
{
    struct manifest_entry *entry = find(manifest, path);

    if (entry)
        g_ptr_array_remove(manifest->entries, entry);
}

gboolean manifest_is_folder(const struct manifest_entry *entry)
{
    return !strcmp(entry->sum, MANIFEST_FOLDER);
}
