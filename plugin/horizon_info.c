/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file horizon_info.c
 * The Info column, one grammar for all:
 *
 *     fsp-srv IFileSystem.OpenFile(path="/x", mode=1)
 *     → OpenFile: ok, IFile#5
 *     → GetSize: ok, size=5
 *     → OpenFile: fs PathNotFound (2002-0001)
 */
#include "arguments.h"
#include "horizon.h"

static void add_in_buffer(const struct horizon_message *message, size_t start, uint16_t type,
                          uint16_t index, uint64_t size)
{
    struct text *info = message->context->info;
    const char *contents = NULL;
    struct record_section section;

    if (!size)
        return;
    if (record_section(message->context, type, index, &section))
        contents = argument_contents_text(message->pinfo->pool, &section, false);
    text_separate(info, start);
    if (contents) {
        text_add(info, "\"");
        text_add(info, contents);
        text_add(info, "\"");
    } else {
        text_add(info, "in ");
        text_add_unsigned(info, size);
    }
}

static void add_buffers(const struct horizon_message *message, size_t start)
{
    const struct hipc_message *hipc = &message->hipc;
    struct text *info = message->context->info;

    for (uint16_t n = 0; n < hipc->pointer_count; n++)
        add_in_buffer(message, start, IPCTAP_POINTER, n, hipc->pointer[n].size);
    for (uint16_t n = 0; n < hipc->send_count; n++)
        add_in_buffer(message, start, IPCTAP_SEND, n, hipc->send[n].size);
    for (uint16_t n = 0; n < hipc->receive_count; n++) {
        if (hipc->receive[n].size) {
            text_separate(info, start);
            text_add(info, "out ");
            text_add_unsigned(info, hipc->receive[n].size);
        }
    }
}

/*
 * Without the interface's description only a bound is known; clients and servers give CMIF raw data
 * 16 bytes more than its contents, a part of it before the header and the rest behind the
 * arguments.
 */
static uint32_t data_size(const struct horizon_message *message)
{
    const struct cmif_message *cmif = &message->cmif;
    uint32_t behind = CMIF_ALIGNMENT - (cmif->payload_offset - message->hipc.raw_offset);

    if (message->memo.protocol == HORIZON_TIPC)
        return message->tipc.data_size;
    if (!cmif->has_header)
        return 0;
    if (cmif->has_domain || message->is_fragment)
        return cmif->data_size;
    return cmif->data_size - MIN(behind, cmif->data_size);
}

/* CopyFromCurrentDomain: "IFile#5", "#5". */
static void add_copied(const struct horizon_message *message)
{
    uint32_t id = message->memo.copied_id;
    const char *path = handles_object_path(message->context, id);

    if (path)
        text_add(message->context->info, path);
    else
        text_add_format(message->context->info, "#%u", id);
}

/* Of a command that nobody described. */
static void add_sizes(const struct horizon_message *message)
{
    struct text *info = message->context->info;
    uint32_t size = data_size(message);
    size_t start = info->length;

    if (message->memo.argument) {
        text_add(info, message->memo.argument);
    } else if (message->memo.copied_id) {
        add_copied(message);
    } else if (size) {
        text_add_unsigned(info, size);
        text_add(info, " bytes");
    }
    add_buffers(message, start);
}

static void add_target(const struct horizon_message *message)
{
    const struct horizon_memo *memo = &message->memo;
    struct text *info = message->context->info;
    bool to_object = memo->interface_name && !memo->is_control;

    text_add(info, memo->service ? memo->service : "unknown session");
    text_add(info, " ");
    if (to_object) {
        text_add(info, horizon_short_name(memo->interface_name));
        text_add(info, ".");
    } else if (memo->is_domain && memo->object_path && !memo->is_control) {
        text_add(info, memo->object_path);
        text_add(info, " ");
    }
}

static void add_request(const struct horizon_message *message)
{
    struct text *info = message->context->info;
    const char *command = message->memo.command;

    add_target(message);
    if (!command) {
        text_add(info, message->length < HIPC_HEADER_SIZE ? "request"
                                                          : hipc_type_name(message->hipc.type));
        text_add_format(info, ", %zu bytes", message->length);
        return;
    }
    text_add(info, command);
    text_add(info, "(");
    if (message->memo.argument || !horizon_info_arguments(message))
        add_sizes(message);
    text_add(info, ")");
}

static void add_reply(const struct horizon_message *message)
{
    const struct horizon_memo *memo = &message->memo;
    struct text *info = message->context->info;
    uint32_t result;

    text_add(info, PLUGIN_ARROW " ");
    text_add(info, memo->command ? memo->command : "reply");
    text_add(info, ": ");
    if (!horizon_result(message, &result))
        text_add(info, "no result");
    else
        call_add_result(info, message->context, result);
    if (memo->outcome) {
        text_add(info, ", ");
        text_add(info, memo->outcome);
    }
    horizon_info_arguments(message);
}

/* What is in the message is disabled. Without one the kernel has refused the call. */
static void add_hipc_alone(const struct horizon_message *message)
{
    struct text *info = message->context->info;
    uint32_t result;

    if (horizon_is_reply(message)) {
        text_add(info, PLUGIN_ARROW " reply");
    } else {
        text_add(info, message->memo.service ? message->memo.service : "unknown session");
        text_add(info, " ");
        text_add(info, message->is_fragment ? "fragment" : hipc_type_name(message->hipc.type));
    }
    if (message->tvb && !message->is_fragment) {
        text_add_format(info, ", %u bytes of raw data", message->hipc.raw_words * 4u);
    } else if (!message->tvb && horizon_result(message, &result)) {
        text_add(info, ": ");
        call_add_result(info, message->context, result);
    }
}

PLUGIN_APART void horizon_info(const struct horizon_message *message)
{
    if (message->is_prepared)
        text_add(message->context->info, "prepared to receive");
    else if (!horizon_shows_payload(message))
        add_hipc_alone(message);
    else if (horizon_is_reply(message))
        add_reply(message);
    else
        add_request(message);
}
