/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The serving side: receiving packets and answering requests. */
#include "orbis.h"

void orbis_thread_drop_packet(struct orbis_thread *thread, uint32_t out)
{
    struct orbis_packet *packet = thread->packet;
    struct orbis_wait *wait = packet ? packet->wait : NULL;

    thread->packet = NULL;
    if (wait)
        orbis_finish(orbis_wait_end(wait), out);
    orbis_packet_free(packet);
}

/** The packet becomes the thread's own if it has to be answered. */
static void take_packet(struct orbis_thread *thread, struct orbis_packet *packet)
{
    bool is_connect = (packet->type & 0x7F) == SCEIPMI_PACKET_CONNECT;
    bool is_async = packet->ticket != 0;

    if (is_connect)
        thread->connecting = packet->client_kid;
    if (is_connect || is_async)
        orbis_packet_free(packet);
    else
        thread->packet = packet;
}

/** The block is written back with the packet's length in it. */
static void answer_block(struct orbis_call *call, size_t size)
{
    uint8_t block[SCEIPMI_MAX_BLOCK_SIZE] = {0};
    size_t length = MIN(call->block.captured_size, sizeof block);

    memcpy(block, call->block.bytes, length);
    sceipmi_set(call->operation->layout, "packet_size", block, length, size);
    server_call_add(call->call, IPCTAP_IPMI_BLOCK, 0, call->arguments.in_pointer, block, length);
}

static void answer_packet(struct orbis_call *call, struct orbis_packet *packet)
{
    struct orbis_thread *thread = orbis_thread_of(call->call);
    uint8_t info[SCEIPMI_PACKET_INFO_SIZE];

    orbis_packet_put_info(packet, info);
    orbis_answer(call->call, 0);
    answer_block(call, packet->body->len);
    server_call_add(call->call, IPCTAP_IPMI_PACKET, 0, orbis_argument(call, "packet"),
                    packet->body->data, packet->body->len);
    server_call_add(call->call, IPCTAP_IPMI_PACKET_INFO, 0, orbis_argument(call, "packet_info"),
                    info, sizeof info);
    orbis_answer_scalar(call->call, IPCTAP_SCALAR_VALUE, orbis_argument(call, "value"), 0, 4);
    take_packet(thread, packet);
    server_call_finish(call->call, 0);
}

/** A packet larger than the buffer stays where it is. */
static bool fits(struct orbis_call *call, const struct orbis_packet *packet)
{
    return packet->body->len <= orbis_argument(call, "packet_size");
}

/**
 * "Each sync request must be answered before the next receive, else the process is killed"
 * (0x02010006, measured on PS5 4.03). Here the client's call fails and the server goes on.
 */
static void drop_unanswered(struct orbis_call *call)
{
    struct orbis_thread *thread = orbis_thread_of(call->call);

    thread->connecting = 0;
    if (!thread->packet)
        return;
    orbis_note(call->call->process,
               "ServerReceivePacket before the last request was answered: a console kills the "
               "process here (0x02010006)");
    orbis_thread_drop_packet(thread, ORBIS_ERROR(ORBIS_ESRCH));
}

void orbis_receive_packet(struct orbis_call *call)
{
    struct orbis_packet *packet = g_queue_peek_head(&call->object->packets);

    server_call_target(call->call, &(struct server_target){.service = call->object->name});
    if (!orbis_argument(call, "packet") || !orbis_argument(call, "packet_info")) {
        orbis_finish_errno(call->call, ORBIS_EFAULT);
        return;
    }
    drop_unanswered(call);
    if (!packet) {
        orbis_wait_new(call, call->object);
        return;
    }
    if (!fits(call, packet)) {
        orbis_finish(call->call, ORBIS_ERROR(ORBIS_EINVAL));
        return;
    }
    answer_packet(call, g_queue_pop_head(&call->object->packets));
}

void orbis_wake_receivers(struct orbis_object *server)
{
    while (!g_queue_is_empty(&server->packets) && !g_queue_is_empty(&server->waiting)) {
        struct orbis_wait *wait = g_queue_peek_head(&server->waiting);
        struct orbis_call call;

        orbis_call_parse(server->kernel, orbis_wait_end(wait), &call);
        if (fits(&call, g_queue_peek_head(&server->packets)))
            answer_packet(&call, g_queue_pop_head(&server->packets));
        else
            orbis_finish(call.call, ORBIS_ERROR(ORBIS_EINVAL));
    }
}

/** One output of a respond call; NULL: refused and finished. */
static GBytes *read_output(struct orbis_call *call, uint16_t n,
                           const struct sceipmi_buffer_info *info)
{
    struct ipctap_section section;

    if (info->written > info->capacity) {
        orbis_note(call->call->process,
                   "RespondToSyncMethodRequest with more written than there is room: a console "
                   "kills the process here (0x0232000A)");
        orbis_finish(call->call, ORBIS_ERROR(ORBIS_EINVAL));
        return NULL;
    }
    if (!orbis_contents(call, IPCTAP_IPMI_OUT, n, info->data, info->written, &section))
        return NULL;
    return g_bytes_new(section.bytes, section.captured_size);
}

static GPtrArray *read_outputs(struct orbis_call *call)
{
    uint16_t count = orbis_count(call, "num_out");
    g_autoptr(GPtrArray) outputs = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    struct ipctap_section array;

    if (!orbis_contents(call, IPCTAP_IPMI_BUFFER_INFO, 0, orbis_argument(call, "out"),
                        (uint64_t)count * SCEIPMI_BUFFER_INFO_SIZE, &array))
        return NULL;
    for (uint16_t n = 0; n < count; n++) {
        struct sceipmi_buffer_info info;
        GBytes *output;

        sceipmi_buffer_info(array.bytes, array.captured_size, n, &info);
        output = read_output(call, n, &info);
        if (!output)
            return NULL;
        g_ptr_array_add(outputs, output);
    }
    return g_steal_pointer(&outputs);
}

void orbis_respond_sync(struct orbis_call *call)
{
    struct orbis_thread *thread = orbis_thread_of(call->call);
    struct orbis_object *client =
        orbis_object_find(call->kernel, call->object->client_kid, SCEIPMI_CLIENT);
    g_autoptr(GPtrArray) outputs = NULL;

    orbis_target_session(call, client);
    outputs = read_outputs(call);
    if (!outputs)
        return;
    if (!thread->packet || thread->packet->client_kid != call->object->client_kid) {
        orbis_finish(call->call, ORBIS_ERROR(ORBIS_EINVAL));
        return;
    }
    orbis_sync_finish(g_steal_pointer(&thread->packet), (int32_t)orbis_argument(call, "result"),
                      outputs);
    orbis_finish(call->call, 0);
}

void orbis_respond_async(struct orbis_call *call)
{
    struct orbis_object *client =
        orbis_object_find(call->kernel, call->object->client_kid, SCEIPMI_CLIENT);
    GPtrArray *outputs;
    bool is_known;

    orbis_target_session(call, client);
    outputs = orbis_inputs(call, "out", "num_out");
    if (!outputs)
        return;
    if (!client) {
        g_ptr_array_unref(outputs);
        orbis_finish(call->call, ORBIS_ERROR(ORBIS_ESRCH));
        return;
    }
    is_known = orbis_async_finish(client, (uint32_t)orbis_argument(call, "method"),
                                  (uint32_t)orbis_argument(call, "ticket"),
                                  (int32_t)orbis_argument(call, "result"), outputs);
    orbis_finish(call->call, is_known ? 0 : ORBIS_ERROR(ORBIS_EINVAL));
}
