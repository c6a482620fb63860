/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Round trips of one record of 256 bytes to a server that sends it back: directly, through a relay
 * that only copies, and through `ipcshark record --proxy`.
 *
 *     taskset -c 0 bench_proxy PROGRAM [FOLDER]
 *
 * On one CPU: with several the figures depend on where the threads happen to run.
 */
#include "emitted.h"
#include "measure.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROUNDS      41
#define ROUND_TRIPS 500
#define TAP_ROUNDS  5
#define TAP_SAMPLES 9

static int listen_anywhere(uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    g_assert_cmpint(bind(fd, (struct sockaddr *)&address, sizeof address), ==, 0);
    g_assert_cmpint(listen(fd, 8), ==, 0);
    g_assert_cmpint(getsockname(fd, (struct sockaddr *)&address, &length), ==, 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static void no_delay(int fd)
{
    int on = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    g_assert_cmpint(connect(fd, (struct sockaddr *)&address, sizeof address), ==, 0);
    no_delay(fd);
    return fd;
}

static bool transfer(int from, int to)
{
    uint8_t bytes[4096];
    ssize_t size = read(from, bytes, sizeof bytes);

    return size > 0 && write(to, bytes, (size_t)size) == size;
}

/** Sends back what one client says. */
static void *serve(void *data)
{
    int listening = GPOINTER_TO_INT(data);
    int client[7];
    unsigned int count = 0;

    for (;;) {
        struct pollfd ready[8] = {{listening, POLLIN, 0}};

        for (unsigned int i = 0; i < count; i++)
            ready[1 + i] = (struct pollfd){client[i], POLLIN, 0};
        poll(ready, 1 + count, -1);
        for (unsigned int i = 0; i < count; i++) {
            if (ready[1 + i].revents && !transfer(client[i], client[i]))
                client[i] = -1; /* poll() skips it */
        }
        if (ready[0].revents && count < G_N_ELEMENTS(client)) {
            client[count] = accept(listening, NULL, NULL);
            no_delay(client[count++]);
        }
    }
    return NULL;
}

struct relay {
    int listening;
    uint16_t server;
};

static void *run_relay(void *data)
{
    const struct relay *relay = data;
    int client = accept(relay->listening, NULL, NULL);
    int server = connect_to(relay->server);

    no_delay(client);
    for (;;) {
        struct pollfd ready[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};

        poll(ready, 2, -1);
        if ((ready[0].revents && !transfer(client, server)) ||
            (ready[1].revents && !transfer(server, client)))
            return NULL;
    }
}

/** Starts the program and reads from its standard error where the proxy listens. */
static GSubprocess *start_proxy(const char *program, const char *path, uint16_t server,
                                uint16_t *port)
{
    g_autofree char *proxy = g_strdup_printf("tcp:127.0.0.1:0=tcp:127.0.0.1:%u", server);
    g_autoptr(GError) error = NULL;
    GSubprocess *process = g_subprocess_new(G_SUBPROCESS_FLAGS_STDERR_PIPE, &error, program,
                                            "record", "--proxy", proxy, "-w", path, NULL);
    g_autoptr(GDataInputStream) said = NULL;
    char *line = NULL;

    g_assert_no_error(error);
    said = g_data_input_stream_new(g_subprocess_get_stderr_pipe(process));
    *port = 0;
    while (!*port && (line = g_data_input_stream_read_line(said, NULL, NULL, NULL))) {
        const char *address = strstr(line, "proxy listening on tcp:");

        if (address)
            *port = (uint16_t)strtoul(strrchr(address, ':') + 1, NULL, 10);
        g_free(line);
    }
    if (!*port)
        g_error("%s did not say where its proxy listens", program);
    g_filter_input_stream_set_close_base_stream(G_FILTER_INPUT_STREAM(said), FALSE);
    return process;
}

static size_t make_record(uint8_t *bytes, size_t capacity)
{
    struct ipctap_header header =
        ipctap_header_init(IPCTAP_HORIZON, IPCTAP_HIPC_MESSAGE, IPCTAP_ENTER);
    struct ipcshark_writer writer = ipcshark_writer(bytes, capacity);

    header.call_id = 1;
    ipctap_begin(&writer, &header);
    ipctap_add(&writer, IPCTAP_MESSAGE, 0, 0x1000, emitted_message, EMITTED_MESSAGE);
    return ipctap_end(&writer);
}

static double microseconds_of(int fd, const uint8_t *record, size_t size)
{
    uint64_t start = measure_now();

    for (unsigned int i = 0; i < ROUND_TRIPS; i++) {
        uint8_t answer[EMITTED_SIZE];

        g_assert_cmpint(write(fd, record, size), ==, (ssize_t)size);
        g_assert_cmpint(recv(fd, answer, size, MSG_WAITALL), ==, (ssize_t)size);
    }
    return (double)(measure_now() - start) / (ROUND_TRIPS * 1e3);
}

struct path {
    const char *name;
    int fd;
    double sample[ROUNDS];
};

static void measure_paths(struct path *paths, size_t count)
{
    uint8_t record[EMITTED_SIZE];
    size_t size = make_record(record, sizeof record);

    for (unsigned int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < count; i++)
            paths[i].sample[round] = microseconds_of(paths[i].fd, record, size);
    }
    printf("\nRound trips of a record of %zu bytes (%d rounds of %d)\n", size, ROUNDS, ROUND_TRIPS);
    for (size_t i = 0; i < count; i++) {
        double median = measure_median(paths[i].sample, ROUNDS);

        printf("  %-44s %6.1f us  [%.1f, %.1f]\n", paths[i].name, median,
               paths[i].sample[ROUNDS / 4], paths[i].sample[ROUNDS - 1 - ROUNDS / 4]);
    }
}

/**
 * A tap that only listens: dumpcap, which tshark runs for `-i lo`, on another CPU. NULL if it
 * cannot be had (no dumpcap, no right to capture).
 */
static GSubprocess *start_passive_tap(uint16_t server)
{
    g_autofree char *filter = g_strdup_printf("tcp port %u", server);
    g_autoptr(GDataInputStream) said = NULL;
    char *line = NULL;
    GSubprocess *tap = g_subprocess_new(G_SUBPROCESS_FLAGS_STDERR_PIPE, NULL, "taskset", "-c", "1",
                                        "dumpcap", "-i", "lo", "-f", filter, "-w", "/dev/null",
                                        NULL);

    if (!tap)
        return NULL;
    said = g_data_input_stream_new(g_subprocess_get_stderr_pipe(tap));
    g_filter_input_stream_set_close_base_stream(G_FILTER_INPUT_STREAM(said), FALSE);
    while ((line = g_data_input_stream_read_line(said, NULL, NULL, NULL))) {
        bool is_ready = strstr(line, "File: ");

        g_free(line);
        if (is_ready)
            return tap;
    }
    g_object_unref(tap);
    return NULL;
}

static void stop_passive_tap(GSubprocess *tap)
{
    g_subprocess_send_signal(tap, SIGTERM);
    g_subprocess_wait(tap, NULL, NULL);
    g_object_unref(tap);
}

/** Turns with and without the tap, since it cannot be there for one round trip and not for the
 *  next. */
static void measure_passive_tap(int fd, uint16_t server)
{
    double with[TAP_ROUNDS * TAP_SAMPLES];
    double without[TAP_ROUNDS * TAP_SAMPLES];
    uint8_t record[EMITTED_SIZE];
    size_t size = make_record(record, sizeof record);

    for (unsigned int i = 0; i < TAP_ROUNDS * TAP_SAMPLES;) {
        GSubprocess *tap = start_passive_tap(server);

        if (!tap) {
            printf("  (nothing may be captured here: the passive tap is not measured)\n");
            return;
        }
        for (unsigned int k = 0; k < TAP_SAMPLES; k++)
            with[i + k] = microseconds_of(fd, record, size);
        stop_passive_tap(tap);
        for (unsigned int k = 0; k < TAP_SAMPLES; k++)
            without[i + k] = microseconds_of(fd, record, size);
        i += TAP_SAMPLES;
    }
    printf("  %-44s %6.1f us\n", "no relay, between the passive taps",
           measure_median(without, TAP_ROUNDS * TAP_SAMPLES));
    printf("  %-44s %6.1f us\n", "no relay, `dumpcap -i lo` on the other CPU",
           measure_median(with, TAP_ROUNDS * TAP_SAMPLES));
}

/** What was measured must have been recorded: both ways of every round trip. */
static void check_recorded(const char *path)
{
    GStatBuf status;

    g_assert_cmpint(g_stat(path, &status), ==, 0);
    g_assert_cmpint(status.st_size, >, 2 * ROUNDS * ROUND_TRIPS * EMITTED_SIZE);
}

int main(int argc, char **argv)
{
    g_autofree char *path = NULL;
    uint16_t server, relay_port, proxy_port;
    struct relay relay;
    pthread_t thread;
    GSubprocess *proxy;

    if (argc < 2) {
        fprintf(stderr, "usage: bench_proxy PROGRAM [FOLDER]\n");
        return 2;
    }
    path = g_build_filename(argc > 2 ? argv[2] : g_get_tmp_dir(), "ipcshark-proxy.pcapng", NULL);
    pthread_create(&thread, NULL, serve, GINT_TO_POINTER(listen_anywhere(&server)));
    relay = (struct relay){listen_anywhere(&relay_port), server};
    pthread_create(&thread, NULL, run_relay, &relay);
    proxy = start_proxy(argv[1], path, server, &proxy_port);
    {
        struct path paths[] = {
            {.name = "no relay", .fd = connect_to(server)},
            {.name = "bare relay", .fd = connect_to(relay_port)},
            {.name = "ipcshark record --proxy", .fd = connect_to(proxy_port)},
        };

        measure_paths(paths, G_N_ELEMENTS(paths));
        measure_passive_tap(paths[0].fd, server);
    }
    g_subprocess_send_signal(proxy, SIGTERM);
    g_subprocess_wait(proxy, NULL, NULL);
    check_recorded(path);
    g_unlink(path);
    return 0;
}
