/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "echo", no console's service: it exercises every kind of argument. docs/server-choices.md lists
 * its commands. */
#include "services.h"

#include <string.h>

#define SCALARS_SIZE 0x10
#define FIXED_SIZE   0x20

static uint32_t echo_scalars(struct sf_context *context)
{
    memcpy(context->out, context->in, SCALARS_SIZE);
    return 0;
}

/* Copies buffer 0 to buffer 1 and says how much it was. */
static uint32_t echo_buffer(struct sf_context *context)
{
    const struct sf_buffer *source = &context->buffer[0];
    struct sf_buffer *target = &context->buffer[1];
    size_t size = MIN(source->size, target->size);

    if (size)
        memmove(target->bytes, source->bytes, size);
    sf_buffer_wrote(target, size);
    ipcshark_store_u64(context->out, size);
    return 0;
}

static uint32_t invert_exchange(struct sf_context *context)
{
    struct sf_buffer *buffer = &context->buffer[0];

    for (size_t i = 0; i < buffer->size; i++)
        buffer->bytes[i] = (uint8_t)~buffer->bytes[i];
    sf_buffer_wrote(buffer, buffer->size);
    return 0;
}

static uint32_t echo_handle(struct sf_context *context)
{
    struct horizon_object *object =
        horizon_handle_find(&context->session->process->handles, context->in_handle[0]);

    context->out_copy_handle[0] = object ? horizon_object_ref(object) : NULL;
    return 0;
}

static uint32_t get_pid(struct sf_context *context)
{
    ipcshark_store_u64(context->out, context->pid);
    return 0;
}

static uint32_t make_object(struct sf_context *context)
{
    context->out_object[0] = echo_new(context->kernel);
    return 0;
}

static uint32_t fail(struct sf_context *context)
{
    return ipcshark_load_u32(context->in);
}

static uint32_t take_object(struct sf_context *context)
{
    ipcshark_store_u32(context->out, context->in_object[0] == context->object);
    return 0;
}

#define BUFFERS(mode) .out_size = 8, .buffer = {{SF_IN | (mode), 0}, {SF_OUT | (mode), 0}}

static const struct sf_command commands[] = {
    {.id = 0,
     .name = "EchoScalars",
     .run = echo_scalars,
     .in_size = SCALARS_SIZE,
     .out_size = SCALARS_SIZE},
    {.id = 1, .name = "EchoPointer", .run = echo_buffer, BUFFERS(SF_POINTER)},
    {.id = 2, .name = "EchoMap", .run = echo_buffer, BUFFERS(SF_MAP_ALIAS)},
    {.id = 3, .name = "EchoAutoSelect", .run = echo_buffer, BUFFERS(SF_AUTO_SELECT)},
    {.id = 4,
     .name = "InvertExchange",
     .run = invert_exchange,
     .buffer = {{SF_IN | SF_OUT | SF_MAP_ALIAS, 0}}},
    {.id = 5, .name = "EchoHandle", .run = echo_handle, .in_handles = 1, .out_copy_handles = 1},
    {.id = 6, .name = "GetPid", .run = get_pid, .in_size = 8, .out_size = 8, .has_pid = true},
    {.id = 7, .name = "EchoNonSecure", .run = echo_buffer, BUFFERS(SF_MAP_ALIAS | SF_NON_SECURE)},
    {.id = 8, .name = "EchoNonDevice", .run = echo_buffer, BUFFERS(SF_MAP_ALIAS | SF_NON_DEVICE)},
    {.id = 9, .name = "MakeObject", .run = make_object, .out_objects = 1},
    {.id = 10, .name = "Fail", .run = fail, .in_size = 4},
    {.id = 11, .name = "TakeObject", .run = take_object, .out_size = 4, .in_objects = 1},
    {.id = 12,
     .name = "EchoFixedPointer",
     .run = echo_buffer,
     .out_size = 8,
     .buffer = {{SF_IN | SF_POINTER | SF_FIXED_SIZE, FIXED_SIZE},
                {SF_OUT | SF_POINTER | SF_FIXED_SIZE, FIXED_SIZE}}},
};

static const struct sf_interface interface = {
    .name = "ipcshark::IEcho", .commands = commands, .command_count = G_N_ELEMENTS(commands)};

struct sf_object *echo_new(struct horizon_kernel *kernel)
{
    return sf_object_new(kernel, &interface, NULL);
}
