/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file colour.h Whether to print in colours: --color, NO_COLOR and the terminal. */
#ifndef IPCSHARK_JSON_COLOUR_H
#define IPCSHARK_JSON_COLOUR_H

#include <glib.h>
#include <stdbool.h>

/** `when` is "auto" (or NULL), "always" or "never". False: it is something else. */
bool colour_wanted(const char *when, int descriptor, bool *has_colour, GError **error);

#endif
