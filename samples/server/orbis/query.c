/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls that ask the manager about an object. */
#include "orbis.h"

static void answer_name(struct orbis_call *call)
{
    uint64_t pointer = orbis_argument(call, "name");
    const char *name = call->object->name;

    if (!pointer) {
        orbis_finish_errno(call->call, ORBIS_EFAULT);
        return;
    }
    orbis_answer(call->call, 0);
    server_call_add(call->call, IPCTAP_IPMI_NAME, 0, pointer, name, strlen(name) + 1);
    server_call_finish(call->call, 0);
}

static void answer_value(struct orbis_call *call, uint64_t value, size_t size)
{
    uint64_t pointer = orbis_argument(call, "value");

    if (!pointer) {
        orbis_finish_errno(call->call, ORBIS_EFAULT);
        return;
    }
    orbis_answer(call->call, 0);
    orbis_answer_scalar(call->call, IPCTAP_SCALAR_VALUE, pointer, value, size);
    server_call_finish(call->call, 0);
}

static void answer_client(struct orbis_call *call)
{
    struct orbis_object *client =
        orbis_object_find(call->kernel, call->object->client_kid, SCEIPMI_CLIENT);

    if (!client)
        orbis_finish(call->call, ORBIS_ERROR(ORBIS_ESRCH));
    else if (call->arguments.op == SCEIPMI_SESSION_GET_CLIENT_PID)
        answer_value(call, client->process->pid, 4);
    else
        answer_value(call, (uint32_t)client->process->program_id, 4);
}

void orbis_query(struct orbis_call *call)
{
    server_call_target(call->call, &(struct server_target){.service = call->object->name});
    switch (call->arguments.op) {
    case SCEIPMI_SERVER_GET_NAME:
    case SCEIPMI_CLIENT_GET_NAME:
        answer_name(call);
        break;
    case SCEIPMI_SESSION_GET_CLIENT_PID:
    case SCEIPMI_SESSION_GET_CLIENT_APP_ID:
        answer_client(call);
        break;
    default:
        answer_value(call, call->object->user_data, 8);
        break;
    }
}
