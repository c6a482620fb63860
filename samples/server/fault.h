/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file fault.h
 * Faults on request: what a client has to cope with when a console or an emulator goes wrong. Rules
 * choose calls; what is done to their exits is seen in the tap, with a COMMENT. See docs/faults.md.
 */
#ifndef IPCSHARK_SERVER_FAULT_H
#define IPCSHARK_SERVER_FAULT_H

#include "call.h"

#include <glib.h>

struct server_faults;

/** NULL with an error that names the rule and what is wrong with it. */
struct server_faults *server_faults_new(const char *const *rules, uint32_t seed, GError **error);
void server_faults_free(struct server_faults *faults);

/** A call is finished. True: the fault has taken it over, else its exit (perhaps changed) is
 *  sent. */
bool server_fault_inject(struct server_faults *faults, struct server_call *call);

#endif
