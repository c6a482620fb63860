/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What ServerReceivePacket (0x201) delivers: a header, then for each input its size (u32) and its
 * bytes, then for each output its capacity (u32), byte-packed. Source: RPCSX; sparky's notes agree.
 */
#include <ipcshark/reader.h>
#include <ipcshark/sceipmi.h>

#include <string.h>

static const struct sceipmi_layout *packet_layout(uint32_t type)
{
    uint32_t form = SCEIPMI_PACKET_RAW_FORM | SCEIPMI_PACKET_SAME_PROCESS;

    switch (type & ~form) {
    case SCEIPMI_PACKET_CONNECT:
        return sceipmi_connect_packet();
    case SCEIPMI_PACKET_SYNC:
        return sceipmi_sync_packet();
    case SCEIPMI_PACKET_ASYNC:
        return sceipmi_async_packet();
    default:
        return NULL;
    }
}

/** A count of the header, cut to what the kernel lets through. */
static uint32_t bounded_count(uint32_t count, size_t offset, struct ipcshark_findings *findings)
{
    if (count <= SCEIPMI_MAX_COUNT)
        return count;
    ipcshark_find(findings, IPCSHARK_FINDING_SCEIPMI_PACKET_COUNT, offset, 4, count,
                  SCEIPMI_MAX_COUNT);
    return SCEIPMI_MAX_COUNT;
}

static bool read_input(struct ipcshark_reader *reader, struct sceipmi_packet_input *input)
{
    input->size = ipcshark_read_u32(reader);
    if (reader->failed)
        return false;
    input->offset = (uint32_t)reader->offset;
    input->captured = input->size;
    if (input->size > ipcshark_reader_left(reader))
        input->captured = (uint32_t)ipcshark_reader_left(reader);
    ipcshark_read_bytes(reader, input->size);
    return true;
}

static void read_inputs(struct ipcshark_reader *reader, uint32_t count,
                        struct sceipmi_packet *packet)
{
    while (packet->in_captured < count && read_input(reader, &packet->input[packet->in_captured]))
        packet->in_captured++;
}

static void read_capacities(struct ipcshark_reader *reader, uint32_t count,
                            struct sceipmi_packet *packet)
{
    while (packet->out_captured < count) {
        uint32_t capacity = ipcshark_read_u32(reader);

        if (reader->failed)
            return;
        packet->out_capacity[packet->out_captured++] = capacity;
    }
}

static void read_user_data(struct ipcshark_reader *reader, struct sceipmi_packet *packet,
                           struct ipcshark_findings *findings)
{
    uint32_t size = ipcshark_read_u32(reader);
    size_t room = ipcshark_reader_left(reader);

    packet->user_data_offset = (uint32_t)reader->offset;
    packet->user_data_size = size;
    if (reader->failed || size <= room) {
        /* "at least 0x10 bytes of user data": shorter data is followed by zeros. */
        ipcshark_read_bytes(reader, size < 0x10 && room >= 0x10 ? 0x10 : size);
        return;
    }
    packet->user_data_size = (uint32_t)room;
    ipcshark_find(findings, IPCSHARK_FINDING_SCEIPMI_PACKET_TRUNCATED, packet->user_data_offset,
                  size, room, size);
    ipcshark_read_bytes(reader, room);
}

static void read_method_body(struct ipcshark_reader *reader, struct sceipmi_packet *packet,
                             struct ipcshark_findings *findings)
{
    const struct sceipmi_field *in = sceipmi_layout_field(packet->layout, "num_in");
    const struct sceipmi_field *out = sceipmi_layout_field(packet->layout, "num_out");

    packet->in_count = (uint32_t)sceipmi_field_get(in, reader->bytes, reader->length);
    packet->out_count = (uint32_t)sceipmi_field_get(out, reader->bytes, reader->length);
    read_inputs(reader, bounded_count(packet->in_count, in->offset, findings), packet);
    /* Behind inputs that were not all read no capacity has a known place. */
    if (!out || packet->in_captured != packet->in_count)
        return;
    read_capacities(reader, bounded_count(packet->out_count, out->offset, findings), packet);
}

static void check_end(const struct ipcshark_reader *reader, const struct sceipmi_packet *packet,
                      struct ipcshark_findings *findings)
{
    if (reader->failed) {
        ipcshark_find(findings, IPCSHARK_FINDING_SCEIPMI_PACKET_TRUNCATED, reader->failed_offset,
                      reader->failed_size, reader->length - reader->failed_offset,
                      reader->failed_size);
        return;
    }
    if (packet->in_count > SCEIPMI_MAX_COUNT || packet->out_count > SCEIPMI_MAX_COUNT)
        return;
    if (ipcshark_reader_left(reader))
        ipcshark_find(findings, IPCSHARK_FINDING_SCEIPMI_PACKET_TRAILING, reader->offset,
                      ipcshark_reader_left(reader), ipcshark_reader_left(reader), 0);
}

bool sceipmi_packet_decode(uint32_t type, const uint8_t *bytes, size_t length,
                           struct sceipmi_packet *packet, struct ipcshark_findings *findings)
{
    struct ipcshark_reader reader = ipcshark_reader(bytes, length);

    memset(packet, 0, sizeof *packet);
    packet->type = type;
    packet->layout = packet_layout(type);
    if (!packet->layout) {
        ipcshark_find(findings, IPCSHARK_FINDING_SCEIPMI_PACKET_UNKNOWN, 0, length, type, 0);
        return false;
    }
    ipcshark_read_bytes(&reader, packet->layout->size);
    if (!reader.failed && packet->layout == sceipmi_connect_packet())
        read_user_data(&reader, packet, findings);
    else if (!reader.failed)
        read_method_body(&reader, packet, findings);
    check_end(&reader, packet, findings);
    return !reader.failed;
}
