/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many sessions and many calls against a server of its own, of each system: it must not grow, leave
 * descriptors open, or end otherwise than well.
 *
 *     soak [--sessions N] [--calls N] [--growth KIB] PROGRAM… (for example valgrind ipcshark)
 *
 * The growth that is allowed is what an allocator may take for fragments; a leak of one byte a call
 * exceeds it in a run of a million calls.
 */
#include "../../samples/common/endpoint.h"
#include "plain_call.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define WAVES 4 /* Of sessions that come and go. */

struct soak {
    int sessions;
    int calls;
    int growth; /* KiB; -1: not looked at. */
    char **program;
    GSubprocess *process;
    char *address;
    bool failed;
};

static bool parse(struct soak *soak, int *argc, char ***argv)
{
    const GOptionEntry entries[] = {
        {"sessions", 0, 0, G_OPTION_ARG_INT, &soak->sessions, "At once (1000)", "NUMBER"},
        {"calls", 0, 0, G_OPTION_ARG_INT, &soak->calls, "Of each system (1000000)", "NUMBER"},
        {"growth", 0, 0, G_OPTION_ARG_INT, &soak->growth, "Allowed (512), -1: any", "KIB"},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &soak->program, NULL, "PROGRAM…"},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };
    GOptionContext *context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;
    bool parsed;

    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_strict_posix(context, TRUE); /* The program's options are its own. */
    parsed = g_option_context_parse(context, argc, argv, &error) && soak->program &&
             soak->sessions > 0 && soak->calls > 0;
    g_option_context_free(context);
    if (!parsed)
        fprintf(stderr, "soak: %s\n", error ? error->message : "which program?");
    return parsed;
}

/** A thousand connections here, too. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/** Should the soak abort, its server must not outlive it. */
static void end_with_parent(gpointer data)
{
    (void)data;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
}

/** The socket's file is there a moment before somebody listens. */
static void wait_until_it_listens(const struct soak *soak)
{
    for (unsigned int i = 0; i < 600; i++) {
        int descriptor = endpoint_connect(soak->address, NULL);

        if (descriptor >= 0) {
            close(descriptor);
            return;
        }
        g_usleep(50000);
    }
    g_error("the server does not listen");
}

static void start_server(struct soak *soak)
{
    GSubprocessLauncher *launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_NONE);
    g_autoptr(GPtrArray) arguments = g_ptr_array_new();
    g_autoptr(GError) error = NULL;

    for (char **word = soak->program; *word; word++)
        g_ptr_array_add(arguments, *word);
    g_ptr_array_add(arguments, (gpointer) "server");
    g_ptr_array_add(arguments, (gpointer) "--quiet");
    g_ptr_array_add(arguments, (gpointer) "--listen");
    g_ptr_array_add(arguments, soak->address);
    g_ptr_array_add(arguments, NULL);
    g_subprocess_launcher_set_child_setup(launcher, end_with_parent, NULL, NULL);
    soak->process =
        g_subprocess_launcher_spawnv(launcher, (const char *const *)arguments->pdata, &error);
    g_assert_no_error(error);
    g_object_unref(launcher);
    wait_until_it_listens(soak);
}

static void stop_server(struct soak *soak)
{
    g_subprocess_send_signal(soak->process, SIGTERM);
    g_subprocess_wait(soak->process, NULL, NULL);
    if (!g_subprocess_get_if_exited(soak->process) ||
        g_subprocess_get_exit_status(soak->process) != 0) {
        printf("FAILED: the server did not end well\n");
        soak->failed = true;
    }
    if (g_file_test(soak->address + strlen("unix:"), G_FILE_TEST_EXISTS)) {
        printf("FAILED: the server left its socket behind\n");
        soak->failed = true;
    }
    g_object_unref(soak->process);
}

/** KiB. */
static int resident_size(const struct soak *soak)
{
    g_autofree char *path =
        g_strdup_printf("/proc/%s/status", g_subprocess_get_identifier(soak->process));
    g_autofree char *text = NULL;
    const char *line;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        g_error("the server has ended");
    line = strstr(text, "VmRSS:");
    return line ? atoi(line + strlen("VmRSS:")) : 0;
}

static int count_descriptors(const struct soak *soak)
{
    g_autofree char *path =
        g_strdup_printf("/proc/%s/fd", g_subprocess_get_identifier(soak->process));
    GDir *folder = g_dir_open(path, 0, NULL);
    int count = 0;

    while (g_dir_read_name(folder))
        count++;
    g_dir_close(folder);
    return count;
}

/** The server closes what its clients have left when it comes to it. */
static int settled_descriptors(const struct soak *soak, int wanted)
{
    int count = count_descriptors(soak);

    for (unsigned int i = 0; i < 100 && count > wanted; i++) {
        g_usleep(20000);
        count = count_descriptors(soak);
    }
    return count;
}

static void open_all(const struct soak *soak, struct plain_call *calls, uint8_t platform)
{
    for (int i = 0; i < soak->sessions; i++)
        plain_call_open(&calls[i], soak->address, platform);
}

static void close_all(const struct soak *soak, struct plain_call *calls)
{
    for (int i = 0; i < soak->sessions; i++)
        plain_call_close(&calls[i]);
}

/** All sessions in turn; false if one has ended. */
static void make_calls(const struct soak *soak, const struct plain_call *calls, int count)
{
    for (int i = 0; i < count; i++) {
        if (!plain_call_repeat(&calls[i % soak->sessions]))
            g_error("session %d ended at call %d", i % soak->sessions, i);
    }
}

static void expect_at_most(struct soak *soak, const char *what, int value, int limit)
{
    if (value <= limit)
        return;
    printf("FAILED: %s: %d, at most %d was expected\n", what, value, limit);
    soak->failed = true;
}

/** Growth over the calls, once every session has had some. */
static int run_calls(struct soak *soak, const struct plain_call *calls)
{
    int first = MIN(MAX(soak->calls / 10, 2 * soak->sessions), soak->calls);
    int size;

    make_calls(soak, calls, first);
    size = resident_size(soak);
    make_calls(soak, calls, soak->calls - first);
    return resident_size(soak) - size;
}

/** Growth over waves of sessions that come and go, once there has been one. */
static int run_waves(struct soak *soak, struct plain_call *calls, uint8_t platform)
{
    int size = 0;

    for (int i = 0; i < WAVES; i++) {
        open_all(soak, calls, platform);
        make_calls(soak, calls, soak->sessions);
        close_all(soak, calls);
        if (i == 0) {
            g_usleep(100000);
            size = resident_size(soak);
        }
    }
    g_usleep(100000);
    return resident_size(soak) - size;
}

static void run_system(struct soak *soak, uint8_t platform)
{
    struct plain_call *calls = g_new0(struct plain_call, (gsize)soak->sessions);
    int descriptors = count_descriptors(soak);
    int by_calls, by_waves, left;
    gint64 start = g_get_monotonic_time();
    double seconds;

    open_all(soak, calls, platform);
    by_calls = run_calls(soak, calls);
    seconds = (double)(g_get_monotonic_time() - start) / 1e6;
    close_all(soak, calls);
    settled_descriptors(soak, descriptors);
    by_waves = run_waves(soak, calls, platform);
    left = settled_descriptors(soak, descriptors) - descriptors;
    printf("%-8s %d sessions, %d calls in %.1f s: grew by %d KiB; %d waves of sessions: by %d KiB; "
           "%d descriptors left\n",
           plain_call_platform_name(platform), soak->sessions, soak->calls, seconds, by_calls,
           WAVES, by_waves, left);
    fflush(stdout);
    expect_at_most(soak, "descriptors left", left, 0);
    if (soak->growth >= 0) {
        expect_at_most(soak, "growth by calls, KiB", by_calls, soak->growth);
        expect_at_most(soak, "growth by sessions, KiB", by_waves, soak->growth);
    }
    g_free(calls);
}

int main(int argc, char **argv)
{
    static const uint8_t platforms[] = {IPCTAP_HORIZON, IPCTAP_CTR, IPCTAP_ORBIS};
    struct soak soak = {.sessions = 1000, .calls = 1000000, .growth = 512};
    g_autofree char *folder = g_dir_make_tmp("ipcshark-soak-XXXXXX", NULL);

    if (!parse(&soak, &argc, &argv))
        return 2;
    raise_descriptor_limit();
    soak.address = g_strdup_printf("unix:%s/socket", folder);
    start_server(&soak);
    for (size_t i = 0; i < G_N_ELEMENTS(platforms); i++)
        run_system(&soak, platforms[i]);
    stop_server(&soak);
    g_rmdir(folder);
    g_free(soak.address);
    g_strfreev(soak.program);
    return soak.failed;
}
