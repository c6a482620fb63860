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

#include <string.h>

#define KEEP_ALIGNMENT 8

/** What is left of the block that pieces are taken from (keep.c). */
struct keep_room {
    uint8_t *next;
    size_t left;
};
extern struct keep_room keep_room;

/** As keep_alloc0(), for a size that is a multiple of KEEP_ALIGNMENT and for which there is no
 *  room. */
void *keep_more0(size_t size);

/** Zeroed, aligned for any pointer or 64-bit number. Here, so that what has a known size is cleared
 *  without a loop: by then it is in the cache. */
static G_ALWAYS_INLINE inline void *keep_alloc0(size_t size)
{
    uint8_t *piece = keep_room.next;

    size = (size + KEEP_ALIGNMENT - 1) / KEEP_ALIGNMENT * KEEP_ALIGNMENT;
    if (size > keep_room.left)
        return keep_more0(size);
    keep_room.next += size;
    keep_room.left -= size;
    return memset(piece, 0, size);
}

#define keep_new0(type) ((type *)keep_alloc0(sizeof(type)))

static inline void *keep_copy(const void *bytes, size_t size)
{
    return memcpy(keep_alloc0(size), bytes, size);
}

/** A copy; NULL stays NULL. */
const char *keep_text(const char *text);

/** The one copy of that text: equal texts have equal pointers. NULL stays NULL. */
const char *keep_unique(const char *text);

/** Captured text likewise, safe to print as plugin_escape() makes it. */
const char *keep_escaped(wmem_allocator_t *pool, const void *bytes, size_t length);

void keep_register(void);

#endif
