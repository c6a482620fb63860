/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a manager call passes in and gets back, as sections of its records. */
#include "orbis.h"

#include <ipcshark/reader.h>
#include <ipcshark/writer.h>

bool orbis_call_parse(struct orbis_kernel *kernel, struct server_call *call,
                      struct orbis_call *parsed)
{
    struct ipctap_section section;

    memset(parsed, 0, sizeof *parsed);
    parsed->kernel = kernel;
    parsed->call = call;
    if (!server_call_section(call, IPCTAP_SECTION_IPMI_CALL, 0, &section) ||
        !sceipmi_call_decode(section.bytes, section.captured_size, &parsed->arguments, NULL))
        return false;
    parsed->operation = sceipmi_operation(parsed->arguments.op);
    if (!server_call_section(call, IPCTAP_IPMI_BLOCK, 0, &parsed->block))
        memset(&parsed->block, 0, sizeof parsed->block);
    parsed->object = orbis_object_find(kernel, parsed->arguments.kid,
                                       parsed->operation ? parsed->operation->object : 0);
    return true;
}

uint64_t orbis_argument(const struct orbis_call *call, const char *name)
{
    return sceipmi_get(call->operation ? call->operation->layout : NULL, name, call->block.bytes,
                       call->block.captured_size);
}

uint16_t orbis_count(const struct orbis_call *call, const char *name)
{
    return (uint16_t)MIN(orbis_argument(call, name), SCEIPMI_MAX_COUNT);
}

/** A section that is there but does not fit its descriptor is a fault of the record. */
static bool contradicts(const struct ipctap_section *section, uint64_t address, uint64_t size)
{
    return section->captured_size != size || (section->address && section->address != address);
}

bool orbis_contents(struct orbis_call *call, uint16_t type, uint16_t index, uint64_t address,
                    uint64_t size, struct ipctap_section *section)
{
    memset(section, 0, sizeof *section);
    if (size == 0)
        return true;
    if (!address || !server_call_section(call->call, type, index, section)) {
        orbis_finish_errno(call->call, ORBIS_EFAULT);
        return false;
    }
    if (contradicts(section, address, size)) {
        server_call_reject(call->call,
                           "Section 0x%04X [%u] has %u bytes at 0x%" G_GINT64_MODIFIER
                           "X; the call says %" G_GUINT64_FORMAT " bytes at 0x%" G_GINT64_MODIFIER
                           "X",
                           type, index, section->captured_size, section->address, size, address);
        return false;
    }
    return true;
}

/** One input's bytes; NULL: refused and finished. */
static GBytes *read_input(struct orbis_call *call, uint16_t type, uint16_t n, uint64_t address,
                          uint64_t size)
{
    struct ipctap_section section;

    if (!orbis_contents(call, type, n, address, size, &section))
        return NULL;
    return g_bytes_new(section.bytes, section.captured_size);
}

GPtrArray *orbis_inputs(struct orbis_call *call, const char *name, const char *count_name)
{
    uint16_t count = orbis_count(call, count_name);
    g_autoptr(GPtrArray) inputs = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    /* What a responding call sends stands in IPMI_OUT. */
    bool responds = call->arguments.op == SCEIPMI_RESPOND_ASYNC;
    struct ipctap_section array;

    if (!orbis_contents(call, IPCTAP_IPMI_DATA_INFO, 0, orbis_argument(call, name),
                        (uint64_t)count * SCEIPMI_DATA_INFO_SIZE, &array))
        return NULL;
    for (uint16_t n = 0; n < count; n++) {
        struct sceipmi_data_info info;
        GBytes *input;

        sceipmi_data_info(array.bytes, array.captured_size, n, &info);
        input =
            read_input(call, responds ? IPCTAP_IPMI_OUT : IPCTAP_IPMI_IN, n, info.data, info.size);
        if (!input)
            return NULL;
        g_ptr_array_add(inputs, input);
    }
    return g_steal_pointer(&inputs);
}

static void answer_call(struct server_call *call, uint64_t rax, uint32_t out, uint32_t valid)
{
    struct ipctap_section section;
    struct sceipmi_call results = {0};
    uint8_t bytes[SCEIPMI_CALL_SIZE];

    if (server_call_section(call, IPCTAP_SECTION_IPMI_CALL, 0, &section))
        sceipmi_call_decode(section.bytes, section.captured_size, &results, NULL);
    results.rax = rax;
    results.out = out;
    results.valid = valid;
    sceipmi_call_encode(&results, bytes, sizeof bytes);
    server_call_add(call, IPCTAP_SECTION_IPMI_CALL, 0, 0, bytes, sizeof bytes);
}

void orbis_answer(struct server_call *call, uint32_t out)
{
    answer_call(call, 0, out, SCEIPMI_RAX_VALID | SCEIPMI_OUT_VALID);
}

void orbis_answer_scalar(struct server_call *call, uint16_t index, uint64_t address, uint64_t value,
                         size_t size)
{
    uint8_t bytes[8];

    if (!address)
        return;
    ipcshark_store_u64(bytes, value);
    server_call_add(call, IPCTAP_IPMI_SCALAR, index, address, bytes, size);
}

void orbis_finish(struct server_call *call, uint32_t out)
{
    orbis_answer(call, out);
    server_call_finish(call, out);
}

void orbis_finish_errno(struct server_call *call, uint32_t error)
{
    record_builder_reset(&call->exit);
    answer_call(call, error, 0, SCEIPMI_RAX_VALID | SCEIPMI_CARRY);
    server_call_finish(call, ORBIS_ERROR(error));
}

void orbis_answer_outputs(struct orbis_call *call, GPtrArray *outputs)
{
    struct ipctap_section array;
    struct sceipmi_buffer_info info[SCEIPMI_MAX_COUNT];
    uint8_t bytes[SCEIPMI_MAX_COUNT * SCEIPMI_BUFFER_INFO_SIZE];
    size_t count = 0;

    if (!server_call_section(call->call, IPCTAP_IPMI_BUFFER_INFO, 0, &array))
        return;
    while (count < SCEIPMI_MAX_COUNT &&
           sceipmi_buffer_info(array.bytes, array.captured_size, count, &info[count])) {
        gsize size = 0;

        if (outputs && count < outputs->len)
            g_bytes_get_data(g_ptr_array_index(outputs, count), &size);
        info[count].written = MIN(size, info[count].capacity);
        count++;
    }
    server_call_add(call->call, IPCTAP_IPMI_BUFFER_INFO, 0, array.address, bytes,
                    sceipmi_buffer_info_encode(info, count, bytes, sizeof bytes));
    for (size_t n = 0; outputs && n < count; n++) {
        if (info[n].written)
            server_call_add(call->call, IPCTAP_IPMI_OUT, (uint16_t)n, info[n].data,
                            g_bytes_get_data(g_ptr_array_index(outputs, n), NULL),
                            (size_t)info[n].written);
    }
}
