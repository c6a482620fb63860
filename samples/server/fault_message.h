/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file fault_message.h What faults read from enters and change in exits, by the codecs. */
#ifndef IPCSHARK_SERVER_FAULT_MESSAGE_H
#define IPCSHARK_SERVER_FAULT_MESSAGE_H

#include "call.h"

#include <glib.h>

/** CMIF or TIPC command, CTR command, IPMI method (else the manager's operation), App Messaging
 *  function, kernel call. */
bool fault_find_command(const struct server_call *call, uint32_t *command);

/** The system call fails with `result`: what its success had brought is dropped. */
void fault_set_result(struct server_call *call, uint32_t result);

/** The service's own result inside the reply. False: the exit has none. */
bool fault_set_reply(struct server_call *call, uint32_t result);

/** Random bytes over the beginning of the reply. False: the exit has no contents. */
bool fault_scramble(struct server_call *call, GRand *dice);

#endif
