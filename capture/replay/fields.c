/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fields.h"
#include "arguments.h"

#include <stdarg.h>
#include <string.h>

static void field_clear(gpointer data)
{
    struct field *field = data;

    g_free(field->name);
    g_free(field->text);
    g_clear_pointer(&field->bytes, g_byte_array_unref);
}

struct field *fields_add(struct fields *fields, enum field_kind kind, guint64 number,
                         const char *format, ...)
{
    struct field field = {.kind = kind, .number = number};
    va_list arguments;

    va_start(arguments, format);
    field.name = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_array_append_val(fields->list, field);
    return &g_array_index(fields->list, struct field, fields->list->len - 1);
}

GByteArray *field_bytes(const uint8_t *bytes, size_t length)
{
    return g_byte_array_append(g_byte_array_sized_new((guint)length), bytes, (guint)length);
}

/* ---- Arguments by name ---- */

/** Handles, objects and buffers are compared where they stand, as they are. */
static void add_argument(void *data, const struct call_argument *argument)
{
    struct fields *fields = data;

    if (argument->is_id || argument->is_buffer || !strcmp(argument->name, "data"))
        return;
    if (fields_is_id_name(argument->name) && g_ascii_isdigit(*argument->value)) {
        fields_add(fields, FIELD_ID, g_ascii_strtoull(argument->value, NULL, 0), "%s",
                   argument->name)
            ->id = ID_VALUE;
        fields->has_value_ids = TRUE;
    } else {
        fields_add(fields, FIELD_TEXT, 0, "%s", argument->name)->text = g_strdup(argument->value);
    }
}

/** Services hand out numbers of their own: fs:USER's archives have "handles" that are none. */
gboolean fields_is_id_name(const char *name)
{
    return g_str_has_suffix(name, "handle") || !strcmp(name, "archive");
}

/* ---- Horizon ---- */

static void add_handles(struct fields *fields, const struct hipc_message *hipc)
{
    for (unsigned int n = 0; hipc->has_special && n < hipc->special.copy_count; n++)
        fields_add(fields, FIELD_ID, hipc->special.copy[n], "copy_handle[%u]", n)->id = ID_HANDLE;
    for (unsigned int n = 0; hipc->has_special && n < hipc->special.move_count; n++)
        fields_add(fields, FIELD_ID, hipc->special.move[n], "move_handle[%u]", n)->id = ID_HANDLE;
}

static void add_maps(struct fields *fields, const char *what, const struct hipc_map *map,
                     unsigned int count)
{
    for (unsigned int n = 0; n < count; n++) {
        fields_add(fields, FIELD_NUMBER, map[n].size, "%s[%u].size", what, n);
        fields_add(fields, FIELD_NUMBER, map[n].attribute, "%s[%u].attribute", what, n);
    }
}

static void add_hipc(struct fields *fields, const struct hipc_message *hipc)
{
    fields_add(fields, FIELD_NUMBER, hipc->type, "hipc.type");
    add_handles(fields, hipc);
    for (unsigned int n = 0; n < hipc->pointer_count; n++) {
        fields_add(fields, FIELD_NUMBER, hipc->pointer[n].size, "pointer[%u].size", n);
        fields_add(fields, FIELD_NUMBER, hipc->pointer[n].index, "pointer[%u].index", n);
    }
    add_maps(fields, "send", hipc->send, hipc->send_count);
    add_maps(fields, "receive", hipc->receive, hipc->receive_count);
    add_maps(fields, "exchange", hipc->exchange, hipc->exchange_count);
}

static void add_raw(struct fields *fields, const struct call_message *message, uint32_t offset,
                    uint32_t size, const struct ipcshark_command *command)
{
    guint before = fields->list->len;

    if (command && message->is_reply && command->out_layout)
        size = MIN(size, command->out_size);
    if (!size || fields->has_value_ids)
        return;
    fields_add(fields, FIELD_BYTES, 0, "data")->bytes =
        field_bytes(message->section.bytes + offset, size);
    g_array_index(fields->list, struct field, before).fallback = command != NULL;
}

/** ConvertCurrentObjectToDomain's reply has the new domain's first object among its data. */
static gboolean gives_object(const struct call_message *message, const struct call *call)
{
    return message->is_reply && call->context.is_control && message->cmif.has_header &&
           call->id == CMIF_CONVERT_CURRENT_OBJECT_TO_DOMAIN;
}

static void add_given_object(struct fields *fields, const struct call_message *message)
{
    struct ipcshark_reader reader = ipcshark_reader(
        message->section.bytes + message->cmif.data_offset, message->cmif.data_size);

    fields_add(fields, FIELD_ID, ipcshark_read_u32(&reader), "object[0]")->id = ID_OBJECT;
}

static void add_cmif(struct fields *fields, const struct call_message *message,
                     const struct call *call)
{
    const struct cmif_message *cmif = &message->cmif;

    if (cmif->has_header && message->is_reply) {
        fields_add(fields, FIELD_RESULT, cmif->result, "cmif.result");
        fields_add(fields, FIELD_NUMBER, cmif->interface_id, "cmif.interface_id");
    } else if (cmif->has_header) {
        fields_add(fields, FIELD_NUMBER, cmif->method_id, "cmif.command");
    }
    for (uint32_t n = 0; cmif->domain.objects_known && n < cmif->domain.objects_captured; n++) {
        uint32_t object =
            cmif_domain_object(message->section.bytes, message->section.captured_size, cmif, n);

        fields_add(fields, FIELD_ID, object, "object[%u]", n)->id = ID_OBJECT;
    }
    if (gives_object(message, call))
        add_given_object(fields, message);
    else if (cmif->has_header)
        add_raw(fields, message, cmif->data_offset, cmif->data_size, call->description);
}

static void add_horizon(struct fields *fields, const struct call_message *message,
                        const struct call *call)
{
    const struct htipc_message *tipc = &message->tipc;

    add_hipc(fields, &message->hipc);
    if (!message->is_tipc) {
        add_cmif(fields, message, call);
        return;
    }
    if (tipc->has_result)
        fields_add(fields, FIELD_RESULT, tipc->result, "tipc.result");
    add_raw(fields, message, tipc->data_offset, tipc->data_size, call->description);
}

/* ---- CTR ---- */

static uint32_t word(const struct call_message *message, size_t n)
{
    return ctripc_word(message->section.bytes, message->section.captured_size, n);
}

static void add_translate(struct fields *fields, const struct call_message *message, unsigned int n)
{
    const struct ctripc_translate *translate = &message->ctr.translate[n];

    fields_add(fields, FIELD_TEXT, 0, "translate[%u].kind", n)->text =
        g_strdup(ctripc_kind_name((enum ctripc_kind)translate->kind));
    fields_add(fields, FIELD_NUMBER, translate->size, "translate[%u].size", n);
    for (unsigned int i = 0; i < translate->handle_count; i++)
        fields_add(fields, FIELD_ID, word(message, translate->offset + 1u + i),
                   "translate[%u].handle[%u]", n, i)
            ->id = translate->kind == CTRIPC_PROCESS_ID ? ID_PROCESS : ID_HANDLE;
}

static void add_ctr(struct fields *fields, const struct call_message *message,
                    const struct call *call)
{
    const struct ctripc_message *ctr = &message->ctr;

    fields_add(fields, FIELD_NUMBER, ctr->header, "ctr.header");
    for (unsigned int n = 1; n <= ctr->normal_captured; n++) {
        guint before = fields->list->len;
        gboolean is_result = message->is_reply && n == 1;

        if (fields->has_value_ids && !is_result)
            continue;

        fields_add(fields, is_result ? FIELD_RESULT : FIELD_NUMBER, word(message, n),
                   is_result ? "ctr.result" : "word[%u]", n);
        g_array_index(fields->list, struct field, before).fallback = !is_result &&
                                                                     call->description;
    }
    for (unsigned int n = 0; n < ctr->translate_count; n++)
        add_translate(fields, message, n);
}

/* ---- Kernel calls ---- */

static gboolean is_process(uint32_t call)
{
    return call == IPCTAP_CALL_HELLO || call == IPCTAP_CALL_GET_PROCESS_ID;
}

static void add_inner_message(struct fields *fields, const struct call_message *outer,
                              const struct call *call)
{
    struct call_message inner;

    if (!call_message_decode_inner(outer, !outer->is_reply, &call->context, &inner))
        return;
    if (outer->record->header.platform == IPCTAP_CTR)
        add_ctr(fields, &inner, call);
    else
        add_horizon(fields, &inner, call);
}

static void add_kernel(struct fields *fields, const struct call_message *message,
                       const struct call *call)
{
    const struct ipctap_kernel_call *kernel = &message->kernel;

    fields_add(fields, FIELD_ID, kernel->handle, "handle")->id = ID_HANDLE;
    fields_add(fields, FIELD_ID, kernel->handle_2, "handle_2")->id = ID_HANDLE;
    if (kernel->call == IPCTAP_CALL_HELLO && !message->is_reply)
        fields_add(fields, FIELD_TIME, kernel->value, "value"); /* A wish. */
    else if (is_process(kernel->call))
        fields_add(fields, FIELD_ID, kernel->value, "value")->id = ID_PROCESS;
    else
        fields_add(fields, FIELD_NUMBER, kernel->value, "value");
    fields_add(fields, FIELD_NUMBER, kernel->size, "size");
    fields_add(fields, FIELD_NUMBER, kernel->value_2, "value_2");
    if (kernel->call == IPCTAP_CALL_REPLY_AND_RECEIVE)
        add_inner_message(fields, message, call);
}

/* ---- Contents ---- */

/** The last buffer whose contents were added. */
struct run {
    struct ipctap_section last;
    unsigned int range;
    guint field;
};

/** Ranges of one buffer that follow each other are one field, however a server splits them. */
static void add_buffer(struct fields *fields, struct run *run, const struct ipctap_section *section,
                       const char *name)
{
    const struct ipctap_section *last = &run->last;
    gboolean is_same = section->type == last->type && section->index == last->index;

    if (is_same && last->address + last->captured_size == section->address) {
        struct field *field = &g_array_index(fields->list, struct field, run->field);

        g_byte_array_append(field->bytes, section->bytes, section->captured_size);
        field->number += section->declared_size;
        run->last = *section;
        return;
    }
    run->range = is_same ? run->range + 1 : 0;
    run->field = fields->list->len;
    run->last = *section;
    if (run->range)
        fields_add(fields, FIELD_BYTES, 0, "%s[%u].range[%u]", name, section->index, run->range)
            ->bytes = field_bytes(section->bytes, section->captured_size);
    else
        fields_add(fields, FIELD_BYTES, 0, "%s[%u]", name, section->index)->bytes =
            field_bytes(section->bytes, section->captured_size);
    g_array_index(fields->list, struct field, run->field).number = section->declared_size;
}

static void add_contents(struct fields *fields, const struct ipctap_record *record,
                         const struct call *call)
{
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section section;
    struct run run = {0};

    while (ipctap_section_next(record, &iterator, &section, NULL)) {
        const char *name = call_contents_name(section.type);

        if (!fields_add_orbis_section(fields, record, &section, call) && name &&
            section.captured_size)
            add_buffer(fields, &run, &section, name);
    }
}

/* ---- Any record ---- */

static void add_kind(struct fields *fields, const struct call_message *message,
                     const struct call *call)
{
    switch (message->record->header.kind) {
    case IPCTAP_HIPC_MESSAGE:
        add_horizon(fields, message, call);
        break;
    case IPCTAP_CTR_COMMAND:
        add_ctr(fields, message, call);
        break;
    case IPCTAP_IPMI_CALL:
        fields_add_ipmi(fields, message);
        break;
    case IPCTAP_APPMSG_CALL:
        fields_add_appmsg(fields, message);
        break;
    default:
        add_kernel(fields, message, call);
        break;
    }
}

static void set_session(struct fields *fields, uint32_t handle)
{
    for (guint n = 0; n < fields->list->len; n++) {
        struct field *field = &g_array_index(fields->list, struct field, n);

        if (field->kind == FIELD_ID && field->id == ID_OBJECT)
            field->within = handle;
    }
}

void fields_read(struct fields *fields, const struct ipctap_record *record, const struct call *call)
{
    const struct ipctap_header *header = &record->header;
    struct call_message message;

    fields->list = g_array_new(FALSE, FALSE, sizeof(struct field));
    fields->platform = header->platform;
    fields->has_value_ids = FALSE;
    g_array_set_clear_func(fields->list, field_clear);
    /* A manager call's is *out, which is told with its own kind. */
    if ((header->flags & IPCTAP_RESULT) && header->kind != IPCTAP_IPMI_CALL)
        fields_add(fields, FIELD_RESULT, header->result, "result")->is_kernel = TRUE;
    if (header->kind == IPCTAP_HIPC_MESSAGE || header->kind == IPCTAP_CTR_COMMAND) {
        if (call->description)
            call_arguments(record, call, add_argument, fields);
    }
    if (call_message_decode(record, &call->context, &message))
        add_kind(fields, &message, call);
    add_contents(fields, record, call);
    set_session(fields, header->object);
}

void fields_clear(struct fields *fields)
{
    g_array_unref(fields->list);
}
