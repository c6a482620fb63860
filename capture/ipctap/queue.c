/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "queue.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    ENTRY_HEAD_SIZE = 16, /* time, size */
    SECOND_NANOSECONDS = 1000000000,
    NAP_NANOSECONDS = 1000000,
    SLEEP_NANOSECONDS = 500000000,
};

static uint64_t monotonic_now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * SECOND_NANOSECONDS + (uint64_t)time.tv_nsec;
}

static void init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

bool ipctap_queue_init(struct queue *queue, size_t size)
{
    memset(queue, 0, sizeof *queue);
    queue->size = size;
    pthread_mutex_init(&queue->lock, NULL);
    init_condition(&queue->woken);
    for (unsigned int i = 0; i < QUEUE_SHARDS; i++) {
        pthread_mutex_init(&queue->shard[i].lock, NULL);
        init_condition(&queue->shard[i].room);
    }
    return true;
}

void ipctap_queue_clear(struct queue *queue)
{
    for (unsigned int i = 0; i < QUEUE_SHARDS; i++) {
        struct queue_shard *shard = &queue->shard[i];

        pthread_cond_destroy(&shard->room);
        pthread_mutex_destroy(&shard->lock);
        free(shard->half[0].bytes);
        free(shard->half[1].bytes);
    }
    pthread_cond_destroy(&queue->woken);
    pthread_mutex_destroy(&queue->lock);
}

/** The same shard for all records of a thread, so that they keep their order. */
static struct queue_shard *own_shard(struct queue *queue)
{
    static unsigned int threads;
    static __thread unsigned int number; /* 0: none yet */

    if (!number)
        number = 1 + __atomic_fetch_add(&threads, 1, __ATOMIC_RELAXED) % QUEUE_SHARDS;
    return &queue->shard[number - 1];
}

/** Memory is touched as it is used, and there is none for threads that never emit. */
static bool ensure_halves(const struct queue *queue, struct queue_shard *shard)
{
    if (shard->is_used)
        return true;
    for (unsigned int i = 0; i < 2; i++) {
        if (!shard->half[i].bytes)
            shard->half[i].bytes = (uint8_t *)malloc(queue->size);
    }
    if (!shard->half[0].bytes || !shard->half[1].bytes)
        return false;
    __atomic_store_n(&shard->is_used, true, __ATOMIC_RELEASE);
    return true;
}

static void wake_writer(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    __atomic_store_n(&queue->rest, QUEUE_AWAKE, __ATOMIC_RELAXED);
    pthread_cond_signal(&queue->woken);
    pthread_mutex_unlock(&queue->lock);
}

static bool has_room(const struct queue *queue, const struct queue_shard *shard, size_t size)
{
    return size <= queue->size - shard->half[shard->filling].used;
}

static void wait_for_room(struct queue *queue, struct queue_shard *shard, size_t size)
{
    while (!has_room(queue, shard, size) && size <= queue->size &&
           !ipctap_queue_is_closing(queue)) {
        wake_writer(queue);
        pthread_cond_wait(&shard->room, &shard->lock);
    }
}

static void count_drop(struct queue_shard *shard, size_t size)
{
    shard->dropped_records++;
    shard->dropped_bytes += size;
}

struct queue_entry ipctap_queue_reserve(struct queue *queue, size_t size, bool may_wait)
{
    size_t wanted = ENTRY_HEAD_SIZE + size;
    struct queue_entry entry = {own_shard(queue), NULL, size, 0};
    struct queue_shard *shard = entry.shard;

    pthread_mutex_lock(&shard->lock);
    if (may_wait)
        wait_for_room(queue, shard, wanted);
    if (has_room(queue, shard, wanted) && ensure_halves(queue, shard)) {
        struct queue_half *half = &shard->half[shard->filling];

        entry.record = half->bytes + half->used + ENTRY_HEAD_SIZE;
        entry.time = monotonic_now();
        return entry;
    }
    count_drop(shard, size);
    pthread_mutex_unlock(&shard->lock);
    return entry;
}

void ipctap_queue_refuse(struct queue *queue, size_t size)
{
    struct queue_shard *shard = own_shard(queue);

    pthread_mutex_lock(&shard->lock);
    count_drop(shard, size);
    pthread_mutex_unlock(&shard->lock);
}

/**
 * `rest` is read under the shard's lock, and the writer looks at the shard under it after it has
 * set
 * `rest`: one of both sees the other.
 */
static bool writer_must_wake(struct queue *queue, const struct queue_half *half)
{
    int rest = __atomic_load_n(&queue->rest, __ATOMIC_RELAXED);

    return rest == QUEUE_SLEEPING || (rest == QUEUE_NAPPING && half->used > queue->size / 2);
}

void ipctap_queue_commit(struct queue *queue, const struct queue_entry *entry)
{
    struct queue_shard *shard = entry->shard;
    struct queue_half *half = &shard->half[shard->filling];
    uint64_t head[2];
    bool wake;

    head[0] = entry->time;
    head[1] = entry->size;
    memcpy(half->bytes + half->used, head, sizeof head);
    half->used += ENTRY_HEAD_SIZE + entry->size;
    shard->records++;
    shard->bytes += entry->size;
    wake = writer_must_wake(queue, half);
    pthread_mutex_unlock(&shard->lock);
    if (wake)
        wake_writer(queue);
}

static bool is_used(const struct queue_shard *shard)
{
    return __atomic_load_n(&shard->is_used, __ATOMIC_ACQUIRE);
}

struct queue_look ipctap_queue_look(struct queue *queue, bool is_last)
{
    struct queue_look look = {is_last ? UINT64_MAX : monotonic_now(), 0};

    for (unsigned int i = 0; i < QUEUE_SHARDS; i++) {
        if (!is_used(&queue->shard[i]))
            look.done |= 1u << i;
    }
    return look;
}

static void change_halves(struct queue_shard *shard, struct queue_half *empty)
{
    pthread_mutex_lock(&shard->lock);
    empty->used = empty->taken = 0;
    shard->filling = !shard->filling;
    pthread_cond_broadcast(&shard->room);
    pthread_mutex_unlock(&shard->lock);
}

/** The half with what comes next of a shard; NULL if it has no more. */
static struct queue_half *next_half(struct queue_shard *shard)
{
    struct queue_half *half = &shard->half[!shard->filling];

    if (half->taken < half->used)
        return half;
    change_halves(shard, half);
    half = &shard->half[!shard->filling];
    return half->used ? half : NULL;
}

/** The shard's next entry if its time is before `limit`. */
static struct queue_half *peek(struct queue_shard *shard, uint64_t limit, uint64_t *time)
{
    struct queue_half *half = next_half(shard);

    if (!half)
        return NULL;
    memcpy(time, half->bytes + half->taken, sizeof *time);
    return *time < limit ? half : NULL;
}

const uint8_t *ipctap_queue_next(struct queue *queue, struct queue_look *look, size_t *size)
{
    struct queue_half *first = NULL;
    uint64_t earliest = look->limit;
    uint64_t head[2];
    const uint8_t *entry;

    for (unsigned int i = 0; i < QUEUE_SHARDS; i++) {
        struct queue_half *half;
        uint64_t time;

        if (look->done >> i & 1)
            continue;
        half = peek(&queue->shard[i], look->limit, &time);
        if (!half)
            look->done |= 1u << i;
        else if (time < earliest) {
            earliest = time;
            first = half;
        }
    }
    if (!first)
        return NULL;
    entry = first->bytes + first->taken;
    memcpy(head, entry, sizeof head);
    *size = (size_t)head[1];
    first->taken += ENTRY_HEAD_SIZE + *size;
    return entry + ENTRY_HEAD_SIZE;
}

static bool is_empty(struct queue_shard *shard)
{
    bool empty;

    pthread_mutex_lock(&shard->lock);
    empty = shard->half[shard->filling].used == 0;
    pthread_mutex_unlock(&shard->lock);
    return empty;
}

static bool has_nothing(struct queue *queue)
{
    for (unsigned int i = 0; i < QUEUE_SHARDS; i++) {
        if (!is_empty(&queue->shard[i]))
            return false;
    }
    return true;
}

static struct timespec after(long nanoseconds)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_nsec += nanoseconds;
    time.tv_sec += time.tv_nsec / SECOND_NANOSECONDS;
    time.tv_nsec %= SECOND_NANOSECONDS;
    return time;
}

static void set_rest(struct queue *queue, enum queue_rest rest)
{
    pthread_mutex_lock(&queue->lock);
    __atomic_store_n(&queue->rest, rest, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&queue->lock);
}

static void wait_until_woken(struct queue *queue, const struct timespec *until)
{
    int status = 0;

    pthread_mutex_lock(&queue->lock);
    while (__atomic_load_n(&queue->rest, __ATOMIC_RELAXED) != QUEUE_AWAKE && status == 0 &&
           !ipctap_queue_is_closing(queue))
        status = pthread_cond_timedwait(&queue->woken, &queue->lock, until);
    __atomic_store_n(&queue->rest, QUEUE_AWAKE, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&queue->lock);
}

void ipctap_queue_rest(struct queue *queue, enum queue_rest rest)
{
    struct timespec until = after(rest == QUEUE_NAPPING ? NAP_NANOSECONDS : SLEEP_NANOSECONDS);

    set_rest(queue, rest);
    /* What came before `rest` was set wakes nobody. */
    if (rest == QUEUE_NAPPING || has_nothing(queue))
        wait_until_woken(queue, &until);
    else
        set_rest(queue, QUEUE_AWAKE);
}

static void add_counts(struct queue_shard *shard, struct queue_counts *sum)
{
    pthread_mutex_lock(&shard->lock);
    sum->records += shard->records;
    sum->bytes += shard->bytes;
    sum->dropped_records += shard->dropped_records;
    sum->dropped_bytes += shard->dropped_bytes;
    pthread_mutex_unlock(&shard->lock);
}

struct queue_counts ipctap_queue_counts(struct queue *queue)
{
    struct queue_counts counts = {0, 0, 0, 0};

    for (unsigned int i = 0; i < QUEUE_SHARDS; i++)
        add_counts(&queue->shard[i], &counts);
    return counts;
}

bool ipctap_queue_is_closing(const struct queue *queue)
{
    return __atomic_load_n(&queue->is_closing, __ATOMIC_ACQUIRE);
}

void ipctap_queue_begin_close(struct queue *queue)
{
    __atomic_store_n(&queue->is_closing, 1, __ATOMIC_RELEASE);
    for (unsigned int i = 0; i < QUEUE_SHARDS; i++) {
        pthread_mutex_lock(&queue->shard[i].lock);
        pthread_cond_broadcast(&queue->shard[i].room);
        pthread_mutex_unlock(&queue->shard[i].lock);
    }
    wake_writer(queue);
}
