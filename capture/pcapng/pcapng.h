/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file pcapng.h
 * The pcapng blocks that this project writes, little-endian, into memory. libpcap cannot write
 * pcapng; libwiretap can, but ties a program to one minor version of Wireshark. Needs libc only, so
 * that the shim can use it too.
 *
 * Each function appends one block to the writer, which must stand at a multiple of 4. Texts are
 * UTF-8; NULL leaves an option out. Source: IETF draft "PCAP Now Generic (pcapng) Capture File
 * Format".
 */
#ifndef IPCSHARK_PCAPNG_H
#define IPCSHARK_PCAPNG_H

#include <ipcshark/writer.h>

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Room that any block but a packet's needs at most, texts cut to PCAPNG_MAX_TEXT bytes. */
#define PCAPNG_MAX_TEXT        1024
#define PCAPNG_MAX_SMALL_BLOCK (4 * (PCAPNG_MAX_TEXT + 8) + 128)
/** Room that a packet's block needs beside the packet's bytes and its comment. */
#define PCAPNG_PACKET_OVERHEAD 128

enum pcapng_direction {
    PCAPNG_DIRECTION_UNKNOWN = 0,
    PCAPNG_INBOUND = 1,
    PCAPNG_OUTBOUND = 2,
};

/** Section header block. */
void ipctap_pcapng_section(struct ipcshark_writer *writer, const char *hardware, const char *os,
                           const char *application);

/** Of every interface, as dumpcap writes it: no packet of ours is longer. 0 would mean "no limit",
 *  but Wireshark shows it as a limit of 0 bytes. */
#define IPCTAP_SNAP_LENGTH 262144

/** Interface description block: nanosecond times. Interfaces are numbered from 0. */
void ipctap_pcapng_interface(struct ipcshark_writer *writer, uint16_t link_type, const char *name,
                             const char *description);

struct pcapng_packet {
    uint32_t interface_id;
    uint64_t time; /**< Nanoseconds since 1970. */
    uint32_t captured_size;
    uint32_t original_size;
    uint8_t direction; /**< enum pcapng_direction. */
    uint8_t has_ids;   /**< `pid` and `tid` are valid. */
    uint32_t pid;
    uint32_t tid;
    const char *comment;
};

/**
 * Enhanced packet block around bytes in two pieces (tags and record); either may be empty. Together
 * they are captured_size long.
 */
void ipctap_pcapng_packet(struct ipcshark_writer *writer, const struct pcapng_packet *packet,
                          const void *head, uint32_t head_size, const void *body,
                          uint32_t body_size);

/** Interface statistics block. Times in nanoseconds since 1970. */
void ipctap_pcapng_statistics(struct ipcshark_writer *writer, uint32_t interface_id, uint64_t start,
                              uint64_t end, uint64_t received, uint64_t dropped);

#ifdef __cplusplus
}
#endif

#endif
