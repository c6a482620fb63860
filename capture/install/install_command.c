/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"
#include "own.h"
#include "own_program.h"
#include "plan.h"
#include "usage.h"
#include "wireshark.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    EXIT_GOOD = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
};

struct options {
    gboolean user;
    gboolean system;
    gboolean uninstall;
    gboolean is_dry;
    char *tshark;
};

static const char description[] =
    "Puts three things where this Wireshark looks for them: the plugin, the capture\n"
    "helper (extcap) and the profile \"" OWN_PROFILE_NAME "\" with columns, colours and buttons.\n"
    "For root the default is --system: Wireshark ignores root's own plugins.\n\n"
    "Examples:\n"
    "  ipcshark install --dry-run\n"
    "  ipcshark install --user && ipcshark doctor\n"
    "  sudo ipcshark install --system\n"
    "  ipcshark install --uninstall\n";

static gboolean parse_options(struct options *options, int *argc, char ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"user", 'u', 0, G_OPTION_ARG_NONE, &options->user, "for this user (default)", NULL},
        {"system", 's', 0, G_OPTION_ARG_NONE, &options->system, "for all users (default for root)",
         NULL},
        {"uninstall", 0, 0, G_OPTION_ARG_NONE, &options->uninstall,
         "remove what was installed, and nothing else", NULL},
        {"dry-run", 'n', 0, G_OPTION_ARG_NONE, &options->is_dry, "only say what would be done",
         NULL},
        {"tshark", 0, 0, G_OPTION_ARG_FILENAME, &options->tshark,
         "for this tshark's Wireshark (the one in PATH)", "PROGRAM"},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context = g_option_context_new("- make ipcshark part of Wireshark");

    g_option_context_set_description(context, description);
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, argc, argv, error))
        return FALSE;
    if (*argc == 1 && !(options->user && options->system))
        return TRUE;
    if (*argc > 1)
        return usage_error(error, "what is \"%s\"?", (*argv)[1]);
    return usage_error(error, "--user and --system exclude each other");
}

static enum scope scope_of(const struct options *options)
{
    if (options->user)
        return SCOPE_USER;
    return options->system || geteuid() == 0 ? SCOPE_SYSTEM : SCOPE_USER;
}

/** DESTDIR, as makers of packages set it, stands before all places of the system. */
static char *place(enum scope scope, const char *path)
{
    const char *destination = scope == SCOPE_SYSTEM ? g_getenv("DESTDIR") : NULL;

    return g_strconcat(destination ? destination : "", path, NULL);
}

static char *manifest_path(enum scope scope)
{
    if (scope == SCOPE_USER)
        return g_build_filename(g_get_user_data_dir(), "ipcshark", "installed", NULL);
    return place(scope, "/var/lib/ipcshark/installed");
}

static gboolean put_one(struct plan *plan, enum scope scope, const char *what, const char *source,
                        const char *folder, const char *name, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *target = place(scope, path);
    const struct plan_file file = {
        .what = what,
        .source = source,
        .target = target,
        .mode = strcmp(what, "profile") ? 0755 : 0644,
        .is_users = !strcmp(what, "profile"),
    };

    return plan_put(plan, &file, error);
}

/** Before anything is written: without it the rest is of no use. */
static gboolean check_plugin(const struct wireshark *wireshark, GError **error)
{
    g_autofree char *source = own_plugin(wireshark->minor);
    g_autofree char *versions = own_plugin_versions();

    if (source)
        return TRUE;
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
                "this is Wireshark %s, and beside this program are plugins for: %s. Build ipcshark "
                "with the wireshark-dev package of this Wireshark",
                wireshark->version, versions);
    return FALSE;
}

static gboolean put_plugin(struct plan *plan, const struct wireshark *wireshark, enum scope scope,
                           GError **error)
{
    g_autofree char *source = own_plugin(wireshark->minor);
    g_autofree char *folder = g_build_filename(wireshark->folders[scope].plugins, "epan", NULL);

    return put_one(plan, scope, "plugin", source, folder, OWN_PLUGIN_FILE, error);
}

static gboolean put_helper(struct plan *plan, const struct wireshark *wireshark, enum scope scope,
                           GError **error)
{
    g_autofree char *source = ipcshark_own_program();

    return put_one(plan, scope, "extcap", source, wireshark->folders[scope].extcap, OWN_HELPER_FILE,
                   error);
}

static gboolean put_profile(struct plan *plan, const struct wireshark *wireshark, enum scope scope,
                            GError **error)
{
    g_autofree char *source = own_profile();
    g_autofree char *folder = g_build_filename(wireshark->folders[scope].configuration, "profiles",
                                               OWN_PROFILE_NAME, NULL);
    g_autoptr(GDir) directory = source ? g_dir_open(source, 0, error) : NULL;
    gboolean good = TRUE;
    const char *name;

    if (!source)
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
                    "the profile's files are not beside this program");
    if (!directory)
        return FALSE;
    while (good && (name = g_dir_read_name(directory))) {
        g_autofree char *path = g_build_filename(source, name, NULL);

        good = put_one(plan, scope, "profile", path, folder, name, error);
    }
    return good;
}

static gboolean make_place_for_manifest(struct plan *plan, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(plan->manifest->path);

    return plan->is_dry || plan_make_folders(plan, folder, error);
}

static gboolean put_all(struct plan *plan, const struct wireshark *wireshark, enum scope scope,
                        GError **error)
{
    printf("Wireshark %s (%s), for %s:\n", wireshark->version, wireshark->program,
           scope == SCOPE_USER ? "this user" : "all users");
    return check_plugin(wireshark, error) && make_place_for_manifest(plan, error) &&
           put_plugin(plan, wireshark, scope, error) && put_helper(plan, wireshark, scope, error) &&
           put_profile(plan, wireshark, scope, error);
}

static gboolean install(struct plan *plan, const struct options *options, GError **error)
{
    enum scope scope = scope_of(options);
    struct wireshark *wireshark = wireshark_find(options->tshark, error);
    gboolean good = wireshark && put_all(plan, wireshark, scope, error);

    wireshark_free(wireshark);
    if (good && geteuid() == 0 && scope == SCOPE_USER)
        puts("You are root: Wireshark ignores a user's plugins when root runs it; see --system.");
    if (good && !plan->is_dry)
        puts("`ipcshark doctor` checks it. The profile: wireshark -C \"" OWN_PROFILE_NAME "\"");
    return good;
}

static gboolean uninstall(struct plan *plan, GError **error)
{
    if (!plan->manifest->entries->len)
        printf("Nothing is installed (%s is not there).\n", plan->manifest->path);
    return plan_remove_all(plan, error);
}

/** The manifest is written after a failure too: what was done by then can be undone. */
static gboolean run(const struct options *options, GError **error)
{
    g_autofree char *path = manifest_path(scope_of(options));
    struct plan plan = {.manifest = manifest_load(path, error), .is_dry = options->is_dry};
    gboolean good;

    if (!plan.manifest)
        return FALSE;
    good = options->uninstall ? uninstall(&plan, error) : install(&plan, options, error);
    if (!plan.is_dry)
        good = manifest_save(plan.manifest, good ? error : NULL) && good;
    manifest_free(plan.manifest);
    return good;
}

static int report(const struct options *options, const GError *error)
{
    gboolean is_denied = g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_ACCES) ||
                         g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_PERM);

    fprintf(stderr, "%s: %s\n", g_get_prgname(), error->message);
    if (is_denied && scope_of(options) == SCOPE_SYSTEM)
        fprintf(stderr, "For all users this needs root: sudo %s --system%s\n", g_get_prgname(),
                options->uninstall ? " --uninstall" : "");
    return error->domain == G_OPTION_ERROR ? EXIT_USAGE : EXIT_FAILED;
}

int ipcshark_install_command(int argc, char **argv)
{
    struct options options = {0};
    g_autoptr(GError) error = NULL;
    int status = EXIT_GOOD;

    if (!parse_options(&options, &argc, &argv, &error) || !run(&options, &error))
        status = report(&options, error);
    g_free(options.tshark);
    return status;
}
