/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file case.h
 * A case of docs/kernel-cases.md: what is given, what is expected, and what came of it.
 */
#ifndef IPCSHARK_TEST_CASE_H
#define IPCSHARK_TEST_CASE_H

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>

struct test_case {
    const char *id;
    const char *area;
    const char *name;
    JsonObject *given;
    JsonObject *expect;
    GString *faults; /**< Empty: everything was as expected. */
    char *skip;      /**< Why the case cannot be run. */
};

/** Something is not as expected. */
void case_fault(struct test_case *test, const char *format, ...) G_GNUC_PRINTF(2, 3);
/** The case says something that the runner does not understand. */
void case_skip(struct test_case *test, const char *format, ...) G_GNUC_PRINTF(2, 3);
/** Skips the case if the object has a member that is not in the list (NULL at its end). */
void case_check_keys(struct test_case *test, JsonObject *object, const char *where,
                     const char *const *known);

/** Numbers are JSON numbers or texts such as "0x1F". False: neither. */
bool value_number(JsonNode *node, uint64_t *number);
/** A member as a number, `missing` if it is absent or null. */
uint64_t member_number(JsonObject *object, const char *key, uint64_t missing);
/** NULL if there is none. */
JsonNode *member_node(JsonObject *object, const char *key);
/** A member that is true or false, `missing` if it is neither. */
bool member_flag(JsonObject *object, const char *key, bool missing);
bool member_exists(JsonObject *object, const char *key);      /**< And is not null. */
const char *member_text(JsonObject *object, const char *key); /**< NULL: absent or no text. */
JsonObject *member_object(JsonObject *object, const char *key);
JsonArray *member_array(JsonObject *object, const char *key);
guint array_length(JsonArray *array);                  /**< 0 for NULL. */
const char *array_text(JsonArray *array, guint index); /**< "" if it is no text. */
uint64_t array_number(JsonArray *array, guint index);
JsonObject *array_object(JsonArray *array, guint index); /**< NULL if it is none. */
JsonArray *array_array(JsonArray *array, guint index);   /**< Likewise. */
bool array_is_null(JsonArray *array, guint index);

/** A fault unless both are the same. */
void expect_number(struct test_case *test, const char *what, uint64_t expected, uint64_t actual);
/** Compares with the expectation's member, if it is there. */
void expect_member(struct test_case *test, const char *key, uint64_t actual);

/** The areas. */
void run_kernel_request(struct test_case *test);
void run_kernel_reply(struct test_case *test);
void run_kernel_svc(struct test_case *test);
void run_sf_server(struct test_case *test);
void run_tipc_server(struct test_case *test);
void run_codec(struct test_case *test);
void run_service_horizon(struct test_case *test);
void run_service_ctr(struct test_case *test);
void run_orbis(struct test_case *test);
/** Cases of the 3DS name no area but an "op", "request" or "reply"; `given` is the whole case. */
void run_ctr(struct test_case *test);

#endif
