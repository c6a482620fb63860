/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file queue.h
 * Whole records that wait for the writer. Each emitting thread has a shard: two halves that change
 * places; emitters append to one under the shard's own lock, held for the copy alone, while the
 * writer empties the other without any. Threads share a shard only if there are more than
 * QUEUE_SHARDS.
 *
 * "A producer writes an exit before any record that uses what it returned": every record has the
 * time at which it was begun, on the system's monotonic clock, and the writer merges the shards by
 * that. It takes only records from before it began to look: what those depend on was finished even
 * earlier, so it is found too. (A counter would do the same; but all threads would have to write
 * it.)
 */
#ifndef IPCTAP_QUEUE_H
#define IPCTAP_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUEUE_SHARDS 16
#define QUEUE_APART  128 /* two cache lines: what one thread writes shall not slow down another */

struct queue_half {
    uint8_t *bytes; /**< Entries: time and size, then the record. */
    size_t used;
    size_t taken; /**< By the writer. */
};

struct queue_shard {
    pthread_mutex_t lock;
    pthread_cond_t room; /**< Emitters that may wait sleep on it. */
    struct queue_half half[2];
    int filling; /**< The half that emitters append to. */
    bool is_used;
    uint64_t records;
    uint64_t bytes;
    uint64_t dropped_records;
    uint64_t dropped_bytes;
    uint8_t apart[QUEUE_APART]; /**< The next shard's fields are in no cache line of this one. */
};

/** What the writer does; decides whether an emitter has to wake it, which is a system call. */
enum queue_rest {
    QUEUE_AWAKE,
    QUEUE_NAPPING,  /**< Looks again within a millisecond: to be woken when a half is half full. */
    QUEUE_SLEEPING, /**< Nothing came for a while: to be woken by the next record. */
};

struct queue {
    size_t size;          /**< Bytes of a half. */
    int rest;             /**< enum queue_rest. */
    int is_closing;       /**< Atomic. */
    pthread_mutex_t lock; /**< Of `woken` and changes of `rest`. */
    pthread_cond_t woken;
    uint8_t apart[QUEUE_APART]; /**< Emitters only read what is above. */
    struct queue_shard shard[QUEUE_SHARDS];
};

bool ipctap_queue_init(struct queue *queue, size_t size);
void ipctap_queue_clear(struct queue *queue);

/** An entry that is being filled: room for a record, its shard locked. */
struct queue_entry {
    struct queue_shard *shard;
    uint8_t *record; /**< NULL: dropped and counted; nothing is locked. */
    size_t size;
    uint64_t time; /**< Monotonic, nanoseconds. */
};

/** Room for `size` bytes (a multiple of 8): fill it and call ipctap_queue_commit(). */
struct queue_entry ipctap_queue_reserve(struct queue *queue, size_t size, bool may_wait);
void ipctap_queue_commit(struct queue *queue, const struct queue_entry *entry);

/** Counts a record as dropped without looking for room. */
void ipctap_queue_refuse(struct queue *queue, size_t size);

/** For the writer: a look at what is there. */
struct queue_look {
    uint64_t limit; /**< Records from then on are the next look's. */
    uint32_t done;  /**< Shards that have no more, a bit each. */
};

/** `is_last`: nobody emits any more; everything is there to be seen. */
struct queue_look ipctap_queue_look(struct queue *queue, bool is_last);

/** The next record in the order of their times, valid until the next call. NULL: no more. */
const uint8_t *ipctap_queue_next(struct queue *queue, struct queue_look *look, size_t *size);

/** Rests until there may be something to do. */
void ipctap_queue_rest(struct queue *queue, enum queue_rest rest);

struct queue_counts {
    uint64_t records;
    uint64_t bytes;
    uint64_t dropped_records;
    uint64_t dropped_bytes;
};

struct queue_counts ipctap_queue_counts(struct queue *queue);

bool ipctap_queue_is_closing(const struct queue *queue);
void ipctap_queue_begin_close(struct queue *queue);

#endif
