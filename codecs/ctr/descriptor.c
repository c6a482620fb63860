/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layout.h"

static enum ctripc_kind handles_kind(uint32_t descriptor)
{
    switch (descriptor & (CTRIPC_MOVE_BIT | CTRIPC_PROCESS_ID_BIT)) {
    case 0:
        return CTRIPC_COPY_HANDLES;
    case CTRIPC_MOVE_BIT:
        return CTRIPC_MOVE_HANDLES;
    case CTRIPC_PROCESS_ID_BIT:
        return CTRIPC_PROCESS_ID;
    default:
        return CTRIPC_HANDLES_BOTH;
    }
}

static enum ctripc_kind mapped_kind(uint32_t descriptor)
{
    static const uint8_t kinds[] = {CTRIPC_MAPPED_NONE, CTRIPC_MAPPED_R, CTRIPC_MAPPED_W,
                                    CTRIPC_MAPPED_RW};

    return (enum ctripc_kind)kinds[(descriptor >> 1) & 3];
}

/* Azahar ipc.h GetDescriptorType: the order matters, since the types' bits overlap. */
enum ctripc_kind ctripc_kind_of(uint32_t descriptor)
{
    if ((descriptor & 0xF) == 0)
        return handles_kind(descriptor);
    if (descriptor & 8)
        return mapped_kind(descriptor);
    if (descriptor & 4)
        return descriptor & 2 ? CTRIPC_PXI_RO : CTRIPC_PXI_RW;
    return CTRIPC_STATIC_BUFFER;
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

/* The count of a process id descriptor is not looked at (Azahar kernel/ipc.cpp). */
uint8_t ctripc_words_behind(uint32_t descriptor)
{
    enum ctripc_kind kind = ctripc_kind_of(descriptor);

    if (kind == CTRIPC_PROCESS_ID || !ctripc_is_handles((uint8_t)kind))
        return 1;
    return (uint8_t)((descriptor >> CTRIPC_HANDLE_COUNT_SHIFT) + 1);
}

void ctripc_decode_descriptor(struct ctripc_translate *translate)
{
    uint32_t descriptor = translate->descriptor;

    if (translate->kind == CTRIPC_STATIC_BUFFER) {
        translate->size = descriptor >> CTRIPC_STATIC_SIZE_SHIFT;
        translate->id = (descriptor >> CTRIPC_STATIC_ID_SHIFT) & 0xF;
    } else if (ctripc_is_pxi(translate->kind)) {
        translate->size = descriptor >> CTRIPC_PXI_SIZE_SHIFT;
        translate->id = (descriptor >> CTRIPC_PXI_ID_SHIFT) & 0xF;
    } else if (ctripc_is_mapped(translate->kind)) {
        translate->size = descriptor >> CTRIPC_MAPPED_SIZE_SHIFT;
    }
}

uint32_t ctripc_unused_bits(uint32_t descriptor)
{
    uint8_t kind = (uint8_t)ctripc_kind_of(descriptor);

    if (ctripc_is_handles(kind))
        return descriptor & 0x03FFFFC0u;
    /* 0x1 and 0x3 are static buffers by elimination; the usual form is 0x2. */
    if (kind == CTRIPC_STATIC_BUFFER)
        return (descriptor & 0x3F0u) | ((descriptor & 0xF) ^ 2);
    return descriptor & 1;
}
