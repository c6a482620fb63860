/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file sceipmi_tree.c The packet tree of a manager call. */
#include "sceipmi_internal.h"

#include <ipcshark/names.h>

#define NUMBER sceipmi_field_number

/** Offsets in the IPMI_CALL section (docs/capture-format.md, section 3). */
enum call_offset {
    OP_OFFSET = 0,
    KID_OFFSET = 4,
    OUT_POINTER_OFFSET = 8,
    IN_POINTER_OFFSET = 16,
    IN_SIZE_OFFSET = 24,
    COOKIE_OFFSET = 32,
    RAX_OFFSET = 40,
    OUT_OFFSET = 48,
    VALID_OFFSET = 52,
};

/** More entries than this are not a call: the kernel takes ten. */
#define MAX_SHOWN_ENTRIES 16

/* ---- The call's arguments and results ---- */

static proto_item *add_u32(const struct sceipmi_view *view, int field, int offset, uint32_t value)
{
    if (offset + 4 > (int)tvb_captured_length(view->tvb))
        return NULL;
    return proto_tree_add_uint(view->tree, field, view->tvb, offset, 4, value);
}

static proto_item *add_u64(const struct sceipmi_view *view, int field, int offset, uint64_t value)
{
    if (offset + 8 > (int)tvb_captured_length(view->tvb))
        return NULL;
    return proto_tree_add_uint64(view->tree, field, view->tvb, offset, 8, value);
}

static void add_names(const struct sceipmi_view *view)
{
    plugin_add_generated_string(view->tree, NUMBER.service, view->tvb, view->memo.service);
    plugin_add_generated_string(view->tree, NUMBER.operation, view->tvb,
                                sceipmi_operation_text(view));
    plugin_add_generated_string(view->tree, NUMBER.method_name, view->tvb,
                                sceipmi_method_text(view));
    wiki_add(view->context, view->tree, view->memo.service, NULL);
    if (view->operation)
        plugin_add_generated_uint(view->tree, NUMBER.confidence, view->tvb,
                                  view->operation->confidence);
}

static void add_arguments(const struct sceipmi_view *view)
{
    const struct sceipmi_call *call = &view->call;
    const struct session *session = view->memo.session;
    proto_item *item = add_u32(view, NUMBER.op, OP_OFFSET, call->op);

    proto_item_append_text(item, " (%s)", view->operation ? view->operation->name : "unknown");
    item = add_u32(view, NUMBER.kid, KID_OFFSET, call->kid);
    if (!sceipmi_is_create(call->op))
        sceipmi_describe_kid(view, item);
    if (view->memo.kid_kind)
        plugin_add_generated_uint(view->tree, NUMBER.kid_kind, view->tvb, view->memo.kid_kind);
    if (session && session->opened_in)
        plugin_add_generated_uint(view->tree, NUMBER.kid_made_in, view->tvb, session->opened_in);
    if (session && session->closed_in)
        plugin_add_generated_uint(view->tree, NUMBER.kid_destroyed_in, view->tvb,
                                  session->closed_in);
    sceipmi_add_other_end(view);
    add_u64(view, NUMBER.out_pointer, OUT_POINTER_OFFSET, call->out_pointer);
    add_u64(view, NUMBER.in_pointer, IN_POINTER_OFFSET, call->in_pointer);
    add_u64(view, NUMBER.in_size, IN_SIZE_OFFSET, call->in_size);
    add_u64(view, NUMBER.cookie, COOKIE_OFFSET, call->cookie);
}

static void add_valid(const struct sceipmi_view *view)
{
    static int *const bits[] = {&NUMBER.valid_rax, &NUMBER.valid_carry, &NUMBER.valid_out, NULL};

    if (VALID_OFFSET + 4 <= (int)tvb_captured_length(view->tvb))
        proto_tree_add_bitmask_value(view->tree, view->tvb, VALID_OFFSET, NUMBER.valid,
                                     sceipmi_subtree.valid, bits, view->call.valid);
}

static void explain_result(proto_item *item, enum orbis_result_layer layer, uint32_t value)
{
    const char *meaning;
    char text[160];

    orbis_result_format(layer, value, text, sizeof text);
    meaning = plugin_result_meaning(text);
    if (meaning)
        proto_item_append_text(item, " (%s)", meaning);
}

static void add_out(const struct sceipmi_view *view)
{
    uint32_t out = view->call.out;
    bool is_kid = sceipmi_is_create(view->call.op) && !(out & 0x80000000u);

    if (!(view->call.valid & SCEIPMI_OUT_VALID))
        return;
    if (is_kid)
        sceipmi_describe_kid(view, add_u32(view, NUMBER.new_kid, OUT_OFFSET, out));
    explain_result(add_u32(view, NUMBER.out, OUT_OFFSET, out), ORBIS_LAYER_MANAGER,
                   is_kid ? 0 : out);
}

static void add_results(const struct sceipmi_view *view)
{
    const struct sceipmi_call *call = &view->call;
    proto_item *item;

    if (!call_is_exit(view->context) && !call->valid)
        return;
    add_valid(view);
    if (call->valid & SCEIPMI_RAX_VALID) {
        item = add_u64(view, NUMBER.rax, RAX_OFFSET, call->rax);
        if (call->valid & SCEIPMI_CARRY)
            explain_result(item, ORBIS_LAYER_ERRNO, (uint32_t)call->rax);
    }
    add_out(view);
}

/** What the manager would say to the call belongs to its block; offsets count from there. */
static void add_call_findings(const struct sceipmi_view *view)
{
    struct ipcshark_findings findings = {0};

    if (call_is_exit(view->context))
        return;
    sceipmi_block_check(&view->call, view->has_block ? view->block.view.bytes : (const uint8_t *)"",
                        view->has_block ? view->block.view.captured_size : 0, &findings);
    if (sceipmi_is_app_messaging(view) && view->call.op == SCEIPMI_INVOKE_SYNC)
        appmsg_invoke_check(view->memo.method ? view->memo.method->id : 0,
                            (uint32_t)sceipmi_argument(view, "num_in"),
                            (uint32_t)sceipmi_argument(view, "num_out"), &findings);
    plugin_add_findings(view->context->pinfo, view->tree,
                        view->has_block ? view->block.tvb : view->tvb, &findings);
}

void sceipmi_add_call(const struct sceipmi_view *view, struct ipcshark_findings *findings)
{
    add_names(view);
    add_arguments(view);
    add_results(view);
    plugin_add_findings(view->context->pinfo, view->tree, view->tvb, findings);
    add_call_findings(view);
}

/* ---- Blocks and other layouts ---- */

static struct sceipmi_meaning meaning_of(const struct sceipmi_view *view)
{
    return (struct sceipmi_meaning){.service = view->memo.service,
                                    .layer = ORBIS_LAYER_METHOD,
                                    .client = view->has_packet ? sceipmi_other_end(view) : NULL};
}

/** A structure as a tree of its fields, then what follows them. */
static void add_structure(const struct sceipmi_view *view, const struct record_section *section,
                          int field, const struct sceipmi_layout *layout)
{
    struct sceipmi_meaning meaning = meaning_of(view);
    size_t length = section->view.captured_size;
    proto_item *item = proto_tree_add_item(view->tree, field, section->tvb, 0, -1, ENC_NA);
    proto_tree *tree = proto_item_add_subtree(item, sceipmi_subtree.layout);
    size_t size = layout ? layout->size : 0;

    if (layout)
        proto_item_append_text(item, " (%s)", layout->name);
    sceipmi_add_layout(view->context->pinfo, tree, section->tvb, layout, section->view.bytes,
                       length, &meaning);
    if (size < length)
        proto_tree_add_item(tree, NUMBER.block_rest, section->tvb, (int)size, -1, ENC_NA);
}

void sceipmi_add_block(const struct sceipmi_view *view)
{
    if (view->has_block)
        add_structure(view, &view->block, NUMBER.block,
                      view->operation ? view->operation->layout : NULL);
}

static void add_config(const struct sceipmi_view *view)
{
    struct ipcshark_findings findings = {0};
    struct record_section section;

    if (!record_section(view->context, IPCTAP_IPMI_CONFIG, 0, &section))
        return;
    add_structure(view, &section, NUMBER.config, sceipmi_config_layout(view->call.op));
    sceipmi_config_check(view->call.op, section.view.bytes, section.view.captured_size, &findings);
    plugin_add_findings(view->context->pinfo, view->tree, section.tvb, &findings);
}

static void add_name(const struct sceipmi_view *view)
{
    packet_info *pinfo = view->context->pinfo;
    struct ipcshark_findings findings = {0};
    struct record_section section;
    size_t length;

    if (!record_section(view->context, IPCTAP_IPMI_NAME, 0, &section))
        return;
    length = section.view.captured_size;
    while (length && section.view.bytes[length - 1] == '\0')
        length--;
    proto_tree_add_string(view->tree, NUMBER.name, section.tvb, 0, (int)section.view.captured_size,
                          plugin_escape(pinfo->pool, section.view.bytes, length));
    if (view->call.op == SCEIPMI_CREATE_SERVER || view->call.op == SCEIPMI_CREATE_CLIENT)
        sceipmi_name_check(section.view.bytes, section.view.captured_size,
                           view->call.op == SCEIPMI_CREATE_SERVER, &findings);
    plugin_add_findings(pinfo, view->tree, section.tvb, &findings);
}

/* ---- Inputs and outputs ---- */

static void add_contents(const struct sceipmi_view *view, proto_tree *tree, uint16_t type,
                         uint16_t index)
{
    struct record_section section;

    if (!record_section(view->context, type, index, &section) || !section.view.captured_size)
        return;
    record_add_contents(view->context, tree, NUMBER.contents, type, index);
    plugin_add_generated_string(tree, NUMBER.text, section.tvb,
                                plugin_printable_text(view->context->pinfo->pool,
                                                      section.view.bytes,
                                                      section.view.captured_size));
}

/** An entry's item: over its descriptor if that was captured, else over its contents. */
static proto_tree *add_entry(const struct sceipmi_view *view, int field, tvbuff_t *tvb, int offset,
                             int length, uint16_t index)
{
    proto_item *item = proto_tree_add_uint(view->tree, field, tvb, offset, length, index);

    if (!length)
        proto_item_append_text(item, " (descriptor not captured)");
    return proto_item_add_subtree(item, sceipmi_subtree.entry);
}

static void add_input(const struct sceipmi_view *view, const struct record_section *array,
                      uint16_t index)
{
    bool responds = view->call.op == SCEIPMI_RESPOND_ASYNC; /* Its outputs are DataInfos. */
    uint16_t type = responds ? IPCTAP_IPMI_OUT : IPCTAP_IPMI_IN;
    int field = responds ? NUMBER.output : NUMBER.input;
    struct sceipmi_data_info info;
    struct record_section section;
    proto_tree *tree;
    int offset;

    if (array && sceipmi_data_info(array->view.bytes, array->view.captured_size, index, &info)) {
        offset = (int)info.offset;
        tree = add_entry(view, field, array->tvb, offset, SCEIPMI_DATA_INFO_SIZE, index);
        proto_tree_add_uint64(tree, NUMBER.input_address, array->tvb, offset, 8, info.data);
        proto_tree_add_uint64(tree, NUMBER.input_size, array->tvb, offset + 8, 8, info.size);
        proto_item_append_text(proto_tree_get_parent(tree), ": %" PRIu64 " bytes", info.size);
    } else if (record_section(view->context, type, index, &section)) {
        tree = add_entry(view, field, section.tvb, 0, 0, index);
    } else {
        return;
    }
    add_contents(view, tree, type, index);
}

static void add_output(const struct sceipmi_view *view, const struct record_section *array,
                       uint16_t index)
{
    struct sceipmi_buffer_info info;
    struct record_section section;
    proto_tree *tree;
    int offset;

    if (array && sceipmi_buffer_info(array->view.bytes, array->view.captured_size, index, &info)) {
        offset = (int)info.offset;
        tree = add_entry(view, NUMBER.output, array->tvb, offset, SCEIPMI_BUFFER_INFO_SIZE, index);
        proto_tree_add_uint64(tree, NUMBER.output_address, array->tvb, offset, 8, info.data);
        proto_tree_add_uint64(tree, NUMBER.output_capacity, array->tvb, offset + 8, 8,
                              info.capacity);
        proto_tree_add_uint64(tree, NUMBER.output_written, array->tvb, offset + 16, 8,
                              info.written);
        proto_item_append_text(proto_tree_get_parent(tree), ": %" PRIu64 " of %" PRIu64 " bytes",
                               info.written, info.capacity);
    } else if (view->call.op != SCEIPMI_RESPOND_ASYNC &&
               record_section(view->context, IPCTAP_IPMI_OUT, index, &section)) {
        tree = add_entry(view, NUMBER.output, section.tvb, 0, 0, index);
    } else {
        return;
    }
    add_contents(view, tree, IPCTAP_IPMI_OUT, index);
}

void sceipmi_add_buffers(const struct sceipmi_view *view)
{
    struct ipcshark_findings findings = {0};
    struct record_section in, out;
    bool has_in = record_section(view->context, IPCTAP_IPMI_DATA_INFO, 0, &in);
    bool has_out = record_section(view->context, IPCTAP_IPMI_BUFFER_INFO, 0, &out);

    for (uint16_t i = 0; i < MAX_SHOWN_ENTRIES; i++)
        add_input(view, has_in ? &in : NULL, i);
    for (uint16_t i = 0; i < MAX_SHOWN_ENTRIES; i++)
        add_output(view, has_out ? &out : NULL, i);
    if (!has_out)
        return;
    sceipmi_buffer_info_check(out.view.bytes, out.view.captured_size, &findings);
    plugin_add_findings(view->context->pinfo, view->tree, out.tvb, &findings);
}

/* ---- Packets that a server receives ---- */

static void add_packet_inputs(const struct sceipmi_view *view, proto_tree *parent)
{
    const struct sceipmi_packet *packet = &view->packet;
    tvbuff_t *tvb = view->packet_section.tvb;

    for (uint32_t i = 0; i < packet->in_captured; i++) {
        const struct sceipmi_packet_input *input = &packet->input[i];
        proto_item *item = proto_tree_add_uint(parent, NUMBER.input, tvb, (int)input->offset - 4,
                                               (int)input->captured + 4, i);
        proto_tree *tree = proto_item_add_subtree(item, sceipmi_subtree.entry);

        proto_tree_add_uint(tree, NUMBER.packet_input_size, tvb, (int)input->offset - 4, 4,
                            input->size);
        proto_tree_add_item(tree, NUMBER.contents, tvb, (int)input->offset, (int)input->captured,
                            ENC_NA);
        proto_item_append_text(item, ": %u bytes", input->size);
    }
}

/** Capacities of outputs stand back to back behind the inputs, or behind the header. */
static void add_packet_outputs(const struct sceipmi_view *view, proto_tree *tree)
{
    const struct sceipmi_packet *packet = &view->packet;
    int offset = packet->layout->size;

    for (uint32_t i = 0; i < packet->in_captured; i++)
        offset = (int)(packet->input[i].offset + packet->input[i].captured);
    for (uint32_t i = 0; i < packet->out_captured; i++) {
        proto_item *item = proto_tree_add_uint(tree, NUMBER.packet_output_capacity,
                                               view->packet_section.tvb, offset + 4 * (int)i, 4,
                                               packet->out_capacity[i]);

        proto_item_prepend_text(item, "[%u] ", i);
    }
}

static void add_packet_body(const struct sceipmi_view *view, proto_tree *tree)
{
    const struct sceipmi_packet *packet = &view->packet;
    const struct record_section *section = &view->packet_section;
    struct sceipmi_meaning meaning = meaning_of(view);

    sceipmi_add_layout(view->context->pinfo, tree, section->tvb, packet->layout,
                       section->view.bytes, section->view.captured_size, &meaning);
    add_packet_inputs(view, tree);
    add_packet_outputs(view, tree);
    if (packet->user_data_size)
        proto_tree_add_item(tree, NUMBER.user_data, section->tvb, (int)packet->user_data_offset,
                            (int)packet->user_data_size, ENC_NA);
}

void sceipmi_add_packet(const struct sceipmi_view *view)
{
    struct ipcshark_findings findings = {0};
    const struct record_section *section = &view->packet_section;
    uint32_t modifiers = SCEIPMI_PACKET_RAW_FORM | SCEIPMI_PACKET_SAME_PROCESS;
    struct record_section info;
    struct sceipmi_packet again;
    proto_item *item;

    if (record_section(view->context, IPCTAP_IPMI_PACKET_INFO, 0, &info))
        add_structure(view, &info, NUMBER.packet_info, sceipmi_packet_info());
    if (!view->has_packet)
        return;
    item = proto_tree_add_item(view->tree, NUMBER.packet, section->tvb, 0, -1, ENC_NA);
    proto_item_set_generated(proto_tree_add_uint(view->tree, NUMBER.packet_type, section->tvb, 0, 0,
                                                 view->packet.type & ~modifiers));
    if (view->packet.layout)
        add_packet_body(view, proto_item_add_subtree(item, sceipmi_subtree.packet));
    sceipmi_packet_decode(view->packet.type, section->view.bytes, section->view.captured_size,
                          &again, &findings);
    plugin_add_findings(view->context->pinfo, view->tree, section->tvb, &findings);
}

/* ---- Everything else that a record may carry ---- */

static void add_scalar(const struct sceipmi_view *view, const struct ipctap_section *view_of)
{
    struct record_section section;
    uint64_t value;
    proto_item *item;

    if (!record_section(view->context, IPCTAP_IPMI_SCALAR, view_of->index, &section))
        return;
    if (!sceipmi_scalar(view, view_of->index, &value)) {
        proto_tree_add_item(view->tree, NUMBER.scalar, section.tvb, 0, -1, ENC_NA);
        return;
    }
    item = sceipmi_add_scalar(view->tree, section.tvb, view_of->index, value);
    if (view_of->index == IPCTAP_SCALAR_RESULT || view_of->index == IPCTAP_SCALAR_STATUS)
        explain_result(item, ORBIS_LAYER_METHOD, (uint32_t)value);
    if (section.view.address)
        proto_item_append_text(item, " at 0x%" PRIx64, section.view.address);
    if (view_of->index >= IPCTAP_SCALAR_OTHER)
        proto_item_append_text(item, ", pointer at offset 0x%x of the block",
                               view_of->index - IPCTAP_SCALAR_OTHER);
}

static void add_scalars(const struct sceipmi_view *view)
{
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section section;

    while (ipctap_section_next(view->context->record, &iterator, &section, NULL)) {
        if (section.type == IPCTAP_IPMI_SCALAR)
            add_scalar(view, &section);
    }
}

void sceipmi_add_others(const struct sceipmi_view *view)
{
    struct record_section message;

    add_name(view);
    add_config(view);
    record_add_contents(view->context, view->tree, NUMBER.user_data, IPCTAP_IPMI_USER_DATA, 0);
    if (sceipmi_message(view, &message))
        record_add_contents(view->context, view->tree, NUMBER.message, IPCTAP_IPMI_MESSAGE,
                            message.view.index);
    add_scalars(view);
}
