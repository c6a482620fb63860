/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "horizon.h"

struct horizon_object *horizon_object_new(enum horizon_object_type type)
{
    struct horizon_object *object = g_new0(struct horizon_object, 1);

    object->type = type;
    object->references = 1;
    return object;
}

struct horizon_object *horizon_object_ref(struct horizon_object *object)
{
    object->references++;
    return object;
}

static void destroy(struct horizon_object *object)
{
    switch (object->type) {
    case HORIZON_CLIENT_SESSION:
    case HORIZON_SERVER_SESSION:
        horizon_session_end_closed(object->session, object->type);
        break;
    case HORIZON_READABLE_EVENT:
    case HORIZON_WRITABLE_EVENT:
        if (--object->event->ends == 0)
            g_free(object->event);
        break;
    case HORIZON_SERVER_PORT:
        horizon_port_server_closed(object->port);
        horizon_port_unref(object->port);
        break;
    case HORIZON_CLIENT_PORT:
        horizon_port_unref(object->port);
        break;
    case HORIZON_MEMORY_BLOCK:
        horizon_memory_block_free(object->block);
        break;
    case HORIZON_PROCESS:
    case HORIZON_THREAD:
    case HORIZON_INTERRUPT_EVENT:
        break;
    }
    g_free(object);
}

void horizon_object_unref(struct horizon_object *object)
{
    if (object && --object->references == 0)
        destroy(object);
}

static struct horizon_object *event_end(struct horizon_event *event, enum horizon_object_type type)
{
    struct horizon_object *object = horizon_object_new(type);

    object->event = event;
    event->ends++;
    return object;
}

void horizon_event_new(bool sticky, struct horizon_object **writable,
                       struct horizon_object **readable)
{
    struct horizon_event *event = g_new0(struct horizon_event, 1);

    event->sticky = sticky;
    *writable = event_end(event, HORIZON_WRITABLE_EVENT);
    *readable = event_end(event, HORIZON_READABLE_EVENT);
}
