/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tipc.h
 * The server framework of TIPC services (12.0.0+, libstratosphere tipc): commands described by what
 * they take and give. An interface of sf.h may have a TIPC side.
 */
#ifndef IPCSHARK_SERVER_TIPC_H
#define IPCSHARK_SERVER_TIPC_H

#include "sf.h"

/* tipc_results.hpp. */
#define TIPC_INVALID_METHOD         HORIZON_RESULT(35, 10)
#define TIPC_INVALID_MESSAGE_FORMAT HORIZON_RESULT(35, 15)
#define TIPC_SESSION_CLOSED         HORIZON_RESULT(35, 101)

#define TIPC_MAX_OUT     0x40
#define TIPC_MAX_HANDLES 4

/** One call. */
struct tipc_call {
    struct sf_session *session;
    struct horizon_request *request;
    const uint8_t *in; /**< in_size bytes, in declared order with natural alignment. */
    uint64_t pid;
    uint8_t out[TIPC_MAX_OUT];
    struct horizon_object *moved[TIPC_MAX_HANDLES]; /**< New references. */
};

struct tipc_command {
    uint16_t id;
    const char *name;
    uint32_t (*run)(struct tipc_call *call);
    uint16_t in_size;
    uint16_t out_size;
    bool has_pid;
    uint8_t in_handles; /**< Copied ones. */
    uint8_t sends;
    uint8_t receives;
    uint8_t out_handles; /**< Moved ones; objects are handles too. */
};

struct tipc_interface {
    const struct tipc_command *commands;
    size_t command_count;
};

/** Answers the delivered request as sf_serve() does. */
uint32_t tipc_serve(struct sf_session *session, const struct tipc_interface *interface,
                    struct horizon_request *request);

#endif
