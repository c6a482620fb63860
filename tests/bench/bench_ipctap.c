/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an emitting thread spends on one record of 256 bytes, and how many a second reach a file.
 *
 *     bench_ipctap [--rounds N] [--records N] [--folder PATH]
 *
 * Emitting is measured in bursts that the queue holds, with a pause after each for the writer: the
 * price of a call in an emulator, not that of a full queue, which "sustained" shows.
 */
#include "emitted.h"
#include "measure.h"
#include "sustained.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BURST              2000
#define PAUSE_MICROSECONDS 3000
#define MAX_THREADS        4

static gint rounds = 101;
static gint records = 1000000;
static gchar *folder;

struct burst {
    struct ipctap *tap;
    pcap_dumper_t *dumper;
    pthread_barrier_t *barrier;
    void (*run)(struct burst *burst);
    uint8_t *ring; /**< BURST records: what a memcpy writes to. */
    uint64_t wall; /**< Nanoseconds. */
    uint64_t cpu;
};

static void read_clock(struct burst *burst)
{
    for (unsigned int i = 0; i < BURST; i++) {
        struct timespec now;

        clock_gettime(CLOCK_REALTIME, &now);
        measure_keep(&now);
    }
    measure_keep(burst);
}

static void copy_with_clock(struct burst *burst)
{
    for (unsigned int i = 0; i < BURST; i++) {
        struct timespec now;

        clock_gettime(CLOCK_REALTIME, &now);
        memcpy(burst->ring + (size_t)i * EMITTED_SIZE, emitted_message, EMITTED_SIZE);
        measure_keep(&now);
    }
    measure_keep(burst->ring);
}

static void emit(struct burst *burst)
{
    for (unsigned int i = 0; i < BURST; i++)
        emit_one(burst->tap, i + 1);
}

/** A hook as it should be: all that prepares a record is behind the one branch. */
static void emit_disabled(struct burst *burst)
{
    struct burst disabled = {.tap = NULL};

    measure_keep(&disabled);
    for (unsigned int i = 0; i < BURST; i++) {
        struct ipctap *tap = *(struct ipctap *volatile *)&disabled.tap;

        if (ipctap_is_on(tap))
            emit_one(tap, i + 1);
    }
    measure_keep(burst);
}

/** The same loop with nothing in it but the reading of the tap. */
static void emit_nothing(struct burst *burst)
{
    struct burst disabled = {.tap = NULL};

    measure_keep(&disabled);
    for (unsigned int i = 0; i < BURST; i++) {
        struct ipctap *tap = *(struct ipctap *volatile *)&disabled.tap;

        (void)tap;
    }
    measure_keep(burst);
}

static void emit_filtered(struct burst *burst)
{
    ipctap_set_filter(burst->tap, "platform=ctr", NULL, 0);
    emit(burst);
    ipctap_set_filter(burst->tap, "", NULL, 0);
}

static void dump(struct burst *burst)
{
    for (unsigned int i = 0; i < BURST; i++)
        dump_one(burst->dumper);
}

static uint64_t cpu_now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void *run_thread(void *data)
{
    struct burst *burst = data;
    uint64_t wall, cpu;

    emit_one(burst->tap, 1); /* the thread's queue is made here */
    pthread_barrier_wait(burst->barrier);
    wall = measure_now();
    cpu = cpu_now();
    burst->run(burst);
    burst->cpu = cpu_now() - cpu;
    burst->wall = measure_now() - wall;
    return NULL;
}

struct sample {
    double wall; /**< Nanoseconds for one record. */
    double cpu;
};

/** The mean of what each thread spent on a record. */
static struct sample run_threads(void (*run)(struct burst *burst), struct burst *burst)
{
    pthread_barrier_t barrier;
    pthread_t thread[MAX_THREADS];
    struct burst part[MAX_THREADS];
    struct sample sum = {0};

    pthread_barrier_init(&barrier, NULL, MAX_THREADS);
    for (unsigned int i = 0; i < MAX_THREADS; i++) {
        part[i] = *burst;
        part[i].run = run;
        part[i].barrier = &barrier;
        g_assert_cmpint(pthread_create(&thread[i], NULL, run_thread, &part[i]), ==, 0);
    }
    for (unsigned int i = 0; i < MAX_THREADS; i++) {
        pthread_join(thread[i], NULL);
        sum.wall += (double)part[i].wall / (BURST * (double)MAX_THREADS);
        sum.cpu += (double)part[i].cpu / (BURST * (double)MAX_THREADS);
    }
    pthread_barrier_destroy(&barrier);
    return sum;
}

static double time_burst(void (*run)(struct burst *burst), struct burst *burst)
{
    uint64_t start = measure_now();

    run(burst);
    return (double)(measure_now() - start) / BURST;
}

struct kind {
    const char *name;
    void (*run)(struct burst *burst);
    bool from_threads;
    double wall[MEASURE_MAX_ROUNDS];
    double cpu[MEASURE_MAX_ROUNDS]; /**< Of threads. */
};

static void run_kinds(struct kind *kinds, size_t count, struct burst *burst)
{
    for (gint round = 0; round < rounds; round++) {
        for (size_t i = 0; i < count; i++) {
            struct sample sample = {0};

            if (kinds[i].from_threads)
                sample = run_threads(kinds[i].run, burst);
            else
                sample.wall = time_burst(kinds[i].run, burst);
            kinds[i].wall[round] = sample.wall;
            kinds[i].cpu[round] = sample.cpu;
            g_usleep(PAUSE_MICROSECONDS);
        }
    }
}

static void print_kinds(struct kind *kinds, size_t count)
{
    printf("One record of %d bytes emitted, bursts of %d (%d rounds)\n", EMITTED_SIZE, BURST,
           rounds);
    for (size_t i = 0; i < count; i++) {
        double median = measure_median(kinds[i].wall, (size_t)rounds);

        printf("  %-44s %8.1f ns  [%.1f, %.1f]", kinds[i].name, median, kinds[i].wall[rounds / 4],
               kinds[i].wall[rounds - 1 - rounds / 4]);
        if (kinds[i].from_threads)
            printf("  of CPU time %.1f", measure_median(kinds[i].cpu, (size_t)rounds));
        putchar('\n');
    }
}

static void print_drops(const char *what, struct ipctap *tap)
{
    struct ipctap_counts counts;

    ipctap_get_counts(tap, &counts);
    printf("  %s: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " dropped\n", what,
           (guint64)counts.dropped_records, (guint64)(counts.records + counts.dropped_records));
}

static struct ipctap *open_tap(const char *destination)
{
    struct ipctap_options options = {.destination = destination, .producer = "bench"};
    struct ipctap *tap = ipctap_open(&options, NULL, 0);

    g_assert_nonnull(tap);
    return tap;
}

static void bench_emit(void)
{
    struct kind kinds[] = {
        {.name = "clock_gettime", .run = read_clock},
        {.name = "clock_gettime + memcpy", .run = copy_with_clock},
        {.name = "ipctap_emit_message", .run = emit},
        {.name = "ipctap_emit_message, filtered out", .run = emit_filtered},
        {.name = "clock_gettime + memcpy, 4 threads, each",
         .run = copy_with_clock,
         .from_threads = true},
        {.name = "ipctap_emit_message, 4 threads, each", .run = emit, .from_threads = true},
        {.name = "reading a tap that is NULL", .run = emit_nothing},
        {.name = "the same, ipctap_is_on, hook behind it", .run = emit_disabled},
        {.name = "clock_gettime + pcap_dump", .run = dump},
    };
    g_autofree char *path = g_build_filename(folder, "ipcshark-bench.pcap", NULL);
    g_autofree char *dump_path = g_build_filename(folder, "ipcshark-bench-dump.pcap", NULL);
    g_autofree char *destination = g_strdup_printf("file:%s", path);
    pcap_t *pcap = pcap_open_dead(IPCTAP_LINKTYPE, 0x40000);
    struct burst burst = {
        .tap = open_tap(destination),
        .dumper = pcap_dump_open(pcap, dump_path),
        .ring = g_malloc((size_t)BURST * EMITTED_SIZE),
    };

    g_assert_nonnull(burst.dumper);
    run_kinds(kinds, G_N_ELEMENTS(kinds), &burst);
    print_kinds(kinds, G_N_ELEMENTS(kinds));
    print_drops("to the file", burst.tap);
    ipctap_close(burst.tap);
    pcap_dump_close(burst.dumper);
    pcap_close(pcap);
    g_unlink(path);
    g_unlink(dump_path);
    g_free(burst.ring);
}

/** A recorder that is connected and never reads. */
static int listen_and_stall(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    g_assert_cmpint(bind(fd, (struct sockaddr *)&address, sizeof address), ==, 0);
    g_assert_cmpint(listen(fd, 1), ==, 0);
    return fd;
}

/** What the emitting thread pays when the queue is full: every record of these is dropped. */
static void bench_stalled(void)
{
    struct kind kinds[] = {
        {.name = "ipctap_emit_message, reader stalled", .run = emit},
        {.name = "the same from 4 threads, each", .run = emit, .from_threads = true},
    };
    g_autofree char *path = g_build_filename(folder, "ipcshark-bench.socket", NULL);
    g_autofree char *destination = g_strdup_printf("unix:%s", path);
    int listening = listen_and_stall(path);
    struct burst burst = {.tap = open_tap(destination)};

    for (unsigned int i = 0; i < 100; i++)
        emit(&burst);
    run_kinds(kinds, G_N_ELEMENTS(kinds), &burst);
    putchar('\n');
    print_kinds(kinds, G_N_ELEMENTS(kinds));
    print_drops("to a reader that does not read", burst.tap);
    ipctap_close(burst.tap);
    close(listening);
    g_unlink(path);
}

int main(int argc, char **argv)
{
    const GOptionEntry options[] = {
        {"rounds", 0, 0, G_OPTION_ARG_INT, &rounds, "Bursts of each kind", "N"},
        {"records", 0, 0, G_OPTION_ARG_INT, &records, "Records a file gets", "N"},
        {"folder", 0, 0, G_OPTION_ARG_FILENAME, &folder, "Where the files go", "PATH"},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;

    g_option_context_add_main_entries(context, options, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error)) {
        fprintf(stderr, "bench_ipctap: %s\n", error->message);
        return 2;
    }
    if (!folder)
        folder = g_strdup(g_get_tmp_dir());
    rounds = CLAMP(rounds, 1, MEASURE_MAX_ROUNDS);
    bench_emit();
    bench_stalled();
    sustained_run(folder, (unsigned int)MAX(records, 1), (unsigned int)CLAMP(rounds / 20, 1, 9));
    g_free(folder);
    return 0;
}
