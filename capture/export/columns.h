/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file columns.h
 * The columns of an exported call, once for all formats (docs/export.md).
 */
#ifndef IPCSHARK_EXPORT_COLUMNS_H
#define IPCSHARK_EXPORT_COLUMNS_H

#include "pairs.h"

enum value_kind {
    VALUE_NULL = 0,
    VALUE_NUMBER,
    VALUE_SIGNED,
    VALUE_BOOL,
    VALUE_TEXT,
    VALUE_LIST, /**< Names and values. */
};

struct list_entry {
    char *name;
    char *value;
    bool is_text; /**< In quotes where nothing else delimits it. */
};

struct value {
    enum value_kind kind;
    uint64_t number; /**< SIGNED: as int64_t. */
    char text[64];   /**< Where a value is short and made here. */
    const char *long_text;
    const GArray *list; /**< struct list_entry */
};

/** One call, and what several columns need of it. */
struct row {
    const struct pair *pair;
    const struct ipctap_record *first; /**< The request, or else the reply. */
    struct call_outcome outcome;
    GArray *arguments;
    GArray *returned;
    char *process;
    char *peer;
};

struct column {
    const char *name;
    void (*get)(const struct row *row, struct value *value);
};

extern const struct column export_columns[];
extern const unsigned int export_column_count;

void row_init(struct row *row);
void row_fill(struct row *row, const struct pair *pair);
void row_clear(struct row *row);

/** "2026-11-21T12:57:40.123456Z", more digits than these few engines take for a time; false if the
 *  time is not on a Unix clock. */
bool row_timestamp(const struct row *row, char *text, size_t size);

#endif
