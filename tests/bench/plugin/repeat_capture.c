/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file repeat_capture.c
 * Makes a long capture of short ones: their records again and again, as if the same programs ran
 * one after the other. Times move on, call ids stay unique, and an own file has the same sizes as
 * D-Bus.
 *
 *     repeat_capture FRAMES OUT.pcap IN.pcapng…          records
 *     repeat_capture --dbus FRAMES OUT.pcap IN.pcapng…   D-Bus messages of the same sizes
 */
#include "dbus_message.h"

#include <ipcshark/record.h>

#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PACKETS      100000
#define CALL_ID_STEP     0x1000000
#define FRAME_INTERVAL   2 /**< Microseconds. */
#define MICRO_IN_SECOND  1000000
#define NANO_IN_MICRO    1000
#define FIRST_SECOND     1700000000
#define LINKTYPE_DBUS    231
#define MAX_PACKET_BYTES 0x40000

struct packet {
    uint8_t *bytes;
    uint32_t size;
};

struct packets {
    struct packet items[MAX_PACKETS];
    size_t count;
};

static _Noreturn void fail(const char *what, const char *why)
{
    fprintf(stderr, "repeat_capture: %s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

static void keep(struct packets *packets, const uint8_t *bytes, uint32_t size)
{
    struct packet *packet = &packets->items[packets->count];

    packet->bytes = (uint8_t *)malloc(size);
    if (!packet->bytes)
        fail("memory", "not enough");
    memcpy(packet->bytes, bytes, size);
    packet->size = size;
    packets->count++;
}

static void read_packets(struct packets *packets, const char *path)
{
    char error[PCAP_ERRBUF_SIZE];
    pcap_t *pcap = pcap_open_offline(path, error);
    struct pcap_pkthdr *header;
    const uint8_t *bytes;

    if (!pcap)
        fail(path, error);
    if (pcap_datalink(pcap) != IPCTAP_LINKTYPE)
        fail(path, "is no capture of records");
    while (packets->count < MAX_PACKETS && pcap_next_ex(pcap, &header, &bytes) == 1)
        if (header->caplen > IPCTAP_TAGS_SIZE)
            keep(packets, bytes, header->caplen);
    pcap_close(pcap);
}

/** Every round's calls have ids of their own. */
static void renumber(struct packet *packet)
{
    uint8_t *bytes = packet->bytes + IPCTAP_TAGS_SIZE;
    struct ipctap_record record;
    struct ipcshark_findings findings = {0};

    if (ipctap_record_decode(bytes, packet->size - IPCTAP_TAGS_SIZE, &record, &findings) &&
        record.header.call_id != 0)
        ipctap_record_set_call_id(bytes, record.header.call_id + CALL_ID_STEP);
}

static void write_packet(pcap_dumper_t *dumper, uint64_t frame, const uint8_t *bytes, uint32_t size)
{
    uint64_t micro = frame * FRAME_INTERVAL;
    struct pcap_pkthdr header = {.caplen = size, .len = size};

    header.ts.tv_sec = FIRST_SECOND + (time_t)(micro / MICRO_IN_SECOND);
    header.ts.tv_usec = (suseconds_t)(micro % MICRO_IN_SECOND * NANO_IN_MICRO);
    pcap_dump((uint8_t *)dumper, &header, bytes);
}

static void repeat_records(struct packets *packets, pcap_dumper_t *dumper, uint64_t frames)
{
    for (uint64_t frame = 0; frame < frames; frame++) {
        struct packet *packet = &packets->items[frame % packets->count];

        write_packet(dumper, frame, packet->bytes, packet->size);
        renumber(packet);
    }
}

static void repeat_dbus(struct packets *packets, pcap_dumper_t *dumper, uint64_t frames)
{
    static uint8_t bytes[MAX_PACKET_BYTES];

    for (uint64_t frame = 0; frame < frames; frame++) {
        const struct packet *packet = &packets->items[frame % packets->count];
        uint32_t size = dbus_message(bytes, sizeof bytes, (uint32_t)frame + 1, packet->size);

        write_packet(dumper, frame, bytes, size);
    }
}

int main(int argc, char **argv)
{
    bool dbus = argc > 1 && !strcmp(argv[1], "--dbus");
    char **words = argv + 1 + dbus;
    static struct packets packets;
    pcap_t *pcap;
    pcap_dumper_t *dumper;

    if (argc - dbus < 4) {
        fputs("Usage: repeat_capture [--dbus] FRAMES OUT.pcap IN.pcapng…\n", stderr);
        return 2;
    }
    for (char **path = words + 2; *path; path++)
        read_packets(&packets, *path);
    if (packets.count == 0)
        fail(words[2], "has no packets");
    pcap = pcap_open_dead_with_tstamp_precision(dbus ? LINKTYPE_DBUS : IPCTAP_LINKTYPE,
                                                MAX_PACKET_BYTES, PCAP_TSTAMP_PRECISION_NANO);
    dumper = pcap ? pcap_dump_open(pcap, words[1]) : NULL;
    if (!dumper)
        fail(words[1], pcap ? pcap_geterr(pcap) : "no memory");
    (dbus ? repeat_dbus : repeat_records)(&packets, dumper, strtoull(words[0], NULL, 0));
    if (pcap_dump_flush(dumper) != 0)
        fail(words[1], "cannot be written");
    pcap_dump_close(dumper);
    pcap_close(pcap);
    return 0;
}
