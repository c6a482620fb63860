/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session_path.h"

#include <ipcshark/names.h>

#include <glib.h>
#include <stdlib.h>
#include <string.h>

const char *session_interface(const char *session)
{
    g_auto(GStrv) part = g_strsplit(session, "/", -1);
    const char *name = horizon_service_interface(part[0]);

    /* What is no service is an interface, or a type whose interface the client does not tell. */
    if (!name && strstr(part[0], "::"))
        name = g_intern_string(part[0]);
    for (guint n = 1; name && part[n]; n++)
        name = horizon_command_out_interface(name, (guint32)atoi(part[n]), 0);
    return name;
}
