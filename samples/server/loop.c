/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "loop.h"

#include "internal.h"

#include <errno.h>
#include <unistd.h>

#define BATCH                       64
#define NANOSECONDS_PER_MILLISECOND 1000000u
/* Far times are cut to what can be counted in (24 days of milliseconds). */
#define FARTHEST (G_GUINT64_CONSTANT(2000000000) * NANOSECONDS_PER_MILLISECOND)

struct server_loop {
    int epoll;
    GSequence *timers; /* struct server_timer, the next one first. */
    struct epoll_event batch[BATCH];
    int batch_size;
    int batch_next; /* The rest of the batch has not been told yet. */
};

struct server_timer {
    struct server_loop *loop;
    GSequenceIter *place;
    uint64_t deadline;
    server_timer_function function;
    void *data;
};

struct loop_source {
    GSource source;
    struct server_loop *loop;
    gpointer tag;
};

struct server_loop *server_loop_new(void)
{
    struct server_loop *loop = g_new0(struct server_loop, 1);

    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll < 0)
        g_error("epoll_create1: %s", g_strerror(errno));
    loop->timers = g_sequence_new(g_free);
    return loop;
}

void server_loop_free(struct server_loop *loop)
{
    close(loop->epoll);
    g_sequence_free(loop->timers);
    g_free(loop);
}

void server_loop_watch(struct server_loop *loop, struct server_watch *watch, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = watch};

    if (watch->is_watched && watch->events == events)
        return;

    epoll_ctl(loop->epoll, watch->is_watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, watch->descriptor,
              &event);
    watch->is_watched = true;
    watch->events = events;
}

void server_loop_unwatch(struct server_loop *loop, struct server_watch *watch)
{
    if (!watch->is_watched)
        return;

    epoll_ctl(loop->epoll, EPOLL_CTL_DEL, watch->descriptor, NULL);
    watch->is_watched = false;
    for (int i = loop->batch_next; i < loop->batch_size; i++) {
        if (loop->batch[i].data.ptr == watch)
            loop->batch[i].data.ptr = NULL;
    }
}

static gint compare_deadlines(gconstpointer a, gconstpointer b, gpointer data)
{
    const struct server_timer *left = a;
    const struct server_timer *right = b;

    (void)data;
    /* Equal ones in the order in which they were set. */
    return left->deadline < right->deadline ? -1 : 1;
}

struct server_timer *server_loop_add_timer(struct server_loop *loop, uint64_t nanoseconds,
                                           server_timer_function function, void *data)
{
    struct server_timer *timer = g_new0(struct server_timer, 1);

    timer->loop = loop;
    timer->function = function;
    timer->data = data;
    timer->deadline = server_monotonic_time() + MIN(nanoseconds, FARTHEST);
    timer->place = g_sequence_insert_sorted(loop->timers, timer, compare_deadlines, NULL);
    return timer;
}

void server_timer_cancel(struct server_timer *timer)
{
    if (timer)
        g_sequence_remove(timer->place);
}

static struct server_timer *next_timer(const struct server_loop *loop)
{
    GSequenceIter *first = g_sequence_get_begin_iter(loop->timers);

    return g_sequence_iter_is_end(first) ? NULL : g_sequence_get(first);
}

/* Those that are due now, not what they set in turn: sockets get their chance in between. */
static void run_timers(struct server_loop *loop)
{
    struct server_timer *timer = next_timer(loop);
    uint64_t now = timer ? server_monotonic_time() : 0;

    for (; timer && timer->deadline <= now; timer = next_timer(loop)) {
        server_timer_function function = timer->function;
        void *data = timer->data;

        g_sequence_remove(timer->place);
        function(data);
    }
}

/* Milliseconds until the next timer, rounded up; -1: there is none. */
static int milliseconds_left(const struct server_loop *loop)
{
    const struct server_timer *timer = next_timer(loop);
    uint64_t now;

    if (!timer)
        return -1;
    now = server_monotonic_time();
    if (timer->deadline <= now)
        return 0;
    return (int)((timer->deadline - now + NANOSECONDS_PER_MILLISECOND - 1) /
                 NANOSECONDS_PER_MILLISECOND);
}

void server_loop_run_once(struct server_loop *loop, bool may_wait)
{
    loop->batch_size =
        epoll_wait(loop->epoll, loop->batch, BATCH, may_wait ? milliseconds_left(loop) : 0);
    loop->batch_next = 0;
    while (loop->batch_next < loop->batch_size) {
        const struct epoll_event *event = &loop->batch[loop->batch_next++];
        const struct server_watch *watch = event->data.ptr;

        if (watch)
            watch->function(watch->data, event->events);
    }
    loop->batch_size = 0;
    run_timers(loop);
}

static gboolean prepare(GSource *source, gint *timeout)
{
    *timeout = milliseconds_left(((struct loop_source *)source)->loop);
    return *timeout == 0;
}

static gboolean check(GSource *source)
{
    const struct loop_source *self = (const struct loop_source *)source;

    return g_source_query_unix_fd(source, self->tag) || milliseconds_left(self->loop) == 0;
}

static gboolean dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
    (void)callback;
    (void)data;
    server_loop_run_once(((struct loop_source *)source)->loop, false);
    return G_SOURCE_CONTINUE;
}

GSource *server_loop_attach(struct server_loop *loop, GMainContext *context)
{
    static GSourceFuncs functions = {.prepare = prepare, .check = check, .dispatch = dispatch};
    GSource *source = g_source_new(&functions, sizeof(struct loop_source));
    struct loop_source *self = (struct loop_source *)source;

    self->loop = loop;
    self->tag = g_source_add_unix_fd(source, loop->epoll, G_IO_IN);
    g_source_attach(source, context);
    return source;
}
