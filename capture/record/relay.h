/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file relay.h
 * The proxy's thread: forwards bytes between pairs of sockets as fast as they come, and keeps a log
 * of what passed, for whoever records it. It knows nothing of records.
 */
#ifndef IPCSHARK_RELAY_H
#define IPCSHARK_RELAY_H

#include <glib.h>

struct relay;
struct relay_link;

enum relay_side {
    RELAY_REQUEST, /**< From the client to the server. */
    RELAY_REPLY,
    RELAY_SIDES,
};

/** `has_log` is called in the relay's thread when there is a log again after relay_take_log(). */
struct relay *relay_new(void (*has_log)(gpointer data), gpointer data);

/** Takes over both descriptors, which must not block. `user` is handed out with the log. */
struct relay_link *relay_add(struct relay *relay, int client, int server, gpointer user);

struct relay_log_entry {
    gpointer user;
    enum relay_side side;
    gboolean is_end; /**< This side says no more; there are no bytes. */
    guint64 time;    /**< Of arrival, nanoseconds since 1970. */
    const guint8 *bytes;
    gsize size;
};

/**
 * Calls `take` with all that passed since the last time, in order. False if that was nothing:
 * `has_log` will tell.
 */
gboolean relay_take_log(struct relay *relay, void (*take)(const struct relay_log_entry *entry));

/** After both of its ends were in the log: closes the descriptors. */
void relay_link_free(struct relay_link *link);

/** Stops forwarding. The log can still be taken. */
void relay_stop(struct relay *relay);
void relay_free(struct relay *relay);

#endif
