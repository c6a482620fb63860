/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layout.h"

#include <ipcshark/reader.h>
#include <ipcshark/writer.h>

#define SLOT_SIZE 8

size_t ctripc_decode_static_table(const uint8_t *bytes, size_t length,
                                  struct ctripc_static_slot slot[CTRIPC_STATIC_BUFFERS],
                                  struct ipcshark_findings *findings)
{
    struct ipcshark_reader reader = ipcshark_reader(bytes, length);
    size_t count = length / SLOT_SIZE;

    if (count > CTRIPC_STATIC_BUFFERS)
        count = CTRIPC_STATIC_BUFFERS;
    for (size_t i = 0; i < count; i++) {
        slot[i].descriptor = ipcshark_read_u32(&reader);
        slot[i].size = slot[i].descriptor >> CTRIPC_STATIC_SIZE_SHIFT;
        slot[i].address = ipcshark_read_u32(&reader);
    }
    for (size_t i = count; i < CTRIPC_STATIC_BUFFERS; i++)
        slot[i] = (struct ctripc_static_slot){0};
    if (length < CTRIPC_STATIC_TABLE_SIZE)
        ipcshark_find(findings, IPCSHARK_FINDING_CTRIPC_STATIC_TABLE_CUT, 0,
                      CTRIPC_STATIC_TABLE_SIZE, length, CTRIPC_STATIC_TABLE_SIZE);
    return count;
}

size_t ctripc_encode_static_table(const struct ctripc_static_slot slot[CTRIPC_STATIC_BUFFERS],
                                  uint8_t *bytes, size_t capacity)
{
    struct ipcshark_writer writer = ipcshark_writer(bytes, capacity);

    for (size_t i = 0; i < CTRIPC_STATIC_BUFFERS; i++) {
        ipcshark_write_u32(&writer, slot[i].descriptor);
        ipcshark_write_u32(&writer, slot[i].address);
    }
    return writer.offset;
}
