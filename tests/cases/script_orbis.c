/* SPDX-License-Identifier: GPL-2.0-or-later */
/* orbis: applications, their manager calls and App Messaging. */
#include "script.h"

#include <orbis_app_messaging.h>
#include <orbis_ipmi.h>

#define MAX_INPUTS 16

/* An application, a kid or a call that waits. */
struct value {
    struct traffic_client *client;
    struct app_messaging messaging;
    uint32_t kid;
    uint64_t call_id;
    uint8_t op;
};

static void release(gpointer data)
{
    struct value *value = data;

    /* Kids and calls borrow their application's connection. */
    if (value->client && !value->kid && !value->call_id)
        traffic_client_free(value->client);
    g_free(value);
}

static void start(struct script *script)
{
    (void)script;
}

static struct value *keep(struct script *script, JsonObject *step, struct traffic_client *client)
{
    struct value *value = g_new0(struct value, 1);

    value->client = client;
    script_keep(script, step, "as", value);
    return value;
}

static void run_app(struct script *script, JsonObject *step)
{
    struct traffic_client *client =
        world_program(&script->world, IPCTAP_ORBIS, "app", 0, member_number(step, "id", 0));
    struct value *app = keep(script, step, client);

    if (member_flag(step, "messaging", FALSE))
        script_expect_number(script, "result", app_messaging_initialize(&app->messaging, client));
}

static void run_exit(struct script *script, JsonObject *step)
{
    const struct ipctap_kernel_call arguments = {.call = IPCTAP_CALL_EXIT};
    struct value *app = script_value(script, step, "app");

    if (app)
        script_expect_number(script, "result",
                             traffic_client_kernel_call(app->client, &arguments, NULL, NULL));
}

static void run_send(struct script *script, JsonObject *step)
{
    struct value *app = script_value(script, step, "app");
    g_autoptr(GByteArray) payload = script_bytes(script, member_node(step, "payload"));
    uint32_t type = (uint32_t)member_number(step, "type", 0);
    uint32_t flags = (uint32_t)member_number(step, "flags", 0);
    uint64_t size = member_number(step, "size", payload->len);
    const char *to = member_text(step, "to");
    uint32_t result;

    if (!app)
        return;
    if (!g_strcmp0(to, "shell-core"))
        result =
            app_messaging_send_to_shell_core(&app->messaging, type, payload->data, size, flags);
    else if (!g_strcmp0(to, "shell-ui"))
        result = app_messaging_send_to_shell_ui(&app->messaging, type, payload->data, size, flags);
    else
        result = app_messaging_send(&app->messaging, (uint32_t)member_number(step, "to", 0), type,
                                    payload->data, size, flags);
    script_expect_number(script, "result", result);
}

static void expect_message(struct script *script, uint32_t result,
                           const struct app_message *message)
{
    script_expect_number(script, "result", result);
    if (result)
        return;
    script_expect_number(script, "sender", message->sender);
    script_expect_number(script, "type", message->type);
    if (member_exists(script->expect, "payload"))
        script_expect_bytes(script, member_node(script->expect, "payload"), "payload",
                            message->payload, message->payload_size);
}

static void run_receive(struct script *script, JsonObject *step)
{
    bool tries = member_flag(step, "try", FALSE);
    struct value *app = script_value(script, step, "app");
    struct app_message message;

    if (app)
        expect_message(script,
                       tries ? app_messaging_try_receive(&app->messaging, &message)
                             : app_messaging_receive(&app->messaging, &message),
                       &message);
}

static void run_event_flag(struct script *script, JsonObject *step)
{
    struct value *app = script_value(script, step, "app");
    uint32_t to = (uint32_t)member_number(step, "to", 0);
    uint64_t bits = member_number(step, "bits", 0), pattern = 0;
    const char *action = member_text(step, "do");

    if (!app)
        return;
    if (!g_strcmp0(action, "set-flag")) {
        script_expect_number(script, "result",
                             app_messaging_set_event_flag(&app->messaging, to, bits));
        return;
    }
    if (!g_strcmp0(action, "clear-flag")) {
        script_expect_number(script, "result",
                             app_messaging_clear_event_flag(&app->messaging, to, bits));
        return;
    }
    script_expect_number(script, "result",
                         app_messaging_try_get_event_flag(&app->messaging, bits, &pattern,
                                                          member_flag(step, "clear", FALSE)));
    script_expect_number(script, "pattern", pattern);
}

/* Fields of the block: numbers, "$room" (a pointer to room), or the name of a kid. */
static void set_fields(struct script *script, JsonObject *fields, struct orbis_ipmi *ipmi)
{
    GList *members = fields ? json_object_get_members(fields) : NULL;

    for (GList *member = members; member; member = member->next) {
        const char *text = member_text(fields, member->data);
        const struct value *kid = text ? g_hash_table_lookup(script->values, text) : NULL;
        uint64_t number = kid ? kid->kid : 0;

        if (!g_strcmp0(text, "$room"))
            number = orbis_ipmi_room(ipmi, 8);
        else if (!kid && !value_number(member_node(fields, member->data), &number))
            case_skip(script->test, "unknown value of %s", (const char *)member->data);
        if (!sceipmi_layout_field(ipmi->layout, member->data))
            case_skip(script->test, "the block has no %s", (const char *)member->data);
        else
            orbis_ipmi_set(ipmi, member->data, number);
    }
    g_list_free(members);
}

static void set_inputs(struct script *script, JsonObject *step, struct orbis_ipmi *ipmi)
{
    JsonArray *array = member_array(step, "inputs");
    guint count = MIN(array_length(array), SCEIPMI_MAX_COUNT);
    GBytes *inputs[MAX_INPUTS];

    if (!array)
        return;
    for (guint i = 0; i < count; i++)
        inputs[i] =
            g_byte_array_free_to_bytes(script_bytes(script, json_array_get_element(array, i)));
    orbis_ipmi_inputs(ipmi, inputs, count);
    for (guint i = 0; i < count; i++)
        g_bytes_unref(inputs[i]);
}

static void set_outputs(JsonObject *step, struct orbis_ipmi *ipmi)
{
    JsonArray *array = member_array(step, "outputs");
    uint64_t capacities[SCEIPMI_MAX_COUNT];
    guint count = MIN(array_length(array), SCEIPMI_MAX_COUNT);

    for (guint i = 0; i < count; i++)
        capacities[i] = array_number(array, i);
    if (array)
        orbis_ipmi_outputs(ipmi, capacities, count);
}

/* "timeout": {"field": microseconds}, "message": bytes behind the block's field. */
static void set_pointers(struct script *script, JsonObject *step, struct orbis_ipmi *ipmi)
{
    uint8_t timeout[4];

    if (member_exists(step, "timeout")) {
        ipcshark_store_u32(timeout, (uint32_t)member_number(step, "timeout", 0));
        orbis_ipmi_set(ipmi, "timeout",
                       orbis_ipmi_place(ipmi, IPCTAP_IPMI_SCALAR, IPCTAP_SCALAR_TIMEOUT, timeout,
                                        sizeof timeout));
    }
    if (member_exists(step, "config")) {
        g_autoptr(GByteArray) config = script_bytes(script, member_node(step, "config"));

        orbis_ipmi_set(ipmi, "config",
                       orbis_ipmi_place(ipmi, IPCTAP_IPMI_CONFIG, 0, config->data, config->len));
    }
    if (member_exists(step, "message")) {
        g_autoptr(GByteArray) message = script_bytes(script, member_node(step, "message"));

        orbis_ipmi_set(ipmi, "message_size", message->len);
        orbis_ipmi_set(
            ipmi, "message",
            orbis_ipmi_place(ipmi, IPCTAP_IPMI_MESSAGE,
                             (uint16_t)member_number(member_object(step, "set"), "queue", 0),
                             message->data, message->len));
    }
}

static bool begin_call(struct script *script, JsonObject *step, struct orbis_ipmi *ipmi)
{
    const struct value *app = script_value(script, step, "app");
    const char *kid_name = member_text(step, "kid");
    const struct value *kid = kid_name ? g_hash_table_lookup(script->values, kid_name) : NULL;

    if (!app)
        return false;
    orbis_ipmi_begin(ipmi, app->client, (uint32_t)member_number(step, "op", 0),
                     kid ? kid->kid : (uint32_t)member_number(step, "kid", 0));
    ipmi->tid = (uint32_t)member_number(step, "thread", 1);
    set_fields(script, member_object(step, "set"), ipmi);
    set_inputs(script, step, ipmi);
    set_outputs(step, ipmi);
    set_pointers(script, step, ipmi);
    if (member_exists(step, "block_size"))
        ipmi->call.in_size = member_number(step, "block_size", 0);
    return !script->test->skip;
}

static void expect_scalars(struct script *script, const struct orbis_ipmi_exit *exit)
{
    static const struct {
        const char *key;
        uint16_t index;
    } scalars[] = {{"result", IPCTAP_SCALAR_RESULT},   {"status", IPCTAP_SCALAR_STATUS},
                   {"ticket", IPCTAP_SCALAR_TICKET},   {"pattern", IPCTAP_SCALAR_PATTERN},
                   {"timeout", IPCTAP_SCALAR_TIMEOUT}, {"value", IPCTAP_SCALAR_VALUE},
                   {"size", IPCTAP_SCALAR_SIZE}};

    for (size_t i = 0; i < G_N_ELEMENTS(scalars); i++)
        script_expect_number(script, scalars[i].key, orbis_ipmi_scalar(exit, scalars[i].index));
}

/* The first of that type: a message's number is its queue's. */
static void find_section(const struct orbis_ipmi_exit *exit, uint16_t type,
                         struct ipctap_section *found)
{
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section section;

    while (!found->bytes && ipctap_section_next(&exit->exit.record, &iterator, &section, NULL)) {
        if (section.type == type)
            *found = section;
    }
}

/* Contents that the call brought: outputs, a message, a packet. */
static void expect_contents(struct script *script, const struct orbis_ipmi_exit *exit)
{
    static const struct {
        const char *key;
        uint16_t type;
    } contents[] = {{"output", IPCTAP_IPMI_OUT},
                    {"message", IPCTAP_IPMI_MESSAGE},
                    {"packet", IPCTAP_IPMI_PACKET},
                    {"name", IPCTAP_IPMI_NAME}};

    for (size_t i = 0; i < G_N_ELEMENTS(contents); i++) {
        struct ipctap_section section = {0};

        if (!member_exists(script->expect, contents[i].key))
            continue;
        find_section(exit, contents[i].type, &section);
        script_expect_bytes(script, member_node(script->expect, contents[i].key), contents[i].key,
                            section.bytes, section.captured_size);
    }
}

static void expect_exit(struct script *script, const struct orbis_ipmi_exit *exit)
{
    if (!exit->answered) {
        case_fault(script->test, "there was no answer");
        return;
    }
    script_expect_number(script, "out", exit->call.out);
    script_expect_number(script, "errno", exit->call.valid & SCEIPMI_CARRY ? exit->call.rax : 0);
    expect_scalars(script, exit);
    expect_contents(script, exit);
}

static void run_call(struct script *script, JsonObject *step)
{
    struct orbis_ipmi_exit exit;
    struct orbis_ipmi ipmi;

    if (!begin_call(script, step, &ipmi))
        return;
    orbis_ipmi_perform(&ipmi, &exit);
    expect_exit(script, &exit);
    if (member_exists(step, "as"))
        keep(script, step, ipmi.client)->kid = exit.call.out;
    orbis_ipmi_exit_clear(&exit);
}

/* A call that will wait; "finish" ends it. */
static void run_begin(struct script *script, JsonObject *step)
{
    struct orbis_ipmi ipmi;

    if (begin_call(script, step, &ipmi))
        keep(script, step, ipmi.client)->call_id = orbis_ipmi_send(&ipmi);
}

static void run_finish(struct script *script, JsonObject *step)
{
    const struct value *call = script_value(script, step, "on");
    struct orbis_ipmi_exit exit;

    if (!call)
        return;
    orbis_ipmi_wait(call->client, call->call_id, &exit);
    expect_exit(script, &exit);
    orbis_ipmi_exit_clear(&exit);
}

static void run_create_client(struct script *script, JsonObject *step)
{
    const struct value *app = script_value(script, step, "app");
    uint32_t kid;

    if (!app)
        return;
    kid = orbis_ipmi_create_client(app->client, script_text(script, step, "name"),
                                   (unsigned int)member_number(step, "queues", 0),
                                   member_number(step, "queue_size", 0));
    script_expect_number(script, "out", kid);
    keep(script, step, app->client)->kid = kid;
}

static void run_create_server(struct script *script, JsonObject *step)
{
    const struct value *app = script_value(script, step, "app");
    uint32_t kid;

    if (!app)
        return;
    kid = orbis_ipmi_create_server(app->client, script_text(script, step, "name"));
    script_expect_number(script, "out", kid);
    keep(script, step, app->client)->kid = kid;
}

static void run_connect(struct script *script, JsonObject *step)
{
    const struct value *kid = script_value(script, step, "kid");

    if (kid)
        script_expect_number(script, "out", orbis_ipmi_connect(kid->client, kid->kid));
}

#define KEYS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define CALL_KEYS                                                                                  \
    KEYS("app", "op", "kid", "thread", "set", "inputs", "outputs", "timeout", "message", "config", \
         "block_size", "as")
#define CALL_EXPECT                                                                                \
    KEYS("out", "errno", "result", "status", "ticket", "pattern", "timeout", "value", "size",      \
         "output", "message", "packet", "name")

void run_orbis(struct test_case *test)
{
    const struct script_verb verbs[] = {
        {"app", run_app, KEYS("id", "messaging", "as"), KEYS("result")},
        {"exit", run_exit, KEYS("app"), KEYS("result")},
        {"send", run_send, KEYS("app", "to", "type", "payload", "size", "flags"), KEYS("result")},
        {"receive", run_receive, KEYS("app", "try"), KEYS("result", "sender", "type", "payload")},
        {"set-flag", run_event_flag, KEYS("app", "to", "bits"), KEYS("result")},
        {"clear-flag", run_event_flag, KEYS("app", "to", "bits"), KEYS("result")},
        {"get-flag", run_event_flag, KEYS("app", "bits", "clear"), KEYS("result", "pattern")},
        {"call", run_call, CALL_KEYS, CALL_EXPECT},
        {"begin", run_begin, CALL_KEYS, KEYS(NULL)},
        {"finish", run_finish, KEYS("on"), CALL_EXPECT},
        {"create-client", run_create_client, KEYS("app", "name", "queues", "queue_size", "as"),
         KEYS("out")},
        {"create-server", run_create_server, KEYS("app", "name", "as"), KEYS("out")},
        {"connect", run_connect, KEYS("kid"), KEYS("out")},
        {NULL, NULL, NULL, NULL},
    };
    struct script script = {0};

    script_run(&script, test, verbs, start, start, release);
}
