/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file orbis_app_messaging.h
 * libSceAppMessaging on top of the manager calls: its eight functions with the checks that the
 * library makes before it calls anybody. Results are the library's: 0 or 0x80C5xxxx, or what the
 * manager said.
 */
#ifndef IPCSHARK_TRAFFIC_ORBIS_APP_MESSAGING_H
#define IPCSHARK_TRAFFIC_ORBIS_APP_MESSAGING_H

#include "client.h"

#include <ipcshark/appmsg.h>

enum app_messaging_error {
    APP_MESSAGING_UNAVAILABLE = 0x80C50002,
    APP_MESSAGING_PAYLOAD_SIZE_TOO_LARGE = 0x80C50003,
    APP_MESSAGING_NULL_POINTER = 0x80C50004,
    APP_MESSAGING_NO_MESSAGE = 0x80C50005,
    APP_MESSAGING_NO_SUCH_APP = 0x80C50007,
};

struct app_messaging {
    struct traffic_client *client;
    uint32_t kid; /**< 0: not initialised. */
};

/** SceAppMessage as the application sees it. */
struct app_message {
    uint32_t sender;
    uint32_t type;
    uint32_t payload_size;
    uint64_t timestamp;
    uint8_t payload[APPMSG_MAX_PAYLOAD];
};

/** SystemService's part: a client of the service with one queue of one message. */
uint32_t app_messaging_initialize(struct app_messaging *app, struct traffic_client *client);
uint32_t app_messaging_terminate(struct app_messaging *app);

uint32_t app_messaging_send(struct app_messaging *app, uint32_t app_id, uint32_t type,
                            const void *payload, uint64_t size, uint32_t flags);
uint32_t app_messaging_send_to_shell_core(struct app_messaging *app, uint32_t type,
                                          const void *payload, uint64_t size, uint32_t flags);
uint32_t app_messaging_send_to_shell_ui(struct app_messaging *app, uint32_t type,
                                        const void *payload, uint64_t size, uint32_t flags);

/** Waits for a message; begin and end are the halves of it, for a program with one thread. */
uint32_t app_messaging_receive(struct app_messaging *app, struct app_message *message);
uint64_t app_messaging_receive_begin(struct app_messaging *app, uint32_t tid);
uint32_t app_messaging_receive_end(struct app_messaging *app, uint64_t call_id,
                                   struct app_message *message);
uint32_t app_messaging_try_receive(struct app_messaging *app, struct app_message *message);

uint32_t app_messaging_set_event_flag(struct app_messaging *app, uint32_t app_id, uint64_t bits);
uint32_t app_messaging_clear_event_flag(struct app_messaging *app, uint32_t app_id, uint64_t bits);
uint32_t app_messaging_try_get_event_flag(struct app_messaging *app, uint64_t bits,
                                          uint64_t *pattern, bool clear);

#endif
