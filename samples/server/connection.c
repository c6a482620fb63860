/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of a connection: what comes in is cut into records, what goes out is sent at once or,
 * as far as the socket does not take it, later. A call needs one recv() and one send().
 */
#include "connection.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/socket.h>
#include <unistd.h>

/* A client that does not read its exits is not read from either… */
#define OUTPUT_PAUSE (1u << 20)
/* …and is cut off when what its blocked calls still bring exceeds this. */
#define OUTPUT_LIMIT (64u << 20)
/* How long a closing connection may take to accept its last records. */
#define LINGER_NANOSECONDS (2 * G_GUINT64_CONSTANT(1000000000))

static void on_event(void *data, uint32_t events);

static void watch(struct server_connection *connection)
{
    uint32_t events = 0;

    if (!connection->closing && connection->queued <= OUTPUT_PAUSE)
        events |= EPOLLIN;
    if (connection->closing || connection->queued)
        events |= EPOLLOUT;
    server_loop_watch(connection->server->loop, &connection->watch, events);
}

struct server_connection *server_connection_new(struct server *server, int descriptor)
{
    struct server_connection *connection = g_new0(struct server_connection, 1);

    connection->server = server;
    connection->watch =
        (struct server_watch){.function = on_event, .data = connection, .descriptor = descriptor};
    connection->calls = g_ptr_array_new();
    connection->input = g_byte_array_new();
    g_queue_init(&connection->output);
    g_unix_set_fd_nonblocking(descriptor, TRUE, NULL);
    watch(connection);
    return connection;
}

/* What a client makes the server hold must not starve the others: see SERVER_DEFAULT_MEMORY. */
static void recount(struct server_connection *connection)
{
    size_t held = connection->closing
                      ? 0
                      : connection->input->len + connection->queued + connection->open_bytes;

    connection->server->held += held - connection->held;
    connection->held = held;
}

static void drop_output(struct server_connection *connection)
{
    g_queue_clear_full(&connection->output, (GDestroyNotify)g_bytes_unref);
    connection->queued = 0;
    connection->written = 0;
}

void server_connection_free(struct server_connection *connection)
{
    connection->closing = true;
    server_protocol_kill_process(connection);
    recount(connection);
    server_loop_unwatch(connection->server->loop, &connection->watch);
    server_timer_cancel(connection->linger);
    drop_output(connection);
    g_ptr_array_unref(connection->calls);
    g_byte_array_unref(connection->input);
    close(connection->watch.descriptor);
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

void server_connection_close(struct server_connection *connection)
{
    if (connection->closing)
        return;

    connection->closing = true;
    recount(connection);
    watch(connection);
    connection->linger =
        server_timer_new(connection->server, LINGER_NANOSECONDS, on_linger, connection);
}

/* What the socket takes at once; 0 also if the peer is gone, which closes the connection. */
static size_t send_now(struct server_connection *connection, const uint8_t *bytes, size_t size)
{
    ssize_t sent = send(connection->watch.descriptor, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);

    if (sent >= 0)
        return (size_t)sent;
    if (errno != EAGAIN && errno != EINTR)
        server_connection_close(connection);
    return 0;
}

static void enqueue(struct server_connection *connection, const uint8_t *bytes, size_t size)
{
    connection->queued += size;
    g_queue_push_tail(&connection->output, g_bytes_new(bytes, size));
    if (connection->queued > OUTPUT_LIMIT) {
        drop_output(connection);
        server_connection_close(connection);
    }
    watch(connection);
    recount(connection);
}

void server_connection_send(struct server_connection *connection, const uint8_t *bytes, size_t size)
{
    size_t sent = 0;

    if (connection->closing)
        return;

    if (!connection->queued)
        sent = send_now(connection, bytes, size);
    if (sent < size && !connection->closing)
        enqueue(connection, bytes + sent, size - sent);
}

void server_connection_send_record(struct server_connection *connection,
                                   const struct record_builder *record)
{
    size_t size;
    const uint8_t *bytes = record_builder_peek(record, &size);

    if (bytes)
        server_connection_send(connection, bytes, size);
}

void server_connection_note(struct server_connection *connection, const char *text)
{
    struct ipctap_header header = ipctap_header_init(
        connection->process ? connection->process->kernel->platform : IPCTAP_OTHER, IPCTAP_NOTE,
        IPCTAP_SNAPSHOT);
    struct record_builder note;

    header.flags = IPCTAP_SYNTHETIC;
    header.time = server_unix_time();
    if (connection->process)
        header.pid = connection->process->pid;
    record_builder_init(&note, &header);
    record_builder_add_text(&note, IPCTAP_COMMENT, 0, text);
    server_connection_send_record(connection, &note);
    record_builder_clear(&note);
}

void server_connection_fail(struct server_connection *connection, const char *text)
{
    if (connection->closing)
        return;

    connection->server->statistics.failed++;
    server_log(connection->server, "connection closed: %s", text);
    server_connection_note(connection, text);
    server_connection_close(connection);
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

/* Handles the whole records at `bytes`; @return how many bytes they were. */
static size_t take_records(struct server_connection *connection, const uint8_t *bytes,
                           size_t length)
{
    enum ipctap_stream_state state = IPCTAP_STREAM_RECORD;
    struct ipcshark_findings findings;
    size_t used = 0, size = 0;

    findings.count = findings.dropped = 0;
    while (may_go_on(connection)) {
        state = ipctap_stream_next(bytes + used, length - used, &size, &findings);
        if (state != IPCTAP_STREAM_RECORD)
            break;
        used += size;
        server_protocol_record(connection, bytes + used - size, size);
    }
    if (state == IPCTAP_STREAM_BAD)
        fail_stream(connection, &findings);
    return used;
}

static void take_input(struct server_connection *connection)
{
    size_t used = take_records(connection, connection->input->data, connection->input->len);

    if (used)
        g_byte_array_remove_range(connection->input, 0, (guint)used);
}

/* Records that came whole are handled where they are; only the rest is kept. */
static void take_bytes(struct server_connection *connection, const uint8_t *bytes, size_t size)
{
    size_t used = 0;

    if (!connection->input->len)
        used = take_records(connection, bytes, size);
    if (used == size)
        return;

    g_byte_array_append(connection->input, bytes + used, (guint)(size - used));
    if (!used)
        take_input(connection);
}

static void on_readable(struct server_connection *connection)
{
    struct server *server = connection->server;
    ssize_t size =
        recv(connection->watch.descriptor, server->read_buffer, sizeof server->read_buffer, 0);

    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (size <= 0)
        server_connection_close(connection);
    else
        take_bytes(connection, server->read_buffer, (size_t)size);
}

static void flush(struct server_connection *connection)
{
    GBytes *first;

    while ((first = g_queue_peek_head(&connection->output))) {
        gsize size;
        const uint8_t *bytes = g_bytes_get_data(first, &size);
        ssize_t sent = send(connection->watch.descriptor, bytes + connection->written,
                            size - connection->written, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (sent < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (sent < 0) {
            drop_output(connection);
            server_connection_close(connection);
            return;
        }
        connection->written += (size_t)sent;
        connection->queued -= (size_t)sent;
        if (connection->written < size)
            return;

        connection->written = 0;
        g_bytes_unref(g_queue_pop_head(&connection->output));
    }
}

/* The kernel may have been in the middle of something when the end began: it comes from here. */
static void on_closing(struct server_connection *connection)
{
    server_protocol_kill_process(connection);
    flush(connection);
    if (!connection->queued)
        destroy(connection);
}

static void on_event(void *data, uint32_t events)
{
    struct server_connection *connection = data;

    if (connection->closing) {
        on_closing(connection);
        return;
    }
    if (connection->queued) {
        flush(connection);
        if (may_go_on(connection) && connection->input->len)
            take_input(connection);
    }
    if (may_go_on(connection) && events & ~(uint32_t)EPOLLOUT)
        on_readable(connection);
    else if (events & (EPOLLHUP | EPOLLERR))
        server_connection_close(connection);
    watch(connection);
    recount(connection);
    server_keep_within_memory(connection->server);
}
