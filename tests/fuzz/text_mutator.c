/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mutates an input that is text by its lines, bracketed parts and numbers: they are doubled,
 * dropped, moved, and replaced by numbers at which limits lie. Bytes without a plan and a
 * dictionary's words are tried, too.
 */
#include "mutator.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/** A piece of the text. */
struct piece {
    size_t start;
    size_t length;
};

/** The line around a random place, with its end. */
static struct piece random_line(const uint8_t *bytes, size_t size, uint32_t *state)
{
    size_t start = next(state) % size, end = start;

    while (start && bytes[start - 1] != '\n')
        start--;
    while (end < size && bytes[end] != '\n')
        end++;
    return (struct piece){start, end - start + (end < size)};
}

/** From a bracket to its fellow, counting those between; the rest of the text if it has none. */
static size_t bracket_length(const uint8_t *bytes, size_t size)
{
    size_t depth = 0;

    for (size_t n = 0; n < size; n++) {
        if (memchr("{[(<", bytes[n], 4))
            depth++;
        else if (memchr("}])>", bytes[n], 4) && --depth == 0)
            return n + 1;
    }
    return size;
}

static struct piece random_bracket(const uint8_t *bytes, size_t size, uint32_t *state)
{
    size_t at = next(state) % size;

    for (size_t n = 0; n < size; n++, at = (at + 1) % size) {
        if (memchr("{[(<", bytes[at], 4))
            return (struct piece){at, bracket_length(bytes + at, size - at)};
    }
    return (struct piece){0, 0};
}

static bool is_digit(uint8_t byte)
{
    return isxdigit(byte) != 0;
}

/** A run of hexadecimal digits, which is sometimes a word. */
static struct piece random_digits(const uint8_t *bytes, size_t size, uint32_t *state)
{
    size_t at = next(state) % size, end;

    for (size_t n = 0; n < size && !is_digit(bytes[at]); n++)
        at = (at + 1) % size;
    if (!is_digit(bytes[at]))
        return (struct piece){0, 0};
    for (; at && is_digit(bytes[at - 1]); at--)
        ;
    for (end = at; end < size && is_digit(bytes[end]); end++)
        ;
    return (struct piece){at, end - at};
}

/** Puts `with` in the piece's place; returns the new size, 0 if it does not fit. */
static size_t replace(uint8_t *bytes, size_t size, size_t capacity, struct piece piece,
                      const char *with, size_t length)
{
    size_t tail = piece.start + piece.length;

    if (size - piece.length + length > capacity)
        return 0;
    memmove(bytes + piece.start + length, bytes + tail, size - tail);
    memcpy(bytes + piece.start, with, length);
    return size - piece.length + length;
}

static size_t replace_number(uint8_t *bytes, size_t size, size_t capacity, uint32_t *state)
{
    struct piece piece = random_digits(bytes, size, state);
    char text[24];
    int length;

    if (!piece.length)
        return 0;
    /* Where dumps have two digits, two digits come back. */
    if (piece.length == 2 && next(state) % 4)
        length = snprintf(text, sizeof text, "%02x", next(state) % 0x100);
    else
        length = snprintf(text, sizeof text, next(state) % 2 ? "%" PRIu64 : "%" PRIx64,
                          next_number(state));
    return replace(bytes, size, capacity, piece, text, (size_t)length);
}

/** Drops the piece, or puts it at another place as well. */
static size_t move(uint8_t *bytes, size_t size, size_t capacity, struct piece piece,
                   uint32_t *state)
{
    static char copy[4096];
    struct piece target;

    if (!piece.length || next(state) % 3 == 0)
        return replace(bytes, size, capacity, piece, "", 0);
    if (piece.length > sizeof copy)
        return 0;
    memcpy(copy, bytes + piece.start, piece.length);
    target = next(state) % 2 ? random_line(bytes, size, state) : random_bracket(bytes, size, state);
    if (next(state) % 2)
        target.length = 0;
    return replace(bytes, size, capacity, target, copy, piece.length);
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t capacity, unsigned int seed)
{
    uint32_t state = seed;
    size_t made = 0;

    if (size == 0)
        return LLVMFuzzerMutate(bytes, size, capacity);
    switch (next(&state) % 6) {
    case 0:
        made = move(bytes, size, capacity, random_line(bytes, size, &state), &state);
        break;
    case 1:
        made = move(bytes, size, capacity, random_bracket(bytes, size, &state), &state);
        break;
    case 2:
    case 3:
        made = replace_number(bytes, size, capacity, &state);
        break;
    default:
        break;
    }
    return made ? made : LLVMFuzzerMutate(bytes, size, capacity);
}
