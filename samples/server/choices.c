/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "choices.h"

#include "internal.h"

#include <stdio.h>
#include <string.h>

const struct server_choice_info server_choice_infos[SERVER_CHOICES] = {
    [CHOICE_HORIZON_REPLY_MAPS] = {"horizon-reply-maps",
                                   {"client", "server"},
                                   "who gets 0xE801 when a reply has map descriptors"},
    [CHOICE_HORIZON_FILL] = {"horizon-fill",
                             {"zero", "y"},
                             "what fills the fresh pages at a mapped buffer's edges"},
    [CHOICE_CTR_MULTI_MOVE] = {"ctr-multi-move",
                               {"close", "keep"},
                               "whether moving several handles at once closes the sender's"},
    [CHOICE_CTR_MAPPED_WORD] = {"ctr-mapped-word",
                                {"client", "server"},
                                "whose address stands behind a mapped buffer in a reply"},
    [CHOICE_CTR_UNKNOWN_COMMAND] = {"ctr-unknown-command",
                                    {"error", "success"},
                                    "what a service answers to a command that it does not have"},
    [CHOICE_CTR_VBLANK] = {"ctr-vblank",
                           {"off", "on"},
                           "whether gsp::Gpu interrupts its clients 60 times a second"},
    [CHOICE_ORBIS_KIDS] = {"orbis-kids", {"count", "reuse"}, "which kids new objects get"},
    [CHOICE_ORBIS_UNKNOWN_OPERATION] = {"orbis-unknown-operation",
                                        {"enotsup", "success"},
                                        "*out of manager calls that are not simulated"},
    [CHOICE_ORBIS_NO_SERVICE] = {"orbis-no-service",
                                 {"esrch", "enoent"},
                                 "*out of connecting to a service that nobody has"},
    [CHOICE_ORBIS_TRY_RECEIVE] = {"orbis-try-receive",
                                  {"consume", "peek"},
                                  "whether TryReceiveMsg leaves the message in its queue"},
    [CHOICE_ORBIS_RECEIVE] = {"orbis-receive",
                              {"wait", "return"},
                              "whether ReceiveMsg waits for a message"},
    [CHOICE_ORBIS_OVERWRITE] = {"orbis-overwrite",
                                {"replace", "append"},
                                "what the flag OVERWRITE does to a message that waits"},
    [CHOICE_ORBIS_QUEUE] = {"orbis-queue",
                            {"deep", "one"},
                            "how many messages an application's queue holds: 64 or 1"},
    [CHOICE_ORBIS_EVENT_PATTERN] = {"orbis-event-pattern",
                                    {"asked", "whole"},
                                    "what TryGetEventFlag gives: the bits asked for or all"},
    [CHOICE_ORBIS_EMPTY_EVENT] = {"orbis-empty-event",
                                  {"success", "no-message"},
                                  "TryGetEventFlag's return value when no bit is set"},
};

unsigned int server_choice(const struct server *server, enum server_choice choice)
{
    return server->choices[choice];
}

static int find_value(const struct server_choice_info *info, const char *value)
{
    for (int i = 0; i < SERVER_CHOICE_VALUES && info->value[i]; i++) {
        if (!strcmp(info->value[i], value))
            return i;
    }
    return -1;
}

static int find_choice(const char *name, size_t length)
{
    for (int i = 0; i < SERVER_CHOICES; i++) {
        if (strlen(server_choice_infos[i].name) == length &&
            !strncmp(server_choice_infos[i].name, name, length))
            return i;
    }
    return -1;
}

bool server_choice_parse(const char *text, uint8_t settings[SERVER_CHOICES], GError **error)
{
    size_t length = strcspn(text, "=");
    int choice = find_choice(text, length);
    int value = choice >= 0 && text[length]
                    ? find_value(&server_choice_infos[choice], text + length + 1)
                    : -1;

    if (value >= 0) {
        settings[choice] = (uint8_t)value;
        return true;
    }
    if (choice < 0)
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    "there is no switch \"%.*s\" (see --list-choices)", (int)length, text);
    else
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    "%s has the values %s and %s, not \"%s\"", server_choice_infos[choice].name,
                    server_choice_infos[choice].value[0], server_choice_infos[choice].value[1],
                    text[length] ? text + length + 1 : "");
    return false;
}

void server_choices_print(void)
{
    for (int i = 0; i < SERVER_CHOICES; i++) {
        const struct server_choice_info *info = &server_choice_infos[i];

        printf("%-24s %s (default) or %s: %s\n", info->name, info->value[0], info->value[1],
               info->text);
    }
}
