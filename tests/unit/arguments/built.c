/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "built.h"

void built_decode(struct built *built, const struct ipcshark_command *command, bool is_reply,
                  bool is_domain)
{
    enum hipc_direction direction = is_reply ? HIPC_REPLY : HIPC_REQUEST;
    struct cmif_context context = {.direction = direction, .is_domain = is_domain};

    built->findings.count = 0;
    built->message = (struct ipcshark_message){
        .bytes = built->bytes, .length = built->length, .is_reply = is_reply};
    if (command->convention == IPCSHARK_CONVENTION_CTR) {
        ctripc_decode(built->bytes, built->length, is_reply ? CTRIPC_REPLY : CTRIPC_REQUEST,
                      &built->ctr, &built->findings);
        built->message.ctr = &built->ctr;
        return;
    }
    hipc_decode(built->bytes, built->length, direction, &built->hipc, &built->findings);
    built->message.hipc = &built->hipc;
    if (command->convention == IPCSHARK_CONVENTION_TIPC) {
        htipc_decode(built->bytes, built->length, &built->hipc, is_reply, &built->tipc,
                     &built->findings);
        built->message.tipc = &built->tipc;
        return;
    }
    cmif_decode(built->bytes, built->length, &built->hipc, &context, &built->cmif,
                &built->findings);
    built->message.cmif = &built->cmif;
}

static void examine(struct built *built, const struct ipcshark_command *command,
                    const struct ipcshark_target *target, bool is_reply)
{
    g_assert_cmpuint(built->length, <=, sizeof built->bytes);
    built_decode(built, command, is_reply, target && target->is_domain);
    ipcshark_check_arguments(command, &built->message, &built->findings);
}

void build_request(struct built *built, const struct ipcshark_command *command,
                   const struct ipcshark_input *input, size_t count,
                   const struct ipcshark_target *target)
{
    built->length =
        ipcshark_encode_request(command, input, count, target, built->bytes, sizeof built->bytes);
    examine(built, command, target, false);
}

void build_reply(struct built *built, const struct ipcshark_command *command,
                 const struct ipcshark_input *input, size_t count,
                 const struct ipcshark_target *target)
{
    built->length =
        ipcshark_encode_reply(command, input, count, target, built->bytes, sizeof built->bytes);
    examine(built, command, target, true);
}

guint count_commands(guint (*visit)(const struct ipcshark_command *command))
{
    guint count = 0;

    for (uint32_t i = 0; i < ipcshark_builtin_description.interface_count; i++) {
        const struct ipcshark_interface *interface = &ipcshark_builtin_description.interface[i];

        for (uint32_t n = 0; n < interface->command_count; n++)
            count += visit(&interface->command[n]);
    }
    g_test_message("%u commands", count);
    return count;
}
