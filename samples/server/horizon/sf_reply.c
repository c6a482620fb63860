/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a command's results to the reply message in the service's buffer. */
#include "sf.h"

#include <string.h>

/* "InterfaceId = first 4 bytes of SHA-256 of the fully qualified name, little endian." */
uint32_t sf_interface_id(const char *name)
{
    GChecksum *checksum = g_checksum_new(G_CHECKSUM_SHA256);
    uint8_t digest[32];
    gsize size = sizeof digest;

    g_checksum_update(checksum, (const guchar *)name, -1);
    g_checksum_get_digest(checksum, digest, &size);
    g_checksum_free(checksum);
    return ipcshark_load_u32(digest);
}

uint32_t sf_shown_interface_id(const struct horizon_kernel *kernel, uint32_t id)
{
    return kernel->version >= HORIZON_VERSION(14, 0, 0) ? id : 0;
}

void sf_buffer_wrote(struct sf_buffer *buffer, size_t size)
{
    if (buffer->map)
        buffer->map->used = MAX(buffer->map->used, MIN(size, buffer->size));
}

/* Takes the reference: a handle of the service that the kernel moves to the client. */
uint32_t sf_add_moved(struct sf_context *context, struct hipc_message *hipc,
                      struct horizon_object *object)
{
    uint32_t handle = 0, result = 0;

    if (object)
        result = horizon_handle_add(&context->session->process->handles, object, &handle);
    horizon_object_unref(object);
    hipc->has_special = true;
    hipc->special.move[hipc->special.move_count++] = handle;
    return result;
}

/* "Copy handles marked managed are closed after the reply": the service keeps none. Its
 * handles live until the kernel has copied them, see horizon_send_sync_request(). */
static uint32_t add_copied(struct sf_context *context, struct hipc_message *hipc)
{
    uint32_t result = 0;

    for (unsigned int i = 0; result == 0 && i < context->command->out_copy_handles; i++) {
        uint32_t handle = 0;

        if (context->out_copy_handle[i])
            result = horizon_handle_add(&context->session->process->handles,
                                        context->out_copy_handle[i], &handle);
        hipc->has_special = true;
        hipc->special.copy[hipc->special.copy_count++] = handle;
    }
    return result;
}

/* On a plain session an object is a session of its own, its handle moved to the client. */
static uint32_t add_object_session(struct sf_context *context, struct hipc_message *hipc,
                                   struct sf_object *object)
{
    struct horizon_object *client = NULL;
    uint64_t number;
    uint32_t result = 0;

    if (object)
        result = sf_session_open(context->kernel, context->session->process,
                                 context->session->service, object, &number, &client);
    return result == 0 ? sf_add_moved(context, hipc, client) : result;
}

static uint32_t add_objects(struct sf_context *context, struct cmif_reply *reply, uint32_t *ids)
{
    uint32_t result = 0;

    for (unsigned int i = 0; result == 0 && i < context->command->out_objects; i++) {
        struct sf_object *object = context->out_object[i];

        context->out_object[i] = NULL;
        if (context->session->domain)
            result = sf_domain_add(context->session->domain, object, &ids[i]);
        else
            result = add_object_session(context, &reply->hipc, object);
    }
    reply->objects = ids;
    reply->object_count = context->session->domain ? context->command->out_objects : 0;
    return result;
}

/* "move handles = plain-session out objects first, then move handles." */
static uint32_t add_moved(struct sf_context *context, struct hipc_message *hipc)
{
    uint32_t result = 0;

    for (unsigned int i = 0; result == 0 && i < context->command->out_move_handles; i++) {
        struct horizon_object *object = context->out_move_handle[i];

        context->out_move_handle[i] = NULL;
        result = sf_add_moved(context, hipc, object);
    }
    return result;
}

/* "pointer descriptors = number of out pointers + out auto-select buffers, index = running number,
 * null when the auto-select buffer came as map alias." */
static void add_pointers(struct sf_context *context, struct hipc_message *hipc)
{
    for (unsigned int i = 0; i < SF_MAX_BUFFERS; i++) {
        uint8_t attributes = context->command->buffer[i].attributes;
        const struct sf_buffer *buffer = &context->buffer[i];
        struct hipc_pointer *pointer = &hipc->pointer[hipc->pointer_count];

        if (!(attributes & SF_OUT) || !(attributes & (SF_POINTER | SF_AUTO_SELECT)))
            continue;
        *pointer = (struct hipc_pointer){.index = hipc->pointer_count};
        if (!buffer->map) {
            pointer->address = buffer->size ? buffer->address : 0;
            pointer->size = (uint16_t)buffer->size;
        }
        hipc->pointer_count++;
    }
}

static uint32_t encode(struct sf_context *context, const struct cmif_reply *reply)
{
    struct horizon_buffer *buffer = &context->request->server_buffer;
    size_t size;

    memset(buffer->bytes, 0, buffer->size);
    size = cmif_encode_reply(reply, buffer->bytes, buffer->size);
    return size <= buffer->size ? 0 : HIPC_INVALID_CMIF_REQUEST;
}

uint32_t sf_write_reply(struct sf_context *context, uint32_t result)
{
    struct cmif_reply reply = {
        .result = result,
        .interface_id = sf_shown_interface_id(context->kernel, context->object->interface_id),
        .is_domain = context->session->domain};
    uint32_t ids[SF_MAX_OBJECTS] = {0};
    uint32_t failure = 0;

    if (result == 0) {
        reply.data = context->out;
        reply.data_size = context->command->out_size;
        add_pointers(context, &reply.hipc);
        failure = add_copied(context, &reply.hipc);
        if (failure == 0)
            failure = add_objects(context, &reply, ids);
        if (failure == 0)
            failure = add_moved(context, &reply.hipc);
    }
    return failure == 0 ? encode(context, &reply) : failure;
}

#define MANAGER_INTERFACE_ID 0xEC6BE3FFu

/* Control replies never have a domain header. */
uint32_t sf_write_control_reply(struct sf_context *context, uint32_t result, const void *data,
                                uint16_t size, struct horizon_object *moved)
{
    struct cmif_reply reply = {
        .result = result,
        .interface_id = sf_shown_interface_id(context->kernel, MANAGER_INTERFACE_ID),
        .data = data,
        .data_size = result == 0 ? size : 0};
    uint32_t failure = moved ? sf_add_moved(context, &reply.hipc, moved) : 0;

    return failure == 0 ? encode(context, &reply) : failure;
}
