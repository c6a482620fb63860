/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file lines.h A stream line by line, however long its lines are. */
#ifndef IPCSHARK_IMPORT_LINES_H
#define IPCSHARK_IMPORT_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define IMPORT_READ_SIZE 0x10000

struct import_lines {
    FILE *stream;
    char *line; /**< The current one, zero terminated, without its end. */
    size_t length;
    bool cut;     /**< It is longer than what is kept. */
    bool has_nul; /**< There were zero bytes in it; they are blanks now. */
    unsigned long number;
    uint64_t bytes; /**< Read so far, this line included. */
    char *block;    /**< What was read of the stream. */
    size_t block_size;
    size_t block_offset;
};

void import_lines_init(struct import_lines *lines, FILE *stream);
void import_lines_clear(struct import_lines *lines);

/** Whether the stream, of which nothing has been taken, begins so. */
bool import_lines_begin_with(struct import_lines *lines, const void *bytes, size_t size);

/** Bytes as they are instead of a line. False: there are fewer. */
bool import_lines_read(struct import_lines *lines, void *bytes, size_t size);

/** False at the end of the stream. */
bool import_lines_next(struct import_lines *lines);

#endif
