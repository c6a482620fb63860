/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "call.h"

#include <ipcshark/appmsg.h>
#include <ipcshark/ctr_result.h>
#include <ipcshark/horizon_result.h>

#define CTR_ERROR    0x80000000u
#define METHOD_ERROR 0x80000000u

static void hipc_outcome(const struct call_message *message, struct call_outcome *outcome)
{
    const struct cmif_message *cmif = &message->cmif;

    if (message->is_tipc) {
        outcome->has_result = message->tipc.has_result;
        outcome->result = message->tipc.result;
    } else {
        outcome->has_result = (cmif->kind == CMIF_REPLY || cmif->kind == CMIF_CONTROL) &&
                              cmif->has_header;
        outcome->result = cmif->result;
    }
    outcome->has_failed = outcome->has_result && outcome->result;
}

static void ctr_outcome(const struct call_message *message, struct call_outcome *outcome)
{
    outcome->has_result = message->ctr.normal_captured > 0;
    outcome->result = ctripc_word(message->section.bytes, message->section.captured_size, 1);
    outcome->has_failed = outcome->has_result && (outcome->result & CTR_ERROR);
}

/** "Layer 1: rax with carry is an errno; layer 2: *out is a kid, 0, or 0x80020000 | errno." */
static void ipmi_outcome(const struct call_message *message, struct call_outcome *outcome)
{
    const struct sceipmi_call *ipmi = &message->ipmi;
    struct ipctap_section section;
    struct ipcshark_reader reader;

    outcome->has_kernel_result = ipmi->valid & (SCEIPMI_CARRY | SCEIPMI_OUT_VALID);
    outcome->kernel_result = ipmi->valid & SCEIPMI_CARRY ? (uint32_t)ipmi->rax : ipmi->out;
    outcome->has_failed = (ipmi->valid & SCEIPMI_CARRY) ||
                          ((ipmi->valid & SCEIPMI_OUT_VALID) && (ipmi->out & 0x80000000u));
    if (!ipctap_section_find(message->record, IPCTAP_IPMI_SCALAR, IPCTAP_SCALAR_RESULT, &section))
        return;
    reader = ipcshark_reader(section.bytes, section.captured_size);
    outcome->result = ipcshark_read_u32(&reader);
    outcome->has_result = !reader.failed;
    if (outcome->has_result && (outcome->result & METHOD_ERROR))
        outcome->has_failed = true;
}

static void appmsg_outcome(const struct call_message *message, struct call_outcome *outcome)
{
    outcome->has_result = message->appmsg.valid & APPMSG_RETURN_VALID;
    outcome->result = (uint32_t)message->appmsg.return_value;
    outcome->has_failed = outcome->has_result && message->appmsg.return_value < 0;
}

void call_outcome(const struct ipctap_record *exit, const struct call *call,
                  struct call_outcome *outcome)
{
    struct call_message message;

    *outcome = (struct call_outcome){0};
    if (call_message_decode(exit, &call->context, &message)) {
        switch (exit->header.kind) {
        case IPCTAP_HIPC_MESSAGE:
            hipc_outcome(&message, outcome);
            break;
        case IPCTAP_CTR_COMMAND:
            ctr_outcome(&message, outcome);
            break;
        case IPCTAP_IPMI_CALL:
            ipmi_outcome(&message, outcome);
            return;
        case IPCTAP_APPMSG_CALL:
            appmsg_outcome(&message, outcome);
            break;
        default:
            break;
        }
    }
    outcome->has_kernel_result = exit->header.flags & IPCTAP_RESULT;
    outcome->kernel_result = exit->header.result;
    if (outcome->has_kernel_result && outcome->kernel_result)
        outcome->has_failed = true;
}

void call_format_result(uint8_t platform, bool is_kernel, uint32_t result, char *text, size_t size)
{
    if (platform == IPCTAP_HORIZON)
        horizon_result_format(result, text, size);
    else if (platform == IPCTAP_CTR)
        ctr_result_format(result, text, size);
    else
        orbis_result_format(is_kernel ? ORBIS_LAYER_MANAGER : ORBIS_LAYER_METHOD, result, text,
                            size);
}
