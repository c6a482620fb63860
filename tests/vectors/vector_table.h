/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file vector_table.h
 * The packed tables of message vectors: gzip, one line a message, tab-separated columns that the
 * first line names, "-" for what a message has not.
 */
#ifndef IPCSHARK_VECTOR_TABLE_H
#define IPCSHARK_VECTOR_TABLE_H

#include <glib.h>
#include <stdint.h>

struct vector_table {
    char **names;    /**< Of the columns. */
    GPtrArray *rows; /**< char ** each, as many texts as names. */
};

/** Aborts the test if the file cannot be read. `path` is relative to tests/. */
struct vector_table *vector_table_load(const char *path);
void vector_table_free(struct vector_table *table);

/** A column's text; the test fails if there is no such column. */
const char *vector_text(const struct vector_table *table, guint row, const char *name);

/** A column that is a list of numbers, uint64_t each; "-" is empty. Both separators separate. */
GArray *vector_numbers(const struct vector_table *table, guint row, const char *name);

/** A column that is hexadecimal bytes. */
GByteArray *vector_bytes(const struct vector_table *table, guint row, const char *name);

/** A column that is hexadecimal words, as their bytes; how many bytes. The test fails if they do
 *  not fit. */
size_t vector_words(const struct vector_table *table, guint row, const char *name, uint8_t *bytes,
                    size_t capacity);

#endif
