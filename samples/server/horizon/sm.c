/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sm:, the service manager, over CMIF. */
#include "services.h"

#include <string.h>

/* sm_results.hpp */
#define SM_INVALID_CLIENT       HORIZON_RESULT(21, 2)
#define SM_ALREADY_REGISTERED   HORIZON_RESULT(21, 4)
#define SM_OUT_OF_SERVICES      HORIZON_RESULT(21, 5)
#define SM_INVALID_SERVICE_NAME HORIZON_RESULT(21, 6)
#define SM_NOT_REGISTERED       HORIZON_RESULT(21, 7)

#define NAME_SIZE 8

/* A name ends at its first NUL; nothing but NULs may follow, and it is not empty. */
static bool read_name(const uint8_t *bytes, char name[NAME_SIZE + 1])
{
    size_t size;

    memcpy(name, bytes, NAME_SIZE);
    name[NAME_SIZE] = '\0';
    size = strlen(name);
    for (size_t i = size; i < NAME_SIZE; i++) {
        if (bytes[i])
            return false;
    }
    return size > 0;
}

uint32_t sm_get_service(struct sf_session *session, const uint8_t *bytes,
                        struct horizon_object **client)
{
    char name[NAME_SIZE + 1];
    uint64_t number;
    uint32_t result;

    if (session->client_pid == 0)
        return SM_INVALID_CLIENT;
    /* The port is not listed as a service of itself. */
    if (!read_name(bytes, name))
        return SM_INVALID_SERVICE_NAME;
    if (!strcmp(name, "sm:"))
        return SM_NOT_REGISTERED;
    result = horizon_connect(session->kernel, name, &number, client);
    if (result != HORIZON_NOT_FOUND)
        return result;
    /* A console waits until somebody registers it. */
    return server_get_options(session->kernel->server)->wait_for_services ? SF_REQUEST_DEFERRED
                                                                          : SM_NOT_REGISTERED;
}

uint32_t sm_register_service(struct sf_session *session, const uint8_t *bytes,
                             uint32_t max_sessions, struct horizon_object **port)
{
    char name[NAME_SIZE + 1];
    struct horizon_object *client;

    if (session->client_pid == 0)
        return SM_INVALID_CLIENT;
    if (!read_name(bytes, name))
        return SM_INVALID_SERVICE_NAME;
    if (horizon_is_service(session->kernel, name))
        return SM_ALREADY_REGISTERED;
    if (!horizon_ports_have_room(session->kernel->registered))
        return SM_OUT_OF_SERVICES;
    horizon_port_new(max_sessions, port, &client);
    g_hash_table_insert(session->kernel->registered, g_strdup(name), client);
    session->kernel->services_changed = true;
    return 0;
}

uint32_t sm_unregister_service(struct sf_session *session, const uint8_t *bytes)
{
    char name[NAME_SIZE + 1];

    if (session->client_pid == 0)
        return SM_INVALID_CLIENT;
    if (!read_name(bytes, name))
        return SM_INVALID_SERVICE_NAME;
    return g_hash_table_remove(session->kernel->registered, name) ? 0 : SM_NOT_REGISTERED;
}

uint32_t sm_has_service(struct sf_session *session, const uint8_t *bytes, bool *has)
{
    char name[NAME_SIZE + 1];

    if (!read_name(bytes, name))
        return SM_INVALID_SERVICE_NAME;
    *has = horizon_is_service(session->kernel, name);
    return 0;
}

uint32_t sm_wait_service(struct sf_session *session, const uint8_t *bytes)
{
    bool has = false;
    uint32_t result = sm_has_service(session, bytes, &has);

    return result == 0 && !has ? SF_REQUEST_DEFERRED : result;
}

static uint32_t register_client(struct sf_context *context)
{
    context->session->client_pid = context->pid;
    return 0;
}

static uint32_t get_service_handle(struct sf_context *context)
{
    return sm_get_service(context->session, context->in, &context->out_move_handle[0]);
}

/* CMIF: name, light flag, sessions; TIPC has them in another order. */
static uint32_t register_service(struct sf_context *context)
{
    return sm_register_service(context->session, context->in, ipcshark_load_u32(context->in + 12),
                               &context->out_move_handle[0]);
}

static uint32_t unregister_service(struct sf_context *context)
{
    return sm_unregister_service(context->session, context->in);
}

static uint32_t has_service(struct sf_context *context)
{
    bool has = false;
    uint32_t result = sm_has_service(context->session, context->in, &has);

    context->out[0] = has;
    return result;
}

static uint32_t wait_service(struct sf_context *context)
{
    return sm_wait_service(context->session, context->in);
}

static uint32_t detach_client(struct sf_context *context)
{
    context->session->client_pid = 0;
    return 0;
}

static const struct sf_command commands[] = {
    {.id = 0, .name = "RegisterClient", .run = register_client, .in_size = 8, .has_pid = true},
    {.id = 1,
     .name = "GetServiceHandle",
     .run = get_service_handle,
     .in_size = NAME_SIZE,
     .out_move_handles = 1},
    {.id = 2,
     .name = "RegisterService",
     .run = register_service,
     .in_size = 0x10,
     .out_move_handles = 1},
    {.id = 3, .name = "UnregisterService", .run = unregister_service, .in_size = NAME_SIZE},
    {.id = 4, .name = "DetachClient", .run = detach_client, .in_size = 8, .has_pid = true},
    {.id = SM_HAS_SERVICE,
     .name = "AtmosphereHasService",
     .run = has_service,
     .in_size = NAME_SIZE,
     .out_size = 1},
    {.id = SM_WAIT_SERVICE,
     .name = "AtmosphereWaitService",
     .run = wait_service,
     .in_size = NAME_SIZE},
};

static const struct sf_interface interface = {.name = "nn::sm::detail::IUserInterface",
                                              .commands = commands,
                                              .command_count = G_N_ELEMENTS(commands),
                                              .tipc = &sm_tipc_interface};

struct sf_object *sm_new(struct horizon_kernel *kernel)
{
    return sf_object_new(kernel, &interface, NULL);
}
