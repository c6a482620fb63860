/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tap.h
 * The server seen by a recorder: both sides of every call as records with SYNTHETIC set. The
 * framework emits the client's sides; a kernel emits the server's side of a message.
 *
 *     struct record_builder side;
 *
 *     if (server_tap_begin_server_side(&side, call, process, session_handle, IPCTAP_ENTER)) {
 *         record_builder_add(&side, IPCTAP_MESSAGE, 0, address, words, size);
 *         server_tap_end(call->process->server, &side);
 *     }
 */
#ifndef IPCSHARK_SERVER_TAP_H
#define IPCSHARK_SERVER_TAP_H

#include "call.h"

#include <ipctap.h>

/** Contents of one section that go to the tap; more is cut and TRUNCATED set. */
#define SERVER_TAP_SECTION_LIMIT IPCTAP_DEFAULT_SECTION_CAP

/** Takes whole records. */
typedef void (*server_tap_function)(void *data, const uint8_t *record, size_t size);

/** Where records go: function and data of server_options, or a file or address. */
struct server_tap;

struct server_tap *server_tap_open(const char *destination, bool fixed_time, size_t limit,
                                   GError **error);
struct server_tap *server_tap_new(server_tap_function function, void *data);
void server_tap_close(struct server_tap *tap);

/** What a file or address took; zeros for a function or NULL. */
struct ipctap_counts server_tap_counts(struct server_tap *tap);

/** False if nobody listens; then there is nothing to clear. */
bool server_tap_is_open(const struct server *server);

/**
 * Begins the record of the serving process's side of `call`: SERVER and SYNTHETIC set, same kind
 * and tap call_id, pid and name of `process`, the client as peer, and (in an enter) the target's
 * names. A simulated process has thread 1.
 */
bool server_tap_begin_server_side(struct record_builder *side, const struct server_call *call,
                                  const struct server_process *process, uint32_t object,
                                  uint8_t phase);

/** Sends it and clears the builder. */
void server_tap_end(struct server *server, struct record_builder *side);

/** A note or snapshot of a process (CLOCK_PAIR, a killed process, …): header filled in but kind. */
bool server_tap_begin(struct record_builder *builder, const struct server_process *process,
                      uint8_t kind, uint8_t phase);

/** The framework's: the client's sides. */
void server_tap_client_enter(struct server_call *call);
void server_tap_client_exit(struct server_call *call);

#endif
