/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file hipc.h
 * HIPC, the message layout of the Horizon kernel (Nintendo Switch).
 *
 * A message is an array of little-endian 32-bit words, normally the first 0x100 bytes of the
 * thread-local region:
 *
 *     header            2 words
 *     special header    1 word, process id 2 words, copy handles, move handles (each optional)
 *     pointer           2 words each
 *     send, receive, exchange   3 words each
 *     raw data          as many words as the header says
 *     receive list      2 words an entry, behind the raw data or at ReceiveListOffset
 *
 * Sources: switchbrew "HIPC" (the seed) for the vocabulary; where it is wrong, mesosphere's
 * svc_message_buffer.hpp and kern_k_server_session.cpp are followed: raw size counts words, bits 20
 * to 30 of the second word are ReceiveListOffset, the map attribute is an enumeration.
 *
 * All offsets are in bytes from the start of the message. Nothing is allocated.
 */
#ifndef IPCSHARK_HIPC_H
#define IPCSHARK_HIPC_H

#include <ipcshark/finding.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HIPC_TLS_MESSAGE_SIZE        0x100 /**< Message buffer in the thread-local region, bytes. */
#define HIPC_HEADER_SIZE             8
#define HIPC_MAX_DESCRIPTORS         15 /**< Of one kind: the counts have 4 bits. */
#define HIPC_MAX_HANDLES             15 /**< Of one kind. */
#define HIPC_MAX_RECEIVE_LIST        13 /**< Entries: count field 15 - 2. */
#define HIPC_MAX_RAW_WORDS           1023
#define HIPC_POINTER_SIZE            8
#define HIPC_MAP_SIZE                12
#define HIPC_RECEIVE_LIST_ENTRY_SIZE 8
/** Longest message that the fields can describe (with ReceiveListOffset 2047). */
#define HIPC_MAX_MESSAGE_SIZE (2047 * 4 + HIPC_MAX_RECEIVE_LIST * 8)

/** Header word 0, bits 0-15. 15 and 16.. are TIPC's, see htipc.h. */
enum hipc_type {
    HIPC_TYPE_INVALID = 0, /**< Also every CMIF reply. */
    HIPC_TYPE_INVOKE_METHOD = 1,
    HIPC_TYPE_RELEASE = 2,
    HIPC_TYPE_INVOKE_MANAGER_METHOD = 3,
    HIPC_TYPE_INVOKE_2_METHOD = 4,
    HIPC_TYPE_INVOKE_2_MANAGER_METHOD = 5,
    HIPC_TYPE_INVOKE_2_METHOD_WITH_CONTEXT = 6,         /**< 5.0.0+ */
    HIPC_TYPE_INVOKE_2_MANAGER_METHOD_WITH_CONTEXT = 7, /**< 5.0.0+ */
    HIPC_TYPE_TIPC_CLOSE = 15,                          /**< 12.0.0+ */
    HIPC_TYPE_TIPC_FIRST_COMMAND = 16,                  /**< 12.0.0+, command id + 16 */
};

/** MapTransferAttribute: an enumeration, not two flags; 2 is refused with 0xE801. */
enum hipc_map_attribute {
    HIPC_MAP_NORMAL = 0,
    HIPC_MAP_NON_SECURE = 1,
    HIPC_MAP_INVALID = 2,
    HIPC_MAP_NON_DEVICE = 3,
};

/** Stand for the sender's own thread and process where a handle is copied. */
#define HIPC_HANDLE_CURRENT_THREAD  0xFFFF8000u
#define HIPC_HANDLE_CURRENT_PROCESS 0xFFFF8001u

/** ReceiveListCount; every larger number n means n - 2 indexed buffers. */
enum hipc_receive_mode {
    HIPC_RECEIVE_NONE = 0,
    HIPC_RECEIVE_IN_MESSAGE = 1, /**< Into the message buffer behind the raw data. */
    HIPC_RECEIVE_SINGLE = 2,     /**< All into one buffer, one entry. */
    HIPC_RECEIVE_INDEXED = 3,
};

/** PointerData ("X", libnx: send static). */
struct hipc_pointer {
    uint64_t address;  /**< 39 bits, as the kernel reads it. */
    uint16_t size;     /**< Bytes. */
    uint8_t index;     /**< ReceiveIndex, 4 bits. */
    uint16_t reserved; /**< Bits 4-5 and 9-11 of word 0, in place. The kernel clears them. */
    uint32_t offset;   /**< Of the descriptor. */
};

/** SendData ("A"), ReceiveData ("B"), ExchangeData ("W"): libnx send, receive, exchange buffers. */
struct hipc_map {
    uint64_t address;  /**< 39 bits, as the kernel reads it. */
    uint64_t size;     /**< 36 bits, bytes. */
    uint8_t attribute; /**< enum hipc_map_attribute. */
    uint32_t reserved; /**< Bits 5-23 of word 2, in place. The kernel clears them. */
    uint32_t offset;   /**< Of the descriptor. */
};

/** ReceiveListData ("C", libnx: receive static). */
struct hipc_receive_entry {
    uint64_t address;  /**< 39 bits. */
    uint16_t size;     /**< Bytes. */
    uint16_t reserved; /**< Bits 7-15 of word 1, in place. */
    uint32_t offset;   /**< Of the entry. */
};

/** SpecialData; all of it valid only if message.has_special. */
struct hipc_special {
    bool has_pid;
    uint8_t copy_count;
    uint8_t move_count;
    uint32_t reserved; /**< Bits 9-31 of the special header, in place. */
    uint64_t pid;      /**< 0 without has_pid. Stale before the kernel has filled it. */
    uint32_t offset;   /**< Of the special header. */
    uint32_t pid_offset;
    uint32_t copy_offset;
    uint32_t move_offset;
    uint32_t copy[HIPC_MAX_HANDLES];
    uint32_t move[HIPC_MAX_HANDLES];
};

/** What the bytes cannot tell. */
enum hipc_direction {
    HIPC_DIRECTION_UNKNOWN =
        0, /**< By type: 0 is taken as a reply, everything else as a request. */
    HIPC_REQUEST = 1,
    HIPC_REPLY = 2,
};

/**
 * A decoded message, and the description that hipc_encode() takes. Only the first *_count elements
 * of an array are written.
 */
struct hipc_message {
    uint16_t type; /**< enum hipc_type. */
    uint8_t pointer_count;
    uint8_t send_count;
    uint8_t receive_count;
    uint8_t exchange_count;
    uint8_t receive_list_mode; /**< ReceiveListCount as it stands in the header. */
    uint8_t
        receive_list_count; /**< Entries that follow from the mode: 0, 1 (mode 2) or mode - 2. */
    uint8_t reserved;       /**< Header word 1, bits 14-19 (as a number 0..63). */
    uint16_t
        receive_list_words; /**< ReceiveListOffset in words, 0: directly behind the raw data. */
    bool has_special;
    bool complete; /**< Everything that the header declares lies within the bytes. */
    struct hipc_special special;
    struct hipc_pointer pointer[HIPC_MAX_DESCRIPTORS];
    struct hipc_map send[HIPC_MAX_DESCRIPTORS];
    struct hipc_map receive[HIPC_MAX_DESCRIPTORS];
    struct hipc_map exchange[HIPC_MAX_DESCRIPTORS];
    struct hipc_receive_entry receive_list[HIPC_MAX_RECEIVE_LIST];
    uint16_t raw_words;           /**< As declared. */
    uint32_t raw_offset;          /**< Of the raw data, not yet rounded up to 16. */
    uint32_t raw_captured;        /**< Bytes of it that are there; 4 * raw_words if complete. */
    uint32_t receive_list_offset; /**< Of the receive list, valid in every mode. */
    uint32_t end;                 /**< The kernel's size: end of the receive list. */
};

/**
 * Decodes as far as the bytes go. Counts of sections that are cut off are lowered to what is there
 * (a finding holds both numbers), so every element below a count may be used.
 *
 * @return message->complete.
 */
bool hipc_decode(const uint8_t *bytes, size_t length, enum hipc_direction direction,
                 struct hipc_message *message, struct ipcshark_findings *findings);

/**
 * What the kernel refuses when it delivers the message, beyond its form: values that are no
 * handles, buffers at address 0 or past the address space, and pointers for which the receiver has
 * no room.
 *
 * @param direction  HIPC_REQUEST or HIPC_REPLY.
 * @param receiver   The message that stood in the receiver's buffer: of a reply the request, of a
 *                   request what the server prepared. NULL: not known.
 */
void hipc_check_delivery(const struct hipc_message *message, enum hipc_direction direction,
                         const struct hipc_message *receiver, struct ipcshark_findings *findings);

/**
 * Writes a message; offsets in `message` are ignored, all else is used, reserved bits included.
 * `raw` are 4 * raw_words bytes, or NULL for zeros. Values that are too wide for their field are
 * cut to it, as the consoles' own code does. Bytes between sections (before a receive list that
 * ReceiveListOffset moved away) are written as zeros.
 *
 * @return the size of the message in bytes; more than `capacity` means that nothing useful was
 *         written.
 */
size_t hipc_encode(const struct hipc_message *message, const uint8_t *raw, uint8_t *bytes,
                   size_t capacity);

/** "Invoke2Method", …; TIPC types give "TipcClose" and "TipcCommand"; never NULL. */
const char *hipc_type_name(uint16_t type);

/** "Normal", "NonSecure", "Invalid", "NonDevice". */
const char *hipc_map_attribute_name(uint8_t attribute);

/**
 * libnx and other SDKs read more bits than the kernel does (index 6 bits; addresses 42, 58 and 48
 * bits). These give that reading; for what a console can address both are equal.
 */
uint64_t hipc_pointer_wide_address(const struct hipc_pointer *pointer);
uint8_t hipc_pointer_wide_index(const struct hipc_pointer *pointer);
uint64_t hipc_map_wide_address(const struct hipc_map *map);
uint64_t hipc_receive_entry_wide_address(const struct hipc_receive_entry *entry);

#ifdef __cplusplus
}
#endif

#endif
