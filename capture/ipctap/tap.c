/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "filter.h"
#include "writer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    DEFAULT_QUEUE_SIZE = 8 << 20,
};

struct ipctap {
    uint32_t is_on; /**< First: ipctap_is_on() reads it. Atomic. */
    uint32_t section_cap;
    bool may_wait;
    uint16_t source;
    struct filter *filter; /**< NULL: everything. Atomic; what it replaced hangs behind it. */
    struct tap_clock clock;
    uint8_t apart[QUEUE_APART];
    struct writer writer;
    struct queue queue;
    uint64_t last_call_id;
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
    writer->clock = &tap->clock;
    ipctap_writer_set_clock(writer);
    writer->producer = strdup(options->producer ? options->producer : "libipctap");
    writer->firmware = copy_text(options->firmware);
    writer->platform = options->platform;
    writer->source = tap->source;
    writer->fixed_time = options->fixed_time;
    writer->pair_monotonic = options->pair_monotonic;
    writer->pair_unix = options->pair_unix;
    if (options->pair_unix)
        writer->destination.monotonic_to_unix = options->pair_unix - options->pair_monotonic;
}

static void free_filters(struct filter *filter)
{
    while (filter) {
        struct filter *older = filter->older;

        free(filter);
        filter = older;
    }
}

static void free_tap(struct ipctap *tap)
{
    ipctap_queue_clear(&tap->queue);
    ipctap_destination_clear(&tap->writer.destination);
    free_filters(tap->filter);
    free(tap->writer.outgoing.bytes);
    free(tap->writer.producer);
    free(tap->writer.firmware);
    free(tap);
}

static bool fail(char *error, size_t error_size, const char *text)
{
    if (error && error_size)
        snprintf(error, error_size, "%s", text);
    return false;
}

bool ipctap_set_filter(struct ipctap *tap, const char *text, char *error, size_t error_size)
{
    struct filter *filter;

    if (error && error_size)
        error[0] = '\0';
    if (!tap)
        return false;
    filter = (struct filter *)malloc(sizeof *filter);
    if (!filter)
        return fail(error, error_size, "there is no memory for a filter");
    if (!ipctap_filter_parse(filter, text, error, error_size)) {
        free(filter);
        return false;
    }
    /* A thread that is emitting may still look at the old one: it goes with the tap. */
    filter->older = __atomic_load_n(&tap->filter, __ATOMIC_ACQUIRE);
    while (!__atomic_compare_exchange_n(&tap->filter, &filter->older, filter, false,
                                        __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        continue;
    __atomic_store_n(&tap->is_on, !filter->is_off, __ATOMIC_RELAXED);
    return true;
}

static bool start(struct ipctap *tap, const struct ipctap_options *options, char *error,
                  size_t error_size)
{
    /* A file must be there at once: later nobody would learn that it cannot be written. */
    bool must_connect = options->must_connect || tap->writer.destination.kind == DESTINATION_FILE;

    if (options->filter && !ipctap_set_filter(tap, options->filter, error, error_size))
        return false;
    if (!ipctap_writer_connect(&tap->writer) && must_connect) {
        if (error)
            snprintf(error, error_size, "cannot reach %s: %s", options->destination,
                     strerror(errno));
        return false;
    }
    return pthread_create(&tap->writer.thread, NULL, ipctap_writer_run, &tap->writer) == 0 ||
           fail(error, error_size, "cannot start a thread");
}

struct ipctap *ipctap_open(const struct ipctap_options *options, char *error, size_t error_size)
{
    struct ipctap *tap = (struct ipctap *)calloc(1, sizeof *tap);
    size_t size = options->queue_size ? options->queue_size : (size_t)DEFAULT_QUEUE_SIZE;

    if (error && error_size)
        error[0] = '\0';
    if (!tap)
        return NULL;
    tap->is_on = 1;
    tap->section_cap = options->section_cap ? options->section_cap : IPCTAP_DEFAULT_SECTION_CAP;
    tap->may_wait = options->policy == IPCTAP_POLICY_WAIT;
    tap->source = options->fixed_time ? 1 : random_source(tap);
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

static const struct filter *filter_of(const struct ipctap *tap)
{
    return __atomic_load_n(&tap->filter, __ATOMIC_ACQUIRE);
}

unsigned int ipctap_wants(struct ipctap *tap, const struct ipctap_header *header,
                          const char *service, int64_t command)
{
    const struct filter *filter = ipctap_is_on(tap) ? filter_of(tap) : NULL;

    if (!ipctap_is_on(tap))
        return 0;
    if (!filter)
        return IPCTAP_WANTS_MESSAGE | IPCTAP_WANTS_BUFFERS;
    if (!ipctap_filter_takes_header(filter, header) ||
        !ipctap_filter_takes_service(filter, service ? service : "",
                                     service ? strlen(service) : 0) ||
        !ipctap_filter_takes_command(filter, (uint64_t)command))
        return 0;
    return IPCTAP_WANTS_MESSAGE |
           (filter->without_buffers ? 0u : (unsigned int)IPCTAP_WANTS_BUFFERS);
}

/** By header, and by the service's name if the record has it. */
static bool is_wanted(const struct filter *filter, const struct ipctap_header *header,
                      const struct ipctap_part *parts, size_t count)
{
    if (!ipctap_filter_takes_header(filter, header))
        return false;
    for (size_t i = 0; filter->service_count && i < count; i++) {
        if (parts[i].type == IPCTAP_SERVICE)
            return ipctap_filter_takes_service(filter, (const char *)parts[i].bytes, parts[i].size);
    }
    return true;
}

/** How much of a part goes into the record. */
static uint32_t captured_size(const struct ipctap *tap, const struct filter *filter,
                              const struct ipctap_part *part)
{
    uint32_t cap = tap->section_cap;

    if (filter && ipctap_filter_is_buffer(part->type)) {
        if (filter->without_buffers)
            return 0;
        cap = filter->buffer_cap < cap ? filter->buffer_cap : cap;
    }
    return part->size < cap ? part->size : cap;
}

/** A record on its way into the queue. */
struct emission {
    struct ipctap_header header;
    const struct ipctap_part *parts;
    size_t count;
    uint32_t captured[IPCTAP_MAX_PARTS];
    size_t size;
    bool is_cut;
};

static void measure(struct emission *emission, const struct ipctap *tap,
                    const struct filter *filter)
{
    emission->size = IPCTAP_HEADER_SIZE;
    for (size_t i = 0; i < emission->count; i++) {
        uint32_t captured = captured_size(tap, filter, &emission->parts[i]);

        emission->captured[i] = captured;
        emission->is_cut |= captured < emission->parts[i].size;
        emission->size += IPCTAP_SECTION_SIZE + (((size_t)captured + 7) & ~(size_t)7);
    }
}

static uint64_t unix_time(const struct ipctap *tap, uint64_t monotonic)
{
    if (tap->writer.fixed_time)
        return tap->writer.fixed_time;
    return monotonic + __atomic_load_n(&tap->clock.to_unix, __ATOMIC_RELAXED);
}

/** Fills in what the caller left open: time, source, TRUNCATED. */
static void complete_header(struct emission *emission, const struct ipctap *tap, uint64_t time)
{
    struct ipctap_header *header = &emission->header;

    if (emission->is_cut)
        header->flags |= IPCTAP_TRUNCATED;
    if (!header->source)
        header->source = tap->source;
    if (!header->time) {
        header->time = unix_time(tap, time);
        header->clock = IPCTAP_CLOCK_UNIX;
    }
}

static void write_record(const struct emission *emission, uint8_t *room)
{
    struct ipcshark_writer writer = ipcshark_writer(room, emission->size);

    ipctap_begin(&writer, &emission->header);
    for (size_t i = 0; i < emission->count; i++) {
        const struct ipctap_part *part = &emission->parts[i];

        ipctap_add_part(&writer, part->type, part->index, part->address, part->bytes,
                        emission->captured[i], part->declared ? part->declared : part->size);
    }
    ipctap_end(&writer);
}

static bool enqueue(struct ipctap *tap, struct emission *emission)
{
    const struct filter *filter = filter_of(tap);
    struct queue_entry entry;

    if (filter && !is_wanted(filter, &emission->header, emission->parts, emission->count))
        return false;
    measure(emission, tap, filter);
    if (emission->size > IPCTAP_MAX_RECORD_SIZE) {
        ipctap_queue_refuse(&tap->queue, emission->size);
        return false;
    }
    entry = ipctap_queue_reserve(&tap->queue, emission->size, tap->may_wait);
    if (!entry.record)
        return false;
    complete_header(emission, tap, entry.time);
    write_record(emission, entry.record);
    ipctap_queue_commit(&tap->queue, &entry);
    return true;
}

bool ipctap_emit_now(struct ipctap *tap, const struct ipctap_header *header,
                     const struct ipctap_part *parts, size_t count)
{
    struct emission emission;

    emission.header = *header;
    emission.parts = parts;
    emission.count = count < IPCTAP_MAX_PARTS ? count : IPCTAP_MAX_PARTS;
    emission.is_cut = emission.count < count;
    return enqueue(tap, &emission);
}

bool ipctap_emit_message_now(struct ipctap *tap, const struct ipctap_header *header,
                             uint64_t address, const void *bytes, uint32_t size,
                             const struct ipctap_part *buffers, size_t count)
{
    struct ipctap_part parts[IPCTAP_MAX_PARTS];
    size_t kept = count < IPCTAP_MAX_PARTS - 1 ? count : IPCTAP_MAX_PARTS - 1;
    struct ipctap_part message = {IPCTAP_MESSAGE, 0, address, bytes, size, 0};
    struct emission emission;

    parts[0] = message;
    if (kept)
        memcpy(parts + 1, buffers, kept * sizeof *buffers);
    emission.header = *header;
    emission.parts = parts;
    emission.count = kept + 1;
    emission.is_cut = kept < count;
    return enqueue(tap, &emission);
}

bool ipctap_emit_record_now(struct ipctap *tap, const uint8_t *bytes, size_t size)
{
    const struct filter *filter = filter_of(tap);
    struct ipctap_record record;
    struct queue_entry entry;

    if (!ipctap_record_decode(bytes, size, &record, NULL) || record.header.record_size != size ||
        (filter && !ipctap_filter_takes_header(filter, &record.header)))
        return false;
    entry = ipctap_queue_reserve(&tap->queue, size, tap->may_wait);
    if (!entry.record)
        return false;
    memcpy(entry.record, bytes, size);
    if (!record.header.source)
        ipctap_record_set_source(entry.record, tap->source);
    ipctap_queue_commit(&tap->queue, &entry);
    return true;
}

uint64_t ipctap_next_call_id(struct ipctap *tap)
{
    return tap ? __atomic_add_fetch(&tap->last_call_id, 1, __ATOMIC_RELAXED) : 0;
}

void ipctap_get_counts(struct ipctap *tap, struct ipctap_counts *counts)
{
    struct queue_counts queued;

    memset(counts, 0, sizeof *counts);
    if (!tap)
        return;
    queued = ipctap_queue_counts(&tap->queue);
    counts->records = queued.records;
    counts->bytes = queued.bytes;
    counts->dropped_records = queued.dropped_records;
    counts->dropped_bytes = queued.dropped_bytes;
    counts->is_connected = __atomic_load_n(&tap->writer.is_connected, __ATOMIC_RELAXED);
}
