/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file fixture.h A reference server in a thread of its own, on a Unix socket. */
#ifndef IPCSHARK_TEST_SERVER_FIXTURE_H
#define IPCSHARK_TEST_SERVER_FIXTURE_H

#include <client.h>
#include <server.h>

#include <glib.h>

struct server_fixture {
    GThread *thread;
    GMainLoop *loop;
    char *directory;
    char *address;
    GMutex mutex;
    GCond started;
    bool wait_for_services;
    struct server_options options; /**< Others than the fixture's; set before it starts. */
    GPtrArray *records; /**< GBytes, what the tap saw; use them after server_fixture_stop(). */
};

/** With `data` asking for a service waits until it is registered. */
void server_fixture_start(struct server_fixture *fixture, gconstpointer data);
/** Ends the server; may be called before the end of the test, to look at the tap. */
void server_fixture_stop(struct server_fixture *fixture);
void server_fixture_end(struct server_fixture *fixture, gconstpointer data);

/** A connection that has not said Hello. */
struct traffic_client *server_fixture_connect(struct server_fixture *fixture);
/** A Horizon process. */
struct traffic_client *server_fixture_open(struct server_fixture *fixture, const char *name);

/** The server closes the connection, having sent a note that contains `text` (NULL: no note). */
void assert_closed_with(struct traffic_client *client, const char *text);

#define server_fixture_test(path, function)                                                        \
    g_test_add(path, struct server_fixture, NULL, server_fixture_start, function,                  \
               server_fixture_end)

#endif
