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
#define CTRIPC_HANDLE_COUNT_SHIFT 26
#define CTRIPC_STATIC_ID_SHIFT    10
#define CTRIPC_STATIC_SIZE_SHIFT  14
#define CTRIPC_PXI_ID_SHIFT       4
#define CTRIPC_PXI_SIZE_SHIFT     8
#define CTRIPC_MAPPED_SIZE_SHIFT  4

/* What decodes usual buffers becomes one function, which no compiler does by itself at -O2; what is
   left for unusual ones stays out of it. */
#ifdef __GNUC__
#define CTRIPC_INLINE static inline __attribute__((always_inline))
#define CTRIPC_APART  static __attribute__((noinline))
#else
#define CTRIPC_INLINE static inline
#define CTRIPC_APART  static
#endif

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

/** Bits 4 and 5 as a number are the kind, but for both at once. */
static inline enum ctripc_kind handles_kind(uint32_t descriptor)
{
    uint32_t bits = descriptor / CTRIPC_MOVE_BIT & 3;

    return bits == 3 ? CTRIPC_HANDLES_BOTH : (enum ctripc_kind)bits;
}

static inline enum ctripc_kind mapped_kind(uint32_t descriptor)
{
    static const uint8_t kinds[] = {CTRIPC_MAPPED_NONE, CTRIPC_MAPPED_R, CTRIPC_MAPPED_W,
                                    CTRIPC_MAPPED_RW};

    return (enum ctripc_kind)kinds[(descriptor >> 1) & 3];
}

/* Azahar ipc.h GetDescriptorType: the order matters, since the types' bits overlap. */
static inline enum ctripc_kind ctripc_kind_inline(uint32_t descriptor)
{
    if ((descriptor & 0xF) == 0)
        return handles_kind(descriptor);
    if (descriptor & 8)
        return mapped_kind(descriptor);
    if (descriptor & 4)
        return descriptor & 2 ? CTRIPC_PXI_RO : CTRIPC_PXI_RW;
    return CTRIPC_STATIC_BUFFER;
}

/**
 * Words that the descriptor says follow it: handles, a placeholder or an address. The count of a
 * process id descriptor is not looked at (Azahar kernel/ipc.cpp).
 */
static inline uint8_t ctripc_words_behind(uint8_t kind, uint32_t descriptor)
{
    if (kind == CTRIPC_PROCESS_ID || !ctripc_is_handles(kind))
        return 1;
    return (uint8_t)((descriptor >> CTRIPC_HANDLE_COUNT_SHIFT) + 1);
}

/** Fills in size and id from `translate->descriptor`. */
static inline void ctripc_decode_descriptor(struct ctripc_translate *translate)
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

/** Bits of the descriptor that no field covers. */
static inline uint32_t ctripc_unused_bits(uint8_t kind, uint32_t descriptor)
{
    if (ctripc_is_handles(kind))
        return descriptor & 0x03FFFFC0u;
    /* 0x1 and 0x3 are static buffers by elimination; the usual form is 0x2. */
    if (kind == CTRIPC_STATIC_BUFFER)
        return (descriptor & 0x3F0u) | ((descriptor & 0xF) ^ 2);
    return descriptor & 1;
}

#endif
