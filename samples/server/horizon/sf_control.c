/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Manager commands 0 to 4 (sf_hipc_server_domain_session_manager.cpp). */
#include "sf.h"

/* "Convert on an already converted session is not refused: the domain object becomes object n of a
 * new domain." A domain is no object here; the choice is to give the session a new, empty domain
 * then. */
static uint32_t convert_to_domain(struct sf_context *context)
{
    struct sf_session *session = context->session;
    struct sf_domain *domain = sf_domain_new(session->process->domains);
    uint8_t data[4];
    uint32_t id, result;

    result = sf_domain_add(domain, session->object ? sf_object_ref(session->object) : NULL, &id);
    if (result != 0) {
        sf_domain_unref(domain);
        return sf_write_control_reply(context, result, NULL, 0, NULL);
    }
    sf_object_unref(session->object);
    sf_domain_unref(session->domain);
    session->object = NULL;
    session->domain = domain;
    ipcshark_store_u32(data, id);
    return sf_write_control_reply(context, 0, data, sizeof data, NULL);
}

static uint32_t reply_clone(struct sf_context *context, struct sf_object *object)
{
    struct horizon_object *client = NULL;
    uint32_t result = sf_session_clone(context->session, object, &client);

    return sf_write_control_reply(context, result, NULL, 0, client);
}

static uint32_t copy_from_domain(struct sf_context *context)
{
    struct sf_session *session = context->session;
    struct sf_object *object;

    if (context->cmif.data_size < 4)
        return HIPC_INVALID_CMIF_REQUEST;
    if (!session->domain)
        return sf_write_control_reply(context, HIPC_TARGET_NOT_DOMAIN, NULL, 0, NULL);
    object = sf_domain_find(
        session->domain,
        ipcshark_load_u32(context->request->server_buffer.bytes + context->cmif.data_offset));
    if (!object)
        return sf_write_control_reply(context, HIPC_DOMAIN_OBJECT_NOT_FOUND, NULL, 0, NULL);
    return reply_clone(context, object);
}

static uint32_t clone_current(struct sf_context *context)
{
    return reply_clone(context, context->session->object);
}

static uint32_t query_pointer_buffer_size(struct sf_context *context)
{
    uint8_t data[2];

    ipcshark_store_u16(data, (uint16_t)context->session->process->pointer_buffer_size);
    return sf_write_control_reply(context, 0, data, sizeof data, NULL);
}

uint32_t sf_control(struct sf_context *context)
{
    const struct cmif_message *cmif = &context->cmif;

    if (!cmif->has_header)
        return SF_INVALID_HEADER_SIZE;
    if (!sf_is_header_valid(context))
        return SF_INVALID_IN_HEADER;
    switch (cmif->method_id) {
    case CMIF_CONVERT_CURRENT_OBJECT_TO_DOMAIN:
        return convert_to_domain(context);
    case CMIF_COPY_FROM_CURRENT_DOMAIN:
        return copy_from_domain(context);
    case CMIF_CLONE_CURRENT_OBJECT:
    case CMIF_CLONE_CURRENT_OBJECT_EX:
        return clone_current(context);
    case CMIF_QUERY_POINTER_BUFFER_SIZE:
        return query_pointer_buffer_size(context);
    default:
        return SF_UNKNOWN_COMMAND_ID;
    }
}
