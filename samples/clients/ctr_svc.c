/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctr_svc.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND_BUFFER_OFFSET 0x80u
#define WORDS                 64u
#define TABLE_WORDS           32u
#define MAX_BLOCKS            8

/* Shared memory that this process has mapped. */
struct block {
    uint32_t handle;
    uint8_t *bytes;
    uint8_t *shadow; /* as the kernel has it, as far as this process knows */
    uint32_t size;
};

static struct block blocks[MAX_BLOCKS];
static pthread_mutex_t blocks_lock = PTHREAD_MUTEX_INITIALIZER;

uint32_t *ctr_command_buffer(void)
{
    static _Thread_local uint8_t *region;

    if (!region)
        region = console_memory(0x1000);
    return (uint32_t *)(void *)(region + COMMAND_BUFFER_OFFSET);
}

static void *pointer_to(uint64_t address)
{
    return (void *)(uintptr_t)address; /* NOLINT(performance-no-int-to-ptr) */
}

static int32_t simple_call(struct kernel_call call, uint32_t *handle)
{
    uint32_t result = kernel_call(&call, NULL, NULL, 0);

    if (handle)
        *handle = call.handle;
    return (int32_t)result;
}

/* ---- shared memory ---- */

static void write_memory(const struct block *block, uint32_t offset, uint32_t size)
{
    struct kernel_call call = {
        .call = CALL_WRITE_MEMORY, .handle = block->handle, .address = offset};
    struct record enter = {0}, exit;

    enter_begin(&enter, KIND_KERNEL_CALL, block->handle);
    enter_add(&enter, SECTION_KERNEL_CALL, 0, 0, &call, sizeof call);
    enter_add(&enter, SECTION_MEMORY, 0, 0, block->bytes + offset, size);
    transport_call(&enter, &exit);
    record_free(&enter);
    record_free(&exit);
    memcpy(block->shadow + offset, block->bytes + offset, size);
}

/* What changed since the last look, word by word: bytes between belong to others. */
static void push_block(const struct block *block)
{
    for (uint32_t begin = 0, end; begin < block->size; begin = end + 4) {
        for (; begin < block->size && !memcmp(block->bytes + begin, block->shadow + begin, 4);)
            begin += 4;
        for (end = begin;
             end < block->size && memcmp(block->bytes + end, block->shadow + end, 4) != 0;)
            end += 4;
        if (end > begin)
            write_memory(block, begin, end - begin);
    }
}

static void pull_block(struct block *block)
{
    struct kernel_call call = {
        .call = CALL_READ_MEMORY, .handle = block->handle, .size = block->size};
    struct record enter = {0}, exit;
    struct section section;

    enter_begin(&enter, KIND_KERNEL_CALL, block->handle);
    enter_add(&enter, SECTION_KERNEL_CALL, 0, 0, &call, sizeof call);
    if (transport_call(&enter, &exit) == 0 && find_section(&exit, SECTION_MEMORY, 0, &section) &&
        section.size == block->size) {
        memcpy(block->bytes, section.bytes, section.size);
        memcpy(block->shadow, section.bytes, section.size);
    }
    record_free(&enter);
    record_free(&exit);
}

static void push_blocks(void)
{
    pthread_mutex_lock(&blocks_lock);
    for (unsigned int i = 0; i < MAX_BLOCKS; i++) {
        if (blocks[i].bytes)
            push_block(&blocks[i]);
    }
    pthread_mutex_unlock(&blocks_lock);
}

static void pull_blocks(void)
{
    pthread_mutex_lock(&blocks_lock);
    for (unsigned int i = 0; i < MAX_BLOCKS; i++) {
        if (blocks[i].bytes) {
            push_block(&blocks[i]);
            pull_block(&blocks[i]);
        }
    }
    pthread_mutex_unlock(&blocks_lock);
}

static void forget_block(struct block *block)
{
    free(block->shadow);
    memset(block, 0, sizeof *block);
}

static void remember_block(uint32_t handle, uint32_t address, uint32_t size)
{
    pthread_mutex_lock(&blocks_lock);
    for (unsigned int i = 0; i < MAX_BLOCKS; i++) {
        if (!blocks[i].bytes) {
            blocks[i] = (struct block){handle, pointer_to(address), calloc(1, size), size};
            pull_block(&blocks[i]);
            break;
        }
    }
    pthread_mutex_unlock(&blocks_lock);
}

int32_t svcCreateMemoryBlock(uint32_t *block, uint32_t address, uint32_t size,
                             unsigned int own_permission, unsigned int other_permission)
{
    struct kernel_call call = {.call = CALL_CREATE_MEMORY_BLOCK,
                               .value = own_permission,
                               .address = address,
                               .size = size,
                               .value2 = other_permission};
    struct record enter = {0}, exit;
    struct section section;
    uint32_t result;

    enter_begin(&enter, KIND_KERNEL_CALL, 0);
    enter_add(&enter, SECTION_KERNEL_CALL, 0, 0, &call, sizeof call);
    if (address)
        enter_add(&enter, SECTION_MEMORY, 0, address, pointer_to(address), size);
    result = transport_call(&enter, &exit);
    if (result == 0 && find_section(&exit, SECTION_KERNEL_CALL, 0, &section)) {
        memcpy(&call, section.bytes, sizeof call);
        *block = call.handle;
        if (address)
            remember_block(call.handle, address, size);
    }
    record_free(&enter);
    record_free(&exit);
    return (int32_t)result;
}

int32_t svcMapMemoryBlock(uint32_t block, uint32_t address, unsigned int own_permission,
                          unsigned int other_permission)
{
    struct kernel_call call = {.call = CALL_MAP_MEMORY_BLOCK,
                               .handle = block,
                               .value = own_permission,
                               .address = address,
                               .value2 = other_permission};
    uint32_t result = kernel_call(&call, NULL, NULL, 0);

    if (result == 0)
        remember_block(block, address, (uint32_t)call.size);
    return (int32_t)result;
}

int32_t svcUnmapMemoryBlock(uint32_t block, uint32_t address)
{
    push_blocks();
    pthread_mutex_lock(&blocks_lock);
    for (unsigned int i = 0; i < MAX_BLOCKS; i++) {
        if (blocks[i].handle == block)
            forget_block(&blocks[i]);
    }
    pthread_mutex_unlock(&blocks_lock);
    return simple_call(
        (struct kernel_call){.call = CALL_UNMAP_MEMORY_BLOCK, .handle = block, .address = address},
        NULL);
}

/* ---- messages ---- */

/* The contents of one descriptor, "by the kernel's order of decisions": low nibble 0 handles, bit 3
 * mapped, bit 2 PXI, else a static buffer. @return its words. */
static unsigned int add_content(struct record *enter, const uint32_t *words, uint16_t n)
{
    uint32_t descriptor = words[n], address = n + 1u < WORDS ? words[n + 1] : 0;
    const void *bytes = pointer_to(address);

    if ((descriptor & 0xF) == 0) /* 0x20 asks for the process id; the others count their handles */
        return 2 + (descriptor & 0x20 ? 0 : descriptor >> 26);
    if (descriptor & 8) {
        bool is_room = (descriptor & 6) == 4; /* the receiver only writes */

        if (descriptor >> 4)
            enter_add(enter, SECTION_MAPPED, n, address, is_room ? NULL : bytes, descriptor >> 4);
    } else if (!(descriptor & 4) && descriptor >> 14) {
        enter_add(enter, SECTION_STATIC, n, address, bytes, descriptor >> 14);
    }
    return 2;
}

/* The address lies in a static buffer of the table or in a mapped buffer that may be written. */
static bool is_inside(const struct section *section, uint64_t address, uint64_t size)
{
    return section->address >= address && section->size <= size &&
           section->address - address <= size - section->size;
}

static bool has_static_room(const uint32_t *table, const struct section *section)
{
    for (unsigned int i = 0; i < TABLE_WORDS; i += 2) {
        if (is_inside(section, table[i + 1], table[i] >> 14))
            return true;
    }
    return false;
}

static bool has_mapped_room(const struct record *enter, const struct section *section)
{
    struct section sent;

    for (size_t offset = 0; next_section(enter, &offset, &sent);) {
        if (sent.type == SECTION_MAPPED && is_inside(section, sent.address, sent.declared_size))
            return true;
    }
    return false;
}

static void store(const struct record *enter, const struct record *exit, uint32_t *words)
{
    struct section section;

    for (size_t offset = 0; next_section(exit, &offset, &section);) {
        if (section.type == SECTION_MESSAGE && section.size <= 4 * WORDS)
            memcpy(words, section.bytes, section.size);
        if ((section.type == SECTION_STATIC && has_static_room(words + WORDS, &section)) ||
            (section.type == SECTION_MAPPED && has_mapped_room(enter, &section)))
            memcpy(pointer_to(section.address), section.bytes, section.size);
    }
}

int32_t svcSendSyncRequest(uint32_t session)
{
    uint32_t *words = ctr_command_buffer();
    uint64_t address = (uintptr_t)words;
    unsigned int end = 1 + (words[0] >> 6 & 63) + (words[0] & 63);
    struct record enter = {0}, exit;
    uint32_t result;

    push_blocks();
    enter_begin(&enter, KIND_CTR, session);
    enter_add(&enter, SECTION_MESSAGE, 0, address, words, 4 * WORDS);
    enter_add(&enter, SECTION_STATIC_TABLE, 0, address + 4 * WORDS, words + WORDS, 4 * TABLE_WORDS);
    for (unsigned int n = 1 + (words[0] >> 6 & 63); n < end && n < WORDS;)
        n += add_content(&enter, words, (uint16_t)n);
    result = transport_call(&enter, &exit);
    store(&enter, &exit, words);
    record_free(&enter);
    record_free(&exit);
    pull_blocks();
    return (int32_t)result;
}

/* ---- the others ---- */

int32_t svcConnectToPort(volatile uint32_t *session, const char *name)
{
    struct kernel_call call = {.call = CALL_CONNECT_TO_PORT};
    uint32_t result = kernel_call(&call, name, NULL, 0);

    *session = call.handle;
    return (int32_t)result;
}

int32_t svcCloseHandle(uint32_t handle)
{
    return simple_call((struct kernel_call){.call = CALL_CLOSE_HANDLE, .handle = handle}, NULL);
}

int32_t svcDuplicateHandle(uint32_t *copy, uint32_t handle)
{
    return simple_call((struct kernel_call){.call = CALL_DUPLICATE_HANDLE, .handle = handle}, copy);
}

int32_t svcGetProcessId(uint32_t *id, uint32_t handle)
{
    struct kernel_call call = {.call = CALL_GET_PROCESS_ID, .handle = handle};
    uint32_t result = kernel_call(&call, NULL, NULL, 0);

    *id = call.value;
    return (int32_t)result;
}

int32_t svcCreateEvent(uint32_t *event, unsigned int reset_type)
{
    return simple_call((struct kernel_call){.call = CALL_CREATE_EVENT, .value = reset_type}, event);
}

int32_t svcSignalEvent(uint32_t event)
{
    push_blocks();
    return simple_call((struct kernel_call){.call = CALL_SIGNAL_EVENT, .handle = event}, NULL);
}

int32_t svcClearEvent(uint32_t event)
{
    return simple_call((struct kernel_call){.call = CALL_CLEAR_EVENT, .handle = event}, NULL);
}

int32_t svcWaitSynchronizationN(int32_t *index, const uint32_t *handles, int32_t count, bool all,
                                int64_t nanoseconds)
{
    struct kernel_call call = {
        .call = CALL_WAIT_SYNCHRONIZATION, .value = all, .value2 = (uint64_t)nanoseconds};
    uint32_t result;

    push_blocks();
    result = kernel_call(&call, NULL, handles, (uint32_t)count);
    *index = (int32_t)call.value;
    pull_blocks();
    return (int32_t)result;
}

int32_t svcWaitSynchronization(uint32_t handle, int64_t nanoseconds)
{
    int32_t index;

    return svcWaitSynchronizationN(&index, &handle, 1, false, nanoseconds);
}
