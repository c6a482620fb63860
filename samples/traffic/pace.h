/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file pace.h
 * How fast clients call, when they stop, and what time they say it is. One for the program, as its
 * clients have one thread.
 */
#ifndef IPCSHARK_TRAFFIC_PACE_H
#define IPCSHARK_TRAFFIC_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct pace_options {
    double rate;     /**< Calls a second; 0: as fast as they go. */
    bool fixed_time; /**< Made-up times, and calls in the same order in every run. */
};

/** From now on; SIGINT and SIGTERM ask to stop. */
void pace_start(const struct pace_options *options);
bool pace_is_stopping(void);

/** Waits for the next call's turn; once stopping, not at all, so that what has begun ends soon. */
void pace_wait(void);

/** Nanoseconds since 1970. */
uint64_t pace_time(void);

/** With fixed_time: waits until the peer has read what was sent on this socket, so that nothing
 *  sent later on another one can overtake it. */
void pace_settle(int descriptor);

/** With fixed_time: waits until the peer has closed the connection, too, and with it the
 *  process. */
void pace_leave(int descriptor);

#endif
