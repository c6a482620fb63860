/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "orbis_ipmi.h"

#include <ipcshark/writer.h>

#include <string.h>

#define STACK       UINT64_C(0x7EFFC000)
#define ALIGNED(n)  (((n) + 15) & ~(uint64_t)15)
#define NOT_WRITTEN 0xFFFFFFFFu /**< libSceIpmi presets *out. */

void orbis_ipmi_begin(struct orbis_ipmi *ipmi, struct traffic_client *client, uint32_t op,
                      uint32_t kid)
{
    const struct sceipmi_operation *operation = sceipmi_operation(op);

    memset(ipmi, 0, sizeof *ipmi);
    ipmi->client = client;
    ipmi->tid = 1;
    ipmi->layout = operation ? operation->layout : NULL;
    ipmi->next_address = STACK;
    ipmi->call.op = op;
    ipmi->call.kid = kid;
    ipmi->call.cookie = SCEIPMI_COOKIE;
    ipmi->call.out_pointer = orbis_ipmi_room(ipmi, 4);
    ipmi->call.in_pointer = orbis_ipmi_room(ipmi, SCEIPMI_MAX_BLOCK_SIZE);
    ipmi->call.in_size = ipmi->layout ? ipmi->layout->size : 0;
}

void orbis_ipmi_set(struct orbis_ipmi *ipmi, const char *name, uint64_t value)
{
    sceipmi_set(ipmi->layout, name, ipmi->block, sizeof ipmi->block, value);
}

uint64_t orbis_ipmi_room(struct orbis_ipmi *ipmi, size_t size)
{
    uint64_t address = ipmi->next_address;

    ipmi->next_address += ALIGNED(size ? size : 1);
    return address;
}

uint64_t orbis_ipmi_place(struct orbis_ipmi *ipmi, uint16_t type, uint16_t index, const void *bytes,
                          size_t size)
{
    uint64_t address = orbis_ipmi_room(ipmi, size);

    g_assert(ipmi->count < ORBIS_IPMI_MAX_CONTENTS);
    ipmi->contents[ipmi->count].type = type;
    ipmi->contents[ipmi->count].index = index;
    ipmi->contents[ipmi->count].address = address;
    ipmi->contents[ipmi->count].size = size;
    ipmi->contents[ipmi->count].bytes = bytes ? g_bytes_new(bytes, size) : NULL;
    ipmi->count++;
    return address;
}

void orbis_ipmi_inputs(struct orbis_ipmi *ipmi, GBytes *const *inputs, size_t count)
{
    struct sceipmi_data_info info[SCEIPMI_MAX_COUNT];
    uint8_t bytes[SCEIPMI_MAX_COUNT * SCEIPMI_DATA_INFO_SIZE];
    bool responds = ipmi->call.op == SCEIPMI_RESPOND_ASYNC;

    for (size_t n = 0; n < count; n++) {
        gsize size;
        const void *input = g_bytes_get_data(inputs[n], &size);

        info[n].size = size;
        info[n].data = size ? orbis_ipmi_place(ipmi, responds ? IPCTAP_IPMI_OUT : IPCTAP_IPMI_IN,
                                               (uint16_t)n, input, size)
                            : orbis_ipmi_room(ipmi, 0);
    }
    orbis_ipmi_set(ipmi, responds ? "num_out" : "num_in", count);
    if (count)
        orbis_ipmi_set(
            ipmi, responds ? "out" : "in",
            orbis_ipmi_place(ipmi, IPCTAP_IPMI_DATA_INFO, 0, bytes,
                             sceipmi_data_info_encode(info, count, bytes, sizeof bytes)));
}

void orbis_ipmi_outputs(struct orbis_ipmi *ipmi, const uint64_t *capacities, size_t count)
{
    struct sceipmi_buffer_info info[SCEIPMI_MAX_COUNT] = {0};
    uint8_t bytes[SCEIPMI_MAX_COUNT * SCEIPMI_BUFFER_INFO_SIZE];

    for (size_t n = 0; n < count; n++) {
        info[n].capacity = capacities[n];
        info[n].data =
            orbis_ipmi_place(ipmi, IPCTAP_IPMI_OUT, (uint16_t)n, NULL, (size_t)capacities[n]);
    }
    orbis_ipmi_set(ipmi, "num_out", count);
    if (count)
        orbis_ipmi_set(
            ipmi, "out",
            orbis_ipmi_place(ipmi, IPCTAP_IPMI_BUFFER_INFO, 0, bytes,
                             sceipmi_buffer_info_encode(info, count, bytes, sizeof bytes)));
}

static void add_contents(struct orbis_ipmi *ipmi, struct record_builder *request)
{
    for (unsigned int i = 0; i < ipmi->count; i++) {
        GBytes *bytes = ipmi->contents[i].bytes;

        if (bytes)
            record_builder_add(request, ipmi->contents[i].type, ipmi->contents[i].index,
                               ipmi->contents[i].address, g_bytes_get_data(bytes, NULL),
                               g_bytes_get_size(bytes));
        else
            record_builder_add_room(request, ipmi->contents[i].type, ipmi->contents[i].index,
                                    ipmi->contents[i].address, ipmi->contents[i].size);
        g_clear_pointer(&ipmi->contents[i].bytes, g_bytes_unref);
    }
    ipmi->count = 0;
}

uint64_t orbis_ipmi_send(struct orbis_ipmi *ipmi)
{
    struct record_builder request;
    uint8_t call[SCEIPMI_CALL_SIZE];

    traffic_client_begin(ipmi->client, &request, IPCTAP_IPMI_CALL);
    request.header.tid = ipmi->tid;
    request.header.object = ipmi->call.kid;
    sceipmi_call_encode(&ipmi->call, call, sizeof call);
    record_builder_add(&request, IPCTAP_SECTION_IPMI_CALL, 0, 0, call, sizeof call);
    if (ipmi->call.in_size)
        record_builder_add_part(&request, IPCTAP_IPMI_BLOCK, 0, ipmi->call.in_pointer, ipmi->block,
                                MIN((size_t)ipmi->call.in_size, sizeof ipmi->block),
                                ipmi->call.in_size);
    add_contents(ipmi, &request);
    return traffic_client_send(ipmi->client, &request);
}

bool orbis_ipmi_wait(struct traffic_client *client, uint64_t call_id, struct orbis_ipmi_exit *exit)
{
    struct ipctap_section section;

    memset(exit, 0, sizeof *exit);
    exit->call.out = NOT_WRITTEN;
    if (!call_id || !traffic_client_wait(client, call_id, &exit->exit))
        return false;
    exit->answered = true;
    if (traffic_exit_section(&exit->exit, IPCTAP_SECTION_IPMI_CALL, 0, &section))
        sceipmi_call_decode(section.bytes, section.captured_size, &exit->call, NULL);
    if (!(exit->call.valid & SCEIPMI_OUT_VALID))
        exit->call.out = NOT_WRITTEN;
    return true;
}

bool orbis_ipmi_perform(struct orbis_ipmi *ipmi, struct orbis_ipmi_exit *exit)
{
    return orbis_ipmi_wait(ipmi->client, orbis_ipmi_send(ipmi), exit);
}

uint32_t orbis_ipmi_out(struct orbis_ipmi *ipmi)
{
    struct orbis_ipmi_exit exit;
    uint32_t out;

    orbis_ipmi_perform(ipmi, &exit);
    out = exit.call.out;
    orbis_ipmi_exit_clear(&exit);
    return out;
}

uint64_t orbis_ipmi_scalar(const struct orbis_ipmi_exit *exit, uint16_t index)
{
    struct ipctap_section section;
    uint64_t value = 0;

    if (!exit->answered || !traffic_exit_section(&exit->exit, IPCTAP_IPMI_SCALAR, index, &section))
        return 0;
    for (size_t i = 0; i < section.captured_size && i < 8; i++)
        value |= (uint64_t)section.bytes[i] << (8 * i);
    return value;
}

void orbis_ipmi_exit_clear(struct orbis_ipmi_exit *exit)
{
    if (exit->answered)
        traffic_exit_clear(&exit->exit);
    exit->answered = false;
}

static void place_name(struct orbis_ipmi *ipmi, const char *name)
{
    orbis_ipmi_set(ipmi, "name",
                   orbis_ipmi_place(ipmi, IPCTAP_IPMI_NAME, 0, name, strlen(name) + 1));
}

uint32_t orbis_ipmi_create_client(struct traffic_client *client, const char *name,
                                  unsigned int queues, uint64_t queue_size)
{
    const struct sceipmi_layout *layout = sceipmi_client_config();
    uint8_t config[0x150] = {0};
    struct orbis_ipmi ipmi;

    orbis_ipmi_begin(&ipmi, client, SCEIPMI_CREATE_CLIENT, 0);
    sceipmi_set(layout, "size", config, sizeof config, sizeof config);
    sceipmi_set(layout, "sync_max_outstanding", config, sizeof config, 1);
    sceipmi_set(layout, "num_queues", config, sizeof config, queues);
    for (unsigned int n = 0; n < queues && n < SCEIPMI_MAX_QUEUES; n++) {
        g_autofree char *field = g_strdup_printf("queue_size_%u", n);

        sceipmi_set(layout, field, config, sizeof config, queue_size);
    }
    orbis_ipmi_set(&ipmi, "client_impl", 0x880010000);
    place_name(&ipmi, name);
    orbis_ipmi_set(&ipmi, "config",
                   orbis_ipmi_place(&ipmi, IPCTAP_IPMI_CONFIG, 0, config, sizeof config));
    return orbis_ipmi_out(&ipmi);
}

uint32_t orbis_ipmi_create_server(struct traffic_client *client, const char *name)
{
    const struct sceipmi_layout *layout = sceipmi_server_config();
    uint8_t config[0x38] = {0};
    struct orbis_ipmi ipmi;

    orbis_ipmi_begin(&ipmi, client, SCEIPMI_CREATE_SERVER, 0);
    sceipmi_set(layout, "size", config, sizeof config, sizeof config);
    sceipmi_set(layout, "user_data", config, sizeof config, 0x880030000);
    orbis_ipmi_set(&ipmi, "server_impl", 0x880020000);
    place_name(&ipmi, name);
    orbis_ipmi_set(&ipmi, "config",
                   orbis_ipmi_place(&ipmi, IPCTAP_IPMI_CONFIG, 0, config, sizeof config));
    return orbis_ipmi_out(&ipmi);
}

uint32_t orbis_ipmi_simple(struct traffic_client *client, uint32_t op, uint32_t kid)
{
    struct orbis_ipmi ipmi;

    orbis_ipmi_begin(&ipmi, client, op, kid);
    return orbis_ipmi_out(&ipmi);
}

uint32_t orbis_ipmi_connect(struct traffic_client *client, uint32_t kid)
{
    struct orbis_ipmi ipmi;

    orbis_ipmi_begin(&ipmi, client, SCEIPMI_CONNECT, kid);
    orbis_ipmi_set(&ipmi, "status", orbis_ipmi_room(&ipmi, 4));
    return orbis_ipmi_out(&ipmi);
}

uint32_t orbis_ipmi_disconnect(struct traffic_client *client, uint32_t kid)
{
    struct orbis_ipmi ipmi;

    orbis_ipmi_begin(&ipmi, client, SCEIPMI_DISCONNECT, kid);
    orbis_ipmi_set(&ipmi, "status", orbis_ipmi_room(&ipmi, 4));
    return orbis_ipmi_out(&ipmi);
}

uint32_t orbis_ipmi_invoke(struct traffic_client *client, uint32_t kid, uint32_t method,
                           GBytes *const *inputs, size_t count, uint32_t *result)
{
    struct orbis_ipmi_exit exit;
    struct orbis_ipmi ipmi;
    uint32_t out;

    orbis_ipmi_begin(&ipmi, client, SCEIPMI_INVOKE_SYNC, kid);
    orbis_ipmi_set(&ipmi, "method", method);
    orbis_ipmi_inputs(&ipmi, inputs, count);
    orbis_ipmi_set(&ipmi, "result", orbis_ipmi_room(&ipmi, 4));
    orbis_ipmi_perform(&ipmi, &exit);
    out = exit.call.out;
    *result = (uint32_t)orbis_ipmi_scalar(&exit, IPCTAP_SCALAR_RESULT);
    orbis_ipmi_exit_clear(&exit);
    return out;
}
