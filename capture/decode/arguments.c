/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arguments_internal.h"

#include "json_in.h"
#include "own_names.h"

#include <stdlib.h>
#include <string.h>

/** "17.0.1", or "17" for its last: up to three numbers below 256. */
static bool read_firmware(JsonObject *input, uint32_t *firmware, GError **error)
{
    const char *text = NULL;
    unsigned int part[3] = {0, 0, 0};
    char *end;

    if (!in_string(input, "firmware", &text, error))
        return false;
    for (unsigned int n = 0; text && *text; n++) {
        unsigned long number = strtoul(text, &end, 10);

        if (n == 3 || end == text || number > UINT8_MAX || (*end && (*end != '.' || !end[1]))) {
            g_set_error_literal(error, IN_ERROR, 0, "\"firmware\" is no version such as 17.0.1");
            return false;
        }
        part[n] = (unsigned int)number;
        text = *end ? end + 1 : end;
    }
    *firmware = HORIZON_VERSION(part[0], part[1], part[2]);
    return true;
}

bool arguments_options_read(JsonObject *input, struct arguments_options *options, GError **error)
{
    uint64_t id = 0;

    *options = (struct arguments_options){.service = NULL};
    if (!in_string(input, "service", &options->service, error) ||
        !in_string(input, "interface", &options->interface_name, error) ||
        !in_string(input, "command", &options->command, error) ||
        !in_number(input, "command_id", UINT32_MAX, &id, error) ||
        !read_firmware(input, &options->firmware, error))
        return false;
    options->has_id = json_object_has_member(input, "command_id");
    options->id = (uint32_t)id;
    return true;
}

const struct ipcshark_command *arguments_find(const struct arguments_options *options,
                                              enum ipcshark_convention convention)
{
    const char *of = options->interface_name ? options->interface_name : options->service;

    if (of && options->has_id)
        return ipcshark_names_description(own_names(), convention, of, options->id,
                                          options->firmware);
    if (of && options->command)
        return ipcshark_names_description_by_name(own_names(), convention, of, options->command,
                                                  options->firmware);
    return NULL;
}

void arguments_view_make(const struct arguments_options *options,
                         enum ipcshark_convention convention, const uint32_t *id,
                         const struct ipcshark_message *message, struct arguments_view *view,
                         struct ipcshark_findings *findings)
{
    struct arguments_options known = *options;

    if (id) {
        known.has_id = true;
        known.id = *id;
    }
    *view = (struct arguments_view){.message = *message};
    view->of = known.interface_name ? known.interface_name : known.service;
    if (!view->of)
        return;
    view->command = arguments_find(&known, convention);
    view->has_id = known.has_id || view->command;
    view->id = known.has_id || !view->command ? known.id : view->command->id;
    view->name = view->has_id ? ipcshark_names_command(own_names(), convention, view->of, view->id,
                                                       known.firmware)
                              : known.command;
    if (!view->name && view->command)
        view->name = view->command->name;
    if (!known.interface_name && convention == IPCSHARK_CONVENTION_CMIF &&
        ipcshark_names_service_interface(own_names(), view->of))
        view->of = ipcshark_names_service_interface(own_names(), view->of);
    if (view->command)
        ipcshark_check_arguments(view->command, message, findings);
}

const char *arguments_key(const char *name, const struct ipcshark_type *type, unsigned int n,
                          char own[ARGUMENTS_KEY_SIZE])
{
    if (name && *name)
        return name;
    if (type->kind == IPCSHARK_TYPE_PID)
        return "pid";
    g_snprintf(own, ARGUMENTS_KEY_SIZE, "argument%u", n);
    return own;
}
