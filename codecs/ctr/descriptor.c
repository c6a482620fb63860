/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layout.h"

enum ctripc_kind ctripc_kind_of(uint32_t descriptor)
{
    return ctripc_kind_inline(descriptor);
}

const char *ctripc_kind_name(enum ctripc_kind kind)
{
    static const char *const names[CTRIPC_KIND_COUNT] = {
        [CTRIPC_COPY_HANDLES] = "copy_handles",
        [CTRIPC_MOVE_HANDLES] = "move_handles",
        [CTRIPC_PROCESS_ID] = "process_id",
        [CTRIPC_STATIC_BUFFER] = "static_buffer",
        [CTRIPC_PXI_RW] = "pxi_rw",
        [CTRIPC_PXI_RO] = "pxi_ro",
        [CTRIPC_MAPPED_R] = "mapped_r",
        [CTRIPC_MAPPED_W] = "mapped_w",
        [CTRIPC_MAPPED_RW] = "mapped_rw",
        [CTRIPC_MAPPED_NONE] = "mapped_none",
        [CTRIPC_HANDLES_BOTH] = "handles_both",
    };

    return (unsigned int)kind < CTRIPC_KIND_COUNT ? names[kind] : "unknown";
}

/** The low nibble, and for handles bits 4 and 5. */
static uint32_t kind_bits(enum ctripc_kind kind)
{
    static const uint8_t bits[CTRIPC_KIND_COUNT] = {
        [CTRIPC_COPY_HANDLES] = 0x00,  [CTRIPC_MOVE_HANDLES] = 0x10, [CTRIPC_PROCESS_ID] = 0x20,
        [CTRIPC_STATIC_BUFFER] = 0x02, [CTRIPC_PXI_RW] = 0x04,       [CTRIPC_PXI_RO] = 0x06,
        [CTRIPC_MAPPED_R] = 0x0A,      [CTRIPC_MAPPED_W] = 0x0C,     [CTRIPC_MAPPED_RW] = 0x0E,
        [CTRIPC_MAPPED_NONE] = 0x08,   [CTRIPC_HANDLES_BOTH] = 0x30,
    };

    return (unsigned int)kind < CTRIPC_KIND_COUNT ? bits[kind] : 0;
}

uint32_t ctripc_descriptor(enum ctripc_kind kind, uint32_t count_or_size, uint8_t id)
{
    uint32_t bits = kind_bits(kind);

    if (kind == CTRIPC_PROCESS_ID)
        return bits;
    if (ctripc_is_handles((uint8_t)kind))
        return bits | (count_or_size ? count_or_size - 1 : 0) << CTRIPC_HANDLE_COUNT_SHIFT;
    if (ctripc_is_mapped((uint8_t)kind))
        return bits | count_or_size << CTRIPC_MAPPED_SIZE_SHIFT;
    if (ctripc_is_pxi((uint8_t)kind))
        return bits | count_or_size << CTRIPC_PXI_SIZE_SHIFT |
               (uint32_t)(id & 0xF) << CTRIPC_PXI_ID_SHIFT;
    return bits | count_or_size << CTRIPC_STATIC_SIZE_SHIFT |
           (uint32_t)(id & 0xF) << CTRIPC_STATIC_ID_SHIFT;
}
