/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Atmosphère crash reports. Each thread's part may end in the first 0x100 bytes of its thread-local
 * region, which is where its last message lies, going in or coming back:
 *
 *     Process Info:
 *         Process Name:                Application
 *         Program ID:                  01006a800016e000
 *     Crashed Thread Info:
 *         Thread ID:                   000000000000489f
 *         TLS Address:                 0000003f19456200
 *         TLS Dump:                                 00 01 02 03 …
 *                                      003f19456200 00 00 00 00 …
 */
#include "importer.h"

#include <ipcshark/hipc.h>

#include <inttypes.h>
#include <string.h>

static uint64_t hex_value(struct text value)
{
    uint64_t number = 0;

    text_take(&value, "0x");
    return text_hex(&value, &number, NULL) ? number : 0;
}

static void copy_value(struct text value, char *copy, size_t size)
{
    text_copy_until(&value, "", copy, size);
    g_strchomp(copy);
}

/** A new report: nothing of the one before holds. */
static void begin_report(struct importer *importer)
{
    import_message_init(&importer->crash.message);
    importer->crash.tls_address = 0;
    importer->crash.report_length = 0;
    g_string_truncate(importer->crash.comment, 0);
}

/** What was said before the first thread holds for all, the registers for one. */
static void begin_thread(struct importer *importer, struct text value)
{
    GString *comment = importer->crash.comment;

    if (importer->crash.report_length == 0)
        importer->crash.report_length = comment->len;
    g_string_truncate(comment, importer->crash.report_length);
    importer->crash.message.tid = (uint32_t)hex_value(value);
    importer->crash.message.thread_name[0] = '\0';
    importer->crash.tls_address = 0;
}

/** A record has room for the low half of an id; the rest is a remark. */
static void take_process_id(struct importer *importer, uint64_t id)
{
    importer->crash.message.pid = (uint32_t)id;
    if (id >> 32)
        g_string_append_printf(importer->crash.comment, "Process ID: 0x%016" PRIx64 "\n", id);
}

static void begin_dump(struct importer *importer, bool is_message)
{
    importer->crash.is_open = true;
    importer->owner = is_message ? IMPORT_OWNER_CRASH : IMPORT_OWNER_IGNORED;
}

/** "Key:   value" lines that say something about the message; false: none of them. */
static bool take_key(struct importer *importer, struct text line)
{
    struct import_message *message = &importer->crash.message;
    bool is_known = true;

    if (text_take(&line, "Process Name:")) {
        text_skip_blanks(&line);
        copy_value(line, message->process_name, sizeof message->process_name);
    } else if (text_take(&line, "Program ID:") || text_take(&line, "Title ID:")) {
        text_skip_blanks(&line);
        message->program_id = hex_value(line);
    } else if (text_take(&line, "Process ID:")) {
        text_skip_blanks(&line);
        take_process_id(importer, hex_value(line));
    } else if (text_take(&line, "Thread ID:")) {
        text_skip_blanks(&line);
        begin_thread(importer, line);
    } else if (text_take(&line, "Thread Name:")) {
        text_skip_blanks(&line);
        copy_value(line, message->thread_name, sizeof message->thread_name);
    } else if (text_take(&line, "TLS Address:")) {
        text_skip_blanks(&line);
        importer->crash.tls_address = hex_value(line);
    } else {
        is_known = false;
    }
    return is_known;
}

/** What people want to see beside the message: the result, the exception, the registers. */
static bool is_remark(struct text line)
{
    return text_take(&line, "Result:") || text_take(&line, "Type:") ||
           text_take(&line, "Address:") || text_take(&line, "Fault Address:") ||
           text_take(&line, "X[") || text_take(&line, "FP:") || text_take(&line, "LR:") ||
           text_take(&line, "SP:") || text_take(&line, "PC:");
}

static bool starts_report(struct text line)
{
    return text_find(&line, "Crash Report (v");
}

bool import_crash_line(struct importer *importer, struct text line)
{
    struct text rest = line;

    if (!importer_reads(importer, IMPORT_CRASH))
        return false;
    text_skip_blanks(&rest);
    if (starts_report(line))
        begin_report(importer);
    else if (text_take(&rest, "TLS Dump:"))
        begin_dump(importer, true);
    else if (text_take(&rest, "Stack Dump:"))
        begin_dump(importer, false);
    else if (is_remark(rest))
        import_keep_line(importer->crash.comment, rest);
    else
        return take_key(importer, rest);
    return true;
}

static bool is_empty(const struct import_message *message)
{
    for (size_t n = 0; n < message->length; n++) {
        if (message->bytes[n])
            return false;
    }
    return true;
}

/** The dump's own addresses count; a thread that never sent anything has only zeros. */
void import_crash_dump(struct importer *importer, struct import_message *dump)
{
    struct import_message message = importer->crash.message;

    if (is_empty(dump))
        return;
    message.platform = IPCTAP_HORIZON;
    message.is_snapshot = true;
    message.bytes = dump->bytes;
    message.length = dump->length;
    message.dropped = dump->dropped;
    message.address = importer->dump.base;
    if (importer->crash.tls_address == 0 || importer->crash.tls_address == importer->dump.base)
        message.buffer_size = HIPC_TLS_MESSAGE_SIZE;
    message.comment = importer->crash.comment;
    message.source_text = importer->dump_text;
    importer_emit(importer, &message, importer->dump_line);
}
