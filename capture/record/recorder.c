/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recorder.h"

#include "ring.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define NANOSECONDS_PER_MICROSECOND 1000

struct recorder {
    struct capture_file *file;
    GPtrArray *producers; /**< struct producer, open and closed ones. */
    struct recorder_options options;
    struct ring *ring;    /**< NULL: one file. */
    struct producer *own; /**< Of the recorder's own notes; made with the first one. */
    gint64 opened;        /**< The file, monotonic. */
    guint64 records;
    guint64 closed_records; /**< Of the files before. */
    guint64 closed_bytes;   /**< Of their records. */
    guint64 closed_size;    /**< On the disk. */
    guint64 lost;           /**< On a full disk. */
    gboolean was_full;
    guint64 live_records; /**< At the last live line. */
    gint64 live_time;
    void (*stopped)(gpointer data);
    gpointer data;
    GError *error;
    gboolean has_stopped;
};

struct producer {
    struct recorder *recorder;
    char *description;
    char *name;    /**< What its PRODUCER note said. */
    char *process; /**< Name of its process, if it is one. */
    guint interface_id;
    gboolean has_interface; /**< In the present file. */
    gboolean is_named;      /**< Its first record has been seen. */
    gboolean is_closed;
    guint16 source;
    gboolean has_clock_pair;
    guint64 pair_monotonic;
    guint64 pair_unix;
    guint64 records;
    guint64 bytes;
    guint64 dropped_records;
    guint64 dropped_bytes;
};

static const char *name_of(const struct producer *producer)
{
    if (producer->process)
        return producer->process;
    return producer->name ? producer->name : producer->description;
}

static void producer_free(gpointer data)
{
    struct producer *producer = data;

    g_free(producer->description);
    g_free(producer->name);
    g_free(producer->process);
    g_free(producer);
}

struct recorder *recorder_new(void (*stopped)(gpointer data), gpointer data)
{
    struct recorder *recorder = g_new0(struct recorder, 1);

    recorder->producers = g_ptr_array_new_with_free_func(producer_free);
    recorder->stopped = stopped;
    recorder->data = data;
    return recorder;
}

static struct capture_file *open_file(struct recorder *recorder, GError **error)
{
    const struct recorder_options *options = &recorder->options;
    const struct capture_file_options file_options = {
        .path = recorder->ring ? ring_next(recorder->ring) : options->path,
        .form = options->form,
        .compression = options->compression,
        .application = "ipcshark record " IPCSHARK_VERSION,
        .waits_for_space = options->waits_for_space,
    };
    struct capture_file *file = capture_file_create(&file_options, error);

    recorder->opened = g_get_monotonic_time();
    if (!file && recorder->ring)
        ring_forget_last(recorder->ring);
    return file;
}

gboolean recorder_open(struct recorder *recorder, const struct recorder_options *options,
                       GError **error)
{
    recorder->options = *options;
    if (options->ring_files || options->ring_size || options->ring_seconds)
        recorder->ring = ring_new(options->path, options->ring_files);
    recorder->file = open_file(recorder, error);
    return recorder->file != NULL;
}

gboolean recorder_close(struct recorder *recorder, GError **error)
{
    gboolean good = capture_file_close(recorder->file, error);

    g_ptr_array_unref(recorder->producers);
    ring_free(recorder->ring);
    g_clear_error(&recorder->error);
    g_free(recorder);
    return good;
}

static void stop(struct recorder *recorder)
{
    if (recorder->has_stopped)
        return;
    recorder->has_stopped = TRUE;
    recorder->stopped(recorder->data);
}

/** Tells what a full disk means when it is, and what it meant when there is room again. */
static void watch_space(struct recorder *recorder)
{
    gboolean is_full = capture_file_is_full(recorder->file);
    guint64 lost = capture_file_take_lost(recorder->file);
    g_autofree char *comment = NULL;

    recorder->lost += lost;
    if (is_full && !recorder->was_full)
        fprintf(stderr,
                "%s: the disk is full. What was written is whole; records wait in memory, "
                "then they are dropped and counted, until there is room again\n",
                g_get_prgname());
    if (!is_full && recorder->was_full) {
        comment =
            g_strdup_printf("The disk was full; there is room again. Records that could not be "
                            "written so far: %" G_GUINT64_FORMAT,
                            recorder->lost);
        fprintf(stderr, "%s: %s\n", g_get_prgname(), comment);
    }
    recorder->was_full = is_full;
    if (!comment)
        return;
    if (!recorder->own)
        recorder->own = producer_open(recorder, "ipcshark record", 0);
    producer_note(recorder->own, comment);
}

gboolean recorder_flush(struct recorder *recorder)
{
    if (recorder->error || !recorder->file)
        return FALSE;
    if (!capture_file_flush(recorder->file, &recorder->error)) {
        stop(recorder);
        return FALSE;
    }
    watch_space(recorder);
    return TRUE;
}

gboolean recorder_is_waiting(const struct recorder *recorder)
{
    return recorder->was_full;
}

/** Producers get their interfaces anew as they say something. */
static void forget_interfaces(struct recorder *recorder)
{
    for (guint i = 0; i < recorder->producers->len; i++) {
        struct producer *producer = g_ptr_array_index(recorder->producers, i);

        producer->has_interface = FALSE;
    }
}

/** The next file first: if it cannot be opened, this one goes on. */
static void change_files(struct recorder *recorder)
{
    struct capture_file *next = open_file(recorder, NULL);
    struct capture_file *last = recorder->file;

    if (!next)
        return;
    recorder->closed_records += capture_file_packets(last);
    recorder->closed_bytes += capture_file_bytes(last);
    recorder->closed_size += capture_file_size(last);
    recorder->file = next;
    forget_interfaces(recorder);
    ring_remove_old(recorder->ring);
    if (!capture_file_close(last, &recorder->error))
        stop(recorder);
}

/** `coming`: bytes of the next record. */
static gboolean file_is_done(const struct recorder *recorder, gsize coming)
{
    const struct recorder_options *options = &recorder->options;
    gint64 age = g_get_monotonic_time() - recorder->opened;

    if (!recorder->ring || capture_file_packets(recorder->file) == 0 ||
        capture_file_is_full(recorder->file))
        return FALSE;
    return (options->ring_size &&
            capture_file_size(recorder->file) + coming > options->ring_size) ||
           (options->ring_seconds && age >= (gint64)options->ring_seconds * G_TIME_SPAN_SECOND);
}

void recorder_tick(struct recorder *recorder)
{
    if (recorder->file && !recorder->error && file_is_done(recorder, 0))
        change_files(recorder);
    recorder_flush(recorder);
}

const GError *recorder_error(const struct recorder *recorder)
{
    return recorder->error;
}

static guint64 all_records(const struct recorder *recorder)
{
    return recorder->closed_records + capture_file_packets(recorder->file);
}

static guint64 all_bytes(const struct recorder *recorder)
{
    return recorder->closed_bytes + capture_file_bytes(recorder->file);
}

static guint64 dropped_by_producers(const struct recorder *recorder)
{
    guint64 dropped = 0;

    for (guint i = 0; i < recorder->producers->len; i++)
        dropped +=
            ((const struct producer *)g_ptr_array_index(recorder->producers, i))->dropped_records;
    return dropped;
}

/** ", NAME: 12 (3 dropped)" for each producer that is there. */
static void describe_producers(const struct recorder *recorder, GString *line)
{
    for (guint i = 0; i < recorder->producers->len; i++) {
        const struct producer *producer = g_ptr_array_index(recorder->producers, i);

        if (producer->is_closed || producer == recorder->own)
            continue;
        g_string_append_printf(line, "; %s: %" G_GUINT64_FORMAT, name_of(producer),
                               producer->records);
        if (producer->dropped_records)
            g_string_append_printf(line, " (%" G_GUINT64_FORMAT " dropped)",
                                   producer->dropped_records);
    }
}

static double records_per_second(struct recorder *recorder)
{
    gint64 now = g_get_monotonic_time();
    guint64 records = all_records(recorder);
    double seconds = (double)(now - recorder->live_time) / G_TIME_SPAN_SECOND;
    double rate = recorder->live_time ? (double)(records - recorder->live_records) / seconds : 0;

    recorder->live_time = now;
    recorder->live_records = records;
    return rate;
}

/** A terminal's line must not break, or it could not be written over. */
static void cut_to_terminal(GString *line)
{
    struct winsize size = {0};
    glong columns = 80; /* of a terminal that does not say how wide it is */

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
        columns = size.ws_col;
    columns--;
    if (g_utf8_strlen(line->str, -1) > columns)
        g_string_truncate(line, (gsize)(g_utf8_offset_to_pointer(line->str, columns) - line->str));
}

void recorder_print_live(struct recorder *recorder, gboolean is_terminal)
{
    g_autofree char *size = g_format_size(all_bytes(recorder));
    g_autoptr(GString) line = g_string_new(NULL);

    g_string_printf(
        line,
        "%" G_GUINT64_FORMAT " records, %" G_GUINT64_FORMAT
        " written, %.0f/s, %s, %" G_GUINT64_FORMAT " dropped",
        all_records(recorder), recorder->closed_records + capture_file_safe_packets(recorder->file),
        records_per_second(recorder), size, dropped_by_producers(recorder) + recorder->lost);
    describe_producers(recorder, line);
    if (is_terminal)
        cut_to_terminal(line);
    fprintf(stderr, is_terminal ? "\r\033[K%s" : "%s\n", line->str);
}

void recorder_print_summary(const struct recorder *recorder)
{
    for (guint i = 0; i < recorder->producers->len; i++) {
        const struct producer *producer = g_ptr_array_index(recorder->producers, i);

        fprintf(stderr,
                "%s (%s): %" G_GUINT64_FORMAT " records, %" G_GUINT64_FORMAT
                " bytes, %" G_GUINT64_FORMAT " dropped by the producer\n",
                name_of(producer), producer->description, producer->records, producer->bytes,
                producer->dropped_records);
    }
    if (recorder->lost)
        fprintf(stderr, "%" G_GUINT64_FORMAT " records found no room on the disk\n",
                recorder->lost);
    fprintf(stderr,
            "%" G_GUINT64_FORMAT " records, %" G_GUINT64_FORMAT " bytes, %" G_GUINT64_FORMAT
            " dropped\n",
            all_records(recorder), all_bytes(recorder),
            dropped_by_producers(recorder) + recorder->lost);
}

/** "A random non-zero number of this run of the observed kernel." */
guint16 recorder_random_source(void)
{
    return (guint16)g_random_int_range(1, 0x10000);
}

struct producer *producer_open(struct recorder *recorder, const char *description, guint16 source)
{
    struct producer *producer = g_new0(struct producer, 1);

    producer->recorder = recorder;
    producer->description = g_strdup(description);
    producer->source = source ? source : recorder_random_source();
    g_ptr_array_add(recorder->producers, producer);
    return producer;
}

void producer_close(struct producer *producer)
{
    producer->has_clock_pair = FALSE;
    producer->is_closed = TRUE;
    if (!producer->is_named) /* it has said nothing at all */
        g_ptr_array_remove_fast(producer->recorder->producers, producer);
}

/** One of this name that is over; NULL: there is none. */
static struct producer *find_last_run(const struct producer *producer)
{
    const GPtrArray *producers = producer->recorder->producers;

    for (guint i = 0; i < producers->len; i++) {
        struct producer *last = g_ptr_array_index(producers, i);

        if (last->is_closed && !strcmp(name_of(last), name_of(producer)))
            return last;
    }
    return NULL;
}

/**
 * A producer that was started again goes on in the interface that it had, and with its counts: one
 * that starts again and again needs no more memory each time. False: it has no interface in this
 * file.
 */
static gboolean take_over(struct producer *producer)
{
    struct producer *last = find_last_run(producer);
    gboolean has_interface = last && last->has_interface;

    if (!last)
        return FALSE;
    producer->interface_id = last->interface_id;
    producer->records += last->records;
    producer->bytes += last->bytes;
    producer->dropped_records += last->dropped_records;
    producer->dropped_bytes += last->dropped_bytes;
    g_ptr_array_remove_fast(producer->recorder->producers, last);
    return has_interface;
}

static void add_interface(struct producer *producer)
{
    g_autofree char *description =
        producer->process && producer->name
            ? g_strdup_printf("%s, %s", producer->name, producer->description)
            : g_strdup(producer->description);

    producer->interface_id =
        capture_file_add_interface(producer->recorder->file, name_of(producer), description);
}

/** The interface is made with the first record, which says what the producer is called. */
static void ensure_interface(struct producer *producer)
{
    if (producer->has_interface)
        return;
    producer->is_named = TRUE;
    if (!take_over(producer))
        add_interface(producer);
    producer->has_interface = TRUE;
}

static void learn_text(char **text, const struct ipctap_section *section)
{
    g_autofree char *bytes = g_strndup((const char *)section->bytes, section->captured_size);

    g_free(*text);
    *text = g_utf8_make_valid(bytes, -1);
}

/** Whether it is the first record of a server's client: its OBJECT_NAME is the process's name. */
static gboolean is_hello(const struct ipctap_record *record)
{
    struct ipctap_kernel_call call;
    struct ipctap_section section;

    return record->header.kind == IPCTAP_KERNEL_CALL &&
           ipctap_section_find(record, IPCTAP_SECTION_KERNEL_CALL, 0, &section) &&
           ipctap_kernel_call_decode(section.bytes, section.captured_size, &call, NULL) &&
           call.call == IPCTAP_CALL_HELLO;
}

/**
 * PRODUCER is in a producer's notes; behind a proxy, where the client has no reason to send one, in
 * its Hello, the first record. Later Hellos are those of the processes that a producer observes.
 */
static void learn_who(struct producer *producer, const struct ipctap_record *record)
{
    gboolean is_first_hello = !producer->is_named && is_hello(record);
    struct ipctap_section section;

    if ((is_first_hello || record->header.kind == IPCTAP_NOTE) &&
        ipctap_section_find(record, IPCTAP_PRODUCER, 0, &section))
        learn_text(&producer->name, &section);
    if (producer->is_named)
        return;
    if (ipctap_section_find(record, IPCTAP_PROCESS_NAME, 0, &section) ||
        (is_first_hello && ipctap_section_find(record, IPCTAP_OBJECT_NAME, 0, &section)))
        learn_text(&producer->process, &section);
}

static void learn_clock_pair(struct producer *producer, const struct ipctap_section *section)
{
    struct ipcshark_reader reader = ipcshark_reader(section->bytes, section->captured_size);

    producer->pair_monotonic = ipcshark_read_u64(&reader);
    producer->pair_unix = ipcshark_read_u64(&reader);
    producer->has_clock_pair = !reader.failed;
}

static void learn_drops(struct producer *producer, const struct ipctap_section *section)
{
    struct ipcshark_reader reader = ipcshark_reader(section->bytes, section->captured_size);
    guint64 records = ipcshark_read_u64(&reader);

    producer->dropped_records += records;
    producer->dropped_bytes += ipcshark_read_u64(&reader);
    capture_file_count_drops(producer->recorder->file, producer->interface_id, records);
}

static void learn_from_note(struct producer *producer, const struct ipctap_record *record)
{
    struct ipctap_section section;

    if (ipctap_section_find(record, IPCTAP_CLOCK_PAIR, 0, &section))
        learn_clock_pair(producer, &section);
    if (ipctap_section_find(record, IPCTAP_DROPPED, 0, &section))
        learn_drops(producer, &section);
}

static guint64 now(void)
{
    return (guint64)g_get_real_time() * NANOSECONDS_PER_MICROSECOND;
}

/**
 * "Packet time: `time` if the clock is Unix or a CLOCK_PAIR maps it; with clock 2, `time` counted
 * from 1970 (differences right, dates not); with time 0, live the arrival."
 */
static guint64 packet_time(const struct producer *producer, const struct ipctap_header *header,
                           guint64 arrival)
{
    if (header->time == 0)
        return arrival ? arrival : now();
    if (header->clock == IPCTAP_CLOCK_MONOTONIC && producer->has_clock_pair)
        return producer->pair_unix + (header->time - producer->pair_monotonic);
    return header->time;
}

/** "0 unknown: whoever writes a file fills in one number per stream." */
static void fill_source(const struct producer *producer, guint8 *bytes,
                        const struct ipctap_header *header)
{
    if (header->source == 0)
        ipctap_record_set_source(bytes, producer->source);
}

static gboolean is_recording(const struct recorder *recorder)
{
    return recorder->file && !recorder->has_stopped;
}

static gboolean has_all(const struct recorder *recorder)
{
    const struct recorder_options *options = &recorder->options;

    return (options->max_records && recorder->records >= options->max_records) ||
           (options->max_bytes &&
            recorder->closed_size + capture_file_size(recorder->file) >= options->max_bytes);
}

static void write_record(struct producer *producer, guint8 *bytes, gsize length, guint64 time)
{
    struct recorder *recorder = producer->recorder;

    if (!capture_file_write(recorder->file, producer->interface_id, time, bytes, length, NULL,
                            &recorder->error)) {
        stop(recorder);
        return;
    }
    producer->records++;
    producer->bytes += length;
    recorder->records++;
    if (has_all(recorder))
        stop(recorder);
}

static gboolean is_wanted(const struct recorder *recorder, const struct ipctap_record *record)
{
    const struct recorder_options *options = &recorder->options;

    if (options->filter && !record_filter_wants(options->filter, record))
        return FALSE;
    return record->header.kind == IPCTAP_NOTE || !options->is_wanted ||
           options->is_wanted(record, options->is_wanted_data);
}

/** A record that cannot be made that small is written as small as it gets. */
static gsize shorten(const struct recorder *recorder, guint8 *bytes, gsize length)
{
    struct record_filter *filter = recorder->options.filter;
    gsize limit = recorder->options.max_record_size;
    gsize kept = filter ? record_filter_cut(filter, bytes, length) : length;
    gsize shorter = limit && kept > limit ? ipctap_record_shorten(bytes, kept, limit) : kept;

    return shorter ? shorter : kept;
}

void producer_record(struct producer *producer, guint8 *bytes, gsize length)
{
    producer_record_at(producer, bytes, length, 0);
}

void producer_record_at(struct producer *producer, guint8 *bytes, gsize length, guint64 arrival)
{
    struct ipctap_record record;

    if (!is_recording(producer->recorder) || !ipctap_record_decode(bytes, length, &record, NULL))
        return;
    learn_who(producer, &record);
    if (!is_wanted(producer->recorder, &record))
        return;
    if (file_is_done(producer->recorder, length))
        change_files(producer->recorder);
    ensure_interface(producer);
    if (record.header.kind == IPCTAP_NOTE)
        learn_from_note(producer, &record);
    fill_source(producer, bytes, &record.header);
    write_record(producer, bytes, shorten(producer->recorder, bytes, length),
                 packet_time(producer, &record.header, arrival));
}

void producer_note(struct producer *producer, const char *comment)
{
    guint8 bytes[1024];
    struct ipcshark_writer writer = ipcshark_writer(bytes, sizeof bytes);
    struct ipctap_header header = ipctap_header_init(IPCTAP_OTHER, IPCTAP_NOTE, IPCTAP_SNAPSHOT);
    gsize length;

    if (!is_recording(producer->recorder))
        return;
    header.time = now();
    header.source = producer->source;
    ipctap_begin(&writer, &header);
    ipctap_add_text(&writer, IPCTAP_COMMENT, 0, comment);
    length = ipctap_end(&writer);
    ensure_interface(producer);
    if (length)
        write_record(producer, bytes, length, header.time);
}
