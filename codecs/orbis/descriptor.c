/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DataInfo {data, size} and BufferInfo {data, capacity, written}. That BufferInfo has 24 bytes is
 * asserted in RPCSX and was measured on PS5 4.03 on both sides of a call.
 */
#include <ipcshark/reader.h>
#include <ipcshark/sceipmi.h>
#include <ipcshark/writer.h>

/** A reader at the n-th entry; failed if the entry is not all there. */
static struct ipcshark_reader entry(const uint8_t *bytes, size_t length, size_t n, size_t size)
{
    struct ipcshark_reader reader = ipcshark_reader(bytes, length);

    if (n >= length / size)
        reader.failed = true;
    else
        ipcshark_reader_seek(&reader, n * size);
    return reader;
}

bool sceipmi_data_info(const uint8_t *bytes, size_t length, size_t n,
                       struct sceipmi_data_info *info)
{
    struct ipcshark_reader reader = entry(bytes, length, n, SCEIPMI_DATA_INFO_SIZE);

    info->offset = (uint32_t)reader.offset;
    info->data = ipcshark_read_u64(&reader);
    info->size = ipcshark_read_u64(&reader);
    return !reader.failed;
}

bool sceipmi_buffer_info(const uint8_t *bytes, size_t length, size_t n,
                         struct sceipmi_buffer_info *info)
{
    struct ipcshark_reader reader = entry(bytes, length, n, SCEIPMI_BUFFER_INFO_SIZE);

    info->offset = (uint32_t)reader.offset;
    info->data = ipcshark_read_u64(&reader);
    info->capacity = ipcshark_read_u64(&reader);
    info->written = ipcshark_read_u64(&reader);
    return !reader.failed;
}

size_t sceipmi_data_info_encode(const struct sceipmi_data_info *info, size_t count, uint8_t *bytes,
                                size_t capacity)
{
    struct ipcshark_writer writer = ipcshark_writer(bytes, capacity);

    for (size_t i = 0; i < count && !writer.failed; i++) {
        ipcshark_write_u64(&writer, info[i].data);
        ipcshark_write_u64(&writer, info[i].size);
    }
    return writer.failed ? 0 : writer.offset;
}

size_t sceipmi_buffer_info_encode(const struct sceipmi_buffer_info *info, size_t count,
                                  uint8_t *bytes, size_t capacity)
{
    struct ipcshark_writer writer = ipcshark_writer(bytes, capacity);

    for (size_t i = 0; i < count && !writer.failed; i++) {
        ipcshark_write_u64(&writer, info[i].data);
        ipcshark_write_u64(&writer, info[i].capacity);
        ipcshark_write_u64(&writer, info[i].written);
    }
    return writer.failed ? 0 : writer.offset;
}

void sceipmi_buffer_info_check(const uint8_t *bytes, size_t length,
                               struct ipcshark_findings *findings)
{
    struct sceipmi_buffer_info info;

    /* "bad `written` length in respond BufferInfo": exception word 0x0232000A, PS5 4.03. */
    for (size_t n = 0; n < SCEIPMI_MAX_COUNT && sceipmi_buffer_info(bytes, length, n, &info); n++) {
        if (info.written > info.capacity)
            ipcshark_find(findings, IPCSHARK_FINDING_SCEIPMI_WRITTEN_OVER_CAPACITY,
                          info.offset + 16, 8, info.written, info.capacity);
    }
}
