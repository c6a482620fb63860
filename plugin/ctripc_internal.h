/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ctripc_internal.h
 * What the files of the 3DS dissector share: the fields, one message on its way through, and what
 * is remembered of a call.
 */
#ifndef PLUGIN_CTRIPC_INTERNAL_H
#define PLUGIN_CTRIPC_INTERNAL_H

#include "arguments.h"
#include "handles.h"
#include "known_command.h"

#include <ipcshark/contents.h>
#include <ipcshark/ctripc.h>

/** The service of a session that nothing is known about. */
#define CTRIPC_UNKNOWN "unknown session"

/** Registered field numbers, in the order of the filter names in ctripc_fields.c. */
struct ctripc_fields {
    int service;
    int command;
    int session_opened_in;
    int session_closed_in;
    int file;
    int header;
    int command_id;
    int reserved;
    int normal_count;
    int translate_words;
    int normal;
    int result;
    int result_level;
    int result_summary;
    int result_module;
    int result_description;
    int result_name;
    int translate;
    int offset;
    int kind;
    int descriptor;
    int handle_count;
    int handle_is_move;
    int handle_is_process_id;
    int handle;
    int opened_service;
    int process_id;
    int static_id;
    int static_size;
    int static_address;
    int pxi_id;
    int pxi_read_only;
    int pxi_size;
    int pxi_address;
    int mapped_size;
    int mapped_read;
    int mapped_write;
    int mapped_address;
    int contents;
    int text;
    int slot;
    int slot_descriptor;
    int slot_address;
    int beyond;
    int fragment;
};

struct ctripc_subtrees {
    int protocol;
    int header;
    int result;
    int translate;
    int descriptor;
    int table;
    int slot;
};

extern struct ctripc_fields ctripc_field;
extern struct ctripc_subtrees ctripc_subtree;

/** Registers ctripc_field and ctripc_subtree for a protocol. */
void ctripc_register_fields(int protocol);

/** What is remembered of one message, spread out of its record_memo. Strings in file scope. */
struct ctripc_memo {
    const char *service;               /**< NULL: unknown session. */
    const struct session *session;     /**< NULL unknown. */
    const struct known_command *known; /**< By the message's own command id. */
    const char *opens;          /**< Request: what a handle in the reply will stand for, or NULL. */
    const char *opens_file;     /**< Request: name of what `opens` is opened for, or NULL. */
    const char *opened_service; /**< Reply: what its handle stands for, or NULL. */
    bool opens_port;            /**< The reply's handle is a port's. */
};

/** One message on its way through the dissector. */
struct ctripc_view {
    const struct call_context *context;
    proto_tree *tree; /**< The protocol's; NULL if nobody looks. */
    tvbuff_t *tvb;    /**< The words. */
    const uint8_t *bytes;
    size_t length;
    enum ctripc_direction direction;
    struct ctripc_message message;
    struct ctripc_memo memo;
    const struct ctripc_memo *request; /**< A reply's request, NULL if not captured. */
    struct ctripc_memo asked;          /**< Room for it. */
};

/** A word of the message, 0 past its end. */
static inline uint32_t ctripc_view_word(const struct ctripc_view *view, size_t n)
{
    return ctripc_word(view->bytes, view->length, n);
}

/** Whether the first normal word is a result: in every reply, by convention. */
static inline bool ctripc_has_result(const struct ctripc_view *view)
{
    return view->direction == CTRIPC_REPLY && view->message.normal_captured > 0;
}

/** ctripc_tree.c: header, normal words, translate parameters, what lies behind. */
void ctripc_add_message(const struct ctripc_view *view);

/** ctripc_tree.c: the static buffer table of a RECEIVE_CONTEXT section. */
void ctripc_add_static_table(proto_tree *tree, tvbuff_t *tvb, packet_info *pinfo);

/** ctripc_memo.c: spreads out what a record's memo has; `target` is the memo's, or what is being
 *  learnt. */
void ctripc_memo_load(struct ctripc_memo *memo, const struct record_memo *from,
                      const struct record_target *target);
/** Puts it into the record's memo. First pass. */
void ctripc_memo_keep(const struct ctripc_view *view);

/** ctripc_sessions.c: finds view->memo; the first pass makes it and updates the sessions. */
void ctripc_remember(struct ctripc_view *view);

/** ctripc_arguments.c: the arguments by the command's description, as far as there is one. */
void ctripc_arguments_register(void);
void ctripc_add_arguments(const struct ctripc_view *view);
/** To Info, behind `before` if there is any; false if the command is not described. */
bool ctripc_info_arguments(const struct ctripc_view *view, const char *before);
void ctripc_check_arguments(const struct ctripc_view *view, struct ipcshark_findings *findings);

/** ctripc_info.c: the Info column's text. */
void ctripc_add_info(const struct ctripc_view *view);

/** ctripc_info.c: "OpenFile", or the number in hexadecimal; packet scope. */
const char *ctripc_command_text(const struct ctripc_view *view);

#endif
