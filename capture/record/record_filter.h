/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file record_filter.h
 * The filter of ipctap_set_filter() for a recorder: the same words, for producers that do not
 * filter themselves. Service and command are what the codecs and the sessions that were seen
 * opening say.
 */
#ifndef IPCSHARK_RECORD_FILTER_H
#define IPCSHARK_RECORD_FILTER_H

#include <ipcshark/record.h>

#include <glib.h>

struct record_filter;

/** A filter that wants everything; learns of sessions all the same, since it may be set later. */
struct record_filter *record_filter_new(void);
void record_filter_free(struct record_filter *filter);

/** False with a sentence if the text is none; then the old one stays. */
gboolean record_filter_set(struct record_filter *filter, const char *text, GError **error);

/**
 * Whether to keep a record; all must be shown to it, in order. An exit goes the way of its enter.
 * With a filter of services or commands, system calls and the calls that open a wanted session
 * stay: without them nobody could name what follows.
 */
gboolean record_filter_wants(struct record_filter *filter, const struct ipctap_record *record);

/** Takes contents of buffers out, in place. Returns the record's new size. */
gsize record_filter_cut(struct record_filter *filter, guint8 *bytes, gsize length);

#endif
