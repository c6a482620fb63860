/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file destination.h
 * Where a tap's records go: a socket, a FIFO, a pcapng file. Used by the tap's writer thread alone.
 */
#ifndef IPCTAP_DESTINATION_H
#define IPCTAP_DESTINATION_H

#include <ipctap.h>

#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

enum destination_kind {
    DESTINATION_SOCKET,
    DESTINATION_PIPE,
    DESTINATION_FILE,
};

struct destination {
    enum destination_kind kind;
    char *text;     /**< As given. */
    int fd;         /**< -1: not connected. */
    FILE *stream;   /**< Of a file. */
    uint8_t *block; /**< Of a file: the packet being written, and a record that is shortened. */
    size_t block_size;
    uint8_t *copy;
    size_t copy_size;
    uint64_t monotonic_to_unix; /**< To be added to monotonic times; 0: not known. */
    struct sockaddr_storage address;
    socklen_t address_length;
};

/** Understands the text; opens nothing. False with a sentence in `error`. */
bool ipctap_destination_parse(struct destination *destination, const char *text, char *error,
                              size_t error_size);

/** Opens or connects. False: not now (errno). */
bool ipctap_destination_connect(struct destination *destination, const char *producer);

bool ipctap_destination_is_connected(const struct destination *destination);

/**
 * Writes some of whole records. Returns how many bytes were taken, 0 if none can be for the moment, -1
 * if the connection is gone.
 */
long ipctap_destination_write(struct destination *destination, const uint8_t *bytes, size_t size);

void ipctap_destination_disconnect(struct destination *destination);
void ipctap_destination_clear(struct destination *destination);

#endif
