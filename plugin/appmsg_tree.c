/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file appmsg_tree.c Pieces that App Messaging's requests, messages and calls have in common. */
#include "appmsg_internal.h"
#include "subdissectors.h"

#include <inttypes.h>
#include <string.h>

#define MICROSECONDS 1000000u
#define NANOSECONDS  1000000000u

/* ---- Results ---- */

void appmsg_add_result(struct text *text, enum orbis_result_layer layer, uint32_t result)
{
    size_t size;
    char *room = text_room(text, &size);

    if (result == 0)
        text_add(text, "ok");
    else
        text_took(text, orbis_result_format(layer, result, room, size));
}

/* ---- Message types ---- */

void appmsg_add_type_text(struct text *text, uint32_t type)
{
    const char *name = appmsg_type_name(appmsg_preferred_family(), type);

    text_add_upper_hex(text, type);
    if (!name)
        return;
    text_add(text, " ");
    text_add(text, name);
}

/** What the number means in the other families: the bytes cannot tell which one it is. */
static void add_other_meanings(proto_item *item, uint32_t type)
{
    for (int family = 0; family < APPMSG_FAMILY_COUNT; family++) {
        const char *name = appmsg_type_name((enum appmsg_family)family, type);

        if (name && family != (int)appmsg_preferred_family())
            proto_item_append_text(item, "; %s: %s", appmsg_family_name((enum appmsg_family)family),
                                   name);
    }
}

void appmsg_add_type(proto_tree *tree, tvbuff_t *tvb, int offset, uint32_t type)
{
    struct text text;
    proto_item *item;

    text_begin(&text);
    appmsg_add_type_text(&text, type);
    item = proto_tree_add_uint_format_value(tree, appmsg_field.type, tvb, offset, 4, type, "%s",
                                            text_end(&text));
    if (tree)
        add_other_meanings(item, type);
    plugin_add_generated_string(tree, appmsg_field.type_name, tvb,
                                appmsg_type_name(appmsg_preferred_family(), type));
}

/* ---- Flags, events, times ---- */

void appmsg_add_flags(proto_tree *tree, tvbuff_t *tvb, int offset, uint32_t flags)
{
    static int *const bits[] = {&appmsg_field.flag_overwrite, &appmsg_field.flag_other, NULL};

    proto_tree_add_bitmask_value(tree, tvb, offset, appmsg_field.flags, appmsg_subtree.flags, bits,
                                 flags);
}

void appmsg_add_events(proto_tree *tree, tvbuff_t *tvb, int field, int offset, uint64_t bits)
{
    proto_tree_add_bitmask_value(tree, tvb, offset, field, appmsg_subtree.bits, appmsg_event_fields,
                                 bits);
}

static nstime_t time_of(uint64_t units, uint64_t per_second)
{
    nstime_t time = {(time_t)(units / per_second), 0};

    time.nsecs = (int)(units % per_second * (NANOSECONDS / per_second));
    return time;
}

void appmsg_add_timestamp(proto_tree *tree, tvbuff_t *tvb, int offset, uint64_t microseconds,
                          const struct appmsg_clock *clock)
{
    nstime_t since_boot = time_of(microseconds, MICROSECONDS);
    nstime_t absolute;

    proto_tree_add_time(tree, appmsg_field.timestamp, tvb, offset, 8, &since_boot);
    if (!clock->known)
        return;
    absolute = time_of(
        orbis_monotonic_to_unix(microseconds, clock->monotonic / 1000, clock->unix_time / 1000),
        MICROSECONDS);
    proto_item_set_generated(
        proto_tree_add_time(tree, appmsg_field.time, tvb, offset, 8, &absolute));
}

/* ---- Payload ---- */

/** The first character that is no blank, and the last. */
static bool is_enclosed(const char *text, size_t length, char first, char last)
{
    while (length && g_ascii_isspace(*text)) {
        text++;
        length--;
    }
    while (length && (g_ascii_isspace(text[length - 1]) || text[length - 1] == '\0'))
        length--;
    return length > 1 && text[0] == first && text[length - 1] == last;
}

static bool looks_like_json(const char *text, size_t length)
{
    return is_enclosed(text, length, '{', '}') || is_enclosed(text, length, '[', ']');
}

/** Without a byte order mark and the zeros of a C text: Wireshark's dissectors take neither. */
static tvbuff_t *text_alone(tvbuff_t *payload)
{
    static const char mark[] = "\xEF\xBB\xBF";
    int length = (int)tvb_captured_length(payload);
    const char *text = (const char *)tvb_get_ptr(payload, 0, length);
    int start = length >= 3 && !memcmp(text, mark, 3) ? 3 : 0;

    while (length > start && text[length - 1] == '\0')
        length--;
    return tvb_new_subset_length(payload, start, length - start);
}

/** Somebody's own dissector for the type, else Wireshark's for JSON and for lines of text. */
static void add_meaning(const struct call_context *context, proto_tree *tree, tvbuff_t *payload,
                        uint32_t type, const char *text)
{
    packet_info *pinfo = context->pinfo;
    int length;

    if (subdissector_by_number(context, SUBDISSECTOR_MESSAGE_TYPE, type, payload, tree) || !text)
        return;
    payload = text_alone(payload);
    length = (int)tvb_captured_length(payload);
    if (looks_like_json((const char *)tvb_get_ptr(payload, 0, length), (size_t)length))
        subdissector_call("json", payload, pinfo, tree);
    else
        subdissector_call("data-text-lines", payload, pinfo, tree);
}

void appmsg_add_payload(const struct call_context *context, proto_tree *parent, tvbuff_t *payload,
                        uint32_t type)
{
    int length = (int)tvb_captured_length(payload);
    proto_item *item =
        proto_tree_add_item(parent, appmsg_field.payload, payload, 0, length, ENC_NA);
    proto_tree *tree = proto_item_add_subtree(item, appmsg_subtree.payload);
    const char *bytes = length ? (const char *)tvb_get_ptr(payload, 0, length) : "";
    const char *text = plugin_printable_text(context->pinfo->pool, bytes, (size_t)length);

    if (!length)
        proto_item_append_text(item, " (empty)");
    if (text)
        proto_tree_add_string(tree, appmsg_field.text, payload, 0, length, text);
    if (length)
        add_meaning(context, tree, payload, type, text);
}
