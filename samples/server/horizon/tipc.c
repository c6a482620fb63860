/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "Validation is an exact 64-bit header compare (and special-header compare when one is expected)";
 * a mismatch closes the session without a reply (tipc_autogen_interface_macros.hpp,
 * tipc_object_manager.hpp). */
#include "tipc.h"

#include <ipcshark/htipc.h>
#include <string.h>

static bool is_plain(const struct hipc_message *hipc)
{
    return hipc->pointer_count == 0 && hipc->exchange_count == 0 && hipc->receive_list_mode == 0 &&
           hipc->receive_list_words == 0 && hipc->reserved == 0;
}

static bool is_exact(const struct hipc_message *hipc, const struct tipc_command *command)
{
    const struct hipc_special *special = &hipc->special;

    return is_plain(hipc) && hipc->send_count == command->sends &&
           hipc->receive_count == command->receives &&
           hipc->raw_words == (command->in_size + 3) / 4 &&
           hipc->has_special == (command->has_pid || command->in_handles) &&
           special->has_pid == command->has_pid && special->copy_count == command->in_handles &&
           special->move_count == 0 && special->reserved == 0;
}

/* "On failure the shape is unchanged: result set, data as zero-initialised, handles 0." */
static void reply(struct tipc_call *call, uint16_t id, const struct tipc_command *command,
                  uint32_t result)
{
    struct horizon_buffer *buffer = &call->request->server_buffer;
    struct sf_context context = {.session = call->session};
    struct hipc_message hipc = {0};

    if (result != 0)
        memset(call->out, 0, sizeof call->out);
    for (unsigned int i = 0; i < command->out_handles; i++) {
        sf_add_moved(&context, &hipc, result == 0 ? call->moved[i] : NULL);
        if (result == 0)
            call->moved[i] = NULL;
    }
    memset(buffer->bytes, 0, buffer->size);
    htipc_encode_reply(&hipc, id, result, call->out, command->out_size, buffer->bytes,
                       buffer->size);
}

/* Copied handles are the command's only while it runs. */
static void drop_handles(struct tipc_call *call)
{
    const struct hipc_special *special = &call->request->delivered.special;

    for (unsigned int i = 0; i < special->copy_count; i++)
        horizon_handle_close(&call->session->process->handles, special->copy[i]);
    for (unsigned int i = 0; i < TIPC_MAX_HANDLES; i++)
        horizon_object_unref(call->moved[i]);
}

static const struct tipc_command *find_command(const struct tipc_interface *interface, uint16_t id)
{
    for (size_t i = 0; i < interface->command_count; i++) {
        if (interface->commands[i].id == id)
            return &interface->commands[i];
    }
    return NULL;
}

static uint32_t run(struct tipc_call *call, const struct tipc_interface *interface)
{
    const struct hipc_message *hipc = &call->request->delivered;
    const struct tipc_command *command;
    struct htipc_message message;
    uint32_t result;

    htipc_decode(call->request->server_buffer.bytes, call->request->delivered_size, hipc, false,
                 &message, NULL);
    command = find_command(interface, message.command_id);
    if (!command)
        return TIPC_INVALID_METHOD;
    if (!is_exact(hipc, command) || message.data_size < command->in_size)
        return TIPC_INVALID_MESSAGE_FORMAT;
    call->in = call->request->server_buffer.bytes + message.data_offset;
    result = command->run(call);
    if (result != SF_REQUEST_DEFERRED)
        reply(call, message.command_id, command, result);
    return result == SF_REQUEST_DEFERRED ? result : 0;
}

/* "Type 15 must have an otherwise empty header." */
static uint32_t close_session(const struct hipc_message *hipc)
{
    static const struct tipc_command nothing = {0};

    return is_exact(hipc, &nothing) ? TIPC_SESSION_CLOSED : TIPC_INVALID_MESSAGE_FORMAT;
}

uint32_t tipc_serve(struct sf_session *session, const struct tipc_interface *interface,
                    struct horizon_request *request)
{
    const struct hipc_message *hipc = &request->delivered;
    struct tipc_call call = {.session = session, .request = request, .pid = hipc->special.pid};
    uint32_t result = TIPC_INVALID_METHOD;

    if (hipc->type == HIPC_TYPE_TIPC_CLOSE)
        result = close_session(hipc);
    else if (htipc_is_type(hipc->type))
        result = run(&call, interface);
    drop_handles(&call);
    return result;
}
