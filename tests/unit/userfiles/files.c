/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Links, pipes and long files. */
#define _XOPEN_SOURCE 700

/* Folders and files of a user's names: which are read, in which order, and what is said of the
 * rest. */
#include <ipcshark/names.h>
#include <user_files.h>

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CMIF IPCSHARK_CONVENTION_CMIF

static char *folder;

static void write_file(const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void remove_file(const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);

    g_assert_cmpint(g_remove(path), ==, 0);
}

static void test_folder(void)
{
    struct user_files *files = user_files_new();
    g_autoptr(GPtrArray) errors = g_ptr_array_new_with_free_func(g_free);

    g_assert_null(user_files_names(files));
    write_file("a.tsv", "[nn::own::IThing]\n0\tEarly\n1\tKept\n");
    write_file("b.json", "{\"nn::own::IThing\": {\"0\": \"Late\"}}");
    write_file("c.id", "interface nn::own::IOther { [0] Get(u32 which); }");
    write_file("notes.txt", "not read");
    write_file("d.tsv", "broken");
    g_assert_false(user_files_read(files, folder, errors));
    g_assert_cmpuint(errors->len, ==, 1);
    g_assert_nonnull(strstr(g_ptr_array_index(errors, 0), "d.tsv:1:7: "));
    g_assert_cmpstr(ipcshark_names_command(user_files_names(files), CMIF, "nn::own::IThing", 0, 0),
                    ==, "Late");
    g_assert_cmpstr(ipcshark_names_command(user_files_names(files), CMIF, "nn::own::IThing", 1, 0),
                    ==, "Kept");
    g_assert_nonnull(
        ipcshark_names_description(user_files_names(files), CMIF, "nn::own::IOther", 0, 0));
    g_assert_cmpstr(user_files_interface_by_id(files, user_files_interface_id("nn::own::IOther")),
                    ==, "nn::own::IOther");
    user_files_free(files);
    remove_file("d.tsv");
    remove_file("notes.txt");
}

/* What somebody has typed into a table. */
static void test_text(void)
{
    struct user_files *files = user_files_new();
    g_autoptr(GPtrArray) errors = g_ptr_array_new_with_free_func(g_free);

    g_assert_true(user_files_read_text(files, "own.tsv", "[own:s]\n7\tTyped\n", errors));
    g_assert_false(user_files_read_text(files, "own.tsv", "[own:s]\nx\tTyped\n", errors));
    g_assert_cmpuint(errors->len, ==, 1);
    g_assert_nonnull(strstr(g_ptr_array_index(errors, 0), "own.tsv:2:3: "));
    g_assert_cmpstr(ipcshark_names_command(user_files_names(files), CMIF, "own:s", 7, 0), ==,
                    "Typed");
    user_files_free(files);
}

static void test_one_file(void)
{
    struct user_files *files = user_files_new();
    g_autofree char *path = g_build_filename(folder, "c.id", NULL);
    g_autoptr(GPtrArray) errors = g_ptr_array_new_with_free_func(g_free);

    g_assert_true(user_files_read(files, path, errors));
    g_assert_nonnull(user_files_names(files));
    g_assert_false(user_files_read(files, "/nowhere/x.id", errors));
    g_assert_cmpstr(g_ptr_array_index(errors, 0), ==, "/nowhere/x.id: No such file or directory");
    g_assert_false(user_files_read(files, "/dev/null", NULL));
    user_files_free(files);
}

/* A folder of the test's own below the other one. */
static char *make_folder(const char *name)
{
    char *path = g_build_filename(folder, name, NULL);

    g_assert_cmpint(g_mkdir(path, 0755), ==, 0);
    return path;
}

static void assert_only_error(const char *path, const char *expected)
{
    g_autoptr(GPtrArray) errors = g_ptr_array_new_with_free_func(g_free);
    struct user_files *files = user_files_new();

    g_assert_false(user_files_read(files, path, errors));
    g_assert_cmpuint(errors->len, ==, 1);
    g_assert_cmpstr(g_ptr_array_index(errors, 0), ==, expected);
    g_assert_null(user_files_names(files));
    user_files_free(files);
}

/* Whatever stands where a file of names should: told, by name, and nothing waits or grows. */
static void test_bad_places(void)
{
    g_autofree char *bad = make_folder("bad");
    g_autofree char *inner = make_folder("bad/inner.tsv");
    g_autofree char *loop = g_build_filename(bad, "inner.tsv", "loop.id", NULL);
    g_autofree char *pipe = g_build_filename(bad, "pipe.json", NULL);
    g_autofree char *huge = g_build_filename(bad, "huge.tsv", NULL);
    g_autofree char *no_file = g_strdup_printf("%s: this is a folder, no file", inner);
    g_autofree char *no_names =
        g_strdup_printf("%s: this is a folder without .id, .tsv or .json files", inner);
    g_autofree char *endless = g_strdup_printf("%s: Too many levels of symbolic links", loop);
    g_autofree char *waiting = g_strdup_printf("%s: this is no file", pipe);
    g_autofree char *too_large =
        g_strdup_printf("%s: the file has 209715200 bytes; up to 16777216 are read", huge);
    FILE *file = g_fopen(huge, "w");

    assert_only_error(inner, no_names);
    g_assert_cmpint(symlink("loop.id", loop), ==, 0);
    assert_only_error(loop, endless);
    g_assert_nonnull(file);
    g_assert_cmpint(fclose(file), ==, 0);
    g_assert_cmpint(truncate(huge, 200 << 20), ==, 0);
    assert_only_error(huge, too_large);
    g_remove(huge);
    g_assert_cmpint(mkfifo(pipe, 0600), ==, 0);
    assert_only_error(pipe, waiting);
    g_remove(pipe);
    assert_only_error(bad, no_file);
    g_remove(loop);
    g_rmdir(inner);
    g_rmdir(bad);
}

/* Of a folder that may not be opened; root may. */
static void test_forbidden(void)
{
    g_autofree char *path = make_folder("forbidden");
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) errors = g_ptr_array_new_with_free_func(g_free);
    struct user_files *files = user_files_new();

    g_assert_cmpint(g_chmod(path, 0), ==, 0);
    if (g_access(path, R_OK)) {
        user_files_find_optional(paths, path);
        g_assert_false(user_files_read_all(files, paths, errors));
        g_assert_nonnull(strstr(g_ptr_array_index(errors, 0), "forbidden"));
        g_assert_nonnull(strstr(g_ptr_array_index(errors, 0), "Permission denied"));
    } else {
        g_test_skip("as root everything can be opened");
    }
    user_files_free(files);
    g_rmdir(path);
}

static void test_optional(void)
{
    g_autofree char *empty = make_folder("empty");
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);

    user_files_find_optional(paths, "/nowhere/at/all");
    user_files_find_optional(paths, empty);
    g_assert_cmpuint(paths->len, ==, 0);
    g_rmdir(empty);
}

/* As SwIPC's files are: types in one, commands in others, on both sides of it in the alphabet. */
static void test_shared_types(void)
{
    g_autofree char *shared = make_folder("shared");
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
    struct user_files *files = user_files_new();
    const struct ipcshark_command *command;

    write_file("shared/account.id", "interface I1 { [0] A(nn::own::Id id, u32 n); }");
    write_file("shared/auto.id", "type nn::own::Id = u64;");
    write_file("shared/bsd.id", "interface I2 { [0] A(u32 n, nn::own::Id id); }");
    write_file("shared/c.id", "interface I3 { [0] A(\nNowhere n); }");
    g_assert_true(user_files_read(files, shared, NULL));
    command = ipcshark_names_description(user_files_names(files), CMIF, "I1", 0, 0);
    g_assert_true(command->in_layout);
    g_assert_cmpuint(command->in[0].offset, ==, 8);
    command = ipcshark_names_description(user_files_names(files), CMIF, "I2", 0, 0);
    g_assert_cmpuint(command->in_size, ==, 16);
    user_files_add_notes(files, notes);
    g_assert_cmpuint(notes->len, ==, 1);
    g_assert_nonnull(strstr(g_ptr_array_index(notes, 0), "/c.id:2:1: nobody defines this type"));
    user_files_free(files);
    remove_file("shared/account.id");
    remove_file("shared/auto.id");
    remove_file("shared/bsd.id");
    remove_file("shared/c.id");
    g_rmdir(shared);
}

static char *stamp_of(const char *place)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);

    user_files_find(paths, place);
    return user_files_stamp(paths);
}

/* Also of a change that keeps the size, within one second. */
static void test_stamp(void)
{
    g_autofree char *path = g_build_filename(folder, "stamp.tsv", NULL);
    g_autofree char *none = stamp_of(path);
    g_autofree char *first = NULL, *same = NULL, *second = NULL;

    write_file("stamp.tsv", "[a]\n0\tA\n");
    first = stamp_of(path);
    same = stamp_of(path);
    write_file("stamp.tsv", "[a]\n0\tB\n");
    second = stamp_of(path);
    g_assert_cmpstr(none, !=, first);
    g_assert_cmpstr(first, ==, same);
    g_assert_cmpstr(first, !=, second);
    remove_file("stamp.tsv");
}

static void test_environment(void)
{
    struct user_files *files = user_files_new();

    g_setenv(USER_FILES_VARIABLE, folder, TRUE);
    g_assert_true(user_files_read_usual(files, NULL));
    g_assert_nonnull(user_files_names(files));
    g_unsetenv(USER_FILES_VARIABLE);
    user_files_free(files);
}

/* The ids that the tables have are these hashes. */
static void test_interface_ids(void)
{
    g_assert_cmphex(user_files_interface_id("nn::sf::hipc::detail::IHipcManager"), ==, 0xEC6BE3FF);
    g_assert_cmpstr(
        user_files_interface_by_id(NULL, user_files_interface_id("nn::fssrv::sf::IFileSystem")), ==,
        "nn::fssrv::sf::IFileSystem");
    g_assert_null(user_files_interface_by_id(NULL, 0));
}

int main(int argc, char **argv)
{
    int status;

    g_setenv("LC_ALL", "C", TRUE);
    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("ipcshark-names-XXXXXX", NULL);
    g_assert_nonnull(folder);
    g_setenv("XDG_CONFIG_HOME", folder, TRUE);
    g_test_add_func("/user-files/folder", test_folder);
    g_test_add_func("/user-files/one-file", test_one_file);
    g_test_add_func("/user-files/text", test_text);
    g_test_add_func("/user-files/bad-places", test_bad_places);
    g_test_add_func("/user-files/forbidden", test_forbidden);
    g_test_add_func("/user-files/optional", test_optional);
    g_test_add_func("/user-files/shared-types", test_shared_types);
    g_test_add_func("/user-files/stamp", test_stamp);
    g_test_add_func("/user-files/environment", test_environment);
    g_test_add_func("/user-files/interface-ids", test_interface_ids);
    status = g_test_run();
    remove_file("a.tsv");
    remove_file("b.json");
    remove_file("c.id");
    g_rmdir(folder);
    g_free(folder);
    return status;
}
