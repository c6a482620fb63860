/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "horizon.h"
#include "sf.h"

static struct horizon_object *end(struct horizon_session *session, enum horizon_object_type type)
{
    struct horizon_object *object = horizon_object_new(type);

    object->session = session;
    return object;
}

struct horizon_session *horizon_session_new(struct horizon_kernel *kernel,
                                            struct horizon_object **server,
                                            struct horizon_object **client)
{
    struct horizon_session *session = g_new0(struct horizon_session, 1);

    session->number = server_next_session(kernel->server);
    session->references = 2;
    g_queue_init(&session->waiting);
    session->client_open = true;
    session->server_open = true;
    *server = end(session, HORIZON_SERVER_SESSION);
    *client = end(session, HORIZON_CLIENT_SESSION);
    return session;
}

void horizon_session_unref(struct horizon_session *session)
{
    if (--session->references > 0)
        return;

    if (session->port) {
        session->port->sessions--;
        horizon_port_unref(session->port);
    }
    g_free(session);
}

/* A simulated service notices at once that its client is gone. */
static void client_closed(struct horizon_session *session)
{
    struct sf_session *sf = session->sf;

    session->client_open = false;
    session->sf = NULL;
    if (!sf)
        return;
    sf_session_free(sf);
    if (session->server_open)
        horizon_handle_close(&session->server->handles, session->server_handle);
}

/* "server end closed before / during: 0xF601". */
static void server_closed(struct horizon_session *session)
{
    struct sf_session *sf = session->sf;
    struct horizon_request *request = session->current;

    session->server_open = false;
    session->sf = NULL;
    session->current = NULL;
    if (sf)
        sf_session_free(sf);
    if (request)
        horizon_serve_end(request, HORIZON_SESSION_CLOSED);
    while ((request = g_queue_pop_head(&session->waiting)))
        horizon_serve_end(request, HORIZON_SESSION_CLOSED);
}

void horizon_session_end_closed(struct horizon_session *session, enum horizon_object_type end_type)
{
    if (end_type == HORIZON_CLIENT_SESSION)
        client_closed(session);
    else
        server_closed(session);
    horizon_session_unref(session);
}
