/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file writer.h
 * The bounded little-endian writer, the reader's counterpart: it writes into the caller's memory,
 * and after the first write that does not fit it ignores all others (sticky error) but goes on
 * counting, so that `offset` tells in the end how many bytes would have been needed.
 */
#ifndef IPCSHARK_WRITER_H
#define IPCSHARK_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ipcshark_writer {
    uint8_t *bytes;  /**< The caller's memory; may be NULL with capacity 0 to measure. */
    size_t capacity; /**< Bytes that may be written. */
    size_t offset;   /**< Bytes written, or wanted once failed. */
    bool failed;     /**< Something did not fit. */
};

static inline struct ipcshark_writer ipcshark_writer(void *bytes, size_t capacity)
{
    struct ipcshark_writer writer = {(uint8_t *)bytes, capacity, 0, false};

    return writer;
}

/** The one bounds check: room for `size` bytes at the cursor, or NULL. */
static inline uint8_t *ipcshark_write_room(struct ipcshark_writer *writer, size_t size)
{
    size_t start = writer->offset;

    writer->offset += size;
    if (writer->failed || start > writer->capacity || size > writer->capacity - start) {
        writer->failed = true;
        return NULL;
    }
    return writer->bytes + start;
}

static inline void ipcshark_store_u16(uint8_t *bytes, uint16_t value)
{
    bytes[0] = (uint8_t)value;
    bytes[1] = (uint8_t)(value >> 8);
}

static inline void ipcshark_store_u32(uint8_t *bytes, uint32_t value)
{
    ipcshark_store_u16(bytes, (uint16_t)value);
    ipcshark_store_u16(bytes + 2, (uint16_t)(value >> 16));
}

static inline void ipcshark_store_u64(uint8_t *bytes, uint64_t value)
{
    ipcshark_store_u32(bytes, (uint32_t)value);
    ipcshark_store_u32(bytes + 4, (uint32_t)(value >> 32));
}

static inline void ipcshark_write_u8(struct ipcshark_writer *writer, uint8_t value)
{
    uint8_t *room = ipcshark_write_room(writer, 1);

    if (room)
        *room = value;
}

static inline void ipcshark_write_u16(struct ipcshark_writer *writer, uint16_t value)
{
    uint8_t *room = ipcshark_write_room(writer, 2);

    if (room)
        ipcshark_store_u16(room, value);
}

static inline void ipcshark_write_u32(struct ipcshark_writer *writer, uint32_t value)
{
    uint8_t *room = ipcshark_write_room(writer, 4);

    if (room)
        ipcshark_store_u32(room, value);
}

static inline void ipcshark_write_u64(struct ipcshark_writer *writer, uint64_t value)
{
    uint8_t *room = ipcshark_write_room(writer, 8);

    if (room)
        ipcshark_store_u64(room, value);
}

static inline void ipcshark_write_bytes(struct ipcshark_writer *writer, const void *bytes,
                                        size_t size)
{
    uint8_t *room = ipcshark_write_room(writer, size);

    if (room && size)
        memcpy(room, bytes, size);
}

static inline void ipcshark_write_zeros(struct ipcshark_writer *writer, size_t size)
{
    uint8_t *room = ipcshark_write_room(writer, size);

    if (room && size)
        memset(room, 0, size);
}

/** Zeros up to the next multiple of `alignment` (a power of two), counted from the start. */
static inline void ipcshark_write_align(struct ipcshark_writer *writer, size_t alignment)
{
    ipcshark_write_zeros(writer, (~writer->offset + 1) & (alignment - 1));
}

#ifdef __cplusplus
}
#endif

#endif
