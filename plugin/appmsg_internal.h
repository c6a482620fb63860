/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file appmsg_internal.h
 * App Messaging: what the IPMI dissector hands over (a request, a delivered message), and what the
 * files of this dissector share.
 */
#ifndef PLUGIN_APPMSG_INTERNAL_H
#define PLUGIN_APPMSG_INTERNAL_H

#include "plugin.h"

#include <ipcshark/appmsg.h>

#define APPMSG_PROTOCOL "APPMSG"

/** Both clocks of a source read together, in nanoseconds. */
struct appmsg_clock {
    bool known;
    uint64_t monotonic;
    uint64_t unix_time;
};

/** The clocks that the record's source last told, from a CLOCK_PAIR section; file scope, never
 *  NULL. First pass only. */
const struct appmsg_clock *appmsg_clock_of(const struct call_context *context);
/** What it is while none has told any. */
const struct appmsg_clock *appmsg_no_clock(void);

/** appmsg_apps.c: whose app id the record's process has. First pass. */
void appmsg_learn_app(const struct call_context *context);
/** "eboot.bin (pid 82)", as far as it was known then; NULL unknown. */
const char *appmsg_app_process(const struct call_context *context, uint32_t id);
/** Adds "0x60000002 eboot.bin (pid 82)" to Info. */
void appmsg_add_app_text(const struct call_context *context, uint32_t id);
/** Adds the field of a destination or sender, with its process. */
void appmsg_add_app(const struct call_context *context, proto_tree *tree, int field, tvbuff_t *tvb,
                    int offset, uint32_t id);

/** A send request: in[0] and in[1] of methods 0 to 2; `payload` NULL if it was not captured. */
void appmsg_add_request(const struct call_context *context, proto_tree *top, tvbuff_t *request,
                        tvbuff_t *payload, uint32_t method);

/** A SceAppMessage out of a queue. */
void appmsg_add_message(const struct call_context *context, proto_tree *top, tvbuff_t *message,
                        const struct appmsg_clock *clock);

/** Adds "app 0x60000002, type 0x1000001 GAME_CUSTOM_DATA, "Hello World."" of a request to Info,
 *  whose payload is NULL if it was not captured. */
void appmsg_info_request(const struct call_context *context, const uint8_t *bytes, size_t length,
                         const uint8_t *payload, size_t payload_length);

/** Adds "from app 0x60000001, type …, "Hello World."" of a message. */
void appmsg_info_message(const struct call_context *context, const uint8_t *bytes, size_t length);

struct appmsg_fields {
    int method;
    int function;
    int return_value;
    int return_name;
    int destination;
    int sender;
    int destination_process;
    int sender_process;
    int type;
    int type_name;
    int payload_size;
    int flags;
    int flag_overwrite;
    int flag_other;
    int padding;
    int payload;
    int text;
    int stale;
    int clear;
    int bits;
    int pattern;
    int timestamp;
    int time;
    int valid;
    int valid_return;
    int valid_pattern;
    int valid_timestamp;
};

struct appmsg_subtrees {
    int protocol;
    int flags;
    int bits;
    int valid;
    int payload;
};

extern struct appmsg_fields appmsg_field;
extern struct appmsg_subtrees appmsg_subtree;

/** The event bits' fields, for proto_tree_add_bitmask_value(). */
extern int *const *appmsg_event_fields;

void appmsg_register_fields(int protocol);
void appmsg_apps_register(void);

/** In the packet list and the packet's layers. */
void appmsg_note_protocol(const struct call_context *context);

/** The protocol's item and subtree over some bytes; NULL if nobody wants trees. */
proto_tree *appmsg_add_protocol(const struct call_context *context, proto_tree *top, tvbuff_t *tvb);

/** Whose names the message types get (a preference). */
enum appmsg_family appmsg_preferred_family(void);

/** Adds a result of one of the console's layers: "ok", "0x80C50007 NO_SUCH_APP". */
void appmsg_add_result(struct text *text, enum orbis_result_layer layer, uint32_t result);

/** Adds "0x1000001 GAME_CUSTOM_DATA". */
void appmsg_add_type_text(struct text *text, uint32_t type);

/* appmsg_tree.c: pieces that requests, messages and calls have in common. */
void appmsg_add_type(proto_tree *tree, tvbuff_t *tvb, int offset, uint32_t type);
void appmsg_add_flags(proto_tree *tree, tvbuff_t *tvb, int offset, uint32_t flags);
void appmsg_add_events(proto_tree *tree, tvbuff_t *tvb, int field, int offset, uint64_t bits);
void appmsg_add_timestamp(proto_tree *tree, tvbuff_t *tvb, int offset, uint64_t microseconds,
                          const struct appmsg_clock *clock);

/** The payload: to whom "appmsg.type" gives it, else JSON and text to Wireshark's own
 *  dissectors. */
void appmsg_add_payload(const struct call_context *context, proto_tree *tree, tvbuff_t *payload,
                        uint32_t type);

#endif
