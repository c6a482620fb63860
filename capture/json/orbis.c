/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "orbis.h"

#include "json_in.h"
#include "json_out.h"

#include <string.h>

/** Structures that are nothing but a table of fields. */
static const struct {
    const char *what;
    const struct sceipmi_layout *(*layout)(void);
} plain[] = {
    {"client_config", sceipmi_client_config},
    {"server_config", sceipmi_server_config},
    {"session_config", sceipmi_session_config},
    {"packet_info", sceipmi_packet_info},
};

const char *const *orbis_what_names(void)
{
    static const char *const names[] = {
        "block",       "call",           "packet",         "data_info",
        "buffer_info", "client_config",  "server_config",  "session_config",
        "packet_info", "appmsg_request", "appmsg_message", "appmsg_call",
        NULL,
    };

    return names;
}

static bool in_what(JsonObject *input, const char **what, GError **error)
{
    const char *name = NULL;

    if (!in_string(input, "what", &name, error))
        return false;
    if (!name) {
        *what = json_object_has_member(input, "call") ? "call" : "block";
        return true;
    }
    for (const char *const *known = orbis_what_names(); *known; known++) {
        *what = *known;
        if (g_str_equal(name, *known))
            return true;
    }
    g_set_error(error, IN_ERROR, 0, "\"what\" is \"%s\"; see the documentation for its names",
                name);
    return false;
}

bool orbis_options_read(JsonObject *input, struct orbis_view *view, GError **error)
{
    uint64_t op = 0, kid = 0, type = 0;

    *view = (struct orbis_view){0};
    if (!in_what(input, &view->what, error) || !in_number(input, "op", UINT32_MAX, &op, error) ||
        !in_number(input, "kid", UINT32_MAX, &kid, error) ||
        !in_number(input, "type", UINT32_MAX, &type, error) ||
        !in_number(input, "in_size", UINT64_MAX, &view->in_size, error))
        return false;
    view->op = (uint32_t)op;
    view->kid = (uint32_t)kid;
    view->type = (uint32_t)type;
    view->has_kid = json_object_has_member(input, "kid");
    if (g_str_equal(view->what, "block") && !json_object_has_member(input, "op")) {
        g_set_error_literal(error, IN_ERROR, 0,
                            "give the manager call as \"op\", or \"what\" the bytes are");
        return false;
    }
    if (g_str_equal(view->what, "packet") && !json_object_has_member(input, "type")) {
        g_set_error_literal(error, IN_ERROR, 0, "give the packet's \"type\"");
        return false;
    }
    return true;
}

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
static void out_layout(GString *out, const struct sceipmi_layout *layout, const uint8_t *bytes,
                       size_t length)
{
    out_object(out, "block");
    out_string(out, "name", layout->name);
    out_number(out, "size", layout->size);
    out_object(out, "fields");
    for (unsigned int i = 0; i < layout->field_count; i++)
        out_field(out, &layout->field[i], bytes, length);
    out_object_end(out);
    out_object_end(out);
}

static struct sceipmi_call call_of(const struct orbis_view *view)
{
    uint64_t size = view->in_size > view->length ? view->in_size : view->length;
    const struct sceipmi_operation *operation = sceipmi_operation(view->op);

    return (struct sceipmi_call){
        .op = view->op,
        .kid = view->has_kid                    ? view->kid
               : operation && operation->object ? 1
                                                : 0,
        .in_size = size,
        .cookie = SCEIPMI_COOKIE,
    };
}

static const struct sceipmi_layout *block_layout(uint32_t op)
{
    const struct sceipmi_operation *operation = sceipmi_operation(op);

    return operation ? operation->layout : NULL;
}

static void out_block(GString *out, const struct orbis_view *view,
                      struct ipcshark_findings *findings)
{
    const struct sceipmi_operation *operation = sceipmi_operation(view->op);
    struct sceipmi_call call = call_of(view);

    out_number(out, "op", view->op);
    out_string(out, "op_name", operation ? operation->name : NULL);
    if (view->has_kid)
        out_number(out, "kid", view->kid);
    if (operation && operation->layout)
        out_layout(out, operation->layout, view->bytes, view->length);
    else
        out_null(out, "block");
    sceipmi_block_check(&call, view->bytes, view->length, findings);
}

static void out_call(GString *out, const struct orbis_view *view,
                     struct ipcshark_findings *findings)
{
    const struct sceipmi_operation *operation;
    struct sceipmi_call call = {0};
    char text[128];

    sceipmi_call_decode(view->bytes, view->length, &call, findings);
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
    if (packet.layout)
        out_layout(out, packet.layout, view->bytes, view->length);
    else
        out_null(out, "block");
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

static void out_data_infos(GString *out, const struct orbis_view *view)
{
    struct sceipmi_data_info info;

    out_array(out, "data_info");
    for (size_t n = 0; sceipmi_data_info(view->bytes, view->length, n, &info); n++) {
        out_object(out, NULL);
        out_number(out, "data", info.data);
        out_number(out, "size", info.size);
        out_object_end(out);
    }
    out_array_end(out);
}

static void out_buffer_infos(GString *out, const struct orbis_view *view)
{
    struct sceipmi_buffer_info info;

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

    appmsg_request_decode(view->bytes, view->length, &request, findings);
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

static void out_plain(GString *out, const struct orbis_view *view)
{
    for (size_t i = 0; i < G_N_ELEMENTS(plain); i++) {
        if (g_str_equal(view->what, plain[i].what))
            out_layout(out, plain[i].layout(), view->bytes, view->length);
    }
}

void orbis_out(GString *out, const struct orbis_view *view)
{
    struct ipcshark_findings findings = {0};

    out_string(out, "what", view->what);
    if (g_str_equal(view->what, "block"))
        out_block(out, view, &findings);
    else if (g_str_equal(view->what, "call"))
        out_call(out, view, &findings);
    else if (g_str_equal(view->what, "packet"))
        out_packet(out, view, &findings);
    else if (g_str_equal(view->what, "data_info"))
        out_data_infos(out, view);
    else if (g_str_equal(view->what, "buffer_info"))
        out_buffer_infos(out, view);
    else if (g_str_equal(view->what, "appmsg_request"))
        out_request(out, view, &findings);
    else if (g_str_equal(view->what, "appmsg_message"))
        out_message(out, view, &findings);
    else if (g_str_equal(view->what, "appmsg_call"))
        out_appmsg_call(out, view, &findings);
    else
        out_plain(out, view);
    out_hex(out, "hex", view->bytes, view->length);
    out_findings(out, &findings);
}

/** The same facts as the JSON, one a line: these structures are tables of fields already. */
static void add_fields(struct table *table, const struct sceipmi_layout *layout,
                       const struct orbis_view *view)
{
    for (unsigned int i = 0; i < layout->field_count; i++) {
        const struct sceipmi_field *field = &layout->field[i];
        uint64_t value = sceipmi_field_get(field, view->bytes, view->length);
        bool is_text = field->kind == SCEIPMI_FIELD_TEXT;

        if (is_text)
            table_row(table, field->offset, field->size, "%s", field->label);
        else
            table_row(table, field->offset, field->size, "%s: 0x%" G_GINT64_MODIFIER "x",
                      field->label, value);
    }
}

static void add_request_rows(struct table *table, const struct orbis_view *view,
                             struct ipcshark_findings *findings)
{
    struct appmsg_request request = {0};

    appmsg_request_decode(view->bytes, view->length, &request, findings);
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

static void add_block_rows(struct table *table, const struct orbis_view *view,
                           struct ipcshark_findings *findings)
{
    const struct sceipmi_operation *operation = sceipmi_operation(view->op);
    struct sceipmi_call call = call_of(view);

    table_title(table, "PlayStation 4 manager call 0x%03x %s, %zu bytes", view->op,
                operation ? operation->name : "(unknown)", view->length);
    if (operation && operation->layout)
        add_fields(table, operation->layout, view);
    sceipmi_block_check(&call, view->bytes, view->length, findings);
}

void orbis_table(struct table *table, const struct orbis_view *view)
{
    struct ipcshark_findings findings = {0};

    if (g_str_equal(view->what, "block")) {
        add_block_rows(table, view, &findings);
        table_findings(table, &findings);
        return;
    }
    table_title(table, "PlayStation 4 %s, %zu bytes", view->what, view->length);
    if (g_str_equal(view->what, "appmsg_request"))
        add_request_rows(table, view, &findings);
    else if (g_str_equal(view->what, "appmsg_message"))
        add_message_rows(table, view, &findings);
    for (size_t i = 0; i < G_N_ELEMENTS(plain); i++) {
        if (g_str_equal(view->what, plain[i].what))
            add_fields(table, plain[i].layout(), view);
    }
    table_findings(table, &findings);
}

static bool patch_field(JsonObject *fields, const struct sceipmi_field *field, GByteArray *bytes,
                        GError **error)
{
    JsonNode *node = json_object_get_member(fields, field->name);
    uint64_t value = 0;

    if (!node || JSON_NODE_HOLDS_NULL(node) || field->kind == SCEIPMI_FIELD_TEXT)
        return true;
    if (!in_number(fields, field->name, UINT64_MAX, &value, error))
        return false;
    if (sceipmi_field_set(field, bytes->data, bytes->len, value))
        return true;
    g_set_error(error, IN_ERROR, 0, "\"%s\" lies behind the %u bytes", field->name, bytes->len);
    return false;
}

/** Fields of a layout are written over the bytes, so that editing them has an effect. */
static bool patch_layout(JsonObject *message, const struct sceipmi_layout *layout,
                         GByteArray *bytes, GError **error)
{
    JsonObject *block = NULL, *fields = NULL;

    if (!in_object(message, "block", &block, error) ||
        (block && !in_object(block, "fields", &fields, error)))
        return false;
    for (unsigned int i = 0; fields && i < layout->field_count; i++) {
        if (!patch_field(fields, &layout->field[i], bytes, error))
            return false;
    }
    return true;
}

static const struct sceipmi_layout *layout_of(const struct orbis_view *view)
{
    struct sceipmi_packet packet = {0};

    if (g_str_equal(view->what, "block"))
        return block_layout(view->op);
    for (size_t i = 0; i < G_N_ELEMENTS(plain); i++) {
        if (g_str_equal(view->what, plain[i].what))
            return plain[i].layout();
    }
    if (!g_str_equal(view->what, "packet"))
        return NULL;
    sceipmi_packet_decode(view->type, NULL, 0, &packet, NULL);
    return packet.layout;
}

GByteArray *orbis_in(JsonObject *message, GError **error)
{
    g_autoptr(GByteArray) bytes = NULL;
    const struct sceipmi_layout *layout;
    struct orbis_view view;

    if (!orbis_options_read(message, &view, error) || !in_hex(message, "hex", &bytes, error))
        return NULL;
    layout = layout_of(&view);
    if (!bytes && !layout) {
        g_set_error_literal(error, IN_ERROR, 0, "there is no \"hex\" to write");
        return NULL;
    }
    if (!bytes) {
        bytes = g_byte_array_new();
        g_byte_array_set_size(bytes, layout->size);
        memset(bytes->data, 0, bytes->len);
    }
    if (layout && !patch_layout(message, layout, bytes, error))
        return NULL;
    return g_steal_pointer(&bytes);
}
