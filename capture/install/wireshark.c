/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wireshark.h"

#include <gio/gio.h>
#include <string.h>

const char *scope_name(enum scope scope)
{
    return scope == SCOPE_USER ? "user" : "system";
}

gboolean wireshark_ask(const char *program, const char *const *arguments, char **output,
                       char **errors)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    GSpawnFlags flags = errors ? G_SPAWN_SEARCH_PATH
                               : G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL;
    int status = 0;

    g_ptr_array_add(words, (char *)program);
    for (; *arguments; arguments++)
        g_ptr_array_add(words, (char *)*arguments);
    g_ptr_array_add(words, NULL);
    return g_spawn_sync(NULL, (char **)words->pdata, NULL, flags, NULL, NULL, output, errors,
                        &status, NULL) &&
           g_spawn_check_wait_status(status, NULL);
}

static char *first_version_in(const char *text)
{
    g_autoptr(GRegex) regex = g_regex_new("[0-9]+\\.[0-9]+\\.[0-9]+", 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;

    return g_regex_match(regex, text, 0, &match) ? g_match_info_fetch(match, 0) : NULL;
}

static const char *const version_arguments[] = {"--version", NULL};

/** "TShark (Wireshark) 4.0.17 (Git v4.0.17 packaged as 4.0.17-0+deb12u1)." */
static char *version_of_output(char *output)
{
    output[strcspn(output, "\n")] = '\0';
    return first_version_in(output);
}

char *wireshark_version(const char *program)
{
    g_autofree char *output = NULL;

    return wireshark_ask(program, version_arguments, &output, NULL) ? version_of_output(output)
                                                                    : NULL;
}

/** "Personal Plugins:\t/home/…": what stands behind a title; NULL if it is not listed. */
static char *folder(char **lines, const char *title)
{
    for (; *lines; lines++) {
        if (g_str_has_prefix(*lines, title) && (*lines)[strlen(title)] == ':')
            return g_strstrip(g_strdup(*lines + strlen(title) + 1));
    }
    return NULL;
}

/**
 * 4.0 lists one extcap folder, the global one; a user's is below the configuration folder. Later
 * versions list both.
 */
static void find_extcap(struct wireshark *wireshark, char **lines)
{
    struct wireshark_folders *folders = wireshark->folders;

    folders[SCOPE_USER].extcap = folder(lines, "Personal Extcap path");
    folders[SCOPE_SYSTEM].extcap = folder(lines, "Global Extcap path");
    if (!folders[SCOPE_SYSTEM].extcap)
        folders[SCOPE_SYSTEM].extcap = folder(lines, "Extcap path");
    if (!folders[SCOPE_USER].extcap && folders[SCOPE_USER].configuration)
        folders[SCOPE_USER].extcap =
            g_build_filename(folders[SCOPE_USER].configuration, "extcap", NULL);
}

static gboolean find_folders(struct wireshark *wireshark, GError **error)
{
    static const char *const arguments[] = {"-G", "folders", NULL};
    struct wireshark_folders *folders = wireshark->folders;
    g_autofree char *output = NULL;
    g_auto(GStrv) lines = NULL;

    if (!wireshark_ask(wireshark->program, arguments, &output, NULL)) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "`%s -G folders` fails",
                    wireshark->program);
        return FALSE;
    }
    lines = g_strsplit(output, "\n", -1);
    folders[SCOPE_USER].configuration = folder(lines, "Personal configuration");
    folders[SCOPE_SYSTEM].configuration = folder(lines, "Global configuration");
    folders[SCOPE_USER].plugins = folder(lines, "Personal Plugins");
    folders[SCOPE_SYSTEM].plugins = folder(lines, "Global Plugins");
    find_extcap(wireshark, lines);
    for (int scope = 0; scope < SCOPES; scope++) {
        if (folders[scope].configuration && folders[scope].plugins && folders[scope].extcap)
            continue;
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                    "`%s -G folders` does not name the %s's folders", wireshark->program,
                    scope_name((enum scope)scope));
        return FALSE;
    }
    return TRUE;
}

static char *find_program(const char *wanted)
{
    static const char *const names[] = {"tshark", "wireshark"};
    char *path = wanted ? g_find_program_in_path(wanted) : NULL;

    for (gsize i = 0; !wanted && !path && i < G_N_ELEMENTS(names); i++)
        path = g_find_program_in_path(names[i]);
    return path;
}

/** The first line that is more than a remark about root. */
static char *complaint(const char *errors)
{
    g_auto(GStrv) lines = g_strsplit(errors ? errors : "", "\n", -1);

    for (char **line = lines; *line; line++) {
        if (*g_strstrip(*line) && !g_str_has_prefix(*line, "Running as user"))
            return g_strdup(*line);
    }
    return g_strdup("it says nothing");
}

static gboolean find_version(struct wireshark *wireshark, GError **error)
{
    g_autofree char *output = NULL;
    g_autofree char *errors = NULL;
    g_autofree char *said = NULL;
    g_auto(GStrv) parts = NULL;

    if (wireshark_ask(wireshark->program, version_arguments, &output, &errors))
        wireshark->version = version_of_output(output);
    if (!wireshark->version) {
        said = complaint(errors);
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "`%s --version` tells no version: %s",
                    wireshark->program, said);
        return FALSE;
    }
    parts = g_strsplit(wireshark->version, ".", 3);
    wireshark->minor = g_strdup_printf("%s.%s", parts[0], parts[1]);
    return TRUE;
}

struct wireshark *wireshark_find(const char *program, GError **error)
{
    struct wireshark *wireshark = g_new0(struct wireshark, 1);

    wireshark->program = find_program(program);
    if (!wireshark->program)
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT, "there is no %s",
                    program ? program : "tshark or wireshark in PATH");
    if (wireshark->program && find_version(wireshark, error) && find_folders(wireshark, error))
        return wireshark;
    wireshark_free(wireshark);
    return NULL;
}

void wireshark_free(struct wireshark *wireshark)
{
    if (!wireshark)
        return;
    for (int scope = 0; scope < SCOPES; scope++) {
        g_free(wireshark->folders[scope].plugins);
        g_free(wireshark->folders[scope].extcap);
        g_free(wireshark->folders[scope].configuration);
    }
    g_free(wireshark->program);
    g_free(wireshark->version);
    g_free(wireshark->minor);
    g_free(wireshark);
}
