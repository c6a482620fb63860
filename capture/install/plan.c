/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan.h"

#include "file_sum.h"
#include "own.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

static void say(const struct plan *plan, const char *what, const char *path, const char *done,
                const char *would)
{
    printf("  %-8s %s: %s\n", what, path, plan->is_dry ? would : done);
}

static gboolean fail(GError **error, const char *verb, const char *path)
{
    int number = errno;

    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(number), "cannot %s %s: %s", verb,
                path, g_strerror(number));
    return FALSE;
}

gboolean plan_make_folders(struct plan *plan, const char *folder, GError **error)
{
    g_autofree char *parent = g_path_get_dirname(folder);

    if (g_file_test(folder, G_FILE_TEST_IS_DIR))
        return TRUE;
    if (!plan_make_folders(plan, parent, error))
        return FALSE;
    if (g_mkdir(folder, 0755) != 0)
        return fail(error, "make", folder);
    manifest_put(plan->manifest, MANIFEST_FOLDER, folder);
    return TRUE;
}

static gboolean write_file(struct plan *plan, const struct plan_file *file, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(file->target);
    g_autofree char *bytes = NULL;
    g_autofree char *sum = NULL;
    gsize length;

    if (!g_file_get_contents(file->source, &bytes, &length, error) ||
        !plan_make_folders(plan, folder, error))
        return FALSE;
    /* Renamed into place: a Wireshark that runs keeps the file that it has. */
    if (!g_file_set_contents_full(file->target, bytes, (gssize)length,
                                  G_FILE_SET_CONTENTS_CONSISTENT, file->mode, error))
        return FALSE;
    if (g_chmod(file->target, file->mode) != 0)
        return fail(error, "set the permissions of", file->target);
    sum = file_sum(file->target);
    if (!sum)
        return fail(error, "read", file->target);
    manifest_put(plan->manifest, sum, file->target);
    return TRUE;
}

static gboolean was_changed(const struct plan *plan, const char *path)
{
    const struct manifest_entry *entry = manifest_find(plan->manifest, path);
    g_autofree char *sum = file_sum(path);

    return sum && (!entry || strcmp(sum, entry->sum) != 0);
}

/** Wireshark writes it anew whenever it ends, with the places of its windows. */
static gboolean is_wiresharks(const char *path)
{
    g_autofree char *name = g_path_get_basename(path);

    return !strcmp(name, "recent");
}

static void say_kept(const struct plan *plan, const struct plan_file *file)
{
    if (is_wiresharks(file->target))
        say(plan, file->what, file->target, "kept, Wireshark has written it anew",
            "would be kept, Wireshark has written it anew");
    else
        say(plan, file->what, file->target, "kept, you have changed it", "would be kept, changed");
}

gboolean plan_put(struct plan *plan, const struct plan_file *file, GError **error)
{
    gboolean exists = g_file_test(file->target, G_FILE_TEST_EXISTS);

    if (exists && same_contents(file->source, file->target)) {
        say(plan, file->what, file->target, "is there already", "is there already");
        return TRUE;
    }
    if (file->is_users && was_changed(plan, file->target)) {
        say_kept(plan, file);
        return TRUE;
    }
    if (!plan->is_dry && !write_file(plan, file, error))
        return FALSE;
    say(plan, file->what, file->target, exists ? "replaced" : "written",
        exists ? "would be replaced" : "would be written");
    return TRUE;
}

/** The program's own files and Wireshark's are removed as they are; a user's only as they were
 *  written. */
static gboolean is_kept(const struct plan *plan, const char *path)
{
    g_autofree char *name = g_path_get_basename(path);

    return strcmp(name, OWN_PLUGIN_FILE) != 0 && strcmp(name, OWN_HELPER_FILE) != 0 &&
           !is_wiresharks(path) && was_changed(plan, path);
}

static gboolean remove_file(struct plan *plan, const char *path, GError **error)
{
    if (is_kept(plan, path)) {
        say(plan, "file", path, "kept, you have changed it", "would be kept, changed");
    } else if (!plan->is_dry && g_unlink(path) != 0 && errno != ENOENT) {
        return fail(error, "remove", path);
    } else {
        say(plan, "file", path, "removed", "would be removed");
    }
    if (!plan->is_dry)
        manifest_remove(plan->manifest, path);
    return TRUE;
}

/** The folder with the manifest was noted first and goes last, when all else has been removed. */
static void make_room(const struct plan *plan, const char *path)
{
    g_autofree char *folder = g_path_get_dirname(plan->manifest->path);

    if (!strcmp(folder, path))
        g_unlink(plan->manifest->path);
}

/** A folder that others use by now stays. */
static gboolean remove_folder(struct plan *plan, const char *path, GError **error)
{
    if (plan->is_dry) {
        say(plan, "folder", path, "", "would be removed if nothing else is in it");
        return TRUE;
    }
    make_room(plan, path);
    if (g_rmdir(path) == 0)
        say(plan, "folder", path, "removed", "");
    else if (errno == ENOTEMPTY || errno == EEXIST)
        say(plan, "folder", path, "kept, something else is in it", "");
    else if (errno != ENOENT)
        return fail(error, "remove", path);
    manifest_remove(plan->manifest, path);
    return TRUE;
}

gboolean plan_remove_all(struct plan *plan, GError **error)
{
    for (guint i = plan->manifest->entries->len; i > 0; i--) {
        const struct manifest_entry *entry = g_ptr_array_index(plan->manifest->entries, i - 1);
        g_autofree char *path = g_strdup(entry->path);

        if (!(manifest_is_folder(entry) ? remove_folder(plan, path, error)
                                        : remove_file(plan, path, error)))
            return FALSE;
    }
    return TRUE;
}
