/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture_file.h"

#include "record_packet.h"
#include "usage.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

struct capture_interface {
    guint64 first_time;
    guint64 last_time;
    guint64 packets;
    guint64 drops;
};

struct capture_file {
    struct output *output;
    gboolean is_compressed;
    gboolean waits_for_space;
    pcap_t *pcap;          /**< pcap; NULL: pcapng. */
    pcap_dumper_t *dumper; /**< Its stream ends in `output`. */
    GArray *interfaces;    /**< struct capture_interface */
    GByteArray *shortened; /**< Copy of a record that is too long. */
    guint64 packets;
    guint64 bytes;
    guint64 safe_packets;
    guint64 lost; /**< Not yet taken by capture_file_take_lost(). */
    gboolean is_full;
    gint64 next_flush; /**< Monotonic, microseconds: not before. */
    GError *failure;
};

#define FLUSH_SIZE       (256u << 10)
#define FULL_LIMIT       (8u << 20) /* Bytes that are kept while the disk is full. */
#define FLUSH_PAUSE      (G_TIME_SPAN_SECOND / 5)
#define FULL_FLUSH_PAUSE (G_TIME_SPAN_SECOND / 4)

/** The first failure is the one that is told. */
static gboolean fail(struct capture_file *file, GError **error)
{
    if (error && !*error)
        *error = g_error_copy(file->failure);
    return FALSE;
}

static struct ipcshark_writer block_writer(struct capture_file *file, gsize size)
{
    return ipcshark_writer(output_reserve(file->output, size), size);
}

static void write_block(struct capture_file *file, const struct ipcshark_writer *writer)
{
    g_assert(!writer->failed);
    output_commit(file->output, writer->offset);
}

static void write_section_block(struct capture_file *file, const char *application)
{
    struct ipcshark_writer writer = block_writer(file, PCAPNG_MAX_SMALL_BLOCK);
    struct utsname name;
    g_autofree char *os = NULL;

    if (uname(&name) == 0)
        os = g_strdup_printf("%s %s", name.sysname, name.release);
    ipctap_pcapng_section(&writer, os ? name.machine : NULL, os, application);
    write_block(file, &writer);
}

/** libpcap writes to a stream; this one's bytes go the way of all. */
static ssize_t take_pcap_bytes(void *cookie, const char *bytes, size_t size)
{
    struct capture_file *file = cookie;

    memcpy(output_reserve(file->output, size), bytes, size);
    output_commit(file->output, size);
    return (ssize_t)size;
}

static void open_pcap(struct capture_file *file)
{
    static const cookie_io_functions_t functions = {.write = take_pcap_bytes};
    FILE *stream = fopencookie(file, "wb", functions);

    setvbuf(stream, NULL, _IONBF, 0);
    file->pcap = pcap_open_dead_with_tstamp_precision(IPCTAP_LINKTYPE, IPCTAP_SNAP_LENGTH,
                                                      PCAP_TSTAMP_PRECISION_NANO);
    file->dumper = pcap_dump_fopen(file->pcap, stream);
    if (!file->dumper)
        g_error("libpcap: %s", pcap_geterr(file->pcap));
}

gboolean capture_file_form_parse(const char *name, enum capture_file_form *form, GError **error)
{
    if (name && strcmp(name, "pcapng") != 0 && strcmp(name, "pcap") != 0)
        return usage_error(error, "the file format \"%s\" is neither pcapng nor pcap", name);
    *form = name && !strcmp(name, "pcap") ? CAPTURE_FILE_PCAP : CAPTURE_FILE_PCAPNG;
    return TRUE;
}

struct capture_file *capture_file_create(const struct capture_file_options *options, GError **error)
{
    struct output *output = output_open(options->path, options->compression, error);
    struct capture_file *file;

    if (!output)
        return NULL;
    file = g_new0(struct capture_file, 1);
    file->output = output;
    file->is_compressed = options->compression != OUTPUT_PLAIN;
    file->waits_for_space = options->waits_for_space;
    file->interfaces = g_array_new(FALSE, TRUE, sizeof(struct capture_interface));
    file->shortened = g_byte_array_new();
    if (options->form == CAPTURE_FILE_PCAP)
        open_pcap(file);
    else
        write_section_block(file, options->application);
    return file;
}

struct capture_file *capture_file_open(const char *path, enum capture_file_form form,
                                       const char *application, GError **error)
{
    const struct capture_file_options options = {
        .path = path, .form = form, .application = application};

    return capture_file_create(&options, error);
}

guint capture_file_add_interface(struct capture_file *file, const char *name,
                                 const char *description)
{
    struct capture_interface interface = {0};
    guint id = file->interfaces->len;

    g_array_append_val(file->interfaces, interface);
    if (!file->pcap) {
        struct ipcshark_writer writer = block_writer(file, PCAPNG_MAX_SMALL_BLOCK);

        ipctap_pcapng_interface(&writer, IPCTAP_LINKTYPE, name, description);
        write_block(file, &writer);
    }
    return id;
}

/** "A writer shortens the largest sections of a larger record." */
static gboolean fit(struct capture_file *file, const guint8 **record, gsize *length)
{
    if (*length <= RECORD_PACKET_LIMIT)
        return TRUE;
    g_byte_array_set_size(file->shortened, 0);
    g_byte_array_append(file->shortened, *record, (guint)*length);
    *length = ipctap_record_shorten(file->shortened->data, *length, RECORD_PACKET_LIMIT);
    *record = file->shortened->data;
    return *length != 0;
}

static void write_pcapng_packet(struct capture_file *file, guint interface_id, guint64 time,
                                const guint8 *record, gsize length, const char *comment)
{
    struct ipcshark_writer writer =
        block_writer(file, RECORD_PACKET_ROOM(length) + (comment ? PCAPNG_MAX_TEXT : 0));
    struct pcapng_packet packet = {.interface_id = interface_id, .time = time, .comment = comment};

    ipctap_record_packet(&writer, packet, record, length);
    write_block(file, &writer);
}

static void write_pcap_packet(struct capture_file *file, guint64 time, const guint8 *record,
                              gsize length)
{
    g_autofree guint8 *bytes = g_malloc(length + IPCTAP_TAGS_SIZE);
    struct pcap_pkthdr header = {
        .ts = {.tv_sec = (time_t)(time / G_GUINT64_CONSTANT(1000000000)),
               .tv_usec = (suseconds_t)(time % G_GUINT64_CONSTANT(1000000000))},
        .caplen = (bpf_u_int32)(length + IPCTAP_TAGS_SIZE),
        .len = (bpf_u_int32)(length + IPCTAP_TAGS_SIZE),
    };

    memcpy(bytes, ipctap_tags, IPCTAP_TAGS_SIZE);
    memcpy(bytes + IPCTAP_TAGS_SIZE, record, length);
    pcap_dump((u_char *)file->dumper, &header, bytes);
}

static void count(struct capture_file *file, guint interface_id, guint64 time, gsize length)
{
    struct capture_interface *interface =
        &g_array_index(file->interfaces, struct capture_interface, interface_id);

    if (interface->packets == 0)
        interface->first_time = time;
    interface->last_time = time;
    interface->packets++;
    file->packets++;
    file->bytes += length;
}

gboolean capture_file_write(struct capture_file *file, guint interface_id, guint64 time,
                            const guint8 *record, gsize length, const char *comment, GError **error)
{
    g_return_val_if_fail(interface_id < file->interfaces->len, FALSE);
    if (file->failure)
        return fail(file, error);
    if (file->is_full && output_waiting(file->output) > FULL_LIMIT) {
        file->lost++;
        capture_file_count_drops(file, interface_id, 1);
        return capture_file_flush(file, error);
    }
    if (!fit(file, &record, &length)) {
        capture_file_count_drops(file, interface_id, 1);
        return TRUE;
    }
    if (file->pcap)
        write_pcap_packet(file, time, record, length);
    else
        write_pcapng_packet(file, interface_id, time, record, length, comment);
    count(file, interface_id, time, length);
    return output_waiting(file->output) < FLUSH_SIZE || capture_file_flush(file, error);
}

void capture_file_count_drops(struct capture_file *file, guint interface_id, guint64 records)
{
    g_array_index(file->interfaces, struct capture_interface, interface_id).drops += records;
}

static gboolean must_wait(const struct capture_file *file)
{
    return (file->is_full || file->is_compressed) && g_get_monotonic_time() < file->next_flush;
}

/** Keeps a failure; a full disk is none if the file waits. */
static gboolean take_failure(struct capture_file *file, GError *failure, GError **error)
{
    if (file->waits_for_space && output_can_go_on(file->output)) {
        file->is_full = TRUE;
        file->next_flush = g_get_monotonic_time() + FULL_FLUSH_PAUSE;
        g_error_free(failure);
        return TRUE;
    }
    file->failure = failure;
    return fail(file, error);
}

gboolean capture_file_flush(struct capture_file *file, GError **error)
{
    GError *failure = NULL;

    if (file->failure)
        return fail(file, error);
    if (must_wait(file) || !output_waiting(file->output))
        return TRUE;
    if (!output_flush(file->output, &failure))
        return take_failure(file, failure, error);
    file->is_full = FALSE;
    file->next_flush = g_get_monotonic_time() + FLUSH_PAUSE;
    file->safe_packets = file->packets;
    return TRUE;
}

guint64 capture_file_packets(const struct capture_file *file)
{
    return file->packets;
}

guint64 capture_file_bytes(const struct capture_file *file)
{
    return file->bytes;
}

guint64 capture_file_safe_packets(const struct capture_file *file)
{
    return file->safe_packets;
}

guint64 capture_file_size(const struct capture_file *file)
{
    return output_size(file->output);
}

gboolean capture_file_is_full(const struct capture_file *file)
{
    return file->is_full;
}

guint64 capture_file_take_lost(struct capture_file *file)
{
    guint64 lost = file->lost;

    file->lost = 0;
    return lost;
}

static void write_statistics(struct capture_file *file)
{
    for (guint i = 0; i < file->interfaces->len; i++) {
        struct capture_interface *interface =
            &g_array_index(file->interfaces, struct capture_interface, i);
        struct ipcshark_writer writer = block_writer(file, PCAPNG_MAX_SMALL_BLOCK);

        ipctap_pcapng_statistics(&writer, i, interface->first_time, interface->last_time,
                                 interface->packets + interface->drops, interface->drops);
        write_block(file, &writer);
    }
}

gboolean capture_file_close(struct capture_file *file, GError **error)
{
    gboolean good;

    if (!file)
        return TRUE;
    if (file->dumper)
        pcap_dump_close(file->dumper);
    else
        write_statistics(file);
    if (file->pcap)
        pcap_close(file->pcap);
    good = output_close(file->output, file->failure ? NULL : error);
    if (file->failure)
        good = fail(file, error);
    g_clear_error(&file->failure);
    g_array_unref(file->interfaces);
    g_byte_array_unref(file->shortened);
    g_free(file);
    return good;
}
