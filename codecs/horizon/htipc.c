/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hipc_layout.h"

#include <ipcshark/htipc.h>
#include <ipcshark/reader.h>
#include <ipcshark/writer.h>

static void check_request(const struct hipc_message *hipc, const struct htipc_message *message,
                          struct ipcshark_findings *findings)
{
    uint32_t others = hipc->pointer_count + hipc->exchange_count + (hipc->receive_list_mode != 0);

    if (message->is_close && hipc->end != HIPC_HEADER_SIZE)
        ipcshark_find(findings, IPCSHARK_FINDING_HTIPC_CLOSE_NOT_EMPTY, 0, HIPC_HEADER_SIZE,
                      hipc->end, HIPC_HEADER_SIZE);
    else if (others)
        ipcshark_find(findings, IPCSHARK_FINDING_HTIPC_DESCRIPTORS, 0, HIPC_HEADER_SIZE, others, 0);
    if (!htipc_is_type(hipc->type))
        ipcshark_find(findings, IPCSHARK_FINDING_HTIPC_TYPE, 0, 2, hipc->type,
                      HIPC_TYPE_TIPC_FIRST_COMMAND);
}

void htipc_decode(const uint8_t *bytes, size_t length, const struct hipc_message *hipc,
                  bool is_reply, struct htipc_message *message, struct ipcshark_findings *findings)
{
    struct ipcshark_reader reader = ipcshark_reader(bytes, length);
    uint16_t first = HIPC_TYPE_TIPC_FIRST_COMMAND;

    *message = (struct htipc_message){
        .is_reply = is_reply,
        .is_close = hipc->type == HIPC_TYPE_TIPC_CLOSE,
        .command_id = hipc->type >= first ? (uint16_t)(hipc->type - first) : 0,
        .data_offset = hipc->raw_offset,
        .data_size = hipc->raw_captured,
    };
    if (!is_reply) {
        check_request(hipc, message, findings);
        return;
    }
    if (!hipc->raw_words) {
        ipcshark_find(findings, IPCSHARK_FINDING_HTIPC_NO_RESULT, hipc->raw_offset, 0, 0, 1);
        return;
    }
    if (hipc->raw_captured < HIPC_WORD_SIZE)
        return;
    ipcshark_reader_seek(&reader, hipc->raw_offset);
    message->result = ipcshark_read_u32(&reader);
    message->has_result = true;
    message->data_offset += HIPC_WORD_SIZE;
    message->data_size -= HIPC_WORD_SIZE;
}

/** Raw data of `head` words and then `data`, as many words as that takes. */
static size_t encode(const struct hipc_message *hipc, uint16_t type, const uint32_t *result,
                     const void *data, uint16_t data_size, uint8_t *bytes, size_t capacity)
{
    uint8_t raw[HIPC_MAX_RAW_WORDS * HIPC_WORD_SIZE];
    struct ipcshark_writer writer = ipcshark_writer(raw, sizeof raw);
    struct hipc_message message = *hipc;

    if (result)
        ipcshark_write_u32(&writer, *result);
    ipcshark_write_bytes(&writer, data, data_size);
    ipcshark_write_align(&writer, HIPC_WORD_SIZE);
    if (writer.failed)
        return SIZE_MAX;
    message.type = type;
    message.raw_words = (uint16_t)(writer.offset / HIPC_WORD_SIZE);
    return hipc_encode(&message, raw, bytes, capacity);
}

size_t htipc_encode_request(const struct hipc_message *hipc, uint16_t command_id, const void *data,
                            uint16_t data_size, uint8_t *bytes, size_t capacity)
{
    return encode(hipc, (uint16_t)(command_id + HIPC_TYPE_TIPC_FIRST_COMMAND), NULL, data,
                  data_size, bytes, capacity);
}

size_t htipc_encode_reply(const struct hipc_message *hipc, uint16_t command_id, uint32_t result,
                          const void *data, uint16_t data_size, uint8_t *bytes, size_t capacity)
{
    return encode(hipc, (uint16_t)(command_id + HIPC_TYPE_TIPC_FIRST_COMMAND), &result, data,
                  data_size, bytes, capacity);
}
