/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file orbis.h PlayStation 4 structures out of text, as the sections that carry them. */
#ifndef IPCSHARK_IMPORT_ORBIS_H
#define IPCSHARK_IMPORT_ORBIS_H

#include "message.h"

/** The kind of its record; 0, with the reason in `*why`, if nobody can tell what the bytes are. */
uint8_t import_orbis_judge(struct import_message *message, const char **why);

void import_orbis_add(struct ipcshark_writer *writer, const struct import_message *message);

#endif
