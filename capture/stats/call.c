/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "call.h"

#include <ipcshark/cmif.h>
#include <ipcshark/ctripc.h>
#include <ipcshark/htipc.h>
#include <ipcshark/names.h>
#include <ipcshark/sceipmi.h>
#include <string.h>

/** Valid UTF-8 without control characters, which a terminal would obey. */
static char *text_of(const struct ipctap_record *record, uint16_t type)
{
    struct ipctap_section section;
    g_autofree char *bytes = NULL;
    char *text;

    if (!ipctap_section_find(record, type, 0, &section))
        return g_strdup("");
    bytes = g_strndup((const char *)section.bytes, MIN(section.captured_size, IPCTAP_MAX_NAME));
    text = g_utf8_make_valid(bytes, -1);
    for (char *at = text; *at; at = g_utf8_next_char(at)) {
        if (g_unichar_iscntrl(g_utf8_get_char(at)))
            memset(at, '?', (size_t)(g_utf8_next_char(at) - at));
    }
    return text;
}

static char *number(const char *what, uint32_t id)
{
    return g_strdup_printf("%s %u", what, id);
}

static char *named(const char *name, const char *what, uint32_t id)
{
    return name ? g_strdup(name) : number(what, id);
}

static void decode_reply_or_request(const struct ipctap_record *record,
                                    const struct ipctap_section *section,
                                    enum hipc_direction direction, bool is_control,
                                    struct hipc_message *hipc, struct cmif_message *cmif)
{
    const struct cmif_context context = {
        .direction = direction,
        .is_domain = record->header.flags & IPCTAP_DOMAIN,
        .is_control = is_control,
    };

    hipc_decode(section->bytes, section->captured_size, direction, hipc, NULL);
    cmif_decode(section->bytes, section->captured_size, hipc, &context, cmif, NULL);
}

static char *cmif_command(const struct ipctap_record *record, const struct call *call,
                          const struct cmif_message *cmif)
{
    g_autofree char *interface_name = text_of(record, IPCTAP_INTERFACE);
    const char *of = *interface_name ? interface_name : call->service;
    const char *name;

    switch (cmif->kind) {
    case CMIF_CONTROL:
        return named(cmif_control_name(cmif->method_id), "control", cmif->method_id);
    case CMIF_RELEASE:
        return g_strdup("(close session)");
    case CMIF_DOMAIN_CLOSE:
        return g_strdup("(close object)");
    case CMIF_REQUEST:
        name = horizon_command_name(of, cmif->method_id, 0);
        if (!*interface_name)
            return named(name, "command", cmif->method_id);
        return name ? g_strdup_printf("%s.%s", horizon_short_name(of), name)
                    : g_strdup_printf("%s.%u", horizon_short_name(of), cmif->method_id);
    default:
        return g_strdup("(no command)");
    }
}

static void describe_hipc(const struct ipctap_record *record, const struct ipctap_section *section,
                          struct call *call)
{
    struct hipc_message hipc;
    struct cmif_message cmif;
    uint32_t id;

    decode_reply_or_request(record, section, HIPC_REQUEST, false, &hipc, &cmif);
    call->is_tipc = htipc_is_type(hipc.type);
    call->is_control = cmif.kind == CMIF_CONTROL;
    id = hipc.type - (uint32_t)HIPC_TYPE_TIPC_FIRST_COMMAND;
    if (!call->is_tipc)
        call->command = cmif_command(record, call, &cmif);
    else if (hipc.type == HIPC_TYPE_TIPC_CLOSE)
        call->command = g_strdup("(close session)");
    else
        call->command = named(horizon_tipc_command_name(call->service, id), "command", id);
}

static void describe_ctr(const struct ipctap_record *record G_GNUC_UNUSED,
                         const struct ipctap_section *section, struct call *call)
{
    uint16_t id = (uint16_t)(ctripc_word(section->bytes, section->captured_size, 0) >> 16);

    call->command = named(ctr_command_name(call->service, id), "command", id);
}

static void describe_ipmi(const struct ipctap_record *record G_GNUC_UNUSED,
                          const struct ipctap_section *section, struct call *call)
{
    const struct sceipmi_operation *operation;
    struct sceipmi_call ipmi;

    sceipmi_call_decode(section->bytes, section->captured_size, &ipmi, NULL);
    operation = sceipmi_operation(ipmi.op);
    call->command = named(operation ? operation->name : NULL, "operation", ipmi.op);
}

static void describe_kernel(const struct ipctap_record *record G_GNUC_UNUSED,
                            const struct ipctap_section *section, struct call *call)
{
    struct ipctap_kernel_call kernel;

    ipctap_kernel_call_decode(section->bytes, section->captured_size, &kernel, NULL);
    call->command = named(ipctap_kernel_call_name(kernel.call), "kernel call", kernel.call);
}

static const struct {
    uint16_t section;
    void (*describe)(const struct ipctap_record *record, const struct ipctap_section *section,
                     struct call *call);
} kinds[] = {
    [IPCTAP_HIPC_MESSAGE] = {IPCTAP_MESSAGE, describe_hipc},
    [IPCTAP_CTR_COMMAND] = {IPCTAP_MESSAGE, describe_ctr},
    [IPCTAP_IPMI_CALL] = {IPCTAP_SECTION_IPMI_CALL, describe_ipmi},
    [IPCTAP_KERNEL_CALL] = {IPCTAP_SECTION_KERNEL_CALL, describe_kernel},
};

static bool find_message(const struct ipctap_record *record, struct ipctap_section *section)
{
    uint8_t kind = record->header.kind;

    return kind < G_N_ELEMENTS(kinds) && kinds[kind].describe &&
           ipctap_section_find(record, kinds[kind].section, 0, section);
}

/** What the producer calls the function counts most. */
static void prefer_function(const struct ipctap_record *enter, struct call *call)
{
    char *function = text_of(enter, IPCTAP_FUNCTION);

    if (!*function && call->command) {
        g_free(function);
        return;
    }
    g_free(call->command);
    call->command = *function ? function : g_strdup("(unknown)");
    if (call->command != function)
        g_free(function);
}

void call_describe(const struct ipctap_record *enter, struct call *call)
{
    struct ipctap_section section;

    *call = (struct call){.service = text_of(enter, IPCTAP_SERVICE)};
    if (enter->header.kind == IPCTAP_KERNEL_CALL && !*call->service) {
        g_free(call->service);
        call->service = g_strdup("kernel");
    }
    if (find_message(enter, &section))
        kinds[enter->header.kind].describe(enter, &section, call);
    prefer_function(enter, call);
    if (!*call->service) {
        g_free(call->service);
        call->service = g_strdup("(unknown)");
    }
}

void call_clear(struct call *call)
{
    g_free(call->service);
    g_free(call->command);
}

static bool has_hipc_failed(const struct ipctap_record *exit, const struct ipctap_section *section,
                            const struct call *call)
{
    struct htipc_message tipc;
    struct hipc_message hipc;
    struct cmif_message cmif;

    decode_reply_or_request(exit, section, HIPC_REPLY, call->is_control, &hipc, &cmif);
    if (!call->is_tipc)
        return cmif.kind == CMIF_REPLY && cmif.has_header && cmif.result != 0;
    htipc_decode(section->bytes, section->captured_size, &hipc, true, &tipc, NULL);
    return tipc.has_result && tipc.result != 0;
}

/** "Layer 1: rax with carry is an errno; layer 2: *out is a kid, 0, or 0x80020000 | errno." */
static bool has_ipmi_failed(const struct ipctap_section *section)
{
    struct sceipmi_call ipmi;

    if (!sceipmi_call_decode(section->bytes, section->captured_size, &ipmi, NULL))
        return false;
    return (ipmi.valid & SCEIPMI_CARRY) ||
           ((ipmi.valid & SCEIPMI_OUT_VALID) && (ipmi.out & 0x80000000u));
}

bool call_has_failed(const struct ipctap_record *exit, const struct call *call)
{
    struct ipctap_section section;

    if (exit->header.kind != IPCTAP_IPMI_CALL && (exit->header.flags & IPCTAP_RESULT) &&
        exit->header.result != 0)
        return true;
    if (!find_message(exit, &section))
        return false;
    switch (exit->header.kind) {
    case IPCTAP_HIPC_MESSAGE:
        return has_hipc_failed(exit, &section, call);
    case IPCTAP_CTR_COMMAND:
        return ctripc_word(section.bytes, section.captured_size, 1) & 0x80000000u;
    case IPCTAP_IPMI_CALL:
        return has_ipmi_failed(&section);
    default:
        return false;
    }
}
