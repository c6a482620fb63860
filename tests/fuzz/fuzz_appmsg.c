/* SPDX-License-Identifier: GPL-2.0-or-later */
/* App Messaging: the same bytes as a request, as a received message and as a record's section. */
#include <ipcshark/appmsg.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void require(int condition)
{
    if (!condition)
        abort();
}

static void fuzz_request(const uint8_t *bytes, size_t length, struct ipcshark_findings *findings)
{
    struct appmsg_request request;
    uint8_t again[APPMSG_REQUEST_SIZE];

    if (!appmsg_request_decode(bytes, length, &request, findings))
        return;
    appmsg_request_check(&request, request.flags % 5, length - APPMSG_REQUEST_SIZE, findings);
    require(appmsg_request_encode(&request, again, sizeof again) == sizeof again);
    require(memcmp(again, bytes, sizeof again) == 0);
}

static void fuzz_message(const uint8_t *bytes, size_t length, struct ipcshark_findings *findings)
{
    static uint8_t again[APPMSG_MESSAGE_SIZE];
    struct appmsg_message message;
    struct appmsg_message read;

    if (!appmsg_message_decode(bytes, length, &message, findings))
        return;
    require((uint64_t)message.payload_offset + message.payload_captured <= length);
    require(appmsg_message_encode(&message, bytes + message.payload_offset, again, sizeof again) ==
            sizeof again);
    require(appmsg_message_decode(again, sizeof again, &read, NULL));
    require(read.sender == message.sender && read.timestamp == message.timestamp);
    require(!message.has_size || read.payload_captured == message.payload_captured);
}

static void fuzz_call(const uint8_t *bytes, size_t length, struct ipcshark_findings *findings)
{
    struct appmsg_call call;
    uint8_t again[APPMSG_CALL_SIZE];

    if (!appmsg_call_decode(bytes, length, &call, findings))
        return;
    require(appmsg_call_encode(&call, again, sizeof again) == sizeof again);
    require(memcmp(again, bytes, 60) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct ipcshark_findings findings = {0};

    fuzz_request(bytes, length, &findings);
    fuzz_message(bytes, length, &findings);
    fuzz_call(bytes, length, &findings);
    return 0;
}
