/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file argument_text.c Values of arguments in words. */
#include "arguments.h"

#include <string.h>

/* Longer raw values are told by their length. */
#define MAX_VALUE 64

bool argument_is_number(const struct ipcshark_type *type)
{
    return (type->kind >= IPCSHARK_TYPE_UNSIGNED && type->kind <= IPCSHARK_TYPE_BOOL) ||
           type->kind == IPCSHARK_TYPE_ENUM;
}

/* ---- Numbers ---- */

static bool is_signed(const struct ipcshark_type *type)
{
    return type->kind == IPCSHARK_TYPE_SIGNED ||
           (type->kind == IPCSHARK_TYPE_ENUM && type->element &&
            type->element->kind == IPCSHARK_TYPE_SIGNED);
}

static const char *float_text(wmem_allocator_t *pool, const struct ipcshark_argument *value)
{
    uint32_t bits = (uint32_t)value->value;
    double wide;
    float narrow;

    if (value->type->size == sizeof wide) {
        memcpy(&wide, &value->value, sizeof wide);
        return wmem_strdup_printf(pool, "%g", wide);
    }
    memcpy(&narrow, &bits, sizeof narrow);
    return wmem_strdup_printf(pool, "%g", (double)narrow);
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = text ? strlen(text) : 0, wanted = strlen(end);

    return length >= wanted && g_ascii_strcasecmp(text + length - wanted, end) == 0;
}

/* Ids of programs and titles are written with all of their 16 digits everywhere. */
static bool is_title_id(const struct ipcshark_argument *value)
{
    static const char *const ends[] = {"ProgramId",      "ApplicationId", "TitleId",
                                       "DataId",         "title_id",      "program_id",
                                       "application_id", "ContentMetaId"};

    if (value->type->size != 8)
        return false;
    for (size_t n = 0; n < array_length(ends); n++) {
        if (ends_with(value->type->name, ends[n]) || ends_with(value->name, ends[n]))
            return true;
    }
    return false;
}

static bool is_result(const struct ipcshark_argument *value)
{
    return value->type->size == 4 && ends_with(value->type->name, "Result");
}

static const char *number_text(const struct argument_view *view,
                               const struct ipcshark_argument *value)
{
    wmem_allocator_t *pool = view->context->pinfo->pool;
    const char *name = ipcshark_enumerator_name(value->type, value->value);

    if (name)
        return name;
    if (value->type->kind == IPCSHARK_TYPE_BOOL)
        return value->value ? "true" : "false";
    if (value->type->kind == IPCSHARK_TYPE_FLOAT)
        return float_text(pool, value);
    if (is_result(value))
        return call_result_text(view->context, (uint32_t)value->value);
    if (is_title_id(value))
        return wmem_strdup_printf(pool, "0x%016" PRIx64, value->value);
    if (is_signed(value->type))
        return wmem_strdup_printf(pool, "%" PRId64, (int64_t)value->value);
    /* Ids and addresses read better in hexadecimal, counts and modes in decimal. */
    return wmem_strdup_printf(pool,
                              value->value > UINT16_MAX && ends_with(value->name, "address")
                                  ? "0x%" PRIx64
                              : value->value > UINT32_MAX ? "0x%" PRIx64
                                                          : "%" PRIu64,
                              value->value);
}

/* ---- Other raw data ---- */

/* A structure of one named number ("struct { u64 value; }" of an id) is that number. */
static bool is_wrapped_id(const struct ipcshark_argument *value)
{
    return value->type->kind == IPCSHARK_TYPE_STRUCT && value->type->count == 1 &&
           is_title_id(value) && argument_is_number(value->type->field[0].type);
}

static const char *raw_text(const struct argument_view *view, const struct ipcshark_argument *value,
                            const uint8_t *message)
{
    wmem_allocator_t *pool = view->context->pinfo->pool;
    const uint8_t *bytes = message + value->offset;
    const char *text;

    if (argument_is_number(value->type))
        return number_text(view, value);
    if (is_wrapped_id(value))
        return wmem_strdup_printf(pool, "0x%016" PRIx64, value->value);
    if (value->type->kind == IPCSHARK_TYPE_TEXT) {
        text = plugin_escape(pool, bytes, plugin_text_length(bytes, value->length));
        return wmem_strdup_printf(pool, "\"%s\"", text);
    }
    if (value->type->kind == IPCSHARK_TYPE_STRUCT || value->length > MAX_VALUE)
        return wmem_strdup_printf(pool, "%u bytes", value->length);
    return bytes_to_str(pool, bytes, value->length);
}

/* ---- Buffers and handles ---- */

/* Room that the other side fills: only its size says something yet. */
static bool is_room(const struct argument_view *view, const struct ipcshark_argument *value)
{
    if (value->type->kind == IPCSHARK_TYPE_MAPPED && !view->is_reply)
        return value->type->attribute == 2;
    return value->is_out && !view->is_reply;
}

static const char *buffer_text(const struct argument_view *view,
                               const struct ipcshark_argument *value)
{
    wmem_allocator_t *pool = view->context->pinfo->pool;
    struct record_section section;
    const char *text = NULL;

    if (!is_room(view, value) && argument_contents(view, value, &section))
        text = argument_contents_text(pool, &section);
    if (text)
        return wmem_strdup_printf(pool, "\"%s\"", text);
    if (!value->present && !argument_contents(view, value, &section))
        return NULL;
    return wmem_strdup_printf(pool, "%s %" PRIu64,
                              is_room(view, value) || value->is_out ? "out" : "in",
                              value->present ? value->buffer_size : section.view.declared_size);
}

static const char *handle_text(const struct argument_view *view,
                               const struct ipcshark_argument *value)
{
    wmem_allocator_t *pool = view->context->pinfo->pool;

    if (view->handle_note && value->index == 0)
        return wmem_strdup_printf(pool, "0x%" PRIx64 " (%s)", value->value, view->handle_note);
    return wmem_strdup_printf(pool, "0x%" PRIx64, value->value);
}

const char *argument_value_text(const struct argument_view *view,
                                const struct ipcshark_argument *value, const uint8_t *bytes)
{
    wmem_allocator_t *pool = view->context->pinfo->pool;

    if (argument_is_buffer(value->type))
        return buffer_text(view, value);
    if (!value->present)
        return NULL;
    switch (value->place) {
    case IPCSHARK_PLACE_RAW:
        return raw_text(view, value, bytes);
    case IPCSHARK_PLACE_OBJECT_ID:
        return wmem_strdup_printf(pool, "#%" PRIu64, value->value);
    case IPCSHARK_PLACE_PID:
        return wmem_strdup_printf(pool, "%" PRIu64, value->value);
    default:
        return handle_text(view, value);
    }
}
