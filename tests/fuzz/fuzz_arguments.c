/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Descriptions: whatever the text, it is read or refused with a place; and whatever the message,
 * its arguments by any description lie within it. */
#include <ipcshark/arguments.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void require(int condition)
{
    if (!condition)
        abort();
}

static void walk(const struct ipcshark_command *command, const struct ipcshark_message *message)
{
    struct ipcshark_findings findings = {0};
    struct ipcshark_arguments arguments;
    struct ipcshark_argument argument, member;

    ipcshark_check_arguments(command, message, &findings);
    ipcshark_arguments_begin(&arguments, command, message);
    while (ipcshark_arguments_next(&arguments, &argument)) {
        require(!argument.present || argument.offset + argument.length <= message->length);
        for (uint32_t n = 0; n < 4; n++) {
            if (argument.place == IPCSHARK_PLACE_RAW &&
                ipcshark_read_member(&argument, n, message->bytes, message->length, &member))
                require(!member.present || member.offset + member.length <= message->length);
        }
    }
}

static void check_cmif(const struct ipcshark_command *command, const uint8_t *bytes, size_t length)
{
    struct cmif_context context = {.is_domain = length & 1};
    struct hipc_message hipc;
    struct cmif_message cmif;
    struct ipcshark_message message = {bytes, length, .hipc = &hipc, .cmif = &cmif};

    hipc_decode(bytes, length, HIPC_DIRECTION_UNKNOWN, &hipc, NULL);
    cmif_decode(bytes, length, &hipc, &context, &cmif, NULL);
    walk(command, &message);
}

static void check_tipc(const struct ipcshark_command *command, const uint8_t *bytes, size_t length)
{
    struct hipc_message hipc;
    struct htipc_message tipc;
    struct ipcshark_message message = {bytes, length, .hipc = &hipc, .tipc = &tipc};

    hipc_decode(bytes, length, HIPC_DIRECTION_UNKNOWN, &hipc, NULL);
    htipc_decode(bytes, length, &hipc, length & 1, &tipc, NULL);
    walk(command, &message);
}

static void check_ctr(const struct ipcshark_command *command, const uint8_t *bytes, size_t length)
{
    struct ctripc_message ctr;
    struct ipcshark_message message = {
        .bytes = bytes, .length = length, .ctr = &ctr, .is_reply = length & 1};

    ctripc_decode(bytes, length, CTRIPC_DIRECTION_UNKNOWN, &ctr, NULL);
    walk(command, &message);
}

static void check_description(const struct ipcshark_description *description, const uint8_t *bytes,
                              size_t length)
{
    for (uint32_t i = 0; i < description->interface_count; i++) {
        const struct ipcshark_interface *interface = &description->interface[i];

        for (uint32_t n = 0; n < interface->command_count && n < 16; n++) {
            const struct ipcshark_command *command = &interface->command[n];

            require(ipcshark_find_command(description, command->convention, interface->name,
                                          command->id, 0) != NULL ||
                    command->since > command->until);
            if (command->convention == IPCSHARK_CONVENTION_CMIF)
                check_cmif(command, bytes, length);
            else if (command->convention == IPCSHARK_CONVENTION_TIPC)
                check_tipc(command, bytes, length);
            else
                check_ctr(command, bytes, length);
        }
    }
}

/** A description, a zero byte, a message. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    const uint8_t *zero = length ? memchr(bytes, 0, length) : NULL;
    size_t text = zero ? (size_t)(zero - bytes) : length;
    size_t size = 64 * text + 1024;
    struct ipcshark_arena arena = {malloc(size), size, 0};
    struct ipcshark_description description;
    struct ipcshark_id_error error;

    if (!arena.bytes)
        return 0;
    if (ipcshark_read_id("fuzz.id", (const char *)bytes, text, &arena, &description, &error)) {
        require(error.text[0] == '\0');
        if (zero)
            check_description(&description, zero + 1, length - text - 1);
    } else {
        require(error.line >= 1 && error.column >= 1 && error.text[0] != '\0');
        require(strstr(error.text, "memory") == NULL);
    }
    free(arena.bytes);
    return 0;
}
