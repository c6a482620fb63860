/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file hipc_delivery.c What the kernel refuses when it delivers a message, beyond its form. */
#include "hipc_layout.h"

#define ADDRESS_END       (UINT64_C(1) << 39)
#define POINTER_ALIGNMENT 16u

/** kern_k_handle_table.hpp: bits 0-14 index, 15-29 serial from 1 on, 30-31 zero. */
static bool may_be_handle(uint32_t handle)
{
    return handle >> 30 == 0 && handle >> 15 != 0;
}

static bool is_pseudo_handle(uint32_t handle)
{
    return handle == HIPC_HANDLE_CURRENT_THREAD || handle == HIPC_HANDLE_CURRENT_PROCESS;
}

/** Zero stays zero; pseudo handles can be copied, not moved. */
static void check_handles(const uint32_t *handle, unsigned int count, uint32_t offset,
                          bool may_be_pseudo, struct ipcshark_findings *findings)
{
    for (unsigned int i = 0; i < count; i++) {
        if (handle[i] && !may_be_handle(handle[i]) &&
            !(may_be_pseudo && is_pseudo_handle(handle[i])))
            ipcshark_find(findings, IPCSHARK_FINDING_HIPC_HANDLE, offset + i * HIPC_HANDLE_SIZE,
                          HIPC_HANDLE_SIZE, handle[i], 0);
    }
}

/** "Address 0 is not special: it fails like any unmapped address when size > 0." */
static void check_range(uint64_t address, uint64_t size, uint32_t offset, uint32_t length,
                        struct ipcshark_findings *findings)
{
    if (!size)
        return;
    if (!address)
        ipcshark_find(findings, IPCSHARK_FINDING_HIPC_NULL_BUFFER, offset, length, size, 0);
    else if (address + size > ADDRESS_END)
        ipcshark_find(findings, IPCSHARK_FINDING_HIPC_BUFFER_RANGE, offset, length, address + size,
                      ADDRESS_END);
}

static void check_maps(const struct hipc_map *map, unsigned int count,
                       struct ipcshark_findings *findings)
{
    for (unsigned int i = 0; i < count; i++)
        check_range(map[i].address, map[i].size, map[i].offset, HIPC_MAP_SIZE, findings);
}

static void check_buffers(const struct hipc_message *message, struct ipcshark_findings *findings)
{
    for (unsigned int i = 0; i < message->pointer_count; i++)
        check_range(message->pointer[i].address, message->pointer[i].size,
                    message->pointer[i].offset, HIPC_POINTER_SIZE, findings);
    check_maps(message->send, message->send_count, findings);
    check_maps(message->receive, message->receive_count, findings);
    check_maps(message->exchange, message->exchange_count, findings);
}

/* ---- Pointers and the receiver's receive list (kern_k_server_session.cpp: GetReceiveListAddr) */

/** Where the modes that fill one buffer have come to. */
struct fill {
    uint64_t base; /**< Address, or offset in the message buffer. */
    uint64_t end;
    uint64_t used;
};

static struct fill fill_of(const struct hipc_message *message, const struct hipc_message *receiver)
{
    const struct hipc_receive_entry *entry = &receiver->receive_list[0];
    uint32_t raw_end = message->raw_offset + message->raw_words * HIPC_WORD_SIZE;

    if (receiver->receive_list_mode == HIPC_RECEIVE_IN_MESSAGE)
        return (struct fill){raw_end, HIPC_TLS_MESSAGE_SIZE, 0};
    if (receiver->receive_list_mode == HIPC_RECEIVE_SINGLE && receiver->receive_list_count)
        return (struct fill){entry->address, entry->address + entry->size, 0};
    return (struct fill){0, 0, 0};
}

/** Each start is rounded up to 16; room is what is left from there. */
static uint64_t take_room(struct fill *fill, uint64_t size)
{
    uint64_t start = (fill->base + fill->used + POINTER_ALIGNMENT - 1) &
                     ~(uint64_t)(POINTER_ALIGNMENT - 1);
    uint64_t room = start < fill->end ? fill->end - start : 0;

    if (size <= room)
        fill->used = start + size - fill->base;
    return room;
}

/** "index >= count-2, entry size 0 or < size, or entry address 0". */
static uint64_t indexed_room(const struct hipc_message *receiver, uint8_t index)
{
    if (index >= receiver->receive_list_count || !receiver->receive_list[index].address)
        return 0;
    return receiver->receive_list[index].size;
}

/** Returns whether all of them have room. */
static bool check_room(const struct hipc_message *message, const struct hipc_message *receiver,
                       struct ipcshark_findings *findings)
{
    struct fill fill = fill_of(message, receiver);
    bool all = true;

    for (unsigned int i = 0; i < message->pointer_count; i++) {
        const struct hipc_pointer *pointer = &message->pointer[i];
        uint64_t room;

        if (!pointer->size)
            continue;
        room = receiver->receive_list_mode >= HIPC_RECEIVE_INDEXED
                   ? indexed_room(receiver, pointer->index)
                   : take_room(&fill, pointer->size);
        if (pointer->size <= room)
            continue;
        ipcshark_find(findings, IPCSHARK_FINDING_HIPC_POINTER_ROOM, pointer->offset,
                      HIPC_POINTER_SIZE, pointer->size, room);
        all = false;
    }
    return all;
}

/** What the request writes over the list that the server prepared in the same buffer. */
static void check_broken_list(const struct hipc_message *message,
                              const struct hipc_message *receiver,
                              struct ipcshark_findings *findings)
{
    uint32_t raw_end = message->raw_offset + message->raw_words * HIPC_WORD_SIZE;

    if (receiver->receive_list_mode && raw_end > receiver->receive_list_offset)
        ipcshark_find(findings, IPCSHARK_FINDING_HIPC_RECEIVE_LIST_BROKEN, 0, raw_end, raw_end,
                      receiver->receive_list_offset);
}

void hipc_check_delivery(const struct hipc_message *message, enum hipc_direction direction,
                         const struct hipc_message *receiver, struct ipcshark_findings *findings)
{
    const struct hipc_special *special = &message->special;

    if (message->has_special) {
        check_handles(special->copy, special->copy_count, special->copy_offset, true, findings);
        check_handles(special->move, special->move_count, special->move_offset, false, findings);
    }
    check_buffers(message, findings);
    if (receiver && !check_room(message, receiver, findings) && direction == HIPC_REQUEST)
        check_broken_list(message, receiver, findings);
}
