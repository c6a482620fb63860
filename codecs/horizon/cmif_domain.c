/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmif_layout.h"

static void note_reserved(const struct cmif_decoder *decoder, uint32_t offset, uint32_t value)
{
    if (value)
        ipcshark_find(decoder->findings, IPCSHARK_FINDING_CMIF_RESERVED_DOMAIN, offset, 4, value,
                      0);
}

static bool note_cut(const struct cmif_decoder *decoder, uint32_t size)
{
    uint32_t offset = decoder->cmif->payload_offset;

    ipcshark_find(decoder->findings, IPCSHARK_FINDING_CMIF_CUT, offset, size,
                  cmif_captured(decoder->length, offset, offset + size), size);
    return false;
}

static bool read_domain_in(struct cmif_decoder *decoder)
{
    struct cmif_domain *domain = &decoder->cmif->domain;
    struct ipcshark_reader reader = ipcshark_reader(decoder->bytes, decoder->length);
    const uint8_t *bytes;

    domain->offset = decoder->cmif->payload_offset;
    ipcshark_reader_seek(&reader, domain->offset);
    bytes = ipcshark_read_bytes(&reader, CMIF_DOMAIN_HEADER_SIZE);
    decoder->cmif->has_domain = bytes != NULL;
    if (bytes)
        cmif_load_domain_in(bytes, domain);
    return bytes != NULL;
}

static void place_in_objects(const struct cmif_decoder *decoder)
{
    struct cmif_domain *domain = &decoder->cmif->domain;
    uint32_t here;

    domain->objects_known = true;
    domain->objects_offset = domain->offset + CMIF_DOMAIN_HEADER_SIZE + domain->in_raw_size;
    here = cmif_captured(decoder->length, domain->objects_offset, decoder->raw_end) /
           CMIF_OBJECT_ID_SIZE;
    domain->objects_captured = here < domain->object_count ? here : domain->object_count;
    if (domain->objects_captured < domain->object_count)
        ipcshark_find(decoder->findings, IPCSHARK_FINDING_CMIF_OBJECTS_CUT, domain->objects_offset,
                      domain->object_count * CMIF_OBJECT_ID_SIZE, domain->objects_captured,
                      domain->object_count);
}

/** In the server's order; `room` is its raw data behind the domain header. */
static void check_send(const struct cmif_decoder *decoder, uint32_t room)
{
    const struct cmif_domain *domain = &decoder->cmif->domain;
    uint32_t size = domain->in_raw_size + domain->object_count * CMIF_OBJECT_ID_SIZE;

    if (!domain->object_id)
        ipcshark_find(decoder->findings, IPCSHARK_FINDING_CMIF_NO_TARGET, domain->offset + 4, 4, 0,
                      0);
    if (size > room)
        ipcshark_find(decoder->findings, IPCSHARK_FINDING_CMIF_IN_RAW_SIZE, domain->offset + 2, 2,
                      size, room);
    if (domain->object_count > CMIF_MAX_IN_OBJECTS)
        ipcshark_find(decoder->findings, IPCSHARK_FINDING_CMIF_IN_OBJECTS_OVER_LIMIT,
                      domain->offset + 1, 1, domain->object_count, CMIF_MAX_IN_OBJECTS);
}

bool cmif_decode_domain_in(struct cmif_decoder *decoder, uint32_t room)
{
    struct cmif_message *cmif = decoder->cmif;
    struct cmif_domain *domain = &cmif->domain;

    if (room < CMIF_DOMAIN_HEADER_SIZE)
        ipcshark_find(decoder->findings, IPCSHARK_FINDING_CMIF_NO_ROOM_FOR_DOMAIN_HEADER,
                      cmif->payload_offset, CMIF_DOMAIN_HEADER_SIZE, room, CMIF_DOMAIN_HEADER_SIZE);
    if (cmif->payload_offset + CMIF_DOMAIN_HEADER_SIZE > decoder->raw_end) {
        cmif->kind = CMIF_NONE;
        return false;
    }
    if (!read_domain_in(decoder))
        return note_cut(decoder, CMIF_DOMAIN_HEADER_SIZE);
    note_reserved(decoder, domain->offset + 8, domain->reserved[0]);
    cmif->offset = domain->offset + CMIF_DOMAIN_HEADER_SIZE;
    if (domain->kind == CMIF_REQUEST_KIND_CLOSE) {
        cmif->kind = CMIF_DOMAIN_CLOSE;
        return false;
    }
    if (domain->kind != CMIF_REQUEST_KIND_SEND) {
        ipcshark_find(decoder->findings, IPCSHARK_FINDING_CMIF_REQUEST_KIND, domain->offset, 1,
                      domain->kind, 0);
        return false;
    }
    if (room >= CMIF_DOMAIN_HEADER_SIZE)
        check_send(decoder, room - CMIF_DOMAIN_HEADER_SIZE);
    place_in_objects(decoder);
    return true;
}

bool cmif_decode_domain_out(struct cmif_decoder *decoder)
{
    struct cmif_domain *domain = &decoder->cmif->domain;
    struct ipcshark_reader reader = ipcshark_reader(decoder->bytes, decoder->length);

    domain->offset = decoder->cmif->payload_offset;
    ipcshark_reader_seek(&reader, domain->offset);
    domain->object_count = ipcshark_read_u32(&reader);
    for (unsigned int i = 0; i < 3; i++)
        domain->reserved[i] = ipcshark_read_u32(&reader);
    decoder->cmif->has_domain = !reader.failed;
    if (reader.failed)
        return note_cut(decoder, CMIF_DOMAIN_HEADER_SIZE + CMIF_HEADER_SIZE);
    for (unsigned int i = 0; i < 3; i++)
        note_reserved(decoder, domain->offset + 4 + 4 * i, domain->reserved[i]);
    return true;
}

/** `end` is where the raw data ends. */
static void place_out_objects(struct cmif_message *cmif, size_t length, uint32_t offset,
                              uint32_t end)
{
    struct cmif_domain *domain = &cmif->domain;
    uint32_t here = cmif_captured(length, offset, end) / CMIF_OBJECT_ID_SIZE;

    domain->objects_known = true;
    domain->objects_offset = offset;
    domain->objects_captured = here < domain->object_count ? here : domain->object_count;
    if (domain->object_count)
        cmif->data_size = cmif_captured(length, cmif->data_offset, offset);
}

static bool ids_are_plausible(const struct cmif_decoder *decoder, uint32_t offset, uint32_t limit)
{
    struct ipcshark_reader reader = ipcshark_reader(decoder->bytes, decoder->length);

    ipcshark_reader_seek(&reader, offset);
    for (uint32_t i = 0; i < decoder->cmif->domain.object_count; i++) {
        uint32_t id = ipcshark_read_u32(&reader);

        if (reader.failed || id == 0 || id > limit)
            return false;
    }
    return true;
}

/** The only offset within 3 bytes before `last` with plausible ids; 0 if none or several. */
static uint32_t only_place(const struct cmif_decoder *decoder, uint32_t last, uint32_t limit)
{
    uint32_t found = 0;

    for (uint32_t offset = last - 3; offset <= last; offset++) {
        if (!ids_are_plausible(decoder, offset, limit))
            continue;
        if (found)
            return 0;
        found = offset;
    }
    return found;
}

void cmif_find_out_objects(struct cmif_decoder *decoder)
{
    struct cmif_message *cmif = decoder->cmif;
    uint32_t padding = CMIF_ALIGNMENT - (cmif->payload_offset - decoder->hipc->raw_offset);
    uint32_t room = decoder->raw_end - cmif->data_offset;
    uint32_t count = cmif->domain.object_count;
    uint32_t out_data, last, place;

    if (count > room / CMIF_OBJECT_ID_SIZE) {
        ipcshark_find(decoder->findings, IPCSHARK_FINDING_CMIF_OUT_OBJECTS, cmif->domain.offset, 4,
                      count, room);
        return;
    }
    if (count == 0)
        place_out_objects(cmif, decoder->length, cmif->data_offset, decoder->raw_end);
    if (count == 0 || room < padding + count * CMIF_OBJECT_ID_SIZE)
        return;
    out_data = room - padding - count * CMIF_OBJECT_ID_SIZE;
    last = cmif->data_offset + out_data;
    if (last + count * CMIF_OBJECT_ID_SIZE > decoder->length)
        return;
    place = out_data ? only_place(decoder, last, UINT8_MAX) : last;
    if (!place)
        place = only_place(decoder, last, UINT16_MAX);
    if (place)
        place_out_objects(cmif, decoder->length, place, decoder->raw_end);
}

uint32_t cmif_domain_object(const uint8_t *bytes, size_t length, const struct cmif_message *cmif,
                            uint32_t n)
{
    struct ipcshark_reader reader = ipcshark_reader(bytes, length);

    if (!cmif->domain.objects_known || n >= cmif->domain.objects_captured)
        return 0;
    ipcshark_reader_seek(&reader, cmif->domain.objects_offset + n * CMIF_OBJECT_ID_SIZE);
    return ipcshark_read_u32(&reader);
}

void cmif_locate_out_objects(size_t length, const struct hipc_message *hipc,
                             struct cmif_message *cmif, uint32_t out_data_size)
{
    uint32_t end = cmif_raw_end(hipc);

    if (cmif->is_reply && cmif->has_domain && cmif->has_header &&
        out_data_size <= cmif_captured(SIZE_MAX, cmif->data_offset, end))
        place_out_objects(cmif, length, cmif->data_offset + out_data_size, end);
}
