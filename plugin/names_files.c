/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file names_files.c
 * The user's files with names and descriptions (.id, .tsv, .json; docs/names.md). Folders, each of
 * which comes before those above it:
 *
 *     ~/.config/ipcshark/names        as the program ipcshark reads it
 *     IPCSHARK_NAMES                  the same, files or folders separated by colons
 *     ipcshark in Wireshark's personal configuration folder
 *     ipcshark in the profile's folder
 *     the preference ipctap.names
 *
 * Of a folder's files the one that is later in alphabetical order comes first.
 */
#include "names.h"

#include <glib/gstdio.h>
#include <ipcshark/names.h>
#include <string.h>
#include <wsutil/filesystem.h>
#include <wsutil/report_message.h>

#define FOLDER "ipcshark"

static const char *preferred_folder = "";
static const char *preferred_firmware = "";

/* One file that was read. */
struct names_file {
    struct ipcshark_names names; /* First: the list is one of these. */
    void *memory;
};

static GPtrArray *files;  /* struct names_file *, the last one is asked first. */
static GPtrArray *errors; /* char * */
static char *known_state; /* Paths, sizes and times of the files that were read. */

const struct ipcshark_names *names_of_files(void)
{
    if (!files || !files->len)
        return NULL;
    return &((const struct names_file *)g_ptr_array_index(files, files->len - 1))->names;
}

const char *names_error(unsigned int n)
{
    return errors && n < errors->len ? (const char *)g_ptr_array_index(errors, n) : NULL;
}

/* ---- Firmware ---- */

uint32_t names_parse_firmware(const char *text)
{
    uint32_t part[3] = {0, 0, 0};

    for (int n = 0; n < 3 && g_ascii_isdigit(*text); n++) {
        while (g_ascii_isdigit(*text))
            part[n] = (part[n] * 10 + (uint32_t)(*text++ - '0')) & 0xFF;
        if (*text == '.')
            text++;
    }
    return HORIZON_VERSION(part[0], part[1], part[2]);
}

uint32_t names_preferred_firmware(void)
{
    return names_parse_firmware(preferred_firmware);
}

/* ---- Finding files ---- */

static gint compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool has_names(const char *name)
{
    return g_str_has_suffix(name, ".id") || g_str_has_suffix(name, ".tsv") ||
           g_str_has_suffix(name, ".json");
}

static void find_in_folder(const char *folder, GPtrArray *paths)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    GPtrArray *found;
    const char *name;

    if (!dir)
        return;
    found = g_ptr_array_new();
    while ((name = g_dir_read_name(dir)) != NULL) {
        if (has_names(name))
            g_ptr_array_add(found, g_build_filename(folder, name, NULL));
    }
    g_dir_close(dir);
    g_ptr_array_sort(found, compare_names);
    for (guint n = 0; n < found->len; n++)
        g_ptr_array_add(paths, g_ptr_array_index(found, n));
    g_ptr_array_free(found, TRUE);
}

static void find_in(char *place, GPtrArray *paths)
{
    if (g_file_test(place, G_FILE_TEST_IS_REGULAR))
        g_ptr_array_add(paths, g_strdup(place));
    else
        find_in_folder(place, paths);
    g_free(place);
}

static void find_in_environment(GPtrArray *paths)
{
    const char *value = g_getenv("IPCSHARK_NAMES");
    char **places = g_strsplit(value ? value : "", G_SEARCHPATH_SEPARATOR_S, -1);

    for (char **place = places; *place; place++) {
        if (**place)
            find_in(g_strdup(*place), paths);
    }
    g_strfreev(places);
}

static void find_in_preference(GPtrArray *paths)
{
    if (!*preferred_folder)
        return;
    if (g_file_test(preferred_folder, G_FILE_TEST_IS_DIR))
        find_in_folder(preferred_folder, paths);
    else /* Reading it says what is wrong. */
        g_ptr_array_add(paths, g_strdup(preferred_folder));
}

static GPtrArray *find_files(void)
{
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);

    find_in(g_build_filename(g_get_user_config_dir(), "ipcshark", "names", NULL), paths);
    find_in_environment(paths);
    find_in(get_persconffile_path(FOLDER, FALSE), paths);
    find_in(get_persconffile_path(FOLDER, TRUE), paths);
    find_in_preference(paths);
    return paths;
}

/* Without a profile both of Wireshark's folders are one. */
static bool is_repeated(const GPtrArray *paths, guint number)
{
    for (guint n = 0; n < number; n++) {
        if (strcmp((const char *)paths->pdata[n], (const char *)paths->pdata[number]) == 0)
            return true;
    }
    return false;
}

/* ---- Reading them ---- */

static void tell_error(const char *text)
{
    g_ptr_array_add(errors, g_strdup(text));
    report_failure("%s", text);
}

static void add_file(struct names_file *file)
{
    file->names.next = names_of_files();
    g_ptr_array_add(files, file);
}

static void parse_file(const char *path, const char *text, size_t length)
{
    struct names_file *file = g_new0(struct names_file, 1);
    struct ipcshark_arena arena = {.size = ipcshark_names_memory(length)};
    struct ipcshark_id_error error = {.text = ""};

    file->memory = g_malloc(arena.size ? arena.size : 1);
    arena.bytes = (uint8_t *)file->memory;
    if (ipcshark_names_read(path, text, length, &arena, &file->names.description, &error)) {
        add_file(file);
        return;
    }
    tell_error(error.text);
    g_free(file->memory);
    g_free(file);
}

static void read_file(const char *path)
{
    GError *error = NULL;
    gsize length;
    char *text;

    if (g_file_get_contents(path, &text, &length, &error)) {
        parse_file(path, text, length);
        g_free(text);
    } else {
        tell_error(error->message);
        g_error_free(error);
    }
}

static void free_file(void *pointer)
{
    struct names_file *file = (struct names_file *)pointer;

    g_free(file->memory);
    g_free(file);
}

static char *state_of(const GPtrArray *paths)
{
    GString *state = g_string_new(NULL);
    GStatBuf status;

    for (guint n = 0; n < paths->len; n++) {
        const char *path = (const char *)g_ptr_array_index(paths, n);

        memset(&status, 0, sizeof status);
        (void)g_stat(path, &status);
        g_string_append_printf(state, "%s %" PRId64 " %" PRId64 "\n", path, (int64_t)status.st_size,
                               (int64_t)status.st_mtime);
    }
    return g_string_free(state, FALSE);
}

static void read_all(const GPtrArray *paths)
{
    g_clear_pointer(&files, g_ptr_array_unref);
    g_clear_pointer(&errors, g_ptr_array_unref);
    files = g_ptr_array_new_with_free_func(free_file);
    errors = g_ptr_array_new_with_free_func(g_free);
    for (guint n = 0; n < paths->len; n++) {
        if (!is_repeated(paths, n))
            read_file((const char *)g_ptr_array_index(paths, n));
    }
}

/* Before a capture is dissected: nothing points into the old files any more. */
static void refresh(void)
{
    GPtrArray *paths = find_files();
    char *state = state_of(paths);

    if (g_strcmp0(state, known_state) != 0)
        read_all(paths);
    g_free(known_state);
    known_state = state;
    g_ptr_array_unref(paths);
}

void names_register(module_t *preferences)
{
    prefs_register_directory_preference(
        preferences, "names", "Folder with names",
        "Files with names and descriptions of commands: .id, .tsv, .json (docs/names.md)",
        &preferred_folder);
    prefs_register_string_preference(
        preferences, "firmware", "Firmware version",
        "Names are those of this version of the Switch's firmware, \"17.0.1\"; empty: of the one "
        "that the capture names, else the newest",
        &preferred_firmware);
    register_init_routine(refresh);
}
