/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file compare.h Two records of the same call, field by field. */
#ifndef IPCSHARK_REPLAY_COMPARE_H
#define IPCSHARK_REPLAY_COMPARE_H

#include "fields.h"

struct difference {
    char *name;
    char *captured;
    char *now;
};

/**
 * Learns the ids that the second run gives, then appends the fields (struct difference) that differ
 * to `differences`. `ignored` (NULL at its end, or NULL) are patterns of names with * and ?.
 */
void compare_records(const struct ipctap_record *captured, const struct ipctap_record *now,
                     const struct call *call, struct ids *ids, const char *const *ignored,
                     GArray *differences);

/** An array for it. */
GArray *differences_new(void);

#endif
