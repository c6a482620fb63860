/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file names.h
 * Names and descriptions: the user's files (names_files.c) come before what is built in. Every
 * dissector asks here and nowhere else. Answers stay valid as long as the capture file is open.
 */
#ifndef PLUGIN_NAMES_H
#define PLUGIN_NAMES_H

#include "plugin.h"

#include <ipcshark/user_names.h>

/** The list of the user's files, for the codecs' functions; NULL without files. */
const struct ipcshark_names *names_of_files(void);

/** What was wrong with the user's files: "file:line:column: what"; NULL past the last. */
const char *names_error(unsigned int n);
/** What is to be said of files that count all the same. */
const char *names_note(unsigned int n);

/** Both are told at the capture's first record, whatever frame it is in. Records are known by their
 *  memos; each is seen on the first pass. */
void names_see_record(const void *record);
bool names_told_at(const void *record);

/** An interface by the first bytes of its name's hash, which are not 0: built in, or of the user's
 *  files. */
const char *names_interface_by_id(uint32_t interface_id);

/** The firmware that the user says the console has, HORIZON_VERSION(); 0: what the capture says. */
uint32_t names_preferred_firmware(void);

/** "17.0.1"; parts that are missing are 0, and so is what is no version. */
uint32_t names_parse_firmware(const char *text);

/** Files are read when a capture is opened, if something about them has changed. */
void names_register(module_t *preferences);

/** names_table.c: the table of the preferences, and its rows as a .tsv file (g_free()). */
void names_table_register(module_t *preferences);
char *names_table_text(void);

static inline const char *names_command(enum ipcshark_convention convention, const char *name,
                                        uint32_t id, uint32_t firmware)
{
    return ipcshark_names_command(names_of_files(), convention, name, id, firmware);
}

/** A name that the user's files give, NULL if only what is built in has one. */
static inline const char *names_own_command(enum ipcshark_convention convention, const char *name,
                                            uint32_t id, uint32_t firmware)
{
    const char *found = names_of_files() ? names_command(convention, name, id, firmware) : NULL;

    if (!found || found == ipcshark_names_command(NULL, convention, name, id, firmware))
        return NULL;
    return found;
}

static inline const struct ipcshark_command *names_description(enum ipcshark_convention convention,
                                                               const char *name, uint32_t id,
                                                               uint32_t firmware)
{
    return ipcshark_names_description(names_of_files(), convention, name, id, firmware);
}

/** What a session to a service is at first. `service` is kept by keep_unique(). */
const char *names_service_interface(const char *service);

static inline const char *names_out_interface(enum ipcshark_convention convention, const char *name,
                                              uint32_t id, unsigned int n)
{
    return ipcshark_names_out_interface(names_of_files(), convention, name, id, n);
}

#endif
