/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "message.h"

#include <stddef.h>
#include <string.h>

static void decode_hipc(struct call_message *message, const struct message_context *context)
{
    const struct ipctap_section *section = &message->section;
    enum hipc_direction direction = message->is_reply ? HIPC_REPLY : HIPC_REQUEST;
    const struct cmif_context cmif = {
        .direction = direction,
        .is_domain = context->is_domain || (message->record->header.flags & IPCTAP_DOMAIN),
        .is_control = context->is_control,
    };

    hipc_decode(section->bytes, section->captured_size, direction, &message->hipc, NULL);
    message->is_tipc = message->is_reply ? context->is_tipc : htipc_is_type(message->hipc.type);
    if (message->is_tipc)
        htipc_decode(section->bytes, section->captured_size, &message->hipc, message->is_reply,
                     &message->tipc, NULL);
    else
        cmif_decode(section->bytes, section->captured_size, &message->hipc, &cmif, &message->cmif,
                    NULL);
}

static void decode_ctr(struct call_message *message)
{
    ctripc_decode(message->section.bytes, message->section.captured_size,
                  message->is_reply ? CTRIPC_REPLY : CTRIPC_REQUEST, &message->ctr, NULL);
}

static uint16_t section_of(uint8_t kind)
{
    switch (kind) {
    case IPCTAP_HIPC_MESSAGE:
    case IPCTAP_CTR_COMMAND:
        return IPCTAP_MESSAGE;
    case IPCTAP_IPMI_CALL:
        return IPCTAP_SECTION_IPMI_CALL;
    case IPCTAP_APPMSG_CALL:
        return IPCTAP_SECTION_APPMSG_CALL;
    case IPCTAP_KERNEL_CALL:
        return IPCTAP_SECTION_KERNEL_CALL;
    default:
        return 0;
    }
}

static void decode_section(struct call_message *message, const struct message_context *context)
{
    const uint8_t *bytes = message->section.bytes;
    size_t size = message->section.captured_size;

    switch (message->record->header.kind) {
    case IPCTAP_HIPC_MESSAGE:
        decode_hipc(message, context);
        break;
    case IPCTAP_CTR_COMMAND:
        decode_ctr(message);
        break;
    case IPCTAP_IPMI_CALL:
        sceipmi_call_decode(bytes, size, &message->ipmi, NULL);
        break;
    case IPCTAP_APPMSG_CALL:
        appmsg_call_decode(bytes, size, &message->appmsg, NULL);
        break;
    default:
        ipctap_kernel_call_decode(bytes, size, &message->kernel, NULL);
        break;
    }
}

/** Raw data without its message's beginning: gets one that the codec can read. */
static bool rebuild(struct call_message *message)
{
    const size_t padding = CMIF_ALIGNMENT - HIPC_HEADER_SIZE;
    struct hipc_message hipc = {.type = message->is_reply ? HIPC_TYPE_INVALID
                                                          : HIPC_TYPE_INVOKE_2_METHOD};
    uint8_t raw[HIPC_MAX_RAW_WORDS * 4] = {0};
    struct ipctap_section fragment;
    size_t size;

    if (message->record->header.kind != IPCTAP_HIPC_MESSAGE ||
        !ipctap_section_find(message->record, IPCTAP_FRAGMENT, 0, &fragment))
        return false;
    size = fragment.captured_size < sizeof raw - padding ? fragment.captured_size
                                                         : sizeof raw - padding;
    memcpy(raw + padding, fragment.bytes, size);
    hipc.raw_words = (uint16_t)((padding + size + 3) / 4);
    message->section = fragment;
    message->section.bytes = message->rebuilt;
    message->section.captured_size =
        (uint32_t)hipc_encode(&hipc, raw, message->rebuilt, sizeof message->rebuilt);
    return true;
}

/** All but the room of a rebuilt message, which is large. */
static void clear(struct call_message *message)
{
    memset(message, 0, offsetof(struct call_message, rebuilt));
}

bool call_message_decode(const struct ipctap_record *record, const struct message_context *context,
                         struct call_message *message)
{
    uint16_t type = section_of(record->header.kind);

    clear(message);
    message->record = record;
    message->is_reply = record->header.phase == IPCTAP_EXIT;
    message->has_section =
        type && (ipctap_section_find(record, type, 0, &message->section) || rebuild(message));
    if (message->has_section)
        decode_section(message, context);
    return message->has_section;
}

bool call_message_decode_inner(const struct call_message *outer, bool is_reply,
                               const struct message_context *context, struct call_message *message)
{
    clear(message);
    message->record = outer->record;
    message->is_reply = is_reply;
    message->has_section = ipctap_section_find(outer->record, IPCTAP_MESSAGE, 0, &message->section);
    if (!message->has_section)
        return false;
    if (outer->record->header.platform == IPCTAP_CTR)
        decode_ctr(message);
    else
        decode_hipc(message, context);
    return true;
}
