/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "queue.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

enum {
    NANOSECONDS = 1000000000,
    NANOSECONDS_PER_MILLISECOND = 1000000,
};

bool ipctap_queue_init(struct queue *queue, size_t size)
{
    *queue = (struct queue){.size = size};
    queue->half[0].bytes = malloc(size);
    queue->half[1].bytes = malloc(size);
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->filled, NULL);
    pthread_cond_init(&queue->room, NULL);
    return queue->half[0].bytes && queue->half[1].bytes;
}

void ipctap_queue_clear(struct queue *queue)
{
    pthread_cond_destroy(&queue->room);
    pthread_cond_destroy(&queue->filled);
    pthread_mutex_destroy(&queue->lock);
    free(queue->half[0].bytes);
    free(queue->half[1].bytes);
}

static size_t room_left(const struct queue *queue)
{
    return queue->size - queue->half[queue->filling].used;
}

static void wait_for_room(struct queue *queue, size_t size)
{
    while (size > room_left(queue) && size <= queue->size && !queue->is_closing)
        pthread_cond_wait(&queue->room, &queue->lock);
}

uint8_t *ipctap_queue_reserve(struct queue *queue, size_t size, bool may_wait)
{
    pthread_mutex_lock(&queue->lock);
    if (may_wait)
        wait_for_room(queue, size);
    if (size <= room_left(queue)) {
        struct queue_half *half = &queue->half[queue->filling];

        return half->bytes + half->used;
    }
    queue->dropped_records++;
    queue->dropped_bytes += size;
    pthread_mutex_unlock(&queue->lock);
    return NULL;
}

uint8_t *ipctap_queue_refuse(struct queue *queue, size_t size)
{
    pthread_mutex_lock(&queue->lock);
    queue->dropped_records++;
    queue->dropped_bytes += size;
    pthread_mutex_unlock(&queue->lock);
    return NULL;
}

/** Waking a thread is a system call: made only if the writer has gone to sleep. */
void ipctap_queue_commit(struct queue *queue, size_t size)
{
    bool wake = queue->writer_sleeps;

    queue->half[queue->filling].used += size;
    queue->records++;
    queue->bytes += size;
    queue->writer_sleeps = false;
    pthread_mutex_unlock(&queue->lock);
    if (wake)
        pthread_cond_signal(&queue->filled);
}

static struct timespec in_milliseconds(int milliseconds)
{
    struct timespec time;

    clock_gettime(CLOCK_REALTIME, &time);
    time.tv_nsec += (long)milliseconds * NANOSECONDS_PER_MILLISECOND;
    time.tv_sec += time.tv_nsec / NANOSECONDS;
    time.tv_nsec %= NANOSECONDS;
    return time;
}

static void sleep_until_filled(struct queue *queue, int milliseconds)
{
    struct timespec until = in_milliseconds(milliseconds);

    while (queue->half[queue->filling].used == 0 && !queue->is_closing) {
        queue->writer_sleeps = true;
        if (pthread_cond_timedwait(&queue->filled, &queue->lock, &until) == ETIMEDOUT)
            break;
    }
    queue->writer_sleeps = false;
}

struct queue_half *ipctap_queue_take(struct queue *queue, int milliseconds)
{
    struct queue_half *taken;

    pthread_mutex_lock(&queue->lock);
    sleep_until_filled(queue, milliseconds);
    taken = &queue->half[queue->filling];
    queue->filling = !queue->filling;
    queue->half[queue->filling].used = 0;
    pthread_cond_broadcast(&queue->room);
    pthread_mutex_unlock(&queue->lock);
    return taken;
}

struct queue_state ipctap_queue_state(struct queue *queue)
{
    struct queue_state state;

    pthread_mutex_lock(&queue->lock);
    state.is_closing = queue->is_closing;
    state.dropped_records = queue->dropped_records;
    state.dropped_bytes = queue->dropped_bytes;
    pthread_mutex_unlock(&queue->lock);
    return state;
}

void ipctap_queue_begin_close(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->is_closing = true;
    pthread_cond_broadcast(&queue->room);
    pthread_cond_signal(&queue->filled);
    pthread_mutex_unlock(&queue->lock);
}
