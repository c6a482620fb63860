/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "user_files.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <ipcshark/names.h>
#include <string.h>

/** One file; its names and their texts lie in `memory`. */
struct file {
    struct ipcshark_names names;
    uint8_t *memory;
};

struct user_files {
    GPtrArray *file;       /* struct file *, in the order of reading. */
    GHashTable *interface; /* Interface id -> name, of all files. */
};

static void file_free(gpointer data)
{
    struct file *file = data;

    g_free(file->memory);
    g_free(file);
}

struct user_files *user_files_new(void)
{
    struct user_files *files = g_new0(struct user_files, 1);

    files->file = g_ptr_array_new_with_free_func(file_free);
    files->interface = g_hash_table_new(NULL, NULL);
    return files;
}

void user_files_free(struct user_files *files)
{
    if (!files)
        return;
    g_hash_table_destroy(files->interface);
    g_ptr_array_free(files->file, TRUE);
    g_free(files);
}

static bool fail(GPtrArray *errors, char *text)
{
    if (errors)
        g_ptr_array_add(errors, text);
    else
        g_free(text);
    return false;
}

uint32_t user_files_interface_id(const char *interface_name)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    guint8 digest[32];
    gsize size = sizeof digest;

    g_checksum_update(checksum, (const guchar *)interface_name, -1);
    g_checksum_get_digest(checksum, digest, &size);
    return (uint32_t)digest[0] | (uint32_t)digest[1] << 8 | (uint32_t)digest[2] << 16 |
           (uint32_t)digest[3] << 24;
}

static void index_interfaces(struct user_files *files,
                             const struct ipcshark_description *description)
{
    for (uint32_t i = 0; i < description->interface_count; i++) {
        const struct ipcshark_interface *interface = &description->interface[i];

        if (interface->convention == IPCSHARK_CONVENTION_CMIF)
            g_hash_table_insert(files->interface,
                                GUINT_TO_POINTER(user_files_interface_id(interface->name)),
                                (gpointer)interface->name);
    }
}

static void link_file(struct user_files *files, struct file *file)
{
    file->names.next = user_files_names(files);
    g_ptr_array_add(files->file, file);
    index_interfaces(files, &file->names.description);
}

static bool parse(struct user_files *files, const char *path, const char *text, gsize length,
                  GPtrArray *errors)
{
    struct file *file = g_new0(struct file, 1);
    struct ipcshark_arena arena = {NULL, ipcshark_names_memory(length), 0};
    struct ipcshark_id_error error;

    arena.bytes = file->memory = g_try_malloc(arena.size);
    if (!arena.bytes) {
        file_free(file);
        return fail(errors, g_strdup_printf("%s: there is not enough memory for it", path));
    }
    if (!ipcshark_names_read(path, text, length, &arena, &file->names.description, &error)) {
        file_free(file);
        return fail(errors, g_strdup(error.text));
    }
    link_file(files, file);
    return true;
}

static bool read_file(struct user_files *files, const char *path, GPtrArray *errors)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    GStatBuf status;
    gsize length;

    if (g_stat(path, &status))
        return fail(errors, g_strdup_printf("%s: %s", path, g_strerror(errno)));
    /* Not a pipe that never ends, and nothing that fills the memory. */
    if (!S_ISREG(status.st_mode) || status.st_size > (goffset)IPCSHARK_ID_MAX_FILE)
        return fail(errors, g_strdup_printf("%s: this is no file of up to %u bytes", path,
                                            IPCSHARK_ID_MAX_FILE));
    if (!g_file_get_contents(path, &text, &length, &error))
        return fail(errors, g_strdup(error->message));
    return parse(files, path, text, length, errors);
}

static bool is_ours(const char *name)
{
    return g_str_has_suffix(name, ".id") || g_str_has_suffix(name, ".tsv") ||
           g_str_has_suffix(name, ".json");
}

static gint compare_paths(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool read_folder(struct user_files *files, const char *path, GPtrArray *errors)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) folder = g_dir_open(path, 0, &error);
    const char *name;
    bool good = true;

    if (!folder)
        return fail(errors, g_strdup(error->message));
    while ((name = g_dir_read_name(folder)) != NULL) {
        if (is_ours(name))
            g_ptr_array_add(paths, g_build_filename(path, name, NULL));
    }
    g_ptr_array_sort(paths, compare_paths);
    for (guint n = 0; n < paths->len; n++)
        good &= read_file(files, g_ptr_array_index(paths, n), errors);
    return good;
}

bool user_files_read(struct user_files *files, const char *path, GPtrArray *errors)
{
    return g_file_test(path, G_FILE_TEST_IS_DIR) ? read_folder(files, path, errors)
                                                 : read_file(files, path, errors);
}

bool user_files_read_usual(struct user_files *files, GPtrArray *errors)
{
    g_autofree char *own = g_build_filename(g_get_user_config_dir(), "ipcshark", "names", NULL);
    const char *variable = g_getenv(USER_FILES_VARIABLE);
    g_auto(GStrv) paths = g_strsplit(variable ? variable : "", G_SEARCHPATH_SEPARATOR_S, -1);
    bool good = true;

    if (g_file_test(own, G_FILE_TEST_IS_DIR))
        good &= read_folder(files, own, errors);
    for (guint n = 0; paths[n]; n++) {
        if (*paths[n])
            good &= user_files_read(files, paths[n], errors);
    }
    return good;
}

const struct ipcshark_names *user_files_names(const struct user_files *files)
{
    const struct file *last;

    if (!files || !files->file->len)
        return NULL;
    last = g_ptr_array_index(files->file, files->file->len - 1);
    return &last->names;
}

const char *user_files_interface_by_id(const struct user_files *files, uint32_t interface_id)
{
    const char *known = horizon_interface_by_id(interface_id);

    if (known || !files)
        return known;
    return g_hash_table_lookup(files->interface, GUINT_TO_POINTER(interface_id));
}
