/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Method calls from the client's side. */
#include "orbis.h"

#include <ipcshark/names.h>
#include <ipcshark/writer.h>

/** The session that a client's call goes through; NULL: refused and finished. */
static struct orbis_object *session_of(struct orbis_call *call)
{
    struct orbis_object *session =
        orbis_object_find(call->kernel, call->object->session_kid, SCEIPMI_SESSION);
    uint32_t method = (uint32_t)orbis_argument(call, "method");

    orbis_target_client(call, orbis_method_name(call->object->name, method));
    /* "call on a client without session: 0x8002000D", measured on PS5 4.03. */
    if (!session)
        orbis_finish(call->call, ORBIS_ERROR(ORBIS_EACCES));
    return session;
}

static void set(struct orbis_packet *packet, const struct sceipmi_layout *layout, const char *name,
                uint64_t value)
{
    sceipmi_set(layout, name, packet->body->data, packet->body->len, value);
}

static struct orbis_packet *method_packet(struct orbis_call *call, struct orbis_object *session,
                                          uint32_t type, const struct sceipmi_layout *layout)
{
    struct orbis_packet *packet;

    if (!(orbis_argument(call, "flags") & 1))
        type |= SCEIPMI_PACKET_RAW_FORM;
    if (session->process == call->call->process)
        type |= SCEIPMI_PACKET_SAME_PROCESS;
    packet = orbis_packet_new(type, call->object);
    g_byte_array_set_size(packet->body, layout->size);
    memset(packet->body->data, 0, layout->size);
    packet->method = (uint32_t)orbis_argument(call, "method");
    packet->cause = call->call->tap_id;
    set(packet, layout, "session_impl", session->implementation);
    set(packet, layout, "method", packet->method);
    set(packet, layout, "num_in", orbis_argument(call, "num_in"));
    return packet;
}

/** Room of the outputs; a null pointer with room is EFAULT. False: refused and finished. */
static bool read_capacities(struct orbis_call *call, uint32_t *capacity)
{
    uint16_t count = orbis_count(call, "num_out");
    struct ipctap_section array;

    if (!orbis_contents(call, IPCTAP_IPMI_BUFFER_INFO, 0, orbis_argument(call, "out"),
                        (uint64_t)count * SCEIPMI_BUFFER_INFO_SIZE, &array))
        return false;
    for (uint16_t n = 0; n < count; n++) {
        struct sceipmi_buffer_info info;

        sceipmi_buffer_info(array.bytes, array.captured_size, n, &info);
        if (info.capacity && !info.data) {
            orbis_finish_errno(call->call, ORBIS_EFAULT);
            return false;
        }
        capacity[n] = (uint32_t)MIN(info.capacity, UINT32_MAX);
    }
    return true;
}

static void put_capacities(struct orbis_packet *packet, const uint32_t *capacity, uint16_t count)
{
    for (uint16_t n = 0; n < count; n++) {
        uint8_t bytes[4];

        ipcshark_store_u32(bytes, capacity[n]);
        g_byte_array_append(packet->body, bytes, sizeof bytes);
    }
}

static struct orbis_object *server_of(const struct orbis_object *session)
{
    return orbis_object_find(session->kernel, session->server_kid, SCEIPMI_SERVER);
}

static void wait_for_answer(struct orbis_call *call, struct orbis_packet *packet)
{
    struct orbis_wait *wait = orbis_wait_new(call, call->object);

    wait->packet = packet;
    packet->wait = wait;
}

void orbis_invoke_sync(struct orbis_call *call)
{
    const struct sceipmi_layout *layout = sceipmi_sync_packet();
    struct orbis_object *session = session_of(call);
    g_autoptr(GPtrArray) inputs = NULL;
    uint32_t capacity[SCEIPMI_MAX_COUNT];
    struct orbis_packet *packet;

    if (!session)
        return;
    inputs = orbis_inputs(call, "in", "num_in");
    if (!inputs || !read_capacities(call, capacity))
        return;
    packet = method_packet(call, session, SCEIPMI_PACKET_SYNC, layout);
    set(packet, layout, "pid", call->call->process->pid);
    set(packet, layout, "num_out", orbis_argument(call, "num_out"));
    orbis_packet_put_inputs(packet, inputs);
    put_capacities(packet, capacity, orbis_count(call, "num_out"));
    wait_for_answer(call, packet);
    orbis_packet_deliver(server_of(session), packet);
}

void orbis_sync_finish(struct orbis_packet *packet, int32_t result, GPtrArray *outputs)
{
    struct orbis_wait *wait = packet->wait;
    struct orbis_call parsed;

    if (wait && orbis_call_parse(wait->object->kernel, wait->call, &parsed)) {
        orbis_wait_end(wait);
        orbis_answer(parsed.call, 0);
        orbis_answer_outputs(&parsed, outputs);
        orbis_answer_scalar(parsed.call, IPCTAP_SCALAR_RESULT, orbis_argument(&parsed, "result"),
                            (uint32_t)result, 4);
        server_call_finish(parsed.call, 0);
    }
    orbis_packet_free(packet);
}

void orbis_result_free(gpointer data)
{
    struct orbis_result *result = data;

    g_clear_pointer(&result->outputs, g_ptr_array_unref);
    g_free(result);
}

static uint32_t new_ticket(struct orbis_call *call)
{
    struct orbis_object *client = call->object;
    struct orbis_result *result = g_new0(struct orbis_result, 1);
    uint32_t ticket = ++client->next_ticket;

    result->method = (uint32_t)orbis_argument(call, "method");
    result->event_flag = (uint32_t)orbis_argument(call, "event_flag");
    result->pattern = orbis_argument(call, "pattern");
    g_hash_table_insert(client->results, GUINT_TO_POINTER(ticket), result);
    return ticket;
}

/** What refuses an asynchronous call before anything is sent, 0 if nothing does. */
static uint32_t async_refusal(const struct orbis_call *call)
{
    uint32_t event_flag = (uint32_t)orbis_argument(call, "event_flag");

    if (event_flag != UINT32_MAX && event_flag >= SCEIPMI_MAX_EVENT_FLAGS)
        return ORBIS_ERROR(ORBIS_EINVAL);
    if (g_hash_table_size(call->object->results) >= ORBIS_MAX_RESULTS)
        return ORBIS_ERROR(ORBIS_ENOMEM);
    return 0;
}

void orbis_invoke_async(struct orbis_call *call)
{
    const struct sceipmi_layout *layout = sceipmi_async_packet();
    struct orbis_object *session = session_of(call);
    g_autoptr(GPtrArray) inputs = NULL;
    struct orbis_packet *packet;
    uint32_t error;

    if (!session)
        return;
    error = async_refusal(call);
    if (error) {
        orbis_finish(call->call, error);
        return;
    }
    inputs = orbis_inputs(call, "in", "num_in");
    if (!inputs)
        return;
    packet = method_packet(call, session, SCEIPMI_PACKET_ASYNC, layout);
    packet->ticket = new_ticket(call);
    set(packet, layout, "ticket", packet->ticket);
    orbis_packet_put_inputs(packet, inputs);
    orbis_answer(call->call, 0);
    orbis_answer_scalar(call->call, IPCTAP_SCALAR_TICKET, orbis_argument(call, "ticket"),
                        packet->ticket, 4);
    server_call_finish(call->call, 0);
    orbis_packet_deliver(server_of(session), packet);
}

bool orbis_async_finish(struct orbis_object *client, uint32_t method, uint32_t ticket,
                        int32_t result, GPtrArray *outputs)
{
    struct orbis_result *entry = g_hash_table_lookup(client->results, GUINT_TO_POINTER(ticket));

    if (!entry || entry->is_done || entry->method != method) {
        g_clear_pointer(&outputs, g_ptr_array_unref);
        return false;
    }
    entry->is_done = true;
    entry->result = result;
    entry->outputs = outputs;
    if (entry->event_flag != UINT32_MAX)
        orbis_event_flag_set(client, entry->event_flag, entry->pattern);
    return true;
}

void orbis_try_get_result(struct orbis_call *call)
{
    gpointer ticket = GUINT_TO_POINTER((uint32_t)orbis_argument(call, "ticket"));
    struct orbis_result *result = g_hash_table_lookup(call->object->results, ticket);
    uint32_t capacity[SCEIPMI_MAX_COUNT];

    orbis_target_client(call, NULL);
    if (!read_capacities(call, capacity))
        return;
    if (!result || result->method != (uint32_t)orbis_argument(call, "method")) {
        orbis_finish(call->call, ORBIS_ERROR(ORBIS_EINVAL));
        return;
    }
    if (!result->is_done) {
        orbis_finish(call->call, ORBIS_ERROR(ORBIS_EAGAIN));
        return;
    }
    orbis_answer(call->call, 0);
    orbis_answer_outputs(call, result->outputs);
    orbis_answer_scalar(call->call, IPCTAP_SCALAR_RESULT, orbis_argument(call, "result"),
                        (uint32_t)result->result, 4);
    g_hash_table_remove(call->object->results, ticket);
    server_call_finish(call->call, 0);
}
