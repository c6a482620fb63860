/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file request.h A captured request as it is sent again. */
#ifndef IPCSHARK_REPLAY_REQUEST_H
#define IPCSHARK_REPLAY_REQUEST_H

#include "capture_calls.h"
#include "ids.h"

/** Who sends it. */
struct request_sender {
    guint32 pid;
    guint64 call_id;
};

/**
 * The record to be sent, its ids replaced by those of this run. NULL if what was captured is not
 * enough; `*why` (free it) then says what is missing.
 */
GByteArray *request_build(const struct replay_call *call, const struct ids *ids,
                          const struct request_sender *sender, char **why);

/** Hello of a process whose own was not captured. */
GByteArray *request_hello(const struct replay_call *first, const char *name,
                          const struct request_sender *sender, guint32 wanted_pid);

#endif
