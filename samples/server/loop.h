/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file loop.h
 * The server's one thread waits here, for sockets and for times: a single system call per wake-up,
 * which costs as much with a thousand connections as with one. It runs by itself, or as a source of
 * a GMainContext for programs that have one.
 */
#ifndef IPCSHARK_SERVER_LOOP_H
#define IPCSHARK_SERVER_LOOP_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

struct server_loop;

/** A descriptor and who wants to know. Belongs to the caller, who keeps it as long as it is
 *  watched. */
struct server_watch {
    /** `events` as epoll_wait() gives them: EPOLLIN, EPOLLOUT, EPOLLHUP, EPOLLERR. */
    void (*function)(void *data, uint32_t events);
    void *data;
    int descriptor;
    bool is_watched;
    uint32_t events;
};

struct server_loop *server_loop_new(void);
void server_loop_free(struct server_loop *loop);

/** What to watch for from now on; 0: only EPOLLHUP and EPOLLERR. */
void server_loop_watch(struct server_loop *loop, struct server_watch *watch, uint32_t events);
/** May be called from inside any watch's function; the watch may be freed afterwards. */
void server_loop_unwatch(struct server_loop *loop, struct server_watch *watch);

/** Waits for something (if it may) and calls whom it concerns. */
void server_loop_run_once(struct server_loop *loop, bool may_wait);

/** A source that does the same, attached to `context`. */
GSource *server_loop_attach(struct server_loop *loop, GMainContext *context);

/** server_timer_new() of server.h; monotonic nanoseconds. */
typedef void (*server_timer_function)(void *data);
struct server_timer;
struct server_timer *server_loop_add_timer(struct server_loop *loop, uint64_t nanoseconds,
                                           server_timer_function function, void *data);

#endif
