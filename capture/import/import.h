/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file import.h
 * Turns text that holds IPC messages into ipctap records: Atmosphère crash reports, logs of the
 * yuzu family, Ryujinx, Citra and Azahar, console dumps, hex dumps. docs/import.md has the formats.
 *
 * Input is read line by line and may be anything: a line is cut at IMPORT_MAX_LINE bytes, a dump at
 * IMPORT_MAX_DUMP. Where a message begins, how long it is and what it is, the codecs decide.
 */
#ifndef IPCSHARK_IMPORT_H
#define IPCSHARK_IMPORT_H

#include <ipcshark/record.h>

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define IMPORT_MAX_LINE  0x10000
#define IMPORT_MAX_DUMP  0x10000
#define IMPORT_MAX_CASES 8 /**< Unreadable lines that are told one by one. */

enum import_format {
    IMPORT_AUTO = 0, /**< Every line is taken for what it looks like. */
    IMPORT_CRASH,    /**< Atmosphère crash report. */
    IMPORT_YUZU,     /**< yuzu and its forks: cmd_buf={…} is a Horizon message. */
    IMPORT_CITRA,   /**< Citra, Azahar: cmd_buf={…} or cmd_buff[n]=… is a CTR command buffer. */
    IMPORT_RYUJINX, /**< Buffer Information and Raw Request Data of an exception. */
    IMPORT_CONSOLE, /**< "ipcm+0x0 | 04 00 …" */
    IMPORT_HEX,     /**< xxd, hexdump -C, C arrays, bare hex. */
    IMPORT_JSON,    /**< Lines that `ipcshark decode --json` reads or prints. */
    IMPORT_ILIA,    /**< A capture file of ilia's; never line by line. */
};

/** "auto", "crash", …; false if there is no such format. */
bool import_format_by_name(const char *name, enum import_format *format);
const char *import_format_name(enum import_format format);

/** Told now and then how many bytes have been read; may be NULL. */
typedef void (*import_progress)(void *data, uint64_t bytes);

struct import_options {
    enum import_format format;
    uint8_t platform; /**< Of hex dumps: IPCTAP_HORIZON, …; IPCTAP_OTHER: find out. */
    bool has_op;      /**< Of Orbis hex dumps: they are parameter blocks of this manager call. */
    uint32_t op;
    uint16_t source; /**< Written into the records' header; non-zero, one a file. */
    import_progress progress;
    void *progress_data;
};

/** Takes a record; false ends the import. `header` is what stands at the start of `bytes`. */
typedef bool (*import_sink)(void *data, const struct ipctap_header *header, const uint8_t *bytes,
                            size_t size);

struct import_case {
    unsigned long line;
    char *why;
};

/** What became of a file. */
struct import_report {
    unsigned long lines;
    unsigned long messages;
    unsigned long truncated;  /**< Of the messages: cut off in the text. */
    unsigned long unreadable; /**< Lines or dumps that look like a message and are none. */
    unsigned int case_count;
    struct import_case cases[IMPORT_MAX_CASES]; /**< The first of the unreadable. */
    bool stopped;                               /**< The sink took no more. */
    bool failed;                                /**< Reading failed. */
};

/** Reads `stream` to its end. The report is overwritten; free it with import_report_clear(). */
void import_stream(FILE *stream, const struct import_options *options, import_sink sink,
                   void *sink_data, struct import_report *report);

void import_report_clear(struct import_report *report);

#endif
