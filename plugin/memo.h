/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file memo.h
 * What the first pass leaves of each record for all others. See struct record_memo in plugin.h; a
 * capture has one for each of its frames, so every byte of it counts.
 */
#ifndef PLUGIN_MEMO_H
#define PLUGIN_MEMO_H

#include "plugin.h"

/** The record's memo, zeroed if new. */
struct record_memo *memo_of_record(const struct call_context *context, bool *is_new);

/** A target that equals `wanted`: `*last`, the one that was made there before, or a new one. Texts
 *  are compared by their pointers. */
const struct record_target *memo_target(const struct record_target *wanted,
                                        const struct record_target **last);

void memo_register(int protocol);

#endif
