/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file keep.c Many small pieces of file scope. See keep.h. */
#define _DEFAULT_SOURCE /* madvise() */
#include "keep.h"

#include "plugin.h"

#include <ipcshark/reader.h>

#include <sys/mman.h>
#include <unistd.h>

#define FIRST_BLOCK  ((size_t)32 << 10) /* Each is four times as large as the one before, */
#define LARGE_PAGES  ((size_t)4 << 20)  /* from this on of large pages, */
#define LARGEST      ((size_t)16 << 20) /* up to this. */
#define MAX_IN_BLOCK ((size_t)4 << 10)

struct keep_room keep_room; /* Of file scope. */
static size_t next_size;
static wmem_map_t *texts; /* Text -> itself. */

/* Mostly the same few texts are asked for again and again: found by a few of their bytes. */
#define RECENT 256

static struct {
    const char *text;
    size_t length;
} recent[RECENT];

static void forget_block(void)
{
    memset(recent, 0, sizeof recent);
    keep_room.next = NULL;
    keep_room.left = 0;
    next_size = FIRST_BLOCK;
}

void keep_register(void)
{
    texts =
        wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), wmem_str_hash, g_str_equal);
    register_init_routine(forget_block);
}

/* A long capture fills thousands of pages one after the other: the kernel may give it large
 * ones. */
static void ask_for_large_pages(uint8_t *bytes, size_t size)
{
#ifdef MADV_HUGEPAGE
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t start = ((uintptr_t)bytes + page - 1) / page * page;

    madvise((void *)start, ((uintptr_t)bytes + size - start) / page * page, MADV_HUGEPAGE);
#else
    (void)bytes;
    (void)size;
#endif
}

static void begin_block(void)
{
    keep_room.left = next_size;
    keep_room.next = (uint8_t *)wmem_alloc(wmem_file_scope(), next_size);
    if (next_size >= LARGE_PAGES)
        ask_for_large_pages(keep_room.next, next_size);
    next_size = MIN(LARGEST, next_size * 4);
}

void *keep_more0(size_t size)
{
    if (size > MAX_IN_BLOCK)
        return wmem_alloc0(wmem_file_scope(), size);
    begin_block();
    return keep_alloc0(size);
}

const char *keep_text(const char *text)
{
    size_t size = text ? strlen(text) + 1 : 0;

    return text ? (const char *)memcpy(keep_alloc0(size), text, size) : NULL;
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
    return mixed * 0x9E3779B97F4A7C15u >> 56;
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

const char *keep_unique(const char *text)
{
    size_t length = text ? strlen(text) : 0;
    size_t place;

    if (!text)
        return NULL;
    place = recent_place(text, length);
    if (recent[place].text && recent[place].length == length &&
        memcmp(recent[place].text, text, length) == 0)
        return recent[place].text;
    recent[place].text = in_map(text);
    recent[place].length = length;
    return recent[place].text;
}

/* Longer ones are rare. */
#define MAX_PLAIN 63

const char *keep_escaped(wmem_allocator_t *pool, const void *bytes, size_t length)
{
    char text[MAX_PLAIN + 1];

    if (length > MAX_PLAIN || !plugin_is_plain(bytes, length))
        return keep_unique(plugin_escape(pool, bytes, length));
    memcpy(text, bytes, length);
    text[length] = '\0';
    return keep_unique(text);
}
