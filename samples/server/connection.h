/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file connection.h
 * A connection as its two files share it: connection.c moves bytes, protocol.c knows what they
 * mean.
 */
#ifndef IPCSHARK_SERVER_CONNECTION_H
#define IPCSHARK_SERVER_CONNECTION_H

#include "internal.h"

struct server_connection {
    struct server *server;
    struct server_process *process; /**< NULL before Hello and after Exit. */
    GPtrArray *calls;               /**< Open ones. */
    GByteArray *input;              /**< The beginning of a record whose end has not come yet. */
    GQueue output;                  /**< GBytes that the socket did not take. */
    struct server_watch watch;
    struct server_timer *linger;
    size_t written;    /**< Of the first in output. */
    size_t queued;     /**< Bytes still in output. */
    size_t open_bytes; /**< Of the enters of open calls. */
    size_t held;       /**< As counted in server->held. */
    bool closing;      /**< Nothing is read any more; the rest of output is still tried. */
};

/** Begins the end, which the main loop completes: the caller may be inside the kernel. */
void server_connection_close(struct server_connection *connection);

/** A NOTE with a COMMENT. */
void server_connection_note(struct server_connection *connection, const char *text);

void server_connection_send_record(struct server_connection *connection,
                                   const struct record_builder *record);

/** protocol.c: a whole record came; its bytes are only borrowed. */
void server_protocol_record(struct server_connection *connection, const uint8_t *bytes,
                            size_t size);

/** The connection ended without Exit. */
void server_protocol_kill_process(struct server_connection *connection);

#endif
