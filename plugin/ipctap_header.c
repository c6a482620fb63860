/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file ipctap_header.c The record's header, field by field (docs/capture-format.md, section
 *  1). */
#include "ipctap.h"

static int hf_platform = -1;
static int hf_kind = -1;
static int hf_phase = -1;
static int hf_magic = -1;
static int hf_version = -1;
static int hf_header_size = -1;
static int hf_flags = -1;
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
static int hf_flag[9] = {-1, -1, -1, -1, -1, -1, -1, -1, -1};
static gint ett_flags = -1;

static int *const flag_fields[] = {
    &hf_flag[0], &hf_flag[1], &hf_flag[2], &hf_flag[3], &hf_flag[4],
    &hf_flag[5], &hf_flag[6], &hf_flag[7], &hf_flag[8], NULL,
};

void ipctap_add_header(const struct call_context *context, proto_tree *tree)
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

const char *plugin_pid_text(wmem_allocator_t *pool, uint32_t pid)
{
    if (pid == IPCTAP_UNKNOWN_ID)
        return "unknown";
    if (pid == IPCTAP_NO_PEER)
        return "none";
    return wmem_strdup_printf(pool, "%u", pid);
}

void ipctap_describe(const struct call_context *context)
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

void ipctap_header_register(int protocol)
{
    static gint *trees[] = {&ett_flags};

    header_fields[0].hfinfo.strings = VALS(plugin_value_strings(platform_name, 256));
    header_fields[1].hfinfo.strings = VALS(plugin_value_strings(kind_name, 256));
    header_fields[2].hfinfo.strings = VALS(plugin_value_strings(phase_name, 256));
    proto_register_field_array(protocol, header_fields, array_length(header_fields));
    proto_register_field_array(protocol, flag_infos, array_length(flag_infos));
    proto_register_subtree_array(trees, array_length(trees));
}
