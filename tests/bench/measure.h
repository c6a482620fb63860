/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file measure.h
 * Medians of interleaved rounds: each round runs every case once, one after the other, so that what
 * disturbs the machine disturbs all sides alike.
 */
#ifndef IPCSHARK_MEASURE_H
#define IPCSHARK_MEASURE_H

#include <stddef.h>
#include <stdint.h>

#define MEASURE_MAX_ROUNDS 201

struct measure_case {
    const char *name;
    void (*run)(void *data); /**< One pass over all items. */
    void *data;
    double sample[MEASURE_MAX_ROUNDS]; /**< Nanoseconds an item. */
    double median;
};

/** Keeps the compiler from leaving out work whose outcome lies at `pointer`. */
static inline void measure_keep(const void *pointer)
{
    __asm__ volatile("" : : "r"(pointer) : "memory");
}

/** Monotonic clock, nanoseconds. */
uint64_t measure_now(void);

double measure_median(double *sample, size_t count);

/** Runs the cases; a sample is as many passes as take about a millisecond. */
void measure_run(struct measure_case *cases, size_t count, size_t items, unsigned int rounds);

/** One line a case: median, ratio to the first case's, spread of the middle half. */
void measure_print(const char *title, struct measure_case *cases, size_t count, size_t items,
                   unsigned int rounds);

#endif
