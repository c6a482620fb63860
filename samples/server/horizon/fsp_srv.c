/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fsp-srv: IFileSystemProxy. The SD card is the server's sandbox; nothing else is mounted. */
#include "services.h"

#define PATH_SIZE 0x301
#define IN_PATH                                                                                    \
    {                                                                                              \
        SF_IN | SF_POINTER | SF_FIXED_SIZE, PATH_SIZE                                              \
    }
#define CARD_SIZE       (UINT64_C(1024) << 20)
#define SPEED_SDR104    4
#define CID_SIZE        0x10
#define FIRST_SAVE_DATA 0

#define FS_TARGET_NOT_FOUND HORIZON_RESULT(2, 1002)

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

/* Program data, save data, system partitions: this console has none. */
static uint32_t refuse(struct sf_context *context)
{
    (void)context;
    return FS_TARGET_NOT_FOUND;
}

static uint32_t succeed(struct sf_context *context)
{
    (void)context;
    return 0;
}

static uint32_t answer_yes(struct sf_context *context)
{
    context->out[0] = 1;
    return 0;
}

static uint32_t set_global_access_log_mode(struct sf_context *context)
{
    context->kernel->access_log_mode = ipcshark_load_u32(context->in);
    return 0;
}

static uint32_t get_global_access_log_mode(struct sf_context *context)
{
    ipcshark_store_u32(context->out, context->kernel->access_log_mode);
    return 0;
}

/* → {s32 index, s32 count} of a program that is the only one of its title. */
static uint32_t get_program_index(struct sf_context *context)
{
    ipcshark_store_u32(context->out + 4, 1);
    return 0;
}

/* Save data: a reader that is at its end at once. */
static uint32_t read_save_data_info(struct sf_context *context)
{
    sf_buffer_wrote(&context->buffer[0], 0);
    ipcshark_store_u64(context->out, FIRST_SAVE_DATA);
    return 0;
}

static const struct sf_command reader_commands[] = {
    {.id = 0,
     .name = "Read",
     .run = read_save_data_info,
     .out_size = 8,
     .buffer = {{SF_OUT | SF_MAP_ALIAS, 0}}},
};

static const struct sf_interface reader_interface = {
    .name = "nn::fssrv::sf::ISaveDataInfoReader",
    .commands = reader_commands,
    .command_count = G_N_ELEMENTS(reader_commands)};

static uint32_t open_save_data_info_reader(struct sf_context *context)
{
    context->out_object[0] = sf_object_new(context->kernel, &reader_interface, NULL);
    return 0;
}

/* The card is never taken out: its event is not signalled. */
static uint32_t get_event_handle(struct sf_context *context)
{
    struct horizon_object *writable;

    horizon_event_new(false, &writable, &context->out_copy_handle[0]);
    horizon_object_unref(writable);
    return 0;
}

static const struct sf_command notifier_commands[] = {
    {.id = 0, .name = "GetEventHandle", .run = get_event_handle, .out_copy_handles = 1},
};

static const struct sf_interface notifier_interface = {
    .name = "nn::fssrv::sf::IEventNotifier",
    .commands = notifier_commands,
    .command_count = G_N_ELEMENTS(notifier_commands)};

static uint32_t open_event_notifier(struct sf_context *context)
{
    context->out_object[0] = sf_object_new(context->kernel, &notifier_interface, NULL);
    return 0;
}

static uint32_t get_speed_mode(struct sf_context *context)
{
    ipcshark_store_u64(context->out, SPEED_SDR104);
    return 0;
}

static uint32_t get_cid(struct sf_context *context)
{
    struct sf_buffer *buffer = &context->buffer[0];
    size_t size = MIN(buffer->size, CID_SIZE);

    for (size_t i = 0; i < size; i++)
        buffer->bytes[i] = (uint8_t)i;
    sf_buffer_wrote(buffer, size);
    return 0;
}

static uint32_t get_user_area_size(struct sf_context *context)
{
    ipcshark_store_u64(context->out, CARD_SIZE);
    return 0;
}

#define OUT_MAP                                                                                    \
    {                                                                                              \
        SF_OUT | SF_MAP_ALIAS, 0                                                                   \
    }

static const struct sf_command operator_commands[] = {
    {.id = 0, .name = "IsSdCardInserted", .run = answer_yes, .out_size = 1},
    {.id = 1, .name = "GetSdCardSpeedMode", .run = get_speed_mode, .out_size = 8},
    {.id = 2, .name = "GetSdCardCid", .run = get_cid, .in_size = 8, .buffer = {OUT_MAP}},
    {.id = 3, .name = "GetSdCardUserAreaSize", .run = get_user_area_size, .out_size = 8},
    {.id = 4, .name = "GetSdCardProtectedAreaSize", .run = succeed, .out_size = 8},
    {.id = 5,
     .name = "GetAndClearSdCardErrorInfo",
     .run = succeed,
     .in_size = 8,
     .out_size = 0x18,
     .buffer = {OUT_MAP}},
    {.id = 100, .name = "GetMmcCid", .run = get_cid, .in_size = 8, .buffer = {OUT_MAP}},
    {.id = 101, .name = "GetMmcSpeedMode", .run = get_speed_mode, .out_size = 8},
    {.id = 112, .name = "GetMmcPatrolCount", .run = succeed, .out_size = 4},
    {.id = 113,
     .name = "GetAndClearMmcErrorInfo",
     .run = succeed,
     .in_size = 8,
     .out_size = 0x18,
     .buffer = {OUT_MAP}},
    {.id = 200, .name = "IsGameCardInserted", .run = succeed, .out_size = 1},
    {.id = 202, .name = "GetGameCardHandle", .run = refuse, .out_size = 4},
    {.id = 203,
     .name = "GetGameCardUpdatePartitionInfo",
     .run = refuse,
     .in_size = 4,
     .out_size = 0x10},
    {.id = 206,
     .name = "GetGameCardDeviceCertificate",
     .run = refuse,
     .in_size = 0x10,
     .buffer = {OUT_MAP}},
    {.id = 219,
     .name = "ChallengeCardExistence",
     .run = refuse,
     .in_size = 4,
     .buffer = {OUT_MAP, {SF_IN | SF_MAP_ALIAS, 0}, {SF_IN | SF_MAP_ALIAS, 0}}},
};

static const struct sf_interface operator_interface = {
    .name = "nn::fssrv::sf::IDeviceOperator",
    .commands = operator_commands,
    .command_count = G_N_ELEMENTS(operator_commands)};

static uint32_t open_device_operator(struct sf_context *context)
{
    context->out_object[0] = sf_object_new(context->kernel, &operator_interface, NULL);
    return 0;
}

/* Commands that open something that is not there: their sizes count, for what they refuse. */
#define REFUSED(number, text, size)                                                                \
    {                                                                                              \
        .id = (number), .name = (text), .run = refuse, .in_size = (size), .out_objects = 1         \
    }
#define REFUSED_PATH(number, text, size)                                                           \
    {                                                                                              \
        .id = (number), .name = (text), .run = refuse, .in_size = (size), .out_objects = 1,        \
        .buffer = {                                                                                \
            IN_PATH                                                                                \
        }                                                                                          \
    }

static const struct sf_command commands[] = {
    REFUSED_PATH(0, "OpenFileSystem", 4),
    {.id = 1,
     .name = "SetCurrentProcess",
     .run = set_current_process,
     .in_size = 8,
     .has_pid = true},
    REFUSED(2, "OpenDataFileSystemByCurrentProcess", 0),
    REFUSED_PATH(7, "OpenFileSystemWithPatch", 16),
    REFUSED_PATH(8, "OpenFileSystemWithId", 16),
    REFUSED(9, "OpenDataFileSystemByProgramId", 8),
    REFUSED_PATH(11, "OpenBisFileSystem", 4),
    REFUSED(12, "OpenBisStorage", 4),
    REFUSED_PATH(17, "OpenHostFileSystem", 0),
    {.id = 18, .name = "OpenSdCardFileSystem", .run = open_sd_card_file_system, .out_objects = 1},
    {.id = 21, .name = "DeleteSaveDataFileSystem", .run = refuse, .in_size = 8},
    {.id = 27, .name = "IsExFatSupported", .run = answer_yes, .out_size = 1},
    {.id = 28,
     .name = "DeleteSaveDataFileSystemBySaveDataAttribute",
     .run = refuse,
     .in_size = 0x48},
    REFUSED(31, "OpenGameCardFileSystem", 8),
    {.id = 32, .name = "ExtendSaveDataFileSystem", .run = refuse, .in_size = 0x20},
    REFUSED_PATH(36, "OpenHostFileSystemWithOption", 4),
    REFUSED(51, "OpenSaveDataFileSystem", 0x48),
    REFUSED(52, "OpenSaveDataFileSystemBySystemSaveDataId", 0x48),
    REFUSED(53, "OpenReadOnlySaveDataFileSystem", 0x48),
    {.id = 59,
     .name = "WriteSaveDataFileSystemExtraData",
     .run = refuse,
     .in_size = 0x10,
     .buffer = {{SF_IN | SF_MAP_ALIAS, 0}}},
    {.id = 60,
     .name = "OpenSaveDataInfoReader",
     .run = open_save_data_info_reader,
     .out_objects = 1},
    {.id = 61,
     .name = "OpenSaveDataInfoReaderBySaveDataSpaceId",
     .run = open_save_data_info_reader,
     .in_size = 1,
     .out_objects = 1},
    {.id = 68,
     .name = "OpenSaveDataInfoReaderWithFilter",
     .run = open_save_data_info_reader,
     .in_size = 0x50,
     .out_objects = 1},
    REFUSED(100, "OpenImageDirectoryFileSystem", 4),
    REFUSED(110, "OpenContentStorageFileSystem", 4),
    REFUSED(130, "OpenCustomStorageFileSystem", 4),
    REFUSED(200, "OpenDataStorageByCurrentProcess", 0),
    REFUSED(201, "OpenDataStorageByProgramId", 8),
    REFUSED(202, "OpenDataStorageByDataId", 16),
    REFUSED(203, "OpenPatchDataStorageByCurrentProcess", 0),
    {.id = 400, .name = "OpenDeviceOperator", .run = open_device_operator, .out_objects = 1},
    {.id = 500,
     .name = "OpenSdCardDetectionEventNotifier",
     .run = open_event_notifier,
     .out_objects = 1},
    {.id = 609, .name = "GetRightsIdByPath", .run = refuse, .out_size = 0x10, .buffer = {IN_PATH}},
    {.id = 640, .name = "IsSignedSystemPartitionOnSdCardValid", .run = succeed, .out_size = 1},
    {.id = 800, .name = "GetAndClearErrorInfo", .run = succeed, .out_size = 0x80},
    {.id = 1003, .name = "DisableAutoSaveDataCreation", .run = succeed},
    {.id = 1004, .name = "SetGlobalAccessLogMode", .run = set_global_access_log_mode, .in_size = 4},
    {.id = 1005,
     .name = "GetGlobalAccessLogMode",
     .run = get_global_access_log_mode,
     .out_size = 4},
    {.id = 1006,
     .name = "OutputAccessLogToSdCard",
     .run = succeed,
     .buffer = {{SF_IN | SF_MAP_ALIAS, 0}}},
    {.id = 1007, .name = "GetProgramIndexForAccessLog", .run = get_program_index, .out_size = 8},
};

static const struct sf_interface interface = {.name = "nn::fssrv::sf::IFileSystemProxy",
                                              .commands = commands,
                                              .command_count = G_N_ELEMENTS(commands)};

struct sf_object *fsp_srv_new(struct horizon_kernel *kernel)
{
    return sf_object_new(kernel, &interface, NULL);
}
