/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sandbox.h
 * The files that simulated file systems serve, confined below one directory.
 *
 * Paths are a console's: "/" separates, they always start at the sandbox's root, empty and "."
 * components are dropped. ".." is refused with -EINVAL wherever it stands. Every component is
 * opened relative to its parent without following links, so that neither a name nor a link planted
 * inside the directory leads out of it. Only regular files and directories exist.
 *
 * All functions return 0 (or a descriptor) or a negative errno.
 */
#ifndef IPCSHARK_SANDBOX_H
#define IPCSHARK_SANDBOX_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define SANDBOX_MAX_FILE_SIZE (64 << 20) /**< A file never grows past this: -EFBIG. */
#define SANDBOX_MAX_PATH      1024       /**< Longer paths: -ENAMETOOLONG. */

struct sandbox;

struct sandbox_entry {
    char *name;
    uint64_t size;
    bool is_directory;
};

/** An existing directory. NULL: a fresh temporary one with sample files, removed by
 * sandbox_free(). */
struct sandbox *sandbox_new(const char *directory, GError **error);
void sandbox_free(struct sandbox *sandbox);
const char *sandbox_directory(const struct sandbox *sandbox);

/** `flags`: O_RDONLY, O_WRONLY or O_RDWR. @return a descriptor to close(). -EISDIR for others. */
int sandbox_open_file(struct sandbox *sandbox, const char *path, int flags);
int sandbox_create_file(struct sandbox *sandbox, const char *path, uint64_t size);
int sandbox_delete_file(struct sandbox *sandbox, const char *path);
int sandbox_create_directory(struct sandbox *sandbox, const char *path);
int sandbox_delete_directory(struct sandbox *sandbox, const char *path, bool recursively);
int sandbox_rename(struct sandbox *sandbox, const char *from, const char *to);
/** `size` may be NULL. */
int sandbox_stat(struct sandbox *sandbox, const char *path, bool *is_directory, uint64_t *size);

/** Deletes everything in a directory, itself not; the root is one. */
int sandbox_clean_directory(struct sandbox *sandbox, const char *path);
/** When a file or directory was last changed, Unix seconds. */
int sandbox_modified(struct sandbox *sandbox, const char *path, int64_t *seconds);

/** The entries of a directory by name (struct sandbox_entry); free with g_ptr_array_unref(). */
int sandbox_list(struct sandbox *sandbox, const char *path, GPtrArray **entries);

/** On what sandbox_open_file() gave; at most what there is is read. @return bytes or -errno. */
int64_t sandbox_read(int descriptor, uint64_t offset, void *bytes, size_t size);
int64_t sandbox_write(int descriptor, uint64_t offset, const void *bytes, size_t size);
int64_t sandbox_file_size(int descriptor);
int sandbox_set_file_size(int descriptor, uint64_t size);

#endif
