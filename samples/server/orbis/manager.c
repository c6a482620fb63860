/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System call 622: the checks that all calls share, in the manager's order, and who does the
 * work. */
#include "orbis.h"

#define MAY_USE_OTHERS 1 /**< The kid may be another process's (the client that connects). */

struct handler {
    uint16_t op;
    void (*handle)(struct orbis_call *call);
    unsigned int flags;
};

static void trace(struct orbis_call *call)
{
    orbis_finish(call->call, 0);
}

static const struct handler handlers[] = {
    {SCEIPMI_CREATE_SERVER, orbis_create_server, 0},
    {SCEIPMI_DESTROY_SERVER, orbis_destroy, 0},
    {SCEIPMI_CREATE_CLIENT, orbis_create_client, 0},
    {SCEIPMI_DESTROY_CLIENT, orbis_destroy, 0},
    {SCEIPMI_CREATE_SESSION, orbis_create_session, 0},
    {SCEIPMI_DESTROY_SESSION, orbis_destroy, 0},
    {SCEIPMI_TRACE, trace, 0},
    {SCEIPMI_SERVER_RECEIVE_PACKET, orbis_receive_packet, 0},
    {SCEIPMI_SEND_CONNECT_RESULT, orbis_send_connect_result, MAY_USE_OTHERS},
    {SCEIPMI_RESPOND_SYNC, orbis_respond_sync, 0},
    {SCEIPMI_INVOKE_ASYNC, orbis_invoke_async, 0},
    {SCEIPMI_RESPOND_ASYNC, orbis_respond_async, 0},
    {SCEIPMI_TRY_GET_RESULT, orbis_try_get_result, 0},
    {SCEIPMI_GET_MESSAGE, orbis_get_message, 0},
    {SCEIPMI_TRY_GET_MESSAGE, orbis_get_message, 0},
    {SCEIPMI_SEND_MESSAGE, orbis_send_message, 0},
    {SCEIPMI_TRY_SEND_MESSAGE, orbis_send_message, 0},
    {SCEIPMI_EMPTY_MESSAGE_QUEUE, orbis_empty_queue, 0},
    {SCEIPMI_SESSION_GET_CLIENT_PID, orbis_query, 0},
    {SCEIPMI_DISCONNECT, orbis_disconnect, 0},
    {SCEIPMI_INVOKE_SYNC, orbis_invoke_sync, 0},
    {SCEIPMI_CONNECT, orbis_connect, 0},
    {SCEIPMI_SESSION_GET_CLIENT_APP_ID, orbis_query, 0},
    {SCEIPMI_SERVER_GET_USER_DATA, orbis_query, 0},
    {SCEIPMI_CLIENT_GET_USER_DATA, orbis_query, 0},
    {SCEIPMI_SESSION_GET_USER_DATA, orbis_query, 0},
    {SCEIPMI_SERVER_GET_NAME, orbis_query, 0},
    {SCEIPMI_CLIENT_GET_NAME, orbis_query, 0},
    {SCEIPMI_WAIT_EVENT_FLAG, orbis_wait_event_flag, 0},
    {SCEIPMI_POLL_EVENT_FLAG, orbis_wait_event_flag, 0},
    {SCEIPMI_SET_EVENT_FLAG, orbis_set_event_flag, 0},
};

static const struct handler *find_handler(uint32_t op)
{
    for (size_t i = 0; i < G_N_ELEMENTS(handlers); i++) {
        if (handlers[i].op == op)
            return &handlers[i];
    }
    return NULL;
}

/** False: refused and finished. A block of an unknown size (0x255) is taken as it comes. */
static bool check_block(struct orbis_call *call)
{
    const struct sceipmi_layout *layout = call->operation->layout;
    uint64_t wanted = layout ? layout->size : 0;
    uint64_t size = call->arguments.in_size;
    struct ipctap_section section;

    if (!orbis_contents(call, IPCTAP_IPMI_BLOCK, 0, call->arguments.in_pointer, size, &section))
        return false;
    if (call->operation->size_known ? size != wanted : size < wanted) {
        orbis_finish(call->call, ORBIS_ERROR(ORBIS_EINVAL));
        return false;
    }
    return true;
}

/** "numIn, numOut > 10 gives EINVAL, flags > 1 gives EINVAL" (fpPS4). */
static bool check_arguments(struct orbis_call *call)
{
    bool is_wrong = orbis_argument(call, "num_in") > SCEIPMI_MAX_COUNT ||
                    orbis_argument(call, "num_out") > SCEIPMI_MAX_COUNT;

    if (call->arguments.op == SCEIPMI_INVOKE_SYNC)
        is_wrong = is_wrong || orbis_argument(call, "flags") > 1 ||
                   orbis_argument(call, "result") == 0;
    if (call->arguments.op == SCEIPMI_CONNECT)
        is_wrong = is_wrong || orbis_argument(call, "status") == 0;
    if (is_wrong)
        orbis_finish(call->call, ORBIS_ERROR(ORBIS_EINVAL));
    return !is_wrong;
}

/** The kid names an object of the right kind that this process may use. */
static bool check_object(struct orbis_call *call, const struct handler *handler)
{
    bool is_wrong;

    if (call->operation->object == SCEIPMI_NO_OBJECT || call->arguments.op == SCEIPMI_TRACE)
        return true;
    is_wrong = !call->object ||
               (!(handler->flags & MAY_USE_OTHERS) && call->object->process != call->call->process);
    if (is_wrong)
        orbis_finish(call->call, ORBIS_ERROR(ORBIS_EINVAL));
    return !is_wrong;
}

/* RPCSX answers 0, sharkie ENOTSUP. */
static void finish_unknown(struct orbis_call *call)
{
    bool succeeds = server_choice(call->kernel->server, CHOICE_ORBIS_UNKNOWN_OPERATION);

    orbis_finish(call->call, succeeds ? 0 : ORBIS_ERROR(ORBIS_ENOTSUP));
}

void orbis_manager_call(struct orbis_kernel *kernel, struct server_call *server_call)
{
    const struct handler *handler;
    struct orbis_call call;

    if (!orbis_call_parse(kernel, server_call, &call)) {
        server_call_reject(server_call, "A manager call without its %d-byte IPMI_CALL section",
                           SCEIPMI_CALL_SIZE);
        return;
    }
    handler = find_handler(call.arguments.op);
    if (call.arguments.in_size > SCEIPMI_MAX_BLOCK_SIZE)
        orbis_finish(server_call, ORBIS_BLOCK_TOO_LARGE);
    else if (!handler)
        finish_unknown(&call);
    else if (check_block(&call) && check_arguments(&call) && check_object(&call, handler))
        handler->handle(&call);
}
