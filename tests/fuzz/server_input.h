/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file server_input.h
 * What fuzz_server takes: chunks of one byte, which says the connection, and one ipctap record,
 * which says its own size. server_seeds writes such files from the traffic of scenarios.
 */
#ifndef IPCSHARK_FUZZ_SERVER_INPUT_H
#define IPCSHARK_FUZZ_SERVER_INPUT_H

#include <ipcshark/record.h>

#define SERVER_INPUT_CONNECTIONS 8
/** In the connection byte: the record's pid stays as it is, instead of becoming the
 *  connection's. */
#define SERVER_INPUT_KEEP_PID 0x80

struct server_chunk {
    uint8_t connection; /**< As it stands. */
    const uint8_t *bytes;
    size_t size; /**< A whole record, or, last of all, whatever is left. */
};

/** The chunk at *offset, which moves behind it. False at the end. */
static inline bool server_input_next(const uint8_t *input, size_t size, size_t *offset,
                                     struct server_chunk *chunk)
{
    size_t length;

    if (*offset >= size)
        return false;
    chunk->connection = input[(*offset)++];
    chunk->bytes = input + *offset;
    chunk->size = size - *offset;
    if (ipctap_stream_next(chunk->bytes, chunk->size, &length, NULL) == IPCTAP_STREAM_RECORD)
        chunk->size = length;
    *offset += chunk->size;
    return true;
}

#endif
