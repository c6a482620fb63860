/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "horizon.h"

#include <ipcshark/horizon_result.h>
#include <ipcshark/reader.h>

#define X64 "0x%" G_GINT64_MODIFIER "x"

static void add_header(struct table *table, const struct hipc_message *hipc)
{
    table_row(table, 0, 8, "Header: type %u (%s)", hipc->type, hipc_type_name(hipc->type));
    table_more(table, "%u pointer, %u send, %u receive, %u exchange, %u raw words, list mode %u",
               hipc->pointer_count, hipc->send_count, hipc->receive_count, hipc->exchange_count,
               hipc->raw_words, hipc->receive_list_mode);
}

static void add_special(struct table *table, const struct hipc_message *hipc)
{
    const struct hipc_special *special = &hipc->special;

    if (!hipc->has_special)
        return;
    table_row(table, special->offset, 4, "Special header: %s, %u copy handles, %u move handles",
              special->has_pid ? "process id" : "no process id", special->copy_count,
              special->move_count);
    if (special->has_pid)
        table_row(table, special->pid_offset, 8, "Process id: %" G_GUINT64_FORMAT, special->pid);
    for (unsigned int i = 0; i < special->copy_count; i++)
        table_row(table, special->copy_offset + 4 * i, 4, "Copy handle [%u]: 0x%x", i,
                  special->copy[i]);
    for (unsigned int i = 0; i < special->move_count; i++)
        table_row(table, special->move_offset + 4 * i, 4, "Move handle [%u]: 0x%x", i,
                  special->move[i]);
}

static void add_maps(struct table *table, const char *name, const struct hipc_map *map,
                     unsigned int count)
{
    for (unsigned int i = 0; i < count; i++)
        table_row(table, map[i].offset, 12, "%s [%u]: " X64 " bytes at " X64 ", %s", name, i,
                  map[i].size, map[i].address, hipc_map_attribute_name(map[i].attribute));
}

static void add_descriptors(struct table *table, const struct hipc_message *hipc)
{
    for (unsigned int i = 0; i < hipc->pointer_count; i++)
        table_row(table, hipc->pointer[i].offset, 8,
                  "Pointer descriptor [%u] (X): 0x%x bytes at " X64 ", index %u", i,
                  hipc->pointer[i].size, hipc->pointer[i].address, hipc->pointer[i].index);
    add_maps(table, "Send descriptor (A)", hipc->send, hipc->send_count);
    add_maps(table, "Receive descriptor (B)", hipc->receive, hipc->receive_count);
    add_maps(table, "Exchange descriptor (W)", hipc->exchange, hipc->exchange_count);
}

static void add_request_domain(struct table *table, const struct cmif_domain *domain)
{
    const char *kind = domain->kind == CMIF_REQUEST_KIND_SEND    ? "send"
                       : domain->kind == CMIF_REQUEST_KIND_CLOSE ? "close"
                                                                 : "unknown";

    table_row(table, domain->offset, 16,
              "Domain: %s to object %u, %u objects, %u bytes, token 0x%x", kind, domain->object_id,
              domain->object_count, domain->in_raw_size, domain->token);
}

static void add_request(struct table *table, const struct cmif_message *cmif)
{
    const char *control = cmif_control_name(cmif->method_id);
    bool is_control = cmif->kind == CMIF_CONTROL;

    table_row(table, cmif->offset, 16, "CMIF request: %s %u%s%s, version %u, token 0x%x",
              is_control ? "control command" : "command", cmif->method_id,
              is_control && control ? " " : "", is_control && control ? control : "", cmif->version,
              cmif->token);
}

static void add_reply(struct table *table, const struct cmif_message *cmif)
{
    char result[128];

    horizon_result_format(cmif->result, result, sizeof result);
    table_row(table, cmif->offset, 16, "CMIF reply: %s, version %u, interface id 0x%x", result,
              cmif->version, cmif->interface_id);
}

static void add_objects(struct table *table, const struct horizon_view *view)
{
    const struct cmif_domain *domain = &view->cmif.domain;

    for (uint32_t i = 0; i < domain->objects_captured; i++)
        table_row(table, domain->objects_offset + 4 * i, 4, "Domain object [%u]: %u", i,
                  cmif_domain_object(view->bytes, view->length, &view->cmif, i));
    if (!domain->objects_known && domain->object_count)
        table_title(table, "        %u domain objects, at a place that the bytes cannot tell",
                    domain->object_count);
}

static void add_cmif(struct table *table, const struct horizon_view *view)
{
    const struct cmif_message *cmif = &view->cmif;
    uint32_t padding = cmif->payload_offset - view->hipc.raw_offset;

    if (padding && padding <= view->hipc.raw_captured)
        table_row(table, view->hipc.raw_offset, padding, "Padding to 16 bytes");
    if (cmif->has_domain && cmif->is_reply)
        table_row(table, cmif->domain.offset, 16, "Domain: %u objects out",
                  cmif->domain.object_count);
    else if (cmif->has_domain)
        add_request_domain(table, &cmif->domain);
    if (cmif->has_header && cmif->is_reply)
        add_reply(table, cmif);
    else if (cmif->has_header)
        add_request(table, cmif);
    if (cmif->has_header && cmif->data_size)
        table_row(table, cmif->data_offset, cmif->data_size, "%s",
                  cmif->is_reply ? "Return values and padding" : "Arguments and padding");
    add_objects(table, view);
}

static void add_tipc(struct table *table, const struct horizon_view *view)
{
    const struct htipc_message *tipc = &view->tipc;
    char result[128];

    if (tipc->has_result) {
        horizon_result_format(tipc->result, result, sizeof result);
        table_row(table, tipc->data_offset - 4, 4, "TIPC result: %s", result);
    }
    if (tipc->data_size)
        table_row(table, tipc->data_offset, tipc->data_size, "%s of TIPC command %u",
                  view->is_reply ? "Return values" : "Arguments", tipc->command_id);
}

static void add_receive_list(struct table *table, const struct hipc_message *hipc)
{
    for (unsigned int i = 0; i < hipc->receive_list_count; i++)
        table_row(table, hipc->receive_list[i].offset, 8,
                  "Receive list [%u] (C): 0x%x bytes at " X64, i, hipc->receive_list[i].size,
                  hipc->receive_list[i].address);
}

void horizon_table(struct table *table, const struct horizon_view *view)
{
    const struct hipc_message *hipc = &view->hipc;
    bool is_cmif = view->cmif.has_header || view->cmif.has_domain;

    table_title(table, "Horizon %s, %zu bytes%s", view->is_reply ? "reply" : "request",
                view->length, hipc->complete ? "" : " (cut off)");
    add_header(table, hipc);
    add_special(table, hipc);
    add_descriptors(table, hipc);
    if (view->is_tipc)
        add_tipc(table, view);
    else if (is_cmif)
        add_cmif(table, view);
    else if (hipc->raw_captured)
        table_row(table, hipc->raw_offset, hipc->raw_captured, "Raw data");
    add_receive_list(table, hipc);
    arguments_table(table, &view->arguments);
    table_findings(table, &view->findings);
}
