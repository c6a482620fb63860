/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sustained.h"

#include "emitted.h"
#include "measure.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct target {
    char *path;
    unsigned int records;
};

static void write_shim(const struct target *target)
{
    g_autofree char *destination = g_strdup_printf("file:%s", target->path);
    struct ipctap_options options = {
        .destination = destination, .producer = "bench", .policy = IPCTAP_POLICY_WAIT};
    struct ipctap *tap = ipctap_open(&options, NULL, 0);
    struct ipctap_counts counts;

    g_assert_nonnull(tap);
    for (unsigned int i = 0; i < target->records; i++)
        emit_one(tap, i);
    ipctap_get_counts(tap, &counts);
    g_assert_cmpuint(counts.dropped_records, ==, 0);
    ipctap_close(tap);
}

static void write_pcap_dump(const struct target *target)
{
    pcap_t *pcap = pcap_open_dead(IPCTAP_LINKTYPE, 0x40000);
    pcap_dumper_t *dumper = pcap_dump_open(pcap, target->path);

    g_assert_nonnull(dumper);
    for (unsigned int i = 0; i < target->records; i++)
        dump_one(dumper);
    pcap_dump_close(dumper);
    pcap_close(pcap);
}

static unsigned int count_packets(const char *path)
{
    char error[PCAP_ERRBUF_SIZE];
    pcap_t *pcap = pcap_open_offline(path, error);
    struct pcap_pkthdr *header;
    const u_char *bytes;
    unsigned int count = 0;

    g_assert_nonnull(pcap);
    while (pcap_next_ex(pcap, &header, &bytes) == 1)
        count++;
    pcap_close(pcap);
    return count;
}

/** Million records a second. */
static double rate_of(void (*write)(const struct target *target), const struct target *target)
{
    uint64_t start = measure_now();

    write(target);
    return (double)target->records * 1e3 / (double)(measure_now() - start);
}

void sustained_run(const char *folder, unsigned int records, unsigned int rounds)
{
    struct target target = {g_build_filename(folder, "ipcshark-bench.pcapng", NULL), records};
    double shim[MEASURE_MAX_ROUNDS];
    double dump[MEASURE_MAX_ROUNDS];

    for (unsigned int i = 0; i < rounds; i++) {
        shim[i] = rate_of(write_shim, &target);
        g_assert_cmpuint(count_packets(target.path), ==, records + 1); /* and the PRODUCER note */
        dump[i] = rate_of(write_pcap_dump, &target);
    }
    g_unlink(target.path);
    g_free(target.path);
    printf("\n%u records of %d bytes into a file in %s, none lost (%u rounds)\n", records,
           EMITTED_SIZE, folder, rounds);
    printf("  %-44s %6.2f M/s\n", "libipctap, policy wait, closed", measure_median(shim, rounds));
    printf("  %-44s %6.2f M/s\n", "clock reading + pcap_dump, closed",
           measure_median(dump, rounds));
}
