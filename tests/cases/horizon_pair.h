/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file horizon_pair.h
 * Two Horizon processes and a session between them: pid 81 has the client end, pid 9 serves.
 */
#ifndef IPCSHARK_TEST_HORIZON_PAIR_H
#define IPCSHARK_TEST_HORIZON_PAIR_H

#include "case.h"
#include "message.h"
#include "world.h"

#include <horizon/horizon.h>

#define CLIENT_PID    81
#define SERVER_PID    9
#define CLIENT_THREAD 2
#define SERVER_THREAD 3
#define CLIENT_TLS    UINT64_C(0x20A000200)
#define SERVER_TLS    UINT64_C(0x20B000400)
#define CLIENT_HEAP   UINT64_C(0x1000000000)
#define SERVER_HEAP   UINT64_C(0x2000000000)
#define HEAP_SIZE     0x200000

/** One of the two, as the case sees it. */
struct pair_side {
    struct traffic_client *connection;
    struct horizon_process *process;
    uint32_t session; /**< Its handle. */
    uint32_t thread;
    GArray *memory; /**< struct horizon_region. */
    uint64_t buffer_address;
    uint64_t buffer_size;
    bool is_user_buffer;
    bool is_async; /**< Requests are sent asynchronously. */
};

struct horizon_pair {
    struct world world;
    struct horizon_kernel *kernel;
    struct pair_side client;
    struct pair_side server;
    struct horizon_session *session;
    GPtrArray *owned;  /**< Objects with a reference of the pair's. */
    GHashTable *names; /**< Object -> what the case calls it, "" for what is not the case's. */
};

/** Memory, buffers and handles as given. */
void pair_start(struct horizon_pair *pair, struct test_case *test);
void pair_end(struct horizon_pair *pair);

/** What lies in simulated memory: a byte that depends on its address. */
uint8_t memory_byte(uint64_t address);
void memory_fill(uint8_t *bytes, uint64_t address, size_t size);
bool memory_is(const uint8_t *bytes, uint64_t address, size_t size);
bool memory_has(const struct pair_side *side, uint64_t address, uint64_t size);

/** A call under way. */
struct pair_call {
    uint64_t id;
    struct traffic_exit exit;
    bool is_done; /**< pair_settle() has found its exit. */
};

/** SendSyncRequest. */
void pair_send(struct horizon_pair *pair, const struct case_message *message,
               struct pair_call *call);
/** ReplyAndReceive: `handle` 0 only receives, otherwise it only replies (timeout 0). */
void pair_receive(struct horizon_pair *pair, const struct case_message *message, uint32_t handle,
                  struct pair_call *call);
/** All that was sent is processed; exits that came are taken. False: the server closed one of the
 *  connections, which is a fault. */
bool pair_settle(struct horizon_pair *pair, struct test_case *test, struct pair_call *client,
                 struct pair_call *server);
void pair_call_clear(struct pair_call *call);

/** A new reference to `object` becomes the handle with that very value; false if none can. */
bool handle_insert(struct horizon_handle_table *table, uint32_t handle,
                   struct horizon_object *object);
/** An object of a kind: "event:A", "session:S", "interrupt:I", "process:P", "thread:T",
 *  "port:P". NULL if there is no such kind. */
struct horizon_object *pair_object_new(struct horizon_pair *pair, const char *name);
/** What a handle of a side's table stands for, to be freed. Runs in the server's thread. */
char *pair_handle_name(struct horizon_pair *pair, struct pair_side *side, uint32_t handle);
/** A fault unless the side's handles are those of the list (names); its own session aside. */
void pair_expect_handles(struct horizon_pair *pair, struct test_case *test, const char *key,
                         struct pair_side *side);

#endif
