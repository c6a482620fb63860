/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file destination.h
 * Where a tap's records go: a socket, a FIFO, a pcapng file. Used by the tap's writer thread alone.
 */
#ifndef IPCTAP_DESTINATION_H
#define IPCTAP_DESTINATION_H

#include <ipctap.h>

#include <sys/socket.h>
#include <sys/un.h>

enum destination_kind {
    DESTINATION_SOCKET,
    DESTINATION_PIPE,
    DESTINATION_FILE,
};

struct destination {
    enum destination_kind kind;
    char *text;    /**< As given. */
    int fd;        /**< -1: not connected. */
    uint8_t *copy; /**< Of a file: a record that is shortened. */
    size_t copy_size;
    uint64_t monotonic_to_unix; /**< To be added to monotonic times; 0: not known. */
    uint64_t packets;           /**< Of a file. */
    uint64_t first_time;
    uint64_t last_time;
    struct sockaddr_storage address;
    socklen_t address_length;
};

/** What is about to be written: whole records, or whole blocks of a file. */
struct outgoing {
    uint8_t *bytes;
    size_t capacity;
    size_t used;
};

/** Understands the text; opens nothing. False with a sentence in `error`. */
bool ipctap_destination_parse(struct destination *destination, const char *text, char *error,
                              size_t error_size);

/** Opens or connects. False: not now (errno). */
bool ipctap_destination_connect(struct destination *destination, const char *producer);

bool ipctap_destination_is_connected(const struct destination *destination);

/** Appends one record in the destination's form. False: no memory, or the record cannot be told. */
bool ipctap_destination_append(struct destination *destination, struct outgoing *outgoing,
                               const uint8_t *record, size_t size);

/** Appends the statistics that end a file. */
void ipctap_destination_append_end(struct destination *destination, struct outgoing *outgoing,
                                   uint64_t dropped);

/**
 * Writes. Returns how many bytes were taken, 0 if none can be for the moment, -1 if the connection
 * is gone, or the file's disk is full.
 */
long ipctap_destination_write(struct destination *destination, const uint8_t *bytes, size_t size);

/** How many of the first `written` bytes are whole records or blocks. */
size_t ipctap_destination_whole(const struct destination *destination, const uint8_t *bytes,
                                size_t written);

/** After a failed write: ends a socket's connection; of a file cuts the last `cut` bytes off. */
void ipctap_destination_give_up(struct destination *destination, size_t cut);

void ipctap_destination_disconnect(struct destination *destination);
void ipctap_destination_clear(struct destination *destination);

#endif
