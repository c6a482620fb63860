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

static void separate(wmem_strbuf_t *text)
{
    if (wmem_strbuf_get_len(text))
        wmem_strbuf_append(text, ", ");
}

static void add_in_buffer(const struct horizon_message *message, wmem_strbuf_t *text, uint16_t type,
                          uint16_t index, uint64_t size)
{
    const char *contents = NULL;
    struct record_section section;

    if (!size)
        return;
    if (record_section(message->context, type, index, &section))
        contents = argument_contents_text(message->pinfo->pool, &section);
    separate(text);
    if (contents)
        wmem_strbuf_append_printf(text, "\"%s\"", contents);
    else
        wmem_strbuf_append_printf(text, "in %" PRIu64, size);
}

static void add_buffers(const struct horizon_message *message, wmem_strbuf_t *text)
{
    const struct hipc_message *hipc = &message->hipc;

    for (uint16_t n = 0; n < hipc->pointer_count; n++)
        add_in_buffer(message, text, IPCTAP_POINTER, n, hipc->pointer[n].size);
    for (uint16_t n = 0; n < hipc->send_count; n++)
        add_in_buffer(message, text, IPCTAP_SEND, n, hipc->send[n].size);
    for (uint16_t n = 0; n < hipc->receive_count; n++) {
        if (hipc->receive[n].size) {
            separate(text);
            wmem_strbuf_append_printf(text, "out %" PRIu64, hipc->receive[n].size);
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

    if (message->memo->protocol == HORIZON_TIPC)
        return message->tipc.data_size;
    if (!cmif->has_header)
        return 0;
    if (cmif->has_domain || message->is_fragment)
        return cmif->data_size;
    return cmif->data_size - MIN(behind, cmif->data_size);
}

static const char *arguments(const struct horizon_message *message)
{
    wmem_strbuf_t *text = wmem_strbuf_new(message->pinfo->pool, "");

    if (message->memo->argument)
        wmem_strbuf_append(text, message->memo->argument);
    else if (data_size(message))
        wmem_strbuf_append_printf(text, "%u bytes", data_size(message));
    add_buffers(message, text);
    return wmem_strbuf_get_str(text);
}

static void info_target(const struct horizon_message *message)
{
    const struct horizon_memo *memo = message->memo;
    bool to_object = memo->interface_name && !memo->is_control;

    plugin_info(message->pinfo, "%s ", memo->service ? memo->service : "unknown session");
    if (to_object)
        plugin_info(message->pinfo, "%s.", horizon_short_name(memo->interface_name));
    else if (memo->is_domain && memo->object_path && !memo->is_control)
        plugin_info(message->pinfo, "%s ", memo->object_path);
}

static void info_request(const struct horizon_message *message)
{
    const char *command = message->memo->command;
    const char *described = message->memo->argument ? NULL : horizon_arguments_text(message);

    info_target(message);
    if (command)
        plugin_info(message->pinfo, "%s(%s)", command, described ? described : arguments(message));
    else if (message->length < HIPC_HEADER_SIZE)
        plugin_info(message->pinfo, "request, %zu bytes", message->length);
    else
        plugin_info(message->pinfo, "%s, %zu bytes", hipc_type_name(message->hipc.type),
                    message->length);
}

static void info_reply(const struct horizon_message *message)
{
    const struct horizon_memo *memo = message->memo;
    const char *given;
    uint32_t result;

    plugin_info(message->pinfo, PLUGIN_ARROW " %s: ", memo->command ? memo->command : "reply");
    if (!horizon_result(message, &result))
        plugin_info(message->pinfo, "no result");
    else
        plugin_info(message->pinfo, "%s", call_result_text(message->context, result));
    if (memo->outcome)
        plugin_info(message->pinfo, ", %s", memo->outcome);
    given = horizon_arguments_text(message);
    if (given && *given)
        plugin_info(message->pinfo, ", %s", given);
}

void horizon_info(const struct horizon_message *message)
{
    if (message->is_prepared)
        plugin_info(message->pinfo, "prepared to receive");
    else if (horizon_is_reply(message))
        info_reply(message);
    else
        info_request(message);
}
