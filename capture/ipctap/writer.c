/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "writer.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    RETRY_MILLISECONDS = 200,
    BUSY_MILLISECONDS = 1000, /* So long after a record the writer only naps. */
    CLOSE_MILLISECONDS = 2000,
    NOTE_SIZE = 1024,
    OUTGOING_SIZE = 256 * 1024,
};

uint64_t ipctap_writer_now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_REALTIME, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static uint64_t milliseconds_now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000u + (uint64_t)time.tv_nsec / 1000000u;
}

void ipctap_writer_set_clock(struct writer *writer)
{
    struct timespec monotonic;
    uint64_t now;

    clock_gettime(CLOCK_MONOTONIC, &monotonic);
    now = (uint64_t)monotonic.tv_sec * 1000000000u + (uint64_t)monotonic.tv_nsec;
    __atomic_store_n(&writer->clock->to_unix, ipctap_writer_now() - now, __ATOMIC_RELAXED);
}

/** Whether closing has gone on for too long to wait for a reader. */
static bool gives_up(struct writer *writer)
{
    if (!ipctap_queue_is_closing(writer->queue))
        return false;
    if (!writer->deadline)
        writer->deadline = milliseconds_now() + CLOSE_MILLISECONDS;
    return milliseconds_now() >= writer->deadline;
}

static void begin_note(struct ipcshark_writer *note, const struct writer *writer)
{
    struct ipctap_header header =
        ipctap_header_init(writer->platform, IPCTAP_NOTE, IPCTAP_SNAPSHOT);

    header.time = writer->fixed_time ? writer->fixed_time : ipctap_writer_now();
    header.source = writer->source;
    ipctap_begin(note, &header);
}

/** A connection's first bytes go out whole, or the connection is given up. */
static bool write_first(struct writer *writer, const struct outgoing *first)
{
    size_t done = 0;

    while (done < first->used) {
        long written =
            ipctap_destination_write(&writer->destination, first->bytes + done, first->used - done);

        if (written < 0 || (written == 0 && gives_up(writer)))
            return false;
        done += (size_t)written;
    }
    return first->used != 0;
}

/** "A producer's first record is a note with PRODUCER and, if its clock is not Unix time,
 *  CLOCK_PAIR." */
static bool write_producer_note(struct writer *writer)
{
    uint8_t bytes[NOTE_SIZE];
    struct ipcshark_writer note = ipcshark_writer(bytes, sizeof bytes);
    struct outgoing first = {NULL, 0, 0};
    uint8_t pair[16];
    bool good;

    begin_note(&note, writer);
    ipctap_add_text(&note, IPCTAP_PRODUCER, 0, writer->producer);
    ipctap_add_text(&note, IPCTAP_FIRMWARE, 0, writer->firmware);
    if (writer->pair_unix) {
        ipcshark_store_u64(pair, writer->pair_monotonic);
        ipcshark_store_u64(pair + 8, writer->pair_unix);
        ipctap_add(&note, IPCTAP_CLOCK_PAIR, 0, 0, pair, sizeof pair);
    }
    good = ipctap_destination_append(&writer->destination, &first, bytes, ipctap_end(&note)) &&
           write_first(writer, &first);
    free(first.bytes);
    return good;
}

bool ipctap_writer_connect(struct writer *writer)
{
    if (!ipctap_destination_connect(&writer->destination, writer->producer))
        return false;
    if (!write_producer_note(writer)) {
        ipctap_destination_disconnect(&writer->destination);
        return false;
    }
    __atomic_store_n(&writer->is_connected, true, __ATOMIC_RELAXED);
    return true;
}

/** Tries again and again; false when closing gives up. A file that is full is still open. */
static bool connect_again(struct writer *writer)
{
    struct timespec pause = {0, RETRY_MILLISECONDS * 1000000L};

    do {
        if (gives_up(writer))
            return false;
        nanosleep(&pause, NULL);
    } while (!ipctap_destination_is_connected(&writer->destination) &&
             !ipctap_writer_connect(writer));
    return true;
}

/** A new connection begins with the record that the old one cut, a file with the block. */
static bool start_again(struct writer *writer, size_t *start, size_t *done)
{
    *start += ipctap_destination_whole(&writer->destination, writer->outgoing.bytes + *start,
                                       *done - *start);
    ipctap_destination_give_up(&writer->destination, *done - *start);
    *done = *start;
    if (!ipctap_destination_is_connected(&writer->destination))
        __atomic_store_n(&writer->is_connected, false, __ATOMIC_RELAXED);
    return connect_again(writer);
}

/** Writes what has been taken from the queue. False: closing, and nobody takes it. */
static bool flush(struct writer *writer)
{
    struct outgoing *outgoing = &writer->outgoing;
    size_t start = 0;
    size_t done = 0;

    while (done < outgoing->used) {
        long written = ipctap_destination_write(&writer->destination, outgoing->bytes + done,
                                                outgoing->used - done);

        if (written == 0 && gives_up(writer))
            return false;
        if (written >= 0)
            done += (size_t)written;
        else if (!start_again(writer, &start, &done))
            return false;
    }
    outgoing->used = 0;
    return true;
}

/** Takes what is there. False: closing, and nobody takes it. */
static bool drain(struct writer *writer, bool is_last, size_t *taken)
{
    struct queue_look look = ipctap_queue_look(writer->queue, is_last);
    const uint8_t *record;
    size_t size;

    *taken = 0;
    while ((record = ipctap_queue_next(writer->queue, &look, &size)) != NULL) {
        if (!ipctap_destination_append(&writer->destination, &writer->outgoing, record, size))
            ipctap_queue_refuse(writer->queue, size);
        *taken += size;
        if (writer->outgoing.used >= OUTGOING_SIZE && !flush(writer))
            return false;
    }
    return true;
}

/** DROPPED: "u64 records, u64 bytes not delivered since the last such note." */
static void tell_drops(struct writer *writer)
{
    struct queue_counts counts = ipctap_queue_counts(writer->queue);
    uint8_t bytes[NOTE_SIZE];
    uint8_t numbers[16];
    struct ipcshark_writer note = ipcshark_writer(bytes, sizeof bytes);

    if (counts.dropped_records == writer->told_records)
        return;
    ipcshark_store_u64(numbers, counts.dropped_records - writer->told_records);
    ipcshark_store_u64(numbers + 8, counts.dropped_bytes - writer->told_bytes);
    begin_note(&note, writer);
    ipctap_add(&note, IPCTAP_DROPPED, 0, 0, numbers, sizeof numbers);
    ipctap_destination_append(&writer->destination, &writer->outgoing, bytes, ipctap_end(&note));
    writer->told_records = counts.dropped_records;
    writer->told_bytes = counts.dropped_bytes;
}

static void end_file(struct writer *writer)
{
    ipctap_destination_append_end(&writer->destination, &writer->outgoing, writer->told_records);
    flush(writer);
}

/** After much, more is there already; while records come, the emitters need not wake anybody. */
static void rest(struct writer *writer, size_t taken)
{
    uint64_t now = milliseconds_now();

    if (taken)
        writer->last_busy = now;
    if (taken < OUTGOING_SIZE)
        ipctap_queue_rest(writer->queue, now - writer->last_busy < BUSY_MILLISECONDS
                                             ? QUEUE_NAPPING
                                             : QUEUE_SLEEPING);
}

/** A reader that goes away is told by a failed write, not by a signal that ends the host. */
static void block_signals(void)
{
    sigset_t all;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
}

void *ipctap_writer_run(void *data)
{
    struct writer *writer = (struct writer *)data;
    bool is_over = false;
    size_t taken;

    block_signals();
    if (!ipctap_destination_is_connected(&writer->destination) && !connect_again(writer))
        return NULL;
    while (!is_over) {
        bool is_last = ipctap_queue_is_closing(writer->queue);

        ipctap_writer_set_clock(writer);
        if (!drain(writer, is_last, &taken))
            break;
        tell_drops(writer);
        if (!flush(writer))
            break;
        is_over = is_last && taken == 0;
        if (is_over)
            end_file(writer);
        else if (!is_last)
            rest(writer, taken);
    }
    ipctap_destination_disconnect(&writer->destination);
    __atomic_store_n(&writer->is_connected, false, __ATOMIC_RELAXED);
    return NULL;
}
