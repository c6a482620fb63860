/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file horizon_client.h
 * What a console's client library does, on a traffic client: sessions, CMIF and TIPC commands with
 * buffers, and storing what an exit brings.
 */
#ifndef IPCSHARK_HORIZON_CLIENT_H
#define IPCSHARK_HORIZON_CLIENT_H

#include "client.h"

#include <ipcshark/cmif.h>

#define HORIZON_CLIENT_TLS  UINT64_C(0x20A000200)
#define HORIZON_CLIENT_HEAP UINT64_C(0x1000000000)

/** A session, or an object in a domain. */
struct horizon_service {
    struct traffic_client *client;
    uint32_t handle;
    uint32_t object_id; /**< 0: the session is no domain. */
    uint16_t pointer_buffer_size;
};

enum horizon_argument_kind {
    HORIZON_NO_ARGUMENT,
    HORIZON_POINTER_IN,
    HORIZON_POINTER_OUT,
    HORIZON_FIXED_POINTER_OUT, /**< No entry in the size table. */
    HORIZON_MAP_IN,
    HORIZON_MAP_OUT,
    HORIZON_MAP_EXCHANGE,
    HORIZON_AUTO_IN,
    HORIZON_AUTO_OUT,
};

/** A buffer of the client's memory. */
struct horizon_argument {
    enum horizon_argument_kind kind;
    void *bytes;
    uint32_t size;
    uint64_t address; /**< 0: chosen. */
    uint8_t attribute;
    bool is_absent; /**< No section: memory that the process does not have. */
};

#define HORIZON_ARGUMENTS 8

/** A command and what came of it. */
struct horizon_command {
    uint32_t id;
    const void *data;
    uint16_t data_size;
    bool send_pid;
    bool is_control;
    bool is_close; /**< Of the object (domain) or the session. */
    bool is_tipc;
    uint8_t copy_count;
    uint8_t move_count;
    uint8_t object_count;
    uint8_t receive_mode; /**< 0: by the arguments; else HIPC_RECEIVE_IN_MESSAGE or _SINGLE. */
    uint32_t tid;         /**< 0: 1. */
    uint32_t copy[8];
    uint32_t move[8];
    uint32_t object[8];
    struct horizon_argument argument[HORIZON_ARGUMENTS];

    uint32_t result;    /**< Of the system call, or else of the command. */
    bool was_delivered; /**< The system call succeeded. */
    bool is_odd;        /**< The exit stored outside of what was announced. */
    struct hipc_message reply;
    uint32_t out_object[8];
    uint32_t interface_id;
    uint8_t message[HIPC_TLS_MESSAGE_SIZE];
    uint32_t out_offset; /**< Return values, in message. */
    uint32_t out_size;
};

/** Makes the call. @return command->result; 0xFFFFFFFF if there was no exit. */
uint32_t horizon_call(const struct horizon_service *service, struct horizon_command *command);

/** Its two halves, for tests: the request record, and reading the exit. */
void horizon_call_begin(const struct horizon_service *service, struct horizon_command *command,
                        struct record_builder *request);
void horizon_call_end(const struct horizon_service *service, struct horizon_command *command,
                      const struct traffic_exit *exit, uint8_t out_objects);

uint32_t horizon_command_u32(const struct horizon_command *command, uint32_t offset);
uint64_t horizon_command_u64(const struct horizon_command *command, uint32_t offset);

/** ConnectToNamedPort. */
uint32_t horizon_connect_port(struct traffic_client *client, const char *name, uint32_t *handle);
/** sm:'s GetServiceHandle over CMIF; queries the pointer buffer size too. */
uint32_t horizon_get_service(const struct horizon_service *sm, const char *name,
                             struct horizon_service *service);
uint32_t horizon_convert_to_domain(struct horizon_service *service);
void horizon_close_handle(struct traffic_client *client, uint32_t handle);

#endif
