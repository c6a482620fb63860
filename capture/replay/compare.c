/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "compare.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>

enum {
    SHOWN_BYTES = 16, /**< Of a difference, from the first byte that differs on. */
};

static void difference_clear(gpointer data)
{
    struct difference *difference = data;

    g_free(difference->name);
    g_free(difference->captured);
    g_free(difference->now);
}

GArray *differences_new(void)
{
    GArray *differences = g_array_new(FALSE, FALSE, sizeof(struct difference));

    g_array_set_clear_func(differences, difference_clear);
    return differences;
}

static const struct field *find(const struct fields *fields, const char *name, guint hint)
{
    guint count = fields->list->len;

    for (guint n = 0; n < count; n++) {
        const struct field *field = &g_array_index(fields->list, struct field, (n + hint) % count);

        if (!strcmp(field->name, name))
            return field;
    }
    return NULL;
}

/* ---- Ids ---- */

static void learn(const struct fields *captured, const struct fields *now, struct ids *ids)
{
    for (guint n = 0; n < captured->list->len; n++) {
        const struct field *before = &g_array_index(captured->list, struct field, n);
        const struct field *after = before->kind == FIELD_ID ? find(now, before->name, n) : NULL;

        if (after && before->number && after->number)
            ids_learn(ids, before->id, before->within, before->number, after->number);
    }
}

/* ---- Values ---- */

static gsize first_difference(const GByteArray *a, const GByteArray *b)
{
    gsize size = MIN(a->len, b->len);
    gsize at = 0;

    while (at < size && a->data[at] == b->data[at])
        at++;
    return at;
}

static guint64 whole_size(const struct field *field)
{
    return MAX(field->number, field->bytes->len);
}

/** Of what a capture holds only the beginning of, the beginning is compared. */
static gboolean has_same_bytes(const struct field *before, const struct field *after)
{
    gsize both = MIN(before->bytes->len, after->bytes->len);

    return whole_size(before) == whole_size(after) &&
           first_difference(before->bytes, after->bytes) == both;
}

static gboolean is_same(const struct field *before, const struct field *after)
{
    switch (before->kind) {
    case FIELD_ID:
        return !before->number == !after->number;
    case FIELD_TIME:
        return TRUE;
    case FIELD_TEXT:
        return !strcmp(before->text, after->text);
    case FIELD_BYTES:
        return has_same_bytes(before, after);
    default:
        return before->number == after->number;
    }
}

static char *bytes_text(const GByteArray *bytes, gsize from)
{
    g_autoptr(GString) text = g_string_new(NULL);

    g_string_append_printf(text, "%u bytes", bytes->len);
    if (from >= bytes->len)
        return g_string_free(g_steal_pointer(&text), FALSE);
    g_string_append_printf(text, ", at 0x%zx ", from);
    if (call_is_text(bytes->data + from, bytes->len - from)) {
        g_string_append_printf(text, "\"%.*s\"", (int)MIN(bytes->len - from, SHOWN_BYTES),
                               (const char *)bytes->data + from);
    } else {
        call_append_hex(text, bytes->data + from, MIN(bytes->len - from, SHOWN_BYTES), SHOWN_BYTES);
        if (bytes->len - from > SHOWN_BYTES)
            g_string_append(text, "…");
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/** `other` (may be NULL) decides from where on bytes are shown. */
static char *field_text(const struct field *field, const struct field *other, uint8_t platform)
{
    char result[128];

    if (!field)
        return g_strdup("nothing");
    switch (field->kind) {
    case FIELD_TEXT:
        return g_strdup(field->text);
    case FIELD_BYTES:
        return bytes_text(field->bytes,
                          other && other->bytes ? first_difference(field->bytes, other->bytes) : 0);
    case FIELD_RESULT:
        call_format_result(platform, field->is_kernel, (uint32_t)field->number, result,
                           sizeof result);
        return field->number ? g_strdup_printf("0x%" PRIx64 " (%s)", field->number, result)
                             : g_strdup(result);
    default:
        return field->number < 10 ? g_strdup_printf("%" PRIu64, field->number)
                                  : g_strdup_printf("0x%" PRIx64, field->number);
    }
}

/* ---- Records ---- */

static gboolean is_ignored(const char *const *ignored, const char *name)
{
    for (; ignored && *ignored; ignored++) {
        if (g_pattern_match_simple(*ignored, name))
            return TRUE;
    }
    return FALSE;
}

static void add(GArray *differences, const struct field *before, const struct field *after,
                uint8_t platform)
{
    const struct difference difference = {
        .name = g_strdup((before ? before : after)->name),
        .captured = field_text(before, after, platform),
        .now = field_text(after, before, platform),
    };

    g_array_append_val(differences, difference);
}

/** Numbers that stand for nothing are as good as absent ones. */
static gboolean says_something(const struct field *field)
{
    if (field->kind == FIELD_TIME)
        return FALSE;
    return field->kind == FIELD_TEXT || field->kind == FIELD_BYTES || field->number;
}

static void compare_captured(const struct fields *captured, const struct fields *now,
                             const char *const *ignored, gboolean fallback, GArray *differences)
{
    for (guint n = 0; n < captured->list->len; n++) {
        const struct field *before = &g_array_index(captured->list, struct field, n);
        const struct field *after = find(now, before->name, n);

        if (before->fallback != fallback || is_ignored(ignored, before->name))
            continue;
        if (after && after->kind == before->kind ? !is_same(before, after) : says_something(before))
            add(differences, before, after, captured->platform);
    }
}

static void compare_new(const struct fields *captured, const struct fields *now,
                        const char *const *ignored, gboolean fallback, GArray *differences)
{
    for (guint n = 0; n < now->list->len; n++) {
        const struct field *after = &g_array_index(now->list, struct field, n);

        if (after->fallback == fallback && !find(captured, after->name, n) &&
            !is_ignored(ignored, after->name) && says_something(after))
            add(differences, NULL, after, now->platform);
    }
}

void compare_records(const struct ipctap_record *captured, const struct ipctap_record *now,
                     const struct call *call, struct ids *ids, const char *const *ignored,
                     GArray *differences)
{
    guint before = differences->len;
    struct fields old_fields;
    struct fields new_fields;

    fields_read(&old_fields, captured, call);
    fields_read(&new_fields, now, call);
    learn(&old_fields, &new_fields, ids);
    compare_captured(&old_fields, &new_fields, ignored, FALSE, differences);
    compare_new(&old_fields, &new_fields, ignored, FALSE, differences);
    if (differences->len == before) {
        compare_captured(&old_fields, &new_fields, ignored, TRUE, differences);
        compare_new(&old_fields, &new_fields, ignored, TRUE, differences);
    }
    fields_clear(&old_fields);
    fields_clear(&new_fields);
}
