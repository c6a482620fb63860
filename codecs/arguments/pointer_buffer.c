/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file pointer_buffer.c
 * The server's pointer buffer: in pointers fill it from the start, each at a multiple of 16; out
 * pointers are cut from its end downwards, each start rounded down to 16; they must not meet
 * (sf_impl_command_serialization.hpp).
 */
#include "arguments_internal.h"

#include <ipcshark/reader.h>

#define POINTER_ALIGNMENT 16u

/** What a request's buffers take of it. */
struct use {
    uint64_t from_start;
    uint64_t from_end;
    bool has_out;
};

static void add_in(struct use *use, uint64_t size)
{
    if (size)
        use->from_start = align_up(use->from_start, POINTER_ALIGNMENT) + size;
}

static void add_out(struct use *use, uint64_t size)
{
    use->has_out = true;
    use->from_end = align_up(use->from_end + size, POINTER_ALIGNMENT);
}

/** The table of u16 sizes, which only out pointers without a fixed size are in. */
static struct ipcshark_reader size_table(const struct ipcshark_command *command,
                                         const struct ipcshark_message *message)
{
    struct arguments_count count;
    struct cmif_out_pointer_sizes sizes;
    struct ipcshark_reader reader = ipcshark_reader(message->bytes, message->length);

    ipcshark_arguments_count(command, false, &count);
    cmif_locate_out_pointer_sizes(message->length, message->hipc, message->cmif, command->in_size,
                                  count.out_pointer_sizes, &sizes, NULL);
    ipcshark_reader_seek(&reader, sizes.offset);
    return reader;
}

static bool is_by_pointer(const struct ipcshark_argument *argument)
{
    return argument->place == IPCSHARK_PLACE_POINTER ||
           argument->place == IPCSHARK_PLACE_RECEIVE_LIST;
}

static void add(struct use *use, const struct ipcshark_argument *argument,
                struct ipcshark_reader *sizes)
{
    uint16_t attribute = argument->type->attribute;
    bool can_point = attribute & (IPCSHARK_BUFFER_POINTER | IPCSHARK_BUFFER_AUTO_SELECT);
    uint64_t size = argument->buffer_size;

    if (argument->type->kind != IPCSHARK_TYPE_BUFFER || !can_point)
        return;
    if (attribute & IPCSHARK_BUFFER_IN) {
        if (is_by_pointer(argument))
            add_in(use, size);
        return;
    }
    if (!(attribute & IPCSHARK_BUFFER_FIXED_SIZE))
        size = ipcshark_read_u16(sizes);
    if (is_by_pointer(argument))
        add_out(use, size);
}

void ipcshark_check_pointer_buffer(const struct ipcshark_command *command,
                                   const struct ipcshark_message *message,
                                   uint32_t pointer_buffer_size, struct ipcshark_findings *findings)
{
    struct use use = {0, 0, false};
    struct ipcshark_arguments arguments;
    struct ipcshark_argument argument;
    struct ipcshark_reader sizes;
    uint64_t needed;

    if (command->convention != IPCSHARK_CONVENTION_CMIF || !command->in_layout)
        return;
    ipcshark_arguments_begin(&arguments, command, message);
    if (arguments.next == UINT16_MAX || arguments.is_reply)
        return;
    sizes = size_table(command, message);
    while (ipcshark_arguments_next(&arguments, &argument))
        add(&use, &argument, &sizes);
    needed = align_up(use.from_start, POINTER_ALIGNMENT) + use.from_end;
    if (use.has_out && needed > pointer_buffer_size)
        ipcshark_find(findings, IPCSHARK_FINDING_ARGUMENT_POINTER_BUFFER, 0, HIPC_HEADER_SIZE,
                      needed, pointer_buffer_size);
}
