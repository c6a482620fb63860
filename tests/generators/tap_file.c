/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap_file.h"

#include <stdlib.h>

#define FIRST_TIME     1700000000000000000ull
#define NANOSECOND     1000000000ull
#define PCAP_NANO      0xA1B23C4Du
#define PCAP_SNAPLEN   262144
#define PCAP_FILE_SIZE 24
#define PCAP_ITEM_SIZE 16

static void write_all(struct tap_file *tap, const void *bytes, size_t size)
{
    if (fwrite(bytes, 1, size, tap->file) != size) {
        perror("cannot write the capture");
        exit(EXIT_FAILURE);
    }
}

static void write_file_header(struct tap_file *tap)
{
    uint8_t bytes[PCAP_FILE_SIZE];
    struct ipcshark_writer writer = ipcshark_writer(bytes, sizeof bytes);

    ipcshark_write_u32(&writer, PCAP_NANO);
    ipcshark_write_u16(&writer, 2);
    ipcshark_write_u16(&writer, 4);
    ipcshark_write_u64(&writer, 0);
    ipcshark_write_u32(&writer, PCAP_SNAPLEN);
    ipcshark_write_u32(&writer, IPCTAP_LINKTYPE);
    write_all(tap, bytes, sizeof bytes);
}

void tap_open(struct tap_file *tap, const char *path, uint8_t platform)
{
    tap->file = fopen(path, "wb");
    if (!tap->file) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    tap->time = FIRST_TIME;
    tap->call_id = 0;
    tap->header = ipctap_header_init(platform, 0, 0);
    tap->header.pid = 0x20;
    tap->header.tid = 0x101;
    tap->header.source = 7;
    tap->header.flags = IPCTAP_SYNTHETIC;
    write_file_header(tap);
}

void tap_close(struct tap_file *tap)
{
    if (fclose(tap->file) != 0) {
        perror("cannot write the capture");
        exit(EXIT_FAILURE);
    }
}

static void begin(struct tap_file *tap, const struct ipctap_header *header)
{
    tap->writer = ipcshark_writer(tap->bytes, sizeof tap->bytes);
    ipctap_begin(&tap->writer, header);
}

void tap_begin(struct tap_file *tap, uint8_t kind, uint8_t phase, uint32_t object)
{
    struct ipctap_header header = tap->header;

    header.kind = kind;
    header.phase = phase;
    header.object = object;
    header.time = tap->time;
    header.call_id = phase == IPCTAP_SNAPSHOT ? 0 : tap->call_id;
    begin(tap, &header);
}

void tap_enter(struct tap_file *tap, uint8_t kind, uint32_t object)
{
    tap->call_id++;
    tap_begin(tap, kind, IPCTAP_ENTER, object);
}

void tap_exit(struct tap_file *tap, uint8_t kind, uint32_t object, uint32_t result)
{
    struct ipctap_header header = tap->header;

    tap->header.flags |= IPCTAP_RESULT;
    tap->header.result = result;
    tap_begin(tap, kind, IPCTAP_EXIT, object);
    tap->header = header;
}

void tap_section(struct tap_file *tap, uint16_t type, uint16_t index, uint64_t address,
                 const void *bytes, size_t size)
{
    ipctap_add(&tap->writer, type, index, address, bytes, (uint32_t)size);
}

void tap_text(struct tap_file *tap, uint16_t type, uint16_t index, const char *text)
{
    ipctap_add_text(&tap->writer, type, index, text);
}

void tap_end(struct tap_file *tap)
{
    uint8_t item[PCAP_ITEM_SIZE];
    struct ipcshark_writer writer = ipcshark_writer(item, sizeof item);
    uint32_t size = (uint32_t)ipctap_end(&tap->writer);

    if (!size) {
        fputs("a record does not fit into a packet\n", stderr);
        exit(EXIT_FAILURE);
    }
    ipcshark_write_u32(&writer, (uint32_t)(tap->time / NANOSECOND));
    ipcshark_write_u32(&writer, (uint32_t)(tap->time % NANOSECOND));
    ipcshark_write_u32(&writer, IPCTAP_TAGS_SIZE + size);
    ipcshark_write_u32(&writer, IPCTAP_TAGS_SIZE + size);
    write_all(tap, item, sizeof item);
    write_all(tap, ipctap_tags, IPCTAP_TAGS_SIZE);
    write_all(tap, tap->bytes, size);
    tap->time += 1000;
}

void tap_kernel_call(struct tap_file *tap, const struct ipctap_kernel_call *call)
{
    uint8_t bytes[IPCTAP_KERNEL_CALL_SIZE];

    ipctap_kernel_call_encode(call, bytes, sizeof bytes);
    tap_section(tap, IPCTAP_SECTION_KERNEL_CALL, 0, 0, bytes, sizeof bytes);
}

void tap_note(struct tap_file *tap, uint32_t object, uint16_t type, const char *text)
{
    tap_begin(tap, IPCTAP_NOTE, IPCTAP_SNAPSHOT, object);
    tap_text(tap, type, 0, text);
    tap_end(tap);
}
