/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pcapng.h"

#include <string.h>

enum block_type {
    BLOCK_SECTION = 0x0A0D0D0A,
    BLOCK_INTERFACE = 1,
    BLOCK_STATISTICS = 5,
    BLOCK_PACKET = 6,
};

enum option {
    OPTION_END = 0,
    OPTION_COMMENT = 1,
    SECTION_HARDWARE = 2,
    SECTION_OS = 3,
    SECTION_APPLICATION = 4,
    INTERFACE_NAME = 2,
    INTERFACE_DESCRIPTION = 3,
    INTERFACE_TIME_RESOLUTION = 9,
    PACKET_FLAGS = 2,
    PACKET_PROCESS_AND_THREAD = 8,
    STATISTICS_START = 2,
    STATISTICS_END = 3,
    STATISTICS_RECEIVED = 4,
    STATISTICS_DROPPED = 5,
};

enum {
    BYTE_ORDER_MAGIC = 0x1A2B3C4D,
    MAJOR_VERSION = 1,
    NANOSECONDS = 9,
    ALIGNMENT = 4,
};

/** Returns where the block begins, for end_block(). Its length is not known yet. */
static size_t begin_block(struct ipcshark_writer *writer, uint32_t type)
{
    size_t start = writer->offset;

    ipcshark_write_u32(writer, type);
    ipcshark_write_u32(writer, 0);
    return start;
}

static void end_block(struct ipcshark_writer *writer, size_t start)
{
    uint32_t length = (uint32_t)(writer->offset - start) + 4;

    ipcshark_write_u32(writer, length);
    if (!writer->failed)
        ipcshark_store_u32(writer->bytes + start + 4, length);
}

static void write_option(struct ipcshark_writer *writer, uint16_t code, const void *bytes,
                         uint16_t size)
{
    ipcshark_write_u16(writer, code);
    ipcshark_write_u16(writer, size);
    ipcshark_write_bytes(writer, bytes, size);
    ipcshark_write_align(writer, ALIGNMENT);
}

static void write_text(struct ipcshark_writer *writer, uint16_t code, const char *text)
{
    size_t length = text ? strlen(text) : 0;

    if (length > PCAPNG_MAX_TEXT)
        length = PCAPNG_MAX_TEXT;
    if (length)
        write_option(writer, code, text, (uint16_t)length);
}

static void end_options(struct ipcshark_writer *writer)
{
    write_option(writer, OPTION_END, NULL, 0);
}

/** Times stand as two words, the high one first, in every block. */
static void store_time(uint8_t bytes[8], uint64_t time)
{
    ipcshark_store_u32(bytes, (uint32_t)(time >> 32));
    ipcshark_store_u32(bytes + 4, (uint32_t)time);
}

void ipctap_pcapng_section(struct ipcshark_writer *writer, const char *hardware, const char *os,
                           const char *application)
{
    size_t start = begin_block(writer, BLOCK_SECTION);

    ipcshark_write_u32(writer, BYTE_ORDER_MAGIC);
    ipcshark_write_u16(writer, MAJOR_VERSION);
    ipcshark_write_u16(writer, 0);
    ipcshark_write_u64(writer, UINT64_MAX); /* section length: not known */
    write_text(writer, SECTION_HARDWARE, hardware);
    write_text(writer, SECTION_OS, os);
    write_text(writer, SECTION_APPLICATION, application);
    end_options(writer);
    end_block(writer, start);
}

void ipctap_pcapng_interface(struct ipcshark_writer *writer, uint16_t link_type, const char *name,
                             const char *description)
{
    static const uint8_t resolution = NANOSECONDS;
    size_t start = begin_block(writer, BLOCK_INTERFACE);

    ipcshark_write_u16(writer, link_type);
    ipcshark_write_u16(writer, 0);
    ipcshark_write_u32(writer, IPCTAP_SNAP_LENGTH);
    write_text(writer, INTERFACE_NAME, name);
    write_text(writer, INTERFACE_DESCRIPTION, description);
    write_option(writer, INTERFACE_TIME_RESOLUTION, &resolution, sizeof resolution);
    end_options(writer);
    end_block(writer, start);
}

static void write_packet_options(struct ipcshark_writer *writer, const struct pcapng_packet *packet)
{
    uint8_t bytes[8];

    if (packet->direction) {
        ipcshark_store_u32(bytes, packet->direction);
        write_option(writer, PACKET_FLAGS, bytes, 4);
    }
    if (packet->has_ids) {
        ipcshark_store_u32(bytes, packet->pid);
        ipcshark_store_u32(bytes + 4, packet->tid);
        write_option(writer, PACKET_PROCESS_AND_THREAD, bytes, 8);
    }
    write_text(writer, OPTION_COMMENT, packet->comment);
    end_options(writer);
}

void ipctap_pcapng_packet(struct ipcshark_writer *writer, const struct pcapng_packet *packet,
                          const void *head, uint32_t head_size, const void *body,
                          uint32_t body_size)
{
    size_t start = begin_block(writer, BLOCK_PACKET);
    uint8_t time[8];

    store_time(time, packet->time);
    ipcshark_write_u32(writer, packet->interface_id);
    ipcshark_write_bytes(writer, time, sizeof time);
    ipcshark_write_u32(writer, packet->captured_size);
    ipcshark_write_u32(writer, packet->original_size);
    ipcshark_write_bytes(writer, head, head_size);
    ipcshark_write_bytes(writer, body, body_size);
    ipcshark_write_align(writer, ALIGNMENT);
    if (packet->direction || packet->has_ids || packet->comment)
        write_packet_options(writer, packet);
    end_block(writer, start);
}

static void write_number(struct ipcshark_writer *writer, uint16_t code, uint64_t value)
{
    uint8_t bytes[8];

    ipcshark_store_u64(bytes, value);
    write_option(writer, code, bytes, sizeof bytes);
}

void ipctap_pcapng_statistics(struct ipcshark_writer *writer, uint32_t interface_id,
                              uint64_t start_time, uint64_t end_time, uint64_t received,
                              uint64_t dropped)
{
    size_t start = begin_block(writer, BLOCK_STATISTICS);
    uint8_t time[8];

    store_time(time, end_time);
    ipcshark_write_u32(writer, interface_id);
    ipcshark_write_bytes(writer, time, sizeof time);
    store_time(time, start_time);
    write_option(writer, STATISTICS_START, time, sizeof time);
    store_time(time, end_time);
    write_option(writer, STATISTICS_END, time, sizeof time);
    write_number(writer, STATISTICS_RECEIVED, received);
    write_number(writer, STATISTICS_DROPPED, dropped);
    end_options(writer);
    end_block(writer, start);
}
