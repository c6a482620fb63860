/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sm: over TIPC (12.0.0+). "Validation is an exact 64-bit header compare; a mismatch closes the
 * session without reply." */
#include "services.h"

#include <ipcshark/htipc.h>
#include <string.h>

struct tipc {
    struct sf_session *session;
    struct horizon_request *request;
    const uint8_t *data;
    uint64_t pid;
    struct horizon_object *moved;
};

struct command {
    const char *name;
    uint32_t (*run)(struct tipc *tipc);
    uint8_t in_words;
    bool has_pid;
    uint8_t out_handles;
};

static uint32_t register_client(struct tipc *tipc)
{
    tipc->session->client_pid = tipc->pid;
    return 0;
}

static uint32_t get_service_handle(struct tipc *tipc)
{
    return sm_get_service(tipc->session, tipc->data, &tipc->moved);
}

static uint32_t register_service(struct tipc *tipc)
{
    return sm_register_service(tipc->session, tipc->data, ipcshark_load_u32(tipc->data + 8),
                               &tipc->moved);
}

static uint32_t unregister_service(struct tipc *tipc)
{
    return sm_unregister_service(tipc->session, tipc->data);
}

static uint32_t detach_client(struct tipc *tipc)
{
    tipc->session->client_pid = 0;
    return 0;
}

static const struct command commands[] = {
    [0] = {"RegisterClient", register_client, 0, true, 0},
    [1] = {"GetServiceHandle", get_service_handle, 2, false, 1},
    [2] = {"RegisterService", register_service, 4, false, 1},
    [3] = {"UnregisterService", unregister_service, 2, false, 0},
    [4] = {"DetachClient", detach_client, 0, true, 0},
};

static bool is_exact(const struct hipc_message *hipc, const struct command *command)
{
    return hipc->pointer_count == 0 && hipc->send_count == 0 && hipc->receive_count == 0 &&
           hipc->exchange_count == 0 && hipc->receive_list_mode == 0 &&
           hipc->raw_words == command->in_words && hipc->special.has_pid == command->has_pid &&
           hipc->special.copy_count == 0 && hipc->special.move_count == 0;
}

static void reply(struct tipc *tipc, uint16_t id, const struct command *command, uint32_t result)
{
    struct horizon_buffer *buffer = &tipc->request->server_buffer;
    struct sf_context context = {.session = tipc->session};
    struct hipc_message hipc = {0};

    /* "On failure the shape is unchanged: result set, handles 0." */
    if (command->out_handles)
        sf_add_moved(&context, &hipc, result == 0 ? tipc->moved : NULL);
    memset(buffer->bytes, 0, buffer->size);
    htipc_encode_reply(&hipc, id, result, NULL, 0, buffer->bytes, buffer->size);
}

uint32_t sm_serve_tipc(struct sf_session *session, struct horizon_request *request)
{
    const struct hipc_message *hipc = &request->delivered;
    struct tipc tipc = {.session = session, .request = request, .pid = hipc->special.pid};
    struct htipc_message message;
    const struct command *command;
    uint32_t result;

    htipc_decode(request->server_buffer.bytes, request->delivered_size, hipc, false, &message,
                 NULL);
    if (message.is_close || message.command_id >= G_N_ELEMENTS(commands))
        return HORIZON_SESSION_CLOSED;
    command = &commands[message.command_id];
    if (!command->run || !is_exact(hipc, command))
        return HORIZON_SESSION_CLOSED;
    tipc.data = request->server_buffer.bytes + message.data_offset;
    result = command->run(&tipc);
    if (result == SF_REQUEST_DEFERRED)
        return result;
    reply(&tipc, message.command_id, command, result);
    return 0;
}
