/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file importer.h What the formats share while a file is read. */
#ifndef IPCSHARK_IMPORTER_H
#define IPCSHARK_IMPORTER_H

#include "dump.h"
#include "import.h"
#include "lines.h"
#include "message.h"

/** Whose dump is being collected. */
enum import_owner {
    IMPORT_OWNER_HEX = 0,
    IMPORT_OWNER_CRASH,   /**< A crash report's TLS dump. */
    IMPORT_OWNER_IGNORED, /**< Its stack dump. */
    IMPORT_OWNER_RYUJINX, /**< Raw Request Data. */
};

/** What a crash report said up to here. */
struct import_crash {
    bool is_open; /**< A TLS dump's rows follow. */
    struct import_message message;
    uint64_t tls_address;
    GString *comment;     /**< Result, exception and the thread's registers. */
    size_t report_length; /**< How much of it is about the whole report; 0: all so far. */
};

/** What an emulator's exception said up to here. */
struct import_exception {
    bool is_open;
    struct import_message message;
    GString *text;
};

struct importer {
    const struct import_options *options;
    struct import_report *report;
    import_sink sink;
    void *sink_data;
    bool told_zeros;    /**< That the input is no text has been said. */
    unsigned long line; /**< Number of the current line. */
    enum import_owner owner;
    unsigned long dump_line; /**< Where the dump began. */
    GString *dump_text;      /**< Its lines. */
    struct import_crash crash;
    struct import_exception exception;
    struct import_dump dump;
};

bool importer_reads(const struct importer *importer, enum import_format format);

/** Makes the message's record and hands it to the sink; what is no message is reported. */
void importer_emit(struct importer *importer, struct import_message *message, unsigned long line);

/** Counts a line that looked like a message; `why` is copied. */
void importer_unreadable(struct importer *importer, unsigned long line, const char *why);

/** Adds a line to a text that is kept, up to what a record may hold. */
void import_keep_line(GString *text, struct text line);

/**
 * Each tries one line. True: it was one of this format's, and needs nobody else.
 */
bool import_log_line(struct importer *importer, struct text line);
bool import_crash_line(struct importer *importer, struct text line);
bool import_exception_line(struct importer *importer, struct text line);
bool import_json_line(struct importer *importer, struct text line);

/** Whether a pcapng file begins here. */
bool import_is_ilia(const struct importer *importer, struct import_lines *lines);
/** Reads it to its end, or up to what is broken in it. */
void import_ilia(struct importer *importer, struct import_lines *lines);

/** A finished dump of theirs. */
void import_crash_dump(struct importer *importer, struct import_message *message);
void import_exception_dump(struct importer *importer, struct import_message *message);

/** "[  12.203277] …" and "00:01:02.345 …" in nanoseconds; false: the line has no time. */
bool import_line_time(struct text line, uint64_t *time);

#endif
