/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How services inside the server get requests and answer them. */
#include "service.h"

#define STATIC_BASE 0x08000000u
#define STATIC_SIZE 0x4000u

struct ctr_process *ctr_host_process(struct ctr_kernel *kernel, enum ctr_host host)
{
    return kernel->simulated->pdata[host];
}

struct ctr_object *ctr_service_port(struct ctr_kernel *kernel, const struct ctr_service *service)
{
    struct ctr_process *process = ctr_host_process(kernel, service->host);
    struct ctr_port *port = ctr_port_new(kernel, service->name, service->maximum);

    port->service = service;
    port->peer_pid = process->process->pid;
    /* The host keeps the server end as long as it lives. */
    ctr_handle_new(process, port->server);
    ctr_object_unref(port->server);
    return port->client;
}

struct ctr_object *ctr_service_attach(struct ctr_session *session,
                                      const struct ctr_service *service, void *data,
                                      uint32_t *result)
{
    struct ctr_object *client = session->client;
    struct ctr_process *host = ctr_host_process(client->kernel, service->host);
    struct ctr_object *server = ctr_object_new(client->kernel, CTR_SERVER_SESSION);

    session->server = server;
    server->session = session;
    session->service = service;
    session->data = data;
    session->peer_pid = host->process->pid;
    session->server_handle = ctr_handle_new(host, server);
    ctr_object_unref(server);
    *result = session->server_handle ? 0 : CTR_OUT_OF_HANDLES;
    if (session->server_handle)
        return client;
    ctr_object_unref(client);
    return NULL;
}

uint32_t ctr_word(const struct ctr_service_call *call, size_t n)
{
    return ctripc_word(call->packet->bytes, sizeof call->packet->bytes, n);
}

uint64_t ctr_word_pair(const struct ctr_service_call *call, size_t n)
{
    return ctr_word(call, n) | (uint64_t)ctr_word(call, n + 1) << 32;
}

GByteArray *ctr_argument(const struct ctr_service_call *call, size_t n, uint16_t section)
{
    for (guint i = 0; i < call->packet->buffers->len; i++) {
        const struct ctr_buffer *buffer = call->packet->buffers->pdata[i];

        if (buffer->word == n && buffer->section == section)
            return buffer->bytes;
    }
    return NULL;
}

void ctr_push(struct ctr_service_call *call, uint32_t word)
{
    ipcshark_write_u32(&call->reply, word);
}

void ctr_reply(struct ctr_service_call *call, uint8_t normal, uint8_t translate, uint32_t result)
{
    call->reply = ipcshark_writer(call->bytes, sizeof call->bytes);
    ctr_push(call, ctripc_header(call->message.command_id, normal, translate));
    ctr_push(call, result);
}

void ctr_reply_result(struct ctr_service_call *call, uint32_t result)
{
    ctr_reply(call, 1, 0, result);
}

void ctr_reply_word(struct ctr_service_call *call, uint32_t result, uint32_t value)
{
    ctr_reply(call, 2, 0, result);
    ctr_push(call, value);
}

void ctr_reply_pair(struct ctr_service_call *call, uint32_t result, uint64_t value)
{
    ctr_reply(call, 3, 0, result);
    ctr_push(call, (uint32_t)value);
    ctr_push(call, (uint32_t)(value >> 32));
}

void ctr_push_mapped(struct ctr_service_call *call, size_t n)
{
    GByteArray *bytes = ctr_argument(call, n, IPCTAP_MAPPED);
    uint8_t word = (uint8_t)(call->reply.offset / 4);

    ctr_push(call, ctr_word(call, n));
    ctr_push(call, ctr_word(call, n + 1));
    if (bytes)
        g_ptr_array_add(call->contents, ctr_buffer_new(IPCTAP_MAPPED, word, ctr_word(call, n + 1),
                                                       g_byte_array_ref(bytes)));
}

void ctr_push_static(struct ctr_service_call *call, uint8_t id, const void *bytes, uint32_t size)
{
    uint8_t word = (uint8_t)(call->reply.offset / 4);
    uint32_t address = STATIC_BASE + id * STATIC_SIZE;
    GByteArray *copy = g_byte_array_append(g_byte_array_new(), bytes, size);

    ctr_push(call, ctripc_descriptor(CTRIPC_STATIC_BUFFER, size, id));
    ctr_push(call, address);
    g_ptr_array_add(call->contents, ctr_buffer_new(IPCTAP_STATIC, word, address, copy));
}

void ctr_push_pxi(struct ctr_service_call *call, size_t n)
{
    GByteArray *bytes = ctr_argument(call, n, IPCTAP_PXI);
    uint8_t word = (uint8_t)(call->reply.offset / 4);

    ctr_push(call, ctr_word(call, n));
    ctr_push(call, ctr_word(call, n + 1));
    if (bytes)
        g_ptr_array_add(call->contents, ctr_buffer_new(IPCTAP_PXI, word, ctr_word(call, n + 1),
                                                       g_byte_array_ref(bytes)));
}

void ctr_close_after_reply(struct ctr_service_call *call, uint32_t handle)
{
    g_array_append_val(call->made, handle);
}

void ctr_reply_handle(struct ctr_service_call *call, enum ctripc_kind kind,
                      struct ctr_object *object)
{
    uint32_t handle = object ? ctr_handle_new(call->server, object) : 0;

    ctr_object_unref(object);
    if (!handle) {
        ctr_reply_result(call, CTR_OUT_OF_HANDLES);
        return;
    }
    ctr_reply(call, 1, 2, 0);
    ctr_push(call, ctripc_descriptor(kind, 1, 0));
    ctr_push(call, handle);
    if (kind == CTRIPC_COPY_HANDLES)
        ctr_close_after_reply(call, handle);
}

static const struct ctr_command *find_command(const struct ctr_service_call *call)
{
    const struct ctr_service *service = call->session->service;

    for (size_t i = 0; i < service->command_count; i++) {
        const struct ctr_command *command = &service->commands[i];

        if (command->id == call->message.command_id &&
            command->normal == call->message.normal_count &&
            command->translate == call->message.translate_words)
            return command;
    }
    return NULL;
}

/* Services compare the whole header word; other sizes are another command. Azahar's unknown
 * commands succeed; that consoles' do not is a choice for these. */
static void run(struct ctr_service_call *call)
{
    const struct ctr_command *command = find_command(call);

    if (command) {
        command->run(call);
        return;
    }
    if (server_choice(call->kernel->server, CHOICE_CTR_UNKNOWN_COMMAND)) {
        ctr_reply_result(call, 0);
        return;
    }
    call->message.command_id = 0;
    ctr_reply_result(call, CTR_INVALID_COMMAND);
}

static void answer(struct ctr_service_call *call)
{
    const struct ctr_transfer reply = {
        .from = call->server,
        .bytes = call->bytes,
        .contents = call->contents,
    };

    ctr_answer(call->session, &reply, call->session->server_handle);
}

/** What the request brought in and no reply gave back. */
static void clean_up(struct ctr_process *server, const struct ctr_session *session,
                     const struct ctr_packet *packet)
{
    for (guint i = 0; packet->handles && i < packet->handles->len; i++)
        ctr_handle_close(server, g_array_index(packet->handles, uint32_t, i));
    ctr_process_unmap_session(server, session);
}

static void serve(struct ctr_pending *request, struct ctr_session *session,
                  struct ctr_process *server, const struct ctr_packet *packet)
{
    struct ctr_service_call call = {
        .kernel = request->kernel,
        .session = session,
        .server = server,
        .request = request,
        .packet = packet,
        .contents = g_ptr_array_new_with_free_func((GDestroyNotify)ctr_buffer_free),
        .made = g_array_new(FALSE, FALSE, sizeof(uint32_t)),
    };

    ctripc_decode(packet->bytes, sizeof packet->bytes, CTRIPC_REQUEST, &call.message, NULL);
    run(&call);
    request->is_deferred = call.is_deferred;
    if (!call.is_deferred)
        answer(&call);
    for (guint i = 0; i < call.made->len; i++)
        ctr_handle_close(server, g_array_index(call.made, uint32_t, i));
    g_array_unref(call.made);
    g_ptr_array_unref(call.contents);
}

void ctr_service_serve(struct ctr_pending *request)
{
    struct ctr_session *session = request->object->session;
    struct ctr_object *client = ctr_object_ref(request->object);
    struct ctr_process *server = ctr_host_process(request->kernel, session->service->host);
    struct ctripc_static_slot table[CTRIPC_STATIC_BUFFERS];
    struct ctr_packet packet;

    for (uint32_t i = 0; i < CTRIPC_STATIC_BUFFERS; i++)
        table[i] = (struct ctripc_static_slot){
            .descriptor = ctripc_descriptor(CTRIPC_STATIC_BUFFER, STATIC_SIZE, (uint8_t)i),
            .size = STATIC_SIZE,
            .address = STATIC_BASE + i * STATIC_SIZE,
        };
    if (!ctr_deliver(request, server, session->server_handle, table, &packet))
        serve(request, session, server, &packet);
    clean_up(server, session, &packet);
    ctr_packet_clear(&packet);
    ctr_object_unref(client);
}

/* Only commands without translate parameters are deferred: their words are as they were sent. */
void ctr_service_retry(struct ctr_pending *request)
{
    struct ctr_session *session = request->object->session;
    struct ctr_object *client = ctr_object_ref(request->object);
    struct ctr_process *server = ctr_host_process(request->kernel, session->service->host);
    struct ctr_packet packet = {.buffers = g_ptr_array_new()};

    memcpy(packet.bytes, request->bytes, sizeof packet.bytes);
    serve(request, session, server, &packet);
    ctr_packet_clear(&packet);
    ctr_object_unref(client);
}
