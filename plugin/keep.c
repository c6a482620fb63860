/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file keep.c Many small pieces of file scope. See keep.h. */
#define _DEFAULT_SOURCE /* madvise() */
#include "keep.h"

#include "plugin.h"

#include <ipcshark/reader.h>
#include <sys/mman.h>

#define BLOCK_SIZE ((size_t)64 << 10)   /* What is left when a piece does not fit is not used. */
#define PAGE       ((uintptr_t)4 << 10) /* Where they are larger, fetch_pages() is refused. */

struct keep_room keep_room; /* Of file scope. */
static wmem_map_t *texts;   /* Text -> itself. */

/* Mostly the same few texts are asked for again and again: found by a few of their bytes. */
#define RECENT 256

static struct {
    const char *text;
    uint32_t length;
    bool is_plain; /* plugin_escape() makes it of equal bytes. */
} recent[RECENT];

static void forget_block(void)
{
    memset(recent, 0, sizeof recent);
    keep_room.next = NULL;
    keep_room.left = 0;
}

void keep_register(void)
{
    texts =
        wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), wmem_str_hash, g_str_equal);
    register_init_routine(forget_block);
}

/* All of it will be written to: to ask for its pages together takes less time than to fault them in
 * one by one. Kernels before 5.14 refuse, which changes nothing. */
static void fetch_pages(uint8_t *block)
{
#ifdef MADV_POPULATE_WRITE
    uintptr_t start = ((uintptr_t)block + PAGE - 1) & ~(PAGE - 1);
    uintptr_t end = ((uintptr_t)block + BLOCK_SIZE) & ~(PAGE - 1);

    madvise((void *)start, end - start, MADV_POPULATE_WRITE);
#else
    (void)block;
#endif
}

void *keep_more0(size_t size)
{
    if (size > BLOCK_SIZE / 8)
        return wmem_alloc0(wmem_file_scope(), size);
    keep_room.next = (uint8_t *)wmem_alloc(wmem_file_scope(), BLOCK_SIZE);
    keep_room.left = BLOCK_SIZE;
    fetch_pages(keep_room.next);
    return keep_alloc0(size);
}

const char *keep_text(const char *text)
{
    size_t size = text ? strlen(text) + 1 : 0;

    return text ? (const char *)keep_copy(text, size) : NULL;
}

static size_t recent_place(const char *bytes, size_t length)
{
    uint64_t mixed = length;

    if (length >= sizeof(uint64_t))
        mixed += ipcshark_load_u64((const uint8_t *)bytes) ^
                 ipcshark_load_u64((const uint8_t *)bytes + length - sizeof(uint64_t)) << 7;
    else
        for (size_t n = 0; n < length; n++)
            mixed = mixed << 8 ^ (uint8_t)bytes[n];
    return plugin_mix(mixed, 0) >> 56;
}

static const char *in_map(const char *text)
{
    const char *known = (const char *)wmem_map_lookup(texts, text);

    if (known)
        return known;
    known = keep_text(text);
    wmem_map_insert(texts, known, (void *)known);
    return known;
}

static bool is_recent(size_t place, const void *bytes, size_t length)
{
    return recent[place].text && recent[place].length == length &&
           plugin_equal(recent[place].text, bytes, length);
}

static const char *make_recent(size_t place, const char *text, size_t length, bool is_plain)
{
    recent[place].text = in_map(text);
    recent[place].length = (uint32_t)length;
    recent[place].is_plain = is_plain;
    return recent[place].text;
}

const char *keep_unique(const char *text)
{
    size_t length = text ? strlen(text) : 0;
    size_t place;

    if (!text || length > UINT32_MAX)
        return text ? in_map(text) : NULL;
    place = recent_place(text, length);
    return is_recent(place, text, length) ? recent[place].text
                                          : make_recent(place, text, length, false);
}

/* Longer ones are rare. */
#define MAX_PLAIN 63

const char *keep_escaped(wmem_allocator_t *pool, const void *bytes, size_t length)
{
    char text[MAX_PLAIN + 1];
    size_t place;

    if (length > MAX_PLAIN)
        return keep_unique(plugin_escape(pool, bytes, length));
    place = recent_place((const char *)bytes, length);
    if (is_recent(place, bytes, length) && recent[place].is_plain)
        return recent[place].text;
    if (!plugin_is_plain(bytes, length))
        return keep_unique(plugin_escape(pool, bytes, length));
    memcpy(text, bytes, length);
    text[length] = '\0';
    return make_recent(place, text, length, true);
}
