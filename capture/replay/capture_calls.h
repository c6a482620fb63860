/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file capture_calls.h
 * The calls that the processes of a capture made, whole, in memory.
 */
#ifndef IPCSHARK_REPLAY_CAPTURE_CALLS_H
#define IPCSHARK_REPLAY_CAPTURE_CALLS_H

#include "pairs.h"

struct replay_call {
    guint64 number;      /**< Packet of the request. */
    guint64 exit_number; /**< Of the reply; 0: none. */
    enum pair_status status;
    struct ipctap_record enter;
    struct ipctap_record exit; /**< Valid with exit_number. */
    GBytes *enter_bytes;
    GBytes *exit_bytes;
    struct call call;
};

struct capture_calls {
    GPtrArray *calls; /**< struct replay_call, by number. */
    guint64 foreign;
};

/** NULL with an error. Only the client's side of calls; neither notes nor lone replies. */
struct capture_calls *capture_calls_load(const char *path, GError **error);
void capture_calls_free(struct capture_calls *calls);

/** Whether it is that kernel call. */
gboolean replay_call_is(const struct replay_call *call, uint32_t kernel_call);

/** Of the process that makes it. Hello has no pid yet: its reply brings it. */
guint32 replay_call_pid(const struct replay_call *call);

/** "horizon-files", or "". Free it. */
char *replay_call_process(const struct replay_call *call);

/** "fsp-srv IFileSystem.OpenFile". Free it. */
char *replay_call_title(const struct replay_call *call);

#endif
