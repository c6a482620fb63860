/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HIPC, CMIF and TIPC: decodes any bytes in every reading; what decodes completely must encode to
 * the same bytes, and those must decode to the same message.
 *
 * Input: one byte of options (direction, domain, control), then the message.
 */
#include <ipcshark/cmif.h>
#include <ipcshark/htipc.h>

#include <stdlib.h>
#include <string.h>

static void require(bool holds)
{
    if (!holds)
        abort();
}

static bool same_bytes(const uint8_t *a, const uint8_t *b, const struct hipc_message *message,
                       size_t size)
{
    size_t raw_end = message->raw_offset + message->raw_words * 4u;
    size_t gap_end = message->receive_list_count ? message->receive_list_offset : raw_end;

    if (gap_end <= raw_end)
        return !memcmp(a, b, size);
    return !memcmp(a, b, raw_end) && !memcmp(a + gap_end, b + gap_end, size - gap_end);
}

static void require_round_trip(const uint8_t *bytes, size_t length,
                               const struct hipc_message *message)
{
    static uint8_t encoded[HIPC_MAX_MESSAGE_SIZE];
    static uint8_t again[HIPC_MAX_MESSAGE_SIZE];
    struct hipc_message second;
    size_t size = hipc_encode(message, bytes + message->raw_offset, encoded, sizeof encoded);

    require(size <= length && same_bytes(encoded, bytes, message, size));
    require(hipc_decode(encoded, size, HIPC_REQUEST, &second, NULL));
    require(second.end == message->end && second.raw_offset == message->raw_offset);
    require(hipc_encode(&second, encoded + second.raw_offset, again, sizeof again) == size);
    require(!memcmp(encoded, again, size));
}

static void require_bounded(const uint8_t *bytes, size_t length, const struct cmif_message *cmif)
{
    require(!cmif->data_size || cmif->data_offset + (size_t)cmif->data_size <= length);
    for (uint32_t i = 0; i < cmif->domain.objects_captured; i++)
        cmif_domain_object(bytes, length, cmif, i);
    require(!cmif->domain.objects_captured ||
            cmif->domain.objects_offset + cmif->domain.objects_captured * (size_t)4 <= length);
}

static void decode_cmif(const uint8_t *bytes, size_t length, const struct hipc_message *message,
                        uint8_t options, struct ipcshark_findings *findings)
{
    struct cmif_context context = {
        .direction = (enum hipc_direction)(options % 3),
        .is_domain = options & 4,
        .is_control = options & 8,
    };
    struct cmif_out_pointer_sizes sizes;
    struct cmif_message cmif;

    cmif_decode(bytes, length, message, &context, &cmif, findings);
    require_bounded(bytes, length, &cmif);
    cmif_locate_out_pointer_sizes(length, message, &cmif, options * 3u, options, &sizes, findings);
    require(!sizes.count || sizes.offset + sizes.count * (size_t)2 <= length);
    cmif_locate_out_objects(length, message, &cmif, options);
    require_bounded(bytes, length, &cmif);
}

static void require_formats(const struct ipcshark_findings *findings)
{
    char text[512];

    for (unsigned int i = 0; i < findings->count; i++)
        require(ipcshark_finding_format(&findings->item[i], text, sizeof text) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ipcshark_findings findings = {0};
    struct htipc_message htipc;
    struct hipc_message message;
    uint8_t options = size ? data[0] : 0;
    const uint8_t *bytes = size ? data + 1 : data;
    size_t length = size ? size - 1 : 0;

    if (hipc_decode(bytes, length, (enum hipc_direction)(options % 3), &message, &findings))
        require_round_trip(bytes, length, &message);
    require(message.raw_captured == 0 || message.raw_offset + message.raw_captured <= length);
    decode_cmif(bytes, length, &message, options, &findings);
    htipc_decode(bytes, length, &message, options & 16, &htipc, &findings);
    require(!htipc.data_size || htipc.data_offset + (size_t)htipc.data_size <= length);
    require_formats(&findings);
    return 0;
}
