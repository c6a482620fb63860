/* SPDX-License-Identifier: GPL-2.0-or-later */
/* set:sys: a few getters of a made-up console with firmware 17.0.1. */
#include "services.h"

#include <string.h>

#define FIRMWARE_SIZE   0x100
#define PLATFORM_OFFSET 0x08
#define HASH_OFFSET     0x28
#define VERSION_OFFSET  0x68
#define TITLE_OFFSET    0x80
#define OUT_FIRMWARE                                                                               \
    {                                                                                              \
        SF_OUT | SF_POINTER | SF_FIXED_SIZE, FIRMWARE_SIZE                                         \
    }

static uint32_t get_firmware_version(struct sf_context *context)
{
    uint8_t *bytes = context->buffer[0].bytes;

    memset(bytes, 0, FIRMWARE_SIZE);
    bytes[0] = 17;
    bytes[2] = 1;
    bytes[4] = 2;
    strcpy((char *)bytes + PLATFORM_OFFSET, "NX");
    strcpy((char *)bytes + HASH_OFFSET, "0000000000000000000000000000000000000000");
    strcpy((char *)bytes + VERSION_OFFSET, "17.0.1");
    strcpy((char *)bytes + TITLE_OFFSET, "ipcshark reference server");
    return 0;
}

static uint32_t get_color_set_id(struct sf_context *context)
{
    ipcshark_store_u32(context->out, 1);
    return 0;
}

static uint32_t get_flag(struct sf_context *context)
{
    context->out[0] = 1;
    return 0;
}

static const struct sf_command commands[] = {
    {.id = 3, .name = "GetFirmwareVersion", .run = get_firmware_version, .buffer = {OUT_FIRMWARE}},
    {.id = 4, .name = "GetFirmwareVersion2", .run = get_firmware_version, .buffer = {OUT_FIRMWARE}},
    {.id = 7, .name = "GetLockScreenFlag", .run = get_flag, .out_size = 1},
    {.id = 23, .name = "GetColorSetId", .run = get_color_set_id, .out_size = 4},
    {.id = 25, .name = "GetConsoleInformationUploadFlag", .run = get_flag, .out_size = 1},
    {.id = 27, .name = "GetAutomaticApplicationDownloadFlag", .run = get_flag, .out_size = 1},
};

static const struct sf_interface interface = {.name = "nn::settings::ISystemSettingsServer",
                                              .commands = commands,
                                              .command_count = G_N_ELEMENTS(commands)};

struct sf_object *set_sys_new(struct horizon_kernel *kernel)
{
    return sf_object_new(kernel, &interface, NULL);
}
