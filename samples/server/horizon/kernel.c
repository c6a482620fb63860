/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "horizon.h"
#include "services.h"
#include "settings.h"
#include "sf.h"

#include <string.h>

/* Program ids of the real processes. */
#define PROGRAM_FS       UINT64_C(0x0100000000000000)
#define PROGRAM_SM       UINT64_C(0x0100000000000004)
#define PROGRAM_SETTINGS UINT64_C(0x0100000000000009)

/* Of asynchronous requests in flight, per process: a choice. */
#define EVENT_LIMIT 512

#define FS_POINTER_BUFFER       0x800
#define SETTINGS_POINTER_BUFFER 0x1000
#define ECHO_POINTER_BUFFER     0x500
#define ECHO_MEMORY             0x1000

static struct horizon_process *process_new(struct horizon_kernel *kernel,
                                           struct server_process *process)
{
    struct horizon_process *own = g_new0(struct horizon_process, 1);

    own->kernel = kernel;
    own->process = process;
    horizon_handle_table_init(&own->handles);
    own->events_left = EVENT_LIMIT;
    own->locked = g_array_new(FALSE, FALSE, sizeof(struct horizon_region));
    own->mappings = g_array_new(FALSE, FALSE, sizeof(struct horizon_mapping));
    own->lent = g_ptr_array_new();
    g_array_set_clear_func(own->mappings, horizon_mapping_clear);
    process->data = own;
    return own;
}

static void process_free(struct horizon_process *process)
{
    g_array_unref(process->mappings);
    horizon_handle_table_clear(&process->handles);
    /* Others may still hold what it lent. */
    for (guint i = 0; i < process->lent->len; i++)
        ((struct horizon_memory_block *)process->lent->pdata[i])->lender = NULL;
    g_ptr_array_unref(process->lent);
    sf_domain_table_free(process->domains);
    g_clear_pointer(&process->memory, g_array_unref);
    g_array_unref(process->locked);
    g_free(process->pointer_buffer);
    g_free(process);
}

uint8_t *horizon_pointer_buffer(struct horizon_process *process, uint64_t address, uint64_t size)
{
    uint64_t offset = address - HORIZON_POINTER_BUFFER_ADDRESS;

    if (address < HORIZON_POINTER_BUFFER_ADDRESS || offset > process->pointer_buffer_size ||
        size > process->pointer_buffer_size - offset)
        return NULL;
    return process->pointer_buffer + offset;
}

struct horizon_process *horizon_service_process_new(struct horizon_kernel *kernel, const char *name,
                                                    uint64_t program_id,
                                                    uint32_t pointer_buffer_size)
{
    struct horizon_process *process = process_new(
        kernel, server_process_new_simulated(kernel->server, &horizon_kernel, name, program_id));

    process->pointer_buffer_size = pointer_buffer_size;
    process->pointer_buffer = g_malloc0(pointer_buffer_size);
    process->domains = sf_domain_table_new();
    g_ptr_array_add(kernel->services, process);
    return process;
}

static void drop_object(gpointer object)
{
    horizon_object_unref(object);
}

static void *create(struct server *server)
{
    struct horizon_kernel *kernel = g_new0(struct horizon_kernel, 1);

    kernel->server = server;
    kernel->version = HORIZON_VERSION(17, 0, 1);
    kernel->services = g_ptr_array_new();
    kernel->waits = g_ptr_array_new();
    kernel->deferred = g_ptr_array_new();
    kernel->named_ports = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, drop_object);
    kernel->registered = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, drop_object);
    kernel->fsp_srv = horizon_service_process_new(kernel, "fs", PROGRAM_FS, FS_POINTER_BUFFER);
    kernel->sm = horizon_service_process_new(kernel, "sm", PROGRAM_SM, 0);
    kernel->set_sys =
        horizon_service_process_new(kernel, "settings", PROGRAM_SETTINGS, SETTINGS_POINTER_BUFFER);
    kernel->settings = settings_new();
    kernel->echo = horizon_service_process_new(kernel, "echo", 0, ECHO_POINTER_BUFFER);
    kernel->echo_memory =
        horizon_memory_object(horizon_memory_block_new(kernel->echo->process->pid, ECHO_MEMORY));
    return kernel;
}

/* Sessions refer to service processes: all handles go first. */
static void destroy(void *data)
{
    struct horizon_kernel *kernel = data;

    for (guint i = 0; i < kernel->services->len; i++) {
        struct horizon_process *process = kernel->services->pdata[i];

        horizon_handle_table_clear(&process->handles);
    }
    for (guint i = 0; i < kernel->services->len; i++) {
        struct horizon_process *process = kernel->services->pdata[i];

        server_process_free(process->process);
        process_free(process);
    }
    g_ptr_array_unref(kernel->services);
    g_ptr_array_unref(kernel->waits);
    g_ptr_array_unref(kernel->deferred);
    g_hash_table_unref(kernel->named_ports);
    g_hash_table_unref(kernel->registered);
    settings_free(kernel->settings);
    horizon_object_unref(kernel->echo_memory);
    g_free(kernel);
}

static uint32_t process_open(void *kernel, struct server_process *process,
                             const struct ipctap_record *hello)
{
    (void)hello;
    process_new(kernel, process);
    return 0;
}

static void process_close(void *kernel, struct server_process *process)
{
    process_free(process->data);
    process->data = NULL;
    horizon_wake(kernel);
}

static void call(void *kernel, struct server_call *pending)
{
    if (pending->record.header.kind == IPCTAP_HIPC_MESSAGE)
        horizon_send_sync_request(kernel, pending);
    else if (pending->record.header.kind == IPCTAP_KERNEL_CALL)
        horizon_kernel_call(kernel, pending);
    else
        server_call_reject_kind(pending);
}

static void cancel(void *data, struct server_call *pending)
{
    struct horizon_kernel *kernel = data;

    g_ptr_array_remove(kernel->deferred, pending);
    if (pending->record.header.kind == IPCTAP_KERNEL_CALL)
        horizon_wait_cancel(kernel, pending);
    else if (pending->wait)
        horizon_serve_cancel(pending->wait);
}

const struct server_kernel horizon_kernel = {
    .platform = IPCTAP_HORIZON,
    .name = "horizon",
    .results = {.not_implemented = HORIZON_NOT_IMPLEMENTED,
                .pid_in_use = HORIZON_BUSY,
                .session_closed = HORIZON_SESSION_CLOSED,
                .too_large = HORIZON_LIMIT_REACHED,
                .bad_buffer = HORIZON_INVALID_CURRENT_MEMORY},
    .create = create,
    .destroy = destroy,
    .process_open = process_open,
    .process_close = process_close,
    .call = call,
    .cancel = cancel,
};

struct service {
    const char *name;
    struct horizon_process *(*process)(struct horizon_kernel *kernel);
    struct sf_object *(*root)(struct horizon_kernel *kernel);
};

static struct horizon_process *sm_process(struct horizon_kernel *kernel)
{
    return kernel->sm;
}

static struct horizon_process *fs_process(struct horizon_kernel *kernel)
{
    return kernel->fsp_srv;
}

static struct horizon_process *set_process(struct horizon_kernel *kernel)
{
    return kernel->set_sys;
}

static struct horizon_process *echo_process(struct horizon_kernel *kernel)
{
    return kernel->echo;
}

static const struct service services[] = {
    {"sm:", sm_process, sm_new},      {"fsp-srv", fs_process, fsp_srv_new},
    {"set", set_process, set_new},    {"set:sys", set_process, set_sys_new},
    {"echo", echo_process, echo_new},
};

/* A service whose process is gone is forgotten. */
static uint32_t connect_registered(struct horizon_kernel *kernel, const char *service,
                                   uint64_t *session, struct horizon_object **client)
{
    struct horizon_object *port = g_hash_table_lookup(kernel->registered, service);
    uint32_t result = port ? horizon_port_connect(kernel, port->port, session, client)
                           : HORIZON_NOT_FOUND;

    if (result != HORIZON_PORT_CLOSED)
        return result;
    g_hash_table_remove(kernel->registered, service);
    return HORIZON_NOT_FOUND;
}

bool horizon_is_service(const struct horizon_kernel *kernel, const char *name)
{
    struct horizon_object *port = g_hash_table_lookup(kernel->registered, name);

    for (size_t i = 0; i < G_N_ELEMENTS(services); i++) {
        if (!strcmp(services[i].name, name))
            return true;
    }
    return port && port->port->server_open;
}

/* Nearly all handles of a simulated service are sessions. */
static bool is_full(const struct horizon_process *service)
{
    unsigned int used = HORIZON_HANDLE_TABLE_SIZE - service->handles.free_count;

    return used >= server_get_options(service->kernel->server)->sessions;
}

uint32_t horizon_connect(struct horizon_kernel *kernel, const char *service, uint64_t *session,
                         struct horizon_object **client)
{
    for (size_t i = 0; i < G_N_ELEMENTS(services); i++) {
        if (!g_strcmp0(services[i].name, service) && is_full(services[i].process(kernel)))
            return HORIZON_OUT_OF_SESSIONS;
        if (!g_strcmp0(services[i].name, service))
            return sf_session_open(kernel, services[i].process(kernel), services[i].name,
                                   services[i].root(kernel), session, client);
    }
    return connect_registered(kernel, service, session, client);
}
