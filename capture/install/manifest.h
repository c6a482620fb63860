/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file manifest.h
 * What was installed, so that no more and no less is taken away again: files with their SHA-256,
 * and the folders that had to be made for them. A text file with a line for each, "SHA256 PATH" or
 * "folder PATH", in the order in which they were made.
 */
#ifndef IPCSHARK_MANIFEST_H
#define IPCSHARK_MANIFEST_H

#include <glib.h>

struct manifest_entry {
    char *sum; /**< "folder" or a SHA-256 in hex. */
    char *path;
};

struct manifest {
    char *path;
    GPtrArray *entries; /**< struct manifest_entry */
};

/** Empty if there is no such file. NULL with an error if it cannot be read. */
struct manifest *manifest_load(const char *path, GError **error);
void manifest_free(struct manifest *manifest);

/** Writes it into a folder that must be there; an empty one is removed. */
gboolean manifest_save(const struct manifest *manifest, GError **error);

const struct manifest_entry *manifest_find(const struct manifest *manifest, const char *path);

/** Adds an entry or replaces the path's sum. */
void manifest_put(struct manifest *manifest, const char *sum, const char *path);
void manifest_remove(struct manifest *manifest, const char *path);

gboolean manifest_is_folder(const struct manifest_entry *entry);
#define MANIFEST_FOLDER "folder"

#endif
