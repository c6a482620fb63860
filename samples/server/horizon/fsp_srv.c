/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fsp-srv: IFileSystemProxy over the server's sandbox. */
#include "services.h"

static uint32_t set_current_process(struct sf_context *context)
{
    context->session->client_pid = context->pid;
    return 0;
}

static uint32_t open_sd_card_file_system(struct sf_context *context)
{
    context->out_object[0] = fsp_file_system_new(context->kernel);
    return 0;
}

static uint32_t is_ex_fat_supported(struct sf_context *context)
{
    context->out[0] = 1;
    return 0;
}

static uint32_t get_global_access_log_mode(struct sf_context *context)
{
    (void)context;
    return 0;
}

static const struct sf_command commands[] = {
    {.id = 1,
     .name = "SetCurrentProcess",
     .run = set_current_process,
     .in_size = 8,
     .has_pid = true},
    {.id = 18, .name = "OpenSdCardFileSystem", .run = open_sd_card_file_system, .out_objects = 1},
    {.id = 27, .name = "IsExFatSupported", .run = is_ex_fat_supported, .out_size = 1},
    {.id = 1005,
     .name = "GetGlobalAccessLogMode",
     .run = get_global_access_log_mode,
     .out_size = 4},
};

static const struct sf_interface interface = {.name = "nn::fssrv::sf::IFileSystemProxy",
                                              .commands = commands,
                                              .command_count = G_N_ELEMENTS(commands)};

struct sf_object *fsp_srv_new(struct horizon_kernel *kernel)
{
    return sf_object_new(kernel, &interface, NULL);
}
