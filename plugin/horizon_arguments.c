/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file horizon_arguments.c
 * A Horizon message and the description of its command (ipcshark/arguments.h): which one it is,
 * what of it is shown, and whether the message contradicts it.
 */
#include "arguments.h"
#include "horizon.h"

static struct argument_fields argument_fields;

/* ---- The description ---- */

static const struct ipcshark_command *description(const struct horizon_message *message)
{
    const struct horizon_memo *memo = horizon_is_reply(message) ? message->request : &message->memo;

    return memo && memo->known ? memo->known->description : NULL;
}

static bool make_view(const struct horizon_message *message, struct argument_view *view)
{
    bool is_tipc = message->memo.protocol == HORIZON_TIPC;

    *view = (struct argument_view){
        .fields = &argument_fields,
        .context = message->context,
        .tvb = message->tvb,
        .command = description(message),
        .is_reply = horizon_is_reply(message),
        .opened = horizon_opened_object(message),
        .is_fragment = message->is_fragment,
        .message = {.bytes = message->bytes,
                    .length = message->length,
                    .hipc = &message->hipc,
                    .cmif = is_tipc ? NULL : &message->cmif,
                    .tipc = is_tipc ? &message->tipc : NULL},
    };
    return view->command && message->tvb && message->memo.protocol != HORIZON_NOTHING;
}

void horizon_check_arguments(struct horizon_message *message)
{
    struct argument_view view;

    if (make_view(message, &view) && !message->is_fragment && message->hipc.complete)
        ipcshark_check_arguments(view.command, &view.message, &message->findings);
}

/* Of a reply objects and handles have been said. */
bool horizon_info_arguments(const struct horizon_message *message)
{
    struct argument_view view;

    if (!make_view(message, &view))
        return false;
    arguments_add_text(&view, message->context->info, view.is_reply ? ", " : "", view.is_reply);
    return true;
}

void horizon_add_arguments(const struct horizon_message *message, proto_tree *tree)
{
    struct argument_view view;

    if (tree && make_view(message, &view))
        arguments_add(&view, tree);
}

void horizon_arguments_register(void)
{
    arguments_register("cmif", &argument_fields);
}
