/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record_packet.h"

/** "Client enter and server exit outbound, the others inbound." A snapshot and a note have none. */
static enum pcapng_direction direction_of(const struct ipctap_header *header)
{
    bool is_server = header->flags & IPCTAP_SERVER;

    if (header->phase == IPCTAP_SNAPSHOT || header->kind == IPCTAP_NOTE)
        return PCAPNG_DIRECTION_UNKNOWN;
    return (header->phase == IPCTAP_ENTER) != is_server ? PCAPNG_OUTBOUND : PCAPNG_INBOUND;
}

void ipctap_record_packet(struct ipcshark_writer *writer, struct pcapng_packet packet,
                          const uint8_t *record, size_t size)
{
    struct ipctap_record decoded;

    packet.captured_size = (uint32_t)(size + IPCTAP_TAGS_SIZE);
    packet.original_size = packet.captured_size;
    if (ipctap_record_decode(record, size, &decoded, NULL)) {
        packet.direction = (uint8_t)direction_of(&decoded.header);
        packet.has_ids = decoded.header.pid != IPCTAP_UNKNOWN_ID;
        packet.pid = decoded.header.pid;
        packet.tid = decoded.header.tid;
    }
    ipctap_pcapng_packet(writer, &packet, ipctap_tags, IPCTAP_TAGS_SIZE, record, (uint32_t)size);
}
