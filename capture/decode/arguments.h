/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file arguments.h
 * What a command takes and gives, as JSON, as a table, and back: for messages of Horizon and the
 * 3DS whose service or interface the input names.
 */
#ifndef IPCSHARK_JSON_ARGUMENTS_H
#define IPCSHARK_JSON_ARGUMENTS_H

#include "table.h"

#include <ipcshark/user_names.h>

#include <glib.h>
#include <json-glib/json-glib.h>

/** What the input says of the session and the command. Texts belong to the JSON object. */
struct arguments_options {
    const char *service;
    const char *interface_name; /**< Counts before the service. */
    const char *command;        /**< Its name; the id counts before it. */
    bool has_id;
    uint32_t id; /**< Only a reply's has to be told. */
    uint32_t firmware;
};

/** A message with its command, as far as that is known. */
struct arguments_view {
    const char *of;   /**< Interface or service; NULL: nothing was told. */
    const char *name; /**< The command's. */
    uint32_t id;
    bool has_id;
    const struct ipcshark_command *command;
    struct ipcshark_message message;
};

bool arguments_options_read(JsonObject *input, struct arguments_options *options, GError **error);

/** Looks the command up and compares the message with it. `id` is the message's, if it has one. */
void arguments_view_make(const struct arguments_options *options,
                         enum ipcshark_convention convention, const uint32_t *id,
                         const struct ipcshark_message *message, struct arguments_view *view,
                         struct ipcshark_findings *findings);

/** Members "interface", "command", "arguments" of the answer; nothing if nothing was told. */
void arguments_out(GString *out, const struct arguments_view *view);
void arguments_table(struct table *table, const struct arguments_view *view);

/** Whether a message is described by "arguments" instead of its own fields. */
bool arguments_are_given(JsonObject *message);

/** The bytes of a message that is described by its command's arguments; NULL with an error. */
GByteArray *arguments_in(JsonObject *message, enum ipcshark_convention convention, GError **error);

#endif
