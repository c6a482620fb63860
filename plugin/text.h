/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file text.h
 * A line of text that is built piece by piece in room of its own: the Info column, an argument's
 * value. Nothing is allocated. The piece that does not fit is cut, behind a whole character, and
 * nothing is added any more.
 */
#ifndef PLUGIN_TEXT_H
#define PLUGIN_TEXT_H

#include "compat.h"

#include <string.h>

/** Whether a text, or NULL, is that one: most differ in their first character. */
static inline bool text_equals(const char *text, const char *known)
{
    return text && *text == *known && strcmp(text, known) == 0;
}

/** As much as Wireshark's Info column takes. */
#define TEXT_SIZE COL_MAX_INFO_LEN

/** Begun by text_begin(): the bytes need no value. */
struct text {
    size_t length;
    bool is_full;
    char bytes[TEXT_SIZE]; /**< Ends with a NUL only after text_end(). */
};

static inline void text_begin(struct text *text)
{
    text->length = 0;
    text->is_full = false;
}

void text_add_bytes(struct text *text, const char *bytes, size_t length);

/** `piece` NULL: does nothing. Here, so that a constant's length is known. */
static inline void text_add(struct text *text, const char *piece)
{
    if (piece)
        text_add_bytes(text, piece, strlen(piece));
}

/** ", " unless nothing stands behind `start`, the length where a list began. */
void text_separate(struct text *text, size_t start);

/** "1234". */
void text_add_unsigned(struct text *text, uint64_t value);
void text_add_signed(struct text *text, int64_t value);

/** "0x12ab" and, for the systems whose people write them so, "0x12AB". */
void text_add_hex(struct text *text, uint64_t value);
void text_add_upper_hex(struct text *text, uint64_t value);

/** As printf: takes the time of twenty other pieces. */
void text_add_format(struct text *text, const char *format, ...) G_GNUC_PRINTF(2, 3);

/** Room for a function that prints like snprintf: `*size` bytes behind the returned one. */
char *text_room(struct text *text, size_t *size);
/** Such a function has printed, and returned `length`. */
void text_took(struct text *text, int length);

/** The text so far with a NUL behind it. */
const char *text_end(struct text *text);

/** The text of its own memory; NULL if it is empty. */
char *text_copy(const struct text *text, wmem_allocator_t *pool);

#endif
