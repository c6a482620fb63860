/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../common/endpoint.h"
#include "connection.h"
#include "fault.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* How long new connections wait when there are no descriptors left. */
#define ACCEPT_PAUSE (100 * G_GUINT64_CONSTANT(1000000))

static const struct server_kernel *const kernels[] = {
    &horizon_kernel, &ctr_kernel, &orbis_kernel, &prospero_kernel, NULL,
};

struct listener {
    struct server *server;
    struct server_watch watch;
    struct server_timer *pause;
    char *path; /* Unix socket file to remove. */
};

static void free_listener(gpointer data)
{
    struct listener *listener = data;

    server_loop_unwatch(listener->server->loop, &listener->watch);
    server_timer_cancel(listener->pause);
    close(listener->watch.descriptor);
    if (listener->path)
        unlink(listener->path);
    g_free(listener->path);
    g_free(listener);
}

/* Ticks with every look at it; 0: not in use. One for the whole program, as the real clock is. */
static uint64_t fixed_clock;

static void free_connection(gpointer data)
{
    server_connection_free(data);
}

static void start_kernels(struct server *server)
{
    for (size_t i = 0; kernels[i]; i++) {
        uint8_t platform = kernels[i]->platform;

        server->source[platform] =
            server->options.fixed_time ? platform : (uint16_t)g_random_int_range(1, 0x10000);
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
        server->tap = server_tap_open(options->tap, options->fixed_time, options->tap_limit, error);
    return server->tap || (!options->tap_function && !options->tap);
}

static bool open_faults(struct server *server, GError **error)
{
    if (!server->options.faults)
        return true;
    server->faults = server_faults_new(server->options.faults, server->options.fault_seed, error);
    return server->faults;
}

static void start_loop(struct server *server)
{
    GMainContext *context = g_main_context_ref_thread_default();

    server->loop = server_loop_new();
    server->loop_source = server_loop_attach(server->loop, context);
    g_main_context_unref(context);
}

static void complete_options(struct server_options *options)
{
    if (!options->connections)
        options->connections = SERVER_DEFAULT_CONNECTIONS;
    if (!options->sessions)
        options->sessions = SERVER_DEFAULT_SESSIONS;
    if (!options->memory)
        options->memory = SERVER_DEFAULT_MEMORY;
}

static bool take_choices(struct server *server, GError **error)
{
    const char *const *choice = server->options.choices;
    bool is_good = true;

    for (; is_good && choice && *choice; choice++)
        is_good = server_choice_parse(*choice, server->choices, error);
    return is_good;
}

struct server *server_new(const struct server_options *options, GError **error)
{
    struct server *server = g_new0(struct server, 1);

    server->options = *options;
    complete_options(&server->options);
    fixed_clock = options->fixed_time ? SERVER_FIXED_TIME : 0;
    start_loop(server);
    server->listeners = g_ptr_array_new_with_free_func(free_listener);
    server->connections = g_ptr_array_new_with_free_func(free_connection);
    server->processes = g_hash_table_new(g_direct_hash, g_direct_equal);
    server->sandbox = sandbox_new(options->sandbox, error);
    if (!server->sandbox || !take_choices(server, error) || !open_faults(server, error) ||
        !open_tap(server, error)) {
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

void server_free(struct server *server)
{
    if (!server)
        return;

    g_ptr_array_unref(server->listeners);
    while (server->connections->len)
        g_ptr_array_remove_index(server->connections, server->connections->len - 1);
    g_ptr_array_unref(server->connections);
    stop_kernels(server);
    server_tap_close(server->tap);
    sandbox_free(server->sandbox);
    g_hash_table_unref(server->processes);
    server_faults_free(server->faults);
    g_source_destroy(server->loop_source);
    g_source_unref(server->loop_source);
    server_loop_free(server->loop);
    g_free(server);
}

void server_add_connection(struct server *server, int descriptor)
{
    if (server->connections->len >= server->options.connections) {
        server->statistics.refused++;
        server_log(server, "connection refused: %u are open", server->options.connections);
        close(descriptor);
        return;
    }
    server->statistics.connections++;
    g_ptr_array_add(server->connections, server_connection_new(server, descriptor));
}

static void listen_again(void *data)
{
    struct listener *listener = data;

    listener->pause = NULL;
    server_loop_watch(listener->server->loop, &listener->watch, EPOLLIN);
}

/* Without a free descriptor the connection stays in the backlog and would be told of for ever. */
static void pause_listening(struct listener *listener)
{
    server_log(listener->server, "a connection has to wait: %s", g_strerror(errno));
    server_loop_unwatch(listener->server->loop, &listener->watch);
    listener->pause = server_timer_new(listener->server, ACCEPT_PAUSE, listen_again, listener);
}

static void on_connection(void *data, uint32_t events)
{
    struct listener *listener = data;
    int one = 1;
    int accepted = accept4(listener->watch.descriptor, NULL, NULL, SOCK_CLOEXEC);

    (void)events;
    if (accepted >= 0) {
        setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        server_add_connection(listener->server, accepted);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        pause_listening(listener);
    }
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
    listener->watch = (struct server_watch){
        .function = on_connection, .data = listener, .descriptor = descriptor};
    if (g_str_has_prefix(address, "unix:"))
        listener->path = g_strdup(address + strlen("unix:"));
    server_loop_watch(server->loop, &listener->watch, EPOLLIN);
    g_ptr_array_add(server->listeners, listener);
    return endpoint_bound_address(descriptor);
}

static void on_signal(void *data, uint32_t events)
{
    bool *is_over = data;

    (void)events;
    *is_over = true;
}

void server_run(struct server *server)
{
    bool is_over = false;
    struct server_watch signals = {.function = on_signal, .data = &is_over};
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    signals.descriptor = signalfd(-1, &set, SFD_CLOEXEC);
    server_loop_watch(server->loop, &signals, EPOLLIN);
    while (!is_over)
        server_loop_run_once(server->loop, true);
    server_loop_unwatch(server->loop, &signals);
    close(signals.descriptor);
}

static struct server_connection *largest_connection(const struct server *server)
{
    struct server_connection *largest = NULL;

    for (guint i = 0; i < server->connections->len; i++) {
        struct server_connection *connection = server->connections->pdata[i];

        if (!largest || connection->held > largest->held)
            largest = connection;
    }
    return largest;
}

void server_keep_within_memory(struct server *server)
{
    while (server->held > server->options.memory)
        server_connection_fail(largest_connection(server),
                               "the server's memory is used up, and this connection holds most");
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

const struct server_statistics *server_get_statistics(const struct server *server)
{
    return &server->statistics;
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

#define TICK       10000u
#define SINCE_BOOT UINT64_C(3600000000000)

uint64_t server_unix_time(void)
{
    return fixed_clock ? fixed_clock += TICK : read_clock(CLOCK_REALTIME);
}

uint64_t server_stamp_time(void)
{
    return fixed_clock ? server_unix_time() - SERVER_FIXED_TIME + SINCE_BOOT
                       : server_monotonic_time();
}

uint64_t server_monotonic_time(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

struct server_timer *server_timer_new(struct server *server, uint64_t nanoseconds,
                                      server_timer_function function, void *data)
{
    return server_loop_add_timer(server->loop, nanoseconds, function, data);
}

void server_log_statistics(const struct server *server)
{
    const struct server_statistics *statistics = &server->statistics;
    struct ipctap_counts tap = server_tap_counts(server->tap);

    server_log(server,
               "served %" G_GUINT64_FORMAT " calls of %" G_GUINT64_FORMAT
               " connections; %" G_GUINT64_FORMAT " refused, %" G_GUINT64_FORMAT
               " closed for what they sent; %" G_GUINT64_FORMAT " faults injected",
               statistics->calls, statistics->connections, statistics->refused, statistics->failed,
               statistics->faults);
    if (server->tap)
        server_log(server, "tap: %" G_GUINT64_FORMAT " records, %" G_GUINT64_FORMAT " dropped",
                   tap.records, tap.dropped_records);
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
