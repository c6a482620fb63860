/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checks.h"

#include "own.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char install_command[] = "ipcshark install";

static void G_GNUC_PRINTF(2, 0) print(const char *mark, const char *format, va_list arguments)
{
    printf("%-8s", mark);
    vprintf(format, arguments);
    putchar('\n');
}

void doctor_good(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print("ok", format, arguments);
    va_end(arguments);
}

void doctor_note(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print("note", format, arguments);
    va_end(arguments);
}

void doctor_problem(struct doctor *doctor, const char *mend, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print("PROBLEM", format, arguments);
    va_end(arguments);
    printf("        to mend it: %s\n", mend);
    doctor->problems++;
}

/** uid 0 or gid 0 counts, as in Wireshark's started_with_special_privs(). */
static gboolean is_root(void)
{
    return getuid() == 0 || getgid() == 0;
}

void check_user(struct doctor *doctor G_GNUC_UNUSED)
{
    if (is_root())
        doctor_note("you are root: Wireshark then loads no plugins of a user, and ignores "
                    "WIRESHARK_PLUGIN_DIR and WIRESHARK_EXTCAP_DIR, without saying so");
    else
        doctor_good("not root: a user's plugins are loaded");
}

void check_own_plugin(struct doctor *doctor)
{
    const char *minor = doctor->wireshark->minor;
    g_autofree char *plugin = own_plugin(minor);
    g_autofree char *versions = own_plugin_versions();

    if (plugin)
        doctor_good("this ipcshark (" IPCSHARK_VERSION ") has a plugin for Wireshark %s: %s", minor,
                    plugin);
    else if (doctor->loaded)
        doctor_note("beside this program is no plugin for Wireshark %s; there are: %s", minor,
                    versions);
    else
        doctor_problem(doctor,
                       "build ipcshark with the wireshark-dev package of this Wireshark: ./dev "
                       "build",
                       "beside this program is no plugin for Wireshark %s; there are: %s", minor,
                       versions);
}

/** "ipcshark.so  0.1.0  dissector  /path/ipcshark.so", tabs between. */
static void take_plugin_line(struct doctor *doctor, const char *line)
{
    g_auto(GStrv) parts = g_strsplit(line, "\t", -1);
    guint count = g_strv_length(parts);

    for (guint i = 0; i < count; i++)
        g_strstrip(parts[i]);
    if (count < 4 || strcmp(parts[0], OWN_PLUGIN_FILE) != 0 || doctor->loaded)
        return;
    doctor->loaded_version = g_strdup(parts[1]);
    doctor->loaded = g_strdup(parts[count - 1]);
}

static void ask_for_plugins(struct doctor *doctor)
{
    static const char *const arguments[] = {"-G", "plugins", NULL};
    g_autofree char *output = NULL;
    g_auto(GStrv) lines = NULL;

    wireshark_ask(doctor->wireshark->program, arguments, &output, &doctor->loading_errors);
    lines = g_strsplit(output ? output : "", "\n", -1);
    for (char **line = lines; *line; line++)
        take_plugin_line(doctor, *line);
}

/** Whether the file is another build than the plugin beside this program. */
static gboolean is_other_build(const struct doctor *doctor, const char *path)
{
    g_autofree char *own = own_plugin(doctor->wireshark->minor);

    return own && !same_contents(own, path);
}

void check_loaded_plugin(struct doctor *doctor)
{
    ask_for_plugins(doctor);
    if (!doctor->loaded)
        return;
    if (strcmp(doctor->loaded_version, IPCSHARK_VERSION) != 0)
        doctor_problem(doctor, install_command,
                       "Wireshark loads plugin %s, and this is ipcshark " IPCSHARK_VERSION ": %s",
                       doctor->loaded_version, doctor->loaded);
    else if (is_other_build(doctor, doctor->loaded))
        doctor_problem(doctor, install_command,
                       "the plugin that Wireshark loads is another build than this program's: %s",
                       doctor->loaded);
    else
        doctor_good("Wireshark loads the plugin: %s", doctor->loaded);
}

/** What Wireshark said about our plugin: "Couldn't load plugin 'ipcshark.so': …". */
static char *loading_error(const struct doctor *doctor)
{
    g_auto(GStrv)
        lines = g_strsplit(doctor->loading_errors ? doctor->loading_errors : "", "\n", -1);

    for (char **line = lines; *line; line++) {
        if (strstr(*line, OWN_PLUGIN_FILE))
            return g_strdup(g_strstrip(*line));
    }
    return NULL;
}

/** Wireshark's version by its library; each minor version has its own. */
static const char *version_of_library(const char *library)
{
    static const char *const versions[][2] = {
        {"libwireshark.so.16", "4.0"},
        {"libwireshark.so.17", "4.2"},
        {"libwireshark.so.18", "4.4"},
        {"libwireshark.so.19", "4.6"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(versions); i++) {
        if (!strcmp(library, versions[i][0]))
            return versions[i][1];
    }
    return "another version";
}

static gboolean is_for_other_version(struct doctor *doctor, const char *path, const char *mend)
{
    g_autofree char *library = library_of_plugin(path);
    const char *version = library ? version_of_library(library) : NULL;

    if (version && !strcmp(version, doctor->wireshark->minor))
        return FALSE;
    if (version)
        doctor_problem(doctor, mend, "%s was built for Wireshark %s (it needs %s), this is %s",
                       path, version, library, doctor->wireshark->version);
    else
        doctor_problem(doctor, mend, "%s is no plugin of Wireshark", path);
    return TRUE;
}

/** A plugin is where it should be, and yet is not loaded. */
static void explain_not_loaded(struct doctor *doctor, enum scope scope, const char *path)
{
    g_autofree char *said = loading_error(doctor);
    g_autofree char *mend = g_strdup_printf("%s --%s", install_command, scope_name(scope));

    if (access(path, R_OK) != 0)
        doctor_problem(doctor, mend, "%s cannot be read by you", path);
    else if (is_for_other_version(doctor, path, mend))
        return;
    else if (scope == SCOPE_USER && is_root())
        doctor_problem(doctor, "ipcshark install --system, or run Wireshark as a normal user",
                       "%s is not loaded: Wireshark ignores a user's plugins when root runs it",
                       path);
    else
        doctor_problem(doctor, mend, "Wireshark does not load %s: %s", path,
                       said ? said : "it does not say why");
}

static char *installed_plugin(const struct doctor *doctor, enum scope scope)
{
    return g_build_filename(doctor->wireshark->folders[scope].plugins, "epan", OWN_PLUGIN_FILE,
                            NULL);
}

/** Plugins in the folders of other versions: ".../plugins/4.4/epan/ipcshark.so". */
static void note_other_versions(const struct doctor *doctor, enum scope scope)
{
    g_autofree char *parent = g_path_get_dirname(doctor->wireshark->folders[scope].plugins);
    g_autofree char *own = g_path_get_basename(doctor->wireshark->folders[scope].plugins);
    g_autoptr(GDir) directory = g_dir_open(parent, 0, NULL);
    const char *name;

    while (directory && (name = g_dir_read_name(directory))) {
        g_autofree char *path = g_build_filename(parent, name, "epan", OWN_PLUGIN_FILE, NULL);

        if (strcmp(name, own) != 0 && g_file_test(path, G_FILE_TEST_EXISTS))
            doctor_note("%s is for Wireshark %s, this one (%s) does not look there", path, name,
                        doctor->wireshark->version);
    }
}

void check_installed_plugins(struct doctor *doctor)
{
    gboolean is_there = FALSE;

    for (int scope = 0; scope < SCOPES; scope++) {
        g_autofree char *path = installed_plugin(doctor, (enum scope)scope);
        gboolean exists = g_file_test(path, G_FILE_TEST_EXISTS);

        note_other_versions(doctor, (enum scope)scope);
        is_there = is_there || exists;
        if (exists && !doctor->loaded)
            explain_not_loaded(doctor, (enum scope)scope, path);
        else if (exists && strcmp(path, doctor->loaded) != 0)
            doctor_note("%s is not used: the plugin that is loaded comes first", path);
    }
    if (!is_there && !doctor->loaded)
        doctor_problem(doctor, install_command,
                       "the plugin is not installed: neither in %s/epan "
                       "nor in %s/epan",
                       doctor->wireshark->folders[SCOPE_USER].plugins,
                       doctor->wireshark->folders[SCOPE_SYSTEM].plugins);
}

static void check_installed_helper(struct doctor *doctor, enum scope scope, gboolean is_listed)
{
    static const char *const arguments[] = {"--version", NULL};
    g_autofree char *path =
        g_build_filename(doctor->wireshark->folders[scope].extcap, OWN_HELPER_FILE, NULL);
    g_autofree char *mend = g_strdup_printf("%s --%s", install_command, scope_name(scope));
    g_autofree char *version = NULL;

    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return;
    if (access(path, X_OK) != 0)
        doctor_problem(doctor, mend, "%s cannot be run by you", path);
    else if (!wireshark_ask(path, arguments, &version, NULL))
        doctor_problem(doctor, mend, "%s does not run", path);
    else if (strcmp(g_strstrip(version), "ipcshark " IPCSHARK_VERSION) != 0)
        doctor_problem(doctor, mend, "%s is %s, and this is ipcshark " IPCSHARK_VERSION, path,
                       version);
    else if (!is_listed)
        doctor_problem(doctor, mend, "%s is there, but Wireshark does not list its interfaces",
                       path);
}

void check_helper(struct doctor *doctor)
{
    static const char *const arguments[] = {"-D", NULL};
    const struct wireshark *wireshark = doctor->wireshark;
    g_autofree char *output = NULL;
    guint before = doctor->problems;
    gboolean is_listed;

    wireshark_ask(wireshark->program, arguments, &output, NULL);
    is_listed = output && strstr(output, "ipcshark-listen");
    for (int scope = 0; scope < SCOPES; scope++)
        check_installed_helper(doctor, (enum scope)scope, is_listed);
    if (is_listed)
        doctor_good("Wireshark lists the interfaces ipcshark-listen, -proxy and -demo");
    else if (doctor->problems == before)
        doctor_problem(
            doctor, install_command, "the capture helper is not installed: neither in %s nor in %s",
            wireshark->folders[SCOPE_USER].extcap, wireshark->folders[SCOPE_SYSTEM].extcap);
}

/** Wireshark runs the dumpcap beside it; where that is, a group may be needed for it. */
static char *find_dumpcap(const struct doctor *doctor)
{
    g_autofree char *folder = g_path_get_dirname(doctor->wireshark->program);
    g_autofree char *beside = g_build_filename(folder, "dumpcap", NULL);

    if (g_file_test(beside, G_FILE_TEST_EXISTS))
        return g_steal_pointer(&beside);
    return g_find_program_in_path("dumpcap");
}

static void check_temporary_folder(struct doctor *doctor)
{
    if (access(g_get_tmp_dir(), W_OK | X_OK) != 0)
        doctor_problem(doctor, "export TMPDIR=\"$HOME/tmp\"",
                       "you cannot write into %s, where live captures go", g_get_tmp_dir());
}

void check_capturing(struct doctor *doctor)
{
    g_autofree char *dumpcap = find_dumpcap(doctor);

    if (!dumpcap)
        doctor_problem(doctor, "sudo apt install wireshark-common",
                       "dumpcap is missing: nothing can be captured live");
    else if (access(dumpcap, X_OK) != 0)
        doctor_problem(doctor, "sudo usermod -aG wireshark \"$USER\", then log in again",
                       "you may not run %s: nothing can be captured live, no extcap interface "
                       "either",
                       dumpcap);
    else
        doctor_good("you may run %s", dumpcap);
    check_temporary_folder(doctor);
}

void check_profile(struct doctor *doctor)
{
    for (int scope = 0; scope < SCOPES; scope++) {
        g_autofree char *path = g_build_filename(doctor->wireshark->folders[scope].configuration,
                                                 "profiles", OWN_PROFILE_NAME, NULL);

        if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
            doctor_good("the profile \"" OWN_PROFILE_NAME "\" is there: %s", path);
            return;
        }
    }
    doctor_note("the profile \"" OWN_PROFILE_NAME "\" is not installed (`%s`)", install_command);
}
