/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "demo.h"

#include "own_program.h"
#include "usage.h"

#include <glib-unix.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct demo {
    const struct extcap_options *options;
    demo_function tell;
    gpointer data;
    char *directory;
    char *recorder; /**< Addresses. */
    char *server;
    GPtrArray *scenarios; /**< Names, to be run in turn. */
    guint next;
    gint64 runs;
    GPid server_pid;
    GPid traffic_pid;
    int server_output;
    guint output_watch; /**< Sources; 0: none. */
    guint server_watch;
    guint traffic_watch;
    guint timer;
    gboolean is_serving;
};

void demo_list_scenarios(void (*take)(const char *name, const char *summary, gpointer data),
                         gpointer data)
{
    g_autofree char *program = ipcshark_own_program();
    g_autofree char *output = NULL;
    g_auto(GStrv) lines = NULL;
    const char *arguments[] = {program, "traffic", "--list", NULL};

    if (!program || !g_spawn_sync(NULL, (char **)arguments, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL,
                                  NULL, &output, NULL, NULL, NULL))
        return;
    lines = g_strsplit(output, "\n", -1);
    for (char **line = lines; *line; line++) {
        char *space = strchr(*line, ' ');

        if (space) {
            *space = '\0';
            take(*line, g_strstrip(space + 1), data);
        }
    }
}

static void add_scenario(const char *name, const char *summary G_GNUC_UNUSED, gpointer data)
{
    struct demo *demo = data;

    if (!strcmp(demo->options->scenario, EXTCAP_EACH) || !strcmp(demo->options->scenario, name))
        g_ptr_array_add(demo->scenarios, g_strdup(name));
}

static gboolean choose_scenarios(struct demo *demo, GError **error)
{
    demo_list_scenarios(add_scenario, demo);
    if (demo->scenarios->len)
        return TRUE;
    return usage_error(error, "there is no scenario \"%s\"; `ipcshark traffic --list` has them",
                       demo->options->scenario);
}

struct demo *demo_new(const struct extcap_options *options, demo_function tell, gpointer data,
                      GError **error)
{
    struct demo *demo = g_new0(struct demo, 1);

    demo->options = options;
    demo->tell = tell;
    demo->data = data;
    demo->server_output = -1;
    demo->scenarios = g_ptr_array_new_with_free_func(g_free);
    if (choose_scenarios(demo, error))
        demo->directory = g_dir_make_tmp("ipcshark-demo-XXXXXX", error);
    if (!demo->directory) {
        demo_free(demo);
        return NULL;
    }
    demo->recorder = g_strdup_printf("unix:%s/recorder", demo->directory);
    demo->server = g_strdup_printf("unix:%s/server", demo->directory);
    return demo;
}

const char *demo_recorder_address(const struct demo *demo)
{
    return demo->recorder;
}

/** Children must not outlive this process, however it ends. */
static void die_with_parent(gpointer parent)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != GPOINTER_TO_INT(parent))
        _exit(1);
}

static gboolean spawn(const char **arguments, GPid *pid, int *output, GError **error)
{
    g_autofree char *program = ipcshark_own_program();
    GSpawnFlags flags = G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL;

    arguments[0] = program;
    return program && g_spawn_async_with_pipes(NULL, (char **)arguments, NULL,
                                               output ? flags : flags | G_SPAWN_STDOUT_TO_DEV_NULL,
                                               die_with_parent, GINT_TO_POINTER((int)getpid()), pid,
                                               NULL, output, NULL, error);
}

static gboolean run_next(gpointer data);

static void wait_a_while(struct demo *demo)
{
    gint64 rounds = demo->options->rounds;

    if (rounds && demo->runs >= rounds) {
        demo->tell("The scenarios that were asked for have been run.", TRUE, demo->data);
        return;
    }
    demo->timer = g_timeout_add((guint)demo->options->pause, run_next, demo);
}

static void on_traffic_end(GPid pid, gint status, gpointer data)
{
    struct demo *demo = data;
    const char *name = g_ptr_array_index(demo->scenarios, demo->next);
    g_autofree char *text = g_strdup_printf(
        "Scenario %s did not go as expected; `ipcshark traffic --scenario %s` says why.", name,
        name);

    g_spawn_close_pid(pid);
    demo->traffic_pid = 0;
    demo->traffic_watch = 0;
    if (status != 0)
        demo->tell(text, FALSE, demo->data);
    demo->next = (demo->next + 1) % demo->scenarios->len;
    demo->runs++;
    wait_a_while(demo);
}

static gboolean run_next(gpointer data)
{
    struct demo *demo = data;
    char *name = g_ptr_array_index(demo->scenarios, demo->next);
    const char *arguments[] = {NULL, "traffic", "--to", demo->server, "--scenario", name, NULL};
    g_autoptr(GError) error = NULL;

    demo->timer = 0;
    if (spawn(arguments, &demo->traffic_pid, NULL, &error))
        demo->traffic_watch = g_child_watch_add(demo->traffic_pid, on_traffic_end, demo);
    else
        demo->tell(error->message, TRUE, demo->data);
    return G_SOURCE_REMOVE;
}

/** The server says first that it listens. */
static gboolean on_server_output(gint descriptor, GIOCondition condition G_GNUC_UNUSED,
                                 gpointer data)
{
    struct demo *demo = data;
    char text[4096];

    if (read(descriptor, text, sizeof text) <= 0) {
        demo->output_watch = 0;
        return G_SOURCE_REMOVE;
    }
    if (!demo->is_serving)
        run_next(demo);
    demo->is_serving = TRUE;
    return G_SOURCE_CONTINUE;
}

static void on_server_end(GPid pid, gint status G_GNUC_UNUSED, gpointer data)
{
    struct demo *demo = data;

    g_spawn_close_pid(pid);
    demo->server_pid = 0;
    demo->server_watch = 0;
    demo->tell("The reference server has ended; `ipcshark server` says why.", TRUE, demo->data);
}

gboolean demo_start(struct demo *demo, GError **error)
{
    const char *arguments[] = {NULL,    "server",       "--listen", demo->server,
                               "--tap", demo->recorder, NULL};

    if (!spawn(arguments, &demo->server_pid, &demo->server_output, error))
        return FALSE;
    demo->output_watch =
        g_unix_fd_add(demo->server_output, G_IO_IN | G_IO_HUP, on_server_output, demo);
    demo->server_watch = g_child_watch_add(demo->server_pid, on_server_end, demo);
    return TRUE;
}

static void remove_source(guint *source)
{
    if (*source)
        g_source_remove(*source);
    *source = 0;
}

#define END_PATIENCE (3 * G_TIME_SPAN_SECOND)

static void read_what_is_there(void)
{
    while (g_main_context_iteration(NULL, FALSE))
        continue;
}

/** Goes on reading meanwhile: a server that ends first sends what it still has, and when it has
 *  ended that may still lie in its connection. */
static gboolean wait_for_end(GPid pid)
{
    gint64 deadline = g_get_monotonic_time() + END_PATIENCE;
    gboolean has_ended = FALSE;

    while (!has_ended && g_get_monotonic_time() < deadline) {
        has_ended = waitpid(pid, NULL, WNOHANG) != 0;
        read_what_is_there();
        if (!has_ended)
            g_usleep(2000);
    }
    return has_ended;
}

static void end_child(GPid *pid)
{
    GPid child = *pid;

    *pid = 0;
    if (child <= 0)
        return;
    kill(child, SIGTERM);
    if (wait_for_end(child))
        return;
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

void demo_stop(struct demo *demo)
{
    remove_source(&demo->timer);
    remove_source(&demo->output_watch);
    remove_source(&demo->traffic_watch);
    remove_source(&demo->server_watch);
    end_child(&demo->traffic_pid);
    end_child(&demo->server_pid);
}

void demo_free(struct demo *demo)
{
    if (!demo)
        return;
    if (demo->server_output >= 0)
        close(demo->server_output);
    if (demo->server)
        g_unlink(demo->server + strlen("unix:"));
    if (demo->directory)
        g_rmdir(demo->directory);
    g_ptr_array_unref(demo->scenarios);
    g_free(demo->directory);
    g_free(demo->recorder);
    g_free(demo->server);
    g_free(demo);
}
