/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap_sink.h"

#include "../common/endpoint.h"
#include "../common/record_builder.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

struct tap_sink {
    int descriptor;
    bool broken;
};

static bool is_address(const char *destination)
{
    return g_str_has_prefix(destination, "tcp:") || g_str_has_prefix(destination, "unix:");
}

static int open_destination(const char *destination, GError **error)
{
    const struct timeval limit = {.tv_sec = 1};
    int descriptor;

    if (is_address(destination)) {
        descriptor = endpoint_connect(destination, error);
        if (descriptor >= 0)
            setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        return descriptor;
    }
    descriptor = open(destination, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0)
        g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "%s: %s", destination,
                    g_strerror(errno));
    return descriptor;
}

/* "A producer's first record is a note with PRODUCER." */
static void write_producer(struct tap_sink *sink)
{
    struct ipctap_header header = ipctap_header_init(IPCTAP_OTHER, IPCTAP_NOTE, IPCTAP_SNAPSHOT);
    struct record_builder note;
    uint8_t *bytes;
    size_t size;

    header.flags = IPCTAP_SYNTHETIC;
    header.time = (uint64_t)g_get_real_time() * 1000;
    record_builder_init(&note, &header);
    record_builder_add_text(&note, IPCTAP_PRODUCER, 0, "ipcshark server");
    bytes = record_builder_finish(&note, &size);
    tap_sink_write(sink, bytes, size);
    g_free(bytes);
    record_builder_clear(&note);
}

struct tap_sink *tap_sink_open(const char *destination, GError **error)
{
    int descriptor = open_destination(destination, error);
    struct tap_sink *sink;

    if (descriptor < 0)
        return NULL;

    sink = g_new0(struct tap_sink, 1);
    sink->descriptor = descriptor;
    write_producer(sink);
    return sink;
}

void tap_sink_write(struct tap_sink *sink, const uint8_t *record, size_t size)
{
    while (size && !sink->broken) {
        ssize_t written = send(sink->descriptor, record, size, MSG_NOSIGNAL);

        if (written < 0 && errno == ENOTSOCK)
            written = write(sink->descriptor, record, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            /* Half a record would make the rest of the stream unreadable. */
            g_printerr("tap: %s; no more records are written\n", g_strerror(errno));
            sink->broken = true;
            return;
        }
        record += written;
        size -= (size_t)written;
    }
}

void tap_sink_close(struct tap_sink *sink)
{
    if (!sink)
        return;

    close(sink->descriptor);
    g_free(sink);
}
