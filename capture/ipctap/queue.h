/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file queue.h
 * Whole records that wait for the writer: two halves that change places. Emitters append to one under
 * a lock that is held for the copy alone, while the writer empties the other without any lock.
 */
#ifndef IPCTAP_QUEUE_H
#define IPCTAP_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue_half {
    uint8_t *bytes;
    size_t used;
};

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t filled; /**< The writer sleeps on it. */
    pthread_cond_t room;   /**< Emitters that may wait sleep on it. */
    struct queue_half half[2];
    size_t size; /**< Bytes of a half. */
    int filling; /**< The half that emitters append to. */
    bool writer_sleeps;
    bool is_closing;
    uint64_t records;
    uint64_t bytes;
    uint64_t dropped_records;
    uint64_t dropped_bytes;
};

bool ipctap_queue_init(struct queue *queue, size_t size);
void ipctap_queue_clear(struct queue *queue);

/**
 * Room for `size` bytes, with the lock held: fill it and call ipctap_queue_commit(). NULL, without the lock:
 * dropped and counted.
 */
uint8_t *ipctap_queue_reserve(struct queue *queue, size_t size, bool may_wait);

/** Counts a record as dropped without looking for room. Always NULL. */
uint8_t *ipctap_queue_refuse(struct queue *queue, size_t size);

void ipctap_queue_commit(struct queue *queue, size_t size);

/** What came since the last time, for the writer. Waits at most `milliseconds` for something. */
struct queue_half *ipctap_queue_take(struct queue *queue, int milliseconds);

/** All the writer has to know under the lock. */
struct queue_state {
    bool is_closing;
    uint64_t dropped_records;
    uint64_t dropped_bytes;
};

struct queue_state ipctap_queue_state(struct queue *queue);
void ipctap_queue_begin_close(struct queue *queue);

#endif
