/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recorder.h"

#include <stdio.h>
#include <string.h>

#define NANOSECONDS_PER_MICROSECOND 1000

struct recorder {
    struct capture_file *file;
    GPtrArray *producers; /**< struct producer, open and closed ones. */
    struct recorder_options options;
    guint64 records;
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
    gboolean has_interface;
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

gboolean recorder_open(struct recorder *recorder, const struct recorder_options *options,
                       GError **error)
{
    recorder->options = *options;
    recorder->file =
        capture_file_open(options->path, options->form, "ipcshark record " IPCSHARK_VERSION, error);
    return recorder->file != NULL;
}

gboolean recorder_close(struct recorder *recorder, GError **error)
{
    gboolean good = capture_file_close(recorder->file, error);

    g_ptr_array_unref(recorder->producers);
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

gboolean recorder_flush(struct recorder *recorder)
{
    if (recorder->error || !recorder->file)
        return FALSE;
    if (capture_file_flush(recorder->file, &recorder->error))
        return TRUE;
    stop(recorder);
    return FALSE;
}

const GError *recorder_error(const struct recorder *recorder)
{
    return recorder->error;
}

void recorder_print_summary(const struct recorder *recorder)
{
    guint64 dropped = 0;

    for (guint i = 0; i < recorder->producers->len; i++) {
        const struct producer *producer = g_ptr_array_index(recorder->producers, i);

        dropped += producer->dropped_records;
        fprintf(stderr,
                "%s (%s): %" G_GUINT64_FORMAT " records, %" G_GUINT64_FORMAT
                " bytes, %" G_GUINT64_FORMAT " dropped by the producer\n",
                name_of(producer), producer->description, producer->records, producer->bytes,
                producer->dropped_records);
    }
    fprintf(stderr,
            "%" G_GUINT64_FORMAT " records, %" G_GUINT64_FORMAT " bytes, %" G_GUINT64_FORMAT
            " dropped\n",
            capture_file_packets(recorder->file), capture_file_bytes(recorder->file), dropped);
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
}

/** The interface is made with the first record, which says what the producer is called. */
static void ensure_interface(struct producer *producer)
{
    g_autofree char *description =
        producer->process && producer->name
            ? g_strdup_printf("%s, %s", producer->name, producer->description)
            : g_strdup(producer->description);

    if (producer->has_interface)
        return;
    producer->has_interface = TRUE;
    producer->interface_id =
        capture_file_add_interface(producer->recorder->file, name_of(producer), description);
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
 * PRODUCER is in a producer's notes; behind a proxy, where the client has no reason to send one, in its
 * Hello, the first record. Later Hellos are those of the processes that a producer observes.
 */
static void learn_who(struct producer *producer, const struct ipctap_record *record)
{
    gboolean is_first_hello = !producer->has_interface && is_hello(record);
    struct ipctap_section section;

    if ((is_first_hello || record->header.kind == IPCTAP_NOTE) &&
        ipctap_section_find(record, IPCTAP_PRODUCER, 0, &section))
        learn_text(&producer->name, &section);
    if (producer->has_interface)
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
static guint64 packet_time(const struct producer *producer, const struct ipctap_header *header)
{
    if (header->time == 0)
        return now();
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
    if (recorder->options.max_records && recorder->records >= recorder->options.max_records)
        stop(recorder);
}

static gboolean is_wanted(const struct recorder *recorder, const struct ipctap_record *record)
{
    const struct recorder_options *options = &recorder->options;

    return record->header.kind == IPCTAP_NOTE || !options->is_wanted ||
           options->is_wanted(record, options->is_wanted_data);
}

/** A record that cannot be made that small is written as small as it gets. */
static gsize shorten(const struct recorder *recorder, guint8 *bytes, gsize length)
{
    gsize limit = recorder->options.max_record_size;
    gsize shorter = limit && length > limit ? ipctap_record_shorten(bytes, length, limit) : length;

    return shorter ? shorter : length;
}

void producer_record(struct producer *producer, guint8 *bytes, gsize length)
{
    struct ipctap_record record;

    if (!is_recording(producer->recorder) || !ipctap_record_decode(bytes, length, &record, NULL))
        return;
    learn_who(producer, &record);
    if (!is_wanted(producer->recorder, &record))
        return;
    ensure_interface(producer);
    if (record.header.kind == IPCTAP_NOTE)
        learn_from_note(producer, &record);
    fill_source(producer, bytes, &record.header);
    write_record(producer, bytes, shorten(producer->recorder, bytes, length),
                 packet_time(producer, &record.header));
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
