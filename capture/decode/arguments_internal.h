/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef IPCSHARK_JSON_ARGUMENTS_INTERNAL_H
#define IPCSHARK_JSON_ARGUMENTS_INTERNAL_H

#include "arguments.h"

/** The name by which an argument without one is called: "pid", or "argument2" by its number. */
#define ARGUMENTS_KEY_SIZE 24
const char *arguments_key(const char *name, const struct ipcshark_type *type, unsigned int n,
                          char own[ARGUMENTS_KEY_SIZE]);

/** The command that the options mean; `id` is filled in. NULL if there is none. */
const struct ipcshark_command *arguments_find(const struct arguments_options *options,
                                              enum ipcshark_convention convention);

/** Writes a value of JSON over `bytes` as a value of raw type; false with an error. */
bool arguments_value_in(JsonNode *node, const struct ipcshark_type *type, const char *name,
                        uint8_t *bytes, GError **error);

#endif
