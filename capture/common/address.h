/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file address.h
 * Addresses as they stand on every command line of this project: "tcp:HOST:PORT" (an IPv6 host in
 * square brackets) and "unix:PATH".
 */
#ifndef IPCSHARK_ADDRESS_H
#define IPCSHARK_ADDRESS_H

#include <gio/gio.h>

/** Where recorders and reference servers are looked for if nothing else is said. */
#define IPCSHARK_DEFAULT_RECORDER "tcp:127.0.0.1:18252"
#define IPCSHARK_DEFAULT_SERVER   "tcp:127.0.0.1:18253"

/** NULL with an error that quotes the text and says what is wrong with it. Transfer full. */
GSocketAddress *ipcshark_address_parse(const char *text, GError **error);

/** The inverse; of an address that a socket was bound to, the real port. Transfer full. */
char *ipcshark_address_format(GSocketAddress *address);

/** A Unix socket, or a TCP address of this machine alone. */
gboolean ipcshark_address_is_local(GSocketAddress *address);

#endif
