/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "text.h"

#include <string.h>

char *call_text(const uint8_t *bytes, size_t length)
{
    g_autofree char *copy = g_strndup((const char *)bytes, length);
    char *text = g_utf8_make_valid(copy, -1);

    for (char *at = text; *at; at = g_utf8_next_char(at)) {
        if (g_unichar_iscntrl(g_utf8_get_char(at)))
            memset(at, '?', (size_t)(g_utf8_next_char(at) - at));
    }
    return text;
}

char *call_record_text(const struct ipctap_record *record, uint16_t type, uint16_t index)
{
    struct ipctap_section section;

    if (!ipctap_section_find(record, type, index, &section))
        return g_strdup("");
    return call_text(section.bytes, MIN(section.captured_size, IPCTAP_MAX_NAME));
}

gboolean call_is_text(const uint8_t *bytes, size_t length)
{
    size_t end = 0;

    while (end < length && g_ascii_isprint(bytes[end]))
        end++;
    for (size_t n = end; n < length; n++) {
        if (bytes[n])
            return FALSE;
    }
    return end > 0;
}

void call_append_hex(GString *out, const uint8_t *bytes, size_t length, size_t limit)
{
    static const char digits[] = "0123456789abcdef";
    size_t shown = MIN(length, limit);

    for (size_t n = 0; n < shown; n++) {
        g_string_append_c(out, digits[bytes[n] >> 4]);
        g_string_append_c(out, digits[bytes[n] & 0xF]);
    }
    if (shown < length)
        g_string_append_printf(out, "… (%zu bytes)", length);
}
