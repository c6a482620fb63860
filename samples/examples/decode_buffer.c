/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decodes a Horizon message (hexadecimal bytes as the argument, or one built in) down to its
 * command and its buffers, and says what the kernel or the server would object to.
 */
#include <ipcshark/cmif.h>
#include <ipcshark/horizon_result.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** QueryPointerBufferSize with bit 14 of the header, which has no meaning, set. */
static const char query_pointer_buffer_size[] =
    "0500000008400000000000000000000053464349000000000300000000000000"
    "0000000000000000";

static size_t parse_hex(const char *text, uint8_t *bytes, size_t capacity)
{
    size_t length = strspn(text, "0123456789abcdefABCDEF") / 2;

    if (length > capacity)
        length = capacity;
    for (size_t i = 0; i < length; i++) {
        char digits[] = {text[2 * i], text[2 * i + 1], '\0'};

        bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return length;
}

static void print_maps(const char *name, const struct hipc_map *map, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++)
        printf("%s %u: 0x%llx bytes at 0x%llx, %s\n", name, i, (unsigned long long)map[i].size,
               (unsigned long long)map[i].address, hipc_map_attribute_name(map[i].attribute));
}

static void print_findings(const struct ipcshark_findings *findings)
{
    for (unsigned int i = 0; i < findings->count; i++) {
        enum ipcshark_finding_code code = (enum ipcshark_finding_code)findings->item[i].code;
        char text[256];

        ipcshark_finding_format(&findings->item[i], text, sizeof text);
        printf("%s at byte %u: %s\n", ipcshark_finding_name(code), findings->item[i].offset, text);
        if (ipcshark_finding_result(code)) {
            horizon_result_format(ipcshark_finding_result(code), text, sizeof text);
            printf("  the console answers %s\n", text);
        }
    }
}

int main(int argc, char **argv)
{
    uint8_t bytes[HIPC_TLS_MESSAGE_SIZE];
    size_t length = parse_hex(argc > 1 ? argv[1] : query_pointer_buffer_size, bytes, sizeof bytes);
    struct cmif_context context = {.direction = HIPC_REQUEST};
    struct ipcshark_findings findings = {0};
    struct hipc_message message;
    struct cmif_message cmif;

    hipc_decode(bytes, length, context.direction, &message, &findings);
    cmif_decode(bytes, length, &message, &context, &cmif, &findings);
    printf("%s, %u words of raw data\n", hipc_type_name(message.type), message.raw_words);
    print_maps("send", message.send, message.send_count);
    print_maps("receive", message.receive, message.receive_count);
    print_maps("exchange", message.exchange, message.exchange_count);
    if (cmif.has_header)
        printf("command %u, %u bytes of arguments at most\n", cmif.method_id, cmif.data_size);
    if (cmif.kind == CMIF_CONTROL && cmif_control_name(cmif.method_id))
        printf("that is %s\n", cmif_control_name(cmif.method_id));
    print_findings(&findings);
    return message.complete ? 0 : 1;
}
