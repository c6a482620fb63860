/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file arguments.c The iteration, and Horizon's places; ctr_arguments.c has the 3DS's. */
#include "arguments_internal.h"

#include <ipcshark/ctr_result.h>

static bool is_horizon_request(const struct ipcshark_message *message)
{
    if (message->tipc)
        return !message->tipc->is_reply && !message->tipc->is_close;
    return message->cmif->kind == CMIF_REQUEST && message->cmif->has_header;
}

static bool is_horizon_reply(const struct ipcshark_message *message)
{
    if (message->tipc)
        return message->tipc->is_reply && message->tipc->has_result && !message->tipc->result;
    return message->cmif->kind == CMIF_REPLY && message->cmif->has_header && !message->cmif->result;
}

static bool begin_ctr(struct ipcshark_arguments *arguments)
{
    const struct ipcshark_message *message = &arguments->message;

    if (!message->ctr)
        return false;
    arguments->is_reply = message->is_reply;
    /* What it gives back may be unknown though what it takes is not. */
    if (arguments->is_reply && arguments->command && !arguments->command->out_layout)
        arguments->command = NULL;
    return !message->is_reply ||
           !(ctripc_word(message->bytes, message->length, 1) & CTR_RESULT_ERROR);
}

static bool begin_horizon(struct ipcshark_arguments *arguments)
{
    const struct ipcshark_message *message = &arguments->message;
    bool is_tipc = arguments->command && arguments->command->convention == IPCSHARK_CONVENTION_TIPC;

    if (!arguments->command || !message->hipc || (is_tipc ? !message->tipc : !message->cmif))
        return false;
    if (!is_tipc)
        arguments->message.tipc = NULL;
    arguments->is_reply = is_horizon_reply(message);
    arguments->data_offset = is_tipc ? message->tipc->data_offset : message->cmif->data_offset;
    return arguments->is_reply || is_horizon_request(message);
}

void ipcshark_arguments_begin(struct ipcshark_arguments *arguments,
                              const struct ipcshark_command *command,
                              const struct ipcshark_message *message)
{
    bool begun;

    *arguments = (struct ipcshark_arguments){.command = command, .message = *message};
    if (command ? command->convention == IPCSHARK_CONVENTION_CTR : message->ctr != NULL)
        begun = begin_ctr(arguments);
    else
        begun = begin_horizon(arguments);
    if (!begun)
        arguments->next = UINT16_MAX;
}

/* ---- Which arguments a message has ---- */

static bool is_out_buffer(const struct ipcshark_type *type)
{
    return type->kind == IPCSHARK_TYPE_BUFFER && type->attribute & IPCSHARK_BUFFER_OUT;
}

bool ipcshark_arguments_belongs(const struct ipcshark_command *command,
                                const struct ipcshark_field *field, bool is_out, bool is_reply)
{
    if (is_out == is_reply)
        return true;
    return command->convention != IPCSHARK_CONVENTION_CTR && is_out_buffer(field->type);
}

const struct ipcshark_field *ipcshark_arguments_field(const struct ipcshark_command *command,
                                                      uint16_t n, bool *is_out)
{
    *is_out = n >= command->in_count;
    if (n < command->in_count)
        return &command->in[n];
    n = (uint16_t)(n - command->in_count);
    return n < command->out_count ? &command->out[n] : NULL;
}

/* ---- Places ---- */

static void place_handle(struct ipcshark_arguments *arguments, struct ipcshark_argument *argument)
{
    const struct hipc_special *special = &arguments->message.hipc->special;
    bool moves = argument->type->kind == IPCSHARK_TYPE_OBJECT || argument->type->attribute;
    uint8_t n = moves ? arguments->move++ : arguments->copy++;
    uint8_t count = moves ? special->move_count : special->copy_count;

    argument->index = n;
    if (!arguments->message.hipc->has_special || n >= count)
        return;
    argument->place = moves ? IPCSHARK_PLACE_MOVE_HANDLE : IPCSHARK_PLACE_COPY_HANDLE;
    argument->offset = (moves ? special->move_offset : special->copy_offset) + 4u * n;
    argument->length = 4;
    argument->value = moves ? special->move[n] : special->copy[n];
    argument->present = true;
}

static void place_object(struct ipcshark_arguments *arguments, struct ipcshark_argument *argument)
{
    const struct ipcshark_message *message = &arguments->message;
    struct cmif_message cmif;

    if (message->tipc || !message->cmif->has_domain) {
        place_handle(arguments, argument);
        return;
    }
    cmif = *message->cmif;
    if (arguments->is_reply && arguments->command->out_layout)
        cmif_locate_out_objects(message->length, message->hipc, &cmif,
                                arguments->command->out_size);
    argument->index = arguments->object++;
    if (!cmif.domain.objects_known || argument->index >= cmif.domain.objects_captured)
        return;
    argument->place = IPCSHARK_PLACE_OBJECT_ID;
    argument->offset = cmif.domain.objects_offset + 4u * argument->index;
    argument->length = 4;
    argument->value = cmif_domain_object(message->bytes, message->length, &cmif, argument->index);
    argument->present = true;
}

static void place_pid(const struct ipcshark_arguments *arguments,
                      struct ipcshark_argument *argument)
{
    const struct hipc_message *hipc = arguments->message.hipc;

    if (!hipc->has_special || !hipc->special.has_pid)
        return;
    argument->place = IPCSHARK_PLACE_PID;
    argument->offset = hipc->special.pid_offset;
    argument->length = 8;
    argument->value = hipc->special.pid;
    argument->present = true;
}

static void place_map(struct ipcshark_argument *argument, enum ipcshark_place place, uint8_t n,
                      const struct hipc_map *map, uint8_t count)
{
    argument->place = (uint8_t)place;
    argument->index = n;
    if (n >= count)
        return;
    argument->offset = map[n].offset;
    argument->length = HIPC_MAP_SIZE;
    argument->address = map[n].address;
    argument->buffer_size = map[n].size;
    argument->present = true;
}

static void place_pointer(struct ipcshark_arguments *arguments, struct ipcshark_argument *argument)
{
    const struct hipc_message *hipc = arguments->message.hipc;
    uint8_t n = arguments->pointer++;

    argument->place = IPCSHARK_PLACE_POINTER;
    argument->index = n;
    if (n >= hipc->pointer_count)
        return;
    argument->offset = hipc->pointer[n].offset;
    argument->length = HIPC_POINTER_SIZE;
    argument->address = hipc->pointer[n].address;
    argument->buffer_size = hipc->pointer[n].size;
    argument->present = true;
}

static void place_receive_list(struct ipcshark_arguments *arguments,
                               struct ipcshark_argument *argument)
{
    const struct hipc_message *hipc = arguments->message.hipc;
    uint8_t n = arguments->receive_list++;

    argument->place = IPCSHARK_PLACE_RECEIVE_LIST;
    argument->index = n;
    if (n >= hipc->receive_list_count)
        return;
    argument->offset = hipc->receive_list[n].offset;
    argument->length = HIPC_RECEIVE_LIST_ENTRY_SIZE;
    argument->address = hipc->receive_list[n].address;
    argument->buffer_size = hipc->receive_list[n].size;
    argument->present = true;
}

static void place_mapped(struct ipcshark_arguments *arguments, struct ipcshark_argument *argument)
{
    const struct hipc_message *hipc = arguments->message.hipc;
    unsigned int both = IPCSHARK_BUFFER_IN | IPCSHARK_BUFFER_OUT;

    if ((argument->type->attribute & both) == both)
        place_map(argument, IPCSHARK_PLACE_EXCHANGE, arguments->exchange++, hipc->exchange,
                  hipc->exchange_count);
    else if (argument->type->attribute & IPCSHARK_BUFFER_IN)
        place_map(argument, IPCSHARK_PLACE_SEND, arguments->send++, hipc->send, hipc->send_count);
    else
        place_map(argument, IPCSHARK_PLACE_RECEIVE, arguments->receive++, hipc->receive,
                  hipc->receive_count);
}

static void place_by_pointer(struct ipcshark_arguments *arguments,
                             struct ipcshark_argument *argument)
{
    if (argument->type->attribute & IPCSHARK_BUFFER_IN || arguments->is_reply)
        place_pointer(arguments, argument);
    else
        place_receive_list(arguments, argument);
}

/* A server takes the mapped one if its address is not 0, and the kernel gives empty ones that
 * address; here it is the one with a size, of two empty ones the one with an address, else the
 * pointer. */
static bool takes_mapped(const struct ipcshark_argument *mapped,
                         const struct ipcshark_argument *pointer)
{
    if (!mapped->present)
        return false;
    if (mapped->buffer_size || pointer->buffer_size)
        return mapped->buffer_size != 0;
    return mapped->address && !pointer->address;
}

static void place_auto_select(struct ipcshark_arguments *arguments,
                              struct ipcshark_argument *argument)
{
    struct ipcshark_argument mapped = *argument, pointer = *argument;

    place_mapped(arguments, &mapped);
    place_by_pointer(arguments, &pointer);
    if (arguments->is_reply)
        *argument = pointer.buffer_size ? pointer : mapped;
    else
        *argument = takes_mapped(&mapped, &pointer) ? mapped : pointer;
}

static void place_buffer(struct ipcshark_arguments *arguments, struct ipcshark_argument *argument)
{
    if (argument->type->attribute & IPCSHARK_BUFFER_AUTO_SELECT)
        place_auto_select(arguments, argument);
    else if (argument->type->attribute & IPCSHARK_BUFFER_POINTER)
        place_by_pointer(arguments, argument);
    else
        place_mapped(arguments, argument);
}

static bool has_layout(const struct ipcshark_arguments *arguments)
{
    return arguments->is_reply ? arguments->command->out_layout : arguments->command->in_layout;
}

/* sf_hipc_server_session_manager.cpp: a plain request's raw data less 16 bytes, which are padding.
 * A fragment, whose HIPC header nobody has, has no raw words. */
static uint32_t cmif_data_size(const struct ipcshark_arguments *arguments)
{
    const struct cmif_message *cmif = arguments->message.cmif;
    uint32_t raw = arguments->message.hipc->raw_words * 4u;
    uint32_t headers = CMIF_ALIGNMENT + CMIF_HEADER_SIZE;
    uint32_t room = raw > headers ? raw - headers : 0;

    if (!raw || cmif->has_domain || arguments->is_reply)
        return cmif->data_size;
    return cmif->data_size < room ? cmif->data_size : room;
}

/* What lies behind is no argument's. */
static size_t raw_end(const struct ipcshark_arguments *arguments)
{
    const struct ipcshark_message *message = &arguments->message;
    size_t end = message->tipc ? message->tipc->data_offset + (size_t)message->tipc->data_size
                               : message->cmif->data_offset + (size_t)cmif_data_size(arguments);

    return end < message->length ? end : message->length;
}

static void place_raw(const struct ipcshark_arguments *arguments,
                      const struct ipcshark_field *field, struct ipcshark_argument *argument)
{
    bool is_out = argument->is_out;

    if (!has_layout(arguments)) {
        argument->place = IPCSHARK_PLACE_NONE;
        return;
    }
    ipcshark_read_value(field->type, field->name, arguments->message.bytes, raw_end(arguments),
                        arguments->data_offset + field->offset, argument);
    argument->is_out = is_out;
}

static void place_horizon(struct ipcshark_arguments *arguments, const struct ipcshark_field *field,
                          struct ipcshark_argument *argument)
{
    switch (field->type->kind) {
    case IPCSHARK_TYPE_PID:
        place_pid(arguments, argument);
        break;
    case IPCSHARK_TYPE_HANDLE:
        place_handle(arguments, argument);
        break;
    case IPCSHARK_TYPE_OBJECT:
        place_object(arguments, argument);
        break;
    case IPCSHARK_TYPE_BUFFER:
        place_buffer(arguments, argument);
        break;
    default:
        if (type_is_raw(field->type))
            place_raw(arguments, field, argument);
    }
}

/* In a plain reply the objects' handles stand before the command's own move handles. */
static void skip_objects(struct ipcshark_arguments *arguments)
{
    const struct ipcshark_command *command = arguments->command;

    if (!arguments->is_reply || arguments->next != 0 ||
        command->convention != IPCSHARK_CONVENTION_CMIF || arguments->message.cmif->has_domain)
        return;
    for (uint16_t i = 0; i < command->out_count; i++)
        arguments->move += command->out[i].type->kind == IPCSHARK_TYPE_OBJECT;
}

/** Handles of objects count from 0, those of the command from behind them. */
static void place_in_order(struct ipcshark_arguments *arguments, const struct ipcshark_field *field,
                           struct ipcshark_argument *argument)
{
    uint8_t move = arguments->move;
    bool counts_apart = arguments->is_reply && field->type->kind == IPCSHARK_TYPE_OBJECT &&
                        arguments->command->convention == IPCSHARK_CONVENTION_CMIF &&
                        !arguments->message.cmif->has_domain;

    if (counts_apart)
        arguments->move = arguments->object++;
    place_horizon(arguments, field, argument);
    if (counts_apart)
        arguments->move = move;
}

bool ipcshark_arguments_next(struct ipcshark_arguments *arguments,
                             struct ipcshark_argument *argument)
{
    const struct ipcshark_field *field;
    bool is_out;

    if (arguments->next == UINT16_MAX)
        return false;
    if (!arguments->command)
        return ctr_generic_next(arguments, argument);
    skip_objects(arguments);
    do {
        field = ipcshark_arguments_field(arguments->command, arguments->next, &is_out);
        if (!field)
            return false;
        arguments->next++;
    } while (!ipcshark_arguments_belongs(arguments->command, field, is_out, arguments->is_reply));
    *argument =
        (struct ipcshark_argument){.name = field->name, .type = field->type, .is_out = is_out};
    if (arguments->command->convention == IPCSHARK_CONVENTION_CTR)
        ctr_place(arguments, field, argument);
    else
        place_in_order(arguments, field, argument);
    return true;
}
