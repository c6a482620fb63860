/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file message.h
 * Messages as a case writes them: words, or an object that names the sections.
 */
#ifndef IPCSHARK_TEST_MESSAGE_H
#define IPCSHARK_TEST_MESSAGE_H

#include "case.h"

#include <ipcshark/hipc.h>

/** Room for every message of a case, with the words that were given. */
struct case_message {
    uint8_t bytes[HIPC_MAX_MESSAGE_SIZE];
    size_t size; /**< As far as it was given. */
};

/** An array of words. */
void message_from_words(JsonArray *words, struct case_message *message);
/** {"type","raw","special","pointers","send","recv","exch","recv_list", …} */
void message_from_object(struct test_case *test, JsonObject *object, const char *where,
                         struct case_message *message);
/** given[key + "_words"] if they are complete, else given[key]; false: neither is there. */
bool message_given(struct test_case *test, const char *key, enum hipc_direction direction,
                   struct case_message *message);

/** {"type","special","pointers","maps","raw"}, as it was delivered: compares them with a message.
 *  Handles are texts; `name` says what the message's handle stands for (to be freed). */
typedef char *(*message_handle_name)(void *data, uint32_t handle);
void message_expect(struct test_case *test, JsonObject *expected, const char *where,
                    const uint8_t *bytes, size_t size, enum hipc_direction direction,
                    message_handle_name name, void *data);

#endif
