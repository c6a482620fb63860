/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dump.h"

#include <ipcshark/writer.h>

#include <string.h>

enum {
    BYTES_A_LINE = 32, /**< The widest rows that hex editors print. */
    MIDDLE = 8,        /**< Where rows of bytes have a wider gap. */
};

void import_dump_reset(struct import_dump *dump)
{
    dump->style = IMPORT_DUMP_NONE;
    dump->length = 0;
    dump->dropped = 0;
    dump->last_size = 0;
    dump->repeats = false;
    dump->is_wide = false;
    dump->is_octal = false;
}

/** Bytes of one group of digits: "04" or "04001000". False: the digits do not pair up. */
static bool take_group(struct text *text, struct import_dump_line *line, size_t digits)
{
    if (digits % 2 || line->count + digits / 2 > sizeof line->bytes)
        return false;
    for (size_t n = 0; n < digits; n += 2) {
        line->bytes[line->count++] = (uint8_t)(g_ascii_xdigit_value(text->at[n]) << 4 |
                                               g_ascii_xdigit_value(text->at[n + 1]));
    }
    text->at += digits;
    return true;
}

static bool at_word_end(const struct text *text, size_t run)
{
    struct text behind = {text->at + run, text->end};
    char next = text_peek(&behind);

    return next == '\0' || next == ' ' || next == '\t' || next == '|' || next == ',';
}

/**
 * The bytes of a row, up to the column with their characters: behind '|', or behind a gap that is
 * no gap between bytes. Rows of single bytes may have one wider gap, in the middle.
 */
static void take_row(struct text *text, struct import_dump_line *line, bool has_middle)
{
    while (line->count < BYTES_A_LINE) {
        size_t gap = text_skip_blanks(text);
        size_t run = text_hex_run(text);

        if (line->count && (gap > 2 || (gap == 2 && !(has_middle && line->count == MIDDLE))))
            return;
        if (run == 0 || run % 2 || !at_word_end(text, run))
            return;
        take_group(text, line, run);
    }
}

/** hexdump's and od's rows of 16- or 32-bit words, which they print as numbers. */
static bool take_word_row(struct text *text, struct import_dump_line *line)
{
    size_t digits = text_hex_run(text);
    uint64_t word;

    if (digits != 4 && digits != 8)
        return false;
    while (line->count < BYTES_A_LINE && text_hex_run(text) == digits &&
           at_word_end(text, digits)) {
        if (!text_hex(text, &word, NULL))
            return false;
        for (size_t n = 0; n < digits / 2; n++)
            line->bytes[line->count++] = (uint8_t)(word >> 8 * n);
        text_skip_blanks(text);
    }
    return text_left(text) == 0 || text_peek(text) == '>';
}

/** "ipcm+0x10 | 53 46 …": any name will do. */
static bool read_console_line(struct text text, struct import_dump_line *line)
{
    struct text token = text;

    while (g_ascii_isalnum(text_peek(&token)) || text_peek(&token) == '_')
        token.at++;
    if (token.at == text.at || !text_take(&token, "+0x"))
        return false;
    line->style = IMPORT_DUMP_CONSOLE;
    if (!text_hex(&token, &line->offset, NULL)) {
        line->error = "the offset is no number";
        return true;
    }
    text_skip_blanks(&token);
    if (!text_take(&token, "|")) {
        line->error = "there is no \"|\" behind the offset";
        return true;
    }
    take_row(&token, line, true);
    if (line->count == 0)
        line->error = "there are no bytes between the bars";
    return true;
}

static bool is_byte(const struct text *text)
{
    return text_hex_run(text) == 2 && at_word_end(text, 2);
}

/** od counts so unless told otherwise. */
static uint64_t octal_number(struct text text)
{
    uint64_t value = 0;

    for (; text_peek(&text) >= '0' && text_peek(&text) <= '7'; text.at++)
        value = value << 3 | (uint64_t)(text_peek(&text) - '0');
    return value;
}

/** "00000010: 5346 …" and "00000010  53 46 …"; a bare row of bytes has no such first word. */
static bool read_offset_line(struct text text, struct import_dump_line *line, bool inside)
{
    unsigned int digits = 0;
    bool has_prefix = text_take(&text, "0x");
    bool has_colon;
    size_t gap;

    line->octal_offset = octal_number(text);
    if (!text_hex(&text, &line->offset, &digits))
        return false;
    has_colon = text_take(&text, ":");
    gap = text_skip_blanks(&text);
    if (has_prefix && (!has_colon || !is_byte(&text)))
        return false; /* An array's value, or a debugger's address before values. */
    if (text_left(&text) == 0 && inside && digits >= 6) {
        line->style = IMPORT_DUMP_OFFSET;
        line->ends = true; /* hexdump's last line is the size. */
        return true;
    }
    if (!has_colon && (digits == 6 || digits == 7) && take_word_row(&text, line)) {
        line->style = IMPORT_DUMP_OFFSET;
        return true;
    }
    line->count = 0;
    if (!has_colon && (!is_byte(&text) || digits < 4 || (digits < 6 && gap < 2)))
        return false;
    if (has_colon && (gap == 0 || digits < 4))
        return false;
    line->style = IMPORT_DUMP_OFFSET;
    take_row(&text, line, !has_colon);
    if (line->count == 0)
        line->error = "there are no bytes behind the offset";
    return true;
}

/** "0x1F" or, where an array is known to go on, "31". */
static bool take_value(struct text *text, bool inside, uint64_t *value, struct import_dump *dump,
                       bool *is_giant)
{
    unsigned int digits = 0;
    bool is_hex = text_take(text, "0x");

    if (!is_hex && !(inside && g_ascii_isdigit(text_peek(text))))
        return false;
    if (!(is_hex ? text_hex(text, value, &digits) : text_decimal(text, value)) ||
        (*value > UINT32_MAX && digits <= 8))
        dump->line.error = "a value is no number of up to 64 bits";
    *is_giant = digits > 8; /* gdb's "g" */
    dump->is_wide = dump->is_wide || digits > 2 || *value > UINT8_MAX;
    return true;
}

static void skip_separator(struct text *text)
{
    while (text_peek(text) && strchr("uUlL", text_peek(text)))
        text->at++;
    text_skip_blanks(text);
    text_take(text, ",");
    text_skip_blanks(text);
}

/** gdb's "0x7ffd2010:" and "0x7ffd2010 <buffer+16>:" before values. */
static void skip_address(struct text *text)
{
    struct text from = *text;
    uint64_t address;

    if (!text_take(&from, "0x") || !text_hex(&from, &address, NULL))
        return;
    text_skip_blanks(&from);
    if (text_take(&from, "<") && !text_find(&from, ">"))
        return;
    if (text_take(&from, ":"))
        *text = from;
}

/** The values of a line of an array; what stands before "{" and behind "}" is the language's. */
static bool read_array_line(struct text text, struct import_dump *dump)
{
    struct import_dump_line *line = &dump->line;
    bool inside = text_find(&text, "= {") || text_find(&text, "={") ||
                  dump->style == IMPORT_DUMP_ARRAY;
    bool is_giant = false;
    uint64_t value = 0;

    skip_address(&text);
    text_skip_blanks(&text);
    while (take_value(&text, inside, &value, dump, &is_giant)) {
        line->style = IMPORT_DUMP_ARRAY;
        if (line->error || line->count + 2 > G_N_ELEMENTS(dump->value))
            return true;
        dump->value[line->count++] = (uint32_t)value;
        if (is_giant)
            dump->value[line->count++] = (uint32_t)(value >> 32);
        inside = true;
        skip_separator(&text);
    }
    line->ends = text_find(&text, "}");
    return line->style != IMPORT_DUMP_NONE;
}

static bool read_bare_line(struct text text, struct import_dump_line *line)
{
    for (; text_left(&text); text_skip_blanks(&text)) {
        bool is_escaped = text_take(&text, "\\x");
        size_t run = is_escaped ? MIN(text_hex_run(&text), 2) : text_hex_run(&text);

        if (run == 0 || (!is_escaped && !at_word_end(&text, run)) || !take_group(&text, line, run))
            return false;
        text_take(&text, ",");
    }
    if (line->count)
        line->style = IMPORT_DUMP_BARE;
    return line->count > 0;
}

static void read_line(struct import_dump *dump, struct text text)
{
    struct import_dump_line *line = &dump->line;
    bool inside = dump->style == IMPORT_DUMP_OFFSET;

    line->style = IMPORT_DUMP_NONE;
    line->offset = 0;
    line->octal_offset = UINT64_MAX;
    line->count = 0;
    line->ends = false;
    line->repeats = false;
    line->error = NULL;
    text_skip_blanks(&text);
    if (inside && text_left(&text) == 1 && text_peek(&text) == '*') {
        line->style = dump->style;
        line->repeats = true;
        return;
    }
    if (read_console_line(text, line) || read_offset_line(text, line, inside))
        return;
    line->count = 0;
    if (read_array_line(text, dump))
        return;
    line->count = 0;
    if (!read_bare_line(text, line))
        line->count = 0;
}

static void append(struct import_dump *dump, const uint8_t *bytes, size_t count)
{
    size_t fit = MIN(count, sizeof dump->bytes - dump->length);

    memcpy(dump->bytes + dump->length, bytes, fit);
    dump->length += fit;
    dump->dropped += count - fit;
}

static void append_values(struct import_dump *dump)
{
    for (size_t n = 0; n < dump->line.count; n++) {
        uint8_t word[4];

        ipcshark_store_u32(word, dump->value[n]);
        append(dump, word, sizeof word);
    }
}

/** Where the line's bytes stand, from the dump's first byte on. */
static uint64_t position(const struct import_dump *dump)
{
    return dump->is_octal ? dump->line.octal_offset - dump->octal_base
                          : dump->line.offset - dump->base;
}

/** What '*' left out, if it may be: whole rows, up to the next line's offset. */
static bool fill_repeated(struct import_dump *dump)
{
    uint64_t missing = position(dump) - dump->length;

    if (position(dump) < dump->length || dump->last_size == 0 || missing % dump->last_size ||
        missing > sizeof dump->bytes - dump->length)
        return false;
    for (; missing; missing -= dump->last_size) {
        size_t row = dump->length - dump->last_size;

        memcpy(dump->bytes + dump->length, dump->bytes + row, dump->last_size);
        dump->length += dump->last_size;
    }
    return true;
}

static bool has_offsets(enum import_dump_style style)
{
    return style == IMPORT_DUMP_OFFSET || style == IMPORT_DUMP_CONSOLE;
}

/** Does the line go on where the dump is? */
static bool continues(struct import_dump *dump)
{
    uint64_t expected = dump->length + dump->dropped;

    if (dump->line.style != dump->style)
        return false;
    if (!has_offsets(dump->style))
        return true;
    if (!dump->repeats && position(dump) != expected &&
        dump->line.octal_offset - dump->octal_base == expected)
        dump->is_octal = true;
    if (dump->repeats && !fill_repeated(dump))
        return false;
    return position(dump) == dump->length + dump->dropped;
}

static void begin(struct import_dump *dump)
{
    dump->style = dump->line.style;
    dump->base = dump->line.offset;
    dump->octal_base = dump->line.octal_offset;
}

enum import_dump_step import_dump_add(struct import_dump *dump, struct text text)
{
    struct import_dump_line *line = &dump->line;

    read_line(dump, text);
    if (line->style == IMPORT_DUMP_NONE || line->error)
        return IMPORT_DUMP_NO_LINE;
    if (line->repeats) {
        dump->repeats = true;
        return IMPORT_DUMP_ADDED;
    }
    if (dump->style == IMPORT_DUMP_NONE)
        begin(dump);
    else if (!continues(dump))
        return line->ends && line->count == 0 ? IMPORT_DUMP_OVER : IMPORT_DUMP_ANOTHER;
    dump->repeats = false;
    if (line->style == IMPORT_DUMP_ARRAY)
        append_values(dump);
    else
        append(dump, line->bytes, line->count);
    dump->last_size = dump->dropped ? 0 : line->count;
    return line->ends ? IMPORT_DUMP_OVER : IMPORT_DUMP_ADDED;
}

/** An array of bytes was collected as words, as long as it could have been one of words. */
void import_dump_finish(struct import_dump *dump)
{
    if (dump->style != IMPORT_DUMP_ARRAY || dump->is_wide)
        return;
    for (size_t n = 0; n < dump->length / 4; n++)
        dump->bytes[n] = dump->bytes[4 * n];
    dump->length /= 4;
    dump->dropped /= 4;
}
