/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pace.h"

#include <errno.h>
#include <glib.h>
#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#define FIXED_TIME          UINT64_C(1767225600000000000) /* 2026-01-01 */
#define TICK                1000000u
#define SETTLE_MICROSECONDS G_USEC_PER_SEC

static struct {
    struct pace_options options;
    uint64_t fixed_clock;
    gint64 next; /* when the next call may begin, monotonic microseconds */
} pace;

static volatile sig_atomic_t stopping;

static void stop(int signal_number)
{
    (void)signal_number;
    stopping = 1;
}

void pace_start(const struct pace_options *options)
{
    /* No SA_RESTART: sleeping ends at once. The second signal kills. */
    struct sigaction action = {.sa_handler = stop, .sa_flags = (int)SA_RESETHAND};

    pace.options = *options;
    pace.fixed_clock = FIXED_TIME;
    pace.next = 0;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool pace_is_stopping(void)
{
    return stopping;
}

static void sleep_until(gint64 time)
{
    const struct timespec until = {time / G_USEC_PER_SEC, time % G_USEC_PER_SEC * 1000};

    while (!stopping && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        continue;
}

void pace_wait(void)
{
    gint64 now;

    if (pace.options.rate <= 0 || stopping)
        return;

    now = g_get_monotonic_time();
    sleep_until(pace.next);
    pace.next = MAX(pace.next, now) + (gint64)(G_USEC_PER_SEC / pace.options.rate);
}

uint64_t pace_time(void)
{
    return pace.options.fixed_time ? pace.fixed_clock += TICK : (uint64_t)g_get_real_time() * 1000;
}

void pace_settle(int descriptor)
{
    gint64 deadline = g_get_monotonic_time() + SETTLE_MICROSECONDS;
    int waiting = 0;

    if (!pace.options.fixed_time)
        return;

    while (ioctl(descriptor, SIOCOUTQ, &waiting) == 0 && waiting > 0 &&
           g_get_monotonic_time() < deadline)
        g_usleep(20);
}

void pace_leave(int descriptor)
{
    struct pollfd poll_descriptor = {.fd = descriptor, .events = POLLIN};
    gint64 deadline = g_get_monotonic_time() + SETTLE_MICROSECONDS;
    char bytes[4096];

    if (!pace.options.fixed_time)
        return;

    shutdown(descriptor, SHUT_WR);
    while (g_get_monotonic_time() < deadline &&
           poll(&poll_descriptor, 1, SETTLE_MICROSECONDS / 1000) > 0 &&
           recv(descriptor, bytes, sizeof bytes, 0) > 0)
        continue;
}
