/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file keep.c Many small pieces of file scope. See keep.h. */
#include "keep.h"

#include <string.h>

#define BLOCK_SIZE 32768
#define ALIGNMENT  8

static uint8_t *block; /* Of file scope: what is left of the last one. */
static size_t left;
static wmem_map_t *texts; /* Text -> itself. */

static void forget_block(void)
{
    block = NULL;
    left = 0;
}

void keep_register(void)
{
    texts =
        wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), wmem_str_hash, g_str_equal);
    register_init_routine(forget_block);
}

void *keep_alloc0(size_t size)
{
    void *piece;

    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (size > BLOCK_SIZE / 8)
        return wmem_alloc0(wmem_file_scope(), size);
    if (size > left) {
        block = (uint8_t *)wmem_alloc0(wmem_file_scope(), BLOCK_SIZE);
        left = BLOCK_SIZE;
    }
    piece = block;
    block += size;
    left -= size;
    return piece;
}

const char *keep_text(const char *text)
{
    size_t size = text ? strlen(text) + 1 : 0;

    return text ? (const char *)memcpy(keep_alloc0(size), text, size) : NULL;
}

const char *keep_unique(const char *text)
{
    const char *known;

    if (!text)
        return NULL;
    known = (const char *)wmem_map_lookup(texts, text);
    if (known)
        return known;
    known = keep_text(text);
    wmem_map_insert(texts, known, (void *)known);
    return known;
}
