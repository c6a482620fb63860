/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "world.h"

#include <glib/gstdio.h>
#include <sys/socket.h>

/* Out of the way of the pids that cases give their processes. */
#define SERVICE_PID 1000000
#define PROGRAM_ID  0x1234

struct errand {
    struct world *world;
    void (*function)(void *data);
    void *data;
    bool is_done;
};

static gboolean run_errand(gpointer data)
{
    struct errand *errand = data;

    errand->function(errand->data);
    g_mutex_lock(&errand->world->mutex);
    errand->is_done = true;
    g_cond_broadcast(&errand->world->changed);
    g_mutex_unlock(&errand->world->mutex);
    return G_SOURCE_REMOVE;
}

void world_do(struct world *world, void (*function)(void *data), void *data)
{
    struct errand errand = {.world = world, .function = function, .data = data};

    g_main_context_invoke(world->context, run_errand, &errand);
    g_mutex_lock(&world->mutex);
    while (!errand.is_done)
        g_cond_wait(&world->changed, &world->mutex);
    g_mutex_unlock(&world->mutex);
}

static gpointer run(gpointer data)
{
    struct world *world = data;
    const struct server_options options = {
        .quiet = true,
        .sandbox = world->sandbox,
        .first_service_pid = SERVICE_PID,
        .choices = (const char *const *)world->choices,
    };

    g_main_context_push_thread_default(world->context);
    world->server = server_new(&options, NULL);
    g_main_loop_run(world->loop);
    server_free(world->server);
    g_main_context_pop_thread_default(world->context);
    return NULL;
}

bool world_set_choices(struct world *world, struct test_case *test)
{
    JsonArray *array = member_array(test->given, "choices");
    uint8_t settings[SERVER_CHOICES];
    g_autoptr(GPtrArray) choices = g_ptr_array_new();

    for (guint i = 0; i < array_length(array); i++) {
        if (!server_choice_parse(array_text(array, i), settings, NULL)) {
            case_skip(test, "unknown choice %s", array_text(array, i));
            g_ptr_array_set_free_func(choices, g_free);
            return false;
        }
        g_ptr_array_add(choices, g_strdup(array_text(array, i)));
    }
    g_ptr_array_add(choices, NULL);
    world->choices = (char **)g_ptr_array_free(g_steal_pointer(&choices), FALSE);
    return true;
}

void world_start(struct world *world)
{
    *world = (struct world){.choices = world->choices};
    g_mutex_init(&world->mutex);
    g_cond_init(&world->changed);
    world->sandbox = g_dir_make_tmp("ipcshark-cases-XXXXXX", NULL);
    world->context = g_main_context_new();
    world->loop = g_main_loop_new(world->context, FALSE);
    world->thread = g_thread_new("server", run, world);
}

static void quit(void *data)
{
    g_main_loop_quit(data);
}

static void remove_tree(const char *path)
{
    GDir *directory = g_dir_open(path, 0, NULL);
    const char *name;

    while (directory && (name = g_dir_read_name(directory))) {
        g_autofree char *child = g_build_filename(path, name, NULL);

        remove_tree(child);
    }
    if (directory)
        g_dir_close(directory);
    g_remove(path);
}

void world_end(struct world *world)
{
    world_do(world, quit, world->loop);
    g_thread_join(world->thread);
    g_main_loop_unref(world->loop);
    g_main_context_unref(world->context);
    remove_tree(world->sandbox);
    g_free(world->sandbox);
    g_strfreev(world->choices);
    g_mutex_clear(&world->mutex);
    g_cond_clear(&world->changed);
}

struct joining {
    struct world *world;
    int descriptor;
};

static void join(void *data)
{
    struct joining *joining = data;

    server_add_connection(joining->world->server, joining->descriptor);
}

struct traffic_client *world_process(struct world *world, uint8_t platform, const char *name,
                                     uint32_t pid)
{
    return world_program(world, platform, name, pid, PROGRAM_ID);
}

struct traffic_client *world_program(struct world *world, uint8_t platform, const char *name,
                                     uint32_t pid, uint64_t program_id)
{
    struct traffic_client *client;
    uint32_t result;
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        g_error("no socket pair");
    world_do(world, join, &(struct joining){world, ends[0]});
    client = traffic_client_new(ends[1]);
    if (!traffic_client_hello(client, platform, name, program_id, pid, NULL, 0, &result))
        g_error("%s: Hello was refused with 0x%X", name, result);
    return client;
}
