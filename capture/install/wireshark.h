/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file wireshark.h
 * The Wireshark of this machine: its version, and the folders in which it looks for plugins,
 * capture helpers and profiles. It is asked, not guessed.
 */
#ifndef IPCSHARK_WIRESHARK_H
#define IPCSHARK_WIRESHARK_H

#include <glib.h>

enum scope {
    SCOPE_USER,
    SCOPE_SYSTEM,
    SCOPES,
};

struct wireshark_folders {
    char *plugins; /**< Of this version; dissectors lie in epan/ below. */
    char *extcap;
    char *configuration; /**< Profiles lie in profiles/ below. */
};

struct wireshark {
    char *program; /**< tshark, or wireshark where there is no tshark. */
    char *version; /**< "4.0.17" */
    char *minor;   /**< "4.0": what plugins are built for. */
    struct wireshark_folders folders[SCOPES];
};

/** `program` (may be NULL) is asked instead of what PATH has. NULL with an error. */
struct wireshark *wireshark_find(const char *program, GError **error);
void wireshark_free(struct wireshark *wireshark);

/** "4.0.17" out of what PROGRAM --version prints first; NULL if it prints no such thing. */
char *wireshark_version(const char *program);

/** What the program prints; `errors` may be NULL. False if it could not be run or failed. */
gboolean wireshark_ask(const char *program, const char *const *arguments, char **output,
                       char **errors);

const char *scope_name(enum scope scope); /**< "user" or "system" */

#endif
