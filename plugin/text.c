/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file text.c A line of text, piece by piece. See text.h. */
#include "text.h"

/* One byte is kept for the NUL. */
#define ROOM (TEXT_SIZE - 1)

/* A character at the end may be cut: without it, if it is none of ASCII. */
static size_t whole_characters(const char *bytes, size_t length)
{
    while (length && ((unsigned char)bytes[length - 1] & 0xC0) == 0x80)
        length--;
    if (length && (unsigned char)bytes[length - 1] >= 0xC0)
        length--;
    return length;
}

void text_add_bytes(struct text *text, const char *bytes, size_t length)
{
    if (text->is_full)
        return;
    if (length > ROOM - text->length) {
        text->is_full = true;
        length = whole_characters(bytes, ROOM - text->length);
    }
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
}

void text_separate(struct text *text, size_t start)
{
    if (text->length > start)
        text_add_bytes(text, ", ", 2);
}

void text_add_unsigned(struct text *text, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;

    do
        digits[--at] = (char)('0' + value % 10);
    while (value /= 10);
    text_add_bytes(text, digits + at, sizeof digits - at);
}

void text_add_signed(struct text *text, int64_t value)
{
    if (value < 0)
        text_add_bytes(text, "-", 1);
    text_add_unsigned(text, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

static void add_digits(struct text *text, uint64_t value, const char *alphabet)
{
    char digits[2 + 16];
    size_t at = sizeof digits;

    do
        digits[--at] = alphabet[value & 0xF];
    while (value >>= 4);
    digits[--at] = 'x';
    digits[--at] = '0';
    text_add_bytes(text, digits + at, sizeof digits - at);
}

void text_add_hex(struct text *text, uint64_t value)
{
    add_digits(text, value, "0123456789abcdef");
}

void text_add_upper_hex(struct text *text, uint64_t value)
{
    add_digits(text, value, "0123456789ABCDEF");
}

char *text_room(struct text *text, size_t *size)
{
    *size = TEXT_SIZE - text->length;
    return text->bytes + text->length;
}

void text_took(struct text *text, int length)
{
    size_t took = length > 0 ? (size_t)length : 0;

    if (text->is_full)
        return;
    text->is_full = took > ROOM - text->length;
    if (text->is_full)
        took = whole_characters(text->bytes + text->length, ROOM - text->length);
    text->length += took;
}

void text_add_format(struct text *text, const char *format, ...)
{
    va_list arguments;
    size_t size;
    char *room = text_room(text, &size);

    va_start(arguments, format);
    text_took(text, g_vsnprintf(room, (gulong)size, format, arguments));
    va_end(arguments);
}

const char *text_end(struct text *text)
{
    text->bytes[text->length] = '\0';
    return text->bytes;
}

char *text_copy(const struct text *text, wmem_allocator_t *pool)
{
    return text->length ? wmem_strndup(pool, text->bytes, text->length) : NULL;
}
