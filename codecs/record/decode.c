/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layout.h"

#include <ipcshark/record.h>

#include <string.h>

/** "header_size: 64; multiple of 8, >= 64, <= record_size"; readers limit it to 1,024. */
static bool header_size_is_good(uint32_t size, struct ipcshark_findings *findings)
{
    if (size >= IPCTAP_HEADER_SIZE && size <= IPCTAP_MAX_HEADER_SIZE &&
        size % RECORD_ALIGNMENT == 0)
        return true;
    ipcshark_find(findings, IPCSHARK_FINDING_RECORD_BAD_HEADER_SIZE, RECORD_HEADER_SIZE_OFFSET, 2,
                  size, IPCTAP_MAX_HEADER_SIZE);
    return false;
}

/** "Sizes of records are multiples of 8"; "limits of a reader: record 16 MiB". */
static bool record_size_is_good(uint32_t size, uint32_t header_size,
                                struct ipcshark_findings *findings)
{
    if (size % RECORD_ALIGNMENT != 0 || size > IPCTAP_MAX_RECORD_SIZE) {
        ipcshark_find(findings, IPCSHARK_FINDING_RECORD_BAD_RECORD_SIZE, RECORD_SIZE_OFFSET, 4,
                      size, IPCTAP_MAX_RECORD_SIZE);
        return false;
    }
    if (size >= header_size)
        return true;
    ipcshark_find(findings, IPCSHARK_FINDING_RECORD_SMALLER_THAN_HEADER, RECORD_SIZE_OFFSET, 4,
                  size, header_size);
    return false;
}

/** Checks what a reader needs to find the record's end: magic, version, both sizes. */
static bool check_frame(const uint8_t *bytes, struct ipcshark_findings *findings)
{
    struct ipcshark_reader reader = ipcshark_reader(bytes, IPCTAP_HEADER_SIZE);
    uint32_t magic = ipcshark_read_u32(&reader);
    uint8_t version = ipcshark_read_u8(&reader);
    uint16_t header_size;

    if (magic != IPCTAP_MAGIC) {
        ipcshark_find(findings, IPCSHARK_FINDING_RECORD_BAD_MAGIC, 0, 4, magic, IPCTAP_MAGIC);
        return false;
    }
    if (version != IPCTAP_VERSION) {
        ipcshark_find(findings, IPCSHARK_FINDING_RECORD_BAD_VERSION, RECORD_VERSION_OFFSET, 1,
                      version, IPCTAP_VERSION);
        return false;
    }
    ipcshark_reader_seek(&reader, RECORD_HEADER_SIZE_OFFSET);
    header_size = ipcshark_read_u16(&reader);
    ipcshark_reader_seek(&reader, RECORD_SIZE_OFFSET);
    return header_size_is_good(header_size, findings) &&
           record_size_is_good(ipcshark_read_u32(&reader), header_size, findings);
}

/** Bad bytes are told as soon as they are there, before the whole header is. */
static bool start_is_bad(const uint8_t *bytes, size_t length, struct ipcshark_findings *findings)
{
    static const uint8_t start[] = {'I', 'P', 'C', 'T', IPCTAP_VERSION};
    uint32_t magic = 0;

    for (size_t i = 0; i < length && i < sizeof start; i++) {
        if (i < 4)
            magic |= (uint32_t)bytes[i] << 8 * i;
        if (bytes[i] == start[i])
            continue;
        if (i < 4)
            ipcshark_find(findings, IPCSHARK_FINDING_RECORD_BAD_MAGIC, 0, i + 1, magic,
                          IPCTAP_MAGIC);
        else
            ipcshark_find(findings, IPCSHARK_FINDING_RECORD_BAD_VERSION, i, 1, bytes[i],
                          IPCTAP_VERSION);
        return true;
    }
    return false;
}

enum ipctap_stream_state ipctap_stream_next(const uint8_t *bytes, size_t length, size_t *size,
                                            struct ipcshark_findings *findings)
{
    *size = IPCTAP_HEADER_SIZE;
    if (length < IPCTAP_HEADER_SIZE)
        return start_is_bad(bytes, length, findings) ? IPCTAP_STREAM_BAD : IPCTAP_STREAM_NEED_MORE;
    if (!check_frame(bytes, findings))
        return IPCTAP_STREAM_BAD;
    *size = ipcshark_load_u32(bytes + RECORD_SIZE_OFFSET);
    return length < *size ? IPCTAP_STREAM_NEED_MORE : IPCTAP_STREAM_RECORD;
}

size_t ipctap_stream_skip(const uint8_t *bytes, size_t length)
{
    const uint8_t *end = bytes + length;
    const uint8_t *start = length ? bytes + 1 : end;
    size_t size;

    for (; start < end; start++) {
        start = (const uint8_t *)memchr(start, IPCTAP_MAGIC & 0xFF, (size_t)(end - start));
        if (!start)
            return length;
        if (ipctap_stream_next(start, (size_t)(end - start), &size, NULL) != IPCTAP_STREAM_BAD)
            break;
    }
    return (size_t)(start - bytes);
}

static void read_header(const uint8_t *bytes, struct ipctap_header *header)
{
    struct ipcshark_reader reader = ipcshark_reader(bytes, IPCTAP_HEADER_SIZE);

    ipcshark_reader_seek(&reader, RECORD_VERSION_OFFSET);
    header->version = ipcshark_read_u8(&reader);
    header->platform = ipcshark_read_u8(&reader);
    header->kind = ipcshark_read_u8(&reader);
    header->phase = ipcshark_read_u8(&reader);
    header->header_size = ipcshark_read_u16(&reader);
    header->flags = ipcshark_read_u16(&reader);
    header->record_size = ipcshark_read_u32(&reader);
    header->time = ipcshark_read_u64(&reader);
    header->call_id = ipcshark_read_u64(&reader);
    header->pid = ipcshark_read_u32(&reader);
    header->tid = ipcshark_read_u32(&reader);
    header->program_id = ipcshark_read_u64(&reader);
    header->object = ipcshark_read_u32(&reader);
    header->result = ipcshark_read_u32(&reader);
    header->peer_pid = ipcshark_read_u32(&reader);
    header->clock = ipcshark_read_u8(&reader);
    header->reserved = ipcshark_read_u8(&reader);
    header->source = ipcshark_read_u16(&reader);
}

bool ipctap_record_decode(const uint8_t *bytes, size_t length, struct ipctap_record *record,
                          struct ipcshark_findings *findings)
{
    memset(record, 0, sizeof *record);
    record->bytes = bytes;
    record->length = length;
    if (length < IPCTAP_HEADER_SIZE) {
        ipcshark_find(findings, IPCSHARK_FINDING_RECORD_HEADER_CUT, 0, IPCTAP_HEADER_SIZE, length,
                      IPCTAP_HEADER_SIZE);
        return false;
    }
    if (!check_frame(bytes, findings))
        return false;
    read_header(bytes, &record->header);
    if (length < record->header.record_size)
        ipcshark_find(findings, IPCSHARK_FINDING_RECORD_CUT, RECORD_SIZE_OFFSET, 4, length,
                      record->header.record_size);
    else
        record->length = record->header.record_size;
    return true;
}
