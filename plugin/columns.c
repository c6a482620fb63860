/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file columns.c Packet list columns and generated items, shared by all dissectors. */
#include "plugin.h"

void plugin_set_protocol(packet_info *pinfo, const char *protocol)
{
    if (pinfo->cinfo)
        col_set_str(pinfo->cinfo, COL_PROTOCOL, protocol);
}

/* A fence keeps what earlier records of the packet wrote, and TCP's own notes, which end with a
 * space. */
void plugin_next_info(packet_info *pinfo)
{
    const char *text = col_get_text(pinfo->cinfo, COL_INFO);

    if (text && *text && !g_str_has_suffix(text, " "))
        col_append_str(pinfo->cinfo, COL_INFO, " | ");
    col_set_fence(pinfo->cinfo, COL_INFO);
}

void plugin_info(const struct call_context *context, const char *format, ...)
{
    va_list arguments;
    size_t size;
    char *room;

    if (!context->info)
        return;
    room = text_room(context->info, &size);
    va_start(arguments, format);
    text_took(context->info, g_vsnprintf(room, (gulong)size, format, arguments));
    va_end(arguments);
}

/* As much of a text as Info has room for beside the rest, and a NUL. */
#define MAX_SHOWN_TEXT 48

/* Up to the last whole character. */
static size_t shown_length(const char *bytes, size_t captured)
{
    size_t length = MAX_SHOWN_TEXT;

    if (captured <= MAX_SHOWN_TEXT + 1)
        return captured;
    while (length > MAX_SHOWN_TEXT - 4 && ((unsigned char)bytes[length] & 0xC0) == 0x80)
        length--;
    return length;
}

void plugin_info_contents(const struct call_context *context, const void *bytes, size_t captured,
                          uint64_t size)
{
    struct text *info = context->info;
    size_t length = shown_length((const char *)bytes, captured);
    const char *text = plugin_printable_text(context->pinfo->pool, bytes, length);
    const char *quote = text && (*text == '{' || *text == '[') ? "" : "\"";

    if (!text || (length == captured && captured < size)) {
        text_add_unsigned(info, size);
        text_add(info, size == 1 ? " byte" : " bytes");
        return;
    }
    text_add(info, quote);
    text_add(info, text);
    text_add(info, length < captured ? "\xE2\x80\xA6" : "");
    text_add(info, quote);
}

void plugin_flush_info(const struct call_context *context)
{
    column_info *columns = context->pinfo->cinfo;

    if (!context->info || context->info->length == 0)
        return;
    if (context->is_alone && !context->wants_trees) /* Nobody else writes; see ipctap.c. */
        col_set_str(columns, COL_INFO, text_end(context->info));
    else
        col_append_str(columns, COL_INFO, text_end(context->info));
    text_begin(context->info);
}

/* A length of -1 would throw an exception for an empty tvb. */
proto_item *plugin_add_all(proto_tree *tree, int hf, tvbuff_t *tvb)
{
    return proto_tree_add_item(tree, hf, tvb, 0, (int)tvb_captured_length(tvb), ENC_NA);
}

void plugin_add_layer(const struct call_context *context, int protocol)
{
    if (context->layers)
        proto_tree_add_item(context->layers, protocol, context->tvb, 0, 0, ENC_NA);
}

proto_item *plugin_add_generated_string(proto_tree *tree, int hf, tvbuff_t *tvb, const char *text)
{
    proto_item *item;

    if (!text)
        return NULL;
    item = proto_tree_add_string(tree, hf, tvb, 0, 0, text);
    proto_item_set_generated(item);
    return item;
}

proto_item *plugin_add_generated_uint(proto_tree *tree, int hf, tvbuff_t *tvb, uint32_t value)
{
    proto_item *item = proto_tree_add_uint(tree, hf, tvb, 0, 0, value);

    proto_item_set_generated(item);
    return item;
}
