/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls that wait: for a connection, an answer, a packet, a message, an event. */
#include "orbis.h"

#include <ipcshark/reader.h>

struct orbis_wait *orbis_wait_new(struct orbis_call *call, struct orbis_object *object)
{
    struct orbis_wait *wait = g_new0(struct orbis_wait, 1);

    wait->call = call->call;
    wait->op = call->arguments.op;
    wait->object = object;
    wait->timeout_pointer = orbis_argument(call, "timeout");
    call->call->wait = wait;
    g_queue_push_tail(&object->waiting, wait);
    return wait;
}

struct orbis_wait *orbis_wait_find(const struct orbis_object *object, uint32_t op)
{
    for (GList *link = object->waiting.head; link; link = link->next) {
        struct orbis_wait *wait = link->data;

        if (wait->op == op)
            return wait;
    }
    return NULL;
}

bool orbis_read_timeout(struct orbis_call *call, bool *has_timeout, uint32_t *microseconds)
{
    uint64_t pointer = orbis_argument(call, "timeout");
    struct ipctap_section section;

    *has_timeout = pointer != 0;
    if (!pointer)
        return true;
    if (!orbis_contents(call, IPCTAP_IPMI_SCALAR, IPCTAP_SCALAR_TIMEOUT, pointer, 4, &section))
        return false;
    *microseconds = ipcshark_load_u32(section.bytes);
    return true;
}

static void time_out(void *data)
{
    struct orbis_wait *wait = data;
    uint64_t pointer = wait->timeout_pointer;
    struct server_call *call;

    wait->timer = NULL;
    call = orbis_wait_end(wait);
    orbis_answer(call, ORBIS_ERROR(ORBIS_ETIMEDOUT));
    orbis_answer_scalar(call, IPCTAP_SCALAR_TIMEOUT, pointer, 0, 4);
    server_call_finish(call, ORBIS_ERROR(ORBIS_ETIMEDOUT));
}

void orbis_wait_set_timeout(struct orbis_wait *wait, uint32_t microseconds)
{
    uint64_t nanoseconds = (uint64_t)microseconds * 1000;

    wait->deadline = server_stamp_time() + nanoseconds;
    wait->timer = server_timer_new(wait->object->kernel->server, nanoseconds, time_out, wait);
}

void orbis_wait_begin(struct orbis_call *call)
{
    struct orbis_wait *wait;
    uint32_t microseconds;
    bool has_timeout;

    if (!orbis_read_timeout(call, &has_timeout, &microseconds))
        return;
    wait = orbis_wait_new(call, call->object);
    if (has_timeout)
        orbis_wait_set_timeout(wait, microseconds);
}

void orbis_wait_answer_timeout(const struct orbis_wait *wait)
{
    uint64_t now = server_stamp_time();

    if (!wait->deadline)
        return;
    orbis_answer_scalar(wait->call, IPCTAP_SCALAR_TIMEOUT, wait->timeout_pointer,
                        wait->deadline > now ? (wait->deadline - now) / 1000 : 0, 4);
}

struct server_call *orbis_wait_end(struct orbis_wait *wait)
{
    struct server_call *call = wait->call;

    if (wait->timer)
        server_timer_cancel(wait->timer);
    if (wait->packet)
        wait->packet->wait = NULL;
    g_queue_remove(&wait->object->waiting, wait);
    call->wait = NULL;
    g_free(wait);
    return call;
}

void orbis_wait_cancel_all(struct orbis_object *object, uint32_t out)
{
    while (!g_queue_is_empty(&object->waiting))
        orbis_finish(orbis_wait_end(g_queue_peek_head(&object->waiting)), out);
}
