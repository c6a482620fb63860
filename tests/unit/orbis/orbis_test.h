/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file orbis_test.h What the tests of the Orbis codec share. */
#ifndef IPCSHARK_ORBIS_TEST_H
#define IPCSHARK_ORBIS_TEST_H

#include <ipcshark/finding.h>

#include <glib.h>
#include <string.h>

/** The first finding of that code, NULL if there is none. */
static inline const struct ipcshark_finding *find_finding(const struct ipcshark_findings *findings,
                                                          enum ipcshark_finding_code code)
{
    for (unsigned int i = 0; i < findings->count; i++) {
        if (findings->item[i].code == code)
            return &findings->item[i];
    }
    return NULL;
}

#define assert_finding(findings, code)                                                             \
    g_assert_nonnull(find_finding(findings, IPCSHARK_FINDING_##code))
#define assert_no_finding(findings, code)                                                          \
    g_assert_null(find_finding(findings, IPCSHARK_FINDING_##code))

/** Bytes that tell a read at a wrong offset: no two neighbours are equal. */
static inline void fill_pattern(uint8_t *bytes, size_t size, unsigned int seed)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(seed + i * 37 + 1);
}

/** A copy at the very end of its own allocation: a read past it is seen by the sanitizers. */
static inline uint8_t *exact_copy(const uint8_t *bytes, size_t length)
{
    uint8_t *copy = g_malloc(length ? length : 1);

    if (length)
        memcpy(copy, bytes, length);
    return copy;
}

#endif
