/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file lines.h Lines of a stream, however long they are and whatever they hold. */
#ifndef IPCSHARK_IMPORT_LINES_H
#define IPCSHARK_IMPORT_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct import_lines {
    FILE *stream;
    char *line;           /**< Without its end; NULs have become spaces. Ends in a NUL. */
    size_t length;        /**< At most IMPORT_MAX_LINE. */
    unsigned long number; /**< Of the line, from 1. */
    bool cut;             /**< There was more; it was skipped. */
    bool has_nul;
};

void import_lines_init(struct import_lines *lines, FILE *stream);
bool import_lines_next(struct import_lines *lines);
void import_lines_clear(struct import_lines *lines);

#endif
