/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file built.h
 * A message that was built of values, and all views of it.
 */
#ifndef IPCSHARK_TEST_BUILT_H
#define IPCSHARK_TEST_BUILT_H

#include <ipcshark/arguments.h>

#include <glib.h>

/** Values that a command may take or give. */
#define BUILT_MAX_INPUTS 64

struct built {
    uint8_t bytes[HIPC_MAX_MESSAGE_SIZE];
    size_t length;
    struct hipc_message hipc;
    struct cmif_message cmif;
    struct htipc_message tipc;
    struct ctripc_message ctr;
    struct ipcshark_message message;
    struct ipcshark_findings findings; /**< The decoders' and the check's. */
};

void build_request(struct built *built, const struct ipcshark_command *command,
                   const struct ipcshark_input *input, size_t count,
                   const struct ipcshark_target *target);
void build_reply(struct built *built, const struct ipcshark_command *command,
                 const struct ipcshark_input *input, size_t count,
                 const struct ipcshark_target *target);

/** All views of `length` bytes, with what the decoders find. */
void built_decode(struct built *built, const struct ipcshark_command *command, bool is_reply,
                  bool is_domain);

/** How many commands `visit` says 1 of, of all that are described. */
guint count_commands(guint (*visit)(const struct ipcshark_command *command));

#endif
