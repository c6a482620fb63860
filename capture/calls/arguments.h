/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file arguments.h
 * What a record of a call carries, as names and texts: by the command's description where there is
 * one, else by the words and buffers that the codecs find.
 */
#ifndef IPCSHARK_CALLS_ARGUMENTS_H
#define IPCSHARK_CALLS_ARGUMENTS_H

#include "call.h"

#define CALL_MAX_TEXT 256 /**< Characters of a value's text, about. */

struct call_argument {
    const char *name;
    const char *value;
    bool is_text;   /**< The value is a text out of the message, which may look like anything. */
    bool is_id;     /**< A handle, an object or a process: a number that another run gives anew. */
    bool is_buffer; /**< The value is the beginning of a buffer's contents. */
};

typedef void (*call_argument_function)(void *data, const struct call_argument *argument);

/** Calls `function` for each argument of a request, or of a reply to it. */
void call_arguments(const struct ipctap_record *record, const struct call *call,
                    call_argument_function function, void *data);

/** "receive", "static", "payload", …: sections that hold what a call carries; NULL for others. */
const char *call_contents_name(uint16_t type);

/** What the argument codec reads; Horizon's and CTR's messages only. */
struct ipcshark_message call_message_view(const struct call_message *message);

/** A section's contents: text (true), or hex. */
bool call_append_contents(GString *out, const struct ipctap_section *section);

#endif
