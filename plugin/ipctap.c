/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ipctap.c
 * A record on its way: what is remembered of it, its header, call and ends, its sections, then the
 * dissector of its kind. docs/capture-format.md is the text that this follows.
 */
#include "ipctap.h"
#include "arguments.h"
#include "keep.h"
#include "kinds.h"
#include "known_command.h"
#include "memo.h"
#include "names.h"
#include "tap.h"

static int proto_ipctap = -1;
static gint ett_ipctap = -1;
static expert_field ei_no_record = EI_INIT;
static expert_field ei_names = EI_INIT;
static expert_field ei_names_note = EI_INIT;

/* ---- Memo: what the first pass leaves for all others ---- */

/* First pass: what is known before the dissector of the kind adds to it. */
static void begin_memo(struct call_context *context)
{
    names_see_record(context->memo);
    state_learn_firmware(context);
    ipctap_learn_ends(context);
    call_join(context);
}

static void find_memo(struct call_context *context, struct record_target *learnt)
{
    context->memo = memo_of_record(context, &context->first_pass);
    context->target = context->memo->target;
    if (!context->first_pass)
        return;
    *learnt = (struct record_target){.process = NULL};
    context->learnt = learnt;
    context->target = learnt;
    context->source = state_source(context);
    context->process = state_process(context, context->header->pid);
    begin_memo(context);
}

static void keep_target(const struct call_context *context)
{
    if (context->first_pass)
        context->memo->target = state_target(context, context->learnt);
}

/* ---- Results in words ---- */

static int format_result(const struct call_context *context, uint32_t result, char *text,
                         size_t size)
{
    switch (context->header->platform) {
    case IPCTAP_HORIZON:
        return horizon_result_format(result, text, size);
    case IPCTAP_CTR:
        return ctr_result_format(result, text, size);
    case IPCTAP_ORBIS:
    case IPCTAP_PROSPERO:
        return orbis_result_format(ORBIS_LAYER_MANAGER, result, text, size);
    default:
        return g_snprintf(text, (gulong)size, result ? "0x%x" : "ok", result);
    }
}

void call_add_result(struct text *text, const struct call_context *context, uint32_t result)
{
    size_t size;
    char *room = text_room(text, &size);

    if (result == 0) /* "ok" on all of them, and nearly always. */
        text_add(text, "ok");
    else
        text_took(text, format_result(context, result, room, size));
}

const char *call_result_text(const struct call_context *context, uint32_t result)
{
    char text[128];

    if (result == 0)
        return "ok";
    format_result(context, result, text, sizeof text);
    return wmem_strdup(context->pinfo->pool, text);
}

/* ---- Record ---- */

/* ReplyAndReceive carries a message: the reply when it is entered, the next request when it
 * returns. */
static void dissect_carried_message(const struct call_context *context, proto_tree *top)
{
    bool is_horizon = context->header->platform == IPCTAP_HORIZON;
    struct ipctap_section section;

    if (!is_horizon && context->header->platform != IPCTAP_CTR)
        return;
    if (!record_find(context, IPCTAP_MESSAGE, 0, &section))
        return;
    plugin_info(context, "; ");
    kinds_dissect(context, is_horizon ? IPCTAP_HIPC_MESSAGE : IPCTAP_CTR_COMMAND, top);
}

static void dissect_kind(const struct call_context *context, proto_tree *top)
{
    const char *kind = ipctap_kind_name(context->header->kind);

    if (context->header->kind == IPCTAP_KERNEL_CALL) {
        ipctap_dissect_kernel_call(context);
        dissect_carried_message(context, top);
    } else if (context->header->kind == IPCTAP_NOTE)
        ipctap_dissect_note(context);
    else if (!kinds_dissect(context, context->header->kind, top))
        plugin_info(context, "%s", kind ? kind : "Record of an unknown kind");
}

/* The user's own mistakes are told once, at the capture's first record. */
static void add_names_errors(const struct call_context *context)
{
    const char *text;

    if (!names_told_at(context->memo))
        return;
    for (unsigned int n = 0; (text = names_error(n)); n++)
        expert_add_info_format(context->pinfo, context->item, &ei_names, "%s", text);
    for (unsigned int n = 0; (text = names_note(n)); n++)
        expert_add_info_format(context->pinfo, context->item, &ei_names_note, "%s", text);
}

static PLUGIN_APART void add_record(const struct call_context *context,
                                    struct ipcshark_findings *findings)
{
    ipctap_describe(context);
    add_names_errors(context);
    ipctap_add_header(context, context->tree);
    ipctap_add_sections(context, context->tree, findings);
    ipctap_add_process(context);
    ipctap_add_call(context);
    ipctap_record_check(context->record, findings);
    plugin_add_findings(context->pinfo, context->tree, context->tvb, findings);
}

/* Whoever only counts frames gets no tree, no columns and no tap: then all that matters is what the
 * records behind this one need to know. */
static bool is_shown(const struct call_context *context)
{
    return context->wants_trees || context->tap || context->info;
}

/* "The producer has no such function and made up the reply." "A record may also be cut by a snap
 * length: a reader shows what is there and says "N of M bytes"." */
static void info_flags(const struct call_context *context)
{
    const struct ipctap_record *record = context->record;

    if (record->header.flags & IPCTAP_UNIMPLEMENTED)
        plugin_info(context, " [unimplemented]");
    if (record->length < record->header.record_size)
        plugin_info(context, " [truncated: %zu of %u bytes]", record->length,
                    record->header.record_size);
    else if (record->header.flags & IPCTAP_TRUNCATED)
        plugin_info(context, " [truncated]");
}

/* Behind what the kind's dissector added. */
static PLUGIN_APART void add_end(const struct call_context *context)
{
    ipctap_add_ends(context);
    call_names_add(context);
    ipctap_judge_call(context);
}

static void dissect_decoded(struct call_context *context, proto_tree *top,
                            struct ipcshark_findings *findings)
{
    struct call_names names = {0};
    struct record_target learnt;
    struct ipctap_section_index sections;

    ipctap_section_index_fill(context->record, &sections);
    context->sections = &sections;
    find_memo(context, &learnt);
    tap_begin(context);
    context->names = context->wants_trees ? &names : NULL;
    context->is_shown = is_shown(context);
    if (context->first_pass && context->header->kind == IPCTAP_KERNEL_CALL)
        ipctap_track_kernel_call(context); /* Its sections' trees name handles. */
    if (context->wants_trees)
        add_record(context, findings);
    if (context->first_pass || context->is_shown)
        dissect_kind(context, top);
    keep_target(context);
    info_flags(context);
    if (context->wants_trees)
        add_end(context);
    ipctap_set_ends(context);
    conversations_mark(context);
    tap_end(context);
}

/* A capture may cut the header off, miss a record's start, or the bytes were never one. */
static const char *refusal(packet_info *pinfo, const uint8_t *bytes, uint32_t length)
{
    size_t size;

    if (ipctap_stream_next(bytes, length, &size, NULL) == IPCTAP_STREAM_NEED_MORE)
        return wmem_strdup_printf(pinfo->pool, "Record cut off: %u of the %u bytes of its header",
                                  length, IPCTAP_HEADER_SIZE);
    return wmem_strdup_printf(pinfo->pool,
                              "Not an ipctap record, or its start is missing: %u bytes", length);
}

static PLUGIN_APART int refuse(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
                               proto_item *item, const struct ipcshark_findings *findings)
{
    uint32_t length = tvb_captured_length(tvb);
    const char *text = refusal(pinfo, tvb_get_ptr(tvb, 0, (int)length), length);

    col_append_str(pinfo->cinfo, COL_INFO, text);
    expert_add_info_format(pinfo, item, &ei_no_record, "%s", text);
    plugin_add_findings(pinfo, tree, tvb, findings);
    return (int)length;
}

/* The Info column points here until the next packet is dissected, as long as nobody adds to it:
 * Wireshark copies texts byte by byte. */
static struct text shown;

static int dissect_one_record(tvbuff_t *tvb, packet_info *pinfo, proto_tree *top, uint64_t scope,
                              bool is_alone, enum plugin_wanted is_wanted)
{
    struct ipcshark_findings findings;
    struct ipctap_record record;
    struct text own;
    uint32_t length = tvb_captured_length(tvb);
    proto_tree *wanted = is_wanted == WANTED_TREE ? top : NULL;
    proto_item *item = top ? proto_tree_add_item(top, proto_ipctap, tvb, 0, (int)length, ENC_NA)
                           : NULL; /* Else no layer. */
    struct call_context context = {
        .record = &record,
        .header = &record.header,
        .tvb = tvb,
        .pinfo = pinfo,
        .item = item,
        .tree = wanted ? proto_item_add_subtree(item, ett_ipctap) : NULL,
        .layers = wanted ? NULL : top,
        .scope = scope,
        .is_alone = is_alone,
        .wants_trees = is_wanted != WANTED_NOTHING,
    };

    findings_begin(&findings);
    if (!is_alone)
        plugin_next_info(pinfo);
    if (!ipctap_record_decode(tvb_get_ptr(tvb, 0, (int)length), length, &record, &findings))
        return refuse(tvb, pinfo, context.tree, item, &findings);
    if (item && record.length < length)
        proto_item_set_len(item, (int)record.length);
    if (pinfo->cinfo && col_get_writable(pinfo->cinfo, COL_INFO))
        context.info = is_alone ? &shown : &own;
    if (context.info)
        text_begin(context.info);
    dissect_decoded(&context, wanted, &findings);
    plugin_flush_info(&context);
    return (int)record.length;
}

int ipctap_dissect_record(tvbuff_t *tvb, packet_info *pinfo, proto_tree *top, uint64_t scope)
{
    return dissect_one_record(tvb, pinfo, top, scope, false, plugin_wanted(pinfo, top));
}

/* ---- In capture files ---- */

uint64_t ipctap_packet_scope(const packet_info *pinfo)
{
    const wtap_rec *rec = pinfo->rec;
    uint64_t section = 0, interface_id = 0;

    if (rec->presence_flags & WTAP_HAS_SECTION_NUMBER)
        section = rec->section_number;
    if (rec->rec_type == REC_TYPE_PACKET && rec->presence_flags & WTAP_HAS_INTERFACE_ID)
        interface_id = rec->rec_header.packet_header.interface_id;
    return (section & 0x7FFFFFFF) << 32 | interface_id;
}

#define SHORT_NAME "IPCTAP"

static int dissect_packet(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    const enum plugin_wanted *is_wanted = (const enum plugin_wanted *)data;

    if (pinfo->cinfo) {
        col_set_str(pinfo->cinfo, COL_PROTOCOL, SHORT_NAME);
        col_clear(pinfo->cinfo, COL_INFO);
    }
    return dissect_one_record(tvb, pinfo, tree, ipctap_packet_scope(pinfo), true, *is_wanted);
}

/*
 * What is found by its name in the tags of a packet belongs to no protocol for Wireshark, so that
 * it is not entered into the packet's list of layers, which takes as long as a fifth of all that we
 * do for the packet. Where somebody may read that list, it goes through a handle that is the
 * protocol's.
 */
static dissector_handle_t layer_handle;
static bool is_enabled;

static void look_for_disabled(void)
{
    is_enabled = proto_is_protocol_enabled(find_protocol_by_id(proto_ipctap));
}

static int dissect_named(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
    enum plugin_wanted is_wanted = plugin_wanted(pinfo, tree);

    if (is_wanted != WANTED_NOTHING)
        return call_dissector_only(layer_handle, tvb, pinfo, tree, &is_wanted);
    if (!is_enabled)
        return 0;
    pinfo->current_proto = SHORT_NAME; /* For the text of an exception. */
    return dissect_packet(tvb, pinfo, tree, &is_wanted);
}

/* ---- Registration ---- */

static void register_fields(void)
{
    static gint *trees[] = {&ett_ipctap};

    proto_register_subtree_array(trees, array_length(trees));
    ipctap_header_register(proto_ipctap);
    ipctap_ends_register(proto_ipctap);
    ipctap_section_register(proto_ipctap);
    wiki_register(proto_ipctap);
    ipctap_kernel_register(proto_ipctap);
    handles_register(proto_ipctap);
    call_names_register(proto_ipctap);
}

static void register_experts(expert_module_t *expert)
{
    static ei_register_info experts[] = {
        {&ei_no_record,
         {"ipctap.no_record", PI_UNDECODED, PI_WARN, "These bytes are no ipctap record.", EXPFILL}},
        {&ei_names,
         {"ipctap.names_file", PI_UNDECODED, PI_WARN, "A file with names cannot be used.",
          EXPFILL}},
        {&ei_names_note,
         {"ipctap.names_type", PI_UNDECODED, PI_NOTE, "A file uses a type that nobody defines.",
          EXPFILL}},
    };

    expert_register_field_array(expert, experts, array_length(experts));
}

static void register_preferences(module_t *module)
{
    names_register(module);
    findings_register_preferences(module);
    user_packets_register(module);
    arguments_register_preferences(module);
    decode_as_register(proto_ipctap, module);
}

void ipctap_register(void)
{
    expert_module_t *expert;
    module_t *module;

    proto_ipctap = proto_register_protocol("Console IPC record", SHORT_NAME, "ipctap");
    expert = expert_register_protocol(proto_ipctap);
    module = prefs_register_protocol(proto_ipctap, NULL);
    kinds_register(proto_ipctap);
    layer_handle = create_dissector_handle(dissect_packet, proto_ipctap);
    register_dissector_with_description("ipctap", SHORT_NAME, dissect_named, -1);
    register_init_routine(look_for_disabled);
    register_fields();
    register_experts(expert);
    ipctap_call_register(proto_ipctap, expert, module);
    register_preferences(module);
    ipctap_stream_register(proto_ipctap);
    keep_register();
    known_command_register();
    memo_register(proto_ipctap);
    state_register();
    call_register();
    session_register();
}

void ipctap_handoff(void)
{
    ipctap_stream_handoff(proto_ipctap);
    decode_as_handoff();
    user_packets_handoff(proto_ipctap);
}
