/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One connection is one process. Records come in, calls go to the process's kernel, exits go out;
 * what breaks the rules of docs/capture-format.md section 6 ends this connection and no other.
 */
#include "internal.h"

#include <errno.h>
#include <glib-unix.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_SIZE 0x10000
/* A client that does not read its exits is not read from either… */
#define OUTPUT_PAUSE (1u << 20)
/* …and is cut off when what its blocked calls still bring exceeds this. */
#define OUTPUT_LIMIT    (64u << 20)
#define OPEN_CALL_LIMIT 1024
#define OPEN_BYTE_LIMIT (64u << 20)
/* How long a closing connection may take to accept its last records. */
#define LINGER_NANOSECONDS (2 * G_GUINT64_CONSTANT(1000000000))

struct server_connection {
    struct server *server;
    struct server_process *process;
    GHashTable *calls;   /* call_id -> struct server_call */
    GHashTable *threads; /* tid -> struct server_call */
    GByteArray *input;
    GQueue output; /* GBytes */
    GSource *reader;
    GSource *writer;
    struct server_timer *linger;
    size_t written; /* of the first in output */
    size_t queued;
    size_t open_bytes;
    int descriptor;
    bool closing; /* Nothing is read any more; the rest of output is still tried. */
};

static gboolean on_writable(gint descriptor, GIOCondition condition, gpointer data);
static gboolean on_readable(gint descriptor, GIOCondition condition, gpointer data);

static void stop(GSource **source)
{
    if (*source) {
        g_source_destroy(*source);
        g_source_unref(*source);
        *source = NULL;
    }
}

static void start(struct server_connection *connection, GSource **source, GIOCondition condition,
                  GUnixFDSourceFunc function)
{
    if (*source)
        return;

    *source = g_unix_fd_source_new(connection->descriptor, condition);
    g_source_set_callback(*source, G_SOURCE_FUNC(function), connection, NULL);
    g_source_attach(*source, connection->server->context);
}

static void start_writing(struct server_connection *connection)
{
    start(connection, &connection->writer, G_IO_OUT | G_IO_HUP | G_IO_ERR, on_writable);
}

struct server_connection *server_connection_new(struct server *server, int descriptor)
{
    struct server_connection *connection = g_new0(struct server_connection, 1);

    connection->server = server;
    connection->descriptor = descriptor;
    connection->calls = g_hash_table_new(g_int64_hash, g_int64_equal);
    connection->threads = g_hash_table_new(g_direct_hash, g_direct_equal);
    connection->input = g_byte_array_new();
    g_queue_init(&connection->output);
    g_unix_set_fd_nonblocking(descriptor, TRUE, NULL);
    start(connection, &connection->reader, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable);
    return connection;
}

static void drop_output(struct server_connection *connection)
{
    g_queue_clear_full(&connection->output, (GDestroyNotify)g_bytes_unref);
    connection->queued = 0;
    connection->written = 0;
}

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
    struct server_call *call;
    GHashTableIter iterator;

    g_hash_table_iter_init(&iterator, connection->calls);
    while (g_hash_table_iter_next(&iterator, NULL, (gpointer *)&call)) {
        if (call != except)
            return call;
    }
    return NULL;
}

static void cancel(struct server_connection *connection, struct server_call *call)
{
    struct server_process *process = connection->process;

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

static void kill_process(struct server_connection *connection)
{
    struct server_call *call;

    if (!connection->process)
        return;

    while ((call = any_call(connection, NULL))) {
        cancel(connection, call);
        server_connection_call_ended(connection, call);
        server_call_free(call);
    }
    tap_killed(connection->process);
    close_process(connection);
}

void server_connection_free(struct server_connection *connection)
{
    connection->closing = true;
    kill_process(connection);
    stop(&connection->reader);
    stop(&connection->writer);
    if (connection->linger)
        server_timer_cancel(connection->linger);
    drop_output(connection);
    g_hash_table_unref(connection->calls);
    g_hash_table_unref(connection->threads);
    g_byte_array_unref(connection->input);
    close(connection->descriptor);
    g_free(connection);
}

static void destroy(struct server_connection *connection)
{
    g_ptr_array_remove_fast(connection->server->connections, connection);
}

static void on_linger(void *data)
{
    struct server_connection *connection = data;

    connection->linger = NULL;
    destroy(connection);
}

/* The end begins here and is completed from the main loop: the caller may be inside the kernel. */
static void begin_closing(struct server_connection *connection)
{
    if (connection->closing)
        return;

    connection->closing = true;
    stop(&connection->reader);
    start_writing(connection);
    connection->linger =
        server_timer_new(connection->server, LINGER_NANOSECONDS, on_linger, connection);
}

static void enqueue(struct server_connection *connection, uint8_t *bytes, size_t size)
{
    connection->queued += size;
    g_queue_push_tail(&connection->output, g_bytes_new_take(bytes, size));
    if (connection->queued > OUTPUT_LIMIT) {
        drop_output(connection);
        begin_closing(connection);
    }
    if (connection->queued > OUTPUT_PAUSE)
        stop(&connection->reader);
    start_writing(connection);
}

void server_connection_send(struct server_connection *connection, uint8_t *bytes, size_t size)
{
    if (connection->closing)
        g_free(bytes);
    else
        enqueue(connection, bytes, size);
}

static void send_note(struct server_connection *connection, const char *text)
{
    struct ipctap_header header = ipctap_header_init(
        connection->process ? connection->process->kernel->platform : IPCTAP_OTHER, IPCTAP_NOTE,
        IPCTAP_SNAPSHOT);
    struct record_builder note;
    uint8_t *bytes;
    size_t size;

    header.flags = IPCTAP_SYNTHETIC;
    header.time = server_unix_time();
    if (connection->process)
        header.pid = connection->process->pid;
    record_builder_init(&note, &header);
    record_builder_add_text(&note, IPCTAP_COMMENT, 0, text);
    bytes = record_builder_finish(&note, &size);
    record_builder_clear(&note);
    server_connection_send(connection, bytes, size);
}

void server_connection_fail(struct server_connection *connection, const char *text)
{
    if (connection->closing)
        return;

    server_log(connection->server, "connection closed: %s", text);
    send_note(connection, text);
    begin_closing(connection);
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
    g_hash_table_remove(connection->calls, &call->record.header.call_id);
    g_hash_table_remove(connection->threads, GUINT_TO_POINTER(call->record.header.tid));
}

static void open_call(struct server_connection *connection, struct server_call *call)
{
    connection->open_bytes += call->record.length;
    g_hash_table_insert(connection->calls, &call->record.header.call_id, call);
    g_hash_table_insert(connection->threads, GUINT_TO_POINTER(call->record.header.tid), call);
}

/* "A wanted pid that is in use is refused with a result; the connection stays." There is no process
 * to make a call of, so this exit is written by hand. */
static void refuse_hello(struct server_connection *connection, const struct ipctap_record *hello,
                         uint32_t result)
{
    struct ipctap_header header =
        ipctap_header_init(hello->header.platform, IPCTAP_KERNEL_CALL, IPCTAP_EXIT);
    struct record_builder exit;
    uint8_t *bytes;
    size_t size;

    header.flags = IPCTAP_SYNTHETIC | IPCTAP_RESULT;
    header.time = server_unix_time();
    header.call_id = hello->header.call_id;
    header.tid = hello->header.tid;
    header.object = hello->header.object;
    header.result = result;
    record_builder_init(&exit, &header);
    bytes = record_builder_finish(&exit, &size);
    record_builder_clear(&exit);
    server_connection_send(connection, bytes, size);
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
                         uint8_t *bytes, size_t size)
{
    struct server_call *call;

    connection->process = process;
    call = server_call_new(process, bytes, size);
    open_call(connection, call);
    server_call_add_results(call, (struct ipctap_kernel_call){.value = process->pid});
    server_call_finish(call, 0);
}

/* Takes `bytes`. */
static void say_hello(struct server_connection *connection, const struct ipctap_record *hello,
                      uint32_t wanted_pid, uint8_t *bytes, size_t size)
{
    const struct server_kernel *kernel = connection->server->kernel[hello->header.platform];
    struct server_process *process = make_process(connection, hello, wanted_pid);
    uint32_t result = process
                          ? kernel->process_open(connection->server->kernel_data[kernel->platform],
                                                 process, hello)
                          : kernel->results.pid_in_use;

    if (result == 0) {
        accept_hello(connection, process, bytes, size);
        return;
    }
    server_process_free(process);
    refuse_hello(connection, hello, result);
    g_free(bytes);
}

static bool find_kernel_call(const struct ipctap_record *record, struct ipctap_kernel_call *call)
{
    struct ipctap_section section;

    return record->header.kind == IPCTAP_KERNEL_CALL &&
           ipctap_section_find(record, IPCTAP_SECTION_KERNEL_CALL, 0, &section) &&
           ipctap_kernel_call_decode(section.bytes, section.captured_size, call, NULL);
}

/* Takes `bytes`. */
static void handle_first(struct server_connection *connection, const struct ipctap_record *record,
                         uint8_t *bytes, size_t size)
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
    else {
        say_hello(connection, record, call.value, bytes, size);
        return;
    }
    g_free(bytes);
}

/* "Exit gets its exit, open calls of other threads get 'session closed' first." */
static void handle_exit(struct server_connection *connection, struct server_call *call)
{
    struct server_call *other;

    while ((other = any_call(connection, call))) {
        cancel(connection, other);
        server_call_finish(other, connection->process->kernel->results.session_closed);
    }
    server_call_add_results(call, (struct ipctap_kernel_call){0});
    server_call_finish(call, 0);
    close_process(connection);
    begin_closing(connection);
}

static void handle_call(struct server_connection *connection, struct server_call *call)
{
    const struct server_kernel *kernel = connection->process->kernel;
    struct ipctap_kernel_call arguments = {0};

    open_call(connection, call);
    if (call->record.header.flags & IPCTAP_TRUNCATED) {
        send_note(connection, "the enter's contents are TRUNCATED: contents must be complete");
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

/* What every record but Hello must have; a text if it does not. */
static char *find_fault(const struct server_connection *connection,
                        const struct ipctap_header *header)
{
    const struct server_process *process = connection->process;

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
    if (g_hash_table_contains(connection->calls, &header->call_id))
        return g_strdup_printf("call_id %" G_GUINT64_FORMAT " is in use", header->call_id);
    if (g_hash_table_contains(connection->threads, GUINT_TO_POINTER(header->tid)))
        return g_strdup_printf("thread %u already has a call open", header->tid);
    if (g_hash_table_size(connection->calls) >= OPEN_CALL_LIMIT)
        return g_strdup_printf("more than %d calls are open", OPEN_CALL_LIMIT);
    if (connection->open_bytes + header->record_size > OPEN_BYTE_LIMIT)
        return g_strdup_printf("open calls hold more than %u bytes", OPEN_BYTE_LIMIT);
    return NULL;
}

/* The first error-grade finding of walking all sections, as text. */
static char *find_malformed_section(const struct ipctap_record *record)
{
    struct ipctap_section_iterator iterator = {0};
    struct ipcshark_findings findings = {0};
    struct ipctap_section section;
    char text[512];

    while (ipctap_section_next(record, &iterator, &section, &findings) && findings.count == 0)
        ;
    if (findings.count == 0)
        return NULL;
    ipcshark_finding_format(&findings.item[0], text, sizeof text);
    return g_strdup(text);
}

/* Takes `bytes`, one whole record. */
static void handle_record(struct server_connection *connection, uint8_t *bytes, size_t size)
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
        g_free(bytes);
    } else if (record.header.kind == IPCTAP_NOTE) {
        g_free(bytes);
    } else if (!connection->process) {
        handle_first(connection, &record, bytes, size);
    } else {
        handle_call(connection, server_call_new(connection->process, bytes, size));
    }
}

static void fail_stream(struct server_connection *connection,
                        const struct ipcshark_findings *findings)
{
    char text[512] = "the stream is no ipctap record";

    if (findings->count)
        ipcshark_finding_format(&findings->item[0], text, sizeof text);
    server_connection_fail(connection, text);
}

static bool may_go_on(const struct server_connection *connection)
{
    return !connection->closing && connection->queued <= OUTPUT_PAUSE;
}

static void handle_input(struct server_connection *connection)
{
    struct ipcshark_findings findings = {0};
    enum ipctap_stream_state state = IPCTAP_STREAM_RECORD;
    size_t used = 0, size = 0;

    while (may_go_on(connection)) {
        state = ipctap_stream_next(connection->input->data + used, connection->input->len - used,
                                   &size, &findings);
        if (state != IPCTAP_STREAM_RECORD)
            break;
        used += size;
        handle_record(connection, g_memdup2(connection->input->data + used - size, size), size);
    }
    if (state == IPCTAP_STREAM_BAD)
        fail_stream(connection, &findings);
    if (used)
        g_byte_array_remove_range(connection->input, 0, (guint)used);
}

static gboolean on_readable(gint descriptor, GIOCondition condition, gpointer data)
{
    struct server_connection *connection = data;
    uint8_t bytes[READ_SIZE];
    ssize_t size = recv(descriptor, bytes, sizeof bytes, 0);

    (void)condition;
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return G_SOURCE_CONTINUE;
    if (size <= 0) {
        begin_closing(connection);
        return G_SOURCE_REMOVE;
    }
    g_byte_array_append(connection->input, bytes, (guint)size);
    handle_input(connection);
    return connection->reader ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

/* False: the peer is gone. */
static bool flush(struct server_connection *connection)
{
    GBytes *first;

    while ((first = g_queue_peek_head(&connection->output))) {
        gsize size;
        const uint8_t *bytes = g_bytes_get_data(first, &size);
        ssize_t sent = send(connection->descriptor, bytes + connection->written,
                            size - connection->written, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (sent < 0)
            return errno == EAGAIN || errno == EINTR;

        connection->written += (size_t)sent;
        if (connection->written < size)
            return true;

        connection->written = 0;
        connection->queued -= size;
        g_bytes_unref(g_queue_pop_head(&connection->output));
    }
    return true;
}

static void resume_reading(struct server_connection *connection)
{
    if (connection->reader || connection->queued > OUTPUT_PAUSE / 2)
        return;

    start(connection, &connection->reader, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable);
    handle_input(connection);
}

static gboolean on_writable(gint descriptor, GIOCondition condition, gpointer data)
{
    struct server_connection *connection = data;
    bool alive;

    (void)descriptor;
    (void)condition;
    if (connection->closing)
        kill_process(connection);
    alive = flush(connection);
    if (!alive)
        drop_output(connection);
    if (!connection->closing && !alive)
        begin_closing(connection);
    if (connection->closing && g_queue_is_empty(&connection->output)) {
        destroy(connection);
        return G_SOURCE_REMOVE;
    }
    if (!connection->closing)
        resume_reading(connection);
    if (g_queue_is_empty(&connection->output) && !connection->closing)
        stop(&connection->writer);
    return connection->writer ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}
