/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ctripc.c
 * 3DS IPC: records with a command buffer. The words come from the codec (ipcshark/ctripc.h), names
 * and sessions from what the plugin remembers.
 */
#include "ctripc_internal.h"
#include "kinds.h"
#include "subdissectors.h"
#include "tap.h"

#include <ipcshark/ctr_result.h>
#include <ipcshark/names.h>

static int proto_ctripc = -1;

/**
 * Which way a message goes. In ReplyAndReceive the buffer holds a reply when it is entered and a
 * request when it returns: the other way round.
 */
static enum ctripc_direction direction_of(const struct call_context *context)
{
    bool serves = context->header->kind == IPCTAP_KERNEL_CALL;

    if (call_is_enter(context))
        return serves ? CTRIPC_REPLY : CTRIPC_REQUEST;
    if (call_is_exit(context))
        return serves ? CTRIPC_REQUEST : CTRIPC_REPLY;
    return CTRIPC_DIRECTION_UNKNOWN;
}

static void add_frame(const struct ctripc_view *view, int field, uint32_t frame)
{
    if (frame)
        plugin_add_generated_uint(view->tree, field, view->tvb, frame);
}

static void add_session(const struct ctripc_view *view, const struct session *session)
{
    add_frame(view, ctripc_field.session_opened_in, session_opened_in(session));
    plugin_add_generated_string(view->tree, ctripc_field.file, view->tvb, session->self.file);
    add_frame(view, ctripc_field.session_closed_in, session_closed_in(session));
}

/** A session that a service gave out is of a kind: "File". */
static void fill_names(const struct ctripc_view *view)
{
    const struct session *session = view->memo.session;
    struct call_names *names = view->context->names;

    names->service = session && session->owner ? session->owner : view->memo.service;
    names->interface_name = view->memo.service;
    names->object = view->memo.service;
    names->file = session ? session->self.file : NULL;
    if (ctripc_has_result(view))
        names->result = call_result_text(view->context, ctripc_view_word(view, 1));
    if (view->bytes || view->request)
        names->command = ctripc_command_text(view);
}

static void add_names(const struct ctripc_view *view)
{
    plugin_add_generated_string(view->tree, ctripc_field.service, view->tvb, view->memo.service);
    if (view->bytes || view->request) {
        plugin_add_generated_string(view->tree, ctripc_field.command, view->tvb,
                                    ctripc_command_text(view));
        wiki_add(view->context, view->tree, view->memo.service, ctripc_command_text(view));
    }
    if (view->memo.session)
        add_session(view, view->memo.session);
    fill_names(view);
}

static proto_tree *add_protocol(const struct call_context *context, proto_tree *top, tvbuff_t *tvb)
{
    plugin_add_layer(context, proto_ctripc);
    if (!context->wants_trees)
        return NULL;
    return proto_item_add_subtree(proto_tree_add_item(top, proto_ctripc, tvb, 0, -1, ENC_NA),
                                  ctripc_subtree.protocol);
}

static void tap_result(const struct ctripc_view *view, struct tap_call *tap)
{
    uint32_t result = ctripc_view_word(view, 1);

    if (!ctripc_has_result(view))
        return;
    tap->result = call_result_text(view->context, result);
    tap->is_error = (result & CTR_RESULT_ERROR) != 0;
}

/** The normal words, in replies behind the result. */
static void tap_values(const struct ctripc_view *view, struct tap_call *tap)
{
    unsigned first = view->direction == CTRIPC_REPLY ? 2 : 1;

    if (view->message.normal_captured < first)
        return;
    tap->values = view->bytes + 4 * first;
    tap->values_size = 4 * (view->message.normal_captured + 1u - first);
}

static PLUGIN_APART void fill_tap(const struct ctripc_view *view)
{
    struct tap_call *tap = tap_of(view->context);

    if (!tap)
        return;
    tap->service = view->memo.service;
    tap->command = ctripc_command_text(view);
    tap->object = view->context->target->session;
    tap->file = view->context->target->session ? view->context->target->session->self.file : NULL;
    tap->message_size = view->message.words * 4u;
    tap_values(view, tap);
    tap_result(view, tap);
}

static PLUGIN_APART void add_trees(const struct ctripc_view *view,
                                   struct ipcshark_findings *findings)
{
    add_names(view);
    ctripc_add_message(view);
    ctripc_add_arguments(view);
    ctripc_check_arguments(view, findings);
    plugin_add_findings(view->context->pinfo, view->tree, view->tvb, findings);
}

static void begin(struct ctripc_view *view, const struct call_context *context, proto_tree *tree,
                  const struct record_section *section)
{
    view->context = context;
    view->tree = add_protocol(context, tree, section->tvb);
    view->tvb = section->tvb;
    view->bytes = section->view.bytes;
    view->length = section->view.captured_size;
    view->direction = direction_of(context);
}

/* The view is large, and the decoder writes all of it that counts. */
static proto_tree *dissect_message(const struct call_context *context, proto_tree *tree,
                                   const struct record_section *section)
{
    struct ipcshark_findings findings;
    struct ctripc_view view;

    findings_begin(&findings);
    begin(&view, context, tree, section);
    ctripc_decode(view.bytes, view.length, view.direction, &view.message, &findings);
    ctripc_remember(&view);
    if (context->wants_trees)
        add_trees(&view, &findings);
    if (context->info)
        ctripc_add_info(&view);
    if (context->wants_trees)
        subdissector_by_name(context, SUBDISSECTOR_CTR, view.memo.service, view.tvb, view.tree);
    fill_tap(&view);
    return view.tree;
}

/** What a refused call was is known from its request. */
static void fill_refused_tap(const struct ctripc_view *view)
{
    struct tap_call *tap = tap_of(view->context);

    if (!view->request || !tap)
        return;
    fill_tap(view);
    tap->result = call_result_text(view->context, view->context->header->result);
    tap->is_error = true;
}

static void info_without_message(const struct ctripc_view *view)
{
    const struct ipctap_header *header = view->context->header;
    const char *service = view->memo.service ? view->memo.service : CTRIPC_UNKNOWN;
    char text[160];

    if (!call_is_exit(view->context)) {
        plugin_info(view->context, "%s (no message captured)", service);
    } else if (!(header->flags & IPCTAP_RESULT)) {
        plugin_info(view->context, PLUGIN_ARROW " (no message captured)");
    } else {
        ctr_result_format(header->result, text, sizeof text);
        plugin_info(view->context, PLUGIN_ARROW " SendSyncRequest: %s", text);
    }
}

/** An exit without MESSAGE: the kernel refused the call, or nobody captured the reply. */
static proto_tree *dissect_no_message(const struct call_context *context, proto_tree *tree)
{
    struct ctripc_view view = {
        .context = context,
        .tree = add_protocol(context, tree, tvb_new_subset_length(context->tvb, 0, 0)),
        .tvb = context->tvb,
        .direction = call_is_exit(context) ? CTRIPC_REPLY : CTRIPC_DIRECTION_UNKNOWN,
    };

    ctripc_remember(&view);
    if (context->wants_trees)
        add_names(&view);
    info_without_message(&view);
    if (context->header->flags & IPCTAP_RESULT)
        fill_refused_tap(&view);
    return view.tree;
}

/** The words of a fragment: "CTR: words from word 1 on." */
static const char *fragment_words(const struct call_context *context,
                                  const struct record_section *section)
{
    wmem_strbuf_t *text = wmem_strbuf_new(context->pinfo->pool, "");
    size_t count = section->view.captured_size / sizeof(uint32_t);

    for (size_t i = 0; i < count && i < CTRIPC_BUFFER_WORDS; i++)
        wmem_strbuf_append_printf(text, "%s0x%X", i ? ", " : "",
                                  ctripc_word(section->view.bytes, section->view.captured_size, i));
    return wmem_strbuf_get_str(text);
}

/** Part of a message, as old emulators log it: without its header, names from the record alone. */
static proto_tree *dissect_fragment(const struct call_context *context, proto_tree *tree,
                                    const struct record_section *section)
{
    const char *service = record_text(context, IPCTAP_SERVICE, 0);
    const char *command = record_text(context, IPCTAP_FUNCTION, 0);
    proto_tree *subtree = add_protocol(context, tree, section->tvb);

    proto_tree_add_item(subtree, ctripc_field.fragment, section->tvb, 0, -1, ENC_NA);
    if (context->names)
        *context->names = (struct call_names){service, service, command, service, NULL, NULL};
    plugin_add_generated_string(subtree, ctripc_field.service, section->tvb, service);
    plugin_add_generated_string(subtree, ctripc_field.command, section->tvb, command);
    plugin_info(context, "%s %s(%s) without its header", service ? service : CTRIPC_UNKNOWN,
                command ? command : "unknown command", fragment_words(context, section));
    return subtree;
}

static int dissect_ctripc(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    const struct call_context *context = (const struct call_context *)data;
    struct record_section section;

    if (!context)
        return 0;
    if (context->header->kind == IPCTAP_CTR_COMMAND)
        plugin_set_protocol(pinfo, "CTR IPC");
    if (record_section(context, IPCTAP_MESSAGE, 0, &section))
        tree = dissect_message(context, tree, &section);
    else if (record_section(context, IPCTAP_FRAGMENT, 0, &section))
        tree = dissect_fragment(context, tree, &section);
    else
        tree = dissect_no_message(context, tree);
    if (context->wants_trees && record_section(context, IPCTAP_RECEIVE_CONTEXT, 0, &section))
        ctripc_add_static_table(tree, section.tvb, pinfo);
    return (int)tvb_captured_length(tvb);
}

void ctripc_register(void)
{
    proto_ctripc = proto_register_protocol("3DS IPC", "CTR IPC", "ctripc");
    ctripc_register_fields(proto_ctripc);
    ctripc_arguments_register();
    register_dissector("ctripc", dissect_ctripc, proto_ctripc);
}

void ctripc_handoff(void)
{
    kinds_add(IPCTAP_CTR_COMMAND, dissect_ctripc, proto_ctripc);
}
