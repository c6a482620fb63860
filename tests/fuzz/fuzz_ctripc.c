/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CTR command buffers: decodes any bytes; what decodes completely must encode to the same bytes.
 *
 * Input: one byte with the direction, then the command buffer.
 */
#include <ipcshark/ctripc.h>

#include <stdlib.h>
#include <string.h>

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void require_round_trip(const uint8_t *bytes, size_t length,
                               const struct ctripc_message *message)
{
    static uint8_t encoded[127 * 4];
    uint32_t normal[64] = {0};
    uint32_t handles[64] = {0};
    unsigned int count = 0;
    size_t size;

    for (unsigned int i = 0; i < message->normal_count; i++)
        normal[i] = ctripc_word(bytes, length, 1 + i);
    for (unsigned int i = 0; i < message->translate_count; i++) {
        for (unsigned int j = 0; j < message->translate[i].handle_count; j++)
            handles[count++] = ctripc_word(bytes, length, message->translate[i].offset + 1u + j);
    }
    size = ctripc_encode(message, normal, handles, encoded, sizeof encoded);
    require(size == message->words * 4u && !memcmp(encoded, bytes, size));
}

static void require_bounded(size_t length, const struct ctripc_message *message)
{
    require(message->translate_count <= CTRIPC_MAX_TRANSLATE);
    for (unsigned int i = 0; i < message->translate_count; i++) {
        const struct ctripc_translate *translate = &message->translate[i];

        require((translate->offset + translate->words) * (size_t)4 <= length);
        require(translate->offset + translate->words <= message->words);
        require(translate->handle_count < translate->words || !translate->handle_count);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ctripc_static_slot slot[CTRIPC_STATIC_BUFFERS];
    struct ipcshark_findings findings = {0};
    struct ctripc_message message;
    const uint8_t *bytes = size ? data + 1 : data;
    size_t length = size ? size - 1 : 0;
    char text[512];

    if (ctripc_decode(bytes, length, (enum ctripc_direction)(size ? data[0] % 3 : 0), &message,
                      &findings))
        require_round_trip(bytes, length, &message);
    require_bounded(length, &message);
    ctripc_decode_static_table(bytes, length, slot, &findings);
    for (unsigned int i = 0; i < findings.count; i++)
        require(ipcshark_finding_format(&findings.item[i], text, sizeof text) > 0);
    return 0;
}
