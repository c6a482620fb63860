/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SceAppMessage as ReceiveMsg fills it in, 0x2018 bytes: sender, type, 0x2000 bytes of payload, its
 * size (u32 in the C# and C declarations), padding, microseconds since boot.
 */
#include <ipcshark/appmsg.h>
#include <ipcshark/reader.h>
#include <ipcshark/writer.h>

/** Offset of the first byte behind the payload that is not zero, or the array's end. */
static size_t stale_byte(const uint8_t *bytes, size_t length, uint32_t payload_size)
{
    size_t start = APPMSG_PAYLOAD_OFFSET + payload_size;
    struct ipcshark_reader reader = ipcshark_reader(bytes, length);
    const uint8_t *rest;

    ipcshark_reader_seek(&reader, start);
    rest = ipcshark_read_bytes(&reader, APPMSG_PAYLOAD_SIZE_OFFSET - start);
    for (size_t i = 0; rest && i < APPMSG_PAYLOAD_SIZE_OFFSET - start; i++) {
        if (rest[i])
            return start + i;
    }
    return APPMSG_PAYLOAD_SIZE_OFFSET;
}

static void check_message(const uint8_t *bytes, size_t length, const struct appmsg_message *message,
                          struct ipcshark_findings *findings)
{
    size_t stale;

    if (message->padding)
        ipcshark_find(findings, IPCSHARK_FINDING_APPMSG_MESSAGE_PADDING,
                      APPMSG_PAYLOAD_SIZE_OFFSET + 4, 4, message->padding, 0);
    if (message->payload_size > APPMSG_MAX_PAYLOAD) {
        ipcshark_find(findings, IPCSHARK_FINDING_APPMSG_MESSAGE_PAYLOAD_SIZE,
                      APPMSG_PAYLOAD_SIZE_OFFSET, 4, message->payload_size, APPMSG_MAX_PAYLOAD);
        return;
    }
    stale = stale_byte(bytes, length, message->payload_size);
    if (stale < APPMSG_PAYLOAD_SIZE_OFFSET)
        ipcshark_find(findings, IPCSHARK_FINDING_APPMSG_STALE_PAYLOAD, stale,
                      APPMSG_PAYLOAD_SIZE_OFFSET - stale, 0, message->payload_size);
}

static void check_length(size_t length, struct ipcshark_findings *findings)
{
    if (length < APPMSG_MESSAGE_SIZE)
        ipcshark_find(findings, IPCSHARK_FINDING_APPMSG_MESSAGE_TRUNCATED, 0, length, length,
                      APPMSG_MESSAGE_SIZE);
    else if (length > APPMSG_MESSAGE_SIZE)
        ipcshark_find(findings, IPCSHARK_FINDING_APPMSG_MESSAGE_TRAILING, APPMSG_MESSAGE_SIZE,
                      length - APPMSG_MESSAGE_SIZE, length, APPMSG_MESSAGE_SIZE);
}

/** What lies behind the payload array, if the capture reaches that far. */
static void read_tail(struct ipcshark_reader *reader, struct appmsg_message *message)
{
    ipcshark_reader_seek(reader, APPMSG_PAYLOAD_SIZE_OFFSET);
    message->payload_size = ipcshark_read_u32(reader);
    message->has_size = !reader->failed;
    message->padding = ipcshark_read_u32(reader);
    message->timestamp = ipcshark_read_u64(reader);
}

bool appmsg_message_decode(const uint8_t *bytes, size_t length, struct appmsg_message *message,
                           struct ipcshark_findings *findings)
{
    struct ipcshark_reader reader = ipcshark_reader(bytes, length);
    bool has_head;
    size_t room;

    *message = (struct appmsg_message){.payload_offset = APPMSG_PAYLOAD_OFFSET};
    message->sender = ipcshark_read_u32(&reader);
    message->message_type = ipcshark_read_u32(&reader);
    has_head = !reader.failed;
    room = has_head ? ipcshark_reader_left(&reader) : 0;
    room = room > APPMSG_MAX_PAYLOAD ? APPMSG_MAX_PAYLOAD : room;
    read_tail(&reader, message);
    if (message->has_size && message->payload_size < room)
        room = message->payload_size;
    message->payload_captured = (uint32_t)room;
    check_length(length, findings);
    if (message->has_size && findings)
        check_message(bytes, length, message, findings);
    return has_head;
}

size_t appmsg_message_encode(const struct appmsg_message *message, const void *payload,
                             uint8_t *bytes, size_t capacity)
{
    struct ipcshark_writer writer = ipcshark_writer(bytes, capacity);
    uint32_t size = message->payload_captured;

    size = size > APPMSG_MAX_PAYLOAD ? APPMSG_MAX_PAYLOAD : size;
    ipcshark_write_u32(&writer, message->sender);
    ipcshark_write_u32(&writer, message->message_type);
    ipcshark_write_bytes(&writer, payload, size);
    ipcshark_write_zeros(&writer, APPMSG_MAX_PAYLOAD - size);
    ipcshark_write_u32(&writer, message->payload_size);
    ipcshark_write_u32(&writer, message->padding);
    ipcshark_write_u64(&writer, message->timestamp);
    return writer.failed ? 0 : writer.offset;
}
