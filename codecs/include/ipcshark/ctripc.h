/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ctripc.h
 * 3DS (CTR) IPC command buffers: 64 words at TLS+0x80, a header code, normal parameters, translate
 * parameters; and the static buffer table at TLS+0x180.
 *
 * Sources: 3dbrew "IPC" (the seed), libctru ipc.h, Azahar ipc.h and kernel/ipc.cpp.
 *
 * `offset`s are in words from the start of the command buffer, the unit of this protocol; findings
 * have byte offsets as everywhere.
 */
#ifndef IPCSHARK_CTRIPC_H
#define IPCSHARK_CTRIPC_H

#include <ipcshark/finding.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CTRIPC_BUFFER_WORDS      64
#define CTRIPC_BUFFER_SIZE       0x100
#define CTRIPC_STATIC_BUFFERS    16
#define CTRIPC_STATIC_TABLE_SIZE (CTRIPC_STATIC_BUFFERS * 8)
#define CTRIPC_MAX_TRANSLATE     63     /**< Each takes at least one word of the six-bit size. */
#define CTRIPC_COMMAND_NO_REPLY  0xFFFF /**< svcReplyAndReceive: no reply, only wait. */

enum ctripc_direction {
    CTRIPC_DIRECTION_UNKNOWN = 0,
    CTRIPC_REQUEST = 1,
    CTRIPC_REPLY = 2,
};

/** What a translation descriptor is, decided in the kernel's order (see ctripc_kind_of()). */
enum ctripc_kind {
    CTRIPC_COPY_HANDLES = 0,
    CTRIPC_MOVE_HANDLES,
    CTRIPC_PROCESS_ID,
    CTRIPC_STATIC_BUFFER,
    CTRIPC_PXI_RW,
    CTRIPC_PXI_RO,
    CTRIPC_MAPPED_R,
    CTRIPC_MAPPED_W,
    CTRIPC_MAPPED_RW,
    CTRIPC_MAPPED_NONE,  /**< Permission 0: the kernel panics. */
    CTRIPC_HANDLES_BOTH, /**< Bits 4 and 5 both set, no case of the kernel's. */
    CTRIPC_KIND_COUNT
};

/** One translate parameter. Fields that its kind has not are 0. */
struct ctripc_translate {
    uint32_t descriptor; /**< As it stands, so that bits without a meaning are kept. */
    uint8_t kind;        /**< enum ctripc_kind. */
    uint8_t offset;      /**< Word index of the descriptor. */
    uint8_t words;       /**< Words including the descriptor that lie within the buffer. */
    uint8_t
        handle_count; /**< Words of handles behind the descriptor (captured); 1 for a process id. */
    uint8_t id;       /**< Static buffer index, PXI id. */
    uint32_t size;    /**< Bytes. */
    uint32_t address;
};

struct ctripc_message {
    uint32_t header; /**< Word 0 as it stands; bits 12-15 have no meaning. */
    uint16_t command_id;
    uint8_t normal_count;    /**< As declared. */
    uint8_t translate_words; /**< As declared. */
    uint8_t normal_captured; /**< Normal words within the buffer. */
    uint8_t translate_count; /**< Entries of `translate`. */
    bool complete;           /**< All declared words lie within the bytes. */
    uint8_t words;           /**< 1 + normal + translate, at most 127. */
    struct ctripc_translate translate[CTRIPC_MAX_TRANSLATE];
};

/** `bytes` are the words as they lie in memory (little-endian). Returns message->complete. */
bool ctripc_decode(const uint8_t *bytes, size_t length, enum ctripc_direction direction,
                   struct ctripc_message *message, struct ipcshark_findings *findings);

/** Word n of the buffer, 0 past its end. */
uint32_t ctripc_word(const uint8_t *bytes, size_t length, size_t n);

/** Low nibble 0: handles; else bit 3: mapped; else bit 2: PXI; else static buffer. */
enum ctripc_kind ctripc_kind_of(uint32_t descriptor);

/** "copy_handles", … as in the JSON of `ipcshark decode`. */
const char *ctripc_kind_name(enum ctripc_kind kind);

/**
 * Builds a descriptor. `count_or_size`: handles of COPY_HANDLES and MOVE_HANDLES, bytes of a
 * buffer, nothing of PROCESS_ID. `id`: of a static or PXI buffer. Values too wide for their field
 * are cut to it.
 */
uint32_t ctripc_descriptor(enum ctripc_kind kind, uint32_t count_or_size, uint8_t id);

/** Word 0; counts too wide for their six bits are cut to them. */
static inline uint32_t ctripc_header(uint16_t command_id, uint8_t normal, uint8_t translate_words)
{
    return (uint32_t)command_id << 16 | (uint32_t)(normal & 0x3F) << 6 | (translate_words & 0x3F);
}

/**
 * Writes a command buffer: header word, `normal` words, then every translate parameter. The words
 * behind a handle descriptor come from `handles` in order, all parameters' together.
 *
 * @return its size in bytes; more than `capacity` means it did not fit.
 */
size_t ctripc_encode(const struct ctripc_message *message, const uint32_t *normal,
                     const uint32_t *handles, uint8_t *bytes, size_t capacity);

/** One slot of the receiver's static buffer table. */
struct ctripc_static_slot {
    uint32_t descriptor;
    uint32_t size; /**< Bytes, 18 bits. */
    uint32_t address;
};

/** Decodes up to 16 slots; returns how many lie within the bytes. */
size_t ctripc_decode_static_table(const uint8_t *bytes, size_t length,
                                  struct ctripc_static_slot slot[CTRIPC_STATIC_BUFFERS],
                                  struct ipcshark_findings *findings);

/**
 * What becomes of a message's static buffers at a receiver with that table: those that do not fit,
 * and two of one id. `count` slots are there.
 */
void ctripc_check_static_buffers(const struct ctripc_message *message,
                                 const struct ctripc_static_slot *slot, size_t count,
                                 struct ipcshark_findings *findings);

/** All slots, empty ones as zeros. Returns as ctripc_encode(). */
size_t ctripc_encode_static_table(const struct ctripc_static_slot slot[CTRIPC_STATIC_BUFFERS],
                                  uint8_t *bytes, size_t capacity);

#ifdef __cplusplus
}
#endif

#endif
