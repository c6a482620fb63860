/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file random.h
 * Random numbers whose seed is known: fixed, or IPCSHARK_SEED; said when a test starts.
 */
#ifndef IPCSHARK_PROPERTIES_RANDOM_H
#define IPCSHARK_PROPERTIES_RANDOM_H

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

/** Free with g_rand_free(). */
GRand *random_start(void);

/** A number of so many bits, 1 to 64. */
uint64_t random_bits(GRand *random, unsigned int bits);

/** 0 to `limit`; small numbers and the limit itself more often than the rest. */
uint32_t random_up_to(GRand *random, uint32_t limit);

void random_bytes(GRand *random, uint8_t *bytes, size_t size);

/** Changes a few bits or bytes; `length` may be 0. */
void random_mutate(GRand *random, uint8_t *bytes, size_t length);

#endif
