/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIRECTORY_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define MAX_DEPTH       64 /* of a recursive deletion */

struct sandbox {
    char *directory;
    int root;
    bool temporary;
};

/* A path taken apart: the open directory that holds its last component, and that component. */
struct place {
    int parent;
    char name[NAME_MAX + 1]; /* "" for the root itself; parent is then the root. */
};

/* "/a//./b" -> component "a", then "b". 0 at the end, -errno for what is refused. */
static int next_component(const char **path, char *component)
{
    size_t size;

    do {
        *path += strspn(*path, "/");
        size = strcspn(*path, "/");
        if (size > NAME_MAX)
            return -ENAMETOOLONG;
        memcpy(component, *path, size);
        component[size] = '\0';
        *path += size;
    } while (!strcmp(component, "."));
    /* "..": never needed below a root, and the one name that leads upwards. */
    return strcmp(component, "..") ? (int)size : -EINVAL;
}

static int descend(int parent, const char *name)
{
    int child = openat(parent, name, DIRECTORY_FLAGS);
    int error = errno;

    close(parent);
    /* A link is ELOOP or ENOTDIR; both mean that there is no such directory here. */
    return child >= 0 ? child : error == ELOOP ? -ENOTDIR : -error;
}

static int find_place(const struct sandbox *sandbox, const char *path, struct place *place)
{
    char component[NAME_MAX + 1];
    int size;

    if (strlen(path) > SANDBOX_MAX_PATH)
        return -ENAMETOOLONG;

    place->name[0] = '\0';
    place->parent = fcntl(sandbox->root, F_DUPFD_CLOEXEC, 0);
    if (place->parent < 0)
        return -errno;
    while ((size = next_component(&path, component)) > 0) {
        if (place->name[0]) {
            place->parent = descend(place->parent, place->name);
            if (place->parent < 0)
                return place->parent;
        }
        memcpy(place->name, component, (size_t)size + 1);
    }
    if (size < 0)
        close(place->parent);
    return size;
}

/* The result of a system call on a place, which is closed. */
static int done(const struct place *place, int result)
{
    int error = errno;

    close(place->parent);
    return result < 0 ? -error : result;
}

static int find_named_place(const struct sandbox *sandbox, const char *path, struct place *place)
{
    int result = find_place(sandbox, path, place);

    if (result == 0 && place->name[0] == '\0') {
        close(place->parent);
        return -EISDIR;
    }
    return result;
}

static void write_sample(struct sandbox *sandbox, const char *path, const char *text)
{
    int descriptor;

    sandbox_create_file(sandbox, path, 0);
    descriptor = sandbox_open_file(sandbox, path, O_WRONLY);
    if (descriptor < 0)
        return;
    sandbox_write(descriptor, 0, text, strlen(text));
    close(descriptor);
}

static void add_samples(struct sandbox *sandbox)
{
    sandbox_create_directory(sandbox, "/config");
    sandbox_create_directory(sandbox, "/saves");
    write_sample(
        sandbox, "/readme.txt",
        "Files of the ipcshark reference server. Everything here is removed at its end.\n");
    write_sample(sandbox, "/config/system.ini", "[system]\nlanguage=en-GB\n");
    write_sample(sandbox, "/saves/slot0.bin", "slot 0: level 3, 1200 points\n");
}

struct sandbox *sandbox_new(const char *directory, GError **error)
{
    struct sandbox *sandbox = g_new0(struct sandbox, 1);

    sandbox->temporary = !directory;
    sandbox->directory = directory ? g_strdup(directory) : g_dir_make_tmp("ipcshark-XXXXXX", error);
    if (!sandbox->directory) {
        g_free(sandbox);
        return NULL;
    }
    sandbox->root = open(sandbox->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (sandbox->root < 0) {
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "sandbox %s: %s",
                    sandbox->directory, g_strerror(errno));
        g_free(sandbox->directory);
        g_free(sandbox);
        return NULL;
    }
    if (sandbox->temporary)
        add_samples(sandbox);
    return sandbox;
}

const char *sandbox_directory(const struct sandbox *sandbox)
{
    return sandbox->directory;
}

int sandbox_open_file(struct sandbox *sandbox, const char *path, int flags)
{
    struct place place;
    struct stat status;
    int result = find_named_place(sandbox, path, &place);

    if (result < 0)
        return result;

    /* O_NONBLOCK: opening a planted FIFO must not stop the server. */
    result = done(&place, openat(place.parent, place.name,
                                 (flags & O_ACCMODE) | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (result < 0)
        return result == -ELOOP ? -EACCES : result;
    if (fstat(result, &status) == 0 && S_ISREG(status.st_mode))
        return result;

    close(result);
    return S_ISDIR(status.st_mode) ? -EISDIR : -EACCES;
}

int sandbox_create_file(struct sandbox *sandbox, const char *path, uint64_t size)
{
    struct place place;
    int result = find_named_place(sandbox, path, &place);
    int descriptor;

    if (result < 0)
        return result == -EISDIR ? -EEXIST : result;
    if (size > SANDBOX_MAX_FILE_SIZE)
        return done(&place, (errno = EFBIG, -1));

    descriptor = done(&place, openat(place.parent, place.name,
                                     O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666));
    if (descriptor < 0)
        return descriptor;
    result = sandbox_set_file_size(descriptor, size);
    close(descriptor);
    return result;
}

int sandbox_delete_file(struct sandbox *sandbox, const char *path)
{
    struct place place;
    int result = find_named_place(sandbox, path, &place);

    return result < 0 ? result : done(&place, unlinkat(place.parent, place.name, 0));
}

int sandbox_create_directory(struct sandbox *sandbox, const char *path)
{
    struct place place;
    int result = find_named_place(sandbox, path, &place);

    if (result < 0)
        return result == -EISDIR ? -EEXIST : result;
    return done(&place, mkdirat(place.parent, place.name, 0777));
}

static int delete_tree(int parent, const char *name, unsigned int depth);

/* Takes `descriptor`. */
static int delete_contents(int descriptor, unsigned int depth)
{
    DIR *directory = depth < MAX_DEPTH ? fdopendir(descriptor) : NULL;
    struct dirent *entry;
    int result = 0;

    if (!directory) {
        close(descriptor);
        return -ELOOP;
    }
    while (result == 0 && (entry = readdir(directory))) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            result = delete_tree(dirfd(directory), entry->d_name, depth + 1);
    }
    closedir(directory);
    return result;
}

static int delete_tree(int parent, const char *name, unsigned int depth)
{
    int descriptor = openat(parent, name, DIRECTORY_FLAGS);
    int result;

    if (descriptor < 0)
        return unlinkat(parent, name, 0) < 0 ? -errno : 0;

    result = delete_contents(descriptor, depth);
    if (result < 0)
        return result;
    return unlinkat(parent, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

int sandbox_delete_directory(struct sandbox *sandbox, const char *path, bool recursively)
{
    struct place place;
    struct stat status;
    int result = find_named_place(sandbox, path, &place);

    if (result < 0)
        return result == -EISDIR ? -EBUSY : result;
    if (fstatat(place.parent, place.name, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return done(&place, -1);
    if (!S_ISDIR(status.st_mode))
        return done(&place, (errno = ENOTDIR, -1));
    if (!recursively)
        return done(&place, unlinkat(place.parent, place.name, AT_REMOVEDIR));

    result = delete_tree(place.parent, place.name, 0);
    close(place.parent);
    return result;
}

int sandbox_clean_directory(struct sandbox *sandbox, const char *path)
{
    struct place place;
    int result = find_place(sandbox, path, &place);

    if (result < 0)
        return result;
    result = done(&place, openat(place.parent, place.name[0] ? place.name : ".", DIRECTORY_FLAGS));
    if (result < 0)
        return result == -ELOOP ? -ENOTDIR : result;
    return delete_contents(result, 0);
}

int sandbox_rename(struct sandbox *sandbox, const char *from, const char *to)
{
    struct place source, target;
    struct stat status;
    int result = find_named_place(sandbox, from, &source);

    if (result < 0)
        return result;
    result = find_named_place(sandbox, to, &target);
    if (result < 0) {
        close(source.parent);
        return result;
    }
    /* Consoles do not replace what is there. */
    if (fstatat(target.parent, target.name, &status, AT_SYMLINK_NOFOLLOW) == 0)
        result = -EEXIST;
    else if (renameat(source.parent, source.name, target.parent, target.name) < 0)
        result = -errno;
    close(source.parent);
    close(target.parent);
    return result;
}

static int find_status(struct sandbox *sandbox, const char *path, struct stat *status)
{
    struct place place;
    int result = find_place(sandbox, path, &place);

    if (result < 0)
        return result;
    result = done(&place, place.name[0]
                              ? fstatat(place.parent, place.name, status, AT_SYMLINK_NOFOLLOW)
                              : fstat(place.parent, status));
    if (result < 0)
        return result;
    return S_ISREG(status->st_mode) || S_ISDIR(status->st_mode) ? 0 : -ENOENT;
}

int sandbox_stat(struct sandbox *sandbox, const char *path, bool *is_directory, uint64_t *size)
{
    struct stat status;
    int result = find_status(sandbox, path, &status);

    if (result < 0)
        return result;
    *is_directory = S_ISDIR(status.st_mode);
    if (size)
        *size = *is_directory ? 0 : (uint64_t)status.st_size;
    return 0;
}

int sandbox_modified(struct sandbox *sandbox, const char *path, int64_t *seconds)
{
    struct stat status;
    int result = find_status(sandbox, path, &status);

    if (result == 0)
        *seconds = status.st_mtime;
    return result;
}

static void free_entry(gpointer data)
{
    struct sandbox_entry *entry = data;

    g_free(entry->name);
    g_free(entry);
}

static gint compare_entries(gconstpointer a, gconstpointer b)
{
    const struct sandbox_entry *const *left = a;
    const struct sandbox_entry *const *right = b;

    return strcmp((*left)->name, (*right)->name);
}

static void add_entry(GPtrArray *entries, int parent, const char *name)
{
    struct sandbox_entry *entry;
    struct stat status;

    if (!strcmp(name, ".") || !strcmp(name, ".."))
        return;
    if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
        (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)))
        return;

    entry = g_new0(struct sandbox_entry, 1);
    entry->name = g_strdup(name);
    entry->is_directory = S_ISDIR(status.st_mode);
    entry->size = entry->is_directory ? 0 : (uint64_t)status.st_size;
    g_ptr_array_add(entries, entry);
}

/* Takes `descriptor`. */
static int list_directory(int descriptor, GPtrArray **entries)
{
    DIR *directory = fdopendir(descriptor);
    struct dirent *entry;

    if (!directory) {
        close(descriptor);
        return -ENOMEM;
    }
    *entries = g_ptr_array_new_with_free_func(free_entry);
    while ((entry = readdir(directory)))
        add_entry(*entries, dirfd(directory), entry->d_name);
    closedir(directory);
    g_ptr_array_sort(*entries, compare_entries);
    return 0;
}

int sandbox_list(struct sandbox *sandbox, const char *path, GPtrArray **entries)
{
    struct place place;
    int result = find_place(sandbox, path, &place);

    if (result < 0)
        return result;
    result = done(&place, openat(place.parent, place.name[0] ? place.name : ".", DIRECTORY_FLAGS));
    return result < 0 ? result : list_directory(result, entries);
}

int64_t sandbox_read(int descriptor, uint64_t offset, void *bytes, size_t size)
{
    ssize_t result;

    if (offset > INT64_MAX)
        return -EINVAL;
    result = pread(descriptor, bytes, size, (off_t)offset);
    return result < 0 ? -errno : result;
}

int64_t sandbox_write(int descriptor, uint64_t offset, const void *bytes, size_t size)
{
    ssize_t result;

    if (offset > SANDBOX_MAX_FILE_SIZE || size > SANDBOX_MAX_FILE_SIZE - offset)
        return -EFBIG;
    result = pwrite(descriptor, bytes, size, (off_t)offset);
    return result < 0 ? -errno : result;
}

int64_t sandbox_file_size(int descriptor)
{
    struct stat status;

    return fstat(descriptor, &status) < 0 ? -errno : status.st_size;
}

int sandbox_set_file_size(int descriptor, uint64_t size)
{
    if (size > SANDBOX_MAX_FILE_SIZE)
        return -EFBIG;
    return ftruncate(descriptor, (off_t)size) < 0 ? -errno : 0;
}

void sandbox_free(struct sandbox *sandbox)
{
    if (!sandbox)
        return;

    if (sandbox->temporary) {
        delete_contents(fcntl(sandbox->root, F_DUPFD_CLOEXEC, 0), 0);
        g_rmdir(sandbox->directory);
    }
    close(sandbox->root);
    g_free(sandbox->directory);
    g_free(sandbox);
}
