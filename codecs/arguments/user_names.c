/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file user_names.c A user's names over those that are built in. */
#include <ipcshark/user_names.h>

#include "layout.h"

#include <string.h>

/** "Unknown12" or "Cmd12" of an undocumented command: what its author put where nothing is
 *  known. */
static bool is_placeholder(const struct ipcshark_command *command)
{
    static const char *const words[] = {"Unknown", "Unk", "Cmd"};
    const char *name = command->name;

    for (size_t i = 0; command->undocumented && i < sizeof words / sizeof *words; i++) {
        size_t length = strlen(words[i]);

        if (strncmp(name, words[i], length) != 0)
            continue;
        length += name[length] == '_';
        while (name[length] >= '0' && name[length] <= '9')
            length++;
        if (!name[length])
            return true;
    }
    return false;
}

/** The interface that a description binds a service to; NULL if it does not have it. */
static const char *bound_interface(const struct ipcshark_description *description,
                                   const char *service)
{
    uint32_t first = 0, end = description->service_count;

    while (first < end) {
        uint32_t middle = first + (end - first) / 2;
        int order = strcmp(description->service[middle].name, service);

        if (order == 0)
            return description->interface[description->service[middle].interface].name;
        if (order < 0)
            first = middle + 1;
        else
            end = middle;
    }
    return NULL;
}

static const char *builtin_service_interface(const char *service)
{
    const char *found = service ? horizon_service_interface(service) : NULL;

    return found || !service ? found : bound_interface(&ipcshark_builtin_description, service);
}

const char *ipcshark_names_service_interface(const struct ipcshark_names *names,
                                             const char *service)
{
    for (; names && service; names = names->next) {
        const char *found = bound_interface(&names->description, service);

        if (found)
            return found;
    }
    return builtin_service_interface(service);
}

/** What is asked of each file in turn. */
struct question {
    enum ipcshark_convention convention;
    const char *name;
    const char *of_service; /**< Interface of the service `name`, or NULL. */
    uint32_t id;
    uint32_t firmware;
};

static struct question ask(const struct ipcshark_names *names, enum ipcshark_convention convention,
                           const char *name, uint32_t id, uint32_t firmware)
{
    struct question question = {convention, name, NULL, id, firmware};

    if (convention == IPCSHARK_CONVENTION_CMIF)
        question.of_service = ipcshark_names_service_interface(names, name);
    return question;
}

/** By the name as given, as a service's interface, and then as a file that has only short names
 *  ("IFile") may call that. */
static const struct ipcshark_command *find(const struct ipcshark_names *names,
                                           const struct question *question)
{
    const struct ipcshark_description *description = &names->description;
    const char *full = question->of_service ? question->of_service : question->name;
    const struct ipcshark_command *found = ipcshark_find_command(
        description, question->convention, question->name, question->id, question->firmware);

    if (found || question->convention != IPCSHARK_CONVENTION_CMIF)
        return found;
    if (question->of_service)
        found = ipcshark_arguments_find_exact(description, question->convention, full, question->id,
                                              question->firmware);
    if (!found)
        found = ipcshark_arguments_find_exact(description, question->convention,
                                              horizon_short_name(full), question->id,
                                              question->firmware);
    return found;
}

static const struct ipcshark_command *builtin_description(const struct question *question)
{
    const char *name = question->name;

    switch (question->convention) {
    case IPCSHARK_CONVENTION_CMIF:
        return horizon_command_description(question->of_service ? question->of_service : name,
                                           question->id, question->firmware);
    case IPCSHARK_CONVENTION_TIPC:
        return horizon_tipc_command_description(name, question->id, question->firmware);
    case IPCSHARK_CONVENTION_CTR:
        return question->id > UINT16_MAX ? NULL
                                         : ctr_command_description(name, (uint16_t)question->id);
    default:
        return NULL;
    }
}

static const char *builtin_name(const struct question *question)
{
    const char *name = question->name;

    switch (question->convention) {
    case IPCSHARK_CONVENTION_CMIF:
        return horizon_command_name(question->of_service ? question->of_service : name,
                                    question->id, question->firmware);
    case IPCSHARK_CONVENTION_TIPC:
        return horizon_tipc_command_name(name, question->id);
    case IPCSHARK_CONVENTION_CTR:
        return question->id > UINT16_MAX ? NULL : ctr_command_name(name, (uint16_t)question->id);
    default:
        return orbis_method_name(name, question->id);
    }
}

/** What is described has a name, too. */
static const char *builtin_command(const struct question *question)
{
    const char *name = builtin_name(question);
    const struct ipcshark_command *described = name ? NULL : builtin_description(question);

    return described ? described->name : name;
}

const char *ipcshark_names_command(const struct ipcshark_names *names,
                                   enum ipcshark_convention convention, const char *name,
                                   uint32_t id, uint32_t firmware)
{
    struct question question = ask(names, convention, name, id, firmware);

    for (; names && name; names = names->next) {
        const struct ipcshark_command *found = find(names, &question);

        if (found && !is_placeholder(found))
            return found->name;
    }
    return builtin_command(&question);
}

const struct ipcshark_command *ipcshark_names_description(const struct ipcshark_names *names,
                                                          enum ipcshark_convention convention,
                                                          const char *name, uint32_t id,
                                                          uint32_t firmware)
{
    struct question question = ask(names, convention, name, id, firmware);

    for (; names && name; names = names->next) {
        const struct ipcshark_command *found = find(names, &question);

        if (found && !found->undocumented)
            return found;
    }
    return builtin_description(&question);
}

static bool is_called(const struct ipcshark_interface *interface, const struct question *question)
{
    const char *full = question->of_service ? question->of_service : question->name;

    if (interface->convention != question->convention)
        return false;
    for (uint16_t n = 0; n < interface->service_count; n++) {
        if (!strcmp(interface->service[n], question->name))
            return true;
    }
    return !strcmp(interface->name, full) ||
           (!strchr(full, ':') && !strcmp(horizon_short_name(interface->name), full));
}

/** Walks all: this is not for decoding. */
static const struct ipcshark_command *find_named(const struct ipcshark_description *description,
                                                 const struct question *question,
                                                 const char *command_name)
{
    const struct ipcshark_command *found = NULL;

    for (uint32_t i = 0; i < description->interface_count && !found; i++) {
        const struct ipcshark_interface *interface = &description->interface[i];

        for (uint32_t n = 0; is_called(interface, question) && n < interface->command_count; n++) {
            const struct ipcshark_command *command = &interface->command[n];
            uint32_t firmware = question->firmware;

            if (!command->undocumented && !strcmp(command->name, command_name) &&
                (!firmware || (command->since <= firmware && firmware <= command->until)))
                found = command;
        }
    }
    return found;
}

const struct ipcshark_command *ipcshark_names_description_by_name(
    const struct ipcshark_names *names, enum ipcshark_convention convention, const char *name,
    const char *command_name, uint32_t firmware)
{
    struct question question = ask(names, convention, name, 0, firmware);
    const struct ipcshark_command *found = NULL;

    for (; names && name && !found; names = names->next)
        found = find_named(&names->description, &question, command_name);
    return found || !name ? found
                          : find_named(&ipcshark_builtin_description, &question, command_name);
}

static const char *out_object(const struct ipcshark_command *command, unsigned int n)
{
    for (uint16_t i = 0; command && i < command->out_count; i++) {
        if (command->out[i].type->kind == IPCSHARK_TYPE_OBJECT && n-- == 0)
            return command->out[i].type->name;
    }
    return NULL;
}

const char *ipcshark_names_out_interface(const struct ipcshark_names *names,
                                         enum ipcshark_convention convention, const char *name,
                                         uint32_t id, unsigned int n)
{
    struct question question = ask(names, convention, name, id, 0);
    const char *found;

    for (; names && name; names = names->next) {
        found = out_object(find(names, &question), n);
        if (found)
            return found;
    }
    if (convention == IPCSHARK_CONVENTION_CTR)
        return n || id > UINT16_MAX ? NULL : ctr_command_out_session(name, (uint16_t)id);
    if (convention != IPCSHARK_CONVENTION_CMIF)
        return NULL;
    found = horizon_command_out_interface(question.of_service ? question.of_service : name, id, n);
    return found ? found : out_object(builtin_description(&question), n);
}
