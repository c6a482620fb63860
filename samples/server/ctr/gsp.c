/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "gsp::Gpu": rights, registers, a block of memory shared with its clients, and command queues in
 * it that are worked off at once. Commands as libctru's gspgpu.c writes them; places in the shared
 * memory after 3dbrew's "GSP Shared Memory", results after Azahar's gsp_gpu.cpp. Nothing is drawn.
 */
#include "service.h"

#define MAX_CLIENTS        4
#define SHARED_SIZE        0x1000u
#define FIRST_REGISTRATION 0x2A07u
#define ALREADY_DONE       0x2BEBu
#define REGISTERS_END      0x420000u
#define MAX_TRANSFER       0x80u
#define VBLANK_NANOSECONDS 16713680u /* 268111856 Hz / 4481136 cycles */

/* The relay queue of a client: "at 0x40 * thread index". */
#define RELAY_SIZE  0x40u
#define RELAY_FIRST 0x0Cu
#define RELAY_SLOTS 0x34u
#define RELAY_ERROR 1u

/* Its command queue: "at 0x800 + 0x200 * thread index", a header and 15 commands. */
#define QUEUE_START  0x800u
#define QUEUE_SIZE   0x200u
#define QUEUE_SLOTS  15u
#define COMMAND_SIZE 0x20u

enum gsp_results {
    GSP_BAD_REGISTER = 0xE0E02A01,
    GSP_MISALIGNED_SIZE = 0xE0E02BF2,
    GSP_INVALID_SIZE = 0xE0E02BEC,
    GSP_BUSY = 0xC8402BF0,
    GSP_TOO_MANY = 0xD8602BF3,
};

enum interrupt {
    INTERRUPT_PSC0 = 0,
    INTERRUPT_PSC1 = 1,
    INTERRUPT_VBLANK0 = 2,
    INTERRUPT_VBLANK1 = 3,
    INTERRUPT_PPF = 4,
    INTERRUPT_P3D = 5,
    INTERRUPT_DMA = 6,
};

enum command {
    COMMAND_REQUEST_DMA = 0,
    COMMAND_PROCESS_LIST = 1,
    COMMAND_MEMORY_FILL = 2,
    COMMAND_DISPLAY_TRANSFER = 3,
    COMMAND_TEXTURE_COPY = 4,
};

/** A session's data once it asked for anything. */
struct client {
    struct ctr_object *event; /**< NULL: not registered. */
    unsigned int index;
};

struct ctr_gsp {
    struct ctr_object *memory;
    struct client *registered[MAX_CLIENTS];
    const struct ctr_session *owner; /**< Has the right. */
    GQueue waiting;                  /**< struct ctr_pending that wait for the right. */
    GHashTable *registers;           /**< Address -> value. */
    struct server_timer *vblank;     /**< While somebody is registered, if that is chosen. */
    struct server *server;
    bool was_registered;
};

struct ctr_gsp *ctr_gsp_new(struct ctr_kernel *kernel)
{
    struct ctr_gsp *gsp = g_new0(struct ctr_gsp, 1);

    gsp->server = kernel->server;
    gsp->registers = g_hash_table_new(NULL, NULL);
    gsp->memory = ctr_memory_new(ctr_host_process(kernel, CTR_HOST_GSP), SHARED_SIZE);
    gsp->memory->own_permission = CTR_PERMISSION_READ | CTR_PERMISSION_WRITE;
    gsp->memory->other_permission = CTR_PERMISSION_DO_NOT_CARE;
    return gsp;
}

void ctr_gsp_free(struct ctr_gsp *gsp)
{
    server_timer_cancel(gsp->vblank);
    ctr_object_unref(gsp->memory);
    g_hash_table_unref(gsp->registers);
    g_queue_clear(&gsp->waiting);
    g_free(gsp);
}

void ctr_gsp_forget(struct ctr_kernel *kernel, struct ctr_pending *request)
{
    g_queue_remove(&kernel->gsp->waiting, request);
}

static struct client *client_of(struct ctr_service_call *call)
{
    if (!call->session->data)
        call->session->data = g_new0(struct client, 1);
    return call->session->data;
}

static uint32_t check_registers(uint32_t address, uint32_t size)
{
    if (address % 4 || address >= REGISTERS_END)
        return GSP_BAD_REGISTER;
    if (size > MAX_TRANSFER)
        return GSP_INVALID_SIZE;
    return size % 4 ? GSP_MISALIGNED_SIZE : 0;
}

static void write_register(struct ctr_gsp *gsp, uint32_t address, uint32_t value, uint32_t mask)
{
    gpointer key = GUINT_TO_POINTER(address);
    uint32_t old = GPOINTER_TO_UINT(g_hash_table_lookup(gsp->registers, key));

    g_hash_table_insert(gsp->registers, key, GUINT_TO_POINTER((old & ~mask) | (value & mask)));
}

/* Word `n` of static buffer contents; `missing` behind their end. */
static uint32_t content_word(const GByteArray *bytes, uint32_t n, uint32_t missing)
{
    return bytes && 4 * n + 4 <= bytes->len ? ipcshark_load_u32(bytes->data + 4 * n) : missing;
}

/* With and without a mask. */
static void write_registers(struct ctr_service_call *call)
{
    bool has_mask = call->message.command_id == 0x0002;
    uint32_t address = ctr_word(call, 1), size = ctr_word(call, 2);
    const GByteArray *values = ctr_argument(call, 3, IPCTAP_STATIC);
    const GByteArray *masks = has_mask ? ctr_argument(call, 5, IPCTAP_STATIC) : NULL;
    uint32_t result = check_registers(address, size);

    for (uint32_t i = 0; !result && i < size / 4; i++)
        write_register(call->kernel->gsp, address + 4 * i, content_word(values, i, 0),
                       content_word(masks, i, has_mask ? 0 : UINT32_MAX));
    ctr_reply_result(call, result);
}

static void read_registers(struct ctr_service_call *call)
{
    uint32_t address = ctr_word(call, 1), size = ctr_word(call, 2);
    uint32_t result = check_registers(address, size);
    uint8_t bytes[MAX_TRANSFER];

    if (result) {
        ctr_reply_result(call, result);
        return;
    }
    for (uint32_t i = 0; i < size / 4; i++)
        ipcshark_store_u32(bytes + 4 * i,
                           GPOINTER_TO_UINT(g_hash_table_lookup(
                               call->kernel->gsp->registers, GUINT_TO_POINTER(address + 4 * i))));
    ctr_reply(call, 1, 2, 0);
    ctr_push_static(call, 0, bytes, size);
}

/* "{u8 index, u8 count, u8 error, …} and 0x34 interrupts behind": the client takes them out. */
static void relay(struct ctr_gsp *gsp, const struct client *client, enum interrupt interrupt)
{
    uint8_t *queue = gsp->memory->memory->data + client->index * RELAY_SIZE;
    unsigned int slot = (queue[0] + queue[1]) % RELAY_SLOTS;

    if (queue[1] >= RELAY_SLOTS) {
        queue[2] = RELAY_ERROR;
    } else {
        queue[RELAY_FIRST + slot] = (uint8_t)interrupt;
        queue[1]++;
    }
    ctr_event_signal(client->event);
}

/* Azahar: screen interrupts are left out of a queue with more than 0x20 of them. */
static void on_vblank(void *data)
{
    struct ctr_gsp *gsp = data;

    gsp->vblank = server_timer_new(gsp->server, VBLANK_NANOSECONDS, on_vblank, gsp);
    for (unsigned int i = 0; i < MAX_CLIENTS; i++) {
        const struct client *client = gsp->registered[i];

        if (!client || gsp->memory->memory->data[i * RELAY_SIZE + 1] > 0x20)
            continue;
        relay(gsp, client, INTERRUPT_VBLANK0);
        relay(gsp, client, INTERRUPT_VBLANK1);
    }
}

static void start_vblank(struct ctr_gsp *gsp)
{
    if (!gsp->vblank && server_choice(gsp->server, CHOICE_CTR_VBLANK))
        gsp->vblank = server_timer_new(gsp->server, VBLANK_NANOSECONDS, on_vblank, gsp);
}

static void stop_vblank(struct ctr_gsp *gsp)
{
    for (unsigned int i = 0; i < MAX_CLIENTS; i++) {
        if (gsp->registered[i])
            return;
    }
    server_timer_cancel(gsp->vblank);
    gsp->vblank = NULL;
}

static unsigned int find_free(const struct ctr_gsp *gsp)
{
    unsigned int i = 0;

    while (i < MAX_CLIENTS && gsp->registered[i])
        i++;
    return i;
}

/* "Result 0x2A07 when the GPU was not initialised yet": the first one is to set it up. */
static void register_relay_queue(struct ctr_service_call *call)
{
    struct ctr_gsp *gsp = call->kernel->gsp;
    struct client *client = client_of(call);
    struct ctr_object *event = ctr_handle_find_type(call->server, ctr_word(call, 3), CTR_EVENT);
    uint32_t handle;

    if (!event || client->event || find_free(gsp) == MAX_CLIENTS) {
        ctr_reply_result(call, event ? GSP_TOO_MANY : CTR_INVALID_HANDLE_OS);
        return;
    }
    handle = ctr_handle_new(call->server, gsp->memory);
    if (!handle) {
        ctr_reply_result(call, CTR_OUT_OF_HANDLES);
        return;
    }
    client->event = ctr_object_ref(event);
    client->index = find_free(gsp);
    gsp->registered[client->index] = client;
    ctr_reply(call, 2, 2, gsp->was_registered ? 0 : FIRST_REGISTRATION);
    ctr_push(call, client->index);
    ctr_push(call, ctripc_descriptor(CTRIPC_COPY_HANDLES, 1, 0));
    ctr_push(call, handle);
    ctr_close_after_reply(call, handle);
    gsp->was_registered = true;
    start_vblank(gsp);
}

static void unregister(struct ctr_gsp *gsp, struct client *client)
{
    if (!client || !client->event)
        return;
    memset(gsp->memory->memory->data + client->index * RELAY_SIZE, 0, RELAY_SIZE);
    gsp->registered[client->index] = NULL;
    ctr_object_unref(client->event);
    client->event = NULL;
    stop_vblank(gsp);
}

static void unregister_relay_queue(struct ctr_service_call *call)
{
    unregister(call->kernel->gsp, client_of(call));
    ctr_reply_result(call, 0);
}

/* A memory fill has two halves with an interrupt each; an address of 0 skips one. */
static void run_memory_fill(struct ctr_gsp *gsp, const struct client *client,
                            const uint8_t *command)
{
    if (ipcshark_load_u32(command + 0x04))
        relay(gsp, client, INTERRUPT_PSC0);
    if (ipcshark_load_u32(command + 0x10))
        relay(gsp, client, INTERRUPT_PSC1);
}

static void run_command(struct ctr_gsp *gsp, const struct client *client, const uint8_t *command)
{
    switch (command[0]) {
    case COMMAND_REQUEST_DMA:
        relay(gsp, client, INTERRUPT_DMA);
        break;
    case COMMAND_PROCESS_LIST:
        relay(gsp, client, INTERRUPT_P3D);
        break;
    case COMMAND_MEMORY_FILL:
        run_memory_fill(gsp, client, command);
        break;
    case COMMAND_DISPLAY_TRANSFER:
    case COMMAND_TEXTURE_COPY:
        relay(gsp, client, INTERRUPT_PPF);
        break;
    default: /* Flushing caches interrupts nobody. */
        break;
    }
}

/* "{u8 index, u8 count, …}": the commands from index on; both are updated as they are done. */
static void run_queue(struct ctr_gsp *gsp, const struct client *client)
{
    uint8_t *queue = gsp->memory->memory->data + QUEUE_START + client->index * QUEUE_SIZE;
    unsigned int count = MIN(queue[1], QUEUE_SLOTS);

    for (; count; count--) {
        unsigned int slot = queue[0] % QUEUE_SLOTS;

        run_command(gsp, client, queue + COMMAND_SIZE * (1 + slot));
        queue[0] = (uint8_t)((slot + 1) % QUEUE_SLOTS);
    }
    queue[1] = 0;
}

static void trigger_command_queue(struct ctr_service_call *call)
{
    const struct client *client = client_of(call);

    if (client->event)
        run_queue(call->kernel->gsp, client);
    ctr_reply_result(call, 0);
    ctr_wake(call->kernel);
}

static void try_acquire_right(struct ctr_service_call *call)
{
    struct ctr_gsp *gsp = call->kernel->gsp;
    uint32_t result = 0;

    if (gsp->owner == call->session)
        result = ALREADY_DONE;
    else if (gsp->owner)
        result = GSP_BUSY;
    else
        gsp->owner = call->session;
    ctr_reply_result(call, result);
}

/* Waits until the owner lets go. */
static void acquire_right(struct ctr_service_call *call)
{
    struct ctr_gsp *gsp = call->kernel->gsp;

    if (!gsp->owner || gsp->owner == call->session) {
        try_acquire_right(call);
        return;
    }
    call->is_deferred = true;
    g_queue_push_tail(&gsp->waiting, call->request);
}

/* The one that waits longest is next. */
static void release(struct ctr_gsp *gsp, const struct ctr_session *session)
{
    if (gsp->owner != session)
        return;
    gsp->owner = NULL;
    if (!g_queue_is_empty(&gsp->waiting))
        ctr_service_retry(g_queue_pop_head(&gsp->waiting));
}

static void release_right(struct ctr_service_call *call)
{
    ctr_reply_result(call, 0);
    release(call->kernel->gsp, call->session);
}

/* Addresses, formats and strides of both screens: none is set up here. */
static void import_display_capture_info(struct ctr_service_call *call)
{
    ctr_reply(call, 9, 0, 0);
    for (unsigned int i = 0; i < 8; i++)
        ctr_push(call, 0);
}

static void get_performance_log(struct ctr_service_call *call)
{
    ctr_reply(call, 15, 0, 0);
    for (unsigned int i = 0; i < 14; i++)
        ctr_push(call, 0);
}

static void succeed(struct ctr_service_call *call)
{
    ctr_reply_result(call, 0);
}

static void close_client(struct ctr_session *session)
{
    struct ctr_kernel *kernel = session->client->kernel;

    unregister(kernel->gsp, session->data);
    g_free(session->data);
    session->data = NULL;
    release(kernel->gsp, session);
}

static const struct ctr_command commands[] = {
    {0x01, 2, 2, write_registers},
    {0x02, 2, 4, write_registers},
    {0x04, 2, 0, read_registers},
    {0x05, 8, 0, succeed},
    {0x08, 2, 2, succeed},
    {0x09, 2, 2, succeed},
    {0x0B, 1, 0, succeed},
    {0x0C, 0, 0, trigger_command_queue},
    {0x10, 1, 0, succeed},
    {0x11, 1, 0, succeed},
    {0x12, 0, 0, get_performance_log},
    {0x13, 1, 2, register_relay_queue},
    {0x14, 0, 0, unregister_relay_queue},
    {0x15, 0, 2, try_acquire_right},
    {0x16, 1, 2, acquire_right},
    {0x17, 0, 0, release_right},
    {0x18, 0, 0, import_display_capture_info},
    {0x19, 0, 0, succeed},
    {0x1A, 0, 0, succeed},
    {0x1B, 0, 0, succeed},
    {0x1C, 1, 0, succeed},
    {0x1E, 2, 0, succeed},
    {0x1F, 2, 2, succeed},
};

const struct ctr_service ctr_gsp_service = {
    .name = "gsp::Gpu",
    .host = CTR_HOST_GSP,
    .maximum = MAX_CLIENTS,
    .commands = commands,
    .command_count = G_N_ELEMENTS(commands),
    .close = close_client,
};
