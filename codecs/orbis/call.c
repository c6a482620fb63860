/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The IPMI_CALL section of a record: docs/capture-format.md, section 3. */
#include <ipcshark/reader.h>
#include <ipcshark/sceipmi.h>
#include <ipcshark/writer.h>

bool sceipmi_call_decode(const uint8_t *bytes, size_t length, struct sceipmi_call *call,
                         struct ipcshark_findings *findings)
{
    struct ipcshark_reader reader = ipcshark_reader(bytes, length);

    call->op = ipcshark_read_u32(&reader);
    call->kid = ipcshark_read_u32(&reader);
    call->out_pointer = ipcshark_read_u64(&reader);
    call->in_pointer = ipcshark_read_u64(&reader);
    call->in_size = ipcshark_read_u64(&reader);
    call->cookie = ipcshark_read_u64(&reader);
    call->rax = ipcshark_read_u64(&reader);
    call->out = ipcshark_read_u32(&reader);
    call->valid = ipcshark_read_u32(&reader);
    ipcshark_read_u64(&reader);
    if (reader.failed)
        ipcshark_find(findings, IPCSHARK_FINDING_SCEIPMI_CALL_TRUNCATED, 0, length, length,
                      SCEIPMI_CALL_SIZE);
    return !reader.failed;
}

size_t sceipmi_call_encode(const struct sceipmi_call *call, uint8_t *bytes, size_t capacity)
{
    struct ipcshark_writer writer = ipcshark_writer(bytes, capacity);

    ipcshark_write_u32(&writer, call->op);
    ipcshark_write_u32(&writer, call->kid);
    ipcshark_write_u64(&writer, call->out_pointer);
    ipcshark_write_u64(&writer, call->in_pointer);
    ipcshark_write_u64(&writer, call->in_size);
    ipcshark_write_u64(&writer, call->cookie);
    ipcshark_write_u64(&writer, call->rax);
    ipcshark_write_u32(&writer, call->out);
    ipcshark_write_u32(&writer, call->valid);
    ipcshark_write_u64(&writer, 0);
    return writer.failed ? 0 : writer.offset;
}
