/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "id_internal.h"

#include <stdio.h>
#include <string.h>

#define ARENA_ALIGNMENT 16u

/* Of a file's path in an error; the rest of struct ipcshark_id_error.text is for what is wrong. */
#define MAX_TOLD_PATH 288u

void *ipcshark_id_allocate(struct id_parser *parser, size_t count, size_t size)
{
    struct ipcshark_arena *arena = parser->arena;
    size_t start = (size_t)(~((uintptr_t)arena->bytes + arena->used) + 1) & (ARENA_ALIGNMENT - 1);
    size_t room = arena->size - arena->used;
    uint8_t *memory;

    if (start > room || (count && size > (room - start) / count)) {
        ipcshark_id_fail(parser, parser->token.start, "the memory for descriptions is full");
        return NULL;
    }
    memory = arena->bytes + arena->used + start;
    memset(memory, 0, count * size);
    arena->used += start + count * size;
    return memory;
}

const char *ipcshark_id_copy_text(struct id_parser *parser, size_t start, size_t length)
{
    struct ipcshark_arena *arena = parser->arena;
    char *copy;

    if (length >= arena->size - arena->used) {
        ipcshark_id_fail(parser, start, "the memory for descriptions is full");
        return NULL;
    }
    copy = (char *)arena->bytes + arena->used;
    memcpy(copy, parser->text + start, length);
    copy[length] = '\0';
    arena->used += length + 1;
    return copy;
}

static void locate(const struct id_parser *parser, size_t offset, uint32_t *line, uint32_t *column)
{
    size_t line_start = 0;

    *line = 1;
    for (size_t i = 0; i < offset && i < parser->length; i++) {
        if (parser->text[i] == '\n') {
            ++*line;
            line_start = i + 1;
        }
    }
    *column = (uint32_t)(offset - line_start) + 1;
}

/** The end of a path: there the file's name is. */
static const char *path_end(const char *path, const char **dots)
{
    size_t length = strlen(path);

    *dots = length > MAX_TOLD_PATH ? "..." : "";
    if (length <= MAX_TOLD_PATH)
        return path;
    path += length - MAX_TOLD_PATH;
    while (((unsigned char)*path & 0xC0) == 0x80)
        path++;
    return path;
}

void ipcshark_id_tell(struct id_parser *parser, size_t offset, const char *text)
{
    struct ipcshark_id_error *error = parser->error;
    const char *dots, *path = path_end(parser->file, &dots);

    locate(parser, offset, &error->line, &error->column);
    snprintf(error->text, sizeof error->text, "%s%s:%u:%u: %s", dots, path,
             (unsigned int)error->line, (unsigned int)error->column, text);
}

bool ipcshark_id_fail(struct id_parser *parser, size_t offset, const char *text)
{
    if (parser->failed)
        return false;
    parser->failed = true;
    parser->token.kind = ID_END;
    ipcshark_id_tell(parser, offset, text);
    return false;
}

static int peek(const struct id_parser *parser, size_t ahead)
{
    size_t at = parser->offset + ahead;

    return at < parser->length ? (unsigned char)parser->text[at] : -1;
}

static bool is_digit(int byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_name_start(int byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}

static bool is_name(int byte)
{
    return is_name_start(byte) || is_digit(byte) || byte == ':';
}

static void skip_line(struct id_parser *parser)
{
    while (parser->offset < parser->length && peek(parser, 0) != '\n')
        parser->offset++;
}

/** Spaces, comments and documentation. */
static void skip_space(struct id_parser *parser)
{
    for (;;) {
        int byte = peek(parser, 0);

        if (byte == '#' || (byte == '/' && peek(parser, 1) == '/'))
            skip_line(parser);
        else if (byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n')
            parser->offset++;
        else
            return;
    }
}

static int digit_value(int byte, bool hexadecimal)
{
    if (is_digit(byte))
        return byte - '0';
    if (hexadecimal && byte >= 'a' && byte <= 'f')
        return byte - 'a' + 10;
    if (hexadecimal && byte >= 'A' && byte <= 'F')
        return byte - 'A' + 10;
    return -1;
}

static void read_number(struct id_parser *parser)
{
    bool hexadecimal = peek(parser, 0) == '0' && (peek(parser, 1) | 0x20) == 'x';
    uint64_t base = hexadecimal ? 16 : 10;
    uint64_t number = 0;
    size_t digits = 0;

    parser->offset += hexadecimal ? 2 : 0;
    for (int digit; (digit = digit_value(peek(parser, 0), hexadecimal)) >= 0; digits++) {
        if (number > (UINT64_MAX - (uint64_t)digit) / base) {
            ipcshark_id_fail(parser, parser->token.start, "the number does not fit 64 bits");
            return;
        }
        number = number * base + (uint64_t)digit;
        parser->offset++;
    }
    if (!digits || is_name_start(peek(parser, 0))) {
        ipcshark_id_fail(parser, parser->token.start, "this is no number");
        return;
    }
    parser->token.kind = ID_NUMBER;
    parser->token.number = number;
}

static void read_string(struct id_parser *parser)
{
    size_t start = parser->offset + 1;

    parser->offset = start;
    while (peek(parser, 0) != '"') {
        if (peek(parser, 0) < 0x20) {
            ipcshark_id_fail(parser, parser->token.start,
                             "the text has no closing quote on its line");
            return;
        }
        parser->offset++;
    }
    parser->token =
        (struct id_token){.kind = ID_STRING, .start = start, .length = parser->offset - start};
    parser->offset++;
}

static void read_punctuation(struct id_parser *parser, int byte)
{
    if (byte == '-' && peek(parser, 1) == '>') {
        parser->offset += 2;
        parser->token.kind = ID_ARROW;
        return;
    }
    if (byte == 0 || !strchr("{}()[]<>=;,@.+-", byte)) {
        ipcshark_id_fail(parser, parser->offset, "this character has no meaning here");
        return;
    }
    parser->token.kind = ID_PUNCTUATION;
    parser->token.punctuation = (char)byte;
    parser->offset++;
}

static void read_name(struct id_parser *parser)
{
    while (is_name(peek(parser, 0)))
        parser->offset++;
    parser->token.kind = ID_NAME;
    parser->token.length = parser->offset - parser->token.start;
}

void ipcshark_id_advance(struct id_parser *parser)
{
    int byte;

    if (parser->failed)
        return;
    skip_space(parser);
    byte = peek(parser, 0);
    parser->token = (struct id_token){.kind = ID_END, .start = parser->offset};
    if (byte < 0)
        return;
    if (is_digit(byte))
        read_number(parser);
    else if (byte == '"')
        read_string(parser);
    else if (is_name_start(byte))
        read_name(parser);
    else
        read_punctuation(parser, byte);
}

void ipcshark_id_widen_name(struct id_parser *parser)
{
    if (parser->token.kind != ID_NAME)
        return;
    while (is_name(peek(parser, 0)) || peek(parser, 0) == '-')
        parser->offset++;
    parser->token.length = parser->offset - parser->token.start;
}

bool ipcshark_id_is(const struct id_parser *parser, char punctuation)
{
    return parser->token.kind == ID_PUNCTUATION && parser->token.punctuation == punctuation;
}

bool ipcshark_id_accept(struct id_parser *parser, char punctuation)
{
    if (!ipcshark_id_is(parser, punctuation))
        return false;
    ipcshark_id_advance(parser);
    return !parser->failed;
}

bool ipcshark_id_expect(struct id_parser *parser, char punctuation)
{
    char text[] = "'?' is expected here";

    if (ipcshark_id_is(parser, punctuation)) {
        ipcshark_id_advance(parser);
        return !parser->failed;
    }
    text[1] = punctuation;
    return ipcshark_id_fail(parser, parser->token.start, text);
}

bool ipcshark_id_is_word(const struct id_parser *parser, const char *word)
{
    size_t length = strlen(word);

    return parser->token.kind == ID_NAME && parser->token.length == length &&
           memcmp(parser->text + parser->token.start, word, length) == 0;
}

const char *ipcshark_id_expect_name(struct id_parser *parser)
{
    const char *name;

    if (parser->token.kind != ID_NAME && parser->token.kind != ID_STRING) {
        ipcshark_id_fail(parser, parser->token.start, "a name is expected here");
        return NULL;
    }
    name = ipcshark_id_copy_text(parser, parser->token.start, parser->token.length);
    ipcshark_id_advance(parser);
    return parser->failed ? NULL : name;
}

bool ipcshark_id_expect_number(struct id_parser *parser, uint64_t limit, uint64_t *number)
{
    if (parser->token.kind != ID_NUMBER)
        return ipcshark_id_fail(parser, parser->token.start, "a number is expected here");
    if (parser->token.number > limit)
        return ipcshark_id_fail(parser, parser->token.start, "the number is too large");
    *number = parser->token.number;
    ipcshark_id_advance(parser);
    return !parser->failed;
}

struct id_item *ipcshark_id_append(struct id_parser *parser, struct id_list *list, uint32_t limit)
{
    struct id_item *item;

    if (list->count == limit) {
        ipcshark_id_fail(parser, parser->token.start, "there are too many of these");
        return NULL;
    }
    item = ipcshark_id_allocate(parser, 1, sizeof *item);
    if (!item)
        return NULL;
    if (list->last)
        list->last->next = item;
    else
        list->first = item;
    list->last = item;
    list->count++;
    return item;
}
