/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "destination.h"

#include "record_packet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SEND_TIMEOUT_MILLISECONDS = 50,
    CONNECT_TIMEOUT_MILLISECONDS = 1000,
};

static bool starts_with(const char *text, const char *prefix, const char **rest)
{
    size_t length = strlen(prefix);

    *rest = text + length;
    return strncmp(text, prefix, length) == 0;
}

static bool parse_unix(struct destination *destination, const char *path)
{
    struct sockaddr_un *address = (struct sockaddr_un *)&destination->address;

    if (*path == '\0' || strlen(path) >= sizeof address->sun_path)
        return false;
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, path, strlen(path) + 1);
    destination->address_length = sizeof *address;
    return true;
}

static bool parse_port(const char *text, in_port_t *port)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);

    *port = htons((uint16_t)number);
    return *text >= '0' && *text <= '9' && *end == '\0' && number <= UINT16_MAX;
}

static bool parse_host(struct destination *destination, const char *host, in_port_t port)
{
    struct sockaddr_in *four = (struct sockaddr_in *)&destination->address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&destination->address;

    if (inet_pton(AF_INET, strcmp(host, "localhost") ? host : "127.0.0.1", &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = port;
        destination->address_length = sizeof *four;
        return true;
    }
    if (inet_pton(AF_INET6, host, &six->sin6_addr) == 1) {
        six->sin6_family = AF_INET6;
        six->sin6_port = port;
        destination->address_length = sizeof *six;
        return true;
    }
    return false;
}

static bool parse_tcp(struct destination *destination, const char *text)
{
    const char *colon = strrchr(text, ':');
    char host[64];
    size_t length = colon ? (size_t)(colon - text) : 0;
    in_port_t port;

    if (!colon || length >= sizeof host || !parse_port(colon + 1, &port))
        return false;
    if (length >= 2 && text[0] == '[' && colon[-1] == ']') {
        text++;
        length -= 2;
    }
    memcpy(host, text, length);
    host[length] = '\0';
    return parse_host(destination, host, port);
}

static bool parse_kind(struct destination *destination, const char *text)
{
    const char *rest;

    destination->kind = DESTINATION_SOCKET;
    if (starts_with(text, "tcp:", &rest))
        return parse_tcp(destination, rest);
    if (starts_with(text, "unix:", &rest))
        return parse_unix(destination, rest);
    destination->kind = DESTINATION_PIPE;
    if (starts_with(text, "pipe:", &rest))
        return *rest != '\0';
    destination->kind = DESTINATION_FILE;
    return starts_with(text, "file:", &rest) && *rest != '\0';
}

bool ipctap_destination_parse(struct destination *destination, const char *text, char *error,
                              size_t error_size)
{
    memset(destination, 0, sizeof *destination);
    destination->fd = -1;
    if (text && parse_kind(destination, text)) {
        destination->text = strdup(text);
        return destination->text != NULL;
    }
    if (error)
        snprintf(error, error_size,
                 "\"%s\" is no destination: tcp:HOST:PORT, unix:PATH, file:PATH or pipe:PATH",
                 text ? text : "");
    return false;
}

/** A host that does not answer must not hold up whoever opens or closes the tap. */
static bool finish_connect(int fd)
{
    struct pollfd ready = {fd, POLLOUT, 0};
    socklen_t length = sizeof errno;
    int failure = ETIMEDOUT;

    if (errno != EINPROGRESS)
        return false;
    if (poll(&ready, 1, CONNECT_TIMEOUT_MILLISECONDS) == 1)
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &length);
    errno = failure;
    return failure == 0;
}

static int connect_socket(const struct destination *destination)
{
    int fd = socket(destination->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int on = 1;

    if (fd < 0)
        return -1;
    if (connect(fd, (const struct sockaddr *)&destination->address, destination->address_length) &&
        !finish_connect(fd)) {
        int number = errno;

        close(fd);
        errno = number;
        return -1;
    }
    if (destination->address.ss_family != AF_UNIX)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

/** A FIFO that nobody reads cannot be opened yet (ENXIO): that is "not now". */
static int open_pipe(const char *path)
{
    return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_CLOEXEC, 0666);
}

static bool grow(uint8_t **bytes, size_t *size, size_t wanted)
{
    uint8_t *grown;

    if (wanted <= *size)
        return true;
    grown = (uint8_t *)realloc(*bytes, wanted);
    if (!grown)
        return false;
    *bytes = grown;
    *size = wanted;
    return true;
}

static bool write_whole(int fd, const uint8_t *bytes, size_t size)
{
    size_t done = 0;

    while (done < size) {
        ssize_t written = write(fd, bytes + done, size - done);

        if (written < 0 && errno != EINTR)
            return false;
        done += written > 0 ? (size_t)written : 0;
    }
    return true;
}

static bool open_file(struct destination *destination, const char *path, const char *producer)
{
    uint8_t bytes[2 * PCAPNG_MAX_SMALL_BLOCK];
    struct ipcshark_writer writer = ipcshark_writer(bytes, sizeof bytes);

    destination->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (destination->fd < 0)
        return false;
    ipctap_pcapng_section(&writer, NULL, NULL, producer);
    ipctap_pcapng_interface(&writer, IPCTAP_LINKTYPE, producer, NULL);
    return write_whole(destination->fd, bytes, writer.offset);
}

bool ipctap_destination_connect(struct destination *destination, const char *producer)
{
    const char *path = destination->text + strlen("file:");

    if (destination->kind == DESTINATION_FILE)
        return open_file(destination, path, producer);
    destination->fd = destination->kind == DESTINATION_PIPE ? open_pipe(path)
                                                            : connect_socket(destination);
    return destination->fd >= 0;
}

bool ipctap_destination_is_connected(const struct destination *destination)
{
    return destination->fd >= 0;
}

/** A record too long for a packet is shortened in a copy. NULL: there is no memory for it. */
static const uint8_t *fit(struct destination *destination, const uint8_t *record, size_t *size)
{
    if (*size <= RECORD_PACKET_LIMIT)
        return record;
    if (!grow(&destination->copy, &destination->copy_size, *size))
        return NULL;
    memcpy(destination->copy, record, *size);
    *size = ipctap_record_shorten(destination->copy, *size, RECORD_PACKET_LIMIT);
    return destination->copy;
}

/** "`time` if the clock is Unix or a CLOCK_PAIR maps it." */
static uint64_t packet_time(const struct destination *destination, const uint8_t *bytes)
{
    struct ipctap_record record;

    if (!ipctap_record_decode(bytes, IPCTAP_HEADER_SIZE, &record, NULL))
        return 0;
    if (record.header.clock == IPCTAP_CLOCK_MONOTONIC && record.header.time)
        return record.header.time + destination->monotonic_to_unix;
    return record.header.time;
}

static void count_packet(struct destination *destination, uint64_t time)
{
    if (!destination->packets++)
        destination->first_time = time;
    destination->last_time = time;
}

static bool append_packet(struct destination *destination, struct outgoing *outgoing,
                          const uint8_t *bytes, size_t size)
{
    const uint8_t *record = fit(destination, bytes, &size);
    struct pcapng_packet packet;
    struct ipcshark_writer writer;

    /* Size 0: thousands of sections, it cannot be made to fit. */
    if (!record || !size ||
        !grow(&outgoing->bytes, &outgoing->capacity, outgoing->used + RECORD_PACKET_ROOM(size)))
        return false;
    memset(&packet, 0, sizeof packet);
    packet.time = packet_time(destination, bytes);
    writer = ipcshark_writer(outgoing->bytes + outgoing->used, outgoing->capacity - outgoing->used);
    ipctap_record_packet(&writer, packet, record, size);
    outgoing->used += writer.offset;
    count_packet(destination, packet.time);
    return true;
}

bool ipctap_destination_append(struct destination *destination, struct outgoing *outgoing,
                               const uint8_t *record, size_t size)
{
    if (destination->kind == DESTINATION_FILE)
        return append_packet(destination, outgoing, record, size);
    if (!grow(&outgoing->bytes, &outgoing->capacity, outgoing->used + size))
        return false;
    memcpy(outgoing->bytes + outgoing->used, record, size);
    outgoing->used += size;
    return true;
}

void ipctap_destination_append_end(struct destination *destination, struct outgoing *outgoing,
                                   uint64_t dropped)
{
    struct ipcshark_writer writer;

    if (destination->kind != DESTINATION_FILE ||
        !grow(&outgoing->bytes, &outgoing->capacity, outgoing->used + PCAPNG_MAX_SMALL_BLOCK))
        return;
    writer = ipcshark_writer(outgoing->bytes + outgoing->used, outgoing->capacity - outgoing->used);
    ipctap_pcapng_statistics(&writer, 0, destination->first_time, destination->last_time,
                             destination->packets + dropped, dropped);
    outgoing->used += writer.offset;
}

/** Waits a moment for room; a reader that stays slow is the queue's matter. */
static bool is_ready(const struct destination *destination)
{
    struct pollfd ready = {destination->fd, POLLOUT, 0};

    return destination->kind == DESTINATION_FILE || poll(&ready, 1, SEND_TIMEOUT_MILLISECONDS) != 0;
}

long ipctap_destination_write(struct destination *destination, const uint8_t *bytes, size_t size)
{
    ssize_t written;

    if (!is_ready(destination))
        return 0;
    written = destination->kind == DESTINATION_SOCKET
                  ? send(destination->fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT)
                  : write(destination->fd, bytes, size);
    if (written < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    return written;
}

/** Records of a stream; blocks of a file: "type, then total length", of our own making. */
static size_t next_length(const struct destination *destination, const uint8_t *bytes, size_t left)
{
    size_t size = 0;

    if (destination->kind == DESTINATION_FILE)
        size = left >= 8 ? ipcshark_load_u32(bytes + 4) : 0;
    else if (ipctap_stream_next(bytes, left, &size, NULL) != IPCTAP_STREAM_RECORD)
        return 0;
    return size <= left ? size : 0;
}

size_t ipctap_destination_whole(const struct destination *destination, const uint8_t *bytes,
                                size_t written)
{
    size_t whole = 0;
    size_t size;

    while ((size = next_length(destination, bytes + whole, written - whole)) != 0)
        whole += size;
    return whole;
}

void ipctap_destination_give_up(struct destination *destination, size_t cut)
{
    off_t end;

    if (destination->kind != DESTINATION_FILE) {
        ipctap_destination_disconnect(destination);
        return;
    }
    end = lseek(destination->fd, -(off_t)cut, SEEK_CUR);
    if (end >= 0 && ftruncate(destination->fd, end) != 0)
        return; /* A half block stays, and is written over when the disk has room again. */
}

void ipctap_destination_disconnect(struct destination *destination)
{
    if (destination->fd >= 0)
        close(destination->fd);
    destination->fd = -1;
}

void ipctap_destination_clear(struct destination *destination)
{
    ipctap_destination_disconnect(destination);
    free(destination->copy);
    free(destination->text);
}
