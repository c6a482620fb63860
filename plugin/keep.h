/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file keep.h
 * Memory for what is remembered of a capture until it is closed: many small pieces that are never
 * freed one by one. They lie side by side in large blocks of file scope; a piece of wmem's own
 * takes 16 to 32 bytes more.
 */
#ifndef PLUGIN_KEEP_H
#define PLUGIN_KEEP_H

#include "compat.h"

/** Zeroed, aligned for any pointer or 64-bit number. */
void *keep_alloc0(size_t size);

#define keep_new0(type) ((type *)keep_alloc0(sizeof(type)))

/** A copy; NULL stays NULL. */
const char *keep_text(const char *text);

/** The one copy of that text: equal texts have equal pointers. NULL stays NULL. */
const char *keep_unique(const char *text);

/** Captured text likewise, safe to print as plugin_escape() makes it. */
const char *keep_escaped(wmem_allocator_t *pool, const void *bytes, size_t length);

void keep_register(void);

#endif
