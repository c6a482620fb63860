/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file user_files.h
 * Finds and reads a user's files of names and descriptions (docs/names.md), for the plugin and the
 * program alike. libipcshark parses them (ipcshark/user_names.h); here are folders, files and
 * memory.
 */
#ifndef IPCSHARK_USER_FILES_H
#define IPCSHARK_USER_FILES_H

#include <ipcshark/user_names.h>

#include <glib.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The environment's files and folders, separated as in PATH. */
#define USER_FILES_VARIABLE "IPCSHARK_NAMES"

struct user_files;

struct user_files *user_files_new(void);

/** What user_files_names() gave may no longer be used, and no text out of it. NULL is allowed. */
void user_files_free(struct user_files *files);

/**
 * Adds the paths (char *, g_free()) that a place stands for: the file, or of a folder every file
 * that ends in .id, .tsv or .json, in alphabetical order (bytes). A place without such files is
 * added itself, so that reading says what is wrong with it.
 */
void user_files_find(GPtrArray *paths, const char *place);

/** The same of a folder that need not exist, and need have nothing in it. */
void user_files_find_optional(GPtrArray *paths, const char *folder);

/** The usual places: the folder `ipcshark/names` in the user's configuration (~/.config), as far as
 *  it exists, then what IPCSHARK_NAMES says. */
void user_files_find_usual(GPtrArray *paths);

/** A text (g_free()) that differs as soon as one of the files does. */
char *user_files_stamp(const GPtrArray *paths);

/**
 * Reads these files. What is read later is asked first. A type that a file does not define may be
 * another's, whichever was read first.
 *
 * @param errors  Gets a text (char *, g_free()) for everything that could not be read: where, what
 * is
 *                wrong. May be NULL. The other files count all the same.
 * @return whether there was no error.
 */
bool user_files_read_all(struct user_files *files, const GPtrArray *paths, GPtrArray *errors);

/** Reads a text as if a file of that name had it. */
bool user_files_read_text(struct user_files *files, const char *name, const char *text,
                          GPtrArray *errors);

/** user_files_find() and user_files_read_all(). */
bool user_files_read(struct user_files *files, const char *path, GPtrArray *errors);

/** user_files_find_usual() and user_files_read_all(). */
bool user_files_read_usual(struct user_files *files, GPtrArray *errors);

/** Adds what is to be said of files that were read well: types that nobody defines. */
void user_files_add_notes(const struct user_files *files, GPtrArray *notes);

/** The list for ipcshark/user_names.h; NULL if nothing was read. It changes with every read. */
const struct ipcshark_names *user_files_names(const struct user_files *files);

/** An interface's id: the first four bytes of its name's SHA-256, little-endian. */
uint32_t user_files_interface_id(const char *interface_name);

/** horizon_interface_by_id(), and the interfaces of these files. */
const char *user_files_interface_by_id(const struct user_files *files, uint32_t interface_id);

#ifdef __cplusplus
}
#endif

#endif
