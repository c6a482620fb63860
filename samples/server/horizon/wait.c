/* SPDX-License-Identifier: GPL-2.0-or-later */
/* WaitSynchronization on events and sessions. */
#include "horizon.h"

struct horizon_wait {
    struct horizon_kernel *kernel;
    struct server_call *call;
    struct horizon_object *object[HORIZON_MAX_WAIT];
    unsigned int count;
    struct server_timer *timer;
    struct horizon_contents *rooms; /* of a ReplyAndReceive */
};

/* The kinds of KSynchronizationObject: no client sessions, no writable ends of events. */
static bool is_waitable(const struct horizon_object *object)
{
    static const bool waitable[] = {
        [HORIZON_READABLE_EVENT] = true, [HORIZON_INTERRUPT_EVENT] = true,
        [HORIZON_SERVER_SESSION] = true, [HORIZON_CLIENT_PORT] = true,
        [HORIZON_SERVER_PORT] = true,    [HORIZON_PROCESS] = true,
        [HORIZON_THREAD] = true,         [HORIZON_MEMORY_BLOCK] = false,
    };

    return object && waitable[object->type];
}

static bool is_signalled(const struct horizon_object *object)
{
    switch (object->type) {
    case HORIZON_READABLE_EVENT:
        return object->event->signalled;
    case HORIZON_SERVER_PORT:
        return !g_queue_is_empty(&object->port->pending);
    case HORIZON_CLIENT_PORT:
        return object->port->sessions < object->port->max_sessions;
    case HORIZON_SERVER_SESSION:
        return !object->session->client_open ||
               (!object->session->current && !g_queue_is_empty(&object->session->waiting));
    default:
        return false;
    }
}

static void finish(struct horizon_wait *wait, uint32_t result, uint32_t index)
{
    struct server_call *call = wait->call;

    horizon_wait_cancel(wait->kernel, call);
    server_call_add_results(call, (struct ipctap_kernel_call){.value = index});
    server_call_finish(call, result);
}

/* "A receive that ends in 'not found' is retried silently": the request was refused, its client
 * knows. False: nothing is there (any more). */
static bool finish_with(struct horizon_wait *wait, unsigned int i)
{
    struct horizon_object *object = wait->object[i];
    uint32_t result = 0;

    if (wait->rooms && object->type == HORIZON_SERVER_SESSION &&
        !horizon_serve_receive(wait->call, object->session, wait->rooms, &result))
        return false;
    finish(wait, result, i);
    return true;
}

static bool finish_if_signalled(struct horizon_wait *wait)
{
    for (unsigned int i = 0; i < wait->count; i++) {
        if (is_signalled(wait->object[i]) && finish_with(wait, i))
            return true;
    }
    return false;
}

static void on_timeout(void *data)
{
    struct horizon_wait *wait = data;

    wait->timer = NULL;
    finish(wait, HORIZON_TIMED_OUT, UINT32_MAX);
}

void horizon_wake(struct horizon_kernel *kernel)
{
    guint i = 0;

    /* Finishing one removes it, and may close what others wait for: begin again then. */
    while (i < kernel->waits->len)
        i = finish_if_signalled(kernel->waits->pdata[i]) ? 0 : i + 1;
}

void horizon_wait_cancel(struct horizon_kernel *kernel, struct server_call *call)
{
    struct horizon_wait *wait = call->wait;

    if (!wait)
        return;

    call->wait = NULL;
    g_ptr_array_remove(kernel->waits, wait);
    server_timer_cancel(wait->timer);
    for (unsigned int i = 0; i < wait->count; i++)
        horizon_object_unref(wait->object[i]);
    g_free(wait->rooms);
    g_free(wait);
}

uint32_t horizon_wait_cancel_thread(struct horizon_kernel *kernel, struct server_process *process,
                                    uint32_t tid)
{
    for (guint i = 0; i < kernel->waits->len; i++) {
        struct horizon_wait *wait = kernel->waits->pdata[i];

        if (wait->call->process == process && wait->call->record.header.tid == tid) {
            finish(wait, HORIZON_CANCELLED, UINT32_MAX);
            return 0;
        }
    }
    return 0;
}

static struct horizon_object *find_handle(const struct server_call *call,
                                          const struct ipctap_section *handles, uint32_t i)
{
    const struct horizon_process *process = call->process->data;

    return horizon_handle_find(&process->handles, ipcshark_load_u32(handles->bytes + 4 * i));
}

/* "handle count outside 0..64: 0xEE01; handle array not readable 0xE601; any handle not a waitable
 * object 0xE401". */
uint32_t horizon_wait_check(const struct server_call *call)
{
    struct ipctap_section handles;

    if (!server_call_section(call, IPCTAP_HANDLES, 0, &handles))
        return 0;
    if (handles.declared_size / 4 > HORIZON_MAX_WAIT)
        return HORIZON_OUT_OF_RANGE;
    if (handles.captured_size < handles.declared_size)
        return HORIZON_INVALID_POINTER;
    for (uint32_t i = 0; i < handles.captured_size / 4; i++) {
        if (!is_waitable(find_handle(call, &handles, i)))
            return HORIZON_INVALID_HANDLE;
    }
    return 0;
}

static uint32_t collect(struct horizon_wait *wait, const struct ipctap_section *handles)
{
    uint32_t result = horizon_wait_check(wait->call);

    for (uint32_t i = 0; result == 0 && i < handles->captured_size / 4; i++)
        wait->object[wait->count++] = horizon_object_ref(find_handle(wait->call, handles, i));
    return result;
}

void horizon_wait(struct horizon_kernel *kernel, struct server_call *call,
                  struct horizon_contents *rooms)
{
    struct horizon_wait *wait = g_new0(struct horizon_wait, 1);
    struct ipctap_section handles = {0};
    struct ipctap_kernel_call arguments;
    uint32_t result;

    wait->kernel = kernel;
    wait->call = call;
    wait->rooms = rooms;
    call->wait = wait;
    g_ptr_array_add(kernel->waits, wait);
    server_call_kernel_call(call, &arguments);
    server_call_section(call, IPCTAP_HANDLES, 0, &handles);
    result = collect(wait, &handles);
    if (result != 0)
        finish(wait, result, UINT32_MAX);
    else if (finish_if_signalled(wait))
        return;
    else if (arguments.value_2 == 0)
        finish(wait, HORIZON_TIMED_OUT, UINT32_MAX);
    else if ((int64_t)arguments.value_2 > 0)
        wait->timer = server_timer_new(kernel->server, arguments.value_2, on_timeout, wait);
}
