/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file emitted.h
 * The one record of 256 bytes that the benchmarks emit, and the same through pcap_dump.
 */
#ifndef IPCSHARK_EMITTED_H
#define IPCSHARK_EMITTED_H

#include <ipctap.h>

#include <pcap/pcap.h>
#include <time.h>

#define EMITTED_SIZE    256
#define EMITTED_MESSAGE (EMITTED_SIZE - IPCTAP_HEADER_SIZE - IPCTAP_SECTION_SIZE)

static const uint8_t emitted_message[EMITTED_SIZE] = {4};

static inline bool emit_one(struct ipctap *tap, uint64_t call_id)
{
    struct ipctap_header header =
        ipctap_header_init(IPCTAP_HORIZON, IPCTAP_HIPC_MESSAGE, IPCTAP_ENTER);

    header.call_id = call_id;
    return ipctap_emit_message(tap, &header, 0x1000, emitted_message, EMITTED_MESSAGE, NULL, 0);
}

static inline void dump_one(pcap_dumper_t *dumper)
{
    struct timespec now;
    struct pcap_pkthdr header = {.caplen = EMITTED_SIZE, .len = EMITTED_SIZE};

    clock_gettime(CLOCK_REALTIME, &now);
    header.ts.tv_sec = now.tv_sec;
    header.ts.tv_usec = now.tv_nsec / 1000;
    pcap_dump((u_char *)dumper, &header, emitted_message);
}

#endif
