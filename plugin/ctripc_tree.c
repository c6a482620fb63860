/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file ctripc_tree.c The packet tree of a 3DS command buffer. */
#include "ctripc_internal.h"

#include <ipcshark/ctr_result.h>
#include <ipcshark/names.h>

#define WORD 4

/** A field of one word, if that word was captured. */
static proto_item *add_word(const struct ctripc_view *view, proto_tree *tree, int field, unsigned n)
{
    if ((n + 1) * WORD > view->length)
        return NULL;
    return proto_tree_add_uint(tree, field, view->tvb, n * WORD, WORD, ctripc_view_word(view, n));
}

static void add_flag(const struct ctripc_view *view, proto_tree *tree, int field, unsigned n)
{
    if ((n + 1) * WORD <= view->length)
        proto_tree_add_boolean(tree, field, view->tvb, n * WORD, WORD, ctripc_view_word(view, n));
}

static void append_name(proto_item *item, const char *name)
{
    if (name)
        proto_item_append_text(item, " (%s)", name);
}

/* ---- Header, normal words, result ---- */

static void add_header(const struct ctripc_view *view)
{
    proto_item *item = add_word(view, view->tree, ctripc_field.header, 0);
    proto_tree *tree = proto_item_add_subtree(item, ctripc_subtree.header);
    proto_item *id = add_word(view, tree, ctripc_field.command_id, 0);

    if (view->memo.service)
        append_name(id, names_command(IPCSHARK_CONVENTION_CTR, view->memo.service,
                                      view->message.command_id, 0));
    if (view->message.command_id == CTRIPC_COMMAND_NO_REPLY)
        append_name(id, "no reply is sent");
    add_word(view, tree, ctripc_field.reserved, 0);
    add_word(view, tree, ctripc_field.normal_count, 0);
    add_word(view, tree, ctripc_field.translate_words, 0);
    proto_item_append_text(item, ": command 0x%04X, %u normal, %u translate words",
                           view->message.command_id, view->message.normal_count,
                           view->message.translate_words);
}

static void add_result(const struct ctripc_view *view, unsigned n)
{
    uint32_t result = ctripc_view_word(view, n);
    struct ctr_result part = ctr_result_split(result);
    proto_item *item = add_word(view, view->tree, ctripc_field.result, n);
    proto_tree *tree = proto_item_add_subtree(item, ctripc_subtree.result);
    char text[160];

    ctr_result_format(result, text, sizeof text);
    proto_item_set_text(item, "Result: %s", text);
    append_name(add_word(view, tree, ctripc_field.result_level, n), ctr_level_name(part.level));
    append_name(add_word(view, tree, ctripc_field.result_summary, n),
                ctr_summary_name(part.summary));
    append_name(add_word(view, tree, ctripc_field.result_module, n), ctr_module_name(part.module));
    append_name(add_word(view, tree, ctripc_field.result_description, n),
                ctr_description_name(part.module, part.description));
    plugin_add_generated_string(tree, ctripc_field.result_name, view->tvb,
                                plugin_result_meaning(text));
}

static void add_normal_words(const struct ctripc_view *view)
{
    unsigned first = ctripc_has_result(view) ? 1 : 0;

    if (first)
        add_result(view, 1);
    for (unsigned i = first; i < view->message.normal_captured; i++) {
        proto_item *item = add_word(view, view->tree, ctripc_field.normal, 1 + i);

        proto_item_prepend_text(item, "[%u] ", i);
    }
}

/* ---- Contents of buffers ---- */

static void add_contents(const struct ctripc_view *view, proto_tree *tree,
                         const struct ctripc_translate *translate)
{
    uint16_t type = ctripc_contents_section(translate->kind);
    struct record_section section;
    const char *text;

    if (!type || !record_section(view->context, type, translate->offset, &section))
        return;
    if (!section.view.captured_size && !section.view.declared_size)
        return;
    record_add_contents(view->context, tree, ctripc_field.contents, type, translate->offset);
    text = plugin_printable_text(view->context->pinfo->pool, section.view.bytes,
                                 section.view.captured_size);
    plugin_add_generated_string(tree, ctripc_field.text, section.tvb, text);
}

/* ---- Translate parameters ---- */

static void add_handles(const struct ctripc_view *view, proto_tree *tree,
                        const struct ctripc_translate *translate)
{
    for (unsigned i = 0; i < translate->handle_count; i++) {
        unsigned n = translate->offset + 1u + i;
        proto_item *item = add_word(view, tree, ctripc_field.handle, n);

        if (ctripc_view_word(view, n) == HANDLES_THIS_THREAD)
            append_name(item, "this thread");
        else if (ctripc_view_word(view, n) == HANDLES_THIS_PROCESS)
            append_name(item, "this process");
        else if (ctripc_view_word(view, n) == 0)
            append_name(item, "none");
        else
            handles_describe(view->context, item, view->tvb, ctripc_view_word(view, n));
    }
    plugin_add_generated_string(tree, ctripc_field.opened_service, view->tvb,
                                view->memo.opened_service);
}

/** The fields within the descriptor's word. */
static void add_descriptor_bits(const struct ctripc_view *view, proto_tree *tree,
                                const struct ctripc_translate *translate)
{
    unsigned n = translate->offset;

    switch (ctripc_contents_section(translate->kind)) {
    case IPCTAP_STATIC:
        add_word(view, tree, ctripc_field.static_size, n);
        add_word(view, tree, ctripc_field.static_id, n);
        break;
    case IPCTAP_PXI:
        add_word(view, tree, ctripc_field.pxi_size, n);
        add_word(view, tree, ctripc_field.pxi_id, n);
        add_flag(view, tree, ctripc_field.pxi_read_only, n);
        break;
    case IPCTAP_MAPPED:
        add_word(view, tree, ctripc_field.mapped_size, n);
        add_flag(view, tree, ctripc_field.mapped_write, n);
        add_flag(view, tree, ctripc_field.mapped_read, n);
        break;
    default:
        add_word(view, tree, ctripc_field.handle_count, n);
        add_flag(view, tree, ctripc_field.handle_is_process_id, n);
        add_flag(view, tree, ctripc_field.handle_is_move, n);
    }
}

/** The words behind the descriptor, and what they point to. */
static void add_translate_words(const struct ctripc_view *view, proto_tree *tree,
                                const struct ctripc_translate *translate)
{
    unsigned n = translate->offset + 1u;

    if (translate->words > 1) {
        switch (ctripc_contents_section(translate->kind)) {
        case IPCTAP_STATIC:
            add_word(view, tree, ctripc_field.static_address, n);
            break;
        case IPCTAP_PXI:
            add_word(view, tree, ctripc_field.pxi_address, n);
            break;
        case IPCTAP_MAPPED:
            add_word(view, tree, ctripc_field.mapped_address, n);
            break;
        default:
            if (translate->kind == CTRIPC_PROCESS_ID)
                add_word(view, tree, ctripc_field.process_id, n);
            else
                add_handles(view, tree, translate);
        }
    }
    add_contents(view, tree, translate);
}

/** "copy_handles" as a person writes it: "copy handles". */
static char *kind_text(const struct ctripc_view *view, uint8_t kind)
{
    const char *name = ctripc_kind_name((enum ctripc_kind)kind);
    char *text = wmem_strdup(view->context->pinfo->pool, name ? name : "unknown");

    for (char *c = text; *c; c++) {
        if (*c == '_')
            *c = ' ';
    }
    return text;
}

static void summarize_translate(const struct ctripc_view *view, proto_item *item, unsigned index,
                                const struct ctripc_translate *translate)
{
    proto_item_set_text(item, "Translate parameter [%u] at word %u: %s", index, translate->offset,
                        kind_text(view, translate->kind));
    if (translate->kind == CTRIPC_STATIC_BUFFER)
        proto_item_append_text(item, " %u", translate->id);
    if (ctripc_contents_section(translate->kind))
        proto_item_append_text(item, ", %u bytes at 0x%08X", translate->size, translate->address);
    else if (translate->kind != CTRIPC_PROCESS_ID && translate->handle_count == 1)
        proto_item_append_text(item, ", 0x%08X", ctripc_view_word(view, translate->offset + 1u));
    else if (translate->kind != CTRIPC_PROCESS_ID)
        proto_item_append_text(item, ", %u handles", translate->handle_count);
}

static void add_translate(const struct ctripc_view *view, unsigned index)
{
    const struct ctripc_translate *translate = &view->message.translate[index];
    unsigned offset = translate->offset * WORD;
    proto_item *item = proto_tree_add_item(view->tree, ctripc_field.translate, view->tvb, offset,
                                           translate->words * WORD, ENC_NA);
    proto_tree *tree = proto_item_add_subtree(item, ctripc_subtree.translate);
    proto_item *word = add_word(view, tree, ctripc_field.descriptor, translate->offset);

    summarize_translate(view, item, index, translate);
    proto_item_set_generated(
        proto_tree_add_uint(tree, ctripc_field.offset, view->tvb, offset, WORD, translate->offset));
    proto_item_set_generated(
        proto_tree_add_uint(tree, ctripc_field.kind, view->tvb, offset, WORD, translate->kind));
    add_descriptor_bits(view, proto_item_add_subtree(word, ctripc_subtree.descriptor), translate);
    add_translate_words(view, tree, translate);
}

/* ---- Everything ---- */

/** What stands in the buffer behind the message: every captured byte is accounted for. */
static void add_rest(const struct ctripc_view *view)
{
    unsigned end = view->message.words * WORD;

    if (end && end < view->length)
        proto_tree_add_item(view->tree, ctripc_field.beyond, view->tvb, end,
                            (int)(view->length - end), ENC_NA);
}

void ctripc_add_message(const struct ctripc_view *view)
{
    if (!view->tree || view->length < WORD)
        return;
    add_header(view);
    add_normal_words(view);
    for (unsigned i = 0; i < view->message.translate_count; i++)
        add_translate(view, i);
    add_rest(view);
}

static void add_slot(proto_tree *parent, tvbuff_t *tvb, unsigned index,
                     const struct ctripc_static_slot *slot)
{
    int offset = (int)index * 2 * WORD;
    proto_item *item = proto_tree_add_uint(parent, ctripc_field.slot, tvb, offset, 2 * WORD, index);
    proto_tree *tree = proto_item_add_subtree(item, ctripc_subtree.slot);
    proto_item *word = proto_tree_add_uint(tree, ctripc_field.slot_descriptor, tvb, offset, WORD,
                                           slot->descriptor);
    proto_tree *bits = proto_item_add_subtree(word, ctripc_subtree.descriptor);

    proto_item_append_text(item, ": %u bytes at 0x%08X", slot->size, slot->address);
    proto_tree_add_uint(bits, ctripc_field.static_size, tvb, offset, WORD, slot->descriptor);
    proto_tree_add_uint(bits, ctripc_field.static_id, tvb, offset, WORD, slot->descriptor);
    proto_tree_add_uint(tree, ctripc_field.slot_address, tvb, offset + WORD, WORD, slot->address);
}

void ctripc_add_static_table(proto_tree *parent, tvbuff_t *tvb, packet_info *pinfo)
{
    struct ctripc_static_slot slot[CTRIPC_STATIC_BUFFERS];
    struct ipcshark_findings findings = {0};
    size_t length = tvb_captured_length(tvb);
    size_t count =
        ctripc_decode_static_table(tvb_get_ptr(tvb, 0, (int)length), length, slot, &findings);
    proto_tree *tree = proto_tree_add_subtree(parent, tvb, 0, (int)length, ctripc_subtree.table,
                                              NULL, "Static buffer table of this thread");

    for (unsigned i = 0; i < count; i++) {
        if (slot[i].descriptor || slot[i].address)
            add_slot(tree, tvb, i, &slot[i]);
    }
    plugin_add_findings(pinfo, tree, tvb, &findings);
}
