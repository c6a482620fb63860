/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmif_layout.h"

#include <ipcshark/writer.h>

/**
 * Writes the message with `raw_size` bytes of raw data, rounded up to words, which are not written;
 * fills `payload` to write from the payload's offset to the raw data's end. Returns the size.
 */
static size_t encode_frame(const struct hipc_message *hipc, size_t raw_size, uint8_t *bytes,
                           size_t capacity, struct hipc_frame *frame,
                           struct ipcshark_writer *payload)
{
    size_t words = (raw_size + HIPC_WORD_SIZE - 1) / HIPC_WORD_SIZE;

    *payload = ipcshark_writer(NULL, 0);
    *frame = (struct hipc_frame){.raw = NULL};
    if (words > HIPC_MAX_RAW_WORDS)
        return SIZE_MAX;
    *frame = hipc_encode_frame(hipc, (uint16_t)words, bytes, capacity);
    if (!frame->raw)
        return frame->size;
    *payload = ipcshark_writer(bytes, frame->raw_offset + words * HIPC_WORD_SIZE);
    payload->offset = cmif_align(frame->raw_offset, CMIF_ALIGNMENT);
    return frame->size;
}

/**
 * What lies around the payload: up to 15 bytes in front of it, behind it what is left of 16,
 * padding to 2, `sizes` numbers and padding to a word. Raw data with a header has 32 bytes at
 * least.
 */
static void clear_padding(uint8_t *raw, size_t size, unsigned int sizes)
{
    if (sizes <= 6 && size >= 32) {
        memset(raw, 0, 16);
        memset(raw + size - 32, 0, 32);
    } else {
        memset(raw, 0, size);
    }
}

HIPC_INLINE void encode_header(struct ipcshark_writer *writer, uint32_t magic, uint16_t version,
                               uint32_t word2, uint32_t word3)
{
    uint8_t *room = ipcshark_write_room(writer, CMIF_HEADER_SIZE);

    if (!room)
        return;
    ipcshark_store_u32(room, magic);
    ipcshark_store_u32(room + 4, version);
    ipcshark_store_u32(room + 8, word2);
    ipcshark_store_u32(room + 12, word3);
}

static void encode_objects(struct ipcshark_writer *writer, const uint32_t *object, unsigned count)
{
    for (unsigned int i = 0; i < count; i++)
        ipcshark_write_u32(writer, object[i]);
}

HIPC_INLINE void encode_domain_in(struct ipcshark_writer *writer,
                                  const struct cmif_request *request)
{
    uint8_t *room = ipcshark_write_room(writer, CMIF_DOMAIN_HEADER_SIZE);
    bool close = request->kind == CMIF_REQUEST_KIND_CLOSE;

    if (!room)
        return;
    room[0] = request->kind;
    room[1] = close ? 0 : request->object_count;
    ipcshark_store_u16(room + 2, close ? 0 : (uint16_t)(CMIF_HEADER_SIZE + request->data_size));
    ipcshark_store_u32(room + 4, request->object_id);
    ipcshark_store_u32(room + 8, 0);
    ipcshark_store_u32(room + 12, request->token);
}

/** Headers, arguments and object ids, without padding. */
static size_t request_size(const struct cmif_request *request)
{
    size_t domain = CMIF_DOMAIN_HEADER_SIZE + request->object_count * (size_t)CMIF_OBJECT_ID_SIZE;

    return (request->is_domain ? domain : 0) + CMIF_HEADER_SIZE + request->data_size;
}

/** What may lie over the raw data. */
static void finish(const struct hipc_message *hipc, const struct hipc_frame *frame)
{
    if (frame->receive_list)
        hipc_encode_receive_list(hipc, frame->receive_list);
}

static size_t encode_domain_close(const struct cmif_request *request, uint8_t *bytes,
                                  size_t capacity)
{
    struct ipcshark_writer payload;
    struct hipc_frame frame;
    size_t raw_size = CMIF_ALIGNMENT + CMIF_DOMAIN_HEADER_SIZE;
    size_t size = encode_frame(&request->hipc, raw_size, bytes, capacity, &frame, &payload);

    if (!frame.raw)
        return size;
    clear_padding(frame.raw, raw_size, 0);
    encode_domain_in(&payload, request);
    finish(&request->hipc, &frame);
    return size;
}

/** A message without raw data. */
static size_t encode_release(const struct cmif_request *request, uint8_t *bytes, size_t capacity)
{
    struct ipcshark_writer payload;
    struct hipc_frame frame;
    size_t size = encode_frame(&request->hipc, 0, bytes, capacity, &frame, &payload);

    if (frame.raw)
        finish(&request->hipc, &frame);
    return size;
}

static void encode_payload(const struct cmif_request *request, struct ipcshark_writer *payload)
{
    if (request->is_domain)
        encode_domain_in(payload, request);
    encode_header(payload, CMIF_IN_MAGIC, request->version, request->method_id,
                  request->is_domain ? 0 : request->token);
    ipcshark_write_bytes(payload, request->data, request->data_size);
    if (request->is_domain)
        encode_objects(payload, request->objects, request->object_count);
}

size_t cmif_encode_request(const struct cmif_request *request, uint8_t *bytes, size_t capacity)
{
    struct ipcshark_writer payload;
    struct hipc_frame frame;
    size_t body = cmif_align((uint32_t)request_size(request), 2);
    unsigned int sizes = request->out_pointer_count;
    size_t size;

    if (request->hipc.type == HIPC_TYPE_RELEASE)
        return encode_release(request, bytes, capacity);
    if (request->is_domain && request->kind == CMIF_REQUEST_KIND_CLOSE)
        return encode_domain_close(request, bytes, capacity);
    size = encode_frame(&request->hipc, CMIF_ALIGNMENT + body + 2u * sizes, bytes, capacity, &frame,
                        &payload);
    if (!frame.raw)
        return size;
    clear_padding(frame.raw, payload.capacity - frame.raw_offset, sizes);
    encode_payload(request, &payload);
    payload.offset = frame.raw_offset + CMIF_ALIGNMENT + body;
    for (unsigned int i = 0; i < sizes; i++)
        ipcshark_write_u16(&payload, request->out_pointer_sizes[i]);
    finish(&request->hipc, &frame);
    return size;
}

size_t cmif_encode_reply(const struct cmif_reply *reply, uint8_t *bytes, size_t capacity)
{
    struct ipcshark_writer payload;
    struct hipc_frame frame;
    size_t data_size = reply->result ? 0 : reply->data_size;
    unsigned int objects = reply->is_domain && !reply->result ? reply->object_count : 0;
    size_t domain = reply->is_domain ? CMIF_DOMAIN_HEADER_SIZE + objects * CMIF_OBJECT_ID_SIZE : 0;
    size_t raw = CMIF_ALIGNMENT + domain + CMIF_HEADER_SIZE + cmif_align((uint32_t)data_size, 4);
    size_t size = encode_frame(&reply->hipc, raw, bytes, capacity, &frame, &payload);

    if (!frame.raw)
        return size;
    clear_padding(frame.raw, payload.capacity - frame.raw_offset, 0);
    if (reply->is_domain) {
        ipcshark_write_u32(&payload, objects);
        ipcshark_write_zeros(&payload, CMIF_DOMAIN_HEADER_SIZE - 4);
    }
    encode_header(&payload, CMIF_OUT_MAGIC, reply->version, reply->result, reply->interface_id);
    ipcshark_write_bytes(&payload, reply->data, data_size);
    encode_objects(&payload, reply->objects, objects);
    finish(&reply->hipc, &frame);
    return size;
}
