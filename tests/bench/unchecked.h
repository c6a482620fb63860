/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file unchecked.h
 * What the codecs are compared with: parsers and builders that trust every byte, as client code on
 * a console does. They check no bound, no magic and no rule, and keep nothing that they need not.
 */
#ifndef IPCSHARK_UNCHECKED_H
#define IPCSHARK_UNCHECKED_H

#include <ipcshark/cmif.h>

#include <string.h>

/** A word as the machine of a console loads it; the benchmarks run on little-endian machines. */
static inline uint32_t unchecked_u32(const uint8_t *bytes)
{
    uint32_t value;

    memcpy(&value, bytes, sizeof value);
    return value;
}

static inline void unchecked_store(uint8_t *bytes, uint32_t value)
{
    memcpy(bytes, &value, sizeof value);
}

/** Where the parts of a message lie: what a console's parser finds out. */
struct unchecked_message {
    uint32_t type;
    uint64_t pid;
    const uint8_t *copy, *move, *pointer, *send, *receive, *exchange, *raw, *receive_list;
    uint32_t copy_count, move_count, pointer_count, send_count, receive_count, exchange_count;
    uint32_t raw_words, receive_list_count;
};

void unchecked_parse(const uint8_t *bytes, struct unchecked_message *message);

/** The sum of all fields of all descriptors and handles. */
uint64_t unchecked_read_all(const struct unchecked_message *message);

/** Header, descriptors and handles into `out` as the codec stores them, without its checks. */
void unchecked_decode(const uint8_t *bytes, struct hipc_message *out);

/** Command id, token and data of the request's payload; a domain's target too. */
uint64_t unchecked_cmif(const uint8_t *bytes, const struct unchecked_message *message,
                        bool is_domain);

/** Returns the size. */
size_t unchecked_encode(const struct cmif_request *request, uint8_t *bytes);

/** The sum of all fields of a 3DS command buffer. */
uint64_t unchecked_ctr(const uint8_t *bytes);

/** What an emulator's kernel keeps of a command buffer: the words, handles and buffers apart. */
struct unchecked_ctr_request {
    uint32_t word[64];
    uint32_t handle_count, mapped_count;
    uint32_t handle[64];
    uint32_t static_size[16], static_address[16]; /**< By id. */
    uint32_t mapped_size[32], mapped_address[32], mapped_permission[32];
};

/** In the shape of Azahar's translation of a request, without memory that is allocated or
 *  mapped. */
void unchecked_ctr_translate(const uint8_t *bytes, struct unchecked_ctr_request *request);

/** The sum of header and section fields of a capture record. */
uint64_t unchecked_record(const uint8_t *bytes);

#endif
