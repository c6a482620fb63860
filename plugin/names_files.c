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
 *     the table of names_table.c
 *
 * Of a folder's files the one that is later in alphabetical order comes first.
 */
#include "names.h"

#include <string.h>
#include <user_files.h>
#include <wsutil/filesystem.h>
#include <wsutil/report_message.h>

#define FOLDER "ipcshark"

/* More than these are not told at once. */
#define MAX_TOLD 8

static const char *preferred_folder = "";
static const char *preferred_firmware = "";

static struct user_files *files;
static const struct ipcshark_names *names;
static GPtrArray *errors;   /* char *: what was wrong, */
static GPtrArray *notes;    /* and what is to be said of files that are good. */
static char *known_stamp;   /* Of the files that were read. */
static const void *told_at; /* The capture's first record. */

const struct ipcshark_names *names_of_files(void)
{
    return names;
}

/* Most replies of newer consoles have one of few: by their low bits, as they are hashes. */
static struct {
    uint32_t id;
    const char *name;
} ids_asked_for[64];

const char *names_interface_by_id(uint32_t interface_id)
{
    size_t n = interface_id % array_length(ids_asked_for);

    if (ids_asked_for[n].id != interface_id) {
        ids_asked_for[n].id = interface_id;
        ids_asked_for[n].name = user_files_interface_by_id(files, interface_id);
    }
    return ids_asked_for[n].name;
}

static const char *text_of(const GPtrArray *texts, unsigned int n)
{
    return texts && n < texts->len ? (const char *)g_ptr_array_index(texts, n) : NULL;
}

const char *names_error(unsigned int n)
{
    return text_of(errors, n);
}

const char *names_note(unsigned int n)
{
    return text_of(notes, n);
}

void names_see_record(const void *record)
{
    if (!told_at)
        told_at = record;
}

bool names_told_at(const void *record)
{
    return record == told_at;
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

/* A version, and nothing else; "" is none. */
static bool is_firmware(const char *text)
{
    return !*text || g_regex_match_simple("^\\d{1,2}(\\.\\d{1,2}){0,2}$", text,
                                          (GRegexCompileFlags)0, (GRegexMatchFlags)0);
}

/* ---- Finding files ---- */

static void find_in_wireshark(GPtrArray *paths, gboolean of_profile)
{
    char *folder = get_persconffile_path(FOLDER, of_profile);

    user_files_find_optional(paths, folder);
    g_free(folder);
}

/* Without a profile both of Wireshark's folders are one. The last of equal paths stays. */
static void drop_repeated(GPtrArray *paths)
{
    GHashTable *seen = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint n = paths->len; n-- > 0;) {
        if (g_hash_table_contains(seen, paths->pdata[n]))
            g_ptr_array_remove_index(paths, n);
        else
            g_hash_table_add(seen, paths->pdata[n]);
    }
    g_hash_table_unref(seen);
}

static GPtrArray *find_files(void)
{
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);

    user_files_find_usual(paths);
    find_in_wireshark(paths, FALSE);
    find_in_wireshark(paths, TRUE);
    if (*preferred_folder)
        user_files_find(paths, preferred_folder);
    drop_repeated(paths);
    return paths;
}

/* ---- Reading them ---- */

/* Wireshark shows a text at a time in a window of its own, so it is one. */
static void tell_errors(void)
{
    GString *text = g_string_new(NULL);

    for (guint n = 0; n < errors->len && n < MAX_TOLD; n++)
        g_string_append_printf(text, "%s%s", n ? "\n" : "", text_of(errors, n));
    if (errors->len > MAX_TOLD)
        g_string_append_printf(text, "\nand %u more", errors->len - MAX_TOLD);
    if (errors->len)
        report_failure("%s", text->str);
    g_string_free(text, TRUE);
}

static void forget(void)
{
    names = NULL;
    user_files_free(files);
    g_clear_pointer(&errors, g_ptr_array_unref);
    g_clear_pointer(&notes, g_ptr_array_unref);
}

static void read_all(const GPtrArray *paths, const char *table)
{
    forget();
    files = user_files_new();
    errors = g_ptr_array_new_with_free_func(g_free);
    notes = g_ptr_array_new_with_free_func(g_free);
    user_files_read_all(files, paths, errors);
    if (*table)
        user_files_read_text(files, "ipctap_commands.tsv", table, errors);
    user_files_add_notes(files, notes);
    names = user_files_names(files);
    if (!is_firmware(preferred_firmware))
        g_ptr_array_add(errors, g_strdup_printf("The preference ipctap.firmware is no version such "
                                                "as 17.0.1: \"%s\"",
                                                preferred_firmware));
    tell_errors();
}

/* A capture is full of few services: by their pointers. */
static struct {
    const char *service;
    const char *interface_name;
} asked_for[256];

const char *names_service_interface(const char *service)
{
    size_t n = plugin_mix((uintptr_t)service, 0) >> 56;

    if (asked_for[n].service != service) {
        asked_for[n].service = service;
        asked_for[n].interface_name = ipcshark_names_service_interface(names, service);
    }
    return asked_for[n].interface_name;
}

/* Before a capture is dissected: nothing points into the old files any more. */
static void refresh(void)
{
    GPtrArray *paths = find_files();
    char *files_stamp = user_files_stamp(paths);
    char *table = names_table_text();
    char *stamp = g_strconcat(files_stamp, preferred_firmware, "\n", table, NULL);

    told_at = NULL;
    memset(asked_for, 0, sizeof asked_for);
    memset(ids_asked_for, 0, sizeof ids_asked_for);
    if (g_strcmp0(stamp, known_stamp) != 0)
        read_all(paths, table);
    g_free(files_stamp);
    g_free(table);
    g_free(known_stamp);
    known_stamp = stamp;
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
    names_table_register(preferences);
    register_init_routine(refresh);
}
