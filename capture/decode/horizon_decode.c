/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "horizon.h"

#include "json_in.h"

bool horizon_options_read(JsonObject *input, struct horizon_options *options, GError **error)
{
    bool is_reply = false;

    *options = (struct horizon_options){
        .out_data_size = HORIZON_UNKNOWN,
        .argument_size = HORIZON_UNKNOWN,
        .pointer_buffer_size = HORIZON_UNKNOWN,
    };
    if (!in_bool(input, "reply", &is_reply, error) ||
        !in_bool(input, "domain", &options->is_domain, error) ||
        !in_bool(input, "control", &options->is_control, error) ||
        !in_bool(input, "tipc", &options->is_tipc, error) ||
        !in_number(input, "out_data_size", UINT16_MAX, &options->out_data_size, error) ||
        !in_number(input, "argument_size", UINT16_MAX, &options->argument_size, error) ||
        !in_number(input, "out_pointer_count", UINT8_MAX, &options->out_pointer_count, error) ||
        !in_number(input, "pointer_buffer_size", UINT16_MAX, &options->pointer_buffer_size,
                   error) ||
        !in_number(input, "process_id", UINT64_MAX, &options->process_id, error) ||
        !arguments_options_read(input, &options->arguments, error))
        return false;
    if (is_reply)
        options->direction = HIPC_REPLY;
    else if (json_object_has_member(input, "reply"))
        options->direction = HIPC_REQUEST;
    return true;
}

static void decode_cmif(struct horizon_view *view)
{
    const struct horizon_options *options = &view->options;
    struct cmif_context context = {options->direction, options->is_domain, options->is_control};

    cmif_decode(view->bytes, view->length, &view->hipc, &context, &view->cmif, &view->findings);
    if (options->out_data_size != HORIZON_UNKNOWN)
        cmif_locate_out_objects(view->length, &view->hipc, &view->cmif,
                                (uint32_t)options->out_data_size);
    if (options->argument_size != HORIZON_UNKNOWN && view->cmif.has_header && !view->cmif.is_reply)
        cmif_locate_out_pointer_sizes(
            view->length, &view->hipc, &view->cmif, (uint32_t)options->argument_size,
            (uint16_t)options->out_pointer_count, &view->sizes, &view->findings);
}

/** Of control commands, closes and what is cut before its header nothing is known. */
static void view_arguments(struct horizon_view *view)
{
    struct ipcshark_message message = {
        .bytes = view->bytes, .length = view->length, .hipc = &view->hipc};
    bool is_request = !view->is_reply &&
                      (view->is_tipc ? !view->tipc.is_close : view->cmif.kind == CMIF_REQUEST);
    uint32_t id = view->is_tipc ? view->tipc.command_id : view->cmif.method_id;
    bool has_id = view->is_tipc ? view->hipc.type > HIPC_TYPE_TIPC_CLOSE
                                : is_request && view->cmif.has_header;

    if (!is_request && !(view->is_tipc ? view->tipc.has_result : view->cmif.kind == CMIF_REPLY))
        return;
    message.process_id = view->options.process_id;
    if (view->is_tipc)
        message.tipc = &view->tipc;
    else
        message.cmif = &view->cmif;
    arguments_view_make(&view->options.arguments,
                        view->is_tipc ? IPCSHARK_CONVENTION_TIPC : IPCSHARK_CONVENTION_CMIF,
                        has_id ? &id : NULL, &message, &view->arguments, &view->findings);
}

/** Beyond the message's own form: what becomes of it on its way and at the server. */
static void check_delivery(struct horizon_view *view)
{
    const struct arguments_view *arguments = &view->arguments;
    struct hipc_message receiver;

    if (view->receiver)
        hipc_decode(view->receiver->data, view->receiver->len, HIPC_REQUEST, &receiver, NULL);
    hipc_check_delivery(&view->hipc, view->is_reply ? HIPC_REPLY : HIPC_REQUEST,
                        view->receiver ? &receiver : NULL, &view->findings);
    if (arguments->command && view->options.pointer_buffer_size != HORIZON_UNKNOWN)
        ipcshark_check_pointer_buffer(arguments->command, &arguments->message,
                                      (uint32_t)view->options.pointer_buffer_size, &view->findings);
}

void horizon_decode(const uint8_t *bytes, size_t length, const struct horizon_options *options,
                    const GByteArray *receiver, struct horizon_view *view)
{
    enum hipc_direction direction = options->direction;

    *view = (struct horizon_view){
        .bytes = bytes, .length = length, .options = *options, .receiver = receiver};
    hipc_decode(bytes, length, direction, &view->hipc, &view->findings);
    if (direction == HIPC_DIRECTION_UNKNOWN)
        view->is_reply = view->hipc.type == HIPC_TYPE_INVALID;
    else
        view->is_reply = direction == HIPC_REPLY;
    view->is_tipc = htipc_is_type(view->hipc.type) || (view->is_reply && options->is_tipc);
    if (view->is_tipc)
        htipc_decode(bytes, length, &view->hipc, view->is_reply, &view->tipc, &view->findings);
    else
        decode_cmif(view);
    view_arguments(view);
    check_delivery(view);
}
