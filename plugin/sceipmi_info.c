/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sceipmi_info.c
 * A manager call in one line: "SceAppMessaging InvokeSyncMethod SendMsg(app 0x60000002, …)",
 * "→ SendMsg: ok".
 */
#include "sceipmi_internal.h"
#include "tap.h"

#include <ipcshark/names.h>

#define RESULT_TEXT 160

const char *sceipmi_operation_text(const struct sceipmi_view *view)
{
    if (view->operation)
        return view->operation->name;
    return wmem_strdup_printf(view->context->pinfo->pool, "0x%03X", view->call.op);
}

const char *sceipmi_method_text(const struct sceipmi_view *view)
{
    const struct sceipmi_memo *memo = view->memo;
    const char *name;

    if (!memo->has_method)
        return NULL;
    name = memo->service ? names_command(IPCSHARK_CONVENTION_IPMI, memo->service, memo->method, 0)
                         : NULL;
    return name ? name : wmem_strdup_printf(view->context->pinfo->pool, "0x%X", memo->method);
}

/** Results without the sign bit are no errors but the method's own numbers. */
static void format_method_result(uint32_t result, char *text)
{
    if (result && result < 0x80000000u && !orbis_result_name(ORBIS_LAYER_METHOD, result))
        (void)snprintf(text, RESULT_TEXT, "result 0x%X", result);
    else
        orbis_result_format(ORBIS_LAYER_METHOD, result, text, RESULT_TEXT);
}

/* ---- Arguments ---- */

static const char *buffers_text(const struct sceipmi_view *view)
{
    wmem_allocator_t *pool = view->context->pinfo->pool;
    unsigned in = (unsigned)sceipmi_argument(view, "num_in");

    if (view->call.op == SCEIPMI_INVOKE_ASYNC) /* Its outputs are fetched by TryGetResult. */
        return wmem_strdup_printf(pool, "%u in", in);
    return wmem_strdup_printf(pool, "%u in, %u out", in,
                              (unsigned)sceipmi_argument(view, "num_out"));
}

static const char *result_text(const struct sceipmi_view *view, const char *field)
{
    char text[RESULT_TEXT];

    format_method_result((uint32_t)sceipmi_argument(view, field), text);
    return wmem_strdup(view->context->pinfo->pool, text);
}

static const char *queue_text(const struct sceipmi_view *view)
{
    const char *message = sceipmi_app_messaging_text(view);
    wmem_allocator_t *pool = view->context->pinfo->pool;
    unsigned queue = (unsigned)sceipmi_argument(view, "queue");

    if (message)
        return wmem_strdup_printf(pool, "queue %u, %s", queue, message);
    return wmem_strdup_printf(pool, "queue %u", queue);
}

static const char *event_text(const struct sceipmi_view *view)
{
    return wmem_strdup_printf(view->context->pinfo->pool, "flag %u, pattern 0x%" PRIX64,
                              (unsigned)sceipmi_argument(view, "event_flag"),
                              sceipmi_argument(view, "pattern"));
}

static const char *invoke_text(const struct sceipmi_view *view)
{
    const char *request = sceipmi_app_messaging_text(view);

    return request ? request : buffers_text(view);
}

static const char *ticket_text(const struct sceipmi_view *view)
{
    return wmem_strdup_printf(view->context->pinfo->pool, "ticket %u",
                              (unsigned)sceipmi_argument(view, "ticket"));
}

static const char *argument_text(const struct sceipmi_view *view)
{
    if (!view->has_block)
        return "";
    switch (view->call.op) {
    case SCEIPMI_CREATE_SERVER:
    case SCEIPMI_CREATE_CLIENT:
        return view->memo->service
                   ? wmem_strdup_printf(view->context->pinfo->pool, "\"%s\"", view->memo->service)
                   : "";
    case SCEIPMI_INVOKE_SYNC:
    case SCEIPMI_INVOKE_ASYNC:
        return invoke_text(view);
    case SCEIPMI_RESPOND_SYNC:
        return result_text(view, "result");
    case SCEIPMI_RESPOND_ASYNC:
        return wmem_strdup_printf(view->context->pinfo->pool, "%s, %s", ticket_text(view),
                                  result_text(view, "result"));
    case SCEIPMI_TRY_GET_RESULT:
        return ticket_text(view);
    case SCEIPMI_SEND_CONNECT_RESULT:
        return result_text(view, "status");
    case SCEIPMI_GET_MESSAGE:
    case SCEIPMI_TRY_GET_MESSAGE:
    case SCEIPMI_SEND_MESSAGE:
    case SCEIPMI_TRY_SEND_MESSAGE:
    case SCEIPMI_EMPTY_MESSAGE_QUEUE:
        return queue_text(view);
    case SCEIPMI_WAIT_EVENT_FLAG:
    case SCEIPMI_POLL_EVENT_FLAG:
    case SCEIPMI_SET_EVENT_FLAG:
        return event_text(view);
    default:
        return "";
    }
}

/** "InvokeSyncMethod SendMsg", "Connect". */
static void add_call_name(const struct sceipmi_view *view)
{
    const char *method = sceipmi_method_text(view);

    plugin_info(view->context->pinfo, "%s", sceipmi_operation_text(view));
    if (method)
        plugin_info(view->context->pinfo, " %s", method);
}

static void add_request_info(const struct sceipmi_view *view)
{
    packet_info *pinfo = view->context->pinfo;
    bool creates = sceipmi_is_create(view->call.op);

    if (!creates && view->memo->service)
        plugin_info(pinfo, "%s ", view->memo->service);
    else if (!creates && view->call.kid)
        plugin_info(pinfo, "unknown kid 0x%X ", view->call.kid);
    add_call_name(view);
    plugin_info(pinfo, "(%s)", argument_text(view));
}

/* ---- Results ---- */

/** The third layer: the method's result or a connection's status; 0 if there is none. */
static uint32_t method_result(const struct sceipmi_view *view)
{
    uint64_t result = 0;

    if (!sceipmi_scalar(view, IPCTAP_SCALAR_RESULT, &result))
        (void)sceipmi_scalar(view, IPCTAP_SCALAR_STATUS, &result);
    return (uint32_t)result;
}

static bool is_error(uint32_t result)
{
    return result >= 0x80000000u || orbis_result_name(ORBIS_LAYER_METHOD, result);
}

/** Whether the call failed, in whichever of the three layers; then `text` says how. */
static bool has_failed(const struct sceipmi_view *view, char *text)
{
    const struct sceipmi_call *call = &view->call;
    bool is_kid = sceipmi_is_create(call->op) && call->out < 0x80000000u;
    uint32_t result = method_result(view);

    if (call->valid & SCEIPMI_CARRY)
        orbis_result_format(ORBIS_LAYER_ERRNO, (uint32_t)call->rax, text, RESULT_TEXT);
    else if ((call->valid & SCEIPMI_OUT_VALID) && call->out && !is_kid)
        orbis_result_format(ORBIS_LAYER_MANAGER, call->out, text, RESULT_TEXT);
    else if (result && is_error(result))
        orbis_result_format(ORBIS_LAYER_METHOD, result, text, RESULT_TEXT);
    else
        return false;
    return true;
}

/** "connect of pid 87", "SendMsg(app 0x60000002, …)", "0x10001(1 in, 1 out)". */
static void add_packet(const struct sceipmi_view *view)
{
    const struct record_section *section = &view->packet_section;
    const struct sceipmi_packet *packet = &view->packet;
    const char *method = sceipmi_method_text(view);
    const char *request = sceipmi_app_messaging_text(view);
    packet_info *pinfo = view->context->pinfo;

    if (packet->layout == sceipmi_connect_packet())
        plugin_info(pinfo, ", connect of pid %u",
                    (unsigned)sceipmi_get(packet->layout, "pid", section->view.bytes,
                                          section->view.captured_size));
    else if (!method)
        plugin_info(pinfo, ", packet type 0x%X", packet->type);
    else if (request)
        plugin_info(pinfo, ", %s(%s)", method, request);
    else
        plugin_info(pinfo, ", %s(%u in, %u out)", method, packet->in_count, packet->out_count);
}

static void add_message(const struct sceipmi_view *view)
{
    const char *text = sceipmi_app_messaging_text(view);
    struct record_section section;

    if (text)
        plugin_info(view->context->pinfo, ", %s", text);
    else if (sceipmi_message(view, &section))
        plugin_info(view->context->pinfo, ", %u bytes", section.view.captured_size);
}

static void add_scalars(const struct sceipmi_view *view)
{
    packet_info *pinfo = view->context->pinfo;
    uint64_t value;

    if (sceipmi_scalar(view, IPCTAP_SCALAR_TICKET, &value))
        plugin_info(pinfo, ", ticket %" PRIu64, value);
    if (sceipmi_scalar(view, IPCTAP_SCALAR_PATTERN, &value))
        plugin_info(pinfo, ", pattern 0x%" PRIX64, value);
    if (sceipmi_scalar(view, IPCTAP_SCALAR_VALUE, &value) &&
        view->call.op != SCEIPMI_SERVER_RECEIVE_PACKET) /* Nobody knows what it says there. */
        plugin_info(pinfo, ", value 0x%" PRIX64, value);
}

/** What a successful call brought back. */
static void add_outcome(const struct sceipmi_view *view)
{
    packet_info *pinfo = view->context->pinfo;
    struct record_section name;

    if (sceipmi_is_create(view->call.op))
        plugin_info(pinfo, ", kid 0x%X", view->call.out);
    else if (record_section(view->context, IPCTAP_IPMI_NAME, 0, &name) && view->memo->service)
        plugin_info(pinfo, ", \"%s\"", view->memo->service);
    if (view->has_packet)
        add_packet(view);
    else
        add_message(view);
    add_scalars(view);
}

/** Of a call that a client made the method says more; it is shown with a server's too otherwise. */
static const char *call_text(const struct sceipmi_view *view)
{
    bool by_client = view->operation && view->operation->object == SCEIPMI_CLIENT;
    const char *method = by_client ? sceipmi_method_text(view) : NULL;

    return method ? method : sceipmi_operation_text(view);
}

static void add_reply_info(const struct sceipmi_view *view)
{
    packet_info *pinfo = view->context->pinfo;
    char text[RESULT_TEXT];

    plugin_info(pinfo, PLUGIN_ARROW " %s:", call_text(view));
    if (has_failed(view, text)) {
        plugin_info(pinfo, " %s", text);
        plugin_add_generated_string(view->tree, sceipmi_field_number.error, view->tvb, text);
    } else if (view->call.valid & (SCEIPMI_RAX_VALID | SCEIPMI_OUT_VALID)) {
        format_method_result(method_result(view), text);
        plugin_info(pinfo, " %s", text);
        add_outcome(view);
    } else {
        plugin_info(pinfo, " no result captured");
    }
}

void sceipmi_fill_tap(const struct sceipmi_view *view)
{
    struct tap_call *tap = tap_of(view->context);
    char text[RESULT_TEXT];

    if (!tap)
        return;
    tap->service = view->memo->service;
    tap->command = call_text(view);
    if (!call_is_exit(view->context))
        return;
    tap->is_error = has_failed(view, text);
    if (!tap->is_error)
        format_method_result(method_result(view), text);
    tap->result = wmem_strdup(view->context->pinfo->pool, text);
}

void sceipmi_add_info(const struct sceipmi_view *view)
{
    if (call_is_exit(view->context))
        add_reply_info(view);
    else
        add_request_info(view);
}
