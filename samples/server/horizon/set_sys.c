/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * set:sys: the settings of a made-up console with firmware 17.0.1. What a Set command stores its
 * Get command gives back; it lasts as long as the server. Sizes as libnx's set.c has them.
 */
#include "services.h"
#include "settings.h"

#include <string.h>

#define FIRMWARE_SIZE   0x100
#define PLATFORM_OFFSET 0x08
#define HASH_OFFSET     0x28
#define VERSION_OFFSET  0x68
#define TITLE_OFFSET    0x80
#define NAME_SIZE       0x48
#define MAX_LIST        0x1000

/* settings_results.hpp */
#define SETTINGS_ITEM_NOT_FOUND HORIZON_RESULT(105, 11)
#define SETTINGS_NO_NAME        HORIZON_RESULT(105, 201)
#define SETTINGS_NO_KEY         HORIZON_RESULT(105, 202)
#define SETTINGS_LONG_NAME      HORIZON_RESULT(105, 261)
#define SETTINGS_LONG_KEY       HORIZON_RESULT(105, 262)

/* Values in the message: SETTING(get, set, name, size), READ_ONLY(get, name, size). */
#define SETTINGS                                                                                   \
    SETTING(7, 8, LockScreenFlag, 1)                                                               \
    SETTING(9, 10, BacklightSettings, 0x28)                                                        \
    SETTING(13, 14, ExternalSteadyClockSourceId, 0x10)                                             \
    SETTING(15, 16, UserSystemClockContext, 0x20)                                                  \
    SETTING(17, 18, AccountSettings, 4)                                                            \
    SETTING(23, 24, ColorSetId, 4)                                                                 \
    SETTING(25, 26, ConsoleInformationUploadFlag, 1)                                               \
    SETTING(27, 28, AutomaticApplicationDownloadFlag, 1)                                           \
    SETTING(29, 30, NotificationSettings, 0x18)                                                    \
    SETTING(35, 36, VibrationMasterVolume, 4)                                                      \
    SETTING(39, 40, TvSettings, 0x20)                                                              \
    SETTING(45, 46, SpeakerAutoMuteFlag, 1)                                                        \
    SETTING(47, 48, QuestFlag, 1)                                                                  \
    SETTING(49, 50, DataDeletionSettings, 8)                                                       \
    SETTING(53, 54, DeviceTimeZoneLocationName, 0x24)                                              \
    SETTING(60, 61, UserSystemClockAutomaticCorrectionEnabled, 1)                                  \
    SETTING(58, 59, NetworkSystemClockContext, 0x20)                                               \
    SETTING(63, 64, PrimaryAlbumStorage, 4)                                                        \
    SETTING(65, 66, Usb30EnableFlag, 1)                                                            \
    SETTING(69, 70, NfcEnableFlag, 1)                                                              \
    SETTING(71, 72, SleepSettings, 0xC)                                                            \
    SETTING(73, 74, WirelessLanEnableFlag, 1)                                                      \
    SETTING(75, 76, InitialLaunchSettings, 0x20)                                                   \
    SETTING(80, 81, LdnChannel, 4)                                                                 \
    SETTING(84, 85, PtmBatteryLot, 0x18)                                                           \
    SETTING(86, 87, PtmFuelGaugeParameter, 0x18)                                                   \
    SETTING(88, 89, BluetoothEnableFlag, 1)                                                        \
    SETTING(92, 91, ShutdownRtcValue, 8)                                                           \
    SETTING(95, 96, AutoUpdateEnableFlag, 1)                                                       \
    SETTING(99, 100, BatteryPercentageFlag, 1)                                                     \
    SETTING(101, 102, ExternalRtcResetFlag, 1)                                                     \
    SETTING(103, 104, UsbFullKeyEnableFlag, 1)                                                     \
    SETTING(105, 106, ExternalSteadyClockInternalOffset, 8)                                        \
    SETTING(107, 108, BacklightSettingsEx, 0x2C)                                                   \
    SETTING(109, 110, HeadphoneVolumeWarningCount, 4)                                              \
    SETTING(111, 112, BluetoothAfhEnableFlag, 1)                                                   \
    SETTING(113, 114, BluetoothBoostEnableFlag, 1)                                                 \
    SETTING(115, 116, InRepairProcessEnableFlag, 1)                                                \
    SETTING(117, 118, HeadphoneVolumeUpdateFlag, 1)                                                \
    SETTING(120, 121, PushNotificationActivityModeOnSleep, 4)                                      \
    SETTING(122, 123, ServiceDiscoveryControlSettings, 4)                                          \
    SETTING(124, 125, ErrorReportSharePermission, 4)                                               \
    SETTING(126, 127, AppletLaunchFlags, 4)                                                        \
    SETTING(128, 129, ConsoleSixAxisSensorAccelerationBias, 0xC)                                   \
    SETTING(130, 131, ConsoleSixAxisSensorAngularVelocityBias, 0xC)                                \
    SETTING(132, 133, ConsoleSixAxisSensorAccelerationGain, 0x24)                                  \
    SETTING(134, 135, ConsoleSixAxisSensorAngularVelocityGain, 0x24)                               \
    SETTING(136, 137, KeyboardLayout, 4)                                                           \
    SETTING(141, 142, RequiresRunRepairTimeReviser, 1)                                             \
    SETTING(145, 146, ConsoleSixAxisSensorAngularVelocityTimeBias, 0xC)                            \
    SETTING(147, 148, ConsoleSixAxisSensorAngularAcceleration, 0x24)                               \
    SETTING(150, 151, DeviceTimeZoneLocationUpdatedTime, 0x18)                                     \
    SETTING(152, 153, UserSystemClockAutomaticCorrectionUpdatedTime, 0x18)                         \
    SETTING(156, 157, PctlReadyFlag, 1)                                                            \
    SETTING(158, 159, AnalogStickUserCalibrationL, 0x10)                                           \
    SETTING(160, 161, AnalogStickUserCalibrationR, 0x10)                                           \
    SETTING(162, 163, PtmBatteryVersion, 1)                                                        \
    SETTING(164, 165, Usb30HostEnableFlag, 1)                                                      \
    SETTING(166, 167, Usb30DeviceEnableFlag, 1)                                                    \
    SETTING(172, 173, PtmCycleCountReliability, 4)                                                 \
    SETTING(175, 176, ThemeSettings, 8)                                                            \
    SETTING(177, 178, ThemeKey, 0x10)                                                              \
    SETTING(179, 180, ZoomFlag, 1)                                                                 \
    SETTING(181, 182, T, 1)                                                                        \
    SETTING(183, 184, PlatformRegion, 4)                                                           \
    SETTING(187, 188, TouchScreenMode, 4)

#define READ_ONLY_SETTINGS                                                                         \
    READ_ONLY(5, FirmwareVersionDigest, 0x40)                                                      \
    READ_ONLY(51, InitialSystemAppletProgramId, 8)                                                 \
    READ_ONLY(52, OverlayDispProgramId, 8)                                                         \
    READ_ONLY(55, WirelessCertificationFileSize, 8)                                                \
    READ_ONLY(62, DebugModeFlag, 1)                                                                \
    READ_ONLY(67, BatteryLot, 0x18)                                                                \
    READ_ONLY(68, SerialNumber, 0x18)                                                              \
    READ_ONLY(79, ProductModel, 4)                                                                 \
    READ_ONLY(83, TelemetryDirtyFlags, 0x10)                                                       \
    READ_ONLY(90, MiiAuthorId, 0x10)                                                               \
    READ_ONLY(94, FatalDirtyFlags, 0x10)                                                           \
    READ_ONLY(149, RebootlessSystemUpdateVersion, 0x40)                                            \
    READ_ONLY(170, ChineseTraditionalInputMethod, 4)                                               \
    READ_ONLY(185, HomeMenuSchemeModel, 4)                                                         \
    READ_ONLY(186, MemoryUsageRateFlag, 1)

/* Lists in buffers: LIST(get, set, name, size of an entry). */
#define LISTS                                                                                      \
    LIST(2, 1, NetworkSettings, 0x400)                                                             \
    LIST(12, 11, BluetoothDevicesSettings, 0x200)                                                  \
    LIST(21, 22, EulaVersions, 0x30)                                                               \
    LIST(31, 32, AccountNotificationSettings, 0x18)                                                \
    LIST(97, 98, NxControllerSettings, 0x40)                                                       \
    LIST(139, 138, AllowedSslHosts, 0x100)                                                         \
    LIST(144, 143, BlePairingSettings, 0x80)                                                       \
    LIST(154, 155, AccountOnlineStorageSettings, 0x10)                                             \
    LIST(189, 190, ButtonConfigSettingsFull, 0x5A8)                                                \
    LIST(191, 192, ButtonConfigSettingsEmbedded, 0x5A8)                                            \
    LIST(193, 194, ButtonConfigSettingsLeft, 0x5A8)                                                \
    LIST(195, 196, ButtonConfigSettingsRight, 0x5A8)                                               \
    LIST(199, 200, ButtonConfigRegisteredSettings, 0x5C8)                                          \
    LIST(205, 206, NxControllerSettingsEx, 0x52C)

static const struct initial {
    uint32_t get;
    const char *bytes;
    size_t size;
} initials[] = {
    {7, "\1", 1},
    {23, "\1\0\0\0", 4},
    {25, "\1", 1},
    {27, "\1", 1},
    {53, "UTC", 4},
    {69, "\1", 1},
    {73, "\1", 1},
    {88, "\1", 1},
    {67, "IPCSHARK-BATTERY", 17},
    {68, "XAW00000000000", 15},
    {79, "\1\0\0\0", 4},
    {95, "\1", 1},
    {183, "\1\0\0\0", 4},
};

struct settings {
    GHashTable *values; /* of the getter -> GBytes */
};

struct settings *settings_new(void)
{
    struct settings *settings = g_new0(struct settings, 1);

    settings->values =
        g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)(void (*)(void))g_bytes_unref);
    for (size_t i = 0; i < G_N_ELEMENTS(initials); i++)
        settings_store(settings, initials[i].get, initials[i].bytes, initials[i].size);
    settings_store(settings, SETTINGS_LANGUAGE, "en-US\0\0", 8);
    settings_store(settings, SETTINGS_REGION, "\1\0\0\0", 4);
    settings_store(settings, SETTINGS_NICKNAME, "ipcshark", 9);
    return settings;
}

void settings_free(struct settings *settings)
{
    g_hash_table_unref(settings->values);
    g_free(settings);
}

void settings_store(struct settings *settings, uint32_t id, const void *bytes, size_t size)
{
    g_hash_table_insert(settings->values, GUINT_TO_POINTER(id), g_bytes_new(bytes, size));
}

size_t settings_load(const struct settings *settings, uint32_t id, void *bytes, size_t size)
{
    GBytes *value = g_hash_table_lookup(settings->values, GUINT_TO_POINTER(id));
    gsize stored = 0;
    const void *data = value ? g_bytes_get_data(value, &stored) : NULL;

    memset(bytes, 0, size);
    if (data)
        memcpy(bytes, data, MIN(stored, size));
    return MIN(stored, size);
}

#define SETTING(get, set, name, size) {get, set},
#define LIST(get, set, name, size)    {get, set},
static const struct {
    uint32_t get, set;
} pairs[] = {SETTINGS LISTS};
#undef SETTING
#undef LIST

/* What a Set command stores is kept under its Get command's id. */
static uint32_t stored_as(const struct sf_context *context)
{
    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
        if (pairs[i].set == context->command->id)
            return pairs[i].get;
    }
    return context->command->id;
}

static uint32_t get_value(struct sf_context *context)
{
    settings_load(context->kernel->settings, stored_as(context), context->out,
                  context->command->out_size);
    return 0;
}

static uint32_t set_value(struct sf_context *context)
{
    settings_store(context->kernel->settings, stored_as(context), context->in,
                   context->command->in_size);
    return 0;
}

/* → u32 number of entries, which the buffer holds. */
static uint32_t get_list(struct sf_context *context, size_t entry_size)
{
    struct sf_buffer *buffer = &context->buffer[0];
    uint8_t bytes[MAX_LIST];
    size_t size = settings_load(context->kernel->settings, stored_as(context), bytes, MAX_LIST);
    size_t count = MIN(size, buffer->size) / entry_size;

    if (count)
        memcpy(buffer->bytes, bytes, count * entry_size);
    sf_buffer_wrote(buffer, count * entry_size);
    ipcshark_store_u32(context->out, (uint32_t)count);
    return 0;
}

static uint32_t set_list(struct sf_context *context)
{
    const struct sf_buffer *buffer = &context->buffer[0];

    settings_store(context->kernel->settings, stored_as(context), buffer->bytes,
                   MIN(buffer->size, MAX_LIST));
    return 0;
}

#define LIST(get, set, name, size)                                                                 \
    static uint32_t get_##name(struct sf_context *context)                                         \
    {                                                                                              \
        return get_list(context, size);                                                            \
    }
LISTS
#undef LIST

static void put_text(uint8_t *at, const char *text)
{
    memcpy(at, text, strlen(text) + 1);
}

/* "GetFirmwareVersion2 does what GetFirmwareVersion does, but does not zero the revision." */
static uint32_t get_firmware_version(struct sf_context *context)
{
    uint8_t *bytes = context->buffer[0].bytes;

    memset(bytes, 0, FIRMWARE_SIZE);
    bytes[0] = 17;
    bytes[2] = 1;
    if (context->command->id == 4)
        bytes[4] = 2;
    put_text(bytes + PLATFORM_OFFSET, "NX");
    put_text(bytes + HASH_OFFSET, "0000000000000000000000000000000000000000");
    put_text(bytes + VERSION_OFFSET, "17.0.1");
    put_text(bytes + TITLE_OFFSET, "ipcshark reference server");
    return 0;
}

static uint32_t set_language_code(struct sf_context *context)
{
    settings_store(context->kernel->settings, SETTINGS_LANGUAGE, context->in, 8);
    return 0;
}

static uint32_t set_region_code(struct sf_context *context)
{
    settings_store(context->kernel->settings, SETTINGS_REGION, context->in, 4);
    return 0;
}

static uint32_t set_device_nickname(struct sf_context *context)
{
    const struct sf_buffer *buffer = &context->buffer[0];

    settings_store(context->kernel->settings, SETTINGS_NICKNAME, buffer->bytes,
                   MIN(buffer->size, SETTINGS_NICKNAME_SIZE));
    return 0;
}

uint32_t settings_get_nickname(struct sf_context *context)
{
    struct sf_buffer *buffer = &context->buffer[0];

    if (buffer->size)
        settings_load(context->kernel->settings, SETTINGS_NICKNAME, buffer->bytes, buffer->size);
    sf_buffer_wrote(buffer, buffer->size);
    return 0;
}

static uint32_t get_edid(struct sf_context *context)
{
    settings_load(context->kernel->settings, 41, context->buffer[0].bytes, 0x100);
    return 0;
}

static uint32_t set_edid(struct sf_context *context)
{
    const struct sf_buffer *buffer = &context->buffer[0];

    settings_store(context->kernel->settings, 41, buffer->bytes, buffer->size);
    return 0;
}

static uint32_t get_event(struct sf_context *context)
{
    struct horizon_object *writable;

    /* Nobody signals it. */
    horizon_event_new(false, &writable, &context->out_copy_handle[0]);
    horizon_object_unref(writable);
    return 0;
}

/* An empty file, an empty text. */
static uint32_t get_nothing(struct sf_context *context)
{
    struct sf_buffer *buffer = &context->buffer[0];

    if (buffer->size)
        memset(buffer->bytes, 0, buffer->size);
    sf_buffer_wrote(buffer, buffer->size);
    return 0;
}

/* Settings of system modules by name: a few that programs ask for. */
static const struct item {
    const char *name;
    const char *key;
    const char *bytes;
    uint8_t size;
} items[] = {
    {"settings_debug", "is_debug_mode_enabled", "\0", 1},
    {"fatal", "transition_to_fatal", "\1", 1},
    {"eupld", "upload_enabled", "\0", 1},
    {"ipcshark", "name", "reference server", 17},
};

static uint32_t check_text(const struct sf_buffer *buffer, uint32_t missing, uint32_t too_long)
{
    if (buffer->size == 0 || !buffer->bytes[0])
        return missing;
    return memchr(buffer->bytes, '\0', MIN(buffer->size, NAME_SIZE)) ? 0 : too_long;
}

static uint32_t find_item(const struct sf_context *context, const struct item **found)
{
    uint32_t result = check_text(&context->buffer[0], SETTINGS_NO_NAME, SETTINGS_LONG_NAME);

    if (result == 0)
        result = check_text(&context->buffer[1], SETTINGS_NO_KEY, SETTINGS_LONG_KEY);
    for (size_t i = 0; result == 0 && i < G_N_ELEMENTS(items); i++) {
        *found = &items[i];
        if (!strcmp(items[i].name, (const char *)context->buffer[0].bytes) &&
            !strcmp(items[i].key, (const char *)context->buffer[1].bytes))
            return 0;
    }
    return result ? result : SETTINGS_ITEM_NOT_FOUND;
}

static uint32_t get_item_size(struct sf_context *context)
{
    const struct item *item;
    uint32_t result = find_item(context, &item);

    ipcshark_store_u64(context->out, result == 0 ? item->size : 0);
    return result;
}

static uint32_t get_item(struct sf_context *context)
{
    struct sf_buffer *buffer = &context->buffer[2];
    const struct item *item;
    uint32_t result = find_item(context, &item);
    size_t size;

    if (result != 0)
        return result;
    size = MIN(item->size, buffer->size);
    if (size)
        memcpy(buffer->bytes, item->bytes, size);
    sf_buffer_wrote(buffer, size);
    ipcshark_store_u64(context->out, size);
    return 0;
}

/* Volumes and modes are kept for each device: u32 device → value; value and u32 device →. */
static uint32_t get_of_device(struct sf_context *context)
{
    settings_load(context->kernel->settings,
                  SETTINGS_OF_DEVICE(context->command->id, ipcshark_load_u32(context->in)),
                  context->out, context->command->out_size);
    return 0;
}

static uint32_t set_of_device(struct sf_context *context)
{
    size_t size = context->command->in_size - 4;

    settings_store(
        context->kernel->settings,
        SETTINGS_OF_DEVICE(context->command->id - 1, ipcshark_load_u32(context->in + size)),
        context->in, size);
    return 0;
}

/* u32 device, u32 mode: the mode is the last argument. */
static uint32_t set_audio_output_mode(struct sf_context *context)
{
    settings_store(context->kernel->settings,
                   SETTINGS_OF_DEVICE(43, ipcshark_load_u32(context->in)), context->in + 4, 4);
    return 0;
}

#define SETTING(get, set, setting, size)                                                           \
    {.id = (get), .name = "Get" #setting, .run = get_value, .out_size = (size)},                   \
        {.id = (set), .name = "Set" #setting, .run = set_value, .in_size = (size)},
#define READ_ONLY(get, setting, size)                                                              \
    {.id = (get), .name = "Get" #setting, .run = get_value, .out_size = (size)},
#define LIST(get, set, setting, size)                                                              \
    {.id = (get),                                                                                  \
     .name = "Get" #setting,                                                                       \
     .run = get_##setting,                                                                         \
     .out_size = 4,                                                                                \
     .buffer = {{SF_OUT | SF_MAP_ALIAS, 0}}},                                                      \
        {.id = (set),                                                                              \
         .name = "Set" #setting,                                                                   \
         .run = set_list,                                                                          \
         .buffer = {{SF_IN | SF_MAP_ALIAS, 0}}},
#define FIXED(direction, size)                                                                     \
    {                                                                                              \
        (direction) | SF_POINTER | SF_FIXED_SIZE, size                                             \
    }
#define IN_TEXT                                                                                    \
    {                                                                                              \
        SF_IN | SF_POINTER, 0                                                                      \
    }

static const struct sf_command commands[] = {
    SETTINGS READ_ONLY_SETTINGS LISTS{
        .id = 0, .name = "SetLanguageCode", .run = set_language_code, .in_size = 8},
    {.id = 3,
     .name = "GetFirmwareVersion",
     .run = get_firmware_version,
     .buffer = {FIXED(SF_OUT, FIRMWARE_SIZE)}},
    {.id = 4,
     .name = "GetFirmwareVersion2",
     .run = get_firmware_version,
     .buffer = {FIXED(SF_OUT, FIRMWARE_SIZE)}},
    {.id = 19, .name = "GetAudioVolume", .run = get_of_device, .in_size = 4, .out_size = 8},
    {.id = 20, .name = "SetAudioVolume", .run = set_of_device, .in_size = 0xC},
    {.id = 37,
     .name = "GetSettingsItemValueSize",
     .run = get_item_size,
     .out_size = 8,
     .buffer = {IN_TEXT, IN_TEXT}},
    {.id = 38,
     .name = "GetSettingsItemValue",
     .run = get_item,
     .out_size = 8,
     .buffer = {IN_TEXT, IN_TEXT, {SF_OUT | SF_MAP_ALIAS, 0}}},
    {.id = 41, .name = "GetEdid", .run = get_edid, .buffer = {FIXED(SF_OUT, 0x100)}},
    {.id = 42, .name = "SetEdid", .run = set_edid, .buffer = {FIXED(SF_IN, 0x100)}},
    {.id = 43, .name = "GetAudioOutputMode", .run = get_of_device, .in_size = 4, .out_size = 4},
    {.id = 44, .name = "SetAudioOutputMode", .run = set_audio_output_mode, .in_size = 8},
    {.id = 56,
     .name = "GetWirelessCertificationFile",
     .run = get_nothing,
     .out_size = 8,
     .buffer = {{SF_OUT | SF_MAP_ALIAS, 0}}},
    {.id = 57, .name = "SetRegionCode", .run = set_region_code, .in_size = 4},
    {.id = 77,
     .name = "GetDeviceNickname",
     .run = settings_get_nickname,
     .buffer = {{SF_OUT | SF_MAP_ALIAS | SF_FIXED_SIZE, SETTINGS_NICKNAME_SIZE}}},
    {.id = 78,
     .name = "SetDeviceNickname",
     .run = set_device_nickname,
     .buffer = {{SF_IN | SF_MAP_ALIAS, 0}}},
    {.id = 82,
     .name = "AcquireTelemetryDirtyFlagEventHandle",
     .run = get_event,
     .out_copy_handles = 1},
    {.id = 140,
     .name = "GetHostFsMountPoint",
     .run = get_nothing,
     .buffer = {{SF_OUT | SF_MAP_ALIAS | SF_FIXED_SIZE, 0x100}}},
    {.id = 93, .name = "AcquireFatalDirtyFlagEventHandle", .run = get_event, .out_copy_handles = 1},
};

static const struct sf_interface interface = {.name = "nn::settings::ISystemSettingsServer",
                                              .commands = commands,
                                              .command_count = G_N_ELEMENTS(commands)};

struct sf_object *set_sys_new(struct horizon_kernel *kernel)
{
    return sf_object_new(kernel, &interface, NULL);
}
