/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proxy.h"

#include "address.h"
#include "listener.h"
#include "record_stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>

enum {
    READ_SIZE = 256 * 1024,
    MAX_OPEN_CALLS = 65536, /**< Of a client; one that opens more gets no exits anyway. */
};

struct proxy {
    struct recorder *recorder;
    GSocket *socket;
    GSocketAddress *server;
    GSource *source;
    GPtrArray *pairs; /**< struct pair */
    guint8 *buffer;   /**< READ_SIZE bytes, shared: one thread reads. */
    guint64 last_call_id;
    guint16 source_number; /**< One kernel stands behind all connections. */
};

/** One direction of a connection. */
struct relay {
    struct pair *pair;
    GSocket *from;
    GSocket *to;
    GSource *source;     /**< Waits until `from` can be read, or `to` written. */
    GByteArray *pending; /**< Read, and not yet taken by `to`. */
    struct record_stream stream;
    gboolean is_recorded; /**< False behind bytes that are no records. */
    gboolean is_over;
};

/** A client and its connection to the server. */
struct pair {
    struct proxy *proxy;
    struct producer *producer;
    GSocket *client;
    GSocket *server;
    struct relay request;
    struct relay reply;
    GHashTable *calls; /**< The client's open call ids -> struct open_call. */
};

static void relay_clear(struct relay *relay)
{
    if (relay->source) {
        g_source_destroy(relay->source);
        g_source_unref(relay->source);
    }
    g_byte_array_unref(relay->pending);
    record_stream_clear(&relay->stream);
}

static void pair_free(gpointer data)
{
    struct pair *pair = data;

    relay_clear(&pair->request);
    relay_clear(&pair->reply);
    producer_close(pair->producer);
    g_hash_table_unref(pair->calls);
    g_object_unref(pair->client);
    g_object_unref(pair->server);
    g_free(pair);
}

/** What the recorded copy of a call's records has instead of the client's and server's numbers. */
struct open_call {
    guint64 call_id;
    guint16 source;
};

static struct open_call call_of(struct pair *pair, const struct ipctap_header *header)
{
    gint64 key = (gint64)header->call_id;
    const struct open_call *known = g_hash_table_lookup(pair->calls, &key);

    if (known)
        return *known;
    return (struct open_call){
        .call_id = ++pair->proxy->last_call_id,
        .source = header->source ? header->source : pair->proxy->source_number,
    };
}

static void remember_call(struct pair *pair, guint64 client_call_id, const struct open_call *call)
{
    gint64 key = (gint64)client_call_id;

    if (g_hash_table_size(pair->calls) < MAX_OPEN_CALLS)
        g_hash_table_insert(pair->calls, g_memdup2(&key, sizeof key),
                            g_memdup2(call, sizeof *call));
}

/**
 * "A relay that records several clients gives its records call_ids of its own (clients choose 1, 2,
 * 3...)." "Enter and exit join if source, pid, SERVER and call_id agree": a server that fills in its
 * own source where the client has none would part them. Only the recorded copy is changed.
 */
static void renumber(struct pair *pair, guint8 *bytes, const struct ipctap_header *header)
{
    struct open_call call = call_of(pair, header);
    gint64 key = (gint64)header->call_id;

    if (header->phase == IPCTAP_EXIT)
        g_hash_table_remove(pair->calls, &key);
    else
        remember_call(pair, header->call_id, &call);
    ipctap_record_set_call_id(bytes, call.call_id);
    ipctap_record_set_source(bytes, call.source);
}

static void record_one(struct relay *relay, guint8 *bytes, gsize length)
{
    struct ipctap_record record;

    if (!ipctap_record_decode(bytes, length, &record, NULL))
        return;
    if (record.header.call_id && record.header.phase != IPCTAP_SNAPSHOT)
        renumber(relay->pair, bytes, &record.header);
    producer_record(relay->pair->producer, bytes, length);
}

static void tell_not_recorded(struct relay *relay, const struct ipcshark_findings *findings)
{
    char rule[256] = "the stream is malformed";
    g_autofree char *comment = NULL;

    if (findings->count)
        ipcshark_finding_format(&findings->item[0], rule, sizeof rule);
    comment = g_strdup_printf("The proxy goes on forwarding what the %s sends, but records it no "
                              "longer: %s",
                              relay == &relay->pair->request ? "client" : "server", rule);
    producer_note(relay->pair->producer, comment);
}

static void record_copy(struct relay *relay, const guint8 *bytes, gsize size)
{
    struct ipcshark_findings findings = {0};
    enum ipctap_stream_state state;
    guint8 *record;
    gsize length;

    if (!relay->is_recorded)
        return;
    record_stream_feed(&relay->stream, bytes, size);
    while ((state = record_stream_next(&relay->stream, &record, &length, &findings)) ==
           IPCTAP_STREAM_RECORD)
        record_one(relay, record, length);
    relay->is_recorded = state == IPCTAP_STREAM_NEED_MORE;
    if (!relay->is_recorded)
        tell_not_recorded(relay, &findings);
}

static gboolean on_relay(GSocket *socket, GIOCondition condition, gpointer data);

static void wait_for(struct relay *relay)
{
    gboolean is_writing = relay->pending->len > 0;

    if (relay->source) {
        g_source_destroy(relay->source);
        g_source_unref(relay->source);
    }
    relay->source = g_socket_create_source(is_writing ? relay->to : relay->from,
                                           is_writing ? G_IO_OUT : G_IO_IN, NULL);
    g_source_set_callback(relay->source, G_SOURCE_FUNC(on_relay), relay, NULL);
    g_source_attach(relay->source, NULL);
}

/** How many bytes were taken; -1: the other side is gone. */
static gssize send_some(GSocket *to, const guint8 *bytes, gsize size)
{
    g_autoptr(GError) error = NULL;
    gssize sent = g_socket_send(to, (const char *)bytes, size, NULL, &error);

    return sent < 0 && g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK) ? 0 : sent;
}

static gboolean forward(struct relay *relay, const guint8 *bytes, gsize size)
{
    gssize sent = send_some(relay->to, bytes, size);

    if (sent < 0)
        return FALSE;
    g_byte_array_append(relay->pending, bytes + sent, (guint)(size - (gsize)sent));
    return TRUE;
}

static gboolean read_some(struct relay *relay)
{
    guint8 *buffer = relay->pair->proxy->buffer;
    g_autoptr(GError) error = NULL;
    gssize size = g_socket_receive(relay->from, (char *)buffer, READ_SIZE, NULL, &error);
    gboolean is_forwarded;

    if (size < 0 && g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        return TRUE;
    if (size <= 0)
        return FALSE;
    /* First, so that a request without a time gets one that is before its reply's. */
    record_copy(relay, buffer, (gsize)size);
    is_forwarded = forward(relay, buffer, (gsize)size);
    recorder_flush(relay->pair->proxy->recorder);
    return is_forwarded;
}

static gboolean write_pending(struct relay *relay)
{
    gssize sent = send_some(relay->to, relay->pending->data, relay->pending->len);

    if (sent > 0)
        g_byte_array_remove_range(relay->pending, 0, (guint)sent);
    return sent >= 0;
}

/** One side has closed: the other learns it, and when both have, the pair is over. */
static void end_relay(struct relay *relay)
{
    struct pair *pair = relay->pair;

    relay->is_over = TRUE;
    g_source_destroy(relay->source);
    g_clear_pointer(&relay->source, g_source_unref);
    g_socket_shutdown(relay->to, FALSE, TRUE, NULL);
    if (pair->request.is_over && pair->reply.is_over)
        g_ptr_array_remove_fast(pair->proxy->pairs, pair);
}

static gboolean on_relay(GSocket *socket G_GNUC_UNUSED, GIOCondition condition G_GNUC_UNUSED,
                         gpointer data)
{
    struct relay *relay = data;
    gboolean was_writing = relay->pending->len > 0;

    if (!(was_writing ? write_pending(relay) : read_some(relay))) {
        end_relay(relay);
        return G_SOURCE_REMOVE;
    }
    if (was_writing != (relay->pending->len > 0)) {
        wait_for(relay);
        return G_SOURCE_REMOVE;
    }
    return G_SOURCE_CONTINUE;
}

static void relay_open(struct relay *relay, struct pair *pair, GSocket *from, GSocket *to)
{
    relay->pair = pair;
    relay->from = from;
    relay->to = to;
    relay->pending = g_byte_array_new();
    relay->is_recorded = TRUE;
    record_stream_init(&relay->stream);
    wait_for(relay);
}

static GSocket *connect_to(GSocketAddress *address, GError **error)
{
    g_autoptr(GSocket)
        socket = g_socket_new(g_socket_address_get_family(address), G_SOCKET_TYPE_STREAM,
                              G_SOCKET_PROTOCOL_DEFAULT, error);

    if (!socket || !g_socket_connect(socket, address, NULL, error))
        return NULL;
    return g_steal_pointer(&socket);
}

/** Round trips of small records must not wait for more bytes. */
static void prepare(GSocket *socket)
{
    g_socket_set_blocking(socket, FALSE);
    g_socket_set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
}

static void add_pair(struct proxy *proxy, GSocket *client, GSocket *server)
{
    struct pair *pair = g_new0(struct pair, 1);
    g_autofree char *where = ipcshark_address_format(proxy->server);
    g_autofree char *description = g_strdup_printf("proxy to %s", where);

    prepare(client);
    prepare(server);
    pair->proxy = proxy;
    pair->client = client;
    pair->server = server;
    pair->producer = producer_open(proxy->recorder, description, proxy->source_number);
    pair->calls = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    g_ptr_array_add(proxy->pairs, pair);
    relay_open(&pair->request, pair, client, server);
    relay_open(&pair->reply, pair, server, client);
}

static gboolean on_connection(GSocket *socket, GIOCondition condition G_GNUC_UNUSED, gpointer data)
{
    struct proxy *proxy = data;
    g_autoptr(GError) error = NULL;
    GSocket *client = g_socket_accept(socket, NULL, NULL);
    GSocket *server;

    if (!client)
        return G_SOURCE_CONTINUE;
    server = connect_to(proxy->server, &error);
    if (server) {
        add_pair(proxy, client, server);
        return G_SOURCE_CONTINUE;
    }
    fprintf(stderr, "%s: a client was turned away, the server does not answer: %s\n",
            g_get_prgname(), error->message);
    g_object_unref(client);
    return G_SOURCE_CONTINUE;
}

struct proxy *proxy_open(GSocketAddress *listen, GSocketAddress *server, struct recorder *recorder,
                         GError **error)
{
    GSocket *socket = listening_socket(listen, error);
    struct proxy *proxy;

    if (!socket)
        return NULL;
    proxy = g_new0(struct proxy, 1);
    proxy->recorder = recorder;
    proxy->socket = socket;
    proxy->server = g_object_ref(server);
    proxy->pairs = g_ptr_array_new_with_free_func(pair_free);
    proxy->buffer = g_malloc(READ_SIZE);
    proxy->source_number = recorder_random_source();
    proxy->source = g_socket_create_source(socket, G_IO_IN, NULL);
    g_source_set_callback(proxy->source, G_SOURCE_FUNC(on_connection), proxy, NULL);
    g_source_attach(proxy->source, NULL);
    return proxy;
}

void proxy_announce(struct proxy *proxy)
{
    print_listening("proxy ", proxy->socket);
}

char *proxy_address(const struct proxy *proxy)
{
    return listening_address(proxy->socket);
}

void proxy_close(struct proxy *proxy)
{
    g_ptr_array_unref(proxy->pairs);
    g_source_destroy(proxy->source);
    g_source_unref(proxy->source);
    close_listening_socket(proxy->socket);
    g_object_unref(proxy->server);
    g_free(proxy->buffer);
    g_free(proxy);
}
