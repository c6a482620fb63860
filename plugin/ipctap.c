/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ipctap.c
 * The record: its header, its place in a call, its endpoints; then its sections, then the dissector
 * of its kind. docs/capture-format.md is the text that this follows.
 */
#include "ipctap.h"
#include "arguments.h"
#include "keep.h"
#include "kinds.h"
#include "known_command.h"
#include "memo.h"
#include "names.h"
#include "tap.h"

#include <epan/address.h>

static int proto_ipctap = -1;
static int hf_magic = -1;
static int hf_version = -1;
static int hf_platform = -1;
static int hf_kind = -1;
static int hf_phase = -1;
static int hf_header_size = -1;
static int hf_flags = -1;
static int hf_flag[9] = {-1, -1, -1, -1, -1, -1, -1, -1, -1};
static int hf_record_size = -1;
static int hf_timestamp = -1;
static int hf_call_id = -1;
static int hf_pid = -1;
static int hf_tid = -1;
static int hf_program_id = -1;
static int hf_object = -1;
static int hf_result = -1;
static int hf_peer_pid = -1;
static int hf_clock = -1;
static int hf_reserved = -1;
static int hf_source = -1;
static int hf_extra = -1;
static int hf_process = -1;
static int hf_peer = -1;
static int hf_response_in = -1;
static int hf_response_to = -1;
static int hf_time = -1;
static int hf_same_call = -1;
static int hf_stream = -1;
static int hf_src = -1;
static int hf_dst = -1;
static int hf_endpoint = -1;
static gint ett_ipctap = -1;
static gint ett_flags = -1;
static expert_field ei_unanswered = EI_INIT;
static expert_field ei_no_record = EI_INIT;
static expert_field ei_slow = EI_INIT;
static expert_field ei_disorder = EI_INIT;
static expert_field ei_names = EI_INIT;
static expert_field ei_names_note = EI_INIT;

static unsigned int slow_milliseconds = 100;

static dissector_handle_t ipctap_handle;

/* ---- Header ---- */

static int *const flag_fields[] = {
    &hf_flag[0], &hf_flag[1], &hf_flag[2], &hf_flag[3], &hf_flag[4],
    &hf_flag[5], &hf_flag[6], &hf_flag[7], &hf_flag[8], NULL,
};

static void add_header(const struct call_context *context, proto_tree *tree)
{
    int end = MIN(context->header->header_size, (int)tvb_captured_length(context->tvb));
    const struct {
        int hf;
        int offset;
        int size;
    } field[] = {
        {hf_magic, 0, 4},
        {hf_version, 4, 1},
        {hf_platform, 5, 1},
        {hf_kind, 6, 1},
        {hf_phase, 7, 1},
        {hf_header_size, 8, 2},
        {-1, 10, 2},
        {hf_record_size, 12, 4},
        {hf_timestamp, 16, 8},
        {hf_call_id, 24, 8},
        {hf_pid, 32, 4},
        {hf_tid, 36, 4},
        {hf_program_id, 40, 8},
        {hf_object, 48, 4},
        {hf_result, 52, 4},
        {hf_peer_pid, 56, 4},
        {hf_clock, 60, 1},
        {hf_reserved, 61, 1},
        {hf_source, 62, 2},
    };

    for (size_t n = 0; n < array_length(field); n++) {
        if (field[n].hf == -1)
            proto_tree_add_bitmask(tree, context->tvb, field[n].offset, hf_flags, ett_flags,
                                   flag_fields, ENC_LITTLE_ENDIAN);
        else
            proto_tree_add_item(tree, field[n].hf, context->tvb, field[n].offset, field[n].size,
                                ENC_LITTLE_ENDIAN);
    }
    if (end > IPCTAP_HEADER_SIZE)
        proto_tree_add_item(tree, hf_extra, context->tvb, IPCTAP_HEADER_SIZE,
                            end - IPCTAP_HEADER_SIZE, ENC_NA);
}

static void describe_record(const struct call_context *context)
{
    const struct ipctap_header *header = context->header;
    const char *kind = ipctap_kind_name(header->kind);
    const char *phase = ipctap_phase_name(header->phase);

    proto_item_append_text(context->item, ", %s, %s, pid %s", kind ? kind : "unknown kind",
                           phase ? phase : "unknown phase",
                           plugin_pid_text(context->pinfo->pool, header->pid));
    if (context->record->length < header->record_size)
        proto_item_append_text(context->item, ", %zu of %u bytes", context->record->length,
                               header->record_size);
}

/* ---- Call ---- */

static void add_frame(const struct call_context *context, int hf, uint32_t frame)
{
    if (frame && frame != context->pinfo->num)
        proto_item_set_generated(proto_tree_add_uint(context->tree, hf, context->tvb, 0, 0, frame));
}

static void add_time(const struct call_context *context, const struct call_exchange *exchange)
{
    nstime_t duration = call_duration(exchange);

    proto_item_set_generated(
        proto_tree_add_time(context->tree, hf_time, context->tvb, 0, 0, &duration));
}

/* Kernel calls wait for something as often as not. What client and server tell of is told once. */
static bool may_be_slow(const struct call_context *context, const struct call_exchange *exchange)
{
    bool is_message = context->header->kind != IPCTAP_KERNEL_CALL;

    return slow_milliseconds && is_message && !context->memo->waits &&
           !(exchange->is_server && exchange->peer);
}

static void add_slow(const struct call_context *context, const struct call_exchange *exchange)
{
    nstime_t duration = call_duration(exchange);
    double milliseconds = nstime_to_msec(&duration);

    if (may_be_slow(context, exchange) && milliseconds >= slow_milliseconds)
        expert_add_info_format(context->pinfo, context->item, &ei_slow,
                               "This call took %.3f ms; the limit is %u ms.", milliseconds,
                               slow_milliseconds);
}

/* Whether an answer is missing can be said only when everything has been seen once. A server that
 * closes the session instead of answering writes no reply, and the client sees its call end. */
static void add_unanswered(const struct call_context *context, const struct call_exchange *exchange)
{
    bool peer_ended = exchange->peer && exchange->peer->exit_frame;

    if (!context->first_pass && !exchange->exit_frame && !exchange->no_exit && !peer_ended)
        expert_add_info(context->pinfo, context->item, &ei_unanswered);
}

/* Names are learned in the order of the records. */
static void add_disorder(const struct call_context *context, const struct call_exchange *exchange)
{
    if (exchange->exit_was_early)
        expert_add_info(context->pinfo, context->item, &ei_disorder);
}

/* Before the message itself, for scripts that are called with it. */
static void add_call(const struct call_context *context)
{
    const struct call_exchange *exchange = context->memo->exchange;
    const struct call_exchange *peer;

    if (!exchange)
        return;
    peer = exchange->peer;
    if (call_is_enter(context)) {
        add_frame(context, hf_response_in, exchange->exit_frame);
        add_frame(context, hf_same_call, peer ? peer->enter_frame : 0);
    } else {
        add_frame(context, hf_response_to, exchange->enter_frame);
        if (exchange->enter_frame)
            add_time(context, exchange);
        add_frame(context, hf_same_call, peer ? peer->exit_frame : 0);
    }
}

/* Whether it waits for something is known behind the message. */
static void judge_call(const struct call_context *context)
{
    const struct call_exchange *exchange = context->memo->exchange;

    if (!exchange)
        return;
    if (call_is_enter(context)) {
        add_disorder(context, exchange);
        add_unanswered(context, exchange);
    } else if (exchange->enter_frame) {
        add_slow(context, exchange);
    }
}

/* ---- Memo: what the first pass leaves for all others ---- */

static void note_process_names(const struct call_context *context)
{
    const uint32_t pids[2] = {context->header->pid, context->header->peer_pid};
    struct ipctap_section section;

    for (uint16_t n = 0; n < 2; n++) {
        if (pids[n] < IPCTAP_NO_PEER && record_find(context, IPCTAP_PROCESS_NAME, n, &section) &&
            record_is_whole(&section))
            state_name_process(context, pids[n], &section);
    }
}

const char *plugin_pid_text(wmem_allocator_t *pool, uint32_t pid)
{
    if (pid == IPCTAP_UNKNOWN_ID)
        return "unknown";
    if (pid == IPCTAP_NO_PEER)
        return "none";
    return wmem_strdup_printf(pool, "%u", pid);
}

static const char *make_process_text(const char *name, uint32_t pid)
{
    struct text text;

    if (pid == IPCTAP_UNKNOWN_ID)
        return name ? name : "unknown process";
    if (pid == IPCTAP_NO_PEER)
        return "emulator";
    text_begin(&text);
    text_add(&text, name);
    text_add(&text, name ? " (pid " : "pid ");
    text_add_unsigned(&text, pid);
    text_add(&text, name ? ")" : NULL);
    return keep_unique(text_end(&text));
}

static const char *process_text(const struct call_context *context, uint32_t pid)
{
    struct process_state *process = state_process(context, pid);

    if (!process->text)
        process->text = make_process_text(process->name, pid);
    return process->text;
}

/* Who speaks in a note of no process is its producer. */
static const char *own_text(const struct call_context *context)
{
    const char *producer = record_text(context, IPCTAP_PRODUCER, 0);

    if (context->header->pid == IPCTAP_UNKNOWN_ID && context->header->kind == IPCTAP_NOTE &&
        producer)
        return keep_unique(producer);
    return process_text(context, context->header->pid);
}

static const char *peer_text(const struct call_context *context)
{
    switch (context->header->kind) {
    case IPCTAP_KERNEL_CALL:
        return "kernel";
    case IPCTAP_NOTE:
        return "note";
    default:
        return process_text(context, context->header->peer_pid);
    }
}

/* First pass: what is known before the dissector of the kind adds to it. */
static void begin_memo(struct call_context *context)
{
    names_see_record(context->memo);
    state_learn_firmware(context);
    note_process_names(context);
    context->learnt->process = own_text(context);
    context->learnt->peer = peer_text(context);
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
    begin_memo(context);
}

static void keep_target(const struct call_context *context)
{
    if (context->first_pass)
        context->memo->target = state_target(context, context->learnt);
}

void call_set_peer(const struct call_context *context, const char *peer)
{
    if (context->learnt && peer)
        context->learnt->peer = peer;
}

/* ---- Endpoints ---- */

/* A request goes from the client to the server, seen from either side. */
static bool is_outbound(const struct call_context *context)
{
    return call_is_exit(context) == call_is_server(context);
}

/* The texts live as long as the file. */
static void set_endpoint(address *target, const char *text)
{
    set_address(target, AT_STRINGZ, (int)strlen(text) + 1, text);
}

/* Follow Stream takes port 0 for "none yet", so both ports are never 0. */
static uint32_t port_of(uint32_t pid)
{
    return pid < IPCTAP_NO_PEER && pid != 0 ? pid : 1;
}

/* On a TCP connection the addresses are the connection's: reassembly still needs them. */
static void set_endpoints(const struct call_context *context)
{
    packet_info *pinfo = context->pinfo;
    bool outbound = is_outbound(context);
    uint32_t own = port_of(context->header->pid), other = port_of(context->header->peer_pid);

    if (call_is_streamed(context))
        return;
    set_endpoint(outbound ? &pinfo->src : &pinfo->dst, context->target->process);
    set_endpoint(outbound ? &pinfo->dst : &pinfo->src, context->target->peer);
    pinfo->srcport = outbound ? own : other;
    pinfo->destport = outbound ? other : own;
    pinfo->p2p_dir = outbound ? P2P_DIR_SENT : P2P_DIR_RECV;
}

static void add_hidden(const struct call_context *context, int hf, const char *text)
{
    proto_item_set_hidden(proto_tree_add_string(context->tree, hf, context->tvb, 0, 0, text));
}

/* The hidden ones are what conversation and endpoint tables filter by. */
static void add_endpoints(const struct call_context *context)
{
    const struct record_target *target = context->target;
    bool outbound = is_outbound(context);

    plugin_add_generated_string(context->tree, hf_peer, context->tvb, target->peer);
    add_hidden(context, hf_src, outbound ? target->process : target->peer);
    add_hidden(context, hf_dst, outbound ? target->peer : target->process);
    add_hidden(context, hf_endpoint, target->process);
    add_hidden(context, hf_endpoint, target->peer);
    if (target->session)
        plugin_add_generated_uint(context->tree, hf_stream, context->tvb, target->session->stream);
}

/* ---- Record ---- */

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

static void add_record(const struct call_context *context, struct ipcshark_findings *findings)
{
    describe_record(context);
    add_names_errors(context);
    add_header(context, context->tree);
    ipctap_add_sections(context, context->tree, findings);
    plugin_add_generated_string(context->tree, hf_process, context->tvb, context->target->process);
    add_call(context);
    ipctap_record_check(context->record, findings);
    plugin_add_findings(context->pinfo, context->tree, context->tvb, findings);
}

/* Whoever only counts frames gets no tree, no columns and no tap: then all that matters is what the
 * records behind this one need to know. */
static bool is_shown(const struct call_context *context)
{
    return context->wants_trees || context->tap || context->info;
}

/* "A record may also be cut by a snap length: a reader shows what is there and says "N of M bytes"." */
static void info_truncation(const struct call_context *context)
{
    const struct ipctap_record *record = context->record;

    if (record->length < record->header.record_size)
        plugin_info(context, " [truncated: %zu of %u bytes]", record->length,
                    record->header.record_size);
    else if (record->header.flags & IPCTAP_TRUNCATED)
        plugin_info(context, " [truncated]");
}

static void dissect_decoded(struct call_context *context, proto_tree *top,
                            struct ipcshark_findings *findings)
{
    struct call_names names = {NULL, NULL, NULL, NULL};
    struct record_target learnt;
    struct record_index sections;

    record_index_fill(&sections, context->record);
    context->sections = &sections;
    find_memo(context, &learnt);
    tap_begin(context);
    context->wants_trees = context->tree || plugin_wants_experts() || plugin_has_subdissectors();
    context->names = context->wants_trees ? &names : NULL;
    context->is_shown = is_shown(context);
    if (context->first_pass && context->header->kind == IPCTAP_KERNEL_CALL)
        ipctap_track_kernel_call(context); /* Its sections' trees name handles. */
    if (context->wants_trees)
        add_record(context, findings);
    if (context->first_pass || context->is_shown)
        dissect_kind(context, top);
    keep_target(context);
    info_truncation(context);
    if (context->wants_trees) {
        add_endpoints(context);
        call_names_add(context);
        judge_call(context);
    }
    set_endpoints(context);
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

static int refuse(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, proto_item *item,
                  const struct ipcshark_findings *findings)
{
    uint32_t length = tvb_captured_length(tvb);
    const char *text = refusal(pinfo, tvb_get_ptr(tvb, 0, (int)length), length);

    col_append_str(pinfo->cinfo, COL_INFO, text);
    expert_add_info_format(pinfo, item, &ei_no_record, "%s", text);
    plugin_add_findings(pinfo, tree, tvb, findings);
    return (int)length;
}

static int dissect_one_record(tvbuff_t *tvb, packet_info *pinfo, proto_tree *top, uint64_t scope,
                              bool is_alone)
{
    struct ipcshark_findings findings;
    struct ipctap_record record;
    struct text info;
    uint32_t length = tvb_captured_length(tvb);
    proto_tree *wanted = plugin_wants_tree(pinfo, top) ? top : NULL;
    proto_item *item = top ? plugin_add_all(top, proto_ipctap, tvb) : NULL; /* Else no layer. */
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
    };

    findings_begin(&findings);
    if (!is_alone)
        plugin_next_info(pinfo);
    if (!ipctap_record_decode(tvb_get_ptr(tvb, 0, (int)length), length, &record, &findings))
        return refuse(tvb, pinfo, context.tree, item, &findings);
    if (item)
        proto_item_set_len(item, (int)record.length);
    if (col_get_writable(pinfo->cinfo, COL_INFO))
        context.info = &info;
    text_begin(&info);
    dissect_decoded(&context, wanted, &findings);
    plugin_flush_info(&context);
    return (int)record.length;
}

int ipctap_dissect_record(tvbuff_t *tvb, packet_info *pinfo, proto_tree *top, uint64_t scope)
{
    return dissect_one_record(tvb, pinfo, top, scope, false);
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

static int dissect_packet(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
    col_set_str(pinfo->cinfo, COL_PROTOCOL, "IPCTAP");
    col_clear(pinfo->cinfo, COL_INFO);
    return dissect_one_record(tvb, pinfo, tree, ipctap_packet_scope(pinfo), true);
}

/* ---- Registration ---- */

static const char *platform_name(uint32_t number)
{
    return ipctap_platform_name((uint8_t)number);
}

static const char *kind_name(uint32_t number)
{
    return ipctap_kind_name((uint8_t)number);
}

static const char *phase_name(uint32_t number)
{
    return ipctap_phase_name((uint8_t)number);
}

static const value_string clock_names[] = {
    {IPCTAP_CLOCK_UNIX, "Unix"},
    {IPCTAP_CLOCK_MONOTONIC, "Monotonic since boot"},
    {IPCTAP_CLOCK_UNKNOWN, "Unknown base"},
    {0, NULL},
};

static const value_string special_ids[] = {
    {IPCTAP_NO_PEER, "none"},
    {IPCTAP_UNKNOWN_ID, "unknown"},
    {0, NULL},
};

static hf_register_info header_fields[] = {
    {&hf_platform, {"Platform", "ipctap.platform", FT_UINT8, BASE_DEC, NULL, 0, NULL, HFILL}},
    {&hf_kind, {"Kind", "ipctap.kind", FT_UINT8, BASE_DEC, NULL, 0, NULL, HFILL}},
    {&hf_phase, {"Phase", "ipctap.phase", FT_UINT8, BASE_DEC, NULL, 0, NULL, HFILL}},
    {&hf_magic, {"Magic", "ipctap.magic", FT_UINT32, BASE_HEX, NULL, 0, NULL, HFILL}},
    {&hf_version, {"Version", "ipctap.version", FT_UINT8, BASE_DEC, NULL, 0, NULL, HFILL}},
    {&hf_header_size,
     {"Header size", "ipctap.header_size", FT_UINT16, BASE_DEC, NULL, 0, NULL, HFILL}},
    {&hf_flags, {"Flags", "ipctap.flags", FT_UINT16, BASE_HEX, NULL, 0, NULL, HFILL}},
    {&hf_record_size,
     {"Record size", "ipctap.record_size", FT_UINT32, BASE_DEC, NULL, 0, NULL, HFILL}},
    {&hf_timestamp,
     {"Time (ns)", "ipctap.timestamp", FT_UINT64, BASE_DEC, NULL, 0,
      "Nanoseconds on the clock named below", HFILL}},
    {&hf_call_id,
     {"Call id", "ipctap.call_id", FT_UINT64, BASE_DEC, NULL, 0, "Joins the records of one call",
      HFILL}},
    {&hf_pid,
     {"Process id", "ipctap.pid", FT_UINT32, BASE_DEC | BASE_SPECIAL_VALS, VALS(special_ids), 0,
      "Of the process whose side this is", HFILL}},
    {&hf_tid,
     {"Thread id", "ipctap.tid", FT_UINT32, BASE_DEC | BASE_SPECIAL_VALS, VALS(special_ids), 0,
      NULL, HFILL}},
    {&hf_program_id,
     {"Program id", "ipctap.program_id", FT_UINT64, BASE_HEX, NULL, 0,
      "Title, program or app id of the process", HFILL}},
    {&hf_object,
     {"Object", "ipctap.object", FT_UINT32, BASE_HEX, NULL, 0,
      "Handle or kid that the call goes through", HFILL}},
    {&hf_result,
     {"Result of the kernel call", "ipctap.result", FT_UINT32, BASE_HEX, NULL, 0, NULL, HFILL}},
    {&hf_peer_pid,
     {"Peer's process id", "ipctap.peer_pid", FT_UINT32, BASE_DEC | BASE_SPECIAL_VALS,
      VALS(special_ids), 0, NULL, HFILL}},
    {&hf_clock, {"Clock", "ipctap.clock", FT_UINT8, BASE_DEC, VALS(clock_names), 0, NULL, HFILL}},
    {&hf_reserved, {"Reserved", "ipctap.reserved", FT_UINT8, BASE_HEX, NULL, 0, NULL, HFILL}},
    {&hf_source,
     {"Source", "ipctap.source", FT_UINT16, BASE_HEX, NULL, 0,
      "Number of this run of the observed kernel", HFILL}},
    {&hf_extra,
     {"Header extension", "ipctap.header_extension", FT_BYTES, BASE_NONE, NULL, 0, NULL, HFILL}},
    {&hf_process,
     {"Process", "ipctap.process", FT_STRING, BASE_NONE, NULL, 0, "Whose side this is", HFILL}},
    {&hf_peer,
     {"Peer", "ipctap.peer", FT_STRING, BASE_NONE, NULL, 0, "Service or process at the other end",
      HFILL}},
    {&hf_response_in,
     {"Reply in", "ipctap.response_in", FT_FRAMENUM, BASE_NONE, FRAMENUM_TYPE(FT_FRAMENUM_RESPONSE),
      0, "The frame in which this call returns", HFILL}},
    {&hf_response_to,
     {"Reply to", "ipctap.response_to", FT_FRAMENUM, BASE_NONE, FRAMENUM_TYPE(FT_FRAMENUM_REQUEST),
      0, "The frame in which this call was made", HFILL}},
    {&hf_time,
     {"Time", "ipctap.time", FT_RELATIVE_TIME, BASE_NONE, NULL, 0, "From request to reply", HFILL}},
    {&hf_same_call,
     {"Same call, other side", "ipctap.same_call", FT_FRAMENUM, BASE_NONE,
      FRAMENUM_TYPE(FT_FRAMENUM_NONE), 0, "This message as the other process sees it", HFILL}},
    {&hf_stream,
     {"Stream", "ipctap.stream", FT_UINT32, BASE_DEC, NULL, 0,
      "Numbers what processes know as sessions, kids included, from 0; for Follow", HFILL}},
    {&hf_src,
     {"Source", "ipctap.src", FT_STRING, BASE_NONE, NULL, 0, "Process or service that speaks",
      HFILL}},
    {&hf_dst,
     {"Destination", "ipctap.dst", FT_STRING, BASE_NONE, NULL, 0,
      "Process or service that is spoken to", HFILL}},
    {&hf_endpoint,
     {"Endpoint", "ipctap.endpoint", FT_STRING, BASE_NONE, NULL, 0, "Source or destination",
      HFILL}},
};

#define FLAG(bit, label, name)                                                                     \
    {                                                                                              \
        &hf_flag[bit],                                                                             \
        {                                                                                          \
            label, "ipctap.flags." name, FT_BOOLEAN, 16, NULL, 1 << (bit), NULL, HFILL             \
        }                                                                                          \
    }

static hf_register_info flag_infos[] = {
    FLAG(0, "Truncated", "truncated"),         FLAG(1, "Unreadable", "unreadable"),
    FLAG(2, "Synthetic", "synthetic"),         FLAG(3, "Server's side", "server"),
    FLAG(4, "No exit will follow", "no_exit"), FLAG(5, "Result is valid", "result"),
    FLAG(6, "Unimplemented", "unimplemented"), FLAG(7, "Asynchronous", "async"),
    FLAG(8, "Domain session", "domain"),
};

static void register_fields(void)
{
    static gint *trees[] = {&ett_ipctap, &ett_flags};

    header_fields[0].hfinfo.strings = VALS(plugin_value_strings(platform_name, 256));
    header_fields[1].hfinfo.strings = VALS(plugin_value_strings(kind_name, 256));
    header_fields[2].hfinfo.strings = VALS(plugin_value_strings(phase_name, 256));
    proto_register_field_array(proto_ipctap, header_fields, array_length(header_fields));
    proto_register_field_array(proto_ipctap, flag_infos, array_length(flag_infos));
    proto_register_subtree_array(trees, array_length(trees));
    ipctap_section_register(proto_ipctap);
    wiki_register(proto_ipctap);
    ipctap_kernel_register(proto_ipctap);
    handles_register(proto_ipctap);
    call_names_register(proto_ipctap);
}

static void register_experts(void)
{
    static ei_register_info experts[] = {
        {&ei_unanswered,
         {"ipctap.unanswered", PI_SEQUENCE, PI_WARN, "This call does not return in this capture.",
          EXPFILL}},
        {&ei_no_record,
         {"ipctap.no_record", PI_UNDECODED, PI_WARN, "These bytes are no ipctap record.", EXPFILL}},
        {&ei_names,
         {"ipctap.names_file", PI_UNDECODED, PI_WARN, "A file with names cannot be used.",
          EXPFILL}},
        {&ei_names_note,
         {"ipctap.names_type", PI_UNDECODED, PI_NOTE, "A file uses a type that nobody defines.",
          EXPFILL}},
        {&ei_disorder,
         {"ipctap.out_of_order", PI_SEQUENCE, PI_WARN,
          "The reply stands before this request, and may lack names; reordercap puts records in "
          "order.",
          EXPFILL}},
        {&ei_slow,
         {"ipctap.slow", PI_SEQUENCE, PI_NOTE, "This call took longer than the preference allows.",
          EXPFILL}},
    };

    expert_register_field_array(expert_register_protocol(proto_ipctap), experts,
                                array_length(experts));
}

static void register_preferences(void)
{
    module_t *module = prefs_register_protocol(proto_ipctap, NULL);

    prefs_register_uint_preference(module, "slow_ms", "Slow calls from (ms)",
                                   "Calls that take this long or longer get an expert info; 0 for "
                                   "none. Calls that wait by their nature never do.",
                                   10, &slow_milliseconds);
    names_register(module);
    findings_register_preferences(module);
    user_packets_register(module);
    arguments_register_preferences(module);
    decode_as_register(proto_ipctap, module);
}

void ipctap_register(void)
{
    proto_ipctap = proto_register_protocol("Console IPC record", "IPCTAP", "ipctap");
    kinds_register(proto_ipctap);
    ipctap_handle = register_dissector("ipctap", dissect_packet, proto_ipctap);
    register_fields();
    register_experts();
    register_preferences();
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
    (void)ipctap_handle; /* Found by its name in the tags of a packet. */
}
