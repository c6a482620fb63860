/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file appmsg_message.c The send request and the received message. */
#include "appmsg_internal.h"

/** Offsets in the request (24 bytes) and, for the first two, in the message (0x2018). */
enum request_offset {
    APP_ID_OFFSET = 0,
    TYPE_OFFSET = 4,
    SIZE_OFFSET = 8,
    FLAGS_OFFSET = 0x10,
    PADDING_OFFSET = 0x14,
};

#define MESSAGE_PADDING_OFFSET 0x200C

static const uint8_t *bytes_of(tvbuff_t *tvb)
{
    int length = (int)tvb_captured_length(tvb);

    return length ? tvb_get_ptr(tvb, 0, length) : (const uint8_t *)"";
}

/* ---- Request ---- */

static void add_request_fields(const struct call_context *context, proto_tree *tree, tvbuff_t *tvb,
                               const struct appmsg_request *request)
{
    appmsg_add_app(context, tree, appmsg_field.destination, tvb, APP_ID_OFFSET, request->app_id);
    appmsg_add_type(tree, tvb, TYPE_OFFSET, request->message_type);
    proto_tree_add_uint64(tree, appmsg_field.payload_size, tvb, SIZE_OFFSET, 8,
                          request->payload_size);
    appmsg_add_flags(tree, tvb, FLAGS_OFFSET, request->flags);
    proto_tree_add_uint(tree, appmsg_field.padding, tvb, PADDING_OFFSET, 4, request->padding);
}

static void add_request(const struct call_context *context, proto_tree *tree, tvbuff_t *tvb,
                        tvbuff_t *payload, uint32_t method)
{
    struct ipcshark_findings findings = {0};
    size_t length = tvb_captured_length(tvb);
    struct appmsg_request request = {0};

    plugin_add_generated_string(tree, appmsg_field.method, tvb, appmsg_method_name(method));
    if (appmsg_request_decode(bytes_of(tvb), length, &request, &findings)) {
        add_request_fields(context, tree, tvb, &request);
        if (payload)
            appmsg_request_check(&request, method, tvb_reported_length(payload), &findings);
    }
    plugin_add_findings(context->pinfo, tree, tvb, &findings);
    if (payload)
        appmsg_add_payload(context, tree, payload, request.message_type);
}

void appmsg_add_request(const struct call_context *context, proto_tree *top, tvbuff_t *tvb,
                        tvbuff_t *payload, uint32_t method)
{
    appmsg_note_protocol(context);
    if (context->wants_trees)
        add_request(context, appmsg_add_protocol(context, top, tvb), tvb, payload, method);
}

/** "app 0x60000002, type 0x1000001 GAME_CUSTOM_DATA, " */
static void info_head(const struct call_context *context, const char *before, uint32_t app_id,
                      uint32_t type)
{
    struct text *info = context->info;

    text_add(info, before);
    appmsg_add_app_text(context, app_id);
    text_add(info, ", type ");
    appmsg_add_type_text(info, type);
    text_add(info, ", ");
}

void appmsg_info_request(const struct call_context *context, const uint8_t *bytes, size_t length,
                         const uint8_t *payload, size_t payload_length)
{
    struct text *info = context->info;
    struct appmsg_request request = {0};

    if (!appmsg_request_decode(bytes, length, &request, NULL)) {
        text_add(info, "request cut off");
        return;
    }
    info_head(context, "app ", request.app_id, request.message_type);
    plugin_info_contents(context, payload, payload_length, request.payload_size);
}

/* ---- Message ---- */

/** What lies between the payload's end and the fields behind it. */
static void add_stale(proto_tree *tree, tvbuff_t *tvb, const struct appmsg_message *message)
{
    int start = APPMSG_PAYLOAD_OFFSET + (int)message->payload_captured;
    int end = MIN((int)tvb_captured_length(tvb), APPMSG_PAYLOAD_SIZE_OFFSET);

    if (start < end)
        proto_tree_add_item(tree, appmsg_field.stale, tvb, start, end - start, ENC_NA);
}

static void add_message_end(proto_tree *tree, tvbuff_t *tvb, const struct appmsg_message *message,
                            const struct appmsg_clock *clock)
{
    int length = (int)tvb_captured_length(tvb);

    if (!message->has_size)
        return;
    proto_tree_add_uint64(tree, appmsg_field.payload_size, tvb, APPMSG_PAYLOAD_SIZE_OFFSET, 4,
                          message->payload_size);
    if (length >= MESSAGE_PADDING_OFFSET + 4)
        proto_tree_add_uint(tree, appmsg_field.padding, tvb, MESSAGE_PADDING_OFFSET, 4,
                            message->padding);
    if (length >= APPMSG_TIMESTAMP_OFFSET + 8)
        appmsg_add_timestamp(tree, tvb, APPMSG_TIMESTAMP_OFFSET, message->timestamp, clock);
}

static void add_message_fields(const struct call_context *context, proto_tree *tree, tvbuff_t *tvb,
                               const struct appmsg_message *message,
                               const struct appmsg_clock *clock)
{
    appmsg_add_app(context, tree, appmsg_field.sender, tvb, APP_ID_OFFSET, message->sender);
    appmsg_add_type(tree, tvb, TYPE_OFFSET, message->message_type);
    appmsg_add_payload(
        context, tree,
        tvb_new_subset_length(tvb, (int)message->payload_offset, (int)message->payload_captured),
        message->message_type);
    add_stale(tree, tvb, message);
    add_message_end(tree, tvb, message, clock);
}

static void add_message(const struct call_context *context, proto_tree *tree, tvbuff_t *tvb,
                        const struct appmsg_clock *clock)
{
    struct ipcshark_findings findings = {0};
    size_t length = tvb_captured_length(tvb);
    struct appmsg_message message = {0};

    if (appmsg_message_decode(bytes_of(tvb), length, &message, &findings))
        add_message_fields(context, tree, tvb, &message, clock);
    plugin_add_findings(context->pinfo, tree, tvb, &findings);
}

void appmsg_add_message(const struct call_context *context, proto_tree *top, tvbuff_t *tvb,
                        const struct appmsg_clock *clock)
{
    appmsg_note_protocol(context);
    if (context->wants_trees)
        add_message(context, appmsg_add_protocol(context, top, tvb), tvb, clock);
}

void appmsg_info_message(const struct call_context *context, const uint8_t *bytes, size_t length)
{
    struct text *info = context->info;
    struct appmsg_message message = {0};

    if (!appmsg_message_decode(bytes, length, &message, NULL)) {
        text_add(info, "message cut off");
        return;
    }
    info_head(context, "from app ", message.sender, message.message_type);
    plugin_info_contents(context, bytes + message.payload_offset, message.payload_captured,
                         message.has_size ? message.payload_size : message.payload_captured);
}
