/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hipc_layout.h"

#include <ipcshark/reader.h>

/** Counts as the header and special header declare them, before cut sections lowered them. */
struct declared {
    uint32_t special; /**< Bytes of special header and process id. */
    uint32_t copy, move;
    uint32_t pointer, send, receive, exchange;
};

static struct declared declared_counts(const uint8_t *bytes, size_t length,
                                       const struct hipc_message *message)
{
    struct ipcshark_reader reader = ipcshark_reader(bytes, length);
    uint32_t word0 = ipcshark_read_u32(&reader);
    uint32_t special;

    ipcshark_read_u32(&reader);
    special = message->has_special ? ipcshark_read_u32(&reader) : 0;
    return (struct declared){
        .special = !message->has_special ? 0
                   : special & 1         ? HIPC_SPECIAL_SIZE + HIPC_PID_SIZE
                                         : HIPC_SPECIAL_SIZE,
        .copy = (special >> 1) & 0xF,
        .move = (special >> 5) & 0xF,
        .pointer = (word0 >> 16) & 0xF,
        .send = (word0 >> 20) & 0xF,
        .receive = (word0 >> 24) & 0xF,
        .exchange = (word0 >> 28) & 0xF,
    };
}

/** One finding if `actual` elements of `size` bytes are fewer than declared; returns their end. */
static uint32_t check_section(struct ipcshark_findings *findings, enum ipcshark_finding_code code,
                              uint32_t offset, uint32_t size, uint32_t actual, uint32_t limit)
{
    if (actual < limit)
        ipcshark_find(findings, code, offset, (size_t)size * limit, actual, limit);
    return offset + size * limit;
}

static uint32_t captured(size_t length, uint32_t offset, uint32_t size)
{
    if (length <= offset)
        return 0;
    return length - offset < size ? (uint32_t)(length - offset) : size;
}

/** Bytes that the whole message takes; a moved receive list may lie anywhere. */
static uint32_t declared_end(const struct hipc_message *message)
{
    uint32_t raw_end = message->raw_offset + message->raw_words * HIPC_WORD_SIZE;
    uint32_t entries = hipc_receive_list_count(message->receive_list_mode);

    return entries && message->end > raw_end ? message->end : raw_end;
}

void hipc_check_cut(const uint8_t *bytes, size_t length, const struct hipc_message *message,
                    struct ipcshark_findings *findings)
{
    struct declared want = declared_counts(bytes, length, message);
    uint32_t at = HIPC_HEADER_SIZE;

    ipcshark_find(findings, IPCSHARK_FINDING_HIPC_TRUNCATED, 0, declared_end(message), length,
                  declared_end(message));
    at = check_section(findings, IPCSHARK_FINDING_HIPC_SPECIAL_CUT, at, 1,
                       captured(length, at, want.special), want.special);
    at = check_section(findings, IPCSHARK_FINDING_HIPC_COPY_HANDLES_CUT, at, HIPC_HANDLE_SIZE,
                       message->special.copy_count, want.copy);
    at = check_section(findings, IPCSHARK_FINDING_HIPC_MOVE_HANDLES_CUT, at, HIPC_HANDLE_SIZE,
                       message->special.move_count, want.move);
    at = check_section(findings, IPCSHARK_FINDING_HIPC_POINTERS_CUT, at, HIPC_POINTER_SIZE,
                       message->pointer_count, want.pointer);
    at = check_section(findings, IPCSHARK_FINDING_HIPC_SENDS_CUT, at, HIPC_MAP_SIZE,
                       message->send_count, want.send);
    at = check_section(findings, IPCSHARK_FINDING_HIPC_RECEIVES_CUT, at, HIPC_MAP_SIZE,
                       message->receive_count, want.receive);
    at = check_section(findings, IPCSHARK_FINDING_HIPC_EXCHANGES_CUT, at, HIPC_MAP_SIZE,
                       message->exchange_count, want.exchange);
    check_section(findings, IPCSHARK_FINDING_HIPC_RAW_CUT, at, 1, message->raw_captured,
                  message->raw_words * HIPC_WORD_SIZE);
    check_section(findings, IPCSHARK_FINDING_HIPC_RECEIVE_LIST_CUT, message->receive_list_offset,
                  HIPC_RECEIVE_LIST_ENTRY_SIZE, message->receive_list_count,
                  hipc_receive_list_count(message->receive_list_mode));
}

static void check_request(const struct hipc_message *message, struct ipcshark_findings *findings)
{
    uint32_t raw_end = message->raw_offset + message->raw_words * HIPC_WORD_SIZE;

    if (message->special.move_count)
        ipcshark_find(findings, IPCSHARK_FINDING_HIPC_MOVE_HANDLES_IN_REQUEST,
                      message->special.move_offset, message->special.move_count * HIPC_HANDLE_SIZE,
                      message->special.move_count, 0);
    if (message->receive_list_words && message->receive_list_offset < raw_end)
        ipcshark_find(findings, IPCSHARK_FINDING_HIPC_RECEIVE_LIST_INSIDE, 4, 4,
                      message->receive_list_offset, raw_end);
    if (message->type == HIPC_TYPE_INVOKE_METHOD ||
        message->type == HIPC_TYPE_INVOKE_MANAGER_METHOD)
        ipcshark_find(findings, IPCSHARK_FINDING_HIPC_DEPRECATED_TYPE, 0, 2, message->type, 0);
    else if (message->type == HIPC_TYPE_INVALID ||
             (message->type > HIPC_TYPE_INVOKE_2_MANAGER_METHOD_WITH_CONTEXT &&
              message->type < HIPC_TYPE_TIPC_CLOSE))
        ipcshark_find(findings, IPCSHARK_FINDING_HIPC_UNKNOWN_TYPE, 0, 2, message->type, 0);
}

static void check_reply(const struct hipc_message *message, struct ipcshark_findings *findings)
{
    uint32_t maps = message->send_count + message->receive_count + message->exchange_count;
    uint32_t size = maps * HIPC_MAP_SIZE;

    if (maps)
        ipcshark_find(findings, IPCSHARK_FINDING_HIPC_MAPS_IN_REPLY, message->raw_offset - size,
                      size, maps, 0);
}

static void check_size(const struct hipc_message *message, struct ipcshark_findings *findings)
{
    uint32_t raw_end = message->raw_offset + message->raw_words * HIPC_WORD_SIZE;

    if (message->end > HIPC_TLS_MESSAGE_SIZE)
        ipcshark_find(findings, IPCSHARK_FINDING_HIPC_PAST_TLS, 0, message->end, message->end,
                      HIPC_TLS_MESSAGE_SIZE);
    if (raw_end > HIPC_TLS_MESSAGE_SIZE)
        ipcshark_find(findings, IPCSHARK_FINDING_HIPC_RAW_PAST_TLS, message->raw_offset,
                      message->raw_words * HIPC_WORD_SIZE, raw_end, HIPC_TLS_MESSAGE_SIZE);
}

void hipc_check(const struct hipc_message *message, enum hipc_direction direction,
                struct ipcshark_findings *findings)
{
    if (direction == HIPC_DIRECTION_UNKNOWN && message->type < HIPC_TYPE_TIPC_CLOSE)
        direction = message->type == HIPC_TYPE_INVALID ? HIPC_REPLY : HIPC_REQUEST;
    check_size(message, findings);
    if (message->reserved)
        ipcshark_find(findings, IPCSHARK_FINDING_HIPC_RESERVED_HEADER, 4, 4, message->reserved, 0);
    if (message->special.reserved)
        ipcshark_find(findings, IPCSHARK_FINDING_HIPC_RESERVED_SPECIAL, message->special.offset,
                      HIPC_SPECIAL_SIZE, message->special.reserved, 0);
    if (direction == HIPC_REQUEST)
        check_request(message, findings);
    else if (direction == HIPC_REPLY)
        check_reply(message, findings);
}

static void check_pointers(const struct hipc_message *message, struct ipcshark_findings *findings)
{
    for (unsigned int i = 0; i < message->pointer_count; i++) {
        const struct hipc_pointer *pointer = &message->pointer[i];

        if (pointer->reserved)
            ipcshark_find(findings, IPCSHARK_FINDING_HIPC_RESERVED_POINTER, pointer->offset, 4,
                          pointer->reserved, 0);
    }
}

static void check_maps(const struct hipc_map *map, unsigned int count,
                       struct ipcshark_findings *findings)
{
    for (const struct hipc_map *end = map + count; map < end; map++) {
        if (map->attribute == HIPC_MAP_INVALID)
            ipcshark_find(findings, IPCSHARK_FINDING_HIPC_MAP_ATTRIBUTE, map->offset + 8, 4,
                          map->attribute, 0);
        if (map->reserved)
            ipcshark_find(findings, IPCSHARK_FINDING_HIPC_RESERVED_MAP, map->offset + 8, 4,
                          map->reserved, 0);
    }
}

void hipc_check_descriptors(const struct hipc_message *message, struct ipcshark_findings *findings)
{
    check_maps(message->send, message->send_count, findings);
    check_maps(message->receive, message->receive_count, findings);
    check_maps(message->exchange, message->exchange_count, findings);
    check_pointers(message, findings);
    for (unsigned int i = 0; i < message->receive_list_count; i++) {
        const struct hipc_receive_entry *entry = &message->receive_list[i];

        if (entry->reserved)
            ipcshark_find(findings, IPCSHARK_FINDING_HIPC_RESERVED_RECEIVE_LIST, entry->offset + 4,
                          4, entry->reserved, 0);
    }
}

/** "If the header is zero, word 2 is the result": how a user buffer request tells of a failure. */
void hipc_check_result_in_place(const uint8_t *bytes, size_t length,
                                struct ipcshark_findings *findings)
{
    struct ipcshark_reader reader = ipcshark_reader(bytes, length);
    uint64_t header = ipcshark_read_u64(&reader);
    uint32_t result = ipcshark_read_u32(&reader);

    if (!header && result)
        ipcshark_find(findings, IPCSHARK_FINDING_HIPC_RESULT_IN_PLACE, HIPC_HEADER_SIZE, 4, result,
                      0);
}
