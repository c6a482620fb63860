/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "digest.h"
#include "digest_arguments.h"

#include <ipcshark/appmsg.h>
#include <ipcshark/cmif.h>
#include <ipcshark/ctr_result.h>
#include <ipcshark/ctripc.h>
#include <ipcshark/horizon_result.h>
#include <ipcshark/htipc.h>
#include <ipcshark/names.h>
#include <ipcshark/record.h>
#include <ipcshark/sceipmi.h>

#include <string.h>

void digest_number(struct digest *digest, uint64_t number)
{
    for (unsigned int shift = 0; shift < 64; shift += 8)
        digest->value = (digest->value ^ ((number >> shift) & 0xFF)) * 0x100000001B3u;
}

void digest_text(struct digest *digest, const char *text)
{
    while (text && *text)
        digest_number(digest, (uint8_t)*text++);
}

void digest_bytes(struct digest *digest, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        digest_number(digest, bytes[i]);
}

void digest_findings(struct digest *digest, const struct ipcshark_findings *findings)
{
    for (unsigned int i = 0; i < findings->count; i++) {
        const struct ipcshark_finding *finding = &findings->item[i];
        char text[512];

        digest_number(digest, finding->offset);
        digest_number(digest, finding->length);
        digest_number(digest, finding->actual);
        digest_number(digest, finding->limit);
        ipcshark_finding_format(finding, text, sizeof text);
        digest_text(digest, text);
    }
}

static void compare(struct digest *digest, const uint8_t *again, size_t size, const uint8_t *bytes,
                    size_t length)
{
    digest->compared++;
    digest->wrong += size > length || memcmp(again, bytes, size) != 0;
}

static void mix_maps(struct digest *digest, const struct hipc_map *map, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++, map++) {
        digest_number(digest, map->address);
        digest_number(digest, map->size);
        digest_number(digest, map->attribute);
        digest_number(digest, map->reserved);
        digest_number(digest, map->offset);
    }
}

static void mix_special(struct digest *digest, const struct hipc_special *special)
{
    digest_number(digest, special->pid);
    digest_number(digest, special->reserved);
    for (unsigned int i = 0; i < special->copy_count; i++)
        digest_number(digest, special->copy[i]);
    for (unsigned int i = 0; i < special->move_count; i++)
        digest_number(digest, special->move[i]);
}

static void mix_hipc(struct digest *digest, const struct hipc_message *message)
{
    digest_number(digest, message->type);
    digest_number(digest, message->raw_offset);
    digest_number(digest, message->raw_captured);
    digest_number(digest, message->receive_list_offset);
    digest_number(digest, message->end);
    mix_special(digest, &message->special);
    for (unsigned int i = 0; i < message->pointer_count; i++) {
        digest_number(digest, message->pointer[i].address);
        digest_number(digest, message->pointer[i].size);
        digest_number(digest, message->pointer[i].index);
    }
    mix_maps(digest, message->send, message->send_count);
    mix_maps(digest, message->receive, message->receive_count);
    mix_maps(digest, message->exchange, message->exchange_count);
    for (unsigned int i = 0; i < message->receive_list_count; i++) {
        digest_number(digest, message->receive_list[i].address);
        digest_number(digest, message->receive_list[i].size);
    }
}

static void mix_cmif(struct digest *digest, const struct cmif_message *cmif, const uint8_t *bytes,
                     size_t length)
{
    char text[128];

    digest_number(digest, cmif->kind);
    digest_number(digest, cmif->magic);
    digest_number(digest, cmif->method_id);
    digest_number(digest, cmif->result);
    digest_number(digest, cmif->token);
    digest_number(digest, cmif->interface_id);
    digest_number(digest, cmif->data_offset);
    digest_number(digest, cmif->data_size);
    digest_number(digest, cmif->domain.object_id);
    for (uint32_t i = 0; i < cmif->domain.objects_captured; i++)
        digest_number(digest, cmif_domain_object(bytes, length, cmif, i));
    horizon_result_format(cmif->result, text, sizeof text);
    digest_text(digest, text);
    digest_text(digest, horizon_interface_by_id(cmif->interface_id));
}

static void mix_tipc(struct digest *digest, const struct htipc_message *tipc)
{
    digest_number(digest, tipc->command_id);
    digest_number(digest, tipc->result);
    digest_number(digest, tipc->data_offset);
    digest_number(digest, tipc->data_size);
}

static void digest_horizon(struct digest *digest, enum hipc_direction direction, unsigned int flags,
                           const uint8_t *bytes, size_t length)
{
    const struct cmif_context context = {
        .direction = direction,
        .is_domain = flags & WHAT_DOMAIN,
        .is_control = flags & WHAT_CONTROL,
    };
    struct ipcshark_findings findings = {0};
    struct hipc_message hipc;
    struct cmif_message cmif;
    struct htipc_message tipc;
    struct ipcshark_message message = {bytes, length, .hipc = &hipc};
    uint8_t again[HIPC_MAX_MESSAGE_SIZE];

    hipc_decode(bytes, length, direction, &hipc, &findings);
    mix_hipc(digest, &hipc);
    cmif_decode(bytes, length, &hipc, &context, &cmif, &findings);
    mix_cmif(digest, &cmif, bytes, length);
    htipc_decode(bytes, length, &hipc, direction == HIPC_REPLY, &tipc, &findings);
    mix_tipc(digest, &tipc);
    message.cmif = flags & WHAT_TIPC ? NULL : &cmif;
    message.tipc = flags & WHAT_TIPC ? &tipc : NULL;
    digest_arguments(digest, &message, (uint32_t)(cmif.method_id * 31 + tipc.command_id + length));
    digest_findings(digest, &findings);
    if (hipc.complete && !hipc.receive_list_words)
        compare(digest, again, hipc_encode(&hipc, bytes + hipc.raw_offset, again, sizeof again),
                bytes, length);
}

static size_t encode_ctr(const struct ctripc_message *message, const uint8_t *bytes, size_t length,
                         uint8_t *again, size_t capacity)
{
    uint32_t normal[64] = {0};
    uint32_t handles[128];
    uint32_t *handle = handles;

    for (unsigned int i = 0; i < message->normal_captured; i++)
        normal[i] = ctripc_word(bytes, length, 1 + i);
    for (unsigned int i = 0; i < message->translate_count; i++) {
        for (unsigned int n = 0; n < message->translate[i].handle_count; n++)
            *handle++ = ctripc_word(bytes, length, message->translate[i].offset + 1u + n);
    }
    return ctripc_encode(message, normal, handles, again, capacity);
}

static void digest_ctr(struct digest *digest, enum ctripc_direction direction, const uint8_t *bytes,
                       size_t length)
{
    struct ipcshark_findings findings = {0};
    struct ctripc_message message;
    const struct ipcshark_message whole = {
        .bytes = bytes, .length = length, .ctr = &message, .is_reply = direction == CTRIPC_REPLY};
    uint8_t again[4 * 127];
    char text[128];

    ctripc_decode(bytes, length, direction, &message, &findings);
    digest_number(digest, message.header);
    digest_number(digest, message.normal_captured);
    for (unsigned int i = 0; i < message.translate_count; i++) {
        const struct ctripc_translate *translate = &message.translate[i];

        digest_number(digest, translate->descriptor);
        digest_number(digest, translate->size);
        digest_number(digest, translate->address);
        digest_number(digest, translate->id);
        digest_text(digest, ctripc_kind_name((enum ctripc_kind)translate->kind));
    }
    digest_arguments(digest, &whole, message.header >> 16);
    digest_text(digest, ctr_command_name("fs:USER", message.command_id));
    ctr_result_format(ctripc_word(bytes, length, 1), text, sizeof text);
    digest_text(digest, text);
    digest_findings(digest, &findings);
    if (message.complete)
        compare(digest, again, encode_ctr(&message, bytes, length, again, sizeof again), bytes,
                length);
}

static void digest_record(struct digest *digest, const uint8_t *bytes, size_t length)
{
    struct ipcshark_findings findings = {0};
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section section;
    struct ipctap_record record;

    if (ipctap_record_decode(bytes, length, &record, &findings)) {
        digest_number(digest, record.header.time);
        digest_number(digest, record.header.program_id);
        digest_number(digest, record.header.source);
        while (ipctap_section_next(&record, &iterator, &section, &findings)) {
            digest_number(digest, section.type);
            digest_number(digest, section.address);
            digest_number(digest, section.declared_size);
            digest_bytes(digest, section.bytes, section.captured_size);
        }
        ipctap_record_check(&record, &findings);
    }
    digest_findings(digest, &findings);
}

static void digest_packet(struct digest *digest, const uint8_t *bytes, size_t length,
                          struct ipcshark_findings *findings)
{
    static const uint32_t types[] = {SCEIPMI_PACKET_CONNECT, SCEIPMI_PACKET_SYNC,
                                     SCEIPMI_PACKET_ASYNC};

    for (unsigned int i = 0; i < sizeof types / sizeof *types; i++) {
        struct sceipmi_packet packet = {0};

        digest_number(digest, sceipmi_packet_decode(types[i], bytes, length, &packet, findings));
        for (uint32_t n = 0; n < packet.in_captured; n++)
            digest_number(digest, packet.input[n].size);
        for (uint32_t n = 0; n < packet.out_captured; n++)
            digest_number(digest, packet.out_capacity[n]);
    }
}

static void digest_orbis(struct digest *digest, const uint8_t *bytes, size_t length)
{
    struct ipcshark_findings findings = {0};
    struct sceipmi_call call = {0};
    struct appmsg_request request = {0};
    uint8_t again[SCEIPMI_CALL_SIZE];

    sceipmi_call_decode(bytes, length, &call, &findings);
    digest_number(digest, call.rax);
    digest_number(digest, call.in_size);
    call.op &= 0x7FF;
    call.in_size &= 0x7F;
    sceipmi_block_check(&call, bytes, length, &findings);
    if (appmsg_request_decode(bytes, length, &request, &findings)) {
        appmsg_request_check(&request, APPMSG_METHOD_SEND, request.payload_size, &findings);
        compare(digest, again, appmsg_request_encode(&request, again, sizeof again), bytes, length);
    }
    digest_packet(digest, bytes, length, &findings);
    digest_findings(digest, &findings);
}

void digest_message(struct digest *digest, enum what what, unsigned int flags, const uint8_t *bytes,
                    size_t length)
{
    switch (what) {
    case HORIZON_REQUEST:
    case HORIZON_REPLY:
        digest_horizon(digest, what == HORIZON_REPLY ? HIPC_REPLY : HIPC_REQUEST, flags, bytes,
                       length);
        break;
    case CTR_REQUEST:
    case CTR_REPLY:
        digest_ctr(digest, what == CTR_REPLY ? CTRIPC_REPLY : CTRIPC_REQUEST, bytes, length);
        break;
    case RECORD:
        digest_record(digest, bytes, length);
        break;
    case NAMES_FILE:
        digest_names_file(digest, bytes, length);
        break;
    default:
        digest_orbis(digest, bytes, length);
        break;
    }
}
