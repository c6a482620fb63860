/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file table.h
 * The message as people read it: one line for each thing in it, with its offset, its words and what
 * they mean, and the findings with carets under the bytes that they are about.
 */
#ifndef IPCSHARK_JSON_TABLE_H
#define IPCSHARK_JSON_TABLE_H

#include <ipcshark/finding.h>

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct table {
    GPtrArray *lines;
    const uint8_t *bytes;
    size_t length;
    unsigned int unit; /**< 1: bytes are shown one by one; 4: as words. */
    struct ipcshark_findings findings;
};

struct table table_new(const uint8_t *bytes, size_t length, unsigned int unit);
void table_clear(struct table *table);

void table_title(struct table *table, const char *format, ...) G_GNUC_PRINTF(2, 3);

/** One line; long runs of bytes go on in lines of their own. */
void table_row(struct table *table, size_t offset, size_t size, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

/** One more line of text for the row above. */
void table_more(struct table *table, const char *format, ...) G_GNUC_PRINTF(2, 3);

/** Each is shown below the first row that has its bytes; what no row has, at the end. */
void table_findings(struct table *table, const struct ipcshark_findings *findings);

/** All of it; free it with g_string_free(). */
GString *table_render(const struct table *table, bool has_colour);

#endif
