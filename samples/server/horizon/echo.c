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

/* (u8 @0, bool @1, u16 @2, u32 @4, u64 @8), as arguments of mixed alignment are sorted, → each but
 * the bool one more; the bool inverted. */
static uint32_t count_mixed(struct sf_context *context)
{
    context->out[0] = (uint8_t)(context->in[0] + 1);
    context->out[1] = !(context->in[1] & 1);
    ipcshark_store_u16(context->out + 2, (uint16_t)(ipcshark_load_u16(context->in + 2) + 1));
    ipcshark_store_u32(context->out + 4, ipcshark_load_u32(context->in + 4) + 1);
    ipcshark_store_u64(context->out + 8, ipcshark_load_u64(context->in + 8) + 1);
    return 0;
}

/* Fills every out buffer with its number, from 1, and says how large they are: u32 each. */
static uint32_t fill_buffers(struct sf_context *context)
{
    for (unsigned int i = 0; context->command->buffer[i].attributes; i++) {
        struct sf_buffer *buffer = &context->buffer[i];

        if (buffer->size)
            memset(buffer->bytes, (int)i + 1, buffer->size);
        sf_buffer_wrote(buffer, buffer->size);
        ipcshark_store_u32(context->out + 4 * i, (uint32_t)buffer->size);
    }
    return 0;
}

/* The object of a handle that came in, as a new reference. */
static struct horizon_object *object_of(const struct sf_context *context, unsigned int i)
{
    struct horizon_object *object =
        horizon_handle_find(&context->session->process->handles, context->in_handle[i]);

    return object ? horizon_object_ref(object) : NULL;
}

static uint32_t move_handle(struct sf_context *context)
{
    context->out_move_handle[0] = object_of(context, 0);
    return 0;
}

static uint32_t swap_handles(struct sf_context *context)
{
    context->out_copy_handle[0] = object_of(context, 1);
    context->out_copy_handle[1] = object_of(context, 0);
    return 0;
}

static uint32_t make_two_objects(struct sf_context *context)
{
    context->out_object[0] = echo_new(context->kernel);
    context->out_object[1] = echo_new(context->kernel);
    return 0;
}

static uint32_t make_null_object(struct sf_context *context)
{
    (void)context;
    return 0;
}

static uint32_t take_two_objects(struct sf_context *context)
{
    ipcshark_store_u32(context->out, context->in_object[0] == context->in_object[1]);
    return 0;
}

/* The framework has checked it. */
static uint32_t check_user_id(struct sf_context *context)
{
    memcpy(context->out, context->in, 8);
    return 0;
}

static uint32_t get_shared_memory(struct sf_context *context)
{
    context->out_copy_handle[0] = horizon_object_ref(context->kernel->echo_memory);
    ipcshark_store_u64(context->out, context->kernel->echo_memory->block->size);
    return 0;
}

/* Of the block that the handle stands for: shared memory or somebody's transfer memory. */
static uint32_t invert_memory(struct sf_context *context)
{
    struct horizon_object *object =
        horizon_handle_find(&context->session->process->handles, context->in_handle[0]);

    if (!object || object->type != HORIZON_MEMORY_BLOCK)
        return HORIZON_INVALID_HANDLE;
    for (uint64_t i = 0; i < object->block->size; i++)
        object->block->bytes[i] = (uint8_t)~object->block->bytes[i];
    ipcshark_store_u64(context->out, object->block->size);
    return 0;
}

/* An event that is signalled already. */
static uint32_t get_event(struct sf_context *context)
{
    struct horizon_object *writable;

    horizon_event_new(false, &writable, &context->out_copy_handle[0]);
    writable->event->signalled = true;
    horizon_object_unref(writable);
    return 0;
}

#define FIXED(mode)                                                                                \
    .out_size = 8, .buffer = {{SF_IN | SF_FIXED_SIZE | (mode), FIXED_SIZE},                        \
                              {SF_OUT | SF_FIXED_SIZE | (mode), FIXED_SIZE}}
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
    {.id = 12, .name = "EchoFixedPointer", .run = echo_buffer, FIXED(SF_POINTER)},
    {.id = 13, .name = "EchoFixedMap", .run = echo_buffer, FIXED(SF_MAP_ALIAS)},
    {.id = 14, .name = "EchoFixedAutoSelect", .run = echo_buffer, FIXED(SF_AUTO_SELECT)},
    {.id = 15,
     .name = "EchoNonSecureAutoSelect",
     .run = echo_buffer,
     BUFFERS(SF_AUTO_SELECT | SF_NON_SECURE)},
    {.id = 16,
     .name = "EchoNonDeviceAutoSelect",
     .run = echo_buffer,
     BUFFERS(SF_AUTO_SELECT | SF_NON_DEVICE)},
    {.id = 17,
     .name = "EchoFixedNonSecure",
     .run = echo_buffer,
     FIXED(SF_MAP_ALIAS | SF_NON_SECURE)},
    {.id = 18,
     .name = "EchoFixedNonDevice",
     .run = echo_buffer,
     FIXED(SF_MAP_ALIAS | SF_NON_DEVICE)},
    {.id = 19, .name = "CountMixed", .run = count_mixed, .in_size = 0x10, .out_size = 0x10},
    {.id = 20,
     .name = "FillPointers",
     .run = fill_buffers,
     .in_size = 1,
     .out_size = 0x10,
     .buffer = {{SF_OUT | SF_POINTER, 0},
                {SF_OUT | SF_POINTER | SF_FIXED_SIZE, FIXED_SIZE},
                {SF_OUT | SF_AUTO_SELECT, 0},
                {SF_OUT | SF_POINTER, 0}}},
    {.id = 21,
     .name = "FillMaps",
     .run = fill_buffers,
     .out_size = 0x10,
     .buffer = {{SF_OUT | SF_MAP_ALIAS, 0},
                {SF_OUT | SF_MAP_ALIAS | SF_NON_SECURE, 0},
                {SF_OUT | SF_MAP_ALIAS | SF_NON_DEVICE, 0},
                {SF_OUT | SF_POINTER, 0}}},
    {.id = 22, .name = "MoveHandle", .run = move_handle, .in_handles = 1, .out_move_handles = 1},
    {.id = 23, .name = "SwapHandles", .run = swap_handles, .in_handles = 2, .out_copy_handles = 2},
    {.id = 24, .name = "MakeTwoObjects", .run = make_two_objects, .out_objects = 2},
    {.id = 25, .name = "MakeNullObject", .run = make_null_object, .out_objects = 1},
    {.id = 26, .name = "TakeTwoObjects", .run = take_two_objects, .out_size = 4, .in_objects = 2},
    {.id = 27,
     .name = "CheckAppletResourceUserId",
     .run = check_user_id,
     .in_size = 8,
     .out_size = 8,
     .has_pid = true,
     .has_user_id = true},
    {.id = 28,
     .name = "GetSharedMemory",
     .run = get_shared_memory,
     .out_size = 8,
     .out_copy_handles = 1},
    {.id = 29, .name = "InvertMemory", .run = invert_memory, .out_size = 8, .in_handles = 1},
    {.id = 30, .name = "GetEvent", .run = get_event, .out_copy_handles = 1},
};

static const struct sf_interface interface = {
    .name = "ipcshark::IEcho", .commands = commands, .command_count = G_N_ELEMENTS(commands)};

struct sf_object *echo_new(struct horizon_kernel *kernel)
{
    return sf_object_new(kernel, &interface, NULL);
}
