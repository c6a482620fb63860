/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 24 bytes that sceAppMessagingSendMsg passes as its first input, and what the service
 * checks. */
#include <ipcshark/appmsg.h>
#include <ipcshark/reader.h>
#include <ipcshark/writer.h>

bool appmsg_request_decode(const uint8_t *bytes, size_t length, struct appmsg_request *request,
                           struct ipcshark_findings *findings)
{
    struct ipcshark_reader reader = ipcshark_reader(bytes, length);

    request->app_id = ipcshark_read_u32(&reader);
    request->message_type = ipcshark_read_u32(&reader);
    request->payload_size = ipcshark_read_u64(&reader);
    request->flags = ipcshark_read_u32(&reader);
    request->padding = ipcshark_read_u32(&reader);
    if (reader.failed)
        ipcshark_find(findings, IPCSHARK_FINDING_APPMSG_REQUEST_TRUNCATED, 0, length, length,
                      APPMSG_REQUEST_SIZE);
    else if (ipcshark_reader_left(&reader))
        ipcshark_find(findings, IPCSHARK_FINDING_APPMSG_REQUEST_TRAILING, reader.offset,
                      ipcshark_reader_left(&reader), length, APPMSG_REQUEST_SIZE);
    return !reader.failed;
}

size_t appmsg_request_encode(const struct appmsg_request *request, uint8_t *bytes, size_t capacity)
{
    struct ipcshark_writer writer = ipcshark_writer(bytes, capacity);

    ipcshark_write_u32(&writer, request->app_id);
    ipcshark_write_u32(&writer, request->message_type);
    ipcshark_write_u64(&writer, request->payload_size);
    ipcshark_write_u32(&writer, request->flags);
    ipcshark_write_u32(&writer, request->padding);
    return writer.failed ? 0 : writer.offset;
}

void appmsg_request_check(const struct appmsg_request *request, uint32_t method,
                          uint64_t payload_size, struct ipcshark_findings *findings)
{
    uint32_t unknown = request->flags & ~(uint32_t)APPMSG_FLAG_OVERWRITE;

    if (method > APPMSG_METHOD_SEND_TO_SHELL_UI)
        ipcshark_find(findings, IPCSHARK_FINDING_APPMSG_UNKNOWN_METHOD, 0, 0, method,
                      APPMSG_METHOD_SEND_TO_SHELL_UI);
    if (request->payload_size > APPMSG_MAX_PAYLOAD)
        ipcshark_find(findings, IPCSHARK_FINDING_APPMSG_PAYLOAD_TOO_LARGE, 8, 8,
                      request->payload_size, APPMSG_MAX_PAYLOAD);
    if (request->payload_size != payload_size)
        ipcshark_find(findings, IPCSHARK_FINDING_APPMSG_PAYLOAD_SIZE_MISMATCH, 8, 8,
                      request->payload_size, payload_size);
    if (unknown)
        ipcshark_find(findings, IPCSHARK_FINDING_APPMSG_UNKNOWN_FLAGS, 0x10, 4, request->flags,
                      APPMSG_FLAG_OVERWRITE);
    if (request->padding)
        ipcshark_find(findings, IPCSHARK_FINDING_APPMSG_STACK_REMAINS, 0x14, 4, request->padding,
                      0);
}

void appmsg_invoke_check(uint32_t method, uint32_t in_count, uint32_t out_count,
                         struct ipcshark_findings *findings)
{
    if (method > APPMSG_METHOD_SEND_TO_SHELL_UI) {
        ipcshark_find(findings, IPCSHARK_FINDING_APPMSG_UNKNOWN_METHOD, 0, 4, method,
                      APPMSG_METHOD_SEND_TO_SHELL_UI);
        return;
    }
    /* Only method 0 was seen: "numIn 2, numOut 0" (seed). */
    if (method != APPMSG_METHOD_SEND)
        return;
    if (in_count != 2)
        ipcshark_find(findings, IPCSHARK_FINDING_APPMSG_INVOKE_SHAPE, 4, 4, in_count, 2);
    if (out_count != 0)
        ipcshark_find(findings, IPCSHARK_FINDING_APPMSG_INVOKE_SHAPE, 8, 4, out_count, 0);
}

const char *appmsg_method_name(uint32_t method)
{
    static const char *const names[] = {
        [APPMSG_METHOD_SEND] = "SendMsg",
        [APPMSG_METHOD_SEND_TO_SHELL_CORE] = "SendMsgToShellCore",
        [APPMSG_METHOD_SEND_TO_SHELL_UI] = "SendMsgToShellUI",
    };

    return method < sizeof names / sizeof *names ? names[method] : NULL;
}
