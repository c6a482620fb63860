/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ctripc_info.c
 * A 3DS message in one line: "fs:USER OpenFile(archive=…, path="/x")", "→ OpenFile: ok,
 * file=0x30007 (File)"; of a command that nobody described, "fs:USER OpenFile(0, 0x567, …, "/x")".
 */
#include "ctripc_internal.h"

#include <ipcshark/ctr_result.h>
#include <ipcshark/names.h>

#include <string.h>

#define MAX_SHOWN_WORDS   8
#define MAX_SHOWN_HANDLES 4

const char *ctripc_command_text(const struct ctripc_view *view)
{
    const struct known_command *known = view->memo.known;

    if (known && known->name)
        return known->name;
    return wmem_strdup_printf(view->context->pinfo->pool, "0x%04X", known ? known->id : 0);
}

/** Small numbers are counts and flags, others mostly addresses and bit patterns. */
static void add_normal_words(const struct ctripc_view *view, size_t start, unsigned first)
{
    struct text *info = view->context->info;
    unsigned count = view->message.normal_captured;

    for (unsigned i = first; i < count; i++) {
        uint32_t word = ctripc_view_word(view, 1 + i);

        text_separate(info, start);
        if (i - first == MAX_SHOWN_WORDS) {
            text_add_format(info, "%u more", count - i);
            return;
        }
        if (word < 10)
            text_add_unsigned(info, word);
        else
            text_add_upper_hex(info, word);
    }
}

static void add_handles(const struct ctripc_view *view, size_t start,
                        const struct ctripc_translate *translate)
{
    struct text *info = view->context->info;

    for (unsigned i = 0; i < translate->handle_count && i < MAX_SHOWN_HANDLES; i++) {
        uint32_t handle = ctripc_view_word(view, translate->offset + 1u + i);

        text_separate(info, start);
        text_add(info, "handle ");
        text_add_upper_hex(info, handle);
        handles_add_name(info, view->context, handle);
    }
    if (translate->handle_count > MAX_SHOWN_HANDLES)
        text_add_format(info, ", %u more", translate->handle_count - MAX_SHOWN_HANDLES);
}

/** A buffer: its text if it holds nothing else, or how large it is. */
static void add_buffer(const struct ctripc_view *view, size_t start,
                       const struct ctripc_translate *translate)
{
    uint16_t type = ctripc_contents_section(translate->kind);
    struct record_section section = {0};

    record_section(view->context, type, translate->offset, &section);
    text_separate(view->context->info, start);
    plugin_info_contents(view->context, section.view.bytes, section.view.captured_size,
                         translate->size);
}

static void add_translate(const struct ctripc_view *view, size_t start)
{
    for (unsigned i = 0; i < view->message.translate_count; i++) {
        const struct ctripc_translate *translate = &view->message.translate[i];

        if (ctripc_contents_section(translate->kind)) {
            add_buffer(view, start, translate);
        } else if (translate->kind == CTRIPC_PROCESS_ID) {
            text_separate(view->context->info, start);
            text_add(view->context->info, "pid");
        } else {
            add_handles(view, start, translate);
        }
    }
}

/** By the command's description, else word by word; in a reply behind a comma. */
static void add_arguments(const struct ctripc_view *view, unsigned first)
{
    struct text *info = view->context->info;
    const char *before = view->direction == CTRIPC_REPLY ? ", " : "";
    size_t start;

    if (view->message.complete && ctripc_info_arguments(view, before))
        return;
    text_add(info, before);
    start = info->length;
    add_normal_words(view, start, first);
    add_translate(view, start);
    if (!view->message.complete) {
        text_separate(info, start);
        text_add(info, "cut off");
    }
    if (info->length == start)
        info->length -= strlen(before);
}

/** srv: takes names in its words: worth more than two numbers. */
static void add_request_arguments(const struct ctripc_view *view)
{
    if (view->memo.opens && g_strcmp0(view->memo.service, "srv:") == 0)
        text_add_format(view->context->info, "\"%s\"", view->memo.opens);
    else
        add_arguments(view, 0);
}

static void add_request(const struct ctripc_view *view)
{
    struct text *info = view->context->info;

    text_add(info, view->memo.service ? view->memo.service : CTRIPC_UNKNOWN);
    text_add(info, " ");
    text_add(info, ctripc_command_text(view));
    text_add(info, "(");
    add_request_arguments(view);
    text_add(info, ")");
}

static void add_result(const struct ctripc_view *view, uint32_t result)
{
    struct text *info = view->context->info;
    size_t size;
    char *room = text_room(info, &size);

    if (result == 0)
        text_add(info, "ok");
    else
        text_took(info, ctr_result_format(result, room, size));
}

static void add_reply(const struct ctripc_view *view)
{
    struct text *info = view->context->info;
    uint32_t result = ctripc_view_word(view, 1);

    if (view->message.command_id == CTRIPC_COMMAND_NO_REPLY) {
        text_add(info, "no reply");
        return;
    }
    text_add(info, PLUGIN_ARROW " ");
    text_add(info, ctripc_command_text(view));
    if (!ctripc_has_result(view)) {
        text_add(info, ": no result");
        return;
    }
    text_add(info, ": ");
    add_result(view, result);
    if (!(result & CTR_RESULT_ERROR))
        add_arguments(view, 1);
}

PLUGIN_APART void ctripc_add_info(const struct ctripc_view *view)
{
    if (view->direction == CTRIPC_REPLY) {
        add_reply(view);
    } else if (view->direction == CTRIPC_REQUEST) {
        add_request(view);
    } else {
        text_add(view->context->info, ctripc_command_text(view));
        text_add(view->context->info, "(");
        add_arguments(view, 0);
        text_add(view->context->info, ")");
    }
}
