/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file argument_text.c Values of arguments in words. */
#include "arguments.h"
#include "handles.h"

#include <ipcshark/names.h>
#include <string.h>

/* Longer raw values are told by their length. */
#define MAX_VALUE 64

/* Of a structure so many members are told in a line. */
#define MAX_TOLD 4

bool argument_is_number(const struct ipcshark_type *type)
{
    return (type->kind >= IPCSHARK_TYPE_UNSIGNED && type->kind <= IPCSHARK_TYPE_BOOL) ||
           type->kind == IPCSHARK_TYPE_ENUM;
}

/* ---- Numbers ---- */

bool argument_is_signed(const struct ipcshark_type *type)
{
    return type->kind == IPCSHARK_TYPE_SIGNED ||
           (type->kind == IPCSHARK_TYPE_ENUM && type->element &&
            type->element->kind == IPCSHARK_TYPE_SIGNED);
}

double argument_real(const struct ipcshark_argument *value)
{
    uint32_t bits = (uint32_t)value->value;
    double wide;
    float narrow;

    memcpy(&wide, &value->value, sizeof wide);
    memcpy(&narrow, &bits, sizeof narrow);
    return value->type->size == sizeof wide ? wide : (double)narrow;
}

bool argument_ends_with(const char *text, const char *end)
{
    size_t length = text ? strlen(text) : 0, wanted = strlen(end);

    return length >= wanted && g_ascii_strcasecmp(text + length - wanted, end) == 0;
}

/* Ids of programs and titles are written with all of their 16 digits everywhere. */
static bool is_title_id(const struct ipcshark_argument *value)
{
    static const char *const ends[] = {
        "ProgramId", "ApplicationId", "TitleId",        "DataId", "ContentMetaId",
        "title_id",  "program_id",    "data_id",        "tid",    "owner_id",
        "patch_id",  "save_id",       "application_id", "app_id", "saveId",
    };

    if (value->type->size != 8 || !(argument_ends_with(value->type->name, "d") ||
                                    argument_ends_with(value->name, "d"))) /* As all of them. */
        return false;
    for (size_t n = 0; n < array_length(ends); n++) {
        if (argument_ends_with(value->type->name, ends[n]) ||
            argument_ends_with(value->name, ends[n]))
            return true;
    }
    return false;
}

static bool is_result(const struct ipcshark_argument *value)
{
    return value->type->size == 4 && argument_ends_with(value->type->name, "Result");
}

/* Ids and addresses read better in hexadecimal, counts and modes in decimal. */
static bool is_hexadecimal(const struct ipcshark_argument *value)
{
    return value->value > UINT32_MAX ||
           (value->value > UINT16_MAX && argument_ends_with(value->name, "address"));
}

static void add_integer(struct text *text, const struct ipcshark_argument *value)
{
    if (argument_is_signed(value->type))
        text_add_signed(text, (int64_t)value->value);
    else if (is_hexadecimal(value))
        text_add_hex(text, value->value);
    else
        text_add_unsigned(text, value->value);
}

/* "0x0100000000001000 (qlaunch)". */
static void add_title_id(struct text *text, const struct argument_view *view, uint64_t id)
{
    bool is_horizon = view->context->header->platform == IPCTAP_HORIZON;
    const char *name = is_horizon ? horizon_program_name(id) : NULL;

    text_add_format(text, "0x%016" PRIx64, id);
    if (!name)
        return;
    text_add(text, " (");
    text_add(text, name);
    text_add(text, ")");
}

static void add_number(struct text *text, const struct argument_view *view,
                       const struct ipcshark_argument *value)
{
    const char *name = ipcshark_enumerator_name(value->type, value->value);

    if (name)
        text_add(text, name);
    else if (value->type->kind == IPCSHARK_TYPE_BOOL)
        text_add(text, value->value ? "true" : "false");
    else if (value->type->kind == IPCSHARK_TYPE_FLOAT)
        text_add_format(text, "%g", argument_real(value));
    else if (is_result(value))
        call_add_result(text, view->context, (uint32_t)value->value);
    else if (is_title_id(value))
        add_title_id(text, view, value->value);
    else
        add_integer(text, value);
}

/* ---- Other raw data ---- */

/* A structure of one named number ("struct { u64 value; }" of an id) is that number. */
static bool is_wrapped_id(const struct ipcshark_argument *value)
{
    return value->type->kind == IPCSHARK_TYPE_STRUCT && value->type->count == 1 &&
           is_title_id(value) && argument_is_number(value->type->field[0].type);
}

static void add_quoted(struct text *text, const char *piece)
{
    text_add(text, "\"");
    text_add(text, piece);
    text_add(text, "\"");
}

/* "type ctr::NameUtf16 = bytes<0x20C>;" */
static bool is_wide_text(const struct ipcshark_type *type)
{
    return type->kind == IPCSHARK_TYPE_BYTES && argument_ends_with(type->name, "Utf16");
}

static void add_wide_text(struct text *text, wmem_allocator_t *pool, const uint8_t *bytes,
                          uint32_t length)
{
    const struct ipctap_section section = {.bytes = bytes, .captured_size = length};
    const char *wide = record_wide_text(pool, &section);

    add_quoted(text, plugin_escape(pool, wide, strlen(wide)));
}

static void add_raw(struct text *text, const struct argument_view *view,
                    const struct ipcshark_argument *value, const uint8_t *message)
{
    wmem_allocator_t *pool = view->context->pinfo->pool;
    const uint8_t *bytes = message + value->offset;

    if (argument_is_number(value->type)) {
        add_number(text, view, value);
    } else if (is_wrapped_id(value)) {
        add_title_id(text, view, value->value);
    } else if (value->type->kind == IPCSHARK_TYPE_TEXT) {
        add_quoted(text, plugin_escape(pool, bytes, plugin_text_length(bytes, value->length)));
    } else if (is_wide_text(value->type)) {
        add_wide_text(text, pool, bytes, value->length);
    } else if (value->type->kind == IPCSHARK_TYPE_STRUCT || value->length > MAX_VALUE) {
        text_add_unsigned(text, value->length);
        text_add(text, " bytes");
    } else {
        text_add(text, bytes_to_str(pool, bytes, value->length));
    }
}

static bool is_filler(const struct ipcshark_argument *value)
{
    return !*value->name || g_str_has_prefix(value->name, "padding") ||
           g_str_has_prefix(value->name, "reserved");
}

/* "{id=0x0100000000001000, version=65536}"; structures within it are told by their length. */
static void add_struct(struct text *text, const struct argument_view *view,
                       const struct ipcshark_argument *value, const uint8_t *bytes)
{
    size_t end = (size_t)value->offset + value->length;
    struct ipcshark_argument member;
    size_t start;
    int told = 0;

    text_add(text, "{");
    start = text->length;
    for (uint32_t n = 0; ipcshark_read_member(value, n, bytes, end, &member); n++) {
        if (is_filler(&member) || !member.present)
            continue;
        text_separate(text, start);
        if (told++ == MAX_TOLD) {
            text_add(text, "\u2026");
            break;
        }
        text_add(text, member.name);
        text_add(text, "=");
        add_raw(text, view, &member, bytes);
    }
    text_add(text, "}");
}

static void add_raw_or_struct(struct text *text, const struct argument_view *view,
                              const struct ipcshark_argument *value, const uint8_t *bytes)
{
    if (value->type->kind == IPCSHARK_TYPE_STRUCT && value->type->count && !is_wrapped_id(value))
        add_struct(text, view, value, bytes);
    else
        add_raw(text, view, value, bytes);
}

/* ---- Buffers and handles ---- */

/* Room that the other side fills: only its size says something yet. */
static bool is_room(const struct argument_view *view, const struct ipcshark_argument *value)
{
    if (value->type->kind == IPCSHARK_TYPE_MAPPED && !view->is_reply)
        return value->type->attribute == 2;
    return value->is_out && !view->is_reply;
}

/* The kernel gives back the first and the last page of a buffer apart. */
static bool is_in_parts(const struct argument_view *view, const struct ipctap_section *part)
{
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section section;
    int parts = 0;

    while (ipctap_section_next(view->context->record, &iterator, &section, NULL))
        parts += section.type == part->type && section.index == part->index;
    return parts > 1;
}

static void add_size(struct text *text, const struct argument_view *view,
                     const struct ipcshark_argument *value, const struct ipctap_section *section)
{
    bool is_known = value->present;

    if (!view->is_reply)
        text_add(text, value->is_out || is_room(view, value) ? "out " : "in ");
    text_add_unsigned(text, is_known ? value->buffer_size : section->declared_size);
    if (view->is_reply)
        text_add(text, is_known || !is_in_parts(view, section) ? " bytes" : " bytes and more");
}

static bool is_zero(const uint8_t *bytes, uint32_t size)
{
    while (size && !*bytes) {
        bytes++;
        size--;
    }
    return !size;
}

/* How many elements there are; behind the last is what was there before, mostly nothing. */
static uint32_t count_elements(const struct ipctap_section *section, uint32_t size)
{
    uint32_t count = arguments_limit(section->captured_size) / size;

    while (count && is_zero(section->bytes + (size_t)(count - 1) * size, size))
        count--;
    return count;
}

static void add_element(struct text *text, const struct argument_view *view,
                        const struct ipcshark_type *element, const struct ipctap_section *section,
                        uint32_t n)
{
    struct ipcshark_argument value;

    ipcshark_read_value(element, "", section->bytes, section->captured_size, n * element->size,
                        &value);
    add_raw_or_struct(text, view, &value, section->bytes);
}

/* "[0x0004001000021000, 0x0004001000021100]"; of structures the first. */
static void add_list(struct text *text, const struct argument_view *view,
                     const struct ipcshark_type *element, const struct ipctap_section *section,
                     uint32_t count)
{
    uint32_t most = element->kind == IPCSHARK_TYPE_STRUCT ? 1 : MAX_TOLD;
    size_t start;

    text_add(text, "[");
    start = text->length;
    for (uint32_t n = 0; n < MIN(count, most); n++) {
        text_separate(text, start);
        add_element(text, view, element, section, n);
    }
    if (count > most)
        text_add_format(text, ", %u more", count - most);
    else if (count == section->captured_size / element->size && is_in_parts(view, section))
        text_add(text, ", \u2026");
    text_add(text, "]");
}

/* False if nothing is known of what is in it. */
static bool add_elements(struct text *text, const struct argument_view *view,
                         const struct ipcshark_argument *value,
                         const struct ipctap_section *section)
{
    const struct ipcshark_type *element = value->type->element;
    uint32_t count;

    if (!argument_is_told_apart(element))
        return false;
    count = count_elements(section, element->size);
    if (!count)
        return false;
    if (argument_is_list(value, section->declared_size))
        add_list(text, view, element, section, count);
    else
        add_element(text, view, element, section, 0);
    return true;
}

static bool add_buffer(struct text *text, const struct argument_view *view,
                       const struct ipcshark_argument *value)
{
    bool room = is_room(view, value);
    struct record_section section;
    bool has_contents = argument_contents(view, value, &section);
    const char *contents =
        has_contents && !room
            ? argument_contents_text(view->context->pinfo->pool, &section, argument_is_text(value))
            : NULL;

    if (!value->present && !has_contents)
        return false;
    if (contents) {
        add_quoted(text, contents);
        return true;
    }
    if (!has_contents || room || !add_elements(text, view, value, &section.view))
        add_size(text, view, value, &section.view);
    return true;
}

static void add_handle(struct text *text, const struct argument_view *view,
                       const struct ipcshark_argument *value)
{
    text_add_hex(text, value->value);
    handles_add_name(text, view->context, (uint32_t)value->value);
}

/* "IFile#5", "#5" */
static void add_object(struct text *text, const struct argument_view *view, uint32_t id)
{
    const char *path = view->opened ? view->opened : handles_object_path(view->context, id);

    if (path) {
        text_add(text, path);
        return;
    }
    text_add(text, "#");
    text_add_unsigned(text, id);
}

bool argument_add_value(struct text *text, const struct argument_view *view,
                        const struct ipcshark_argument *value, const uint8_t *bytes)
{
    if (argument_is_buffer(value->type))
        return add_buffer(text, view, value);
    if (!value->present)
        return false;
    if (value->type->kind == IPCSHARK_TYPE_PID) { /* A translate parameter on the 3DS. */
        text_add_unsigned(text, value->value);
        return true;
    }
    switch (value->place) {
    case IPCSHARK_PLACE_RAW:
        add_raw_or_struct(text, view, value, bytes);
        break;
    case IPCSHARK_PLACE_OBJECT_ID:
        add_object(text, view, (uint32_t)value->value);
        break;
    default:
        add_handle(text, view, value);
    }
    return true;
}
