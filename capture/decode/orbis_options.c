/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json_in.h"
#include "orbis_layout.h"

const char *orbis_what_name(enum orbis_what what)
{
    static const char *const names[ORBIS_WHAT_COUNT] = {
        [ORBIS_BLOCK] = "block",
        [ORBIS_CALL] = "call",
        [ORBIS_PACKET] = "packet",
        [ORBIS_DATA_INFO] = "data_info",
        [ORBIS_BUFFER_INFO] = "buffer_info",
        [ORBIS_CLIENT_CONFIG] = "client_config",
        [ORBIS_SERVER_CONFIG] = "server_config",
        [ORBIS_SESSION_CONFIG] = "session_config",
        [ORBIS_PACKET_INFO] = "packet_info",
        [ORBIS_APPMSG_REQUEST] = "appmsg_request",
        [ORBIS_APPMSG_MESSAGE] = "appmsg_message",
        [ORBIS_APPMSG_CALL] = "appmsg_call",
    };

    return names[what];
}

static bool in_what(JsonObject *input, enum orbis_what *what, GError **error)
{
    const char *name = NULL;

    if (!in_string(input, "what", &name, error))
        return false;
    if (!name) {
        *what = json_object_has_member(input, "call") ? ORBIS_CALL : ORBIS_BLOCK;
        return true;
    }
    for (*what = 0; *what < ORBIS_WHAT_COUNT; (*what)++) {
        if (g_str_equal(name, orbis_what_name(*what)))
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
    if (view->what == ORBIS_BLOCK && !json_object_has_member(input, "op")) {
        g_set_error_literal(error, IN_ERROR, 0,
                            "give the manager call as \"op\", or \"what\" the bytes are");
        return false;
    }
    if (view->what == ORBIS_PACKET && !json_object_has_member(input, "type")) {
        g_set_error_literal(error, IN_ERROR, 0, "give the packet's \"type\"");
        return false;
    }
    return true;
}

static const struct sceipmi_layout *packet_layout(uint32_t type)
{
    struct sceipmi_packet packet = {0};

    sceipmi_packet_decode(type, NULL, 0, &packet, NULL);
    return packet.layout;
}

const struct sceipmi_layout *orbis_layout(const struct orbis_view *view)
{
    const struct sceipmi_operation *operation;

    switch (view->what) {
    case ORBIS_BLOCK:
        operation = sceipmi_operation(view->op);
        return operation ? operation->layout : NULL;
    case ORBIS_PACKET:
        return packet_layout(view->type);
    case ORBIS_CLIENT_CONFIG:
        return sceipmi_client_config();
    case ORBIS_SERVER_CONFIG:
        return sceipmi_server_config();
    case ORBIS_SESSION_CONFIG:
        return sceipmi_session_config();
    case ORBIS_PACKET_INFO:
        return sceipmi_packet_info();
    default:
        return NULL;
    }
}

struct sceipmi_call orbis_block_call(const struct orbis_view *view)
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

void orbis_check_config(const struct orbis_view *view, struct ipcshark_findings *findings)
{
    static const uint32_t creates[ORBIS_WHAT_COUNT] = {
        [ORBIS_SERVER_CONFIG] = SCEIPMI_CREATE_SERVER,
        [ORBIS_CLIENT_CONFIG] = SCEIPMI_CREATE_CLIENT,
        [ORBIS_SESSION_CONFIG] = SCEIPMI_CREATE_SESSION,
    };
    bool is_config = view->what == ORBIS_SERVER_CONFIG || view->what == ORBIS_CLIENT_CONFIG ||
                     view->what == ORBIS_SESSION_CONFIG;

    if (is_config)
        sceipmi_config_check(creates[view->what], view->bytes, view->length, findings);
}
