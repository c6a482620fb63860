/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file hipc_layout.h
 * The bit fields of HIPC words, for the decoder and the encoder. Shifts are from bit 0 of the word.
 * Source: mesosphere's svc_message_buffer.hpp.
 */
#ifndef IPCSHARK_HIPC_LAYOUT_H
#define IPCSHARK_HIPC_LAYOUT_H

#include <ipcshark/hipc.h>

/* What decodes usual messages becomes one function, whose parts share what they know of the message
   in registers; no compiler does that by itself at -O2. What is left for unusual ones stays out. */
#ifdef __GNUC__
#define HIPC_INLINE      static inline __attribute__((always_inline))
#define HIPC_RARELY(odd) __builtin_expect(!!(odd), 0)
#define HIPC_COLD        static __attribute__((noinline, cold))
#define HIPC_APART       static __attribute__((noinline))
#else
#define HIPC_INLINE      static inline
#define HIPC_RARELY(odd) (odd)
#define HIPC_COLD        static
#define HIPC_APART       static
#endif

/** Bits that nobody has given a meaning to, in place. */
#define HIPC_SPECIAL_RESERVED 0xFFFFFE00u
#define HIPC_POINTER_RESERVED 0x00000E30u
#define HIPC_MAP_RESERVED     0x00FFFFE0u
#define HIPC_ENTRY_RESERVED   0x0000FF80u

#define HIPC_DESCRIPTOR_COUNTS  0xFFFF0000u /* of word 0 */
#define HIPC_MAP_COUNTS         0xFFF00000u
#define HIPC_RECEIVE_LIST_MODE  0x00003C00u /* of word 1 */
#define HIPC_HEADER_RESERVED    0x000FC000u
#define HIPC_RECEIVE_LIST_WORDS 0x7FF00000u
#define HIPC_HAS_SPECIAL        0x80000000u
#define HIPC_SPECIAL_SIZE       4
#define HIPC_PID_SIZE           8
#define HIPC_HANDLE_SIZE        4
#define HIPC_WORD_SIZE          4

/** Entries that follow from ReceiveListCount. */
static inline uint8_t hipc_receive_list_count(uint8_t mode)
{
    if (mode <= HIPC_RECEIVE_IN_MESSAGE)
        return 0;
    return mode == HIPC_RECEIVE_SINGLE ? 1 : (uint8_t)(mode - 2);
}

/** Neither deprecated nor unknown: 2, 4 to 7, and TIPC's from 15 on. */
static inline bool hipc_is_usual_request(uint16_t type)
{
    return type >= HIPC_TYPE_TIPC_CLOSE || (0xF4u >> type & 1);
}

/** Address bits 32-38, which a pointer and a map descriptor hold in two places each. */
static inline uint64_t hipc_join_address(uint32_t low, uint32_t bits_32, uint32_t bits_36)
{
    return (uint64_t)((bits_32 & 0xF) | (bits_36 & 7) << 4) << 32 | low;
}

/** Where the raw data of a described message begins, whatever its offset fields say. */
static inline uint32_t hipc_raw_offset(const struct hipc_message *message)
{
    const struct hipc_special *special = &message->special;
    uint32_t handles = (special->copy_count & 0xFu) + (special->move_count & 0xFu);
    uint32_t maps = (message->send_count & 0xFu) + (message->receive_count & 0xFu) +
                    (message->exchange_count & 0xFu);
    uint32_t offset = HIPC_HEADER_SIZE + maps * HIPC_MAP_SIZE +
                      (message->pointer_count & 0xFu) * HIPC_POINTER_SIZE;

    if (!message->has_special)
        return offset;
    return offset + HIPC_SPECIAL_SIZE + (special->has_pid ? HIPC_PID_SIZE : 0) +
           handles * HIPC_HANDLE_SIZE;
}

/** A message that is written but for its raw data and what may lie over it. */
struct hipc_frame {
    size_t size; /**< Of the whole message. */
    uint32_t raw_offset;
    uint8_t *raw;          /**< Where the raw data belongs, NULL if the message does not fit. */
    uint8_t *receive_list; /**< Where the list does, after the raw data; NULL if there is none. */
};

/** For payloads whose size their own encoder knows. Writes nothing if the message does not fit. */
struct hipc_frame hipc_encode_frame(const struct hipc_message *message, uint16_t raw_words,
                                    uint8_t *bytes, size_t capacity);
void hipc_encode_receive_list(const struct hipc_message *message, uint8_t *at);

/** The kernel's rules for what a decode found, see hipc_check.c. */
void hipc_check_descriptors(const struct hipc_message *message, struct ipcshark_findings *findings);
void hipc_check(const struct hipc_message *message, enum hipc_direction direction,
                struct ipcshark_findings *findings);
void hipc_check_cut(const uint8_t *bytes, size_t length, const struct hipc_message *message,
                    struct ipcshark_findings *findings);
void hipc_check_result_in_place(const uint8_t *bytes, size_t length,
                                struct ipcshark_findings *findings);

#endif
