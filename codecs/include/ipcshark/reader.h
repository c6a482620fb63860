/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file reader.h
 * The one bounds-checked little-endian cursor: every byte that any ipcshark codec takes from a
 * captured message goes through it.
 *
 * The error is sticky. After the first read past the end every read returns 0 and moves nothing, so
 * that a decoder is straight-line code with one check at its end:
 *
 *     struct ipcshark_reader reader = ipcshark_reader(bytes, length);
 *     uint32_t type = ipcshark_read_u16(&reader);
 *     uint32_t size = ipcshark_read_u32(&reader);
 *     if (reader.failed)
 *         ...   // reader.failed_offset and reader.failed_size say which read did not fit
 *
 * Offsets and sizes are in bytes. The bytes belong to the caller and must outlive the reader.
 */
#ifndef IPCSHARK_READER_H
#define IPCSHARK_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ipcshark_reader {
    const uint8_t *bytes;
    size_t length;        /**< Bytes that may be read. */
    size_t offset;        /**< Next byte; never more than length. */
    size_t failed_offset; /**< Where the first refused read began; valid if failed. */
    size_t failed_size;   /**< How many bytes it wanted; valid if failed. */
    bool failed;          /**< A read did not fit. Never cleared by a read. */
};

/** NULL is nothing to read; an offset is never added to it. */
static inline struct ipcshark_reader ipcshark_reader(const void *bytes, size_t length)
{
    struct ipcshark_reader reader = {
        (const uint8_t *)(bytes ? bytes : ""), bytes ? length : 0, 0, 0, 0, false};

    return reader;
}

/** Bytes from the cursor to the end. */
static inline size_t ipcshark_reader_left(const struct ipcshark_reader *reader)
{
    return reader->length - reader->offset;
}

/**
 * The one bounds check. Takes `size` bytes and returns where they are, or NULL if they are not all
 * there (or an earlier read failed); then the reader is failed and the cursor stays.
 */
static inline const uint8_t *ipcshark_read_bytes(struct ipcshark_reader *reader, size_t size)
{
    const uint8_t *bytes = reader->bytes + reader->offset;

    if (reader->failed)
        return NULL;
    if (size > reader->length - reader->offset) {
        reader->failed = true;
        reader->failed_offset = reader->offset;
        reader->failed_size = size;
        return NULL;
    }
    reader->offset += size;
    return bytes;
}

/** Moves the cursor to an absolute offset; an offset past the end fails the reader. */
static inline void ipcshark_reader_seek(struct ipcshark_reader *reader, size_t offset)
{
    if (reader->failed)
        return;
    if (offset > reader->length) {
        reader->failed = true;
        reader->failed_offset = reader->length;
        reader->failed_size = offset - reader->length;
        return;
    }
    reader->offset = offset;
}

/*
 * Little-endian values out of bytes that a bounds check has already covered. The shifts say it for
 * every machine; where they would only spell out a plain load, that load is written, since clang
 * loads single bytes where only some bits of a shifted value are used.
 */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define IPCSHARK_LITTLE_ENDIAN 1
#else
#define IPCSHARK_LITTLE_ENDIAN 0
#endif

static inline uint16_t ipcshark_load_u16(const uint8_t *bytes)
{
    uint16_t value;

    if (!IPCSHARK_LITTLE_ENDIAN)
        return (uint16_t)(bytes[0] | bytes[1] << 8);
    memcpy(&value, bytes, sizeof value);
    return value;
}

static inline uint32_t ipcshark_load_u32(const uint8_t *bytes)
{
    uint32_t value;

    if (!IPCSHARK_LITTLE_ENDIAN)
        return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
               (uint32_t)bytes[3] << 24;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static inline uint64_t ipcshark_load_u64(const uint8_t *bytes)
{
    return (uint64_t)ipcshark_load_u32(bytes) | (uint64_t)ipcshark_load_u32(bytes + 4) << 32;
}

static inline uint8_t ipcshark_read_u8(struct ipcshark_reader *reader)
{
    const uint8_t *bytes = ipcshark_read_bytes(reader, 1);

    return bytes ? bytes[0] : 0;
}

static inline uint16_t ipcshark_read_u16(struct ipcshark_reader *reader)
{
    const uint8_t *bytes = ipcshark_read_bytes(reader, 2);

    return bytes ? ipcshark_load_u16(bytes) : 0;
}

static inline uint32_t ipcshark_read_u32(struct ipcshark_reader *reader)
{
    const uint8_t *bytes = ipcshark_read_bytes(reader, 4);

    return bytes ? ipcshark_load_u32(bytes) : 0;
}

static inline uint64_t ipcshark_read_u64(struct ipcshark_reader *reader)
{
    const uint8_t *bytes = ipcshark_read_bytes(reader, 8);

    return bytes ? ipcshark_load_u64(bytes) : 0;
}

#ifdef __cplusplus
}
#endif

#endif
