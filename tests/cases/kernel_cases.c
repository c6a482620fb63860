/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kernel.request and kernel.reply: a message between two processes. */
#include "horizon_pair.h"

#include <ipcshark/reader.h>
#include <string.h>

#define KEEPS_WAITING UINT64_MAX

struct run {
    struct horizon_pair pair;
    struct test_case *test;
    struct case_message prepared, request, reply;
    struct pair_call sending, receiving, replying;
};

/* Of both areas. */
#define GIVEN                                                                                      \
    "client_handles", "server_handles", "client_free_handles", "server_free_handles",              \
        "client_memory", "server_memory", "client_buffer", "server_buffer", "server_prepared",     \
        "server_prepared_words", "request", "request_words", "atmosphere_pid_passthrough",         \
        "choices"
#define EXPECT                                                                                     \
    "client_result", "client_result_name", "server_handles_left", "client_handles", "effects",     \
        "note"

static const char *const request_given[] = {GIVEN, NULL};
static const char *const request_expect[] = {EXPECT,
                                             "server_result",
                                             "server_result_name",
                                             "server_header_restored",
                                             "client_buffer_unchanged",
                                             "delivered",
                                             NULL};
static const char *const reply_given[] = {GIVEN, "reply", "reply_words", NULL};
static const char *const reply_expect[] = {EXPECT,
                                           "request_client_result",
                                           "server_reply_result",
                                           "server_reply_result_name",
                                           "client_message",
                                           NULL};

/* By default type 0 and one receive buffer. */
static void read_prepared(struct run *run)
{
    static const char standard[] = "{\"type\":0,\"recv_list\":[[\"0x2000010000\",\"0x500\"]],"
                                   "\"recv_list_mode\":2}";
    g_autoptr(JsonParser) parser = NULL;

    if (message_given(run->test, "server_prepared", HIPC_REQUEST, &run->prepared))
        return;
    parser = json_parser_new();
    json_parser_load_from_data(parser, standard, -1, NULL);
    message_from_object(run->test, json_node_get_object(json_parser_get_root(parser)),
                        "server_prepared", &run->prepared);
}

static bool begin(struct run *run, const char *const *given, const char *const *expect)
{
    struct test_case *test = run->test;

    case_check_keys(test, test->given, "given", given);
    case_check_keys(test, test->expect, "expect", expect);
    read_prepared(run);
    if (!message_given(test, "request", HIPC_REQUEST, &run->request))
        case_skip(test, "no request is given");
    if (given == reply_given && !message_given(test, "reply", HIPC_REPLY, &run->reply))
        case_skip(test, "no reply is given");
    if (test->skip)
        return false;
    pair_start(&run->pair, test);
    return true;
}

static void end(struct run *run)
{
    pair_call_clear(&run->sending);
    pair_call_clear(&run->receiving);
    pair_call_clear(&run->replying);
    pair_end(&run->pair);
}

/* The result of a call that may still be waiting. */
static void expect_outcome(struct test_case *test, const char *what, uint64_t expected,
                           const struct pair_call *call)
{
    if (expected == KEEPS_WAITING && call->is_done)
        case_fault(test, "expected %s none, got 0x%X", what, call->exit.result);
    else if (expected != KEEPS_WAITING && !call->is_done)
        case_fault(test, "expected %s 0x%X, but the call still waits", what,
                   (unsigned int)expected);
    else if (call->is_done)
        expect_number(test, what, expected, call->exit.result);
}

/* null: the call is pending; texts that are no number ("none: …") say that nothing is returned. */
static void expect_result(struct test_case *test, const char *key, const struct pair_call *call)
{
    const char *text = member_text(test->expect, key);

    if (text && !g_ascii_isdigit(*text) && !g_str_has_prefix(text, "none"))
        case_skip(test, "unknown %s %s", key, text);
    else if (json_object_has_member(test->expect, key))
        expect_outcome(test, key, member_number(test->expect, key, KEEPS_WAITING), call);
}

static bool find_message(const struct pair_call *call, struct ipctap_section *section)
{
    return call->is_done && traffic_exit_section(&call->exit, IPCTAP_MESSAGE, 0, section);
}

struct naming {
    struct horizon_pair *pair;
    struct pair_side *side;
};

static char *name_handle(void *data, uint32_t handle)
{
    struct naming *naming = data;

    return pair_handle_name(naming->pair, naming->side, handle);
}

struct message_check {
    struct run *run;
    const char *key;
    struct pair_side *side;
    enum hipc_direction direction;
    struct ipctap_section section;
};

static void check_message(void *data)
{
    struct message_check *check = data;
    struct naming naming = {&check->run->pair, check->side};

    message_expect(check->run->test, member_object(check->run->test->expect, check->key),
                   check->key, check->section.bytes, check->section.captured_size, check->direction,
                   name_handle, &naming);
}

/* The message that a call brought. */
static void expect_message(struct run *run, const char *key, const struct pair_call *call,
                           struct pair_side *side, enum hipc_direction direction)
{
    struct message_check check = {run, key, side, direction, {0}};

    if (!member_object(run->test->expect, key))
        return;
    if (!find_message(call, &check.section))
        case_fault(run->test, "no message for %s", key);
    else
        world_do(&run->pair.world, check_message, &check);
}

/* "header words are copied raw": reserved bits, counts and receive-list fields included. */
static void expect_header_kept(struct run *run)
{
    struct ipctap_section section;

    if (!find_message(&run->receiving, &section) || section.captured_size < 8)
        return;
    expect_number(run->test, "header word 0", ipcshark_load_u32(run->request.bytes),
                  ipcshark_load_u32(section.bytes));
    expect_number(run->test, "header word 1", ipcshark_load_u32(run->request.bytes + 4),
                  ipcshark_load_u32(section.bytes + 4));
}

/* Bytes of `from` at the address `to`, in the call's POINTER sections or (mode 1) its message. */
static bool was_copied(const struct pair_call *call, uint64_t from, uint64_t to, uint64_t size)
{
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section section;

    while (call->is_done && ipctap_section_next(&call->exit.record, &iterator, &section, NULL)) {
        uint64_t offset = to - section.address;

        if (section.type == IPCTAP_POINTER && section.address == to &&
            section.captured_size == size && memory_is(section.bytes, from, size))
            return true;
        if (section.type == IPCTAP_MESSAGE && to >= section.address &&
            offset <= section.captured_size && size <= section.captured_size - offset &&
            memory_is(section.bytes + offset, from, size))
            return true;
    }
    return false;
}

static void check_copy(struct run *run, JsonObject *effect, const char *direction,
                       const struct pair_call *call)
{
    static const char *const keys[] = {"copy", "src", "dst", "size", NULL};
    uint64_t source = member_number(effect, "src", 0), target = member_number(effect, "dst", 0);

    case_check_keys(run->test, effect, "effects", keys);
    if (g_strcmp0(member_text(effect, "copy"), direction))
        case_skip(run->test, "unknown copy %s", member_text(effect, "copy"));
    else if (!was_copied(call, source, target, member_number(effect, "size", 0)))
        case_fault(run->test,
                   "0x%" G_GINT64_MODIFIER "X bytes of 0x%" G_GINT64_MODIFIER
                   "X did not arrive at 0x%" G_GINT64_MODIFIER "X",
                   member_number(effect, "size", 0), source, target);
}

static guint count_sections(const struct pair_call *call, uint16_t type)
{
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section section;
    guint count = 0;

    while (call->is_done && ipctap_section_next(&call->exit.record, &iterator, &section, NULL))
        count += section.type == type;
    return count;
}

static const char *kind_name(enum horizon_map_kind kind)
{
    static const char *const names[] = {"send", "receive", "exchange"};

    return names[kind];
}

static bool is_zero(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i])
            return false;
    }
    return true;
}

static void check_map(struct test_case *test, JsonObject *effect, const struct horizon_map *map)
{
    static const char *const keys[] = {"map",          "client",      "size",
                                       "server_perm",  "page_offset", "server_state",
                                       "mapped_pages", "copied_in",   NULL};

    case_check_keys(test, effect, "effects", keys);
    if (g_strcmp0(member_text(effect, "map"), kind_name(map->kind)))
        case_fault(test, "expected a %s buffer, got %s", member_text(effect, "map"),
                   kind_name(map->kind));
    expect_number(test, "client address", member_number(effect, "client", 0), map->client_address);
    expect_number(test, "size", member_number(effect, "size", 0), map->size);
    expect_number(test, "page offset", member_number(effect, "page_offset", 0),
                  map->server_address % HORIZON_PAGE_SIZE);
    expect_number(test, "mapped pages", member_number(effect, "mapped_pages", 0),
                  horizon_map_shared_pages(map));
    if (g_strcmp0(member_text(effect, "server_perm"), horizon_map_permission(map)))
        case_fault(test, "expected permission %s in the server, got %s",
                   member_text(effect, "server_perm"), horizon_map_permission(map));
    if (g_strcmp0(member_text(effect, "server_state"), horizon_map_state(map)))
        case_fault(test, "expected state %s in the server, got %s",
                   member_text(effect, "server_state"), horizon_map_state(map));
    if (member_flag(effect, "copied_in", FALSE)
            ? !memory_is(map->bytes, map->client_address, map->size)
            : !is_zero(map->bytes, map->size))
        case_fault(test, "the %s buffer does not hold what it should", kind_name(map->kind));
}

/* In the server's thread: the buffers of the request that it serves. */
static void check_maps(void *data)
{
    struct run *run = data;
    JsonArray *effects = member_array(run->test->expect, "effects");
    const struct horizon_request *request = run->pair.session->current;
    unsigned int n = 0;

    for (guint i = 0; i < array_length(effects); i++) {
        JsonObject *effect = array_object(effects, i);

        if (!member_exists(effect, "map"))
            continue;
        while (request && n < request->map_count && request->map[n].size == 0)
            n++;
        if (!request || n >= request->map_count) {
            case_fault(run->test, "fewer mapped buffers than expected");
            return;
        }
        check_map(run->test, effect, &request->map[n++]);
    }
    for (; request && n < request->map_count; n++) {
        if (request->map[n].size)
            case_fault(run->test, "more mapped buffers than expected");
    }
}

/* The expected effects on a call that received a message: its copies, and those of the key
 * `other`. */
static JsonArray *expect_effects(struct run *run, const struct pair_call *call,
                                 const char *direction, const char *other)
{
    JsonArray *effects = member_array(run->test->expect, "effects");
    guint copies = 0;

    for (guint i = 0; i < array_length(effects); i++) {
        JsonObject *effect = array_object(effects, i);

        if (member_exists(effect, "copy")) {
            check_copy(run, effect, direction, call);
            copies++;
        } else if (!member_exists(effect, other)) {
            case_skip(run->test, "unknown effect");
        }
    }
    if (count_sections(call, IPCTAP_POINTER) > copies)
        case_fault(run->test, "more was copied than expected");
    return effects;
}

/* All of the expected effects, and no other copies and buffers. */
static void expect_request_effects(struct run *run)
{
    expect_effects(run, &run->receiving, "client->server", "map");
    world_do(&run->pair.world, check_maps, run);
}

/* Restored: the receiver waits on, with its buffer as it had left it. Otherwise it has got an error
 * and the beginning of the message. */
static void expect_header(struct run *run)
{
    struct ipctap_section section;
    bool is_changed = find_message(&run->receiving, &section) &&
                      memcmp(section.bytes, run->prepared.bytes, 8) != 0;

    if (!member_exists(run->test->expect, "server_header_restored"))
        return;
    if (member_flag(run->test->expect, "server_header_restored", false) == is_changed)
        case_fault(run->test, "expected the server's header %s",
                   is_changed ? "restored" : "overwritten");
}

static void expect_client_buffer(struct run *run)
{
    struct ipctap_section section;

    if (member_exists(run->test->expect, "client_buffer_unchanged") &&
        member_flag(run->test->expect, "client_buffer_unchanged", false) ==
            find_message(&run->sending, &section))
        case_fault(run->test, "the client's buffer was changed");
}

void run_kernel_request(struct test_case *test)
{
    struct run run = {.test = test};

    if (!begin(&run, request_given, request_expect))
        return;
    pair_receive(&run.pair, &run.prepared, 0, &run.receiving);
    pair_send(&run.pair, &run.request, &run.sending);
    if (pair_settle(&run.pair, test, &run.sending, &run.receiving)) {
        expect_result(test, "client_result", &run.sending);
        expect_result(test, "server_result", &run.receiving);
        expect_message(&run, "delivered", &run.receiving, &run.pair.server, HIPC_REQUEST);
        if (member_exists(test->expect, "delivered"))
            expect_header_kept(&run);
        expect_request_effects(&run);
        expect_header(&run);
        expect_client_buffer(&run);
        pair_expect_handles(&run.pair, test, "server_handles_left", &run.pair.server);
        pair_expect_handles(&run.pair, test, "client_handles", &run.pair.client);
    }
    end(&run);
}

/* Where a part lies in its pages. */
static void check_part(struct test_case *test, const char *part,
                       const struct ipctap_section *section)
{
    bool begins = section->address % HORIZON_PAGE_SIZE == 0;
    bool ends = (section->address + section->captured_size) % HORIZON_PAGE_SIZE == 0;
    bool is_right = !g_strcmp0(part, "head")              ? !begins && ends
                    : !g_strcmp0(part, "tail")            ? begins && !ends
                    : !g_strcmp0(part, "inside-one-page") ? !ends
                                                          : false;

    if (!is_right)
        case_fault(test, "what came back is no %s", part);
}

/* What came back of a receive or exchange buffer, in order. */
static void expect_copied_back(struct run *run, JsonArray *effects)
{
    static const char *const keys[] = {"copyback", "client", "size", NULL};
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section section;
    guint n = 0;

    while (run->sending.is_done &&
           ipctap_section_next(&run->sending.exit.record, &iterator, &section, NULL)) {
        JsonObject *effect;

        if (section.type != IPCTAP_RECEIVE && section.type != IPCTAP_EXCHANGE)
            continue;
        while (n < array_length(effects) && !member_exists(array_object(effects, n), "copyback"))
            n++;
        if (n >= array_length(effects)) {
            case_fault(run->test, "more was copied back than expected");
            return;
        }
        effect = array_object(effects, n++);
        case_check_keys(run->test, effect, "effects", keys);
        check_part(run->test, member_text(effect, "copyback"), &section);
        expect_number(run->test, "address copied back", member_number(effect, "client", 0),
                      section.address);
        expect_number(run->test, "size copied back", member_number(effect, "size", 0),
                      section.captured_size);
    }
    for (; n < array_length(effects); n++) {
        if (member_exists(array_object(effects, n), "copyback"))
            case_fault(run->test, "less was copied back than expected");
    }
}

static void expect_reply_effects(struct run *run)
{
    expect_copied_back(run, expect_effects(run, &run->sending, "server->client", "copyback"));
}

/* "client message beyond the reply keeps old request words": nothing behind the reply is written,
 * pointer data of mode 1 aside. */
static void expect_end(struct run *run)
{
    struct ipctap_section section;
    struct hipc_message reply, request;

    hipc_decode(run->request.bytes, run->request.size, HIPC_REQUEST, &request, NULL);
    hipc_decode(run->reply.bytes, run->reply.size, HIPC_REPLY, &reply, NULL);
    if (member_exists(run->test->expect, "client_message") &&
        find_message(&run->sending, &section) &&
        request.receive_list_mode != HIPC_RECEIVE_IN_MESSAGE)
        expect_number(run->test, "end of what was written", reply.raw_offset + 4u * reply.raw_words,
                      section.captured_size);
}

/* A reply that was sent: nothing to wait for is left, and the timeout is 0. */
static void expect_reply_result(struct run *run)
{
    if (run->replying.is_done && run->replying.exit.result == HORIZON_TIMED_OUT)
        run->replying.exit.result = 0;
    expect_result(run->test, "server_reply_result", &run->replying);
}

static void check_reply(struct run *run)
{
    struct test_case *test = run->test;

    pair_receive(&run->pair, &run->reply, run->pair.server.session, &run->replying);
    if (!pair_settle(&run->pair, test, &run->sending, &run->replying))
        return;
    expect_result(test, "client_result", &run->sending);
    expect_reply_result(run);
    expect_message(run, "client_message", &run->sending, &run->pair.client, HIPC_REPLY);
    expect_end(run);
    expect_reply_effects(run);
    pair_expect_handles(&run->pair, test, "server_handles_left", &run->pair.server);
    pair_expect_handles(&run->pair, test, "client_handles", &run->pair.client);
}

void run_kernel_reply(struct test_case *test)
{
    struct run run = {.test = test};

    if (!begin(&run, reply_given, reply_expect))
        return;
    pair_receive(&run.pair, &run.prepared, 0, &run.receiving);
    pair_send(&run.pair, &run.request, &run.sending);
    if (pair_settle(&run.pair, test, &run.sending, &run.receiving)) {
        expect_result(test, "request_client_result", &run.sending);
        expect_outcome(test, "result of the receive", 0, &run.receiving);
        if (!test->faults->len)
            check_reply(&run);
    }
    end(&run);
}
