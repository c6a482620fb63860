/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "call.h"
#include "own_names.h"
#include "text.h"

#include <ipcshark/reader.h>

#include <string.h>

enum {
    SERVICE_NAME_SIZE = 8, /**< sm:'s and srv:'s names: 8 bytes, zero padded. */
    SM_GET_SERVICE_HANDLE = 1,
    SRV_GET_SERVICE_HANDLE = 5,
};

static struct session_key key_of(const struct ipctap_header *header, uint32_t handle)
{
    return (struct session_key){.source = header->source, .pid = header->pid, .handle = handle};
}

static void replace(char **text, char *with)
{
    g_free(*text);
    *text = with;
}

static char *named(const char *name, const char *what, uint32_t id)
{
    return name ? g_strdup(name) : g_strdup_printf("%s %u", what, id);
}

static char *padded_name(const uint8_t *bytes, size_t size)
{
    return size < SERVICE_NAME_SIZE ? NULL : call_text(bytes, SERVICE_NAME_SIZE);
}

/* ---- Names of the target ---- */

/** "SERVICE holds for (source, pid, object) until replaced": named once, known from then on. */
static void name_service(struct sessions *sessions, const struct ipctap_record *enter,
                         struct call *call, uint32_t handle)
{
    struct session *session = sessions_find(sessions, key_of(&enter->header, handle));

    if (*call->service && handle && (!session || g_strcmp0(session->service, call->service))) {
        session = sessions_get(sessions, key_of(&enter->header, handle));
        replace(&session->service, g_strdup(call->service));
    } else if (session && session->service) {
        replace(&call->service, g_strdup(session->service));
    }
}

/** By the names that are built in and the user's own. */
static void name_command(struct call *call, enum ipcshark_convention convention, const char *of)
{
    const struct ipcshark_names *names = own_names();

    call->command =
        named(ipcshark_names_command(names, convention, of, call->id, 0), "command", call->id);
    call->description = ipcshark_names_description(names, convention, of, call->id, 0);
}

static const char *known_interface(struct sessions *sessions, const struct session *session,
                                   const struct call *call, uint32_t object_id)
{
    const char *known;

    known = object_id ? sessions_object(sessions, session, object_id) : session->interface_name;
    if (!known && object_id <= 1)
        known = ipcshark_names_service_interface(own_names(), call->service);
    return known;
}

static void name_interface(struct sessions *sessions, const struct ipctap_record *enter,
                           struct call *call, uint32_t object_id)
{
    struct session *session = sessions_find(sessions, key_of(&enter->header, enter->header.object));
    const char *known;

    if (!session && *call->interface_name)
        session = sessions_get(sessions, key_of(&enter->header, enter->header.object));
    if (!session)
        return;
    if (!*call->interface_name) {
        known = known_interface(sessions, session, call, object_id);
        replace(&call->interface_name, g_strdup(known ? known : ""));
    } else if (object_id) {
        sessions_set_object(sessions, session, object_id, call->interface_name);
    } else if (g_strcmp0(session->interface_name, call->interface_name)) {
        replace(&session->interface_name, g_strdup(call->interface_name));
    }
}

/* ---- Requests by kind ---- */

static void describe_tipc(const struct call_message *message, struct call *call)
{
    const struct htipc_message *tipc = &message->tipc;
    const uint8_t *data = message->section.bytes + tipc->data_offset;

    call->id = tipc->command_id;
    call->has_id = !tipc->is_close;
    if (tipc->is_close) {
        call->command = g_strdup("(close session)");
        return;
    }
    name_command(call, IPCSHARK_CONVENTION_TIPC, call->service);
    if (g_str_has_prefix(call->service, "sm:") && call->id == SM_GET_SERVICE_HANDLE)
        call->opens = padded_name(data, tipc->data_size);
}

static void describe_invocation(const struct call_message *message, struct call *call)
{
    const struct cmif_message *cmif = &message->cmif;
    const char *of = *call->interface_name ? call->interface_name : call->service;

    name_command(call, IPCSHARK_CONVENTION_CMIF, of);
    if (g_str_has_prefix(call->service, "sm:") && call->id == SM_GET_SERVICE_HANDLE)
        call->opens = padded_name(message->section.bytes + cmif->data_offset, cmif->data_size);
}

static void describe_control(const struct call_message *message, struct call *call)
{
    struct ipcshark_reader reader = ipcshark_reader(
        message->section.bytes + message->cmif.data_offset, message->cmif.data_size);

    call->context.is_control = true;
    call->command = named(cmif_control_name(call->id), "control", call->id);
    call->copied_object = ipcshark_read_u32(&reader);
}

static void describe_cmif(const struct call_message *message, struct call *call)
{
    const struct cmif_message *cmif = &message->cmif;

    call->has_id = cmif->has_header;
    call->id = cmif->method_id;
    if (cmif->kind == CMIF_CONTROL)
        describe_control(message, call);
    else if (cmif->kind == CMIF_RELEASE || message->hipc.type == HIPC_TYPE_RELEASE)
        call->command = g_strdup("(close session)");
    else if (cmif->kind == CMIF_DOMAIN_CLOSE)
        call->command = g_strdup("(close object)");
    else if (cmif->kind == CMIF_REQUEST && cmif->has_header)
        describe_invocation(message, call);
    else
        call->command = g_strdup("(no command)");
}

static void describe_hipc(struct sessions *sessions, const struct call_message *message,
                          struct call *call)
{
    uint32_t object_id = message->cmif.has_domain ? message->cmif.domain.object_id : 0;

    call->context.is_tipc = message->is_tipc;
    if (message->is_tipc) {
        describe_tipc(message, call);
        return;
    }
    if (message->cmif.kind == CMIF_REQUEST)
        name_interface(sessions, message->record, call, object_id);
    describe_cmif(message, call);
}

static void describe_ctr(const struct call_message *message, struct call *call)
{
    const struct ipctap_section *section = &message->section;
    const char *out = ipcshark_names_out_interface(own_names(), IPCSHARK_CONVENTION_CTR,
                                                   call->service, message->ctr.command_id, 0);

    call->has_id = true;
    call->id = message->ctr.command_id;
    name_command(call, IPCSHARK_CONVENTION_CTR, call->service);
    if (!strcmp(call->service, "srv:") && call->id == SRV_GET_SERVICE_HANDLE &&
        section->captured_size >= 4)
        call->opens = padded_name(section->bytes + 4, section->captured_size - 4);
    else
        call->opens = g_strdup(out);
}

static void describe_ipmi(const struct call_message *message, struct call *call)
{
    const struct sceipmi_operation *operation = sceipmi_operation(message->ipmi.op);
    struct ipctap_section name;

    call->has_id = true;
    call->id = message->ipmi.op;
    call->command = operation ? g_strdup(operation->name)
                              : g_strdup_printf("operation 0x%x", message->ipmi.op);
    if ((call->id == SCEIPMI_CREATE_CLIENT || call->id == SCEIPMI_CREATE_SERVER) &&
        ipctap_section_find(message->record, IPCTAP_IPMI_NAME, 0, &name))
        call->opens = call_text(name.bytes, MIN(name.captured_size, IPCTAP_MAX_NAME));
    if (call->opens && !*call->service)
        replace(&call->service, g_strdup(call->opens));
}

static void describe_appmsg(const struct call_message *message, struct call *call)
{
    call->has_id = true;
    call->id = message->appmsg.function;
    call->command = named(appmsg_function_name(call->id), "function", call->id);
    if (!*call->service)
        replace(&call->service, g_strdup(APPMSG_SERVICE));
}

static void describe_kernel(const struct call_message *message, struct call *call)
{
    call->has_id = true;
    call->id = message->kernel.call;
    call->command = named(ipctap_kernel_call_name(call->id), "kernel call", call->id);
    if (call->id == IPCTAP_CALL_CONNECT_TO_PORT)
        call->opens = call_record_text(message->record, IPCTAP_OBJECT_NAME, 0);
    if (!*call->service)
        replace(&call->service, g_strdup("kernel"));
}

static void describe_kind(struct sessions *sessions, const struct call_message *message,
                          struct call *call)
{
    switch (message->record->header.kind) {
    case IPCTAP_HIPC_MESSAGE:
        describe_hipc(sessions, message, call);
        break;
    case IPCTAP_CTR_COMMAND:
        describe_ctr(message, call);
        break;
    case IPCTAP_IPMI_CALL:
        describe_ipmi(message, call);
        break;
    case IPCTAP_APPMSG_CALL:
        describe_appmsg(message, call);
        break;
    default:
        describe_kernel(message, call);
        break;
    }
}

/** What the producer calls the function counts most. */
static void prefer_function(const struct ipctap_record *enter, struct call *call)
{
    char *function = call_record_text(enter, IPCTAP_FUNCTION, 0);

    if (*function || !call->command)
        replace(&call->command, function);
    else
        g_free(function);
}

static bool is_domain(struct sessions *sessions, const struct ipctap_header *header)
{
    const struct session *session = sessions_find(sessions, key_of(header, header->object));

    return (header->flags & IPCTAP_DOMAIN) || (session && session->is_domain);
}

void call_describe(struct sessions *sessions, const struct ipctap_record *enter, struct call *call)
{
    const struct ipctap_header *header = &enter->header;
    struct call_message message;

    *call = (struct call){
        .service = call_record_text(enter, IPCTAP_SERVICE, 0),
        .interface_name = call_record_text(enter, IPCTAP_INTERFACE, 0),
        .context = {.is_domain = is_domain(sessions, header)},
    };
    if (header->kind != IPCTAP_KERNEL_CALL)
        name_service(sessions, enter, call, header->object);
    if (call_message_decode(enter, &call->context, &message))
        describe_kind(sessions, &message, call);
    prefer_function(enter, call);
}

void call_copy(struct call *copy, const struct call *call)
{
    *copy = *call;
    copy->service = g_strdup(call->service);
    copy->interface_name = g_strdup(call->interface_name);
    copy->command = g_strdup(call->command);
    copy->opens = g_strdup(call->opens);
}

void call_clear(struct call *call)
{
    g_free(call->service);
    g_free(call->interface_name);
    g_free(call->command);
    g_free(call->opens);
}

/* ---- What replies hand out ---- */

static const char *out_interface(const struct call *call, unsigned int n)
{
    return ipcshark_names_out_interface(own_names(), IPCSHARK_CONVENTION_CMIF, call->interface_name,
                                        call->id, n);
}

static void open_handles(struct sessions *sessions, const struct call_message *message,
                         const struct call *call)
{
    const struct hipc_special *special = &message->hipc.special;
    const char *service = call->opens ? call->opens : call->service;

    for (unsigned int n = 0; message->hipc.has_special && n < special->move_count; n++) {
        const char *interface_name =
            call->opens ? ipcshark_names_service_interface(own_names(), call->opens)
                        : out_interface(call, n);

        if (special->move[n] && !(call->context.is_tipc && !call->opens))
            sessions_open(sessions, key_of(&message->record->header, special->move[n]), service,
                          interface_name);
    }
}

static void open_objects(struct sessions *sessions, const struct call_message *message,
                         const struct call *call)
{
    const struct ipctap_header *header = &message->record->header;
    const struct session *session = sessions_find(sessions, key_of(header, header->object));
    const struct cmif_domain *domain = &message->cmif.domain;

    for (uint32_t n = 0; session && domain->objects_known && n < domain->objects_captured; n++) {
        uint32_t id = cmif_domain_object(message->section.bytes, message->section.captured_size,
                                         &message->cmif, n);
        const char *out = out_interface(call, n);

        if (id)
            sessions_set_object(sessions, session, id, out);
    }
}

static void convert_to_domain(struct sessions *sessions, const struct call_message *message)
{
    const struct ipctap_header *header = &message->record->header;
    struct session *session = sessions_get(sessions, key_of(header, header->object));
    struct ipcshark_reader reader = ipcshark_reader(
        message->section.bytes + message->cmif.data_offset, message->cmif.data_size);
    uint32_t id = ipcshark_read_u32(&reader);

    session->is_domain = true;
    if (!reader.failed && session->interface_name)
        sessions_set_object(sessions, session, id, session->interface_name);
}

static void copy_session(struct sessions *sessions, const struct call_message *message,
                         const struct call *call)
{
    const struct ipctap_header *header = &message->record->header;
    const struct hipc_special *special = &message->hipc.special;
    const struct session *from = sessions_find(sessions, key_of(header, header->object));
    bool is_object = call->id == CMIF_COPY_FROM_CURRENT_DOMAIN;
    g_autofree char *interface_name = NULL;
    bool was_domain = from && from->is_domain && !is_object;
    struct session *copy;

    if (!from || !message->hipc.has_special || !special->move_count)
        return;
    interface_name = g_strdup(is_object ? sessions_object(sessions, from, call->copied_object)
                                        : from->interface_name);
    copy = sessions_open(sessions, key_of(header, special->move[0]), call->service, interface_name);
    copy->is_domain = was_domain;
}

static void learn_hipc(struct sessions *sessions, const struct call_message *message,
                       const struct call *call)
{
    if (!call->context.is_control) {
        open_handles(sessions, message, call);
        if (!call->context.is_tipc)
            open_objects(sessions, message, call);
    } else if (call->id == CMIF_CONVERT_CURRENT_OBJECT_TO_DOMAIN) {
        convert_to_domain(sessions, message);
    } else {
        copy_session(sessions, message, call);
    }
}

static void learn_ctr(struct sessions *sessions, const struct call_message *message,
                      const struct call *call)
{
    const struct ctripc_message *ctr = &message->ctr;

    for (unsigned int n = 0; call->opens && n < ctr->translate_count; n++) {
        const struct ctripc_translate *translate = &ctr->translate[n];

        if (translate->kind > CTRIPC_MOVE_HANDLES || !translate->handle_count)
            continue;
        sessions_open(sessions,
                      key_of(&message->record->header,
                             ctripc_word(message->section.bytes, message->section.captured_size,
                                         translate->offset + 1u)),
                      call->opens, NULL);
        return;
    }
}

static void learn_kernel(struct sessions *sessions, const struct call_message *message,
                         const struct call *call)
{
    const struct ipctap_header *header = &message->record->header;

    if (call->id == IPCTAP_CALL_CONNECT_TO_PORT && call->opens)
        sessions_open(sessions, key_of(header, message->kernel.handle), call->opens,
                      ipcshark_names_service_interface(own_names(), call->opens));
    else if (call->id == IPCTAP_CALL_CLOSE_HANDLE)
        sessions_close(sessions, key_of(header, header->object));
}

void call_learn(struct sessions *sessions, const struct ipctap_record *exit,
                const struct call *call)
{
    const struct ipctap_header *header = &exit->header;
    struct call_outcome outcome;
    struct call_message message;

    call_outcome(exit, call, &outcome);
    if (outcome.has_failed || (header->flags & IPCTAP_SERVER) ||
        !call_message_decode(exit, &call->context, &message))
        return;
    if (header->kind == IPCTAP_HIPC_MESSAGE)
        learn_hipc(sessions, &message, call);
    else if (header->kind == IPCTAP_CTR_COMMAND)
        learn_ctr(sessions, &message, call);
    else if (header->kind == IPCTAP_KERNEL_CALL)
        learn_kernel(sessions, &message, call);
    else if (header->kind == IPCTAP_IPMI_CALL && call->opens)
        sessions_open(sessions, key_of(header, message.ipmi.out), call->opens, NULL);
}
