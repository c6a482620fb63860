/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Command buffers of the 3DS between two processes. The cases come from tests of a high-level
 * emulation: where those give a service an index (of a mapped buffer), a serving process has the
 * address at which the kernel mapped it.
 */
#include "case.h"
#include "world.h"

#include <ctr/ctr.h>
#include <ctr_client.h>
#include <stdlib.h>
#include <string.h>

#define CLIENT_THREAD 2
#define SLOT_SIZE     0x8000u
#define MAX_MEMORY    (8u << 20)
#define SLOT_ADDRESS  0x18000000u

struct ctr_case {
    struct world world;
    struct test_case *test;
    JsonObject *setup;
    struct ctr_client *client, *server;
    uint32_t client_handle, server_handle;
    GHashTable *handles; /* name -> handle, in the process that sends it */
    GHashTable *objects; /* name -> struct ctr_object */
};

static uint32_t call(struct ctr_client *process, struct ipctap_kernel_call arguments,
                     const char *name, struct ipctap_kernel_call *results)
{
    return traffic_client_kernel_call(process->connection, &arguments, name, results);
}

static bool open_session(struct ctr_case *run)
{
    struct ipctap_kernel_call port = {0}, session = {0};
    uint32_t result;

    call(run->server, (struct ipctap_kernel_call){.call = IPCTAP_CALL_CREATE_PORT, .value = 1},
         "case:port", &port);
    run->client_handle = ctr_client_connect(run->client, "case:port", &result);
    call(run->server,
         (struct ipctap_kernel_call){.call = IPCTAP_CALL_ACCEPT_SESSION, .handle = port.handle},
         NULL, &session);
    run->server_handle = session.handle;
    return run->client_handle && run->server_handle;
}

static uint8_t fill_of(JsonObject *object, const char *key)
{
    return (uint8_t)member_number(object, key, 0);
}

static void add_memory(struct ctr_client *process, uint32_t address, JsonObject *object)
{
    uint32_t size = (uint32_t)member_number(object, "size", 0);

    if (size == 0 || size > MAX_MEMORY)
        return;
    if (!ctr_client_bytes(process, address, size))
        ctr_client_memory(process, address, size);
    memset(ctr_client_bytes(process, address, size), fill_of(object, "fill"), size);
}

static void add_memories(struct ctr_client *process, JsonArray *array)
{
    for (guint i = 0; i < array_length(array); i++) {
        JsonObject *object = array_object(array, i);

        add_memory(process, (uint32_t)member_number(object, "address", 0), object);
    }
}

struct lookup {
    struct ctr_case *run;
    struct ctr_client *process;
    uint32_t handle;
    struct ctr_object *object;
};

static void look_up(void *data)
{
    struct lookup *lookup = data;
    struct server_process *process =
        server_process_find(lookup->run->world.server, lookup->process->connection->pid);

    lookup->object = ctr_handle_find(process->data, lookup->handle);
}

static struct ctr_object *find_object(struct ctr_case *run, struct ctr_client *process,
                                      uint32_t handle)
{
    struct lookup lookup = {run, process, handle, NULL};

    if (handle)
        world_do(&run->world, look_up, &lookup);
    return lookup.object;
}

static void add_object(struct ctr_case *run, struct ctr_client *process, const char *name)
{
    uint32_t handle = ctr_client_create_event(process, true);

    g_hash_table_insert(run->handles, g_strdup(name), GUINT_TO_POINTER(handle));
    g_hash_table_insert(run->objects, g_strdup(name), find_object(run, process, handle));
}

static void add_objects(struct ctr_case *run)
{
    JsonObject *handles = member_object(run->setup, "source_handles");
    JsonArray *outgoing = member_array(run->setup, "outgoing_objects");
    GList *names = handles ? json_object_get_members(handles) : NULL;

    for (GList *name = names; name; name = name->next) {
        if (g_strcmp0(member_text(handles, name->data), "event"))
            case_skip(run->test, "unknown object %s", member_text(handles, name->data));
        add_object(run, run->client, name->data);
    }
    g_list_free(names);
    for (guint i = 0; i < array_length(outgoing); i++) {
        if (!array_is_null(outgoing, i) && g_strcmp0(array_text(outgoing, i), "null"))
            add_object(run, run->server, array_text(outgoing, i));
    }
}

/* The client's static buffers, as given; the server has some for whatever comes. */
static void set_static_buffers(struct ctr_case *run)
{
    JsonObject *slots = member_object(run->setup, "client_static_slots");
    GList *ids = slots ? json_object_get_members(slots) : NULL;

    for (GList *id = ids; id; id = id->next) {
        JsonObject *slot = member_object(slots, id->data);

        ctr_client_static_buffer(run->client, (uint8_t)atoi(id->data),
                                 (uint32_t)member_number(slot, "pointer", 0),
                                 (uint32_t)member_number(slot, "descriptor", 0) >> 14);
    }
    g_list_free(ids);
    for (uint8_t i = 0; i < CTRIPC_STATIC_BUFFERS; i++) {
        ctr_client_memory(run->server, SLOT_ADDRESS + i * SLOT_SIZE, SLOT_SIZE);
        ctr_client_static_buffer(run->server, i, SLOT_ADDRESS + i * SLOT_SIZE, SLOT_SIZE);
    }
}

/* "$a", "$out(a)", "$pid(source)", or a number. */
static uint32_t word_value(struct ctr_case *run, JsonNode *node)
{
    const char *text = JSON_NODE_HOLDS_VALUE(node) ? json_node_get_string(node) : NULL;
    g_autofree char *name = NULL;
    gpointer handle;
    uint64_t number;

    if (value_number(node, &number))
        return (uint32_t)number;
    if (!g_strcmp0(text, "$pid(source)"))
        return run->client->connection->pid;
    if (text && g_str_has_prefix(text, "$out(") && g_str_has_suffix(text, ")"))
        name = g_strndup(text + 5, strlen(text) - 6);
    else if (text && *text == '$')
        name = g_strdup(text + 1);
    if (!g_strcmp0(name, "null"))
        return 0;
    if (name && g_hash_table_lookup_extended(run->handles, name, NULL, &handle))
        return GPOINTER_TO_UINT(handle);
    case_skip(run->test, "unknown word %s", text);
    return 0;
}

static void set_words(struct ctr_case *run, struct ctr_client *process, JsonArray *words)
{
    memset(process->word, 0, sizeof process->word);
    for (guint i = 0; i < MIN(array_length(words), CTRIPC_BUFFER_WORDS); i++)
        process->word[i] = word_value(run, json_array_get_element(words, i));
}

static void decode(const struct ctr_client *process, bool is_reply, struct ctripc_message *message)
{
    uint8_t bytes[CTRIPC_BUFFER_SIZE];

    for (size_t i = 0; i < CTRIPC_BUFFER_WORDS; i++)
        ipcshark_store_u32(bytes + 4 * i, process->word[i]);
    ctripc_decode(bytes, sizeof bytes, is_reply ? CTRIPC_REPLY : CTRIPC_REQUEST, message, NULL);
}

static bool is_mapped(const struct ctripc_translate *translate)
{
    return translate->kind == CTRIPC_MAPPED_R || translate->kind == CTRIPC_MAPPED_W ||
           translate->kind == CTRIPC_MAPPED_RW;
}

static const char *permission(const struct ctripc_translate *translate)
{
    if (translate->kind == CTRIPC_MAPPED_R)
        return "r";
    return translate->kind == CTRIPC_MAPPED_W ? "w" : "rw";
}

/* The n-th mapped buffer of a command buffer, NULL if it has fewer. */
static const struct ctripc_translate *find_mapped(const struct ctripc_message *message,
                                                  unsigned int n)
{
    for (unsigned int i = 0; i < message->translate_count; i++) {
        if (is_mapped(&message->translate[i]) && n-- == 0)
            return &message->translate[i];
    }
    return NULL;
}

/* 0 unless the case says otherwise of its last message. */
static void expect_result(struct ctr_case *run, const char *key, bool is_last, uint32_t result)
{
    expect_number(run->test, key, is_last ? member_number(run->test->expect, key, 0) : 0, result);
}

/* The request in the client's buffer is in the server's afterwards. */
static uint64_t deliver(struct ctr_case *run, bool is_last)
{
    uint64_t sending = ctr_client_send(run->client, run->client_handle, CLIENT_THREAD);
    uint64_t receiving;

    memset(run->server->word, 0, sizeof run->server->word);
    run->server->word[0] = 0xFFFF0000;
    receiving = ctr_client_reply_and_receive(run->server, 0, &run->server_handle, 1, -1);
    expect_result(run, "server_result", is_last, ctr_client_finish(run->server, receiving));
    return sending;
}

static void expect_words(struct ctr_case *run, const struct ctr_client *process)
{
    JsonObject *words = member_object(run->test->expect, "words");
    GList *members = words ? json_object_get_members(words) : NULL;

    for (GList *member = members; member; member = member->next) {
        unsigned int i = (unsigned int)atoi(member->data);
        g_autofree char *what = g_strdup_printf("word %u", i);

        expect_number(run->test, what, word_value(run, member_node(words, member->data)),
                      process->word[i % CTRIPC_BUFFER_WORDS]);
    }
    g_list_free(members);
}

/* Handles that arrived stand for the very objects that were sent. */
static void expect_objects(struct ctr_case *run, const char *key, struct ctr_client *process)
{
    JsonObject *objects = member_object(run->test->expect, key);
    GList *members = objects ? json_object_get_members(objects) : NULL;

    for (GList *member = members; member; member = member->next) {
        unsigned int i = (unsigned int)atoi(member->data);
        const char *name = member_text(objects, member->data);
        uint32_t word = process->word[i % CTRIPC_BUFFER_WORDS];
        gpointer expected = name ? g_hash_table_lookup(run->objects, name) : NULL;

        if (!name || !strcmp(name, "null"))
            expect_number(run->test, "null handle", 0, word);
        else if (!expected || find_object(run, process, word) != expected)
            case_fault(run->test, "expected word %u (0x%X) to be a handle of %s", i, word, name);
    }
    g_list_free(members);
}

static void expect_closed(struct ctr_case *run, const char *key, bool is_closed)
{
    JsonArray *names = member_array(run->test->expect, key);

    for (guint i = 0; i < array_length(names); i++) {
        const char *name = array_text(names, i);
        gpointer handle = g_hash_table_lookup(run->handles, name);
        bool is_there = find_object(run, run->client, GPOINTER_TO_UINT(handle));

        if (!handle)
            case_skip(run->test, "unknown handle %s", name);
        if (is_there == is_closed)
            case_fault(run->test, "handle %s is %s", name, is_there ? "still open" : "closed");
    }
}

static void expect_fill(struct ctr_case *run, struct ctr_client *process, uint32_t address,
                        uint32_t size, uint8_t fill)
{
    const uint8_t *bytes = ctr_client_bytes(process, address, size);

    for (uint32_t i = 0; bytes && i < size; i++) {
        if (bytes[i] != fill) {
            case_fault(run->test, "expected 0x%02X at 0x%X, got 0x%02X", fill, address + i,
                       bytes[i]);
            return;
        }
    }
    if (!bytes)
        case_fault(run->test, "no 0x%X bytes at 0x%X", size, address);
}

static void expect_static_buffers(struct ctr_case *run)
{
    JsonObject *buffers = member_object(run->test->expect, "static_buffers");
    GList *members = buffers ? json_object_get_members(buffers) : NULL;

    for (GList *member = members; member; member = member->next) {
        JsonObject *buffer = member_object(buffers, member->data);

        expect_fill(run, run->server, run->server->table[atoi(member->data) % 16].address,
                    (uint32_t)member_number(buffer, "size", 0), fill_of(buffer, "fill"));
    }
    g_list_free(members);
}

static void expect_mapped_buffer(struct ctr_case *run, const struct ctripc_translate *translate,
                                 JsonObject *expected)
{
    static const char *const keys[] = {"size", "permissions", "readable_fill", NULL};

    case_check_keys(run->test, expected, "mapped_buffers", keys);
    expect_number(run->test, "size", member_number(expected, "size", 0), translate->size);
    if (g_strcmp0(member_text(expected, "permissions"), permission(translate)))
        case_fault(run->test, "expected permissions %s, got %s",
                   member_text(expected, "permissions"), permission(translate));
    if (member_exists(expected, "readable_fill"))
        expect_fill(run, run->server, translate->address, translate->size,
                    fill_of(expected, "readable_fill"));
}

static void expect_mapped_buffers(struct ctr_case *run)
{
    JsonObject *buffers = member_object(run->test->expect, "mapped_buffers");
    GList *members = buffers ? json_object_get_members(buffers) : NULL;
    struct ctripc_message message;

    decode(run->server, false, &message);
    for (GList *member = members; member; member = member->next) {
        const struct ctripc_translate *translate =
            find_mapped(&message, (unsigned int)atoi(member->data));

        if (translate)
            expect_mapped_buffer(run, translate, member_object(buffers, member->data));
        else
            case_fault(run->test, "mapped buffer %s did not arrive", (char *)member->data);
    }
    g_list_free(members);
}

static void run_request(struct ctr_case *run)
{
    uint64_t sending;

    set_words(run, run->client, member_array(run->test->given, "input"));
    sending = deliver(run, true);
    if (member_exists(run->test->expect, "client_result"))
        expect_result(run, "client_result", true, ctr_client_finish(run->client, sending));
    if (member_number(run->test->expect, "server_result", 0) == 0)
        expect_words(run, run->server);
    expect_objects(run, "objects", run->server);
    expect_closed(run, "source_handles_closed", true);
    expect_closed(run, "source_handles_open", false);
    expect_closed(run, "source_handles_kept", false);
    expect_static_buffers(run);
    expect_mapped_buffers(run);
}

/* Contents that the server sends back lie where its reply says. */
static void set_outgoing_statics(struct ctr_case *run)
{
    JsonObject *statics = member_object(run->setup, "outgoing_static");
    struct ctripc_message message;

    decode(run->server, true, &message);
    for (unsigned int i = 0; statics && i < message.translate_count; i++) {
        const struct ctripc_translate *translate = &message.translate[i];
        g_autofree char *id = g_strdup_printf("%u", translate->id);

        if (translate->kind == CTRIPC_STATIC_BUFFER && member_object(statics, id))
            add_memory(run->server, translate->address, member_object(statics, id));
    }
}

/* Indexes become the addresses at which the request's buffers were mapped. */
static void set_mapped(struct ctr_case *run, const struct ctripc_message *request)
{
    JsonObject *written = member_object(run->setup, "server_writes_mapped");
    struct ctripc_message reply;

    decode(run->server, true, &reply);
    for (unsigned int n = 0; find_mapped(&reply, n); n++) {
        uint32_t *word = &run->server->word[find_mapped(&reply, n)->offset + 1];
        const struct ctripc_translate *mapped = find_mapped(request, *word);
        g_autofree char *id = g_strdup_printf("%u", *word);

        if (!mapped)
            continue;
        *word = mapped->address;
        /* A buffer that is only written has no contents before. */
        if (written && member_object(written, id))
            add_memory(run->server, mapped->address, member_object(written, id));
    }
}

static void set_prior_request(struct ctr_case *run)
{
    JsonArray *prior = member_array(run->setup, "prior_request");

    memset(run->client->word, 0, sizeof run->client->word);
    if (prior)
        set_words(run, run->client, prior);
}

static void run_reply(struct ctr_case *run)
{
    JsonArray *memory = member_array(run->test->expect, "client_memory");
    struct ctripc_message request;
    uint64_t sending, replying;

    for (guint i = 0; i < array_length(memory); i++) {
        JsonObject *object = array_object(memory, i);
        uint32_t address = (uint32_t)member_number(object, "address", 0);
        uint32_t size = (uint32_t)member_number(object, "size", 0);

        if (size && size <= MAX_MEMORY && !ctr_client_bytes(run->client, address, size))
            ctr_client_memory(run->client, address, size);
    }
    set_prior_request(run);
    sending = deliver(run, false);
    decode(run->server, false, &request);
    set_words(run, run->server, member_array(run->test->given, "input"));
    set_mapped(run, &request);
    set_outgoing_statics(run);
    replying = ctr_client_reply_and_receive(run->server, run->server_handle, NULL, 0, 0);
    expect_result(run, "server_result", true, ctr_client_finish(run->server, replying));
    expect_result(run, "client_result", true, ctr_client_finish(run->client, sending));
    if (member_number(run->test->expect, "client_result", 0) == 0)
        expect_words(run, run->client);
    expect_objects(run, "client_handles", run->client);
    for (guint i = 0; i < array_length(memory); i++) {
        JsonObject *object = array_object(memory, i);

        expect_fill(run, run->client, (uint32_t)member_number(object, "address", 0),
                    (uint32_t)member_number(object, "size", 0), fill_of(object, "fill"));
    }
}

static void check_keys(struct ctr_case *run)
{
    static const char *const given[] = {"id",   "source",  "line",  "test_case", "section",
                                        "op",   "name",    "setup", "input",     "expect",
                                        "note", "choices", NULL};
    static const char *const setup[] = {
        "source_handles",  "source_memory",        "outgoing_objects",
        "outgoing_static", "client_memory",        "client_static_slots",
        "prior_request",   "server_writes_mapped", NULL};
    static const char *const expect[] = {"words",
                                         "objects",
                                         "source_handles_closed",
                                         "source_handles_open",
                                         "source_handles_kept",
                                         "static_buffers",
                                         "mapped_buffers",
                                         "client_handles",
                                         "client_memory",
                                         "client_result",
                                         "server_result",
                                         "note",
                                         NULL};

    case_check_keys(run->test, run->test->given, "case", given);
    case_check_keys(run->test, run->setup, "setup", setup);
    case_check_keys(run->test, run->test->expect, "expect", expect);
    if (!member_array(run->test->given, "input"))
        case_skip(run->test, "no words are given");
}

static void start(struct ctr_case *run)
{
    world_set_choices(&run->world, run->test);
    world_start(&run->world);
    run->client = ctr_client_new(world_process(&run->world, IPCTAP_CTR, "client", 0));
    run->server = ctr_client_new(world_process(&run->world, IPCTAP_CTR, "server", 0));
    run->handles = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    run->objects = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (!open_session(run))
        case_fault(run->test, "no session between the processes");
    add_objects(run);
    add_memories(run->client, member_array(run->setup, "source_memory"));
    add_memories(run->client, member_array(run->setup, "client_memory"));
    set_static_buffers(run);
}

static void end(struct ctr_case *run)
{
    struct traffic_run traffic = {.messages = g_ptr_array_new_with_free_func(g_free)};

    expect_number(run->test, "stores outside of memory", 0,
                  run->client->refused + run->server->refused);
    ctr_client_free(&traffic, run->client);
    ctr_client_free(&traffic, run->server);
    g_ptr_array_unref(traffic.messages);
    world_end(&run->world);
    g_hash_table_unref(run->handles);
    g_hash_table_unref(run->objects);
}

void run_ctr(struct test_case *test)
{
    struct ctr_case run = {.test = test, .setup = member_object(test->given, "setup")};
    const char *operation = member_text(test->given, "op");

    check_keys(&run);
    if (g_strcmp0(operation, "request") && g_strcmp0(operation, "reply"))
        case_skip(test, "unknown op %s", operation);
    if (test->skip)
        return;
    start(&run);
    if (!g_strcmp0(operation, "request"))
        run_request(&run);
    else
        run_reply(&run);
    end(&run);
}
