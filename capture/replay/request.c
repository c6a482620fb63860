/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "request.h"
#include "arguments.h"
#include "fields.h"

#include <inttypes.h>
#include <string.h>

#define DEFAULT_TID 1
/** Both consoles' message buffer, which is sent whole. */
#define MESSAGE_SIZE 0x100

/** A request being rewritten: `bytes` is the captured record, changed in place. */
struct rewrite {
    const struct replay_call *call;
    const struct ids *ids;
    guint8 *bytes;
    struct ipctap_record record; /**< Of `bytes`. */
    struct call_message message;
};

static guint8 *place(const struct rewrite *rewrite, const struct ipctap_section *section,
                     size_t offset, size_t size)
{
    if (offset + size > section->captured_size)
        return NULL;
    return rewrite->bytes + (section->bytes - rewrite->record.bytes) + offset;
}

static void put_id(const struct rewrite *rewrite, const struct ipctap_section *section,
                   size_t offset, enum id_kind kind)
{
    guint8 *at = place(rewrite, section, offset, 4);
    struct ipcshark_reader reader = ipcshark_reader(at, at ? 4 : 0);
    guint32 captured = ipcshark_read_u32(&reader);

    if (at && captured)
        ipcshark_store_u32(
            at,
            (guint32)ids_now(rewrite->ids, kind,
                             kind == ID_OBJECT ? rewrite->call->enter.header.object : 0, captured));
}

/* ---- Horizon and CTR messages ---- */

static void rewrite_hipc(const struct rewrite *rewrite, const struct call_message *message)
{
    const struct hipc_special *special = &message->hipc.special;
    const struct cmif_domain *domain = &message->cmif.domain;

    for (unsigned int n = 0; message->hipc.has_special && n < special->copy_count; n++)
        put_id(rewrite, &message->section, special->copy_offset + 4u * n, ID_HANDLE);
    for (unsigned int n = 0; message->hipc.has_special && n < special->move_count; n++)
        put_id(rewrite, &message->section, special->move_offset + 4u * n, ID_HANDLE);
    if (message->cmif.kind == CMIF_CONTROL &&
        message->cmif.method_id == CMIF_COPY_FROM_CURRENT_DOMAIN)
        put_id(rewrite, &message->section, message->cmif.data_offset, ID_OBJECT);
    if (message->is_tipc || !message->cmif.has_domain || message->is_reply)
        return;
    put_id(rewrite, &message->section, domain->offset + CMIF_DOMAIN_OBJECT_ID, ID_OBJECT);
    for (uint32_t n = 0; n < domain->objects_captured; n++)
        put_id(rewrite, &message->section, domain->objects_offset + 4u * n, ID_OBJECT);
}

static void rewrite_ctr(const struct rewrite *rewrite, const struct call_message *message)
{
    for (unsigned int n = 0; n < message->ctr.translate_count; n++) {
        const struct ctripc_translate *translate = &message->ctr.translate[n];

        for (unsigned int i = 0;
             translate->kind <= CTRIPC_MOVE_HANDLES && i < translate->handle_count; i++)
            put_id(rewrite, &message->section, 4u * (translate->offset + 1u + i), ID_HANDLE);
    }
}

/** Numbers that the service itself gave, among the raw data. */
static void rewrite_values(const struct rewrite *rewrite, const struct call_message *message)
{
    const struct ipcshark_command *command = rewrite->call->call.description;
    const struct ipcshark_message view = call_message_view(message);
    struct ipcshark_arguments arguments;
    struct ipcshark_argument argument;

    if (!command)
        return;
    ipcshark_arguments_begin(&arguments, command, &view);
    while (ipcshark_arguments_next(&arguments, &argument)) {
        guint8 *at = place(rewrite, &message->section, argument.offset, argument.length);

        if (!at || !argument.present || argument.place != IPCSHARK_PLACE_RAW ||
            !fields_is_id_name(argument.name) || argument.length % 4 || argument.length > 8)
            continue;
        argument.value = ids_now(rewrite->ids, ID_VALUE, 0, argument.value);
        for (uint32_t n = 0; n < argument.length; n++)
            at[n] = (guint8)(argument.value >> 8 * n);
    }
}

static void rewrite_message(const struct rewrite *rewrite, const struct call_message *message)
{
    if (!message->is_reply)
        rewrite_values(rewrite, message);
    if (rewrite->record.header.platform == IPCTAP_CTR)
        rewrite_ctr(rewrite, message);
    else
        rewrite_hipc(rewrite, message);
}

/* ---- Kernel calls ---- */

static void rewrite_handles(const struct rewrite *rewrite)
{
    struct ipctap_section section;

    if (!ipctap_section_find(&rewrite->record, IPCTAP_HANDLES, 0, &section))
        return;
    for (uint32_t n = 0; n < section.captured_size / 4; n++)
        put_id(rewrite, &section, 4u * n, ID_HANDLE);
}

static void rewrite_kernel(const struct rewrite *rewrite)
{
    struct ipctap_kernel_call kernel = rewrite->message.kernel;
    guint8 *at = place(rewrite, &rewrite->message.section, 0, IPCTAP_KERNEL_CALL_SIZE);
    struct call_message inner;

    kernel.handle = (guint32)ids_now(rewrite->ids, ID_HANDLE, 0, kernel.handle);
    kernel.handle_2 = (guint32)ids_now(rewrite->ids, ID_HANDLE, 0, kernel.handle_2);
    if (kernel.call == IPCTAP_CALL_HELLO)
        kernel.value = rewrite->call->exit_number ? rewrite->call->exit.header.pid : 0;
    if (at)
        ipctap_kernel_call_encode(&kernel, at, IPCTAP_KERNEL_CALL_SIZE);
    rewrite_handles(rewrite);
    if (kernel.call == IPCTAP_CALL_REPLY_AND_RECEIVE && kernel.handle &&
        call_message_decode_inner(&rewrite->message, true, &rewrite->call->call.context, &inner))
        rewrite_message(rewrite, &inner);
}

/* ---- Manager calls ---- */

/** Kids in the block, and tickets, which TryGetResult names. */
static void rewrite_block(const struct rewrite *rewrite, uint32_t op)
{
    const struct sceipmi_operation *operation = sceipmi_operation(op);
    struct ipctap_section block;
    guint8 *bytes;

    if (!operation || !operation->layout ||
        !ipctap_section_find(&rewrite->record, IPCTAP_IPMI_BLOCK, 0, &block))
        return;
    bytes = place(rewrite, &block, 0, block.captured_size);
    for (unsigned int n = 0; n < operation->layout->field_count; n++) {
        const struct sceipmi_field *field = &operation->layout->field[n];
        guint64 value = sceipmi_field_get(field, block.bytes, block.captured_size);

        if (field->kind == SCEIPMI_FIELD_KID)
            sceipmi_field_set(field, bytes, block.captured_size,
                              ids_now(rewrite->ids, ID_KID, 0, value));
        else if (!strcmp(field->name, "ticket") && field->kind != SCEIPMI_FIELD_POINTER)
            sceipmi_field_set(field, bytes, block.captured_size,
                              ids_now(rewrite->ids, ID_TICKET, 0, value));
    }
}

static void rewrite_ipmi(const struct rewrite *rewrite)
{
    struct sceipmi_call call = rewrite->message.ipmi;
    guint8 *at = place(rewrite, &rewrite->message.section, 0, SCEIPMI_CALL_SIZE);

    call.kid = (guint32)ids_now(rewrite->ids, ID_KID, 0, call.kid);
    if (at)
        sceipmi_call_encode(&call, at, SCEIPMI_CALL_SIZE);
    rewrite_block(rewrite, call.op);
}

/* ---- The record ---- */

static void rewrite_kind(const struct rewrite *rewrite)
{
    switch (rewrite->record.header.kind) {
    case IPCTAP_HIPC_MESSAGE:
    case IPCTAP_CTR_COMMAND:
        rewrite_message(rewrite, &rewrite->message);
        break;
    case IPCTAP_IPMI_CALL:
        rewrite_ipmi(rewrite);
        break;
    case IPCTAP_KERNEL_CALL:
        rewrite_kernel(rewrite);
        break;
    default:
        break;
    }
}

static struct ipctap_header make_header(const struct replay_call *call, const struct ids *ids,
                                        const struct request_sender *sender)
{
    struct ipctap_header header = call->enter.header;
    gboolean has_kid = header.kind == IPCTAP_IPMI_CALL || header.kind == IPCTAP_APPMSG_CALL;

    header.flags &= IPCTAP_ASYNC | IPCTAP_DOMAIN | IPCTAP_UNREADABLE;
    header.flags |= IPCTAP_SYNTHETIC;
    header.time = (guint64)g_get_real_time() * 1000;
    header.clock = IPCTAP_CLOCK_UNIX;
    header.pid = sender->pid;
    header.call_id = sender->call_id;
    header.tid = header.tid && header.tid != IPCTAP_UNKNOWN_ID ? header.tid : DEFAULT_TID;
    header.object = (guint32)ids_now(ids, has_kid ? ID_KID : ID_HANDLE, 0, header.object);
    header.result = 0;
    header.peer_pid = IPCTAP_UNKNOWN_ID;
    header.source = 0;
    return header;
}

/** "Contents are complete, never capped." */
static char *find_gap(const struct ipctap_record *record)
{
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section section;

    if (record->length < record->header.record_size)
        return g_strdup_printf("%zu of its %u bytes were captured", record->length,
                               record->header.record_size);
    while (ipctap_section_next(record, &iterator, &section, NULL)) {
        const char *name = ipctap_section_name(section.type);

        if (section.type < IPCTAP_CLOCK_PAIR && section.type != IPCTAP_MESSAGE &&
            section.type != IPCTAP_IPMI_BLOCK && /* "At most 0x40." */
            section.captured_size && section.captured_size < section.declared_size)
            return g_strdup_printf("%u of %" PRIu64 " bytes of %s %u were captured",
                                   section.captured_size, section.declared_size,
                                   name ? name : "a section", section.index);
        if (section.type == IPCTAP_FRAGMENT)
            return g_strdup("the beginning of its message was not captured");
    }
    return NULL;
}

static gboolean is_sent(uint16_t type)
{
    return type < IPCTAP_CLOCK_PAIR || type == IPCTAP_OBJECT_NAME;
}

/** A message that was recorded up to its end gets back the buffer that it stood in. */
static void add_whole_message(struct ipcshark_writer *writer, const struct ipctap_section *section)
{
    guint8 buffer[MESSAGE_SIZE] = {0};
    guint32 size = MAX(section->captured_size, MESSAGE_SIZE);

    if (section->captured_size >= MESSAGE_SIZE) {
        ipctap_add(writer, section->type, section->index, section->address, section->bytes, size);
        return;
    }
    memcpy(buffer, section->bytes, section->captured_size);
    ipctap_add(writer, section->type, section->index, section->address, buffer, size);
}

static void add_sections(struct ipcshark_writer *writer, const struct ipctap_record *record)
{
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section section;

    while (ipctap_section_next(record, &iterator, &section, NULL)) {
        if (section.type == IPCTAP_MESSAGE)
            add_whole_message(writer, &section);
        else if (is_sent(section.type))
            ipctap_add_part(writer, section.type, section.index, section.address, section.bytes,
                            section.captured_size, section.declared_size);
    }
}

static gboolean has_room(const struct ipctap_record *record, uint16_t type, unsigned int n)
{
    struct ipctap_section section;

    return ipctap_section_find(record, type, (uint16_t)n, &section);
}

/** Producers of captures need not announce room; a server wants to know of it. */
static void add_missing_room(struct ipcshark_writer *writer, const struct rewrite *rewrite)
{
    const struct hipc_message *hipc = &rewrite->message.hipc;

    if (rewrite->record.header.kind != IPCTAP_HIPC_MESSAGE)
        return;
    for (unsigned int n = 0; n < hipc->receive_count; n++) {
        if (hipc->receive[n].size && !has_room(&rewrite->record, IPCTAP_RECEIVE, n))
            ipctap_add_part(writer, IPCTAP_RECEIVE, (uint16_t)n, hipc->receive[n].address, NULL, 0,
                            hipc->receive[n].size);
    }
    for (unsigned int n = 0; n < hipc->receive_list_count; n++) {
        if (hipc->receive_list[n].size && !has_room(&rewrite->record, IPCTAP_RECEIVE_LIST, n))
            ipctap_add_part(writer, IPCTAP_RECEIVE_LIST, (uint16_t)n, hipc->receive_list[n].address,
                            NULL, 0, hipc->receive_list[n].size);
    }
}

static GByteArray *write_record(const struct rewrite *rewrite, const struct ipctap_header *header)
{
    gsize capacity = rewrite->record.length + MESSAGE_SIZE +
                     (HIPC_MAX_DESCRIPTORS + HIPC_MAX_RECEIVE_LIST) * IPCTAP_SECTION_SIZE;
    GByteArray *out = g_byte_array_new();
    struct ipcshark_writer writer;

    g_byte_array_set_size(out, (guint)capacity);
    writer = ipcshark_writer(out->data, capacity);
    ipctap_begin(&writer, header);
    add_sections(&writer, &rewrite->record);
    add_missing_room(&writer, rewrite);
    g_byte_array_set_size(out, (guint)ipctap_end(&writer));
    return out;
}

GByteArray *request_build(const struct replay_call *call, const struct ids *ids,
                          const struct request_sender *sender, char **why)
{
    const struct ipctap_header header = make_header(call, ids, sender);
    g_autofree guint8 *copy = g_memdup2(call->enter.bytes, call->enter.length);
    struct rewrite rewrite = {.call = call, .ids = ids, .bytes = copy};

    *why = find_gap(&call->enter);
    if (*why || !ipctap_record_decode(copy, call->enter.length, &rewrite.record, NULL))
        return NULL;
    if (call_message_decode(&rewrite.record, &call->call.context, &rewrite.message))
        rewrite_kind(&rewrite);
    else
        *why = g_strdup("it has no message");
    return *why ? NULL : write_record(&rewrite, &header);
}

GByteArray *request_hello(const struct replay_call *first, const char *name,
                          const struct request_sender *sender, guint32 wanted_pid)
{
    const struct ipctap_kernel_call hello = {.call = IPCTAP_CALL_HELLO, .value = wanted_pid};
    struct ipctap_header header =
        ipctap_header_init(first->enter.header.platform, IPCTAP_KERNEL_CALL, IPCTAP_ENTER);
    guint8 bytes[1024];
    guint8 call[IPCTAP_KERNEL_CALL_SIZE];
    struct ipcshark_writer writer = ipcshark_writer(bytes, sizeof bytes);
    GByteArray *out = g_byte_array_new();

    header.flags = IPCTAP_SYNTHETIC;
    header.tid = DEFAULT_TID;
    header.call_id = sender->call_id;
    header.program_id = first->enter.header.program_id;
    ipctap_kernel_call_encode(&hello, call, sizeof call);
    ipctap_begin(&writer, &header);
    ipctap_add(&writer, IPCTAP_SECTION_KERNEL_CALL, 0, 0, call, sizeof call);
    ipctap_add_text(&writer, IPCTAP_OBJECT_NAME, 0, *name ? name : "replay");
    g_byte_array_append(out, bytes, (guint)ipctap_end(&writer));
    return out;
}
