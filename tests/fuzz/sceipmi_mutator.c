/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes and changes inputs of fuzz_sceipmi as what their first byte says they are: a call of some
 * op with a block of its size, a packet whose inputs fill it, a configuration, a name, descriptors.
 * Bytes without a plan are tried, too.
 */
#include "mutator.h"

#include <ipcshark/sceipmi.h>
#include <ipcshark/writer.h>

#include <string.h>

static uint64_t field_value(const struct sceipmi_field *field, uint32_t *state)
{
    if (field->kind == SCEIPMI_FIELD_POINTER)
        return next(state) % 4 ? next(state) : 0;
    if (field->kind == SCEIPMI_FIELD_DECIMAL)
        return next(state) % 4 ? next(state) % 12 : next_number(state);
    return next_number(state);
}

static void change_fields(const struct sceipmi_layout *layout, uint8_t *bytes, size_t size,
                          uint32_t *state)
{
    for (unsigned int n = next(state) % 3; layout && layout->field_count && n < 4; n++) {
        const struct sceipmi_field *field = &layout->field[next(state) % layout->field_count];

        sceipmi_field_set(field, bytes, size, field_value(field, state));
    }
}

static const struct sceipmi_operation *random_operation(uint32_t *state)
{
    size_t count;
    const struct sceipmi_operation *operations = sceipmi_operations(&count);

    return &operations[next(state) % count];
}

/** The call goes on, with some field changed; or another call with a block of zeros. */
static size_t mutate_call(uint8_t *bytes, size_t size, size_t capacity, uint32_t *state)
{
    const struct sceipmi_operation *operation;
    struct sceipmi_call call = {0};
    size_t block;

    if (sceipmi_call_decode(bytes, size, &call, NULL) && next(state) % 4) {
        operation = sceipmi_operation(call.op);
        block = size - SCEIPMI_CALL_SIZE;
    } else {
        operation = random_operation(state);
        block = operation->layout ? operation->layout->size : next(state) % 0x48;
        call = (struct sceipmi_call){
            .op = operation->op, .kid = next(state) % 8, .cookie = SCEIPMI_COOKIE};
    }
    if (SCEIPMI_CALL_SIZE + block > capacity)
        return 0;
    if (SCEIPMI_CALL_SIZE + block > size)
        memset(bytes + size, 0, SCEIPMI_CALL_SIZE + block - size);
    call.in_size = next(state) % 8 ? block : next_number(state);
    call.in_pointer = next(state) % 8 ? 0x1000 : 0;
    call.kid ^= next(state) % 8 ? 0 : next(state);
    sceipmi_call_encode(&call, bytes, capacity);
    if (operation)
        change_fields(operation->layout, bytes + SCEIPMI_CALL_SIZE, block, state);
    return SCEIPMI_CALL_SIZE + block;
}

/** Sizes and so many bytes each; sometimes a size that is not there. */
static void write_inputs(struct ipcshark_writer *writer, uint32_t count, uint32_t *state)
{
    for (uint32_t n = 0; n < count; n++) {
        uint32_t size = next(state) % 64;

        ipcshark_write_u32(writer, next(state) % 16 ? size : (uint32_t)next_number(state));
        ipcshark_write_zeros(writer, size);
    }
}

static void write_header(struct ipcshark_writer *writer, uint32_t in_count, uint32_t *state)
{
    ipcshark_write_u64(writer, next_number(state));
    ipcshark_write_u32(writer, next(state));
    ipcshark_write_u32(writer, next(state) % 2);
    ipcshark_write_u32(writer, next(state) % 16 ? in_count : (uint32_t)next_number(state));
}

/** fuzz_sceipmi's table of types: connect, sync, asynchronous, the last in raw form and so on. */
static size_t make_packet(unsigned int type, uint8_t *bytes, size_t capacity, uint32_t *state)
{
    struct ipcshark_writer writer = ipcshark_writer(bytes, capacity);
    uint32_t in_count = next(state) % (SCEIPMI_MAX_COUNT + 2);
    uint32_t out_count = next(state) % (SCEIPMI_MAX_COUNT + 2);
    bool is_sync = type == 1 || type == 3 || type == 4;

    if (type == 0) {
        uint32_t size = next(state) % 64;

        ipcshark_write_zeros(&writer, sceipmi_connect_packet()->size);
        ipcshark_write_u32(&writer, next(state) % 8 ? size : (uint32_t)next_number(state));
        ipcshark_write_zeros(&writer, (size + 7) / 8 * 8);
        change_fields(sceipmi_connect_packet(), bytes, writer.offset, state);
    } else {
        write_header(&writer, in_count, state);
        if (is_sync)
            ipcshark_write_u32(&writer, out_count);
        write_inputs(&writer, in_count, state);
        for (uint32_t n = 0; is_sync && n < out_count; n++)
            ipcshark_write_u32(&writer, (uint32_t)next_number(state));
    }
    return writer.failed ? 0 : writer.offset;
}

static size_t make_config(unsigned int op, uint8_t *bytes, size_t capacity, uint32_t *state)
{
    const struct sceipmi_layout *layout = op == SCEIPMI_CREATE_CLIENT    ? sceipmi_client_config()
                                          : op == SCEIPMI_CREATE_SESSION ? sceipmi_session_config()
                                                                         : sceipmi_server_config();
    size_t size = layout->size;

    if (size > capacity)
        return 0;
    memset(bytes, 0, size);
    sceipmi_set(layout, "size", bytes, size, size);
    change_fields(layout, bytes, size, state);
    return size;
}

static size_t make_name(uint8_t *bytes, size_t capacity, uint32_t *state)
{
    size_t length = next(state) % 30;

    if (capacity < 34)
        return 0;
    memcpy(bytes, next(state) % 4 ? "Sce" : "SCE", 3);
    for (size_t n = 0; n < length; n++)
        bytes[3 + n] = (uint8_t)('A' + next(state) % 58);
    bytes[3 + length] = 0;
    return 3 + length + next(state) % 2;
}

static size_t make_descriptors(uint8_t *bytes, size_t capacity, uint32_t *state)
{
    size_t count = next(state) % (SCEIPMI_MAX_COUNT + 2);
    size_t size = 0;

    for (size_t n = 0; n < count && capacity - size >= SCEIPMI_BUFFER_INFO_SIZE; n++) {
        struct sceipmi_buffer_info info = {next_number(state), next_number(state),
                                           next_number(state), 0};

        size += sceipmi_buffer_info_encode(&info, 1, bytes + size, capacity - size);
    }
    return size;
}

/** `choice` as fuzz_sceipmi takes it. */
static size_t make(uint8_t choice, uint8_t *bytes, size_t size, size_t capacity, uint32_t *state)
{
    if (choice < 0x40)
        return mutate_call(bytes, size, capacity, state);
    if (choice < 0x80)
        return make_packet(choice % 6, bytes, capacity, state);
    if (choice < 0xA0)
        return make_config(choice % 5, bytes, capacity, state);
    if (choice < 0xC0)
        return make_name(bytes, capacity, state);
    return make_descriptors(bytes, capacity, state);
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t capacity, unsigned int seed)
{
    uint32_t state = seed;
    size_t made;

    if (size < 1 || next(&state) % 3 == 0)
        return LLVMFuzzerMutate(bytes, size, capacity);
    if (next(&state) % 4 == 0)
        bytes[0] = (uint8_t)next(&state);
    made = make(bytes[0], bytes + 1, size - 1, capacity - 1, &state);
    return made ? 1 + made : LLVMFuzzerMutate(bytes, size, capacity);
}
