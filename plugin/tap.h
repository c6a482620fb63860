/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tap.h
 * The tap "ipctap": what statistics, Follow and Export Objects see of each record. The dissector of
 * the record's kind says what was called in a struct tap_call; tables are made from nothing else.
 * Nobody listens, nothing is made: `context->tap` is NULL then.
 */
#ifndef PLUGIN_TAP_H
#define PLUGIN_TAP_H

#include "plugin.h"

#include <epan/tap.h>

/** One record. Packet scope, its strings too, so listeners copy what they keep. */
struct tap_call {
    struct ipctap_record record; /**< With its bytes: for Follow and Export Objects. */
    tvbuff_t *tvb;               /**< Of the record. */
    const char *process;         /**< Whose side this is; never NULL. */
    const char *peer;            /**< The service or process at the other end; never NULL. */
    const char *service;         /**< NULL unknown. */
    const char *interface_name;  /**< Horizon: without namespaces; NULL unknown or none. */
    const char *command;         /**< "OpenFile"; NULL if there is none. */
    const char *result;          /**< Of a reply, in words; NULL if there is none. */
    const char *file;            /**< Name of what the session or object stands for, or NULL. */
    const void *object;          /**< Tells opened files apart; NULL unknown. */
    const uint8_t *values;       /**< Behind the header: arguments, or what came back. NULL none. */
    size_t values_size;
    uint32_t message_size; /**< Of MESSAGE, without what lies behind it in its buffer; 0 unknown. */
    const struct call_exchange *exchange; /**< Joins request and reply; NULL unknown. */
    const struct session *session;        /**< That the record goes through; NULL unknown. */
    uint32_t object_id;                   /**< Horizon domains, else 0. */
    uint32_t request_frame;               /**< Of a reply; 0 unknown. */
    nstime_t time;                        /**< Of a reply, valid if has_time: since its request. */
    bool has_time;
    bool is_reply;
    bool is_error;    /**< `result` is one. */
    bool is_repeated; /**< A server's view of a call that its client's records tell, too. */
};

/** The record's tap_call for the dissector of its kind to fill in, or NULL: nobody listens, or the
 *  message is one that a kernel call carries. */
struct tap_call *tap_of(const struct call_context *context);

/** The name of the table that a call belongs to: interface, else service; never NULL. */
const char *tap_group(const struct tap_call *call);

/** The call's name, never NULL. */
const char *tap_command(const struct tap_call *call);

/** Before the dissector of the kind is called, and after it. */
void tap_begin(struct call_context *context);
void tap_end(const struct call_context *context);

void tap_register(int protocol);

/* Each of the listeners registers itself for the tap. */
void stat_srt_register(void);
void stat_tree_register(void);
void conversations_register(int protocol);
void follow_register(int protocol);
void export_pdu_register(void);
/** Offers the record to whoever exports. */
void export_pdu_record(const struct call_context *context);
/** Its tap is one of its own: contents are looked at only for it. Returns its number. */
int export_objects_register(int protocol);

#endif
