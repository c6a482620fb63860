/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sceipmi_internal.h
 * What the files of the IPMI dissector share: fields, one manager call on its way through, what is
 * remembered of it.
 */
#ifndef PLUGIN_SCEIPMI_INTERNAL_H
#define PLUGIN_SCEIPMI_INTERNAL_H

#include "appmsg_internal.h"
#include "known_command.h"
#include "plugin.h"

#include <ipcshark/appmsg.h>
#include <ipcshark/sceipmi.h>

/** Registered numbers of the fields that no layout describes. */
struct sceipmi_fields {
    int service;
    int op;
    int operation;
    int confidence;
    int kid;
    int kid_kind;
    int kid_made_in;
    int kid_destroyed_in;
    int client;
    int server;
    int other_kid;
    int out_pointer;
    int in_pointer;
    int in_size;
    int cookie;
    int rax;
    int out;
    int valid;
    int valid_rax;
    int valid_carry;
    int valid_out;
    int error;
    int new_kid;
    int method_name;
    int result_name;
    int block;
    int block_rest;
    int input;
    int input_address;
    int input_size;
    int output;
    int output_address;
    int output_capacity;
    int output_written;
    int contents;
    int text;
    int name;
    int message;
    int user_data;
    int config;
    int packet;
    int packet_info;
    int packet_type;
    int packet_input_size;
    int packet_output_capacity;
    int scalar;
    int invoke_frame;
    int receive_frame;
    int respond_frame;
    int result_frame;
    int set_frame;
    int send_frame;
    int fetch_frame;
};

struct sceipmi_subtrees {
    int protocol;
    int valid;
    int layout;
    int list;
    int entry;
    int packet;
};

extern struct sceipmi_fields sceipmi_field_number;
extern struct sceipmi_subtrees sceipmi_subtree;

void sceipmi_register_fields(int protocol);

/* ---- Fields of the codec's layouts (sceipmi_layout.c) ---- */

/**
 * Registers one filter per name in the codec's tables: "sceipmi.NAME", for a pointer
 * "sceipmi.pointer.NAME". A name that several layouts have is one filter, as wide as the widest.
 */
void sceipmi_register_layouts(int protocol);

/** What the values of a layout mean beyond their numbers. */
struct sceipmi_meaning {
    const char *service;              /**< For names of methods; NULL unknown. */
    enum orbis_result_layer layer;    /**< Of fields of kind SCEIPMI_FIELD_RESULT. */
    const struct sceipmi_kid *client; /**< That a packet is from; NULL unknown. */
};

/** Adds a layout's fields, as far as they were captured, below `tree`. */
void sceipmi_add_layout(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb,
                        const struct sceipmi_layout *layout, const uint8_t *bytes, size_t length,
                        const struct sceipmi_meaning *meaning);

/** Adds the bytes behind a pointer (IPMI_SCALAR) under the filter "sceipmi.NAME". */
proto_item *sceipmi_add_scalar(proto_tree *tree, tvbuff_t *tvb, uint16_t index, uint64_t value);

/* ---- One call ---- */

/** One method call or connection in client and server. Frame numbers are 0 while unknown. */
struct sceipmi_link {
    struct session *client; /**< NULL unknown. */
    uint32_t invoke_frame;
    uint32_t receive_frame;
    uint32_t respond_frame;
    uint32_t result_frame; /**< Asynchronous: where the client got the result. */
    uint32_t method;
    int16_t event_flag; /**< Asynchronous: set when the result is there; -1 none. */
    bool has_returned;  /**< The client's call. */
};

/** What a kid is: its session's `detail`. File scope. */
struct sceipmi_kid {
    const char *process;          /**< Whose it is: "eboot.bin (pid 82)". */
    struct session *peer;         /**< A client's session, a session's client; NULL unknown. */
    struct sceipmi_link *connect; /**< A client's last connection; NULL: not captured. */
    uint32_t peer_frame;          /**< Since when `peer` is known. */
    uint32_t number;
    uint8_t kind; /**< enum sceipmi_object, 0 unknown. */
};

/** One message in a queue. */
struct sceipmi_delivery {
    uint32_t send_frame;
    uint32_t fetch_frame;          /**< 0 while unknown. */
    struct sceipmi_delivery *next; /**< Sent later, of equal bytes. */
    struct sceipmi_delivery *last; /**< Of the oldest that waits: the end of this list. */
};

/** What is remembered of one manager call, spread out of its record_memo. In file scope. */
struct sceipmi_memo {
    const char *service;                /**< Of the kid; of a create: the name. NULL unknown. */
    uint8_t kid_kind;                   /**< enum sceipmi_object, 0 unknown. */
    const struct session *session;      /**< The kid; NULL unknown. */
    const struct known_command *method; /**< NULL unknown, or none. */
    struct sceipmi_link *link;          /**< NULL: no method call. */
    uint32_t event_flag;                /**< Of a wait for one: its index. */
    uint32_t set_frame;                 /**< Where the event flag was set; 0 unknown. */
    struct sceipmi_delivery *delivery;  /**< NULL: no message, or its sending was not captured. */
    const struct appmsg_clock *clock;   /**< Never NULL. */
};

struct sceipmi_view {
    const struct call_context *context;
    proto_tree *top;  /**< The packet's. */
    proto_tree *tree; /**< The protocol's; NULL if nobody looks. */
    tvbuff_t *tvb;    /**< The IPMI_CALL section. */
    struct sceipmi_call call;
    const struct sceipmi_operation *operation; /**< NULL: unknown number. */
    struct record_section block;
    bool has_block;
    struct sceipmi_packet packet;
    struct record_section packet_section;
    bool has_packet;
    struct sceipmi_memo memo;
    const struct sceipmi_memo *request; /**< An exit's enter; NULL if not captured. */
    struct sceipmi_memo asked;          /**< Room for it. */
};

/** A field of the parameter block by name; 0 if the call has none such or it was not captured. */
uint64_t sceipmi_argument(const struct sceipmi_view *view, const char *name);

/** A scalar behind a pointer; false if it was not captured. */
bool sceipmi_scalar(const struct sceipmi_view *view, uint16_t index, uint64_t *value);

/** The message that the call puts into a queue or takes out; false if none was captured. */
bool sceipmi_message(const struct sceipmi_view *view, struct record_section *section);

/** Whether this call's kid, or the request in its packet, is App Messaging's. */
bool sceipmi_is_app_messaging(const struct sceipmi_view *view);

/** "InvokeSyncMethod", or the number; packet scope. */
const char *sceipmi_operation_text(const struct sceipmi_view *view);

/** "SendMsg", or the number; packet scope; NULL for a call without method. */
const char *sceipmi_method_text(const struct sceipmi_view *view);

/** "client"; NULL for 0. */
const char *sceipmi_kid_kind_name(uint32_t kind);

/** Whether `*out` is a new kid. */
bool sceipmi_is_create(uint32_t op);

/** sceipmi_appmsg.c: what the call carries for App Messaging; does nothing for other services. */
void sceipmi_add_app_messaging(const struct sceipmi_view *view);
void sceipmi_app_messaging_handoff(void);

/** sceipmi_appmsg.c: adds the request or message to Info, behind `before`; false if there is
 *  none. */
bool sceipmi_info_app_messaging(const struct sceipmi_view *view, const char *before);

/** sceipmi_tree.c: everything that the record has. */
void sceipmi_add_call(const struct sceipmi_view *view, struct ipcshark_findings *findings);
void sceipmi_add_block(const struct sceipmi_view *view);
void sceipmi_add_buffers(const struct sceipmi_view *view);
void sceipmi_add_packet(const struct sceipmi_view *view);
void sceipmi_add_others(const struct sceipmi_view *view);

/** sceipmi_memo.c: finds view->memo and what it answers. */
void sceipmi_memo_load(struct sceipmi_view *view);
/** Puts view->memo into the record's memo. First pass. */
void sceipmi_memo_keep(const struct sceipmi_view *view);

/** sceipmi_sessions.c: the first pass fills in view->memo and updates the kids. */
void sceipmi_remember(struct sceipmi_view *view);
/** The method of that number of the memo's service. */
void sceipmi_set_method(const struct sceipmi_view *view, struct sceipmi_memo *memo,
                        uint32_t number);

/** sceipmi_kids.c: what a kid is, and whose the other end of its connection. First pass. */
void sceipmi_kids_register(void);
struct sceipmi_kid *sceipmi_kid_set(struct session *session, uint32_t number, uint8_t kind,
                                    const char *process);
/** Of the kid that the call is made on; its kind may follow from the call. */
struct sceipmi_kid *sceipmi_kid_get(const struct sceipmi_view *view, struct session *session);
/** The client that a received packet is from; NULL if it names none. */
struct session *sceipmi_packet_client(const struct sceipmi_view *view);
/** Its kid, 0 unknown. */
uint32_t sceipmi_packet_client_kid(const struct sceipmi_view *view);
void sceipmi_join_ends(const struct sceipmi_view *view, struct sceipmi_memo *memo);

/** On every pass. NULL unknown. */
const struct sceipmi_kid *sceipmi_kid_of(const struct session *session);
/** The other end of the kid's connection, as far as it was known then. */
const struct sceipmi_kid *sceipmi_peer_of(const struct sceipmi_view *view);
/** Likewise, or the client that the packet is from. */
const struct sceipmi_kid *sceipmi_other_end(const struct sceipmi_view *view);
void sceipmi_add_other_end(const struct sceipmi_view *view);
/** " (session with eboot.bin (pid 82), made in frame 17)" behind the kid's item. */
void sceipmi_describe_kid(const struct sceipmi_view *view, proto_item *item);

/** sceipmi_links.c: joins invoke, packet and response; first pass only. Then their frames. */
void sceipmi_links_register(void);
void sceipmi_link(const struct sceipmi_view *view, struct sceipmi_memo *memo);
/** A call of that client (NULL unknown). File scope. */
struct sceipmi_link *sceipmi_link_new(struct session *client);
void sceipmi_add_links(const struct sceipmi_view *view);

/** sceipmi_events.c: joins setting and waiting; first pass only. Then the frame. */
void sceipmi_events_register(void);
void sceipmi_join_event(const struct sceipmi_view *view, struct sceipmi_memo *memo);
void sceipmi_add_event(const struct sceipmi_view *view);

/** An exit whose results say that the call went well. */
bool sceipmi_succeeded(const struct sceipmi_view *view);

/** sceipmi_messages.c: joins sending and fetching; first pass only. Then their frames. */
void sceipmi_messages_register(void);
void sceipmi_join_message(const struct sceipmi_view *view, struct sceipmi_memo *memo);
void sceipmi_add_delivery(const struct sceipmi_view *view);

/** sceipmi_info.c: the Info column's text. */
void sceipmi_fill_tap(const struct sceipmi_view *view);
/** What the caller gets, in words; NULL of a call that has not returned. Packet scope. */
const char *sceipmi_result_text(const struct sceipmi_view *view);
void sceipmi_add_info(const struct sceipmi_view *view);
/** The error that the call ended with, if it failed, as a field. */
void sceipmi_add_error(const struct sceipmi_view *view);

#endif
