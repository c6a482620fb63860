/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unchecked.h"

static uint64_t load_u64(const uint8_t *bytes)
{
    uint64_t value;

    memcpy(&value, bytes, sizeof value);
    return value;
}

static uint64_t sum_u64(const uint8_t *bytes, size_t size)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < size; i += 8)
        sum += load_u64(bytes + i);
    return sum;
}

uint64_t unchecked_record(const uint8_t *bytes)
{
    uint32_t size = unchecked_u32(bytes + 12);
    uint32_t at = unchecked_u32(bytes + 8) & 0xFFFF;
    uint64_t sum = sum_u64(bytes, 64);

    while (at < size) {
        sum += sum_u64(bytes + at, 24);
        at += 24 + ((unchecked_u32(bytes + at + 4) + 7) & ~7u);
    }
    return sum;
}
