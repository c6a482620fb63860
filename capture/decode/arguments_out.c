/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arguments_internal.h"

#include "json_out.h"

#include <string.h>

/** More elements of an array than this are given as bytes. */
#define MAX_ELEMENTS 4096

static const char *place_name(uint8_t place)
{
    static const char *const names[] = {
        [IPCSHARK_PLACE_NONE] = "none",
        [IPCSHARK_PLACE_RAW] = "raw",
        [IPCSHARK_PLACE_PID] = "pid",
        [IPCSHARK_PLACE_COPY_HANDLE] = "copy_handle",
        [IPCSHARK_PLACE_MOVE_HANDLE] = "move_handle",
        [IPCSHARK_PLACE_OBJECT_ID] = "object",
        [IPCSHARK_PLACE_POINTER] = "pointer",
        [IPCSHARK_PLACE_SEND] = "send",
        [IPCSHARK_PLACE_RECEIVE] = "receive",
        [IPCSHARK_PLACE_EXCHANGE] = "exchange",
        [IPCSHARK_PLACE_RECEIVE_LIST] = "receive_list",
        [IPCSHARK_PLACE_TRANSLATE] = "translate",
    };

    return place < G_N_ELEMENTS(names) ? names[place] : "none";
}

static bool is_signed(const struct ipcshark_type *type)
{
    if (type->kind == IPCSHARK_TYPE_ENUM && type->element)
        return type->element->kind == IPCSHARK_TYPE_SIGNED;
    return type->kind == IPCSHARK_TYPE_SIGNED;
}

static double float_value(const struct ipcshark_argument *value)
{
    uint32_t word = (uint32_t)value->value;
    float single;
    double number;

    if (value->length == sizeof single) {
        memcpy(&single, &word, sizeof single);
        return (double)single;
    }
    memcpy(&number, &value->value, sizeof number);
    return number;
}

/** JSON has no infinity: those and what is no number are given as bits. */
static void out_float(GString *out, const char *key, const struct ipcshark_argument *value)
{
    double number = float_value(value);
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    if (number - number != 0.0)
        g_snprintf(text, sizeof text, "\"0x%" G_GINT64_MODIFIER "x\"", value->value);
    else
        g_ascii_formatd(text, sizeof text, value->length == 4 ? "%.9g" : "%.17g", number);
    out_value(out, key, text);
}

/** Text up to a zero with nothing but zeros behind it; else its bytes. */
static void out_text(GString *out, const char *key, const uint8_t *bytes, uint32_t length)
{
    uint32_t end = 0, rest;
    g_autofree char *text = NULL;

    while (end < length && bytes[end])
        end++;
    for (rest = end; rest < length && !bytes[rest];)
        rest++;
    if (rest == length && g_utf8_validate((const char *)bytes, end, NULL)) {
        text = g_strndup((const char *)bytes, end);
        out_string(out, key, text);
        return;
    }
    out_object(out, key);
    out_hex(out, "hex", bytes, length);
    out_object_end(out);
}

static void out_scalar(GString *out, const char *key, const struct ipcshark_argument *value,
                       const uint8_t *bytes)
{
    switch (value->type->kind) {
    case IPCSHARK_TYPE_FLOAT:
        out_float(out, key, value);
        break;
    case IPCSHARK_TYPE_BOOL:
        out_bool(out, key, value->value != 0);
        break;
    case IPCSHARK_TYPE_TEXT:
        out_text(out, key, bytes + value->offset, value->length);
        break;
    case IPCSHARK_TYPE_UNSIGNED:
    case IPCSHARK_TYPE_SIGNED:
    case IPCSHARK_TYPE_ENUM:
        if (is_signed(value->type))
            out_signed(out, key, (int64_t)value->value);
        else
            out_number(out, key, value->value);
        break;
    default:
        out_hex(out, key, bytes + value->offset, value->length);
    }
}

static bool has_members(const struct ipcshark_type *type)
{
    return type->kind == IPCSHARK_TYPE_STRUCT ||
           (type->kind == IPCSHARK_TYPE_ARRAY && type->count <= MAX_ELEMENTS);
}

/** A struct's as an object by name, an array's as an array. Types nest up to 24 deep. */
static void out_raw(GString *out, const char *key, const struct ipcshark_argument *value,
                    const uint8_t *bytes, size_t length)
{
    bool is_struct = value->type->kind == IPCSHARK_TYPE_STRUCT;
    struct ipcshark_argument member;
    char own[ARGUMENTS_KEY_SIZE];

    if (!value->present || !has_members(value->type)) {
        if (value->present)
            out_scalar(out, key, value, bytes);
        else
            out_null(out, key);
        return;
    }
    (is_struct ? out_object : out_array)(out, key);
    for (uint32_t n = 0; ipcshark_read_member(value, n, bytes, length, &member); n++)
        out_raw(out, is_struct ? arguments_key(member.name, member.type, n, own) : NULL, &member,
                bytes, length);
    (is_struct ? out_object_end : out_array_end)(out);
}

static bool is_raw(const struct ipcshark_type *type)
{
    return type->kind < IPCSHARK_TYPE_PID;
}

static bool is_buffer(const struct ipcshark_type *type)
{
    return type->kind >= IPCSHARK_TYPE_BUFFER;
}

static void out_where(GString *out, const struct ipcshark_argument *argument)
{
    out_string(out, "place", place_name(argument->place));
    if (!is_raw(argument->type) && argument->place != IPCSHARK_PLACE_NONE)
        out_number(out, "index", argument->index);
    if (argument->length) {
        out_number(out, "offset", argument->offset);
        out_number(out, "length", argument->length);
    }
}

static void out_what(GString *out, const struct arguments_view *view,
                     const struct ipcshark_argument *argument)
{
    const struct ipcshark_type *type = argument->type;
    const char *enumerator = ipcshark_enumerator_name(type, argument->value);

    if (is_raw(type)) {
        out_raw(out, "value", argument, view->message.bytes, view->message.length);
        if (argument->present && enumerator)
            out_string(out, "enumerator", enumerator);
    } else if (!argument->present) {
        out_null(out, is_buffer(type) ? "address" : "value");
    } else if (is_buffer(type)) {
        out_number(out, "address", argument->address);
        out_number(out, "size", argument->buffer_size);
    } else {
        out_number(out, "value", argument->value);
    }
}

static void out_argument(GString *out, const struct arguments_view *view, unsigned int n,
                         const struct ipcshark_argument *argument)
{
    const struct ipcshark_type *type = argument->type;
    char own[ARGUMENTS_KEY_SIZE];

    out_object(out, NULL);
    out_string(out, "name", arguments_key(argument->name, type, n, own));
    out_string(out, "type", type->name);
    if (is_buffer(type)) {
        out_string(out, "contents", type->element ? type->element->name : NULL);
        out_number(out, "attribute", type->attribute);
    }
    out_bool(out, "out", argument->is_out);
    out_where(out, argument);
    out_what(out, view, argument);
    out_object_end(out);
}

/** 3DS messages are read by their descriptors alone if need be. */
static bool can_iterate(const struct arguments_view *view)
{
    return view->command || view->message.ctr;
}

void arguments_out(GString *out, const struct arguments_view *view)
{
    struct ipcshark_arguments arguments;
    struct ipcshark_argument argument;

    if (!view->of)
        return;
    out_string(out, view->message.cmif ? "interface" : "service", view->of);
    if (view->has_id && !view->message.ctr) /* That has it among its own members. */
        out_number(out, "command_id", view->id);
    out_string(out, "command", view->name);
    out_bool(out, "described", view->command != NULL);
    out_array(out, "arguments");
    if (can_iterate(view)) {
        ipcshark_arguments_begin(&arguments, view->command, &view->message);
        for (unsigned int n = 0; ipcshark_arguments_next(&arguments, &argument); n++)
            out_argument(out, view, n, &argument);
    }
    out_array_end(out);
}

/* ---- For people ---- */

/** One line: JSON is what both people and programs read. */
static char *value_text(const struct arguments_view *view, const struct ipcshark_argument *argument)
{
    const char *enumerator = ipcshark_enumerator_name(argument->type, argument->value);
    GString *text = g_string_new("[");

    if (!argument->present) {
        g_string_assign(text, argument->length ? " (cut off)" : " (not in this message)");
    } else if (is_raw(argument->type)) {
        out_raw(text, NULL, argument, view->message.bytes, view->message.length);
        if (enumerator)
            g_string_append_printf(text, " (%s)", enumerator);
    } else if (is_buffer(argument->type)) {
        g_string_append_printf(
            text, "0x%" G_GINT64_MODIFIER "x bytes at 0x%" G_GINT64_MODIFIER "x, %s",
            argument->buffer_size, argument->address, place_name(argument->place));
    } else {
        g_string_append_printf(text, "0x%" G_GINT64_MODIFIER "x, %s", argument->value,
                               place_name(argument->place));
    }
    g_string_erase(text, 0, 1); /* What kept a comma away. */
    return g_string_free(text, FALSE);
}

static void add_row(struct table *table, const struct arguments_view *view, unsigned int n,
                    const struct ipcshark_argument *argument)
{
    g_autofree char *text = value_text(view, argument);
    char own[ARGUMENTS_KEY_SIZE];

    table_row(table, argument->offset, argument->present ? argument->length : 0, "%s %s%s = %s",
              argument->type->name, arguments_key(argument->name, argument->type, n, own),
              argument->is_out ? " (out)" : "", text);
}

void arguments_table(struct table *table, const struct arguments_view *view)
{
    struct ipcshark_arguments arguments;
    struct ipcshark_argument argument;
    g_autofree char *number = g_strdup_printf("%u", view->id);

    if (!view->of)
        return;
    table_title(table, "\n  %s.%s%s", view->of, view->name ? view->name : number,
                can_iterate(view) ? "" : ": what it takes is not known");
    if (!can_iterate(view))
        return;
    ipcshark_arguments_begin(&arguments, view->command, &view->message);
    for (unsigned int n = 0; ipcshark_arguments_next(&arguments, &argument); n++)
        add_row(table, view, n, &argument);
}
