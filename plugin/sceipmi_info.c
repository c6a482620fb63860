/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sceipmi_info.c
 * A manager call in one line: "SceAppMessaging InvokeSyncMethod SendMsg(app 0x60000002, …)",
 * "→ SendMsg: ok".
 */
#include "sceipmi_internal.h"
#include "tap.h"

#include <ipcshark/names.h>

const char *sceipmi_operation_text(const struct sceipmi_view *view)
{
    const char *function;

    if (view->operation)
        return view->operation->name;
    function = record_text(view->context, IPCTAP_FUNCTION, 0);
    if (function)
        return function;
    return wmem_strdup_printf(view->context->pinfo->pool, "0x%03X", view->call.op);
}

const char *sceipmi_method_text(const struct sceipmi_view *view)
{
    const struct known_command *method = view->memo.method;

    if (!method)
        return NULL;
    return method->name ? method->name
                        : wmem_strdup_printf(view->context->pinfo->pool, "0x%X", method->id);
}

/** Results without the sign bit are no errors but the method's own numbers. */
static void add_method_result(struct text *text, uint32_t result)
{
    if (result && result < 0x80000000u && !orbis_result_name(ORBIS_LAYER_METHOD, result)) {
        text_add(text, "result ");
        text_add_upper_hex(text, result);
    } else {
        appmsg_add_result(text, ORBIS_LAYER_METHOD, result);
    }
}

/* ---- Arguments ---- */

static void info_number(const struct sceipmi_view *view, const char *before, const char *field)
{
    text_add(view->context->info, before);
    text_add_unsigned(view->context->info, (uint32_t)sceipmi_argument(view, field));
}

/** Of an asynchronous call the outputs are fetched by TryGetResult. */
static void info_buffers(const struct sceipmi_view *view)
{
    info_number(view, "", "num_in");
    text_add(view->context->info, " in");
    if (view->call.op == SCEIPMI_INVOKE_ASYNC)
        return;
    info_number(view, ", ", "num_out");
    text_add(view->context->info, " out");
}

static void info_result(const struct sceipmi_view *view, const char *field)
{
    add_method_result(view->context->info, (uint32_t)sceipmi_argument(view, field));
}

static void info_queue(const struct sceipmi_view *view)
{
    info_number(view, "queue ", "queue");
    sceipmi_info_app_messaging(view, ", ");
}

static void info_event(const struct sceipmi_view *view)
{
    info_number(view, "flag ", "event_flag");
    text_add(view->context->info, ", pattern ");
    text_add_upper_hex(view->context->info, sceipmi_argument(view, "pattern"));
}

static void info_invoke(const struct sceipmi_view *view)
{
    if (!sceipmi_info_app_messaging(view, ""))
        info_buffers(view);
}

static void info_arguments(const struct sceipmi_view *view)
{
    switch (view->call.op) {
    case SCEIPMI_CREATE_SERVER:
    case SCEIPMI_CREATE_CLIENT:
        if (view->memo.service)
            text_add_format(view->context->info, "\"%s\"", view->memo.service);
        break;
    case SCEIPMI_INVOKE_SYNC:
    case SCEIPMI_INVOKE_ASYNC:
        info_invoke(view);
        break;
    case SCEIPMI_RESPOND_SYNC:
        info_result(view, "result");
        break;
    case SCEIPMI_RESPOND_ASYNC:
        info_number(view, "ticket ", "ticket");
        text_add(view->context->info, ", ");
        info_result(view, "result");
        break;
    case SCEIPMI_TRY_GET_RESULT:
        info_number(view, "ticket ", "ticket");
        break;
    case SCEIPMI_SEND_CONNECT_RESULT:
        info_result(view, "status");
        break;
    case SCEIPMI_GET_MESSAGE:
    case SCEIPMI_TRY_GET_MESSAGE:
    case SCEIPMI_SEND_MESSAGE:
    case SCEIPMI_TRY_SEND_MESSAGE:
    case SCEIPMI_EMPTY_MESSAGE_QUEUE:
        info_queue(view);
        break;
    case SCEIPMI_WAIT_EVENT_FLAG:
    case SCEIPMI_POLL_EVENT_FLAG:
    case SCEIPMI_SET_EVENT_FLAG:
        info_event(view);
        break;
    default:
        break;
    }
}

static void info_target(const struct sceipmi_view *view)
{
    struct text *info = view->context->info;

    if (sceipmi_is_create(view->call.op))
        return;
    if (view->memo.service) {
        text_add(info, view->memo.service);
        text_add(info, " ");
    } else if (view->call.kid) {
        text_add_format(info, "unknown kid 0x%X ", view->call.kid);
    }
}

static void info_request(const struct sceipmi_view *view)
{
    struct text *info = view->context->info;
    const char *method = sceipmi_method_text(view);

    info_target(view);
    text_add(info, sceipmi_operation_text(view));
    if (method) {
        text_add(info, " ");
        text_add(info, method);
    }
    text_add(info, "(");
    if (view->has_block)
        info_arguments(view);
    text_add(info, ")");
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

/** Whether the call failed, in whichever of the three layers; then adds how. */
static bool add_failure(const struct sceipmi_view *view, struct text *text)
{
    const struct sceipmi_call *call = &view->call;
    bool is_kid = sceipmi_is_create(call->op) && call->out < 0x80000000u;
    uint32_t result = method_result(view);

    if (call->valid & SCEIPMI_CARRY)
        appmsg_add_result(text, ORBIS_LAYER_ERRNO, (uint32_t)call->rax);
    else if ((call->valid & SCEIPMI_OUT_VALID) && call->out && !is_kid)
        appmsg_add_result(text, ORBIS_LAYER_MANAGER, call->out);
    else if (result && is_error(result))
        appmsg_add_result(text, ORBIS_LAYER_METHOD, result);
    else
        return false;
    return true;
}

/** The process at the other end, if it is known. */
static void info_end(const struct sceipmi_view *view, const char *before)
{
    const struct sceipmi_kid *other = sceipmi_other_end(view);

    if (!other)
        return;
    text_add(view->context->info, before);
    text_add(view->context->info, other->process);
}

static void info_connect(const struct sceipmi_view *view)
{
    const struct record_section *section = &view->packet_section;
    const struct sceipmi_kid *client = sceipmi_other_end(view);
    struct text *info = view->context->info;

    text_add(info, ", connect of ");
    if (client) {
        text_add(info, client->process);
        return;
    }
    text_add(info, "pid ");
    text_add_unsigned(info, (uint32_t)sceipmi_get(view->packet.layout, "pid", section->view.bytes,
                                                  section->view.captured_size));
}

/** "connect of pid 87", "SendMsg(app 0x60000002, …)", "0x10001(1 in, 1 out)". */
static void info_packet(const struct sceipmi_view *view)
{
    const struct sceipmi_packet *packet = &view->packet;
    const char *method = sceipmi_method_text(view);
    struct text *info = view->context->info;

    if (packet->layout == sceipmi_connect_packet()) {
        info_connect(view);
    } else if (!method) {
        text_add(info, ", packet type ");
        text_add_upper_hex(info, packet->type);
    } else {
        text_add(info, ", ");
        text_add(info, method);
        if (!sceipmi_info_app_messaging(view, "("))
            text_add_format(info, "(%u in, %u out", packet->in_count, packet->out_count);
        text_add(info, ")");
        info_end(view, " from ");
    }
}

static void info_message(const struct sceipmi_view *view)
{
    struct record_section section;

    if (sceipmi_info_app_messaging(view, ", ") || !sceipmi_message(view, &section))
        return;
    text_add(view->context->info, ", ");
    text_add_unsigned(view->context->info, section.view.captured_size);
    text_add(view->context->info, " bytes");
}

static void info_scalars(const struct sceipmi_view *view)
{
    struct text *info = view->context->info;
    uint64_t value;

    if (sceipmi_scalar(view, IPCTAP_SCALAR_TICKET, &value)) {
        text_add(info, ", ticket ");
        text_add_unsigned(info, value);
    }
    if (sceipmi_scalar(view, IPCTAP_SCALAR_PATTERN, &value)) {
        text_add(info, ", pattern ");
        text_add_upper_hex(info, value);
    }
    if (sceipmi_scalar(view, IPCTAP_SCALAR_VALUE, &value) &&
        view->call.op != SCEIPMI_SERVER_RECEIVE_PACKET) { /* Nobody knows what it says there. */
        text_add(info, ", value ");
        if (view->call.op == SCEIPMI_SESSION_GET_CLIENT_APP_ID)
            appmsg_add_app_text(view->context, (uint32_t)value);
        else
            text_add_upper_hex(info, value);
    }
}

/** What a successful call brought back. */
static void info_outcome(const struct sceipmi_view *view)
{
    struct text *info = view->context->info;
    struct record_section name;

    if (sceipmi_is_create(view->call.op)) {
        text_add(info, ", kid ");
        text_add_upper_hex(info, view->call.out);
        info_end(view, " with ");
    } else if (record_section(view->context, IPCTAP_IPMI_NAME, 0, &name) && view->memo.service) {
        text_add_format(info, ", \"%s\"", view->memo.service);
    }
    if (view->has_packet)
        info_packet(view);
    else
        info_message(view);
    info_scalars(view);
}

/** Of a call that a client made the method says more; it is shown with a server's too otherwise. */
static const char *call_text(const struct sceipmi_view *view)
{
    bool by_client = view->operation && view->operation->object == SCEIPMI_CLIENT;
    const char *method = by_client ? sceipmi_method_text(view) : NULL;

    return method ? method : sceipmi_operation_text(view);
}

static void info_reply(const struct sceipmi_view *view)
{
    struct text *info = view->context->info;

    text_add(info, PLUGIN_ARROW " ");
    text_add(info, call_text(view));
    text_add(info, ": ");
    if (add_failure(view, info))
        return;
    if (view->call.valid & (SCEIPMI_RAX_VALID | SCEIPMI_OUT_VALID)) {
        add_method_result(info, method_result(view));
        info_outcome(view);
    } else {
        text_add(info, "no result captured");
    }
}

PLUGIN_APART void sceipmi_add_info(const struct sceipmi_view *view)
{
    if (call_is_exit(view->context))
        info_reply(view);
    else
        info_request(view);
}

/* ---- The result elsewhere ---- */

void sceipmi_add_error(const struct sceipmi_view *view)
{
    struct text text;

    text_begin(&text);
    if (call_is_exit(view->context) && add_failure(view, &text))
        plugin_add_generated_string(view->tree, sceipmi_field_number.error, view->tvb,
                                    text_end(&text));
}

const char *sceipmi_result_text(const struct sceipmi_view *view)
{
    struct text text;

    if (!call_is_exit(view->context))
        return NULL;
    text_begin(&text);
    if (!add_failure(view, &text))
        add_method_result(&text, method_result(view));
    return text_copy(&text, view->context->pinfo->pool);
}

PLUGIN_APART void sceipmi_fill_tap(const struct sceipmi_view *view)
{
    struct tap_call *tap = tap_of(view->context);
    struct text text;

    if (!tap)
        return;
    tap->service = view->memo.service;
    tap->command = call_text(view);
    tap->result = sceipmi_result_text(view);
    text_begin(&text);
    tap->is_error = tap->result && add_failure(view, &text);
}
