/* SPDX-License-Identifier: GPL-2.0-or-later */
/* service.ctr: clients of the 3DS services inside the server. */
#include "script.h"

#include <ctr_client.h>
#include <stdlib.h>

#define MAX_MEMORY (8u << 20)

static struct ctr_client *client_of(struct script *script)
{
    return script->data;
}

static void start(struct script *script)
{
    script->data = ctr_client_new(world_process(&script->world, IPCTAP_CTR, "client", 0));
}

static void end(struct script *script)
{
    struct traffic_run traffic = {.messages = g_ptr_array_new_with_free_func(g_free)};

    expect_number(script->test, "stores outside of memory", 0, client_of(script)->refused);
    ctr_client_free(&traffic, client_of(script));
    g_ptr_array_unref(traffic.messages);
}

static void keep(struct script *script, JsonObject *step, const char *key, uint32_t handle)
{
    uint32_t *value = g_new0(uint32_t, 1);

    *value = handle;
    script_keep(script, step, key, value);
}

static void run_memory(struct script *script, JsonObject *step)
{
    g_autoptr(GByteArray) bytes = script_bytes(script, member_node(step, "bytes"));
    uint32_t address = (uint32_t)member_number(step, "address", 0);
    uint32_t size = (uint32_t)member_number(step, "size", bytes->len);
    uint8_t *memory;

    if (size == 0 || size > MAX_MEMORY || size < bytes->len) {
        case_skip(script->test, "memory of %u bytes", size);
        return;
    }
    memory = ctr_client_bytes(client_of(script), address, size);
    if (!memory)
        memory = ctr_client_memory(client_of(script), address, size);
    if (bytes->len)
        memcpy(memory, bytes->data, bytes->len);
    if (member_exists(step, "slot"))
        ctr_client_static_buffer(client_of(script), (uint8_t)(member_number(step, "slot", 0) & 15),
                                 address, size);
}

static void run_connect(struct script *script, JsonObject *step)
{
    uint32_t result;
    uint32_t handle =
        ctr_client_connect(client_of(script), script_text(script, step, "port"), &result);

    script_expect_number(script, "result", result);
    keep(script, step, "as", handle);
}

/* GetServiceHandle on a new session of srv:. */
static void run_get_service(struct script *script, JsonObject *step)
{
    uint32_t result;
    uint32_t srv = ctr_client_connect(client_of(script), "srv:", &result);
    uint32_t handle =
        ctr_client_get_service(client_of(script), srv, script_text(script, step, "name"), &result);

    script_expect_number(script, "result", result);
    keep(script, step, "as", handle);
}

/* Numbers, and "$a" for the handle a. */
static uint32_t word_value(struct script *script, JsonNode *node)
{
    const char *text = JSON_NODE_HOLDS_VALUE(node) ? json_node_get_string(node) : NULL;
    const uint32_t *handle = text && *text == '$' ? g_hash_table_lookup(script->values, text + 1)
                                                  : NULL;
    uint64_t number;

    if (handle)
        return *handle;
    if (value_number(node, &number))
        return (uint32_t)number;
    if (!g_strcmp0(text, "$pid"))
        return client_of(script)->connection->pid;
    case_skip(script->test, "unknown word %s", text ? text : "");
    return 0;
}

static void set_words(struct script *script, JsonArray *words)
{
    uint32_t word[CTRIPC_BUFFER_WORDS] = {0};

    for (guint i = 0; i < MIN(array_length(words), CTRIPC_BUFFER_WORDS); i++)
        word[i] = word_value(script, json_array_get_element(words, i));
    ctr_client_words(client_of(script), CTRIPC_BUFFER_WORDS, word);
}

/* The reply's first words; null is any. */
static void expect_words(struct script *script)
{
    JsonArray *words = member_array(script->expect, "words");

    for (guint i = 0; i < MIN(array_length(words), CTRIPC_BUFFER_WORDS); i++) {
        g_autofree char *what = g_strdup_printf("word %u", i);

        if (!array_is_null(words, i))
            expect_number(script->test, what, word_value(script, json_array_get_element(words, i)),
                          client_of(script)->word[i]);
    }
}

static void expect_memory(struct script *script)
{
    static const char *const keys[] = {"address", "bytes", NULL};
    JsonArray *memory = member_array(script->expect, "memory");

    for (guint i = 0; i < array_length(memory); i++) {
        JsonObject *range = array_object(memory, i);
        g_autoptr(GByteArray) bytes = script_bytes(script, member_node(range, "bytes"));
        uint32_t address = (uint32_t)member_number(range, "address", 0);
        const uint8_t *actual = ctr_client_bytes(client_of(script), address, bytes->len);

        case_check_keys(script->test, range, "memory", keys);
        if (actual)
            script_expect_bytes(script, member_node(range, "bytes"), "memory", actual, bytes->len);
        else
            case_fault(script->test, "there is no memory at 0x%X", address);
    }
}

/* "take": word of the reply → name of the handle in it. */
static void take_handles(struct script *script, JsonObject *step)
{
    JsonObject *take = member_object(step, "take");
    GList *members = take ? json_object_get_members(take) : NULL;

    for (GList *member = members; member; member = member->next)
        keep(script, take, member->data,
             client_of(script)->word[atoi(member->data) % CTRIPC_BUFFER_WORDS]);
    g_list_free(members);
}

static void run_request(struct script *script, JsonObject *step)
{
    const uint32_t *handle = script_value(script, step, "on");

    set_words(script, member_array(step, "words"));
    if (!handle || script->test->skip)
        return;
    script_expect_number(script, "result", ctr_client_request(client_of(script), *handle));
    expect_words(script);
    expect_memory(script);
    take_handles(script, step);
}

static void run_event(struct script *script, JsonObject *step)
{
    keep(script, step, "as",
         ctr_client_create_event(client_of(script), member_flag(step, "sticky", FALSE)));
}

static void run_signal(struct script *script, JsonObject *step)
{
    const uint32_t *handle = script_value(script, step, "on");

    if (handle)
        script_expect_number(script, "result", ctr_client_signal(client_of(script), *handle));
}

static void run_wait(struct script *script, JsonObject *step)
{
    const uint32_t *handle = script_value(script, step, "on");

    if (handle)
        script_expect_number(script, "result",
                             ctr_client_wait(client_of(script), handle, 1, false, 0));
}

static void run_close(struct script *script, JsonObject *step)
{
    const uint32_t *handle = script_value(script, step, "on");

    if (handle)
        script_expect_number(script, "result", ctr_client_close(client_of(script), *handle));
}

static void access_block(struct script *script, JsonObject *step, uint32_t call,
                         const GByteArray *bytes)
{
    const uint32_t *handle = script_value(script, step, "on");
    struct ipctap_kernel_call arguments = {.call = call,
                                           .address = member_number(step, "offset", 0),
                                           .size = member_number(step, "size", 0)};
    struct record_builder request;
    struct traffic_exit exit;

    if (!handle)
        return;
    arguments.handle = *handle;
    traffic_client_begin(client_of(script)->connection, &request, IPCTAP_KERNEL_CALL);
    record_builder_add_kernel_call(&request, &arguments);
    if (bytes)
        record_builder_add(&request, IPCTAP_MEMORY, 0, arguments.address, bytes->data, bytes->len);
    if (!traffic_client_call(client_of(script)->connection, &request, &exit))
        return;
    script_expect_memory(script, &exit);
    traffic_exit_clear(&exit);
}

static void run_read_memory(struct script *script, JsonObject *step)
{
    access_block(script, step, IPCTAP_CALL_READ_MEMORY, NULL);
}

static void run_write_memory(struct script *script, JsonObject *step)
{
    g_autoptr(GByteArray) bytes = script_bytes(script, member_node(step, "bytes"));

    access_block(script, step, IPCTAP_CALL_WRITE_MEMORY, bytes);
}

static void run_map_memory(struct script *script, JsonObject *step)
{
    const uint32_t *handle = script_value(script, step, "on");
    struct ipctap_kernel_call arguments = {.call = IPCTAP_CALL_MAP_MEMORY_BLOCK,
                                           .address = member_number(step, "address", 0),
                                           .value = (uint32_t)member_number(step, "own", 0),
                                           .value_2 = member_number(step, "other", 0)};
    struct ipctap_kernel_call results;

    if (!handle)
        return;
    arguments.handle = *handle;
    script_expect_number(
        script, "result",
        traffic_client_kernel_call(client_of(script)->connection, &arguments, NULL, &results));
}

#define KEYS(...) ((const char *const[]){__VA_ARGS__, NULL})

void run_service_ctr(struct test_case *test)
{
    const struct script_verb verbs[] = {
        {"memory", run_memory, KEYS("address", "size", "bytes", "slot"), KEYS(NULL)},
        {"connect", run_connect, KEYS("port", "as"), KEYS("result")},
        {"get-service", run_get_service, KEYS("name", "as"), KEYS("result")},
        {"request", run_request, KEYS("on", "words", "take"), KEYS("result", "words", "memory")},
        {"event", run_event, KEYS("as", "sticky"), KEYS(NULL)},
        {"signal", run_signal, KEYS("on"), KEYS("result")},
        {"wait", run_wait, KEYS("on"), KEYS("result")},
        {"close-handle", run_close, KEYS("on"), KEYS("result")},
        {"map-memory", run_map_memory, KEYS("on", "address", "own", "other"), KEYS("result")},
        {"read-memory", run_read_memory, KEYS("on", "offset", "size"), KEYS("result", "bytes")},
        {"write-memory", run_write_memory, KEYS("on", "offset", "bytes"), KEYS("result")},
        {NULL, NULL, NULL, NULL},
    };
    struct script script = {0};

    script_run(&script, test, verbs, start, end, g_free);
}
