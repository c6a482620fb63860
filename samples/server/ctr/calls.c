/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The system calls other than those that wait or carry messages. */
#include "ctr.h"
#include "service.h"

/** Finishes with a handle for the object, which it takes. */
static void finish_with_handle(struct ctr_process *process, struct server_call *call,
                               struct ctr_object *object)
{
    uint32_t handle = ctr_handle_new(process, object);

    ctr_object_unref(object);
    server_call_add_results(call, (struct ipctap_kernel_call){.handle = handle});
    server_call_finish(call, handle ? 0 : CTR_OUT_OF_HANDLES);
}

/** Two ends at once, both taken; the second may be NULL. */
static void finish_with_ends(struct ctr_process *process, struct server_call *call,
                             struct ctr_object *server, struct ctr_object *client)
{
    struct ipctap_kernel_call results = {.handle = ctr_handle_new(process, server)};
    bool is_full;

    if (client)
        results.handle_2 = ctr_handle_new(process, client);
    is_full = !results.handle || (client && !results.handle_2);
    if (is_full) {
        ctr_handle_close(process, results.handle);
        ctr_handle_close(process, results.handle_2);
    }
    ctr_object_unref(server);
    ctr_object_unref(client);
    if (!is_full)
        server_call_add_results(call, results);
    server_call_finish(call, is_full ? CTR_OUT_OF_HANDLES : 0);
}

static void connect_to(struct ctr_process *process, struct server_call *call, struct ctr_port *port)
{
    struct server_target target = {
        .service = port->name,
        .peer = server_process_find(call->process->server, port->peer_pid),
    };
    uint32_t result;
    struct ctr_object *session = ctr_port_connect(port, &result);

    if (session)
        target.session = session->session->number;
    server_call_target(call, &target);
    if (session)
        finish_with_handle(process, call, session);
    else
        server_call_finish(call, result);
}

static void connect_to_port(struct ctr_process *process, struct server_call *call,
                            const struct ipctap_kernel_call *arguments)
{
    g_autofree char *name = server_call_object_name(call);
    struct ctr_object *port = name ? g_hash_table_lookup(process->kernel->ports, name) : NULL;

    (void)arguments;
    if (name && strlen(name) > CTR_MAX_PORT_NAME)
        server_call_finish(call, CTR_PORT_NAME_TOO_LONG);
    else if (!port)
        server_call_finish(call, CTR_NOT_FOUND);
    else
        connect_to(process, call, port->port);
}

static void close_handle(struct ctr_process *process, struct server_call *call,
                         const struct ipctap_kernel_call *arguments)
{
    server_call_finish(call, ctr_handle_close(process, arguments->handle) ? 0 : CTR_INVALID_HANDLE);
}

static void create_session(struct ctr_process *process, struct server_call *call,
                           const struct ipctap_kernel_call *arguments)
{
    struct ctr_session *session = ctr_session_new(process->kernel, "");

    (void)arguments;
    session->peer_pid = process->process->pid;
    session->server = ctr_object_new(process->kernel, CTR_SERVER_SESSION);
    session->server->session = session;
    finish_with_ends(process, call, session->server, session->client);
}

static void create_port(struct ctr_process *process, struct server_call *call,
                        const struct ipctap_kernel_call *arguments)
{
    g_autofree char *name = server_call_object_name(call);
    bool is_global = name && *name;
    struct ctr_port *port;

    if (is_global && strlen(name) > CTR_MAX_PORT_NAME) {
        server_call_finish(call, CTR_PORT_NAME_TOO_LONG);
        return;
    }
    if (is_global && g_hash_table_contains(process->kernel->ports, name)) {
        server_call_finish(call, CTR_ALREADY_EXISTS);
        return;
    }
    port = ctr_port_new(process->kernel, is_global ? name : "", arguments->value);
    port->peer_pid = process->process->pid;
    if (is_global)
        g_hash_table_insert(process->kernel->ports, g_strdup(name), port->client);
    finish_with_ends(process, call, port->server, is_global ? NULL : port->client);
}

static void accept_session(struct ctr_process *process, struct server_call *call,
                           const struct ipctap_kernel_call *arguments)
{
    struct ctr_object *port = ctr_handle_find_type(process, arguments->handle, CTR_SERVER_PORT);
    struct ctr_object *session = port ? g_queue_pop_head(&port->port->pending) : NULL;

    if (session)
        finish_with_handle(process, call, session);
    else
        server_call_finish(call, port ? CTR_NO_PENDING_SESSIONS : CTR_INVALID_HANDLE);
}

static void create_session_to_port(struct ctr_process *process, struct server_call *call,
                                   const struct ipctap_kernel_call *arguments)
{
    struct ctr_object *port = ctr_handle_find_type(process, arguments->handle, CTR_CLIENT_PORT);

    if (port)
        connect_to(process, call, port->port);
    else
        server_call_finish(call, CTR_INVALID_HANDLE);
}

static void create_event(struct ctr_process *process, struct server_call *call,
                         const struct ipctap_kernel_call *arguments)
{
    struct ctr_object *event;

    if (arguments->value > CTR_RESET_PULSE) {
        server_call_finish(call, CTR_INVALID_ENUM);
        return;
    }
    event = ctr_object_new(process->kernel, CTR_EVENT);
    event->reset = (enum ctr_reset)arguments->value;
    finish_with_handle(process, call, event);
}

void ctr_event_signal(struct ctr_object *event)
{
    event->is_signalled = true;
    ctr_wake(event->kernel);
    if (event->reset == CTR_RESET_PULSE)
        event->is_signalled = false;
}

static void set_event(struct ctr_process *process, struct server_call *call,
                      const struct ipctap_kernel_call *arguments)
{
    struct ctr_object *event = ctr_handle_find_type(process, arguments->handle, CTR_EVENT);

    if (event)
        ctr_object_ref(event);
    server_call_finish(call, event ? 0 : CTR_INVALID_HANDLE);
    if (event && arguments->call == IPCTAP_CALL_SIGNAL_EVENT)
        ctr_event_signal(event);
    else if (event)
        event->is_signalled = false;
    ctr_object_unref(event);
}

static void get_process_id(struct ctr_process *process, struct server_call *call,
                           const struct ipctap_kernel_call *arguments)
{
    struct ctr_object *object = ctr_handle_resolve(process, arguments->handle);
    bool is_process = object && object->type == CTR_PROCESS && object->process;

    if (is_process)
        server_call_add_results(
            call, (struct ipctap_kernel_call){.value = object->process->process->pid});
    ctr_object_unref(object);
    server_call_finish(call, is_process ? 0 : CTR_INVALID_HANDLE);
}

static void duplicate_handle(struct ctr_process *process, struct server_call *call,
                             const struct ipctap_kernel_call *arguments)
{
    struct ctr_object *object = ctr_handle_resolve(process, arguments->handle);

    if (object)
        finish_with_handle(process, call, object);
    else
        server_call_finish(call, CTR_INVALID_HANDLE);
}

static void create_semaphore(struct ctr_process *process, struct server_call *call,
                             const struct ipctap_kernel_call *arguments)
{
    struct ctr_object *semaphore;

    if (arguments->value > arguments->value_2 || arguments->value_2 > INT32_MAX) {
        server_call_finish(call, CTR_INVALID_COMBINATION);
        return;
    }
    semaphore = ctr_object_new(process->kernel, CTR_SEMAPHORE);
    semaphore->count = arguments->value;
    semaphore->maximum = (uint32_t)arguments->value_2;
    finish_with_handle(process, call, semaphore);
}

static void release_semaphore(struct ctr_process *process, struct server_call *call,
                              const struct ipctap_kernel_call *arguments)
{
    struct ctr_object *semaphore = ctr_handle_find_type(process, arguments->handle, CTR_SEMAPHORE);

    if (!semaphore) {
        server_call_finish(call, CTR_INVALID_HANDLE);
    } else if (arguments->value > semaphore->maximum - semaphore->count) {
        server_call_finish(call, CTR_OUT_OF_RANGE);
    } else {
        server_call_add_results(call, (struct ipctap_kernel_call){.value = semaphore->count});
        semaphore->count += arguments->value;
        server_call_finish(call, 0);
        ctr_wake(process->kernel);
    }
}

typedef void (*kernel_call)(struct ctr_process *process, struct server_call *call,
                            const struct ipctap_kernel_call *arguments);

static const kernel_call calls[] = {
    [IPCTAP_CALL_CONNECT_TO_PORT] = connect_to_port,
    [IPCTAP_CALL_CLOSE_HANDLE] = close_handle,
    [IPCTAP_CALL_CREATE_SESSION] = create_session,
    [IPCTAP_CALL_CREATE_PORT] = create_port,
    [IPCTAP_CALL_ACCEPT_SESSION] = accept_session,
    [IPCTAP_CALL_CREATE_SESSION_TO_PORT] = create_session_to_port,
    [IPCTAP_CALL_CREATE_EVENT] = create_event,
    [IPCTAP_CALL_SIGNAL_EVENT] = set_event,
    [IPCTAP_CALL_CLEAR_EVENT] = set_event,
    [IPCTAP_CALL_CREATE_MEMORY_BLOCK] = ctr_create_memory_block,
    [IPCTAP_CALL_MAP_MEMORY_BLOCK] = ctr_map_memory_block,
    [IPCTAP_CALL_UNMAP_MEMORY_BLOCK] = ctr_unmap_memory_block,
    [IPCTAP_CALL_READ_MEMORY] = ctr_read_memory,
    [IPCTAP_CALL_WRITE_MEMORY] = ctr_write_memory,
    [IPCTAP_CALL_GET_PROCESS_ID] = get_process_id,
    [IPCTAP_CALL_DUPLICATE_HANDLE] = duplicate_handle,
    [IPCTAP_CALL_CREATE_SEMAPHORE] = create_semaphore,
    [IPCTAP_CALL_RELEASE_SEMAPHORE] = release_semaphore,
};

void ctr_kernel_call(struct ctr_kernel *kernel, struct server_call *call)
{
    struct ipctap_kernel_call arguments;

    server_call_kernel_call(call, &arguments);
    if (arguments.call == IPCTAP_CALL_REPLY_AND_RECEIVE)
        ctr_reply_and_receive(kernel, call);
    else if (arguments.call == IPCTAP_CALL_WAIT_SYNCHRONIZATION)
        ctr_wait_synchronization(kernel, call);
    else if (arguments.call < G_N_ELEMENTS(calls) && calls[arguments.call])
        calls[arguments.call](call->process->data, call, &arguments);
    else
        server_call_finish(call, CTR_NOT_IMPLEMENTED);
}
