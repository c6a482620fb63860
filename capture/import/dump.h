/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file dump.h
 * Bytes as text, over several lines:
 *
 *     00000000: 0400 1000 0900 0000  ........          xxd
 *     00000000  04 00 10 00 09 00 00 00  |........|    hexdump -C (with '*' for repeated lines)
 *     0000000 0004 0010 0009 0000                      hexdump, od: words; od's offsets are octal
 *     00000000   04 00 10 00  ........                 Ryujinx
 *     003f19456200 04 00 10 00                         crash report
 *     ipcm+0x0  | 04 00 10 00 | .... |                 console
 *     0x04, 0x00, 0x10, 0x00,                          C array of bytes, or of 32-bit words
 *     0x7ffd2010: 0x00000004 0x00000009                gdb; lldb prints bytes without "0x"
 *     0400100009000000 / 04 00 10 00 / \x04\x00        bare
 */
#ifndef IPCSHARK_IMPORT_DUMP_H
#define IPCSHARK_IMPORT_DUMP_H

#include "import.h"

#include "text.h"

enum import_dump_style {
    IMPORT_DUMP_NONE = 0,
    IMPORT_DUMP_OFFSET,  /**< Each line tells where its bytes stand. */
    IMPORT_DUMP_CONSOLE, /**< The same, with a name before the offset. */
    IMPORT_DUMP_ARRAY,   /**< "0x…" values. */
    IMPORT_DUMP_BARE,
};

/** One line of a dump. */
struct import_dump_line {
    enum import_dump_style style; /**< NONE: the line is no such line. */
    uint64_t offset;
    uint64_t octal_offset; /**< The same digits as od means them. */
    size_t count;          /**< Of bytes, or of values in an array. */
    bool ends;             /**< Nothing of this dump can follow ("};", the closing offset). */
    bool repeats;          /**< '*': the line before it, as often as fits before the next offset. */
    const char *error;     /**< The line looks like one and cannot be read. */
    uint8_t bytes[IMPORT_MAX_LINE / 2];
};

struct import_dump {
    enum import_dump_style style; /**< NONE: nothing is being collected. */
    uint64_t base;                /**< Offset of the first byte. */
    uint64_t octal_base;
    bool is_octal;    /**< The offsets have been seen to go on in octal. */
    uint64_t dropped; /**< Bytes that did not fit. */
    size_t length;
    size_t last_size; /**< Of the line before, for '*'. */
    bool repeats;
    bool is_wide; /**< Some value of an array does not fit into a byte. */
    struct import_dump_line line;
    uint32_t value[IMPORT_MAX_LINE / 2]; /**< Of an array's line. */
    uint8_t bytes[IMPORT_MAX_DUMP];
};

enum import_dump_step {
    IMPORT_DUMP_NO_LINE, /**< Not a dump's line (see line.error); the dump before it is over. */
    IMPORT_DUMP_ADDED,
    IMPORT_DUMP_ANOTHER, /**< It begins another dump: take the one before, then add it again. */
    IMPORT_DUMP_OVER,    /**< Added, and the dump is over. */
};

void import_dump_reset(struct import_dump *dump);

/** A whole dump's bytes stand in dump->bytes, from import_dump_finish() on. */
enum import_dump_step import_dump_add(struct import_dump *dump, struct text text);
void import_dump_finish(struct import_dump *dump);

#endif
