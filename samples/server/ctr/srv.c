/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The service manager: "srv:". Commands and results after Azahar's sm/srv.cpp and libctru's
 * srv.c. */
#include "service.h"

#define MAX_NAME                  8
#define NO_WAIT                   1u
#define MAX_SESSIONS              64
#define MAX_WAITING_NOTIFICATIONS 16
#define MAX_SUBSCRIBERS           60

enum srv_results {
    SRV_NOT_REGISTERED = 0xD0406401,
    SRV_INVALID_NAME_SIZE = 0xD9006405,
    SRV_ACCESS_DENIED = 0xD8E06406,
    SRV_NAME_CONTAINS_NUL = 0xD9006407,
    SRV_ALREADY_REGISTERED = 0xD9001BFC,
};

/** Not given to a process whose access list is not known: a choice. */
static const char *const restricted[] = {"pxi:dev", "pxi:mc", "pxi:am9", "fs:LDR", "ps:ps"};

struct ctr_srv {
    GHashTable *services; /**< Name -> client port (struct ctr_object). */
    GQueue waiting;       /**< struct ctr_pending that wait for a service. */
};

/** A client of srv:, its session's data. */
struct client {
    struct ctr_object *semaphore;
    GHashTable *subscriptions;
    GQueue notifications;
    uint32_t pid;
};

struct ctr_srv *ctr_srv_new(void)
{
    struct ctr_srv *srv = g_new0(struct ctr_srv, 1);

    srv->services =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)ctr_object_unref);
    return srv;
}

void ctr_srv_free(struct ctr_srv *srv)
{
    g_hash_table_unref(srv->services);
    g_queue_clear(&srv->waiting);
    g_free(srv);
}

void ctr_srv_forget(struct ctr_kernel *kernel, struct ctr_pending *request)
{
    g_queue_remove(&kernel->srv->waiting, request);
}

/** Those who still have to wait come back into the queue. */
static void retry_all(struct ctr_srv *srv)
{
    guint count = g_queue_get_length(&srv->waiting);

    while (count--)
        ctr_service_retry(g_queue_pop_head(&srv->waiting));
}

bool ctr_srv_register(struct ctr_kernel *kernel, const char *name, struct ctr_object *port)
{
    if (g_hash_table_contains(kernel->srv->services, name))
        return false;
    g_hash_table_insert(kernel->srv->services, g_strdup(name), ctr_object_ref(port));
    retry_all(kernel->srv);
    return true;
}

static gboolean is_port(gpointer name, gpointer object, gpointer port)
{
    (void)name;
    return ((struct ctr_object *)object)->port == port;
}

void ctr_srv_port_closed(struct ctr_kernel *kernel, const struct ctr_port *port)
{
    if (kernel->srv)
        g_hash_table_foreach_remove(kernel->srv->services, is_port, (gpointer)port);
}

static struct client *client_of(struct ctr_service_call *call)
{
    struct client *client = call->session->data;

    if (client)
        return client;
    client = g_new0(struct client, 1);
    client->pid = call->request->process->process->pid;
    client->subscriptions = g_hash_table_new(NULL, NULL);
    call->session->data = client;
    return client;
}

static void close_client(struct ctr_session *session)
{
    struct client *client = session->data;

    if (!client)
        return;
    session->data = NULL;
    ctr_object_unref(client->semaphore);
    g_hash_table_unref(client->subscriptions);
    g_queue_clear(&client->notifications);
    g_free(client);
}

/** The name in words 1 and 2 with the length in word 3; `name` has room for MAX_NAME + 1. */
static uint32_t read_name(const struct ctr_service_call *call, char *name)
{
    uint32_t length = ctr_word(call, 3);

    memset(name, 0, MAX_NAME + 1);
    if (!length || length > MAX_NAME)
        return SRV_INVALID_NAME_SIZE;
    memcpy(name, call->packet->bytes + 4, length);
    return strlen(name) == length ? 0 : SRV_NAME_CONTAINS_NUL;
}

static bool is_restricted(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(restricted); i++) {
        if (!strcmp(restricted[i], name))
            return true;
    }
    return false;
}

static bool may_access(const struct ctr_process *process, const char *name)
{
    if (process->access)
        return g_hash_table_contains(process->access, name);
    return !is_restricted(name);
}

static void register_client(struct ctr_service_call *call)
{
    ctr_reply_result(call, 0);
}

static void enable_notification(struct ctr_service_call *call)
{
    struct client *client = client_of(call);

    if (!client->semaphore) {
        client->semaphore = ctr_object_new(call->kernel, CTR_SEMAPHORE);
        client->semaphore->maximum = MAX_WAITING_NOTIFICATIONS;
    }
    ctr_reply_handle(call, CTRIPC_COPY_HANDLES, ctr_object_ref(client->semaphore));
}

/** The caller gets the server end; srv: keeps the client end. */
static void register_service(struct ctr_service_call *call)
{
    char name[MAX_NAME + 1];
    uint32_t result = read_name(call, name);
    struct ctr_port *port;

    if (!result && g_hash_table_contains(call->kernel->srv->services, name))
        result = SRV_ALREADY_REGISTERED;
    if (result) {
        ctr_reply_result(call, result);
        return;
    }
    port = ctr_port_new(call->kernel, name, MIN(ctr_word(call, 4), MAX_SESSIONS));
    port->peer_pid = call->request->process->process->pid;
    ctr_reply_handle(call, CTRIPC_MOVE_HANDLES, ctr_object_ref(port->server));
    ctr_srv_register(call->kernel, name, port->client);
    ctr_object_unref(port->client);
    ctr_object_unref(port->server);
}

static void unregister(struct ctr_service_call *call)
{
    char name[MAX_NAME + 1];
    uint32_t result = read_name(call, name);
    struct ctr_object *port = result ? NULL
                                     : g_hash_table_lookup(call->kernel->srv->services, name);

    if (!result && !port)
        result = SRV_NOT_REGISTERED;
    if (port && port->port->peer_pid != call->request->process->process->pid)
        result = SRV_ACCESS_DENIED;
    if (!result)
        g_hash_table_remove(call->kernel->srv->services, name);
    ctr_reply_result(call, result);
}

/** The client port of a name that the caller may use; NULL with a result. */
static struct ctr_object *find_service(struct ctr_service_call *call, uint32_t *result)
{
    char name[MAX_NAME + 1];
    struct ctr_object *port = NULL;

    *result = read_name(call, name);
    if (!*result && !may_access(call->request->process, name))
        *result = SRV_ACCESS_DENIED;
    if (!*result) {
        port = g_hash_table_lookup(call->kernel->srv->services, name);
        *result = port ? 0 : SRV_NOT_REGISTERED;
    }
    return port;
}

/** Consoles wait for a service unless the caller says no. */
static bool defer(struct ctr_service_call *call, uint32_t result)
{
    bool waits = server_get_options(call->kernel->server)->wait_for_services;

    if (result != SRV_NOT_REGISTERED || !waits || (ctr_word(call, 4) & NO_WAIT))
        return false;
    call->is_deferred = true;
    g_queue_push_tail(&call->kernel->srv->waiting, call->request);
    return true;
}

static void get_service_handle(struct ctr_service_call *call)
{
    uint32_t result;
    struct ctr_object *port = find_service(call, &result);
    struct ctr_object *session = port ? ctr_port_connect(port->port, &result) : NULL;

    if (session)
        ctr_reply_handle(call, CTRIPC_MOVE_HANDLES, session);
    else if (!defer(call, result))
        ctr_reply_result(call, result);
}

/* RegisterPort has its name in words 1 to 3 and the client port as a copied handle. */
static void register_port(struct ctr_service_call *call)
{
    char name[MAX_NAME + 1];
    uint32_t result = read_name(call, name);
    struct ctr_object *port =
        ctr_handle_find_type(call->server, ctr_word(call, 5), CTR_CLIENT_PORT);

    if (!result && !port)
        result = CTR_INVALID_HANDLE;
    if (!result && !ctr_srv_register(call->kernel, name, port))
        result = SRV_ALREADY_REGISTERED;
    ctr_reply_result(call, result);
}

static void get_port(struct ctr_service_call *call)
{
    uint32_t result;
    struct ctr_object *port = find_service(call, &result);

    if (port)
        ctr_reply_handle(call, CTRIPC_MOVE_HANDLES, ctr_object_ref(port));
    else if (!defer(call, result))
        ctr_reply_result(call, result);
}

static void subscribe(struct ctr_service_call *call)
{
    g_hash_table_add(client_of(call)->subscriptions, GUINT_TO_POINTER(ctr_word(call, 1)));
    ctr_reply_result(call, 0);
}

static void unsubscribe(struct ctr_service_call *call)
{
    g_hash_table_remove(client_of(call)->subscriptions, GUINT_TO_POINTER(ctr_word(call, 1)));
    ctr_reply_result(call, 0);
}

static void receive_notification(struct ctr_service_call *call)
{
    gpointer id = g_queue_pop_head(&client_of(call)->notifications);

    ctr_reply_word(call, 0, GPOINTER_TO_UINT(id));
}

static void notify(struct client *client, uint32_t id)
{
    if (!client || !g_hash_table_contains(client->subscriptions, GUINT_TO_POINTER(id)) ||
        g_queue_get_length(&client->notifications) >= MAX_WAITING_NOTIFICATIONS)
        return;
    g_queue_push_tail(&client->notifications, GUINT_TO_POINTER(id));
    if (client->semaphore && client->semaphore->count < client->semaphore->maximum)
        client->semaphore->count++;
}

/** Every session of srv: is a server end in its host's table. */
static void publish(struct ctr_service_call *call)
{
    for (guint i = 0; i < call->server->slots->len; i++) {
        struct ctr_object *object = g_array_index(call->server->slots, struct ctr_slot, i).object;

        if (object && object->type == CTR_SERVER_SESSION &&
            object->session->service == &ctr_srv_service)
            notify(object->session->data, ctr_word(call, 1));
    }
    ctr_reply_result(call, 0);
    ctr_wake(call->kernel);
}

/* Result, how many sessions get it, and the process ids of as many as a reply holds. */
static void publish_and_get_subscriber(struct ctr_service_call *call)
{
    uint32_t id = ctr_word(call, 1), pids[MAX_SUBSCRIBERS] = {0}, count = 0;

    for (guint i = 0; i < call->server->slots->len; i++) {
        struct ctr_object *object = g_array_index(call->server->slots, struct ctr_slot, i).object;
        struct client *client = object && object->type == CTR_SERVER_SESSION &&
                                        object->session->service == &ctr_srv_service
                                    ? object->session->data
                                    : NULL;

        if (!client || !g_hash_table_contains(client->subscriptions, GUINT_TO_POINTER(id)))
            continue;
        notify(client, id);
        if (count < MAX_SUBSCRIBERS)
            pids[count++] = client->pid;
    }
    ctr_reply(call, 2 + MAX_SUBSCRIBERS, 0, 0);
    ctr_push(call, count);
    for (uint32_t i = 0; i < MAX_SUBSCRIBERS; i++)
        ctr_push(call, pids[i]);
    ctr_wake(call->kernel);
}

static void is_service_registered(struct ctr_service_call *call)
{
    char name[MAX_NAME + 1];
    uint32_t result = read_name(call, name);
    bool is_registered = !result && g_hash_table_contains(call->kernel->srv->services, name);

    ctr_reply_word(call, result, is_registered);
}

static const struct ctr_command commands[] = {
    {0x01, 0, 2, register_client},
    {0x02, 0, 0, enable_notification},
    {0x03, 4, 0, register_service},
    {0x04, 3, 0, unregister},
    {0x05, 4, 0, get_service_handle},
    {0x06, 3, 2, register_port},
    {0x07, 3, 0, unregister},
    {0x08, 4, 0, get_port},
    {0x09, 1, 0, subscribe},
    {0x0A, 1, 0, unsubscribe},
    {0x0B, 0, 0, receive_notification},
    {0x0C, 2, 0, publish},
    {0x0D, 1, 0, publish_and_get_subscriber},
    {0x0E, 3, 0, is_service_registered},
};

const struct ctr_service ctr_srv_service = {
    .name = "srv:",
    .host = CTR_HOST_SM,
    .maximum = UINT32_MAX,
    .commands = commands,
    .command_count = G_N_ELEMENTS(commands),
    .close = close_client,
};
