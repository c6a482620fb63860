/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "colour.h"
#include "usage.h"

#include <unistd.h>

/** "When NO_COLOR is present and not an empty string" (no-color.org), whatever its value is. */
static bool is_forbidden(void)
{
    const char *forbidden = g_getenv("NO_COLOR");

    return (forbidden && *forbidden) || !g_strcmp0(g_getenv("TERM"), "dumb");
}

bool colour_wanted(const char *when, int descriptor, bool *has_colour, GError **error)
{
    if (!when || !g_strcmp0(when, "auto")) {
        *has_colour = isatty(descriptor) && !is_forbidden();
        return true;
    }
    *has_colour = !g_strcmp0(when, "always");
    if (*has_colour || !g_strcmp0(when, "never"))
        return true;
    return usage_error(error, "--color is \"%s\", not auto, always or never", when);
}
