/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file chunks.c
 * The newer form. Sources of the layout: ilia's dissect.lua and nn_sf.hpp. It is recognised by
 * chunks that fill the packet to its last byte, none of them twice, with a CMIF request among them.
 */
#include "ilia_internal.h"

#include <ipcshark/reader.h>

enum chunk {
    CHUNK_REQUEST = 1,
    CHUNK_META = 2,
    CHUNK_REPLY = 4,
    CHUNK_RESULT = 5,
    CHUNK_BUFFERS = 6,
    CHUNK_COUNT = CHUNK_BUFFERS + 1,
};

/* CmifMessageMetaInfo: sizes of the CMIF data, then counts, then an attribute for each buffer. */
enum meta_offset {
    META_BYTES_IN = 8,
    META_BYTES_OUT = 16,
    META_BUFFERS = 0x18,
    META_ATTRIBUTES = 0x2C,
};

#define META_MAX_BUFFERS 16
#define ATTRIBUTE_IN     1u
#define ATTRIBUTE_OUT    2u
#define CMIF_IN_HEADER   0x49434653u /* "SFCI" */

struct chunks {
    const uint8_t *bytes;
    struct ilia_span span[CHUNK_COUNT];
    bool has[CHUNK_COUNT];
};

static bool read_chunk(struct ipcshark_reader *reader, struct chunks *chunks)
{
    uint8_t type = ipcshark_read_u8(reader);
    uint64_t size = ipcshark_read_u64(reader);
    size_t offset = reader->offset;

    if (reader->failed || type >= CHUNK_COUNT || chunks->has[type] || size > UINT32_MAX)
        return false;
    chunks->has[type] = true;
    chunks->span[type] = (struct ilia_span){(uint32_t)offset, (uint32_t)size};
    (void)ipcshark_read_bytes(reader, (size_t)size);
    return !reader->failed;
}

static bool read_chunks(const uint8_t *bytes, size_t length, struct chunks *chunks)
{
    struct ipcshark_reader reader = ipcshark_reader(bytes, length);

    if (length > UINT32_MAX)
        return false;
    chunks->bytes = bytes;
    while (ipcshark_reader_left(&reader)) {
        if (!read_chunk(&reader, chunks))
            return false;
    }
    return chunks->has[CHUNK_REQUEST];
}

static uint64_t number(const struct chunks *chunks, enum chunk chunk, uint32_t offset, bool wide)
{
    const struct ilia_span *span = &chunks->span[chunk];
    struct ipcshark_reader reader = ipcshark_reader(chunks->bytes + span->offset, span->size);
    uint64_t value;

    ipcshark_reader_seek(&reader, offset);
    value = wide ? ipcshark_read_u64(&reader) : ipcshark_read_u32(&reader);
    return reader.failed ? 0 : value;
}

/* The chunk is the server's whole buffer, the meta info says how much of it is the message. */
static struct ilia_span cmif_span(const struct chunks *chunks, enum chunk chunk, uint32_t meta)
{
    struct ilia_span span = chunks->span[chunk];
    uint64_t size = number(chunks, CHUNK_META, meta, true);

    if (chunks->has[CHUNK_META] && size < span.size)
        span.size = (uint32_t)size;
    return span;
}

static bool add_buffers(const struct chunks *chunks, struct ilia_call *call)
{
    const struct ilia_span *span = &chunks->span[CHUNK_BUFFERS];
    struct ipcshark_reader reader = ipcshark_reader(chunks->bytes + span->offset, span->size);

    for (uint16_t n = 0; n < META_MAX_BUFFERS && ipcshark_reader_left(&reader); n++) {
        uint64_t attribute = number(chunks, CHUNK_META, META_ATTRIBUTES + 4u * n, false);
        uint64_t size = ipcshark_read_u64(&reader);
        struct ilia_buffer buffer = {
            .span = {span->offset + (uint32_t)reader.offset, (uint32_t)size},
            .section = IPCTAP_BUFFER,
            .index = n,
            .in = (attribute & ATTRIBUTE_IN) || !attribute,
            .out = (attribute & ATTRIBUTE_OUT) != 0,
        };

        (void)ipcshark_read_bytes(&reader, size > UINT32_MAX ? SIZE_MAX : (size_t)size);
        if (reader.failed || !ilia_add_buffer(call, &buffer))
            return false;
    }
    return !ipcshark_reader_left(&reader);
}

bool ilia_decode_chunks(const uint8_t *bytes, size_t length, struct ilia_call *call)
{
    struct chunks chunks = {0};

    if (!read_chunks(bytes, length, &chunks) ||
        number(&chunks, CHUNK_REQUEST, 0, false) != CMIF_IN_HEADER)
        return false;
    call->form = ILIA_CHUNKS;
    call->request = cmif_span(&chunks, CHUNK_REQUEST, META_BYTES_IN);
    call->reply = cmif_span(&chunks, CHUNK_REPLY, META_BYTES_OUT);
    call->has_result = chunks.has[CHUNK_RESULT];
    call->result = (uint32_t)number(&chunks, CHUNK_RESULT, 0, false);
    call->has_reply = chunks.has[CHUNK_REPLY] || chunks.has[CHUNK_RESULT];
    return !chunks.has[CHUNK_BUFFERS] || add_buffers(&chunks, call);
}
