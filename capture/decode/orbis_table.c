/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "orbis_layout.h"

#define X64 "0x%" G_GINT64_MODIFIER "x"

/** The same facts as the JSON, one a line: these structures are tables of fields already. */
static void add_fields(struct table *table, const struct orbis_view *view)
{
    const struct sceipmi_layout *layout = orbis_layout(view);

    for (unsigned int i = 0; layout && i < layout->field_count; i++) {
        const struct sceipmi_field *field = &layout->field[i];
        uint64_t value = sceipmi_field_get(field, view->bytes, view->length);
        bool is_text = field->kind == SCEIPMI_FIELD_TEXT;

        if (is_text)
            table_row(table, field->offset, field->size, "%s", field->label);
        else
            table_row(table, field->offset, field->size, "%s: " X64, field->label, value);
    }
}

static void add_request_rows(struct table *table, const struct orbis_view *view,
                             struct ipcshark_findings *findings)
{
    struct appmsg_request request = {0};

    if (appmsg_request_decode(view->bytes, view->length, &request, findings))
        appmsg_request_check(&request, APPMSG_METHOD_SEND, request.payload_size, findings);
    table_row(table, 0, 4, "Destination app id: 0x%08x", request.app_id);
    table_row(table, 4, 4, "Message type: 0x%x", request.message_type);
    table_row(table, 8, 8, "Payload size: %" G_GUINT64_FORMAT, request.payload_size);
    table_row(table, 16, 4, "Flags: 0x%x%s", request.flags,
              request.flags & APPMSG_FLAG_OVERWRITE ? " (overwrite)" : "");
    table_row(table, 20, 4, "Padding");
}

static void add_message_rows(struct table *table, const struct orbis_view *view,
                             struct ipcshark_findings *findings)
{
    struct appmsg_message message = {0};

    appmsg_message_decode(view->bytes, view->length, &message, findings);
    table_row(table, 0, 4, "Sender app id: 0x%08x", message.sender);
    table_row(table, 4, 4, "Message type: 0x%x", message.message_type);
    if (message.payload_captured)
        table_row(table, message.payload_offset, message.payload_captured, "Payload");
    if (!message.has_size)
        return;
    table_row(table, APPMSG_PAYLOAD_SIZE_OFFSET, 4, "Payload size: %u", message.payload_size);
    table_row(table, APPMSG_TIMESTAMP_OFFSET, 8,
              "Time: %" G_GUINT64_FORMAT " microseconds since boot", message.timestamp);
}

static void add_call_rows(struct table *table, const struct orbis_view *view,
                          struct ipcshark_findings *findings)
{
    const struct sceipmi_operation *operation;
    struct sceipmi_call call = {0};
    char text[128];

    if (sceipmi_call_decode(view->bytes, view->length, &call, findings))
        sceipmi_call_check(&call, findings);
    operation = sceipmi_operation(call.op);
    table_row(table, 0, 4, "Manager call: 0x%03x %s", call.op,
              operation ? operation->name : "(unknown)");
    table_row(table, 4, 4, "Kid: 0x%x", call.kid);
    table_row(table, 8, 8, "Out pointer: " X64, call.out_pointer);
    table_row(table, 16, 8, "In-block at: " X64, call.in_pointer);
    table_row(table, 24, 8, "In-block size: " X64, call.in_size);
    table_row(table, 32, 8, "Cookie: " X64, call.cookie);
    if (call.valid & SCEIPMI_RAX_VALID)
        table_row(table, 40, 8, "System call's return: " X64 "%s", call.rax,
                  call.valid & SCEIPMI_CARRY ? " (an errno)" : "");
    if (!(call.valid & SCEIPMI_OUT_VALID))
        return;
    orbis_result_format(ORBIS_LAYER_MANAGER, call.out, text, sizeof text);
    table_row(table, 48, 4, "Manager's answer: 0x%x, as a result %s", call.out, text);
}

static void add_packet_rows(struct table *table, const struct orbis_view *view,
                            struct ipcshark_findings *findings)
{
    struct sceipmi_packet packet = {0};

    sceipmi_packet_decode(view->type, view->bytes, view->length, &packet, findings);
    add_fields(table, view);
    for (unsigned int i = 0; i < packet.in_captured; i++)
        table_row(table, packet.input[i].offset, packet.input[i].captured, "Input [%u]: %u bytes",
                  i, packet.input[i].size);
}

static void add_descriptor_rows(struct table *table, const struct orbis_view *view,
                                struct ipcshark_findings *findings)
{
    struct sceipmi_buffer_info buffer;
    struct sceipmi_data_info data;
    bool is_out = view->what == ORBIS_BUFFER_INFO;

    for (size_t n = 0; !is_out && sceipmi_data_info(view->bytes, view->length, n, &data); n++)
        table_row(table, data.offset, SCEIPMI_DATA_INFO_SIZE, "Input [%zu]: " X64 " bytes at " X64,
                  n, data.size, data.data);
    for (size_t n = 0; is_out && sceipmi_buffer_info(view->bytes, view->length, n, &buffer); n++)
        table_row(table, buffer.offset, SCEIPMI_BUFFER_INFO_SIZE,
                  "Output [%zu]: " X64 " of " X64 " bytes at " X64, n, buffer.written,
                  buffer.capacity, buffer.data);
    if (is_out)
        sceipmi_buffer_info_check(view->bytes, view->length, findings);
}

static void add_app_call_rows(struct table *table, const struct orbis_view *view,
                              struct ipcshark_findings *findings)
{
    struct appmsg_call call = {0};
    const char *name;

    appmsg_call_decode(view->bytes, view->length, &call, findings);
    name = appmsg_function_name(call.function);
    table_row(table, 0, view->length, "%s: app 0x%x, type 0x%x, " X64 " bytes, returned 0x%x",
              name ? name : "(unknown function)", call.app_id, call.message_type, call.payload_size,
              (uint32_t)call.return_value);
}

static void add_block_rows(struct table *table, const struct orbis_view *view,
                           struct ipcshark_findings *findings)
{
    struct sceipmi_call call = orbis_block_call(view);

    add_fields(table, view);
    sceipmi_block_check(&call, view->bytes, view->length, findings);
}

static void add_title(struct table *table, const struct orbis_view *view)
{
    const struct sceipmi_operation *operation = sceipmi_operation(view->op);

    if (view->what == ORBIS_BLOCK)
        table_title(table, "PlayStation 4 manager call 0x%03x %s, %zu bytes", view->op,
                    operation ? operation->name : "(unknown)", view->length);
    else
        table_title(table, "PlayStation 4 %s, %zu bytes", orbis_what_name(view->what),
                    view->length);
}

/** A configuration of one of the creates, or another structure, which has no rules. */
static void add_plain_rows(struct table *table, const struct orbis_view *view,
                           struct ipcshark_findings *findings)
{
    add_fields(table, view);
    orbis_check_config(view, findings);
}

void orbis_table(struct table *table, const struct orbis_view *view)
{
    static void (*const writers[ORBIS_WHAT_COUNT])(
        struct table * table, const struct orbis_view *view, struct ipcshark_findings *findings) = {
        [ORBIS_BLOCK] = add_block_rows,
        [ORBIS_CALL] = add_call_rows,
        [ORBIS_PACKET] = add_packet_rows,
        [ORBIS_DATA_INFO] = add_descriptor_rows,
        [ORBIS_BUFFER_INFO] = add_descriptor_rows,
        [ORBIS_CLIENT_CONFIG] = add_plain_rows,
        [ORBIS_SERVER_CONFIG] = add_plain_rows,
        [ORBIS_SESSION_CONFIG] = add_plain_rows,
        [ORBIS_PACKET_INFO] = add_plain_rows,
        [ORBIS_APPMSG_REQUEST] = add_request_rows,
        [ORBIS_APPMSG_MESSAGE] = add_message_rows,
        [ORBIS_APPMSG_CALL] = add_app_call_rows,
    };
    struct ipcshark_findings findings = {0};

    add_title(table, view);
    writers[view->what](table, view, &findings);
    table_findings(table, &findings);
}
