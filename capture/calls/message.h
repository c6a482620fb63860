/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file message.h
 * What the codecs say about one record of a call, whatever its kind.
 */
#ifndef IPCSHARK_CALLS_MESSAGE_H
#define IPCSHARK_CALLS_MESSAGE_H

#include <ipcshark/appmsg.h>
#include <ipcshark/cmif.h>
#include <ipcshark/ctripc.h>
#include <ipcshark/htipc.h>
#include <ipcshark/record.h>
#include <ipcshark/sceipmi.h>

/** What the bytes of a Horizon message cannot tell. */
struct message_context {
    bool is_domain;
    bool is_control; /**< Of a reply: it answers a control command. */
    bool is_tipc;    /**< Of a reply: to a TIPC request. */
};

/** Only the members of the record's kind are filled in. Not to be copied: it may point into
 *  itself. */
struct call_message {
    const struct ipctap_record *record;
    bool is_reply;
    bool has_section; /**< MESSAGE, or the section of the kind's call. */
    struct ipctap_section section;
    bool is_tipc;
    struct hipc_message hipc;
    struct cmif_message cmif;
    struct htipc_message tipc;
    struct ctripc_message ctr;
    struct sceipmi_call ipmi;
    struct appmsg_call appmsg;
    struct ipctap_kernel_call kernel;
    /** Where `section` lies if the record has the end of a message alone (FRAGMENT). */
    uint8_t rebuilt[HIPC_HEADER_SIZE + HIPC_MAX_RAW_WORDS * 4];
};

/** False: the record has no message, or a kind that nobody knows. */
bool call_message_decode(const struct ipctap_record *record, const struct message_context *context,
                         struct call_message *message);

/** A reply-and-receive or user-buffer call has a message beside its KERNEL_CALL: decodes that. */
bool call_message_decode_inner(const struct call_message *outer, bool is_reply,
                               const struct message_context *context, struct call_message *message);

#endif
