/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bits of header and descriptors; see ipcshark/ctripc.h for the sources.
 *
 *     header          0-5 translate words, 6-11 normal words, 12-15 unused, 16-31 command id
 *     handles         4 move, 5 process id, 26-31 count - 1
 *     static buffer   10-13 id, 14-31 size
 *     PXI             1 read-only, 2 set, 4-7 id, 8-31 size
 *     mapped          1-2 permission, 3 set, 4-31 size
 */
#ifndef CTRIPC_LAYOUT_H
#define CTRIPC_LAYOUT_H

#include <ipcshark/ctripc.h>

#define CTRIPC_WORD_SIZE          4
#define CTRIPC_HEADER_UNUSED      0xF000u
#define CTRIPC_MOVE_BIT           0x10u
#define CTRIPC_PROCESS_ID_BIT     0x20u
#define CTRIPC_HANDLE_COUNT_SHIFT 26
#define CTRIPC_STATIC_ID_SHIFT    10
#define CTRIPC_STATIC_SIZE_SHIFT  14
#define CTRIPC_PXI_ID_SHIFT       4
#define CTRIPC_PXI_SIZE_SHIFT     8
#define CTRIPC_MAPPED_SIZE_SHIFT  4

/** Copy, move, process id and the combination without a meaning. */
static inline bool ctripc_is_handles(uint8_t kind)
{
    return kind <= CTRIPC_PROCESS_ID || kind == CTRIPC_HANDLES_BOTH;
}

static inline bool ctripc_is_pxi(uint8_t kind)
{
    return kind == CTRIPC_PXI_RW || kind == CTRIPC_PXI_RO;
}

static inline bool ctripc_is_mapped(uint8_t kind)
{
    return kind >= CTRIPC_MAPPED_R && kind <= CTRIPC_MAPPED_NONE;
}

/** Words that the descriptor says follow it: handles, a placeholder or an address. */
uint8_t ctripc_words_behind(uint32_t descriptor);

/** Fills in size and id from `translate->descriptor`. */
void ctripc_decode_descriptor(struct ctripc_translate *translate);

/** Bits of the descriptor that no field covers. */
uint32_t ctripc_unused_bits(uint32_t descriptor);

#endif
