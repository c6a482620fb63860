/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file ctr_fixture.h A server in a thread of its own, and 3DS processes that talk to it. */
#ifndef IPCSHARK_TEST_CTR_FIXTURE_H
#define IPCSHARK_TEST_CTR_FIXTURE_H

#include "fixture.h"

#include <ctr_client.h>

#define FIXTURE_PROCESSES 3

struct fixture {
    struct server_fixture server;
    struct ctr_client *process[FIXTURE_PROCESSES];
};

/** With `data` asking for an unregistered service waits. */
void fixture_start(struct fixture *fixture, gconstpointer data);
/** A process; `access` (may be NULL) names of 8 bytes. */
struct ctr_client *fixture_open(struct fixture *fixture, unsigned int n, const char *access,
                                size_t access_size);
void fixture_close(struct fixture *fixture, unsigned int n);
/** Ends the server; everything that the tap saw is there afterwards. */
void fixture_stop(struct fixture *fixture);
void fixture_end(struct fixture *fixture, gconstpointer data);

/** A kernel call; *results may be NULL. */
uint32_t fixture_call(struct ctr_client *client, struct ipctap_kernel_call arguments,
                      const char *name, struct ipctap_kernel_call *results);
/** A connected pair: process 0 has the client end, process 1 serves. */
struct fixture_pair {
    struct ctr_client *client;
    struct ctr_client *server;
    uint32_t client_handle;
    uint32_t server_handle;
};
struct fixture_pair fixture_pair_open(struct fixture *fixture);
/** The client's command buffer to the server, which receives it: both results. */
uint64_t fixture_pair_send(struct fixture_pair *pair, uint32_t *received);
/** The server's command buffer as the reply; the client's result. */
uint32_t fixture_pair_answer(struct fixture_pair *pair, uint64_t sent, uint32_t *replied);

#define fixture_test(path, function)                                                               \
    g_test_add(path, struct fixture, NULL, fixture_start, function, fixture_end)

/** Words of the process's command buffer from word 0 on. */
void fixture_assert_words(const struct ctr_client *client, size_t count, const uint32_t *words);
#define assert_words(client, ...)                                                                  \
    fixture_assert_words(client, sizeof(const uint32_t[]){__VA_ARGS__} / sizeof(uint32_t),         \
                         (const uint32_t[]){__VA_ARGS__})

#endif
