/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "horizon.h"
#include "json_out.h"

#include <ipcshark/horizon_result.h>
#include <ipcshark/reader.h>

static void out_handles(GString *out, const char *key, const uint32_t *handle, unsigned int count)
{
    out_array(out, key);
    for (unsigned int i = 0; i < count; i++)
        out_number(out, NULL, handle[i]);
    out_array_end(out);
}

static void out_special(GString *out, const struct hipc_message *hipc)
{
    const struct hipc_special *special = &hipc->special;

    out_bool(out, "has_special", hipc->has_special);
    if (special->has_pid)
        out_number(out, "pid", special->pid);
    else
        out_null(out, "pid");
    out_handles(out, "copy_handles", special->copy, special->copy_count);
    out_handles(out, "move_handles", special->move, special->move_count);
}

/** The address as the kernel reads it; beside it what SDK code reads if that is more. */
static void out_address(GString *out, uint64_t address, uint64_t wide)
{
    out_number(out, "address", address);
    if (wide != address)
        out_number(out, "sdk_address", wide);
}

static void out_pointers(GString *out, const struct hipc_message *hipc)
{
    out_array(out, "pointer");
    for (unsigned int i = 0; i < hipc->pointer_count; i++) {
        const struct hipc_pointer *pointer = &hipc->pointer[i];
        uint8_t wide_index = hipc_pointer_wide_index(pointer);

        out_object(out, NULL);
        out_address(out, pointer->address, hipc_pointer_wide_address(pointer));
        out_number(out, "size", pointer->size);
        out_number(out, "index", pointer->index);
        if (wide_index != pointer->index)
            out_number(out, "sdk_index", wide_index);
        out_number_unless_zero(out, "reserved", pointer->reserved);
        out_object_end(out);
    }
    out_array_end(out);
}

static void out_maps(GString *out, const char *key, const struct hipc_map *map, unsigned int count)
{
    out_array(out, key);
    for (const struct hipc_map *end = map + count; map < end; map++) {
        out_object(out, NULL);
        out_address(out, map->address, hipc_map_wide_address(map));
        out_number(out, "size", map->size);
        out_number(out, "attribute", map->attribute);
        out_number_unless_zero(out, "reserved", map->reserved);
        out_object_end(out);
    }
    out_array_end(out);
}

static void out_raw(GString *out, const struct horizon_view *view)
{
    const struct hipc_message *hipc = &view->hipc;

    out_object(out, "raw");
    out_number(out, "offset", hipc->raw_offset);
    out_number(out, "words", hipc->raw_words);
    out_hex(out, "hex", hipc->raw_captured ? view->bytes + hipc->raw_offset : NULL,
            hipc->raw_captured);
    out_object_end(out);
}

static void out_receive_list(GString *out, const struct hipc_message *hipc)
{
    out_object(out, "receive_list");
    out_number(out, "mode", hipc->receive_list_mode);
    out_number(out, "offset", hipc->receive_list_offset);
    out_number_unless_zero(out, "offset_words", hipc->receive_list_words);
    out_array(out, "entries");
    for (unsigned int i = 0; i < hipc->receive_list_count; i++) {
        const struct hipc_receive_entry *entry = &hipc->receive_list[i];

        out_object(out, NULL);
        out_address(out, entry->address, hipc_receive_entry_wide_address(entry));
        out_number(out, "size", entry->size);
        out_number_unless_zero(out, "reserved", entry->reserved);
        out_object_end(out);
    }
    out_array_end(out);
    out_object_end(out);
}

static void out_result(GString *out, uint32_t result)
{
    char text[128];

    horizon_result_format(result, text, sizeof text);
    out_number(out, "result", result);
    out_string(out, "result_name", text);
}

static void out_out_pointer_sizes(GString *out, const struct horizon_view *view)
{
    struct ipcshark_reader reader = ipcshark_reader(view->bytes, view->length);

    if (view->options.argument_size == HORIZON_UNKNOWN)
        return;
    ipcshark_reader_seek(&reader, view->sizes.offset);
    out_number(out, "out_pointer_sizes_offset", view->sizes.offset);
    out_array(out, "out_pointer_sizes");
    for (unsigned int i = 0; i < view->sizes.count; i++)
        out_number(out, NULL, ipcshark_read_u16(&reader));
    out_array_end(out);
}

static void out_cmif(GString *out, const struct horizon_view *view)
{
    const struct cmif_message *cmif = &view->cmif;

    if (!cmif->has_header) {
        out_null(out, "cmif");
        return;
    }
    out_object(out, "cmif");
    out_number(out, "offset", cmif->offset);
    out_number(out, "magic", cmif->magic);
    out_number(out, "version", cmif->version);
    out_number_unless_zero(out, "reserved", cmif->reserved);
    if (cmif->is_reply) {
        out_result(out, cmif->result);
        out_number(out, "interface_id", cmif->interface_id);
    } else {
        out_number(out, "method_id", cmif->method_id);
        out_number(out, "token", cmif->token);
    }
    out_number(out, "data_offset", cmif->data_offset);
    out_number(out, "data_size", cmif->data_size);
    if (!cmif->is_reply)
        out_out_pointer_sizes(out, view);
    out_object_end(out);
}

static void out_objects(GString *out, const struct horizon_view *view)
{
    const struct cmif_domain *domain = &view->cmif.domain;

    if (domain->objects_known)
        out_number(out, "objects_offset", domain->objects_offset);
    else
        out_null(out, "objects_offset");
    out_array(out, "objects");
    for (uint32_t i = 0; i < domain->objects_captured; i++)
        out_number(out, NULL, cmif_domain_object(view->bytes, view->length, &view->cmif, i));
    out_array_end(out);
}

static void out_domain(GString *out, const struct horizon_view *view)
{
    const struct cmif_domain *domain = &view->cmif.domain;

    if (!view->cmif.has_domain) {
        out_null(out, "domain");
        return;
    }
    out_object(out, "domain");
    out_number(out, "offset", domain->offset);
    if (view->cmif.is_reply) {
        out_number(out, "out_object_count", domain->object_count);
    } else {
        out_number(out, "kind", domain->kind);
        out_number(out, "in_object_count", domain->object_count);
        out_number(out, "in_raw_size", domain->in_raw_size);
        out_number(out, "object_id", domain->object_id);
        out_number(out, "token", domain->token);
    }
    out_objects(out, view);
    out_object_end(out);
}

static void out_tipc(GString *out, const struct horizon_view *view)
{
    const struct htipc_message *tipc = &view->tipc;

    if (!view->is_tipc) {
        out_null(out, "tipc");
        return;
    }
    out_object(out, "tipc");
    if (view->hipc.type >= HIPC_TYPE_TIPC_FIRST_COMMAND)
        out_number(out, "command_id", tipc->command_id);
    else
        out_null(out, "command_id");
    out_bool(out, "close", tipc->is_close);
    if (tipc->has_result)
        out_result(out, tipc->result);
    out_number(out, "data_offset", tipc->data_offset);
    out_number(out, "data_size", tipc->data_size);
    out_object_end(out);
}

static void out_control(GString *out, const struct cmif_message *cmif)
{
    bool is_control = cmif->kind == CMIF_CONTROL && cmif->has_header;

    out_string(out, "control", is_control ? cmif_control_name(cmif->method_id) : NULL);
}

/** Bytes that belong to no field: kept so that `encode` gives the same bytes again. */
static void out_rest(GString *out, const struct horizon_view *view)
{
    const struct hipc_message *hipc = &view->hipc;
    size_t raw_end = hipc->raw_offset + hipc->raw_words * 4u;
    size_t list_end = hipc->receive_list_count ? hipc->end : raw_end;
    size_t end = list_end > raw_end ? list_end : raw_end;

    out_bool(out, "truncated", !hipc->complete);
    if (!hipc->complete) {
        out_hex(out, "hex", view->bytes, view->length);
        return;
    }
    if (hipc->receive_list_count && hipc->receive_list_offset > raw_end)
        out_hex(out, "gap", view->bytes + raw_end, hipc->receive_list_offset - raw_end);
    if (view->length > end)
        out_hex(out, "trailing", view->bytes + end, view->length - end);
}

void horizon_out(GString *out, const struct horizon_view *view)
{
    const struct hipc_message *hipc = &view->hipc;

    out_bool(out, "reply", view->is_reply);
    out_number(out, "type", hipc->type);
    out_string(out, "type_name", hipc_type_name(hipc->type));
    out_number_unless_zero(out, "header_reserved", hipc->reserved);
    out_number_unless_zero(out, "special_reserved", hipc->special.reserved);
    out_special(out, hipc);
    out_pointers(out, hipc);
    out_maps(out, "send", hipc->send, hipc->send_count);
    out_maps(out, "receive", hipc->receive, hipc->receive_count);
    out_maps(out, "exchange", hipc->exchange, hipc->exchange_count);
    out_raw(out, view);
    out_receive_list(out, hipc);
    out_cmif(out, view);
    out_domain(out, view);
    out_tipc(out, view);
    out_control(out, &view->cmif);
    arguments_out(out, &view->arguments);
    out_rest(out, view);
    out_findings(out, &view->findings);
}
