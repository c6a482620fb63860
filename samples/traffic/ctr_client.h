/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ctr_client.h
 * A 3DS process that talks to the reference server: memory, a static buffer table, command buffers.
 * What a console's library does around svcSendSyncRequest and svcReplyAndReceive.
 */
#ifndef IPCSHARK_TRAFFIC_CTR_CLIENT_H
#define IPCSHARK_TRAFFIC_CTR_CLIENT_H

#include "scenarios.h"

#include <ipcshark/ctripc.h>

#define CTR_CLIENT_COMMAND_BUFFER 0x1FF82080u

struct ctr_client {
    struct traffic_client *connection;
    GPtrArray *memory; /**< Regions. */
    struct ctripc_static_slot table[CTRIPC_STATIC_BUFFERS];
    uint32_t word[CTRIPC_BUFFER_WORDS]; /**< The command buffer: request, then reply. */
    uint32_t index;                     /**< Of the last ReplyAndReceive or wait. */
    unsigned int refused; /**< Sections of exits that lay outside the process's memory. */
};

struct ctr_client *ctr_client_new(struct traffic_client *connection); /**< Takes it. */
/** Takes the connection down too; the run counts its calls. */
void ctr_client_free(struct traffic_run *run, struct ctr_client *client);

/** Zeroed memory of the process at an address; belongs to the client. */
uint8_t *ctr_client_memory(struct ctr_client *client, uint32_t address, uint32_t size);
/** The bytes at an address; NULL if the process has no such memory. */
uint8_t *ctr_client_bytes(struct ctr_client *client, uint32_t address, uint32_t size);
void ctr_client_static_buffer(struct ctr_client *client, uint8_t id, uint32_t address,
                              uint32_t size);

/** Sets the command buffer. */
void ctr_client_words(struct ctr_client *client, size_t count, const uint32_t *words);
#define CTR_WORDS(client, ...)                                                                     \
    ctr_client_words(client, sizeof(const uint32_t[]){__VA_ARGS__} / sizeof(uint32_t),             \
                     (const uint32_t[]){__VA_ARGS__})

/** svcSendSyncRequest with the command buffer as it stands; its result. */
uint32_t ctr_client_request(struct ctr_client *client, uint32_t handle);
/** The same in two steps, on a thread of its own. */
uint64_t ctr_client_send(struct ctr_client *client, uint32_t handle, uint32_t thread);
uint32_t ctr_client_finish(struct ctr_client *client, uint64_t call_id);

/** svcReplyAndReceive in two steps; `target` 0: no reply. ctr_client_finish() ends it. */
uint64_t ctr_client_reply_and_receive(struct ctr_client *client, uint32_t target,
                                      const uint32_t *handles, size_t count, int64_t timeout);
uint32_t ctr_client_wait(struct ctr_client *client, const uint32_t *handles, size_t count, bool all,
                         int64_t timeout);

/** Kernel calls that give a handle; 0 and *result if they fail. */
uint32_t ctr_client_connect(struct ctr_client *client, const char *port, uint32_t *result);
uint32_t ctr_client_close(struct ctr_client *client, uint32_t handle);
uint32_t ctr_client_create_event(struct ctr_client *client, bool is_sticky);
uint32_t ctr_client_signal(struct ctr_client *client, uint32_t event);

/** srv:'s GetServiceHandle; 0 and *result (the kernel's or srv:'s) if it fails. */
uint32_t ctr_client_get_service(struct ctr_client *client, uint32_t srv, const char *name,
                                uint32_t *result);

#endif
