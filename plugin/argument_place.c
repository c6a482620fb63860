/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file argument_place.c What carries an argument, and where the record keeps its contents. */
#include "arguments.h"

#include <ipcshark/contents.h>
#include <string.h>

/* Paths have up to 0x300 bytes (FspPath); what is longer is no name of anything. */
#define MAX_TEXT 0x300

bool argument_is_buffer(const struct ipcshark_type *type)
{
    return type->kind >= IPCSHARK_TYPE_BUFFER;
}

/* ---- Sections ---- */

/* docs/capture-format.md: BUFFER has the "number of the argument", of buffers alone. */
static uint16_t buffer_number(const struct ipcshark_command *command, const char *name)
{
    uint16_t number = 0;

    for (uint16_t n = 0; n < command->in_count + command->out_count; n++) {
        const struct ipcshark_field *field =
            n < command->in_count ? &command->in[n] : &command->out[n - command->in_count];

        if (field->name == name)
            return number;
        number += argument_is_buffer(field->type);
    }
    return number;
}

bool argument_contents(const struct argument_view *view, const struct ipcshark_argument *value,
                       struct record_section *section)
{
    uint16_t index, type = ipcshark_argument_section(&view->message, value, &index);

    if (!argument_is_buffer(value->type))
        return false;
    if (view->is_fragment)
        return record_section(view->context, IPCTAP_BUFFER,
                              buffer_number(view->command, value->name), section);
    return type && record_section(view->context, type, index, section);
}

/* ---- In words ---- */

const char *argument_place_text(const struct argument_view *view,
                                const struct ipcshark_argument *value)
{
    static const char *const words[] = {
        [IPCSHARK_PLACE_COPY_HANDLE] = "copy handle",
        [IPCSHARK_PLACE_MOVE_HANDLE] = "move handle",
        [IPCSHARK_PLACE_OBJECT_ID] = "domain object",
        [IPCSHARK_PLACE_POINTER] = "pointer descriptor",
        [IPCSHARK_PLACE_SEND] = "send descriptor",
        [IPCSHARK_PLACE_RECEIVE] = "receive descriptor",
        [IPCSHARK_PLACE_EXCHANGE] = "exchange descriptor",
        [IPCSHARK_PLACE_RECEIVE_LIST] = "receive list entry",
        [IPCSHARK_PLACE_TRANSLATE] = "translate parameter",
    };
    wmem_allocator_t *pool = view->context->pinfo->pool;
    bool is_auto = value->type->kind == IPCSHARK_TYPE_BUFFER &&
                   value->type->attribute & IPCSHARK_BUFFER_AUTO_SELECT;

    if (value->place >= array_length(words) || !words[value->place])
        return NULL;
    return wmem_strdup_printf(pool, "%s [%u]%s", words[value->place], value->index,
                              is_auto ? " (auto-select)" : "");
}

/* ---- Texts in buffers ---- */

static bool is_zero(const uint8_t *bytes, size_t length)
{
    for (size_t n = 0; n < length; n++) {
        if (bytes[n])
            return false;
    }
    return true;
}

/* A path of the 3DS in UTF-16 begins with a character of ASCII. */
static const char *wide_text(wmem_allocator_t *pool, const struct record_section *section)
{
    const uint8_t *bytes = section->view.bytes;
    size_t length = section->view.captured_size & ~1u;
    const char *text;

    if (length < 4 || length > 2 * MAX_TEXT || !g_ascii_isprint(*bytes) || bytes[1] || !bytes[2])
        return NULL;
    text = record_wide_text(pool, &section->view);
    return strstr(text, "\xEF\xBF\xBD") ? NULL : plugin_escape(pool, text, strlen(text));
}

bool argument_is_text(const struct ipcshark_argument *value)
{
    const struct ipcshark_type *element = value->type->element;

    return element &&
           (element->kind == IPCSHARK_TYPE_TEXT || argument_ends_with(element->name, "Path") ||
            argument_ends_with(value->name, "path"));
}

/* Printable; at least two characters and nothing but zeros behind its end, unless it is known. */
const char *argument_contents_text(wmem_allocator_t *pool, const struct record_section *section,
                                   bool is_text)
{
    const uint8_t *bytes = section->view.bytes;
    size_t size = section->view.captured_size;
    size_t length = plugin_text_length(bytes, size);

    if (length == 1 && *bytes == '/' && is_zero(bytes + 1, size - 1))
        return "/";
    if (length == 1)
        return wide_text(pool, section);
    if (length < 2 || length > MAX_TEXT || !plugin_is_printable(bytes, length) ||
        !(is_text || is_zero(bytes + length, size - length)))
        return NULL;
    return wmem_strndup(pool, (const char *)bytes, length);
}
