/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file horizon.c The dissector of records of kind 1: a HIPC message and what is on it. */
#include "horizon.h"
#include "kinds.h"
#include "tap.h"

#include <string.h>

static int hf_service = -1;
static int hf_result = -1;
static int hf_result_text = -1;
static int hf_opened_in = -1;
static int hf_closed_in = -1;
static int hf_domain_opened_in = -1;
static int hf_domain_closed_in = -1;

static int proto_hipc = -1;
static int proto_cmif = -1;
static int proto_htipc = -1;
static dissector_handle_t cmif_handle, htipc_handle;
static bool is_cmif_enabled, is_htipc_enabled;

/* ReplyAndReceive is entered with a reply and returns with a request. */
static bool is_carried(const struct call_context *context)
{
    return context->header->kind == IPCTAP_KERNEL_CALL;
}

uint32_t horizon_handle(const struct horizon_message *message)
{
    const struct call_context *context = message->context;

    return is_carried(context) ? kernel_call_session(context) : context->header->object;
}

static void find_side(struct horizon_message *message)
{
    const struct call_context *context = message->context;
    bool is_carried_enter = is_carried(context) && call_is_enter(context);

    message->is_server = call_is_server(context) || is_carried(context);
    message->is_prepared = is_carried_enter && !horizon_handle(message);
}

static void find_bytes(struct horizon_message *message)
{
    struct record_section section;

    if (!record_section(message->context, IPCTAP_MESSAGE, 0, &section)) {
        message->is_fragment = true;
        if (!record_section(message->context, IPCTAP_FRAGMENT, 0, &section))
            return;
    }
    message->tvb = section.tvb;
    message->bytes = section.view.bytes;
    message->length = section.view.captured_size;
}

static enum hipc_direction direction_of(const struct call_context *context)
{
    if (is_carried(context))
        return call_is_enter(context) ? HIPC_REPLY : HIPC_REQUEST;
    if (call_is_enter(context))
        return HIPC_REQUEST;
    return call_is_exit(context) ? HIPC_REPLY : HIPC_DIRECTION_UNKNOWN;
}

/* Within ReplyAndReceive a reply belongs to the session's last request, not to the kernel call's.
 */
static const struct record_memo *find_request(const struct horizon_message *message)
{
    const struct call_context *context = message->context;
    const struct session *session;

    if (message->direction != HIPC_REPLY)
        return NULL;
    if (!is_carried(context))
        return (const struct record_memo *)call_request(context);
    if (!context->first_pass)
        return message->memo.answers;
    session = session_find(context, kernel_call_session(context));
    return session ? session->served : NULL;
}

static void find_memo(struct horizon_message *message)
{
    const struct call_context *context = message->context;
    const struct record_memo *request;

    horizon_memo_load(&message->memo, context->memo, context->target);
    request = find_request(message);
    message->request = NULL;
    if (is_carried(context))
        message->memo.answers = request;
    if (!request)
        return;
    horizon_memo_load(&message->asked, request, request->target);
    message->request = &message->asked;
}

/* Before the bytes are read: whether they are a domain's is known from the session alone. */
static void find_domain(struct horizon_message *message)
{
    const struct call_context *context = message->context;
    const struct session *session = NULL;

    if (!context->first_pass)
        return;
    if (horizon_handle(message))
        session = session_find_same(context, horizon_handle(message));
    message->memo.is_domain = (context->header->flags & IPCTAP_DOMAIN) ||
                              (session && session->is_domain);
}

static void track(struct horizon_message *message)
{
    if (!message->context->first_pass)
        return;
    if (!message->is_prepared && horizon_is_reply(message))
        horizon_track_reply(message);
    else if (!message->is_prepared)
        horizon_track_request(message);
    horizon_memo_keep(message);
}

bool horizon_result(const struct horizon_message *message, uint32_t *result)
{
    const struct ipctap_header *header = message->context->header;
    bool has_kernel_result = (header->flags & IPCTAP_RESULT) != 0;

    if (has_kernel_result && header->result && !is_carried(message->context)) {
        *result = header->result;
        return true;
    }
    if (message->tvb && message->memo.protocol == HORIZON_TIPC && message->tipc.has_result) {
        *result = message->tipc.result;
        return true;
    }
    if (message->tvb && message->memo.protocol == HORIZON_CMIF && message->cmif.is_reply &&
        message->cmif.has_header) {
        *result = message->cmif.result;
        return true;
    }
    *result = 0;
    return has_kernel_result;
}

/* ---- Generated fields ---- */

static void add_frame(const struct horizon_message *message, proto_tree *tree, int hf,
                      uint32_t frame)
{
    if (frame)
        proto_item_set_generated(proto_tree_add_uint(tree, hf, message->context->tvb, 0, 0, frame));
}

static void add_result(const struct horizon_message *message, proto_tree *tree)
{
    const struct call_context *context = message->context;
    const char *text;
    uint32_t result;

    if (!horizon_is_reply(message) || message->is_prepared || !horizon_result(message, &result))
        return;
    text = call_result_text(context, result);
    context->names->result = text;
    proto_item_append_text(plugin_add_generated_uint(tree, hf_result, context->tvb, result),
                           " (%s)", text);
    plugin_add_generated_string(tree, hf_result_text, context->tvb, text);
}

static void add_generated(const struct horizon_message *message, proto_tree *tree)
{
    const struct horizon_memo *memo = &message->memo;

    plugin_add_generated_string(tree, hf_service, message->context->tvb, memo->service);
    add_result(message, tree);
    if (memo->session) {
        add_frame(message, tree, hf_opened_in, session_opened_in(memo->session));
        add_frame(message, tree, hf_closed_in, session_closed_in(memo->session));
    }
    if (memo->is_domain && memo->object) {
        add_frame(message, tree, hf_domain_opened_in, memo->object->opened_in);
        add_frame(message, tree, hf_domain_closed_in, memo->object->closed_in);
    }
}

/* ---- Statistics ---- */

static void tap_result(const struct horizon_message *message, struct tap_call *tap)
{
    uint32_t result;

    if (!horizon_is_reply(message) || !horizon_result(message, &result))
        return;
    tap->result = call_result_text(message->context, result);
    tap->is_error = result != 0;
}

static void tap_values(const struct horizon_message *message, struct tap_call *tap)
{
    if (!message->tvb || !message->cmif.has_header)
        return;
    tap->values = message->bytes + message->cmif.data_offset;
    tap->values_size = message->cmif.data_size;
}

static PLUGIN_APART void fill_tap(const struct horizon_message *message)
{
    const struct horizon_memo *memo = &message->memo;
    struct tap_call *tap = tap_of(message->context);

    if (!tap)
        return;
    tap->service = memo->service;
    tap->command = memo->command;
    if (memo->interface_name && !memo->is_control)
        tap->interface_name = horizon_short_name(memo->interface_name);
    if (memo->object) {
        tap->object = memo->object;
        tap->file = memo->object->file;
        tap->object_id = memo->object->id;
    }
    tap->message_size = message->hipc.end;
    tap_values(message, tap);
    tap_result(message, tap);
}

/* Anew for each capture: the user may have turned them off. */
static void look_for_disabled(void)
{
    is_cmif_enabled = proto_is_protocol_enabled(find_protocol_by_id(proto_cmif));
    is_htipc_enabled = proto_is_protocol_enabled(find_protocol_by_id(proto_htipc));
}

bool horizon_shows_payload(const struct horizon_message *message)
{
    switch (message->memo.protocol) {
    case HORIZON_CMIF:
        return is_cmif_enabled;
    case HORIZON_TIPC:
        return is_htipc_enabled;
    default:
        return true;
    }
}

static const char *protocol_name(const struct horizon_message *message)
{
    if (message->memo.protocol == HORIZON_NOTHING || !horizon_shows_payload(message))
        return "HIPC";
    return message->memo.protocol == HORIZON_TIPC ? "TIPC" : "CMIF";
}

static int dissect_cmif(tvbuff_t *tvb, packet_info *pinfo _U_, proto_tree *tree _U_, void *data)
{
    cmif_add_tree((const struct horizon_message *)data);
    return (int)tvb_captured_length(tvb);
}

static int dissect_htipc(tvbuff_t *tvb, packet_info *pinfo _U_, proto_tree *tree _U_, void *data)
{
    htipc_add_tree((const struct horizon_message *)data);
    return (int)tvb_captured_length(tvb);
}

/* Called by handle, as "Protocols in frame", Follow in the menus and Enabled Protocols ask for. */
static PLUGIN_APART void add_trees(struct horizon_message *message)
{
    const struct call_context *context = message->context;
    dissector_handle_t inner = NULL;

    add_generated(message, hipc_add_tree(message));
    if (message->memo.protocol == HORIZON_TIPC)
        inner = htipc_handle;
    else if (message->memo.protocol == HORIZON_CMIF)
        inner = cmif_handle;
    if (inner)
        call_dissector_only(inner, context->tvb, message->pinfo, message->top, message);
}

static void add_layers(const struct horizon_message *message)
{
    plugin_add_layer(message->context, proto_hipc);
    if (message->memo.protocol != HORIZON_NOTHING && horizon_shows_payload(message))
        plugin_add_layer(message->context,
                         message->memo.protocol == HORIZON_TIPC ? proto_htipc : proto_cmif);
}

/* The views are large, and decoders write all of theirs that counts: only what no decoder may have
 * written is cleared. */
static void begin(struct horizon_message *message, const struct call_context *context,
                  proto_tree *top)
{
    static const struct cmif_message no_cmif;
    static const struct htipc_message no_tipc;

    message->context = context;
    message->pinfo = context->pinfo;
    message->top = top;
    message->tvb = NULL;
    message->bytes = NULL;
    message->length = 0;
    message->is_fragment = false;
    message->direction = direction_of(context);
    message->cmif = no_cmif;
    message->tipc = no_tipc;
    findings_begin(&message->hipc_findings);
    findings_begin(&message->findings);
    find_side(message);
    find_bytes(message);
    if (!message->tvb || message->is_fragment)
        memset(&message->hipc, 0, sizeof message->hipc);
}

/* What goes to a session itself and not to its object. */
#define CONTROL_INTERFACE "IHipcManager"

/* TIPC has no interfaces. */
static const char *called_interface(const struct horizon_memo *memo)
{
    if (memo->is_control)
        return CONTROL_INTERFACE;
    if (memo->interface_name)
        return horizon_short_name(memo->interface_name);
    return memo->protocol == HORIZON_TIPC ? memo->service : NULL;
}

static const char *called_object(const struct horizon_memo *memo)
{
    if (memo->interface_name || (memo->is_domain && !memo->is_control))
        return memo->object_path;
    return memo->service;
}

static void fill_names(const struct horizon_message *message)
{
    struct call_names *names = message->context->names;
    const struct horizon_memo *memo = &message->memo;

    if (message->is_prepared)
        return;
    names->service = memo->service;
    names->interface_name = called_interface(memo);
    names->command = memo->command;
    names->object = called_object(memo);
    names->file = memo->object ? memo->object->file : NULL;
}

static int dissect_horizon(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    struct horizon_message message;

    if (!data)
        return 0;
    begin(&message, (const struct call_context *)data, tree);
    find_memo(&message);
    find_domain(&message);
    if (message.tvb)
        horizon_decode(&message);
    track(&message);
    if (pinfo->cinfo)
        plugin_set_protocol(pinfo, protocol_name(&message));
    if (message.context->info)
        horizon_info(&message);
    if (message.context->wants_trees) {
        fill_names(&message);
        horizon_check_arguments(&message);
        add_trees(&message);
    } else {
        add_layers(&message);
    }
    if (message.context->tap)
        fill_tap(&message);
    return (int)tvb_captured_length(tvb);
}

static hf_register_info fields[] = {
    {&hf_service,
     {"Service", "hipc.service", FT_STRING, BASE_NONE, NULL, 0,
      "The service or port that the session was opened to", HFILL}},
    {&hf_result,
     {"Result", "hipc.result", FT_UINT32, BASE_HEX, NULL, 0,
      "What the caller gets: the kernel's result if that is an error, else the service's", HFILL}},
    {&hf_result_text,
     {"Result in words", "hipc.result_text", FT_STRING, BASE_NONE, NULL, 0,
      "Module, name and number: \"fs PathNotFound (2002-0001)\"", HFILL}},
    {&hf_opened_in,
     {"Session opened in", "hipc.session_opened_in", FT_FRAMENUM, BASE_NONE, NULL, 0, NULL, HFILL}},
    {&hf_closed_in,
     {"Session closed in", "hipc.session_closed_in", FT_FRAMENUM, BASE_NONE, NULL, 0, NULL, HFILL}},
};

static hf_register_info object_fields[] = {
    {&hf_domain_opened_in,
     {"Object opened in", "cmif.object_opened_in", FT_FRAMENUM, BASE_NONE, NULL, 0, NULL, HFILL}},
    {&hf_domain_closed_in,
     {"Object closed in", "cmif.object_closed_in", FT_FRAMENUM, BASE_NONE, NULL, 0, NULL, HFILL}},
};

void horizon_register(void)
{
    hipc_register();
    proto_hipc = proto_get_id_by_filter_name("hipc");
    proto_register_field_array(proto_hipc, fields, array_length(fields));
    findings_register(proto_hipc);
    cmif_register();
    proto_cmif = proto_get_id_by_filter_name("cmif");
    horizon_arguments_register();
    proto_register_field_array(proto_cmif, object_fields, array_length(object_fields));
    findings_register(proto_cmif);
    htipc_register();
    proto_htipc = proto_get_id_by_filter_name("htipc");
    findings_register(proto_htipc);
    register_dissector("hipc", dissect_horizon, proto_hipc);
    register_init_routine(look_for_disabled);
}

void horizon_handoff(void)
{
    kinds_add(IPCTAP_HIPC_MESSAGE, dissect_horizon, proto_hipc);
    cmif_handle = create_dissector_handle(dissect_cmif, proto_cmif);
    htipc_handle = create_dissector_handle(dissect_htipc, proto_htipc);
}
