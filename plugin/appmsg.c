/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file appmsg.c
 * App Messaging of the PlayStation 4: records of the library's eight functions. Requests and
 * messages inside IPMI come from the IPMI dissector (appmsg_message.c).
 */
#include "appmsg_internal.h"
#include "kinds.h"
#include "tap.h"

#include <string.h>

static int proto_appmsg = -1;
static int preferred_family = APPMSG_FAMILY_SONY;

/** Offsets in the APPMSG_CALL section (docs/capture-format.md, section 3). */
enum call_offset {
    FUNCTION_OFFSET = 0,
    RETURN_OFFSET = 4,
    APP_ID_OFFSET = 8,
    TYPE_OFFSET = 12,
    FLAGS_OFFSET = 16,
    CLEAR_OFFSET = 20,
    SIZE_OFFSET = 24,
    BITS_OFFSET = 32,
    PATTERN_OFFSET = 40,
    TIMESTAMP_OFFSET = 48,
    VALID_OFFSET = 56,
};

#define MAX_NAMED_BITS 4 /**< In the Info column. */

/** One library call on its way through. */
struct library_call {
    const struct call_context *context;
    proto_tree *top;
    proto_tree *tree;
    tvbuff_t *tvb;
    struct appmsg_call call;
    const struct appmsg_clock *clock;
};

enum appmsg_family appmsg_preferred_family(void)
{
    return (enum appmsg_family)preferred_family;
}

void appmsg_note_protocol(const struct call_context *context)
{
    plugin_set_protocol(context->pinfo, APPMSG_PROTOCOL);
    plugin_add_layer(context, proto_appmsg);
}

proto_tree *appmsg_add_protocol(const struct call_context *context, proto_tree *top, tvbuff_t *tvb)
{
    if (!context->wants_trees)
        return NULL;
    return proto_item_add_subtree(proto_tree_add_item(top, proto_appmsg, tvb, 0, -1, ENC_NA),
                                  appmsg_subtree.protocol);
}

static bool sends(uint32_t function)
{
    return function >= APPMSG_SEND_MSG && function <= APPMSG_SEND_MSG_TO_SHELL_UI;
}

static bool receives(uint32_t function)
{
    return function == APPMSG_RECEIVE_MSG || function == APPMSG_TRY_RECEIVE_MSG;
}

/* ---- Tree ---- */

static void add_function(const struct library_call *view)
{
    const char *name = appmsg_function_name(view->call.function);
    proto_item *item = proto_tree_add_uint(view->tree, appmsg_field.function, view->tvb,
                                           FUNCTION_OFFSET, 4, view->call.function);

    proto_item_append_text(item, " (%s)", name ? name : "unknown");
}

static void add_return_value(const struct library_call *view)
{
    uint32_t value = (uint32_t)view->call.return_value;
    proto_item *item;
    char text[160];

    if (!(view->call.valid & APPMSG_RETURN_VALID))
        return;
    orbis_result_format(ORBIS_LAYER_METHOD, value, text, sizeof text);
    item = proto_tree_add_uint(view->tree, appmsg_field.return_value, view->tvb, RETURN_OFFSET, 4,
                               value);
    if (plugin_result_meaning(text))
        proto_item_append_text(item, " (%s)", plugin_result_meaning(text));
    plugin_add_generated_string(view->tree, appmsg_field.return_name, view->tvb,
                                plugin_result_meaning(text));
}

/** Arguments that the function has; the others' fields are zeros without a meaning. */
static void add_message_arguments(const struct library_call *view)
{
    const struct appmsg_call *call = &view->call;
    int app = receives(call->function) ? appmsg_field.sender : appmsg_field.destination;

    if (receives(call->function) && !call_is_exit(view->context))
        return;
    if (call->function == APPMSG_SEND_MSG || receives(call->function))
        appmsg_add_app(view->context, view->tree, app, view->tvb, APP_ID_OFFSET, call->app_id);
    appmsg_add_type(view->tree, view->tvb, TYPE_OFFSET, call->message_type);
    if (sends(call->function))
        appmsg_add_flags(view->tree, view->tvb, FLAGS_OFFSET, call->flags);
    proto_tree_add_uint64(view->tree, appmsg_field.payload_size, view->tvb, SIZE_OFFSET, 8,
                          call->payload_size);
    if (call->valid & APPMSG_TIMESTAMP_VALID)
        appmsg_add_timestamp(view->tree, view->tvb, TIMESTAMP_OFFSET, call->timestamp, view->clock);
}

static void add_event_arguments(const struct library_call *view)
{
    const struct appmsg_call *call = &view->call;

    if (call->function != APPMSG_TRY_GET_EVENT_FLAG)
        appmsg_add_app(view->context, view->tree, appmsg_field.destination, view->tvb,
                       APP_ID_OFFSET, call->app_id);
    else
        proto_tree_add_uint(view->tree, appmsg_field.clear, view->tvb, CLEAR_OFFSET, 4,
                            call->clear);
    appmsg_add_events(view->tree, view->tvb, appmsg_field.bits, BITS_OFFSET, call->bits);
    if (call->valid & APPMSG_PATTERN_VALID)
        appmsg_add_events(view->tree, view->tvb, appmsg_field.pattern, PATTERN_OFFSET,
                          call->pattern);
}

static void add_valid(const struct library_call *view)
{
    static int *const bits[] = {&appmsg_field.valid_return, &appmsg_field.valid_pattern,
                                &appmsg_field.valid_timestamp, NULL};

    proto_tree_add_bitmask_value(view->tree, view->tvb, VALID_OFFSET, appmsg_field.valid,
                                 appmsg_subtree.valid, bits, view->call.valid);
}

static void add_buffers(const struct library_call *view)
{
    struct record_section section;

    if (view->context->wants_trees &&
        record_section(view->context, IPCTAP_APPMSG_PAYLOAD, 0, &section))
        appmsg_add_payload(view->context, view->tree, section.tvb, view->call.message_type);
    if (record_section(view->context, IPCTAP_APPMSG_MESSAGE, 0, &section))
        appmsg_add_message(view->context, view->top, section.tvb, view->clock);
}

static void add_call(const struct library_call *view)
{
    bool is_unknown = !appmsg_function_name(view->call.function);
    bool is_message = sends(view->call.function) || receives(view->call.function);

    add_function(view);
    add_return_value(view);
    if (is_message || is_unknown)
        add_message_arguments(view);
    if (!is_message)
        add_event_arguments(view);
    add_valid(view);
}

/* ---- Info column ---- */

/** "sceAppMessagingSendMsg" without what all names begin with. */
static const char *short_name(const struct library_call *view)
{
    static const char prefix[] = "sceAppMessaging";
    const char *name = appmsg_function_name(view->call.function);

    if (!name)
        return wmem_strdup_printf(view->context->pinfo->pool, "function %u", view->call.function);
    return g_str_has_prefix(name, prefix) ? name + sizeof prefix - 1 : name;
}

static int count_bits(uint64_t bits)
{
    int count = 0;

    for (; bits; bits &= bits - 1)
        count++;
    return count;
}

/** "A|B": adds the names of bits, highest first, and returns those that have none. */
static uint64_t add_event_names(struct text *text, uint64_t bits)
{
    size_t start = text->length;
    uint64_t nameless = 0;

    for (unsigned int bit = 64; bits && bit-- > 0;) {
        uint64_t mask = UINT64_C(1) << bit;
        const char *name = bits & mask ? appmsg_event_name(bit) : NULL;

        nameless |= name ? 0 : bits & mask;
        bits &= ~mask;
        if (name && text->length > start)
            text_add(text, "|");
        text_add(text, name);
    }
    return nameless;
}

/** Names as long as they are few; the tree has all of them. */
static void add_events_text(struct text *text, uint64_t bits)
{
    size_t start = text->length;

    if (count_bits(bits) <= MAX_NAMED_BITS)
        bits = add_event_names(text, bits);
    if (!bits && text->length > start)
        return;
    if (text->length > start)
        text_add(text, "|");
    text_add_upper_hex(text, bits);
}

static void info_message(const struct library_call *view)
{
    struct text *info = view->context->info;
    struct record_section payload = {0};

    text_add(info, "type ");
    appmsg_add_type_text(info, view->call.message_type);
    text_add(info, ", ");
    record_section(view->context, IPCTAP_APPMSG_PAYLOAD, 0, &payload);
    plugin_info_contents(view->context, payload.view.bytes, payload.view.captured_size,
                         view->call.payload_size);
}

static void info_app(const struct library_call *view, const char *before)
{
    text_add(view->context->info, before);
    appmsg_add_app_text(view->context, view->call.app_id);
    text_add(view->context->info, ", ");
}

static void info_arguments(const struct library_call *view)
{
    switch (view->call.function) {
    case APPMSG_SEND_MSG:
        info_app(view, "app ");
        info_message(view);
        break;
    case APPMSG_SEND_MSG_TO_SHELL_CORE:
    case APPMSG_SEND_MSG_TO_SHELL_UI:
        info_message(view);
        break;
    case APPMSG_SET_EVENT_FLAG:
    case APPMSG_CLEAR_EVENT_FLAG:
        info_app(view, "app ");
        add_events_text(view->context->info, view->call.bits);
        break;
    case APPMSG_TRY_GET_EVENT_FLAG:
        add_events_text(view->context->info, view->call.bits);
        break;
    default:
        break;
    }
}

static void info_call(const struct library_call *view)
{
    struct text *info = view->context->info;

    text_add(info, APPMSG_SERVICE " ");
    text_add(info, short_name(view));
    text_add(info, "(");
    info_arguments(view);
    text_add(info, ")");
}

static void info_return(const struct library_call *view)
{
    struct text *info = view->context->info;

    text_add(info, PLUGIN_ARROW " ");
    text_add(info, short_name(view));
    text_add(info, ": ");
    if (!(view->call.valid & APPMSG_RETURN_VALID)) {
        text_add(info, "no result captured");
        return;
    }
    appmsg_add_result(info, ORBIS_LAYER_METHOD, (uint32_t)view->call.return_value);
    if (view->call.return_value == 0 && receives(view->call.function)) {
        text_add(info, ", ");
        info_app(view, "from app ");
        info_message(view);
    }
    if (view->call.valid & APPMSG_PATTERN_VALID) {
        text_add(info, ", ");
        add_events_text(info, view->call.pattern);
    }
}

static void add_info(const struct library_call *view)
{
    if (call_is_exit(view->context))
        info_return(view);
    else
        info_call(view);
}

/* ---- Statistics ---- */

static const char *result_text(const struct library_call *view)
{
    struct text text;

    if (!call_is_exit(view->context) || !(view->call.valid & APPMSG_RETURN_VALID))
        return NULL;
    text_begin(&text);
    appmsg_add_result(&text, ORBIS_LAYER_METHOD, (uint32_t)view->call.return_value);
    return text_copy(&text, view->context->pinfo->pool);
}

static void fill_tap(const struct library_call *view)
{
    struct tap_call *tap = tap_of(view->context);

    if (!tap)
        return;
    tap->service = APPMSG_SERVICE;
    tap->command = short_name(view);
    tap->result = result_text(view);
    tap->is_error = tap->result && view->call.return_value != 0;
}

/* ---- Entry ---- */

/** The clocks as the first pass knew them. */
static const struct appmsg_clock *remember_clock(const struct call_context *context)
{
    struct record_memo *memo = context->memo;

    if (context->first_pass) {
        appmsg_learn_app(context);
        memo->detail = (void *)appmsg_clock_of(context);
        call_set_peer(context, APPMSG_SERVICE);
    }
    return memo->detail ? (const struct appmsg_clock *)memo->detail : appmsg_no_clock();
}

static void dissect_call(const struct call_context *context, proto_tree *tree,
                         const struct record_section *section)
{
    struct ipcshark_findings findings;
    struct library_call view = {
        .context = context,
        .top = tree,
        .tree = appmsg_add_protocol(context, tree, section->tvb),
        .tvb = section->tvb,
        .clock = remember_clock(context),
    };

    findings_begin(&findings);
    if (appmsg_call_decode(section->view.bytes, section->view.captured_size, &view.call,
                           &findings)) {
        if (context->wants_trees) {
            *context->names = (struct call_names){
                .service = APPMSG_SERVICE,
                .interface_name = APPMSG_SERVICE,
                .command = short_name(&view),
                .result = result_text(&view),
            };
            add_call(&view);
        }
        if (context->info)
            add_info(&view);
        fill_tap(&view);
    } else {
        plugin_info(context, "(call cut off)");
    }
    if (!context->is_shown)
        return;
    if (context->wants_trees)
        plugin_add_findings(context->pinfo, view.tree, section->tvb, &findings);
    add_buffers(&view);
}

static int dissect_appmsg(tvbuff_t *tvb, packet_info *pinfo _U_, proto_tree *tree, void *data)
{
    const struct call_context *context = (const struct call_context *)data;
    struct record_section section;

    if (!context)
        return 0;
    appmsg_note_protocol(context);
    if (record_section(context, IPCTAP_SECTION_APPMSG_CALL, 0, &section))
        dissect_call(context, tree, &section);
    else
        plugin_info(context, "(no call captured)");
    return (int)tvb_captured_length(tvb);
}

/** The numbers mean different things to different programs; nothing in the bytes tells which. */
static void register_preferences(void)
{
    static enum_val_t families[APPMSG_FAMILY_COUNT + 1];
    module_t *module = prefs_register_protocol(proto_appmsg, NULL);

    for (int family = 0; family < APPMSG_FAMILY_COUNT; family++) {
        const char *name = appmsg_family_name((enum appmsg_family)family);

        families[family].name = g_ascii_strdown(name, -1);
        families[family].description = name;
        families[family].value = family;
    }
    prefs_register_enum_preference(module, "message_types", "Message types of",
                                   "Whose names the message types get: Sony's programs and each "
                                   "family of homebrew give the same numbers different meanings",
                                   &preferred_family, families, FALSE);
}

void appmsg_register(void)
{
    proto_appmsg = proto_register_protocol("PlayStation App Messaging", APPMSG_PROTOCOL, "appmsg");
    appmsg_register_fields(proto_appmsg);
    appmsg_apps_register();
    register_preferences();
    register_dissector("appmsg", dissect_appmsg, proto_appmsg);
}

void appmsg_handoff(void)
{
    kinds_add(IPCTAP_APPMSG_CALL, dissect_appmsg, proto_appmsg);
}
