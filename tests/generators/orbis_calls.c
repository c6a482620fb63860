/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Generates a capture of PlayStation 4 processes: a server and two clients of SceAppMessaging, the
 * library's own functions, every manager call, and calls that are cut off or wrong.
 *
 * Blocks are written byte by byte here, not with the codec that is to be tested.
 *
 * Usage: orbis_calls FILE
 */
#include "tap_file.h"

#include <ipcshark/appmsg.h>
#include <ipcshark/sceipmi.h>

#include <stdlib.h>
#include <string.h>

#define SHELL_CORE_PID 0x30
#define SENDER_PID     0x41
#define RECEIVER_PID   0x42
#define SENDER_APP     0x60000001
#define RECEIVER_APP   0x60000002

#define SERVER_KID           5
#define SENDER_KID           11
#define RECEIVER_KID         12
#define SESSION_KID          21 /* The sender's. */
#define RECEIVER_SESSION_KID 22

#define BLOCK_ADDRESS 0x7EFFF0100ull
#define OUT_ADDRESS   0x7EFFF0200ull
#define DATA_ADDRESS  0x880000000ull
#define INFO_ADDRESS  0x7EFFF0300ull
#define VALUE_ADDRESS 0x7EFFF0400ull
#define TIMESTAMP     123456789ull

static struct tap_file tap;
static uint8_t block[SCEIPMI_MAX_BLOCK_SIZE];
static struct ipcshark_writer to_block;
static struct sceipmi_call call;

static void as_process(uint32_t pid, uint64_t app_id)
{
    tap.header.pid = pid;
    tap.header.tid = pid + 0x1000;
    tap.header.program_id = app_id;
}

static void add_call(void)
{
    uint8_t bytes[SCEIPMI_CALL_SIZE] = {0};
    struct ipcshark_writer writer = ipcshark_writer(bytes, sizeof bytes);

    ipcshark_write_u32(&writer, call.op);
    ipcshark_write_u32(&writer, call.kid);
    ipcshark_write_u64(&writer, call.out_pointer);
    ipcshark_write_u64(&writer, call.in_pointer);
    ipcshark_write_u64(&writer, call.in_size);
    ipcshark_write_u64(&writer, call.cookie);
    ipcshark_write_u64(&writer, call.rax);
    ipcshark_write_u32(&writer, call.out);
    ipcshark_write_u32(&writer, call.valid);
    tap_section(&tap, IPCTAP_SECTION_IPMI_CALL, 0, 0, bytes, sizeof bytes);
}

/** Starts an empty parameter block; its words follow with u32() and u64(). */
static void begin_block(void)
{
    to_block = ipcshark_writer(block, sizeof block);
}

static void u32(uint32_t value)
{
    ipcshark_write_u32(&to_block, value);
}

static void u64(uint64_t value)
{
    ipcshark_write_u64(&to_block, value);
}

static void enter(uint32_t op, uint32_t kid)
{
    call = (struct sceipmi_call){
        .op = op,
        .kid = kid,
        .out_pointer = OUT_ADDRESS,
        .in_pointer = to_block.offset ? BLOCK_ADDRESS : 0,
        .in_size = to_block.offset,
        .cookie = SCEIPMI_COOKIE,
    };
    tap_enter(&tap, IPCTAP_IPMI_CALL, kid);
    add_call();
    if (to_block.offset)
        tap_section(&tap, IPCTAP_IPMI_BLOCK, 0, BLOCK_ADDRESS, block, to_block.offset);
}

/** Begins the exit of a call that others were made after. */
static void leave_call(uint64_t call_id, uint32_t out)
{
    uint64_t last = tap.call_id;

    tap.call_id = call_id;
    call.out = out;
    call.valid = SCEIPMI_RAX_VALID | SCEIPMI_OUT_VALID;
    tap_exit(&tap, IPCTAP_IPMI_CALL, call.kid, out);
    tap.call_id = last;
    add_call();
}

static void leave(uint32_t out)
{
    tap_end(&tap);
    leave_call(tap.call_id, out);
}

static void leave_with_errno(uint32_t error)
{
    tap_end(&tap);
    call.rax = error;
    call.valid = SCEIPMI_RAX_VALID | SCEIPMI_CARRY;
    tap_exit(&tap, IPCTAP_IPMI_CALL, call.kid, error);
    add_call();
}

static void scalar(uint16_t index, uint64_t value, size_t size)
{
    uint8_t bytes[8];

    ipcshark_store_u64(bytes, value);
    tap_section(&tap, IPCTAP_IPMI_SCALAR, index, VALUE_ADDRESS, bytes, size);
}

static void add_data_info(const size_t *sizes, size_t count)
{
    uint8_t bytes[SCEIPMI_MAX_COUNT * SCEIPMI_DATA_INFO_SIZE];
    struct ipcshark_writer writer = ipcshark_writer(bytes, sizeof bytes);

    for (size_t i = 0; i < count; i++) {
        ipcshark_write_u64(&writer, DATA_ADDRESS + 0x1000 * i);
        ipcshark_write_u64(&writer, sizes[i]);
    }
    tap_section(&tap, IPCTAP_IPMI_DATA_INFO, 0, INFO_ADDRESS, bytes, writer.offset);
}

static void add_buffer_info(uint64_t capacity, uint64_t written)
{
    uint8_t bytes[SCEIPMI_BUFFER_INFO_SIZE];
    struct ipcshark_writer writer = ipcshark_writer(bytes, sizeof bytes);

    ipcshark_write_u64(&writer, DATA_ADDRESS + 0x8000);
    ipcshark_write_u64(&writer, capacity);
    ipcshark_write_u64(&writer, written);
    tap_section(&tap, IPCTAP_IPMI_BUFFER_INFO, 0, INFO_ADDRESS + 0x80, bytes, writer.offset);
}

static void create(uint32_t op, uint32_t kid, const char *name, size_t config_size)
{
    uint8_t config[0x150] = {0};

    ipcshark_store_u64(config, config_size);
    begin_block();
    u64(0x1000);
    u64(0x2000);
    u64(0x3000);
    enter(op, 0);
    tap_section(&tap, IPCTAP_IPMI_NAME, 0, 0x2000, name, strlen(name) + 1);
    tap_section(&tap, IPCTAP_IPMI_CONFIG, 0, 0x3000, config, config_size);
    leave(kid);
    tap_end(&tap);
}

static void connect_client(uint32_t kid, uint32_t out, int32_t status)
{
    begin_block();
    u64(0);
    u64(0);
    u64(VALUE_ADDRESS);
    u64(0);
    enter(SCEIPMI_CONNECT, kid);
    leave(out);
    scalar(IPCTAP_SCALAR_STATUS, (uint32_t)status, 4);
    tap_end(&tap);
}

static void receive_packet(uint32_t type, uint32_t client, const uint8_t *packet, size_t size)
{
    uint8_t info[SCEIPMI_PACKET_INFO_SIZE];
    struct ipcshark_writer writer = ipcshark_writer(info, sizeof info);

    begin_block();
    u64(0x5000);
    u64(0x10000);
    u64(0x6000);
    u64(VALUE_ADDRESS);
    enter(SCEIPMI_SERVER_RECEIVE_PACKET, SERVER_KID);
    leave(0);
    ipcshark_store_u64(block + 8, size);
    tap_section(&tap, IPCTAP_IPMI_BLOCK, 0, BLOCK_ADDRESS, block, to_block.offset);
    tap_section(&tap, IPCTAP_IPMI_PACKET, 0, 0x5000, packet, size);
    ipcshark_write_u64(&writer, size);
    ipcshark_write_u32(&writer, type);
    ipcshark_write_u32(&writer, client);
    ipcshark_write_u64(&writer, 0x7000);
    tap_section(&tap, IPCTAP_IPMI_PACKET_INFO, 0, 0x6000, info, sizeof info);
    tap_end(&tap);
}

static size_t build_request(uint8_t *bytes, uint32_t app_id, uint32_t type, size_t size)
{
    struct ipcshark_writer writer = ipcshark_writer(bytes, APPMSG_REQUEST_SIZE);

    ipcshark_write_u32(&writer, app_id);
    ipcshark_write_u32(&writer, type);
    ipcshark_write_u64(&writer, size);
    ipcshark_write_u32(&writer, APPMSG_FLAG_OVERWRITE);
    ipcshark_write_u32(&writer, 0xCCCCCCCC);
    return writer.offset;
}

static void invoke_sync(uint32_t kid, uint32_t method, uint32_t in, uint32_t out)
{
    begin_block();
    u32(method);
    u32(in);
    u32(out);
    u32(0);
    u64(in ? INFO_ADDRESS : 0);
    u64(out ? INFO_ADDRESS + 0x80 : 0);
    u64(VALUE_ADDRESS);
    u32(1);
    u32(0);
    enter(SCEIPMI_INVOKE_SYNC, kid);
}

static void serve_send(uint32_t type, const char *payload, uint32_t result)
{
    uint8_t packet[0x100] = {0};
    struct ipcshark_writer writer = ipcshark_writer(packet, sizeof packet);
    uint8_t request[APPMSG_REQUEST_SIZE];

    as_process(SHELL_CORE_PID, 0);
    ipcshark_write_u64(&writer, 0x9000);
    ipcshark_write_u32(&writer, SENDER_PID);
    ipcshark_write_u32(&writer, APPMSG_METHOD_SEND);
    ipcshark_write_u32(&writer, 2);
    ipcshark_write_u32(&writer, 0);
    ipcshark_write_u32(&writer, sizeof request);
    build_request(request, RECEIVER_APP, type, strlen(payload));
    ipcshark_write_bytes(&writer, request, sizeof request);
    ipcshark_write_u32(&writer, (uint32_t)strlen(payload));
    ipcshark_write_bytes(&writer, payload, strlen(payload));
    receive_packet(SCEIPMI_PACKET_SYNC, SENDER_KID, packet, writer.offset);
    begin_block();
    u32(result);
    u32(0);
    u64(0);
    u32(1);
    u32(0);
    enter(SCEIPMI_RESPOND_SYNC, SESSION_KID);
    leave(0);
    tap_end(&tap);
}

/** The server's side of a send, while the client waits. */
static void serve_meanwhile(uint32_t type, const char *payload, uint32_t result)
{
    struct sceipmi_call waiting = call;
    uint64_t call_id = tap.call_id;

    tap_end(&tap);
    serve_send(type, payload, result);
    as_process(SENDER_PID, SENDER_APP);
    call = waiting;
    leave_call(call_id, 0);
}

static void send_message(uint32_t method, uint32_t type, const char *payload, uint32_t result)
{
    uint8_t request[APPMSG_REQUEST_SIZE];
    size_t size[2] = {sizeof request, strlen(payload)};

    as_process(SENDER_PID, SENDER_APP);
    build_request(request, RECEIVER_APP, type, size[1]);
    invoke_sync(SENDER_KID, method, 2, 0);
    add_data_info(size, 2);
    tap_section(&tap, IPCTAP_IPMI_IN, 0, DATA_ADDRESS, request, sizeof request);
    tap_section(&tap, IPCTAP_IPMI_IN, 1, DATA_ADDRESS + 0x1000, payload, size[1]);
    if (method == APPMSG_METHOD_SEND)
        serve_meanwhile(type, payload, result);
    else
        leave(0);
    scalar(IPCTAP_SCALAR_RESULT, result, 4);
    tap_end(&tap);
}

static size_t build_message(uint8_t *bytes, uint32_t type, const char *payload)
{
    memset(bytes, 0, APPMSG_MESSAGE_SIZE);
    ipcshark_store_u32(bytes, SENDER_APP);
    ipcshark_store_u32(bytes + 4, type);
    memcpy(bytes + APPMSG_PAYLOAD_OFFSET, payload, strlen(payload));
    ipcshark_store_u32(bytes + APPMSG_PAYLOAD_SIZE_OFFSET, (uint32_t)strlen(payload));
    ipcshark_store_u64(bytes + APPMSG_TIMESTAMP_OFFSET, TIMESTAMP);
    return APPMSG_MESSAGE_SIZE;
}

static void deliver(uint32_t type, const char *payload)
{
    uint8_t message[APPMSG_MESSAGE_SIZE];
    size_t size = build_message(message, type, payload);

    as_process(SHELL_CORE_PID, 0);
    begin_block();
    u64(0);
    u64(DATA_ADDRESS);
    u64(size);
    enter(SCEIPMI_TRY_SEND_MESSAGE, RECEIVER_SESSION_KID);
    tap_section(&tap, IPCTAP_IPMI_MESSAGE, 0, DATA_ADDRESS, message, size);
    leave(0);
    tap_end(&tap);
}

static void fetch(uint32_t type, const char *payload)
{
    uint8_t message[APPMSG_MESSAGE_SIZE];
    size_t size = build_message(message, type, payload);

    as_process(RECEIVER_PID, RECEIVER_APP);
    begin_block();
    u64(0);
    u64(DATA_ADDRESS);
    u64(VALUE_ADDRESS);
    u64(size);
    enter(SCEIPMI_TRY_GET_MESSAGE, RECEIVER_KID);
    leave(0);
    tap_section(&tap, IPCTAP_IPMI_MESSAGE, 0, DATA_ADDRESS, message, size);
    scalar(IPCTAP_SCALAR_SIZE, size, 8);
    tap_end(&tap);
}

static void fetch_nothing(void)
{
    begin_block();
    u64(0);
    u64(DATA_ADDRESS);
    u64(VALUE_ADDRESS);
    u64(APPMSG_MESSAGE_SIZE);
    enter(SCEIPMI_TRY_GET_MESSAGE, RECEIVER_KID);
    leave(0x80020023);
    tap_end(&tap);
}

/** The two clients and the server find each other. */
/** The server's part of a connection. */
static void accept_connection(uint32_t pid, uint32_t client, uint32_t session)
{
    uint8_t packet[0x150 + 4 + 0x10] = {0};

    ipcshark_store_u32(packet, pid);
    ipcshark_store_u32(packet + 4, client);
    as_process(SHELL_CORE_PID, 0);
    receive_packet(SCEIPMI_PACKET_CONNECT, client, packet, sizeof packet);
    begin_block();
    u64(0x9000);
    u64(0xA000);
    enter(SCEIPMI_CREATE_SESSION, SERVER_KID);
    leave(session);
    tap_end(&tap);
    begin_block();
    u32(0);
    enter(SCEIPMI_SEND_CONNECT_RESULT, session);
    leave(0);
    tap_end(&tap);
}

static void start(void)
{
    uint8_t pair[16];

    ipcshark_store_u64(pair, 100 * 1000000000ull);
    ipcshark_store_u64(pair + 8, 1700000000 * 1000000000ull);
    tap_begin(&tap, IPCTAP_NOTE, IPCTAP_SNAPSHOT, 0);
    tap_text(&tap, IPCTAP_PRODUCER, 0, "orbis_calls");
    tap_section(&tap, IPCTAP_CLOCK_PAIR, 0, 0, pair, sizeof pair);
    tap_end(&tap);
    as_process(SHELL_CORE_PID, 0);
    create(SCEIPMI_CREATE_SERVER, SERVER_KID, APPMSG_SERVICE, 0x38);
    as_process(SENDER_PID, SENDER_APP);
    create(SCEIPMI_CREATE_CLIENT, SENDER_KID, APPMSG_SERVICE, 0x150);
    connect_client(SENDER_KID, 0, 0);
    accept_connection(SENDER_PID, SENDER_KID, SESSION_KID);
    as_process(RECEIVER_PID, RECEIVER_APP);
    create(SCEIPMI_CREATE_CLIENT, RECEIVER_KID, APPMSG_SERVICE, 0x150);
    connect_client(RECEIVER_KID, 0, 0);
    accept_connection(RECEIVER_PID, RECEIVER_KID, RECEIVER_SESSION_KID);
}

static void exchange_messages(void)
{
    send_message(APPMSG_METHOD_SEND, 0x08000000, "{\"app_type\": 1, \"name\": \"cheat\"}", 0);
    send_message(APPMSG_METHOD_SEND, 0x01000001, "Hello World.", 0);
    deliver(0x01000001, "Hello World.");
    fetch(0x01000001, "Hello World.");
    fetch_nothing();
    send_message(APPMSG_METHOD_SEND_TO_SHELL_UI, 0x01000002, "\x01\x02\xFF", 0);
    send_message(APPMSG_METHOD_SEND, 0x01000001, "nobody", 0x80C50007);
    send_message(3, 0x01000001, "", 0x800205C1);
}

/** Another service, known only by a note; with an output and an asynchronous call. */
static void other_service(void)
{
    size_t size[1] = {4};

    as_process(SENDER_PID, SENDER_APP);
    tap_note(&tap, 13, IPCTAP_SERVICE, "SceAppContent");
    invoke_sync(13, 0x20001, 1, 1);
    add_data_info(size, 1);
    tap_section(&tap, IPCTAP_IPMI_IN, 0, DATA_ADDRESS, "\2\0\0\0", 4);
    add_buffer_info(16, 0);
    leave(0);
    add_buffer_info(16, 4);
    tap_section(&tap, IPCTAP_IPMI_OUT, 0, DATA_ADDRESS + 0x8000, "\1\0\0\0", 4);
    scalar(IPCTAP_SCALAR_RESULT, 0, 4);
    tap_end(&tap);
    begin_block();
    u32(0x2000B);
    u32(0xFFFFFFFF);
    u64(0);
    u64(0);
    u64(0);
    u64(VALUE_ADDRESS);
    u64(1);
    enter(SCEIPMI_INVOKE_ASYNC, 13);
    leave(0);
    scalar(IPCTAP_SCALAR_TICKET, 77, 4);
    tap_end(&tap);
}

static void event_flags(void)
{
    begin_block();
    u64(0);
    u64(0x5);
    u64(SCEIPMI_EVENT_OR | SCEIPMI_EVENT_CLEAR_PATTERN);
    u64(VALUE_ADDRESS);
    enter(SCEIPMI_POLL_EVENT_FLAG, 13);
    leave(0);
    scalar(IPCTAP_SCALAR_PATTERN, 4, 8);
    tap_end(&tap);
}

/** Every number that is, and some that are not, a manager call; with a block of zeros. */
static void all_operations(void)
{
    for (uint32_t op = 0; op < 0x530; op++) {
        const struct sceipmi_operation *known = sceipmi_operation(op);

        if (!known && op != 0x123)
            continue;
        begin_block();
        ipcshark_write_zeros(&to_block, known && known->layout ? known->layout->size : 0);
        enter(op, 40);
        leave(0x80020016);
        tap_end(&tap);
    }
}

static void library_call(uint32_t function, uint32_t value, uint64_t timestamp, const char *payload)
{
    struct appmsg_call arguments = {
        .function = function,
        .app_id = RECEIVER_APP,
        .message_type = 0x01000001,
        .flags = 1,
        .clear = 1,
        .payload_size = strlen(payload),
        .bits = 1ull << 63 | 1ull << 62 | 5,
        .pattern = 1ull << 63,
        .timestamp = timestamp,
    };
    uint8_t bytes[APPMSG_CALL_SIZE];

    appmsg_call_encode(&arguments, bytes, sizeof bytes);
    tap_enter(&tap, IPCTAP_APPMSG_CALL, 0);
    tap_section(&tap, IPCTAP_SECTION_APPMSG_CALL, 0, 0, bytes, sizeof bytes);
    if (function <= APPMSG_SEND_MSG_TO_SHELL_UI)
        tap_section(&tap, IPCTAP_APPMSG_PAYLOAD, 0, DATA_ADDRESS, payload, strlen(payload));
    tap_end(&tap);
    arguments.return_value = (int32_t)value;
    arguments.valid = APPMSG_RETURN_VALID;
    if (function == APPMSG_TRY_GET_EVENT_FLAG)
        arguments.valid |= APPMSG_PATTERN_VALID;
    if (timestamp)
        arguments.valid |= APPMSG_TIMESTAMP_VALID;
    appmsg_call_encode(&arguments, bytes, sizeof bytes);
    tap_exit(&tap, IPCTAP_APPMSG_CALL, 0, value);
    tap_section(&tap, IPCTAP_SECTION_APPMSG_CALL, 0, 0, bytes, sizeof bytes);
}

static void library_calls(void)
{
    uint8_t message[APPMSG_MESSAGE_SIZE];
    size_t size = build_message(message, 0x01000001, "Hello World.");

    as_process(RECEIVER_PID, RECEIVER_APP);
    for (uint32_t function = 1; function <= 9; function++) {
        bool receives = function == APPMSG_RECEIVE_MSG || function == APPMSG_TRY_RECEIVE_MSG;

        library_call(function, 0, receives ? TIMESTAMP : 0, "Hello World.");
        if (function == APPMSG_RECEIVE_MSG)
            tap_section(&tap, IPCTAP_APPMSG_MESSAGE, 0, DATA_ADDRESS, message, size);
        if (function == APPMSG_TRY_RECEIVE_MSG) /* Ends after the payload. */
            tap_section(&tap, IPCTAP_APPMSG_MESSAGE, 0, DATA_ADDRESS, message,
                        APPMSG_PAYLOAD_OFFSET + strlen("Hello World."));
        tap_end(&tap);
    }
    library_call(APPMSG_SEND_MSG, 0x80C50007, 0, "");
    tap_end(&tap);
}

/** Counts and sizes that the kernel refuses, sections that are missing or stray. */
static void odd_calls(void)
{
    as_process(SENDER_PID, SENDER_APP);
    invoke_sync(SENDER_KID, 0, 11, 11);
    add_data_info((const size_t[]){1, 2}, 2);
    tap_section(&tap, IPCTAP_IPMI_IN, 9, DATA_ADDRESS, "?", 1);
    leave_with_errno(22);
    tap_end(&tap);
    begin_block();
    u32(7);
    enter(SCEIPMI_INVOKE_SYNC, 99);
    leave_with_errno(22);
    tap_end(&tap);
    tap_enter(&tap, IPCTAP_IPMI_CALL, 99);
    tap_end(&tap);
    receive_packet(0x0061, SENDER_KID, (const uint8_t *)"\1\2\3", 3);
    begin_block();
    call = (struct sceipmi_call){0};
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s FILE\n", argv[0]);
        return EXIT_FAILURE;
    }
    tap_open(&tap, argv[1], IPCTAP_ORBIS);
    start();
    exchange_messages();
    other_service();
    event_flags();
    all_operations();
    library_calls();
    odd_calls();
    tap_close(&tap);
    return EXIT_SUCCESS;
}
