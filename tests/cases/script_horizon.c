/* SPDX-License-Identifier: GPL-2.0-or-later */
/* service.horizon: clients of the services inside the server. */
#include "script.h"

#include <horizon/horizon.h>
#include <horizon_client.h>
#include <string.h>

#define MAX_BUFFER (4u << 20)

static struct traffic_client *client_of(struct script *script)
{
    return script->data;
}

static void start(struct script *script)
{
    script->data = world_process(&script->world, IPCTAP_HORIZON, "client", 0);
}

static void end(struct script *script)
{
    traffic_client_free(script->data);
}

static struct horizon_service *keep_handle(struct script *script, JsonObject *step, const char *key,
                                           uint32_t handle)
{
    struct horizon_service *service = g_new0(struct horizon_service, 1);

    service->client = client_of(script);
    service->handle = handle;
    script_keep(script, step, key, service);
    return service;
}

/* ConnectToNamedPort. */
static void run_connect(struct script *script, JsonObject *step)
{
    uint32_t handle = 0;
    uint32_t result =
        horizon_connect_port(client_of(script), script_text(script, step, "port"), &handle);

    script_expect_number(script, "result", result);
    if (result == 0)
        keep_handle(script, step, "as", handle);
}

static const struct {
    const char *name;
    enum horizon_argument_kind kind;
} kinds[] = {
    {"pointer-in", HORIZON_POINTER_IN},
    {"pointer-out", HORIZON_POINTER_OUT},
    {"fixed-pointer-out", HORIZON_FIXED_POINTER_OUT},
    {"map-in", HORIZON_MAP_IN},
    {"map-out", HORIZON_MAP_OUT},
    {"exchange", HORIZON_MAP_EXCHANGE},
    {"auto-in", HORIZON_AUTO_IN},
    {"auto-out", HORIZON_AUTO_OUT},
};

/* {"kind", "bytes" or "size", "attribute", "absent"}: the buffer's memory is the array's. */
static void set_buffer(struct script *script, JsonObject *given, struct horizon_argument *argument,
                       GPtrArray *memory)
{
    static const char *const keys[] = {"kind", "bytes", "size", "attribute", "absent", NULL};
    GByteArray *bytes = script_bytes(script, member_node(given, "bytes"));
    uint64_t size = member_number(given, "size", bytes->len);
    guint old = bytes->len;

    case_check_keys(script->test, given, "buffers", keys);
    g_ptr_array_add(memory, bytes);
    if (size > MAX_BUFFER) {
        case_skip(script->test, "a buffer is too large");
        return;
    }
    g_byte_array_set_size(bytes, (guint)size);
    if (size > old)
        memset(bytes->data + old, 0, size - old);
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (!g_strcmp0(kinds[i].name, member_text(given, "kind")))
            argument->kind = kinds[i].kind;
    }
    if (argument->kind == HORIZON_NO_ARGUMENT)
        case_skip(script->test, "unknown kind of buffer %s", member_text(given, "kind"));
    argument->bytes = bytes->data;
    argument->size = (uint32_t)size;
    argument->attribute = (uint8_t)member_number(given, "attribute", 0);
    argument->is_absent = member_flag(given, "absent", FALSE);
}

static void set_buffers(struct script *script, JsonObject *step, struct horizon_command *command,
                        GPtrArray *memory)
{
    JsonArray *buffers = member_array(step, "buffers");

    for (guint i = 0; i < MIN(array_length(buffers), HORIZON_ARGUMENTS); i++) {
        JsonNode *node = json_array_get_element(buffers, i);

        if (JSON_NODE_HOLDS_OBJECT(node))
            set_buffer(script, json_node_get_object(node), &command->argument[i], memory);
        else
            case_skip(script->test, "buffer %u is no object", i);
    }
}

/* Handles by name, or as numbers; objects by name. */
static uint32_t handle_value(struct script *script, JsonArray *array, guint i, bool is_object)
{
    const char *name = array_text(array, i);
    const struct horizon_service *service = g_hash_table_lookup(script->values, name);
    uint64_t number;

    if (service)
        return is_object ? service->object_id : service->handle;
    if (value_number(json_array_get_element(array, i), &number))
        return (uint32_t)number;
    case_skip(script->test, "there is no \"%s\"", name);
    return 0;
}

static void set_handles(struct script *script, JsonObject *step, struct horizon_command *command)
{
    JsonArray *copies = member_array(step, "copy"), *moves = member_array(step, "move");
    JsonArray *objects = member_array(step, "objects");

    command->copy_count = (uint8_t)MIN(array_length(copies), 8);
    command->move_count = (uint8_t)MIN(array_length(moves), 8);
    command->object_count = (uint8_t)MIN(array_length(objects), 8);
    for (guint i = 0; i < command->copy_count; i++)
        command->copy[i] = handle_value(script, copies, i, false);
    for (guint i = 0; i < command->move_count; i++)
        command->move[i] = handle_value(script, moves, i, false);
    for (guint i = 0; i < command->object_count; i++)
        command->object[i] = handle_value(script, objects, i, true);
}

static bool is_set(JsonObject *step, const char *key)
{
    return member_flag(step, key, FALSE);
}

/* The n-th object: in a domain its id, else a session of its own. */
static void keep_object(struct script *script, JsonObject *step, const char *key,
                        const struct horizon_service *service,
                        const struct horizon_command *command, unsigned int n)
{
    struct horizon_service *object;

    if (!member_exists(step, key))
        return;
    object = keep_handle(script, step, key, service->handle);
    object->pointer_buffer_size = service->pointer_buffer_size;
    if (service->object_id && !command->is_control && command->reply.special.move_count == 0)
        object->object_id = command->out_object[n];
    else
        object->handle = command->reply.special.move[n];
}

static void expect_reply(struct script *script, const struct horizon_service *service,
                         const struct horizon_command *command)
{
    JsonArray *buffers = member_array(script->expect, "buffers");

    script_expect_number(script, "result", command->result);
    script_expect_number(script, "delivered", command->was_delivered);
    script_expect_number(script, "copies", command->reply.special.copy_count);
    script_expect_number(script, "moves", command->reply.special.move_count);
    script_expect_number(script, "object_id", command->out_object[0]);
    script_expect_number(script, "interface_id", command->interface_id);
    if (member_exists(script->expect, "own_pid"))
        expect_number(script->test, "own_pid", service->client->pid,
                      horizon_command_u64(command, 0));
    if (member_exists(script->expect, "data")) {
        g_autoptr(GByteArray) wanted = script_bytes(script, member_node(script->expect, "data"));

        /* What is behind the declared values is padding. */
        script_expect_bytes(script, member_node(script->expect, "data"), "data",
                            command->message + command->out_offset,
                            MIN(command->out_size, wanted->len));
    }
    for (guint i = 0; i < MIN(array_length(buffers), HORIZON_ARGUMENTS); i++) {
        if (!array_is_null(buffers, i))
            script_expect_bytes(script, json_array_get_element(buffers, i), "a buffer",
                                command->argument[i].bytes, command->argument[i].size);
    }
    if (command->is_odd)
        case_fault(script->test, "the exit stores outside of what was announced");
}

static void run_command(struct script *script, JsonObject *step)
{
    struct horizon_service *service = script_value(script, step, "on");
    g_autoptr(GByteArray) data = script_bytes(script, member_node(step, "data"));
    g_autoptr(GPtrArray)
        memory = g_ptr_array_new_with_free_func((GDestroyNotify)(void (*)(void))g_byte_array_unref);
    struct horizon_command command = {.id = (uint32_t)member_number(step, "id", 0),
                                      .data = data->data,
                                      .data_size = (uint16_t)data->len,
                                      .send_pid = is_set(step, "pid"),
                                      .is_control = is_set(step, "control"),
                                      .is_close = is_set(step, "close"),
                                      .is_tipc = is_set(step, "tipc")};

    set_buffers(script, step, &command, memory);
    set_handles(script, step, &command);
    if (!service || script->test->skip)
        return;
    horizon_call(service, &command);
    expect_reply(script, service, &command);
    keep_object(script, step, "as", service, &command, 0);
    keep_object(script, step, "as_second", service, &command, 1);
    if (member_exists(step, "as_copy"))
        keep_handle(script, step, "as_copy", command.reply.special.copy[0]);
}

/* ConvertCurrentObjectToDomain; the session goes by the same name. */
static void run_convert(struct script *script, JsonObject *step)
{
    struct horizon_service *service = script_value(script, step, "on");

    if (service)
        script_expect_number(script, "result", horizon_convert_to_domain(service));
}

/* RegisterClient and GetServiceHandle in one. */
static void run_get_service(struct script *script, JsonObject *step)
{
    static const uint8_t placeholder[8] = {0};
    struct horizon_command initialize = {
        .id = 0, .data = placeholder, .data_size = 8, .send_pid = true};
    struct horizon_service sm = {.client = client_of(script)};
    struct horizon_service *service = g_new0(struct horizon_service, 1);
    uint32_t result = horizon_connect_port(sm.client, "sm:", &sm.handle);

    if (result == 0)
        result = horizon_call(&sm, &initialize);
    if (result == 0)
        result = horizon_get_service(&sm, script_text(script, step, "name"), service);
    script_expect_number(script, "result", result);
    service->client = client_of(script);
    script_expect_number(script, "pointer_buffer", service->pointer_buffer_size);
    script_keep(script, step, "as", service);
}

static uint32_t kernel_call(struct script *script, struct ipctap_kernel_call arguments,
                            struct ipctap_kernel_call *results)
{
    return traffic_client_kernel_call(client_of(script), &arguments, NULL, results);
}

static void run_close_handle(struct script *script, JsonObject *step)
{
    const struct horizon_service *service = script_value(script, step, "on");
    struct ipctap_kernel_call results;

    if (service)
        script_expect_number(
            script, "result",
            kernel_call(script,
                        (struct ipctap_kernel_call){.call = IPCTAP_CALL_CLOSE_HANDLE,
                                                    .handle = service->handle},
                        &results));
}

static bool access_memory(struct script *script, JsonObject *step, uint32_t call,
                          const GByteArray *bytes, struct traffic_exit *exit)
{
    const struct horizon_service *block = script_value(script, step, "on");
    struct ipctap_kernel_call arguments = {.call = call,
                                           .address = member_number(step, "offset", 0),
                                           .size = member_number(step, "size", 0)};
    struct record_builder request;

    if (!block)
        return false;
    arguments.handle = block->handle;
    traffic_client_begin(client_of(script), &request, IPCTAP_KERNEL_CALL);
    record_builder_add_kernel_call(&request, &arguments);
    if (bytes)
        record_builder_add(&request, IPCTAP_MEMORY, 0, arguments.address, bytes->data, bytes->len);
    return traffic_client_call(client_of(script), &request, exit);
}

static void run_read_memory(struct script *script, JsonObject *step)
{
    struct traffic_exit exit;

    if (!access_memory(script, step, IPCTAP_CALL_READ_MEMORY, NULL, &exit))
        return;
    script_expect_memory(script, &exit);
    traffic_exit_clear(&exit);
}

static void run_write_memory(struct script *script, JsonObject *step)
{
    g_autoptr(GByteArray) bytes = script_bytes(script, member_node(step, "bytes"));
    struct traffic_exit exit;

    if (!access_memory(script, step, IPCTAP_CALL_WRITE_MEMORY, bytes, &exit))
        return;
    script_expect_number(script, "result", exit.result);
    traffic_exit_clear(&exit);
}

static void run_create_memory(struct script *script, JsonObject *step)
{
    struct ipctap_kernel_call results = {0};

    script_expect_number(
        script, "result",
        kernel_call(script,
                    (struct ipctap_kernel_call){.call = IPCTAP_CALL_CREATE_MEMORY_BLOCK,
                                                .address = member_number(step, "address", 0),
                                                .size = member_number(step, "size", 0),
                                                .value = (uint32_t)member_number(step, "own", 0),
                                                .value_2 = member_number(step, "other", 0)},
                    &results));
    keep_handle(script, step, "as", results.handle);
}

static void run_map_memory(struct script *script, JsonObject *step)
{
    const struct horizon_service *block = script_value(script, step, "on");
    struct ipctap_kernel_call results;

    if (block)
        script_expect_number(
            script, "result",
            kernel_call(script,
                        (struct ipctap_kernel_call){
                            .call = IPCTAP_CALL_MAP_MEMORY_BLOCK,
                            .handle = block->handle,
                            .address = member_number(step, "address", 0),
                            .size = member_number(step, "size", 0),
                            .value = (uint32_t)member_number(step, "permission", 0)},
                        &results));
}

/* WaitSynchronization with a timeout of 0. */
static void run_wait(struct script *script, JsonObject *step)
{
    const struct horizon_service *object = script_value(script, step, "on");
    const struct ipctap_kernel_call arguments = {.call = IPCTAP_CALL_WAIT_SYNCHRONIZATION};
    struct record_builder request;
    struct traffic_exit exit;
    uint8_t handle[4];

    if (!object)
        return;
    ipcshark_store_u32(handle, object->handle);
    traffic_client_begin(client_of(script), &request, IPCTAP_KERNEL_CALL);
    record_builder_add_kernel_call(&request, &arguments);
    record_builder_add(&request, IPCTAP_HANDLES, 0, 0, handle, sizeof handle);
    if (!traffic_client_call(client_of(script), &request, &exit))
        return;
    script_expect_number(script, "result", exit.result);
    traffic_exit_clear(&exit);
}

#define KEYS(...) ((const char *const[]){__VA_ARGS__, NULL})

void run_service_horizon(struct test_case *test)
{
    const struct script_verb verbs[] = {
        {"connect", run_connect, KEYS("port", "as"), KEYS("result")},
        {"command", run_command,
         KEYS("on", "id", "data", "pid", "control", "close", "tipc", "copy", "move", "objects",
              "buffers", "as", "as_second", "as_copy"),
         KEYS("result", "delivered", "data", "buffers", "copies", "moves", "object_id",
              "interface_id", "own_pid")},
        {"convert", run_convert, KEYS("on"), KEYS("result")},
        {"get-service", run_get_service, KEYS("name", "as"), KEYS("result", "pointer_buffer")},
        {"close-handle", run_close_handle, KEYS("on"), KEYS("result")},
        {"create-memory", run_create_memory, KEYS("address", "size", "own", "other", "as"),
         KEYS("result")},
        {"map-memory", run_map_memory, KEYS("on", "address", "size", "permission"), KEYS("result")},
        {"read-memory", run_read_memory, KEYS("on", "offset", "size"), KEYS("result", "bytes")},
        {"write-memory", run_write_memory, KEYS("on", "offset", "bytes"), KEYS("result")},
        {"wait", run_wait, KEYS("on"), KEYS("result")},
        {NULL, NULL, NULL, NULL},
    };
    struct script script = {0};

    script_run(&script, test, verbs, start, end, g_free);
}
