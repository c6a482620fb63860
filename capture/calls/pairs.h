/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file pairs.h
 * Joins requests with replies: "Enter and exit join if source, pid, SERVER and call_id agree"; with
 * call_id 0 "the last open enter of that (source, pid, tid, kind)". Memory is bounded: of more open
 * calls or bytes than PAIRS_MAX_* the oldest are given up as unanswered.
 */
#ifndef IPCSHARK_CALLS_PAIRS_H
#define IPCSHARK_CALLS_PAIRS_H

#include "call.h"

#define PAIRS_MAX_OPEN  (1 << 18)
#define PAIRS_MAX_BYTES (256u << 20)

enum pair_status {
    PAIR_ANSWERED,
    PAIR_UNANSWERED, /**< No reply came. */
    PAIR_NO_EXIT,    /**< The producer said that none would. */
    PAIR_EVENT,      /**< A snapshot: never paired. */
    PAIR_REPLY_ONLY, /**< A reply whose request is not in the capture. */
};

struct pair {
    enum pair_status status;
    guint64 number;                    /**< The first record's packet. */
    guint64 exit_number;               /**< The reply's; 0 without one. */
    const struct ipctap_record *enter; /**< NULL with REPLY_ONLY. */
    const struct ipctap_record *exit;  /**< NULL unless ANSWERED or REPLY_ONLY. */
    struct call call;
};

/** `pair` and all in it are valid during the call. */
typedef void (*pair_function)(void *data, const struct pair *pair);

struct pairs;

struct pairs *pairs_new(pair_function function, void *data);
/** Gives up what is still open. */
void pairs_finish(struct pairs *pairs);
void pairs_free(struct pairs *pairs);

/** Notes are learnt from and not handed on. */
void pairs_take(struct pairs *pairs, const struct ipctap_record *record, guint64 number);

#endif
