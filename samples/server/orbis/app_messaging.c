/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * App Messaging's event flags: one 64-bit word an application. On a console these are kernel event
 * flags, which the manager does not see; clients of this server ask with records of kind 4.
 */
#include "orbis.h"

#define NO_SUCH_APP 0x80C50007u
#define NO_MESSAGE  0x80C50005u

uint32_t orbis_app_set_event_flag(struct orbis_kernel *kernel, uint32_t app_id, uint64_t bits)
{
    struct orbis_app *app = orbis_app_find(kernel, app_id);

    if (!app)
        return NO_SUCH_APP;
    app->event_flags |= bits;
    return 0;
}

static uint32_t clear_event_flag(struct orbis_kernel *kernel, const struct appmsg_call *call)
{
    struct orbis_app *app = orbis_app_find(kernel, call->app_id);

    if (!app)
        return NO_SUCH_APP;
    app->event_flags &= ~call->bits;
    return 0;
}

/** The caller's own word; what was found, and nothing found is success (server-choices.md). */
static uint32_t try_get_event_flag(struct orbis_app *app, struct appmsg_call *call)
{
    const struct server *server = app->process->server;
    uint64_t found = app->event_flags & call->bits;

    call->pattern = server_choice(server, CHOICE_ORBIS_EVENT_PATTERN) ? app->event_flags : found;
    call->valid |= APPMSG_PATTERN_VALID;
    if (call->clear)
        app->event_flags &= ~call->bits;
    return found || !server_choice(server, CHOICE_ORBIS_EMPTY_EVENT) ? 0 : NO_MESSAGE;
}

static uint32_t perform(struct orbis_kernel *kernel, struct server_call *server_call,
                        struct appmsg_call *call)
{
    switch (call->function) {
    case APPMSG_SET_EVENT_FLAG:
        return orbis_app_set_event_flag(kernel, call->app_id, call->bits);
    case APPMSG_CLEAR_EVENT_FLAG:
        return clear_event_flag(kernel, call);
    case APPMSG_TRY_GET_EVENT_FLAG:
        return try_get_event_flag(server_call->process->data, call);
    default:
        /* Messages go through the manager: a client has to make that call itself. */
        return ORBIS_ERROR(ORBIS_ENOSYS);
    }
}

void orbis_app_messaging_call(struct orbis_kernel *kernel, struct server_call *server_call)
{
    struct ipctap_section section;
    struct appmsg_call call;
    uint8_t bytes[APPMSG_CALL_SIZE];
    uint32_t result;

    if (!server_call_section(server_call, IPCTAP_SECTION_APPMSG_CALL, 0, &section) ||
        !appmsg_call_decode(section.bytes, section.captured_size, &call, NULL)) {
        server_call_reject(server_call,
                           "An App Messaging call without its %d-byte APPMSG_CALL section",
                           APPMSG_CALL_SIZE);
        return;
    }
    server_call_target(server_call,
                       &(struct server_target){.service = APPMSG_SERVICE,
                                               .function = appmsg_function_name(call.function)});
    call.valid = APPMSG_RETURN_VALID;
    result = perform(kernel, server_call, &call);
    call.return_value = (int32_t)result;
    appmsg_call_encode(&call, bytes, sizeof bytes);
    server_call_add(server_call, IPCTAP_SECTION_APPMSG_CALL, 0, 0, bytes, sizeof bytes);
    server_call_finish(server_call, result);
}
