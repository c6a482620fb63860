/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file digest_arguments.h
 * What the descriptions say: of messages, of requests built by them, and files of descriptions and
 * names.
 */
#ifndef IPCSHARK_DIGEST_ARGUMENTS_H
#define IPCSHARK_DIGEST_ARGUMENTS_H

#include "digest.h"

#include <ipcshark/arguments.h>

/** The arguments of a decoded message by a built-in description that `choice` picks. */
void digest_arguments(struct digest *digest, const struct ipcshark_message *message,
                      uint32_t choice);

/** Reads a file of descriptions or names, and what came of it or the error. */
void digest_names_file(struct digest *digest, const uint8_t *bytes, size_t length);

/** A request and a reply of every built-in command, decoded again. */
void digest_builtin_commands(struct digest *digest);

#endif
