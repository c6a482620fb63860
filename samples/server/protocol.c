/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One connection is one process: Hello makes it, calls go to its kernel, Exit or the connection's
 * end ends it. What breaks the rules of docs/capture-format.md section 6 ends this connection and
 * no other.
 */
#include "connection.h"

#include <stdarg.h>

#define OPEN_CALL_LIMIT 1024
#define OPEN_BYTE_LIMIT (64u << 20)

/* The process's end as its observers see it, unless it said Exit itself. */
static void tap_killed(struct server_process *process)
{
    struct ipctap_kernel_call call = {.call = IPCTAP_CALL_EXIT, .value_2 = 1};
    struct record_builder record;

    if (!server_tap_begin(&record, process, IPCTAP_KERNEL_CALL, IPCTAP_SNAPSHOT))
        return;

    record_builder_add_kernel_call(&record, &call);
    server_tap_end(process->server, &record);
}

static struct server_call *any_call(struct server_connection *connection,
                                    const struct server_call *except)
{
    for (guint i = 0; i < connection->calls->len; i++) {
        if (connection->calls->pdata[i] != except)
            return connection->calls->pdata[i];
    }
    return NULL;
}

/* The kernel forgets a call; one that it has finished already it does not know any more. */
static void cancel(struct server_connection *connection, struct server_call *call)
{
    struct server_process *process = connection->process;

    if (!call->is_finished)
        process->kernel->cancel(process->server->kernel_data[process->kernel->platform], call);
}

static void close_process(struct server_connection *connection)
{
    struct server_process *process = connection->process;

    connection->process = NULL;
    process->kernel->process_close(process->server->kernel_data[process->kernel->platform],
                                   process);
    server_process_free(process);
}

static void forget_call(struct server_connection *connection, struct server_call *call)
{
    server_connection_call_ended(connection, call);
    server_call_free(call);
}

void server_protocol_kill_process(struct server_connection *connection)
{
    struct server_call *call;

    if (!connection->process)
        return;

    while ((call = any_call(connection, NULL))) {
        cancel(connection, call);
        forget_call(connection, call);
    }
    tap_killed(connection->process);
    close_process(connection);
}

static void fail(struct server_connection *connection, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void fail(struct server_connection *connection, const char *format, ...)
{
    va_list arguments;
    char *text;

    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    server_connection_fail(connection, text);
    g_free(text);
}

void server_connection_call_ended(struct server_connection *connection, struct server_call *call)
{
    connection->open_bytes -= call->record.length;
    g_ptr_array_remove_fast(connection->calls, call);
}

static void open_call(struct server_connection *connection, struct server_call *call)
{
    connection->open_bytes += call->record.length;
    connection->server->statistics.calls++;
    g_ptr_array_add(connection->calls, call);
}

/* "A wanted pid that is in use is refused with a result; the connection stays." There is no process
 * to make a call of, so this exit is written by hand. */
static void refuse_hello(struct server_connection *connection, const struct ipctap_record *hello,
                         uint32_t result)
{
    struct ipctap_header header =
        ipctap_header_init(hello->header.platform, IPCTAP_KERNEL_CALL, IPCTAP_EXIT);
    struct record_builder exit;

    header.flags = IPCTAP_SYNTHETIC | IPCTAP_RESULT;
    header.time = server_unix_time();
    header.call_id = hello->header.call_id;
    header.tid = hello->header.tid;
    header.object = hello->header.object;
    header.result = result;
    record_builder_init(&exit, &header);
    server_connection_send_record(connection, &exit);
    record_builder_clear(&exit);
}

static char *hello_name(const struct ipctap_record *hello)
{
    struct ipctap_section section;

    if (!ipctap_section_find(hello, IPCTAP_OBJECT_NAME, 0, &section))
        return g_strdup("");
    return g_strndup((const char *)section.bytes, MIN(section.captured_size, IPCTAP_MAX_NAME));
}

static struct server_process *make_process(struct server_connection *connection,
                                           const struct ipctap_record *hello, uint32_t wanted_pid)
{
    const struct server_kernel *kernel = connection->server->kernel[hello->header.platform];
    char *name = hello_name(hello);
    struct server_process *process =
        server_process_new(connection->server, kernel, wanted_pid, name, hello->header.program_id);

    if (process)
        process->connection = connection;
    g_free(name);
    return process;
}

static void accept_hello(struct server_connection *connection, struct server_process *process,
                         const struct ipctap_record *hello)
{
    struct server_call *call;

    connection->process = process;
    call = server_call_new(process, hello->bytes, hello->length);
    open_call(connection, call);
    server_call_add_results(call, (struct ipctap_kernel_call){.value = process->pid});
    server_call_finish_at_once(call, 0);
}

static void say_hello(struct server_connection *connection, const struct ipctap_record *hello,
                      uint32_t wanted_pid)
{
    const struct server_kernel *kernel = connection->server->kernel[hello->header.platform];
    struct server_process *process = make_process(connection, hello, wanted_pid);
    uint32_t result = process
                          ? kernel->process_open(connection->server->kernel_data[kernel->platform],
                                                 process, hello)
                          : kernel->results.pid_in_use;

    if (result == 0) {
        accept_hello(connection, process, hello);
        return;
    }
    server_process_free(process);
    refuse_hello(connection, hello, result);
}

static bool find_kernel_call(const struct ipctap_record *record, struct ipctap_kernel_call *call)
{
    struct ipctap_section section;

    return record->header.kind == IPCTAP_KERNEL_CALL &&
           ipctap_section_find(record, IPCTAP_SECTION_KERNEL_CALL, 0, &section) &&
           ipctap_kernel_call_decode(section.bytes, section.captured_size, call, NULL);
}

static void handle_first(struct server_connection *connection, const struct ipctap_record *record)
{
    const struct ipctap_header *header = &record->header;
    struct ipctap_kernel_call call = {0};

    if (!find_kernel_call(record, &call) || call.call != IPCTAP_CALL_HELLO)
        fail(connection, "the first call must be Hello (kernel call 1), found kind %u call %u",
             header->kind, call.call);
    else if (header->pid != IPCTAP_UNKNOWN_ID)
        fail(connection, "Hello has pid 0x%X, it must be 0xFFFFFFFF", header->pid);
    else if (header->platform >= SERVER_PLATFORMS || !connection->server->kernel[header->platform])
        fail(connection, "this server has no kernel for platform %u", header->platform);
    else
        say_hello(connection, record, call.value);
}

/* An exit that a fault holds back is sent now or, if it was to be lost, never. */
static void end_other_call(struct server_connection *connection, struct server_call *call)
{
    uint32_t session_closed = connection->process->kernel->results.session_closed;

    cancel(connection, call);
    if (call->is_lost)
        forget_call(connection, call);
    else if (call->is_finished)
        server_call_send(call);
    else
        server_call_finish_at_once(call, session_closed);
}

/* "Exit gets its exit, open calls of other threads get 'session closed' first." */
static void handle_exit(struct server_connection *connection, struct server_call *call)
{
    struct server_call *other;

    while ((other = any_call(connection, call)))
        end_other_call(connection, other);
    server_call_add_results(call, (struct ipctap_kernel_call){0});
    server_call_finish_at_once(call, 0);
    close_process(connection);
    server_connection_close(connection);
}

static void handle_call(struct server_connection *connection, struct server_call *call)
{
    const struct server_kernel *kernel = connection->process->kernel;
    struct ipctap_kernel_call arguments = {0};

    open_call(connection, call);
    if (call->record.header.flags & IPCTAP_TRUNCATED) {
        server_connection_note(connection,
                               "the enter's contents are TRUNCATED: contents must be complete");
        server_call_finish(call, kernel->results.bad_buffer);
        return;
    }
    if (call->record.header.kind == IPCTAP_KERNEL_CALL) {
        if (!server_call_kernel_call(call, &arguments)) {
            server_call_reject(call, "a record of kind 5 needs a KERNEL_CALL section of %u bytes",
                               IPCTAP_KERNEL_CALL_SIZE);
            return;
        }
        if (arguments.call == IPCTAP_CALL_HELLO) {
            server_call_reject(call, "a second Hello: one connection is one process");
            return;
        }
        if (arguments.call == IPCTAP_CALL_EXIT) {
            handle_exit(connection, call);
            return;
        }
    }
    kernel->call(connection->server->kernel_data[kernel->platform], call);
}

/* A call that is open has this id or this thread; few calls of a connection are. */
static char *find_collision(const struct server_connection *connection,
                            const struct ipctap_header *header)
{
    for (guint i = 0; i < connection->calls->len; i++) {
        const struct server_call *call = connection->calls->pdata[i];

        if (call->record.header.call_id == header->call_id)
            return g_strdup_printf("call_id %" G_GUINT64_FORMAT " is in use", header->call_id);
        if (call->record.header.tid == header->tid)
            return g_strdup_printf("thread %u already has a call open", header->tid);
    }
    return NULL;
}

static char *find_excess(const struct server_connection *connection,
                         const struct ipctap_header *header)
{
    if (connection->calls->len >= OPEN_CALL_LIMIT)
        return g_strdup_printf("more than %d calls are open", OPEN_CALL_LIMIT);
    if (connection->open_bytes + header->record_size > OPEN_BYTE_LIMIT)
        return g_strdup_printf("open calls hold more than %u bytes", OPEN_BYTE_LIMIT);
    return NULL;
}

/* What every record but Hello must have; a text if it does not. */
static char *find_fault(const struct server_connection *connection,
                        const struct ipctap_header *header)
{
    const struct server_process *process = connection->process;
    char *collision;

    if (process && header->platform != process->kernel->platform)
        return g_strdup_printf("platform %u, but Hello said %u", header->platform,
                               process->kernel->platform);
    if (process && header->pid != process->pid)
        return g_strdup_printf("pid 0x%X, but this process has 0x%X", header->pid, process->pid);
    if (header->kind < IPCTAP_HIPC_MESSAGE || header->kind > IPCTAP_KERNEL_CALL)
        return g_strdup_printf("unknown kind %u", header->kind);
    if (header->phase != IPCTAP_ENTER)
        return g_strdup_printf("phase %u, a client sends only enters (1)", header->phase);
    if (header->tid == 0)
        return g_strdup("tid is 0");
    if (header->call_id == 0)
        return g_strdup("call_id is 0");
    collision = find_collision(connection, header);
    return collision ? collision : find_excess(connection, header);
}

/* The first error-grade finding of walking all sections, as text. */
static char *find_malformed_section(const struct ipctap_record *record)
{
    struct ipctap_section_iterator iterator = {0};
    struct ipcshark_findings findings;
    struct ipctap_section section;
    char text[512];

    findings.count = findings.dropped = 0;
    while (ipctap_section_next(record, &iterator, &section, &findings) && findings.count == 0) {
        /* Kernels check what was declared, and then use what is there. */
        if (section.captured_size > section.declared_size)
            return g_strdup_printf("section 0x%04X has %u bytes, but declares %" G_GUINT64_FORMAT,
                                   section.type, section.captured_size, section.declared_size);
    }
    if (findings.count == 0)
        return NULL;
    ipcshark_finding_format(&findings.item[0], text, sizeof text);
    return g_strdup(text);
}

void server_protocol_record(struct server_connection *connection, const uint8_t *bytes, size_t size)
{
    struct ipctap_record record;
    char *fault = NULL;

    if (!ipctap_record_decode(bytes, size, &record, NULL))
        fault = g_strdup("a record's header could not be read");
    else if (record.header.kind != IPCTAP_NOTE)
        fault = find_fault(connection, &record.header);
    if (!fault)
        fault = find_malformed_section(&record);

    if (fault) {
        server_connection_fail(connection, fault);
        g_free(fault);
    } else if (record.header.kind != IPCTAP_NOTE && !connection->process) {
        handle_first(connection, &record);
    } else if (record.header.kind != IPCTAP_NOTE) {
        handle_call(connection, server_call_new(connection->process, bytes, size));
    }
}
