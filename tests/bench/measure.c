/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SAMPLE_NANOSECONDS 1000000u

uint64_t measure_now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;

    return (left > right) - (left < right);
}

double measure_median(double *sample, size_t count)
{
    qsort(sample, count, sizeof *sample, compare);
    return count % 2 ? sample[count / 2] : (sample[count / 2 - 1] + sample[count / 2]) / 2;
}

/** Also warms caches and branch predictors. */
static unsigned int passes_of(const struct measure_case *one)
{
    uint64_t start = measure_now();
    unsigned int passes = 0;

    do {
        one->run(one->data);
        passes++;
    } while (measure_now() - start < SAMPLE_NANOSECONDS);
    return passes;
}

static double sample_of(const struct measure_case *one, unsigned int passes, size_t items)
{
    uint64_t start = measure_now();

    for (unsigned int i = 0; i < passes; i++)
        one->run(one->data);
    return (double)(measure_now() - start) / ((double)passes * (double)items);
}

void measure_run(struct measure_case *cases, size_t count, size_t items, unsigned int rounds)
{
    unsigned int passes[32];

    for (size_t i = 0; i < count; i++)
        passes[i] = passes_of(&cases[i]);
    for (unsigned int round = 0; round < rounds; round++) {
        for (size_t i = 0; i < count; i++)
            cases[i].sample[round] = sample_of(&cases[i], passes[i], items);
    }
    for (size_t i = 0; i < count; i++)
        cases[i].median = measure_median(cases[i].sample, rounds);
}

void measure_print(const char *title, struct measure_case *cases, size_t count, size_t items,
                   unsigned int rounds)
{
    printf("\n%s (%zu, %u rounds)\n", title, items, rounds);
    for (size_t i = 0; i < count; i++)
        printf("  %-44s %8.2f ns  %5.2fx  [%.2f, %.2f]\n", cases[i].name, cases[i].median,
               cases[i].median / cases[0].median, cases[i].sample[rounds / 4],
               cases[i].sample[rounds - 1 - rounds / 4]);
}
