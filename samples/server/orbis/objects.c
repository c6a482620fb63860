/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Servers, clients and sessions: kids, creation, destruction. */
#include "orbis.h"

/* Consoles' kids are opaque: counting makes traces readable, using them again tests tools. */
static uint32_t next_kid(struct orbis_kernel *kernel)
{
    uint32_t kid = 1;

    if (!server_choice(kernel->server, CHOICE_ORBIS_KIDS))
        return ++kernel->next_kid;
    while (g_hash_table_contains(kernel->objects, GUINT_TO_POINTER(kid)))
        kid++;
    return kid;
}

struct orbis_object *orbis_object_new(struct orbis_kernel *kernel, enum sceipmi_object type,
                                      struct server_process *process)
{
    struct orbis_object *object = g_new0(struct orbis_object, 1);

    object->kid = next_kid(kernel);
    object->type = type;
    object->kernel = kernel;
    object->process = process;
    object->results = g_hash_table_new_full(NULL, NULL, NULL, orbis_result_free);
    g_hash_table_insert(kernel->objects, GUINT_TO_POINTER(object->kid), object);
    return object;
}

bool orbis_object_may_create(struct orbis_call *call)
{
    GHashTableIter iterator;
    unsigned int count = 0;
    gpointer value;

    g_hash_table_iter_init(&iterator, call->kernel->objects);
    while (g_hash_table_iter_next(&iterator, NULL, &value))
        count += ((struct orbis_object *)value)->process == call->call->process;
    if (count >= ORBIS_MAX_OBJECTS)
        orbis_finish(call->call, ORBIS_ERROR(ORBIS_EMFILE));
    return count < ORBIS_MAX_OBJECTS;
}

struct orbis_object *orbis_object_find(struct orbis_kernel *kernel, uint32_t kid,
                                       unsigned int types)
{
    struct orbis_object *object = g_hash_table_lookup(kernel->objects, GUINT_TO_POINTER(kid));

    return object && (object->type & types) ? object : NULL;
}

struct orbis_object *orbis_find_server(struct orbis_kernel *kernel, const char *name)
{
    GHashTableIter iterator;
    gpointer value;

    g_hash_table_iter_init(&iterator, kernel->objects);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        struct orbis_object *object = value;

        if (object->type == SCEIPMI_SERVER && strcmp(object->name, name) == 0)
            return object;
    }
    return NULL;
}

void orbis_target_client(struct orbis_call *call, const char *function)
{
    const struct orbis_object *client = call->object;
    const struct orbis_object *session =
        orbis_object_find(call->kernel, client->session_kid, SCEIPMI_SESSION);

    server_call_target(call->call, &(struct server_target){
                                       .service = client->name,
                                       .function = function,
                                       .session = session ? session->session_number : 0,
                                       .peer = session ? session->process : NULL,
                                   });
}

void orbis_target_session(struct orbis_call *call, const struct orbis_object *client)
{
    server_call_target(call->call,
                       &(struct server_target){.service = call->object->name,
                                               .session = call->object->session_number,
                                               .peer = client ? client->process : NULL});
}

/** Takes a client's packets out of a server's queue; their callers are told by the client's end. */
static void forget_packets(struct orbis_object *server, uint32_t client_kid)
{
    for (GList *link = server->packets.head, *next; link; link = next) {
        struct orbis_packet *packet = link->data;

        next = link->next;
        if (packet->client_kid != client_kid)
            continue;
        g_queue_delete_link(&server->packets, link);
        orbis_packet_free(packet);
    }
}

void orbis_session_close(struct orbis_object *session)
{
    struct orbis_kernel *kernel = session->kernel;
    struct orbis_object *client = orbis_object_find(kernel, session->client_kid, SCEIPMI_CLIENT);
    struct orbis_object *server = orbis_object_find(kernel, session->server_kid, SCEIPMI_SERVER);

    session->client_kid = 0;
    orbis_wait_cancel_all(session, ORBIS_ERROR(ORBIS_ESRCH));
    if (!client)
        return;
    client->session_kid = 0;
    if (server)
        forget_packets(server, client->kid);
    /* etaHEN-SDK takes ESRCH from a receive as the end of the service. */
    orbis_wait_cancel_all(client, ORBIS_ERROR(ORBIS_ESRCH));
}

/** A client's end: the session goes with it on the client's side, the server keeps its kid. */
static void end_client(struct orbis_object *client)
{
    struct orbis_object *session =
        orbis_object_find(client->kernel, client->session_kid, SCEIPMI_SESSION);
    struct orbis_object *server = orbis_find_server(client->kernel, client->name);

    orbis_wait_cancel_all(client, ORBIS_ERROR(ORBIS_ECANCELED));
    if (session)
        orbis_session_close(session);
    /* A service inside the server notices by itself; others destroy their sessions. */
    if (session && session->process->simulated)
        orbis_object_destroy(session);
    if (server)
        forget_packets(server, client->kid);
}

static void end_server(struct orbis_object *server)
{
    g_autoptr(GList) objects = g_hash_table_get_values(server->kernel->objects);

    for (GList *link = objects; link; link = link->next) {
        struct orbis_object *object = link->data;

        if (object->type == SCEIPMI_SESSION && object->server_kid == server->kid)
            orbis_session_close(object);
        else if (object->type == SCEIPMI_CLIENT && orbis_wait_find(object, SCEIPMI_CONNECT) &&
                 strcmp(object->name, server->name) == 0)
            orbis_wait_cancel_all(object, ORBIS_ERROR(ORBIS_ESRCH));
    }
    orbis_wait_cancel_all(server, ORBIS_ERROR(ORBIS_ECANCELED));
}

static void free_object(struct orbis_object *object)
{
    while (!g_queue_is_empty(&object->packets))
        orbis_packet_free(g_queue_pop_head(&object->packets));
    for (size_t i = 0; i < SCEIPMI_MAX_QUEUES; i++)
        g_queue_clear_full(&object->messages[i], (GDestroyNotify)g_bytes_unref);
    g_hash_table_unref(object->results);
    g_free(object->name);
    g_free(object);
}

void orbis_object_destroy(struct orbis_object *object)
{
    g_hash_table_remove(object->kernel->objects, GUINT_TO_POINTER(object->kid));
    if (object->type == SCEIPMI_CLIENT)
        end_client(object);
    else if (object->type == SCEIPMI_SERVER)
        end_server(object);
    else
        orbis_session_close(object);
    free_object(object);
}

/**
 * The name of a create: at most 24 characters, else ENAMETOOLONG from the system call. NULL:
 * refused and finished.
 */
static char *read_name(struct orbis_call *call)
{
    struct ipctap_section section;

    if (!orbis_argument(call, "name") ||
        !server_call_section(call->call, IPCTAP_IPMI_NAME, 0, &section)) {
        orbis_finish_errno(call->call, ORBIS_EFAULT);
        return NULL;
    }
    g_autofree char *name = g_strndup((const char *)section.bytes, section.captured_size);

    if (strlen(name) > SCEIPMI_MAX_NAME) {
        orbis_finish_errno(call->call, ORBIS_ENAMETOOLONG);
        return NULL;
    }
    return g_steal_pointer(&name);
}

/** The configuration behind the create's third argument; false: refused and finished. */
static bool read_config(struct orbis_call *call, const struct sceipmi_layout *layout,
                        uint8_t *bytes)
{
    uint64_t pointer = orbis_argument(call, "config");
    struct ipctap_section section;
    struct ipcshark_findings findings = {0};

    memset(bytes, 0, layout->size);
    if (!orbis_contents(call, IPCTAP_IPMI_CONFIG, 0, pointer, layout->size, &section))
        return false;
    memcpy(bytes, section.bytes, section.captured_size);
    sceipmi_config_check(call->arguments.op, bytes, layout->size, &findings);
    if (findings.count)
        orbis_finish(call->call, ORBIS_ERROR(ORBIS_EINVAL));
    return findings.count == 0;
}

/** What kills the process on a console gets an error here, and a note that says so. */
static uint32_t check_server_name(struct orbis_call *call, const char *name)
{
    if (!g_str_has_prefix(name, "Sce")) {
        orbis_note(call->call->process,
                   "CreateServer(\"%s\"): a console kills the process here (0x00000003)", name);
        return ORBIS_ERROR(ORBIS_EINVAL);
    }
    if (orbis_find_server(call->kernel, name)) {
        orbis_note(call->call->process,
                   "CreateServer(\"%s\"): a console kills the process here (0x0000000C)", name);
        return ORBIS_ERROR(ORBIS_EEXIST);
    }
    return 0;
}

static void target(struct orbis_call *call, const char *service)
{
    server_call_target(call->call, &(struct server_target){.service = service});
}

/** --wait-for-services: clients that wait for this server. */
static void wake_connecting(struct orbis_object *server)
{
    g_autoptr(GList) objects = g_hash_table_get_values(server->kernel->objects);

    for (GList *link = objects; link; link = link->next) {
        struct orbis_object *client = link->data;
        struct orbis_wait *wait = orbis_wait_find(client, SCEIPMI_CONNECT);

        if (client->type == SCEIPMI_CLIENT && wait && !wait->packet &&
            strcmp(client->name, server->name) == 0)
            orbis_connect_deliver(server, client, wait);
    }
}

void orbis_create_server(struct orbis_call *call)
{
    const struct sceipmi_layout *layout = sceipmi_server_config();
    g_autofree char *name = read_name(call);
    uint8_t config[0x38];
    struct orbis_object *server;
    uint32_t error;

    if (!name)
        return;
    target(call, name);
    if (!read_config(call, layout, config) || !orbis_object_may_create(call))
        return;
    error = check_server_name(call, name);
    if (error) {
        orbis_finish(call->call, error);
        return;
    }
    server = orbis_object_new(call->kernel, SCEIPMI_SERVER, call->call->process);
    server->name = g_steal_pointer(&name);
    server->implementation = orbis_argument(call, "server_impl");
    server->user_data = sceipmi_get(layout, "user_data", config, sizeof config);
    orbis_finish(call->call, server->kid);
    wake_connecting(server);
}

void orbis_create_client(struct orbis_call *call)
{
    const struct sceipmi_layout *layout = sceipmi_client_config();
    g_autofree char *name = read_name(call);
    uint8_t config[0x150];
    struct orbis_object *client;

    if (!name)
        return;
    target(call, name);
    if (!read_config(call, layout, config) || !orbis_object_may_create(call))
        return;
    client = orbis_object_new(call->kernel, SCEIPMI_CLIENT, call->call->process);
    client->name = g_steal_pointer(&name);
    client->implementation = orbis_argument(call, "client_impl");
    client->user_data = sceipmi_get(layout, "user_data", config, sizeof config);
    memcpy(client->config, config, sizeof config);
    orbis_finish(call->call, client->kid);
}

/** "Called by the server thread that handles the connect packet" (RPCSX). */
void orbis_create_session(struct orbis_call *call)
{
    struct orbis_thread *thread = orbis_thread_of(call->call);
    struct orbis_object *client =
        orbis_object_find(call->kernel, thread->connecting, SCEIPMI_CLIENT);
    struct orbis_object *server = client ? orbis_find_server(call->kernel, client->name) : NULL;
    uint64_t implementation = orbis_argument(call, "session_impl");
    uint8_t config[0x10];

    if (!read_config(call, sceipmi_session_config(), config) || !orbis_object_may_create(call))
        return;
    if (!server || server->process != call->call->process || client->session_kid) {
        orbis_finish(call->call, ORBIS_ERROR(ORBIS_EINVAL));
        return;
    }
    target(call, server->name);
    orbis_finish(call->call, orbis_session_new(server, client, implementation,
                                               sceipmi_get(sceipmi_session_config(), "user_data",
                                                           config, sizeof config))
                                 ->kid);
}

void orbis_destroy(struct orbis_call *call)
{
    target(call, call->object->name);
    orbis_object_destroy(call->object);
    orbis_finish(call->call, 0);
}
