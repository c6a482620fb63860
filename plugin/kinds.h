/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file kinds.h Which dissector a record's kind has. See kinds.c. */
#ifndef PLUGIN_KINDS_H
#define PLUGIN_KINDS_H

#include "plugin.h"

/** In the dissector's handoff: it gets records of `kind` (enum ipctap_kind). */
void kinds_add(uint8_t kind, dissector_t dissect, int protocol);

/** Calls the dissector of a kind; false if there is none or it did not take the record. */
bool kinds_dissect(const struct call_context *context, uint8_t kind, proto_tree *top);

void kinds_register(int protocol);

#endif
