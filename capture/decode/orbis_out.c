/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json_out.h"
#include "orbis_layout.h"

static void out_field(GString *out, const struct sceipmi_field *field, const uint8_t *bytes,
                      size_t length)
{
    uint64_t value = sceipmi_field_get(field, bytes, length);

    if (field->offset + (size_t)field->size > length) {
        out_null(out, field->name);
    } else if (field->kind == SCEIPMI_FIELD_TEXT) {
        g_autofree char *text = g_strndup((const char *)bytes + field->offset, field->size);

        out_string(out, field->name, text);
    } else if (field->kind == SCEIPMI_FIELD_SIGNED || field->kind == SCEIPMI_FIELD_RESULT) {
        out_signed(out, field->name, field->size == 4 ? (int32_t)value : (int64_t)value);
    } else {
        out_number(out, field->name, value);
    }
}

/** {"name", "size", "fields": {…}}. */
static void out_layout(GString *out, const struct orbis_view *view)
{
    const struct sceipmi_layout *layout = orbis_layout(view);

    if (!layout) {
        out_null(out, "block");
        return;
    }
    out_object(out, "block");
    out_string(out, "name", layout->name);
    out_number(out, "size", layout->size);
    out_object(out, "fields");
    for (unsigned int i = 0; i < layout->field_count; i++)
        out_field(out, &layout->field[i], view->bytes, view->length);
    out_object_end(out);
    out_object_end(out);
}

static void out_block(GString *out, const struct orbis_view *view,
                      struct ipcshark_findings *findings)
{
    const struct sceipmi_operation *operation = sceipmi_operation(view->op);
    struct sceipmi_call call = orbis_block_call(view);

    out_number(out, "op", view->op);
    out_string(out, "op_name", operation ? operation->name : NULL);
    if (view->has_kid)
        out_number(out, "kid", view->kid);
    out_layout(out, view);
    sceipmi_block_check(&call, view->bytes, view->length, findings);
}

static void out_call(GString *out, const struct orbis_view *view,
                     struct ipcshark_findings *findings)
{
    const struct sceipmi_operation *operation;
    struct sceipmi_call call = {0};
    char text[128];

    if (sceipmi_call_decode(view->bytes, view->length, &call, findings))
        sceipmi_call_check(&call, findings);
    operation = sceipmi_operation(call.op);
    out_number(out, "op", call.op);
    out_string(out, "op_name", operation ? operation->name : NULL);
    out_number(out, "kid", call.kid);
    out_number(out, "out_pointer", call.out_pointer);
    out_number(out, "in_pointer", call.in_pointer);
    out_number(out, "in_size", call.in_size);
    out_number(out, "cookie", call.cookie);
    out_number(out, "rax", call.rax);
    out_number(out, "out", call.out);
    out_number(out, "valid", call.valid);
    if (call.valid & SCEIPMI_OUT_VALID) {
        orbis_result_format(ORBIS_LAYER_MANAGER, call.out, text, sizeof text);
        out_string(out, "out_name", text);
    }
}

static void out_packet(GString *out, const struct orbis_view *view,
                       struct ipcshark_findings *findings)
{
    struct sceipmi_packet packet = {0};

    sceipmi_packet_decode(view->type, view->bytes, view->length, &packet, findings);
    out_number(out, "type", view->type);
    out_layout(out, view);
    out_array(out, "inputs");
    for (unsigned int i = 0; i < packet.in_captured; i++) {
        out_object(out, NULL);
        out_number(out, "offset", packet.input[i].offset);
        out_number(out, "size", packet.input[i].size);
        out_number(out, "captured", packet.input[i].captured);
        out_object_end(out);
    }
    out_array_end(out);
    out_array(out, "out_capacities");
    for (unsigned int i = 0; i < packet.out_captured; i++)
        out_number(out, NULL, packet.out_capacity[i]);
    out_array_end(out);
}

static void out_data_infos(GString *out, const struct orbis_view *view,
                           struct ipcshark_findings *findings)
{
    struct sceipmi_data_info info;

    (void)findings;
    out_array(out, "data_info");
    for (size_t n = 0; sceipmi_data_info(view->bytes, view->length, n, &info); n++) {
        out_object(out, NULL);
        out_number(out, "data", info.data);
        out_number(out, "size", info.size);
        out_object_end(out);
    }
    out_array_end(out);
}

static void out_buffer_infos(GString *out, const struct orbis_view *view,
                             struct ipcshark_findings *findings)
{
    struct sceipmi_buffer_info info;

    sceipmi_buffer_info_check(view->bytes, view->length, findings);
    out_array(out, "buffer_info");
    for (size_t n = 0; sceipmi_buffer_info(view->bytes, view->length, n, &info); n++) {
        out_object(out, NULL);
        out_number(out, "data", info.data);
        out_number(out, "capacity", info.capacity);
        out_number(out, "written", info.written);
        out_object_end(out);
    }
    out_array_end(out);
}

static void out_type_names(GString *out, uint32_t message_type)
{
    out_object(out, "message_type_names");
    for (int family = 0; family < APPMSG_FAMILY_COUNT; family++) {
        const char *name = appmsg_type_name((enum appmsg_family)family, message_type);

        if (name)
            out_string(out, appmsg_family_name((enum appmsg_family)family), name);
    }
    out_object_end(out);
}

static void out_request(GString *out, const struct orbis_view *view,
                        struct ipcshark_findings *findings)
{
    struct appmsg_request request = {0};

    if (appmsg_request_decode(view->bytes, view->length, &request, findings))
        appmsg_request_check(&request, APPMSG_METHOD_SEND, request.payload_size, findings);
    out_number(out, "app_id", request.app_id);
    out_number(out, "message_type", request.message_type);
    out_type_names(out, request.message_type);
    out_number(out, "payload_size", request.payload_size);
    out_number(out, "flags", request.flags);
    out_number(out, "padding", request.padding);
}

static void out_message(GString *out, const struct orbis_view *view,
                        struct ipcshark_findings *findings)
{
    struct appmsg_message message = {0};

    appmsg_message_decode(view->bytes, view->length, &message, findings);
    out_number(out, "sender", message.sender);
    out_number(out, "message_type", message.message_type);
    out_type_names(out, message.message_type);
    out_hex(out, "payload", message.payload_captured ? view->bytes + message.payload_offset : NULL,
            message.payload_captured);
    if (!message.has_size) {
        out_null(out, "payload_size");
        out_null(out, "timestamp");
        return;
    }
    out_number(out, "payload_size", message.payload_size);
    out_number(out, "padding", message.padding);
    out_number(out, "timestamp", message.timestamp);
}

static void out_appmsg_call(GString *out, const struct orbis_view *view,
                            struct ipcshark_findings *findings)
{
    struct appmsg_call call = {0};

    appmsg_call_decode(view->bytes, view->length, &call, findings);
    out_number(out, "function", call.function);
    out_string(out, "function_name", appmsg_function_name(call.function));
    out_signed(out, "return_value", call.return_value);
    out_number(out, "app_id", call.app_id);
    out_number(out, "message_type", call.message_type);
    out_number(out, "flags", call.flags);
    out_number(out, "clear", call.clear);
    out_number(out, "payload_size", call.payload_size);
    out_number(out, "bits", call.bits);
    out_number(out, "pattern", call.pattern);
    out_number(out, "timestamp", call.timestamp);
    out_number(out, "valid", call.valid);
}

/** A configuration of one of the creates, or another structure, which has no rules. */
static void out_plain(GString *out, const struct orbis_view *view,
                      struct ipcshark_findings *findings)
{
    orbis_check_config(view, findings);
    out_layout(out, view);
}

void orbis_out(GString *out, const struct orbis_view *view)
{
    static void (*const writers[ORBIS_WHAT_COUNT])(GString * out, const struct orbis_view *view,
                                                   struct ipcshark_findings *findings) = {
        [ORBIS_BLOCK] = out_block,
        [ORBIS_CALL] = out_call,
        [ORBIS_PACKET] = out_packet,
        [ORBIS_DATA_INFO] = out_data_infos,
        [ORBIS_BUFFER_INFO] = out_buffer_infos,
        [ORBIS_CLIENT_CONFIG] = out_plain,
        [ORBIS_SERVER_CONFIG] = out_plain,
        [ORBIS_SESSION_CONFIG] = out_plain,
        [ORBIS_PACKET_INFO] = out_plain,
        [ORBIS_APPMSG_REQUEST] = out_request,
        [ORBIS_APPMSG_MESSAGE] = out_message,
        [ORBIS_APPMSG_CALL] = out_appmsg_call,
    };
    struct ipcshark_findings findings = {0};

    out_string(out, "what", orbis_what_name(view->what));
    writers[view->what](out, view, &findings);
    out_hex(out, "hex", view->bytes, view->length);
    out_findings(out, &findings);
}
