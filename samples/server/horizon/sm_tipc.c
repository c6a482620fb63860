/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sm: over TIPC (12.0.0+). */
#include "services.h"

static uint32_t register_client(struct tipc_call *call)
{
    call->session->client_pid = call->pid;
    return 0;
}

static uint32_t get_service_handle(struct tipc_call *call)
{
    return sm_get_service(call->session, call->in, &call->moved[0]);
}

static uint32_t register_service(struct tipc_call *call)
{
    return sm_register_service(call->session, call->in, ipcshark_load_u32(call->in + 8),
                               &call->moved[0]);
}

static uint32_t unregister_service(struct tipc_call *call)
{
    return sm_unregister_service(call->session, call->in);
}

static uint32_t detach_client(struct tipc_call *call)
{
    call->session->client_pid = 0;
    return 0;
}

static uint32_t has_service(struct tipc_call *call)
{
    bool has = false;
    uint32_t result = sm_has_service(call->session, call->in, &has);

    call->out[0] = has;
    return result;
}

static uint32_t wait_service(struct tipc_call *call)
{
    return sm_wait_service(call->session, call->in);
}

/* RegisterService takes {name, u32 max, bool light}. */
static const struct tipc_command commands[] = {
    {.id = 0, .name = "RegisterClient", .run = register_client, .has_pid = true},
    {.id = 1,
     .name = "GetServiceHandle",
     .run = get_service_handle,
     .in_size = 8,
     .out_handles = 1},
    {.id = 2, .name = "RegisterService", .run = register_service, .in_size = 13, .out_handles = 1},
    {.id = 3, .name = "UnregisterService", .run = unregister_service, .in_size = 8},
    {.id = 4, .name = "DetachClient", .run = detach_client, .has_pid = true},
    {.id = SM_HAS_SERVICE,
     .name = "AtmosphereHasService",
     .run = has_service,
     .in_size = 8,
     .out_size = 1},
    {.id = SM_WAIT_SERVICE, .name = "AtmosphereWaitService", .run = wait_service, .in_size = 8},
};

const struct tipc_interface sm_tipc_interface = {commands, G_N_ELEMENTS(commands)};
