/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel does to command buffers between two processes, word by word. */
#include "ctr_fixture.h"

#include <string.h>

#define ADDRESS 0x10000000u

/** A request that must arrive; the server's buffer holds what it received. */
static uint64_t deliver(struct fixture_pair *pair)
{
    uint32_t received;
    uint64_t sent = fixture_pair_send(pair, &received);

    g_assert_cmphex(received, ==, 0);
    return sent;
}

/** The answer in the server's buffer must be delivered. */
static void answer(struct fixture_pair *pair, uint64_t sent)
{
    uint32_t replied;

    g_assert_cmphex(fixture_pair_answer(pair, sent, &replied), ==, 0);
    g_assert_cmphex(replied, ==, 0);
}

/** Neither side gets more than this result. */
static void assert_refused(struct fixture_pair *pair, uint32_t result)
{
    uint32_t received;
    uint64_t sent = fixture_pair_send(pair, &received);

    g_assert_cmphex(received, ==, result);
    g_assert_cmphex(ctr_client_finish(pair->client, sent), ==, result);
}

static bool has_handle(struct ctr_client *client, uint32_t handle)
{
    uint32_t result = ctr_client_wait(client, &handle, 1, false, 0);

    g_assert_cmphex(result, !=, UINT32_MAX);
    return result != 0xD8E007F7;
}

static void test_header_only(struct fixture *fixture, gconstpointer data)
{
    struct fixture_pair pair = fixture_pair_open(fixture);
    uint64_t sent;

    (void)data;
    CTR_WORDS(pair.client, 0x12340000);
    sent = deliver(&pair);
    assert_words(pair.server, 0x12340000);
    g_assert_cmpuint(pair.server->index, ==, 0);
    answer(&pair, sent);
    assert_words(pair.client, 0x12340000);
}

static void test_normal_words(struct fixture *fixture, gconstpointer data)
{
    struct fixture_pair pair = fixture_pair_open(fixture);
    uint64_t sent;

    (void)data;
    CTR_WORDS(pair.client, 0xC0, 0x12345678, 0x21122112, 0xAABBCCDD, 0x5A5A5A5A);
    sent = deliver(&pair);
    assert_words(pair.server, 0xC0, 0x12345678, 0x21122112, 0xAABBCCDD);
    CTR_WORDS(pair.server, 0x80, 1, 2);
    answer(&pair, sent);
    /* Words behind the reply are the client's own. */
    assert_words(pair.client, 0x80, 1, 2, 0xAABBCCDD, 0x5A5A5A5A);
}

static void test_copy_and_move(struct fixture *fixture, gconstpointer data)
{
    struct fixture_pair pair = fixture_pair_open(fixture);
    uint32_t a = ctr_client_create_event(pair.client, true);
    uint32_t b = ctr_client_create_event(pair.client, true);
    uint32_t c = ctr_client_create_event(pair.client, true);
    uint64_t sent;

    (void)data;
    CTR_WORDS(pair.client, 0x7, 0x04000010, a, b, 0x00000000, c, 0x10, 0);
    sent = deliver(&pair);
    g_assert_false(has_handle(pair.client, a));
    g_assert_false(has_handle(pair.client, b));
    g_assert_true(has_handle(pair.client, c));
    g_assert_cmphex(pair.server->word[1], ==, 0x04000010);
    g_assert_cmphex(pair.server->word[7], ==, 0);
    g_assert_cmphex(ctr_client_signal(pair.server, pair.server->word[5]), ==, 0);
    g_assert_cmphex(ctr_client_wait(pair.client, &c, 1, false, 0), ==, 0);
    /* And one of them back. */
    CTR_WORDS(pair.server, 0x2, 0x10, pair.server->word[2]);
    answer(&pair, sent);
    g_assert_true(has_handle(pair.client, pair.client->word[2]));
}

static void test_invalid_and_pseudo_handles(struct fixture *fixture, gconstpointer data)
{
    struct fixture_pair pair = fixture_pair_open(fixture);
    struct ipctap_kernel_call results;
    uint64_t sent;

    (void)data;
    CTR_WORDS(pair.client, 0x4, 0x08000000, 0xDEAD8001, 0, 0xFFFF8001);
    sent = deliver(&pair);
    g_assert_cmphex(pair.server->word[2], ==, 0);
    g_assert_cmphex(pair.server->word[3], ==, 0);
    g_assert_cmphex(fixture_call(pair.server,
                                 (struct ipctap_kernel_call){.call = IPCTAP_CALL_GET_PROCESS_ID,
                                                             .handle = pair.server->word[4]},
                                 NULL, &results),
                    ==, 0);
    g_assert_cmpuint(results.value, ==, pair.client->connection->pid);
    CTR_WORDS(pair.server, 0x40, 0);
    answer(&pair, sent);
}

static void test_process_id(struct fixture *fixture, gconstpointer data)
{
    struct fixture_pair pair = fixture_pair_open(fixture);
    uint64_t sent;

    (void)data;
    CTR_WORDS(pair.client, 0x2, 0x20, 0x98989898);
    sent = deliver(&pair);
    assert_words(pair.server, 0x2, 0x20, pair.client->connection->pid);
    CTR_WORDS(pair.server, 0x2, 0x20, 0);
    answer(&pair, sent);
    assert_words(pair.client, 0x2, 0x20, pair.server->connection->pid);
}

static void test_static_buffers(struct fixture *fixture, gconstpointer data)
{
    struct fixture_pair pair = fixture_pair_open(fixture);
    uint64_t sent;

    (void)data;
    memset(ctr_client_memory(pair.client, ADDRESS, 0x1000), 0xAB, 0x1000);
    ctr_client_memory(pair.server, 0x20000000, 0x1000);
    ctr_client_static_buffer(pair.server, 3, 0x20000000, 0x1000);
    ctr_client_static_buffer(pair.client, 0, ADDRESS, 0x1000);
    CTR_WORDS(pair.client, 0x2, 0x04000C02, ADDRESS);
    sent = deliver(&pair);
    assert_words(pair.server, 0x2, 0x04000C02, 0x20000000);
    g_assert_cmphex(*ctr_client_bytes(pair.server, 0x20000FFF, 1), ==, 0xAB);
    memset(ctr_client_bytes(pair.server, 0x20000000, 0x1000), 0xCD, 0x1000);
    CTR_WORDS(pair.server, 0x2, 0x00040002, 0x20000000);
    answer(&pair, sent);
    assert_words(pair.client, 0x2, 0x00040002, ADDRESS);
    g_assert_cmphex(*ctr_client_bytes(pair.client, ADDRESS + 15, 1), ==, 0xCD);
    g_assert_cmphex(*ctr_client_bytes(pair.client, ADDRESS + 16, 1), ==, 0xAB);
}

static void test_static_buffer_without_room(struct fixture *fixture, gconstpointer data)
{
    struct fixture_pair pair = fixture_pair_open(fixture);
    uint64_t sent;

    (void)data;
    ctr_client_memory(pair.client, ADDRESS, 0x1000);
    CTR_WORDS(pair.client, 0x2, 0x04000002, ADDRESS);
    assert_refused(&pair, 0xD9001830);
    /* "A zero slot has capacity 0, so a size-0 send into an empty slot passes." */
    CTR_WORDS(pair.client, 0x2, 0x00000002, ADDRESS);
    sent = deliver(&pair);
    assert_words(pair.server, 0x2, 0x00000002, 0);
    CTR_WORDS(pair.server, 0x40, 0);
    answer(&pair, sent);
}

static void test_mapped_buffer(struct fixture *fixture, gconstpointer data)
{
    struct fixture_pair pair = fixture_pair_open(fixture);
    uint32_t target;
    uint64_t sent;

    (void)data;
    memset(ctr_client_memory(pair.client, ADDRESS + 0xFF0, 0x100), 0xDF, 0x100);
    CTR_WORDS(pair.client, 0x2, 0x0000100E, ADDRESS + 0xFF0);
    sent = deliver(&pair);
    target = pair.server->word[2];
    g_assert_cmphex(target & 0xFFF, ==, 0xFF0);
    g_assert_cmphex(target, >=, 0x04001000);
    g_assert_cmphex(target, <, 0x08000000);
    g_assert_cmphex(*ctr_client_bytes(pair.server, target + 0xFF, 1), ==, 0xDF);
    memset(ctr_client_bytes(pair.server, target, 0x100), 0xAB, 0x100);
    CTR_WORDS(pair.server, 0x2, 0x0000100E, target);
    answer(&pair, sent);
    assert_words(pair.client, 0x2, 0x0000100E, ADDRESS + 0xFF0);
    g_assert_cmphex(*ctr_client_bytes(pair.client, ADDRESS + 0x10EF, 1), ==, 0xAB);
}

static void test_mapped_buffer_not_named(struct fixture *fixture, gconstpointer data)
{
    struct fixture_pair pair = fixture_pair_open(fixture);
    uint32_t first;
    uint64_t sent;

    (void)data;
    ctr_client_memory(pair.client, ADDRESS, 0x1000);
    CTR_WORDS(pair.client, 0x2, 0x0001000C, ADDRESS);
    sent = deliver(&pair);
    first = pair.server->word[2];
    memset(ctr_client_bytes(pair.server, first, 0x1000), 0xAB, 0x1000);
    CTR_WORDS(pair.server, 0x40, 0);
    answer(&pair, sent);
    g_assert_cmphex(*ctr_client_bytes(pair.client, ADDRESS, 1), ==, 0);
    /* It stays mapped, so the next one is elsewhere. */
    CTR_WORDS(pair.client, 0x2, 0x0001000C, ADDRESS);
    sent = deliver(&pair);
    g_assert_cmphex(pair.server->word[2], !=, first);
    CTR_WORDS(pair.server, 0x2, 0x0001000C, pair.server->word[2]);
    answer(&pair, sent);
}

static void test_mapped_buffer_of_size_0(struct fixture *fixture, gconstpointer data)
{
    struct fixture_pair pair = fixture_pair_open(fixture);
    uint64_t sent;

    (void)data;
    CTR_WORDS(pair.client, 0x2, 0x0000000A, 0x12345678);
    sent = deliver(&pair);
    assert_words(pair.server, 0x2, 0x0000000A, 0);
    CTR_WORDS(pair.server, 0x2, 0x0000000A, 0x12345678);
    answer(&pair, sent);
    assert_words(pair.client, 0x2, 0x0000000A, 0);
}

static void test_unsolicited_mapped_buffer(struct fixture *fixture, gconstpointer data)
{
    struct fixture_pair pair = fixture_pair_open(fixture);
    uint32_t replied;
    uint64_t sent;

    (void)data;
    ctr_client_memory(pair.server, ADDRESS, 0x100);
    CTR_WORDS(pair.client, 0x10000);
    sent = deliver(&pair);
    CTR_WORDS(pair.server, 0x2, 0x0000100C, ADDRESS);
    g_assert_cmphex(fixture_pair_answer(&pair, sent, &replied), ==, 0xD9001830);
    g_assert_cmphex(replied, ==, 0xD9001830);
}

static void test_pxi_buffer(struct fixture *fixture, gconstpointer data)
{
    struct fixture_pair pair = fixture_pair_open(fixture);
    uint64_t sent;

    (void)data;
    memset(ctr_client_memory(pair.client, ADDRESS, 0x20), 0x11, 0x20);
    CTR_WORDS(pair.client, 0x4, 0x00001014, ADDRESS, 0x00001006, ADDRESS + 0x10);
    sent = deliver(&pair);
    assert_words(pair.server, 0x4, 0x00001014, ADDRESS, 0x00001006, ADDRESS + 0x10);
    g_assert_cmphex(*ctr_client_bytes(pair.server, ADDRESS, 1), ==, 0x11);
    memset(ctr_client_bytes(pair.server, ADDRESS, 0x10), 0x22, 0x10);
    CTR_WORDS(pair.server, 0x42, 0, 0x00001014, ADDRESS);
    answer(&pair, sent);
    g_assert_cmphex(*ctr_client_bytes(pair.client, ADDRESS + 0xF, 1), ==, 0x22);
    g_assert_cmphex(*ctr_client_bytes(pair.client, ADDRESS + 0x10, 1), ==, 0x11);
}

static void test_mixed(struct fixture *fixture, gconstpointer data)
{
    struct fixture_pair pair = fixture_pair_open(fixture);
    uint32_t event = ctr_client_create_event(pair.client, false);
    uint64_t sent;

    (void)data;
    memset(ctr_client_memory(pair.client, ADDRESS, 0x1000), 0xCE, 0x1000);
    memset(ctr_client_memory(pair.client, 0x20000000, 0x1000), 0xDF, 0x1000);
    ctr_client_memory(pair.server, 0x30000000, 0x1000);
    ctr_client_static_buffer(pair.server, 0, 0x30000000, 0x1000);
    CTR_WORDS(pair.client, 0x88, 0x12345678, 0xABCDEF00, 0x10, event, 0x20, 0, 0x04000002, ADDRESS,
              0x0001000A, 0x20000000);
    sent = deliver(&pair);
    g_assert_false(has_handle(pair.client, event));
    g_assert_true(has_handle(pair.server, pair.server->word[4]));
    assert_words(pair.server, 0x88, 0x12345678, 0xABCDEF00, 0x10, pair.server->word[4], 0x20,
                 pair.client->connection->pid, 0x04000002, 0x30000000, 0x0001000A, 0x04001000);
    g_assert_cmphex(*ctr_client_bytes(pair.server, 0x30000FFF, 1), ==, 0xCE);
    g_assert_cmphex(*ctr_client_bytes(pair.server, 0x04001FFF, 1), ==, 0xDF);
    CTR_WORDS(pair.server, 0x42, 0, 0x0001000A, 0x04001000);
    answer(&pair, sent);
    assert_words(pair.client, 0x42, 0, 0x0001000A, 0x20000000);
}

static void test_refused(struct fixture *fixture, gconstpointer data)
{
    struct fixture_pair pair = fixture_pair_open(fixture);
    uint64_t sent;

    (void)data;
    CTR_WORDS(pair.client, 0x3, 0x0C000000, 0, 0);
    assert_refused(&pair, 0xC8A01836);
    CTR_WORDS(pair.client, 0x3F | 63 << 6);
    assert_refused(&pair, 0xC8A01836);
    CTR_WORDS(pair.client, 0x2, 0x00010008, ADDRESS);
    assert_refused(&pair, 0xD9001830);
    CTR_WORDS(pair.client, 0x2, 0x30, 0);
    assert_refused(&pair, 0xD9001830);
    /* Memory that the process does not have. */
    CTR_WORDS(pair.client, 0x2, 0x0001000A, ADDRESS);
    assert_refused(&pair, 0xE0E01BF5);
    /* More than any record could carry back. */
    CTR_WORDS(pair.client, 0x2, 0xFFFFFFFC, ADDRESS);
    assert_refused(&pair, 0xD86007F3);
    /* The session lives on. */
    CTR_WORDS(pair.client, 0x10000);
    sent = deliver(&pair);
    CTR_WORDS(pair.server, 0x40, 0);
    answer(&pair, sent);
}

static void test_handle_table_full(struct fixture *fixture, gconstpointer data)
{
    struct fixture_pair pair = fixture_pair_open(fixture);
    uint32_t event = ctr_client_create_event(pair.client, true);
    uint64_t sent;

    (void)data;
    while (ctr_client_create_event(pair.server, true))
        ;
    CTR_WORDS(pair.client, 0x2, 0x00000010, event);
    assert_refused(&pair, 0xD8600413);
    g_assert_true(has_handle(pair.client, event));
    CTR_WORDS(pair.client, 0x10000);
    sent = deliver(&pair);
    CTR_WORDS(pair.server, 0x40, 0);
    answer(&pair, sent);
}

static void test_sections_that_lie(struct fixture *fixture, gconstpointer data)
{
    struct ctr_client *client = fixture_open(fixture, 0, NULL, 0);
    uint8_t bytes[CTRIPC_BUFFER_SIZE] = {0};
    struct record_builder request;
    struct traffic_exit exit;
    uint32_t result;

    (void)data;
    ipcshark_store_u32(bytes, 0x2);
    ipcshark_store_u32(bytes + 4, 0x0000100A);
    ipcshark_store_u32(bytes + 8, ADDRESS);
    traffic_client_begin(client->connection, &request, IPCTAP_CTR_COMMAND);
    request.header.object = ctr_client_connect(client, "srv:", &result);
    record_builder_add(&request, IPCTAP_MESSAGE, 0, 0, bytes, sizeof bytes);
    record_builder_add(&request, IPCTAP_MAPPED, 1, ADDRESS, bytes, 0x20);
    g_assert_false(traffic_client_call(client->connection, &request, &exit));
    g_assert_nonnull(strstr(client->connection->comment, "32 bytes at 0x10000000"));
}

/** Whatever a program writes there, its connection lives and every call ends. */
static void test_random_messages(struct fixture *fixture, gconstpointer data)
{
    struct ctr_client *client = fixture_open(fixture, 0, NULL, 0);
    g_autoptr(GRand) random = g_rand_new_with_seed(5);
    uint32_t handles[3], result;

    (void)data;
    ctr_client_memory(client, 0x08000000, 0x1000);
    handles[0] = ctr_client_connect(client, "srv:", &result);
    handles[1] = ctr_client_connect(client, "err:f", &result);
    handles[2] = ctr_client_get_service(client, handles[0], "fs:USER", &result);
    for (unsigned int i = 0; i < 6000; i++) {
        uint32_t base = i % 3 == 2 ? 0x0800 : 0;

        client->word[0] = (base + (uint32_t)g_rand_int_range(random, 0, 0x20)) << 16 |
                          (uint32_t)g_rand_int_range(random, 0, 10) << 6 |
                          (uint32_t)g_rand_int_range(random, 0, 12);
        for (size_t n = 1; n < CTRIPC_BUFFER_WORDS; n++)
            client->word[n] = g_rand_boolean(random) ? 0x08000000 + (g_rand_int(random) & 0xFF)
                                                     : g_rand_int(random) & 0x0403FFFF;
        result = ctr_client_request(client, handles[i % 3]);
        g_assert_null(client->connection->comment);
        g_assert_cmphex(result, !=, UINT32_MAX);
    }
}

/** Every record of a tap decodes, and each call has both sides. */
static void test_tap(struct fixture *fixture, gconstpointer data)
{
    unsigned int sides[2][3] = {0};

    test_mixed(fixture, data);
    fixture_stop(fixture);
    for (guint i = 0; i < fixture->server.records->len; i++) {
        gsize size;
        const uint8_t *bytes = g_bytes_get_data(fixture->server.records->pdata[i], &size);
        struct ipctap_record record;
        struct ipcshark_findings findings = {0};

        g_assert_true(ipctap_record_decode(bytes, size, &record, &findings));
        ipctap_record_check(&record, &findings);
        g_assert_cmpuint(findings.count, ==, 0);
        if (record.header.kind == IPCTAP_CTR_COMMAND)
            sides[!!(record.header.flags & IPCTAP_SERVER)][record.header.phase]++;
    }
    g_assert_cmpuint(sides[0][IPCTAP_ENTER], ==, 1);
    g_assert_cmpuint(sides[0][IPCTAP_EXIT], ==, 1);
    g_assert_cmpuint(sides[1][IPCTAP_ENTER], ==, 1);
    g_assert_cmpuint(sides[1][IPCTAP_EXIT], ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_test("/ctr/translate/header-only", test_header_only);
    fixture_test("/ctr/translate/normal", test_normal_words);
    fixture_test("/ctr/translate/copy-and-move", test_copy_and_move);
    fixture_test("/ctr/translate/invalid-and-pseudo", test_invalid_and_pseudo_handles);
    fixture_test("/ctr/translate/process-id", test_process_id);
    fixture_test("/ctr/translate/static", test_static_buffers);
    fixture_test("/ctr/translate/static-no-room", test_static_buffer_without_room);
    fixture_test("/ctr/translate/mapped", test_mapped_buffer);
    fixture_test("/ctr/translate/mapped-not-named", test_mapped_buffer_not_named);
    fixture_test("/ctr/translate/mapped-size-0", test_mapped_buffer_of_size_0);
    fixture_test("/ctr/translate/mapped-unsolicited", test_unsolicited_mapped_buffer);
    fixture_test("/ctr/translate/pxi", test_pxi_buffer);
    fixture_test("/ctr/translate/mixed", test_mixed);
    fixture_test("/ctr/translate/refused", test_refused);
    fixture_test("/ctr/translate/table-full", test_handle_table_full);
    fixture_test("/ctr/translate/sections-that-lie", test_sections_that_lie);
    fixture_test("/ctr/translate/random", test_random_messages);
    fixture_test("/ctr/translate/tap", test_tap);
    return g_test_run();
}
