/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file words.h
 * Messages as words, and what the tests ask of findings.
 */
#ifndef IPCSHARK_TEST_WORDS_H
#define IPCSHARK_TEST_WORDS_H

#include <ipcshark/hipc.h>

#include <glib.h>

struct words {
    uint8_t bytes[HIPC_MAX_MESSAGE_SIZE];
    size_t length;
};

struct words words_of(size_t count, const uint32_t *word);

/** The words of a message in memory order. */
#define WORDS(...)                                                                                 \
    words_of(sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t), (uint32_t[]){__VA_ARGS__})

/** The first finding with that code, NULL if there is none. */
const struct ipcshark_finding *finding_of(const struct ipcshark_findings *findings,
                                          enum ipcshark_finding_code code);

#define assert_found(findings, code)                                                               \
    g_assert_nonnull(finding_of((findings), IPCSHARK_FINDING_##code))
#define assert_not_found(findings, code)                                                           \
    g_assert_null(finding_of((findings), IPCSHARK_FINDING_##code))

#endif
