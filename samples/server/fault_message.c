/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fault_message.h"

#include <ipcshark/appmsg.h>
#include <ipcshark/cmif.h>
#include <ipcshark/ctripc.h>
#include <ipcshark/htipc.h>
#include <ipcshark/sceipmi.h>

#define SCRAMBLED 16 /* Bytes: the headers of all three systems' messages. */

/* A section of the exit that may be written to. */
struct contents {
    uint8_t *bytes;
    size_t size;
};

static bool find_contents(const struct server_call *call, uint16_t type, uint16_t index,
                          struct contents *contents)
{
    struct ipctap_section section;
    struct ipctap_record record;
    size_t size;
    uint8_t *bytes = record_builder_peek(&call->exit, &size);

    if (!bytes || !ipctap_record_decode(bytes, size, &record, NULL) ||
        !ipctap_section_find(&record, type, index, &section) || !section.captured_size)
        return false;
    *contents = (struct contents){bytes + (section.bytes - bytes), section.captured_size};
    return true;
}

static bool find_horizon_command(const struct server_call *call,
                                 const struct ipctap_section *section, uint32_t *command)
{
    const struct cmif_context context = {.direction = HIPC_REQUEST,
                                         .is_domain = call->target.is_domain};
    struct hipc_message hipc;
    struct cmif_message cmif;

    hipc_decode(section->bytes, section->captured_size, HIPC_REQUEST, &hipc, NULL);
    if (htipc_is_type(hipc.type)) {
        struct htipc_message tipc;

        htipc_decode(section->bytes, section->captured_size, &hipc, false, &tipc, NULL);
        *command = tipc.command_id;
        return !tipc.is_close;
    }
    cmif_decode(section->bytes, section->captured_size, &hipc, &context, &cmif, NULL);
    *command = cmif.method_id;
    return cmif.kind == CMIF_REQUEST && cmif.has_header;
}

static bool find_ipmi_command(const struct server_call *call, const struct ipctap_section *section,
                              uint32_t *command)
{
    const struct sceipmi_operation *operation;
    struct sceipmi_call fields = {0};
    struct ipctap_section block;

    sceipmi_call_decode(section->bytes, section->captured_size, &fields, NULL);
    operation = sceipmi_operation(fields.op);
    *command = fields.op;
    if (operation && sceipmi_layout_field(operation->layout, "method") &&
        server_call_section(call, IPCTAP_IPMI_BLOCK, 0, &block))
        *command =
            (uint32_t)sceipmi_get(operation->layout, "method", block.bytes, block.captured_size);
    return true;
}

static bool find_message_command(const struct server_call *call, uint32_t *command)
{
    struct ipctap_section section;

    if (!server_call_section(call, IPCTAP_MESSAGE, 0, &section))
        return false;
    if (call->record.header.kind == IPCTAP_HIPC_MESSAGE)
        return find_horizon_command(call, &section, command);
    *command = ctripc_word(section.bytes, section.captured_size, 0) >> 16;
    return true;
}

static bool find_app_messaging_function(const struct server_call *call, uint32_t *command)
{
    struct ipctap_section section;
    struct appmsg_call fields = {0};

    if (!server_call_section(call, IPCTAP_SECTION_APPMSG_CALL, 0, &section))
        return false;
    appmsg_call_decode(section.bytes, section.captured_size, &fields, NULL);
    *command = fields.function;
    return true;
}

bool fault_find_command(const struct server_call *call, uint32_t *command)
{
    struct ipctap_kernel_call arguments;
    struct ipctap_section section;

    switch (call->record.header.kind) {
    case IPCTAP_HIPC_MESSAGE:
    case IPCTAP_CTR_COMMAND:
        return find_message_command(call, command);
    case IPCTAP_IPMI_CALL:
        return server_call_section(call, IPCTAP_SECTION_IPMI_CALL, 0, &section) &&
               find_ipmi_command(call, &section, command);
    case IPCTAP_APPMSG_CALL:
        return find_app_messaging_function(call, command);
    default:
        server_call_kernel_call(call, &arguments);
        *command = arguments.call;
        return true;
    }
}

/* A manager call's results are part of its contents: they say the same as the record's header. */
static void fail_manager_call(struct server_call *call, const struct contents *contents,
                              uint32_t result)
{
    uint8_t bytes[SCEIPMI_CALL_SIZE];
    struct sceipmi_call fields;

    sceipmi_call_decode(contents->bytes, contents->size, &fields, NULL);
    fields.out = result;
    sceipmi_call_encode(&fields, bytes, sizeof bytes);
    record_builder_reset(&call->exit);
    server_call_add(call, IPCTAP_SECTION_IPMI_CALL, 0, 0, bytes, sizeof bytes);
}

static void fail_function(struct server_call *call, const struct contents *contents,
                          uint32_t result)
{
    uint8_t bytes[APPMSG_CALL_SIZE];
    struct appmsg_call fields;

    appmsg_call_decode(contents->bytes, contents->size, &fields, NULL);
    fields.return_value = (int32_t)result;
    fields.valid = APPMSG_RETURN_VALID;
    appmsg_call_encode(&fields, bytes, sizeof bytes);
    record_builder_reset(&call->exit);
    server_call_add(call, IPCTAP_SECTION_APPMSG_CALL, 0, 0, bytes, sizeof bytes);
}

void fault_set_result(struct server_call *call, uint32_t result)
{
    struct contents contents;

    call->exit.header.result = result;
    if (find_contents(call, IPCTAP_SECTION_IPMI_CALL, 0, &contents))
        fail_manager_call(call, &contents, result);
    else if (find_contents(call, IPCTAP_SECTION_APPMSG_CALL, 0, &contents))
        fail_function(call, &contents, result);
    else
        record_builder_reset(&call->exit);
}

static bool store(const struct contents *contents, size_t offset, uint32_t value)
{
    if (offset + 4 > contents->size)
        return false;
    ipcshark_store_u32(contents->bytes + offset, value);
    return true;
}

static bool set_horizon_reply(const struct server_call *call, const struct contents *contents,
                              uint32_t result)
{
    const struct cmif_context context = {.direction = HIPC_REPLY,
                                         .is_domain = call->target.is_domain};
    struct hipc_message hipc;
    struct cmif_message cmif;

    hipc_decode(contents->bytes, contents->size, HIPC_REPLY, &hipc, NULL);
    if (htipc_is_type(hipc.type)) {
        struct htipc_message tipc;

        htipc_decode(contents->bytes, contents->size, &hipc, true, &tipc, NULL);
        return tipc.has_result && store(contents, tipc.data_offset - 4, result);
    }
    cmif_decode(contents->bytes, contents->size, &hipc, &context, &cmif, NULL);
    return cmif.has_header && store(contents, cmif.offset + 8, result);
}

bool fault_set_reply(struct server_call *call, uint32_t result)
{
    struct contents contents;

    if (call->record.header.kind == IPCTAP_IPMI_CALL)
        return find_contents(call, IPCTAP_IPMI_SCALAR, IPCTAP_SCALAR_RESULT, &contents) &&
               store(&contents, 0, result);
    if (call->record.header.kind > IPCTAP_CTR_COMMAND ||
        !find_contents(call, IPCTAP_MESSAGE, 0, &contents))
        return false;
    return call->record.header.kind == IPCTAP_HIPC_MESSAGE
               ? set_horizon_reply(call, &contents, result)
               : store(&contents, 4, result);
}

bool fault_scramble(struct server_call *call, GRand *dice)
{
    static const uint16_t types[] = {IPCTAP_MESSAGE,
                                     IPCTAP_IPMI_OUT,
                                     IPCTAP_IPMI_MESSAGE,
                                     IPCTAP_SECTION_IPMI_CALL,
                                     IPCTAP_SECTION_APPMSG_CALL,
                                     IPCTAP_SECTION_KERNEL_CALL};
    struct contents contents;

    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        if (!find_contents(call, types[i], 0, &contents))
            continue;
        /* Never by chance the same byte. */
        for (size_t n = 0; n < contents.size && n < SCRAMBLED; n++)
            contents.bytes[n] ^= (uint8_t)g_rand_int_range(dice, 1, 0x100);
        return true;
    }
    return false;
}
