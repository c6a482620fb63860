/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file record_packet.h
 * A record as a packet of a capture file (docs/capture-format.md, section 4), for whoever writes
 * one.
 */
#ifndef IPCSHARK_RECORD_PACKET_H
#define IPCSHARK_RECORD_PACKET_H

#include "pcapng.h"

#include <ipcshark/record.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes of the longest record that fits a packet; ipctap_record_shorten() makes a longer one
 *  fit. */
#define RECORD_PACKET_LIMIT (IPCTAP_MAX_PACKET_SIZE - IPCTAP_TAGS_SIZE)

/** The block's size without its comment. */
#define RECORD_PACKET_ROOM(size) ((size) + IPCTAP_TAGS_SIZE + PCAPNG_PACKET_OVERHEAD)

/**
 * Appends the packet of one record. The caller sets `interface_id`, `time` and `comment`; sizes,
 * direction and ids are the record's.
 */
void ipctap_record_packet(struct ipcshark_writer *writer, struct pcapng_packet packet,
                          const uint8_t *record, size_t size);

#ifdef __cplusplus
}
#endif

#endif
