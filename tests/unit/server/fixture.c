/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fixture.h"

#include <glib/gstdio.h>

static void on_record(void *data, const uint8_t *record, size_t size)
{
    struct server_fixture *fixture = data;

    g_mutex_lock(&fixture->mutex);
    g_ptr_array_add(fixture->records, g_bytes_new(record, size));
    g_mutex_unlock(&fixture->mutex);
}

static gpointer run(gpointer data)
{
    struct server_fixture *fixture = data;
    GMainContext *context = g_main_context_new();
    struct server_options options = fixture->options;
    struct server *server;
    char *bound;

    options.quiet = true;
    options.tap_function = on_record;
    options.tap_data = fixture;
    options.wait_for_services = fixture->wait_for_services;
    g_main_context_push_thread_default(context);
    server = server_new(&options, NULL);
    bound = server_listen(server, fixture->address, NULL);
    g_assert_cmpstr(bound, ==, fixture->address);
    g_free(bound);
    g_mutex_lock(&fixture->mutex);
    fixture->loop = g_main_loop_new(context, FALSE);
    g_cond_signal(&fixture->started);
    g_mutex_unlock(&fixture->mutex);
    g_main_loop_run(fixture->loop);
    server_free(server);
    g_main_context_pop_thread_default(context);
    g_main_context_unref(context);
    return NULL;
}

void server_fixture_start(struct server_fixture *fixture, gconstpointer data)
{
    fixture->wait_for_services = data;
    fixture->directory = g_dir_make_tmp("ipcshark-test-XXXXXX", NULL);
    fixture->address = g_strdup_printf("unix:%s/socket", fixture->directory);
    fixture->records = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    g_mutex_init(&fixture->mutex);
    g_cond_init(&fixture->started);
    fixture->thread = g_thread_new("server", run, fixture);
    g_mutex_lock(&fixture->mutex);
    while (!fixture->loop)
        g_cond_wait(&fixture->started, &fixture->mutex);
    g_mutex_unlock(&fixture->mutex);
}

static gboolean quit(gpointer loop)
{
    g_main_loop_quit(loop);
    return G_SOURCE_REMOVE;
}

void server_fixture_stop(struct server_fixture *fixture)
{
    if (!fixture->thread)
        return;

    g_main_context_invoke(g_main_loop_get_context(fixture->loop), quit, fixture->loop);
    g_thread_join(fixture->thread);
    fixture->thread = NULL;
    g_main_loop_unref(fixture->loop);
}

void server_fixture_end(struct server_fixture *fixture, gconstpointer data)
{
    (void)data;
    server_fixture_stop(fixture);
    g_assert_cmpint(g_rmdir(fixture->directory), ==, 0);
    g_ptr_array_unref(fixture->records);
    g_mutex_clear(&fixture->mutex);
    g_cond_clear(&fixture->started);
    g_free(fixture->directory);
    g_free(fixture->address);
}

struct traffic_client *server_fixture_connect(struct server_fixture *fixture)
{
    struct traffic_client *client = traffic_client_open(fixture->address, NULL);

    g_assert_nonnull(client);
    client->platform = IPCTAP_HORIZON;
    return client;
}

struct traffic_client *server_fixture_open(struct server_fixture *fixture, const char *name)
{
    struct traffic_client *client = server_fixture_connect(fixture);
    uint32_t result;

    g_assert_true(traffic_client_hello(client, IPCTAP_HORIZON, name, 0x1234, 0, NULL, 0, &result));
    return client;
}

void assert_closed_with(struct traffic_client *client, const char *text)
{
    struct traffic_exit exit;
    gint64 start = g_get_monotonic_time();

    g_assert_false(traffic_client_wait(client, UINT64_MAX, &exit));
    g_assert_cmpint(g_get_monotonic_time() - start, <, 5 * G_USEC_PER_SEC);
    if (!text) {
        g_assert_null(client->comment);
        return;
    }
    g_assert_nonnull(client->comment);
    if (!strstr(client->comment, text))
        g_error("the note \"%s\" does not say \"%s\"", client->comment, text);
}
