/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file text.h A cursor over one line; it never moves past the line's end. */
#ifndef IPCSHARK_IMPORT_TEXT_H
#define IPCSHARK_IMPORT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    const char *at;
    const char *end;
};

struct text text_of(const char *line, size_t length);
size_t text_left(const struct text *text);

/** The character under the cursor, 0 at the end. */
char text_peek(const struct text *text);

/** Skips blanks (spaces, tabs) and returns how many columns they took. */
size_t text_skip_blanks(struct text *text);

/** If the rest begins so (letters' case does not matter): moves past it. */
bool text_take(struct text *text, const char *literal);

/** Moves behind the first place that reads so (case does not matter); false: stays. */
bool text_find(struct text *text, const char *literal);

/** Hexadecimal digits, at least one. False: none, or more than 64 bits (`*value` is undefined). */
bool text_hex(struct text *text, uint64_t *value, unsigned int *digits);

bool text_decimal(struct text *text, uint64_t *value);

/** "0x1F" or "31", as a whole number and nothing behind it. */
bool text_is_number(const char *name, uint64_t *value);

/** Copies what stands before the first of `stops` (or all), cut to `size`, and moves there. */
void text_copy_until(struct text *text, const char *stops, char *copy, size_t size);

/** Length of the run of hexadecimal digits at the cursor. */
size_t text_hex_run(const struct text *text);

#endif
