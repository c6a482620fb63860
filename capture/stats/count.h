/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file count.h
 * Calls, errors and times per service and command, from records in any order of processes. Memory
 * is bounded whatever the capture holds: by open calls and by different commands.
 */
#ifndef IPCSHARK_STATS_COUNT_H
#define IPCSHARK_STATS_COUNT_H

#include "pairs.h"

struct count_row {
    guint8 platform;
    char *service;
    char *command;
    guint64 calls;
    guint64 errors;
    guint64 answered; /**< With both times on one clock. */
    guint64 total_time;
    guint64 longest_time; /**< Nanoseconds. */
};

struct count {
    gboolean is_server; /**< Counts what serving processes saw instead of their clients. */
    GHashTable *rows;
    struct pairs *pairs;
    guint64 records;
    guint64 calls;
    guint64 errors;
    guint64 unanswered;
};

struct count *count_new(gboolean is_server);
void count_free(struct count *count);
void count_take(struct count *count, const struct ipctap_record *record);

/** Rows by system, service and number of calls. Calls that are still open count as unanswered. */
GPtrArray *count_finish(struct count *count);

#endif
