/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmif_layout.h"

static enum cmif_kind request_kind(uint16_t type)
{
    switch (type) {
    case HIPC_TYPE_INVOKE_METHOD:
    case HIPC_TYPE_INVOKE_2_METHOD:
    case HIPC_TYPE_INVOKE_2_METHOD_WITH_CONTEXT:
        return CMIF_REQUEST;
    case HIPC_TYPE_INVOKE_MANAGER_METHOD:
    case HIPC_TYPE_INVOKE_2_MANAGER_METHOD:
    case HIPC_TYPE_INVOKE_2_MANAGER_METHOD_WITH_CONTEXT:
        return CMIF_CONTROL;
    case HIPC_TYPE_RELEASE:
        return CMIF_RELEASE;
    default:
        return CMIF_NONE;
    }
}

static bool has_domain_out(const struct cmif_context *context)
{
    return context->is_domain && !context->is_control;
}

/** Whether a reply's magic stands where it belongs: at one fixed place, never searched for. */
static bool has_out_magic(const struct cmif_decoder *decoder, const struct cmif_context *context)
{
    struct ipcshark_reader reader = ipcshark_reader(decoder->bytes, decoder->length);

    ipcshark_reader_seek(&reader, decoder->cmif->payload_offset +
                                      (has_domain_out(context) ? CMIF_DOMAIN_HEADER_SIZE : 0));
    return ipcshark_read_u32(&reader) == CMIF_OUT_MAGIC;
}

static enum cmif_kind kind_of(const struct cmif_decoder *decoder,
                              const struct cmif_context *context)
{
    uint16_t type = decoder->hipc->type;

    if (type == HIPC_TYPE_INVALID)
        return context->direction == HIPC_REQUEST ? CMIF_NONE : CMIF_REPLY;
    if (context->direction != HIPC_REPLY || type >= HIPC_TYPE_TIPC_CLOSE)
        return request_kind(type);
    if (has_out_magic(decoder, context))
        return CMIF_REPLY;
    ipcshark_find(decoder->findings, IPCSHARK_FINDING_CMIF_REQUEST_SENT_BACK, 0, 2, type, 0);
    return request_kind(type);
}

/** The fields that both headers have. */
static inline void load_header(const uint8_t *bytes, struct cmif_message *cmif, uint32_t *word2,
                               uint32_t *word3)
{
    cmif->magic = ipcshark_load_u32(bytes);
    cmif->version = ipcshark_load_u16(bytes + 4);
    cmif->reserved = ipcshark_load_u16(bytes + 6);
    *word2 = ipcshark_load_u32(bytes + 8);
    *word3 = ipcshark_load_u32(bytes + 12);
}

/** False if the header is cut off. */
static bool decode_header(struct cmif_decoder *decoder, uint32_t end, uint32_t *word2,
                          uint32_t *word3)
{
    struct cmif_message *cmif = decoder->cmif;
    struct ipcshark_reader reader = ipcshark_reader(decoder->bytes, decoder->length);
    const uint8_t *bytes;

    ipcshark_reader_seek(&reader, cmif->offset);
    bytes = ipcshark_read_bytes(&reader, CMIF_HEADER_SIZE);
    cmif->has_header = bytes != NULL;
    if (bytes)
        load_header(bytes, cmif, word2, word3);
    cmif->data_offset = cmif->offset + CMIF_HEADER_SIZE;
    cmif->data_size = cmif_captured(decoder->length, cmif->data_offset, end);
    if (!bytes)
        ipcshark_find(decoder->findings, IPCSHARK_FINDING_CMIF_CUT, cmif->payload_offset,
                      cmif->data_offset - cmif->payload_offset,
                      cmif_captured(decoder->length, cmif->payload_offset, cmif->data_offset),
                      cmif->data_offset - cmif->payload_offset);
    return cmif->has_header;
}

static void check_in_header(const struct cmif_decoder *decoder)
{
    const struct cmif_message *cmif = decoder->cmif;
    uint32_t version = (uint32_t)cmif->reserved << 16 | cmif->version;

    if (cmif->magic != CMIF_IN_MAGIC)
        ipcshark_find(decoder->findings, IPCSHARK_FINDING_CMIF_IN_MAGIC, cmif->offset, 4,
                      cmif->magic, CMIF_IN_MAGIC);
    else if (version > 1)
        ipcshark_find(decoder->findings, IPCSHARK_FINDING_CMIF_IN_VERSION, cmif->offset + 4, 4,
                      version, 1);
}

/** Commands 1 and 4 take a u32; the server counts what is left of the raw data less 16 bytes. */
static void check_control(const struct cmif_decoder *decoder)
{
    const struct cmif_message *cmif = decoder->cmif;
    uint32_t headers = CMIF_ALIGNMENT + CMIF_HEADER_SIZE;
    uint32_t size = decoder->raw_size > headers ? decoder->raw_size - headers : 0;

    if (cmif->method_id > CMIF_CLONE_CURRENT_OBJECT_EX)
        ipcshark_find(decoder->findings, IPCSHARK_FINDING_CMIF_CONTROL_COMMAND, cmif->offset + 8, 4,
                      cmif->method_id, CMIF_CLONE_CURRENT_OBJECT_EX);
    else if (size < 4 && (cmif->method_id == CMIF_COPY_FROM_CURRENT_DOMAIN ||
                          cmif->method_id == CMIF_CLONE_CURRENT_OBJECT_EX))
        ipcshark_find(decoder->findings, IPCSHARK_FINDING_CMIF_CONTROL_ARGUMENT, cmif->data_offset,
                      4, size, 4);
}

/** `room` is what the server grants the header and arguments, `end` where they end. */
static void decode_in_header(struct cmif_decoder *decoder, uint32_t room, uint32_t end)
{
    struct cmif_message *cmif = decoder->cmif;

    if (room < CMIF_HEADER_SIZE)
        ipcshark_find(decoder->findings, IPCSHARK_FINDING_CMIF_NO_ROOM_FOR_IN_HEADER, cmif->offset,
                      CMIF_HEADER_SIZE, room, CMIF_HEADER_SIZE);
    if (cmif->offset + CMIF_HEADER_SIZE > end) {
        cmif->kind = CMIF_NONE;
        return;
    }
    if (!decode_header(decoder, end, &cmif->method_id, &cmif->token))
        return;
    check_in_header(decoder);
    if (cmif->kind == CMIF_CONTROL)
        check_control(decoder);
}

static void decode_request(struct cmif_decoder *decoder, bool is_domain)
{
    struct cmif_message *cmif = decoder->cmif;
    uint32_t room = decoder->raw_size - CMIF_ALIGNMENT;
    uint32_t end = decoder->raw_end;

    if (decoder->raw_size < CMIF_ALIGNMENT) {
        ipcshark_find(decoder->findings, IPCSHARK_FINDING_CMIF_RAW_TOO_SMALL,
                      decoder->hipc->raw_offset, decoder->raw_size, decoder->raw_size,
                      CMIF_ALIGNMENT);
        cmif->kind = CMIF_NONE;
        return;
    }
    cmif->offset = cmif->payload_offset;
    if (is_domain && cmif->kind == CMIF_REQUEST) {
        if (!cmif_decode_domain_in(decoder, room))
            return;
        room = cmif->domain.in_raw_size;
        end = cmif->offset + room < end ? cmif->offset + room : end;
    }
    decode_in_header(decoder, room, end);
}

static void decode_reply(struct cmif_decoder *decoder, const struct cmif_context *context)
{
    struct cmif_message *cmif = decoder->cmif;
    uint32_t domain = has_domain_out(context) ? CMIF_DOMAIN_HEADER_SIZE : 0;

    cmif->is_reply = true;
    cmif->offset = cmif->payload_offset + domain;
    if (cmif->offset + CMIF_HEADER_SIZE > decoder->raw_end) {
        ipcshark_find(decoder->findings, IPCSHARK_FINDING_CMIF_NO_OUT_HEADER,
                      decoder->hipc->raw_offset, decoder->raw_size, decoder->raw_size,
                      cmif->offset + CMIF_HEADER_SIZE - decoder->hipc->raw_offset);
        cmif->kind = CMIF_NONE;
        return;
    }
    if (domain && !cmif_decode_domain_out(decoder))
        return;
    if (!decode_header(decoder, decoder->raw_end, &cmif->result, &cmif->interface_id))
        return;
    if (cmif->magic != CMIF_OUT_MAGIC)
        ipcshark_find(decoder->findings, IPCSHARK_FINDING_CMIF_OUT_MAGIC, cmif->offset, 4,
                      cmif->magic, CMIF_OUT_MAGIC);
    if (domain)
        cmif_find_out_objects(decoder);
}

HIPC_APART void decode_any(const uint8_t *bytes, size_t length, const struct hipc_message *hipc,
                           const struct cmif_context *context, struct cmif_message *cmif,
                           struct ipcshark_findings *findings)
{
    struct cmif_decoder decoder = {
        .bytes = bytes,
        .length = length,
        .hipc = hipc,
        .cmif = cmif,
        .findings = findings,
        .raw_size = hipc->raw_words * (uint32_t)HIPC_WORD_SIZE,
        .raw_end = cmif_raw_end(hipc),
    };

    if (length < HIPC_HEADER_SIZE)
        return;
    cmif->kind = kind_of(&decoder, context);
    if (cmif->kind == CMIF_REPLY)
        decode_reply(&decoder, context);
    else if (cmif->kind == CMIF_REQUEST || cmif->kind == CMIF_CONTROL)
        decode_request(&decoder, context->is_domain);
}

/*
 * What follows decodes messages that are whole and break no rule, most of all, with one bounds
 * check and the rules asked for all at once. If anything is not as usual nobody says here what it
 * is: the fields are cleared again and decode_any() has the message.
 */

/** The header at `offset`, with room for it up to `end`, which lies within the bytes. */
HIPC_INLINE void place_header(const uint8_t *bytes, uint32_t offset, uint32_t end,
                              struct cmif_message *cmif, uint32_t *word2, uint32_t *word3)
{
    load_header(bytes + offset, cmif, word2, word3);
    cmif->has_header = true;
    cmif->offset = offset;
    cmif->data_offset = offset + CMIF_HEADER_SIZE;
    cmif->data_size = end - offset - CMIF_HEADER_SIZE;
}

HIPC_INLINE bool is_usual_in_header(const struct cmif_message *cmif)
{
    return cmif->magic == CMIF_IN_MAGIC && !cmif->reserved && cmif->version <= 1;
}

/** Returns whether nothing is odd about it; `room` is the server's raw data behind the header. */
HIPC_INLINE bool load_usual_domain_in(const uint8_t *bytes, uint32_t offset, uint32_t room,
                                      struct cmif_message *cmif)
{
    struct cmif_domain *domain = &cmif->domain;
    uint32_t size;

    cmif_load_domain_in(bytes + offset, domain);
    size = domain->in_raw_size + domain->object_count * CMIF_OBJECT_ID_SIZE;
    cmif->has_domain = true;
    domain->offset = offset;
    domain->objects_known = true;
    domain->objects_offset = offset + CMIF_DOMAIN_HEADER_SIZE + domain->in_raw_size;
    domain->objects_captured = domain->object_count;
    return domain->kind == CMIF_REQUEST_KIND_SEND && !domain->reserved[0] && domain->object_id &&
           size <= room && domain->in_raw_size >= CMIF_HEADER_SIZE &&
           domain->object_count <= CMIF_MAX_IN_OBJECTS;
}

/** The raw data begins at most 12 bytes before the payload, and the server grants 16. */
HIPC_INLINE bool decode_usual_request(const uint8_t *bytes, const struct hipc_message *hipc,
                                      bool is_domain, struct cmif_message *cmif)
{
    uint32_t headers = CMIF_ALIGNMENT + CMIF_HEADER_SIZE;
    uint32_t size = hipc->raw_words * (uint32_t)HIPC_WORD_SIZE;
    uint32_t offset = cmif->payload_offset;
    uint32_t end = cmif_raw_end(hipc);

    cmif->kind = CMIF_REQUEST;
    if (is_domain)
        headers += CMIF_DOMAIN_HEADER_SIZE;
    if (size < headers)
        return false;
    if (is_domain) {
        if (!load_usual_domain_in(bytes, offset, size - CMIF_ALIGNMENT - CMIF_DOMAIN_HEADER_SIZE,
                                  cmif))
            return false;
        offset += CMIF_DOMAIN_HEADER_SIZE;
        end = offset + cmif->domain.in_raw_size;
    }
    place_header(bytes, offset, end, cmif, &cmif->method_id, &cmif->token);
    return is_usual_in_header(cmif);
}

/** Without out objects, whose place takes more to find. */
HIPC_INLINE bool load_usual_domain_out(const uint8_t *bytes, uint32_t offset,
                                       struct cmif_message *cmif)
{
    struct cmif_domain *domain = &cmif->domain;

    cmif->has_domain = true;
    domain->offset = offset;
    domain->objects_known = true;
    domain->objects_offset = offset + CMIF_DOMAIN_HEADER_SIZE + CMIF_HEADER_SIZE;
    return !(ipcshark_load_u64(bytes + offset) | ipcshark_load_u64(bytes + offset + 8));
}

HIPC_INLINE bool decode_usual_reply(const uint8_t *bytes, const struct hipc_message *hipc,
                                    bool is_domain, struct cmif_message *cmif)
{
    uint32_t headers = is_domain ? CMIF_DOMAIN_HEADER_SIZE + CMIF_HEADER_SIZE : CMIF_HEADER_SIZE;
    uint32_t offset = cmif->payload_offset;
    uint32_t end = cmif_raw_end(hipc);

    cmif->kind = CMIF_REPLY;
    cmif->is_reply = true;
    if (offset + headers > end)
        return false;
    if (is_domain) {
        if (!load_usual_domain_out(bytes, offset, cmif))
            return false;
        offset += CMIF_DOMAIN_HEADER_SIZE;
    }
    place_header(bytes, offset, end, cmif, &cmif->result, &cmif->interface_id);
    return cmif->magic == CMIF_OUT_MAGIC;
}

HIPC_INLINE bool decode_usual(const uint8_t *bytes, const struct hipc_message *hipc,
                              const struct cmif_context *context, struct cmif_message *cmif)
{
    if (context->direction == HIPC_REPLY)
        return hipc->type == HIPC_TYPE_INVALID &&
               decode_usual_reply(bytes, hipc, has_domain_out(context), cmif);
    if (hipc->type == HIPC_TYPE_INVOKE_2_METHOD ||
        hipc->type == HIPC_TYPE_INVOKE_2_METHOD_WITH_CONTEXT)
        return decode_usual_request(bytes, hipc, context->is_domain, cmif);
    return false;
}

/** All fields to 0: gcc makes a "rep stos" of an assignment, which takes longer than all else
 *  here. */
HIPC_INLINE void clear(struct cmif_message *cmif, uint32_t payload_offset)
{
    struct cmif_domain *domain = &cmif->domain;

    cmif->kind = CMIF_NONE;
    cmif->is_reply = cmif->has_domain = cmif->has_header = false;
    cmif->payload_offset = payload_offset;
    cmif->offset = cmif->magic = 0;
    cmif->version = cmif->reserved = 0;
    cmif->method_id = cmif->result = cmif->token = cmif->interface_id = 0;
    cmif->data_offset = cmif->data_size = 0;
    domain->offset = 0;
    domain->kind = 0;
    domain->in_raw_size = 0;
    domain->object_id = 0;
    domain->reserved[0] = domain->reserved[1] = domain->reserved[2] = 0;
    domain->token = domain->object_count = domain->objects_offset = domain->objects_captured = 0;
    domain->objects_known = false;
}

void cmif_decode(const uint8_t *bytes, size_t length, const struct hipc_message *hipc,
                 const struct cmif_context *context, struct cmif_message *cmif,
                 struct ipcshark_findings *findings)
{
    uint32_t payload_offset = cmif_align(hipc->raw_offset, CMIF_ALIGNMENT);

    clear(cmif, payload_offset);
    if (hipc->complete && cmif_raw_end(hipc) <= length && decode_usual(bytes, hipc, context, cmif))
        return;
    clear(cmif, payload_offset);
    decode_any(bytes, length, hipc, context, cmif, findings);
}

const char *cmif_control_name(uint32_t method_id)
{
    static const char *const names[] = {
        [CMIF_CONVERT_CURRENT_OBJECT_TO_DOMAIN] = "ConvertCurrentObjectToDomain",
        [CMIF_COPY_FROM_CURRENT_DOMAIN] = "CopyFromCurrentDomain",
        [CMIF_CLONE_CURRENT_OBJECT] = "CloneCurrentObject",
        [CMIF_QUERY_POINTER_BUFFER_SIZE] = "QueryPointerBufferSize",
        [CMIF_CLONE_CURRENT_OBJECT_EX] = "CloneCurrentObjectEx",
    };

    return method_id < sizeof names / sizeof *names ? names[method_id] : NULL;
}

void cmif_locate_out_pointer_sizes(size_t length, const struct hipc_message *hipc,
                                   const struct cmif_message *cmif, uint32_t argument_size,
                                   uint16_t count, struct cmif_out_pointer_sizes *sizes,
                                   struct ipcshark_findings *findings)
{
    uint32_t headers = CMIF_HEADER_SIZE + (cmif->has_domain ? CMIF_DOMAIN_HEADER_SIZE : 0);
    uint32_t objects = cmif->domain.object_count * CMIF_OBJECT_ID_SIZE;
    uint32_t body = cmif_align((argument_size & 0xFFFF) + objects, 2);
    uint32_t room, here;

    sizes->offset = hipc->raw_offset + CMIF_ALIGNMENT + headers + body;
    room = cmif_captured(SIZE_MAX, sizes->offset, cmif_raw_end(hipc)) / 2;
    here = cmif_captured(length, sizes->offset, cmif_raw_end(hipc)) / 2;
    if (room < count)
        ipcshark_find(findings, IPCSHARK_FINDING_CMIF_OUT_POINTER_SIZES, sizes->offset, 2u * count,
                      room, count);
    else if (here < count)
        ipcshark_find(findings, IPCSHARK_FINDING_CMIF_OUT_POINTER_SIZES_CUT, sizes->offset,
                      2u * count, here, count);
    sizes->count = here < count ? (uint16_t)here : count;
}
