/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file record.c A call of ilia's as two records. */
#include "ilia_internal.h"

#include <string.h>

bool ilia_add_buffer(struct ilia_call *call, const struct ilia_buffer *buffer)
{
    if (call->buffer_count >= ILIA_MAX_BUFFERS)
        return false;
    call->buffer[call->buffer_count++] = *buffer;
    return true;
}

bool ilia_decode(const uint8_t *bytes, size_t length, struct ilia_call *call)
{
    memset(call, 0, sizeof *call);
    if (ilia_decode_chunks(bytes, length, call))
        return true;
    memset(call, 0, sizeof *call);
    if (ilia_decode_messages(bytes, length, call))
        return true;
    memset(call, 0, sizeof *call);
    return false;
}

static struct ipctap_header make_header(const struct ilia_call *call, bool is_reply,
                                        const struct ipctap_header *given)
{
    struct ipctap_header header = *given;
    bool refused = is_reply && call->has_result && call->result && !call->reply.size;

    header.kind = IPCTAP_HIPC_MESSAGE;
    header.phase = is_reply ? IPCTAP_EXIT : IPCTAP_ENTER;
    header.flags = IPCTAP_SERVER;
    if (is_reply && (refused || call->reply.size))
        header.flags |= IPCTAP_RESULT;
    if (!is_reply && !call->has_reply)
        header.flags |= IPCTAP_NO_EXIT;
    header.result = refused ? call->result : 0;
    return header;
}

static void add_message(struct ipcshark_writer *writer, const struct ilia_call *call,
                        const uint8_t *bytes, const struct ilia_span *span)
{
    uint16_t type = call->form == ILIA_CHUNKS ? IPCTAP_FRAGMENT : IPCTAP_MESSAGE;

    if (span->size)
        ipctap_add(writer, type, 0, 0, bytes + span->offset, span->size);
}

size_t ilia_encode_record(const struct ilia_call *call, const uint8_t *bytes, bool is_reply,
                          const struct ipctap_header *header, const char *interface_name,
                          uint8_t *record, size_t capacity)
{
    struct ipcshark_writer writer = ipcshark_writer(record, capacity);
    struct ipctap_header made = make_header(call, is_reply, header);

    if (call->form == ILIA_NONE || (is_reply && !call->has_reply))
        return 0;
    ipctap_begin(&writer, &made);
    add_message(&writer, call, bytes, is_reply ? &call->reply : &call->request);
    ipctap_add_text(&writer, IPCTAP_INTERFACE, 0, interface_name);
    for (uint32_t n = 0; n < call->buffer_count; n++) {
        const struct ilia_buffer *buffer = &call->buffer[n];

        if (is_reply ? buffer->out : buffer->in)
            ipctap_add(&writer, buffer->section, buffer->index, buffer->address,
                       bytes + buffer->span.offset, buffer->span.size);
    }
    return ipctap_end(&writer);
}
