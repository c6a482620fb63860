/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "orbis_fixture.h"

#include <glib/gstdio.h>

static void keep_record(void *data, const uint8_t *record, size_t size)
{
    struct fixture *fixture = data;

    g_ptr_array_add(fixture->records, g_bytes_new(record, size));
}

static void announce(struct fixture *fixture, GMainLoop *loop, char *address)
{
    g_mutex_lock(&fixture->mutex);
    fixture->loop = loop;
    fixture->address = address;
    g_cond_signal(&fixture->started);
    g_mutex_unlock(&fixture->mutex);
}

static gpointer serve(gpointer data)
{
    struct fixture *fixture = data;
    g_autoptr(GMainContext) context = g_main_context_new();
    g_autofree char *wanted = g_strdup_printf("unix:%s/server", fixture->directory);
    GMainLoop *loop = g_main_loop_new(context, FALSE);
    g_autoptr(GError) error = NULL;
    struct server *server;
    char *address;

    g_main_context_push_thread_default(context);
    server = server_new(&fixture->options, &error);
    g_assert_no_error(error);
    address = server_listen(server, wanted, &error);
    g_assert_no_error(error);
    announce(fixture, loop, address);
    g_main_loop_run(loop);
    server_free(server);
    g_main_context_pop_thread_default(context);
    g_main_loop_unref(loop);
    return NULL;
}

void fixture_start(struct fixture *fixture, gconstpointer data)
{
    fixture->options.wait_for_services = data != NULL;
    fixture->directory = g_dir_make_tmp("ipcshark-orbis-XXXXXX", NULL);
    fixture->records = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    fixture->options.tap_function = keep_record;
    fixture->options.tap_data = fixture;
    fixture->options.quiet = true;
    g_mutex_init(&fixture->mutex);
    g_cond_init(&fixture->started);
    fixture->thread = g_thread_new("server", serve, fixture);
    g_mutex_lock(&fixture->mutex);
    while (!fixture->loop)
        g_cond_wait(&fixture->started, &fixture->mutex);
    g_mutex_unlock(&fixture->mutex);
}

void fixture_open(struct fixture *fixture, unsigned int n, bool messaging)
{
    g_autofree char *name = g_strdup_printf("app %u", n);
    g_autoptr(GError) error = NULL;
    uint32_t result;

    fixture->app[n] = traffic_client_open(fixture->address, &error);
    g_assert_no_error(error);
    g_assert_true(
        traffic_client_hello(fixture->app[n], IPCTAP_ORBIS, name, APP_ID(n), 0, NULL, 0, &result));
    if (messaging)
        g_assert_cmphex(app_messaging_initialize(&fixture->messaging[n], fixture->app[n]), ==, 0);
}

void fixture_close(struct fixture *fixture, unsigned int n)
{
    traffic_client_free(fixture->app[n]);
    fixture->app[n] = NULL;
    fixture->messaging[n].kid = 0;
}

void fixture_stop(struct fixture *fixture)
{
    for (unsigned int n = 0; n < FIXTURE_APPS; n++)
        fixture_close(fixture, n);
    if (!fixture->thread)
        return;
    g_main_loop_quit(fixture->loop);
    g_thread_join(fixture->thread);
    fixture->thread = NULL;
}

void fixture_end(struct fixture *fixture, gconstpointer data)
{
    g_autofree char *socket = g_build_filename(fixture->directory, "server", NULL);

    (void)data;
    fixture_stop(fixture);
    g_ptr_array_unref(fixture->records);
    g_unlink(socket);
    g_rmdir(fixture->directory);
    g_free(fixture->directory);
    g_free(fixture->address);
    g_mutex_clear(&fixture->mutex);
    g_cond_clear(&fixture->started);
}
