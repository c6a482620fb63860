/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file id_text.c
 * Whether a file is text at all: UTF-8 without control characters. Its names go into dissections,
 * JSON and onto terminals, and nothing behind here looks at them again.
 */
#include "id_internal.h"

#include <stdio.h>
#include <string.h>

/** Well-formed sequences by their first byte, and what the second may be (Unicode, table 3-7). */
static const struct {
    uint8_t first, last, length, second_from, second_to;
} sequences[] = {
    {0xC2, 0xDF, 2, 0x80, 0xBF}, {0xE0, 0xE0, 3, 0xA0, 0xBF}, {0xE1, 0xEC, 3, 0x80, 0xBF},
    {0xED, 0xED, 3, 0x80, 0x9F}, {0xEE, 0xEF, 3, 0x80, 0xBF}, {0xF0, 0xF0, 4, 0x90, 0xBF},
    {0xF1, 0xF3, 4, 0x80, 0xBF}, {0xF4, 0xF4, 4, 0x80, 0x8F},
};

static bool is_continued(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if ((bytes[i] & 0xC0) != 0x80)
            return false;
    }
    return true;
}

/** Bytes of the character that starts here, 0 if that is none. */
static size_t character_length(const uint8_t *bytes, size_t left)
{
    if (*bytes < 0x80)
        return 1;
    for (size_t i = 0; i < sizeof sequences / sizeof *sequences; i++) {
        size_t length = sequences[i].length;

        if (*bytes < sequences[i].first || *bytes > sequences[i].last)
            continue;
        if (length > left || bytes[1] < sequences[i].second_from ||
            bytes[1] > sequences[i].second_to || !is_continued(bytes + 2, length - 2))
            return 0;
        return length;
    }
    return 0;
}

/** ASCII's but tab and line ends, and those that Unicode has from U+0080 to U+009F. */
static bool is_control(unsigned int character)
{
    if (character == '\t' || character == '\n' || character == '\r')
        return false;
    return character < 0x20 || (character >= 0x7F && character < 0xA0);
}

/** As far as that matters here: of one byte, or of two that begin with 0xC2. */
static unsigned int character_at(const uint8_t *bytes, size_t length)
{
    if (length == 2 && *bytes == 0xC2)
        return bytes[1];
    return length == 1 ? *bytes : 0x100;
}

static bool fail(struct id_parser *parser, size_t offset, const char *before, unsigned int number,
                 const char *behind)
{
    char text[64];

    snprintf(text, sizeof text, "%s0x%02X%s", before, number, behind);
    return ipcshark_id_fail(parser, offset, text);
}

/** What Windows calls a byte order mark says which of Unicode's encodings follows. */
static bool skip_mark(struct id_parser *parser)
{
    const char *text = parser->text;

    if (parser->length >= 2 && (!memcmp(text, "\xFF\xFE", 2) || !memcmp(text, "\xFE\xFF", 2)))
        return ipcshark_id_fail(parser, 0, "this is UTF-16; UTF-8 is read");
    if (parser->length >= 3 && !memcmp(text, "\xEF\xBB\xBF", 3)) {
        parser->text += 3;
        parser->length -= 3;
    }
    return true;
}

bool ipcshark_id_check_text(struct id_parser *parser)
{
    if (!skip_mark(parser))
        return false;
    for (size_t offset = 0; offset < parser->length;) {
        const uint8_t *here = (const uint8_t *)parser->text + offset;
        size_t length = character_length(here, parser->length - offset);

        if (!length)
            return fail(parser, offset, "the byte ", *here, " is no UTF-8 here");
        if (is_control(character_at(here, length)))
            return fail(parser, offset, "a control character (", character_at(here, length),
                        "); this is no text");
        offset += length;
    }
    return true;
}
