/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fields.h"

#include <ipcshark/appmsg.h>

#include <string.h>

static gboolean creates(uint32_t op)
{
    return op == SCEIPMI_CREATE_SERVER || op == SCEIPMI_CREATE_CLIENT ||
           op == SCEIPMI_CREATE_SESSION;
}

/** rax beside a carry is an errno; *out of a create is a kid. */
void fields_add_ipmi(struct fields *fields, const struct call_message *message)
{
    const struct sceipmi_call *call = &message->ipmi;

    fields_add(fields, FIELD_NUMBER, call->op, "op");
    if (!message->is_reply)
        return;
    if (call->valid & SCEIPMI_RAX_VALID)
        fields_add(fields, FIELD_NUMBER, call->rax, "rax");
    fields_add(fields, FIELD_NUMBER, (call->valid & SCEIPMI_CARRY) != 0, "carry");
    if (!(call->valid & SCEIPMI_OUT_VALID))
        return;
    if (creates(call->op) && !(call->out & 0x80000000u))
        fields_add(fields, FIELD_ID, call->out, "out")->id = ID_KID;
    else
        fields_add(fields, FIELD_RESULT, call->out, "out")->is_kernel = TRUE;
}

void fields_add_appmsg(struct fields *fields, const struct call_message *message)
{
    const struct appmsg_call *call = &message->appmsg;

    fields_add(fields, FIELD_NUMBER, call->function, "function");
    fields_add(fields, FIELD_NUMBER, call->app_id, "app_id");
    fields_add(fields, FIELD_NUMBER, call->message_type, "message_type");
    fields_add(fields, FIELD_NUMBER, call->flags, "flags");
    fields_add(fields, FIELD_NUMBER, call->payload_size, "payload_size");
    fields_add(fields, FIELD_NUMBER, call->bits, "bits");
    if (call->valid & APPMSG_RETURN_VALID)
        fields_add(fields, FIELD_RESULT, (uint32_t)call->return_value, "return_value");
    if (call->valid & APPMSG_PATTERN_VALID)
        fields_add(fields, FIELD_NUMBER, call->pattern, "pattern");
    if (call->valid & APPMSG_TIMESTAMP_VALID)
        fields_add(fields, FIELD_TIME, call->timestamp, "timestamp");
}

static const char *scalar_name(uint16_t index)
{
    static const char *const names[] = {
        [IPCTAP_SCALAR_RESULT] = "method_result",
        [IPCTAP_SCALAR_STATUS] = "status",
        [IPCTAP_SCALAR_TICKET] = "ticket",
        [IPCTAP_SCALAR_PATTERN] = "pattern",
        [IPCTAP_SCALAR_TIMEOUT] = "timeout",
        [IPCTAP_SCALAR_VALUE] = "value",
        [IPCTAP_SCALAR_SIZE] = "size",
    };

    return index < G_N_ELEMENTS(names) ? names[index] : NULL;
}

static guint64 scalar_value(const struct ipctap_section *section)
{
    struct ipcshark_reader reader = ipcshark_reader(section->bytes, section->captured_size);

    return section->captured_size >= 8 ? ipcshark_read_u64(&reader) : ipcshark_read_u32(&reader);
}

static void add_scalar(struct fields *fields, const struct ipctap_section *section)
{
    const char *name = scalar_name(section->index);
    guint64 value = scalar_value(section);

    if (!section->captured_size)
        return;
    if (section->index == IPCTAP_SCALAR_TICKET)
        fields_add(fields, FIELD_ID, value, "%s", name)->id = ID_TICKET;
    else if (section->index == IPCTAP_SCALAR_TIMEOUT)
        fields_add(fields, FIELD_TIME, value, "%s", name); /* What is left of it. */
    else if (section->index == IPCTAP_SCALAR_RESULT)
        fields_add(fields, FIELD_RESULT, value, "%s", name);
    else if (name)
        fields_add(fields, FIELD_NUMBER, value, "%s", name);
    else
        fields_add(fields, FIELD_BYTES, 0, "scalar[0x%x]", section->index)->bytes =
            field_bytes(section->bytes, section->captured_size);
}

static void add_layout(struct fields *fields, const struct sceipmi_layout *layout,
                       const struct ipctap_section *section, const char *what)
{
    for (unsigned int n = 0; n < layout->field_count; n++) {
        const struct sceipmi_field *field = &layout->field[n];
        guint64 value = sceipmi_field_get(field, section->bytes, section->captured_size);

        if (field->kind == SCEIPMI_FIELD_KID)
            fields_add(fields, FIELD_ID, value, "%s.%s", what, field->name)->id = ID_KID;
        else if (field->kind != SCEIPMI_FIELD_PADDING)
            fields_add(fields, FIELD_NUMBER, value, "%s.%s", what, field->name);
    }
}

/** Its header by the type that the packet's info says, then the inputs' bytes. */
static gboolean add_packet(struct fields *fields, const struct ipctap_record *record,
                           const struct ipctap_section *section)
{
    struct ipctap_section info;
    struct sceipmi_packet packet;
    guint64 type;

    if (!ipctap_section_find(record, IPCTAP_IPMI_PACKET_INFO, 0, &info))
        return FALSE;
    type = sceipmi_get(sceipmi_packet_info(), "type", info.bytes, info.captured_size);
    sceipmi_packet_decode((uint32_t)type, section->bytes, section->captured_size, &packet, NULL);
    if (!packet.layout || section->captured_size < packet.layout->size)
        return FALSE;
    add_layout(fields, packet.layout, section, "packet");
    fields_add(fields, FIELD_BYTES, 0, "packet.data")->bytes = field_bytes(
        section->bytes + packet.layout->size, section->captured_size - packet.layout->size);
    return TRUE;
}

/** How much was written of each output; their pointers are the program's own. */
static void add_buffer_info(struct fields *fields, const struct ipctap_section *section)
{
    struct sceipmi_buffer_info info;

    for (size_t n = 0; n < SCEIPMI_MAX_COUNT &&
                       sceipmi_buffer_info(section->bytes, section->captured_size, n, &info);
         n++)
        fields_add(fields, FIELD_NUMBER, info.written, "out[%zu].written", n);
}

/** SceAppMessage has the time at which it was sent. */
static void add_app_message(struct fields *fields, const struct ipctap_section *section)
{
    struct appmsg_message message;

    appmsg_message_decode(section->bytes, section->captured_size, &message, NULL);
    fields_add(fields, FIELD_NUMBER, message.sender, "app_message.sender");
    fields_add(fields, FIELD_NUMBER, message.message_type, "app_message.type");
    fields_add(fields, FIELD_NUMBER, message.payload_size, "app_message.payload_size");
    fields_add(fields, FIELD_BYTES, 0, "app_message.payload")->bytes =
        field_bytes(section->bytes + message.payload_offset, message.payload_captured);
    fields_add(fields, FIELD_TIME, message.timestamp, "app_message.timestamp");
}

gboolean fields_add_orbis_section(struct fields *fields, const struct ipctap_record *record,
                                  const struct ipctap_section *section, const struct call *call)
{
    switch (section->type) {
    case IPCTAP_IPMI_SCALAR:
        add_scalar(fields, section);
        return TRUE;
    case IPCTAP_IPMI_PACKET_INFO:
        add_layout(fields, sceipmi_packet_info(), section, "packet_info");
        return TRUE;
    case IPCTAP_IPMI_PACKET:
        return add_packet(fields, record, section);
    case IPCTAP_IPMI_BUFFER_INFO:
        add_buffer_info(fields, section);
        return TRUE;
    case IPCTAP_IPMI_MESSAGE:
    case IPCTAP_APPMSG_MESSAGE:
        if (strcmp(call->service, APPMSG_SERVICE) != 0 ||
            section->captured_size < APPMSG_PAYLOAD_OFFSET)
            return FALSE;
        add_app_message(fields, section);
        return TRUE;
    default:
        return FALSE;
    }
}
