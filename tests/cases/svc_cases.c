/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kernel.svc: system calls. What the cases give in words is read by what it must mention. */
#include "horizon_pair.h"

#include <ipcshark/reader.h>
#include <ipcshark/writer.h>
#include <string.h>

#define NOT_A_HANDLE 0x12345
#define USER_BUFFER  (CLIENT_HEAP + 0x100000)
#define PLAIN_WORDS  10 /* header and 8 raw words */
#define UNDECIDED    0xFFFFFFFE

struct svc {
    struct horizon_pair pair;
    struct test_case *test;
    struct case_message request;
};

static const char *given_text(const struct svc *svc, const char *key)
{
    return member_text(svc->test->given, key);
}

static bool mentions(const char *text, const char *word)
{
    g_autofree char *lower = text ? g_ascii_strdown(text, -1) : NULL;

    return lower && strstr(lower, word);
}

/* An end goes away: "closes its handle", "exits", … */
static bool mentions_end(const char *text)
{
    return mentions(text, "close") || mentions(text, "exit") || mentions(text, "terminate") ||
           mentions(text, "dies") || mentions(text, "gone");
}

static void settle(struct svc *svc, struct pair_call *client, struct pair_call *server)
{
    if (!pair_settle(&svc->pair, svc->test, client, server))
        case_skip(svc->test, "%s", svc->test->faults->str);
}

static uint32_t result_of(const struct pair_call *call)
{
    return call->is_done ? call->exit.result : UNDECIDED;
}

static uint32_t kernel_call(struct pair_side *side, struct ipctap_kernel_call call,
                            const char *name, struct ipctap_kernel_call *results)
{
    return traffic_client_kernel_call(side->connection, &call, name, results);
}

static uint32_t close_handle(struct pair_side *side, uint32_t handle)
{
    return kernel_call(
        side, (struct ipctap_kernel_call){.call = IPCTAP_CALL_CLOSE_HANDLE, .handle = handle}, NULL,
        NULL);
}

/* The server has received the client's request. */
static void serve_request(struct svc *svc, struct pair_call *sending)
{
    struct case_message prepared = {.size = HIPC_TLS_MESSAGE_SIZE};
    struct pair_call receiving;

    pair_receive(&svc->pair, &prepared, 0, &receiving);
    pair_send(&svc->pair, &svc->request, sending);
    settle(svc, sending, &receiving);
    pair_call_clear(&receiving);
}

static void answer(struct svc *svc, struct pair_call *sending)
{
    struct case_message reply = {.size = PLAIN_WORDS * 4};
    struct pair_call replying;

    ipcshark_store_u32(reply.bytes + 4, PLAIN_WORDS - 2);
    pair_receive(&svc->pair, &reply, svc->pair.server.session, &replying);
    settle(svc, sending, &replying);
    pair_call_clear(&replying);
}

/* The server's end goes away while the request waits or is served, or before it is sent. */
static uint32_t send_and_close(struct svc *svc, bool is_before, bool is_served)
{
    struct pair_call sending;
    uint32_t result;

    if (is_before)
        close_handle(&svc->pair.server, svc->pair.server.session);
    if (is_served)
        serve_request(svc, &sending);
    else
        pair_send(&svc->pair, &svc->request, &sending);
    settle(svc, &sending, NULL);
    if (!is_before)
        close_handle(&svc->pair.server, svc->pair.server.session);
    settle(svc, &sending, NULL);
    result = result_of(&sending);
    pair_call_clear(&sending);
    return result;
}

static uint32_t insert_object(struct svc *svc, struct pair_side *side, const char *name);

static uint32_t send_to(struct svc *svc, const char *object)
{
    struct pair_call sending;
    uint32_t result;

    svc->pair.client.session = insert_object(svc, &svc->pair.client, object);
    pair_send(&svc->pair, &svc->request, &sending);
    settle(svc, &sending, NULL);
    result = result_of(&sending);
    pair_call_clear(&sending);
    return result;
}

static void restart(struct svc *svc)
{
    pair_end(&svc->pair);
    pair_start(&svc->pair, svc->test);
}

/* The same once more with a request that the server has received. */
static bool is_served_too(const struct svc *svc)
{
    JsonArray *states = member_array(svc->test->given, "request_is");

    for (guint i = 0; i < array_length(states); i++) {
        if (!strcmp(array_text(states, i), "served"))
            return true;
    }
    return mentions(svc->test->name, "served");
}

static void send_sync_request(struct svc *svc)
{
    const char *event = given_text(svc, "event"), *handle = given_text(svc, "handle");
    bool is_before = mentions(event, "before") || mentions(svc->test->name, "before");

    if (handle) {
        expect_member(svc->test, "result", send_to(svc, handle));
        return;
    }
    if (!mentions(event, "server") || !mentions_end(event)) {
        case_skip(svc->test, "unknown event %s", event);
        return;
    }
    expect_member(svc->test, "result", send_and_close(svc, is_before, false));
    if (!is_before && is_served_too(svc)) {
        restart(svc);
        expect_member(svc->test, "result", send_and_close(svc, false, true));
    }
}

struct insertion {
    struct svc *svc;
    struct pair_side *side;
    const char *name;
    uint32_t handle;
};

static void insert(void *data)
{
    struct insertion *insertion = data;
    struct horizon_object *object = pair_object_new(&insertion->svc->pair, insertion->name);

    if (!object)
        return;
    horizon_handle_add(&insertion->side->process->handles, object, &insertion->handle);
    horizon_object_unref(object);
}

/* "event", "port", …; any other text names no object. */
static uint32_t insert_object(struct svc *svc, struct pair_side *side, const char *name)
{
    struct insertion insertion = {svc, side, name, NOT_A_HANDLE};

    world_do(&svc->pair.world, insert, &insertion);
    return insertion.handle;
}

struct receiving {
    uint32_t reply_target;
    int64_t handle_count;
    uint32_t handle;
    int64_t timeout;
    bool is_unreadable;
};

/* A count that no array can have is the array's declared size. */
static void add_handles(struct record_builder *record, const struct receiving *receiving)
{
    g_autofree uint8_t *handles = NULL;
    size_t count;

    if (receiving->handle_count < 0 || receiving->is_unreadable) {
        record_builder_add_part(record, IPCTAP_HANDLES, 0, SERVER_HEAP, "", 0,
                                4 * (uint64_t)(uint32_t)receiving->handle_count);
        return;
    }
    count = (size_t)MIN(receiving->handle_count, 0x1000);
    handles = g_malloc0(4 * count + 1);
    for (size_t i = 0; i < count; i++)
        ipcshark_store_u32(handles + 4 * i, receiving->handle);
    record_builder_add(record, IPCTAP_HANDLES, 0, SERVER_HEAP, handles, 4 * count);
}

static void send_receive(struct svc *svc, const struct receiving *receiving, struct pair_call *call)
{
    const struct ipctap_kernel_call arguments = {.call = IPCTAP_CALL_REPLY_AND_RECEIVE,
                                                 .handle = receiving->reply_target,
                                                 .value_2 = (uint64_t)receiving->timeout};
    struct pair_side *side = &svc->pair.server;
    uint8_t message[HIPC_TLS_MESSAGE_SIZE] = {0};
    struct record_builder record;

    if (receiving->reply_target)
        ipcshark_store_u32(message + 4, PLAIN_WORDS - 2);
    traffic_client_begin(side->connection, &record, IPCTAP_KERNEL_CALL);
    record.header.tid = side->thread;
    record_builder_add_kernel_call(&record, &arguments);
    record_builder_add(&record, IPCTAP_MESSAGE, 0, SERVER_TLS, message, sizeof message);
    add_handles(&record, receiving);
    *call = (struct pair_call){.id = traffic_client_send(side->connection, &record)};
}

/* Whom the reply is for; UINT32_MAX: the runner does not know what is meant. */
static uint32_t find_target(struct svc *svc, struct pair_call *sending)
{
    const char *target = given_text(svc, "reply_target");

    if (!member_exists(svc->test->given, "reply_target"))
        return 0;
    if (mentions(target, "client session"))
        return insert_object(svc, &svc->pair.server, "session");
    if (mentions(target, "no current") || mentions(target, "without") ||
        mentions(target, "no request") || mentions(target, "nothing") ||
        mentions(target, "not served") || mentions(target, "idle"))
        return svc->pair.server.session;
    if (mentions(target, "invalid") || mentions(target, "bad"))
        return NOT_A_HANDLE;
    if (!mentions(target, "served") && !mentions(target, "closed"))
        return UINT32_MAX;
    serve_request(svc, sending);
    if (mentions(target, "closed") || mentions(target, "gone"))
        close_handle(&svc->pair.client, svc->pair.client.session);
    return svc->pair.server.session;
}

/* What happens while the server waits. False: the runner does not know what is meant. */
static bool happen(struct svc *svc)
{
    const char *event = given_text(svc, "event");

    if (!event)
        return true;
    if (mentions(event, "cancel"))
        kernel_call(&svc->pair.server,
                    (struct ipctap_kernel_call){.call = IPCTAP_CALL_CANCEL_SYNCHRONIZATION,
                                                .value = SERVER_THREAD},
                    NULL, NULL);
    else if (mentions(event, "client") && mentions_end(event))
        close_handle(&svc->pair.client, svc->pair.client.session);
    else
        return false;
    return true;
}

static void expect_reply_delivered(struct svc *svc, struct pair_call *sending)
{
    if (sending->id && (member_exists(svc->test->expect, "reply_delivered") ||
                        mentions(member_text(svc->test->expect, "note"), "delivered"))) {
        settle(svc, sending, NULL);
        expect_number(svc->test, "client's result", 0, result_of(sending));
    }
}

/* A text, or the first of an array of texts. */
static const char *first_text(const struct svc *svc, const char *key)
{
    JsonArray *array = member_array(svc->test->given, key);

    return array_length(array) ? array_text(array, 0) : given_text(svc, key);
}

/* Of the object that ended the wait; -1: none. */
static void expect_index(struct svc *svc, const struct pair_call *call)
{
    static const char *const keys[] = {"index", "out_index"};
    struct ipctap_kernel_call results = {0};
    struct ipctap_section section;

    if (!call->is_done ||
        !traffic_exit_section(&call->exit, IPCTAP_SECTION_KERNEL_CALL, 0, &section))
        return;
    ipctap_kernel_call_decode(section.bytes, section.captured_size, &results, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (member_exists(svc->test->expect, keys[i]))
            expect_number(svc->test, keys[i],
                          (uint32_t)member_number(svc->test->expect, keys[i], 0), results.value);
    }
}

static void reply_and_receive(struct svc *svc)
{
    struct pair_call sending = {0}, call;
    const char *handles = first_text(svc, "handles");
    struct receiving receiving = {
        .handle_count = (int64_t)member_number(svc->test->given, "num_handles", 1),
        .handle = handles ? insert_object(svc, &svc->pair.server, handles)
                          : svc->pair.server.session,
        .timeout = (int64_t)member_number(svc->test->given, "timeout", UINT64_MAX)};

    receiving.is_unreadable = mentions(svc->test->name, "readable") ||
                              mentions(handles, "readable") || mentions(handles, "unmapped");
    receiving.reply_target = find_target(svc, &sending);
    if (receiving.reply_target == UINT32_MAX) {
        case_skip(svc->test, "unknown reply target %s", given_text(svc, "reply_target"));
        return;
    }
    send_receive(svc, &receiving, &call);
    settle(svc, NULL, &call);
    if (!happen(svc))
        case_skip(svc->test, "unknown event %s", given_text(svc, "event"));
    if (!call.is_done && receiving.timeout > 0)
        call.is_done = traffic_client_wait(svc->pair.server.connection, call.id, &call.exit);
    settle(svc, NULL, &call);
    expect_member(svc->test, "result", result_of(&call));
    expect_index(svc, &call);
    expect_reply_delivered(svc, &sending);
    pair_call_clear(&call);
    pair_call_clear(&sending);
}

struct lock_check {
    struct svc *svc;
    bool is_free;
};

static void check_lock(void *data)
{
    struct lock_check *check = data;
    const struct pair_side *side = &check->svc->pair.client;
    bool is_free = horizon_memory_allows(side->process, side->buffer_address, side->buffer_size,
                                         HORIZON_USE_USER_BUFFER);

    if (is_free != check->is_free)
        case_fault(check->svc->test, "the user buffer is %s", is_free ? "not locked" : "locked");
}

static void expect_lock(struct svc *svc, bool is_locked)
{
    world_do(&svc->pair.world, check_lock, &(struct lock_check){svc, !is_locked});
}

/* The request goes to the server and is answered, if it comes so far. */
static uint32_t send_with_user_buffer(struct svc *svc)
{
    struct pair_side *side = &svc->pair.client;
    struct pair_call sending;
    uint32_t result;

    side->is_user_buffer = true;
    serve_request(svc, &sending);
    if (!sending.is_done) {
        expect_lock(svc, true);
        answer(svc, &sending);
        expect_lock(svc, false);
    }
    result = result_of(&sending);
    pair_call_clear(&sending);
    return result;
}

/* Only the call: there is no memory whose contents could go with it. */
static uint32_t send_without_memory(struct svc *svc)
{
    const struct pair_side *side = &svc->pair.client;
    const struct ipctap_kernel_call arguments = {
        .call = IPCTAP_CALL_SEND_SYNC_REQUEST_WITH_USER_BUFFER,
        .handle = side->session,
        .address = side->buffer_address,
        .size = side->buffer_size};
    struct record_builder record;
    struct traffic_exit exit;
    uint32_t result = UNDECIDED;

    traffic_client_begin(side->connection, &record, IPCTAP_HIPC_MESSAGE);
    record.header.object = side->session;
    record_builder_add_kernel_call(&record, &arguments);
    if (traffic_client_call(side->connection, &record, &exit))
        result = exit.result;
    traffic_exit_clear(&exit);
    return result;
}

struct retyping {
    struct svc *svc;
    struct horizon_region region;
};

static void retype(void *data)
{
    struct retyping *retyping = data;
    GArray *memory = retyping->svc->pair.client.process->memory;

    g_array_set_size(memory, 0);
    g_array_append_val(memory, retyping->region);
}

/* "Shared rw": state and permissions of the client's heap. */
static bool set_memory(struct svc *svc, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", 2);
    struct retyping retyping = {svc, {.address = CLIENT_HEAP, .size = HEAP_SIZE}};

    if (!words[0] || !horizon_memory_state(words[0], &retyping.region.state))
        return false;
    retyping.region.is_readable = words[1] && strchr(words[1], 'r');
    retyping.region.is_writable = words[1] && strchr(words[1], 'w');
    world_do(&svc->pair.world, retype, &retyping);
    return true;
}

static void send_from_memory(struct svc *svc, const char *memory)
{
    struct pair_side *side = &svc->pair.client;

    side->buffer_address = member_number(svc->test->given, "address", USER_BUFFER);
    side->buffer_size = member_number(svc->test->given, "size", 0x1000);
    if (memory && !set_memory(svc, memory)) {
        case_skip(svc->test, "unknown memory %s", memory);
        return;
    }
    if (side->buffer_size && memory_has(side, side->buffer_address, side->buffer_size))
        expect_member(svc->test, "result", send_with_user_buffer(svc));
    else
        expect_member(svc->test, "result", send_without_memory(svc));
}

/* "Shared rw, or Normal r": the same for each. */
static void send_sync_request_with_user_buffer(struct svc *svc)
{
    const char *memory = given_text(svc, "memory");
    g_auto(GStrv) kinds = memory ? g_strsplit(memory, ", or ", -1) : NULL;

    if (!kinds)
        send_from_memory(svc, NULL);
    for (unsigned int i = 0; kinds && kinds[i]; i++) {
        if (i > 0)
            restart(svc);
        send_from_memory(svc, kinds[i]);
    }
}

static void connect_to_named_port(struct svc *svc)
{
    expect_member(svc->test, "result",
                  kernel_call(&svc->pair.client,
                              (struct ipctap_kernel_call){.call = IPCTAP_CALL_CONNECT_TO_PORT},
                              given_text(svc, "name"), NULL));
}

static struct ipctap_kernel_call create_port(struct svc *svc)
{
    struct ipctap_kernel_call port = {0};

    kernel_call(&svc->pair.server,
                (struct ipctap_kernel_call){
                    .call = IPCTAP_CALL_CREATE_PORT,
                    .value = (uint32_t)member_number(svc->test->given, "max_sessions", 1)},
                NULL, &port);
    return port;
}

static uint32_t connect(struct svc *svc, uint32_t port)
{
    return kernel_call(
        &svc->pair.server,
        (struct ipctap_kernel_call){.call = IPCTAP_CALL_CREATE_SESSION_TO_PORT, .handle = port},
        NULL, NULL);
}

static void connect_to_port(struct svc *svc)
{
    struct ipctap_kernel_call port = create_port(svc);
    uint64_t open = member_number(svc->test->given, "open_sessions", 0);

    for (uint64_t i = 0; i < open; i++)
        expect_number(svc->test, "result of an earlier connection", 0, connect(svc, port.handle_2));
    if (mentions_end(given_text(svc, "event")) || mentions_end(given_text(svc, "port")))
        close_handle(&svc->pair.server, port.handle);
    expect_member(svc->test, "result", connect(svc, port.handle_2));
}

static void accept_session(struct svc *svc)
{
    expect_member(svc->test, "result",
                  kernel_call(&svc->pair.server,
                              (struct ipctap_kernel_call){.call = IPCTAP_CALL_ACCEPT_SESSION,
                                                          .handle = create_port(svc).handle},
                              NULL, NULL));
}

/* "no event left" */
static void take_events(void *data)
{
    struct svc *svc = data;

    svc->pair.client.process->events_left = 0;
}

/* A request with a handle that is not there; without one it is delivered. */
static void set_async_request(struct svc *svc)
{
    const char *request = given_text(svc, "request");

    if (mentions(request, "invalid") && mentions(request, "handle")) {
        ipcshark_store_u32(svc->request.bytes + 4, UINT32_C(1) << 31 | (PLAIN_WORDS - 2));
        ipcshark_store_u32(svc->request.bytes + 8, 1 << 1);
        ipcshark_store_u32(svc->request.bytes + 12, NOT_A_HANDLE);
        svc->request.size = (PLAIN_WORDS + 2) * 4;
    } else if (request && !mentions(request, "valid") && !mentions(request, "plain")) {
        case_skip(svc->test, "unknown request %s", request);
    }
}

static void expect_buffer(struct svc *svc, const struct pair_call *sending)
{
    JsonArray *words = member_array(svc->test->expect, "buffer_words");
    struct ipctap_section section;

    if (!words)
        return;
    if (!sending->is_done || !traffic_exit_section(&sending->exit, IPCTAP_MESSAGE, 0, &section)) {
        case_fault(svc->test, "the client's buffer was not changed");
        return;
    }
    expect_number(svc->test, "words in the buffer", array_length(words), section.captured_size / 4);
    for (guint i = 0; i < MIN(array_length(words), section.captured_size / 4); i++)
        expect_number(svc->test, "word of the buffer", array_number(words, i),
                      ipcshark_load_u32(section.bytes + 4 * i));
}

/* The exit is the event: it is signalled when that has come. */
static void expect_event(struct svc *svc, const struct pair_call *sending)
{
    const char *event = member_text(svc->test->expect, "event");

    if (!event)
        return;
    if (strcmp(event, "signalled") != 0)
        case_skip(svc->test, "unknown event %s", event);
    else if (!sending->is_done)
        case_fault(svc->test, "the event is not signalled");
}

/* The server answers, or its end goes away. */
static void end_async(struct svc *svc, struct pair_call *sending)
{
    const char *event = given_text(svc, "event");

    if (sending->is_done)
        return;
    if (!event) {
        answer(svc, sending);
        return;
    }
    if (!mentions(event, "server") || !mentions_end(event)) {
        case_skip(svc->test, "unknown event %s", event);
        return;
    }
    close_handle(&svc->pair.server, svc->pair.server.session);
    settle(svc, sending, NULL);
}

static void send_async(struct svc *svc)
{
    struct pair_side *side = &svc->pair.client;
    const char *limit = given_text(svc, "resource_limit");
    struct pair_call sending;

    side->is_user_buffer = side->is_async = true;
    side->buffer_address = member_number(svc->test->given, "address", USER_BUFFER);
    side->buffer_size = member_number(svc->test->given, "size", 0x1000);
    if (mentions(limit, "no event"))
        world_do(&svc->pair.world, take_events, svc);
    else if (limit)
        case_skip(svc->test, "unknown limit %s", limit);
    if (given_text(svc, "handle")) {
        expect_member(svc->test, "result", send_to(svc, given_text(svc, "handle")));
        return;
    }
    set_async_request(svc);
    serve_request(svc, &sending);
    end_async(svc, &sending);
    expect_member(svc->test, "result", result_of(&sending));
    expect_buffer(svc, &sending);
    expect_event(svc, &sending);
    pair_call_clear(&sending);
}

/* CloseHandle, ResetSignal, …: one handle, and nothing comes back. */
static void call_with_handle(struct svc *svc)
{
    static const struct {
        const char *name;
        uint32_t call;
    } numbers[] = {{"CloseHandle", IPCTAP_CALL_CLOSE_HANDLE},
                   {"SignalEvent", IPCTAP_CALL_SIGNAL_EVENT},
                   {"ClearEvent", IPCTAP_CALL_CLEAR_EVENT},
                   {"ResetSignal", IPCTAP_CALL_RESET_SIGNAL},
                   {"GetProcessId", IPCTAP_CALL_GET_PROCESS_ID}};
    struct ipctap_kernel_call call = {
        .handle = insert_object(svc, &svc->pair.client, given_text(svc, "handle"))};

    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        if (!strcmp(numbers[i].name, given_text(svc, "call")))
            call.call = numbers[i].call;
    }
    expect_member(svc->test, "result", kernel_call(&svc->pair.client, call, NULL, NULL));
}

/* With a name ManageNamedPort. */
static void run_create_port(struct svc *svc)
{
    const struct ipctap_kernel_call call = {
        .call = IPCTAP_CALL_CREATE_PORT,
        .value = (uint32_t)member_number(svc->test->given, "max_sessions", 1)};

    expect_member(svc->test, "result",
                  kernel_call(&svc->pair.server, call, given_text(svc, "name"), NULL));
}

static const struct {
    const char *name;
    void (*run)(struct svc *svc);
} calls[] = {
    {"SendSyncRequest", send_sync_request},
    {"ReplyAndReceive", reply_and_receive},
    {"SendSyncRequestWithUserBuffer", send_sync_request_with_user_buffer},
    {"SendAsyncRequestWithUserBuffer", send_async},
    {"ConnectToNamedPort", connect_to_named_port},
    {"ConnectToPort", connect_to_port},
    {"AcceptSession", accept_session},
    {"CloseHandle", call_with_handle},
    {"SignalEvent", call_with_handle},
    {"ClearEvent", call_with_handle},
    {"ResetSignal", call_with_handle},
    {"GetProcessId", call_with_handle},
    {"CreatePort", run_create_port},
    {"ManageNamedPort", run_create_port},
};

static void run_call(struct svc *svc)
{
    for (size_t i = 0; i < G_N_ELEMENTS(calls); i++) {
        if (!g_strcmp0(calls[i].name, given_text(svc, "call"))) {
            calls[i].run(svc);
            return;
        }
    }
    case_skip(svc->test, "unknown system call %s", given_text(svc, "call"));
}

void run_kernel_svc(struct test_case *test)
{
    static const char *const given[] = {
        "call",    "event",        "num_handles",   "handles",    "handle",  "reply_target",
        "timeout", "address",      "size",          "memory",     "request", "resource_limit",
        "name",    "max_sessions", "open_sessions", "request_is", "port",    "choices",
        NULL};
    static const char *const expect[] = {
        "result",       "result_name",     "note",  "effect",    "event",
        "buffer_words", "reply_delivered", "index", "out_index", NULL};
    struct svc svc = {.test = test, .request = {.size = PLAIN_WORDS * 4}};

    case_check_keys(test, test->given, "given", given);
    case_check_keys(test, test->expect, "expect", expect);
    if (!member_exists(test->expect, "result"))
        case_skip(test, "no result is expected");
    if (test->skip)
        return;
    ipcshark_store_u32(svc.request.bytes, HIPC_TYPE_INVOKE_2_METHOD);
    ipcshark_store_u32(svc.request.bytes + 4, PLAIN_WORDS - 2);
    pair_start(&svc.pair, test);
    run_call(&svc);
    pair_end(&svc.pair);
}
