/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file script.h
 * Cases that are scripts: steps that processes make one after another, each with what is expected
 * of it. What a step makes gets a name, by which later steps refer to it.
 */
#ifndef IPCSHARK_TEST_SCRIPT_H
#define IPCSHARK_TEST_SCRIPT_H

#include "case.h"
#include "world.h"

struct script;

/** A kind of step; `step` has its arguments, script_expect() what is expected. */
struct script_verb {
    const char *name;
    void (*run)(struct script *script, JsonObject *step);
    const char *const *keys;   /**< Of the step, besides "do", "expect" and "note". */
    const char *const *expect; /**< Of "expect". */
};

struct script {
    struct world world;
    struct test_case *test;
    const struct script_verb *verbs; /**< Ended by a NULL name. */
    GHashTable *values;              /**< Name -> the area's, freed by its function. */
    JsonObject *expect;              /**< Of the step that runs; NULL: nothing. */
    void *data;                      /**< The area's. */
};

/** Runs given.steps; expect.steps is their number. `release` frees a value. */
void script_run(struct script *script, struct test_case *test, const struct script_verb *verbs,
                void (*start)(struct script *script), void (*end)(struct script *script),
                GDestroyNotify release);

/** The value that a step's member names; NULL: skipped. */
void *script_value(struct script *script, JsonObject *step, const char *key);
/** A text that a step must have; "" and skipped without. */
const char *script_text(struct script *script, JsonObject *step, const char *key);
/** Keeps a value under the step's "as"; without one it is released. */
void script_keep(struct script *script, JsonObject *step, const char *key, void *value);

/** Compares with a member of the step's "expect", if it is there. */
void script_expect_number(struct script *script, const char *key, uint64_t actual);
void script_expect_bytes(struct script *script, JsonNode *expected, const char *what,
                         const uint8_t *bytes, size_t size);
/** The result of a call that reads memory, and its bytes. */
void script_expect_memory(struct script *script, const struct traffic_exit *exit);

/**
 * Bytes of a text or of several: "u8:1", "u16:1", "u32:1", "u64:1", "hex:0a0b", "chars:abc" (as
 * they are), "text:abc" (with a NUL), "name:abc" (8 bytes), "fill:0xAB*16".
 */
GByteArray *script_bytes(struct script *script, JsonNode *node);

#endif
