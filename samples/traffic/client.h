/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file client.h
 * A client of the reference server: one connection, which is one process. Sends enter records and
 * waits for their exits; notes are skipped. Blocking, for scenarios and tests.
 */
#ifndef IPCSHARK_TRAFFIC_CLIENT_H
#define IPCSHARK_TRAFFIC_CLIENT_H

#include "../common/record_builder.h"

#include <ipcshark/record.h>

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct traffic_client {
    int descriptor;
    uint8_t platform;
    uint32_t pid;          /**< As Hello gave it. */
    uint64_t next_call_id; /**< Of the next request. */
    unsigned int calls;    /**< Made so far. */
    GByteArray *input;
    GPtrArray *waiting; /**< Exits (GBytes) of other threads that came while one was waited for. */
    char *comment;      /**< COMMENT of the last note; says why the server closed. */
};

/** An exit record. Keep it as long as anything that points into it. */
struct traffic_exit {
    GBytes *bytes;
    struct ipctap_record record;
    uint32_t result;
};

/** Connects to "tcp:127.0.0.1:PORT" or "unix:PATH". NULL with an error. */
struct traffic_client *traffic_client_open(const char *address, GError **error);
struct traffic_client *traffic_client_new(int descriptor); /**< Takes the descriptor. */
void traffic_client_free(struct traffic_client *client);

/** Hello; wanted_pid 0: any. `access` (may be NULL) is the SERVICE_ACCESS section. False: no answer
 *  or refused (*result, which may be NULL). */
bool traffic_client_hello(struct traffic_client *client, uint8_t platform, const char *name,
                          uint64_t program_id, uint32_t wanted_pid, const void *access,
                          size_t access_size, uint32_t *result);

/** Begins an enter record: platform, pid, a call_id; tid 1 unless changed in request->header. */
void traffic_client_begin(struct traffic_client *client, struct record_builder *request,
                          uint8_t kind);

/** Sends the enter and clears the builder. @return its call_id, 0 if it could not be sent. */
uint64_t traffic_client_send(struct traffic_client *client, struct record_builder *request);

/** Waits for the exit of a call; at most 10 seconds. False: connection ended or none came. */
bool traffic_client_wait(struct traffic_client *client, uint64_t call_id,
                         struct traffic_exit *exit);

/** Send and wait; clears the builder. */
bool traffic_client_call(struct traffic_client *client, struct record_builder *request,
                         struct traffic_exit *exit);

/** A call of kind 5 in one go; name (may be NULL) is OBJECT_NAME. `results` (may be NULL) gets the
 *  exit's KERNEL_CALL. @return the result, 0xFFFFFFFF if there was no exit. */
uint32_t traffic_client_kernel_call(struct traffic_client *client,
                                    const struct ipctap_kernel_call *arguments, const char *name,
                                    struct ipctap_kernel_call *results);

/** Raw bytes, for tests of what a hostile client sends. */
bool traffic_client_send_bytes(struct traffic_client *client, const void *bytes, size_t size);

bool traffic_exit_section(const struct traffic_exit *exit, uint16_t type, uint16_t index,
                          struct ipctap_section *section);
void traffic_exit_clear(struct traffic_exit *exit);

#endif
