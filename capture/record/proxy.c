/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proxy.h"

#include "address.h"
#include "listener.h"
#include "record_stream.h"
#include "relay.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>

enum {
    LOG_MILLISECONDS = 10,  /**< So late what passed is recorded; until then nobody is held up. */
    MAX_OPEN_CALLS = 65536, /**< Of a client; one that opens more gets no exits anyway. */
};

struct proxy {
    struct recorder *recorder;
    GSocket *socket;
    GSocketAddress *server;
    GSource *source;
    struct relay *relay;
    GPtrArray *pairs; /**< struct pair */
    guint64 last_call_id;
    guint16 source_number; /**< One kernel stands behind all connections. */
};

/** One direction of a connection, as it is recorded. */
struct recorded {
    struct record_stream stream;
    gboolean is_recorded; /**< False behind bytes that are no records. */
    gboolean is_over;
};

/** A client and its connection to the server. */
struct pair {
    struct proxy *proxy;
    struct producer *producer;
    struct relay_link *link;
    struct recorded recorded[RELAY_SIDES];
    GHashTable *calls; /**< The client's open call ids -> struct open_call. */
};

static void pair_free(gpointer data)
{
    struct pair *pair = data;

    for (int side = 0; side < RELAY_SIDES; side++)
        record_stream_clear(&pair->recorded[side].stream);
    producer_close(pair->producer);
    g_hash_table_unref(pair->calls);
    relay_link_free(pair->link);
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
 * 3...)." "Enter and exit join if source, pid, SERVER and call_id agree": a server that fills in
 * its own source where the client has none would part them. Only the recorded copy is changed.
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

static void record_one(struct pair *pair, guint8 *bytes, gsize length, guint64 arrival)
{
    struct ipctap_record record;

    if (!ipctap_record_decode(bytes, length, &record, NULL))
        return;
    if (record.header.call_id && record.header.phase != IPCTAP_SNAPSHOT)
        renumber(pair, bytes, &record.header);
    producer_record_at(pair->producer, bytes, length, arrival);
}

static void tell_not_recorded(struct pair *pair, enum relay_side side,
                              const struct ipcshark_findings *findings)
{
    char rule[256] = "the stream is malformed";
    g_autofree char *comment = NULL;

    if (findings->count)
        ipcshark_finding_format(&findings->item[0], rule, sizeof rule);
    comment = g_strdup_printf("The proxy goes on forwarding what the %s sends, but records it no "
                              "longer: %s",
                              side == RELAY_REQUEST ? "client" : "server", rule);
    producer_note(pair->producer, comment);
}

static void record_bytes(struct pair *pair, const struct relay_log_entry *entry)
{
    struct recorded *recorded = &pair->recorded[entry->side];
    struct ipcshark_findings findings = {0};
    enum ipctap_stream_state state;
    guint8 *record;
    gsize length;

    if (!recorded->is_recorded)
        return;
    record_stream_feed(&recorded->stream, entry->bytes, entry->size);
    while ((state = record_stream_next(&recorded->stream, &record, &length, &findings)) ==
           IPCTAP_STREAM_RECORD)
        record_one(pair, record, length, entry->time);
    recorded->is_recorded = state == IPCTAP_STREAM_NEED_MORE;
    if (!recorded->is_recorded)
        tell_not_recorded(pair, entry->side, &findings);
}

static void take_entry(const struct relay_log_entry *entry)
{
    struct pair *pair = entry->user;

    if (!entry->is_end) {
        record_bytes(pair, entry);
        return;
    }
    pair->recorded[entry->side].is_over = TRUE;
    if (pair->recorded[!entry->side].is_over)
        g_ptr_array_remove_fast(pair->proxy->pairs, pair);
}

/** As long as something passes it is looked for; then the relay tells when there is more. */
static gboolean on_timer(gpointer data)
{
    struct proxy *proxy = data;

    if (relay_take_log(proxy->relay, take_entry)) {
        recorder_flush(proxy->recorder);
        return G_SOURCE_CONTINUE;
    }
    return G_SOURCE_REMOVE;
}

/** In the relay's thread. */
static void on_log(gpointer data)
{
    g_timeout_add(LOG_MILLISECONDS, on_timer, data);
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

/** Round trips of small records must not wait for more bytes. Returns a descriptor of its own. */
static int descriptor_of(GSocket *socket)
{
    g_socket_set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
    return fcntl(g_socket_get_fd(socket), F_DUPFD_CLOEXEC, 0);
}

static void add_pair(struct proxy *proxy, GSocket *client, GSocket *server)
{
    struct pair *pair = g_new0(struct pair, 1);
    g_autofree char *where = ipcshark_address_format(proxy->server);
    g_autofree char *description = g_strdup_printf("proxy to %s", where);

    pair->proxy = proxy;
    pair->producer = producer_open(proxy->recorder, description, proxy->source_number);
    pair->calls = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    for (int side = 0; side < RELAY_SIDES; side++) {
        record_stream_init(&pair->recorded[side].stream);
        pair->recorded[side].is_recorded = TRUE;
    }
    g_ptr_array_add(proxy->pairs, pair);
    pair->link = relay_add(proxy->relay, descriptor_of(client), descriptor_of(server), pair);
}

static gboolean on_connection(GSocket *socket, GIOCondition condition G_GNUC_UNUSED, gpointer data)
{
    struct proxy *proxy = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GSocket) client = g_socket_accept(socket, NULL, NULL);
    g_autoptr(GSocket) server = NULL;

    if (!client)
        return G_SOURCE_CONTINUE;
    server = connect_to(proxy->server, &error);
    if (server) {
        add_pair(proxy, client, server);
        return G_SOURCE_CONTINUE;
    }
    fprintf(stderr, "%s: a client was turned away, the server does not answer: %s\n",
            g_get_prgname(), error->message);
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
    proxy->relay = relay_new(on_log, proxy);
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

/** What passed up to now still goes into the file. */
void proxy_close(struct proxy *proxy)
{
    relay_stop(proxy->relay);
    while (g_source_remove_by_user_data(proxy))
        continue;
    relay_take_log(proxy->relay, take_entry);
    g_ptr_array_unref(proxy->pairs);
    relay_free(proxy->relay);
    g_source_destroy(proxy->source);
    g_source_unref(proxy->source);
    close_listening_socket(proxy->socket);
    g_object_unref(proxy->server);
    g_free(proxy);
}
