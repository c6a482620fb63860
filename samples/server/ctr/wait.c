/* SPDX-License-Identifier: GPL-2.0-or-later */
/* WaitSynchronization and ReplyAndReceive. */
#include "ctr.h"

static bool is_signalled(const struct ctr_object *object)
{
    switch (object->type) {
    case CTR_CLIENT_SESSION:
        return !object->session->server;
    case CTR_SERVER_SESSION:
        return !object->session->client ||
               (!object->session->answering && !g_queue_is_empty(&object->session->requests));
    case CTR_SERVER_PORT:
        return !g_queue_is_empty(&object->port->pending);
    case CTR_EVENT:
        return object->is_signalled;
    case CTR_SEMAPHORE:
        return object->count > 0;
    case CTR_PROCESS:
        return !object->process;
    default:
        return false;
    }
}

static void acquire(struct ctr_object *object)
{
    if (object->type == CTR_EVENT && object->reset == CTR_RESET_ONE_SHOT)
        object->is_signalled = false;
    if (object->type == CTR_SEMAPHORE)
        object->count--;
}

/** The call is over: out of the list, freed. */
static void end(struct ctr_pending *wait, uint32_t index, uint32_t result)
{
    struct server_call *call = wait->call;

    g_queue_remove(&wait->kernel->waits, wait);
    ctr_pending_free(wait);
    server_call_add_results(call, (struct ipctap_kernel_call){.value = index});
    server_call_finish(call, result);
}

static void add_request(struct server_call *call, uint64_t address, const struct ctr_packet *packet)
{
    server_call_add(call, IPCTAP_MESSAGE, 0, address, packet->bytes, packet->size);
    for (guint i = 0; i < packet->buffers->len; i++) {
        const struct ctr_buffer *buffer = packet->buffers->pdata[i];

        if (buffer->bytes->len)
            server_call_add(call, buffer->section, buffer->word, buffer->address,
                            buffer->bytes->data, buffer->bytes->len);
    }
}

/* "A translation error is what a waiting ReplyAndReceive yields", and the client too. */
static uint32_t receive(struct ctr_pending *wait, struct ctr_session *session, uint32_t handle)
{
    struct ctr_pending *request = g_queue_pop_head(&session->requests);
    struct ctr_packet packet;
    uint32_t result;

    if (!request)
        return CTR_SESSION_CLOSED;
    result = ctr_deliver(request, wait->process, handle, wait->table, &packet);
    if (!result)
        add_request(wait->call, wait->address, &packet);
    ctr_packet_clear(&packet);
    return result;
}

static void end_with(struct ctr_pending *wait, guint index)
{
    struct ctr_object *object = wait->objects->pdata[index];
    uint32_t result = 0;

    if (wait->receives && object->type == CTR_SERVER_SESSION)
        result = receive(wait, object->session, g_array_index(wait->handles, uint32_t, index));
    else
        acquire(object);
    end(wait, index, result);
}

static bool end_if_all(struct ctr_pending *wait)
{
    for (guint i = 0; i < wait->objects->len; i++) {
        if (!is_signalled(wait->objects->pdata[i]))
            return false;
    }
    for (guint i = 0; i < wait->objects->len; i++)
        acquire(wait->objects->pdata[i]);
    end(wait, 0, 0);
    return true;
}

static bool end_if_possible(struct ctr_pending *wait)
{
    if (wait->waits_for_all)
        return end_if_all(wait);
    for (guint i = 0; i < wait->objects->len; i++) {
        if (is_signalled(wait->objects->pdata[i])) {
            end_with(wait, i);
            return true;
        }
    }
    return false;
}

/** Ends one wait; what that changes may end others. */
static bool wake_one(struct ctr_kernel *kernel)
{
    for (GList *link = kernel->waits.head; link; link = link->next) {
        if (end_if_possible(link->data))
            return true;
    }
    return false;
}

void ctr_wake(struct ctr_kernel *kernel)
{
    if (kernel->is_waking) {
        kernel->must_wake_again = true;
        return;
    }
    kernel->is_waking = true;
    do {
        kernel->must_wake_again = false;
        while (wake_one(kernel))
            ;
    } while (kernel->must_wake_again);
    kernel->is_waking = false;
}

static void on_timeout(void *data)
{
    struct ctr_pending *wait = data;

    wait->timer = NULL;
    end(wait, CTR_NO_INDEX, CTR_TIMEOUT);
}

/** The objects of HANDLES, or which error they give. */
static uint32_t find_objects(struct ctr_pending *wait)
{
    struct ipctap_section section;
    struct ipcshark_reader reader;

    wait->objects = g_ptr_array_new_with_free_func((GDestroyNotify)ctr_object_unref);
    wait->handles = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    if (!server_call_section(wait->call, IPCTAP_HANDLES, 0, &section))
        return 0;
    reader = ipcshark_reader(section.bytes, section.captured_size);
    while (ipcshark_reader_left(&reader) >= 4) {
        uint32_t handle = ipcshark_read_u32(&reader);
        struct ctr_object *object = ctr_handle_resolve(wait->process, handle);

        if (!object)
            return CTR_INVALID_HANDLE;
        g_ptr_array_add(wait->objects, object);
        g_array_append_val(wait->handles, handle);
    }
    return 0;
}

static void begin(struct ctr_pending *wait, int64_t timeout)
{
    struct ctr_kernel *kernel = wait->kernel;

    g_queue_push_tail(&kernel->waits, wait);
    if (end_if_possible(wait)) {
        ctr_wake(kernel);
        return;
    }
    if (timeout == 0)
        on_timeout(wait);
    else if (timeout > 0)
        wait->timer = server_timer_new(kernel->server, (uint64_t)timeout, on_timeout, wait);
}

void ctr_wait_synchronization(struct ctr_kernel *kernel, struct server_call *call)
{
    struct ctr_pending *wait = ctr_pending_new(kernel, call);
    struct ipctap_kernel_call arguments;
    uint32_t result = find_objects(wait);

    server_call_kernel_call(call, &arguments);
    wait->waits_for_all = arguments.value == 1;
    server_call_target(call, &(struct server_target){0});
    if (result || !wait->objects->len)
        end(wait, CTR_NO_INDEX, result ? result : CTR_NOTHING_TO_WAIT_FOR);
    else
        begin(wait, (int64_t)arguments.value_2);
}

/** Answers the request that the target's session waits for. */
static uint32_t reply(struct ctr_pending *wait, uint32_t handle)
{
    struct ctr_object *target = ctr_handle_find_type(wait->process, handle, CTR_SERVER_SESSION);
    const struct ctr_transfer transfer = {
        .from = wait->process,
        .bytes = wait->bytes,
        .call = wait->call,
    };

    if (!target)
        return CTR_INVALID_HANDLE;
    return ctr_answer(target->session, &transfer, handle);
}

void ctr_reply_and_receive(struct ctr_kernel *kernel, struct server_call *call)
{
    struct ctr_pending *wait = ctr_pending_new(kernel, call);
    struct ipctap_kernel_call arguments;
    uint32_t result = 0;
    bool replies;

    server_call_kernel_call(call, &arguments);
    if (!ctr_pending_load(wait, arguments.handle ? CTR_MESSAGE_REPLY : CTR_MESSAGE_ROOM))
        return;
    server_call_target(call, &(struct server_target){0});
    replies = arguments.handle && ctripc_word(wait->bytes, 4, 0) >> 16 != CTRIPC_COMMAND_NO_REPLY;
    wait->receives = true;
    result = find_objects(wait);
    if (!result && replies)
        result = reply(wait, arguments.handle);
    if (result)
        end(wait, CTR_NO_INDEX, result);
    else if (!wait->objects->len)
        end(wait, 0, replies ? 0 : CTR_NOTHING_TO_WAIT_FOR);
    else
        begin(wait, (int64_t)arguments.value_2);
}
