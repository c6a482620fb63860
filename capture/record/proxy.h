/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file proxy.h
 * `record --proxy LISTEN=SERVER`: stands between clients and a reference server, forwards every
 * byte and records what passes.
 */
#ifndef IPCSHARK_PROXY_H
#define IPCSHARK_PROXY_H

#include "recorder.h"

#include <gio/gio.h>

struct proxy;

struct proxy *proxy_open(GSocketAddress *listen, GSocketAddress *server, struct recorder *recorder,
                         GError **error);

/** Says "proxy listening on ADDRESS" with the real port on standard error. */
void proxy_announce(struct proxy *proxy);

/** Where it listens, with the real port. Transfer full. */
char *proxy_address(const struct proxy *proxy);

void proxy_close(struct proxy *proxy);

#endif
