/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Manager calls: the first byte picks what the rest is (a call with its block, a packet, a
 * configuration, a name, descriptors).
 */
#include <ipcshark/sceipmi.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void require(int condition)
{
    if (!condition)
        abort();
}

static void fuzz_block(const uint8_t *bytes, size_t length, struct ipcshark_findings *findings)
{
    const struct sceipmi_operation *operation;
    struct sceipmi_call call;
    uint8_t again[SCEIPMI_CALL_SIZE];

    if (!sceipmi_call_decode(bytes, length, &call, findings))
        return;
    require(sceipmi_call_encode(&call, again, sizeof again) == sizeof again);
    require(memcmp(again, bytes, 56) == 0);
    sceipmi_block_check(&call, bytes + 64, length - 64, findings);
    operation = sceipmi_operation(call.op);
    for (size_t i = 0; operation && operation->layout && i < operation->layout->field_count; i++)
        sceipmi_field_get(&operation->layout->field[i], bytes + 64, length - 64);
}

static void fuzz_packet(uint32_t type, const uint8_t *bytes, size_t length,
                        struct ipcshark_findings *findings)
{
    struct sceipmi_packet packet;

    sceipmi_packet_decode(type, bytes, length, &packet, findings);
    require(packet.in_captured <= SCEIPMI_MAX_COUNT && packet.out_captured <= SCEIPMI_MAX_COUNT);
    for (uint32_t i = 0; i < packet.in_captured; i++)
        require((uint64_t)packet.input[i].offset + packet.input[i].captured <= length);
    if (packet.user_data_size)
        require((uint64_t)packet.user_data_offset + packet.user_data_size <= length);
}

static void fuzz_descriptors(const uint8_t *bytes, size_t length,
                             struct ipcshark_findings *findings)
{
    struct sceipmi_data_info data;
    struct sceipmi_buffer_info buffer;
    uint8_t again[SCEIPMI_BUFFER_INFO_SIZE];

    for (size_t n = 0; sceipmi_data_info(bytes, length, n, &data); n++) {
        require(sceipmi_data_info_encode(&data, 1, again, sizeof again) == 16);
        require(memcmp(again, bytes + data.offset, 16) == 0);
    }
    for (size_t n = 0; sceipmi_buffer_info(bytes, length, n, &buffer); n++) {
        require(sceipmi_buffer_info_encode(&buffer, 1, again, sizeof again) == 24);
        require(memcmp(again, bytes + buffer.offset, 24) == 0);
    }
    sceipmi_buffer_info_check(bytes, length, findings);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const uint32_t packet_types[] = {0x01, 0x41, 0x43, 0x51, 0x8053, 0x99};
    struct ipcshark_findings findings = {0};

    if (length < 1)
        return 0;
    uint8_t choice = bytes[0];
    bytes++;
    length--;
    if (choice < 0x40)
        fuzz_block(bytes, length, &findings);
    else if (choice < 0x80)
        fuzz_packet(packet_types[choice % 6], bytes, length, &findings);
    else if (choice < 0xA0)
        sceipmi_config_check(choice % 5, bytes, length, &findings);
    else if (choice < 0xC0)
        sceipmi_name_check(bytes, length, choice & 1, &findings);
    else
        fuzz_descriptors(bytes, length, &findings);
    return 0;
}
