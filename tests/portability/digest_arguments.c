/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "digest_arguments.h"

#include <ipcshark/user_names.h>

#include <stdlib.h>
#include <string.h>

static void mix_argument(struct digest *digest, const struct ipcshark_argument *argument)
{
    digest_text(digest, argument->name);
    digest_number(digest, argument->place);
    digest_number(digest, argument->index);
    digest_number(digest, argument->present);
    digest_number(digest, argument->offset);
    digest_number(digest, argument->length);
    digest_number(digest, argument->value);
    digest_number(digest, argument->address);
    digest_number(digest, argument->buffer_size);
}

static void mix_arguments(struct digest *digest, const struct ipcshark_command *command,
                          const struct ipcshark_message *message)
{
    struct ipcshark_findings findings = {0};
    struct ipcshark_arguments arguments;
    struct ipcshark_argument argument, member;

    ipcshark_arguments_begin(&arguments, command, message);
    while (ipcshark_arguments_next(&arguments, &argument)) {
        mix_argument(digest, &argument);
        for (uint32_t n = 0; n < 4 && argument.place == IPCSHARK_PLACE_RAW; n++) {
            if (ipcshark_read_member(&argument, n, message->bytes, message->length, &member))
                mix_argument(digest, &member);
        }
    }
    ipcshark_check_arguments(command, message, &findings);
    ipcshark_check_pointer_buffer(command, message, 0x500, &findings);
    digest_findings(digest, &findings);
}

/** The first described command of that convention from a place on that `choice` says. */
static const struct ipcshark_command *choose(enum ipcshark_convention convention, uint32_t choice)
{
    const struct ipcshark_description *builtin = &ipcshark_builtin_description;

    for (uint32_t i = 0; i < builtin->interface_count; i++) {
        const struct ipcshark_interface *interface =
            &builtin->interface[(choice + i) % builtin->interface_count];

        if (interface->convention == convention && interface->command_count)
            return &interface->command[choice / 7 % interface->command_count];
    }
    return NULL;
}

void digest_arguments(struct digest *digest, const struct ipcshark_message *message,
                      uint32_t choice)
{
    enum ipcshark_convention convention = message->ctr    ? IPCSHARK_CONVENTION_CTR
                                          : message->tipc ? IPCSHARK_CONVENTION_TIPC
                                                          : IPCSHARK_CONVENTION_CMIF;
    const struct ipcshark_command *command = choose(convention, choice);

    if (command)
        mix_arguments(digest, command, message);
}

/* ---- Files ---- */

static void mix_fields(struct digest *digest, const struct ipcshark_field *field, uint32_t count)
{
    for (uint32_t n = 0; n < count; n++) {
        digest_text(digest, field[n].name);
        digest_number(digest, field[n].offset);
        digest_number(digest, field[n].type->kind);
        digest_number(digest, field[n].type->attribute);
        digest_number(digest, field[n].type->size);
        digest_number(digest, field[n].type->alignment);
        digest_text(digest, field[n].type->name);
    }
}

static void mix_command(struct digest *digest, const struct ipcshark_command *command)
{
    digest_text(digest, command->name);
    digest_number(digest, command->id);
    digest_number(digest, command->since);
    digest_number(digest, command->until);
    digest_number(digest, command->in_size);
    digest_number(digest, command->out_size);
    mix_fields(digest, command->in, command->in_count);
    mix_fields(digest, command->out, command->out_count);
}

static void mix_description(struct digest *digest, const struct ipcshark_description *description)
{
    for (uint32_t i = 0; i < description->interface_count; i++) {
        const struct ipcshark_interface *interface = &description->interface[i];

        digest_text(digest, interface->name);
        for (uint32_t n = 0; n < interface->command_count; n++)
            mix_command(digest, &interface->command[n]);
    }
    for (uint32_t i = 0; i < description->service_count; i++)
        digest_text(digest, description->service[i].name);
}

void digest_names_file(struct digest *digest, const uint8_t *bytes, size_t length)
{
    size_t size = ipcshark_names_memory(length);
    struct ipcshark_arena arena = {malloc(size ? size : 1), size, 0};
    struct ipcshark_description description;
    struct ipcshark_id_error error;

    if (!arena.bytes)
        abort();
    if (ipcshark_names_read("file", (const char *)bytes, length, NULL, &arena, &description,
                            &error))
        mix_description(digest, &description);
    else
        digest_text(digest, error.text);
    free(arena.bytes);
}

/* ---- Messages built ---- */

#define MAX_INPUTS (2 * IPCSHARK_ID_MAX_IN_OUT)

struct built {
    uint8_t bytes[HIPC_MAX_MESSAGE_SIZE];
    size_t length;
    struct hipc_message hipc;
    struct cmif_message cmif;
    struct htipc_message tipc;
    struct ctripc_message ctr;
    struct ipcshark_message message;
};

static void decode(struct built *built, const struct ipcshark_command *command, bool is_reply)
{
    enum hipc_direction direction = is_reply ? HIPC_REPLY : HIPC_REQUEST;
    const struct cmif_context context = {.direction = direction};

    built->message = (struct ipcshark_message){
        .bytes = built->bytes, .length = built->length, .is_reply = is_reply};
    if (command->convention == IPCSHARK_CONVENTION_CTR) {
        ctripc_decode(built->bytes, built->length, is_reply ? CTRIPC_REPLY : CTRIPC_REQUEST,
                      &built->ctr, NULL);
        built->message.ctr = &built->ctr;
        return;
    }
    hipc_decode(built->bytes, built->length, direction, &built->hipc, NULL);
    built->message.hipc = &built->hipc;
    if (command->convention == IPCSHARK_CONVENTION_TIPC) {
        htipc_decode(built->bytes, built->length, &built->hipc, is_reply, &built->tipc, NULL);
        built->message.tipc = &built->tipc;
        return;
    }
    cmif_decode(built->bytes, built->length, &built->hipc, &context, &built->cmif, NULL);
    built->message.cmif = &built->cmif;
}

/** The number of values that the message takes: the one with which it can be built, if any can. */
static size_t encode(struct built *built, const struct ipcshark_command *command, bool is_reply)
{
    const struct ipcshark_target target = {.pointer_buffer_size = 0x500};
    struct ipcshark_input input[MAX_INPUTS];

    memset(input, 0, sizeof input);
    for (size_t count = 0; count < MAX_INPUTS; count++) {
        size_t size = (is_reply ? ipcshark_encode_reply : ipcshark_encode_request)(
            command, input, count, &target, built->bytes, sizeof built->bytes);

        if (size <= sizeof built->bytes)
            return size;
        input[count] = (struct ipcshark_input){.value = command->id + 0x0123456789ABCDEFu * count,
                                               .address = 0x10000 * (count + 1),
                                               .buffer_size = 0x20 * (count + 1)};
    }
    return 0;
}

static void mix_built(struct digest *digest, const struct ipcshark_command *command, bool is_reply)
{
    static struct built built;

    memset(&built, 0, sizeof built);
    built.length = encode(&built, command, is_reply);
    digest_number(digest, built.length);
    if (!built.length)
        return;
    digest_bytes(digest, built.bytes, built.length);
    decode(&built, command, is_reply);
    mix_arguments(digest, command, &built.message);
}

void digest_builtin_commands(struct digest *digest)
{
    const struct ipcshark_description *builtin = &ipcshark_builtin_description;

    mix_description(digest, builtin);
    for (uint32_t i = 0; i < builtin->interface_count; i++) {
        for (uint32_t n = 0; n < builtin->interface[i].command_count; n++) {
            mix_built(digest, &builtin->interface[i].command[n], false);
            mix_built(digest, &builtin->interface[i].command[n], true);
        }
    }
}
