/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file choices.h
 * What nobody knows about a console, as switches: the kernels ask for the setting where sources are
 * silent or differ. docs/server-choices.md lists them; `ipcshark server --list-choices` too.
 */
#ifndef IPCSHARK_SERVER_CHOICES_H
#define IPCSHARK_SERVER_CHOICES_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct server;

enum server_choice {
    CHOICE_HORIZON_REPLY_MAPS,
    CHOICE_HORIZON_FILL,
    CHOICE_CTR_MULTI_MOVE,
    CHOICE_CTR_MAPPED_WORD,
    CHOICE_CTR_UNKNOWN_COMMAND,
    CHOICE_CTR_VBLANK,
    CHOICE_ORBIS_KIDS,
    CHOICE_ORBIS_UNKNOWN_OPERATION,
    CHOICE_ORBIS_NO_SERVICE,
    CHOICE_ORBIS_TRY_RECEIVE,
    CHOICE_ORBIS_RECEIVE,
    CHOICE_ORBIS_OVERWRITE,
    CHOICE_ORBIS_QUEUE,
    CHOICE_ORBIS_EVENT_PATTERN,
    CHOICE_ORBIS_EMPTY_EVENT,
    SERVER_CHOICES,
};

#define SERVER_CHOICE_VALUES 3

struct server_choice_info {
    const char *name;
    const char *value[SERVER_CHOICE_VALUES]; /**< The first is the default. */
    const char *text;
};

extern const struct server_choice_info server_choice_infos[SERVER_CHOICES];

/** The number of the value that is set. Compare with the value's place in the table. */
unsigned int server_choice(const struct server *server, enum server_choice choice);

/** "name=value" into `settings`; false: there is no such switch or value. */
bool server_choice_parse(const char *text, uint8_t settings[SERVER_CHOICES], GError **error);

/** The table as text, a line per switch. */
void server_choices_print(void);

#endif
