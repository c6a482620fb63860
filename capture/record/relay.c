/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "relay.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    READ_SIZE = 256 * 1024,
    LOG_LIMIT = 32 << 20, /* Bytes of the log; more wait in the sockets. */
};

/** One direction of a link. */
struct direction {
    int from;
    int to;
    GByteArray *pending; /**< Read, and not yet taken by `to`. */
    gboolean is_over;
};

struct relay_link {
    struct direction direction[RELAY_SIDES];
    gpointer user;
};

struct relay {
    GThread *thread;
    GPtrArray *links; /**< struct relay_link; the thread's. */
    GArray *polled;   /**< struct pollfd: the wake-up, then one a direction. */
    guint8 *buffer;
    int wake_up;
    GMutex lock; /**< Of all below. */
    GCond taken;
    GPtrArray *added;  /**< struct relay_link, not yet seen by the thread. */
    GByteArray *log;   /**< struct entry_head and bytes, over and over. */
    GByteArray *spare; /**< The log that is being read changes places with it. */
    gboolean is_told;  /**< has_log was called, and the log not found empty since. */
    gboolean is_stopped;
    void (*has_log)(gpointer data);
    gpointer data;
};

struct entry_head {
    struct relay_link *link;
    guint64 time;
    gsize size;
    guint8 side;
    guint8 is_end;
};

static guint64 now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_REALTIME, &time);
    return (guint64)time.tv_sec * 1000000000u + (guint64)time.tv_nsec;
}

static void append_log(struct relay *relay, const struct entry_head *head, const guint8 *bytes)
{
    gboolean tell;

    g_mutex_lock(&relay->lock);
    while (relay->log->len > LOG_LIMIT && !relay->is_stopped)
        g_cond_wait(&relay->taken, &relay->lock);
    g_byte_array_append(relay->log, (const guint8 *)head, sizeof *head);
    g_byte_array_append(relay->log, bytes, (guint)head->size);
    tell = !relay->is_told;
    relay->is_told = TRUE;
    g_mutex_unlock(&relay->lock);
    if (tell)
        relay->has_log(relay->data);
}

/** How many bytes were taken; -1: the other side is gone. */
static ssize_t send_some(int to, const guint8 *bytes, gsize size)
{
    ssize_t sent = send(to, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);

    return sent < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : sent;
}

static gboolean forward(struct direction *direction, const guint8 *bytes, gsize size)
{
    ssize_t sent = send_some(direction->to, bytes, size);

    if (sent < 0)
        return FALSE;
    if ((gsize)sent < size)
        g_byte_array_append(direction->pending, bytes + sent, (guint)(size - (gsize)sent));
    return TRUE;
}

static gboolean write_pending(struct direction *direction)
{
    ssize_t sent = send_some(direction->to, direction->pending->data, direction->pending->len);

    if (sent > 0)
        g_byte_array_remove_range(direction->pending, 0, (guint)sent);
    return sent >= 0;
}

/** The bytes go on before they are logged; the time is that of their arrival. */
static gboolean read_some(struct relay *relay, struct relay_link *link, enum relay_side side)
{
    struct direction *direction = &link->direction[side];
    ssize_t size = recv(direction->from, relay->buffer, READ_SIZE, MSG_DONTWAIT);
    struct entry_head head = {.link = link, .side = (guint8)side};
    gboolean is_forwarded;

    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return TRUE;
    if (size <= 0)
        return FALSE;
    head.time = now();
    head.size = (gsize)size;
    is_forwarded = forward(direction, relay->buffer, head.size);
    append_log(relay, &head, relay->buffer);
    return is_forwarded;
}

/** One side has closed: the other learns it, and when both have, the link is over. */
static void end_direction(struct relay *relay, struct relay_link *link, enum relay_side side)
{
    struct entry_head head = {.link = link, .side = (guint8)side, .is_end = TRUE};

    link->direction[side].is_over = TRUE;
    shutdown(link->direction[side].to, SHUT_WR);
    if (link->direction[!side].is_over)
        g_ptr_array_remove(relay->links, link); /* the last that this thread does with it */
    append_log(relay, &head, NULL);
}

static void serve(struct relay *relay, struct relay_link *link, enum relay_side side)
{
    struct direction *direction = &link->direction[side];

    if (!(direction->pending->len ? write_pending(direction) : read_some(relay, link, side)))
        end_direction(relay, link, side);
}

static struct pollfd polled_for(const struct direction *direction)
{
    gboolean is_writing = direction->pending->len > 0;

    return (struct pollfd){
        .fd = direction->is_over ? -1
              : is_writing       ? direction->to
                                 : direction->from,
        .events = is_writing ? POLLOUT : POLLIN,
    };
}

static void prepare_poll(struct relay *relay)
{
    struct pollfd wake_up = {.fd = relay->wake_up, .events = POLLIN};

    g_array_set_size(relay->polled, 0);
    g_array_append_val(relay->polled, wake_up);
    for (guint i = 0; i < relay->links->len; i++) {
        const struct relay_link *link = g_ptr_array_index(relay->links, i);

        for (int side = 0; side < RELAY_SIDES; side++) {
            struct pollfd polled = polled_for(&link->direction[side]);

            g_array_append_val(relay->polled, polled);
        }
    }
}

/** Backwards, since a link that is over is taken out of the array. */
static void serve_links(struct relay *relay)
{
    const struct pollfd *polled = (const struct pollfd *)(const void *)relay->polled->data;

    for (guint i = relay->links->len; i-- > 0;) {
        struct relay_link *link = g_ptr_array_index(relay->links, i);
        const struct pollfd *own = &polled[1 + i * RELAY_SIDES];
        gboolean may_serve_reply = own[RELAY_REPLY].revents != 0;

        if (own[RELAY_REQUEST].revents) {
            gboolean was_alone = link->direction[RELAY_REPLY].is_over;

            serve(relay, link, RELAY_REQUEST);
            if (was_alone)
                continue; /* it may be over, and freed */
        }
        if (may_serve_reply)
            serve(relay, link, RELAY_REPLY);
    }
}

/** False: the relay is stopped. */
static gboolean take_added(struct relay *relay)
{
    guint64 count;
    gboolean goes_on;

    if (read(relay->wake_up, &count, sizeof count) < 0 && errno != EAGAIN)
        return FALSE;
    g_mutex_lock(&relay->lock);
    for (guint i = 0; i < relay->added->len; i++)
        g_ptr_array_add(relay->links, g_ptr_array_index(relay->added, i));
    g_ptr_array_set_size(relay->added, 0);
    goes_on = !relay->is_stopped;
    g_mutex_unlock(&relay->lock);
    return goes_on;
}

static gpointer run(gpointer data)
{
    struct relay *relay = data;

    for (;;) {
        prepare_poll(relay);
        poll((struct pollfd *)(void *)relay->polled->data, relay->polled->len, -1);
        serve_links(relay);
        if (g_array_index(relay->polled, struct pollfd, 0).revents && !take_added(relay))
            return NULL;
    }
}

struct relay *relay_new(void (*has_log)(gpointer data), gpointer data)
{
    struct relay *relay = g_new0(struct relay, 1);

    relay->links = g_ptr_array_new();
    relay->added = g_ptr_array_new();
    relay->polled = g_array_new(FALSE, FALSE, sizeof(struct pollfd));
    relay->buffer = g_malloc(READ_SIZE);
    relay->wake_up = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    relay->log = g_byte_array_new();
    relay->spare = g_byte_array_new();
    relay->has_log = has_log;
    relay->data = data;
    g_mutex_init(&relay->lock);
    g_cond_init(&relay->taken);
    relay->thread = g_thread_new("relay", run, relay);
    return relay;
}

static void wake_up(struct relay *relay)
{
    const guint64 one = 1;

    if (write(relay->wake_up, &one, sizeof one) < 0)
        return; /* it is awake as often as can be counted */
}

struct relay_link *relay_add(struct relay *relay, int client, int server, gpointer user)
{
    struct relay_link *link = g_new0(struct relay_link, 1);

    link->user = user;
    link->direction[RELAY_REQUEST] =
        (struct direction){.from = client, .to = server, .pending = g_byte_array_new()};
    link->direction[RELAY_REPLY] =
        (struct direction){.from = server, .to = client, .pending = g_byte_array_new()};
    g_mutex_lock(&relay->lock);
    g_ptr_array_add(relay->added, link);
    g_mutex_unlock(&relay->lock);
    wake_up(relay);
    return link;
}

void relay_link_free(struct relay_link *link)
{
    close(link->direction[RELAY_REQUEST].from);
    close(link->direction[RELAY_REQUEST].to);
    for (int side = 0; side < RELAY_SIDES; side++)
        g_byte_array_unref(link->direction[side].pending);
    g_free(link);
}

static GByteArray *swap_logs(struct relay *relay)
{
    GByteArray *log;

    g_mutex_lock(&relay->lock);
    log = relay->log;
    relay->log = relay->spare;
    relay->spare = log;
    relay->is_told = log->len > 0;
    g_cond_signal(&relay->taken);
    g_mutex_unlock(&relay->lock);
    return log;
}

gboolean relay_take_log(struct relay *relay, void (*take)(const struct relay_log_entry *entry))
{
    GByteArray *log = swap_logs(relay);
    gboolean had_any = log->len > 0;

    for (gsize at = 0; at < log->len;) {
        struct entry_head head;
        struct relay_log_entry entry;

        memcpy(&head, log->data + at, sizeof head);
        entry = (struct relay_log_entry){
            head.link->user, head.side, head.is_end, head.time, log->data + at + sizeof head,
            head.size};
        at += sizeof head + head.size;
        take(&entry);
    }
    g_byte_array_set_size(log, 0);
    return had_any;
}

void relay_stop(struct relay *relay)
{
    g_mutex_lock(&relay->lock);
    relay->is_stopped = TRUE;
    g_cond_signal(&relay->taken);
    g_mutex_unlock(&relay->lock);
    wake_up(relay);
    g_thread_join(relay->thread);
}

void relay_free(struct relay *relay)
{
    g_ptr_array_unref(relay->links);
    g_ptr_array_unref(relay->added);
    g_array_unref(relay->polled);
    g_byte_array_unref(relay->log);
    g_byte_array_unref(relay->spare);
    g_mutex_clear(&relay->lock);
    g_cond_clear(&relay->taken);
    close(relay->wake_up);
    g_free(relay->buffer);
    g_free(relay);
}
