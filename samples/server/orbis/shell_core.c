/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SceShellCore's service "SceAppMessaging": methods 0 to 2, delivery of messages, MSG_ARRIVAL. What
 * is a choice of this server and no knowledge of the console stands in docs/server-choices.md.
 */
#include "shell_core.h"

enum app_messaging_result {
    APPMSG_OK = 0,
    APPMSG_INTERNAL = 0x80C50001,
    APPMSG_PAYLOAD_TOO_LARGE = 0x80C50003,
    APPMSG_NO_MEMORY = 0x80C50006,
    APPMSG_NO_SUCH_APP = 0x80C50007,
    APPMSG_NO_SUCH_METHOD = 0x800205C1,
};

#define MSG_ARRIVAL      (UINT64_C(1) << 63)
#define SESSION_ADDRESS  UINT64_C(0x80050000)
#define SESSION_DISTANCE 0x100

/** A message on its way. */
struct message {
    uint32_t sender;
    struct appmsg_request request;
    GBytes *payload;
    uint64_t cause;
};

/** Microseconds since boot (clock 4), as ShellCore stamps a message when it arrives. */
static uint64_t timestamp(struct shell_core *shell_core)
{
    uint64_t now = server_stamp_time() / 1000;

    shell_core->last_time = MAX(now, shell_core->last_time);
    return shell_core->last_time;
}

/** The client at the other end of a session of this service, if it is the application's. */
static struct orbis_object *receiver_of(const struct shell_core *shell_core,
                                        const struct orbis_app *app,
                                        const struct orbis_object *session)
{
    struct orbis_object *client;

    if (!session || session->type != SCEIPMI_SESSION ||
        session->server_kid != shell_core->server->kid)
        return NULL;
    client = orbis_object_find(session->kernel, session->client_kid, SCEIPMI_CLIENT);
    return client && client->process == app->process ? client : NULL;
}

/** The one of last time, which a thousand applications need not look for among all sessions. */
static struct orbis_object *known_receiver(const struct shell_core *shell_core,
                                           const struct orbis_app *app)
{
    const struct orbis_object *client =
        orbis_object_find(shell_core->kernel, app->receiver, SCEIPMI_CLIENT);

    return client ? receiver_of(
                        shell_core, app,
                        orbis_object_find(shell_core->kernel, client->session_kid, SCEIPMI_SESSION))
                  : NULL;
}

/** The application's own client of this service; it has one once its library is initialised. */
static struct orbis_object *find_receiver(const struct shell_core *shell_core,
                                          struct orbis_app *app)
{
    struct orbis_object *client = known_receiver(shell_core, app);
    GHashTableIter iterator;
    gpointer value;

    g_hash_table_iter_init(&iterator, shell_core->kernel->objects);
    while (!client && g_hash_table_iter_next(&iterator, NULL, &value))
        client = receiver_of(shell_core, app, value);
    app->receiver = client ? client->kid : 0;
    return client;
}

static GBytes *make_message(struct shell_core *shell_core, const struct message *message)
{
    gsize size;
    const void *payload = g_bytes_get_data(message->payload, &size);
    struct appmsg_message fields = {
        .sender = message->sender,
        .message_type = message->request.message_type,
        .payload_captured = (uint32_t)size,
        .payload_size = (uint32_t)size,
        .timestamp = timestamp(shell_core),
    };
    uint8_t *bytes = g_malloc(APPMSG_MESSAGE_SIZE);

    appmsg_message_encode(&fields, payload, bytes, APPMSG_MESSAGE_SIZE);
    return g_bytes_new_take(bytes, APPMSG_MESSAGE_SIZE);
}

/** OVERWRITE: takes the place of a pending message of the same sender and type, if there is one. */
static bool overwrite(struct orbis_object *receiver, const struct message *message, GBytes *bytes)
{
    for (GList *link = receiver->messages[0].head; link; link = link->next) {
        struct appmsg_message pending;
        gsize size;
        const uint8_t *old = g_bytes_get_data(link->data, &size);

        if (!appmsg_message_decode(old, size, &pending, NULL) ||
            pending.sender != message->sender ||
            pending.message_type != message->request.message_type)
            continue;
        g_bytes_unref(link->data);
        link->data = g_bytes_ref(bytes);
        return true;
    }
    return false;
}

static uint32_t enqueue(struct shell_core *shell_core, struct orbis_object *receiver,
                        const struct message *message)
{
    g_autoptr(GBytes) bytes = make_message(shell_core, message);
    bool replaced = (message->request.flags & APPMSG_FLAG_OVERWRITE) &&
                    !server_choice(shell_core->kernel->server, CHOICE_ORBIS_OVERWRITE) &&
                    overwrite(receiver, message, bytes);
    uint32_t out = replaced ? 0 : orbis_queue_push(receiver, 0, bytes);

    shell_core_tap_send(shell_core, receiver->session_kid, bytes, out,
                        replaced ? "OVERWRITE: replaces the pending message" : NULL,
                        message->cause);
    if (out == ORBIS_ERROR(ORBIS_EAGAIN))
        return APPMSG_NO_MEMORY;
    return out ? APPMSG_INTERNAL : APPMSG_OK;
}

static uint32_t deliver_message(struct shell_core *shell_core, uint32_t app_id,
                                const struct message *message)
{
    struct orbis_object *receiver;
    struct orbis_app *app;
    uint32_t result;

    if (app_id == SHELL_CORE_APP_ID) {
        shell_core->received++;
        return APPMSG_OK;
    }
    app = orbis_app_find(shell_core->kernel, app_id);
    receiver = app ? find_receiver(shell_core, app) : NULL;
    if (!receiver)
        return APPMSG_NO_SUCH_APP;
    result = enqueue(shell_core, receiver, message);
    if (result)
        return result;
    orbis_app_set_event_flag(shell_core->kernel, app_id, MSG_ARRIVAL);
    shell_core_tap_event(shell_core, app_id, MSG_ARRIVAL, message->cause);
    orbis_queue_wake(receiver, 0);
    return APPMSG_OK;
}

/** The shape and the sizes of a send. */
static uint32_t check_request(const struct orbis_packet *packet, struct message *message)
{
    gsize size;
    const uint8_t *bytes;

    if (packet->inputs->len != 2)
        return APPMSG_INTERNAL;
    bytes = g_bytes_get_data(g_ptr_array_index(packet->inputs, 0), &size);
    if (size != APPMSG_REQUEST_SIZE || !appmsg_request_decode(bytes, size, &message->request, NULL))
        return APPMSG_INTERNAL;
    message->payload = g_ptr_array_index(packet->inputs, 1);
    if (message->request.payload_size != g_bytes_get_size(message->payload))
        return APPMSG_INTERNAL;
    if (message->request.payload_size > APPMSG_MAX_PAYLOAD)
        return APPMSG_PAYLOAD_TOO_LARGE;
    return APPMSG_OK;
}

static uint32_t handle_method(struct shell_core *shell_core, const struct orbis_packet *packet,
                              uint32_t sender)
{
    struct message message = {.sender = sender, .cause = packet->cause};
    uint32_t error;

    if (packet->method > APPMSG_METHOD_SEND_TO_SHELL_UI)
        return APPMSG_NO_SUCH_METHOD;
    error = check_request(packet, &message);
    if (error)
        return error;
    switch (packet->method) {
    case APPMSG_METHOD_SEND_TO_SHELL_CORE:
        return deliver_message(shell_core, SHELL_CORE_APP_ID, &message);
    case APPMSG_METHOD_SEND_TO_SHELL_UI:
        return deliver_message(shell_core, SHELL_UI_APP_ID, &message);
    default:
        return deliver_message(shell_core, message.request.app_id, &message);
    }
}

static void accept_client(struct shell_core *shell_core, struct orbis_object *client,
                          struct orbis_packet *packet)
{
    struct orbis_object *session = orbis_session_new(
        shell_core->server, client, SESSION_ADDRESS + SESSION_DISTANCE * client->kid, 0);

    shell_core_tap_accept(shell_core, session, packet->cause);
    orbis_packet_free(packet);
    orbis_connect_finish(client, 0);
}

/** The service has no asynchronous methods. */
static void refuse_async(struct shell_core *shell_core, struct orbis_object *client,
                         struct orbis_packet *packet)
{
    struct shell_call respond;

    shell_core_tap_respond(shell_core, &respond, packet, client->session_kid,
                           (int32_t)APPMSG_NO_SUCH_METHOD);
    orbis_async_finish(client, packet->method, packet->ticket, (int32_t)APPMSG_NO_SUCH_METHOD,
                       NULL);
    orbis_packet_free(packet);
    shell_core_tap_done(&respond);
}

static void answer_sync(struct shell_core *shell_core, const struct orbis_object *client,
                        struct orbis_packet *packet)
{
    /* The sender is not in the request: the service knows it from the session. */
    uint32_t sender = (uint32_t)client->process->program_id;
    struct shell_call respond;
    uint32_t result;

    shell_core_tap_app_id(shell_core, client->session_kid, sender, packet->cause);
    result = handle_method(shell_core, packet, sender);
    shell_core_tap_respond(shell_core, &respond, packet, client->session_kid, (int32_t)result);
    orbis_sync_finish(packet, (int32_t)result, NULL);
    shell_core_tap_done(&respond);
}

static void deliver(struct orbis_object *server, struct orbis_packet *packet)
{
    struct shell_core *shell_core = server->kernel->shell_core;
    struct orbis_object *client =
        orbis_object_find(server->kernel, packet->client_kid, SCEIPMI_CLIENT);

    shell_core_tap_receive(shell_core, packet);
    if (!client)
        orbis_packet_free(packet);
    else if ((packet->type & 0x7F) == SCEIPMI_PACKET_CONNECT)
        accept_client(shell_core, client, packet);
    else if (packet->ticket)
        refuse_async(shell_core, client, packet);
    else
        answer_sync(shell_core, client, packet);
    shell_core_tap_wait(shell_core);
}

static const struct orbis_service service = {.deliver = deliver};

struct shell_core *shell_core_new(struct orbis_kernel *kernel)
{
    struct shell_core *shell_core = g_new0(struct shell_core, 1);

    shell_core->kernel = kernel;
    shell_core->process = server_process_new_simulated(kernel->server, kernel->platform,
                                                       "SceShellCore", SHELL_CORE_APP_ID);
    orbis_app_new(kernel, shell_core->process);
    shell_core->server = orbis_object_new(kernel, SCEIPMI_SERVER, shell_core->process);
    shell_core->server->name = g_strdup(APPMSG_SERVICE);
    shell_core->server->service = &service;
    return shell_core;
}

void shell_core_free(struct shell_core *shell_core)
{
    orbis_app_free(shell_core->process->data);
    server_process_free(shell_core->process);
    g_free(shell_core);
}
