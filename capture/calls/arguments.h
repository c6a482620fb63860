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

/** `is_text`: the value is a text out of the message, which may look like anything. */
typedef void (*call_argument_function)(void *data, const char *name, const char *value,
                                       bool is_text);

/** Calls `function` for each argument of a request, or of a reply to it. */
void call_arguments(const struct ipctap_record *record, const struct call *call,
                    call_argument_function function, void *data);

/** A section's contents: text (true), or hex. */
bool call_append_contents(GString *out, const struct ipctap_section *section);

#endif
