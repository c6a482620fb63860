/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json_in.h"
#include "orbis_layout.h"

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

bool orbis_is(const struct orbis_view *view, const char *what)
{
    return g_str_equal(view->what, what);
}

static const struct sceipmi_layout *packet_layout(uint32_t type)
{
    struct sceipmi_packet packet = {0};

    sceipmi_packet_decode(type, NULL, 0, &packet, NULL);
    return packet.layout;
}

const struct sceipmi_layout *orbis_layout(const struct orbis_view *view)
{
    const struct sceipmi_operation *operation = sceipmi_operation(view->op);

    if (orbis_is(view, "block"))
        return operation ? operation->layout : NULL;
    if (orbis_is(view, "packet"))
        return packet_layout(view->type);
    for (size_t i = 0; i < G_N_ELEMENTS(plain); i++) {
        if (orbis_is(view, plain[i].what))
            return plain[i].layout();
    }
    return NULL;
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
    static const struct {
        const char *what;
        uint32_t op;
    } configs[] = {
        {"server_config", SCEIPMI_CREATE_SERVER},
        {"client_config", SCEIPMI_CREATE_CLIENT},
        {"session_config", SCEIPMI_CREATE_SESSION},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(configs); i++) {
        if (orbis_is(view, configs[i].what))
            sceipmi_config_check(configs[i].op, view->bytes, view->length, findings);
    }
}
