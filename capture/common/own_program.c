/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "own_program.h"

#include <glib.h>
#include <stdlib.h>
#include <sys/auxv.h>

/** The kernel's word for it; without /proc, as in a bare root, the path that it was started by. */
char *ipcshark_own_program(void)
{
    char *path = g_file_read_link("/proc/self/exe", NULL);
    const char *started_by =
        (const char *)getauxval(AT_EXECFN); /* NOLINT(performance-no-int-to-ptr) */
    char *resolved;

    if (path || !started_by)
        return path;
    resolved = realpath(started_by, NULL);
    path = g_strdup(resolved);
    free(resolved);
    return path;
}
