/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file horizon.h
 * The dissectors of Horizon messages: HIPC, CMIF or TIPC on it. horizon.c decodes with the codecs
 * and calls, in this order: horizon_track() (first pass: what the message means to sessions and
 * objects), the trees, horizon_info().
 */
#ifndef PLUGIN_HORIZON_H
#define PLUGIN_HORIZON_H

#include "handles.h"
#include "known_command.h"
#include "state.h"

#include <ipcshark/arguments.h>
#include <ipcshark/cmif.h>
#include <ipcshark/htipc.h>
#include <ipcshark/names.h>

enum horizon_protocol {
    HORIZON_NOTHING, /**< No message, or one that holds neither. */
    HORIZON_CMIF,
    HORIZON_TIPC,
};

/**
 * What is remembered of a message, spread out of its record_memo by horizon_memo.c. Strings in file
 * scope.
 */
struct horizon_memo {
    enum horizon_protocol protocol;
    bool is_domain;
    bool is_control;
    const char *service;        /**< NULL: unknown session. */
    const char *interface_name; /**< As known, with namespaces; NULL unknown. */
    const char *object_path;    /**< "IFile#5"; NULL if there is none. */
    struct session *session;
    struct session_object *object;
    const struct known_command *known; /**< NULL: no command. */
    const char *command;   /**< Its name: "OpenFile", "command 18"; NULL if there is none. */
    const char *argument;  /**< The name that sm: is asked for, quoted; or NULL. */
    const char *outcome;   /**< Of a reply: "IFile#5", "handle 0x12 is fsp-srv"; or NULL. */
    const char *requested; /**< sm: the service named in the request; or NULL. */
    const char *file;      /**< Name of what the request opens; or NULL. */
    uint32_t copied_id;    /**< CopyFromCurrentDomain: the object. */
    const struct record_memo *answers; /**< Of a reply within ReplyAndReceive: its request. */
};

/** A message on its way through the dissectors. */
struct horizon_message {
    const struct call_context *context;
    packet_info *pinfo;
    proto_tree *top;
    tvbuff_t *tvb; /**< The message; NULL if the record has none. */
    const uint8_t *bytes;
    size_t length;
    bool is_server;   /**< The record shows the server's side. */
    bool is_prepared; /**< No message yet: what ReplyAndReceive is entered with, no reply. */
    bool is_fragment; /**< From the domain or CMIF header on: no HIPC header is known. */
    enum hipc_direction direction;
    struct hipc_message hipc;
    struct cmif_message cmif;
    struct htipc_message tipc;
    struct horizon_memo memo;
    const struct horizon_memo *request; /**< Of a reply: what it answers, or NULL. */
    struct horizon_memo asked;          /**< Room for it. */
    struct handle_list *handles;        /**< While it is tracked, if it has any; else NULL. */
    struct ipcshark_findings hipc_findings;
    struct ipcshark_findings findings; /**< Of CMIF or TIPC. */
};

/** A reply by phase, or where that is unknown by its type. */
bool horizon_is_reply(const struct horizon_message *message);

/** The handle that the message goes through, as the record's process knows it; 0 unknown. */
uint32_t horizon_handle(const struct horizon_message *message);

/** The result that the caller sees: the kernel's if that failed, else the service's. */
bool horizon_result(const struct horizon_message *message, uint32_t *result);

/** horizon_memo.c: spreads out what a record's memo has; `target` is the memo's, or what is being
 *  learnt. */
void horizon_memo_load(struct horizon_memo *memo, const struct record_memo *from,
                       const struct record_target *target);
/** The number of the command that was called, 0 for none. */
static inline uint32_t horizon_method_id(const struct horizon_memo *memo)
{
    return memo->known ? memo->known->id : 0;
}

/** "IFile#5": the object of a reply that gives one and nothing else; NULL of others. */
const char *horizon_opened_object(const struct horizon_message *message);

/** Puts it into the record's memo. First pass. */
void horizon_memo_keep(const struct horizon_message *message);

/** horizon_decode.c: CMIF or TIPC, plain or domain. Fills in everything but the names. */
void horizon_decode(struct horizon_message *message);

/** horizon_track.c: the request's or reply's effect; makes message->memo. First pass only. */
void horizon_track_request(struct horizon_message *message);
void horizon_track_reply(struct horizon_message *message);

/** False if the user has disabled CMIF or TIPC, whichever is in the message. */
bool horizon_shows_payload(const struct horizon_message *message);

/** horizon_info.c */
void horizon_info(const struct horizon_message *message);

/** horizon_arguments.c: arguments by the command's description. */
void horizon_arguments_register(void);
/** Adds to message->findings. */
void horizon_check_arguments(struct horizon_message *message);
void horizon_add_arguments(const struct horizon_message *message, proto_tree *tree);
/**
 * Adds "path=\"/x\", mode=1" to Info, of a reply behind a comma, if there is anything to add. False
 * if the command is not described.
 */
bool horizon_info_arguments(const struct horizon_message *message);

/** Trees. */
void hipc_register(void);
proto_tree *hipc_add_tree(const struct horizon_message *message);
void cmif_register(void);
void cmif_add_tree(const struct horizon_message *message);
void htipc_register(void);
void htipc_add_tree(const struct horizon_message *message);

struct horizon_result_fields {
    int result, module, description;
};

/** The result code with its name, below it module and description (hipc_tree.c). */
void horizon_add_result(proto_tree *tree, const struct horizon_result_fields *fields, tvbuff_t *tvb,
                        uint32_t offset, uint32_t result);

#endif
