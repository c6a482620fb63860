/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Generates a capture of a Switch program: sm: by CMIF and TIPC, fsp-srv as a domain, objects
 * opened, used and closed, control commands, a server's side, sessions that nobody has seen open,
 * messages that are cut off or wrong. plugin_horizon.py says what the plugin must make of every
 * record.
 *
 * Usage: horizon_calls FILE INTERFACE-ID
 */
#include "tap_file.h"

#include <ipcshark/cmif.h>
#include <ipcshark/horizon_result.h>
#include <ipcshark/htipc.h>

#include <stdlib.h>
#include <string.h>

#define GAME           0x51u
#define FS             9u
#define SM             0x83FFu
#define FSP            0x103FEu
#define SET_SYS        0x183FDu
#define CLONE          0x203FCu
#define COPY           0x203FBu
#define UNKNOWN        0x7FFF0u
#define PLAIN          0x283FAu
#define SERVER_HANDLE  0x90001u
#define TLS            0x20A000200u
#define BUFFER         0x1000000000u
#define SESSION_CLOSED 0xF601u
#define PATH_NOT_FOUND HORIZON_RESULT(2, 1)

static struct tap_file tap;

static void message(const uint8_t *bytes, size_t size)
{
    tap_section(&tap, IPCTAP_MESSAGE, 0, TLS, bytes, size);
}

static void add_request(const struct cmif_request *request)
{
    uint8_t bytes[HIPC_TLS_MESSAGE_SIZE];

    message(bytes, cmif_encode_request(request, bytes, sizeof bytes));
}

static void add_reply(const struct cmif_reply *reply)
{
    uint8_t bytes[HIPC_TLS_MESSAGE_SIZE];

    message(bytes, cmif_encode_reply(reply, bytes, sizeof bytes));
}

/* A request without contents and its reply. */
static void call(uint32_t handle, const struct cmif_request *request,
                 const struct cmif_reply *reply)
{
    tap_enter(&tap, IPCTAP_HIPC_MESSAGE, handle);
    add_request(request);
    tap_end(&tap);
    tap_exit(&tap, IPCTAP_HIPC_MESSAGE, handle, 0);
    add_reply(reply);
    tap_end(&tap);
}

static struct cmif_request command(uint32_t method_id, const void *data, uint16_t size)
{
    struct cmif_request request = {.hipc = {.type = HIPC_TYPE_INVOKE_2_METHOD}};

    request.method_id = method_id;
    request.data = data;
    request.data_size = size;
    return request;
}

static struct cmif_request object_command(uint32_t object_id, uint32_t method_id, const void *data,
                                          uint16_t size)
{
    struct cmif_request request = command(method_id, data, size);

    request.is_domain = true;
    request.kind = CMIF_REQUEST_KIND_SEND;
    request.object_id = object_id;
    return request;
}

static struct cmif_request control(uint32_t method_id, const void *data, uint16_t size)
{
    struct cmif_request request = command(method_id, data, size);

    request.hipc.type = HIPC_TYPE_INVOKE_2_MANAGER_METHOD;
    return request;
}

static struct cmif_reply ok(const void *data, uint16_t size)
{
    struct cmif_reply reply = {.data = data, .data_size = size};

    return reply;
}

static struct cmif_reply moves(uint32_t handle)
{
    struct cmif_reply reply = ok(NULL, 0);

    reply.hipc.has_special = true;
    reply.hipc.special.move_count = 1;
    reply.hipc.special.move[0] = handle;
    return reply;
}

static struct cmif_reply object_reply(const uint32_t *objects, uint8_t count)
{
    struct cmif_reply reply = ok(NULL, 0);

    reply.is_domain = true;
    reply.objects = objects;
    reply.object_count = count;
    return reply;
}

static void connect_to_sm(void)
{
    struct ipctap_kernel_call connect = {.call = IPCTAP_CALL_CONNECT_TO_PORT};

    tap_enter(&tap, IPCTAP_KERNEL_CALL, 0);
    tap_kernel_call(&tap, &connect);
    tap_text(&tap, IPCTAP_OBJECT_NAME, 0, "sm:");
    tap_end(&tap);
    connect.handle = SM;
    tap_exit(&tap, IPCTAP_KERNEL_CALL, 0, 0);
    tap_kernel_call(&tap, &connect);
    tap_end(&tap);
}

static void close_handle(uint32_t handle)
{
    struct ipctap_kernel_call close = {.call = IPCTAP_CALL_CLOSE_HANDLE, .handle = handle};

    tap_enter(&tap, IPCTAP_KERNEL_CALL, 0);
    tap_kernel_call(&tap, &close);
    tap_end(&tap);
    tap_exit(&tap, IPCTAP_KERNEL_CALL, 0, 0);
    tap_end(&tap);
}

static void register_client(void)
{
    static const uint64_t placeholder = 0;
    struct cmif_request request = command(0, &placeholder, sizeof placeholder);
    struct cmif_reply reply = ok(NULL, 0);

    request.hipc.has_special = true;
    request.hipc.special.has_pid = true;
    request.hipc.special.pid = GAME;
    call(SM, &request, &reply);
}

static void get_service(const char *name, uint32_t handle)
{
    uint8_t bytes[8] = {0};
    struct cmif_request request = command(1, bytes, sizeof bytes);
    struct cmif_reply reply = moves(handle);

    memcpy(bytes, name, strlen(name));
    call(SM, &request, &reply);
}

static void get_service_by_tipc(const char *name, uint32_t handle)
{
    struct hipc_message request = {0}, reply = {.has_special = true};
    uint8_t argument[8] = {0}, bytes[HIPC_TLS_MESSAGE_SIZE];

    memcpy(argument, name, strlen(name));
    reply.special.move_count = 1;
    reply.special.move[0] = handle;
    tap_enter(&tap, IPCTAP_HIPC_MESSAGE, SM);
    message(bytes, htipc_encode_request(&request, 1, argument, 8, bytes, sizeof bytes));
    tap_end(&tap);
    tap_exit(&tap, IPCTAP_HIPC_MESSAGE, SM, 0);
    message(bytes, htipc_encode_reply(&reply, 1, 0, NULL, 0, bytes, sizeof bytes));
    tap_end(&tap);
}

static void use_control_commands(void)
{
    static const uint16_t size = 0x1000;
    static const uint32_t first_object = 1;
    struct cmif_request query = control(CMIF_QUERY_POINTER_BUFFER_SIZE, NULL, 0);
    struct cmif_request convert = control(CMIF_CONVERT_CURRENT_OBJECT_TO_DOMAIN, NULL, 0);
    struct cmif_reply query_reply = ok(&size, sizeof size);
    struct cmif_reply convert_reply = ok(&first_object, sizeof first_object);

    call(FSP, &query, &query_reply);
    call(FSP, &convert, &convert_reply);
}

static void open_file_system(void)
{
    static const uint32_t objects[] = {2};
    struct cmif_request request = object_command(1, 18, NULL, 0);
    struct cmif_reply reply = object_reply(objects, 1);

    call(FSP, &request, &reply);
}

/* OpenFile with a path in a pointer buffer. */
static void open_file(const char *path, const struct cmif_reply *reply)
{
    static const uint32_t mode = 1;
    uint8_t bytes[0x301] = {0};
    struct cmif_request request = object_command(2, 8, &mode, sizeof mode);

    memcpy(bytes, path, strlen(path));
    request.hipc.pointer_count = 1;
    request.hipc.pointer[0] = (struct hipc_pointer){.address = BUFFER, .size = sizeof bytes};
    tap_enter(&tap, IPCTAP_HIPC_MESSAGE, FSP);
    add_request(&request);
    tap_section(&tap, IPCTAP_POINTER, 0, BUFFER, bytes, sizeof bytes);
    tap_end(&tap);
    tap_exit(&tap, IPCTAP_HIPC_MESSAGE, FSP, 0);
    add_reply(reply);
    tap_end(&tap);
}

static struct cmif_request read_request(void)
{
    static const uint64_t arguments[] = {0, 0, 5};
    struct cmif_request request = object_command(3, 0, arguments, sizeof arguments);

    request.hipc.receive_count = 1;
    request.hipc.receive[0] =
        (struct hipc_map){.address = BUFFER, .size = 5, .attribute = HIPC_MAP_NON_SECURE};
    return request;
}

/* Both processes see this call. */
static void read_file(void)
{
    static const uint64_t size = 5;
    struct cmif_request request = read_request();
    struct cmif_reply reply = object_reply(NULL, 0);
    struct ipctap_header client = tap.header;

    reply.data = &size;
    reply.data_size = sizeof size;
    tap_enter(&tap, IPCTAP_HIPC_MESSAGE, FSP);
    add_request(&request);
    ipctap_add_part(&tap.writer, IPCTAP_RECEIVE, 0, BUFFER, NULL, 0, 5);
    tap_end(&tap);

    tap.header.pid = FS;
    tap.header.peer_pid = GAME;
    tap.header.flags |= IPCTAP_SERVER;
    tap_begin(&tap, IPCTAP_HIPC_MESSAGE, IPCTAP_ENTER, SERVER_HANDLE);
    add_request(&request);
    tap_text(&tap, IPCTAP_PROCESS_NAME, 0, "fs");
    tap_end(&tap);
    tap_begin(&tap, IPCTAP_HIPC_MESSAGE, IPCTAP_EXIT, SERVER_HANDLE);
    add_reply(&reply);
    tap_section(&tap, IPCTAP_RECEIVE, 0, 0x2000000000, "hello", 5);
    tap_end(&tap);
    tap.header = client;

    tap_exit(&tap, IPCTAP_HIPC_MESSAGE, FSP, 0);
    add_reply(&reply);
    tap_section(&tap, IPCTAP_RECEIVE, 0, BUFFER, "hello", 5);
    tap_end(&tap);
}

static void close_object(uint32_t id)
{
    struct cmif_request request = object_command(id, 0, NULL, 0);
    struct cmif_reply reply = object_reply(NULL, 0);

    request.kind = CMIF_REQUEST_KIND_CLOSE;
    call(FSP, &request, &reply);
}

static void clone_and_copy(void)
{
    static const uint32_t object = 2;
    struct cmif_request clone = control(CMIF_CLONE_CURRENT_OBJECT, NULL, 0);
    struct cmif_request copy = control(CMIF_COPY_FROM_CURRENT_DOMAIN, &object, sizeof object);
    struct cmif_request get_free = object_command(2, 11, NULL, 0);
    struct cmif_request commit = command(10, NULL, 0);
    struct cmif_reply cloned = moves(CLONE), copied = moves(COPY);
    struct cmif_reply in_domain = object_reply(NULL, 0), plain = ok(NULL, 0);

    call(FSP, &clone, &cloned);
    call(CLONE, &get_free, &in_domain);
    call(FSP, &copy, &copied);
    call(COPY, &commit, &plain);
}

/* The interface id of a reply names an object of a session that nobody saw open. */
static void use_unknown_session(uint32_t interface_id)
{
    struct cmif_request request = command(0, NULL, 0);
    struct cmif_reply reply = ok(NULL, 0);

    call(UNKNOWN, &request, &reply);
    reply.interface_id = interface_id;
    call(UNKNOWN, &request, &reply);
    call(UNKNOWN, &request, &reply);
}

/* Type 2 closes the session; what the kernel says to it is the only answer. */
static void release(uint32_t handle)
{
    struct hipc_message request = {.type = HIPC_TYPE_RELEASE};
    uint8_t bytes[HIPC_TLS_MESSAGE_SIZE];

    tap_enter(&tap, IPCTAP_HIPC_MESSAGE, handle);
    message(bytes, hipc_encode(&request, NULL, bytes, sizeof bytes));
    tap_end(&tap);
    tap_exit(&tap, IPCTAP_HIPC_MESSAGE, handle, SESSION_CLOSED);
    tap_end(&tap);
}

/* What a snapshot says about a session, and a plain session that opens an object. */
static void use_noted_session(void)
{
    struct cmif_request open = command(18, NULL, 0), commit = command(10, NULL, 0);
    struct cmif_reply opened = moves(PLAIN + 1), done = ok(NULL, 0);

    tap_note(&tap, PLAIN, IPCTAP_SERVICE, "fsp-srv");
    call(PLAIN, &open, &opened);
    call(PLAIN + 1, &commit, &done);
}

static void move_in_request(void)
{
    struct cmif_request request = command(0, NULL, 0);

    request.hipc.has_special = true;
    request.hipc.special.move_count = 1;
    request.hipc.special.move[0] = 1;
    tap_enter(&tap, IPCTAP_HIPC_MESSAGE, SET_SYS);
    add_request(&request);
    tap_end(&tap);
    tap_exit(&tap, IPCTAP_HIPC_MESSAGE, SET_SYS, 0xE801);
    tap_end(&tap);
}

/* The first bytes of a message, as a log has them; nobody answers. */
static void cut_messages(void)
{
    struct cmif_request request = read_request();
    uint8_t bytes[HIPC_TLS_MESSAGE_SIZE];
    size_t size = cmif_encode_request(&request, bytes, sizeof bytes);

    for (size_t length = 0; length <= size; length++) {
        tap_enter(&tap, IPCTAP_HIPC_MESSAGE, CLONE);
        ipctap_add_part(&tap.writer, IPCTAP_MESSAGE, 0, TLS, bytes, (uint32_t)length, size);
        tap_end(&tap);
    }
}

int main(int argc, char **argv)
{
    static const uint32_t file[] = {3};
    struct cmif_reply opened = object_reply(file, 1), failed = object_reply(NULL, 0);

    if (argc != 3) {
        fprintf(stderr, "Usage: %s FILE INTERFACE-ID\n", argv[0]);
        return EXIT_FAILURE;
    }
    tap_open(&tap, argv[1], IPCTAP_HORIZON);
    tap.header.pid = GAME;
    failed.result = PATH_NOT_FOUND;
    tap_note(&tap, 0, IPCTAP_PRODUCER, "horizon_calls");
    connect_to_sm();
    register_client();
    get_service("fsp-srv", FSP);
    get_service_by_tipc("set:sys", SET_SYS);
    use_control_commands();
    open_file_system();
    open_file("/x", &opened);
    open_file("/missing", &failed);
    read_file();
    close_object(3);
    clone_and_copy();
    use_unknown_session((uint32_t)strtoul(argv[2], NULL, 0));
    release(SET_SYS);
    close_handle(FSP);
    use_noted_session();
    move_in_request();
    cut_messages();
    tap_close(&tap);
    return EXIT_SUCCESS;
}
