/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file horizon_files.c
 * Descriptions of commands that the user has: every `.id` file of the folder that the preference
 * cmif.descriptions names. They come before the built-in ones, of two files the one that is later in
 * alphabetical order.
 */
#include "horizon.h"

#include <epan/prefs.h>
#include <string.h>
#include <wsutil/report_message.h>

/* ipcshark_read_id() asks for so much. */
#define ARENA_FACTOR 64
#define ARENA_EXTRA  1024

struct file {
    struct file *next;
    struct ipcshark_description description;
};

static const char *folder = "";
static struct file *files; /* The last one first. */

/* What a capture's requests point into stays until Wireshark ends. */
static void read_file(const char *path)
{
    struct file *file = wmem_new0(wmem_epan_scope(), struct file);
    struct ipcshark_id_error error;
    struct ipcshark_arena arena = {NULL, 0, 0};
    char *text;
    gsize length;

    if (!g_file_get_contents(path, &text, &length, NULL)) {
        report_failure("%s cannot be read", path);
        return;
    }
    if (length <= IPCSHARK_ID_MAX_FILE) {
        arena.size = ARENA_FACTOR * length + ARENA_EXTRA;
        arena.bytes = (uint8_t *)wmem_alloc(wmem_epan_scope(), arena.size);
    }
    if (ipcshark_read_id(path, text, length, &arena, &file->description, &error)) {
        file->next = files;
        files = file;
    } else {
        report_failure("%s", error.text);
    }
    g_free(text);
}

static void read_names(GDir *dir, GPtrArray *names)
{
    const char *name;

    while ((name = g_dir_read_name(dir)) != NULL) {
        if (g_str_has_suffix(name, ".id"))
            g_ptr_array_add(names, g_build_filename(folder, name, NULL));
    }
}

static gint compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void read_folder(void)
{
    GDir *dir = *folder ? g_dir_open(folder, 0, NULL) : NULL;
    GPtrArray *names;

    files = NULL;
    if (!dir) {
        if (*folder)
            report_failure("The folder of descriptions, %s, cannot be read", folder);
        return;
    }
    names = g_ptr_array_new_with_free_func(g_free);
    read_names(dir, names);
    g_dir_close(dir);
    g_ptr_array_sort(names, compare_names);
    for (guint n = 0; n < names->len; n++)
        read_file((const char *)g_ptr_array_index(names, n));
    g_ptr_array_free(names, TRUE);
}

const struct ipcshark_command *horizon_files_command(enum ipcshark_convention convention,
                                                     const char *name, uint32_t id,
                                                     uint32_t firmware)
{
    const struct ipcshark_command *found = NULL;

    for (const struct file *file = files; file && !found; file = file->next)
        found = ipcshark_find_command(&file->description, convention, name, id, firmware);
    return found;
}

void horizon_files_register(int proto_cmif)
{
    module_t *module = prefs_register_protocol(proto_cmif, read_folder);

    prefs_register_directory_preference(module, "descriptions", "Descriptions of commands",
                                        "A folder with .id files: what commands take and give",
                                        &folder);
}
