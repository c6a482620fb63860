/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "random.h"

#include <stdlib.h>

GRand *random_start(void)
{
    const char *text = g_getenv("IPCSHARK_SEED");
    guint32 seed = text ? (guint32)strtoul(text, NULL, 0) : 20261121;

    g_test_message("IPCSHARK_SEED=%u", seed);
    return g_rand_new_with_seed(seed);
}

uint64_t random_bits(GRand *random, unsigned int bits)
{
    uint64_t value = (uint64_t)g_rand_int(random) << 32 | g_rand_int(random);

    return value >> (64 - bits);
}

uint32_t random_up_to(GRand *random, uint32_t limit)
{
    switch (g_rand_int(random) % 4) {
    case 0:
        return limit;
    case 1:
        return g_rand_int(random) % (MIN(limit, 4) + 1);
    default:
        return (uint32_t)(random_bits(random, 32) % ((uint64_t)limit + 1));
    }
}

void random_bytes(GRand *random, uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)g_rand_int(random);
}

void random_mutate(GRand *random, uint8_t *bytes, size_t length)
{
    unsigned int changes = 1 + g_rand_int(random) % 4;

    for (unsigned int i = 0; length && i < changes; i++) {
        uint8_t *byte = &bytes[g_rand_int(random) % length];

        if (g_rand_boolean(random))
            *byte ^= (uint8_t)(1u << g_rand_int(random) % 8);
        else
            *byte = (uint8_t)g_rand_int(random);
    }
}
