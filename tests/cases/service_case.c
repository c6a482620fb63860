/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "service_case.h"

#include <ipcshark/reader.h>
#include <ipcshark/writer.h>
#include <stdio.h>
#include <string.h>

#define COPIED_HANDLE  0x88002u
#define MOVED_HANDLE   0x88003u
#define SESSION_HANDLE 0x90001u
#define POINTER_BUFFER 0x500

/* {"domain_objects": null or ids, "version": "22.0.0", "pointer_buffer": [address, size]} */
static const char *const session_keys[] = {"domain_objects", "domain_entries_left", "version",
                                           "pointer_buffer", NULL};

static uint32_t read_version(const char *text)
{
    unsigned int major = 22, minor = 0, micro = 0;

    if (text)
        sscanf(text, "%u.%u.%u", &major, &minor, &micro);
    return HORIZON_VERSION(major, minor, micro);
}

static struct sf_object *new_object(struct service_case *run)
{
    return run->is_tipc ? toy_tipc_new(run->pair.kernel, &run->toy)
                        : toy_new(run->pair.kernel, &run->toy);
}

static bool has_id(JsonArray *ids, uint32_t id)
{
    for (guint i = 0; i < array_length(ids); i++) {
        if (array_number(ids, i) == id)
            return true;
    }
    return false;
}

/* A domain in which just these ids are taken. */
static void fill_domain(struct service_case *run, JsonArray *ids)
{
    struct sf_session *session = run->session;
    uint32_t last = 0, id = 0;

    session->domain = sf_domain_new(session->process->domains);
    sf_object_unref(session->object);
    session->object = NULL;
    for (guint i = 0; i < array_length(ids); i++)
        last = MAX(last, (uint32_t)array_number(ids, i));
    while (id < last && sf_domain_add(session->domain, new_object(run), &id) == 0)
        continue;
    for (id = last; id > 0; id--) {
        if (!has_id(ids, id))
            sf_domain_close(session->domain, id);
    }
}

/* Another domain has all entries. */
static void exhaust_domains(struct service_case *run)
{
    uint32_t id;

    run->other = sf_domain_new(run->session->process->domains);
    while (sf_domain_add(run->other, new_object(run), &id) == 0)
        continue;
}

static uint32_t pointer_buffer_size(struct service_case *run, JsonObject *session)
{
    JsonArray *buffer = member_array(session, "pointer_buffer");

    if (buffer && array_number(buffer, 0) != HORIZON_POINTER_BUFFER_ADDRESS)
        case_skip(run->test, "pointer buffers of services lie at 0x2000010000");
    return buffer ? (uint32_t)array_number(buffer, 1) : POINTER_BUFFER;
}

static void open_session(struct service_case *run)
{
    JsonObject *given = member_object(run->test->given, "session");
    struct horizon_process *process;
    uint64_t number;

    run->pair.kernel->version = read_version(member_text(given, "version"));
    process =
        horizon_service_process_new(run->pair.kernel, "toy", 0, pointer_buffer_size(run, given));
    sf_session_open(run->pair.kernel, process, "toy", new_object(run), &number, &run->client);
    run->session = run->client->session->sf;
    if (member_array(given, "domain_objects"))
        fill_domain(run, member_array(given, "domain_objects"));
    if (member_number(given, "domain_entries_left", 1) == 0 ||
        strstr(run->test->name, "no domain entry left"))
        exhaust_domains(run);
}

static void add_map(struct horizon_request *request, enum horizon_map_kind kind, unsigned int n,
                    const struct hipc_map *map)
{
    request->map[request->map_count++] = (struct horizon_map){.kind = kind,
                                                              .attribute = map->attribute,
                                                              .number = (uint8_t)n,
                                                              .client_address = map->address,
                                                              .server_address = map->address,
                                                              .size = map->size,
                                                              .bytes = g_malloc0(map->size + 1)};
}

static void add_maps(struct horizon_request *request)
{
    const struct hipc_message *hipc = &request->delivered;

    for (unsigned int i = 0; i < hipc->send_count; i++)
        add_map(request, HORIZON_SEND, i, &hipc->send[i]);
    for (unsigned int i = 0; i < hipc->receive_count; i++)
        add_map(request, HORIZON_RECEIVE, i, &hipc->receive[i]);
    for (unsigned int i = 0; i < hipc->exchange_count; i++)
        add_map(request, HORIZON_EXCHANGE, i, &hipc->exchange[i]);
}

/* Handles that the request names are the service's own already. */
static void add_handles(struct service_case *run, const struct hipc_special *special)
{
    struct horizon_handle_table *handles = &run->session->process->handles;

    for (unsigned int i = 0; i < special->copy_count; i++) {
        if (special->copy[i] && !horizon_handle_find(handles, special->copy[i])) {
            struct horizon_object *object = pair_object_new(&run->pair, "event");

            if (!handle_insert(handles, special->copy[i], object))
                case_skip(run->test, "handle 0x%X cannot be given", special->copy[i]);
            horizon_object_unref(object);
        }
    }
}

static uint32_t case_handle(struct service_case *run, uint32_t handle, unsigned int *sessions)
{
    const struct horizon_object *object =
        horizon_handle_find(&run->session->process->handles, handle);

    if (object && object == run->toy.copied)
        return COPIED_HANDLE;
    if (object && object == run->toy.moved)
        return MOVED_HANDLE;
    if (object && object->type == HORIZON_CLIENT_SESSION)
        return SESSION_HANDLE + (*sessions)++;
    return handle;
}

/* The reply as the case writes it. */
static void take_reply(struct service_case *run, const struct horizon_buffer *buffer)
{
    struct hipc_message hipc;
    unsigned int sessions = 0;

    hipc_decode(buffer->bytes, buffer->size, HIPC_REPLY, &hipc, NULL);
    run->reply.size = MIN(hipc.raw_offset + 4u * hipc.raw_words, buffer->size);
    memcpy(run->reply.bytes, buffer->bytes, run->reply.size);
    for (unsigned int i = 0; hipc.has_special && i < hipc.special.copy_count; i++)
        ipcshark_store_u32(run->reply.bytes + hipc.special.copy_offset + 4 * i,
                           case_handle(run, hipc.special.copy[i], &sessions));
    for (unsigned int i = 0; hipc.has_special && i < hipc.special.move_count; i++)
        ipcshark_store_u32(run->reply.bytes + hipc.special.move_offset + 4 * i,
                           case_handle(run, hipc.special.move[i], &sessions));
}

static void serve(void *data)
{
    struct service_case *run = data;
    struct horizon_request *request = g_new0(struct horizon_request, 1);
    uint8_t buffer[HIPC_TLS_MESSAGE_SIZE] = {0};

    run->pair.kernel = server_get_kernel(run->pair.world.server, IPCTAP_HORIZON);
    open_session(run);
    memcpy(buffer, run->words.bytes, MIN(run->words.size, sizeof buffer));
    request->server = run->session->process;
    request->session = run->session->session;
    request->server_buffer =
        (struct horizon_buffer){buffer, sizeof buffer, HORIZON_SERVICE_MESSAGE_ADDRESS};
    request->delivered_size = MIN(run->words.size, sizeof buffer);
    hipc_decode(buffer, request->delivered_size, HIPC_REQUEST, &request->delivered, NULL);
    request->delivered.receive_list_count = 0;
    add_maps(request);
    add_handles(run, &request->delivered.special);
    run->result = sf_serve(run->session, request);
    take_reply(run, &request->server_buffer);
    horizon_map_clear(request);
    g_free(request);
}

static void make_objects(void *data)
{
    struct service_case *run = data;

    run->toy.copied = pair_object_new(&run->pair, "event");
    run->toy.moved = pair_object_new(&run->pair, "event");
}

bool service_case_serve(struct service_case *run)
{
    JsonObject *session = member_object(run->test->given, "session");

    case_check_keys(run->test, session, "session", session_keys);
    if (!message_given(run->test, "request", HIPC_REQUEST, &run->words))
        case_skip(run->test, "no request is given");
    if (run->test->skip)
        return false;
    pair_start(&run->pair, run->test);
    world_do(&run->pair.world, make_objects, run);
    world_do(&run->pair.world, serve, run);
    return true;
}

static void expect_reply(struct service_case *run)
{
    JsonArray *expected = member_array(run->test->expect, "reply_words");

    if (!expected)
        return;
    expect_number(run->test, "words in the reply", array_length(expected), run->reply.size / 4);
    for (guint i = 0; i < MIN(array_length(expected), run->reply.size / 4); i++) {
        g_autofree char *what = g_strdup_printf("reply word %u", i);

        expect_number(run->test, what, array_number(expected, i),
                      ipcshark_load_u32(run->reply.bytes + 4 * i));
    }
}

/* The same service again, with a client that sends the request through the kernel. */
static void connect_client(void *data)
{
    struct service_case *run = data;

    horizon_object_unref(run->client);
    open_session(run);
    horizon_handle_add(&run->pair.client.process->handles, run->client, &run->pair.client.session);
    g_clear_pointer(&run->pair.client.process->memory, g_array_unref);
}

static void expect_client_result(struct service_case *run)
{
    const struct horizon_region all = {0, HORIZON_ADDRESS_END, HORIZON_MEMORY_NORMAL, true, true,
                                       0};
    struct pair_call call;

    if (!member_exists(run->test->expect, "client_result"))
        return;
    world_do(&run->pair.world, connect_client, run);
    g_array_append_val(run->pair.client.memory, all);
    pair_send(&run->pair, &run->words, &call);
    if (!pair_settle(&run->pair, run->test, &call, NULL))
        return;
    if (call.is_done)
        expect_member(run->test, "client_result", call.exit.result);
    else
        case_fault(run->test, "the client's call still waits");
    pair_call_clear(&call);
}

void service_case_check(struct service_case *run)
{
    const char *action = member_text(run->test->expect, "action");
    bool is_reply = !g_strcmp0(action, "reply");

    if (!is_reply && g_strcmp0(action, "close session, no reply")) {
        case_skip(run->test, "unknown action %s", action);
        return;
    }
    if (is_reply && run->result != 0)
        case_fault(run->test, "expected a reply, the session was closed with 0x%X", run->result);
    else if (is_reply)
        expect_reply(run);
    else if (run->result == 0)
        case_fault(run->test, "expected the session closed, got a reply");
    expect_member(run->test, "server_result", run->result);
    expect_client_result(run);
}

static void drop(void *data)
{
    struct service_case *run = data;

    sf_domain_unref(run->other);
    horizon_object_unref(run->client);
    horizon_object_unref(run->toy.copied);
    horizon_object_unref(run->toy.moved);
}

void service_case_end(struct service_case *run)
{
    world_do(&run->pair.world, drop, run);
    pair_end(&run->pair);
}
