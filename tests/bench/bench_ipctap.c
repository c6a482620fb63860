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
    uint8_t *ring; /**< BURST records: what a memcpy writes to. */
    uint64_t nanoseconds;
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

static void emit_disabled(struct burst *burst)
{
    struct burst disabled = {.tap = NULL};

    measure_keep(&disabled);
    emit(&disabled);
    measure_keep(burst);
}

static void dump(struct burst *burst)
{
    for (unsigned int i = 0; i < BURST; i++)
        dump_one(burst->dumper);
}

static void *run_thread(void *data)
{
    struct burst *burst = data;
    uint64_t start;

    pthread_barrier_wait(burst->barrier);
    start = measure_now();
    emit(burst);
    burst->nanoseconds = measure_now() - start;
    return NULL;
}

/** The mean of what each thread spent on a record. */
static double emit_from_threads(struct burst *burst)
{
    pthread_barrier_t barrier;
    pthread_t thread[MAX_THREADS];
    struct burst part[MAX_THREADS];
    uint64_t sum = 0;

    pthread_barrier_init(&barrier, NULL, MAX_THREADS);
    for (unsigned int i = 0; i < MAX_THREADS; i++) {
        part[i] = *burst;
        part[i].barrier = &barrier;
        g_assert_cmpint(pthread_create(&thread[i], NULL, run_thread, &part[i]), ==, 0);
    }
    for (unsigned int i = 0; i < MAX_THREADS; i++) {
        pthread_join(thread[i], NULL);
        sum += part[i].nanoseconds;
    }
    pthread_barrier_destroy(&barrier);
    return (double)sum / (BURST * (double)MAX_THREADS);
}

static double time_burst(void (*run)(struct burst *burst), struct burst *burst)
{
    uint64_t start = measure_now();

    run(burst);
    return (double)(measure_now() - start) / BURST;
}

struct kind {
    const char *name;
    void (*run)(struct burst *burst); /**< NULL: from four threads. */
    double sample[MEASURE_MAX_ROUNDS];
};

static void run_kinds(struct kind *kinds, size_t count, struct burst *burst)
{
    for (gint round = 0; round < rounds; round++) {
        for (size_t i = 0; i < count; i++) {
            kinds[i].sample[round] = kinds[i].run ? time_burst(kinds[i].run, burst)
                                                  : emit_from_threads(burst);
            g_usleep(PAUSE_MICROSECONDS);
        }
    }
}

static void print_kinds(struct kind *kinds, size_t count)
{
    printf("One record of %d bytes emitted, bursts of %d (%d rounds)\n", EMITTED_SIZE, BURST,
           rounds);
    for (size_t i = 0; i < count; i++) {
        double median = measure_median(kinds[i].sample, (size_t)rounds);

        printf("  %-44s %8.1f ns  [%.1f, %.1f]\n", kinds[i].name, median,
               kinds[i].sample[rounds / 4], kinds[i].sample[rounds - 1 - rounds / 4]);
    }
}

static void bench_emit(void)
{
    struct kind kinds[] = {
        {.name = "clock_gettime", .run = read_clock},
        {.name = "clock_gettime + memcpy", .run = copy_with_clock},
        {.name = "ipctap_emit_message", .run = emit},
        {.name = "ipctap_emit_message, 4 threads, each"},
        {.name = "ipctap_emit_message, tap NULL", .run = emit_disabled},
        {.name = "clock_gettime + pcap_dump", .run = dump},
    };
    g_autofree char *path = g_build_filename(folder, "ipcshark-bench.pcap", NULL);
    g_autofree char *dump_path = g_build_filename(folder, "ipcshark-bench-dump.pcap", NULL);
    g_autofree char *destination = g_strdup_printf("file:%s", path);
    struct ipctap_options options = {.destination = destination, .producer = "bench"};
    pcap_t *pcap = pcap_open_dead(IPCTAP_LINKTYPE, 0x40000);
    struct burst burst = {
        .tap = ipctap_open(&options, NULL, 0),
        .dumper = pcap_dump_open(pcap, dump_path),
        .ring = g_malloc((size_t)BURST * EMITTED_SIZE),
    };
    struct ipctap_counts counts;

    g_assert_nonnull(burst.tap);
    g_assert_nonnull(burst.dumper);
    run_kinds(kinds, G_N_ELEMENTS(kinds), &burst);
    ipctap_get_counts(burst.tap, &counts);
    print_kinds(kinds, G_N_ELEMENTS(kinds));
    printf("  dropped: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT "\n",
           (guint64)counts.dropped_records, (guint64)(counts.records + counts.dropped_records));
    ipctap_close(burst.tap);
    pcap_dump_close(burst.dumper);
    pcap_close(pcap);
    g_unlink(path);
    g_unlink(dump_path);
    g_free(burst.ring);
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
    sustained_run(folder, (unsigned int)MAX(records, 1), (unsigned int)CLAMP(rounds / 20, 1, 9));
    g_free(folder);
    return 0;
}
