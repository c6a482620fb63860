/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sceipmi_appmsg.c
 * App Messaging inside IPMI: requests among a call's inputs and in received packets, messages in
 * queues. Only the service's name tells; the shape of the bytes never does.
 */
#include "sceipmi_internal.h"

#include <string.h>

static dissector_handle_t inner_handle;
static int proto_appmsg = -1;

/** A send's request and payload, wherever they lie. */
struct request_parts {
    tvbuff_t *request;
    tvbuff_t *payload;
    const uint8_t *bytes; /**< Of the request. */
    size_t length;
    const uint8_t *payload_bytes; /**< NULL: not captured. */
    size_t payload_length;
};

bool sceipmi_is_app_messaging(const struct sceipmi_view *view)
{
    return view->memo.service && strcmp(view->memo.service, APPMSG_SERVICE) == 0;
}

static void set_payload(struct request_parts *parts, tvbuff_t *tvb, const uint8_t *bytes,
                        size_t length)
{
    parts->payload = tvb;
    parts->payload_bytes = bytes;
    parts->payload_length = length;
}

static bool parts_of_inputs(const struct sceipmi_view *view, struct request_parts *parts)
{
    struct record_section request, payload;

    if (!record_section(view->context, IPCTAP_IPMI_IN, 0, &request))
        return false;
    parts->request = request.tvb;
    parts->bytes = request.view.bytes;
    parts->length = request.view.captured_size;
    if (record_section(view->context, IPCTAP_IPMI_IN, 1, &payload))
        set_payload(parts, payload.tvb, payload.view.bytes, payload.view.captured_size);
    return true;
}

/** Without trees nobody looks at it. */
static tvbuff_t *packet_input(const struct sceipmi_view *view, uint32_t n)
{
    const struct sceipmi_packet_input *input = &view->packet.input[n];
    tvbuff_t *packet = view->packet_section.tvb;

    if (!view->context->wants_trees)
        return packet;
    return tvb_new_subset_length(packet, (int)input->offset, (int)input->captured);
}

static bool parts_of_packet(const struct sceipmi_view *view, struct request_parts *parts)
{
    if (!view->packet.in_captured)
        return false;
    parts->request = packet_input(view, 0);
    parts->bytes = view->packet_section.view.bytes + view->packet.input[0].offset;
    parts->length = view->packet.input[0].captured;
    if (view->packet.in_captured > 1)
        set_payload(parts, packet_input(view, 1),
                    view->packet_section.view.bytes + view->packet.input[1].offset,
                    view->packet.input[1].captured);
    return true;
}

static bool find_request(const struct sceipmi_view *view, struct request_parts *parts)
{
    memset(parts, 0, sizeof *parts);
    if (!view->memo.method || view->memo.method->id > APPMSG_METHOD_SEND_TO_SHELL_UI)
        return false;
    return view->has_packet ? parts_of_packet(view, parts) : parts_of_inputs(view, parts);
}

struct inner {
    const struct sceipmi_view *view;
    struct request_parts parts;
    struct record_section message;
    bool has_request;
    bool has_message;
};

static int dissect_inner(tvbuff_t *tvb, packet_info *pinfo _U_, proto_tree *tree, void *data)
{
    const struct inner *inner = (const struct inner *)data;
    const struct sceipmi_view *view = inner->view;

    if (inner->has_request)
        appmsg_add_request(view->context, tree, inner->parts.request, inner->parts.payload,
                           view->memo.method->id);
    if (inner->has_message)
        appmsg_add_message(view->context, tree, inner->message.tvb, view->memo.clock);
    return (int)tvb_captured_length(tvb);
}

/* By handle: "Protocols in frame" has it then, and Enabled Protocols turns it off. */
void sceipmi_add_app_messaging(const struct sceipmi_view *view)
{
    const struct call_context *context = view->context;
    struct inner inner;

    if (!sceipmi_is_app_messaging(view))
        return;
    inner.view = view;
    inner.has_request = find_request(view, &inner.parts);
    inner.has_message = sceipmi_message(view, &inner.message);
    if (!inner.has_request && !inner.has_message)
        return;
    if (context->wants_trees)
        call_dissector_only(inner_handle, context->tvb, context->pinfo, view->top, &inner);
    else if (proto_is_protocol_enabled(find_protocol_by_id(proto_appmsg)))
        appmsg_note_protocol(context);
}

void sceipmi_app_messaging_handoff(void)
{
    proto_appmsg = proto_get_id_by_filter_name("appmsg");
    inner_handle = create_dissector_handle(dissect_inner, proto_appmsg);
}

bool sceipmi_info_app_messaging(const struct sceipmi_view *view, const char *before)
{
    struct text *info = view->context->info;
    struct request_parts parts;
    struct record_section message;

    if (!sceipmi_is_app_messaging(view) ||
        !proto_is_protocol_enabled(find_protocol_by_id(proto_appmsg)))
        return false;
    if (find_request(view, &parts)) {
        text_add(info, before);
        appmsg_info_request(view->context, parts.bytes, parts.length, parts.payload_bytes,
                            parts.payload_length);
        return true;
    }
    if (!sceipmi_message(view, &message))
        return false;
    text_add(info, before);
    appmsg_info_message(view->context, message.view.bytes, message.view.captured_size);
    return true;
}
