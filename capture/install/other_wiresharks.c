/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Machines of developers have several: each looks for plugins of its own version. */
#include "checks.h"

#include <stdlib.h>
#include <string.h>

static const char *const usual_folders[] = {"/usr/bin", "/usr/local/bin", "/opt/wireshark/bin",
                                            "/snap/bin"};

static char *real_path(const char *path)
{
    char *resolved = realpath(path, NULL);
    char *copy = g_strdup(resolved);

    free(resolved);
    return copy;
}

/** A tshark in the folder that has not been seen under another name. */
static void look_into(const struct doctor *doctor, const char *folder, GHashTable *seen)
{
    g_autofree char *path = g_build_filename(folder, "tshark", NULL);
    char *real = real_path(path);
    g_autofree char *version = NULL;

    if (!real || !g_file_test(real, G_FILE_TEST_IS_EXECUTABLE) || !g_hash_table_add(seen, real))
        return;
    version = wireshark_version(path);
    if (version)
        doctor_note("there is also Wireshark %s%s; `ipcshark doctor --tshark %s` looks at it",
                    version,
                    strcmp(version, doctor->wireshark->version) ? "" : ", the same version", path);
}

void check_other_wiresharks(struct doctor *doctor)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_auto(GStrv) folders = g_strsplit(g_getenv("PATH") ? g_getenv("PATH") : "", ":", -1);
    char *own = real_path(doctor->wireshark->program);

    if (own)
        g_hash_table_add(seen, own);
    for (char **folder = folders; *folder; folder++) {
        if (**folder)
            look_into(doctor, *folder, seen);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(usual_folders); i++)
        look_into(doctor, usual_folders[i], seen);
}
