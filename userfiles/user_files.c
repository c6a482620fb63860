/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "user_files.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <ipcshark/names.h>
#include <string.h>

/** One file; its names and their texts lie in `memory`. */
struct file {
    struct ipcshark_names names;
    uint8_t *memory;
    char *path;
    char *note; /**< What ipcshark_names_read() had to say of a good file, or NULL. */
};

struct user_files {
    GPtrArray *file;       /* struct file *, in the order of reading. */
    GPtrArray *retired;    /* Memory of files that were read again: types of others point there. */
    GHashTable *interface; /* Interface id -> name, of all files. */
};

static void file_free(gpointer data)
{
    struct file *file = data;

    g_free(file->memory);
    g_free(file->path);
    g_free(file->note);
    g_free(file);
}

struct user_files *user_files_new(void)
{
    struct user_files *files = g_new0(struct user_files, 1);

    files->file = g_ptr_array_new_with_free_func(file_free);
    files->retired = g_ptr_array_new_with_free_func(g_free);
    files->interface = g_hash_table_new(NULL, NULL);
    return files;
}

void user_files_free(struct user_files *files)
{
    if (!files)
        return;
    g_hash_table_destroy(files->interface);
    g_ptr_array_free(files->file, TRUE);
    g_ptr_array_free(files->retired, TRUE);
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

/* ---- Finding ---- */

static bool is_ours(const char *name)
{
    return g_str_has_suffix(name, ".id") || g_str_has_suffix(name, ".tsv") ||
           g_str_has_suffix(name, ".json");
}

static gint compare_paths(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/** Paths of the folder's files, sorted. NULL: it cannot be opened. */
static GPtrArray *list_folder(const char *path, GError **error)
{
    g_autoptr(GDir) folder = g_dir_open(path, 0, error);
    GPtrArray *paths;
    const char *name;

    if (!folder)
        return NULL;
    paths = g_ptr_array_new_with_free_func(g_free);
    while ((name = g_dir_read_name(folder)) != NULL) {
        if (is_ours(name))
            g_ptr_array_add(paths, g_build_filename(path, name, NULL));
    }
    g_ptr_array_sort(paths, compare_paths);
    return paths;
}

void user_files_find(GPtrArray *paths, const char *place)
{
    g_autoptr(GPtrArray) found = g_file_test(place, G_FILE_TEST_IS_DIR) ? list_folder(place, NULL)
                                                                        : NULL;

    /* Reading a place where no files are says what is wrong with it. */
    if (!found || !found->len)
        g_ptr_array_add(paths, g_strdup(place));
    for (guint n = 0; found && n < found->len; n++)
        g_ptr_array_add(paths, g_strdup(g_ptr_array_index(found, n)));
}

void user_files_find_optional(GPtrArray *paths, const char *folder)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) found = list_folder(folder, &error);

    if ((found && found->len) ||
        (error && !g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT)))
        user_files_find(paths, folder);
}

void user_files_find_usual(GPtrArray *paths)
{
    g_autofree char *own = g_build_filename(g_get_user_config_dir(), "ipcshark", "names", NULL);
    const char *variable = g_getenv(USER_FILES_VARIABLE);
    g_auto(GStrv) places = g_strsplit(variable ? variable : "", G_SEARCHPATH_SEPARATOR_S, -1);

    user_files_find_optional(paths, own);
    for (guint n = 0; places[n]; n++) {
        if (*places[n])
            user_files_find(paths, places[n]);
    }
}

char *user_files_stamp(const GPtrArray *paths)
{
    GString *stamp = g_string_new(NULL);

    for (guint n = 0; n < paths->len; n++) {
        const char *path = g_ptr_array_index(paths, n);
        GStatBuf status = {0};

        (void)g_stat(path, &status);
        g_string_append_printf(stamp, "%s %" PRIu64 " %" PRId64 " %" PRId64 ".%09ld\n", path,
                               (uint64_t)status.st_ino, (int64_t)status.st_size,
                               (int64_t)status.st_ctim.tv_sec, (long)status.st_ctim.tv_nsec);
    }
    return g_string_free(stamp, FALSE);
}

/* ---- Reading ---- */

/** Into `file`, which keeps what it had if there is an error. */
static bool parse(struct file *file, const char *text, gsize length,
                  const struct ipcshark_names *known, GPtrArray *errors)
{
    struct ipcshark_arena arena = {NULL, ipcshark_names_memory(length), 0};
    struct ipcshark_description description;
    struct ipcshark_id_error error;

    arena.bytes = g_try_malloc(arena.size);
    if (!arena.bytes)
        return fail(errors, g_strdup_printf("%s: there is not enough memory for it", file->path));
    if (!ipcshark_names_read(file->path, text, length, known, &arena, &description, &error)) {
        g_free(arena.bytes);
        return fail(errors, g_strdup(error.text));
    }
    file->memory = arena.bytes;
    file->names.description = description;
    g_free(file->note);
    file->note = *error.text ? g_strdup(error.text) : NULL;
    return true;
}

/** What is wrong with a folder where a file, or a folder of files, was wanted. */
static char *folder_error(const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) paths = list_folder(path, &error);

    if (!paths)
        return g_strdup(error->message);
    return g_strdup_printf(paths->len ? "%s: this is a folder, no file"
                                      : "%s: this is a folder without .id, .tsv or .json files",
                           path);
}

/** NULL: it can be read. Not a pipe that never ends, and nothing that fills the memory. */
static char *unreadable(const char *path)
{
    GStatBuf status;

    if (g_stat(path, &status))
        return g_strdup_printf("%s: %s", path, g_strerror(errno));
    if (S_ISDIR(status.st_mode))
        return folder_error(path);
    if (!S_ISREG(status.st_mode))
        return g_strdup_printf("%s: this is no file", path);
    if (status.st_size > (goffset)IPCSHARK_ID_MAX_FILE)
        return g_strdup_printf("%s: the file has %" PRId64 " bytes; up to %u are read", path,
                               (int64_t)status.st_size, IPCSHARK_ID_MAX_FILE);
    return NULL;
}

static bool read_into(struct file *file, const struct ipcshark_names *known, GPtrArray *errors)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    char *reason = unreadable(file->path);
    gsize length;

    if (reason)
        return fail(errors, reason);
    if (!g_file_get_contents(file->path, &text, &length, &error))
        return fail(errors, g_strdup(error->message));
    return parse(file, text, length, known, errors);
}

static struct file *file_new(const struct user_files *files, const char *path)
{
    struct file *file = g_new0(struct file, 1);

    file->path = g_strdup(path);
    file->names.next = user_files_names(files);
    return file;
}

/** Takes the file, whether it is good or not. */
static bool add_file(struct user_files *files, struct file *file, bool good)
{
    if (!good) {
        file_free(file);
        return false;
    }
    g_ptr_array_add(files->file, file);
    index_interfaces(files, &file->names.description);
    return true;
}

static bool read_file(struct user_files *files, const char *path, GPtrArray *errors)
{
    struct file *file = file_new(files, path);

    return add_file(files, file, read_into(file, file->names.next, errors));
}

bool user_files_read_text(struct user_files *files, const char *name, const char *text,
                          GPtrArray *errors)
{
    struct file *file = file_new(files, name);

    return add_file(files, file, parse(file, text, strlen(text), file->names.next, errors));
}

/** For types of files that were read later. */
static void read_again(struct user_files *files, struct file *file)
{
    uint8_t *before = file->memory;

    if (!read_into(file, user_files_names(files), NULL))
        return;
    g_ptr_array_add(files->retired, before);
    index_interfaces(files, &file->names.description);
}

bool user_files_read_all(struct user_files *files, const GPtrArray *paths, GPtrArray *errors)
{
    guint first = files->file->len;
    bool good = true;

    for (guint n = 0; n < paths->len; n++)
        good &= read_file(files, g_ptr_array_index(paths, n), errors);
    /* The last one first: what it now knows may be what one before it lacks. */
    for (guint n = files->file->len; n-- > first;) {
        struct file *file = g_ptr_array_index(files->file, n);

        if (file->note)
            read_again(files, file);
    }
    return good;
}

bool user_files_read(struct user_files *files, const char *path, GPtrArray *errors)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);

    user_files_find(paths, path);
    return user_files_read_all(files, paths, errors);
}

bool user_files_read_usual(struct user_files *files, GPtrArray *errors)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);

    user_files_find_usual(paths);
    return user_files_read_all(files, paths, errors);
}

void user_files_add_notes(const struct user_files *files, GPtrArray *notes)
{
    for (guint n = 0; n < files->file->len; n++) {
        const struct file *file = g_ptr_array_index(files->file, n);

        if (file->note)
            g_ptr_array_add(notes, g_strdup(file->note));
    }
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
