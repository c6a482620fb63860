/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "horizon.h"

static struct horizon_object *end(struct horizon_port *port, enum horizon_object_type type)
{
    struct horizon_object *object = horizon_object_new(type);

    object->port = port;
    port->references++;
    return object;
}

void horizon_port_new(uint32_t max_sessions, struct horizon_object **server,
                      struct horizon_object **client)
{
    struct horizon_port *port = g_new0(struct horizon_port, 1);

    port->max_sessions = max_sessions;
    port->server_open = true;
    g_queue_init(&port->pending);
    *server = end(port, HORIZON_SERVER_PORT);
    *client = end(port, HORIZON_CLIENT_PORT);
}

void horizon_port_unref(struct horizon_port *port)
{
    if (--port->references == 0)
        g_free(port);
}

static gboolean is_closed(gpointer name, gpointer value, gpointer data)
{
    const struct horizon_object *client = value;

    (void)name;
    (void)data;
    return !client->port->server_open;
}

bool horizon_ports_have_room(GHashTable *ports)
{
    g_hash_table_foreach_remove(ports, is_closed, NULL);
    return g_hash_table_size(ports) < HORIZON_MAX_NAMES;
}

/* Sessions that nobody accepted lose their server's end with the port. */
void horizon_port_server_closed(struct horizon_port *port)
{
    struct horizon_object *session;

    port->server_open = false;
    while ((session = g_queue_pop_head(&port->pending)))
        horizon_object_unref(session);
}

/* "port full / port closed: 0xE01 / 0x10601" */
uint32_t horizon_port_connect(struct horizon_kernel *kernel, struct horizon_port *port,
                              uint64_t *session, struct horizon_object **client)
{
    struct horizon_session *made;
    struct horizon_object *server;

    if (!port->server_open)
        return HORIZON_PORT_CLOSED;
    /* Whatever a server asks for: sessions that nobody accepts must not pile up. */
    if (port->sessions >= MIN(port->max_sessions, server_get_options(kernel->server)->sessions))
        return HORIZON_OUT_OF_SESSIONS;
    made = horizon_session_new(kernel, &server, client);
    made->port = port;
    port->references++;
    port->sessions++;
    *session = made->number;
    g_queue_push_tail(&port->pending, server);
    horizon_wake(kernel);
    return 0;
}

struct horizon_object *horizon_port_accept(struct horizon_port *port)
{
    return g_queue_pop_head(&port->pending);
}
