/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the simulated Horizon kernel does to messages, at the edges. The rules are mesosphere's
 * (kern_k_server_session.cpp and what it calls). */
#include "fixture.h"

#include <horizon/horizon.h>
#include <horizon_client.h>
#include <string.h>

#define FS_PATH_NOT_FOUND HORIZON_RESULT(2, 1)
#define SM_INVALID_CLIENT HORIZON_RESULT(21, 2)
#define SM_INVALID_NAME   HORIZON_RESULT(21, 6)
#define SM_NOT_REGISTERED HORIZON_RESULT(21, 7)

static struct horizon_service connect_sm(struct server_fixture *fixture, const char *name)
{
    static const uint8_t placeholder[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct horizon_command initialize = {
        .id = 0, .data = placeholder, .data_size = 8, .send_pid = true};
    struct horizon_service sm = {.client = server_fixture_open(fixture, name)};

    g_assert_cmphex(horizon_connect_port(sm.client, "sm:", &sm.handle), ==, 0);
    g_assert_cmphex(horizon_call(&sm, &initialize), ==, 0);
    return sm;
}

/* A session to the echo service. */
static struct horizon_service connect_echo(struct server_fixture *fixture)
{
    struct horizon_service sm = connect_sm(fixture, "test"), echo;

    g_assert_cmphex(horizon_get_service(&sm, "echo", &echo), ==, 0);
    g_assert_cmpuint(echo.pointer_buffer_size, ==, 0x500);
    return echo;
}

static struct horizon_argument argument(enum horizon_argument_kind kind, void *bytes, uint32_t size)
{
    return (struct horizon_argument){.kind = kind, .bytes = bytes, .size = size};
}

/* A message given as words, without contents. */
static uint32_t send_words(const struct horizon_service *service, const uint32_t *words,
                           size_t count, bool *has_message)
{
    uint8_t message[HIPC_TLS_MESSAGE_SIZE] = {0};
    struct record_builder request;
    struct ipctap_section section;
    struct traffic_exit exit;
    uint32_t result;

    for (size_t i = 0; i < count; i++)
        ipcshark_store_u32(message + 4 * i, words[i]);
    traffic_client_begin(service->client, &request, IPCTAP_HIPC_MESSAGE);
    request.header.object = service->handle;
    record_builder_add(&request, IPCTAP_MESSAGE, 0, HORIZON_CLIENT_TLS, message, sizeof message);
    g_assert_true(traffic_client_call(service->client, &request, &exit));
    result = exit.result;
    if (has_message)
        *has_message = traffic_exit_section(&exit, IPCTAP_MESSAGE, 0, &section);
    traffic_exit_clear(&exit);
    return result;
}

#define assert_words(service, expected, ...)                                                       \
    do {                                                                                           \
        const uint32_t words[] = {__VA_ARGS__};                                                    \
        bool has_message;                                                                          \
        uint32_t result = send_words(service, words, G_N_ELEMENTS(words), &has_message);           \
        g_assert_cmphex(result, ==, expected);                                                     \
        g_assert_false(has_message);                                                               \
    } while (0)

static void test_handle_values(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *client = server_fixture_open(fixture, "p");
    uint32_t first, second, third;

    (void)data;
    horizon_connect_port(client, "sm:", &first);
    horizon_connect_port(client, "sm:", &second);
    g_assert_cmphex(first, ==, 0x83FF);
    g_assert_cmphex(second, ==, 0x103FE);
    /* A freed index is used again, with another serial: the old value stays dead. */
    horizon_close_handle(client, second);
    horizon_connect_port(client, "sm:", &third);
    g_assert_cmphex(third, ==, 0x183FE);
    g_assert_cmphex(send_words(&(struct horizon_service){.client = client, .handle = second},
                               (uint32_t[]){4, 0}, 2, NULL),
                    ==, HORIZON_INVALID_HANDLE);
    traffic_client_free(client);
}

static void test_handle_table(void)
{
    static struct horizon_handle_table table;
    struct horizon_object *object = horizon_object_new(HORIZON_PROCESS);
    uint32_t handle, last = 0;

    horizon_handle_table_init(&table);
    for (unsigned int i = 0; i < HORIZON_HANDLE_TABLE_SIZE; i++)
        g_assert_cmphex(horizon_handle_add(&table, object, &last), ==, 0);
    g_assert_cmphex(horizon_handle_add(&table, object, &handle), ==, HORIZON_OUT_OF_HANDLES);
    g_assert_cmphex(handle, ==, 0);
    g_assert_true(horizon_handle_find(&table, last) == object);
    g_assert_null(horizon_handle_find(&table, last ^ 1u << 15));
    g_assert_null(horizon_handle_find(&table, 0));
    g_assert_null(horizon_handle_find(&table, 0xFFFF8001));
    g_assert_true(horizon_handle_close(&table, last));
    g_assert_false(horizon_handle_close(&table, last));
    /* Serials wrap from 0x7FFF to 1. */
    for (unsigned int i = 0; i < 0x8000; i++) {
        g_assert_cmphex(horizon_handle_add(&table, object, &handle), ==, 0);
        g_assert_cmphex(handle >> 15, !=, 0);
        g_assert_cmphex(handle >> 30, ==, 0);
        horizon_handle_close(&table, handle);
    }
    horizon_handle_table_clear(&table);
    g_assert_cmpuint(object->references, ==, 1);
    horizon_object_unref(object);
}

static void test_ports(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *client = server_fixture_open(fixture, "p");
    uint32_t handle;

    (void)data;
    g_assert_cmphex(horizon_connect_port(client, "nobody", &handle), ==, HORIZON_NOT_FOUND);
    g_assert_cmphex(horizon_connect_port(client, "elevenchars", &handle), ==, HORIZON_NOT_FOUND);
    g_assert_cmphex(horizon_connect_port(client, "twelve_chars", &handle), ==,
                    HORIZON_OUT_OF_RANGE);
    traffic_client_free(client);
}

static void test_refused_requests(struct server_fixture *fixture, gconstpointer data)
{
    struct horizon_service echo = connect_echo(fixture);

    (void)data;
    /* move handle in a request */
    assert_words(&echo, HORIZON_INVALID_COMBINATION, 4, 0x80000000, 0x20, 0x83FF);
    /* copy handle that is none */
    assert_words(&echo, HORIZON_INVALID_HANDLE, 4, 0x80000000, 0x2, 0x18002);
    /* raw words past the buffer: 62 still fit, 63 do not */
    assert_words(&echo, HORIZON_INVALID_COMBINATION, 4, 63);
    /* receive list alone past the buffer */
    assert_words(&echo, HORIZON_INVALID_COMBINATION, 4, 62 | 2 << 10);
    /* pointer, send, receive, exchange that name no memory */
    assert_words(&echo, HORIZON_INVALID_CURRENT_MEMORY, 0x10004, 8, 0x00100000, 0x1000);
    assert_words(&echo, HORIZON_INVALID_CURRENT_MEMORY, 0x100004, 8, 0x10, 0x1000, 0);
    assert_words(&echo, HORIZON_INVALID_CURRENT_MEMORY, 0x1000004, 8, 0x10, 0x1000, 0);
    assert_words(&echo, HORIZON_INVALID_CURRENT_MEMORY, 0x10000004, 8, 0x10, 0x1000, 0);
    /* attribute 2, even with size 0 */
    assert_words(&echo, HORIZON_INVALID_COMBINATION, 0x100004, 8, 0, 0, 2);
    /* pointer larger than the service's buffer: no room comes before no memory */
    assert_words(&echo, HORIZON_OUT_OF_RESOURCE, 0x10004, 8, 0x05010000, 0x1000);
    /* a buffer of 4 GiB of room that the exit could never carry */
    assert_words(&echo, HORIZON_LIMIT_REACHED, 0x1000004, 8, 0xFFFFFFFF, 0x1000, 0);
    traffic_client_free(echo.client);
}

static void test_closed_by_framework(struct server_fixture *fixture, gconstpointer data)
{
    static const uint32_t types[] = {0, 1, 2, 3, 8, 14, 15, 16};

    (void)data;
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        struct horizon_service echo = connect_echo(fixture);

        assert_words(&echo, HORIZON_SESSION_CLOSED, types[i], 8);
        /* The handle stays until it is closed, the session does not come back. */
        assert_words(&echo, HORIZON_SESSION_CLOSED, 4, 8);
        traffic_client_free(echo.client);
    }
}

static void test_framework_errors(struct server_fixture *fixture, gconstpointer data)
{
    static const uint32_t messages[][12] = {
        {4, 3},                                                 /* raw below 0x10 */
        {4, 4},                                                 /* no room for the header */
        {4, 8, 0, 0, 0x4F434653, 0, 0, 0},                      /* SFCO in a request */
        {4, 8, 0, 0, 0x49434653, 2, 0, 0},                      /* version 2 */
        {4, 8, 0, 0, 0x49434653, 0x10000, 0, 0},                /* reserved half of the version */
        {4, 8, 0, 0, 0x49434653, 0, 999, 0},                    /* unknown command */
        {4, 8, 0, 0, 0x49434653, 0, 10, 0},                     /* data too short */
        {5, 8, 0, 0, 0x49434653, 0, 5, 0},                      /* unknown control command */
        {4, 0x8000000C, 1, 0, 0, 0, 0, 0, 0x49434653, 0, 9, 0}, /* pid not expected */
        {0x100004, 12, 0, 0, 0, 0, 0, 0, 0x49434653, 0, 9, 0},  /* buffer not expected */
    };

    (void)data;
    for (size_t i = 0; i < G_N_ELEMENTS(messages); i++) {
        struct horizon_service echo = connect_echo(fixture);

        g_assert_cmphex(send_words(&echo, messages[i], 12, NULL), ==, HORIZON_SESSION_CLOSED);
        traffic_client_free(echo.client);
    }
}

static void test_pid_is_replaced(struct server_fixture *fixture, gconstpointer data)
{
    static const uint8_t lie[8] = {0xEE, 0xEE, 0xEE, 0xEE};
    struct horizon_service echo = connect_echo(fixture);
    struct horizon_command command = {.id = 6, .data = lie, .data_size = 8, .send_pid = true};

    (void)data;
    g_assert_cmphex(horizon_call(&echo, &command), ==, 0);
    g_assert_cmphex(horizon_command_u64(&command, 0), ==, echo.client->pid);
    traffic_client_free(echo.client);
}

static void test_pseudo_handles(struct server_fixture *fixture, gconstpointer data)
{
    struct horizon_service echo = connect_echo(fixture);
    struct horizon_command command = {.id = 5, .copy_count = 1, .copy = {HORIZON_PSEUDO_PROCESS}};
    struct ipctap_kernel_call call = {.call = IPCTAP_CALL_GET_PROCESS_ID}, results;

    (void)data;
    /* Copying the pseudo handle gives a real one to the sender's own process. */
    g_assert_cmphex(horizon_call(&echo, &command), ==, 0);
    call.handle = command.reply.special.copy[0];
    g_assert_cmphex(call.handle, !=, HORIZON_PSEUDO_PROCESS);
    g_assert_cmphex(traffic_client_kernel_call(echo.client, &call, NULL, &results), ==, 0);
    g_assert_cmphex(results.value, ==, echo.client->pid);
    /* 0 stays 0. */
    command = (struct horizon_command){.id = 5, .copy_count = 1, .copy = {0}};
    g_assert_cmphex(horizon_call(&echo, &command), ==, 0);
    g_assert_cmphex(command.reply.special.copy[0], ==, 0);
    traffic_client_free(echo.client);
}

static void test_shared_pages(struct server_fixture *fixture, gconstpointer data)
{
    static uint8_t first[0x3000], second[0x3000];
    struct horizon_service echo = connect_echo(fixture);
    struct horizon_command command = {.id = 2};

    (void)data;
    /* send and receive over one whole page: the receive buffer finds it read-only */
    command.argument[0] = argument(HORIZON_MAP_IN, first, 0x2000);
    command.argument[1] = argument(HORIZON_MAP_OUT, second, 0x2000);
    command.argument[0].address = HORIZON_CLIENT_HEAP;
    command.argument[1].address = HORIZON_CLIENT_HEAP + 0x1000;
    g_assert_cmphex(horizon_call(&echo, &command), ==, HORIZON_INVALID_CURRENT_MEMORY);
    /* sharing only partial pages is fine: those are never locked */
    command.argument[0] = argument(HORIZON_MAP_IN, first, 0x100);
    command.argument[1] = argument(HORIZON_MAP_OUT, second, 0x100);
    command.argument[0].address = HORIZON_CLIENT_HEAP + 0x10;
    command.argument[1].address = HORIZON_CLIENT_HEAP + 0x800;
    g_assert_cmphex(horizon_call(&echo, &command), ==, 0);
    traffic_client_free(echo.client);
}

/* "partial pages are fresh pages … copied back at reply": what the server leaves alone there comes
 * back as zeros, whole pages in the middle keep the client's bytes. */
static void test_receive_edges(struct server_fixture *fixture, gconstpointer data)
{
    static uint8_t room[0x3000];
    uint8_t sent[4] = {1, 2, 3, 4};
    struct horizon_service echo = connect_echo(fixture);
    struct horizon_command command = {.id = 2};

    (void)data;
    memset(room, 0xCC, sizeof room);
    command.argument[0] = argument(HORIZON_MAP_IN, sent, sizeof sent);
    command.argument[1] = argument(HORIZON_MAP_OUT, room, sizeof room);
    command.argument[1].address = HORIZON_CLIENT_HEAP + 0x2000800;
    g_assert_cmphex(horizon_call(&echo, &command), ==, 0);
    g_assert_false(command.is_odd);
    g_assert_cmpmem(room, 4, sent, 4);
    g_assert_cmphex(room[4], ==, 0); /* head: 0x800 to 0x1000 */
    g_assert_cmphex(room[0x7FF], ==, 0);
    g_assert_cmphex(room[0x800], ==, 0xCC); /* whole pages 0x1000 to 0x3000 */
    g_assert_cmphex(room[0x27FF], ==, 0xCC);
    g_assert_cmphex(room[0x2800], ==, 0); /* tail: 0x3000 to 0x3800 */
    g_assert_cmphex(room[0x2FFF], ==, 0);
    traffic_client_free(echo.client);
}

static void test_reply_without_room(struct server_fixture *fixture, gconstpointer data)
{
    uint8_t sent[0x20] = {7}, room[0x20] = {0};
    struct horizon_service echo = connect_echo(fixture);
    struct horizon_command command = {.id = 1};

    (void)data;
    command.argument[0] = argument(HORIZON_POINTER_IN, sent, sizeof sent);
    command.argument[1] = argument(HORIZON_POINTER_OUT, room, sizeof room);
    command.argument[1].is_absent = true;
    g_assert_cmphex(horizon_call(&echo, &command), ==, HORIZON_INVALID_CURRENT_MEMORY);
    command.argument[1].is_absent = false;
    g_assert_cmphex(horizon_call(&echo, &command), ==, 0);
    g_assert_cmpmem(room, sizeof room, sent, sizeof sent);
    traffic_client_free(echo.client);
}

/* Mode 1: reply pointers land behind the reply in the message buffer, 16-aligned. */
static void test_receive_in_message(struct server_fixture *fixture, gconstpointer data)
{
    uint8_t sent[0x20], room[0x20];
    struct horizon_service echo = connect_echo(fixture);
    struct horizon_command command = {.id = 1, .receive_mode = HIPC_RECEIVE_IN_MESSAGE};
    const struct hipc_pointer *pointer = &command.reply.pointer[0];
    size_t offset;

    (void)data;
    memset(sent, 0x77, sizeof sent);
    command.argument[0] = argument(HORIZON_POINTER_IN, sent, sizeof sent);
    command.argument[1] = argument(HORIZON_POINTER_OUT, room, sizeof room);
    g_assert_cmphex(horizon_call(&echo, &command), ==, 0);
    g_assert_cmphex(pointer->address % 16, ==, 0);
    offset = pointer->address - HORIZON_CLIENT_TLS;
    g_assert_cmpuint(offset, >=, command.reply.raw_offset + 4u * command.reply.raw_words);
    g_assert_cmpuint(offset + sizeof sent, <=, HIPC_TLS_MESSAGE_SIZE);
    g_assert_cmpmem(command.message + offset, sizeof sent, sent, sizeof sent);
    traffic_client_free(echo.client);
}

/* A buffer that does not fit the rest of the message fails the reply, which is then half
 * written. */
static void test_failed_reply(struct server_fixture *fixture, gconstpointer data)
{
    uint8_t sent[0x100] = {0}, room[0x100];
    struct horizon_service echo = connect_echo(fixture);
    struct horizon_command command = {.id = 1, .receive_mode = HIPC_RECEIVE_IN_MESSAGE};
    struct record_builder request;
    struct ipctap_section section;
    struct traffic_exit exit;

    (void)data;
    command.argument[0] = argument(HORIZON_POINTER_IN, sent, sizeof sent);
    command.argument[1] = argument(HORIZON_POINTER_OUT, room, sizeof room);
    horizon_call_begin(&echo, &command, &request);
    g_assert_true(traffic_client_call(echo.client, &request, &exit));
    g_assert_cmphex(exit.result, ==, HORIZON_OUT_OF_RESOURCE);
    g_assert_true(traffic_exit_section(&exit, IPCTAP_MESSAGE, 0, &section));
    g_assert_cmpuint(section.captured_size, ==, HIPC_HEADER_SIZE);
    g_assert_false(traffic_exit_section(&exit, IPCTAP_POINTER, 0, &section));
    traffic_exit_clear(&exit);
    traffic_client_free(echo.client);
}

static void send_user_buffer(const struct horizon_service *service, uint64_t address, uint64_t size,
                             size_t message_size, uint32_t expected)
{
    const struct ipctap_kernel_call call = {.call = IPCTAP_CALL_SEND_SYNC_REQUEST_WITH_USER_BUFFER,
                                            .handle = service->handle,
                                            .address = address,
                                            .size = size};
    static const uint32_t words[] = {4, 8, 0, 0, 0x49434653, 0, 9, 0};
    uint8_t message[0x1000] = {0};
    struct record_builder request;
    struct traffic_exit exit;

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        ipcshark_store_u32(message + 4 * i, words[i]);
    traffic_client_begin(service->client, &request, IPCTAP_HIPC_MESSAGE);
    request.header.object = service->handle;
    record_builder_add_kernel_call(&request, &call);
    if (message_size)
        record_builder_add(&request, IPCTAP_MESSAGE, 0, address, message, message_size);
    g_assert_true(traffic_client_call(service->client, &request, &exit));
    g_assert_cmphex(exit.result, ==, expected);
    traffic_exit_clear(&exit);
}

static void test_user_buffer(struct server_fixture *fixture, gconstpointer data)
{
    struct horizon_service echo = connect_echo(fixture);

    (void)data;
    send_user_buffer(&echo, HORIZON_CLIENT_HEAP, 0x1000, 0x1000, 0);
    send_user_buffer(&echo, HORIZON_CLIENT_HEAP + 8, 0x1000, 0x1000, HORIZON_INVALID_ADDRESS);
    send_user_buffer(&echo, HORIZON_CLIENT_HEAP, 0, 0x1000, HORIZON_INVALID_SIZE);
    send_user_buffer(&echo, HORIZON_CLIENT_HEAP, 0x1008, 0x1000, HORIZON_INVALID_SIZE);
    send_user_buffer(&echo, UINT64_C(0xFFFFFFFFFFFFF000), 0x2000, 0x1000,
                     HORIZON_INVALID_CURRENT_MEMORY);
    send_user_buffer(&echo, HORIZON_CLIENT_HEAP, 0x1000, 0, HORIZON_INVALID_CURRENT_MEMORY);
    traffic_client_free(echo.client);
}

/* Sections that contradict their descriptor end the connection with a note. */
static void test_contradictions(struct server_fixture *fixture, gconstpointer data)
{
    static const struct {
        uint16_t type, index;
        uint64_t address;
        uint32_t size;
        const char *note;
    } cases[] = {
        {IPCTAP_SEND, 0, 0x1000, 0x11, "SEND 0"}, {IPCTAP_SEND, 0, 0x1001, 0x10, "SEND 0"},
        {IPCTAP_SEND, 1, 0x1000, 0x10, "SEND 1"}, {IPCTAP_POINTER, 0, 0x1000, 0x10, "POINTER 0"},
        {IPCTAP_EXCHANGE, 9, 0, 1, "EXCHANGE 9"},
    };

    (void)data;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct horizon_service echo = connect_echo(fixture);
        uint8_t message[HIPC_TLS_MESSAGE_SIZE] = {4, 0, 0x10, 0, 8}, bytes[0x11] = {0};
        struct record_builder request;

        ipcshark_store_u32(message + 8, 0x10);
        ipcshark_store_u32(message + 12, 0x1000);
        traffic_client_begin(echo.client, &request, IPCTAP_HIPC_MESSAGE);
        request.header.object = echo.handle;
        record_builder_add(&request, IPCTAP_MESSAGE, 0, HORIZON_CLIENT_TLS, message,
                           sizeof message);
        record_builder_add(&request, cases[i].type, cases[i].index, cases[i].address, bytes,
                           cases[i].size);
        traffic_client_send(echo.client, &request);
        assert_closed_with(echo.client, cases[i].note);
        traffic_client_free(echo.client);
    }
}

static void test_short_message(struct server_fixture *fixture, gconstpointer data)
{
    struct horizon_service echo = connect_echo(fixture);
    struct record_builder request;
    uint8_t message[0x40] = {4};

    (void)data;
    traffic_client_begin(echo.client, &request, IPCTAP_HIPC_MESSAGE);
    request.header.object = echo.handle;
    record_builder_add(&request, IPCTAP_MESSAGE, 0, HORIZON_CLIENT_TLS, message, sizeof message);
    traffic_client_send(echo.client, &request);
    assert_closed_with(echo.client, "MESSAGE");
    traffic_client_free(echo.client);
}

static void test_sm(struct server_fixture *fixture, gconstpointer data)
{
    struct horizon_service sm = {.client = server_fixture_open(fixture, "p")}, service;
    char odd[8] = {'e', 'c', 'h', 'o', 0, 'x'};
    struct horizon_command get = {.id = 1, .data = odd, .data_size = 8};

    (void)data;
    horizon_connect_port(sm.client, "sm:", &sm.handle);
    g_assert_cmphex(horizon_get_service(&sm, "echo", &service), ==, SM_INVALID_CLIENT);
    traffic_client_free(sm.client);
    sm = connect_sm(fixture, "p");
    g_assert_cmphex(horizon_get_service(&sm, "", &service), ==, SM_INVALID_NAME);
    g_assert_cmphex(horizon_call(&sm, &get), ==, SM_INVALID_NAME);
    g_assert_cmphex(horizon_get_service(&sm, "sm:", &service), ==, SM_NOT_REGISTERED);
    g_assert_cmphex(horizon_get_service(&sm, "fsp-srv", &service), ==, 0);
    traffic_client_free(sm.client);
}

static void test_domain(struct server_fixture *fixture, gconstpointer data)
{
    struct horizon_service echo = connect_echo(fixture);
    struct horizon_command make = {.id = 9}, close = {.is_close = true};
    struct horizon_command copy = {.id = CMIF_COPY_FROM_CURRENT_DOMAIN, .is_control = true};
    struct horizon_service object = echo;
    uint8_t id[4] = {0};

    (void)data;
    copy.data = id;
    copy.data_size = sizeof id;
    g_assert_cmphex(horizon_call(&echo, &copy), ==, 0x3D60B); /* TargetNotDomain */
    g_assert_cmphex(horizon_convert_to_domain(&echo), ==, 0);
    g_assert_cmpuint(echo.object_id, ==, 1);
    g_assert_cmphex(horizon_call(&echo, &make), ==, 0);
    g_assert_cmpuint(make.out_object[0], ==, 2);
    object.object_id = 2;
    g_assert_cmphex(horizon_call(&object, &close), ==, 0);
    /* "closing an unknown id is silently fine"; "freed entries are reused first" */
    g_assert_cmphex(horizon_call(&object, &close), ==, 0);
    g_assert_cmphex(horizon_call(&echo, &make), ==, 0);
    g_assert_cmpuint(make.out_object[0], ==, 2);
    g_assert_cmphex(horizon_call(&echo, &copy), ==, 0x3D80B); /* DomainObjectNotFound */
    id[0] = 2;
    g_assert_cmphex(horizon_call(&echo, &copy), ==, 0);
    g_assert_cmphex(copy.reply.special.move[0], !=, 0);
    g_assert_cmphex(copy.interface_id, ==, 0xEC6BE3FF);
    traffic_client_free(echo.client);
}

/* A domain is another's business: its ids mean nothing in a second domain of the same service. */
static void test_domains_are_apart(struct server_fixture *fixture, gconstpointer data)
{
    struct horizon_service first = connect_echo(fixture), second = connect_echo(fixture);
    struct horizon_command make = {.id = 9};

    (void)data;
    horizon_convert_to_domain(&first);
    horizon_convert_to_domain(&second);
    g_assert_cmpuint(second.object_id, ==, 2);
    second.object_id = 1;
    g_assert_cmphex(horizon_call(&second, &make), ==, HORIZON_SESSION_CLOSED);
    g_assert_cmphex(horizon_call(&first, &make), ==, 0);
    traffic_client_free(first.client);
    traffic_client_free(second.client);
}

static void test_events(struct server_fixture *fixture, gconstpointer data)
{
    struct traffic_client *client = server_fixture_open(fixture, "p");
    struct ipctap_kernel_call call = {.call = IPCTAP_CALL_CREATE_EVENT}, event;

    (void)data;
    g_assert_cmphex(traffic_client_kernel_call(client, &call, NULL, &event), ==, 0);
    call = (struct ipctap_kernel_call){.call = IPCTAP_CALL_RESET_SIGNAL, .handle = event.handle_2};
    g_assert_cmphex(traffic_client_kernel_call(client, &call, NULL, NULL), ==,
                    HORIZON_INVALID_STATE);
    call.call = IPCTAP_CALL_SIGNAL_EVENT;
    g_assert_cmphex(traffic_client_kernel_call(client, &call, NULL, NULL), ==,
                    HORIZON_INVALID_HANDLE); /* the read end */
    call.handle = event.handle;
    g_assert_cmphex(traffic_client_kernel_call(client, &call, NULL, NULL), ==, 0);
    call = (struct ipctap_kernel_call){.call = IPCTAP_CALL_RESET_SIGNAL, .handle = event.handle_2};
    g_assert_cmphex(traffic_client_kernel_call(client, &call, NULL, NULL), ==, 0);
    traffic_client_free(client);
}

/* Reserved bits of descriptors are cleared on delivery, those of the header travel; the client's
 * receive list is not delivered. Seen in the server's side of the tap. */
static void test_delivered_message(struct server_fixture *fixture, gconstpointer data)
{
    struct horizon_service echo = connect_echo(fixture);
    static const uint32_t words[] = {0x10004, 8 | 2 << 10 | 0x3F << 14, 0x00000E35, 0x1000, 0, 0, 0,
                                     0};
    unsigned int found = 0;

    (void)data;
    g_assert_cmphex(send_words(&echo, words, G_N_ELEMENTS(words), NULL), ==,
                    HORIZON_SESSION_CLOSED);
    traffic_client_free(echo.client);
    server_fixture_stop(fixture);
    for (guint i = 0; i < fixture->records->len; i++) {
        struct ipctap_section section;
        struct ipctap_record record;
        gsize size;
        const uint8_t *bytes = g_bytes_get_data(fixture->records->pdata[i], &size);

        ipctap_record_decode(bytes, size, &record, NULL);
        if (!(record.header.flags & IPCTAP_SERVER) || record.header.phase != IPCTAP_ENTER ||
            !ipctap_section_find(&record, IPCTAP_MESSAGE, 0, &section) ||
            ipcshark_load_u32(section.bytes) != words[0])
            continue;
        found++;
        g_assert_cmpuint(section.captured_size, ==, 8 + 8 + 32);
        g_assert_cmphex(ipcshark_load_u32(section.bytes + 4), ==, words[1]);
        g_assert_cmphex(ipcshark_load_u32(section.bytes + 8), ==, 5);  /* index kept */
        g_assert_cmphex(ipcshark_load_u32(section.bytes + 12), ==, 0); /* size 0: address 0 */
    }
    g_assert_cmpuint(found, ==, 1);
}

/* A message of the echo service with a few words changed, its contents as they were. */
static void send_spoiled(const struct horizon_service *service, uint64_t *call_id)
{
    static uint8_t in[0x1234], out[0x1234];
    struct horizon_command command = {.id = (uint32_t)g_test_rand_int_range(0, 14)};
    struct record_builder request;
    uint8_t *bytes;
    size_t size;

    command.argument[0] = argument(g_test_rand_int_range(0, 9), in, sizeof in);
    command.argument[1] = argument(g_test_rand_int_range(0, 9), out, sizeof out);
    command.send_pid = g_test_rand_bit();
    command.copy_count = (uint8_t)g_test_rand_int_range(0, 3);
    command.copy[0] = HORIZON_PSEUDO_THREAD;
    horizon_call_begin(service, &command, &request);
    *call_id = request.header.call_id;
    bytes = record_builder_finish(&request, &size);
    record_builder_clear(&request);
    for (int i = g_test_rand_int_range(0, 4); i > 0; i--) {
        /* within the message of the first section */
        size_t offset = IPCTAP_HEADER_SIZE + IPCTAP_SECTION_SIZE +
                        4 * (size_t)g_test_rand_int_range(0, 24);

        bytes[offset + (size_t)g_test_rand_int_range(0, 4)] = (uint8_t)g_test_rand_int();
    }
    traffic_client_send_bytes(service->client, bytes, size);
    g_free(bytes);
}

/* Every message gets an exit, or the connection its end; the server lives on. */
static void test_spoiled_messages(struct server_fixture *fixture, gconstpointer data)
{
    struct horizon_service echo = connect_echo(fixture);
    unsigned int exits = 0, ends = 0;

    (void)data;
    for (unsigned int i = 0; i < 2000; i++) {
        struct traffic_exit exit;
        uint64_t call_id;
        bool open;

        send_spoiled(&echo, &call_id);
        open = traffic_client_wait(echo.client, call_id, &exit);
        if (open && exit.result != HORIZON_SESSION_CLOSED) {
            exits++;
            traffic_exit_clear(&exit);
            continue;
        }
        ends++;
        traffic_exit_clear(&exit);
        traffic_client_free(echo.client);
        echo = connect_echo(fixture);
    }
    g_assert_cmpuint(exits, >, 100);
    g_assert_cmpuint(ends, >, 100);
    traffic_client_free(echo.client);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/server/horizon/handle-table", test_handle_table);
    server_fixture_test("/server/horizon/handle-values", test_handle_values);
    server_fixture_test("/server/horizon/ports", test_ports);
    server_fixture_test("/server/horizon/refused-requests", test_refused_requests);
    server_fixture_test("/server/horizon/closed-by-framework", test_closed_by_framework);
    server_fixture_test("/server/horizon/framework-errors", test_framework_errors);
    server_fixture_test("/server/horizon/pid", test_pid_is_replaced);
    server_fixture_test("/server/horizon/pseudo-handles", test_pseudo_handles);
    server_fixture_test("/server/horizon/shared-pages", test_shared_pages);
    server_fixture_test("/server/horizon/receive-edges", test_receive_edges);
    server_fixture_test("/server/horizon/reply-without-room", test_reply_without_room);
    server_fixture_test("/server/horizon/receive-in-message", test_receive_in_message);
    server_fixture_test("/server/horizon/failed-reply", test_failed_reply);
    server_fixture_test("/server/horizon/user-buffer", test_user_buffer);
    server_fixture_test("/server/horizon/contradictions", test_contradictions);
    server_fixture_test("/server/horizon/short-message", test_short_message);
    server_fixture_test("/server/horizon/sm", test_sm);
    server_fixture_test("/server/horizon/domain", test_domain);
    server_fixture_test("/server/horizon/domains-apart", test_domains_are_apart);
    server_fixture_test("/server/horizon/events", test_events);
    server_fixture_test("/server/horizon/delivered-message", test_delivered_message);
    server_fixture_test("/server/horizon/spoiled-messages", test_spoiled_messages);
    return g_test_run();
}
