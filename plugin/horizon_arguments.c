/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file horizon_arguments.c
 * A Horizon message and the description of its command (ipcshark/arguments.h): which one it is, what
 * of it is shown, and whether the message contradicts it.
 */
#include "arguments.h"
#include "horizon.h"

static struct argument_fields argument_fields;

/* ---- The description ---- */

/** First pass: what the request's target and command are described as. */
void horizon_find_description(const struct horizon_message *message, uint32_t firmware)
{
    struct horizon_memo *memo = message->memo;
    uint32_t id = message->cmif.method_id;

    if (memo->protocol == HORIZON_TIPC && memo->service && !message->tipc.is_close) {
        id = message->tipc.command_id;
        memo->description =
            names_description(IPCSHARK_CONVENTION_TIPC, memo->service, id, firmware);
    } else if (memo->protocol == HORIZON_CMIF && !memo->is_control && memo->interface_name &&
               message->cmif.kind == CMIF_REQUEST && message->cmif.has_header) {
        memo->description =
            names_description(IPCSHARK_CONVENTION_CMIF, memo->interface_name, id, firmware);
    }
}

static const struct ipcshark_command *description(const struct horizon_message *message)
{
    if (horizon_is_reply(message))
        return message->request ? message->request->memo->description : NULL;
    return message->memo->description;
}

static bool make_view(const struct horizon_message *message, struct argument_view *view)
{
    bool is_tipc = message->memo->protocol == HORIZON_TIPC;

    *view = (struct argument_view){
        .fields = &argument_fields,
        .context = message->context,
        .tvb = message->tvb,
        .command = description(message),
        .is_reply = horizon_is_reply(message),
        .is_fragment = message->is_fragment,
        .message = {.bytes = message->bytes,
                    .length = message->length,
                    .hipc = &message->hipc,
                    .cmif = is_tipc ? NULL : &message->cmif,
                    .tipc = is_tipc ? &message->tipc : NULL},
    };
    return view->command && message->tvb && message->memo->protocol != HORIZON_NOTHING;
}

void horizon_check_arguments(struct horizon_message *message)
{
    struct argument_view view;

    if (make_view(message, &view) && !message->is_fragment && message->hipc.complete)
        ipcshark_check_arguments(view.command, &view.message, &message->findings);
}

/* Of a reply objects and handles have been said, and buffers are the request's. */
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
