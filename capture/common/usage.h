/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file usage.h
 * What is wrong with how a command was called.
 */
#ifndef IPCSHARK_USAGE_H
#define IPCSHARK_USAGE_H

#include <glib.h>

/** Sets a G_OPTION_ERROR with this text. Always FALSE. */
gboolean usage_error(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

#endif
