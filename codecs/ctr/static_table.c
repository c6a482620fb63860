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

static void check_slot(const struct ctripc_translate *translate, size_t room,
                       struct ipcshark_findings *findings)
{
    if (translate->size > room)
        ipcshark_find(findings, IPCSHARK_FINDING_CTRIPC_STATIC_ROOM,
                      translate->offset * CTRIPC_WORD_SIZE, SLOT_SIZE, translate->size, room);
}

void ctripc_check_static_buffers(const struct ctripc_message *message,
                                 const struct ctripc_static_slot *slot, size_t count,
                                 struct ipcshark_findings *findings)
{
    uint32_t seen = 0;

    for (unsigned int i = 0; i < message->translate_count; i++) {
        const struct ctripc_translate *translate = &message->translate[i];

        if (translate->kind != CTRIPC_STATIC_BUFFER)
            continue;
        if (seen & 1u << translate->id)
            ipcshark_find(findings, IPCSHARK_FINDING_CTRIPC_STATIC_TWICE,
                          translate->offset * CTRIPC_WORD_SIZE, CTRIPC_WORD_SIZE, translate->id, 1);
        seen |= 1u << translate->id;
        check_slot(translate, translate->id < count ? slot[translate->id].size : 0, findings);
    }
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
