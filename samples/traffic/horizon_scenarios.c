/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "horizon_steps.h"

#include <ipcshark/horizon_result.h>
#include <string.h>

#define PATH_SIZE         0x301
#define FS_PATH_NOT_FOUND HORIZON_RESULT(2, 1)
#define SM_NOT_REGISTERED HORIZON_RESULT(21, 7)
#define SESSION_CLOSED    HORIZON_RESULT(1, 123)
#define INVALID_HANDLE    HORIZON_RESULT(1, 114)

#define PROGRAM_ID UINT64_C(0x0100000000010000)

bool horizon_steps_connect(struct traffic_run *run, const char *name, struct horizon_service *sm)
{
    static const uint8_t placeholder[8];
    struct horizon_command initialize = {
        .id = 0, .data = placeholder, .data_size = sizeof placeholder, .send_pid = true};

    *sm = (struct horizon_service){
        .client = traffic_run_connect(run, IPCTAP_HORIZON, name, PROGRAM_ID)};
    if (!sm->client)
        return false;
    traffic_expect_equal(run, horizon_connect_port(sm->client, "sm:", &sm->handle), 0,
                         "ConnectToNamedPort sm:");
    return traffic_expect_equal(run, horizon_call(sm, &initialize), 0, "RegisterClient");
}

bool horizon_steps_service(struct traffic_run *run, const struct horizon_service *sm,
                           const char *name, struct horizon_service *service)
{
    return traffic_expect_equal(run, horizon_get_service(sm, name, service), 0, name);
}

static struct horizon_argument path_argument(char *buffer, const char *path)
{
    g_strlcpy(buffer, path, PATH_SIZE);
    return (struct horizon_argument){
        .kind = HORIZON_POINTER_IN, .bytes = buffer, .size = PATH_SIZE};
}

/* A command on one path with data in front. */
uint32_t horizon_steps_path(const struct horizon_service *service, uint32_t id, const void *data,
                            uint16_t size, const char *path, struct horizon_command *command)
{
    char buffer[PATH_SIZE] = {0};
    uint32_t result;

    *command = (struct horizon_command){.id = id, .data = data, .data_size = size};
    command->argument[0] = path_argument(buffer, path);
    result = horizon_call(service, command);
    command->argument[0].bytes = NULL;
    return result;
}

struct horizon_service horizon_steps_object(const struct horizon_service *domain, uint32_t id)
{
    struct horizon_service object = *domain;

    object.object_id = id;
    return object;
}

void horizon_steps_close_object(struct traffic_run *run, const struct horizon_service *object)
{
    struct horizon_command command = {.is_close = true};

    traffic_expect_equal(run, horizon_call(object, &command), 0, "domain close");
}

bool horizon_steps_file_system(struct traffic_run *run, const struct horizon_service *sm,
                               struct horizon_service *fsp, struct horizon_service *file_system)
{
    static const uint8_t placeholder[8];
    struct horizon_command set = {
        .id = 1, .data = placeholder, .data_size = sizeof placeholder, .send_pid = true};
    struct horizon_command open = {.id = 18};

    if (!horizon_steps_service(run, sm, "fsp-srv", fsp) ||
        !traffic_expect_equal(run, horizon_convert_to_domain(fsp), 0, "convert to domain"))
        return false;
    traffic_expect_equal(run, horizon_call(fsp, &set), 0, "SetCurrentProcess");
    traffic_expect_equal(run, horizon_call(fsp, &open), 0, "OpenSdCardFileSystem");
    *file_system = horizon_steps_object(fsp, open.out_object[0]);
    return traffic_expect(run, file_system->object_id != 0, "no IFileSystem came back");
}

static void write_and_read(struct traffic_run *run, const struct horizon_service *file)
{
    static char text[] = "written through a map buffer, read back through another";
    char read[0x1800] = {0};
    uint8_t range[0x18] = {0};
    struct horizon_command write = {.id = 1, .data = range, .data_size = sizeof range};
    struct horizon_command command = {.id = 0, .data = range, .data_size = sizeof range};
    struct horizon_command size = {.id = 4};

    ipcshark_store_u64(range + 16, sizeof text);
    write.argument[0] = (struct horizon_argument){.kind = HORIZON_MAP_IN,
                                                  .bytes = text,
                                                  .size = sizeof text,
                                                  .attribute = HIPC_MAP_NON_SECURE};
    traffic_expect_equal(run, horizon_call(file, &write), 0, "Write");
    traffic_expect_equal(run, horizon_call(file, &size), 0, "GetSize");
    traffic_expect_equal(run, horizon_command_u64(&size, 0), sizeof text, "file size");
    /* An address that is not page aligned: head and tail are copied, the middle is shared. */
    command.argument[0] = (struct horizon_argument){.kind = HORIZON_MAP_OUT,
                                                    .bytes = read,
                                                    .size = sizeof read,
                                                    .address = HORIZON_CLIENT_HEAP + 0x123,
                                                    .attribute = HIPC_MAP_NON_SECURE};
    ipcshark_store_u64(range + 16, sizeof read);
    traffic_expect_equal(run, horizon_call(file, &command), 0, "Read");
    traffic_expect_equal(run, horizon_command_u64(&command, 0), sizeof text, "bytes read");
    traffic_expect(run, !command.is_odd && !memcmp(read, text, sizeof text),
                   "the bytes that were read are not those that were written");
}

static void list_directory(struct traffic_run *run, const struct horizon_service *file_system)
{
    static uint8_t entries[8 * 0x310];
    static const uint8_t filter[4] = {3};
    struct horizon_command read = {.id = 0}, open;
    struct horizon_service directory;

    traffic_expect_equal(
        run, horizon_steps_path(file_system, 9, filter, sizeof filter, "/scenario", &open), 0,
        "OpenDirectory");
    directory = horizon_steps_object(file_system, open.out_object[0]);
    read.argument[0] = (struct horizon_argument){
        .kind = HORIZON_MAP_OUT, .bytes = entries, .size = sizeof entries};
    traffic_expect_equal(run, horizon_call(&directory, &read), 0, "IDirectory Read");
    traffic_expect_equal(run, horizon_command_u64(&read, 0), 1, "entries");
    traffic_expect(run, !strcmp((char *)entries, "data.bin"), "entry \"%s\"", (char *)entries);
    horizon_steps_close_object(run, &directory);
}

static void run_files(struct traffic_run *run)
{
    static const uint8_t create[0x10], mode[4] = {7};
    struct horizon_service sm, fsp, file_system, file;
    struct horizon_command command;

    if (horizon_steps_connect(run, "horizon-files", &sm) &&
        horizon_steps_file_system(run, &sm, &fsp, &file_system)) {
        horizon_steps_path(&file_system, 4, NULL, 0, "/scenario",
                           &command); /* left by an earlier run */
        traffic_expect_equal(run,
                             horizon_steps_path(&file_system, 2, NULL, 0, "/scenario", &command), 0,
                             "CreateDirectory");
        traffic_expect_equal(run,
                             horizon_steps_path(&file_system, 0, create, sizeof create,
                                                "/scenario/data.bin", &command),
                             0, "CreateFile");
        traffic_expect_equal(
            run,
            horizon_steps_path(&file_system, 8, mode, sizeof mode, "/scenario/data.bin", &command),
            0, "OpenFile");
        file = horizon_steps_object(&file_system, command.out_object[0]);
        write_and_read(run, &file);
        horizon_steps_close_object(run, &file);
        list_directory(run, &file_system);
        traffic_expect_equal(
            run, horizon_steps_path(&file_system, 8, mode, sizeof mode, "/no/such/file", &command),
            FS_PATH_NOT_FOUND, "OpenFile of a file that is not there");
        traffic_expect_equal(
            run, horizon_steps_path(&file_system, 7, NULL, 0, "/../etc/passwd", &command) != 0, 1,
            "GetEntryType outside of the sandbox fails");
        traffic_expect_equal(run,
                             horizon_steps_path(&file_system, 4, NULL, 0, "/scenario", &command), 0,
                             "DeleteDirectoryRecursively");
        horizon_steps_close_object(run, &file_system);
        horizon_close_handle(sm.client, fsp.handle);
    }
    traffic_run_disconnect(run, sm.client);
}

static void run_settings(struct traffic_run *run)
{
    uint8_t firmware[0x100] = {0};
    struct horizon_command version = {.id = 3}, color = {.id = 23};
    struct horizon_service sm, set;

    if (horizon_steps_connect(run, "horizon-settings", &sm) &&
        horizon_steps_service(run, &sm, "set:sys", &set)) {
        version.argument[0] = (struct horizon_argument){
            .kind = HORIZON_FIXED_POINTER_OUT, .bytes = firmware, .size = sizeof firmware};
        traffic_expect_equal(run, horizon_call(&set, &version), 0, "GetFirmwareVersion");
        traffic_expect(run, !strcmp((char *)firmware + 0x68, "17.0.1"), "firmware \"%.24s\"",
                       (char *)firmware + 0x68);
        traffic_expect_equal(run, horizon_call(&set, &color), 0, "GetColorSetId");
        traffic_expect_equal(run, horizon_command_u32(&color, 0), 1, "color set");
        horizon_close_handle(sm.client, set.handle);
    }
    traffic_run_disconnect(run, sm.client);
}

static void run_tipc(struct traffic_run *run)
{
    char name[8] = "echo", missing[8] = "nosuch";
    struct horizon_command initialize = {.id = 0, .is_tipc = true, .send_pid = true};
    struct horizon_command get = {.id = 1, .is_tipc = true, .data = name, .data_size = 8};
    struct horizon_command fail = {.id = 1, .is_tipc = true, .data = missing, .data_size = 8};
    struct horizon_command close = {.is_tipc = true, .id = 0xFFFF};
    struct horizon_service sm = {
        .client = traffic_run_connect(run, IPCTAP_HORIZON, "horizon-tipc", PROGRAM_ID)};

    if (!sm.client)
        return;
    horizon_connect_port(sm.client, "sm:", &sm.handle);
    traffic_expect_equal(run, horizon_call(&sm, &initialize), 0, "TIPC RegisterClient");
    traffic_expect_equal(run, horizon_call(&sm, &get), 0, "TIPC GetServiceHandle");
    traffic_expect(run, get.reply.special.move[0] != 0, "no session came back");
    traffic_expect_equal(run, horizon_call(&sm, &fail), SM_NOT_REGISTERED,
                         "TIPC GetServiceHandle of a service that is not there");
    /* Command id 0xFFFF wraps to type 15: TIPC's close. */
    traffic_expect_equal(run, horizon_call(&sm, &close), SESSION_CLOSED, "TIPC close");
    traffic_run_disconnect(run, sm.client);
}

void horizon_steps_echo(struct traffic_run *run, const struct horizon_service *service, uint32_t id,
                        enum horizon_argument_kind in, enum horizon_argument_kind out,
                        uint8_t attribute, uint32_t size, const char *what)
{
    g_autofree uint8_t *sent = g_malloc(size), *received = g_malloc0(size);
    struct horizon_command command = {.id = id};

    for (uint32_t i = 0; i < size; i++)
        sent[i] = (uint8_t)(i * 7 + id);
    command.argument[0] =
        (struct horizon_argument){.kind = in, .bytes = sent, .size = size, .attribute = attribute};
    command.argument[1] = (struct horizon_argument){
        .kind = out, .bytes = received, .size = size, .attribute = attribute};
    traffic_expect_equal(run, horizon_call(service, &command), 0, what);
    traffic_expect_equal(run, horizon_command_u64(&command, 0), size, what);
    traffic_expect(run, !command.is_odd && !memcmp(sent, received, size),
                   "%s: the bytes differ or lie outside of their room", what);
}

static void exchange(struct traffic_run *run, const struct horizon_service *service)
{
    uint8_t bytes[0x20];
    struct horizon_command command = {.id = 4};

    memset(bytes, 0x5A, sizeof bytes);
    command.argument[0] = (struct horizon_argument){
        .kind = HORIZON_MAP_EXCHANGE, .bytes = bytes, .size = sizeof bytes};
    traffic_expect_equal(run, horizon_call(service, &command), 0, "InvertExchange");
    traffic_expect(run, bytes[0] == 0xA5 && bytes[0x1F] == 0xA5, "exchange gave 0x%02X", bytes[0]);
}

static void run_buffers(struct traffic_run *run)
{
    struct horizon_service sm, service;

    if (horizon_steps_connect(run, "horizon-buffers", &sm) &&
        horizon_steps_service(run, &sm, "echo", &service)) {
        horizon_steps_echo(run, &service, 1, HORIZON_POINTER_IN, HORIZON_POINTER_OUT, 0, 0x100,
                           "EchoPointer");
        horizon_steps_echo(run, &service, 2, HORIZON_MAP_IN, HORIZON_MAP_OUT, 0, 0x2345, "EchoMap");
        horizon_steps_echo(run, &service, 3, HORIZON_AUTO_IN, HORIZON_AUTO_OUT, 0, 0x80,
                           "EchoAutoSelect (pointer)");
        horizon_steps_echo(run, &service, 3, HORIZON_AUTO_IN, HORIZON_AUTO_OUT, 0, 0x4000,
                           "EchoAutoSelect (map)");
        horizon_steps_echo(run, &service, 7, HORIZON_MAP_IN, HORIZON_MAP_OUT, HIPC_MAP_NON_SECURE,
                           0x1000, "EchoNonSecure");
        horizon_steps_echo(run, &service, 8, HORIZON_MAP_IN, HORIZON_MAP_OUT, HIPC_MAP_NON_DEVICE,
                           0x1000, "EchoNonDevice");
        horizon_steps_echo(run, &service, 12, HORIZON_POINTER_IN, HORIZON_FIXED_POINTER_OUT, 0,
                           0x20, "EchoFixedPointer");
        exchange(run, &service);
        horizon_close_handle(sm.client, service.handle);
    }
    traffic_run_disconnect(run, sm.client);
}

/* An event goes to the service and comes back as another handle to the same event. */
static void transfer_event(struct traffic_run *run, const struct horizon_service *service)
{
    struct ipctap_kernel_call call = {.call = IPCTAP_CALL_CREATE_EVENT}, event;
    struct horizon_command command = {.id = 5, .copy_count = 1};
    uint32_t copy;

    traffic_expect_equal(run, traffic_client_kernel_call(service->client, &call, NULL, &event), 0,
                         "CreateEvent");
    command.copy[0] = event.handle_2;
    traffic_expect_equal(run, horizon_call(service, &command), 0, "EchoHandle");
    copy = command.reply.special.copy[0];
    traffic_expect(run, copy != 0 && copy != event.handle_2, "EchoHandle gave handle 0x%X", copy);
    call = (struct ipctap_kernel_call){.call = IPCTAP_CALL_SIGNAL_EVENT, .handle = event.handle};
    traffic_expect_equal(run, traffic_client_kernel_call(service->client, &call, NULL, NULL), 0,
                         "SignalEvent");
    call = (struct ipctap_kernel_call){.call = IPCTAP_CALL_RESET_SIGNAL, .handle = copy};
    traffic_expect_equal(run, traffic_client_kernel_call(service->client, &call, NULL, NULL), 0,
                         "ResetSignal of the copy");
    command = (struct horizon_command){.id = 5, .copy_count = 1, .copy = {0x12345}};
    traffic_expect_equal(run, horizon_call(service, &command), INVALID_HANDLE,
                         "EchoHandle of no handle");
}

static void use_objects(struct traffic_run *run, struct horizon_service *service)
{
    struct horizon_command make = {.id = 9}, take = {.id = 11, .object_count = 1};
    struct horizon_command clone = {.id = CMIF_CLONE_CURRENT_OBJECT, .is_control = true};
    struct horizon_service object, copy = *service;

    traffic_expect_equal(run, horizon_call(service, &clone), 0, "CloneCurrentObject");
    copy.handle = clone.reply.special.move[0];
    traffic_expect_equal(run, horizon_convert_to_domain(service), 0, "convert to domain");
    traffic_expect_equal(run, horizon_call(service, &make), 0, "MakeObject");
    object = horizon_steps_object(service, make.out_object[0]);
    take.object[0] = object.object_id;
    traffic_expect_equal(run, horizon_call(&object, &take), 0, "TakeObject");
    traffic_expect_equal(run, horizon_command_u32(&take, 0), 1, "TakeObject of itself");
    horizon_steps_close_object(run, &object);
    take.object[0] = service->object_id;
    traffic_expect_equal(run, horizon_call(&object, &take), SESSION_CLOSED,
                         "command on a closed object");
    make = (struct horizon_command){.id = 9};
    traffic_expect_equal(run, horizon_call(&copy, &make), 0, "MakeObject through the clone");
    traffic_expect(run, make.reply.special.move[0] != 0, "a plain session moves no session");
    horizon_close_handle(service->client, copy.handle);
}

static void run_handles(struct traffic_run *run)
{
    static const uint8_t placeholder[8];
    struct horizon_command pid = {
        .id = 6, .data = placeholder, .data_size = sizeof placeholder, .send_pid = true};
    struct horizon_service sm, service;

    if (horizon_steps_connect(run, "horizon-handles", &sm) &&
        horizon_steps_service(run, &sm, "echo", &service)) {
        traffic_expect_equal(run, horizon_call(&service, &pid), 0, "GetPid");
        traffic_expect_equal(run, horizon_command_u64(&pid, 0), sm.client->pid, "pid");
        transfer_event(run, &service);
        use_objects(run, &service);
    }
    traffic_run_disconnect(run, sm.client);
}

static void run_errors(struct traffic_run *run)
{
    static const uint8_t wanted[4] = {0x02, 0x02};
    struct horizon_command fail = {.id = 10, .data = wanted, .data_size = sizeof wanted};
    struct horizon_command unknown = {.id = 777}, close = {.is_close = true};
    struct horizon_service sm, service, none;

    if (horizon_steps_connect(run, "horizon-errors", &sm) &&
        horizon_steps_service(run, &sm, "echo", &service)) {
        traffic_expect_equal(run, horizon_get_service(&sm, "nosuch", &none), SM_NOT_REGISTERED,
                             "GetServiceHandle of a service that is not there");
        traffic_expect_equal(run, horizon_call(&service, &fail), FS_PATH_NOT_FOUND, "Fail");
        traffic_expect_equal(run, horizon_call(&service, &unknown), SESSION_CLOSED,
                             "a command that the service does not have");
        traffic_expect_equal(run, horizon_call(&service, &fail), SESSION_CLOSED,
                             "a request on the closed session");
        traffic_expect_equal(run, horizon_call(&sm, &close), SESSION_CLOSED, "Close message");
        horizon_close_handle(sm.client, service.handle);
        traffic_expect_equal(run, horizon_call(&service, &fail), INVALID_HANDLE,
                             "a request on a closed handle");
    }
    traffic_run_disconnect(run, sm.client);
}

#define SERVER_TLS UINT64_C(0x20B000400)

/* ReplyAndReceive on one session, with `message` as the reply (or what was prepared). */
static uint64_t send_receive(struct traffic_client *server, uint32_t session, bool is_reply,
                             const uint8_t message[HIPC_TLS_MESSAGE_SIZE])
{
    const struct ipctap_kernel_call call = {.call = IPCTAP_CALL_REPLY_AND_RECEIVE,
                                            .handle = is_reply ? session : 0,
                                            .value_2 = is_reply ? 0 : UINT64_MAX};
    struct record_builder request;
    uint8_t handles[4];

    ipcshark_store_u32(handles, session);
    traffic_client_begin(server, &request, IPCTAP_KERNEL_CALL);
    request.header.object = call.handle;
    record_builder_add_kernel_call(&request, &call);
    record_builder_add(&request, IPCTAP_MESSAGE, 0, SERVER_TLS, message, HIPC_TLS_MESSAGE_SIZE);
    record_builder_add(&request, IPCTAP_HANDLES, 0, 0, handles, sizeof handles);
    return traffic_client_send(server, &request);
}

static uint32_t wait_result(struct traffic_client *client, uint64_t call_id)
{
    struct traffic_exit exit;
    uint32_t result;

    if (!traffic_client_wait(client, call_id, &exit))
        return UINT32_MAX;
    result = exit.result;
    traffic_exit_clear(&exit);
    return result;
}

static uint32_t register_service(struct traffic_run *run, const struct horizon_service *sm)
{
    static const uint8_t arguments[16] = "demo-srv\0\0\0\0\4";
    struct horizon_command command = {.id = 2, .data = arguments, .data_size = sizeof arguments};

    traffic_expect_equal(run, horizon_call(sm, &command), 0, "RegisterService");
    return command.reply.special.move[0];
}

static uint32_t accept_session(struct traffic_run *run, struct traffic_client *server,
                               uint32_t port)
{
    const struct ipctap_kernel_call call = {.call = IPCTAP_CALL_ACCEPT_SESSION, .handle = port};
    struct ipctap_kernel_call results = {0};

    traffic_expect_equal(run, traffic_client_kernel_call(server, &call, NULL, &results), 0,
                         "AcceptSession");
    return results.handle;
}

/* One request from client to server and the answer back. */
static void serve_once(struct traffic_run *run, const struct horizon_service *service,
                       struct traffic_client *server, uint32_t session)
{
    static const uint8_t question[4] = {21}, answer[4] = {42};
    const struct cmif_reply described = {.data = answer, .data_size = sizeof answer};
    struct horizon_command command = {.id = 7, .data = question, .data_size = sizeof question};
    uint8_t message[HIPC_TLS_MESSAGE_SIZE] = {0};
    struct record_builder request;
    struct traffic_exit exit;
    uint64_t calling;

    horizon_call_begin(service, &command, &request);
    calling = traffic_client_send(service->client, &request);
    traffic_expect_equal(run, wait_result(server, send_receive(server, session, false, message)), 0,
                         "ReplyAndReceive");
    cmif_encode_reply(&described, message, sizeof message);
    traffic_expect_equal(run, wait_result(server, send_receive(server, session, true, message)),
                         HORIZON_RESULT(1, 117), "ReplyAndReceive with a reply and no time");
    if (!traffic_expect(run, traffic_client_wait(service->client, calling, &exit), "no exit came"))
        return;
    horizon_call_end(service, &command, &exit, 0);
    traffic_expect_equal(run, command.result, 0, "the service's command");
    traffic_expect_equal(run, horizon_command_u32(&command, 0), 42, "the service's answer");
    traffic_exit_clear(&exit);
}

static void run_service(struct traffic_run *run)
{
    struct horizon_service server = {0}, client = {0}, service = {0};
    struct horizon_command get = {.id = 1, .data = "demo-srv", .data_size = 8};

    if (horizon_steps_connect(run, "horizon-server", &server) &&
        horizon_steps_connect(run, "horizon-client", &client)) {
        uint32_t port = register_service(run, &server), session;

        traffic_expect_equal(run, horizon_call(&client, &get), 0, "GetServiceHandle");
        service.client = client.client;
        service.handle = get.reply.special.move[0];
        session = accept_session(run, server.client, port);
        serve_once(run, &service, server.client, session);
    }
    traffic_run_disconnect(run, client.client);
    traffic_run_disconnect(run, server.client);
}

const struct traffic_scenario horizon_scenarios[] = {
    {"horizon-day", "a program's day: settings, its saves, a clone, its end", horizon_run_day},
    {"horizon-files", "sm:, fsp-srv as a domain, a file written and read back", run_files},
    {"horizon-settings", "set:sys: firmware version through a pointer buffer", run_settings},
    {"horizon-tipc", "sm: over TIPC, and its close", run_tipc},
    {"horizon-buffers", "every kind of buffer there and back", run_buffers},
    {"horizon-handles", "process id, copied event, moved sessions, clone, objects", run_handles},
    {"horizon-service", "one process registers a service, another one calls it", run_service},
    {"horizon-errors", "what goes wrong: services, commands, closed sessions", run_errors},
    {"horizon-large", "megabytes through every kind of map buffer, and into a file",
     horizon_run_large},
    {"horizon-sessions", "many processes with many sessions each, all open at once",
     horizon_run_sessions},
    {"horizon-domains", "objects of a domain opened and closed in random order",
     horizon_run_domains},
    {"horizon-async", "asynchronous requests in flight, and threads that wait for an event",
     horizon_run_async},
    {"horizon-malformed", "random and damaged messages, and records that end the connection",
     horizon_run_malformed},
    {NULL, NULL, NULL},
};
