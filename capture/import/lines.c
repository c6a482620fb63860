/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lines.h"

#include "import.h"

#include <string.h>

void import_lines_init(struct import_lines *lines, FILE *stream)
{
    memset(lines, 0, sizeof *lines);
    lines->stream = stream;
    lines->line = g_malloc(IMPORT_MAX_LINE + 1);
    lines->block = g_malloc(IMPORT_READ_SIZE);
}

void import_lines_clear(struct import_lines *lines)
{
    g_free(lines->line);
    g_free(lines->block);
}

static bool fill(struct import_lines *lines)
{
    if (lines->block_offset < lines->block_size)
        return true;
    lines->block_offset = 0;
    lines->block_size = fread(lines->block, 1, IMPORT_READ_SIZE, lines->stream);
    return lines->block_size > 0;
}

bool import_lines_begin_with(struct import_lines *lines, const void *bytes, size_t size)
{
    return fill(lines) && lines->block_size >= size && !memcmp(lines->block, bytes, size);
}

bool import_lines_read(struct import_lines *lines, void *bytes, size_t size)
{
    uint8_t *to = bytes;

    while (size && fill(lines)) {
        size_t part = MIN(size, lines->block_size - lines->block_offset);

        memcpy(to, lines->block + lines->block_offset, part);
        lines->block_offset += part;
        lines->bytes += part;
        to += part;
        size -= part;
    }
    return size == 0;
}

static void keep(struct import_lines *lines, const char *from, size_t size)
{
    size_t fit = MIN(size, IMPORT_MAX_LINE - lines->length);

    memcpy(lines->line + lines->length, from, fit);
    lines->length += fit;
    lines->cut = lines->cut || fit < size;
}

/** What of the block belongs to the line; true: the line ends in it. */
static bool take_part(struct import_lines *lines)
{
    const char *from = lines->block + lines->block_offset;
    size_t left = lines->block_size - lines->block_offset;
    const char *end = memchr(from, '\n', left);
    size_t size = end ? (size_t)(end - from) : left;

    keep(lines, from, size);
    size += end != NULL;
    lines->block_offset += size;
    lines->bytes += size;
    return end != NULL;
}

static void replace_zeros(struct import_lines *lines)
{
    char *zero;

    while ((zero = memchr(lines->line, 0, lines->length))) {
        *zero = ' ';
        lines->has_nul = true;
    }
}

bool import_lines_next(struct import_lines *lines)
{
    lines->length = 0;
    lines->cut = false;
    lines->has_nul = false;
    if (!fill(lines))
        return false;
    while (fill(lines) && !take_part(lines))
        continue;
    replace_zeros(lines);
    while (lines->length && lines->line[lines->length - 1] == '\r')
        lines->length--;
    lines->line[lines->length] = '\0';
    lines->number++;
    return true;
}
