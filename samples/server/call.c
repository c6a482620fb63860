/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection.h"
#include "fault.h"

#include <stdarg.h>

struct server_call *server_call_new(struct server_process *process, const uint8_t *bytes,
                                    size_t size)
{
    struct server_call *call = g_new0(struct server_call, 1);
    struct ipctap_header header;

    call->process = process;
    call->bytes = g_memdup2(bytes, size);
    call->time = server_unix_time();
    call->tap_id = ++process->server->last_tap_id;
    call->target.peer_pid = IPCTAP_UNKNOWN_ID;
    ipctap_record_decode(call->bytes, size, &call->record, NULL);

    header =
        ipctap_header_init(call->record.header.platform, call->record.header.kind, IPCTAP_EXIT);
    header.flags = IPCTAP_SYNTHETIC | IPCTAP_RESULT;
    header.call_id = call->record.header.call_id;
    header.pid = process->pid;
    header.tid = call->record.header.tid;
    header.program_id = process->program_id;
    header.object = call->record.header.object;
    header.source = server_get_source(process->server, header.platform);
    record_builder_init(&call->exit, &header);
    return call;
}

void server_call_free(struct server_call *call)
{
    record_builder_clear(&call->exit);
    g_free(call->target.service);
    g_free(call->target.interface_name);
    g_free(call->target.function);
    g_free(call->target.peer_name);
    server_timer_cancel(call->delay);
    g_free(call->fault);
    g_free(call->bytes);
    g_free(call);
}

bool server_call_section(const struct server_call *call, uint16_t type, uint16_t index,
                         struct ipctap_section *section)
{
    if (ipctap_section_find(&call->record, type, index, section))
        return true;
    *section = (struct ipctap_section){0};
    return false;
}

bool server_call_kernel_call(const struct server_call *call, struct ipctap_kernel_call *arguments)
{
    struct ipctap_section section;

    *arguments = (struct ipctap_kernel_call){0};
    return server_call_section(call, IPCTAP_SECTION_KERNEL_CALL, 0, &section) &&
           ipctap_kernel_call_decode(section.bytes, section.captured_size, arguments, NULL);
}

char *server_call_object_name(const struct server_call *call)
{
    struct ipctap_section section;

    if (!server_call_section(call, IPCTAP_OBJECT_NAME, 0, &section))
        return NULL;
    return g_strndup((const char *)section.bytes, section.captured_size);
}

static void copy_text(char **copy, const char *text)
{
    g_free(*copy);
    *copy = g_strdup(text);
}

void server_call_target(struct server_call *call, const struct server_target *target)
{
    copy_text(&call->target.service, target->service);
    copy_text(&call->target.interface_name, target->interface_name);
    copy_text(&call->target.function, target->function);
    copy_text(&call->target.peer_name, target->peer ? target->peer->name : NULL);
    call->target.peer_pid = target->peer ? target->peer->pid : IPCTAP_UNKNOWN_ID;
    call->target.session = target->session;
    call->target.is_domain = target->is_domain;
    server_tap_client_enter(call);
}

void server_call_add(struct server_call *call, uint16_t type, uint16_t index, uint64_t address,
                     const void *bytes, size_t size)
{
    record_builder_add(&call->exit, type, index, address, bytes, size);
}

void server_call_add_results(struct server_call *call, struct ipctap_kernel_call results)
{
    struct ipctap_kernel_call arguments;

    server_call_kernel_call(call, &arguments);
    results.call = arguments.call;
    record_builder_add_kernel_call(&call->exit, &results);
}

bool server_call_has_room(const struct server_call *call, size_t count, size_t size)
{
    size_t overhead = count * (IPCTAP_SECTION_SIZE + 7);

    return call->exit.section_count + count <= IPCTAP_MAX_SECTIONS &&
           size <= IPCTAP_MAX_RECORD_SIZE &&
           call->exit.size + overhead + size <= IPCTAP_MAX_RECORD_SIZE;
}

/* Sections that a record cannot carry are dropped, and the result says so. */
static void seal(struct server_call *call, uint32_t result)
{
    size_t size;

    call->is_finished = true;
    call->exit.header.result = result;
    if (record_builder_peek(&call->exit, &size))
        return;
    record_builder_reset(&call->exit);
    call->exit.header.result = call->process->kernel->results.too_large;
}

void server_call_tap_exit(struct server_call *call)
{
    call->exit.header.time = server_unix_time();
    server_tap_client_enter(call);
    server_tap_client_exit(call);
}

void server_call_send(struct server_call *call)
{
    struct server_connection *connection = call->process->connection;

    server_call_tap_exit(call);
    server_connection_call_ended(connection, call);
    server_connection_send_record(connection, &call->exit);
    server_call_free(call);
}

void server_call_finish_at_once(struct server_call *call, uint32_t result)
{
    seal(call, result);
    server_call_send(call);
}

void server_call_finish(struct server_call *call, uint32_t result)
{
    struct server_faults *faults = call->process->server->faults;

    seal(call, result);
    if (!faults || !server_fault_inject(faults, call))
        server_call_send(call);
}

void server_call_reject(struct server_call *call, const char *format, ...)
{
    struct server_connection *connection = call->process->connection;
    char *text;
    va_list arguments;

    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    server_connection_call_ended(connection, call);
    server_call_free(call);
    server_connection_fail(connection, text);
    g_free(text);
}

void server_call_reject_kind(struct server_call *call)
{
    server_call_reject(call, "Kind %u is no call of this platform", call->record.header.kind);
}
