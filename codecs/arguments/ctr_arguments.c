/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file ctr_arguments.c Places of arguments in a 3DS command buffer. */
#include "arguments_internal.h"

enum ctripc_kind ctr_kind_of_type(const struct ipcshark_type *type)
{
    switch (type->kind) {
    case IPCSHARK_TYPE_PID:
        return CTRIPC_PROCESS_ID;
    case IPCSHARK_TYPE_HANDLE:
        return type->attribute ? CTRIPC_MOVE_HANDLES : CTRIPC_COPY_HANDLES;
    case IPCSHARK_TYPE_OBJECT:
        return CTRIPC_MOVE_HANDLES;
    case IPCSHARK_TYPE_STATIC:
        return CTRIPC_STATIC_BUFFER;
    case IPCSHARK_TYPE_PXI:
        return type->attribute & 0x100 ? CTRIPC_PXI_RO : CTRIPC_PXI_RW;
    case IPCSHARK_TYPE_MAPPED:
        return type->attribute == 1   ? CTRIPC_MAPPED_R
               : type->attribute == 2 ? CTRIPC_MAPPED_W
                                      : CTRIPC_MAPPED_RW;
    default:
        return CTRIPC_KIND_COUNT;
    }
}

bool ctr_carries(const struct ipcshark_type *type, const struct ctripc_translate *translate)
{
    return translate->kind == ctr_kind_of_type(type);
}

static bool is_handle(const struct ipcshark_type *type)
{
    return type->kind == IPCSHARK_TYPE_HANDLE || type->kind == IPCSHARK_TYPE_OBJECT;
}

/** One descriptor may hold several handles: those that follow each other take them in turn. */
static const struct ctripc_translate *next_parameter(struct ipcshark_arguments *arguments,
                                                     const struct ipcshark_type *type)
{
    const struct ctripc_message *ctr = arguments->message.ctr;
    const struct ctripc_translate *translate;

    if (arguments->translate >= ctr->translate_count)
        return NULL;
    translate = &ctr->translate[arguments->translate];
    if (arguments->handle && (!is_handle(type) || arguments->handle >= translate->handle_count ||
                              !ctr_carries(type, translate))) {
        arguments->handle = 0;
        if (++arguments->translate >= ctr->translate_count)
            return NULL;
        translate++;
    }
    return translate;
}

static void place_word(const struct ipcshark_arguments *arguments,
                       const struct ctripc_translate *translate, uint8_t n,
                       struct ipcshark_argument *argument)
{
    if (n >= translate->handle_count)
        return;
    argument->offset = (translate->offset + 1u + n) * CTR_WORD;
    argument->length = CTR_WORD;
    argument->value = ctripc_word(arguments->message.bytes, arguments->message.length,
                                  translate->offset + 1u + n);
    argument->present = true;
}

void ctr_place_buffer(const struct ctripc_translate *translate, struct ipcshark_argument *argument)
{
    argument->offset = translate->offset * CTR_WORD;
    argument->length = 2 * CTR_WORD;
    argument->address = translate->address;
    argument->buffer_size = translate->size;
    argument->present = translate->words == 2;
}

static void place_translate(struct ipcshark_arguments *arguments,
                            struct ipcshark_argument *argument)
{
    const struct ctripc_translate *translate = next_parameter(arguments, argument->type);

    if (!translate)
        return;
    argument->index = arguments->translate;
    argument->offset = translate->offset * CTR_WORD;
    argument->place = IPCSHARK_PLACE_TRANSLATE;
    if (!ctr_carries(argument->type, translate)) {
        argument->place = IPCSHARK_PLACE_NONE;
        arguments->translate++;
        return;
    }
    if (is_handle(argument->type)) {
        place_word(arguments, translate, arguments->handle++, argument);
        return;
    }
    arguments->translate++;
    if (argument->type->kind == IPCSHARK_TYPE_PID) {
        place_word(arguments, translate, 0, argument);
        return;
    }
    ctr_place_buffer(translate, argument);
}

void ctr_place(struct ipcshark_arguments *arguments, const struct ipcshark_field *field,
               struct ipcshark_argument *argument)
{
    const struct ipcshark_message *message = &arguments->message;
    size_t end = (1u + message->ctr->normal_captured) * (size_t)CTR_WORD;
    bool known = arguments->is_reply ? arguments->command->out_layout
                                     : arguments->command->in_layout;

    if (!type_is_raw(field->type)) {
        place_translate(arguments, argument);
        return;
    }
    if (!known)
        return;
    ipcshark_read_value(field->type, field->name, message->bytes,
                        end < message->length ? end : message->length, field->offset, argument);
    argument->is_out = arguments->is_reply;
}
