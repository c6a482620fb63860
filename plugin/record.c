/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file record.c A record's sections for the dissectors of its kind. See plugin.h. */
#include "plugin.h"

#include "keep.h"

#include <string.h>

tvbuff_t *record_section_bytes(tvbuff_t *record, const struct ipctap_section *section)
{
    int start = (int)(section->offset + IPCTAP_SECTION_SIZE);

    if (section->captured_size == 0)
        start = MIN(start, (int)tvb_captured_length(record));
    return tvb_new_subset_length(record, start, (int)section->captured_size);
}

bool record_section(const struct call_context *context, uint16_t type, uint16_t index,
                    struct record_section *section)
{
    if (!record_find(context, type, index, &section->view))
        return false;
    section->tvb = context->wants_trees ? record_section_bytes(context->tvb, &section->view)
                                        : context->tvb;
    return true;
}

bool plugin_is_plain(const void *bytes, size_t length)
{
    const char *text = (const char *)bytes;

    for (size_t n = 0; n < length; n++) {
        if (text[n] < ' ' || text[n] > '~' || text[n] == '\\' || text[n] == '"')
            return false;
    }
    return true;
}

const char *plugin_escape(wmem_allocator_t *pool, const void *bytes, size_t length)
{
    if (plugin_is_plain(bytes, length))
        return wmem_strndup(pool, (const char *)bytes, length);
    return compat_format_text(pool, bytes, length);
}

const char *plugin_result_meaning(const char *text)
{
    const char *space = strchr(text, ' ');

    if (!g_ascii_isdigit(*text))
        return text;
    return space ? space + 1 : NULL;
}

bool plugin_is_printable(const void *bytes, size_t length)
{
    const char *text = (const char *)bytes;
    size_t n = 0;

    while (n < length && g_ascii_isprint(text[n]))
        n++;
    if (n == length)
        return true;
    if (!g_utf8_validate(text + n, (gssize)(length - n), NULL))
        return false;
    for (const char *at = text + n; at < text + length; at = g_utf8_next_char(at)) {
        if (g_unichar_iscntrl(g_utf8_get_char(at)))
            return false;
    }
    return true;
}

/* Lines of text are printable, and so is what stands between them. */
static bool is_lines(const char *text, size_t length)
{
    size_t start = 0;

    for (size_t n = 0; n < length; n++) {
        if (!g_ascii_isspace(text[n]))
            continue;
        if (!plugin_is_printable(text + start, n - start))
            return false;
        start = n + 1;
    }
    return plugin_is_printable(text + start, length - start);
}

const char *plugin_printable_text(wmem_allocator_t *pool, const void *bytes, size_t length)
{
    const char *text = (const char *)bytes;

    while (length && text[length - 1] == '\0')
        length--;
    return length && is_lines(text, length) ? plugin_escape(pool, bytes, length) : NULL;
}

size_t plugin_text_length(const void *bytes, size_t size)
{
    const uint8_t *end = size ? (const uint8_t *)memchr(bytes, 0, size) : NULL;

    return end ? (size_t)(end - (const uint8_t *)bytes) : size;
}

bool record_is_whole(const struct ipctap_section *section)
{
    return !section->cut && section->captured_size >= section->declared_size;
}

const char *record_text(const struct call_context *context, uint16_t type, uint16_t index)
{
    struct ipctap_section section;

    if (!record_find(context, type, index, &section) || !record_is_whole(&section))
        return NULL;
    return plugin_escape(context->pinfo->pool, section.bytes, section.captured_size);
}

const char *record_kept_text(const struct call_context *context, uint16_t type, uint16_t index)
{
    struct ipctap_section section;

    if (!record_find(context, type, index, &section) || !record_is_whole(&section))
        return NULL;
    return keep_escaped(context->pinfo->pool, section.bytes, section.captured_size);
}

const char *record_wide_text(wmem_allocator_t *pool, const struct ipctap_section *section)
{
    return (const char *)get_utf_16_string(pool, section->bytes,
                                           (int)(section->captured_size & ~1u), ENC_LITTLE_ENDIAN);
}

bool record_text_is(const struct call_context *context, uint16_t type, const char *known)
{
    struct ipctap_section section;
    size_t length = known ? strlen(known) : 0;

    return known && record_find(context, type, 0, &section) && record_is_whole(&section) &&
           section.captured_size == length && plugin_equal(section.bytes, known, length);
}

uint64_t record_u64(const struct call_context *context, uint16_t type)
{
    struct ipctap_section section;
    struct ipcshark_reader reader;

    if (!record_find(context, type, 0, &section))
        return 0;
    reader = ipcshark_reader(section.bytes, section.captured_size);
    return ipcshark_read_u64(&reader);
}

proto_item *record_add_contents(const struct call_context *context, proto_tree *tree, int hf,
                                uint16_t type, uint16_t index)
{
    struct record_section section;
    proto_item *item;

    if (!record_section(context, type, index, &section))
        return NULL;
    item = plugin_add_all(tree, hf, section.tvb);
    if (section.view.captured_size == 0 && section.view.declared_size)
        proto_item_set_text(item, "Room for %" PRIu64 " bytes", section.view.declared_size);
    else
        proto_item_append_text(item, ", %u bytes", section.view.captured_size);
    if (section.view.captured_size && section.view.captured_size < section.view.declared_size)
        proto_item_append_text(item, " of %" PRIu64, section.view.declared_size);
    if (section.view.address)
        proto_item_append_text(item, " at 0x%" PRIx64, section.view.address);
    return item;
}
