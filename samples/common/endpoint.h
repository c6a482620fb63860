/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file endpoint.h
 * Stream sockets by the text that users write: "tcp:HOST:PORT" (host numeric, IPv6 in brackets) and
 * "unix:PATH".
 */
#ifndef IPCSHARK_ENDPOINT_H
#define IPCSHARK_ENDPOINT_H

#include <glib.h>
#include <stdbool.h>

/** @return a listening descriptor or -1. Remote addresses are refused unless allowed. */
int endpoint_listen(const char *address, bool allow_remote, GError **error);

/** Where a listening descriptor is bound, as such a text; free with g_free(). */
char *endpoint_bound_address(int descriptor);

/** @return a connected, blocking descriptor or -1. */
int endpoint_connect(const char *address, GError **error);

#endif
