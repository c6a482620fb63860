/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file call.h
 * What a request calls, what its reply hands out, and whether it is an error.
 */
#ifndef IPCSHARK_CALLS_CALL_H
#define IPCSHARK_CALLS_CALL_H

#include "message.h"
#include "sessions.h"

#include <ipcshark/arguments.h>

#include <glib.h>

struct call {
    char *service;        /**< As named or followed; "" if unknown. */
    char *interface_name; /**< The same. */
    char *command;        /**< "OpenFile", "command 7" */
    bool has_id;
    uint32_t id; /**< Of the command, operation, function or kernel call. */
    struct message_context context;
    const struct ipcshark_command *description; /**< NULL: none is built in. */
    char *opens;            /**< Service whose session the reply brings; NULL: none, or unknown. */
    uint32_t copied_object; /**< CopyFromCurrentDomain's argument. */
};

/** Describes a request and learns from it. The texts come from the capture, made printable. */
void call_describe(struct sessions *sessions, const struct ipctap_record *enter, struct call *call);
/** A copy with texts of its own. */
void call_copy(struct call *copy, const struct call *call);
void call_clear(struct call *call);

/** Learns what a reply hands out or closes. */
void call_learn(struct sessions *sessions, const struct ipctap_record *exit,
                const struct call *call);

/** What a reply says about success. */
struct call_outcome {
    bool has_failed;
    bool has_kernel_result;
    uint32_t kernel_result;
    bool has_result; /**< The service's. */
    uint32_t result;
};

void call_outcome(const struct ipctap_record *exit, const struct call *call,
                  struct call_outcome *outcome);

/** "fs PathNotFound (2002-0001)" in the words of the record's system. */
void call_format_result(uint8_t platform, bool is_kernel, uint32_t result, char *text, size_t size);

#endif
