/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file known_command.h
 * What the names' tables and the user's files say about a command, asked once for all its calls.
 */
#ifndef PLUGIN_KNOWN_COMMAND_H
#define PLUGIN_KNOWN_COMMAND_H

#include "names.h"

/** File scope; equal questions get the same one. */
struct known_command {
    const char *name; /**< "OpenFile", "command 18"; NULL: a number that the dissector formats. */
    const struct ipcshark_command *description; /**< What it takes and gives; NULL unknown. */
    const char *opens; /**< Interface or service of the first object that it gives, or NULL. */
    const char *group; /**< Whose command it is, as in the question. */
    uint32_t id;
    bool is_named; /**< `name` is a name. */
};

struct command_question {
    enum ipcshark_convention convention;
    const char *group; /**< Interface or service, of keep_unique() or the tables'; NULL unknown. */
    uint32_t id;
    uint32_t firmware;
    const char *name; /**< Its name unless the user's own files say another, likewise; or NULL. */
};

/** Never NULL. */
const struct known_command *known_command(const struct command_question *question);

void known_command_register(void);

#endif
