/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ryujinx's exception for a command that it does not have. The request's raw data is dumped from
 * the domain or CMIF header on; the message before it is only told in words:
 *
 *     00:00:59.184 |E| … ServiceNotImplementedException: Ryujinx.….IManagerForApplication: 150
 *     Buffer Information:
 *             PtrBuff:
 *             [0] Position: 0x0000006556c00000 Size: 0x0000000000000200
 *     Raw Request Data:
 *     00000000   01 00 14 00 02 00 00 00  00 00 00 00 00 00 00 00   ················
 */
#include "importer.h"

#include <string.h>

/** "….ApplicationProxy.IApplicationFunctions: 180 (Name)": the type's last part is the
 *  interface. */
static void take_command(struct import_message *message, struct text line)
{
    char type[512];
    const char *interface_name;

    text_copy_until(&line, ":", type, sizeof type);
    interface_name = strrchr(type, '.');
    interface_name = interface_name ? interface_name + 1 : type;
    import_message_set_port(message, interface_name);
    if (text_find(&line, "("))
        text_copy_until(&line, ")", message->function, sizeof message->function);
}

static void begin_exception(struct importer *importer, struct text line, struct text command)
{
    struct import_exception *exception = &importer->exception;

    import_message_init(&exception->message);
    g_string_truncate(exception->text, 0);
    exception->is_open = true;
    exception->message.has_time = import_line_time(line, &exception->message.time);
    take_command(&exception->message, command);
}

/** "[0] Position: 0x… Size: 0x…" */
static bool take_buffer(struct import_message *message, struct text line)
{
    struct import_buffer *buffer = &message->buffer[message->buffer_count];
    uint64_t index;

    text_skip_blanks(&line);
    if (!text_take(&line, "[") || !text_decimal(&line, &index) || index > UINT16_MAX ||
        !text_find(&line, "Position: 0x") || !text_hex(&line, &buffer->address, NULL) ||
        !text_find(&line, "Size: 0x") || !text_hex(&line, &buffer->size, NULL))
        return false;
    /* Numbers repeat from list to list; the buffers' order does not. */
    buffer->index = (uint16_t)message->buffer_count;
    message->buffer_count++;
    return true;
}

static bool starts_exception(struct text *command)
{
    return text_find(command, "NotImplementedException: Ryujinx.") ||
           text_find(command, "Service Command: Ryujinx.");
}

bool import_exception_line(struct importer *importer, struct text line)
{
    struct import_exception *exception = &importer->exception;
    struct text rest = line;

    if (!importer_reads(importer, IMPORT_RYUJINX))
        return false;
    if (starts_exception(&rest)) {
        begin_exception(importer, line, rest);
    } else if (text_find(&rest, "Raw Request Data:")) {
        if (!exception->is_open)
            import_message_init(&exception->message);
        importer->owner = IMPORT_OWNER_RYUJINX;
    } else if (!exception->is_open || exception->message.buffer_count == IMPORT_MAX_BUFFERS ||
               !take_buffer(&exception->message, rest)) {
        return false;
    }
    import_keep_line(exception->text, line);
    return true;
}

void import_exception_dump(struct importer *importer, struct import_message *dump)
{
    struct import_exception *exception = &importer->exception;
    struct import_message message = exception->message;

    message.platform = IPCTAP_HORIZON;
    message.is_fragment = true;
    message.is_request = true;
    message.from_emulator = true;
    message.bytes = dump->bytes;
    message.length = dump->length;
    message.dropped = dump->dropped;
    g_string_append_len(exception->text, importer->dump_text->str,
                        (gssize)importer->dump_text->len);
    message.source_text = exception->text;
    importer_emit(importer, &message, importer->dump_line);
    exception->is_open = false;
    import_message_init(&exception->message);
    g_string_truncate(exception->text, 0);
}
