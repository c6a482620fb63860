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

/** The parameter in its place is of another kind, has no word for it, or there is none. */
static void miss_translate(const struct ipcshark_argument *argument,
                           const struct ctripc_message *ctr, struct ipcshark_findings *findings)
{
    bool is_there = argument->offset != 0;

    ipcshark_find(findings, IPCSHARK_FINDING_ARGUMENT_CTR_TRANSLATE, argument->offset, CTR_WORD,
                  is_there ? ctr->translate[argument->index].kind : CTRIPC_KIND_COUNT,
                  ctr_kind_of_type(argument->type));
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
        if (!type_is_raw(argument.type) && !argument.present)
            miss_translate(&argument, message->ctr, findings);
    }
    used = arguments.translate + (arguments.handle ? 1u : 0);
    if (used < message->ctr->translate_count)
        ipcshark_find(findings, IPCSHARK_FINDING_ARGUMENT_CTR_TRANSLATE_COUNT, 0, CTR_WORD,
                      message->ctr->translate_count, used);
}
