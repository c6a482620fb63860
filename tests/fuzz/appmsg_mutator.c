/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mutates an input of fuzz_appmsg as the request with its payload, the received message or the
 * call's section that it is by its length. Bytes without a plan are tried, too.
 */
#include "mutator.h"

#include <ipcshark/appmsg.h>

#include <string.h>

static size_t mutate_request(uint8_t *bytes, size_t size, size_t capacity, uint32_t *state)
{
    struct appmsg_request request = {0};
    uint32_t payload = next(state) % 4 ? next(state) % 64 : next(state) % (APPMSG_MAX_PAYLOAD + 2);

    if (APPMSG_REQUEST_SIZE + payload > capacity)
        return 0;
    appmsg_request_decode(bytes, size, &request, NULL);
    if (APPMSG_REQUEST_SIZE + payload > size)
        memset(bytes + size, 0, APPMSG_REQUEST_SIZE + payload - size);
    request.payload_size = next(state) % 4 ? payload : next_number(state);
    request.flags = next(state) % 4 ? next(state) % 3 : next(state);
    request.message_type = next(state) % 2 ? request.message_type : (uint32_t)next_number(state);
    request.app_id = next(state) % 2 ? request.app_id : (uint32_t)next_number(state);
    appmsg_request_encode(&request, bytes, capacity);
    return APPMSG_REQUEST_SIZE + payload;
}

static size_t mutate_message(uint8_t *bytes, size_t size, size_t capacity, uint32_t *state)
{
    static uint8_t payload[APPMSG_MAX_PAYLOAD];
    struct appmsg_message message = {0};

    if (capacity < APPMSG_MESSAGE_SIZE)
        return 0;
    appmsg_message_decode(bytes, size, &message, NULL);
    for (unsigned int n = 0; n < 16; n++)
        payload[next(state) % 64] = (uint8_t)next(state);
    message.message_type = (uint32_t)next_number(state);
    message.payload_size = next(state) % APPMSG_MAX_PAYLOAD;
    message.payload_captured = message.payload_size;
    message.padding = next(state) % 4 ? 0 : next(state);
    message.timestamp = next_number(state);
    appmsg_message_encode(&message, payload, bytes, capacity);
    /* A size over the payload's room, bytes behind the payload, a captured part. */
    if (next(state) % 4 == 0)
        bytes[APPMSG_PAYLOAD_SIZE_OFFSET + 1] = (uint8_t)next(state);
    if (next(state) % 4 == 0)
        bytes[APPMSG_PAYLOAD_OFFSET + next(state) % APPMSG_MAX_PAYLOAD] = (uint8_t)next(state);
    return next(state) % 4 ? APPMSG_MESSAGE_SIZE : 1 + next(state) % APPMSG_MESSAGE_SIZE;
}

static size_t mutate_call(uint8_t *bytes, size_t size, size_t capacity, uint32_t *state)
{
    struct appmsg_call call = {0};

    appmsg_call_decode(bytes, size, &call, NULL);
    call.function = next(state) % 10;
    call.return_value = (int32_t)next_number(state);
    call.valid = next(state) % 9;
    call.payload_size = next_number(state);
    call.bits = next_number(state);
    call.flags = next(state) % 3;
    return appmsg_call_encode(&call, bytes, capacity);
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t capacity, unsigned int seed)
{
    static size_t (*const kinds[])(uint8_t *, size_t, size_t, uint32_t *) = {
        mutate_request, mutate_request, mutate_message, mutate_call};
    uint32_t state = seed;
    size_t made = 0;

    if (next(&state) % 3)
        made = kinds[next(&state) % 4](bytes, size, capacity, &state);
    return made ? made : LLVMFuzzerMutate(bytes, size, capacity);
}
