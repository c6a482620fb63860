/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture_file.h"

#include "record_packet.h"

#include <errno.h>
#include <gio/gio.h>
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
    char *path;
    FILE *stream; /**< pcapng */
    pcap_t *pcap; /**< pcap */
    pcap_dumper_t *dumper;
    GArray *interfaces;    /**< struct capture_interface */
    GByteArray *shortened; /**< Copy of a record that is too long. */
    guint8 *block;
    gsize block_size;
    guint64 packets;
    guint64 bytes;
    int failure; /**< errno of the first write that failed. */
};

static gboolean fail(struct capture_file *file, GError **error)
{
    int number = errno;

    file->failure = number ? number : EIO;
    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(number), "cannot write %s: %s",
                file->path, g_strerror(number));
    return FALSE;
}

static gboolean write_block(struct capture_file *file, const struct ipcshark_writer *writer,
                            GError **error)
{
    g_assert(!writer->failed);
    if (fwrite(writer->bytes, 1, writer->offset, file->stream) != writer->offset)
        return fail(file, error);
    return TRUE;
}

static struct ipcshark_writer block_writer(struct capture_file *file, gsize size)
{
    if (file->block_size < size) {
        file->block = g_realloc(file->block, size);
        file->block_size = size;
    }
    return ipcshark_writer(file->block, size);
}

static gboolean write_section_block(struct capture_file *file, const char *application,
                                    GError **error)
{
    struct ipcshark_writer writer = block_writer(file, PCAPNG_MAX_SMALL_BLOCK);
    struct utsname name;
    g_autofree char *os = NULL;

    if (uname(&name) == 0)
        os = g_strdup_printf("%s %s", name.sysname, name.release);
    ipctap_pcapng_section(&writer, os ? name.machine : NULL, os, application);
    return write_block(file, &writer, error);
}

static gboolean open_pcapng(struct capture_file *file, const char *application, GError **error)
{
    gboolean is_stdout = !strcmp(file->path, "-");

    file->stream = is_stdout ? stdout : fopen(file->path, "wb");
    if (!file->stream)
        return fail(file, error);
    return write_section_block(file, application, error);
}

static gboolean open_pcap(struct capture_file *file, GError **error)
{
    file->pcap =
        pcap_open_dead_with_tstamp_precision(IPCTAP_LINKTYPE, 262144, PCAP_TSTAMP_PRECISION_NANO);
    file->dumper = file->pcap ? pcap_dump_open(file->pcap, file->path) : NULL;
    if (file->dumper)
        return TRUE;
    file->failure = EIO;
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "cannot write %s: %s", file->path,
                file->pcap ? pcap_geterr(file->pcap) : g_strerror(errno));
    return FALSE;
}

struct capture_file *capture_file_open(const char *path, enum capture_file_form form,
                                       const char *application, GError **error)
{
    struct capture_file *file = g_new0(struct capture_file, 1);

    file->path = g_strdup(path);
    file->interfaces = g_array_new(FALSE, TRUE, sizeof(struct capture_interface));
    file->shortened = g_byte_array_new();
    if (form == CAPTURE_FILE_PCAP ? open_pcap(file, error) : open_pcapng(file, application, error))
        return file;
    capture_file_close(file, NULL);
    return NULL;
}

guint capture_file_add_interface(struct capture_file *file, const char *name,
                                 const char *description)
{
    struct capture_interface interface = {0};
    guint id = file->interfaces->len;

    g_array_append_val(file->interfaces, interface);
    if (file->stream) {
        struct ipcshark_writer writer = block_writer(file, PCAPNG_MAX_SMALL_BLOCK);

        ipctap_pcapng_interface(&writer, IPCTAP_LINKTYPE, name, description);
        write_block(file, &writer, NULL);
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

static gboolean write_pcapng_packet(struct capture_file *file, guint interface_id, guint64 time,
                                    const guint8 *record, gsize length, const char *comment,
                                    GError **error)
{
    struct ipcshark_writer writer =
        block_writer(file, RECORD_PACKET_ROOM(length) + PCAPNG_MAX_TEXT);
    struct pcapng_packet packet = {.interface_id = interface_id, .time = time, .comment = comment};

    ipctap_record_packet(&writer, packet, record, length);
    return write_block(file, &writer, error);
}

static gboolean write_pcap_packet(struct capture_file *file, guint64 time, const guint8 *record,
                                  gsize length, GError **error)
{
    struct ipcshark_writer writer = block_writer(file, length + IPCTAP_TAGS_SIZE);
    struct pcap_pkthdr header = {
        .ts = {.tv_sec = (time_t)(time / G_GUINT64_CONSTANT(1000000000)),
               .tv_usec = (suseconds_t)(time % G_GUINT64_CONSTANT(1000000000))},
        .caplen = (bpf_u_int32)(length + IPCTAP_TAGS_SIZE),
        .len = (bpf_u_int32)(length + IPCTAP_TAGS_SIZE),
    };

    ipcshark_write_bytes(&writer, ipctap_tags, IPCTAP_TAGS_SIZE);
    ipcshark_write_bytes(&writer, record, length);
    pcap_dump((u_char *)file->dumper, &header, writer.bytes);
    return ferror(pcap_dump_file(file->dumper)) ? fail(file, error) : TRUE;
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
    gboolean written;

    g_return_val_if_fail(interface_id < file->interfaces->len, FALSE);
    if (file->failure) {
        errno = file->failure;
        return fail(file, error);
    }
    if (!fit(file, &record, &length)) {
        capture_file_count_drops(file, interface_id, 1);
        return TRUE;
    }
    written = file->dumper
                  ? write_pcap_packet(file, time, record, length, error)
                  : write_pcapng_packet(file, interface_id, time, record, length, comment, error);
    if (written)
        count(file, interface_id, time, length);
    return written;
}

void capture_file_count_drops(struct capture_file *file, guint interface_id, guint64 records)
{
    g_array_index(file->interfaces, struct capture_interface, interface_id).drops += records;
}

gboolean capture_file_flush(struct capture_file *file, GError **error)
{
    int status = file->dumper ? pcap_dump_flush(file->dumper) : fflush(file->stream);

    return status == 0 ? TRUE : fail(file, error);
}

guint64 capture_file_packets(const struct capture_file *file)
{
    return file->packets;
}

guint64 capture_file_bytes(const struct capture_file *file)
{
    return file->bytes;
}

static gboolean write_statistics(struct capture_file *file, GError **error)
{
    for (guint i = 0; i < file->interfaces->len; i++) {
        struct capture_interface *interface =
            &g_array_index(file->interfaces, struct capture_interface, i);
        struct ipcshark_writer writer = block_writer(file, PCAPNG_MAX_SMALL_BLOCK);

        ipctap_pcapng_statistics(&writer, i, interface->first_time, interface->last_time,
                                 interface->packets + interface->drops, interface->drops);
        if (!write_block(file, &writer, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean finish_pcapng(struct capture_file *file, GError **error)
{
    gboolean good = file->failure || write_statistics(file, error);

    if (file->stream == stdout)
        return (fflush(stdout) == 0 || file->failure || fail(file, error)) && good;
    return (fclose(file->stream) == 0 || file->failure || fail(file, error)) && good;
}

static gboolean finish_pcap(struct capture_file *file, GError **error)
{
    gboolean good = pcap_dump_flush(file->dumper) == 0 || file->failure || fail(file, error);

    pcap_dump_close(file->dumper);
    return good;
}

gboolean capture_file_close(struct capture_file *file, GError **error)
{
    gboolean good = TRUE;

    if (!file)
        return TRUE;
    if (file->stream)
        good = finish_pcapng(file, error);
    else if (file->dumper)
        good = finish_pcap(file, error);
    if (file->pcap)
        pcap_close(file->pcap);
    g_array_unref(file->interfaces);
    g_byte_array_unref(file->shortened);
    g_free(file->block);
    g_free(file->path);
    g_free(file);
    return good;
}
