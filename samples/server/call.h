/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file call.h
 * One system call of a connected process, from its enter record until its exit record is sent.
 */
#ifndef IPCSHARK_SERVER_CALL_H
#define IPCSHARK_SERVER_CALL_H

#include "../common/record_builder.h"
#include "process.h"

#include <ipcshark/record.h>

#include <stdbool.h>
#include <stdint.h>

/** Whom a call turned out to be for; texts may be NULL and are copied. */
struct server_target {
    const char *service;        /**< "fsp-srv" */
    const char *interface_name; /**< "nn::fssrv::sf::IFileSystem" */
    const char *function;
    uint64_t session;                  /**< Number in the kernel, 0 none. */
    const struct server_process *peer; /**< NULL unknown or the kernel itself. */
    bool is_domain;
};

struct server_call {
    struct server_process *process;
    struct ipctap_record record; /**< The enter; its bytes belong to the call. */
    struct record_builder exit;  /**< Sections are added as results come in. */
    void *wait;                  /**< The kernel's, while the call waits. */

    /* The framework's. */
    uint8_t *bytes;
    uint64_t tap_id; /**< The call_id that the tap's records of both sides get. */
    uint64_t time;   /**< Arrival, Unix nanoseconds. */
    struct {
        char *service;
        char *interface_name;
        char *function;
        char *peer_name;
        uint64_t session;
        uint32_t peer_pid;
        bool is_domain;
    } target;
    bool entered;     /**< The client's enter went to the tap. */
    bool is_finished; /**< The kernel is done with it; a fault holds the exit back. */
    bool is_lost;     /**< …for ever. */
    struct server_timer *delay;
    char *fault; /**< COMMENT of the exit in the tap. */
};

/** A section of the enter record. False: there is none, and *section is all zeros. */
bool server_call_section(const struct server_call *call, uint16_t type, uint16_t index,
                         struct ipctap_section *section);

/** The KERNEL_CALL section; false (and zeros) if there is none. */
bool server_call_kernel_call(const struct server_call *call, struct ipctap_kernel_call *arguments);

/** The text of OBJECT_NAME as a new string, cut at a NUL; NULL if absent. Free with g_free(). */
char *server_call_object_name(const struct server_call *call);

/** Names the target and gives the client's enter to the tap. Call it before doing the work. */
void server_call_target(struct server_call *call, const struct server_target *target);

/** Adds a section to the exit; the bytes are copied. */
void server_call_add(struct server_call *call, uint16_t type, uint16_t index, uint64_t address,
                     const void *bytes, size_t size);

/** The exit's KERNEL_CALL with result fields; `call` is filled in. */
void server_call_add_results(struct server_call *call, struct ipctap_kernel_call results);

/** Whether the exit could still take `count` sections of `size` bytes together. */
bool server_call_has_room(const struct server_call *call, size_t count, size_t size);

/**
 * Sends the exit with `result` and frees the call. Sections that were added go with it whatever the
 * result is; record_builder_reset(&call->exit) takes them back.
 */
void server_call_finish(struct server_call *call, uint32_t result);

/**
 * A record-level error (a section that contradicts its descriptor, a missing one, a kind that the
 * platform does not have): the connection gets a note with this text and is closed. Frees the call.
 */
void server_call_reject(struct server_call *call, const char *format, ...) G_GNUC_PRINTF(2, 3);
/** Likewise for a record of a kind that the platform does not have. */
void server_call_reject_kind(struct server_call *call);

#endif
