/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file ctripc_arguments.c A 3DS message and the description of its command. */
#include "ctripc_internal.h"

static struct argument_fields argument_fields;

static const struct ipcshark_command *description(const struct ctripc_view *view)
{
    const struct ctripc_memo *memo = view->direction == CTRIPC_REPLY ? view->request : &view->memo;

    return memo && memo->known ? memo->known->description : NULL;
}

/* Without a description the header and the descriptors alone say what there is. Returns whether
 * there is one. */
static bool make_view(const struct ctripc_view *view, struct argument_view *made)
{
    *made = (struct argument_view){
        .fields = &argument_fields,
        .context = view->context,
        .tvb = view->tvb,
        .command = description(view),
        .is_reply = view->direction == CTRIPC_REPLY,
        .message = {.bytes = view->bytes,
                    .length = view->length,
                    .ctr = &view->message,
                    .is_reply = view->direction == CTRIPC_REPLY},
    };
    return made->command != NULL;
}

void ctripc_add_arguments(const struct ctripc_view *view)
{
    struct argument_view made;

    if (!view->tree || view->direction == CTRIPC_DIRECTION_UNKNOWN)
        return;
    make_view(view, &made);
    arguments_add(&made, view->tree);
}

bool ctripc_info_arguments(const struct ctripc_view *view, const char *before)
{
    struct argument_view made;

    if (!make_view(view, &made))
        return false;
    arguments_add_text(&made, view->context->info, before, false);
    return true;
}

void ctripc_check_arguments(const struct ctripc_view *view, struct ipcshark_findings *findings)
{
    struct argument_view made;

    if (view->message.complete && make_view(view, &made))
        ipcshark_check_arguments(made.command, &made.message, findings);
}

void ctripc_arguments_register(void)
{
    arguments_register("ctripc", &argument_fields);
}
