/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SendSyncRequest, from the client's call to the answer. */
#include "ctr.h"
#include "service.h"

#include <ipcshark/names.h>

struct ctr_pending *ctr_pending_new(struct ctr_kernel *kernel, struct server_call *call)
{
    struct ctr_pending *pending = g_new0(struct ctr_pending, 1);

    pending->kernel = kernel;
    pending->process = call->process->data;
    pending->call = call;
    call->wait = pending;
    return pending;
}

void ctr_pending_free(struct ctr_pending *pending)
{
    struct ctr_object *object = pending->object;
    GPtrArray *objects = pending->objects;

    if (pending->timer)
        server_timer_cancel(pending->timer);
    if (pending->handles)
        g_array_unref(pending->handles);
    g_free(pending);
    ctr_object_unref(object);
    if (objects)
        g_ptr_array_unref(objects);
}

static void reject(struct ctr_pending *pending, char *fault)
{
    struct server_call *call = pending->call;

    ctr_pending_free(pending);
    server_call_reject(call, "%s", fault);
    g_free(fault);
}

static char *load(struct ctr_pending *pending, enum ctr_message_use use)
{
    struct ipctap_section section;
    struct ctripc_message message;

    if (!server_call_section(pending->call, IPCTAP_MESSAGE, 0, &section))
        return g_strdup("the call has no MESSAGE");
    memcpy(pending->bytes, section.bytes, MIN(section.captured_size, sizeof pending->bytes));
    pending->address = section.address;
    ctripc_decode(section.bytes, section.captured_size, CTRIPC_DIRECTION_UNKNOWN, &message, NULL);
    if (use != CTR_MESSAGE_ROOM && !message.complete && section.captured_size < CTRIPC_BUFFER_SIZE)
        return g_strdup_printf("MESSAGE has %u bytes, its header declares %u words",
                               section.captured_size, message.words);
    if (server_call_section(pending->call, IPCTAP_RECEIVE_CONTEXT, 0, &section))
        ctripc_decode_static_table(section.bytes, section.captured_size, pending->table, NULL);
    if (use == CTR_MESSAGE_ROOM)
        return NULL;
    return ctr_find_fault(pending->call, pending->bytes, use == CTR_MESSAGE_REPLY);
}

bool ctr_pending_load(struct ctr_pending *pending, enum ctr_message_use use)
{
    char *fault = load(pending, use);

    if (fault)
        reject(pending, fault);
    return !fault;
}

void ctr_request_end(struct ctr_pending *request, uint32_t result)
{
    struct server_call *call = request->call;

    ctr_pending_free(request);
    server_call_finish(call, result);
}

static void name_target(struct server_call *call, const struct ctr_session *session,
                        uint16_t command_id)
{
    const struct server_target target = {
        .service = session->name,
        .function = ctr_command_name(session->name, command_id),
        .session = session->number,
        .peer = server_process_find(call->process->server, session->peer_pid),
    };

    server_call_target(call, &target);
}

void ctr_send_sync_request(struct ctr_kernel *kernel, struct server_call *call)
{
    struct ctr_pending *request = ctr_pending_new(kernel, call);
    struct ctr_object *object;
    struct ctr_session *session;

    if (!ctr_pending_load(request, CTR_MESSAGE_REQUEST))
        return;
    object = ctr_handle_find_type(request->process, call->record.header.object, CTR_CLIENT_SESSION);
    if (!object) {
        ctr_request_end(request, CTR_INVALID_HANDLE);
        return;
    }
    session = object->session;
    name_target(call, session, (uint16_t)(ctripc_word(request->bytes, 4, 0) >> 16));
    request->object = ctr_object_ref(object);
    if (session->service) {
        ctr_service_serve(request);
    } else if (session->server) {
        g_queue_push_tail(&session->requests, request);
        ctr_wake(kernel);
    } else {
        ctr_request_end(request, CTR_SESSION_CLOSED);
    }
}

static void tap_buffers(struct record_builder *side, const GPtrArray *buffers)
{
    for (guint i = 0; buffers && i < buffers->len; i++) {
        const struct ctr_buffer *buffer = buffers->pdata[i];
        size_t size = MIN(buffer->bytes->len, SERVER_TAP_SECTION_LIMIT);

        if (size < buffer->bytes->len)
            side->header.flags |= IPCTAP_TRUNCATED;
        if (buffer->bytes->len)
            record_builder_add_part(side, buffer->section, buffer->word, buffer->address,
                                    buffer->bytes->data, size, buffer->bytes->len);
    }
}

/** The serving process's own sections, as it sent them with its reply. */
static void tap_sections(struct record_builder *side, const struct server_call *call)
{
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section section;

    while (call && ipctap_section_next(&call->record, &iterator, &section, NULL)) {
        if (section.type == IPCTAP_STATIC || section.type == IPCTAP_MAPPED ||
            section.type == IPCTAP_PXI)
            record_builder_add_section(side, &section, SERVER_TAP_SECTION_LIMIT);
    }
}

static void tap_enter(const struct ctr_pending *request, const struct ctr_process *server,
                      uint32_t handle, const struct ctr_packet *packet)
{
    struct record_builder side;

    if (!server_tap_begin_server_side(&side, request->call, server->process, handle, IPCTAP_ENTER))
        return;
    record_builder_add(&side, IPCTAP_MESSAGE, 0, 0, packet->bytes, packet->size);
    tap_buffers(&side, packet->buffers);
    server_tap_end(server->kernel->server, &side);
}

static void tap_exit(const struct ctr_pending *request, const struct ctr_transfer *reply,
                     uint32_t handle)
{
    struct record_builder side;
    struct ctripc_message message;

    if (!server_tap_begin_server_side(&side, request->call, reply->from->process, handle,
                                      IPCTAP_EXIT))
        return;
    ctripc_decode(reply->bytes, CTRIPC_BUFFER_SIZE, CTRIPC_REPLY, &message, NULL);
    record_builder_add(&side, IPCTAP_MESSAGE, 0, 0, reply->bytes,
                       MIN(message.words * 4u, CTRIPC_BUFFER_SIZE));
    tap_buffers(&side, reply->contents);
    tap_sections(&side, reply->call);
    server_tap_end(reply->from->kernel->server, &side);
}

uint32_t ctr_deliver(struct ctr_pending *request, struct ctr_process *server, uint32_t handle,
                     const struct ctripc_static_slot *table, struct ctr_packet *packet)
{
    struct ctr_session *session = request->object->session;
    const struct ctr_transfer transfer = {
        .from = request->process,
        .to = server,
        .session = session,
        .bytes = request->bytes,
        .call = request->call,
        .table = table,
    };
    uint32_t result = ctr_translate(&transfer, packet);

    if (result) {
        ctr_request_end(request, result);
        return result;
    }
    session->answering = request;
    session->peer_pid = server->process->pid;
    tap_enter(request, server, handle, packet);
    return 0;
}

static void add_buffers(struct server_call *call, const struct ctr_packet *packet)
{
    for (guint i = 0; i < packet->buffers->len; i++) {
        const struct ctr_buffer *buffer = packet->buffers->pdata[i];

        if (buffer->bytes->len)
            server_call_add(call, buffer->section, buffer->word, buffer->address,
                            buffer->bytes->data, buffer->bytes->len);
    }
}

uint32_t ctr_answer(struct ctr_session *session, const struct ctr_transfer *reply, uint32_t handle)
{
    struct ctr_pending *request = session->answering;
    struct ctr_transfer transfer = *reply;
    struct ctr_packet packet;
    uint32_t result;

    if (!request)
        return CTR_SESSION_CLOSED;
    session->answering = NULL;
    tap_exit(request, reply, handle);
    transfer.to = request->process;
    transfer.session = session;
    transfer.table = request->table;
    transfer.is_reply = true;
    result = ctr_translate(&transfer, &packet);
    if (!result) {
        server_call_add(request->call, IPCTAP_MESSAGE, 0, request->address, packet.bytes,
                        packet.size);
        add_buffers(request->call, &packet);
    }
    ctr_packet_clear(&packet);
    ctr_request_end(request, result);
    return result;
}
