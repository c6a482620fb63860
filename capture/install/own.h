/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file own.h
 * What belongs to this program and lies beside it: in the build tree, or where it was installed.
 */
#ifndef IPCSHARK_OWN_H
#define IPCSHARK_OWN_H

#include <glib.h>

#define OWN_PLUGIN_FILE  "ipcshark.so"
#define OWN_HELPER_FILE  "ipcshark"
#define OWN_PROFILE_NAME "Console IPC"

/** The plugin for a version of Wireshark ("4.0"); NULL: there is none. */
char *own_plugin(const char *minor);

/** The versions that there are plugins for, "4.0, 4.4"; "none". */
char *own_plugin_versions(void);

/** The folder with the profile's files; NULL: it is missing. */
char *own_profile(void);

/** "libwireshark.so.16": what a plugin was linked with, which is one version's; NULL if none. */
char *library_of_plugin(const char *path);

/** Whether a file is this project's plugin, of whatever version and under whatever name. */
gboolean is_a_plugin_of_ours(const char *path);

/** Whether two files have the same bytes. */
gboolean same_contents(const char *path, const char *other);

#endif
