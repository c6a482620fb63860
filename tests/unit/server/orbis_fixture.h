/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file orbis_fixture.h A server in a thread of its own, and applications that talk to it. */
#ifndef IPCSHARK_TEST_ORBIS_FIXTURE_H
#define IPCSHARK_TEST_ORBIS_FIXTURE_H

#include "fixture.h"

#include <orbis_app_messaging.h>
#include <orbis_ipmi.h>

#define FIXTURE_APPS 3
#define APP_ID(n)    (0x60000001u + (n))

struct fixture {
    struct server_fixture server;
    struct traffic_client *app[FIXTURE_APPS];
    struct app_messaging messaging[FIXTURE_APPS];
};

/** With `data` connections wait for their service. */
void fixture_start(struct fixture *fixture, gconstpointer data);
/** Connects application n; with messaging its library is initialised. */
void fixture_open(struct fixture *fixture, unsigned int n, bool messaging);
void fixture_close(struct fixture *fixture, unsigned int n);
/** Ends the server; everything that the tap saw is there afterwards. */
void fixture_stop(struct fixture *fixture);
void fixture_end(struct fixture *fixture, gconstpointer data);

#define fixture_test(path, function)                                                               \
    g_test_add(path, struct fixture, NULL, fixture_start, function, fixture_end)

#endif
