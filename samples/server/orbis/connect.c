/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections: the client waits until the server has made a session and sent its result. */
#include "orbis.h"

#include <ipcshark/writer.h>

/** Fields that the configuration and the connect packet both have. */
static void copy_config(const uint8_t *config, uint8_t *packet)
{
    const struct sceipmi_layout *from = sceipmi_client_config();
    const struct sceipmi_layout *to = sceipmi_connect_packet();

    for (size_t i = 0; i < from->field_count; i++) {
        if (strcmp(from->field[i].name, "size") != 0)
            sceipmi_set(to, from->field[i].name, packet, to->size,
                        sceipmi_field_get(&from->field[i], config, from->size));
    }
}

static void put_user_data(GByteArray *body, const uint8_t *bytes, uint32_t size)
{
    static const uint8_t zeros[0x10];
    uint8_t prefix[4];

    ipcshark_store_u32(prefix, size);
    g_byte_array_append(body, prefix, sizeof prefix);
    if (size)
        g_byte_array_append(body, bytes, size);
    /* "at least 0x10 bytes of user data" */
    if (size < sizeof zeros)
        g_byte_array_append(body, zeros, sizeof zeros - size);
}

void orbis_connect_deliver(struct orbis_object *server, struct orbis_object *client,
                           struct orbis_wait *wait)
{
    const struct sceipmi_layout *layout = sceipmi_connect_packet();
    struct orbis_packet *packet = orbis_packet_new(SCEIPMI_PACKET_CONNECT, client);
    struct ipctap_section data = {0};
    uint8_t header[0x150] = {0};

    if (server->process == client->process)
        packet->type |= SCEIPMI_PACKET_SAME_PROCESS;
    copy_config(client->config, header);
    sceipmi_set(layout, "pid", header, sizeof header, client->process->pid);
    sceipmi_set(layout, "client_kid", header, sizeof header, client->kid);
    sceipmi_set(layout, "num_event_flags", header, sizeof header, SCEIPMI_MAX_EVENT_FLAGS);
    g_byte_array_append(packet->body, header, sizeof header);
    server_call_section(wait->call, IPCTAP_IPMI_USER_DATA, 0, &data);
    put_user_data(packet->body, data.bytes, data.captured_size);
    packet->cause = wait->call->tap_id;
    packet->wait = wait;
    wait->packet = packet;
    orbis_packet_deliver(server, packet);
}

/** "userDataLen is 0 if and only if the pointer is null; else 1 to 0x2000" (fpPS4). */
static bool check_user_data(struct orbis_call *call)
{
    uint64_t pointer = orbis_argument(call, "user_data");
    uint64_t size = orbis_argument(call, "user_data_size");
    struct ipctap_section section;

    if ((pointer == 0) != (size == 0) || size > 0x2000) {
        orbis_finish(call->call, ORBIS_ERROR(ORBIS_EINVAL));
        return false;
    }
    return orbis_contents(call, IPCTAP_IPMI_USER_DATA, 0, pointer, size, &section);
}

/** What refuses a connection at once, 0 if nothing does. */
static uint32_t refusal(struct orbis_call *call, const struct orbis_object *server)
{
    const struct server_options *options = server_get_options(call->kernel->server);

    if (call->object->session_kid || orbis_wait_find(call->object, SCEIPMI_CONNECT))
        return ORBIS_ERROR(ORBIS_EEXIST);
    /* Measured on PS5 4.03 (RPCSX and sharkie answer ENOENT). A console waits for the server only
     * where the library asked it to; here that is the server's option. */
    if (!server && !options->wait_for_services)
        return ORBIS_ERROR(server_choice(call->kernel->server, CHOICE_ORBIS_NO_SERVICE)
                               ? ORBIS_ENOENT
                               : ORBIS_ESRCH);
    return 0;
}

void orbis_connect(struct orbis_call *call)
{
    struct orbis_object *server = orbis_find_server(call->kernel, call->object->name);
    struct orbis_wait *wait;
    uint32_t microseconds;
    bool has_timeout;
    uint32_t error;

    server_call_target(call->call,
                       &(struct server_target){.service = call->object->name,
                                               .peer = server ? server->process : NULL});
    if (!check_user_data(call) || !orbis_read_timeout(call, &has_timeout, &microseconds))
        return;
    error = refusal(call, server);
    if (error) {
        orbis_finish(call->call, error);
        return;
    }
    wait = orbis_wait_new(call, call->object);
    if (has_timeout)
        orbis_wait_set_timeout(wait, microseconds);
    if (server)
        orbis_connect_deliver(server, call->object, wait);
}

struct orbis_object *orbis_session_new(struct orbis_object *server, struct orbis_object *client,
                                       uint64_t implementation, uint64_t user_data)
{
    struct orbis_object *session =
        orbis_object_new(server->kernel, SCEIPMI_SESSION, server->process);

    session->implementation = implementation;
    session->user_data = user_data;
    session->client_kid = client->kid;
    session->server_kid = server->kid;
    session->session_number = server_next_session(server->kernel->server);
    session->name = g_strdup(server->name);
    client->session_kid = session->kid;
    return session;
}

void orbis_connect_finish(struct orbis_object *client, int32_t status)
{
    struct orbis_wait *wait = orbis_wait_find(client, SCEIPMI_CONNECT);
    bool is_refused = status != 0 || !client->session_kid;
    /* "Refused or no session: 0x8002000D", measured on PS5 4.03. */
    uint32_t out = is_refused ? ORBIS_ERROR(ORBIS_EACCES) : 0;
    struct orbis_call parsed;

    if (!wait)
        return;
    orbis_call_parse(client->kernel, wait->call, &parsed);
    orbis_answer(wait->call, out);
    orbis_answer_scalar(wait->call, IPCTAP_SCALAR_STATUS, orbis_argument(&parsed, "status"),
                        (uint32_t)status, 4);
    orbis_wait_answer_timeout(wait);
    server_call_finish(orbis_wait_end(wait), out);
}

void orbis_disconnect(struct orbis_call *call)
{
    struct orbis_object *session =
        orbis_object_find(call->kernel, call->object->session_kid, SCEIPMI_SESSION);
    uint64_t status = orbis_argument(call, "status");

    server_call_target(call->call,
                       &(struct server_target){.service = call->object->name,
                                               .peer = session ? session->process : NULL});
    if (!session) {
        orbis_finish(call->call, ORBIS_ERROR(ORBIS_EACCES));
        return;
    }
    orbis_session_close(session);
    /* No source shows the disconnect packet, so the server is not told by one
     * (server-choices.md). */
    if (session->process->simulated)
        orbis_object_destroy(session);
    orbis_answer(call->call, 0);
    orbis_answer_scalar(call->call, IPCTAP_SCALAR_STATUS, status, 0, 4);
    server_call_finish(call->call, 0);
}

/** SendConnectResult takes a session, a client or a server: the client that is meant. */
static struct orbis_object *connecting_client(struct orbis_call *call)
{
    struct orbis_thread *thread = orbis_thread_of(call->call);
    uint32_t kid = thread->connecting;

    if (call->object->type == SCEIPMI_SESSION)
        kid = call->object->client_kid;
    else if (call->object->type == SCEIPMI_CLIENT)
        kid = call->object->kid;
    return orbis_object_find(call->kernel, kid, SCEIPMI_CLIENT);
}

void orbis_send_connect_result(struct orbis_call *call)
{
    struct orbis_object *client = connecting_client(call);
    struct orbis_object *server = client ? orbis_find_server(call->kernel, client->name) : NULL;
    struct orbis_object *session;
    int32_t status = (int32_t)orbis_argument(call, "status");

    if (!server || server->process != call->call->process ||
        !orbis_wait_find(client, SCEIPMI_CONNECT)) {
        orbis_finish(call->call, ORBIS_ERROR(ORBIS_EINVAL));
        return;
    }
    server_call_target(call->call,
                       &(struct server_target){.service = server->name, .peer = client->process});
    orbis_thread_of(call->call)->connecting = 0;
    orbis_connect_finish(client, status);
    session = orbis_object_find(call->kernel, client->session_kid, SCEIPMI_SESSION);
    if (session && status)
        orbis_session_close(session);
    orbis_finish(call->call, 0);
}
