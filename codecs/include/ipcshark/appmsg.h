/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file appmsg.h
 * App Messaging (libSceAppMessaging on IPMI service "SceAppMessaging", PlayStation 4): the send
 * request, the received SceAppMessage, calls of the eight library functions, event flags.
 *
 * All numbers are little-endian; offsets and sizes are in bytes. Nothing is allocated. The encoders
 * return the bytes written, 0 if they do not fit.
 *
 * Source: the article on App Messaging (the seed); see docs/orbis.md for what is uncertain.
 */
#ifndef IPCSHARK_APPMSG_H
#define IPCSHARK_APPMSG_H

#include <ipcshark/finding.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define APPMSG_SERVICE             "SceAppMessaging"
#define APPMSG_REQUEST_SIZE        24
#define APPMSG_MESSAGE_SIZE        0x2018
#define APPMSG_MAX_PAYLOAD         0x2000
#define APPMSG_CALL_SIZE           64
#define APPMSG_PAYLOAD_OFFSET      8 /**< In the received structure. */
#define APPMSG_PAYLOAD_SIZE_OFFSET 0x2008
#define APPMSG_TIMESTAMP_OFFSET    0x2010

/** Methods of the IPMI service; any other gives 0x800205C1. */
enum appmsg_method {
    APPMSG_METHOD_SEND = 0,
    APPMSG_METHOD_SEND_TO_SHELL_CORE = 1,
    APPMSG_METHOD_SEND_TO_SHELL_UI = 2,
};

enum appmsg_flag {
    APPMSG_FLAG_OVERWRITE = 1,
};

/** Functions of the library, as numbered in the record's APPMSG_CALL section. */
enum appmsg_function {
    APPMSG_SEND_MSG = 1,
    APPMSG_SEND_MSG_TO_SHELL_CORE = 2,
    APPMSG_SEND_MSG_TO_SHELL_UI = 3,
    APPMSG_RECEIVE_MSG = 4,
    APPMSG_TRY_RECEIVE_MSG = 5,
    APPMSG_SET_EVENT_FLAG = 6,
    APPMSG_CLEAR_EVENT_FLAG = 7,
    APPMSG_TRY_GET_EVENT_FLAG = 8,
};

/** in[0] of a send, 24 bytes. */
struct appmsg_request {
    uint32_t app_id; /**< Destination. */
    uint32_t message_type;
    uint64_t payload_size; /**< u64 on the wire although the C prototype says u32. */
    uint32_t flags;        /**< enum appmsg_flag. */
    uint32_t padding;      /**< +0x14: never written by the library, remains of its stack. */
};

/** SceAppMessage, 0x2018 bytes. */
struct appmsg_message {
    uint32_t sender; /**< App id. */
    uint32_t message_type;
    uint32_t payload_offset;   /**< 8. */
    uint32_t payload_captured; /**< Payload bytes that are there, at most payload_size. */
    bool has_size; /**< False: cut off behind the payload; size and time are not here. */
    uint32_t payload_size;
    uint32_t padding;   /**< +0x200C. */
    uint64_t timestamp; /**< Microseconds since boot (CLOCK_MONOTONIC). */
};

/** The record's APPMSG_CALL section. */
struct appmsg_call {
    uint32_t function; /**< enum appmsg_function. */
    int32_t return_value;
    uint32_t app_id; /**< Destination; of a receive the sender. */
    uint32_t message_type;
    uint32_t flags;
    uint32_t clear; /**< TryGetEventFlag: clear the obtained bits. */
    uint64_t payload_size;
    uint64_t bits;
    uint64_t pattern;   /**< TryGetEventFlag's result. */
    uint64_t timestamp; /**< Microseconds since boot. */
    uint32_t valid;     /**< Bits below. */
};

enum appmsg_call_valid {
    APPMSG_RETURN_VALID = 1,
    APPMSG_PATTERN_VALID = 2,
    APPMSG_TIMESTAMP_VALID = 4,
};

/** False with a finding if there are fewer than APPMSG_REQUEST_SIZE bytes. */
bool appmsg_request_decode(const uint8_t *bytes, size_t length, struct appmsg_request *request,
                           struct ipcshark_findings *findings);
size_t appmsg_request_encode(const struct appmsg_request *request, uint8_t *bytes, size_t capacity);

/** `method` is the IPMI method, `payload_size` the size of in[1]: what the service checks. */
void appmsg_request_check(const struct appmsg_request *request, uint32_t method,
                          uint64_t payload_size, struct ipcshark_findings *findings);

/**
 * The IPMI call of a send as the service sees it: method 0 to 2, two inputs, no output.
 * The sizes are compared by appmsg_request_check().
 */
void appmsg_invoke_check(uint32_t method, uint32_t in_count, uint32_t out_count,
                         struct ipcshark_findings *findings);

/**
 * Decodes a received structure as far as it goes; `has_size` is false if it ends before
 * payloadSize.
 * `payload_captured` then counts all bytes behind the header. False if not even sender and type are
 * there.
 */
bool appmsg_message_decode(const uint8_t *bytes, size_t length, struct appmsg_message *message,
                           struct ipcshark_findings *findings);

/** Always APPMSG_MESSAGE_SIZE bytes, zeros behind the payload. */
size_t appmsg_message_encode(const struct appmsg_message *message, const void *payload,
                             uint8_t *bytes, size_t capacity);

/** False with a finding if there are fewer than APPMSG_CALL_SIZE bytes. */
bool appmsg_call_decode(const uint8_t *bytes, size_t length, struct appmsg_call *call,
                        struct ipcshark_findings *findings);
size_t appmsg_call_encode(const struct appmsg_call *call, uint8_t *bytes, size_t capacity);

/** "SendMsg", "SendMsgToShellCore", …; NULL if unknown. */
const char *appmsg_method_name(uint32_t method);
/** "sceAppMessagingSendMsg", …; NULL if unknown. */
const char *appmsg_function_name(uint32_t function);

/** Families that give the same message type numbers different meanings. */
enum appmsg_family {
    APPMSG_FAMILY_SONY = 0,
    APPMSG_FAMILY_HEN_V,
    APPMSG_FAMILY_LIBHIJACKER,
    APPMSG_FAMILY_ETAHEN,
    APPMSG_FAMILY_COUNT
};

const char *appmsg_family_name(enum appmsg_family family);
/** "GAME_CUSTOM_DATA"; NULL if the family does not name it. */
const char *appmsg_type_name(enum appmsg_family family, uint32_t message_type);

/** Event bit 63 is "MSG_ARRIVAL", …; NULL if unnamed. */
const char *appmsg_event_name(unsigned int bit);

/**
 * Unix time of a monotonic time, given both clocks read together. Sub-second parts are kept (the
 * seed's own conversion drops them). All three in the same unit; saturates at 0 and at the maximum.
 */
uint64_t orbis_monotonic_to_unix(uint64_t monotonic, uint64_t pair_monotonic, uint64_t pair_unix);

/** The three result layers of a manager call and the service's own codes on top. */
enum orbis_result_layer {
    ORBIS_LAYER_ERRNO = 1,   /**< rax with carry set: a FreeBSD errno. */
    ORBIS_LAYER_MANAGER = 2, /**< *out: 0x80020000 | errno, 0x800E0001. */
    ORBIS_LAYER_METHOD = 3,  /**< The method's result; App Messaging's codes among them. */
};

/** "EINVAL", "SCE_APP_MESSAGING_ERROR_NO_SUCH_APP"; NULL if unknown. */
const char *orbis_result_name(enum orbis_result_layer layer, uint32_t result);

/** "0x80C50007 NO_SUCH_APP", "ok" for 0. As snprintf. */
int orbis_result_format(enum orbis_result_layer layer, uint32_t result, char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
