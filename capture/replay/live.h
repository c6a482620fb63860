/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file live.h Sends the requests of a capture to a server and compares what comes back. */
#ifndef IPCSHARK_REPLAY_LIVE_H
#define IPCSHARK_REPLAY_LIVE_H

#include "report.h"

#include <gio/gio.h>

struct replay_options {
    guint timeout;              /**< Milliseconds for a reply. */
    const char *const *ignored; /**< Patterns of fields. */
};

/** False: the server cannot be reached. */
gboolean replay_live(const struct capture_calls *calls, GSocketAddress *address,
                     const struct replay_options *options, struct report *report, GError **error);

/** Compares with another capture: process by process, in the order of their calls. */
void replay_against(const struct capture_calls *calls, const struct capture_calls *other,
                    const struct replay_options *options, struct report *report);

#endif
