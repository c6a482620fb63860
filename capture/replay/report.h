/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file report.h What became of each call: for people as it happens, or as one JSON object. */
#ifndef IPCSHARK_REPLAY_REPORT_H
#define IPCSHARK_REPLAY_REPORT_H

#include "capture_calls.h"
#include "compare.h"

enum verdict {
    VERDICT_SAME,
    VERDICT_DIFFERENT,
    VERDICT_MISSING,      /**< The capture has a reply, the other side has none. */
    VERDICT_EXTRA,        /**< --against: only the other capture has the call. */
    VERDICT_NOT_COMPARED, /**< The capture has no reply. */
    VERDICT_NOT_SENT,     /**< What was captured is not enough. */
    VERDICTS,
};

struct report {
    gboolean is_json;
    gboolean is_verbose; /**< Tells what is the same, too. */
    guint64 count[VERDICTS];
    guint64 simulated; /**< Calls of processes that are the server's own. */
    GString *json;     /**< The calls so far. */
};

void report_init(struct report *report, gboolean is_json, gboolean is_verbose);

/** `why` (may be NULL) explains; `differences` belong to DIFFERENT. */
void report_call(struct report *report, const struct replay_call *call, enum verdict verdict,
                 const char *why, const GArray *differences);

/** The last lines, or the JSON. @return whether all is the same. */
gboolean report_finish(struct report *report, const char *capture, const char *other);
void report_clear(struct report *report);

#endif
