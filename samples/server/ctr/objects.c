/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects, sessions and ports: what ends when the last reference goes. */
#include "ctr.h"
#include "service.h"

struct ctr_object *ctr_object_new(struct ctr_kernel *kernel, enum ctr_type type)
{
    struct ctr_object *object = g_new0(struct ctr_object, 1);

    object->kernel = kernel;
    object->type = type;
    object->references = 1;
    return object;
}

struct ctr_object *ctr_object_ref(struct ctr_object *object)
{
    object->references++;
    return object;
}

static void port_unref(struct ctr_port *port)
{
    if (--port->references == 0)
        g_free(port);
}

static void unmap(struct ctr_kernel *kernel, const struct ctr_session *session)
{
    GHashTableIter iterator;
    gpointer process;

    g_hash_table_iter_init(&iterator, kernel->processes);
    while (g_hash_table_iter_next(&iterator, &process, NULL))
        ctr_process_unmap_session(process, session);
}

static void session_free_if_closed(struct ctr_kernel *kernel, struct ctr_session *session)
{
    if (session->client || session->server)
        return;
    unmap(kernel, session);
    if (session->port) {
        session->port->sessions--;
        port_unref(session->port);
    }
    g_free(session);
}

/** A service inside the server lets go of its end, and with it of the session. */
static void close_client_session(struct ctr_kernel *kernel, struct ctr_session *session)
{
    if (session->service && session->service->close)
        session->service->close(session);
    session->client = NULL;
    if (session->service && session->server)
        ctr_handle_close(ctr_host_process(kernel, session->service->host), session->server_handle);
    else
        session_free_if_closed(kernel, session);
}

/** Everybody who waits for an answer learns that none will come. */
static void close_server_session(struct ctr_session *session)
{
    struct ctr_pending *request;

    session->server = NULL;
    while ((request = g_queue_pop_head(&session->requests)))
        ctr_request_end(request, CTR_SESSION_CLOSED);
    if (session->answering) {
        request = session->answering;
        session->answering = NULL;
        ctr_request_end(request, CTR_SESSION_CLOSED);
    }
}

static void close_server_port(struct ctr_kernel *kernel, struct ctr_port *port)
{
    struct ctr_object *pending;

    port->server = NULL;
    while ((pending = g_queue_pop_head(&port->pending)))
        ctr_object_unref(pending);
    ctr_srv_port_closed(kernel, port);
    if (*port->name && g_hash_table_lookup(kernel->ports, port->name) == port->client)
        g_hash_table_remove(kernel->ports, port->name);
}

/** The last request may be all that holds the client end, and the session with it. */
static void destroy_server_session(struct ctr_kernel *kernel, struct ctr_session *session)
{
    struct ctr_object *client = session->client ? ctr_object_ref(session->client) : NULL;

    close_server_session(session);
    if (client)
        ctr_object_unref(client);
    else
        session_free_if_closed(kernel, session);
}

static void destroy_session_end(struct ctr_object *object)
{
    if (object->type == CTR_CLIENT_SESSION)
        close_client_session(object->kernel, object->session);
    else
        destroy_server_session(object->kernel, object->session);
}

static void destroy_port_end(struct ctr_object *object)
{
    struct ctr_port *port = object->port;

    if (object->type == CTR_CLIENT_PORT)
        port->client = NULL;
    else
        close_server_port(object->kernel, port);
    port_unref(port);
}

void ctr_object_unref(struct ctr_object *object)
{
    struct ctr_kernel *kernel;

    if (!object || --object->references)
        return;
    kernel = object->kernel;
    if (object->session)
        destroy_session_end(object);
    if (object->port)
        destroy_port_end(object);
    if (object->memory)
        g_byte_array_unref(object->memory);
    server_charge_free(object->charge);
    g_free(object);
    ctr_wake(kernel);
}

struct ctr_session *ctr_session_new(struct ctr_kernel *kernel, const char *name)
{
    struct ctr_session *session = g_new0(struct ctr_session, 1);

    session->number = server_next_session(kernel->server);
    session->name = g_intern_string(name);
    session->client = ctr_object_new(kernel, CTR_CLIENT_SESSION);
    session->client->session = session;
    return session;
}

struct ctr_port *ctr_port_new(struct ctr_kernel *kernel, const char *name, uint32_t maximum)
{
    struct ctr_port *port = g_new0(struct ctr_port, 1);

    port->name = g_intern_string(name);
    port->maximum = maximum;
    port->client = ctr_object_new(kernel, CTR_CLIENT_PORT);
    port->server = ctr_object_new(kernel, CTR_SERVER_PORT);
    port->client->port = port->server->port = port;
    port->references = 2;
    return port;
}

struct ctr_object *ctr_port_connect(struct ctr_port *port, uint32_t *result)
{
    struct ctr_kernel *kernel = port->client->kernel;
    struct ctr_session *session;

    *result = CTR_SESSION_CLOSED;
    if (!port->server)
        return NULL;
    *result = CTR_MAX_CONNECTIONS;
    if (port->sessions >= MIN(port->maximum, server_get_options(kernel->server)->sessions))
        return NULL;
    *result = 0;
    session = ctr_session_new(kernel, port->name);
    session->port = port;
    session->peer_pid = port->peer_pid;
    port->references++;
    port->sessions++;
    if (port->service)
        return ctr_service_attach(session, port->service, NULL, result);
    session->server = ctr_object_new(kernel, CTR_SERVER_SESSION);
    session->server->session = session;
    g_queue_push_tail(&port->pending, session->server);
    ctr_wake(kernel);
    return session->client;
}
