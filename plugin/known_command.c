/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file known_command.c Commands that have been asked about. See known_command.h. */
#include "known_command.h"

#include "keep.h"

#include <string.h>

struct entry {
    struct command_question question; /* The key. */
    struct known_command command;
};

static wmem_map_t *commands; /* struct command_question -> struct entry * */

/* Mostly the same few are asked for again and again. */
#define RECENT 256
static struct entry *recent[RECENT];

/* By pointers: the texts are kept once. */
static unsigned int question_hash(const void *pointer)
{
    const struct command_question *question = (const struct command_question *)pointer;
    uint64_t mixed = (uint64_t)(uintptr_t)question->group;

    mixed = plugin_mix(mixed, (uint64_t)(uintptr_t)question->name << 20);
    mixed = plugin_mix(mixed, question->id ^ (uint64_t)question->firmware << 32);
    mixed = plugin_mix(mixed, mixed >> 32 ^ (uint64_t)question->convention);
    return (unsigned int)(mixed >> 32);
}

static gboolean question_equal(const void *pointer_a, const void *pointer_b)
{
    const struct command_question *a = (const struct command_question *)pointer_a;
    const struct command_question *b = (const struct command_question *)pointer_b;

    return a->group == b->group && a->id == b->id && a->firmware == b->firmware &&
           a->name == b->name && a->convention == b->convention;
}

static void forget_recent(void)
{
    memset(recent, 0, sizeof recent);
}

void known_command_register(void)
{
    register_init_routine(forget_recent);
    commands =
        wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), question_hash, question_equal);
}

static bool is_horizon(enum ipcshark_convention convention)
{
    return convention == IPCSHARK_CONVENTION_CMIF || convention == IPCSHARK_CONVENTION_TIPC;
}

/* The user's own name, then the one that the capture or the message itself gives, then a built-in
 * one. */
static const char *name_of(const struct command_question *question)
{
    const char *group = question->group;
    const char *own =
        group ? names_own_command(question->convention, group, question->id, question->firmware)
              : NULL;

    if (own || question->name || !group)
        return own ? own : question->name;
    return names_command(question->convention, group, question->id, question->firmware);
}

static void ask_tables(const struct command_question *question, struct known_command *command)
{
    const char *group = question->group;

    command->name = name_of(question);
    if (!group)
        return;
    command->description =
        names_description(question->convention, group, question->id, question->firmware);
    command->opens = names_out_interface(question->convention, group, question->id, 0);
}

static struct entry *new_entry(const struct command_question *question)
{
    struct entry *entry = keep_new0(struct entry);
    struct known_command *command = &entry->command;

    entry->question = *question;
    command->id = question->id;
    command->group = question->group;
    ask_tables(question, command);
    command->is_named = command->name != NULL;
    if (!command->name && is_horizon(question->convention))
        command->name = wmem_strdup_printf(wmem_file_scope(), "command %u", question->id);
    wmem_map_insert(commands, &entry->question, entry);
    return entry;
}

const struct known_command *known_command(const struct command_question *question)
{
    struct entry **place = &recent[question_hash(question) % RECENT];
    struct entry *entry = *place;

    if (!entry || !question_equal(&entry->question, question)) {
        entry = (struct entry *)wmem_map_lookup(commands, question);
        *place = entry ? entry : new_entry(question);
    }
    return &(*place)->command;
}
