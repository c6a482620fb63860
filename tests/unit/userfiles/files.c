/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folders and files of a user's names: which are read, in which order, and what is said of the rest. */
#include <ipcshark/names.h>
#include <user_files.h>

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

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
