/* SPDX-License-Identifier: GPL-2.0-or-later */
/* set: language, region and name of the console, for every program. */
#include "services.h"
#include "settings.h"

#include <string.h>

#define LANGUAGE_SIZE    8
#define OLD_LANGUAGES    15 /* before 4.0.0, and in the commands of that time still */
#define KEY_MAP_SIZE     0x1000
#define OUT_OF_LANGUAGES HORIZON_RESULT(105, 625)

static const char languages[][LANGUAGE_SIZE] = {
    "ja", "en-US", "fr",    "de",    "it",    "es",     "zh-CN",   "ko",      "nl",
    "pt", "ru",    "zh-TW", "en-GB", "fr-CA", "es-419", "zh-Hans", "zh-Hant", "pt-BR",
};

static uint32_t get_language_code(struct sf_context *context)
{
    settings_load(context->kernel->settings, SETTINGS_LANGUAGE, context->out, LANGUAGE_SIZE);
    return 0;
}

/* Commands 1 and 3 know fewer than 5 and 6. */
static size_t language_count(const struct sf_context *context)
{
    return context->command->id < 5 ? OLD_LANGUAGES : G_N_ELEMENTS(languages);
}

static uint32_t get_available_language_codes(struct sf_context *context)
{
    struct sf_buffer *buffer = &context->buffer[0];
    size_t count = MIN(buffer->size / LANGUAGE_SIZE, language_count(context));

    if (count)
        memcpy(buffer->bytes, languages, count * LANGUAGE_SIZE);
    sf_buffer_wrote(buffer, count * LANGUAGE_SIZE);
    ipcshark_store_u32(context->out, (uint32_t)count);
    return 0;
}

static uint32_t make_language_code(struct sf_context *context)
{
    uint32_t n = ipcshark_load_u32(context->in);

    if (n >= G_N_ELEMENTS(languages))
        return OUT_OF_LANGUAGES;
    memcpy(context->out, languages[n], LANGUAGE_SIZE);
    return 0;
}

static uint32_t get_available_language_code_count(struct sf_context *context)
{
    ipcshark_store_u32(context->out, (uint32_t)language_count(context));
    return 0;
}

static uint32_t get_region_code(struct sf_context *context)
{
    settings_load(context->kernel->settings, SETTINGS_REGION, context->out, 4);
    return 0;
}

static uint32_t get_key_code_map(struct sf_context *context)
{
    struct sf_buffer *buffer = &context->buffer[0];

    if (buffer->size)
        memset(buffer->bytes, 0, buffer->size);
    sf_buffer_wrote(buffer, buffer->size);
    return 0;
}

static uint32_t get_quest_flag(struct sf_context *context)
{
    settings_load(context->kernel->settings, 47, context->out, 1);
    return 0;
}

#define OUT_MAP(size)                                                                              \
    {                                                                                              \
        SF_OUT | SF_MAP_ALIAS | ((size) ? SF_FIXED_SIZE : 0), size                                 \
    }

static const struct sf_command commands[] = {
    {.id = 0, .name = "GetLanguageCode", .run = get_language_code, .out_size = 8},
    {.id = 1,
     .name = "GetAvailableLanguageCodes",
     .run = get_available_language_codes,
     .out_size = 4,
     .buffer = {{SF_OUT | SF_POINTER, 0}}},
    {.id = 2, .name = "MakeLanguageCode", .run = make_language_code, .in_size = 4, .out_size = 8},
    {.id = 3,
     .name = "GetAvailableLanguageCodeCount",
     .run = get_available_language_code_count,
     .out_size = 4},
    {.id = 4, .name = "GetRegionCode", .run = get_region_code, .out_size = 4},
    {.id = 5,
     .name = "GetAvailableLanguageCodes2",
     .run = get_available_language_codes,
     .out_size = 4,
     .buffer = {OUT_MAP(0)}},
    {.id = 6,
     .name = "GetAvailableLanguageCodeCount2",
     .run = get_available_language_code_count,
     .out_size = 4},
    {.id = 7, .name = "GetKeyCodeMap", .run = get_key_code_map, .buffer = {OUT_MAP(KEY_MAP_SIZE)}},
    {.id = 8, .name = "GetQuestFlag", .run = get_quest_flag, .out_size = 1},
    {.id = 9, .name = "GetKeyCodeMap2", .run = get_key_code_map, .buffer = {OUT_MAP(KEY_MAP_SIZE)}},
    {.id = 11,
     .name = "GetDeviceNickName",
     .run = settings_get_nickname,
     .buffer = {OUT_MAP(SETTINGS_NICKNAME_SIZE)}},
};

static const struct sf_interface interface = {.name = "nn::settings::ISettingsServer",
                                              .commands = commands,
                                              .command_count = G_N_ELEMENTS(commands)};

struct sf_object *set_new(struct horizon_kernel *kernel)
{
    return sf_object_new(kernel, &interface, NULL);
}
