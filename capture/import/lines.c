/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lines.h"

#include "import.h"

#include <string.h>

void import_lines_init(struct import_lines *lines, FILE *stream)
{
    memset(lines, 0, sizeof *lines);
    lines->stream = stream;
    lines->line = g_malloc(IMPORT_MAX_LINE + 1);
}

void import_lines_clear(struct import_lines *lines)
{
    g_free(lines->line);
}

static void add_character(struct import_lines *lines, int character)
{
    if (lines->length == IMPORT_MAX_LINE) {
        lines->cut = true;
        return;
    }
    if (character == 0) {
        lines->has_nul = true;
        character = ' ';
    }
    lines->line[lines->length++] = (char)character;
}

bool import_lines_next(struct import_lines *lines)
{
    int character = getc(lines->stream);

    lines->length = 0;
    lines->cut = false;
    lines->has_nul = false;
    if (character == EOF)
        return false;
    for (; character != EOF && character != '\n'; character = getc(lines->stream))
        add_character(lines, character);
    while (lines->length && lines->line[lines->length - 1] == '\r')
        lines->length--;
    lines->line[lines->length] = '\0';
    lines->number++;
    return true;
}
