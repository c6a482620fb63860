/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gsp::Gpu as libctru's gspInit() uses it, and the test service. */
#include "ctr_fixture.h"

#include <string.h>

#define DATA   0x08000000u
#define MASK   0x08001000u
#define ROOM   0x08002010u
#define BUFFER 0x10000123u

static uint32_t open_service(struct ctr_client *client, const char *name)
{
    uint32_t result, srv = ctr_client_connect(client, "srv:", &result);
    uint32_t service = ctr_client_get_service(client, srv, name, &result);

    g_assert_cmphex(result, ==, 0);
    return service;
}

static void ask(struct ctr_client *client, uint32_t handle, uint32_t result)
{
    g_assert_cmphex(ctr_client_request(client, handle), ==, 0);
    g_assert_cmphex(client->word[1], ==, result);
}

static void begin(struct ctr_client *client, struct record_builder *request, uint32_t call,
                  uint32_t handle, uint64_t offset, uint64_t size)
{
    const struct ipctap_kernel_call arguments = {
        .call = call, .handle = handle, .address = offset, .size = size};

    traffic_client_begin(client->connection, request, IPCTAP_KERNEL_CALL);
    record_builder_add_kernel_call(request, &arguments);
}

static void read_memory(struct ctr_client *client, uint32_t handle, uint64_t offset, void *bytes,
                        uint32_t size)
{
    struct ipctap_section section;
    struct record_builder request;
    struct traffic_exit exit;

    begin(client, &request, IPCTAP_CALL_READ_MEMORY, handle, offset, size);
    g_assert_true(traffic_client_call(client->connection, &request, &exit));
    g_assert_cmphex(exit.result, ==, 0);
    g_assert_true(traffic_exit_section(&exit, IPCTAP_MEMORY, 0, &section));
    g_assert_cmpuint(section.captured_size, ==, size);
    memcpy(bytes, section.bytes, size);
    traffic_exit_clear(&exit);
}

static void write_memory(struct ctr_client *client, uint32_t handle, uint64_t offset,
                         const void *bytes, size_t size)
{
    struct record_builder request;
    struct traffic_exit exit;

    begin(client, &request, IPCTAP_CALL_WRITE_MEMORY, handle, offset, 0);
    record_builder_add(&request, IPCTAP_MEMORY, 0, offset, bytes, size);
    g_assert_true(traffic_client_call(client->connection, &request, &exit));
    g_assert_cmphex(exit.result, ==, 0);
    traffic_exit_clear(&exit);
}

struct gsp {
    struct ctr_client *client;
    uint32_t handle, event, memory, index;
};

static struct gsp register_client(struct fixture *fixture, unsigned int n, uint32_t result)
{
    struct gsp gsp = {.client = fixture_open(fixture, n, NULL, 0)};

    gsp.handle = open_service(gsp.client, "gsp::Gpu");
    gsp.event = ctr_client_create_event(gsp.client, false);
    CTR_WORDS(gsp.client, 0x00130042, 1, 0, gsp.event);
    ask(gsp.client, gsp.handle, result);
    g_assert_cmphex(gsp.client->word[0], ==, 0x00130082);
    gsp.index = gsp.client->word[2];
    gsp.memory = gsp.client->word[4];
    return gsp;
}

static void test_relay_queue(struct fixture *fixture, gconstpointer data)
{
    static const uint8_t commands[0x80] = {
        [0] = 0,    [1] = 3,                /* the header: three commands */
        [0x20] = 3,                         /* a display transfer */
        [0x40] = 2, [0x45] = 1, [0x51] = 1, /* a memory fill, both halves */
        [0x60] = 5,                         /* a cache flush: no interrupt */
    };
    struct gsp first = register_client(fixture, 0, 0x2A07);
    struct gsp second = register_client(fixture, 1, 0);
    uint8_t queue[0x40], header[4];

    (void)data;
    g_assert_cmpuint(first.index, ==, 0);
    g_assert_cmpuint(second.index, ==, 1);
    write_memory(second.client, second.memory, 0x800 + 0x200, commands, sizeof commands);
    CTR_WORDS(second.client, 0x000C0000);
    ask(second.client, second.handle, 0);
    g_assert_cmphex(ctr_client_wait(second.client, &second.event, 1, false, 0), ==, 0);
    g_assert_cmphex(ctr_client_wait(first.client, &first.event, 1, false, 0), ==, 0x09401BFE);
    read_memory(first.client, first.memory, 0x40, queue, sizeof queue);
    g_assert_cmpmem(queue, 4, "\0\3\0\0", 4);
    g_assert_cmpmem(queue + 0xC, 4, "\4\0\1\0", 4);
    read_memory(first.client, first.memory, 0xA00, header, sizeof header);
    g_assert_cmpmem(header, 4, "\3\0\0\0", 4);
}

static void test_register_twice(struct fixture *fixture, gconstpointer data)
{
    struct gsp gsp = register_client(fixture, 0, 0x2A07);

    (void)data;
    CTR_WORDS(gsp.client, 0x00130042, 1, 0, gsp.event);
    ask(gsp.client, gsp.handle, 0xD8602BF3);
    CTR_WORDS(gsp.client, 0x00140000);
    ask(gsp.client, gsp.handle, 0);
    CTR_WORDS(gsp.client, 0x00130042, 1, 0, gsp.event);
    ask(gsp.client, gsp.handle, 0);
    CTR_WORDS(gsp.client, 0x00130042, 1, 0, 0);
    ask(gsp.client, gsp.handle, 0xD9001BF7);
}

/* The right goes to one; another waits for it, or learns that it is taken. */
static void test_rights(struct fixture *fixture, gconstpointer data)
{
    struct gsp first = register_client(fixture, 0, 0x2A07);
    struct gsp second = register_client(fixture, 1, 0);
    uint64_t waiting;

    (void)data;
    CTR_WORDS(first.client, 0x00160042, 0, 0, 0xFFFF8001);
    ask(first.client, first.handle, 0);
    CTR_WORDS(first.client, 0x00160042, 0, 0, 0xFFFF8001);
    ask(first.client, first.handle, 0x2BEB);
    CTR_WORDS(second.client, 0x00150002, 0, 0xFFFF8001);
    ask(second.client, second.handle, 0xC8402BF0);
    CTR_WORDS(second.client, 0x00160042, 0, 0, 0xFFFF8001);
    waiting = ctr_client_send(second.client, second.handle, 2);
    CTR_WORDS(first.client, 0x00170000);
    ask(first.client, first.handle, 0);
    g_assert_cmphex(ctr_client_finish(second.client, waiting), ==, 0);
    g_assert_cmphex(second.client->word[1], ==, 0);
    CTR_WORDS(first.client, 0x00160042, 0, 0, 0xFFFF8001);
    waiting = ctr_client_send(first.client, first.handle, 2);
    /* The owner's end lets go too. */
    g_assert_cmphex(ctr_client_close(second.client, second.handle), ==, 0);
    g_assert_cmphex(ctr_client_finish(first.client, waiting), ==, 0);
    g_assert_cmphex(first.client->word[1], ==, 0);
}

static void test_registers(struct fixture *fixture, gconstpointer data)
{
    struct ctr_client *client = fixture_open(fixture, 0, NULL, 0);
    uint32_t gsp = open_service(client, "gsp::Gpu");

    (void)data;
    memcpy(ctr_client_memory(client, DATA, 0x80), "\x11\x22\x33\x44", 4);
    memcpy(ctr_client_memory(client, MASK, 0x80), "\xFF\0\0\0", 4);
    ctr_client_memory(client, ROOM, 0x80);
    ctr_client_static_buffer(client, 0, ROOM, 0x80);
    CTR_WORDS(client, 0x00010082, 0x400474, 4, 4 << 14 | 2, DATA);
    ask(client, gsp, 0);
    memcpy(ctr_client_bytes(client, DATA, 4), "\x99\x99\x99\x99", 4);
    CTR_WORDS(client, 0x00020084, 0x400474, 4, 4 << 14 | 2, DATA, 4 << 14 | 0x402, MASK);
    ask(client, gsp, 0);
    CTR_WORDS(client, 0x00040080, 0x400474, 4);
    ask(client, gsp, 0);
    assert_words(client, 0x00040042, 0, 4 << 14 | 2, ROOM);
    g_assert_cmpmem(ctr_client_bytes(client, ROOM, 4), 4, "\x99\x22\x33\x44", 4);
    CTR_WORDS(client, 0x00040080, 0x400475, 4);
    ask(client, gsp, 0xE0E02A01);
    CTR_WORDS(client, 0x00040080, 0x420000, 4);
    ask(client, gsp, 0xE0E02A01);
    CTR_WORDS(client, 0x00040080, 0x400474, 0x84);
    ask(client, gsp, 0xE0E02BEC);
    CTR_WORDS(client, 0x00040080, 0x400474, 6);
    ask(client, gsp, 0xE0E02BF2);
}

/* Handles that a service copies are not kept by it: its table never fills up. */
static void test_copied_handles_do_not_pile_up(struct fixture *fixture, gconstpointer data)
{
    struct ctr_client *client = fixture_open(fixture, 0, NULL, 0);
    uint32_t echo = open_service(client, "echo");

    (void)data;
    for (unsigned int i = 0; i < 5000; i++) {
        CTR_WORDS(client, 0x000D0000);
        ask(client, echo, 0);
        g_assert_cmphex(ctr_client_close(client, client->word[3]), ==, 0);
    }
}

static void test_echo_handles(struct fixture *fixture, gconstpointer data)
{
    struct ctr_client *client = fixture_open(fixture, 0, NULL, 0);
    uint32_t echo = open_service(client, "echo");
    uint32_t event = ctr_client_create_event(client, true);

    (void)data;
    ctr_client_signal(client, event);
    CTR_WORDS(client, 0x00020002, 0, event);
    ask(client, echo, 0);
    g_assert_cmphex(client->word[3], !=, event);
    g_assert_cmphex(ctr_client_wait(client, &client->word[3], 1, false, 0), ==, 0);
    CTR_WORDS(client, 0x00020002, 0x10, event);
    ask(client, echo, 0);
    g_assert_cmphex(ctr_client_wait(client, &client->word[3], 1, false, 0), ==, 0);
    g_assert_cmphex(ctr_client_close(client, event), ==, 0xD8E007F7);
    CTR_WORDS(client, 0x00030003, 0x04000000, 0xFFFF8001, 0);
    ask(client, echo, 0);
    g_assert_cmphex(client->word[0], ==, 0x00030043);
    g_assert_cmphex(client->word[3], !=, 0);
    g_assert_cmphex(client->word[4], ==, 0);
    CTR_WORDS(client, 0x00050002, 0x20, 0);
    ask(client, echo, 0);
    g_assert_cmpuint(client->word[2], ==, client->connection->pid);
}

static void test_echo_buffers(struct fixture *fixture, gconstpointer data)
{
    struct ctr_client *client = fixture_open(fixture, 0, NULL, 0);
    uint32_t echo = open_service(client, "echo");
    uint8_t *bytes = ctr_client_memory(client, BUFFER, 0x3000);
    uint8_t *room = ctr_client_memory(client, ROOM, 0x100);

    (void)data;
    ctr_client_static_buffer(client, 3, ROOM, 0x100);
    memset(bytes, 1, 0x3000);
    CTR_WORDS(client, 0x00060002, 0x80 << 14 | 0xC02, BUFFER);
    ask(client, echo, 0);
    assert_words(client, 0x00060042, 0, 0x80 << 14 | 0xC02, ROOM);
    g_assert_cmpmem(room, 0x80, bytes, 0x80);
    CTR_WORDS(client, 0x00070002, 0x2345 << 4 | 0xA, BUFFER);
    ask(client, echo, 0);
    assert_words(client, 0x00070082, 0, 0x2345, 0x2345 << 4 | 0xA, BUFFER);
    CTR_WORDS(client, 0x00080042, 0xEE, 0x2345 << 4 | 0xC, BUFFER);
    ask(client, echo, 0);
    g_assert_cmphex(bytes[0x2344], ==, 0xEE);
    g_assert_cmphex(bytes[0x2345], ==, 1);
    CTR_WORDS(client, 0x00090002, 0x10 << 4 | 0xE, BUFFER);
    ask(client, echo, 0);
    g_assert_cmphex(bytes[0xF], ==, 0x11);
    CTR_WORDS(client, 0x000A0004, 0x20 << 4 | 0xA, BUFFER, 0x20 << 4 | 0xC, BUFFER + 0x2000);
    ask(client, echo, 0);
    g_assert_cmpmem(bytes + 0x2000, 0x20, bytes, 0x20);
    CTR_WORDS(client, 0x000B0002, 0x10 << 8 | 0x4, BUFFER);
    ask(client, echo, 0);
    g_assert_cmphex(bytes[0xF], ==, 0xEE);
    CTR_WORDS(client, 0x000C0002, 2 << 8 | 0x6, BUFFER);
    ask(client, echo, 0);
    g_assert_cmphex(client->word[2], ==, 2 * 0xEE);
    CTR_WORDS(client, 0x000F0040, 0xD8E007F7);
    ask(client, echo, 0xD8E007F7);
}

static const char *const other_way[] = {"ctr-vblank=on", "ctr-unknown-command=success", NULL};

static void start_otherwise(struct fixture *fixture, gconstpointer data)
{
    fixture->server.options.choices = data;
    fixture_start(fixture, NULL);
}

/* With the switch both screens interrupt, in pairs, until the client lets go. */
static void test_vblank(struct fixture *fixture, gconstpointer data)
{
    struct gsp gsp = register_client(fixture, 0, 0x2A07);
    uint8_t queue[0x10];

    (void)data;
    g_assert_cmphex(ctr_client_wait(gsp.client, &gsp.event, 1, false, 2000000000), ==, 0);
    read_memory(gsp.client, gsp.memory, 0, queue, sizeof queue);
    g_assert_cmpuint(queue[1], >=, 2);
    g_assert_cmpmem(queue + 0xC, 2, "\2\3", 2);
    CTR_WORDS(gsp.client, 0x00140000);
    ask(gsp.client, gsp.handle, 0);
    CTR_WORDS(gsp.client, 0x00770000);
    ask(gsp.client, gsp.handle, 0);
    g_assert_cmphex(gsp.client->word[0], ==, 0x00770040);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_test("/ctr/gsp/relay-queue", test_relay_queue);
    fixture_test("/ctr/gsp/register-twice", test_register_twice);
    fixture_test("/ctr/gsp/rights", test_rights);
    fixture_test("/ctr/gsp/registers", test_registers);
    fixture_test("/ctr/echo/copied-handles", test_copied_handles_do_not_pile_up);
    fixture_test("/ctr/echo/handles", test_echo_handles);
    fixture_test("/ctr/echo/buffers", test_echo_buffers);
    g_test_add("/ctr/gsp/vblank", struct fixture, other_way, start_otherwise, test_vblank,
               fixture_end);
    return g_test_run();
}
