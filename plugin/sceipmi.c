/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sceipmi.c
 * IPMI of the PlayStation 4: records of manager calls (system call 622). Layouts and names come
 * from the codec (ipcshark/sceipmi.h), services of kids from what the plugin remembers.
 */
#include "kinds.h"
#include "sceipmi_internal.h"
#include "subdissectors.h"

static int proto_sceipmi = -1;

/* Those that are known, by number, as every record asks for one; all numbers are below this. */
#define OPERATIONS 0x600
static const struct sceipmi_operation *operations[OPERATIONS];

static const struct sceipmi_operation *operation_of(uint32_t op)
{
    return op < OPERATIONS ? operations[op] : sceipmi_operation(op);
}

static void list_operations(void)
{
    size_t count;
    const struct sceipmi_operation *known = sceipmi_operations(&count);

    for (size_t n = 0; n < count; n++) {
        if (known[n].op < OPERATIONS)
            operations[known[n].op] = &known[n];
    }
}

uint64_t sceipmi_argument(const struct sceipmi_view *view, const char *name)
{
    if (!view->has_block || !view->operation || !view->operation->layout)
        return 0;
    return sceipmi_get(view->operation->layout, name, view->block.view.bytes,
                       view->block.view.captured_size);
}

bool sceipmi_scalar(const struct sceipmi_view *view, uint16_t index, uint64_t *value)
{
    struct record_section section;
    struct ipcshark_reader reader;

    if (!record_section(view->context, IPCTAP_IPMI_SCALAR, index, &section))
        return false;
    reader = ipcshark_reader(section.view.bytes, section.view.captured_size);
    *value = section.view.captured_size >= 8 ? ipcshark_read_u64(&reader)
                                             : ipcshark_read_u32(&reader);
    return !reader.failed;
}

bool sceipmi_message(const struct sceipmi_view *view, struct record_section *section)
{
    struct ipctap_section found;

    return record_find_first(view->context, IPCTAP_IPMI_MESSAGE, &found) &&
           record_section(view->context, found.type, found.index, section);
}

/** The body's type stands in the packet info, and nowhere else. */
static void decode_packet(struct sceipmi_view *view)
{
    struct record_section info;
    uint32_t type = 0;

    if (!record_section(view->context, IPCTAP_IPMI_PACKET, 0, &view->packet_section))
        return;
    if (record_section(view->context, IPCTAP_IPMI_PACKET_INFO, 0, &info))
        type = (uint32_t)sceipmi_get(sceipmi_packet_info(), "type", info.view.bytes,
                                     info.view.captured_size);
    sceipmi_packet_decode(type, view->packet_section.view.bytes,
                          view->packet_section.view.captured_size, &view->packet, NULL);
    view->has_packet = true;
}

static proto_tree *add_protocol(const struct call_context *context, proto_tree *top, tvbuff_t *tvb)
{
    plugin_add_layer(context, proto_sceipmi);
    if (!context->wants_trees)
        return NULL;
    return proto_item_add_subtree(proto_tree_add_item(top, proto_sceipmi, tvb, 0, -1, ENC_NA),
                                  sceipmi_subtree.protocol);
}

/** What a service's method takes or gives: the first buffer, as the client or the server has it. */
static tvbuff_t *method_data(const struct sceipmi_view *view)
{
    bool returns = call_is_exit(view->context) && !view->has_packet;
    struct record_section section;

    if (view->has_packet && view->packet.in_captured)
        return tvb_new_subset_length(view->packet_section.tvb, (int)view->packet.input[0].offset,
                                     (int)view->packet.input[0].captured);
    if (record_section(view->context, returns ? IPCTAP_IPMI_OUT : IPCTAP_IPMI_IN, 0, &section))
        return section.tvb;
    return NULL;
}

/** "client 0xb" */
static const char *kid_text(const struct sceipmi_view *view)
{
    const char *kind = sceipmi_kid_kind_name(view->memo.kid_kind);
    bool is_made = sceipmi_is_create(view->call.op) && sceipmi_succeeded(view);
    uint32_t kid = is_made ? view->call.out : view->call.kid;

    if (!kid)
        return NULL;
    return wmem_strdup_printf(view->context->pinfo->pool, "%s 0x%x", kind ? kind : "kid", kid);
}

static void fill_names(const struct sceipmi_view *view)
{
    const char *method = sceipmi_method_text(view);

    *view->context->names = (struct call_names){
        .service = view->memo.service,
        .interface_name = view->memo.service,
        .command = method ? method : sceipmi_operation_text(view),
        .object = kid_text(view),
        .result = sceipmi_result_text(view),
    };
}

static PLUGIN_APART void add_trees(const struct sceipmi_view *view,
                                   struct ipcshark_findings *findings)
{
    fill_names(view);
    sceipmi_add_call(view, findings);
    sceipmi_add_links(view);
    sceipmi_add_delivery(view);
    sceipmi_add_event(view);
    sceipmi_add_block(view);
    sceipmi_add_buffers(view);
    sceipmi_add_packet(view);
    sceipmi_add_others(view);
    sceipmi_add_error(view);
}

/** What is called, and through what: without these two nothing can be said. */
#define LEAST_CALL_SIZE 8

/* The view is large, and decoders write what counts of it: of a packet that is not there, the
 * members that say so. */
static void begin(struct sceipmi_view *view, const struct call_context *context, proto_tree *tree,
                  const struct record_section *section)
{
    view->context = context;
    view->top = tree;
    view->tree = add_protocol(context, tree, section->tvb);
    view->tvb = section->tvb;
    view->has_packet = false;
    view->packet.type = 0;
    view->packet.layout = NULL;
    view->packet.in_captured = 0;
}

static void dissect_call(const struct call_context *context, proto_tree *tree,
                         const struct record_section *section)
{
    struct ipcshark_findings findings;
    struct sceipmi_view view;

    findings_begin(&findings);
    begin(&view, context, tree, section);
    sceipmi_call_decode(section->view.bytes, section->view.captured_size, &view.call, &findings);
    view.operation = operation_of(view.call.op);
    view.has_block = record_section(context, IPCTAP_IPMI_BLOCK, 0, &view.block);
    decode_packet(&view);
    sceipmi_memo_load(&view);
    sceipmi_remember(&view);
    if (context->wants_trees)
        add_trees(&view, &findings);
    if (context->tap)
        sceipmi_fill_tap(&view);
    if (context->info)
        sceipmi_add_info(&view);
    if (context->wants_trees)
        subdissector_by_name(context, SUBDISSECTOR_IPMI, view.memo.service, method_data(&view),
                             view.tree);
    if (context->is_shown || context->layers)
        sceipmi_add_app_messaging(&view);
}

static int dissect_sceipmi(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    const struct call_context *context = (const struct call_context *)data;
    struct record_section section;

    if (!context)
        return 0;
    plugin_set_protocol(pinfo, "SCE IPMI");
    if (!record_section(context, IPCTAP_SECTION_IPMI_CALL, 0, &section))
        plugin_info(context, "(no manager call captured)");
    else if (section.view.captured_size < LEAST_CALL_SIZE)
        plugin_info(context, "(manager call cut off)");
    else
        dissect_call(context, tree, &section);
    return (int)tvb_captured_length(tvb);
}

void sceipmi_register(void)
{
    proto_sceipmi = proto_register_protocol("PlayStation IPMI", "SCE IPMI", "sceipmi");
    sceipmi_register_fields(proto_sceipmi);
    sceipmi_kids_register();
    sceipmi_links_register();
    sceipmi_messages_register();
    sceipmi_events_register();
    register_dissector("sceipmi", dissect_sceipmi, proto_sceipmi);
    list_operations();
}

void sceipmi_handoff(void)
{
    sceipmi_app_messaging_handoff();
    kinds_add(IPCTAP_IPMI_CALL, dissect_sceipmi, proto_sceipmi);
}
