/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "orbis.h"

#include <ipcshark/appmsg.h>
#include <ipcshark/sceipmi.h>

#include <string.h>

/** What the bytes are, in the words of `ipcshark decode`. */
static bool is_what(const struct import_message *message, const char *what)
{
    return !strcmp(message->what, what);
}

/** Without a word about it: the two structures that their size gives away. */
static const char *guess(const struct import_message *message)
{
    if (message->has_op)
        return "block";
    if (message->length == APPMSG_REQUEST_SIZE)
        return "appmsg_request";
    if (message->length >= APPMSG_PAYLOAD_SIZE_OFFSET && message->length <= APPMSG_MESSAGE_SIZE)
        return "appmsg_message";
    return "";
}

uint8_t import_orbis_judge(struct import_message *message, const char **why)
{
    if (!*message->what)
        g_strlcpy(message->what, guess(message), sizeof message->what);
    if (is_what(message, "appmsg_message") || is_what(message, "appmsg_call"))
        return IPCTAP_APPMSG_CALL;
    if ((is_what(message, "block") && message->has_op) || is_what(message, "call") ||
        is_what(message, "appmsg_request"))
        return IPCTAP_IPMI_CALL;
    *why = *message->what ? "such a structure is no call by itself"
                          : "these bytes of a PlayStation could be anything; --op says that they "
                            "are a manager call's parameter block";
    return 0;
}

static void add_call(struct ipcshark_writer *writer, uint32_t op, size_t in_size)
{
    const struct sceipmi_call call = {.op = op, .in_size = in_size};
    uint8_t bytes[SCEIPMI_CALL_SIZE];

    sceipmi_call_encode(&call, bytes, sizeof bytes);
    ipctap_add(writer, IPCTAP_SECTION_IPMI_CALL, 0, 0, bytes, sizeof bytes);
}

static void add_block(struct ipcshark_writer *writer, const struct import_message *message)
{
    uint32_t size = (uint32_t)MIN(message->length, SCEIPMI_MAX_BLOCK_SIZE);

    add_call(writer, message->op, message->length);
    ipctap_add_part(writer, IPCTAP_IPMI_BLOCK, 0, message->address, message->bytes, size,
                    message->length);
}

/** A message that was received, without the call that received it. */
static void add_app_message(struct ipcshark_writer *writer, const struct import_message *message)
{
    const struct appmsg_call call = {.function = APPMSG_RECEIVE_MSG};
    uint8_t bytes[APPMSG_CALL_SIZE];

    appmsg_call_encode(&call, bytes, sizeof bytes);
    ipctap_add(writer, IPCTAP_SECTION_APPMSG_CALL, 0, 0, bytes, sizeof bytes);
    ipctap_add(writer, IPCTAP_APPMSG_MESSAGE, 0, message->address, message->bytes,
               (uint32_t)message->length);
}

static void add_section(struct ipcshark_writer *writer, const struct import_message *message,
                        uint16_t type)
{
    ipctap_add(writer, type, 0, message->address, message->bytes, (uint32_t)message->length);
}

void import_orbis_add(struct ipcshark_writer *writer, const struct import_message *message)
{
    if (is_what(message, "block")) {
        add_block(writer, message);
    } else if (is_what(message, "appmsg_message")) {
        add_app_message(writer, message);
    } else if (is_what(message, "appmsg_request")) {
        add_call(writer, SCEIPMI_INVOKE_SYNC, 0);
        add_section(writer, message, IPCTAP_IPMI_IN);
        ipctap_add_text(writer, IPCTAP_SERVICE, 0, APPMSG_SERVICE);
    } else if (is_what(message, "appmsg_call")) {
        add_section(writer, message, IPCTAP_SECTION_APPMSG_CALL);
    } else {
        add_section(writer, message, IPCTAP_SECTION_IPMI_CALL);
    }
}
