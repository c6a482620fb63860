/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ipcshark/record.h>

bool ipctap_kernel_call_decode(const uint8_t *bytes, size_t length, struct ipctap_kernel_call *call,
                               struct ipcshark_findings *findings)
{
    struct ipcshark_reader reader = ipcshark_reader(bytes, length);

    call->call = ipcshark_read_u32(&reader);
    call->handle = ipcshark_read_u32(&reader);
    call->handle_2 = ipcshark_read_u32(&reader);
    call->value = ipcshark_read_u32(&reader);
    call->address = ipcshark_read_u64(&reader);
    call->size = ipcshark_read_u64(&reader);
    call->value_2 = ipcshark_read_u64(&reader);
    ipcshark_read_u64(&reader);
    if (reader.failed)
        ipcshark_find(findings, IPCSHARK_FINDING_RECORD_KERNEL_CALL_CUT, 0, IPCTAP_KERNEL_CALL_SIZE,
                      length, IPCTAP_KERNEL_CALL_SIZE);
    return !reader.failed;
}

size_t ipctap_kernel_call_encode(const struct ipctap_kernel_call *call, uint8_t *bytes,
                                 size_t capacity)
{
    struct ipcshark_writer writer = ipcshark_writer(bytes, capacity);

    ipcshark_write_u32(&writer, call->call);
    ipcshark_write_u32(&writer, call->handle);
    ipcshark_write_u32(&writer, call->handle_2);
    ipcshark_write_u32(&writer, call->value);
    ipcshark_write_u64(&writer, call->address);
    ipcshark_write_u64(&writer, call->size);
    ipcshark_write_u64(&writer, call->value_2);
    ipcshark_write_u64(&writer, 0);
    return writer.offset;
}
