/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file transport.h
 * System calls as records over a socket, as docs/transport.md describes them: plain C, nothing of
 * this project linked. One program is one process of the simulated console; its threads may call at
 * once. Everything is little-endian, and so must this machine be.
 */
#ifndef TRANSPORT_H
#define TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PLATFORM_HORIZON = 1,
    PLATFORM_CTR = 2,
    PLATFORM_ORBIS = 3
};
enum {
    KIND_HIPC = 1,
    KIND_CTR = 2,
    KIND_IPMI = 3,
    KIND_KERNEL_CALL = 5
};

enum {
    SECTION_MESSAGE = 0x01,
    SECTION_STATIC_TABLE = 0x02,
    SECTION_POINTER = 0x10,
    SECTION_SEND = 0x11,
    SECTION_RECEIVE = 0x12,
    SECTION_EXCHANGE = 0x13,
    SECTION_RECEIVE_LIST = 0x14,
    SECTION_STATIC = 0x20,
    SECTION_MAPPED = 0x21,
    SECTION_IPMI_CALL = 0x30,
    SECTION_IPMI_BLOCK = 0x31,
    SECTION_IPMI_DATA_INFO = 0x32,
    SECTION_IPMI_IN = 0x34,
    SECTION_IPMI_MESSAGE = 0x36,
    SECTION_IPMI_CONFIG = 0x3A,
    SECTION_IPMI_NAME = 0x3B,
    SECTION_IPMI_SCALAR = 0x3C,
    SECTION_KERNEL_CALL = 0x50,
    SECTION_HANDLES = 0x51,
    SECTION_MEMORY = 0x52,
    SECTION_OBJECT_NAME = 0x107,
};

enum {
    CALL_HELLO = 1,
    CALL_EXIT = 2,
    CALL_CONNECT_TO_PORT = 3,
    CALL_CLOSE_HANDLE = 4,
    CALL_WAIT_SYNCHRONIZATION = 10,
    CALL_CREATE_EVENT = 11,
    CALL_SIGNAL_EVENT = 12,
    CALL_CLEAR_EVENT = 13,
    CALL_CREATE_MEMORY_BLOCK = 14,
    CALL_MAP_MEMORY_BLOCK = 15,
    CALL_UNMAP_MEMORY_BLOCK = 16,
    CALL_READ_MEMORY = 17,
    CALL_WRITE_MEMORY = 18,
    CALL_GET_PROCESS_ID = 19,
    CALL_DUPLICATE_HANDLE = 20,
    CALL_USER_BUFFER = 21,
};

/** What a call gives if the connection is gone. */
#define NO_ANSWER 0xFFFFFFFFu

/** A record that is being put together, or one that came. Begin with {0}. */
struct record {
    uint8_t *bytes;
    size_t size;
    size_t room;
};

struct section {
    uint16_t type;
    uint16_t index;
    uint32_t size; /**< Bytes that are here. */
    uint64_t address;
    uint64_t declared_size;
    const uint8_t *bytes;
};

/** The 48 bytes of a KERNEL_CALL section: arguments in an enter, results in an exit. */
struct kernel_call {
    uint32_t call;
    uint32_t handle;
    uint32_t handle2;
    uint32_t value;
    uint64_t address;
    uint64_t size;
    uint64_t value2;
    uint64_t reserved;
};

/** Connects to "tcp:ADDRESS:PORT" (an IPv4 address) or "unix:PATH" and says Hello. False: says why
 *  on the error output. */
bool transport_open(const char *address, uint8_t platform, const char *name, uint64_t program_id);
/** Exit. */
void transport_close(void);

void enter_begin(struct record *enter, uint8_t kind, uint32_t object);
/** Without bytes: room that the kernel may write. */
void enter_add(struct record *enter, uint16_t type, uint16_t index, uint64_t address,
               const void *bytes, uint32_t size);

/** Sends the enter and waits for its exit. @return the call's result, NO_ANSWER without an exit;
 *  free both records in any case. */
uint32_t transport_call(struct record *enter, struct record *exit);
void record_free(struct record *record);

/** Steps through the sections; begin with offset 0. */
bool next_section(const struct record *record, size_t *offset, struct section *section);
bool find_section(const struct record *record, uint16_t type, uint16_t index,
                  struct section *section);

/** A call of kind 5; `name` and `handles` may be missing. The results replace the arguments. */
uint32_t kernel_call(struct kernel_call *call, const char *name, const uint32_t *handles,
                     uint32_t handle_count);

/** Zeroed memory at an address below 2^31, which fits the messages of every console. */
void *console_memory(size_t size);

#endif
