/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 3DS kernel as the server's framework sees it. */
#include "ctr.h"
#include "service.h"

static const struct {
    const char *name;
    uint64_t program_id;
} hosts[CTR_HOST_COUNT] = {
    [CTR_HOST_SM] = {"sm", 0x0004013000001002},
    [CTR_HOST_FS] = {"fs", 0x0004013000001102},
    [CTR_HOST_ERRDISP] = {"ErrDisp", 0x0004003000008A02},
    [CTR_HOST_GSP] = {"gsp", 0x0004013000001C02},
    [CTR_HOST_ECHO] = {"echo", 0},
};

static void start_hosts(struct ctr_kernel *kernel)
{
    kernel->simulated = g_ptr_array_new();
    for (size_t i = 0; i < CTR_HOST_COUNT; i++) {
        struct server_process *process = server_process_new_simulated(
            kernel->server, &ctr_kernel, hosts[i].name, hosts[i].program_id);

        g_ptr_array_add(kernel->simulated, ctr_process_new(kernel, process));
    }
}

static void start_global_port(struct ctr_kernel *kernel, const struct ctr_service *service)
{
    g_hash_table_insert(kernel->ports, g_strdup(service->name), ctr_service_port(kernel, service));
}

static void start_service(struct ctr_kernel *kernel, const struct ctr_service *service)
{
    struct ctr_object *port = ctr_service_port(kernel, service);

    ctr_srv_register(kernel, service->name, port);
    ctr_object_unref(port);
}

static void *create(struct server *server)
{
    struct ctr_kernel *kernel = g_new0(struct ctr_kernel, 1);

    kernel->server = server;
    kernel->processes = g_hash_table_new(NULL, NULL);
    kernel->ports =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)ctr_object_unref);
    g_queue_init(&kernel->waits);
    start_hosts(kernel);
    kernel->srv = ctr_srv_new();
    kernel->fs = ctr_fs_new();
    kernel->gsp = ctr_gsp_new(kernel);
    kernel->echo_memory = ctr_echo_memory_new(kernel);
    start_global_port(kernel, &ctr_srv_service);
    start_global_port(kernel, &ctr_errf_service);
    start_service(kernel, &ctr_fs_service);
    start_service(kernel, &ctr_gsp_service);
    start_service(kernel, &ctr_echo_service);
    return kernel;
}

static void destroy(void *data)
{
    struct ctr_kernel *kernel = data;

    g_hash_table_remove_all(kernel->ports);
    for (guint i = kernel->simulated->len; i-- > 0;) {
        struct ctr_process *process = kernel->simulated->pdata[i];
        struct server_process *framework = process->process;

        ctr_process_free(process);
        server_process_free(framework);
    }
    ctr_srv_free(kernel->srv);
    ctr_fs_free(kernel->fs);
    ctr_gsp_free(kernel->gsp);
    ctr_object_unref(kernel->echo_memory);
    g_ptr_array_unref(kernel->simulated);
    g_hash_table_unref(kernel->ports);
    g_hash_table_unref(kernel->processes);
    g_free(kernel);
}

/** SERVICE_ACCESS: names of 8 bytes, zero padded. */
static void read_access(struct ctr_process *process, const struct ipctap_record *hello)
{
    struct ipctap_section section;

    if (!ipctap_section_find(hello, IPCTAP_SERVICE_ACCESS, 0, &section))
        return;
    process->access = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (uint32_t offset = 0; offset + 8 <= section.captured_size; offset += 8)
        g_hash_table_add(process->access, g_strndup((const char *)section.bytes + offset, 8));
}

static uint32_t process_open(void *data, struct server_process *process,
                             const struct ipctap_record *hello)
{
    read_access(ctr_process_new(data, process), hello);
    return 0;
}

static void process_close(void *data, struct server_process *process)
{
    struct ctr_kernel *kernel = data;

    ctr_process_free(process->data);
    ctr_wake(kernel);
}

static void call(void *data, struct server_call *call)
{
    if (call->record.header.kind == IPCTAP_CTR_COMMAND)
        ctr_send_sync_request(data, call);
    else if (call->record.header.kind == IPCTAP_KERNEL_CALL)
        ctr_kernel_call(data, call);
    else
        server_call_reject_kind(call);
}

/** Wherever the call waits, it no longer does. */
static void cancel(void *data, struct server_call *call)
{
    struct ctr_kernel *kernel = data;
    struct ctr_pending *pending = call->wait;

    if (!pending)
        return;
    call->wait = NULL;
    g_queue_remove(&kernel->waits, pending);
    if (pending->object) {
        struct ctr_session *session = pending->object->session;

        g_queue_remove(&session->requests, pending);
        if (session->answering == pending)
            session->answering = NULL;
        ctr_srv_forget(kernel, pending);
        ctr_gsp_forget(kernel, pending);
    }
    ctr_pending_free(pending);
}

const struct server_kernel ctr_kernel = {
    .platform = IPCTAP_CTR,
    .name = "ctr",
    .results = {.not_implemented = CTR_NOT_IMPLEMENTED,
                .pid_in_use = CTR_ALREADY_EXISTS,
                .session_closed = CTR_SESSION_CLOSED,
                .too_large = CTR_OUT_OF_MEMORY,
                .bad_buffer = CTR_INVALID_ADDRESS},
    .create = create,
    .destroy = destroy,
    .process_open = process_open,
    .process_close = process_close,
    .call = call,
    .cancel = cancel,
};
