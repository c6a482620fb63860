/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file world.h
 * A server in a thread of its own, made anew for each case, and processes that are connected to it.
 * What a case is given is put into the kernel by functions that run in that thread; what a process
 * does goes through the transport.
 */
#ifndef IPCSHARK_TEST_WORLD_H
#define IPCSHARK_TEST_WORLD_H

#include "case.h"

#include <client.h>
#include <server.h>

#include <glib.h>

struct world {
    GThread *thread;
    GMainContext *context;
    GMainLoop *loop;
    struct server *server;
    char *sandbox;
    char **choices; /**< Switches of the server; NULL: the defaults. */
    GMutex mutex;
    GCond changed;
};

/** given.choices, before the start; false and the case skipped if the server has no such. */
bool world_set_choices(struct world *world, struct test_case *test);
void world_start(struct world *world);
void world_end(struct world *world);

/** Runs the function in the server's thread and waits for it. */
void world_do(struct world *world, void (*function)(void *data), void *data);

/** A connected process that said Hello; pid 0: any. */
struct traffic_client *world_process(struct world *world, uint8_t platform, const char *name,
                                     uint32_t pid);
/** With a program id, which is an application's id on Orbis. */
struct traffic_client *world_program(struct world *world, uint8_t platform, const char *name,
                                     uint32_t pid, uint64_t program_id);

#endif
