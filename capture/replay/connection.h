/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file connection.h One process's connection to a server (docs/transport.md), blocking. */
#ifndef IPCSHARK_REPLAY_CONNECTION_H
#define IPCSHARK_REPLAY_CONNECTION_H

#include <ipcshark/record.h>

#include <gio/gio.h>

struct connection;

struct connection *connection_open(GSocketAddress *address, GError **error);
void connection_free(struct connection *connection);

/** A number for the next call. */
guint64 connection_next_call_id(struct connection *connection);

gboolean connection_send(struct connection *connection, const GByteArray *record);

/** The exit of a call; notes are skipped, exits of other calls kept. NULL: none came in time, or
 *  the connection ended; connection_reason() may know why. */
GBytes *connection_wait(struct connection *connection, guint64 call_id, guint milliseconds);

/** "the server closed the connection: …" */
const char *connection_reason(const struct connection *connection);

#endif
