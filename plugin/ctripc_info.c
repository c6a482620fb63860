/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ctripc_info.c
 * A 3DS message in one line: "fs:USER OpenFile(archive=…, path="/x")", "→ OpenFile: ok,
 * file=0x30007 (File)"; of a command that nobody described, "fs:USER OpenFile(0, 0x567, …, "/x")".
 */
#include "ctripc_internal.h"

#include <ipcshark/ctr_result.h>
#include <ipcshark/names.h>

#define MAX_SHOWN_WORDS   8
#define MAX_SHOWN_HANDLES 4
#define MAX_SHOWN_TEXT    48

const char *ctripc_command_text(const struct ctripc_view *view)
{
    uint16_t id = view->message.command_id;
    const char *service = view->memo->service;
    const char *name = service ? names_command(IPCSHARK_CONVENTION_CTR, service, id, 0) : NULL;

    return name ? name : wmem_strdup_printf(view->context->pinfo->pool, "0x%04X", id);
}

static void add_separator(wmem_strbuf_t *text, const char *separator)
{
    if (wmem_strbuf_get_len(text))
        wmem_strbuf_append(text, separator);
}

/** Small numbers are counts and flags, others mostly addresses and bit patterns. */
static void add_normal_words(const struct ctripc_view *view, wmem_strbuf_t *text, unsigned first)
{
    unsigned count = view->message.normal_captured;

    for (unsigned i = first; i < count; i++) {
        uint32_t word = ctripc_view_word(view, 1 + i);

        add_separator(text, ", ");
        if (i - first == MAX_SHOWN_WORDS) {
            wmem_strbuf_append_printf(text, "%u more", count - i);
            return;
        }
        wmem_strbuf_append_printf(text, word < 10 ? "%u" : "0x%X", word);
    }
}

static void add_handles(const struct ctripc_view *view, wmem_strbuf_t *text,
                        const struct ctripc_translate *translate)
{
    for (unsigned i = 0; i < translate->handle_count && i < MAX_SHOWN_HANDLES; i++) {
        add_separator(text, ", ");
        wmem_strbuf_append_printf(text, "handle 0x%X",
                                  ctripc_view_word(view, translate->offset + 1u + i));
    }
    if (translate->handle_count > MAX_SHOWN_HANDLES)
        wmem_strbuf_append_printf(text, ", %u more", translate->handle_count - MAX_SHOWN_HANDLES);
    if (translate->handle_count == 1 && view->memo->opened_service)
        wmem_strbuf_append_printf(text, " (%s)", view->memo->opened_service);
}

/** A buffer: its text if it holds nothing else, or how large it is. */
static void add_buffer(const struct ctripc_view *view, wmem_strbuf_t *text,
                       const struct ctripc_translate *translate)
{
    uint16_t type = ctripc_contents_section(translate->kind);
    struct record_section section;
    const char *string = NULL;

    if (record_section(view->context, type, translate->offset, &section))
        string = plugin_printable_text(view->context->pinfo->pool, section.view.bytes,
                                       MIN(section.view.captured_size, MAX_SHOWN_TEXT + 1));
    add_separator(text, ", ");
    if (!string)
        wmem_strbuf_append_printf(text, "%u byte%s", translate->size,
                                  translate->size == 1 ? "" : "s");
    else if (section.view.captured_size > MAX_SHOWN_TEXT + 1)
        wmem_strbuf_append_printf(text, "\"%.*s\xE2\x80\xA6\"", MAX_SHOWN_TEXT, string);
    else
        wmem_strbuf_append_printf(text, "\"%s\"", string);
}

static void add_translate(const struct ctripc_view *view, wmem_strbuf_t *text)
{
    for (unsigned i = 0; i < view->message.translate_count; i++) {
        const struct ctripc_translate *translate = &view->message.translate[i];

        if (ctripc_contents_section(translate->kind)) {
            add_buffer(view, text, translate);
        } else if (translate->kind == CTRIPC_PROCESS_ID) {
            add_separator(text, ", ");
            wmem_strbuf_append(text, "pid");
        } else {
            add_handles(view, text, translate);
        }
    }
}

/** By the command's description, else word by word. */
static const char *arguments(const struct ctripc_view *view, unsigned first)
{
    const char *described = view->message.complete ? ctripc_arguments_text(view) : NULL;
    wmem_strbuf_t *text = wmem_strbuf_new(view->context->pinfo->pool, "");

    if (described)
        return described;
    add_normal_words(view, text, first);
    add_translate(view, text);
    if (!view->message.complete) {
        add_separator(text, ", ");
        wmem_strbuf_append(text, "cut off");
    }
    return wmem_strbuf_get_str(text);
}

/** srv: takes names in its words: worth more than two numbers. */
static const char *request_arguments(const struct ctripc_view *view)
{
    if (view->memo->opens && g_strcmp0(view->memo->service, "srv:") == 0)
        return wmem_strdup_printf(view->context->pinfo->pool, "\"%s\"", view->memo->opens);
    return arguments(view, 0);
}

static void add_request_info(const struct ctripc_view *view)
{
    const char *service = view->memo->service ? view->memo->service : CTRIPC_UNKNOWN;

    plugin_info(view->context->pinfo, "%s %s(%s)", service, ctripc_command_text(view),
                request_arguments(view));
}

static void add_reply_info(const struct ctripc_view *view)
{
    packet_info *pinfo = view->context->pinfo;
    uint32_t result = ctripc_view_word(view, 1);
    const char *rest;
    char text[160];

    if (view->message.command_id == CTRIPC_COMMAND_NO_REPLY) {
        plugin_info(pinfo, "no reply");
        return;
    }
    plugin_info(pinfo, PLUGIN_ARROW " %s:", ctripc_command_text(view));
    if (!ctripc_has_result(view)) {
        plugin_info(pinfo, " no result");
        return;
    }
    ctr_result_format(result, text, sizeof text);
    plugin_info(pinfo, " %s", text);
    rest = result & CTR_RESULT_ERROR ? "" : arguments(view, 1);
    if (*rest)
        plugin_info(pinfo, ", %s", rest);
}

void ctripc_add_info(const struct ctripc_view *view)
{
    if (view->direction == CTRIPC_REPLY)
        add_reply_info(view);
    else if (view->direction == CTRIPC_REQUEST)
        add_request_info(view);
    else
        plugin_info(view->context->pinfo, "%s(%s)", ctripc_command_text(view), arguments(view, 0));
}
