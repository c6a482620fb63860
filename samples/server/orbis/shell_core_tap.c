/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ShellCore's own manager calls as records. It is simulated: the calls are shown, not made. */
#include "shell_core.h"

#include <ipcshark/writer.h>

/** Where things lie in ShellCore's imagined memory. */
enum shell_address {
    STACK = 0x7EFFF000,
    PACKET = 0x80010000,
    MESSAGE = 0x80020000,
    NAME = 0x80030000,
    CONFIG = 0x80030100,
    IMPLEMENTATION = 0x80040000,
};

/** Far from the numbers that the tap gives to clients' calls. */
#define FIRST_CALL_ID (UINT64_C(1) << 48)

/** The process at the other end of a session; unknown for calls on the server. */
static uint32_t client_pid(const struct shell_core *shell_core, uint32_t kid)
{
    struct orbis_object *session = orbis_object_find(shell_core->kernel, kid, SCEIPMI_SESSION);
    struct orbis_object *client =
        session ? orbis_object_find(shell_core->kernel, session->client_kid, SCEIPMI_CLIENT) : NULL;

    return client ? client->process->pid : IPCTAP_UNKNOWN_ID;
}

void shell_call_begin(struct shell_core *shell_core, struct shell_call *call, uint32_t op,
                      uint32_t kid)
{
    memset(call, 0, sizeof *call);
    call->shell_core = shell_core;
    call->operation = sceipmi_operation(op);
    call->peer_pid = client_pid(shell_core, kid);
    call->call.op = op;
    call->call.kid = kid;
    call->call.out_pointer = STACK;
    call->call.in_pointer = STACK + 0x10;
    call->call.in_size = call->operation->layout ? call->operation->layout->size : 0;
    call->call.cookie = SCEIPMI_COOKIE;
}

void shell_call_set(struct shell_call *call, const char *name, uint64_t value)
{
    sceipmi_set(call->operation->layout, name, call->block, sizeof call->block, value);
}

static bool begin_record(struct shell_call *call, uint8_t phase)
{
    struct shell_core *shell_core = call->shell_core;
    uint8_t bytes[SCEIPMI_CALL_SIZE];

    if (!server_tap_begin(&call->record, shell_core->process, IPCTAP_IPMI_CALL, phase))
        return false;
    call->record.header.call_id = call->call_id;
    call->record.header.tid = 1;
    call->record.header.peer_pid = call->peer_pid;
    call->record.header.object = call->call.kid;
    sceipmi_call_encode(&call->call, bytes, sizeof bytes);
    record_builder_add(&call->record, IPCTAP_SECTION_IPMI_CALL, 0, 0, bytes, sizeof bytes);
    return true;
}

static void add_block(struct shell_call *call)
{
    record_builder_add(&call->record, IPCTAP_IPMI_BLOCK, 0, call->call.in_pointer, call->block,
                       (size_t)call->call.in_size);
}

bool shell_call_enter(struct shell_call *call)
{
    call->call_id = FIRST_CALL_ID + ++call->shell_core->calls;
    if (!begin_record(call, IPCTAP_ENTER))
        return false;
    add_block(call);
    record_builder_add_text(&call->record, IPCTAP_SERVICE, 0, APPMSG_SERVICE);
    record_builder_add_text(&call->record, IPCTAP_PROCESS_NAME, 0, call->shell_core->process->name);
    if (call->cause)
        record_builder_add_u64(&call->record, IPCTAP_CAUSE, call->cause);
    return true;
}

bool shell_call_exit(struct shell_call *call, uint32_t out)
{
    call->call.out = out;
    call->call.valid = SCEIPMI_RAX_VALID | SCEIPMI_OUT_VALID;
    if (!begin_record(call, IPCTAP_EXIT))
        return false;
    call->record.header.flags |= IPCTAP_RESULT;
    call->record.header.result = out;
    return true;
}

void shell_call_send(struct shell_call *call)
{
    server_tap_end(call->shell_core->kernel->server, &call->record);
}

static void add_scalar(struct shell_call *call, uint16_t index, uint64_t address, uint32_t value)
{
    uint8_t bytes[4];

    ipcshark_store_u32(bytes, value);
    record_builder_add(&call->record, IPCTAP_IPMI_SCALAR, index, address, bytes, sizeof bytes);
}

static void send_event_record(struct shell_core *shell_core, uint64_t call_id, uint8_t phase,
                              struct appmsg_call *call, uint64_t cause)
{
    struct record_builder record;
    uint8_t bytes[APPMSG_CALL_SIZE];

    if (!server_tap_begin(&record, shell_core->process, IPCTAP_APPMSG_CALL, phase))
        return;
    record.header.call_id = call_id;
    record.header.tid = 1;
    if (phase == IPCTAP_EXIT) {
        record.header.flags |= IPCTAP_RESULT;
        call->valid = APPMSG_RETURN_VALID;
    }
    appmsg_call_encode(call, bytes, sizeof bytes);
    record_builder_add(&record, IPCTAP_SECTION_APPMSG_CALL, 0, 0, bytes, sizeof bytes);
    record_builder_add_text(&record, IPCTAP_SERVICE, 0, APPMSG_SERVICE);
    record_builder_add_text(&record, IPCTAP_PROCESS_NAME, 0, shell_core->process->name);
    record_builder_add_u64(&record, IPCTAP_CAUSE, cause);
    server_tap_end(shell_core->kernel->server, &record);
}

void shell_core_tap_event(struct shell_core *shell_core, uint32_t app_id, uint64_t bits,
                          uint64_t cause)
{
    struct appmsg_call call = {.function = APPMSG_SET_EVENT_FLAG, .app_id = app_id, .bits = bits};
    uint64_t call_id = FIRST_CALL_ID + ++shell_core->calls;

    send_event_record(shell_core, call_id, IPCTAP_ENTER, &call, cause);
    send_event_record(shell_core, call_id, IPCTAP_EXIT, &call, cause);
}

/** Enter and exit of a call that has nothing more to show. */
static void whole_call(struct shell_call *call, uint32_t out)
{
    if (shell_call_enter(call))
        shell_call_send(call);
    if (shell_call_exit(call, out))
        shell_call_send(call);
}

/** Message timestamps count from boot: with both clocks a reader can turn them into dates. */
static void note_clocks(struct shell_core *shell_core)
{
    struct record_builder note;
    uint8_t pair[16];

    if (!server_tap_begin(&note, shell_core->process, IPCTAP_NOTE, IPCTAP_SNAPSHOT))
        return;
    ipcshark_store_u64(pair, server_stamp_time());
    ipcshark_store_u64(pair + 8, server_unix_time());
    record_builder_add(&note, IPCTAP_CLOCK_PAIR, 0, 0, pair, sizeof pair);
    server_tap_end(shell_core->kernel->server, &note);
}

/** CreateServer came before any client; it is shown when there is first somebody to see it. */
static void announce(struct shell_core *shell_core)
{
    const struct sceipmi_layout *layout = sceipmi_server_config();
    uint8_t config[0x38] = {0};
    struct shell_call call;

    if (shell_core->was_announced || !server_tap_is_open(shell_core->kernel->server))
        return;
    shell_core->was_announced = true;
    note_clocks(shell_core);
    sceipmi_set(layout, "size", config, sizeof config, sizeof config);
    shell_call_begin(shell_core, &call, SCEIPMI_CREATE_SERVER, 0);
    shell_call_set(&call, "server_impl", IMPLEMENTATION);
    shell_call_set(&call, "name", NAME);
    shell_call_set(&call, "config", CONFIG);
    if (shell_call_enter(&call)) {
        record_builder_add(&call.record, IPCTAP_IPMI_NAME, 0, NAME, APPMSG_SERVICE,
                           sizeof APPMSG_SERVICE);
        record_builder_add(&call.record, IPCTAP_IPMI_CONFIG, 0, CONFIG, config, sizeof config);
        shell_call_send(&call);
    }
    if (shell_call_exit(&call, shell_core->server->kid))
        shell_call_send(&call);
}

static void begin_receive(struct shell_core *shell_core, struct shell_call *call)
{
    shell_call_begin(shell_core, call, SCEIPMI_SERVER_RECEIVE_PACKET, shell_core->server->kid);
    shell_call_set(call, "packet", PACKET);
    shell_call_set(call, "packet_size", 0x10000);
    shell_call_set(call, "packet_info", STACK + 0x40);
    shell_call_set(call, "value", STACK + 0x60);
}

void shell_core_tap_wait(struct shell_core *shell_core)
{
    struct shell_call call;

    if (shell_core->receive_call)
        return;
    begin_receive(shell_core, &call);
    if (!shell_call_enter(&call))
        return;
    shell_core->receive_call = call.call_id;
    shell_call_send(&call);
}

void shell_core_tap_receive(struct shell_core *shell_core, const struct orbis_packet *packet)
{
    uint8_t info[SCEIPMI_PACKET_INFO_SIZE];
    struct shell_call call;

    announce(shell_core);
    shell_core_tap_wait(shell_core);
    begin_receive(shell_core, &call);
    call.call_id = shell_core->receive_call;
    shell_core->receive_call = 0;
    shell_call_set(&call, "packet_size", packet->body->len);
    orbis_packet_put_info(packet, info);
    if (!shell_call_exit(&call, 0))
        return;
    add_block(&call);
    record_builder_add(&call.record, IPCTAP_IPMI_PACKET, 0, PACKET, packet->body->data,
                       packet->body->len);
    record_builder_add(&call.record, IPCTAP_IPMI_PACKET_INFO, 0, STACK + 0x40, info, sizeof info);
    if (packet->cause)
        record_builder_add_u64(&call.record, IPCTAP_CAUSE, packet->cause);
    shell_call_send(&call);
}

void shell_core_tap_accept(struct shell_core *shell_core, const struct orbis_object *session,
                           uint64_t cause)
{
    uint8_t config[0x10] = {0x10};
    struct shell_call call;

    shell_call_begin(shell_core, &call, SCEIPMI_CREATE_SESSION, 0);
    call.cause = cause;
    shell_call_set(&call, "session_impl", session->implementation);
    shell_call_set(&call, "config", CONFIG);
    if (shell_call_enter(&call)) {
        record_builder_add(&call.record, IPCTAP_IPMI_CONFIG, 0, CONFIG, config, sizeof config);
        record_builder_add_u64(&call.record, IPCTAP_SESSION, session->session_number);
        shell_call_send(&call);
    }
    if (shell_call_exit(&call, session->kid))
        shell_call_send(&call);
    shell_call_begin(shell_core, &call, SCEIPMI_SEND_CONNECT_RESULT, session->kid);
    call.cause = cause;
    whole_call(&call, 0);
}

void shell_core_tap_app_id(struct shell_core *shell_core, uint32_t session_kid, uint32_t app_id,
                           uint64_t cause)
{
    struct shell_call call;

    shell_call_begin(shell_core, &call, SCEIPMI_SESSION_GET_CLIENT_APP_ID, session_kid);
    call.cause = cause;
    shell_call_set(&call, "value", STACK + 0x80);
    if (shell_call_enter(&call))
        shell_call_send(&call);
    if (!shell_call_exit(&call, 0))
        return;
    add_scalar(&call, IPCTAP_SCALAR_VALUE, STACK + 0x80, app_id);
    shell_call_send(&call);
}

void shell_core_tap_send(struct shell_core *shell_core, uint32_t session_kid, GBytes *message,
                         uint32_t out, const char *comment, uint64_t cause)
{
    struct shell_call call;
    gsize size;
    const void *bytes = g_bytes_get_data(message, &size);

    shell_call_begin(shell_core, &call, SCEIPMI_TRY_SEND_MESSAGE, session_kid);
    call.cause = cause;
    shell_call_set(&call, "message", MESSAGE);
    shell_call_set(&call, "message_size", size);
    if (shell_call_enter(&call)) {
        record_builder_add(&call.record, IPCTAP_IPMI_MESSAGE, 0, MESSAGE, bytes, size);
        record_builder_add_text(&call.record, IPCTAP_COMMENT, 0, comment);
        shell_call_send(&call);
    }
    if (shell_call_exit(&call, out))
        shell_call_send(&call);
}

void shell_core_tap_respond(struct shell_core *shell_core, struct shell_call *call,
                            const struct orbis_packet *packet, uint32_t session_kid, int32_t result)
{
    bool is_async = packet->ticket != 0;

    shell_call_begin(shell_core, call, is_async ? SCEIPMI_RESPOND_ASYNC : SCEIPMI_RESPOND_SYNC,
                     session_kid);
    call->cause = packet->cause;
    shell_call_set(call, "result", (uint32_t)result);
    shell_call_set(call, "method", packet->method);
    shell_call_set(call, "ticket", packet->ticket);
    shell_call_set(call, "flags", 1);
    if (shell_call_enter(call))
        shell_call_send(call);
}

void shell_core_tap_done(struct shell_call *call)
{
    if (shell_call_exit(call, 0))
        shell_call_send(call);
}
