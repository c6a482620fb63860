/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file writer.h
 * The tap's thread: takes records from the queue to the destination, connects anew, tells of drops.
 */
#ifndef IPCTAP_WRITER_H
#define IPCTAP_WRITER_H

#include "destination.h"
#include "queue.h"

/** What turns a monotonic time into Unix time; it changes only when somebody sets the clock. */
struct tap_clock {
    uint64_t to_unix; /**< Atomic. */
};

struct writer {
    struct queue *queue;
    struct tap_clock *clock;
    struct destination destination;
    struct outgoing outgoing; /**< Taken from the queue, on its way. */
    pthread_t thread;
    char *producer;
    char *firmware;
    uint8_t platform;
    uint16_t source;
    uint64_t fixed_time; /* 0: the clock */
    uint64_t pair_monotonic;
    uint64_t pair_unix;
    uint64_t told_records; /**< Drops that the stream knows of. */
    uint64_t told_bytes;
    uint64_t deadline;  /**< Of closing, milliseconds; 0: not closing. */
    uint64_t last_busy; /**< When records came last, milliseconds. */
    int is_connected;   /**< Atomic. */
};

/** Connects and says who writes. False: not now (errno). */
bool ipctap_writer_connect(struct writer *writer);

/** The thread's function; ends when the queue is closing and empty, or the deadline is past. */
void *ipctap_writer_run(void *writer);

uint64_t ipctap_writer_now(void);

/** Reads both clocks; the thread does it each time that it looks for records. */
void ipctap_writer_set_clock(struct writer *writer);

#endif
