/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fault.h"

#include "connection.h"
#include "fault_message.h"

#include <string.h>

#define NANOSECONDS_PER_MILLISECOND 1000000u
#define MAX_DELAY                   86400000u /* A day, in milliseconds. */

enum fault_kind {
    FAULT_DELAY,
    FAULT_DROP,
    FAULT_RESULT,
    FAULT_REPLY,
    FAULT_MALFORMED,
    FAULT_CLOSE,
};

static const struct {
    const char *name;
    bool has_value;
} kinds[] = {
    [FAULT_DELAY] = {"delay", true},          [FAULT_DROP] = {"drop", false},
    [FAULT_RESULT] = {"result", true},        [FAULT_REPLY] = {"reply", true},
    [FAULT_MALFORMED] = {"malformed", false}, [FAULT_CLOSE] = {"close", false},
};

struct rule {
    enum fault_kind kind;
    uint64_t value;
    uint64_t platform; /* 0: any */
    char *service;     /* NULL: any */
    bool has_command;
    uint64_t command;
    uint64_t every;
    uint64_t after;
    uint64_t limit;
    double probability;
    uint64_t seen; /* Calls that the selection fits. */
    uint64_t injected;
};

struct server_faults {
    GPtrArray *rules;
    GRand *dice;
};

static void free_rule(gpointer data)
{
    struct rule *rule = data;

    g_free(rule->service);
    g_free(rule);
}

static bool fail(GError **error, const char *rule, const char *what, const char *word)
{
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "fault \"%s\": %s \"%s\"", rule,
                what, word);
    return false;
}

static bool parse_number(const char *text, uint64_t limit, uint64_t *value)
{
    return text && g_ascii_isdigit(*text) &&
           g_ascii_string_to_unsigned(text, g_str_has_prefix(text, "0x") ? 16 : 10, 0, limit, value,
                                      NULL);
}

static bool parse_hex(const char *text, uint64_t limit, uint64_t *value)
{
    if (text && g_str_has_prefix(text, "0x"))
        return g_ascii_string_to_unsigned(text + 2, 16, 0, limit, value, NULL);
    return parse_number(text, limit, value);
}

static bool parse_kind(struct rule *rule, const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, "=", 2);

    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (g_strcmp0(parts[0], kinds[i].name))
            continue;
        rule->kind = (enum fault_kind)i;
        if (!kinds[i].has_value)
            return !parts[1];
        return parse_hex(parts[1], i == FAULT_DELAY ? MAX_DELAY : UINT32_MAX, &rule->value);
    }
    return false;
}

static bool parse_system(const char *text, uint64_t *platform)
{
    static const struct {
        const char *name;
        uint8_t platform;
    } systems[] = {{"horizon", IPCTAP_HORIZON}, {"ctr", IPCTAP_CTR}, {"orbis", IPCTAP_ORBIS}};

    for (size_t i = 0; i < G_N_ELEMENTS(systems); i++) {
        if (!strcmp(text, systems[i].name))
            *platform = systems[i].platform;
    }
    return *platform;
}

static bool parse_probability(const char *text, double *probability)
{
    char *end;

    *probability = g_ascii_strtod(text, &end);
    return end != text && *end == '\0' && *probability >= 0 && *probability <= 1;
}

static bool parse_choice(struct rule *rule, const char *key, const char *value)
{
    if (!strcmp(key, "system"))
        return parse_system(value, &rule->platform);
    if (!strcmp(key, "service")) {
        g_free(rule->service);
        rule->service = g_strdup(value);
        return *value;
    }
    if (!strcmp(key, "command"))
        return rule->has_command = parse_hex(value, UINT32_MAX, &rule->command);
    if (!strcmp(key, "every"))
        return parse_number(value, UINT32_MAX, &rule->every) && rule->every;
    if (!strcmp(key, "after"))
        return parse_number(value, UINT32_MAX, &rule->after);
    if (!strcmp(key, "limit"))
        return parse_number(value, UINT32_MAX, &rule->limit);
    return !strcmp(key, "probability") && parse_probability(value, &rule->probability);
}

static bool parse_rule(struct rule *rule, const char *text, GError **error)
{
    g_auto(GStrv) words = g_strsplit(text, ",", -1);

    if (!words[0] || !parse_kind(rule, words[0]))
        return fail(error, text,
                    "delay=MILLISECONDS, drop, result=NUMBER, reply=NUMBER, malformed "
                    "or close comes first, not",
                    words[0] ? words[0] : "");
    for (char **word = words + 1; *word; word++) {
        char *value = strchr(*word, '=');

        if (value)
            *value++ = '\0';
        if (!value || !parse_choice(rule, *word, value))
            return fail(error, text, "not understood:", *word);
    }
    return true;
}

struct server_faults *server_faults_new(const char *const *rules, uint32_t seed, GError **error)
{
    struct server_faults *faults = g_new0(struct server_faults, 1);

    faults->rules = g_ptr_array_new_with_free_func(free_rule);
    faults->dice = g_rand_new_with_seed(seed);
    for (; *rules; rules++) {
        struct rule *rule = g_new0(struct rule, 1);

        *rule = (struct rule){.every = 1, .probability = 1, .limit = UINT64_MAX};
        g_ptr_array_add(faults->rules, rule);
        if (!parse_rule(rule, *rules, error)) {
            server_faults_free(faults);
            return NULL;
        }
    }
    return faults;
}

void server_faults_free(struct server_faults *faults)
{
    if (!faults)
        return;

    g_ptr_array_unref(faults->rules);
    g_rand_free(faults->dice);
    g_free(faults);
}

static bool fits(const struct rule *rule, const struct server_call *call)
{
    uint32_t command;

    if (rule->platform && rule->platform != call->record.header.platform)
        return false;
    if (rule->service && g_strcmp0(rule->service, call->target.service))
        return false;
    return !rule->has_command || (fault_find_command(call, &command) && command == rule->command);
}

/* Dice are cast only for calls that everything else fits: the same calls meet the same faults. */
static bool strikes(struct rule *rule, const struct server_call *call, GRand *dice)
{
    if (rule->injected >= rule->limit || !fits(rule, call))
        return false;

    rule->seen++;
    if (rule->seen <= rule->after || (rule->seen - rule->after) % rule->every)
        return false;
    return rule->probability >= 1 || g_rand_double(dice) < rule->probability;
}

static void comment(struct server_call *call, const char *text)
{
    char *joined = g_strdup_printf("%s%s", call->fault ? call->fault : "fault: ", text);

    g_free(call->fault);
    call->fault = joined;
}

static void on_delay(void *data)
{
    struct server_call *call = data;

    call->delay = NULL;
    server_call_send(call);
}

static void delay(struct server_call *call, uint64_t milliseconds)
{
    call->delay = server_timer_new(call->process->server,
                                   milliseconds * NANOSECONDS_PER_MILLISECOND, on_delay, call);
}

/* The tap shows the call as one that never ends, and a note why. */
static void drop(struct server_call *call)
{
    struct record_builder note;

    call->is_lost = true;
    server_tap_client_enter(call);
    if (!server_tap_begin(&note, call->process, IPCTAP_NOTE, IPCTAP_SNAPSHOT))
        return;
    note.header.call_id = call->tap_id;
    note.header.tid = call->record.header.tid;
    record_builder_add_text(&note, IPCTAP_COMMENT, 0, call->fault);
    server_tap_end(call->process->server, &note);
}

static void send_half(struct server_call *call)
{
    struct server_connection *connection = call->process->connection;
    const uint8_t *bytes;
    size_t size;

    server_call_tap_exit(call);
    bytes = record_builder_peek(&call->exit, &size);
    server_connection_send(connection, bytes, size / 2);
    server_connection_close(connection);
    server_connection_call_ended(connection, call);
    server_call_free(call);
}

/* What changes the exit is done at once; what becomes of it is up to the last such rule. */
static bool change(struct server_call *call, const struct rule *rule, GRand *dice)
{
    if (rule->kind == FAULT_RESULT)
        fault_set_result(call, (uint32_t)rule->value);
    else if (rule->kind == FAULT_REPLY)
        return fault_set_reply(call, (uint32_t)rule->value);
    else if (rule->kind == FAULT_MALFORMED)
        return fault_scramble(call, dice);
    return true;
}

static void say(struct server_call *call, const struct rule *rule)
{
    g_autofree char *text = NULL;

    if (rule->kind == FAULT_DELAY)
        text =
            g_strdup_printf("%sdelayed by %u ms", call->fault ? ", " : "", (unsigned)rule->value);
    else if (kinds[rule->kind].has_value)
        text = g_strdup_printf("%s%s set to 0x%X", call->fault ? ", " : "", kinds[rule->kind].name,
                               (unsigned)rule->value);
    else
        text = g_strdup_printf("%s%s", call->fault ? ", " : "",
                               rule->kind == FAULT_DROP        ? "exit dropped"
                               : rule->kind == FAULT_MALFORMED ? "reply scrambled"
                                                               : "closed in mid-message");
    comment(call, text);
}

static bool take_over(struct server_call *call, const struct rule *last)
{
    if (!last)
        return false;
    if (last->kind == FAULT_DELAY)
        delay(call, last->value);
    else if (last->kind == FAULT_DROP)
        drop(call);
    else
        send_half(call);
    return true;
}

bool server_fault_inject(struct server_faults *faults, struct server_call *call)
{
    const struct rule *last = NULL;

    for (guint i = 0; i < faults->rules->len; i++) {
        struct rule *rule = faults->rules->pdata[i];

        if (!strikes(rule, call, faults->dice) || !change(call, rule, faults->dice))
            continue;
        rule->injected++;
        call->process->server->statistics.faults++;
        say(call, rule);
        if (rule->kind == FAULT_DELAY || rule->kind == FAULT_DROP || rule->kind == FAULT_CLOSE)
            last = rule;
    }
    return take_over(call, last);
}
