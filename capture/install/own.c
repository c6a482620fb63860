/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "own.h"

#include "own_program.h"

#include <gio/gio.h>
#include <string.h>

/** A path as seen from the program's folder, without dots. */
static char *beside_program(const char *way)
{
    g_autofree char *program = ipcshark_own_program();
    g_autofree char *folder = program ? g_path_get_dirname(program) : NULL;

    return folder ? g_canonicalize_filename(way, folder) : NULL;
}

static const char *const ways_to_plugins[] = {IPCSHARK_TO_PLUGINS, IPCSHARK_TO_INSTALLED_PLUGINS};
static const char *const ways_to_profile[] = {"../share/ipcshark/profile",
                                              IPCSHARK_TO_INSTALLED_PROFILE};

static char *plugin_below(const char *way, const char *minor)
{
    g_autofree char *folder = beside_program(way);
    g_autofree char *path = folder ? g_build_filename(folder, minor, "epan", OWN_PLUGIN_FILE, NULL)
                                   : NULL;

    if (!path || !g_file_test(path, G_FILE_TEST_IS_REGULAR))
        return NULL;
    return g_steal_pointer(&path);
}

char *own_plugin(const char *minor)
{
    char *path = NULL;

    for (gsize i = 0; !path && i < G_N_ELEMENTS(ways_to_plugins); i++)
        path = plugin_below(ways_to_plugins[i], minor);
    return path;
}

static void add_versions(GString *versions, const char *way)
{
    g_autofree char *folder = beside_program(way);
    g_autoptr(GDir) directory = folder ? g_dir_open(folder, 0, NULL) : NULL;
    const char *name;

    while (directory && (name = g_dir_read_name(directory))) {
        g_autofree char *plugin = plugin_below(way, name);

        if (plugin)
            g_string_append_printf(versions, "%s%s", versions->len ? ", " : "", name);
    }
}

char *own_plugin_versions(void)
{
    GString *versions = g_string_new(NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(ways_to_plugins); i++)
        add_versions(versions, ways_to_plugins[i]);
    if (!versions->len)
        g_string_append(versions, "none");
    return g_string_free(versions, FALSE);
}

char *own_profile(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(ways_to_profile); i++) {
        g_autofree char *folder = beside_program(ways_to_profile[i]);

        if (folder && g_file_test(folder, G_FILE_TEST_IS_DIR))
            return g_steal_pointer(&folder);
    }
    return NULL;
}

/** What stands in a file from `text` on, up to a zero or `most` bytes; NULL if it does not. */
static char *text_in_file(const char *path, const char *text, gsize most)
{
    g_autofree char *bytes = NULL;
    const char *found;
    gsize length;

    if (!g_file_get_contents(path, &bytes, &length, NULL))
        return NULL;
    found = memmem(bytes, length, text, strlen(text));
    /* g_file_get_contents() puts a zero behind the last byte. */
    return found ? g_strndup(found, most) : NULL;
}

/** Searched for as text: a plugin names the libraries that it needs in its string table. */
char *library_of_plugin(const char *path)
{
    return text_in_file(path, "libwireshark.so.", 32);
}

gboolean is_a_plugin_of_ours(const char *path)
{
    g_autofree char *name = text_in_file(path, "Console IPC record", 1);
    g_autofree char *library = library_of_plugin(path);

    return name && library;
}

gboolean same_contents(const char *path, const char *other)
{
    g_autofree char *bytes = NULL;
    g_autofree char *other_bytes = NULL;
    gsize length;
    gsize other_length;

    return g_file_get_contents(path, &bytes, &length, NULL) &&
           g_file_get_contents(other, &other_bytes, &other_length, NULL) &&
           length == other_length && !memcmp(bytes, other_bytes, length);
}
