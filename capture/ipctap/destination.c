/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "destination.h"

#include "pcapng.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SEND_TIMEOUT_MILLISECONDS = 50,
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
    strcpy(address->sun_path, path);
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

bool destination_parse(struct destination *destination, const char *text, char *error,
                       size_t error_size)
{
    *destination = (struct destination){.fd = -1};
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

static int connect_socket(const struct destination *destination)
{
    int fd = socket(destination->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;

    if (fd < 0)
        return -1;
    if (connect(fd, (const struct sockaddr *)&destination->address, destination->address_length)) {
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
    return open(path, O_WRONLY | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0666);
}

static bool write_block(struct destination *destination, const struct ipcshark_writer *writer)
{
    return !writer->failed &&
           fwrite(writer->bytes, 1, writer->offset, destination->stream) == writer->offset;
}

static bool open_file(struct destination *destination, const char *path, const char *producer)
{
    uint8_t bytes[2 * PCAPNG_MAX_SMALL_BLOCK];
    struct ipcshark_writer writer = ipcshark_writer(bytes, sizeof bytes);

    destination->stream = fopen(path, "wbe");
    if (!destination->stream)
        return false;
    pcapng_section(&writer, NULL, NULL, producer);
    pcapng_interface(&writer, IPCTAP_LINKTYPE, producer, NULL);
    return write_block(destination, &writer) && fflush(destination->stream) == 0;
}

bool destination_connect(struct destination *destination, const char *producer)
{
    const char *path = destination->text + strlen("file:");

    if (destination->kind == DESTINATION_FILE)
        return open_file(destination, path, producer);
    destination->fd = destination->kind == DESTINATION_PIPE ? open_pipe(path)
                                                            : connect_socket(destination);
    return destination->fd >= 0;
}

bool destination_is_connected(const struct destination *destination)
{
    return destination->fd >= 0 || destination->stream;
}

/** Waits a moment for room; a reader that stays slow is the queue's matter. */
static long write_fd(const struct destination *destination, const uint8_t *bytes, size_t size)
{
    struct pollfd ready = {.fd = destination->fd, .events = POLLOUT};
    ssize_t written;

    if (poll(&ready, 1, SEND_TIMEOUT_MILLISECONDS) == 0)
        return 0;
    written = destination->kind == DESTINATION_SOCKET
                  ? send(destination->fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT)
                  : write(destination->fd, bytes, size);
    if (written < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    return written;
}

static bool write_packet(struct destination *destination, const uint8_t *record, size_t size)
{
    struct ipctap_record decoded;
    struct ipcshark_writer writer;
    struct pcapng_packet packet = {0};
    size_t wanted = size + IPCTAP_TAGS_SIZE + PCAPNG_PACKET_OVERHEAD;

    if (wanted > destination->block_size) {
        uint8_t *block = realloc(destination->block, wanted);

        if (!block)
            return false;
        destination->block = block;
        destination->block_size = wanted;
    }
    if (!ipctap_record_decode(record, size, &decoded, NULL))
        return true;
    packet.time = decoded.header.time;
    packet.captured_size = (uint32_t)(size + IPCTAP_TAGS_SIZE);
    packet.original_size = packet.captured_size;
    writer = ipcshark_writer(destination->block, destination->block_size);
    pcapng_packet(&writer, &packet, ipctap_tags, IPCTAP_TAGS_SIZE, record, (uint32_t)size);
    return write_block(destination, &writer);
}

/** Record by record into packets; a record too long for a packet is shortened in a copy. */
static long write_file(struct destination *destination, const uint8_t *bytes, size_t size)
{
    size_t done = 0;
    size_t length;

    while (ipctap_stream_next(bytes + done, size - done, &length, NULL) == IPCTAP_STREAM_RECORD) {
        if (!write_packet(destination, bytes + done, length))
            return -1;
        done += length;
    }
    return fflush(destination->stream) == 0 ? (long)done : -1;
}

long destination_write(struct destination *destination, const uint8_t *bytes, size_t size)
{
    return destination->kind == DESTINATION_FILE ? write_file(destination, bytes, size)
                                                 : write_fd(destination, bytes, size);
}

void destination_disconnect(struct destination *destination)
{
    if (destination->fd >= 0)
        close(destination->fd);
    destination->fd = -1;
    if (destination->stream)
        fclose(destination->stream);
    destination->stream = NULL;
}

void destination_clear(struct destination *destination)
{
    destination_disconnect(destination);
    free(destination->block);
    free(destination->text);
}
