/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "text.h"

#include <glib.h>
#include <string.h>

struct text text_of(const char *line, size_t length)
{
    struct text text = {line, line + length};

    return text;
}

size_t text_left(const struct text *text)
{
    return (size_t)(text->end - text->at);
}

char text_peek(const struct text *text)
{
    if (text->at == text->end)
        return '\0';
    return *text->at;
}

size_t text_skip_blanks(struct text *text)
{
    const char *start = text->at;

    while (text_peek(text) == ' ' || text_peek(text) == '\t')
        text->at++;
    return (size_t)(text->at - start);
}

bool text_take(struct text *text, const char *literal)
{
    size_t length = strlen(literal);

    if (length > text_left(text) || g_ascii_strncasecmp(text->at, literal, length))
        return false;
    text->at += length;
    return true;
}

/** The next place that may begin so: most lines of a log have none. */
static const char *candidate(const struct text *text, char first)
{
    size_t left = text_left(text);
    const char *lower = memchr(text->at, g_ascii_tolower(first), left);
    const char *upper =
        memchr(text->at, g_ascii_toupper(first), lower ? (size_t)(lower - text->at) : left);

    return upper ? upper : lower;
}

bool text_find(struct text *text, const char *literal)
{
    struct text from = *text;

    for (; (from.at = candidate(&from, *literal)); from.at++) {
        if (text_take(&from, literal)) {
            *text = from;
            return true;
        }
    }
    return false;
}

size_t text_hex_run(const struct text *text)
{
    const char *at = text->at;

    while (at < text->end && g_ascii_isxdigit(*at))
        at++;
    return (size_t)(at - text->at);
}

bool text_hex(struct text *text, uint64_t *value, unsigned int *digits)
{
    size_t run = text_hex_run(text);

    if (run == 0 || run > 16)
        return false;
    *value = 0;
    for (size_t n = 0; n < run; n++)
        *value = *value << 4 | (uint64_t)g_ascii_xdigit_value(text->at[n]);
    text->at += run;
    if (digits)
        *digits = (unsigned int)run;
    return true;
}

bool text_decimal(struct text *text, uint64_t *value)
{
    const char *start = text->at;

    *value = 0;
    for (; g_ascii_isdigit(text_peek(text)); text->at++) {
        uint64_t digit = (uint64_t)g_ascii_digit_value(*text->at);

        if (*value > (UINT64_MAX - digit) / 10)
            return false;
        *value = *value * 10 + digit;
    }
    return text->at > start;
}

bool text_is_number(const char *name, uint64_t *value)
{
    struct text text = text_of(name, strlen(name));
    bool read = text_take(&text, "0x") ? text_hex(&text, value, NULL) : text_decimal(&text, value);

    return read && text_left(&text) == 0;
}

void text_copy_until(struct text *text, const char *stops, char *copy, size_t size)
{
    const char *start = text->at;
    size_t length;

    while (text->at < text->end && !strchr(stops, *text->at))
        text->at++;
    length = MIN((size_t)(text->at - start), size - 1);
    memcpy(copy, start, length);
    copy[length] = '\0';
}
