/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "horizon_pair.h"

#include <ipcshark/reader.h>
#include <ipcshark/writer.h>
#include <string.h>

uint8_t memory_byte(uint64_t address)
{
    return (uint8_t)(address * 167 + (address >> 12) * 13 + 11);
}

void memory_fill(uint8_t *bytes, uint64_t address, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = memory_byte(address + i);
}

bool memory_is(const uint8_t *bytes, uint64_t address, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != memory_byte(address + i))
            return false;
    }
    return true;
}

bool memory_has(const struct pair_side *side, uint64_t address, uint64_t size)
{
    for (guint i = 0; i < side->memory->len; i++) {
        const struct horizon_region *region =
            &g_array_index(side->memory, struct horizon_region, i);

        if (address >= region->address && address - region->address <= region->size &&
            size <= region->size - (address - region->address))
            return true;
    }
    return false;
}

static unsigned int read_attributes(struct test_case *test, JsonArray *array)
{
    unsigned int attributes = 0;

    for (guint i = 0; i < array_length(array); i++) {
        const char *name = array_text(array, i);
        unsigned int attribute = horizon_memory_attribute(name);

        if (!attribute)
            case_skip(test, "unknown memory attribute %s", name);
        attributes |= attribute;
    }
    return attributes;
}

static void read_region(struct test_case *test, JsonObject *object, GArray *memory)
{
    static const char *const keys[] = {"addr", "size", "state", "perm", "attr", NULL};
    const char *state = member_text(object, "state"), *permission = member_text(object, "perm");
    struct horizon_region region = {.address = member_number(object, "addr", 0),
                                    .size = member_number(object, "size", 0)};

    case_check_keys(test, object, "memory", keys);
    if (!horizon_memory_state(state ? state : "Normal", &region.state))
        case_skip(test, "unknown memory state %s", state);
    region.is_readable = !permission || strchr(permission, 'r');
    region.is_writable = !permission || strchr(permission, 'w');
    region.attributes = read_attributes(test, member_array(object, "attr"));
    g_array_append_val(memory, region);
}

static void read_memory(struct test_case *test, const char *key, struct pair_side *side,
                        uint64_t heap, uint64_t tls)
{
    const struct horizon_region standard[] = {
        {heap, HEAP_SIZE, HORIZON_MEMORY_NORMAL, true, true, 0},
        {tls & ~UINT64_C(0xFFF), 0x1000, HORIZON_MEMORY_THREAD_LOCAL, true, true, 0}};
    JsonArray *array = member_array(test->given, key);

    side->memory = g_array_new(FALSE, FALSE, sizeof(struct horizon_region));
    if (!array)
        g_array_append_vals(side->memory, standard, G_N_ELEMENTS(standard));
    for (guint i = 0; i < array_length(array); i++)
        read_region(test, array_object(array, i), side->memory);
}

static void read_buffer(struct test_case *test, const char *key, struct pair_side *side,
                        uint64_t tls)
{
    JsonObject *object = member_object(test->given, key);

    side->is_user_buffer = object;
    side->buffer_address = member_number(object, "addr", tls);
    side->buffer_size = member_number(object, "size", HIPC_TLS_MESSAGE_SIZE);
}

bool handle_insert(struct horizon_handle_table *table, uint32_t handle,
                   struct horizon_object *object)
{
    uint32_t index = handle & 0x7FFF;
    unsigned int i = 0;

    if (index >= HORIZON_HANDLE_TABLE_SIZE || handle >> 30 || table->object[index])
        return false;
    while (table->free_index[i] != index)
        i++;
    table->free_count--;
    memmove(&table->free_index[i], &table->free_index[i + 1],
            (table->free_count - i) * sizeof table->free_index[0]);
    table->object[index] = horizon_object_ref(object);
    table->serial[index] = (uint16_t)(handle >> 15);
    return true;
}

/* One end of a pair; the other's reference is dropped. */
static struct horizon_object *one_end(struct horizon_object *kept, struct horizon_object *other)
{
    horizon_object_unref(other);
    return kept;
}

struct horizon_object *pair_object_new(struct horizon_pair *pair, const char *name)
{
    struct horizon_object *first = NULL, *second = NULL;

    if (g_str_has_prefix(name, "session")) {
        horizon_session_new(pair->kernel, &first, &second);
        g_ptr_array_add(pair->owned, first);
        return second;
    }
    if (g_str_has_prefix(name, "event")) {
        horizon_event_new(false, &first, &second);
        return one_end(second, first);
    }
    if (g_str_has_prefix(name, "port")) {
        horizon_port_new(1, &first, &second);
        return one_end(second, first);
    }
    if (g_str_has_prefix(name, "interrupt"))
        return horizon_object_new(HORIZON_INTERRUPT_EVENT);
    if (g_str_has_prefix(name, "process"))
        return horizon_object_new(HORIZON_PROCESS);
    if (g_str_has_prefix(name, "thread"))
        return horizon_object_new(HORIZON_THREAD);
    return NULL;
}

static void insert_handles(struct horizon_pair *pair, struct test_case *test, const char *key,
                           struct pair_side *side)
{
    JsonObject *handles = member_object(test->given, key);
    GList *members = handles ? json_object_get_members(handles) : NULL;

    for (GList *member = members; member; member = member->next) {
        const char *name = member_text(handles, member->data);
        struct horizon_object *object = name ? pair_object_new(pair, name) : NULL;

        if (!object) {
            case_skip(test, "unknown object %s", name);
            continue;
        }
        if (!handle_insert(&side->process->handles,
                           (uint32_t)g_ascii_strtoull(member->data, NULL, 0), object))
            case_skip(test, "handle %s cannot be given", (const char *)member->data);
        g_ptr_array_add(pair->owned, object);
        g_hash_table_insert(pair->names, object, g_strdup(name));
    }
    g_list_free(members);
}

/* Only so many handles can still be added. */
static void fill_handles(struct horizon_pair *pair, struct test_case *test, const char *key,
                         struct pair_side *side)
{
    uint64_t wanted = member_number(test->given, key, UINT64_MAX);
    struct horizon_object *object = NULL;
    uint32_t handle;

    while (side->process->handles.free_count > wanted) {
        object = object ? object : horizon_object_new(HORIZON_THREAD);
        horizon_handle_add(&side->process->handles, object, &handle);
    }
    if (object) {
        g_ptr_array_add(pair->owned, object);
        g_hash_table_insert(pair->names, object, g_strdup(""));
    }
}

struct set_up {
    struct horizon_pair *pair;
    struct test_case *test;
};

static struct horizon_process *find_process(struct horizon_pair *pair, uint32_t pid)
{
    return server_process_find(pair->world.server, pid)->data;
}

static void open_session(struct horizon_pair *pair)
{
    struct horizon_object *server, *client;

    pair->session = horizon_session_new(pair->kernel, &server, &client);
    horizon_handle_add(&pair->server.process->handles, server, &pair->server.session);
    horizon_handle_add(&pair->client.process->handles, client, &pair->client.session);
    g_hash_table_insert(pair->names, server, g_strdup(""));
    g_hash_table_insert(pair->names, client, g_strdup(""));
    /* Their handles are all that keeps them. */
    horizon_object_unref(server);
    horizon_object_unref(client);
}

static void set_up(void *data)
{
    struct horizon_pair *pair = ((struct set_up *)data)->pair;
    struct test_case *test = ((struct set_up *)data)->test;

    pair->kernel = server_get_kernel(pair->world.server, IPCTAP_HORIZON);
    pair->client.process = find_process(pair, CLIENT_PID);
    pair->server.process = find_process(pair, SERVER_PID);
    pair->client.process->memory = g_array_copy(pair->client.memory);
    pair->server.process->memory = g_array_copy(pair->server.memory);
    pair->kernel->passes_tagged_pids =
        test->given && member_flag(test->given, "atmosphere_pid_passthrough", FALSE);
    open_session(pair);
    insert_handles(pair, test, "client_handles", &pair->client);
    insert_handles(pair, test, "server_handles", &pair->server);
    fill_handles(pair, test, "client_free_handles", &pair->client);
    fill_handles(pair, test, "server_free_handles", &pair->server);
}

void pair_start(struct horizon_pair *pair, struct test_case *test)
{
    *pair = (struct horizon_pair){.client = {.thread = CLIENT_THREAD},
                                  .server = {.thread = SERVER_THREAD}};
    world_set_choices(&pair->world, test);
    world_start(&pair->world);
    pair->names = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    pair->owned = g_ptr_array_new();
    pair->client.connection = world_process(&pair->world, IPCTAP_HORIZON, "client", CLIENT_PID);
    pair->server.connection = world_process(&pair->world, IPCTAP_HORIZON, "server", SERVER_PID);
    read_memory(test, "client_memory", &pair->client, CLIENT_HEAP, CLIENT_TLS);
    read_memory(test, "server_memory", &pair->server, SERVER_HEAP, SERVER_TLS);
    read_buffer(test, "client_buffer", &pair->client, CLIENT_TLS);
    read_buffer(test, "server_buffer", &pair->server, SERVER_TLS);
    world_do(&pair->world, set_up, &(struct set_up){pair, test});
}

static void drop_objects(void *data)
{
    struct horizon_pair *pair = data;

    for (guint i = 0; i < pair->owned->len; i++)
        horizon_object_unref(pair->owned->pdata[i]);
}

void pair_end(struct horizon_pair *pair)
{
    world_do(&pair->world, drop_objects, pair);
    traffic_client_free(pair->client.connection);
    traffic_client_free(pair->server.connection);
    world_end(&pair->world);
    g_hash_table_unref(pair->names);
    g_ptr_array_unref(pair->owned);
    g_array_unref(pair->client.memory);
    g_array_unref(pair->server.memory);
}

static void add_memory(const struct pair_side *side, struct record_builder *record, uint16_t type,
                       unsigned int n, uint64_t address, uint64_t size)
{
    uint8_t *bytes;

    if (!size || !memory_has(side, address, size))
        return;
    bytes = g_malloc(size);
    memory_fill(bytes, address, size);
    record_builder_add(record, type, (uint16_t)n, address, bytes, size);
    g_free(bytes);
}

static void add_room(const struct pair_side *side, struct record_builder *record, uint16_t type,
                     unsigned int n, uint64_t address, uint64_t size)
{
    if (size && memory_has(side, address, size))
        record_builder_add_room(record, type, (uint16_t)n, address, size);
}

static void add_request_contents(const struct pair_side *side, struct record_builder *record,
                                 const struct hipc_message *hipc)
{
    for (unsigned int i = 0; i < hipc->pointer_count; i++)
        add_memory(side, record, IPCTAP_POINTER, i, hipc->pointer[i].address,
                   hipc->pointer[i].size);
    for (unsigned int i = 0; i < hipc->send_count; i++)
        add_memory(side, record, IPCTAP_SEND, i, hipc->send[i].address, hipc->send[i].size);
    for (unsigned int i = 0; i < hipc->receive_count; i++)
        add_room(side, record, IPCTAP_RECEIVE, i, hipc->receive[i].address, hipc->receive[i].size);
    for (unsigned int i = 0; i < hipc->exchange_count; i++)
        add_memory(side, record, IPCTAP_EXCHANGE, i, hipc->exchange[i].address,
                   hipc->exchange[i].size);
}

static void add_receive_list(const struct pair_side *side, struct record_builder *record,
                             const struct hipc_message *hipc)
{
    for (unsigned int i = 0; i < hipc->receive_list_count; i++)
        add_room(side, record, IPCTAP_RECEIVE_LIST, i, hipc->receive_list[i].address,
                 hipc->receive_list[i].size);
}

/* The whole buffer: what does not fit is not there. */
static void add_message(const struct pair_side *side, struct record_builder *record,
                        const struct case_message *message, enum hipc_direction direction,
                        struct hipc_message *hipc)
{
    uint8_t *buffer = g_malloc0(side->buffer_size);

    memcpy(buffer, message->bytes, MIN(message->size, side->buffer_size));
    record_builder_add(record, IPCTAP_MESSAGE, 0, side->buffer_address, buffer, side->buffer_size);
    hipc_decode(buffer, side->buffer_size, direction, hipc, NULL);
    g_free(buffer);
}

void pair_send(struct horizon_pair *pair, const struct case_message *message,
               struct pair_call *call)
{
    const struct pair_side *side = &pair->client;
    const struct ipctap_kernel_call user_buffer = {
        .call = IPCTAP_CALL_SEND_SYNC_REQUEST_WITH_USER_BUFFER,
        .handle = side->session,
        .address = side->buffer_address,
        .size = side->buffer_size};
    struct record_builder record;
    struct hipc_message hipc;

    traffic_client_begin(side->connection, &record, IPCTAP_HIPC_MESSAGE);
    record.header.tid = side->thread;
    record.header.object = side->session;
    if (side->is_async)
        record.header.flags |= IPCTAP_ASYNC;
    if (side->is_user_buffer)
        record_builder_add_kernel_call(&record, &user_buffer);
    add_message(side, &record, message, HIPC_REQUEST, &hipc);
    add_request_contents(side, &record, &hipc);
    add_receive_list(side, &record, &hipc);
    *call = (struct pair_call){.id = traffic_client_send(side->connection, &record)};
}

void pair_receive(struct horizon_pair *pair, const struct case_message *message, uint32_t handle,
                  struct pair_call *call)
{
    const struct pair_side *side = &pair->server;
    const struct ipctap_kernel_call arguments = {.call = IPCTAP_CALL_REPLY_AND_RECEIVE,
                                                 .handle = handle,
                                                 .value_2 = handle ? 0 : UINT64_MAX};
    struct record_builder record;
    struct hipc_message hipc;
    uint8_t handles[4];

    ipcshark_store_u32(handles, side->session);
    traffic_client_begin(side->connection, &record, IPCTAP_KERNEL_CALL);
    record.header.tid = side->thread;
    record_builder_add_kernel_call(&record, &arguments);
    record_builder_add(&record, IPCTAP_HANDLES, 0, 0, handles, handle ? 0 : sizeof handles);
    add_message(side, &record, message, handle ? HIPC_REPLY : HIPC_REQUEST, &hipc);
    for (unsigned int i = 0; handle && i < hipc.pointer_count; i++)
        add_memory(side, &record, IPCTAP_POINTER, i, hipc.pointer[i].address, hipc.pointer[i].size);
    if (!handle)
        add_receive_list(side, &record, &hipc);
    *call = (struct pair_call){.id = traffic_client_send(side->connection, &record)};
}

/* What the connection sent before this call is processed when the call returns. */
static bool settle_side(struct pair_side *side, struct test_case *test)
{
    const struct ipctap_kernel_call call = {.call = IPCTAP_CALL_GET_PROCESS_ID,
                                            .handle = HORIZON_PSEUDO_PROCESS};

    if (traffic_client_kernel_call(side->connection, &call, NULL, NULL) == 0)
        return true;
    case_fault(test, "the server closed the connection: %s",
               side->connection->comment ? side->connection->comment : "no note");
    return false;
}

static void take_exit(struct pair_side *side, struct pair_call *call)
{
    if (!call || call->is_done)
        return;
    for (guint i = 0; i < side->connection->waiting->len; i++) {
        struct ipctap_record record;
        gsize size;
        const uint8_t *bytes = g_bytes_get_data(side->connection->waiting->pdata[i], &size);

        if (ipctap_record_decode(bytes, size, &record, NULL) && record.header.call_id == call->id) {
            call->is_done = traffic_client_wait(side->connection, call->id, &call->exit);
            return;
        }
    }
}

bool pair_settle(struct horizon_pair *pair, struct test_case *test, struct pair_call *client,
                 struct pair_call *server)
{
    /* What the second one causes on the first one's connection is asked for once more. */
    if (!settle_side(&pair->client, test) || !settle_side(&pair->server, test) ||
        !settle_side(&pair->client, test))
        return false;
    take_exit(&pair->client, client);
    take_exit(&pair->server, server);
    return true;
}

void pair_call_clear(struct pair_call *call)
{
    if (call->is_done)
        traffic_exit_clear(&call->exit);
    call->is_done = false;
}

static char *object_name(struct horizon_pair *pair, const struct horizon_object *object)
{
    const char *given = g_hash_table_lookup(pair->names, object);

    if (given)
        return g_strdup(given);
    if (object->type == HORIZON_PROCESS)
        return g_strdup_printf("process:%s", object->id == CLIENT_PID ? "client" : "server");
    if (object->type == HORIZON_THREAD)
        return g_strdup_printf("thread:%s", object->id == CLIENT_THREAD ? "client" : "server");
    return g_strdup_printf("type %d", object->type);
}

char *pair_handle_name(struct horizon_pair *pair, struct pair_side *side, uint32_t handle)
{
    const struct horizon_object *object = horizon_handle_find(&side->process->handles, handle);

    return object ? object_name(pair, object) : g_strdup(handle ? "an invalid handle" : "0");
}

struct handle_check {
    struct horizon_pair *pair;
    struct test_case *test;
    const char *key;
    struct pair_side *side;
};

static bool take_name(GPtrArray *names, const char *name)
{
    guint index;

    if (!g_ptr_array_find_with_equal_func(names, name, g_str_equal, &index))
        return false;
    g_ptr_array_remove_index(names, index);
    return true;
}

static void check_handles(void *data)
{
    struct handle_check *check = data;
    JsonArray *expected = member_array(check->test->expect, check->key);
    g_autoptr(GPtrArray) missing = g_ptr_array_new();

    for (guint i = 0; i < array_length(expected); i++)
        g_ptr_array_add(missing, (void *)array_text(expected, i));
    for (unsigned int i = 0; i < HORIZON_HANDLE_TABLE_SIZE; i++) {
        const struct horizon_object *object = check->side->process->handles.object[i];
        g_autofree char *name = object ? object_name(check->pair, object) : g_strdup("");

        if (*name && !take_name(missing, name))
            case_fault(check->test, "%s: %s is there too", check->key, name);
    }
    for (guint i = 0; i < missing->len; i++)
        case_fault(check->test, "%s: %s is missing", check->key, (char *)missing->pdata[i]);
}

void pair_expect_handles(struct horizon_pair *pair, struct test_case *test, const char *key,
                         struct pair_side *side)
{
    if (member_array(test->expect, key))
        world_do(&pair->world, check_handles, &(struct handle_check){pair, test, key, side});
}
