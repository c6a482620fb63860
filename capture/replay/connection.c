/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection.h"
#include "text.h"

#define READ_SIZE 0x10000

struct connection {
    GSocketConnection *stream;
    GByteArray *input;
    GHashTable
        *exits; /**< call_id (guint64 *) -> GBytes: those that came before they were asked for. */
    guint64 next_call_id;
    char *comment; /**< Of the last note. */
    char *reason;
};

struct connection *connection_open(GSocketAddress *address, GError **error)
{
    g_autoptr(GSocketClient) client = g_socket_client_new();
    GSocketConnection *stream =
        g_socket_client_connect(client, G_SOCKET_CONNECTABLE(address), NULL, error);
    struct connection *connection;

    if (!stream)
        return NULL;
    connection = g_new0(struct connection, 1);
    connection->stream = stream;
    connection->input = g_byte_array_new();
    connection->exits =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, (GDestroyNotify)g_bytes_unref);
    connection->next_call_id = 1;
    return connection;
}

void connection_free(struct connection *connection)
{
    if (!connection)
        return;
    g_object_unref(connection->stream);
    g_byte_array_unref(connection->input);
    g_hash_table_unref(connection->exits);
    g_free(connection->comment);
    g_free(connection->reason);
    g_free(connection);
}

guint64 connection_next_call_id(struct connection *connection)
{
    return connection->next_call_id++;
}

const char *connection_reason(const struct connection *connection)
{
    return connection->reason ? connection->reason : "no reply in time";
}

/** What the server said last explains why it ended the connection. */
static gboolean end(struct connection *connection)
{
    if (!connection->reason)
        connection->reason =
            connection->comment
                ? g_strdup_printf("the server closed the connection: %s", connection->comment)
                : g_strdup("the server closed the connection");
    return FALSE;
}

gboolean connection_send(struct connection *connection, const GByteArray *record)
{
    GOutputStream *out = g_io_stream_get_output_stream(G_IO_STREAM(connection->stream));

    if (g_output_stream_write_all(out, record->data, record->len, NULL, NULL, NULL))
        return TRUE;
    return end(connection);
}

static gboolean fill(struct connection *connection, gint64 deadline)
{
    GSocket *socket = g_socket_connection_get_socket(connection->stream);
    gint64 left = deadline - g_get_monotonic_time();
    guint before = connection->input->len;
    gssize size;

    if (left <= 0 || !g_socket_condition_timed_wait(socket, G_IO_IN, left, NULL, NULL))
        return FALSE;
    g_byte_array_set_size(connection->input, before + READ_SIZE);
    size =
        g_socket_receive(socket, (char *)connection->input->data + before, READ_SIZE, NULL, NULL);
    g_byte_array_set_size(connection->input, before + (guint)MAX(size, 0));
    return size > 0 || end(connection);
}

/** The next record; NULL if none comes in time or the connection ends. */
static GBytes *next_record(struct connection *connection, gint64 deadline)
{
    enum ipctap_stream_state state;
    GBytes *record;
    size_t size;

    while ((state = ipctap_stream_next(connection->input->data, connection->input->len, &size,
                                       NULL)) != IPCTAP_STREAM_RECORD) {
        if (state == IPCTAP_STREAM_BAD) {
            g_free(connection->reason);
            connection->reason = g_strdup("what the server sent is no record");
            return NULL;
        }
        if (!fill(connection, deadline))
            return NULL;
    }
    record = g_bytes_new(connection->input->data, size);
    g_byte_array_remove_range(connection->input, 0, (guint)size);
    return record;
}

static void keep_comment(struct connection *connection, const struct ipctap_record *note)
{
    char *comment = call_record_text(note, IPCTAP_COMMENT, 0);

    if (!*comment) {
        g_free(comment);
        return;
    }
    g_free(connection->comment);
    connection->comment = comment;
}

static void take(struct connection *connection, GBytes *bytes)
{
    struct ipctap_record record;
    gsize size;
    const guint8 *data = g_bytes_get_data(bytes, &size);

    if (ipctap_record_decode(data, size, &record, NULL) && record.header.kind != IPCTAP_NOTE) {
        g_hash_table_replace(connection->exits,
                             g_memdup2(&record.header.call_id, sizeof record.header.call_id),
                             bytes);
        return;
    }
    keep_comment(connection, &record);
    g_bytes_unref(bytes);
}

GBytes *connection_wait(struct connection *connection, guint64 call_id, guint milliseconds)
{
    gint64 deadline = g_get_monotonic_time() + (gint64)milliseconds * 1000;
    GBytes *bytes;

    while (!g_hash_table_contains(connection->exits, &call_id)) {
        bytes = next_record(connection, deadline);
        if (!bytes)
            return NULL;
        take(connection, bytes);
    }
    bytes = g_bytes_ref(g_hash_table_lookup(connection->exits, &call_id));
    g_hash_table_remove(connection->exits, &call_id);
    return bytes;
}
