/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plain call of each system against `ipcshark server`, without and with its tap, beside a bare
 * ping-pong: a process that reads as many bytes as the call's enter has and writes as many as its
 * exit, with blocking calls and nothing else. All on the same kind of socket, in turns.
 *
 *     taskset -c 0 bench_server PROGRAM [FOLDER [ROUNDS]]
 *
 * On one CPU: with several the figures depend on where the processes happen to run.
 */
#include "measure.h"

#include "../../samples/common/endpoint.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <plain_call.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_ROUNDS  MEASURE_MAX_ROUNDS
#define ROUND_TRIPS 500
#define MAX_BYTES   0x10000

enum opponent {
    BARE,
    SERVER,
    TAPPED,
    OPPONENTS
};

static const char *const opponent_names[OPPONENTS] = {"bare ping-pong", "server", "server, tap"};
static const uint8_t platforms[] = {IPCTAP_HORIZON, IPCTAP_CTR, IPCTAP_ORBIS};

/** One opponent, one system, one kind of socket. */
struct path {
    struct plain_call call;
    double rate[MAX_ROUNDS];
    double *latency; /**< Microseconds of every round trip. */
    size_t trips;
};

struct contest {
    const char *title;
    struct path path[OPPONENTS];
    pid_t bare;
};

/** A running `ipcshark server` with a TCP and a Unix socket. */
struct program {
    GSubprocess *process;
    char *address[2];
};

static void read_addresses(struct program *program)
{
    GDataInputStream *said =
        g_data_input_stream_new(g_subprocess_get_stdout_pipe(program->process));

    for (unsigned int i = 0; i < 2; i++) {
        g_autofree char *line = g_data_input_stream_read_line(said, NULL, NULL, NULL);

        if (!line || !g_str_has_prefix(line, "listening on "))
            g_error("the server did not say where it listens");
        program->address[i] = g_strdup(line + strlen("listening on "));
    }
    g_filter_input_stream_set_close_base_stream(G_FILTER_INPUT_STREAM(said), FALSE);
    g_object_unref(said);
}

static void start_program(struct program *program, const char *path, const char *folder,
                          const char *tap)
{
    g_autofree char *name = g_strdup_printf("ipcshark-%d-%s", getpid(), tap ? "tap" : "plain");
    g_autofree char *socket = g_strdup_printf("unix:%s/%s.socket", folder, name);
    const char *const arguments[] = {path,       "server", "--listen",           "tcp:127.0.0.1:0",
                                     "--listen", socket,   tap ? "--tap" : NULL, tap,
                                     NULL};
    g_autoptr(GError) error = NULL;

    program->process = g_subprocess_newv(arguments, G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
    g_assert_no_error(error);
    read_addresses(program);
}

static void stop_program(struct program *program)
{
    g_subprocess_send_signal(program->process, SIGTERM);
    g_assert_true(g_subprocess_wait(program->process, NULL, NULL));
    g_object_unref(program->process);
    g_free(program->address[0]);
    g_free(program->address[1]);
}

/** The bare opponent, until its client is gone. */
static void answer(int descriptor, size_t in_size, const uint8_t *out, size_t out_size)
{
    uint8_t in[MAX_BYTES];

    while (recv(descriptor, in, in_size, MSG_WAITALL) == (ssize_t)in_size &&
           send(descriptor, out, out_size, MSG_NOSIGNAL) == (ssize_t)out_size)
        ;
}

/** Both ends of a connection of the server's kind: its sockets have TCP_NODELAY from the
 *  listener. */
static void connect_pair(const char *address, const char *folder, int pair[2])
{
    bool is_unix = g_str_has_prefix(address, "unix:");
    g_autofree char *file = g_strdup_printf("%s/ipcshark-%d-bare.socket", folder, getpid());
    g_autofree char *place = is_unix ? g_strconcat("unix:", file, NULL)
                                     : g_strdup("tcp:127.0.0.1:0");
    int listening = endpoint_listen(place, false, NULL);
    g_autofree char *bound = endpoint_bound_address(listening);

    pair[0] = endpoint_connect(bound, NULL);
    pair[1] = accept(listening, NULL, NULL);
    g_assert_cmpint(pair[0], >=, 0);
    g_assert_cmpint(pair[1], >=, 0);
    close(listening);
    if (is_unix)
        g_unlink(file);
}

static void start_bare(struct contest *contest, const char *address, const char *folder)
{
    const struct plain_call *model = &contest->path[SERVER].call;
    struct plain_call *bare = &contest->path[BARE].call;
    int pair[2];

    connect_pair(address, folder, pair);
    contest->bare = fork();
    if (contest->bare == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(pair[0]);
        answer(pair[1], model->size, model->exit, model->exit_size);
        _exit(0);
    }
    close(pair[1]);
    bare->client = traffic_client_new(pair[0]);
    bare->enter = g_memdup2(model->enter, model->size);
    bare->exit = g_memdup2(model->exit, model->exit_size);
    bare->size = model->size;
    bare->exit_size = model->exit_size;
}

static void run_round(struct path *path, unsigned int round)
{
    uint64_t start = measure_now();
    uint64_t last = start;

    for (unsigned int i = 0; i < ROUND_TRIPS; i++) {
        uint64_t now;

        if (!plain_call_repeat(&path->call))
            g_error("a connection ended");
        now = measure_now();
        path->latency[path->trips++] = (double)(now - last) / 1e3;
        last = now;
    }
    path->rate[round] = ROUND_TRIPS * 1e9 / (double)(last - start);
}

static double percentile(const struct path *path, unsigned int percent)
{
    return path->latency[path->trips * percent / 100];
}

static void print_path(const struct contest *contest, enum opponent opponent, unsigned int rounds)
{
    struct path path = contest->path[opponent]; /* Sorting must not disturb the ratios. */
    double ratio[MAX_ROUNDS];
    double median;

    for (unsigned int i = 0; i < rounds; i++)
        ratio[i] = 100 * contest->path[opponent].rate[i] / contest->path[BARE].rate[i];
    measure_median(path.latency, path.trips); /* Sorts. */
    median = measure_median(ratio, rounds);   /* So does this. */
    printf("  %-16s %9.0f /s  %4.0f %%  [%.0f, %.0f]  p50 %5.1f us  p99 %5.1f us\n",
           opponent_names[opponent], measure_median(path.rate, rounds), median, ratio[rounds / 4],
           ratio[rounds - 1 - rounds / 4], percentile(&path, 50), percentile(&path, 99));
}

static void print_contest(const struct contest *contest, unsigned int rounds)
{
    printf("\n%s: %zu bytes there, %zu back (%u rounds of %d)\n", contest->title,
           contest->path[SERVER].call.size, contest->path[SERVER].call.exit_size, rounds,
           ROUND_TRIPS);
    for (enum opponent opponent = BARE; opponent < OPPONENTS; opponent++)
        print_path(contest, opponent, rounds);
}

static void run_contest(struct contest *contest, unsigned int rounds)
{
    for (enum opponent i = BARE; i < OPPONENTS; i++)
        contest->path[i].latency = g_new(double, (size_t)rounds *ROUND_TRIPS);
    for (unsigned int round = 0; round < rounds; round++) {
        for (enum opponent i = BARE; i < OPPONENTS; i++)
            run_round(&contest->path[i], round);
    }
    print_contest(contest, rounds);
    for (enum opponent i = BARE; i < OPPONENTS; i++) {
        plain_call_close(&contest->path[i].call);
        g_free(contest->path[i].latency);
    }
    waitpid(contest->bare, NULL, 0);
}

static void contest_of(const struct program *plain, const struct program *tapped, uint8_t platform,
                       unsigned int socket, const char *folder, unsigned int rounds)
{
    g_autofree char *title = g_strdup_printf("%s over %s", plain_call_platform_name(platform),
                                             socket ? "a Unix socket" : "TCP");
    struct contest *contest = g_new0(struct contest, 1);

    contest->title = title;
    plain_call_open(&contest->path[SERVER].call, plain->address[socket], platform);
    plain_call_open(&contest->path[TAPPED].call, tapped->address[socket], platform);
    start_bare(contest, plain->address[socket], folder);
    run_contest(contest, rounds);
    g_free(contest);
}

/** What was measured must have been recorded: both sides of every call, enter and exit. */
static void check_recorded(const char *path, size_t calls)
{
    GStatBuf status;

    g_assert_cmpint(g_stat(path, &status), ==, 0);
    g_assert_cmpint(status.st_size, >, (gint64)(calls * 4 * IPCTAP_HEADER_SIZE));
}

int main(int argc, char **argv)
{
    const char *folder = argc > 2 ? argv[2] : g_get_tmp_dir();
    unsigned int rounds = argc > 3 ? (unsigned int)atoi(argv[3]) : 41;
    g_autofree char *tap = g_strdup_printf("%s/ipcshark-%d.pcapng", folder, getpid());
    struct program plain, tapped;

    if (argc < 2 || rounds == 0 || rounds > MAX_ROUNDS) {
        fprintf(stderr, "usage: bench_server PROGRAM [FOLDER [ROUNDS]]\n");
        return 2;
    }
    start_program(&plain, argv[1], folder, NULL);
    start_program(&tapped, argv[1], folder, tap);
    for (size_t i = 0; i < G_N_ELEMENTS(platforms); i++) {
        for (unsigned int socket = 0; socket < 2; socket++)
            contest_of(&plain, &tapped, platforms[i], socket, folder, rounds);
    }
    stop_program(&plain);
    stop_program(&tapped);
    check_recorded(tap, (size_t)rounds * ROUND_TRIPS * 2 * G_N_ELEMENTS(platforms));
    g_unlink(tap);
    return 0;
}
