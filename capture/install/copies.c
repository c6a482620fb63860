/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why Wireshark does not even start: it ends when two plugins register the same protocols, as a
 * second copy of ours does under another name. Its folders cannot be asked for then; these are the
 * usual ones.
 */
#include "checks.h"

#include "own.h"

#include <glob.h>

static const char *const usual_places[] = {
    "/usr/lib/*/wireshark/plugins/*/epan/*.so",
    "/usr/lib/wireshark/plugins/*/epan/*.so",
    "/usr/local/lib/wireshark/plugins/*/epan/*.so",
    "/usr/local/lib/*/wireshark/plugins/*/epan/*.so",
};

static void look_in(glob_t *found, const char *pattern)
{
    (void)glob(pattern, found->gl_pathc ? GLOB_APPEND : 0, NULL, found);
}

static void look_in_personal_folders(glob_t *found)
{
    g_autofree char *home =
        g_build_filename(g_get_home_dir(), ".local/lib/wireshark/plugins/*/epan/*.so", NULL);
    const char *chosen = g_getenv("WIRESHARK_PLUGIN_DIR");
    g_autofree char *below = chosen ? g_build_filename(chosen, "*/epan/*.so", NULL) : NULL;

    look_in(found, home);
    if (below)
        look_in(found, below);
}

void check_copies(struct doctor *doctor)
{
    g_autoptr(GString) copies = g_string_new(NULL);
    glob_t found = {0};
    guint count = 0;

    look_in_personal_folders(&found);
    for (gsize i = 0; i < G_N_ELEMENTS(usual_places); i++)
        look_in(&found, usual_places[i]);
    for (gsize i = 0; i < found.gl_pathc; i++) {
        if (!is_a_plugin_of_ours(found.gl_pathv[i]))
            continue;
        g_string_append_printf(copies, "%s%s", copies->len ? ", " : "", found.gl_pathv[i]);
        count++;
    }
    globfree(&found);
    if (count > 1)
        doctor_problem(doctor, "remove all of them but one",
                       "there are %u plugins of ipcshark's, and Wireshark bears one: %s", count,
                       copies->str);
}
