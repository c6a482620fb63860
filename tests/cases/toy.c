/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "toy.h"

#include <ipcshark/reader.h>
#include <ipcshark/writer.h>
#include <string.h>

#define OPEN_BOTH_VALUE 7
#define FAIL_RESULT     0x402

static struct toy *toy_of(const struct sf_context *context)
{
    return context->object->data;
}

static uint32_t add(struct sf_context *context)
{
    ipcshark_store_u32(context->out,
                       ipcshark_load_u32(context->in) + ipcshark_load_u32(context->in + 4));
    return 0;
}

/* u8 at 0, u16 at 2, u32 at 4, u64 at 8; out u8 at 0, u64 at 8. */
static uint32_t layout(struct sf_context *context)
{
    context->out[0] = context->in[0];
    ipcshark_store_u64(context->out + 8, ipcshark_load_u64(context->in + 8));
    return 0;
}

static uint32_t open_object(struct sf_context *context)
{
    context->out_object[0] = toy_new(context->kernel, toy_of(context));
    return 0;
}

static uint32_t nothing(struct sf_context *context)
{
    (void)context;
    return 0;
}

static uint32_t get_pid(struct sf_context *context)
{
    ipcshark_store_u64(context->out, context->pid);
    return 0;
}

static uint32_t check_user_id(struct sf_context *context)
{
    memcpy(context->out, context->in, 8);
    return 0;
}

static uint32_t buffer_size(struct sf_context *context)
{
    ipcshark_store_u32(context->out, (uint32_t)context->buffer[0].size);
    return 0;
}

static uint32_t fail(struct sf_context *context)
{
    (void)context;
    return FAIL_RESULT;
}

static uint32_t duplicate(struct sf_context *context)
{
    context->out_copy_handle[0] = horizon_object_ref(toy_of(context)->copied);
    context->out_move_handle[0] = horizon_object_ref(toy_of(context)->moved);
    return 0;
}

static uint32_t echo_bool(struct sf_context *context)
{
    context->out[0] = context->in[0] & 1;
    return 0;
}

static uint32_t open_both(struct sf_context *context)
{
    context->out[0] = OPEN_BOTH_VALUE;
    context->out_move_handle[0] = horizon_object_ref(toy_of(context)->moved);
    return open_object(context);
}

static const struct sf_interface interface;

static const struct sf_command commands[] = {
    {.id = 0, .name = "Add", .run = add, .in_size = 8, .out_size = 4},
    {.id = 1, .name = "Layout", .run = layout, .in_size = 0x10, .out_size = 0x10},
    {.id = 2, .name = "Open", .run = open_object, .out_objects = 1},
    {.id = 3, .name = "Use", .run = nothing, .in_objects = 1, .in_interface = &interface},
    {.id = 4, .name = "GetPid", .run = get_pid, .in_size = 8, .out_size = 8, .has_pid = true},
    {.id = 5,
     .name = "CheckAruid",
     .run = check_user_id,
     .in_size = 8,
     .out_size = 8,
     .has_pid = true,
     .has_user_id = true},
    {.id = 6, .name = "Read", .run = buffer_size, .out_size = 4, .buffer = {{0x0A, 0}}},
    {.id = 7, .name = "Write", .run = buffer_size, .out_size = 4, .buffer = {{0x09, 0}}},
    {.id = 8, .name = "AutoOut", .run = nothing, .buffer = {{0x22, 0}}},
    {.id = 9, .name = "Fail", .run = fail, .out_size = 8, .buffer = {{0x0A, 0}}},
    {.id = 10,
     .name = "Dup",
     .run = duplicate,
     .in_handles = 1,
     .out_copy_handles = 1,
     .out_move_handles = 1},
    {.id = 11, .name = "NonSecure", .run = nothing, .buffer = {{0x45, 0}}},
    {.id = 12, .name = "Two", .run = nothing, .in_size = 1, .buffer = {{0x0A, 0}, {0x1A, 0x20}}},
    {.id = 13, .name = "Bool", .run = echo_bool, .in_size = 1, .out_size = 1},
    {.id = 14,
     .name = "OpenBoth",
     .run = open_both,
     .out_size = 1,
     .out_objects = 1,
     .out_move_handles = 1},
    {.id = 15, .name = "New", .run = nothing, .since = HORIZON_VERSION(5, 0, 0)},
    {.id = 16, .name = "OpenNull", .run = nothing, .out_objects = 1},
    {.id = 17, .name = "AutoIn", .run = nothing, .buffer = {{0x21, 0}}},
};

static const struct sf_interface interface = {
    .name = "nn::test::ITest", .commands = commands, .command_count = G_N_ELEMENTS(commands)};

struct sf_object *toy_new(struct horizon_kernel *kernel, struct toy *toy)
{
    return sf_object_new(kernel, &interface, toy);
}

static uint32_t tipc_register_client(struct tipc_call *call)
{
    call->session->client_pid = call->pid;
    return 0;
}

/* A session to another such object. */
static uint32_t new_session(struct tipc_call *call)
{
    struct sf_object *object = toy_tipc_new(call->session->kernel, call->session->object->data);
    uint64_t number;

    return sf_session_open(call->session->kernel, call->session->process, "toy", object, &number,
                           &call->moved[0]);
}

static uint32_t tipc_register(struct tipc_call *call)
{
    struct toy *toy = call->session->object->data;

    toy->name = ipcshark_load_u64(call->in);
    toy->max = ipcshark_load_u32(call->in + 8);
    toy->light = call->in[12] & 1;
    toy->was_registered = true;
    return new_session(call);
}

static uint32_t tipc_has(struct tipc_call *call)
{
    call->out[0] = ipcshark_load_u64(call->in) != 0;
    return 0;
}

static uint32_t tipc_fill(struct tipc_call *call)
{
    const struct horizon_map *receive = horizon_map_find(call->request, HORIZON_RECEIVE, 0);

    ipcshark_store_u32(call->out, receive ? (uint32_t)receive->size : 0);
    return 0;
}

static const struct tipc_command tipc_commands[] = {
    {.id = 0, .name = "RegisterClient", .run = tipc_register_client, .has_pid = true},
    {.id = 1, .name = "GetHandle", .run = new_session, .in_size = 8, .out_handles = 1},
    {.id = 2, .name = "Register", .run = tipc_register, .in_size = 13, .out_handles = 1},
    {.id = 3, .name = "Has", .run = tipc_has, .in_size = 8, .out_size = 1},
    {.id = 4, .name = "Fill", .run = tipc_fill, .out_size = 4, .sends = 1, .receives = 1},
};

static const struct tipc_interface tipc = {tipc_commands, G_N_ELEMENTS(tipc_commands)};
static const struct sf_interface tipc_interface = {.name = "nn::test::ITipcTest", .tipc = &tipc};

struct sf_object *toy_tipc_new(struct horizon_kernel *kernel, struct toy *toy)
{
    return sf_object_new(kernel, &tipc_interface, toy);
}
