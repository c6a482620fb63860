/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "script.h"

#include <ipcshark/writer.h>
#include <string.h>

#define NAME_SIZE 8
#define MAX_FILL  (4u << 20)

void *script_value(struct script *script, JsonObject *step, const char *key)
{
    const char *name = member_text(step, key);
    void *value = name ? g_hash_table_lookup(script->values, name) : NULL;

    if (!value)
        case_skip(script->test, "there is no %s \"%s\"", key, name ? name : "");
    return value;
}

const char *script_text(struct script *script, JsonObject *step, const char *key)
{
    const char *text = member_text(step, key);

    if (!text)
        case_skip(script->test, "there is no %s", key);
    return text ? text : "";
}

void script_keep(struct script *script, JsonObject *step, const char *key, void *value)
{
    const char *name = member_text(step, key);

    g_hash_table_insert(script->values, g_strdup(name ? name : ""), value);
}

void script_expect_number(struct script *script, const char *key, uint64_t actual)
{
    uint64_t expected;

    if (!member_exists(script->expect, key))
        return;
    if (value_number(member_node(script->expect, key), &expected))
        expect_number(script->test, key, expected, actual);
    else
        case_skip(script->test, "expect.%s is no number", key);
}

void script_expect_bytes(struct script *script, JsonNode *expected, const char *what,
                         const uint8_t *bytes, size_t size)
{
    g_autoptr(GByteArray) wanted = expected ? script_bytes(script, expected) : NULL;

    if (!wanted)
        return;
    if (wanted->len != size)
        case_fault(script->test, "expected %u bytes of %s, got %zu", wanted->len, what, size);
    for (guint i = 0; i < MIN(wanted->len, size); i++) {
        if (wanted->data[i] != bytes[i]) {
            case_fault(script->test, "expected 0x%02X at byte 0x%X of %s, got 0x%02X",
                       wanted->data[i], i, what, bytes[i]);
            return;
        }
    }
}

void script_expect_memory(struct script *script, const struct traffic_exit *exit)
{
    struct ipctap_section section = {0};

    traffic_exit_section(exit, IPCTAP_MEMORY, 0, &section);
    script_expect_number(script, "result", exit->result);
    if (member_exists(script->expect, "bytes"))
        script_expect_bytes(script, member_node(script->expect, "bytes"), "memory", section.bytes,
                            section.captured_size);
}

static bool append_integer(GByteArray *bytes, const char *text, guint size)
{
    uint8_t value[8];
    char *end;

    ipcshark_store_u64(value, g_ascii_strtoull(text, &end, 0));
    g_byte_array_append(bytes, value, size);
    return *text && !*end;
}

static bool append_hex(GByteArray *bytes, const char *text)
{
    for (; g_ascii_isxdigit(text[0]) && g_ascii_isxdigit(text[1]); text += 2) {
        uint8_t value =
            (uint8_t)(g_ascii_xdigit_value(text[0]) << 4 | g_ascii_xdigit_value(text[1]));

        g_byte_array_append(bytes, &value, 1);
    }
    return !*text;
}

/* "0xAB*16" */
static bool append_fill(GByteArray *bytes, const char *text)
{
    char *end;
    int value = (int)g_ascii_strtoull(text, &end, 0);
    guint64 count = *end == '*' ? g_ascii_strtoull(end + 1, &end, 0) : MAX_FILL + 1;
    guint start = bytes->len;

    if (*end || count > MAX_FILL)
        return false;
    g_byte_array_set_size(bytes, start + (guint)count);
    if (count)
        memset(bytes->data + start, value, count);
    return true;
}

static bool append_name(GByteArray *bytes, const char *text)
{
    uint8_t name[NAME_SIZE] = {0};

    memcpy(name, text, MIN(strlen(text), NAME_SIZE));
    g_byte_array_append(bytes, name, NAME_SIZE);
    return strlen(text) <= NAME_SIZE;
}

static bool append(GByteArray *bytes, const char *text)
{
    static const struct {
        const char *prefix;
        guint size;
    } integers[] = {{"u8:", 1}, {"u16:", 2}, {"u32:", 4}, {"u64:", 8}};

    for (size_t i = 0; i < G_N_ELEMENTS(integers); i++) {
        if (g_str_has_prefix(text, integers[i].prefix))
            return append_integer(bytes, text + strlen(integers[i].prefix), integers[i].size);
    }
    if (g_str_has_prefix(text, "hex:"))
        return append_hex(bytes, text + 4);
    if (g_str_has_prefix(text, "fill:"))
        return append_fill(bytes, text + 5);
    if (g_str_has_prefix(text, "name:"))
        return append_name(bytes, text + 5);
    if (g_str_has_prefix(text, "chars:"))
        g_byte_array_append(bytes, (const uint8_t *)text + 6, (guint)strlen(text + 6));
    else if (g_str_has_prefix(text, "text:"))
        g_byte_array_append(bytes, (const uint8_t *)text + 5, (guint)strlen(text + 5) + 1);
    else
        return false;
    return true;
}

GByteArray *script_bytes(struct script *script, JsonNode *node)
{
    GByteArray *bytes = g_byte_array_new();
    JsonArray *array = node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
    const char *text = node && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_string(node) : NULL;

    if (text && !append(bytes, text))
        case_skip(script->test, "unknown bytes %s", text);
    for (guint i = 0; i < array_length(array); i++) {
        if (!append(bytes, array_text(array, i)))
            case_skip(script->test, "unknown bytes %s", array_text(array, i));
    }
    return bytes;
}

static const struct script_verb *find_verb(const struct script *script, const char *name)
{
    for (const struct script_verb *verb = script->verbs; verb->name; verb++) {
        if (!g_strcmp0(verb->name, name))
            return verb;
    }
    return NULL;
}

static void check_step_keys(struct script *script, JsonObject *object, const char *where,
                            const char *const *known, bool is_step)
{
    GList *members = object ? json_object_get_members(object) : NULL;
    static const char *const common[] = {"do", "expect", "note", NULL};

    for (GList *member = members; member; member = member->next) {
        if (!g_strv_contains(known, member->data) &&
            !(is_step && g_strv_contains(common, member->data)))
            case_skip(script->test, "unknown key %s.%s", where, (const char *)member->data);
    }
    g_list_free(members);
}

static void run_step(struct script *script, JsonObject *step, guint number)
{
    const struct script_verb *verb = find_verb(script, member_text(step, "do"));
    gsize before = script->test->faults->len;
    g_autofree char *prefix = NULL;

    if (!verb) {
        case_skip(script->test, "step %u does an unknown \"%s\"", number, member_text(step, "do"));
        return;
    }
    script->expect = member_object(step, "expect");
    check_step_keys(script, step, verb->name, verb->keys, true);
    check_step_keys(script, script->expect, "expect", verb->expect, false);
    if (script->test->skip)
        return;
    verb->run(script, step);
    if (script->test->faults->len == before)
        return;
    prefix = g_strdup_printf("step %u (%s): ", number, verb->name);
    g_string_insert(script->test->faults, before ? (gssize)before + 2 : 0, prefix);
}

static bool check(struct script *script)
{
    static const char *const given[] = {"steps", "choices", NULL};
    static const char *const expect[] = {"steps", "note", NULL};
    JsonArray *steps = member_array(script->test->given, "steps");

    case_check_keys(script->test, script->test->given, "given", given);
    case_check_keys(script->test, script->test->expect, "expect", expect);
    if (!array_length(steps))
        case_skip(script->test, "there are no steps");
    if (array_length(steps) != member_number(script->test->expect, "steps", 0))
        case_skip(script->test, "expect.steps is not the number of steps");
    return !script->test->skip;
}

void script_run(struct script *script, struct test_case *test, const struct script_verb *verbs,
                void (*start)(struct script *script), void (*end)(struct script *script),
                GDestroyNotify release)
{
    JsonArray *steps = member_array(test->given, "steps");

    script->test = test;
    script->verbs = verbs;
    if (!check(script) || !world_set_choices(&script->world, test))
        return;
    world_start(&script->world);
    script->values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, release);
    start(script);
    for (guint i = 0; i < array_length(steps) && !test->skip; i++) {
        JsonNode *step = json_array_get_element(steps, i);

        if (JSON_NODE_HOLDS_OBJECT(step))
            run_step(script, json_node_get_object(step), i + 1);
        else
            case_skip(test, "step %u is no object", i + 1);
    }
    g_hash_table_unref(script->values);
    end(script);
    world_end(&script->world);
}
