/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file messages.c
 * The older form. Source of the layout: ilia's IMessageWriter::OpenRequest: the request's
 * descriptors say how long the packet is, and so whether it is one.
 */
#include "ilia_internal.h"

#include <ipcshark/hipc.h>

#define MESSAGE_SIZE 0x100u

/* Where the next buffer starts, and what the packet may hold. */
struct layout {
    struct ilia_call *call;
    size_t end; /* Of the buffers: the reply's start. */
    size_t next;
    bool failed;
};

static void place(struct layout *layout, uint16_t section, uint16_t index, uint64_t address,
                  uint64_t size, bool is_out)
{
    struct ilia_buffer buffer = {
        .section = section,
        .index = index,
        .address = address,
        .in = !is_out,
        .out = is_out,
    };

    if (layout->failed || size > layout->end - layout->next) {
        layout->failed = true;
        return;
    }
    buffer.span = (struct ilia_span){(uint32_t)layout->next, (uint32_t)size};
    layout->next += (size_t)size;
    layout->failed = size && !ilia_add_buffer(layout->call, &buffer);
}

static void place_all(struct layout *layout, const struct hipc_message *hipc)
{
    for (uint16_t n = 0; n < hipc->pointer_count; n++)
        place(layout, IPCTAP_POINTER, n, hipc->pointer[n].address, hipc->pointer[n].size, false);
    for (uint16_t n = 0; n < hipc->send_count; n++)
        place(layout, IPCTAP_SEND, n, hipc->send[n].address, hipc->send[n].size, false);
    for (uint16_t n = 0; n < hipc->receive_count; n++)
        place(layout, IPCTAP_RECEIVE, n, hipc->receive[n].address, hipc->receive[n].size, true);
    /* What went into the receive list belongs to the reply's pointer descriptors. */
    for (uint16_t n = 0; n < hipc->receive_list_count; n++)
        place(layout, IPCTAP_POINTER, n, hipc->receive_list[n].address, hipc->receive_list[n].size,
              true);
}

bool ilia_decode_messages(const uint8_t *bytes, size_t length, struct ilia_call *call)
{
    struct layout layout = {.call = call, .next = MESSAGE_SIZE};
    struct hipc_message hipc = {0};

    if (length < 2 * MESSAGE_SIZE || length > UINT32_MAX)
        return false;
    if (!hipc_decode(bytes, MESSAGE_SIZE, HIPC_REQUEST, &hipc, NULL) || hipc.type == 0 ||
        hipc.exchange_count)
        return false;
    layout.end = length - MESSAGE_SIZE;
    place_all(&layout, &hipc);
    call->form = ILIA_MESSAGES;
    call->request = (struct ilia_span){0, MESSAGE_SIZE};
    call->reply = (struct ilia_span){(uint32_t)layout.end, MESSAGE_SIZE};
    call->has_reply = true;
    return !layout.failed && layout.next == layout.end;
}
