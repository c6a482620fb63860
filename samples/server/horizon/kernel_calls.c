/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The system calls that are no messages. */
#include "horizon.h"

#include <string.h>

/* "Reserve a handle" comes before anything that the call would have to undo. */
static bool has_room(const struct server_call *call)
{
    const struct horizon_process *process = call->process->data;

    return horizon_handle_has_room(&process->handles);
}

/* Gives the object's only reference to the process's table. */
static uint32_t add_handle(struct server_call *call, struct horizon_object *object,
                           uint32_t *handle)
{
    struct horizon_process *process = call->process->data;
    uint32_t result = horizon_handle_add(&process->handles, object, handle);

    horizon_object_unref(object);
    return result;
}

static uint32_t add_pair(struct server_call *call, struct horizon_object *first,
                         struct horizon_object *second, struct ipctap_kernel_call *results)
{
    struct horizon_process *process = call->process->data;
    uint32_t result = add_handle(call, first, &results->handle);

    if (result != 0) {
        horizon_object_unref(second);
        return result;
    }
    result = add_handle(call, second, &results->handle_2);
    if (result != 0)
        horizon_handle_close(&process->handles, results->handle);
    return result;
}

static uint32_t connect_to_own_port(struct horizon_kernel *kernel, const char *name,
                                    struct server_target *target, struct horizon_object **client)
{
    struct horizon_object *port = g_hash_table_lookup(kernel->named_ports, name);

    *target = (struct server_target){.service = name};
    return port ? horizon_port_connect(kernel, port->port, &target->session, client)
                : HORIZON_NOT_FOUND;
}

static bool is_port(const struct horizon_kernel *kernel, const char *name)
{
    return !strcmp(name, "sm:") || g_hash_table_contains(kernel->named_ports, name);
}

/* "named port unknown / name too long: 0xF201 / 0xEE01". */
static uint32_t connect_to_named_port(struct horizon_kernel *kernel, struct server_call *call,
                                      const struct ipctap_kernel_call *arguments,
                                      struct ipctap_kernel_call *results)
{
    struct server_target target = {.service = "sm:",
                                   .interface_name = "nn::sm::detail::IUserInterface",
                                   .peer = kernel->sm->process};
    struct horizon_object *client;
    char *name = server_call_object_name(call);
    uint32_t result = 0;

    (void)arguments;
    if (!name || strlen(name) > HORIZON_PORT_NAME_SIZE)
        result = HORIZON_OUT_OF_RANGE;
    else if (is_port(kernel, name) && !has_room(call))
        result = HORIZON_OUT_OF_HANDLES;
    else if (!strcmp(name, "sm:"))
        result = horizon_connect(kernel, "sm:", &target.session, &client);
    else
        result = connect_to_own_port(kernel, name, &target, &client);
    if (result == 0) {
        server_call_target(call, &target);
        result = add_handle(call, client, &results->handle);
    }
    g_free(name);
    return result;
}

/* ManageNamedPort, or CreatePort without a name. */
static uint32_t create_port(struct horizon_kernel *kernel, struct server_call *call,
                            const struct ipctap_kernel_call *arguments,
                            struct ipctap_kernel_call *results)
{
    struct horizon_object *server, *client;
    char *name = server_call_object_name(call);
    bool is_named = name && *name;
    uint32_t result = 0;

    if ((int32_t)arguments->value < 0 || (is_named && strlen(name) > HORIZON_PORT_NAME_SIZE) ||
        (!is_named && arguments->value == 0))
        result = HORIZON_OUT_OF_RANGE;
    else if (is_named && arguments->value == 0)
        result = g_hash_table_remove(kernel->named_ports, name) ? 0 : HORIZON_NOT_FOUND;
    else if (is_named && is_port(kernel, name))
        result = HORIZON_INVALID_STATE;
    else if (is_named && !horizon_ports_have_room(kernel->named_ports))
        result = HORIZON_OUT_OF_RESOURCE;
    if (result != 0 || arguments->value == 0) {
        g_free(name);
        return result;
    }
    horizon_port_new(arguments->value, &server, &client);
    if (!is_named) {
        g_free(name);
        return add_pair(call, server, client, results);
    }
    g_hash_table_insert(kernel->named_ports, name, client);
    return add_handle(call, server, &results->handle);
}

static struct horizon_port *find_port(const struct server_call *call, uint32_t handle,
                                      enum horizon_object_type type)
{
    const struct horizon_process *process = call->process->data;
    const struct horizon_object *object = horizon_handle_find(&process->handles, handle);

    return object && object->type == type ? object->port : NULL;
}

/* "accept with nothing pending: 0xF201" */
static uint32_t accept_session(struct horizon_kernel *kernel, struct server_call *call,
                               const struct ipctap_kernel_call *arguments,
                               struct ipctap_kernel_call *results)
{
    struct horizon_port *port = find_port(call, arguments->handle, HORIZON_SERVER_PORT);
    struct horizon_object *session;

    (void)kernel;
    if (!port)
        return HORIZON_INVALID_HANDLE;
    if (!has_room(call))
        return HORIZON_OUT_OF_HANDLES;
    session = horizon_port_accept(port);
    return session ? add_handle(call, session, &results->handle) : HORIZON_NOT_FOUND;
}

static uint32_t connect_to_port(struct horizon_kernel *kernel, struct server_call *call,
                                const struct ipctap_kernel_call *arguments,
                                struct ipctap_kernel_call *results)
{
    struct horizon_port *port = find_port(call, arguments->handle, HORIZON_CLIENT_PORT);
    struct server_target target = {0};
    struct horizon_object *client;
    uint32_t result;

    if (!port)
        return HORIZON_INVALID_HANDLE;
    if (!has_room(call))
        return HORIZON_OUT_OF_HANDLES;
    result = horizon_port_connect(kernel, port, &target.session, &client);
    if (result != 0)
        return result;
    server_call_target(call, &target);
    return add_handle(call, client, &results->handle);
}

static uint32_t close_handle(struct horizon_kernel *kernel, struct server_call *call,
                             const struct ipctap_kernel_call *arguments,
                             struct ipctap_kernel_call *results)
{
    struct horizon_process *process = call->process->data;

    (void)results;
    if (!horizon_handle_close(&process->handles, arguments->handle))
        return HORIZON_INVALID_HANDLE;
    horizon_wake(kernel);
    return 0;
}

static uint32_t create_session(struct horizon_kernel *kernel, struct server_call *call,
                               const struct ipctap_kernel_call *arguments,
                               struct ipctap_kernel_call *results)
{
    struct horizon_object *server, *client;

    (void)arguments;
    horizon_session_new(kernel, &server, &client);
    return add_pair(call, server, client, results);
}

static uint32_t create_event(struct horizon_kernel *kernel, struct server_call *call,
                             const struct ipctap_kernel_call *arguments,
                             struct ipctap_kernel_call *results)
{
    struct horizon_object *writable, *readable;

    (void)kernel;
    if (arguments->value > 1)
        return HORIZON_INVALID_ENUM_VALUE;
    horizon_event_new(arguments->value == 1, &writable, &readable);
    return add_pair(call, writable, readable, results);
}

static struct horizon_event *find_event(const struct server_call *call, uint32_t handle,
                                        bool readable_too)
{
    const struct horizon_process *process = call->process->data;
    const struct horizon_object *object = horizon_handle_find(&process->handles, handle);

    if (object && (object->type == HORIZON_WRITABLE_EVENT ||
                   (readable_too && object->type == HORIZON_READABLE_EVENT)))
        return object->event;
    return NULL;
}

static uint32_t signal_event(struct horizon_kernel *kernel, struct server_call *call,
                             const struct ipctap_kernel_call *arguments,
                             struct ipctap_kernel_call *results)
{
    struct horizon_event *event = find_event(call, arguments->handle, false);

    (void)results;
    if (!event)
        return HORIZON_INVALID_HANDLE;
    event->signalled = true;
    horizon_wake(kernel);
    return 0;
}

static uint32_t clear_event(struct horizon_kernel *kernel, struct server_call *call,
                            const struct ipctap_kernel_call *arguments,
                            struct ipctap_kernel_call *results)
{
    struct horizon_event *event = find_event(call, arguments->handle, true);

    (void)kernel;
    (void)results;
    if (!event)
        return HORIZON_INVALID_HANDLE;
    event->signalled = false;
    return 0;
}

/* "ResetSignal: an error if it was not signalled" (InvalidState). */
static uint32_t reset_signal(struct horizon_kernel *kernel, struct server_call *call,
                             const struct ipctap_kernel_call *arguments,
                             struct ipctap_kernel_call *results)
{
    const struct horizon_process *process = call->process->data;
    const struct horizon_object *object = horizon_handle_find(&process->handles, arguments->handle);

    (void)kernel;
    (void)results;
    if (object && object->type == HORIZON_PROCESS)
        return HORIZON_INVALID_STATE;
    if (!object || object->type != HORIZON_READABLE_EVENT)
        return HORIZON_INVALID_HANDLE;
    if (!object->event->signalled)
        return HORIZON_INVALID_STATE;
    object->event->signalled = false;
    return 0;
}

static uint32_t get_process_id(struct horizon_kernel *kernel, struct server_call *call,
                               const struct ipctap_kernel_call *arguments,
                               struct ipctap_kernel_call *results)
{
    const struct horizon_process *process = call->process->data;
    const struct horizon_object *object = horizon_handle_find(&process->handles, arguments->handle);

    (void)kernel;
    if (arguments->handle == HORIZON_PSEUDO_PROCESS || arguments->handle == HORIZON_PSEUDO_THREAD)
        results->value = call->process->pid;
    else if (object && object->type == HORIZON_PROCESS)
        results->value = object->id;
    else if (object && object->type == HORIZON_THREAD)
        results->value = object->pid;
    else
        return HORIZON_INVALID_HANDLE;
    return 0;
}

static uint32_t cancel_synchronization(struct horizon_kernel *kernel, struct server_call *call,
                                       const struct ipctap_kernel_call *arguments,
                                       struct ipctap_kernel_call *results)
{
    (void)results;
    return horizon_wait_cancel_thread(kernel, call->process, arguments->value);
}

static horizon_call_function *const calls[] = {
    [IPCTAP_CALL_CONNECT_TO_PORT] = connect_to_named_port,
    [IPCTAP_CALL_CLOSE_HANDLE] = close_handle,
    [IPCTAP_CALL_CREATE_SESSION] = create_session,
    [IPCTAP_CALL_CREATE_PORT] = create_port,
    [IPCTAP_CALL_ACCEPT_SESSION] = accept_session,
    [IPCTAP_CALL_CREATE_SESSION_TO_PORT] = connect_to_port,
    [IPCTAP_CALL_CREATE_EVENT] = create_event,
    [IPCTAP_CALL_SIGNAL_EVENT] = signal_event,
    [IPCTAP_CALL_CLEAR_EVENT] = clear_event,
    [IPCTAP_CALL_RESET_SIGNAL] = reset_signal,
    [IPCTAP_CALL_CREATE_MEMORY_BLOCK] = horizon_create_memory_block,
    [IPCTAP_CALL_MAP_MEMORY_BLOCK] = horizon_map_memory_block,
    [IPCTAP_CALL_UNMAP_MEMORY_BLOCK] = horizon_unmap_memory_block,
    [IPCTAP_CALL_READ_MEMORY] = horizon_read_memory,
    [IPCTAP_CALL_WRITE_MEMORY] = horizon_write_memory,
    [IPCTAP_CALL_GET_PROCESS_ID] = get_process_id,
    [IPCTAP_CALL_CANCEL_SYNCHRONIZATION] = cancel_synchronization,
};

void horizon_kernel_call(struct horizon_kernel *kernel, struct server_call *call)
{
    struct ipctap_kernel_call arguments, results = {0};
    horizon_call_function *function = NULL;
    uint32_t result;

    server_call_kernel_call(call, &arguments);
    if (arguments.call == IPCTAP_CALL_WAIT_SYNCHRONIZATION) {
        horizon_wait(kernel, call, NULL);
        return;
    }
    if (arguments.call == IPCTAP_CALL_REPLY_AND_RECEIVE) {
        horizon_reply_and_receive(kernel, call);
        return;
    }
    if (arguments.call < G_N_ELEMENTS(calls))
        function = calls[arguments.call];
    if (!function) {
        server_call_finish(call, HORIZON_NOT_IMPLEMENTED);
        return;
    }
    result = function(kernel, call, &arguments, &results);
    if (result == 0)
        server_call_add_results(call, results);
    server_call_finish(call, result);
}
