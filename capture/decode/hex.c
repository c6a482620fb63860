/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hex.h"

#include "json_in.h"

#include <string.h>

void hex_append_word(GByteArray *bytes, guint32 word)
{
    guint32 little = GUINT32_TO_LE(word);

    g_byte_array_append(bytes, (const guint8 *)&little, sizeof little);
}

static bool is_separator(char character)
{
    return g_ascii_isspace(character) || (character && strchr(",;:-|[]{}()\\", character));
}

static gsize count_digits(const char *text, gsize length)
{
    gsize digits = 0;

    while (digits < length && g_ascii_isxdigit(text[digits]))
        digits++;
    return digits;
}

static guint8 digit_pair(const char *text)
{
    return (guint8)(g_ascii_xdigit_value(text[0]) << 4 | g_ascii_xdigit_value(text[1]));
}

/** Whether a number has more digits than a byte: then all that are written with 0x are words. */
static bool has_words(const char *text, gsize length)
{
    for (gsize i = 0; i + 4 < length; i++) {
        if (text[i] == '0' && (text[i + 1] | 0x20) == 'x' &&
            count_digits(text + i + 2, length - i - 2) > 2)
            return true;
    }
    return false;
}

/** "0x4", "0x04": a byte, or a word if others are; "0x00100004": a word. */
static bool append_prefixed(GByteArray *bytes, const char *text, gsize digits, bool words)
{
    g_autofree char *number = g_strndup(text, digits);
    guint64 value = g_ascii_strtoull(number, NULL, 16);
    guint8 byte = (guint8)value;

    if (!digits || digits > 8)
        return false;
    if (!words)
        g_byte_array_append(bytes, &byte, 1);
    else
        hex_append_word(bytes, (guint32)value);
    return true;
}

static bool append_plain(GByteArray *bytes, const char *text, gsize digits)
{
    if (digits % 2)
        return false;
    for (gsize i = 0; i < digits; i += 2) {
        guint8 byte = digit_pair(text + i);

        g_byte_array_append(bytes, &byte, 1);
    }
    return true;
}

/** Digits of one token and their prefix; 0 if there is none. */
static gsize append_token(GByteArray *bytes, const char *text, gsize length, bool words)
{
    bool prefixed = length > 2 && text[0] == '0' && (text[1] | 0x20) == 'x';
    gsize skip = prefixed ? 2 : length > 1 && text[0] == 'x' ? 1 : 0;
    gsize digits = count_digits(text + skip, length - skip);
    bool taken = digits && (prefixed ? append_prefixed(bytes, text + 2, digits, words)
                                     : append_plain(bytes, text + skip, digits));

    return taken ? skip + digits : 0;
}

/**
 * The part of a dump's line that holds bytes: without "00000000: " or "00000000  " in front and the
 * characters behind. Other lines are taken whole.
 */
static void trim_dump_line(const char **line, gsize *length)
{
    gsize digits = count_digits(*line, *length);
    const char *start = *line + digits;
    const char *end = *line + *length;
    const char *text;

    if (digits < 4 || digits > 8 || *length < digits + 2)
        return;
    if (!(start[0] == ':' && start[1] == ' ') && !(start[0] == ' ' && start[1] == ' '))
        return;
    text = start[0] == ':' ? g_strstr_len(start + 2, end - start - 2, "  ")
                           : memchr(start, '|', (gsize)(end - start));
    start += 2;
    *line = start;
    *length = (gsize)((text ? text : end) - start);
}

static bool parse_line(GByteArray *bytes, const char *line, gsize length, bool words,
                       const char **problem)
{
    gsize at = 0;

    trim_dump_line(&line, &length);
    while (at < length) {
        gsize taken;

        if (is_separator(line[at])) {
            at++;
            continue;
        }
        taken = append_token(bytes, line + at, length - at, words);
        *problem = line + at;
        if (!taken)
            return false;
        at += taken;
    }
    return true;
}

GByteArray *hex_parse(const char *text, gsize length, GError **error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    const char *end = text + length;
    const char *problem = NULL;
    bool words = has_words(text, length);

    for (const char *line = text; line < end;) {
        const char *newline = memchr(line, '\n', (gsize)(end - line));
        gsize size = (gsize)((newline ? newline : end) - line);

        if (!parse_line(bytes, line, size, words, &problem)) {
            g_set_error(error, IN_ERROR, 0,
                        "character %u is no hexadecimal byte (two digits each, 0x and up to eight "
                        "digits for a word)",
                        (unsigned int)(problem - text + 1));
            return NULL;
        }
        line += size + 1;
    }
    return g_steal_pointer(&bytes);
}
