/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "listener.h"

#include "address.h"
#include "record_stream.h"

#include <stdio.h>

enum {
    READ_SIZE = 256 * 1024,
};

struct listener {
    struct recorder *recorder;
    GSocket *socket;
    GSource *source;
    GPtrArray *connections; /**< struct connection */
    guint8 *buffer;         /**< READ_SIZE bytes, shared: one thread reads. */
};

struct connection {
    struct listener *listener;
    struct producer *producer;
    struct record_stream stream;
    GSocket *socket;
    GSource *source;
};

static void connection_free(gpointer data)
{
    struct connection *connection = data;

    g_source_destroy(connection->source);
    g_source_unref(connection->source);
    producer_close(connection->producer);
    record_stream_clear(&connection->stream);
    g_object_unref(connection->socket);
    g_free(connection);
}

/**
 * "A bad magic, version or size ends the connection with a note carrying COMMENT; what came before
 * counts."
 */
static void tell_bad_stream(struct connection *connection, const struct ipcshark_findings *findings)
{
    char rule[256] = "the stream is malformed";
    g_autofree char *comment = NULL;

    if (findings->count)
        ipcshark_finding_format(&findings->item[0], rule, sizeof rule);
    comment = g_strdup_printf("The recorder closed this producer's connection: %s", rule);
    producer_note(connection->producer, comment);
}

/** Writes every whole record that is there. False: the stream cannot go on. */
static gboolean take_records(struct connection *connection)
{
    struct ipcshark_findings findings = {0};
    enum ipctap_stream_state state;
    guint8 *record;
    gsize length;

    while ((state = record_stream_next(&connection->stream, &record, &length, &findings)) ==
           IPCTAP_STREAM_RECORD)
        producer_record(connection->producer, record, length);
    if (state == IPCTAP_STREAM_BAD)
        tell_bad_stream(connection, &findings);
    return state == IPCTAP_STREAM_NEED_MORE;
}

static void tell_incomplete(struct connection *connection)
{
    gsize left = record_stream_left(&connection->stream);
    g_autofree char *comment = NULL;

    if (!left)
        return;
    comment = g_strdup_printf(
        "The producer closed its connection %" G_GSIZE_FORMAT " bytes into a record.", left);
    producer_note(connection->producer, comment);
}

/** One read. False: the connection is over. */
static gboolean read_once(struct connection *connection, gboolean *would_block)
{
    g_autoptr(GError) error = NULL;
    gssize size = g_socket_receive(connection->socket, (char *)connection->listener->buffer,
                                   READ_SIZE, NULL, &error);

    *would_block = size < 0 && g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
    if (*would_block)
        return TRUE;
    if (size <= 0) {
        tell_incomplete(connection);
        return FALSE;
    }
    record_stream_feed(&connection->stream, connection->listener->buffer, (gsize)size);
    return take_records(connection);
}

static gboolean on_readable(GSocket *socket G_GNUC_UNUSED, GIOCondition condition G_GNUC_UNUSED,
                            gpointer data)
{
    struct connection *connection = data;
    struct listener *listener = connection->listener;
    gboolean would_block;

    if (read_once(connection, &would_block)) {
        recorder_flush(listener->recorder);
        return G_SOURCE_CONTINUE;
    }
    recorder_flush(listener->recorder);
    g_ptr_array_remove_fast(listener->connections, connection);
    return G_SOURCE_REMOVE;
}

static char *describe_peer(struct listener *listener, GSocket *socket)
{
    g_autoptr(GSocketAddress) remote = g_socket_get_remote_address(socket, NULL);
    g_autoptr(GSocketAddress) local = g_socket_get_local_address(listener->socket, NULL);

    if (remote && g_socket_address_get_family(remote) != G_SOCKET_FAMILY_UNIX)
        return ipcshark_address_format(remote);
    return local ? ipcshark_address_format(local) : g_strdup("unknown");
}

static void add_connection(struct listener *listener, GSocket *socket)
{
    struct connection *connection = g_new0(struct connection, 1);
    g_autofree char *peer = describe_peer(listener, socket);

    g_socket_set_blocking(socket, FALSE);
    connection->listener = listener;
    connection->producer = producer_open(listener->recorder, peer, 0);
    connection->socket = socket;
    record_stream_init(&connection->stream);
    connection->source = g_socket_create_source(socket, G_IO_IN, NULL);
    g_source_set_callback(connection->source, G_SOURCE_FUNC(on_readable), connection, NULL);
    g_source_attach(connection->source, NULL);
    g_ptr_array_add(listener->connections, connection);
}

static gboolean accept_one(struct listener *listener)
{
    GSocket *socket = g_socket_accept(listener->socket, NULL, NULL);

    if (socket)
        add_connection(listener, socket);
    return socket != NULL;
}

static gboolean on_connection(GSocket *socket G_GNUC_UNUSED, GIOCondition condition G_GNUC_UNUSED,
                              gpointer data)
{
    accept_one(data);
    return G_SOURCE_CONTINUE;
}

struct listener *listener_open(GSocketAddress *address, struct recorder *recorder, GError **error)
{
    GSocket *socket = listening_socket(address, error);
    struct listener *listener;

    if (!socket)
        return NULL;
    listener = g_new0(struct listener, 1);
    listener->recorder = recorder;
    listener->socket = socket;
    listener->connections = g_ptr_array_new_with_free_func(connection_free);
    listener->buffer = g_malloc(READ_SIZE);
    listener->source = g_socket_create_source(socket, G_IO_IN, NULL);
    g_source_set_callback(listener->source, G_SOURCE_FUNC(on_connection), listener, NULL);
    g_source_attach(listener->source, NULL);
    return listener;
}

void listener_announce(struct listener *listener)
{
    print_listening("", listener->socket);
}

char *listener_address(const struct listener *listener)
{
    return listening_address(listener->socket);
}

/** At most so many bytes are taken of a producer that goes on writing while all closes. */
#define DRAIN_LIMIT (64u << 20)

static void drain(struct connection *connection)
{
    gboolean would_block = FALSE;
    guint reads = 0;

    while (!would_block && reads++ < DRAIN_LIMIT / READ_SIZE) {
        if (!read_once(connection, &would_block))
            return;
    }
    tell_incomplete(connection);
}

void listener_close(struct listener *listener)
{
    while (accept_one(listener))
        continue;
    for (guint i = 0; i < listener->connections->len; i++)
        drain(g_ptr_array_index(listener->connections, i));
    g_ptr_array_unref(listener->connections);
    g_source_destroy(listener->source);
    g_source_unref(listener->source);
    close_listening_socket(listener->socket);
    g_free(listener->buffer);
    g_free(listener);
}
