/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "libnx.h"

#include <string.h>

#include <switch/sf/cmif.h>

static uint64_t read_statics(const HipcStaticDescriptor *at, uint32_t count)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < count; i++)
        sum += (uintptr_t)hipcGetStaticAddress(&at[i]) + hipcGetStaticSize(&at[i]) + at[i].index;
    return sum;
}

static uint64_t read_buffers(const HipcBufferDescriptor *at, uint32_t count)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < count; i++)
        sum += (uintptr_t)hipcGetBufferAddress(&at[i]) + hipcGetBufferSize(&at[i]) + at[i].mode;
    return sum;
}

static uint64_t read_list(const HipcRecvListEntry *at, uint32_t count)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < count; i++)
        sum += (at[i].address_low | (uint64_t)at[i].address_high << 32) + at[i].size;
    return sum;
}

static uint64_t read_handles(const Handle *at, uint32_t count)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < count; i++)
        sum += at[i];
    return sum;
}

static uint64_t read_request(const HipcParsedRequest *request)
{
    const HipcMetadata *meta = &request->meta;
    uint32_t list = meta->num_recv_statics == HIPC_AUTO_RECV_STATIC ? 1 : meta->num_recv_statics;

    return meta->type + request->pid +
           read_handles(request->data.copy_handles, meta->num_copy_handles) +
           read_handles(request->data.move_handles, meta->num_move_handles) +
           read_statics(request->data.send_statics, meta->num_send_statics) +
           read_buffers(request->data.send_buffers, meta->num_send_buffers) +
           read_buffers(request->data.recv_buffers, meta->num_recv_buffers) +
           read_buffers(request->data.exch_buffers, meta->num_exch_buffers) +
           read_list(request->data.recv_list, list);
}

uint64_t libnx_request(const uint8_t *bytes)
{
    HipcParsedRequest request = hipcParseRequest((void *)(uintptr_t)bytes);

    return read_request(&request);
}

uint64_t libnx_request_cmif(const uint8_t *bytes, bool is_domain)
{
    HipcParsedRequest request = hipcParseRequest((void *)(uintptr_t)bytes);
    const uint8_t *at = cmifGetAlignedDataStart(request.data.data_words, (void *)(uintptr_t)bytes);
    uint64_t sum = read_request(&request);
    CmifInHeader header;

    if (!request.data.data_words)
        return sum;
    if (is_domain) {
        CmifDomainInHeader domain;

        memcpy(&domain, at, sizeof domain);
        sum += domain.type + domain.num_in_objects + domain.data_size + domain.object_id;
        at += sizeof domain;
    }
    memcpy(&header, at, sizeof header);
    return sum + header.command_id + header.token;
}

static uint64_t read_reply(const HipcResponse *reply)
{
    return reply->pid + read_handles(reply->copy_handles, reply->num_copy_handles) +
           read_handles(reply->move_handles, reply->num_move_handles) +
           read_statics(reply->statics, reply->num_statics);
}

uint64_t libnx_reply(const uint8_t *bytes)
{
    HipcResponse reply = hipcParseResponse((void *)(uintptr_t)bytes);

    return read_reply(&reply);
}

uint64_t libnx_reply_cmif(const uint8_t *bytes, bool is_domain)
{
    HipcResponse reply = hipcParseResponse((void *)(uintptr_t)bytes);
    CmifResponse response = {0};
    uint64_t sum = read_reply(&reply);

    sum += cmifParseResponse(&response, (void *)(uintptr_t)bytes, is_domain, 0);
    return sum + (uintptr_t)response.data;
}

static void *address(uint64_t value)
{
    return (void *)(uintptr_t)value;
}

static CmifRequestFormat format_of(const struct cmif_request *request)
{
    const struct hipc_message *hipc = &request->hipc;

    return (CmifRequestFormat){
        .object_id = request->is_domain ? request->object_id : 0,
        .request_id = request->method_id,
        .data_size = request->data_size,
        .num_in_buffers = hipc->send_count,
        .num_out_buffers = hipc->receive_count,
        .num_inout_buffers = hipc->exchange_count,
        .num_in_pointers = hipc->pointer_count,
        .num_out_pointers = request->out_pointer_count,
        .num_out_fixed_pointers = (u32)hipc->receive_list_count - request->out_pointer_count,
        .num_objects = request->object_count,
        .num_handles = hipc->has_special ? hipc->special.copy_count : 0,
        .send_pid = hipc->has_special && hipc->special.has_pid,
    };
}

static void fill_buffers(CmifRequest *made, const struct hipc_message *hipc)
{
    for (unsigned int i = 0; i < hipc->send_count; i++)
        cmifRequestInBuffer(made, address(hipc->send[i].address), hipc->send[i].size,
                            (HipcBufferMode)hipc->send[i].attribute);
    for (unsigned int i = 0; i < hipc->receive_count; i++)
        cmifRequestOutBuffer(made, address(hipc->receive[i].address), hipc->receive[i].size,
                             (HipcBufferMode)hipc->receive[i].attribute);
    for (unsigned int i = 0; i < hipc->exchange_count; i++)
        cmifRequestInOutBuffer(made, address(hipc->exchange[i].address), hipc->exchange[i].size,
                               (HipcBufferMode)hipc->exchange[i].attribute);
}

static void fill_pointers(CmifRequest *made, const struct cmif_request *request)
{
    const struct hipc_message *hipc = &request->hipc;

    for (unsigned int i = 0; i < hipc->pointer_count; i++)
        cmifRequestInPointer(made, address(hipc->pointer[i].address), hipc->pointer[i].size);
    for (unsigned int i = 0; i < hipc->receive_list_count; i++) {
        const struct hipc_receive_entry *entry = &hipc->receive_list[i];

        cmifRequestOutFixedPointer(made, address(entry->address), entry->size);
    }
    for (unsigned int i = 0; i < request->out_pointer_count; i++)
        *made->out_pointer_sizes++ = request->out_pointer_sizes[i];
}

void libnx_encode(const struct cmif_request *request, uint8_t *bytes)
{
    CmifRequest made = cmifMakeRequest(bytes, format_of(request));

    fill_buffers(&made, &request->hipc);
    fill_pointers(&made, request);
    for (unsigned int i = 0; i < request->object_count; i++)
        cmifRequestObject(&made, request->objects[i]);
    for (unsigned int i = 0; request->hipc.has_special && i < request->hipc.special.copy_count; i++)
        cmifRequestHandle(&made, request->hipc.special.copy[i]);
    memcpy(made.data, request->data, request->data_size);
}
