/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file own_names.h
 * The option --names of every command that prints names, and the usual places of such files
 * (docs/names.md).
 */
#ifndef IPCSHARK_OWN_NAMES_H
#define IPCSHARK_OWN_NAMES_H

#include <user_files.h>

#include <glib.h>
#include <stdbool.h>

#define OWN_NAMES_OPTION(paths)                                                                    \
    {                                                                                              \
        "names", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, (paths),                                       \
            "Own names: .id, .tsv, .json or a folder of them", "PATH"                              \
    }

/**
 * Reads the usual places, then `paths` (NULL at the end, or NULL), for own_names(). Errors go to
 * standard error; those of the usual places are only told, one in `paths` is a failure.
 */
bool own_names_read(char **paths);

/** What own_names_read() read, for the functions of ipcshark/user_names.h; NULL before that. */
const struct ipcshark_names *own_names(void);

/** Other names instead, of the caller's. NULL forgets all. */
void own_names_use(const struct ipcshark_names *names);

#endif
