/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    DEFAULT_QUEUE_SIZE = 8 << 20,
};

struct ipctap {
    struct queue queue;
    struct writer writer;
    uint32_t section_cap;
    bool may_wait;
    uint16_t source;
    atomic_uint_fast64_t last_call_id;
};

/** Not secret, only unlikely to be another run's: the clock and where this program lies. */
static uint16_t random_source(const struct ipctap *tap)
{
    uint64_t mixed = (ipctap_writer_now() ^ (uint64_t)(uintptr_t)tap) * 0x9E3779B97F4A7C15u;

    return (uint16_t)(mixed >> 48) ? (uint16_t)(mixed >> 48) : 1;
}

static char *copy_text(const char *text)
{
    return text ? strdup(text) : NULL;
}

static void init_writer(struct ipctap *tap, const struct ipctap_options *options)
{
    struct writer *writer = &tap->writer;

    writer->queue = &tap->queue;
    writer->producer = strdup(options->producer ? options->producer : "libipctap");
    writer->firmware = copy_text(options->firmware);
    writer->platform = options->platform;
    writer->source = tap->source;
    writer->pair_monotonic = options->pair_monotonic;
    writer->pair_unix = options->pair_unix;
    if (options->pair_unix)
        writer->destination.monotonic_to_unix = options->pair_unix - options->pair_monotonic;
}

static void free_tap(struct ipctap *tap)
{
    ipctap_queue_clear(&tap->queue);
    ipctap_destination_clear(&tap->writer.destination);
    free(tap->writer.producer);
    free(tap->writer.firmware);
    free(tap);
}

static bool start(struct ipctap *tap, const struct ipctap_options *options, char *error,
                  size_t error_size)
{
    /* A file must be there at once: later nobody would learn that it cannot be written. */
    bool must_connect = options->must_connect || tap->writer.destination.kind == DESTINATION_FILE;

    if (!ipctap_writer_connect(&tap->writer) && must_connect) {
        if (error)
            snprintf(error, error_size, "cannot reach %s: %s", options->destination,
                     strerror(errno));
        return false;
    }
    return pthread_create(&tap->writer.thread, NULL, ipctap_writer_run, &tap->writer) == 0;
}

struct ipctap *ipctap_open(const struct ipctap_options *options, char *error, size_t error_size)
{
    struct ipctap *tap = calloc(1, sizeof *tap);
    size_t size = options->queue_size ? options->queue_size : DEFAULT_QUEUE_SIZE;

    if (error && error_size)
        error[0] = '\0';
    if (!tap)
        return NULL;
    tap->section_cap = options->section_cap ? options->section_cap : IPCTAP_DEFAULT_SECTION_CAP;
    tap->may_wait = options->policy == IPCTAP_POLICY_WAIT;
    tap->source = random_source(tap);
    if (ipctap_queue_init(&tap->queue, size) &&
        ipctap_destination_parse(&tap->writer.destination, options->destination, error,
                                 error_size)) {
        init_writer(tap, options);
        if (start(tap, options, error, error_size))
            return tap;
    }
    free_tap(tap);
    return NULL;
}

void ipctap_close(struct ipctap *tap)
{
    if (!tap)
        return;
    ipctap_queue_begin_close(&tap->queue);
    pthread_join(tap->writer.thread, NULL);
    free_tap(tap);
}

static uint32_t captured_size(const struct ipctap *tap, const struct ipctap_part *part)
{
    return part->size < tap->section_cap ? part->size : tap->section_cap;
}

static size_t record_size(const struct ipctap *tap, const struct ipctap_part *parts, size_t count)
{
    size_t size = IPCTAP_HEADER_SIZE;

    for (size_t i = 0; i < count; i++)
        size += IPCTAP_SECTION_SIZE + ((captured_size(tap, &parts[i]) + 7) & ~(size_t)7);
    return size;
}

/** The header as it is sent: time, source and TRUNCATED filled in. */
static struct ipctap_header complete_header(const struct ipctap *tap,
                                            const struct ipctap_header *from,
                                            const struct ipctap_part *parts, size_t count,
                                            bool is_cut)
{
    struct ipctap_header header = *from;

    for (size_t i = 0; i < count; i++)
        is_cut |= parts[i].size > tap->section_cap;
    if (is_cut)
        header.flags |= IPCTAP_TRUNCATED;
    if (!header.source)
        header.source = tap->source;
    if (!header.time) {
        header.time = ipctap_writer_now();
        header.clock = IPCTAP_CLOCK_UNIX;
    }
    return header;
}

static void add_part(const struct ipctap *tap, struct ipcshark_writer *writer,
                     const struct ipctap_part *part)
{
    ipctap_add_part(writer, part->type, part->index, part->address, part->bytes,
                    captured_size(tap, part), part->declared ? part->declared : part->size);
}

bool ipctap_emit(struct ipctap *tap, const struct ipctap_header *from,
                 const struct ipctap_part *parts, size_t count)
{
    size_t kept = count < IPCTAP_MAX_PARTS ? count : IPCTAP_MAX_PARTS;
    struct ipctap_header header;
    struct ipcshark_writer writer;
    uint8_t *room;
    size_t size;

    if (!tap)
        return false;
    header = complete_header(tap, from, parts, kept, kept < count);
    size = record_size(tap, parts, kept);
    room = size <= IPCTAP_MAX_RECORD_SIZE ? ipctap_queue_reserve(&tap->queue, size, tap->may_wait)
                                          : ipctap_queue_refuse(&tap->queue, size);
    if (!room)
        return false;
    writer = ipcshark_writer(room, size);
    ipctap_begin(&writer, &header);
    for (size_t i = 0; i < kept; i++)
        add_part(tap, &writer, &parts[i]);
    ipctap_end(&writer);
    ipctap_queue_commit(&tap->queue, size);
    return true;
}

bool ipctap_emit_message(struct ipctap *tap, const struct ipctap_header *header, uint64_t address,
                         const void *bytes, uint32_t size, const struct ipctap_part *buffers,
                         size_t count)
{
    struct ipctap_part parts[IPCTAP_MAX_PARTS];
    size_t kept = count < IPCTAP_MAX_PARTS - 1 ? count : IPCTAP_MAX_PARTS - 1;
    struct ipctap_header marked;

    if (!tap)
        return false;
    parts[0] = (struct ipctap_part){IPCTAP_MESSAGE, 0, address, bytes, size, 0};
    marked = *header;
    if (kept < count)
        marked.flags |= IPCTAP_TRUNCATED;
    if (kept)
        memcpy(parts + 1, buffers, kept * sizeof *buffers);
    return ipctap_emit(tap, &marked, parts, kept + 1);
}

bool ipctap_emit_record(struct ipctap *tap, const uint8_t *bytes, size_t size)
{
    struct ipctap_record record;
    uint8_t *room;

    if (!tap || !ipctap_record_decode(bytes, size, &record, NULL) ||
        record.header.record_size != size)
        return false;
    room = ipctap_queue_reserve(&tap->queue, size, tap->may_wait);
    if (!room)
        return false;
    memcpy(room, bytes, size);
    if (!record.header.source)
        ipctap_record_set_source(room, tap->source);
    ipctap_queue_commit(&tap->queue, size);
    return true;
}

uint64_t ipctap_next_call_id(struct ipctap *tap)
{
    return tap ? atomic_fetch_add(&tap->last_call_id, 1) + 1 : 0;
}

void ipctap_get_counts(struct ipctap *tap, struct ipctap_counts *counts)
{
    *counts = (struct ipctap_counts){0};
    if (!tap)
        return;
    pthread_mutex_lock(&tap->queue.lock);
    counts->records = tap->queue.records;
    counts->bytes = tap->queue.bytes;
    counts->dropped_records = tap->queue.dropped_records;
    counts->dropped_bytes = tap->queue.dropped_bytes;
    pthread_mutex_unlock(&tap->queue.lock);
    counts->is_connected = atomic_load(&tap->writer.is_connected);
}
