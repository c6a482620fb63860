/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checks.h"
#include "command.h"
#include "usage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char description[] =
    "Looks at every Wireshark, its folders, the plugin, the capture helper and what\n"
    "you may do, and names the command that mends what is wrong.\n\n"
    "Examples:\n"
    "  ipcshark doctor\n"
    "  ipcshark doctor --tshark /opt/wireshark/bin/tshark\n";

static gboolean parse_options(char **tshark, int *argc, char ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"tshark", 0, 0, G_OPTION_ARG_FILENAME, tshark,
         "look at this tshark's Wireshark (the one in PATH)", "PROGRAM"},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context = g_option_context_new("- say what is wrong, if anything is");

    g_option_context_set_description(context, description);
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, argc, argv, error))
        return FALSE;
    if (*argc == 1)
        return TRUE;
    return usage_error(error, "what is \"%s\"?", (*argv)[1]);
}

/** Debian has tshark and wireshark in two packages; they may differ where both were built. */
static void check_window(struct doctor *doctor)
{
    g_autofree char *program = g_find_program_in_path("wireshark");
    g_autofree char *version = program ? wireshark_version(program) : NULL;

    if (!program)
        doctor_note("there is tshark, but no wireshark with windows (sudo apt install wireshark)");
    else if (!version || strcmp(version, doctor->wireshark->version) != 0)
        doctor_note("%s is version %s, tshark %s: below, tshark's is meant", program,
                    version ? version : "unknown", doctor->wireshark->version);
}

static gboolean find_wireshark(struct doctor *doctor, const char *tshark)
{
    g_autoptr(GError) error = NULL;

    doctor->wireshark = wireshark_find(tshark, &error);
    if (!doctor->wireshark) {
        doctor_problem(doctor,
                       g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT)
                           ? "sudo apt install tshark wireshark"
                           : "if a plugin makes it fail, ipcshark install --uninstall; else "
                             "sudo apt install --reinstall tshark",
                       "%s", error->message);
        check_copies(doctor);
        return FALSE;
    }
    if (g_ascii_strtoull(doctor->wireshark->version, NULL, 10) < 4)
        doctor_problem(doctor, "install Wireshark 4.0 or later", "Wireshark %s (%s) is too old",
                       doctor->wireshark->version, doctor->wireshark->program);
    else
        doctor_good("Wireshark %s: %s", doctor->wireshark->version, doctor->wireshark->program);
    return TRUE;
}

static void check_all(struct doctor *doctor)
{
    check_window(doctor);
    check_other_wiresharks(doctor);
    check_user(doctor);
    check_loaded_plugin(doctor);
    check_own_plugin(doctor);
    check_installed_plugins(doctor);
    check_link_types(doctor);
    check_capturing(doctor);
    check_helper(doctor);
    check_profile(doctor);
}

static void print_sum(const struct doctor *doctor)
{
    if (doctor->problems)
        printf("\n%u problem%s.\n", doctor->problems, doctor->problems == 1 ? "" : "s");
    else
        puts("\nNo problems.");
}

int ipcshark_doctor_command(int argc, char **argv)
{
    struct doctor doctor = {0};
    g_autoptr(GError) error = NULL;
    g_autofree char *tshark = NULL;

    if (!parse_options(&tshark, &argc, &argv, &error)) {
        fprintf(stderr, "%s: %s\n", g_get_prgname(), error->message);
        return 2;
    }
    if (find_wireshark(&doctor, tshark))
        check_all(&doctor);
    print_sum(&doctor);
    wireshark_free(doctor.wireshark);
    g_free(doctor.loaded);
    g_free(doctor.loaded_version);
    g_free(doctor.loading_errors);
    return doctor.problems ? 1 : 0;
}
