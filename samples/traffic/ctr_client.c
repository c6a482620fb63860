/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctr_client.h"

#include <ipcshark/contents.h>

#include <string.h>

#define TABLE_OFFSET 0x100 /* From the command buffer. */

struct region {
    uint32_t address;
    GByteArray *bytes;
};

static void region_free(gpointer data)
{
    struct region *region = data;

    g_byte_array_unref(region->bytes);
    g_free(region);
}

struct ctr_client *ctr_client_new(struct traffic_client *connection)
{
    struct ctr_client *client = g_new0(struct ctr_client, 1);

    client->connection = connection;
    client->memory = g_ptr_array_new_with_free_func(region_free);
    return client;
}

void ctr_client_free(struct traffic_run *run, struct ctr_client *client)
{
    if (!client)
        return;

    traffic_run_disconnect(run, client->connection);
    g_ptr_array_unref(client->memory);
    g_free(client);
}

uint8_t *ctr_client_memory(struct ctr_client *client, uint32_t address, uint32_t size)
{
    struct region *region = g_new0(struct region, 1);

    region->address = address;
    region->bytes = g_byte_array_new();
    g_byte_array_set_size(region->bytes, size);
    memset(region->bytes->data, 0, size);
    g_ptr_array_add(client->memory, region);
    return region->bytes->data;
}

uint8_t *ctr_client_bytes(struct ctr_client *client, uint32_t address, uint32_t size)
{
    for (guint i = 0; i < client->memory->len; i++) {
        struct region *region = client->memory->pdata[i];
        uint32_t offset = address - region->address;

        if (offset <= region->bytes->len && size <= region->bytes->len - offset)
            return region->bytes->data + offset;
    }
    return NULL;
}

void ctr_client_static_buffer(struct ctr_client *client, uint8_t id, uint32_t address,
                              uint32_t size)
{
    client->table[id] = (struct ctripc_static_slot){
        .descriptor = ctripc_descriptor(CTRIPC_STATIC_BUFFER, size, id),
        .size = size,
        .address = address,
    };
}

void ctr_client_words(struct ctr_client *client, size_t count, const uint32_t *words)
{
    memcpy(client->word, words, count * sizeof *words);
}

static void store_words(const struct ctr_client *client, uint8_t *bytes)
{
    for (size_t i = 0; i < CTRIPC_BUFFER_WORDS; i++)
        ipcshark_store_u32(bytes + 4 * i, client->word[i]);
}

/** The contents of one parameter; of what the receiver only writes, room. */
static void add_contents(struct ctr_client *client, struct record_builder *request,
                         const struct ctripc_translate *translate, bool is_reply)
{
    uint16_t section = ctripc_contents_section(translate->kind);
    uint8_t *bytes = ctr_client_bytes(client, translate->address, translate->size);

    if (!section || !translate->size || (is_reply && translate->kind == CTRIPC_MAPPED_R))
        return;
    if (!bytes)
        request->header.flags |= IPCTAP_UNREADABLE;
    else if (translate->kind == CTRIPC_MAPPED_W && !is_reply)
        record_builder_add_room(request, section, translate->offset, translate->address,
                                translate->size);
    else
        record_builder_add(request, section, translate->offset, translate->address, bytes,
                           translate->size);
}

/** MESSAGE, the static buffer table and all contents. */
static void add_message(struct ctr_client *client, struct record_builder *request, bool is_reply)
{
    uint8_t bytes[CTRIPC_BUFFER_SIZE];
    uint8_t table[CTRIPC_STATIC_TABLE_SIZE];
    struct ctripc_message message;

    store_words(client, bytes);
    ctripc_encode_static_table(client->table, table, sizeof table);
    ctripc_decode(bytes, sizeof bytes, is_reply ? CTRIPC_REPLY : CTRIPC_REQUEST, &message, NULL);
    record_builder_add(request, IPCTAP_MESSAGE, 0, CTR_CLIENT_COMMAND_BUFFER, bytes, sizeof bytes);
    record_builder_add(request, IPCTAP_RECEIVE_CONTEXT, 0, CTR_CLIENT_COMMAND_BUFFER + TABLE_OFFSET,
                       table, sizeof table);
    for (unsigned int i = 0; i < message.translate_count; i++)
        add_contents(client, request, &message.translate[i], is_reply);
}

uint64_t ctr_client_send(struct ctr_client *client, uint32_t handle, uint32_t thread)
{
    struct record_builder request;

    traffic_client_begin(client->connection, &request, IPCTAP_CTR_COMMAND);
    request.header.object = handle;
    request.header.tid = thread;
    add_message(client, &request, false);
    return traffic_client_send(client->connection, &request);
}

static void store_message(struct ctr_client *client, const struct ipctap_section *section)
{
    for (size_t i = 0; i < section->captured_size / 4 && i < CTRIPC_BUFFER_WORDS; i++)
        client->word[i] = ctripc_word(section->bytes, section->captured_size, i);
}

/** A received buffer appears at an address that the server chose. */
static void store_contents(struct ctr_client *client, const struct ipctap_section *section,
                           bool is_received)
{
    uint32_t address = (uint32_t)section->address;
    uint8_t *bytes = ctr_client_bytes(client, address, section->captured_size);

    if (!bytes && is_received && section->type != IPCTAP_STATIC)
        bytes = ctr_client_memory(client, address, section->captured_size);
    if (bytes && section->captured_size)
        memcpy(bytes, section->bytes, section->captured_size);
    else
        client->refused += !bytes;
}

static void store_exit(struct ctr_client *client, const struct traffic_exit *exit)
{
    bool is_received = exit->record.header.kind == IPCTAP_KERNEL_CALL;
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section section;
    struct ipctap_kernel_call results;

    while (ipctap_section_next(&exit->record, &iterator, &section, NULL)) {
        if (section.type == IPCTAP_MESSAGE)
            store_message(client, &section);
        else if (section.type == IPCTAP_STATIC || section.type == IPCTAP_MAPPED ||
                 section.type == IPCTAP_PXI)
            store_contents(client, &section, is_received);
        else if (section.type == IPCTAP_SECTION_KERNEL_CALL &&
                 ipctap_kernel_call_decode(section.bytes, section.captured_size, &results, NULL))
            client->index = results.value;
    }
}

uint32_t ctr_client_finish(struct ctr_client *client, uint64_t call_id)
{
    struct traffic_exit exit;
    uint32_t result;

    if (!call_id || !traffic_client_wait(client->connection, call_id, &exit))
        return UINT32_MAX;
    store_exit(client, &exit);
    result = exit.result;
    traffic_exit_clear(&exit);
    return result;
}

uint32_t ctr_client_request(struct ctr_client *client, uint32_t handle)
{
    return ctr_client_finish(client, ctr_client_send(client, handle, 1));
}

static void add_handles(struct record_builder *request, const uint32_t *handles, size_t count)
{
    g_autofree uint8_t *bytes = g_malloc0(count * 4 + 1);

    for (size_t i = 0; i < count; i++)
        ipcshark_store_u32(bytes + 4 * i, handles[i]);
    if (count)
        record_builder_add(request, IPCTAP_HANDLES, 0, 0, bytes, count * 4);
}

uint64_t ctr_client_reply_and_receive(struct ctr_client *client, uint32_t target,
                                      const uint32_t *handles, size_t count, int64_t timeout)
{
    const struct ipctap_kernel_call call = {
        .call = IPCTAP_CALL_REPLY_AND_RECEIVE,
        .handle = target,
        .value_2 = (uint64_t)timeout,
    };
    struct record_builder request;

    traffic_client_begin(client->connection, &request, IPCTAP_KERNEL_CALL);
    request.header.object = target;
    record_builder_add_kernel_call(&request, &call);
    add_message(client, &request, target != 0);
    add_handles(&request, handles, count);
    return traffic_client_send(client->connection, &request);
}

uint32_t ctr_client_wait(struct ctr_client *client, const uint32_t *handles, size_t count, bool all,
                         int64_t timeout)
{
    const struct ipctap_kernel_call call = {
        .call = IPCTAP_CALL_WAIT_SYNCHRONIZATION,
        .value = all,
        .value_2 = (uint64_t)timeout,
    };
    struct record_builder request;

    traffic_client_begin(client->connection, &request, IPCTAP_KERNEL_CALL);
    record_builder_add_kernel_call(&request, &call);
    add_handles(&request, handles, count);
    return ctr_client_finish(client, traffic_client_send(client->connection, &request));
}

uint32_t ctr_client_connect(struct ctr_client *client, const char *port, uint32_t *result)
{
    const struct ipctap_kernel_call call = {.call = IPCTAP_CALL_CONNECT_TO_PORT};
    struct ipctap_kernel_call results = {0};

    *result = traffic_client_kernel_call(client->connection, &call, port, &results);
    return results.handle;
}

uint32_t ctr_client_close(struct ctr_client *client, uint32_t handle)
{
    const struct ipctap_kernel_call call = {.call = IPCTAP_CALL_CLOSE_HANDLE, .handle = handle};

    return traffic_client_kernel_call(client->connection, &call, NULL, NULL);
}

uint32_t ctr_client_create_event(struct ctr_client *client, bool is_sticky)
{
    const struct ipctap_kernel_call call = {.call = IPCTAP_CALL_CREATE_EVENT, .value = is_sticky};
    struct ipctap_kernel_call results = {0};

    traffic_client_kernel_call(client->connection, &call, NULL, &results);
    return results.handle;
}

uint32_t ctr_client_signal(struct ctr_client *client, uint32_t event)
{
    const struct ipctap_kernel_call call = {.call = IPCTAP_CALL_SIGNAL_EVENT, .handle = event};

    return traffic_client_kernel_call(client->connection, &call, NULL, NULL);
}

uint32_t ctr_client_get_service(struct ctr_client *client, uint32_t srv, const char *name,
                                uint32_t *result)
{
    uint8_t bytes[8] = {0};

    memcpy(bytes, name, MIN(strlen(name), sizeof bytes));
    CTR_WORDS(client, 0x00050100, ipcshark_load_u32(bytes), ipcshark_load_u32(bytes + 4),
              (uint32_t)strlen(name), 0);
    *result = ctr_client_request(client, srv);
    if (*result == 0)
        *result = client->word[1];
    return *result ? 0 : client->word[3];
}
