/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../common/endpoint.h"
#include "internal.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTION_LIMIT 256

static const struct server_kernel *const kernels[] = {
#ifdef IPCSHARK_SERVER_HORIZON
    &horizon_kernel,
#endif
#ifdef IPCSHARK_SERVER_CTR
    &ctr_kernel,
#endif
#ifdef IPCSHARK_SERVER_ORBIS
    &orbis_kernel,
#endif
    NULL,
};

struct listener {
    struct server *server;
    GSource *source;
    char *path; /* Unix socket file to remove. */
    int descriptor;
};

struct server_timer {
    struct server *server;
    GSource *source;
    server_timer_function function;
    void *data;
};

static void free_listener(gpointer data)
{
    struct listener *listener = data;

    g_source_destroy(listener->source);
    g_source_unref(listener->source);
    close(listener->descriptor);
    if (listener->path)
        unlink(listener->path);
    g_free(listener->path);
    g_free(listener);
}

static void free_connection(gpointer data)
{
    server_connection_free(data);
}

static void start_kernels(struct server *server)
{
    for (size_t i = 0; kernels[i]; i++) {
        uint8_t platform = kernels[i]->platform;

        server->source[platform] = (uint16_t)g_random_int_range(1, 0x10000);
        server->kernel[platform] = kernels[i];
        server->kernel_data[platform] = kernels[i]->create(server);
    }
}

static bool open_tap(struct server *server, GError **error)
{
    const struct server_options *options = &server->options;

    if (options->tap_function)
        server->tap = server_tap_new(options->tap_function, options->tap_data);
    else if (options->tap)
        server->tap = server_tap_open(options->tap, error);
    return server->tap || (!options->tap_function && !options->tap);
}

struct server *server_new(const struct server_options *options, GError **error)
{
    struct server *server = g_new0(struct server, 1);

    server->options = *options;
    server->context = g_main_context_ref_thread_default();
    server->listeners = g_ptr_array_new_with_free_func(free_listener);
    server->connections = g_ptr_array_new_with_free_func(free_connection);
    server->processes = g_hash_table_new(g_direct_hash, g_direct_equal);
    server->timers = g_hash_table_new(g_direct_hash, g_direct_equal);
    server->sandbox = sandbox_new(options->sandbox, error);
    if (!server->sandbox || !open_tap(server, error)) {
        server_free(server);
        return NULL;
    }
    start_kernels(server);
    return server;
}

static void stop_kernels(struct server *server)
{
    for (size_t i = 0; i < SERVER_PLATFORMS; i++) {
        if (server->kernel[i])
            server->kernel[i]->destroy(server->kernel_data[i]);
    }
}

static void cancel_timers(struct server *server)
{
    GHashTableIter iterator;
    gpointer timer;

    for (;;) {
        g_hash_table_iter_init(&iterator, server->timers);
        if (!g_hash_table_iter_next(&iterator, &timer, NULL))
            break;
        server_timer_cancel(timer);
    }
}

void server_free(struct server *server)
{
    if (!server)
        return;

    g_ptr_array_unref(server->listeners);
    while (server->connections->len)
        g_ptr_array_remove_index(server->connections, server->connections->len - 1);
    g_ptr_array_unref(server->connections);
    stop_kernels(server);
    cancel_timers(server);
    server_tap_close(server->tap);
    sandbox_free(server->sandbox);
    g_hash_table_unref(server->processes);
    g_hash_table_unref(server->timers);
    g_main_context_unref(server->context);
    g_free(server);
}

void server_add_connection(struct server *server, int descriptor)
{
    if (server->connections->len >= CONNECTION_LIMIT) {
        server_log(server, "connection refused: %u are open", CONNECTION_LIMIT);
        close(descriptor);
        return;
    }
    g_ptr_array_add(server->connections, server_connection_new(server, descriptor));
}

static gboolean on_connection(gint descriptor, GIOCondition condition, gpointer data)
{
    struct listener *listener = data;
    int one = 1;
    int accepted = accept4(descriptor, NULL, NULL, SOCK_CLOEXEC);

    (void)condition;
    if (accepted < 0)
        return G_SOURCE_CONTINUE;

    setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    server_add_connection(listener->server, accepted);
    return G_SOURCE_CONTINUE;
}

char *server_listen(struct server *server, const char *address, GError **error)
{
    int descriptor = endpoint_listen(address, server->options.allow_remote, error);
    struct listener *listener;

    if (descriptor < 0)
        return NULL;

    g_unix_set_fd_nonblocking(descriptor, TRUE, NULL);
    listener = g_new0(struct listener, 1);
    listener->server = server;
    listener->descriptor = descriptor;
    if (g_str_has_prefix(address, "unix:"))
        listener->path = g_strdup(address + strlen("unix:"));
    listener->source = g_unix_fd_source_new(descriptor, G_IO_IN);
    g_source_set_callback(listener->source, G_SOURCE_FUNC(on_connection), listener, NULL);
    g_source_attach(listener->source, server->context);
    g_ptr_array_add(server->listeners, listener);
    return endpoint_bound_address(descriptor);
}

size_t server_connection_count(const struct server *server)
{
    return server->connections->len;
}

const struct server_options *server_get_options(const struct server *server)
{
    return &server->options;
}

struct sandbox *server_get_sandbox(struct server *server)
{
    return server->sandbox;
}

void *server_get_kernel(struct server *server, uint8_t platform)
{
    return platform < SERVER_PLATFORMS ? server->kernel_data[platform] : NULL;
}

uint16_t server_get_source(const struct server *server, uint8_t platform)
{
    return platform < SERVER_PLATFORMS ? server->source[platform] : 0;
}

uint64_t server_next_session(struct server *server)
{
    return ++server->last_session;
}

static uint64_t read_clock(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t server_unix_time(void)
{
    return read_clock(CLOCK_REALTIME);
}

uint64_t server_monotonic_time(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

static void drop_timer(struct server_timer *timer)
{
    g_hash_table_remove(timer->server->timers, timer);
    g_source_destroy(timer->source);
    g_source_unref(timer->source);
    g_free(timer);
}

static gboolean on_timer(gpointer data)
{
    struct server_timer *timer = data;
    server_timer_function function = timer->function;
    void *function_data = timer->data;

    drop_timer(timer);
    function(function_data);
    return G_SOURCE_REMOVE;
}

struct server_timer *server_timer_new(struct server *server, uint64_t nanoseconds,
                                      server_timer_function function, void *data)
{
    struct server_timer *timer = g_new0(struct server_timer, 1);
    /* Far timeouts are cut to what GLib counts in (24 days). */
    uint64_t milliseconds = MIN((nanoseconds + 999999) / 1000000, (uint64_t)G_MAXINT);

    timer->server = server;
    timer->function = function;
    timer->data = data;
    timer->source = nanoseconds ? g_timeout_source_new((guint)milliseconds) : g_idle_source_new();
    g_source_set_priority(timer->source, G_PRIORITY_DEFAULT);
    g_source_set_callback(timer->source, on_timer, timer, NULL);
    g_source_attach(timer->source, server->context);
    g_hash_table_add(server->timers, timer);
    return timer;
}

void server_timer_cancel(struct server_timer *timer)
{
    if (timer)
        drop_timer(timer);
}

void server_log(const struct server *server, const char *format, ...)
{
    va_list arguments;

    if (server->options.quiet)
        return;

    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
}
