/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arguments.h"
#include "text.h"

#include <ipcshark/contents.h>

#include <inttypes.h>
#include <string.h>

#define HEX_LIMIT 32

/** Where the arguments of one record go. */
struct teller {
    call_argument_function function;
    void *data;
    const struct call_message *message;
    GString *value;
    struct call_argument argument; /**< What is said of the value so far. */
    unsigned int unnamed;
};

static void tell(struct teller *teller, const char *name)
{
    teller->argument.name = name;
    teller->argument.value = teller->value->str;
    teller->function(teller->data, &teller->argument);
    g_string_truncate(teller->value, 0);
    teller->argument = (struct call_argument){0};
}

static void append_text(GString *out, const uint8_t *bytes, size_t length)
{
    g_autofree char *text = call_text(bytes, MIN(length, CALL_MAX_TEXT));

    g_string_append(out, text);
}

bool call_append_contents(GString *out, const struct ipctap_section *section)
{
    if (call_is_text(section->bytes, section->captured_size)) {
        append_text(out, section->bytes, section->captured_size);
        return true;
    }
    if (section->captured_size)
        call_append_hex(out, section->bytes, section->captured_size, HEX_LIMIT);
    else
        g_string_append_printf(out, "%" PRIu64 " bytes", section->declared_size);
    return false;
}

/* ---- By description ---- */

static void append_buffer(struct teller *teller, const struct ipcshark_argument *argument)
{
    const struct ipcshark_message view = call_message_view(teller->message);
    uint16_t index, type = ipcshark_argument_section(&view, argument, &index);
    struct ipctap_section section;

    teller->argument.is_buffer = true;
    if (type && ipctap_section_find(teller->message->record, type, index, &section) &&
        section.captured_size)
        teller->argument.is_text = call_append_contents(teller->value, &section);
    else
        g_string_append_printf(teller->value, "%" PRIu64 " bytes", argument->buffer_size);
}

static void append_bytes(struct teller *teller, const struct ipcshark_argument *argument)
{
    const struct ipctap_section *section = &teller->message->section;

    if (argument->offset + argument->length > section->captured_size)
        return;
    teller->argument.is_text = argument->type->kind == IPCSHARK_TYPE_TEXT;
    if (teller->argument.is_text)
        append_text(teller->value, section->bytes + argument->offset, argument->length);
    else
        call_append_hex(teller->value, section->bytes + argument->offset, argument->length,
                        HEX_LIMIT);
}

static void append_enum(GString *value, const struct ipcshark_argument *argument)
{
    const char *name = ipcshark_enumerator_name(argument->type, argument->value);

    if (name)
        g_string_append(value, name);
    else
        g_string_append_printf(value, "%" PRIu64, argument->value);
}

static void append_value(struct teller *teller, const struct ipcshark_argument *argument)
{
    switch (argument->type->kind) {
    case IPCSHARK_TYPE_UNSIGNED:
        g_string_append_printf(teller->value, "%" PRIu64, argument->value);
        break;
    case IPCSHARK_TYPE_SIGNED:
        g_string_append_printf(teller->value, "%" PRId64, (int64_t)argument->value);
        break;
    case IPCSHARK_TYPE_BOOL:
        g_string_append(teller->value, argument->value & 1 ? "true" : "false");
        break;
    case IPCSHARK_TYPE_ENUM:
        append_enum(teller->value, argument);
        break;
    case IPCSHARK_TYPE_PID:
    case IPCSHARK_TYPE_HANDLE:
    case IPCSHARK_TYPE_OBJECT:
        teller->argument.is_id = true;
        g_string_append_printf(teller->value, "0x%" PRIx64, argument->value);
        break;
    case IPCSHARK_TYPE_BUFFER:
    case IPCSHARK_TYPE_STATIC:
    case IPCSHARK_TYPE_PXI:
    case IPCSHARK_TYPE_MAPPED:
        append_buffer(teller, argument);
        break;
    default:
        append_bytes(teller, argument);
        break;
    }
}

/** The result stands in columns of its own. */
static bool is_told(const struct teller *teller, const struct ipcshark_argument *argument)
{
    return argument->present && argument->type && argument->length &&
           !(teller->message->is_reply && !strcmp(argument->name, "result"));
}

struct ipcshark_message call_message_view(const struct call_message *message)
{
    const uint8_t kind = message->record->header.platform == IPCTAP_CTR ? IPCTAP_CTR_COMMAND
                                                                        : IPCTAP_HIPC_MESSAGE;

    return (struct ipcshark_message){
        .bytes = message->section.bytes,
        .length = message->section.captured_size,
        .hipc = kind == IPCTAP_HIPC_MESSAGE ? &message->hipc : NULL,
        .cmif = kind == IPCTAP_HIPC_MESSAGE && !message->is_tipc ? &message->cmif : NULL,
        .tipc = message->is_tipc ? &message->tipc : NULL,
        .ctr = kind == IPCTAP_CTR_COMMAND ? &message->ctr : NULL,
        .is_reply = message->is_reply,
    };
}

static void tell_described(struct teller *teller, const struct ipcshark_command *command)
{
    const struct ipcshark_message view = call_message_view(teller->message);
    struct ipcshark_arguments arguments;
    struct ipcshark_argument argument;
    char name[24];

    ipcshark_arguments_begin(&arguments, command, &view);
    while (ipcshark_arguments_next(&arguments, &argument)) {
        if (!is_told(teller, &argument))
            continue;
        g_snprintf(name, sizeof name, "argument%u", teller->unnamed++);
        append_value(teller, &argument);
        tell(teller, *argument.name ? argument.name : name);
    }
}

/* ---- Without a description ---- */

static void tell_raw(struct teller *teller, uint32_t offset, uint32_t size)
{
    if (!size)
        return;
    call_append_hex(teller->value, teller->message->section.bytes + offset, size, 4 * HEX_LIMIT);
    tell(teller, "data");
}

const char *call_contents_name(uint16_t type)
{
    static const struct {
        uint16_t type;
        const char *name;
    } names[] = {
        {IPCTAP_POINTER, "pointer"},
        {IPCTAP_SEND, "send"},
        {IPCTAP_RECEIVE, "receive"},
        {IPCTAP_EXCHANGE, "exchange"},
        {IPCTAP_STATIC, "static"},
        {IPCTAP_MAPPED, "mapped"},
        {IPCTAP_PXI, "pxi"},
        {IPCTAP_MEMORY, "memory"},
        {IPCTAP_IPMI_IN, "in"},
        {IPCTAP_IPMI_OUT, "out"},
        {IPCTAP_IPMI_MESSAGE, "message"},
        {IPCTAP_APPMSG_MESSAGE, "message"},
        {IPCTAP_IPMI_PACKET, "packet"},
        {IPCTAP_APPMSG_PAYLOAD, "payload"},
        {IPCTAP_IPMI_CONFIG, "config"},
        {IPCTAP_IPMI_USER_DATA, "user_data"},
        {IPCTAP_IPMI_NAME, "name"},
        {IPCTAP_OBJECT_NAME, "name"},
    };

    for (size_t n = 0; n < G_N_ELEMENTS(names); n++) {
        if (names[n].type == type)
            return names[n].name;
    }
    return NULL;
}

static void tell_contents(struct teller *teller)
{
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section section;

    while (ipctap_section_next(teller->message->record, &iterator, &section, NULL)) {
        const char *what = call_contents_name(section.type);
        char name[24];

        if (!what || !section.captured_size)
            continue;
        teller->argument.is_buffer = true;
        g_snprintf(name, sizeof name, section.type < IPCTAP_SERVICE ? "%s%u" : "%s", what,
                   section.index);
        teller->argument.is_text = call_append_contents(teller->value, &section);
        tell(teller, name);
    }
}

static void tell_number(struct teller *teller, const char *name, uint64_t value)
{
    if (!value)
        return;
    g_string_append_printf(teller->value, value < 10 ? "%" PRIu64 : "0x%" PRIx64, value);
    tell(teller, name);
}

static void tell_kernel(struct teller *teller)
{
    const struct ipctap_kernel_call *kernel = &teller->message->kernel;

    tell_number(teller, "handle", kernel->handle);
    tell_number(teller, "handle_2", kernel->handle_2);
    tell_number(teller, "value", kernel->value);
    tell_number(teller, "address", kernel->address);
    tell_number(teller, "size", kernel->size);
    tell_number(teller, "value_2", kernel->value_2);
}

static void tell_appmsg(struct teller *teller)
{
    const struct appmsg_call *appmsg = &teller->message->appmsg;

    tell_number(teller, "app_id", appmsg->app_id);
    tell_number(teller, "message_type", appmsg->message_type);
    tell_number(teller, "flags", appmsg->flags);
    tell_number(teller, "bits", appmsg->bits);
    tell_number(teller, "pattern", appmsg->pattern);
}

static void tell_ipmi_fields(struct teller *teller)
{
    const struct sceipmi_operation *operation = sceipmi_operation(teller->message->ipmi.op);
    struct ipctap_section block;

    if (!operation || !operation->layout ||
        !ipctap_section_find(teller->message->record, IPCTAP_IPMI_BLOCK, 0, &block))
        return;
    for (unsigned int n = 0; n < operation->layout->field_count; n++) {
        const struct sceipmi_field *field = &operation->layout->field[n];

        if (field->kind != SCEIPMI_FIELD_PADDING && field->kind != SCEIPMI_FIELD_POINTER &&
            field->kind != SCEIPMI_FIELD_TEXT)
            tell_number(teller, field->name,
                        sceipmi_field_get(field, block.bytes, block.captured_size));
    }
}

static void tell_hipc(struct teller *teller, const struct call *call)
{
    const struct call_message *message = teller->message;

    if (call->description) {
        tell_described(teller, call->description);
        return;
    }
    if (message->is_tipc)
        tell_raw(teller, message->tipc.data_offset, message->tipc.data_size);
    else
        tell_raw(teller, message->cmif.data_offset, message->cmif.data_size);
    tell_contents(teller);
}

static void tell_ctr(struct teller *teller, const struct call *call)
{
    const struct ctripc_message *ctr = &teller->message->ctr;
    uint32_t first = teller->message->is_reply ? 2 : 1; /* Word 1 of a reply is its result. */
    uint32_t words = MIN(ctr->words, teller->message->section.captured_size / 4);

    if (call->description) {
        tell_described(teller, call->description);
        return;
    }
    tell_raw(teller, 4 * first, words > first ? 4 * (words - first) : 0);
    tell_contents(teller);
}

void call_arguments(const struct ipctap_record *record, const struct call *call,
                    call_argument_function function, void *data)
{
    struct call_message message;
    struct teller teller = {.function = function, .data = data, .message = &message};

    if (!call_message_decode(record, &call->context, &message))
        return;
    teller.value = g_string_new(NULL);
    switch (record->header.kind) {
    case IPCTAP_HIPC_MESSAGE:
        tell_hipc(&teller, call);
        break;
    case IPCTAP_CTR_COMMAND:
        tell_ctr(&teller, call);
        break;
    case IPCTAP_IPMI_CALL:
        tell_ipmi_fields(&teller);
        tell_contents(&teller);
        break;
    case IPCTAP_APPMSG_CALL:
        tell_appmsg(&teller);
        tell_contents(&teller);
        break;
    default:
        tell_kernel(&teller);
        tell_contents(&teller);
        break;
    }
    g_string_free(teller.value, TRUE);
}
