/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "writer.h"

#include <signal.h>
#include <string.h>
#include <time.h>

enum {
    RETRY_MILLISECONDS = 200,
    IDLE_MILLISECONDS = 500,
    CLOSE_MILLISECONDS = 2000,
    NOTE_SIZE = 1024,
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

/** Whether closing has gone on for too long to wait for a reader. */
static bool gives_up(struct writer *writer)
{
    if (!ipctap_queue_state(writer->queue).is_closing)
        return false;
    if (!writer->deadline)
        writer->deadline = milliseconds_now() + CLOSE_MILLISECONDS;
    return milliseconds_now() >= writer->deadline;
}

static void begin_note(struct ipcshark_writer *note, const struct writer *writer)
{
    struct ipctap_header header =
        ipctap_header_init(writer->platform, IPCTAP_NOTE, IPCTAP_SNAPSHOT);

    header.time = ipctap_writer_now();
    header.source = writer->source;
    ipctap_begin(note, &header);
}

/** A note is small: it goes out whole, or the connection is given up. */
static bool write_note(struct writer *writer, struct ipcshark_writer *note)
{
    size_t size = ipctap_end(note);
    size_t done = 0;

    while (done < size) {
        long written =
            ipctap_destination_write(&writer->destination, note->bytes + done, size - done);

        if (written < 0 || (written == 0 && gives_up(writer)))
            return false;
        done += (size_t)written;
    }
    return size != 0;
}

/** "A producer's first record is a note with PRODUCER and, if its clock is not Unix time, CLOCK_PAIR." */
static bool write_producer_note(struct writer *writer)
{
    uint8_t bytes[NOTE_SIZE];
    struct ipcshark_writer note = ipcshark_writer(bytes, sizeof bytes);
    uint8_t pair[16];

    begin_note(&note, writer);
    ipctap_add_text(&note, IPCTAP_PRODUCER, 0, writer->producer);
    ipctap_add_text(&note, IPCTAP_FIRMWARE, 0, writer->firmware);
    if (writer->pair_unix) {
        ipcshark_store_u64(pair, writer->pair_monotonic);
        ipcshark_store_u64(pair + 8, writer->pair_unix);
        ipctap_add(&note, IPCTAP_CLOCK_PAIR, 0, 0, pair, sizeof pair);
    }
    return write_note(writer, &note);
}

static void disconnect(struct writer *writer)
{
    ipctap_destination_disconnect(&writer->destination);
    atomic_store(&writer->is_connected, false);
}

bool ipctap_writer_connect(struct writer *writer)
{
    if (!ipctap_destination_connect(&writer->destination, writer->producer))
        return false;
    if (!write_producer_note(writer)) {
        disconnect(writer);
        return false;
    }
    atomic_store(&writer->is_connected, true);
    return true;
}

/** Tries again and again; false when closing gives up. A file that failed is not written anew. */
static bool connect_again(struct writer *writer)
{
    const struct timespec pause = {0, RETRY_MILLISECONDS * 1000000L};
    bool is_file = writer->destination.kind == DESTINATION_FILE;

    while (is_file || !ipctap_writer_connect(writer)) {
        if (gives_up(writer))
            return false;
        nanosleep(&pause, NULL);
    }
    return true;
}

/** How many of the first `written` bytes are whole records. */
static size_t whole_records(const uint8_t *bytes, size_t written)
{
    size_t whole = 0;
    size_t size;

    while (ipctap_stream_next(bytes + whole, written - whole, &size, NULL) == IPCTAP_STREAM_RECORD)
        whole += size;
    return whole;
}

/** A new connection begins with the record that the old one cut. */
static bool write_all(struct writer *writer, const uint8_t *bytes, size_t size)
{
    size_t start = 0;
    size_t done = 0;

    while (done < size) {
        long written = ipctap_destination_write(&writer->destination, bytes + done, size - done);

        if (written == 0 && gives_up(writer))
            return false;
        if (written < 0) {
            start += whole_records(bytes + start, done - start);
            done = start;
            disconnect(writer);
            if (!connect_again(writer))
                return false;
            continue;
        }
        done += (size_t)written;
    }
    return true;
}

/** DROPPED: "u64 records, u64 bytes not delivered since the last such note." */
static bool tell_drops(struct writer *writer)
{
    struct queue_state state = ipctap_queue_state(writer->queue);
    uint8_t bytes[NOTE_SIZE];
    uint8_t counts[16];
    struct ipcshark_writer note = ipcshark_writer(bytes, sizeof bytes);

    if (state.dropped_records == writer->told_records)
        return true;
    ipcshark_store_u64(counts, state.dropped_records - writer->told_records);
    ipcshark_store_u64(counts + 8, state.dropped_bytes - writer->told_bytes);
    begin_note(&note, writer);
    ipctap_add(&note, IPCTAP_DROPPED, 0, 0, counts, sizeof counts);
    if (!write_note(writer, &note))
        return false;
    writer->told_records = state.dropped_records;
    writer->told_bytes = state.dropped_bytes;
    return true;
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
    struct writer *writer = data;

    block_signals();
    while (ipctap_destination_is_connected(&writer->destination) || connect_again(writer)) {
        struct queue_half *half = ipctap_queue_take(writer->queue, IDLE_MILLISECONDS);
        bool is_empty = half->used == 0;

        if (!write_all(writer, half->bytes, half->used))
            break;
        half->used = 0;
        if (!tell_drops(writer))
            disconnect(writer);
        if (is_empty && ipctap_queue_state(writer->queue).is_closing)
            break;
    }
    disconnect(writer);
    return NULL;
}
