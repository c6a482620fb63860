/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "own_names.h"

#include <stdio.h>

static void print_errors(GPtrArray *errors)
{
    for (guint n = 0; n < errors->len; n++)
        fprintf(stderr, "%s: %s\n", g_get_prgname(), (const char *)errors->pdata[n]);
    g_ptr_array_set_size(errors, 0);
}

/** The program's; they live until it ends or others are read. */
static struct user_files *own_files;
static const struct ipcshark_names *current;

const struct ipcshark_names *own_names(void)
{
    return current;
}

void own_names_use(const struct ipcshark_names *names)
{
    current = names;
    user_files_free(own_files);
    own_files = NULL;
}

bool own_names_read(char **paths)
{
    g_autoptr(GPtrArray) errors = g_ptr_array_new_with_free_func(g_free);
    struct user_files *files = user_files_new();
    bool good = true;

    user_files_read_usual(files, errors);
    print_errors(errors);
    for (; paths && *paths; paths++)
        good &= user_files_read(files, *paths, errors);
    print_errors(errors);
    own_names_use(user_files_names(files));
    own_files = files;
    return good;
}
