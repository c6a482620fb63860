/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file listener.h
 * `record --listen`: an address to which producers connect and push records. Nothing is ever
 * answered.
 */
#ifndef IPCSHARK_LISTENER_H
#define IPCSHARK_LISTENER_H

#include "recorder.h"

#include <gio/gio.h>

struct listener;

/** Listens at once; nothing is accepted before the main loop runs. */
struct listener *listener_open(GSocketAddress *address, struct recorder *recorder, GError **error);

/** Says "listening on ADDRESS" with the real port on standard error. */
void listener_announce(struct listener *listener);

/** Where it listens, with the real port. Transfer full. */
char *listener_address(const struct listener *listener);

/** Takes what has arrived already, from waiting connections too, then closes all. */
void listener_close(struct listener *listener);

/** A bound, listening, non-blocking socket; shared with the proxy. */
GSocket *listening_socket(GSocketAddress *address, GError **error);

/** Closes it, and removes the file of a Unix socket. */
void close_listening_socket(GSocket *socket);

/** Where a socket listens. Transfer full. */
char *listening_address(GSocket *socket);

/** Tells on standard error where a socket listens, behind `what`. */
void print_listening(const char *what, GSocket *socket);

#endif
