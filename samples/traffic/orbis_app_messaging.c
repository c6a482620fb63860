/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "orbis_app_messaging.h"

#include "orbis_ipmi.h"

#include <string.h>

#define EAGAIN_OUT 0x80020023u
#define QUEUE      0
#define NO_ANSWER  0xFFFFFFFFu

uint32_t app_messaging_initialize(struct app_messaging *app, struct traffic_client *client)
{
    uint32_t kid = orbis_ipmi_create_client(client, APPMSG_SERVICE, 1, APPMSG_MESSAGE_SIZE);
    uint32_t error;

    app->client = client;
    app->kid = 0;
    if (kid & 0x80000000u)
        return kid;
    error = orbis_ipmi_connect(client, kid);
    if (!error)
        app->kid = kid;
    return error;
}

uint32_t app_messaging_terminate(struct app_messaging *app)
{
    uint32_t kid = app->kid;

    app->kid = 0;
    if (!kid)
        return APP_MESSAGING_UNAVAILABLE;
    orbis_ipmi_disconnect(app->client, kid);
    return orbis_ipmi_simple(app->client, SCEIPMI_DESTROY_CLIENT, kid);
}

/** "Client null: 0x80C50002; payloadSize over 0x2000: 0x80C50003": in this order, without a
 *  call. */
static uint32_t send_method(struct app_messaging *app, uint32_t method,
                            struct appmsg_request *request, const void *payload)
{
    uint8_t header[APPMSG_REQUEST_SIZE];
    GBytes *inputs[2];
    uint32_t result;
    uint32_t out;

    if (!app->kid)
        return APP_MESSAGING_UNAVAILABLE;
    if (request->payload_size > APPMSG_MAX_PAYLOAD)
        return APP_MESSAGING_PAYLOAD_SIZE_TOO_LARGE;
    appmsg_request_encode(request, header, sizeof header);
    inputs[0] = g_bytes_new(header, sizeof header);
    inputs[1] = g_bytes_new(payload, (gsize)request->payload_size);
    out = orbis_ipmi_invoke(app->client, app->kid, method, inputs, 2, &result);
    g_bytes_unref(inputs[0]);
    g_bytes_unref(inputs[1]);
    return out ? out : result;
}

uint32_t app_messaging_send(struct app_messaging *app, uint32_t app_id, uint32_t type,
                            const void *payload, uint64_t size, uint32_t flags)
{
    struct appmsg_request request = {
        .app_id = app_id, .message_type = type, .payload_size = size, .flags = flags};

    return send_method(app, APPMSG_METHOD_SEND, &request, payload);
}

/* What methods 1 and 2 really send is not known; the server takes the same 24 bytes. */
uint32_t app_messaging_send_to_shell_core(struct app_messaging *app, uint32_t type,
                                          const void *payload, uint64_t size, uint32_t flags)
{
    struct appmsg_request request = {.message_type = type, .payload_size = size, .flags = flags};

    return send_method(app, APPMSG_METHOD_SEND_TO_SHELL_CORE, &request, payload);
}

uint32_t app_messaging_send_to_shell_ui(struct app_messaging *app, uint32_t type,
                                        const void *payload, uint64_t size, uint32_t flags)
{
    struct appmsg_request request = {.message_type = type, .payload_size = size, .flags = flags};

    return send_method(app, APPMSG_METHOD_SEND_TO_SHELL_UI, &request, payload);
}

static void begin_receive(struct app_messaging *app, struct orbis_ipmi *ipmi, uint32_t op)
{
    orbis_ipmi_begin(ipmi, app->client, op, app->kid);
    orbis_ipmi_set(ipmi, "queue", QUEUE);
    orbis_ipmi_set(ipmi, "message", orbis_ipmi_room(ipmi, APPMSG_MESSAGE_SIZE));
    orbis_ipmi_set(ipmi, "size", orbis_ipmi_room(ipmi, 8));
    orbis_ipmi_set(ipmi, "max_size", APPMSG_MESSAGE_SIZE);
}

static uint32_t take_message(const struct orbis_ipmi_exit *exit, struct app_message *message)
{
    struct ipctap_section section;
    struct appmsg_message fields;

    if (exit->call.out == EAGAIN_OUT)
        return APP_MESSAGING_NO_MESSAGE;
    if (exit->call.out)
        return exit->call.out;
    if (!traffic_exit_section(&exit->exit, IPCTAP_IPMI_MESSAGE, QUEUE, &section) ||
        !appmsg_message_decode(section.bytes, section.captured_size, &fields, NULL))
        return NO_ANSWER;
    memset(message, 0, sizeof *message);
    message->sender = fields.sender;
    message->type = fields.message_type;
    message->payload_size = fields.payload_captured;
    message->timestamp = fields.timestamp;
    memcpy(message->payload, section.bytes + fields.payload_offset, fields.payload_captured);
    return 0;
}

uint64_t app_messaging_receive_begin(struct app_messaging *app, uint32_t tid)
{
    struct orbis_ipmi ipmi;

    begin_receive(app, &ipmi, SCEIPMI_GET_MESSAGE);
    ipmi.tid = tid;
    return orbis_ipmi_send(&ipmi);
}

uint32_t app_messaging_receive_end(struct app_messaging *app, uint64_t call_id,
                                   struct app_message *message)
{
    struct orbis_ipmi_exit exit;
    uint32_t result;

    orbis_ipmi_wait(app->client, call_id, &exit);
    result = take_message(&exit, message);
    orbis_ipmi_exit_clear(&exit);
    return result;
}

uint32_t app_messaging_receive(struct app_messaging *app, struct app_message *message)
{
    if (!app->kid)
        return APP_MESSAGING_UNAVAILABLE;
    if (!message)
        return APP_MESSAGING_NULL_POINTER;
    return app_messaging_receive_end(app, app_messaging_receive_begin(app, 1), message);
}

uint32_t app_messaging_try_receive(struct app_messaging *app, struct app_message *message)
{
    struct orbis_ipmi_exit exit;
    struct orbis_ipmi ipmi;
    uint32_t result;

    if (!app->kid)
        return APP_MESSAGING_UNAVAILABLE;
    if (!message)
        return APP_MESSAGING_NULL_POINTER;
    begin_receive(app, &ipmi, SCEIPMI_TRY_GET_MESSAGE);
    orbis_ipmi_perform(&ipmi, &exit);
    result = take_message(&exit, message);
    orbis_ipmi_exit_clear(&exit);
    return result;
}

/** Event flags make no manager call: a record of kind 4 stands for the kernel's event flag. */
static uint32_t event_flag_call(struct app_messaging *app, struct appmsg_call *call)
{
    uint8_t bytes[APPMSG_CALL_SIZE];
    struct record_builder request;
    struct ipctap_section section;
    struct traffic_exit exit;
    uint32_t result;

    if (!app->kid)
        return APP_MESSAGING_UNAVAILABLE;
    appmsg_call_encode(call, bytes, sizeof bytes);
    traffic_client_begin(app->client, &request, IPCTAP_APPMSG_CALL);
    record_builder_add(&request, IPCTAP_SECTION_APPMSG_CALL, 0, 0, bytes, sizeof bytes);
    if (!traffic_client_call(app->client, &request, &exit))
        return NO_ANSWER;
    result = exit.result;
    if (traffic_exit_section(&exit, IPCTAP_SECTION_APPMSG_CALL, 0, &section))
        appmsg_call_decode(section.bytes, section.captured_size, call, NULL);
    traffic_exit_clear(&exit);
    return result;
}

uint32_t app_messaging_set_event_flag(struct app_messaging *app, uint32_t app_id, uint64_t bits)
{
    struct appmsg_call call = {.function = APPMSG_SET_EVENT_FLAG, .app_id = app_id, .bits = bits};

    return event_flag_call(app, &call);
}

uint32_t app_messaging_clear_event_flag(struct app_messaging *app, uint32_t app_id, uint64_t bits)
{
    struct appmsg_call call = {.function = APPMSG_CLEAR_EVENT_FLAG, .app_id = app_id, .bits = bits};

    return event_flag_call(app, &call);
}

uint32_t app_messaging_try_get_event_flag(struct app_messaging *app, uint64_t bits,
                                          uint64_t *pattern, bool clear)
{
    struct appmsg_call call = {.function = APPMSG_TRY_GET_EVENT_FLAG, .bits = bits, .clear = clear};
    uint32_t result;

    if (!pattern)
        return APP_MESSAGING_NULL_POINTER;
    result = event_flag_call(app, &call);
    if (!result && (call.valid & APPMSG_PATTERN_VALID))
        *pattern = call.pattern;
    return result;
}
