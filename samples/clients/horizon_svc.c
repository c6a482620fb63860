/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "horizon_svc.h"

#include <string.h>

/* What of a message is being sent. */
struct request {
    struct record enter;
    const uint8_t *message;
    size_t size;
    size_t offset; /* of the next descriptor */
};

void *horizon_thread_local_region(void)
{
    static _Thread_local void *region;

    if (!region)
        region = console_memory(0x1000);
    return region;
}

static void *pointer_to(uint64_t address)
{
    return (void *)(uintptr_t)address; /* NOLINT(performance-no-int-to-ptr) */
}

static uint32_t word(const struct request *request, size_t offset)
{
    uint32_t value = 0;

    if (offset + 4 <= request->size)
        memcpy(&value, request->message + offset, 4);
    return value;
}

/* Pointer descriptor: index 0-5, address 36-38 in bits 6-8, address 32-35 in 12-15, size 16-31. */
static void add_pointers(struct request *request, unsigned int count)
{
    for (unsigned int n = 0; n < count; n++, request->offset += 8) {
        uint32_t first = word(request, request->offset);
        uint64_t address = word(request, request->offset + 4);

        address |= (uint64_t)(first >> 12 & 15) << 32 | (uint64_t)(first >> 6 & 7) << 36;
        if (first >> 16)
            enter_add(&request->enter, SECTION_POINTER, (uint16_t)n, address, pointer_to(address),
                      first >> 16);
    }
}

/* Buffer descriptor: size, address, then address 36-38 in bits 2-4, size 32-35 in 24-27, address
 * 32-35 in 28-31. */
static void add_buffers(struct request *request, unsigned int count, uint16_t type)
{
    for (unsigned int n = 0; n < count; n++, request->offset += 12) {
        uint32_t size = word(request, request->offset);
        uint32_t last = word(request, request->offset + 8);
        uint64_t address = word(request, request->offset + 4);

        address |= (uint64_t)(last >> 28) << 32 | (uint64_t)(last >> 2 & 7) << 36;
        if (size == 0)
            continue;
        enter_add(&request->enter, type, (uint16_t)n, address,
                  type == SECTION_RECEIVE ? NULL : pointer_to(address), size);
    }
}

/* Receive list, modes 2 (one entry) and up (mode - 2 entries): address 32-38 in bits 0-6 of the
 * second word, size in 16-31. */
static void add_receive_list(struct request *request, uint32_t mode, size_t offset)
{
    unsigned int count = mode < 2 ? 0 : mode == 2 ? 1 : mode - 2;

    for (unsigned int n = 0; n < count; n++, offset += 8) {
        uint32_t last = word(request, offset + 4);
        uint64_t address = word(request, offset) | (uint64_t)(last & 0x7F) << 32;

        if (!(last >> 16))
            continue;
        enter_add(&request->enter, SECTION_RECEIVE_LIST, (uint16_t)n, address, NULL, last >> 16);
    }
}

static void add_contents(struct request *request)
{
    uint32_t first = word(request, 0), second = word(request, 4);
    size_t list = (second >> 20 & 0x7FF) * 4u; /* 0: behind the raw data */
    uint32_t special;

    request->offset = 8;
    if (second >> 31) {
        special = word(request, 8);
        request->offset += 4u + (special & 1 ? 8 : 0);
        request->offset += 4u * ((special >> 1 & 15) + (special >> 5 & 15));
    }
    add_pointers(request, first >> 16 & 15);
    add_buffers(request, first >> 20 & 15, SECTION_SEND);
    add_buffers(request, first >> 24 & 15, SECTION_RECEIVE);
    add_buffers(request, first >> 28, SECTION_EXCHANGE);
    add_receive_list(request, second >> 10 & 15,
                     list ? list : request->offset + 4u * (second & 0x3FF));
}

static bool is_room(const struct section *sent)
{
    return sent->type == SECTION_MESSAGE || sent->type == SECTION_RECEIVE ||
           sent->type == SECTION_EXCHANGE || sent->type == SECTION_RECEIVE_LIST;
}

/* "Every range lies inside room that the enter announced." */
static bool has_room(const struct record *enter, const struct section *section)
{
    struct section sent;

    for (size_t offset = 0; next_section(enter, &offset, &sent);) {
        uint64_t skipped = section->address - sent.address;

        if (is_room(&sent) && section->address >= sent.address && skipped <= sent.declared_size &&
            section->size <= sent.declared_size - skipped)
            return true;
    }
    return false;
}

/* "MESSAGE over its buffer, then POINTER, RECEIVE, EXCHANGE at their address." */
static void store(const struct record *enter, const struct record *exit)
{
    struct section section;

    for (size_t offset = 0; next_section(exit, &offset, &section);) {
        bool is_content = section.type == SECTION_MESSAGE || section.type == SECTION_POINTER ||
                          section.type == SECTION_RECEIVE || section.type == SECTION_EXCHANGE;

        if (is_content && section.size && has_room(enter, &section))
            memcpy(pointer_to(section.address), section.bytes, section.size);
    }
}

static uint32_t send_request(void *buffer, uint64_t size, uint32_t session, bool is_user_buffer)
{
    uint64_t address = (uintptr_t)buffer;
    struct kernel_call user_buffer = {
        .call = CALL_USER_BUFFER, .handle = session, .address = address, .size = size};
    struct request request = {.message = buffer, .size = size};
    struct record exit;
    uint32_t result;

    enter_begin(&request.enter, KIND_HIPC, session);
    enter_add(&request.enter, SECTION_MESSAGE, 0, address, buffer, (uint32_t)size);
    if (is_user_buffer)
        enter_add(&request.enter, SECTION_KERNEL_CALL, 0, 0, &user_buffer, sizeof user_buffer);
    add_contents(&request);
    result = transport_call(&request.enter, &exit);
    store(&request.enter, &exit);
    record_free(&request.enter);
    record_free(&exit);
    return result;
}

uint32_t svcSendSyncRequest(uint32_t session)
{
    return send_request(horizon_thread_local_region(), HORIZON_MESSAGE_SIZE, session, false);
}

uint32_t svcSendSyncRequestWithUserBuffer(void *buffer, uint64_t size, uint32_t session)
{
    return send_request(buffer, size, session, true);
}

uint32_t svcConnectToNamedPort(uint32_t *session, const char *name)
{
    struct kernel_call call = {.call = CALL_CONNECT_TO_PORT};
    uint32_t result = kernel_call(&call, name, NULL, 0);

    *session = call.handle;
    return result;
}

uint32_t svcCloseHandle(uint32_t handle)
{
    struct kernel_call call = {.call = CALL_CLOSE_HANDLE, .handle = handle};

    return kernel_call(&call, NULL, NULL, 0);
}
