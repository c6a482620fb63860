/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arguments_internal.h"

static void check_normal(const struct ipcshark_command *command,
                         const struct ipcshark_message *message, struct ipcshark_findings *findings)
{
    uint32_t expected = (message->is_reply ? command->out_size + CTR_WORD : command->in_size) / 4;
    bool known = message->is_reply ? command->out_layout : command->in_layout;

    if (known && message->ctr->normal_count != expected)
        ipcshark_find(findings, IPCSHARK_FINDING_ARGUMENT_CTR_NORMAL, 0, CTR_WORD,
                      message->ctr->normal_count, expected);
}

void ctr_check_arguments(const struct ipcshark_command *command,
                         const struct ipcshark_message *message, struct ipcshark_findings *findings)
{
    struct ipcshark_arguments arguments;
    struct ipcshark_argument argument;
    uint32_t used;

    if (message->is_reply && !command->out_layout)
        return;
    check_normal(command, message, findings);
    ipcshark_arguments_begin(&arguments, command, message);
    while (ipcshark_arguments_next(&arguments, &argument)) {
        enum ctripc_kind expected = ctr_kind_of_type(argument.type);
        uint32_t at = argument.index < message->ctr->translate_count ? argument.index : 0;

        if (!type_is_raw(argument.type) && !argument.present)
            ipcshark_find(findings, IPCSHARK_FINDING_ARGUMENT_CTR_TRANSLATE,
                          message->ctr->translate[at].offset * CTR_WORD, CTR_WORD,
                          message->ctr->translate[at].kind, expected);
    }
    used = arguments.translate + (arguments.handle ? 1u : 0);
    if (used < message->ctr->translate_count)
        ipcshark_find(findings, IPCSHARK_FINDING_ARGUMENT_CTR_TRANSLATE_COUNT, 0, CTR_WORD,
                      message->ctr->translate_count, used);
}
