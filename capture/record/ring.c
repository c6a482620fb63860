/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ring.h"

#include <glib/gstdio.h>
#include <string.h>

struct ring {
    char *stem;
    char *suffix;
    guint files;
    guint number; /**< Of the last file. */
    GQueue paths;
};

/** Where ".pcapng", or ".pcapng.zst", begins. */
static gsize suffix_start(const char *path)
{
    const char *base = strrchr(path, '/');
    const char *dot = strrchr(base ? base : path, '.');
    gsize end = dot ? (gsize)(dot - path) : strlen(path);

    if (dot && (!strcmp(dot, ".gz") || !strcmp(dot, ".zst"))) {
        for (const char *at = dot - 1; at > (base ? base : path); at--) {
            if (*at == '.')
                return (gsize)(at - path);
        }
    }
    return end;
}

struct ring *ring_new(const char *path, guint files)
{
    struct ring *ring = g_new0(struct ring, 1);
    gsize start = suffix_start(path);

    ring->stem = g_strndup(path, start);
    ring->suffix = g_strdup(path + start);
    ring->files = files;
    g_queue_init(&ring->paths);
    return ring;
}

const char *ring_next(struct ring *ring)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autofree char *time = g_date_time_format(now, "%Y%m%d%H%M%S");
    char *path = g_strdup_printf("%s_%05u_%s%s", ring->stem, ++ring->number, time, ring->suffix);

    g_queue_push_tail(&ring->paths, path);
    return path;
}

void ring_remove_old(struct ring *ring)
{
    while (ring->files && ring->paths.length > ring->files) {
        g_autofree char *oldest = g_queue_pop_head(&ring->paths);

        g_unlink(oldest);
    }
}

void ring_forget_last(struct ring *ring)
{
    g_free(g_queue_pop_tail(&ring->paths));
    ring->number--;
}

void ring_free(struct ring *ring)
{
    if (!ring)
        return;
    g_queue_clear_full(&ring->paths, g_free);
    g_free(ring->stem);
    g_free(ring->suffix);
    g_free(ring);
}
