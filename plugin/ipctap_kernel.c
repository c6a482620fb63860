/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ipctap_kernel.c
 * Kernel calls (kind 5): their section's fields, what they do to handles and processes, and Info.
 */
#include "ipctap.h"
#include "keep.h"
#include "tap.h"

static int hf_call = -1;
static int hf_handle = -1;
static int hf_handle_2 = -1;
static int hf_value = -1;
static int hf_address = -1;
static int hf_size = -1;
static int hf_value_2 = -1;
static int hf_reserved = -1;

/* The call as its exit needs it: exits hold results only. */
struct kernel_request {
    uint32_t call; /* IPCTAP_CALL_… */
    uint32_t handle;
    const char *name; /* OBJECT_NAME */
    const uint32_t *handles;
    uint32_t handle_count;
};

static bool decode_call(const struct call_context *context, struct ipctap_kernel_call *call)
{
    struct ipctap_section section;

    return record_find(context, IPCTAP_SECTION_KERNEL_CALL, 0, &section) &&
           ipctap_kernel_call_decode(section.bytes, section.captured_size, call, NULL);
}

static bool is_handle(int hf)
{
    return hf == hf_handle || hf == hf_handle_2;
}

void ipctap_add_kernel_call(const struct call_context *context, proto_tree *tree, tvbuff_t *tvb)
{
    const struct {
        int hf;
        int offset;
        int size;
    } field[] = {{hf_call, 0, 4},     {hf_handle, 4, 4}, {hf_handle_2, 8, 4}, {hf_value, 12, 4},
                 {hf_address, 16, 8}, {hf_size, 24, 8},  {hf_value_2, 32, 8}, {hf_reserved, 40, 8}};
    int length = (int)tvb_captured_length(tvb);

    for (size_t n = 0; n < array_length(field); n++) {
        proto_item *item;

        if (field[n].offset + field[n].size > length)
            break;
        item = proto_tree_add_item(tree, field[n].hf, tvb, field[n].offset, field[n].size,
                                   ENC_LITTLE_ENDIAN);
        if (is_handle(field[n].hf))
            handles_describe(context, item, tvb, tvb_get_letohl(tvb, field[n].offset));
    }
}

static const char *call_name(const struct call_context *context, uint32_t call)
{
    const char *name = ipctap_kernel_call_name(call);

    if (!name)
        name = record_text(context, IPCTAP_FUNCTION, 0);
    return name ? name : wmem_strdup_printf(context->pinfo->pool, "KernelCall%u", call);
}

/* Exits need not repeat it. */
static uint32_t number_of(const struct call_context *context, const struct ipctap_kernel_call *call)
{
    const struct kernel_request *request = (struct kernel_request *)call_request(context);

    return call->call || !request ? call->call : request->call;
}

static bool succeeded(const struct call_context *context)
{
    return !(context->header->flags & IPCTAP_RESULT) || context->header->result == 0;
}

/* ---- State ---- */

/* "handle write end, handle 2 read end"; on the 3DS one handle is both. */
static void open_event(const struct call_context *context, const struct ipctap_kernel_call *result)
{
    if (!result->handle_2) {
        session_open_other(context, result->handle, HANDLE_EVENT, NULL);
        return;
    }
    session_open_other(context, result->handle, HANDLE_WRITABLE_EVENT, NULL);
    session_open_other(context, result->handle_2, HANDLE_READABLE_EVENT, NULL);
}

/* Pseudo handles, for the process itself, are the same in all. */
#define FIRST_PSEUDO_HANDLE HANDLES_THIS_THREAD

static void learn_process(const struct call_context *context, uint32_t handle, uint32_t pid)
{
    struct session *process;

    if (!handle || handle >= FIRST_PSEUDO_HANDLE || session_find(context, handle))
        return;
    process = session_open_other(context, handle, HANDLE_PROCESS, call_process_text(context, pid));
    process->opened_in = 0;
}

/* A port's name is the name of the service for whoever connects to it by that name. */
static void open_handles(const struct call_context *context, const struct kernel_request *request,
                         const struct ipctap_kernel_call *result)
{
    switch (request->call) {
    case IPCTAP_CALL_CONNECT_TO_PORT:
        session_open(context, result->handle, request->name, NULL);
        break;
    case IPCTAP_CALL_CREATE_PORT:
        if (result->handle)
            session_open(context, result->handle, request->name, NULL)->kind = HANDLE_PORT;
        if (result->handle_2)
            session_open(context, result->handle_2, request->name, NULL)->kind = HANDLE_PORT;
        break;
    case IPCTAP_CALL_ACCEPT_SESSION:
    case IPCTAP_CALL_CREATE_SESSION_TO_PORT: {
        struct session *port = session_find(context, request->handle);

        session_open(context, result->handle, port ? port->service : NULL, NULL);
        break;
    }
    case IPCTAP_CALL_CREATE_SESSION:
        session_open(context, result->handle, NULL, NULL);
        session_open(context, result->handle_2, NULL, NULL);
        break;
    case IPCTAP_CALL_DUPLICATE_HANDLE: {
        struct session *session = session_find(context, request->handle);

        if (session)
            session_share(context, result->handle, session);
        break;
    }
    case IPCTAP_CALL_CREATE_EVENT:
        open_event(context, result);
        break;
    case IPCTAP_CALL_CREATE_MEMORY_BLOCK:
        session_open_other(context, result->handle, HANDLE_MEMORY, NULL);
        break;
    case IPCTAP_CALL_CREATE_SEMAPHORE:
        session_open_other(context, result->handle, HANDLE_SEMAPHORE, NULL);
        break;
    case IPCTAP_CALL_GET_PROCESS_ID:
        learn_process(context, request->handle, result->value);
        break;
    case IPCTAP_CALL_CLOSE_HANDLE:
        session_close(context, request->handle);
        break;
    case IPCTAP_CALL_HELLO:
        state_begin_process(context, result->value, request->name);
        break;
    default:
        break;
    }
}

/* The last record of the process still has its name. */
static void end_process(const struct call_context *context)
{
    call_end_process(context);
    session_close_process(context);
    if (!call_is_enter(context))
        state_begin_process(context, context->header->pid, NULL);
}

/* What a wait was for: its exit gives an index into this. A server waits for the same ones again
 * and again: they are kept once. */
static void keep_handles(const struct call_context *context, struct kernel_request *request)
{
    struct process_state *process = context->process;
    struct ipctap_section section;
    struct ipcshark_reader reader;
    uint32_t *handles;

    if (!record_find(context, IPCTAP_HANDLES, 0, &section))
        return;
    reader = ipcshark_reader(section.bytes, section.captured_size);
    request->handle_count = section.captured_size / sizeof *handles;
    handles = wmem_alloc_array(context->pinfo->pool, uint32_t, request->handle_count);
    for (uint32_t n = 0; n < request->handle_count; n++)
        handles[n] = ipcshark_read_u32(&reader);
    request->handles = state_waited_for(process, handles, request->handle_count);
}

static void keep_enter(const struct call_context *context, const struct ipctap_kernel_call *call)
{
    struct kernel_request *request = keep_new0(struct kernel_request);

    request->call = call->call;
    request->handle = call->handle;
    request->name = record_kept_text(context, IPCTAP_OBJECT_NAME, 0);
    keep_handles(context, request);
    call_keep_request(context, request);
}

/* The session that the call opens, closes or is otherwise about. */
static void use_session(const struct call_context *context, uint32_t handle)
{
    struct session *session = handle ? session_find(context, handle) : NULL;

    if (session && session_is_one(session) && !context->learnt->session)
        context->learnt->session = session;
}

/* What the call is about, and what it waits for. */
static void name_arguments(const struct call_context *context,
                           const struct ipctap_kernel_call *call)
{
    struct ipctap_section section;
    struct ipcshark_reader reader;
    struct handle_list list;

    list.count = 0;
    handles_add(&list, context, call->handle);
    handles_add(&list, context, call->handle_2);
    if (record_find(context, IPCTAP_HANDLES, 0, &section)) {
        reader = ipcshark_reader(section.bytes, section.captured_size);
        while (list.count < HANDLES_MAX && ipcshark_reader_left(&reader) >= sizeof(uint32_t))
            handles_add(&list, context, ipcshark_read_u32(&reader));
    }
    handles_keep(&list, context);
    use_session(context, call->handle);
}

static void name_results(const struct call_context *context, const struct ipctap_kernel_call *call)
{
    struct handle_list list;

    list.count = 0;
    handles_add(&list, context, call->handle);
    handles_add(&list, context, call->handle_2);
    handles_keep(&list, context);
    use_session(context, call->handle);
}

static void track_exit(const struct call_context *context, const struct kernel_request *request,
                       const struct ipctap_kernel_call *call)
{
    if (request->call != IPCTAP_CALL_ACCEPT_SESSION)
        use_session(context, request->handle);
    if (!succeeded(context))
        return;
    open_handles(context, request, call);
    name_results(context, call);
}

static void track(const struct call_context *context, const struct ipctap_kernel_call *call)
{
    const struct kernel_request *request = (struct kernel_request *)call_request(context);

    if (call_is_enter(context))
        keep_enter(context, call);
    if (!call_is_exit(context))
        name_arguments(context, call);
    else if (request)
        track_exit(context, request, call);
    if (number_of(context, call) == IPCTAP_CALL_EXIT)
        end_process(context);
    else if (call->call == IPCTAP_CALL_CLOSE_HANDLE && context->header->phase == IPCTAP_SNAPSHOT)
        session_close(context, call->handle);
}

/* ---- Info ---- */

/* "handle 0x12, size 0x1000": what is 0 is left out. */
static void add_hexadecimal(struct text *info, size_t start, const char *label, uint64_t value)
{
    if (!value)
        return;
    text_separate(info, start);
    text_add(info, label);
    text_add_hex(info, value);
}

/* "handle 0x12 (fsp-srv)" */
static void add_handle(const struct call_context *context, size_t start, uint32_t handle)
{
    add_hexadecimal(context->info, start, "handle ", handle);
    handles_add_name(context->info, context, handle);
}

#define MAX_SHOWN_HANDLES 4

/* What is waited for. */
static void add_handles(const struct call_context *context, size_t start)
{
    struct ipctap_section section;
    struct ipcshark_reader reader;
    uint32_t count;

    if (!record_find(context, IPCTAP_HANDLES, 0, &section))
        return;
    reader = ipcshark_reader(section.bytes, section.captured_size);
    count = section.captured_size / 4;
    for (uint32_t n = 0; n < MIN(count, MAX_SHOWN_HANDLES); n++)
        add_handle(context, start, ipcshark_read_u32(&reader));
    if (count > MAX_SHOWN_HANDLES)
        text_add_format(context->info, ", %u more", count - MAX_SHOWN_HANDLES);
}

static void add_decimal(struct text *info, size_t start, const char *label, int64_t value)
{
    if (!value)
        return;
    text_separate(info, start);
    text_add(info, label);
    text_add_signed(info, value);
}

/* Of what is waited for no one became ready. */
#define NO_INDEX 0xFFFFFFFFu

static bool is_wait(uint32_t call)
{
    return call == IPCTAP_CALL_WAIT_SYNCHRONIZATION || call == IPCTAP_CALL_REPLY_AND_RECEIVE;
}

/* "index 1 (handle 0x5)"; without one of several there is nothing to tell. */
static void add_index(const struct call_context *context, size_t start, uint32_t index)
{
    const struct kernel_request *request = (struct kernel_request *)call_request(context);
    struct text *info = context->info;

    if (index == NO_INDEX || !request || (index == 0 && request->handle_count < 2))
        return;
    text_separate(info, start);
    text_add(info, "index ");
    text_add_unsigned(info, index);
    if (index < request->handle_count) {
        text_add(info, " (handle ");
        text_add_hex(info, request->handles[index]);
        text_add(info, ")");
    }
}

/* Of a wait: whether it is for all, and how long; at its end, which one was ready. */
static void add_wait(const struct call_context *context, size_t start,
                     const struct ipctap_kernel_call *call)
{
    struct text *info = context->info;

    if (call_is_exit(context)) {
        add_index(context, start, call->value);
        return;
    }
    if (call->value && call->call == IPCTAP_CALL_WAIT_SYNCHRONIZATION) {
        text_separate(info, start);
        text_add(info, "all");
    }
    if (call->value_2 == 0)
        return;
    text_separate(info, start);
    if ((int64_t)call->value_2 < 0)
        text_add(info, "no timeout");
    else
        text_add_format(info, "timeout %" PRIu64 " ns", call->value_2);
}

/* What the two general fields of other calls mean; the first also what its result means. */
struct value_labels {
    uint32_t call;
    const char *value;
    const char *value_2;
};

static const struct value_labels *labels_of(uint32_t call)
{
    static const struct value_labels labels[] = {
        {IPCTAP_CALL_HELLO, "pid ", ""},
        {IPCTAP_CALL_EXIT, "code ", "killed "},
        {IPCTAP_CALL_CREATE_PORT, "max sessions ", ""},
        {IPCTAP_CALL_CREATE_EVENT, "reset type ", ""},
        {IPCTAP_CALL_CREATE_MEMORY_BLOCK, "permissions ", "other's permissions "},
        {IPCTAP_CALL_MAP_MEMORY_BLOCK, "permissions ", "other's permissions "},
        {IPCTAP_CALL_GET_PROCESS_ID, "pid ", ""},
        {IPCTAP_CALL_CANCEL_SYNCHRONIZATION, "tid ", ""},
        {IPCTAP_CALL_CREATE_SEMAPHORE, "count ", "maximum "},
        {IPCTAP_CALL_RELEASE_SEMAPHORE, "count ", ""},
        {0, "", ""},
    };
    const struct value_labels *label = labels;

    while (label->call && label->call != call)
        label++;
    return label;
}

/* What is read or written. */
static void add_memory(const struct call_context *context, size_t start)
{
    struct ipctap_section section;

    if (!record_find(context, IPCTAP_MEMORY, 0, &section))
        return;
    text_separate(context->info, start);
    plugin_info_contents(context, section.bytes, section.captured_size, section.declared_size);
}

static void add_arguments(const struct call_context *context, size_t start,
                          const struct ipctap_kernel_call *call)
{
    const struct value_labels *labels = labels_of(number_of(context, call));
    struct text *info = context->info;

    add_handle(context, start, call->handle);
    add_handle(context, start, call->handle_2);
    if (call->call == IPCTAP_CALL_WAIT_SYNCHRONIZATION)
        add_handles(context, start);
    if (is_wait(number_of(context, call))) {
        add_wait(context, start, call);
        return;
    }
    add_decimal(info, start, labels->value, call->value);
    add_hexadecimal(info, start, "address ", call->address);
    add_hexadecimal(info, start, "size ", call->size);
    add_decimal(info, start, labels->value_2, (int64_t)call->value_2);
    add_memory(context, start);
}

static void info_enter(const struct call_context *context, const struct ipctap_kernel_call *call)
{
    const char *name = record_text(context, IPCTAP_OBJECT_NAME, 0);
    struct text *info = context->info;
    size_t start;

    text_add(info, call_name(context, call->call));
    text_add(info, "(");
    start = info->length;
    if (name)
        text_add_format(info, "\"%s\"", name);
    add_arguments(context, start, call);
    text_add(info, ")");
}

static void info_exit(const struct call_context *context, const struct ipctap_kernel_call *call)
{
    uint32_t number = number_of(context, call);
    struct text *info = context->info;

    text_add(info, PLUGIN_ARROW " ");
    text_add(info, number ? call_name(context, number) : "kernel call");
    text_add(info, ": ");
    call_add_result(info, context, context->header->result);
    add_arguments(context, 0, call);
}

static void add_info(const struct call_context *context, const struct ipctap_kernel_call *call,
                     bool has_call)
{
    if (call_is_exit(context))
        info_exit(context, call);
    else if (has_call)
        info_enter(context, call);
    else
        text_add(context->info, "Kernel call without its KERNEL_CALL section");
}

uint32_t kernel_call_session(const struct call_context *context)
{
    const struct kernel_request *request = (struct kernel_request *)call_request(context);
    struct ipctap_kernel_call call = {0};

    if (!decode_call(context, &call))
        return 0;
    if (call_is_enter(context))
        return call.handle;
    if (!request || call.value >= request->handle_count)
        return 0;
    return request->handles[call.value];
}

static const char *result_text(const struct call_context *context)
{
    const struct ipctap_header *header = context->header;

    if (!call_is_exit(context) || !(header->flags & IPCTAP_RESULT))
        return NULL;
    return call_result_text(context, header->result);
}

/* Of a connection that is asked for, the name that it is asked for by. */
static void fill_names(const struct call_context *context, const struct ipctap_kernel_call *call)
{
    const struct kernel_request *request = (struct kernel_request *)call_request(context);
    const struct session *session = context->target->session;
    uint32_t number = number_of(context, call);
    bool is_name = number == IPCTAP_CALL_CONNECT_TO_PORT || number == IPCTAP_CALL_CREATE_PORT;

    if (session)
        context->names->service = session->owner ? session->owner : session->service;
    else if (is_name && request)
        context->names->service = request->name;
    if (number)
        context->names->command = call_name(context, number);
    context->names->result = result_text(context);
}

/* A 3DS's results below zero are errors, "Timeout (Info)" is none. */
static bool is_error(const struct ipctap_header *header)
{
    uint32_t error_bits = header->platform == IPCTAP_CTR ? 1u << 31 : UINT32_MAX;

    return (header->result & error_bits) != 0;
}

static void fill_tap(const struct call_context *context, const struct ipctap_kernel_call *call)
{
    const struct ipctap_header *header = context->header;
    uint32_t number = number_of(context, call);

    if (!context->tap)
        return;
    context->tap->command = number ? call_name(context, number) : NULL;
    context->tap->result = result_text(context);
    context->tap->is_error = context->tap->result && is_error(header);
}

PLUGIN_APART void ipctap_track_kernel_call(const struct call_context *context)
{
    struct ipctap_kernel_call call = {0};

    decode_call(context, &call);
    track(context, &call);
}

PLUGIN_APART void ipctap_dissect_kernel_call(const struct call_context *context)
{
    struct ipctap_kernel_call call = {0};
    bool has_call = decode_call(context, &call);

    if (context->names)
        fill_names(context, &call);
    if (context->info)
        add_info(context, &call, has_call);
    fill_tap(context, &call);
}

void ipctap_kernel_register(int protocol)
{
    static hf_register_info fields[] = {
        {&hf_call,
         {"Kernel call", "ipctap.kernel.call", FT_UINT32, BASE_DEC, NULL, 0, NULL, HFILL}},
        {&hf_handle, {"Handle", "ipctap.kernel.handle", FT_UINT32, BASE_HEX, NULL, 0, NULL, HFILL}},
        {&hf_handle_2,
         {"Handle 2", "ipctap.kernel.handle_2", FT_UINT32, BASE_HEX, NULL, 0, NULL, HFILL}},
        {&hf_value, {"Value", "ipctap.kernel.value", FT_UINT32, BASE_DEC, NULL, 0, NULL, HFILL}},
        {&hf_address,
         {"Address", "ipctap.kernel.address", FT_UINT64, BASE_HEX, NULL, 0, NULL, HFILL}},
        {&hf_size, {"Size", "ipctap.kernel.size", FT_UINT64, BASE_HEX, NULL, 0, NULL, HFILL}},
        {&hf_value_2,
         {"Value 2", "ipctap.kernel.value_2", FT_INT64, BASE_DEC, NULL, 0, NULL, HFILL}},
        {&hf_reserved,
         {"Reserved", "ipctap.kernel.reserved", FT_UINT64, BASE_HEX, NULL, 0, NULL, HFILL}},
    };

    fields[0].hfinfo.strings = VALS(plugin_value_strings(ipctap_kernel_call_name, 256));
    proto_register_field_array(protocol, fields, array_length(fields));
}
