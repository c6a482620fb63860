/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The APPMSG_CALL section of a record: docs/capture-format.md, section 3. */
#include <ipcshark/appmsg.h>
#include <ipcshark/reader.h>
#include <ipcshark/writer.h>

static void check_call(const struct appmsg_call *call, struct ipcshark_findings *findings)
{
    bool sends = call->function >= APPMSG_SEND_MSG && call->function <= APPMSG_SEND_MSG_TO_SHELL_UI;

    if (!appmsg_function_name(call->function))
        ipcshark_find(findings, IPCSHARK_FINDING_APPMSG_UNKNOWN_FUNCTION, 0, 4, call->function,
                      APPMSG_TRY_GET_EVENT_FLAG);
    if (sends && call->payload_size > APPMSG_MAX_PAYLOAD)
        ipcshark_find(findings, IPCSHARK_FINDING_APPMSG_PAYLOAD_TOO_LARGE, 24, 8,
                      call->payload_size, APPMSG_MAX_PAYLOAD);
}

bool appmsg_call_decode(const uint8_t *bytes, size_t length, struct appmsg_call *call,
                        struct ipcshark_findings *findings)
{
    struct ipcshark_reader reader = ipcshark_reader(bytes, length);

    call->function = ipcshark_read_u32(&reader);
    call->return_value = (int32_t)ipcshark_read_u32(&reader);
    call->app_id = ipcshark_read_u32(&reader);
    call->message_type = ipcshark_read_u32(&reader);
    call->flags = ipcshark_read_u32(&reader);
    call->clear = ipcshark_read_u32(&reader);
    call->payload_size = ipcshark_read_u64(&reader);
    call->bits = ipcshark_read_u64(&reader);
    call->pattern = ipcshark_read_u64(&reader);
    call->timestamp = ipcshark_read_u64(&reader);
    call->valid = ipcshark_read_u32(&reader);
    ipcshark_read_u32(&reader);
    if (reader.failed)
        ipcshark_find(findings, IPCSHARK_FINDING_APPMSG_CALL_TRUNCATED, 0, length, length,
                      APPMSG_CALL_SIZE);
    else
        check_call(call, findings);
    return !reader.failed;
}

size_t appmsg_call_encode(const struct appmsg_call *call, uint8_t *bytes, size_t capacity)
{
    struct ipcshark_writer writer = ipcshark_writer(bytes, capacity);

    ipcshark_write_u32(&writer, call->function);
    ipcshark_write_u32(&writer, (uint32_t)call->return_value);
    ipcshark_write_u32(&writer, call->app_id);
    ipcshark_write_u32(&writer, call->message_type);
    ipcshark_write_u32(&writer, call->flags);
    ipcshark_write_u32(&writer, call->clear);
    ipcshark_write_u64(&writer, call->payload_size);
    ipcshark_write_u64(&writer, call->bits);
    ipcshark_write_u64(&writer, call->pattern);
    ipcshark_write_u64(&writer, call->timestamp);
    ipcshark_write_u32(&writer, call->valid);
    ipcshark_write_u32(&writer, 0);
    return writer.failed ? 0 : writer.offset;
}

const char *appmsg_function_name(uint32_t function)
{
    static const char *const names[] = {
        [APPMSG_SEND_MSG] = "sceAppMessagingSendMsg",
        [APPMSG_SEND_MSG_TO_SHELL_CORE] = "sceAppMessagingSendMsgToShellCore",
        [APPMSG_SEND_MSG_TO_SHELL_UI] = "sceAppMessagingSendMsgToShellUI",
        [APPMSG_RECEIVE_MSG] = "sceAppMessagingReceiveMsg",
        [APPMSG_TRY_RECEIVE_MSG] = "sceAppMessagingTryReceiveMsg",
        [APPMSG_SET_EVENT_FLAG] = "sceAppMessagingSetEventFlag",
        [APPMSG_CLEAR_EVENT_FLAG] = "sceAppMessagingClearEventFlag",
        [APPMSG_TRY_GET_EVENT_FLAG] = "sceAppMessagingTryGetEventFlag",
    };

    return function < sizeof names / sizeof *names ? names[function] : NULL;
}

const char *appmsg_family_name(enum appmsg_family family)
{
    static const char *const names[APPMSG_FAMILY_COUNT] = {
        [APPMSG_FAMILY_SONY] = "Sony",
        [APPMSG_FAMILY_HEN_V] = "HEN-V",
        [APPMSG_FAMILY_LIBHIJACKER] = "libhijacker",
        [APPMSG_FAMILY_ETAHEN] = "etaHEN-SDK",
    };

    return (unsigned int)family < APPMSG_FAMILY_COUNT ? names[family] : NULL;
}
