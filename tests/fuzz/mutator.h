/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file mutator.h What all mutators use. */
#ifndef IPCSHARK_FUZZ_MUTATOR_H
#define IPCSHARK_FUZZ_MUTATOR_H

#include <stddef.h>
#include <stdint.h>

/* libFuzzer's: changes bytes without a plan; and what it calls instead, where there is one. */
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t capacity);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t capacity, unsigned int seed);

/** 24 random bits. */
static inline uint32_t next(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/** 0, small, a power of two or next to one, or anything: what limits are broken with. */
static inline uint64_t next_number(uint32_t *state)
{
    uint64_t power = UINT64_C(1) << next(state) % 64;

    switch (next(state) % 6) {
    case 0:
        return 0;
    case 1:
        return next(state) % 16;
    case 2:
        return power;
    case 3:
        return power - 1;
    case 4:
        return power + 1;
    default:
        return (uint64_t)next(state) << 40 | (uint64_t)next(state) << 16 | next(state) % 0x10000;
    }
}

#endif
