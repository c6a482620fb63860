/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file shell_core.h
 * SceShellCore, the process behind "SceAppMessaging", and the manager calls that it would make:
 * they go to the tap as its own records, so that a capture shows both sides.
 */
#ifndef IPCSHARK_SERVER_SHELL_CORE_H
#define IPCSHARK_SERVER_SHELL_CORE_H

#include "orbis.h"

/** In no source; cannot be taken for real ones. */
#define SHELL_CORE_APP_ID 0xFFFF0001u
#define SHELL_UI_APP_ID   0xFFFF0002u

struct shell_core {
    struct orbis_kernel *kernel;
    struct server_process *process;
    struct orbis_object *server;
    uint64_t calls;        /**< Made so far; their call_ids in the tap. */
    uint64_t receive_call; /**< The ServerReceivePacket that waits, 0 none. */
    bool was_announced;    /**< The tap has seen CreateServer. */
    uint64_t last_time;    /**< Microseconds; timestamps never go back. */
    uint64_t received;     /**< Messages to ShellCore itself. */
};

/** One manager call of ShellCore: its arguments and the record that is being written. */
struct shell_call {
    struct shell_core *shell_core;
    const struct sceipmi_operation *operation;
    struct sceipmi_call call;
    uint8_t block[SCEIPMI_MAX_BLOCK_SIZE];
    uint64_t call_id;
    uint64_t cause;    /**< Call on whose behalf, 0 none. */
    uint32_t peer_pid; /**< Client of the session. */
    struct record_builder record;
};

void shell_call_begin(struct shell_core *shell_core, struct shell_call *call, uint32_t op,
                      uint32_t kid);
void shell_call_set(struct shell_call *call, const char *name, uint64_t value);
/** Begins the enter or exit; false if nobody listens. Sections may be added to call->record. */
bool shell_call_enter(struct shell_call *call);
bool shell_call_exit(struct shell_call *call, uint32_t out);
void shell_call_send(struct shell_call *call);

/** The calls that serve a packet, for the tap. */
void shell_core_tap_receive(struct shell_core *shell_core, const struct orbis_packet *packet);
void shell_core_tap_accept(struct shell_core *shell_core, const struct orbis_object *session,
                           uint64_t cause);
void shell_core_tap_app_id(struct shell_core *shell_core, uint32_t session_kid, uint32_t app_id,
                           uint64_t cause);
void shell_core_tap_send(struct shell_core *shell_core, uint32_t session_kid, GBytes *message,
                         uint32_t out, const char *comment, uint64_t cause);
/** The receiver's event flag, set beside the message. */
void shell_core_tap_event(struct shell_core *shell_core, uint32_t app_id, uint64_t bits,
                          uint64_t cause);
void shell_core_tap_respond(struct shell_core *shell_core, struct shell_call *call,
                            const struct orbis_packet *packet, uint32_t session_kid,
                            int32_t result);
void shell_core_tap_done(struct shell_call *call);
/** ShellCore's thread goes back to waiting for a packet. */
void shell_core_tap_wait(struct shell_core *shell_core);

#endif
