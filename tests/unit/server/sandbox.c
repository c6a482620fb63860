/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <sandbox.h>

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
    char *outside; /* holds "secret", and the sandbox itself */
    char *inside;
    struct sandbox *sandbox;
};

static char *path_in(const char *directory, const char *name)
{
    return g_build_filename(directory, name, NULL);
}

static void plant_link(const struct fixture *fixture, const char *name, const char *target)
{
    g_autofree char *link = path_in(fixture->inside, name);

    g_assert_cmpint(symlink(target, link), ==, 0);
}

static void start(struct fixture *fixture, gconstpointer data)
{
    g_autofree char *secret = NULL;

    (void)data;
    fixture->outside = g_dir_make_tmp("ipcshark-sandbox-XXXXXX", NULL);
    fixture->inside = path_in(fixture->outside, "inside");
    secret = path_in(fixture->outside, "secret");
    g_assert_true(g_file_set_contents(secret, "secret", -1, NULL));
    g_assert_cmpint(g_mkdir(fixture->inside, 0700), ==, 0);
    fixture->sandbox = sandbox_new(fixture->inside, NULL);
    g_assert_nonnull(fixture->sandbox);
}

static void end(struct fixture *fixture, gconstpointer data)
{
    const char *command[] = {"rm", "-rf", fixture->outside, NULL};

    (void)data;
    sandbox_free(fixture->sandbox);
    g_spawn_sync(NULL, (char **)command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL,
                 NULL);
    g_free(fixture->inside);
    g_free(fixture->outside);
}

static void assert_secret_is_whole(const struct fixture *fixture)
{
    g_autofree char *secret = path_in(fixture->outside, "secret"), *text = NULL;

    g_assert_true(g_file_get_contents(secret, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "secret");
}

static void test_files(struct fixture *fixture, gconstpointer data)
{
    struct sandbox *sandbox = fixture->sandbox;
    uint8_t bytes[8] = {0};
    uint64_t size;
    bool is_directory;
    int file;

    (void)data;
    g_assert_cmpint(sandbox_create_directory(sandbox, "/a"), ==, 0);
    g_assert_cmpint(sandbox_create_directory(sandbox, "/a"), ==, -EEXIST);
    g_assert_cmpint(sandbox_create_file(sandbox, "/a/f", 4), ==, 0);
    g_assert_cmpint(sandbox_create_file(sandbox, "/a/f", 4), ==, -EEXIST);
    g_assert_cmpint(sandbox_stat(sandbox, "//a/./f/", &is_directory, &size), ==, 0);
    g_assert_false(is_directory);
    g_assert_cmpuint(size, ==, 4);
    file = sandbox_open_file(sandbox, "/a/f", O_RDWR);
    g_assert_cmpint(file, >=, 0);
    g_assert_cmpint(sandbox_write(file, 2, "xyz", 3), ==, 3);
    g_assert_cmpint(sandbox_read(file, 1, bytes, sizeof bytes), ==, 4);
    g_assert_cmpmem(bytes, 4, "\0xyz", 4);
    close(file);
    g_assert_cmpint(sandbox_open_file(sandbox, "/a", O_RDONLY), ==, -EISDIR);
    g_assert_cmpint(sandbox_open_file(sandbox, "/", O_RDONLY), ==, -EISDIR);
    g_assert_cmpint(sandbox_open_file(sandbox, "/a/g", O_RDONLY), ==, -ENOENT);
    g_assert_cmpint(sandbox_rename(sandbox, "/a/f", "/g"), ==, 0);
    g_assert_cmpint(sandbox_create_file(sandbox, "/h", 0), ==, 0);
    g_assert_cmpint(sandbox_rename(sandbox, "/g", "/h"), ==, -EEXIST);
    g_assert_cmpint(sandbox_delete_directory(sandbox, "/g", true), ==, -ENOTDIR);
    g_assert_cmpint(sandbox_delete_file(sandbox, "/a"), !=, 0);
    g_assert_cmpint(sandbox_delete_directory(sandbox, "/a", false), ==, 0);
    g_assert_cmpint(sandbox_delete_directory(sandbox, "/", true), ==, -EBUSY);
}

static void test_list(struct fixture *fixture, gconstpointer data)
{
    const struct sandbox_entry *entry;
    GPtrArray *entries;

    (void)data;
    sandbox_create_file(fixture->sandbox, "/b", 7);
    sandbox_create_directory(fixture->sandbox, "/a");
    plant_link(fixture, "c", "../secret");
    g_assert_cmpint(sandbox_list(fixture->sandbox, "/", &entries), ==, 0);
    g_assert_cmpuint(entries->len, ==, 2); /* the link is not there */
    entry = entries->pdata[0];
    g_assert_cmpstr(entry->name, ==, "a");
    g_assert_true(entry->is_directory);
    entry = entries->pdata[1];
    g_assert_cmpstr(entry->name, ==, "b");
    g_assert_cmpuint(entry->size, ==, 7);
    g_ptr_array_unref(entries);
    g_assert_cmpint(sandbox_list(fixture->sandbox, "/b", &entries), ==, -ENOTDIR);
}

static void test_dots(struct fixture *fixture, gconstpointer data)
{
    static const char *const paths[] = {"/../secret",        "..",           "../secret",
                                        "/a/../../secret",   "//..//secret", "/./../secret",
                                        "/a/b/../../../../", "/a/.."};
    GPtrArray *entries;
    bool is_directory;

    (void)data;
    sandbox_create_directory(fixture->sandbox, "/a");
    sandbox_create_directory(fixture->sandbox, "/a/b");
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_assert_cmpint(sandbox_open_file(fixture->sandbox, paths[i], O_RDONLY), ==, -EINVAL);
        g_assert_cmpint(sandbox_create_file(fixture->sandbox, paths[i], 0), ==, -EINVAL);
        g_assert_cmpint(sandbox_delete_file(fixture->sandbox, paths[i]), ==, -EINVAL);
        g_assert_cmpint(sandbox_create_directory(fixture->sandbox, paths[i]), ==, -EINVAL);
        g_assert_cmpint(sandbox_delete_directory(fixture->sandbox, paths[i], true), ==, -EINVAL);
        g_assert_cmpint(sandbox_rename(fixture->sandbox, paths[i], "/x"), ==, -EINVAL);
        g_assert_cmpint(sandbox_rename(fixture->sandbox, "/a", paths[i]), ==, -EINVAL);
        g_assert_cmpint(sandbox_stat(fixture->sandbox, paths[i], &is_directory, NULL), ==, -EINVAL);
        g_assert_cmpint(sandbox_list(fixture->sandbox, paths[i], &entries), ==, -EINVAL);
    }
    /* A name that only begins with dots is a name. */
    g_assert_cmpint(sandbox_create_file(fixture->sandbox, "/..x", 0), ==, 0);
    g_assert_cmpint(sandbox_create_file(fixture->sandbox, "/...", 0), ==, 0);
    assert_secret_is_whole(fixture);
}

static void test_links(struct fixture *fixture, gconstpointer data)
{
    GPtrArray *entries;
    bool is_directory;

    (void)data;
    plant_link(fixture, "file", "../secret");
    plant_link(fixture, "up", "..");
    plant_link(fixture, "absolute", fixture->outside);
    g_assert_cmpint(sandbox_open_file(fixture->sandbox, "/file", O_RDONLY), <, 0);
    g_assert_cmpint(sandbox_open_file(fixture->sandbox, "/file", O_RDWR), <, 0);
    g_assert_cmpint(sandbox_open_file(fixture->sandbox, "/up/secret", O_RDONLY), <, 0);
    g_assert_cmpint(sandbox_open_file(fixture->sandbox, "/absolute/secret", O_RDONLY), <, 0);
    g_assert_cmpint(sandbox_create_file(fixture->sandbox, "/up/new", 0), <, 0);
    g_assert_cmpint(sandbox_create_file(fixture->sandbox, "/file", 0), <, 0);
    g_assert_cmpint(sandbox_delete_file(fixture->sandbox, "/up/secret"), <, 0);
    g_assert_cmpint(sandbox_list(fixture->sandbox, "/up", &entries), <, 0);
    g_assert_cmpint(sandbox_stat(fixture->sandbox, "/file", &is_directory, NULL), ==, -ENOENT);
    g_assert_cmpint(sandbox_rename(fixture->sandbox, "/up/secret", "/mine"), <, 0);
    /* Deleting recursively removes links, not what they name. */
    sandbox_create_directory(fixture->sandbox, "/tree");
    plant_link(fixture, "tree/up", "../..");
    g_assert_cmpint(sandbox_delete_directory(fixture->sandbox, "/tree", true), ==, 0);
    assert_secret_is_whole(fixture);
}

static void test_special_files(struct fixture *fixture, gconstpointer data)
{
    g_autofree char *fifo = path_in(fixture->inside, "fifo");

    (void)data;
    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    /* Must neither open nor wait for a writer. */
    g_assert_cmpint(sandbox_open_file(fixture->sandbox, "/fifo", O_RDONLY), ==, -EACCES);
}

static void test_limits(struct fixture *fixture, gconstpointer data)
{
    g_autofree char *long_path = g_strnfill(SANDBOX_MAX_PATH + 1, 'a');
    g_autofree char *long_name = g_strnfill(NAME_MAX + 1, 'a');
    uint8_t byte = 0;
    int file;

    (void)data;
    g_assert_cmpint(sandbox_create_file(fixture->sandbox, long_path, 0), ==, -ENAMETOOLONG);
    g_assert_cmpint(sandbox_create_file(fixture->sandbox, long_name, 0), ==, -ENAMETOOLONG);
    g_assert_cmpint(sandbox_create_file(fixture->sandbox, "/big", SANDBOX_MAX_FILE_SIZE + 1), ==,
                    -EFBIG);
    sandbox_create_file(fixture->sandbox, "/f", 0);
    file = sandbox_open_file(fixture->sandbox, "/f", O_RDWR);
    g_assert_cmpint(sandbox_write(file, SANDBOX_MAX_FILE_SIZE, &byte, 1), ==, -EFBIG);
    g_assert_cmpint(sandbox_write(file, UINT64_MAX, &byte, 1), ==, -EFBIG);
    g_assert_cmpint(sandbox_read(file, UINT64_MAX, &byte, 1), ==, -EINVAL);
    g_assert_cmpint(sandbox_set_file_size(file, UINT64_MAX), ==, -EFBIG);
    g_assert_cmpint(sandbox_file_size(file), ==, 0);
    close(file);
}

static void test_temporary(void)
{
    struct sandbox *sandbox = sandbox_new(NULL, NULL);
    g_autofree char *directory = g_strdup(sandbox_directory(sandbox));
    bool is_directory;
    uint64_t size;

    g_assert_cmpint(sandbox_stat(sandbox, "/readme.txt", &is_directory, &size), ==, 0);
    g_assert_cmpuint(size, >, 0);
    sandbox_create_directory(sandbox, "/deep");
    sandbox_create_directory(sandbox, "/deep/er");
    sandbox_free(sandbox);
    g_assert_false(g_file_test(directory, G_FILE_TEST_EXISTS));
}

/* What is in a directory goes, the directory stays; links in it go without what they name. */
static void test_clean(struct fixture *fixture, gconstpointer data)
{
    struct sandbox *sandbox = fixture->sandbox;
    g_autofree char *link = g_build_filename(sandbox_directory(sandbox), "full", "out", NULL);
    g_autofree char *outside = g_dir_make_tmp("ipcshark-outside-XXXXXX", NULL);
    g_autofree char *kept = g_build_filename(outside, "kept", NULL);
    GPtrArray *entries;
    int64_t modified = 0;

    (void)data;
    g_assert_true(g_file_set_contents(kept, "x", 1, NULL));
    g_assert_cmpint(sandbox_create_directory(sandbox, "/full"), ==, 0);
    g_assert_cmpint(sandbox_create_directory(sandbox, "/full/deep"), ==, 0);
    g_assert_cmpint(sandbox_create_file(sandbox, "/full/deep/file", 1), ==, 0);
    g_assert_cmpint(symlink(outside, link), ==, 0);
    g_assert_cmpint(sandbox_clean_directory(sandbox, "/full/out"), <, 0);
    g_assert_cmpint(sandbox_clean_directory(sandbox, "/full"), ==, 0);
    g_assert_cmpint(sandbox_list(sandbox, "/full", &entries), ==, 0);
    g_assert_cmpuint(entries->len, ==, 0);
    g_ptr_array_unref(entries);
    g_assert_true(g_file_test(kept, G_FILE_TEST_EXISTS));
    g_assert_cmpint(sandbox_clean_directory(sandbox, "/none"), ==, -ENOENT);
    g_assert_cmpint(sandbox_modified(sandbox, "/full", &modified), ==, 0);
    g_assert_cmpint(modified, >, 1000000000);
    g_assert_cmpint(sandbox_modified(sandbox, "/none", &modified), ==, -ENOENT);
    g_remove(kept);
    g_rmdir(outside);
}

static void test_missing_directory(void)
{
    GError *error = NULL;

    g_assert_null(sandbox_new("/nonexistent/sandbox", &error));
    g_assert_nonnull(error);
    g_error_free(error);
}

#define test(path, function) g_test_add(path, struct fixture, NULL, start, function, end)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    test("/server/sandbox/files", test_files);
    test("/server/sandbox/list", test_list);
    test("/server/sandbox/dots", test_dots);
    test("/server/sandbox/links", test_links);
    test("/server/sandbox/special-files", test_special_files);
    test("/server/sandbox/limits", test_limits);
    test("/server/sandbox/clean", test_clean);
    g_test_add_func("/server/sandbox/temporary", test_temporary);
    g_test_add_func("/server/sandbox/missing-directory", test_missing_directory);
    return g_test_run();
}
