/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Describes sceAppMessagingSendMsg as its service sees it: the 24 bytes of the request, the IPMI
 * method, and what comes back if the payload is too long.
 *
 *     example_app_messaging_send [PAYLOAD_SIZE]
 */
#include <ipcshark/appmsg.h>

#include <stdio.h>
#include <stdlib.h>

static void print_findings(const struct ipcshark_findings *findings)
{
    for (unsigned int i = 0; i < findings->count; i++) {
        enum ipcshark_finding_code code = (enum ipcshark_finding_code)findings->item[i].code;
        char text[256];

        ipcshark_finding_format(&findings->item[i], text, sizeof text);
        printf("%s\n", text);
        orbis_result_format(ORBIS_LAYER_METHOD, ipcshark_finding_result(code), text, sizeof text);
        printf("the service answers %s\n", text);
    }
}

int main(int argc, char **argv)
{
    uint64_t size = argc > 1 ? strtoull(argv[1], NULL, 0) : APPMSG_MAX_PAYLOAD + 1;
    struct appmsg_request request = {
        .app_id = 0x60000013,
        .message_type = 0x1000,
        .payload_size = size,
    };
    struct ipcshark_findings findings = {0};
    struct appmsg_request read_back;
    uint8_t bytes[APPMSG_REQUEST_SIZE];

    appmsg_request_encode(&request, bytes, sizeof bytes);
    if (!appmsg_request_decode(bytes, sizeof bytes, &read_back, &findings))
        return 1;
    printf("%s.%s to app 0x%x, type 0x%x, %llu bytes\n", APPMSG_SERVICE,
           appmsg_method_name(APPMSG_METHOD_SEND), read_back.app_id, read_back.message_type,
           (unsigned long long)read_back.payload_size);
    appmsg_invoke_check(APPMSG_METHOD_SEND, 2, 0, &findings);
    appmsg_request_check(&read_back, APPMSG_METHOD_SEND, size, &findings);
    print_findings(&findings);
    return 0;
}
