/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Orbis kernel as the server's framework sees it. */
#include "orbis.h"

static void *create(struct server *server, const struct server_kernel *platform)
{
    struct orbis_kernel *kernel = g_new0(struct orbis_kernel, 1);

    kernel->server = server;
    kernel->platform = platform;
    kernel->objects = g_hash_table_new(NULL, NULL);
    kernel->apps = g_ptr_array_new();
    kernel->shell_core = shell_core_new(kernel);
    return kernel;
}

static void *create_orbis(struct server *server)
{
    return create(server, &orbis_kernel);
}

static void *create_prospero(struct server *server)
{
    return create(server, &prospero_kernel);
}

/** Sessions first, then clients, then servers: each tells its other end. */
static void destroy_objects(struct orbis_kernel *kernel, const struct server_process *process)
{
    static const enum sceipmi_object order[] = {SCEIPMI_SESSION, SCEIPMI_CLIENT, SCEIPMI_SERVER};
    g_autoptr(GList) kids = g_hash_table_get_keys(kernel->objects);

    for (size_t i = 0; i < G_N_ELEMENTS(order); i++) {
        for (GList *link = kids; link; link = link->next) {
            struct orbis_object *object =
                orbis_object_find(kernel, GPOINTER_TO_UINT(link->data), order[i]);

            if (object && (!process || object->process == process))
                orbis_object_destroy(object);
        }
    }
}

static void destroy(void *data)
{
    struct orbis_kernel *kernel = data;

    destroy_objects(kernel, NULL);
    shell_core_free(kernel->shell_core);
    g_ptr_array_unref(kernel->apps);
    g_hash_table_unref(kernel->objects);
    g_free(kernel);
}

static uint32_t process_open(void *data, struct server_process *process,
                             const struct ipctap_record *hello)
{
    (void)hello;
    orbis_app_new(data, process);
    return 0;
}

static void process_close(void *data, struct server_process *process)
{
    struct orbis_kernel *kernel = data;
    struct orbis_app *app = process->data;

    destroy_objects(kernel, process);
    if (!app)
        return;
    g_ptr_array_remove(kernel->apps, app);
    orbis_app_free(app);
    process->data = NULL;
}

static void call(void *data, struct server_call *server_call)
{
    switch (server_call->record.header.kind) {
    case IPCTAP_IPMI_CALL:
        orbis_manager_call(data, server_call);
        break;
    case IPCTAP_APPMSG_CALL:
        orbis_app_messaging_call(data, server_call);
        break;
    case IPCTAP_KERNEL_CALL:
        server_call_finish(server_call, ORBIS_ERROR(ORBIS_ENOSYS));
        break;
    default:
        server_call_reject_kind(server_call);
        break;
    }
}

static void cancel(void *data, struct server_call *server_call)
{
    (void)data;
    if (server_call->wait)
        orbis_wait_end(server_call->wait);
}

#define KERNEL(platform_id, short_name, create_function)                                           \
    {                                                                                              \
        .platform = (platform_id), .name = (short_name),                                           \
        .results =                                                                                 \
            {                                                                                      \
                .not_implemented = ORBIS_ERROR(ORBIS_ENOSYS),                                      \
                .pid_in_use = ORBIS_ERROR(ORBIS_EEXIST),                                           \
                .session_closed = ORBIS_ERROR(ORBIS_ESRCH),                                        \
                .too_large = ORBIS_ERROR(ORBIS_ENOMEM),                                            \
                .bad_buffer = ORBIS_ERROR(ORBIS_EFAULT),                                           \
            },                                                                                     \
        .create = (create_function), .destroy = destroy, .process_open = process_open,             \
        .process_close = process_close, .call = call, .cancel = cancel,                            \
    }

const struct server_kernel orbis_kernel = KERNEL(IPCTAP_ORBIS, "orbis", create_orbis);

/* "Same system call, call numbers, strides": a PlayStation 5 has the same manager. */
const struct server_kernel prospero_kernel = KERNEL(IPCTAP_PROSPERO, "prospero", create_prospero);
