/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ipctap_section.c
 * The sections of a record: a header each, and what their bytes say where no dissector of a kind
 * reads them.
 */
#include "ipctap.h"

/* More handles than a kernel takes, or more names than a process may ask for, are left as bytes. */
#define MAX_ITEMS 1024

static int hf_section = -1;
static int hf_type = -1;
static int hf_index = -1;
static int hf_captured_size = -1;
static int hf_address = -1;
static int hf_declared_size = -1;
static int hf_data = -1;
static int hf_padding = -1;
static int hf_service = -1;
static int hf_interface = -1;
static int hf_function = -1;
static int hf_process_name = -1;
static int hf_thread_name = -1;
static int hf_producer = -1;
static int hf_firmware = -1;
static int hf_object_name = -1;
static int hf_comment = -1;
static int hf_source_text = -1;
static int hf_session = -1;
static int hf_cause = -1;
static int hf_monotonic = -1;
static int hf_unix = -1;
static int hf_dropped_records = -1;
static int hf_dropped_bytes = -1;
static int hf_handle = -1;
static int hf_access = -1;
static gint ett_section = -1;

static int text_field(uint16_t type)
{
    switch (type) {
    case IPCTAP_SERVICE:
        return hf_service;
    case IPCTAP_INTERFACE:
        return hf_interface;
    case IPCTAP_FUNCTION:
        return hf_function;
    case IPCTAP_PROCESS_NAME:
        return hf_process_name;
    case IPCTAP_THREAD_NAME:
        return hf_thread_name;
    case IPCTAP_PRODUCER:
        return hf_producer;
    case IPCTAP_FIRMWARE:
        return hf_firmware;
    case IPCTAP_OBJECT_NAME:
        return hf_object_name;
    case IPCTAP_SOURCE_TEXT:
        return hf_source_text;
    default:
        return hf_comment;
    }
}

static void add_text(const struct call_context *context, proto_tree *tree,
                     const struct record_section *section)
{
    const char *text =
        plugin_escape(context->pinfo->pool, section->view.bytes, section->view.captured_size);

    proto_tree_add_string(tree, text_field(section->view.type), section->tvb, 0,
                          (int)section->view.captured_size, text);
    proto_item_append_text(proto_tree_get_parent(tree), ": %s", text);
}

/* Up to two u64 at the start of a section, as far as they are there. */
static void add_u64(proto_tree *tree, const struct record_section *section, int hf, int second_hf)
{
    if (section->view.captured_size >= 8)
        proto_tree_add_item(tree, hf, section->tvb, 0, 8, ENC_LITTLE_ENDIAN);
    if (second_hf != -1 && section->view.captured_size >= 16)
        proto_tree_add_item(tree, second_hf, section->tvb, 8, 8, ENC_LITTLE_ENDIAN);
}

static void add_handles(const struct call_context *context, proto_tree *tree,
                        const struct record_section *section)
{
    uint32_t count = MIN(section->view.captured_size / 4, MAX_ITEMS);

    for (uint32_t n = 0; n < count; n++)
        handles_describe(
            context,
            proto_tree_add_item(tree, hf_handle, section->tvb, (int)(4 * n), 4, ENC_LITTLE_ENDIAN),
            section->tvb, tvb_get_letohl(section->tvb, (int)(4 * n)));
}

#define ACCESS_SIZE 8

static void add_access(proto_tree *tree, const struct record_section *section)
{
    uint32_t count = MIN(section->view.captured_size / ACCESS_SIZE, MAX_ITEMS);

    for (uint32_t n = 0; n < count; n++)
        proto_tree_add_item(tree, hf_access, section->tvb, (int)(n * ACCESS_SIZE), ACCESS_SIZE,
                            ENC_ASCII | ENC_NA);
}

static void add_bytes(proto_tree *tree, const struct record_section *section)
{
    if (section->view.captured_size)
        proto_tree_add_item(tree, hf_data, section->tvb, 0, -1, ENC_NA);
}

static void add_contents(const struct call_context *context, proto_tree *tree,
                         const struct record_section *section)
{
    if (ipctap_section_is_text(section->view.type)) {
        add_text(context, tree, section);
        return;
    }
    switch (section->view.type) {
    case IPCTAP_SESSION:
        add_u64(tree, section, hf_session, -1);
        break;
    case IPCTAP_CAUSE:
        add_u64(tree, section, hf_cause, -1);
        break;
    case IPCTAP_CLOCK_PAIR:
        add_u64(tree, section, hf_monotonic, hf_unix);
        break;
    case IPCTAP_DROPPED:
        add_u64(tree, section, hf_dropped_records, hf_dropped_bytes);
        break;
    case IPCTAP_HANDLES:
        add_handles(context, tree, section);
        break;
    case IPCTAP_SERVICE_ACCESS:
        add_access(tree, section);
        break;
    case IPCTAP_SECTION_KERNEL_CALL:
        ipctap_add_kernel_call(context, tree, section->tvb);
        break;
    default:
        add_bytes(tree, section);
    }
}

static void add_header(proto_tree *tree, tvbuff_t *tvb, const struct ipctap_section *section)
{
    int offset = (int)section->offset;

    proto_tree_add_item(tree, hf_type, tvb, offset, 2, ENC_LITTLE_ENDIAN);
    proto_tree_add_item(tree, hf_index, tvb, offset + 2, 2, ENC_LITTLE_ENDIAN);
    proto_tree_add_item(tree, hf_captured_size, tvb, offset + 4, 4, ENC_LITTLE_ENDIAN);
    proto_tree_add_item(tree, hf_address, tvb, offset + 8, 8, ENC_LITTLE_ENDIAN);
    proto_tree_add_item(tree, hf_declared_size, tvb, offset + 16, 8, ENC_LITTLE_ENDIAN);
}

/* How many padding bytes up to the next multiple of 8 lie within the record. */
static uint32_t padding_size(const struct call_context *context,
                             const struct ipctap_section *section)
{
    uint32_t end = section->offset + IPCTAP_SECTION_SIZE + section->captured_size;
    uint32_t left = tvb_captured_length(context->tvb) - end;

    return section->cut ? 0 : MIN((8 - section->captured_size % 8) % 8, left);
}

static void add_section(const struct call_context *context, proto_tree *tree,
                        const struct ipctap_section *view)
{
    struct record_section section = {.view = *view};
    uint32_t start = view->offset + IPCTAP_SECTION_SIZE;
    uint32_t padding = padding_size(context, view);
    const char *name = ipctap_section_name(view->type);
    proto_item *item;
    proto_tree *subtree;

    section.tvb = record_section_bytes(context->tvb, view);
    item = proto_tree_add_none_format(
        tree, hf_section, context->tvb, (int)view->offset,
        (int)(IPCTAP_SECTION_SIZE + view->captured_size + padding), "%s [%u], %u bytes",
        name ? name : wmem_strdup_printf(context->pinfo->pool, "Section 0x%04x", view->type),
        view->index, view->captured_size);
    if (view->captured_size < view->declared_size)
        proto_item_append_text(item, " of %" PRIu64, view->declared_size);
    subtree = proto_item_add_subtree(item, ett_section);
    add_header(subtree, context->tvb, view);
    add_contents(context, subtree, &section);
    if (padding)
        proto_tree_add_item(subtree, hf_padding, context->tvb, (int)(start + view->captured_size),
                            (int)padding, ENC_NA);
}

void ipctap_add_sections(const struct call_context *context, proto_tree *tree,
                         struct ipcshark_findings *findings)
{
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section section;

    while (ipctap_section_next(context->record, &iterator, &section, findings)) {
        if (tree)
            add_section(context, tree, &section);
    }
}

static const char *section_name(uint32_t number)
{
    return ipctap_section_name((uint16_t)number);
}

/* Of every section, then what each type holds. */
static hf_register_info fields[] = {
    {&hf_section, {"Section", "ipctap.section", FT_NONE, BASE_NONE, NULL, 0, NULL, HFILL}},
    {&hf_type, {"Type", "ipctap.section.type", FT_UINT16, BASE_HEX, NULL, 0, NULL, HFILL}},
    {&hf_index, {"Index", "ipctap.section.index", FT_UINT16, BASE_DEC, NULL, 0, NULL, HFILL}},
    {&hf_captured_size,
     {"Captured size", "ipctap.section.captured_size", FT_UINT32, BASE_DEC, NULL, 0,
      "Bytes of the section in this record", HFILL}},
    {&hf_address,
     {"Address", "ipctap.section.address", FT_UINT64, BASE_HEX, NULL, 0,
      "Where the bytes were in the memory of this side, 0 if in none", HFILL}},
    {&hf_declared_size,
     {"Declared size", "ipctap.section.declared_size", FT_UINT64, BASE_DEC, NULL, 0,
      "How many bytes there were", HFILL}},
    {&hf_data, {"Data", "ipctap.section.data", FT_BYTES, BASE_NONE, NULL, 0, NULL, HFILL}},
    {&hf_padding, {"Padding", "ipctap.section.padding", FT_BYTES, BASE_NONE, NULL, 0, NULL, HFILL}},
    {&hf_service, {"Service", "ipctap.service", FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL}},
    {&hf_interface, {"Interface", "ipctap.interface", FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL}},
    {&hf_function, {"Function", "ipctap.function", FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL}},
    {&hf_process_name,
     {"Process name", "ipctap.process_name", FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL}},
    {&hf_thread_name,
     {"Thread name", "ipctap.thread_name", FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL}},
    {&hf_producer, {"Producer", "ipctap.producer", FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL}},
    {&hf_firmware, {"Firmware", "ipctap.firmware", FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL}},
    {&hf_object_name,
     {"Object name", "ipctap.object_name", FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL}},
    {&hf_comment, {"Comment", "ipctap.comment", FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL}},
    {&hf_source_text,
     {"Source text", "ipctap.source_text", FT_STRING, BASE_NONE, NULL, 0,
      "Log lines from which the record was imported", HFILL}},
    {&hf_session,
     {"Session number", "ipctap.session", FT_UINT64, BASE_DEC, NULL, 0,
      "Number of the session in the kernel, equal in both processes' records", HFILL}},
    {&hf_cause,
     {"Cause", "ipctap.cause", FT_UINT64, BASE_DEC, NULL, 0,
      "Call id on whose behalf this call was made", HFILL}},
    {&hf_monotonic,
     {"Monotonic time (ns)", "ipctap.clock_pair.monotonic", FT_UINT64, BASE_DEC, NULL, 0, NULL,
      HFILL}},
    {&hf_unix,
     {"Unix time (ns)", "ipctap.clock_pair.unix", FT_UINT64, BASE_DEC, NULL, 0, NULL, HFILL}},
    {&hf_dropped_records,
     {"Records dropped", "ipctap.dropped.records", FT_UINT64, BASE_DEC, NULL, 0,
      "Not delivered since the last such note", HFILL}},
    {&hf_dropped_bytes,
     {"Bytes dropped", "ipctap.dropped.bytes", FT_UINT64, BASE_DEC, NULL, 0, NULL, HFILL}},
    {&hf_handle, {"Handle", "ipctap.handle", FT_UINT32, BASE_HEX, NULL, 0, NULL, HFILL}},
    {&hf_access,
     {"Service that may be asked for", "ipctap.service_access", FT_STRINGZPAD, BASE_NONE, NULL, 0,
      NULL, HFILL}},
};

void ipctap_section_register(int protocol)
{
    static gint *trees[] = {&ett_section};

    fields[1].hfinfo.strings = VALS(plugin_value_strings(section_name, 0x200));
    proto_register_field_array(protocol, fields, array_length(fields));
    proto_register_subtree_array(trees, array_length(trees));
}
