/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctr_fixture.h"

#define APPLICATION 0x0004000000AA0000u

void fixture_start(struct fixture *fixture, gconstpointer data)
{
    server_fixture_start(&fixture->server, data);
}

struct ctr_client *fixture_open(struct fixture *fixture, unsigned int n, const char *access,
                                size_t access_size)
{
    g_autofree char *name = g_strdup_printf("process %u", n);
    g_autoptr(GError) error = NULL;
    struct traffic_client *connection = traffic_client_open(fixture->server.address, &error);
    uint32_t result;

    g_assert_no_error(error);
    g_assert_true(traffic_client_hello(connection, IPCTAP_CTR, name, APPLICATION + n, 0, access,
                                       access_size, &result));
    fixture->process[n] = ctr_client_new(connection);
    return fixture->process[n];
}

void fixture_close(struct fixture *fixture, unsigned int n)
{
    struct traffic_run run = {.messages = g_ptr_array_new_with_free_func(g_free)};

    if (fixture->process[n])
        g_assert_cmpuint(fixture->process[n]->refused, ==, 0);
    ctr_client_free(&run, fixture->process[n]);
    fixture->process[n] = NULL;
    g_ptr_array_unref(run.messages);
}

void fixture_stop(struct fixture *fixture)
{
    for (unsigned int n = 0; n < FIXTURE_PROCESSES; n++)
        fixture_close(fixture, n);
    server_fixture_stop(&fixture->server);
}

void fixture_end(struct fixture *fixture, gconstpointer data)
{
    fixture_stop(fixture);
    server_fixture_end(&fixture->server, data);
}

uint32_t fixture_call(struct ctr_client *client, struct ipctap_kernel_call arguments,
                      const char *name, struct ipctap_kernel_call *results)
{
    return traffic_client_kernel_call(client->connection, &arguments, name, results);
}

struct fixture_pair fixture_pair_open(struct fixture *fixture)
{
    struct fixture_pair pair = {
        .client = fixture_open(fixture, 0, NULL, 0),
        .server = fixture_open(fixture, 1, NULL, 0),
    };
    struct ipctap_kernel_call port, session;
    uint32_t result;

    g_assert_cmphex(
        fixture_call(pair.server,
                     (struct ipctap_kernel_call){.call = IPCTAP_CALL_CREATE_PORT, .value = 2},
                     "test:port", &port),
        ==, 0);
    g_assert_cmphex(port.handle_2, ==, 0);
    pair.client_handle = ctr_client_connect(pair.client, "test:port", &result);
    g_assert_cmphex(result, ==, 0);
    g_assert_cmphex(fixture_call(pair.server,
                                 (struct ipctap_kernel_call){.call = IPCTAP_CALL_ACCEPT_SESSION,
                                                             .handle = port.handle},
                                 NULL, &session),
                    ==, 0);
    pair.server_handle = session.handle;
    return pair;
}

uint64_t fixture_pair_send(struct fixture_pair *pair, uint32_t *received)
{
    uint64_t sent = ctr_client_send(pair->client, pair->client_handle, 2);
    uint64_t receive;

    CTR_WORDS(pair->server, 0xFFFF0000);
    receive = ctr_client_reply_and_receive(pair->server, 0, &pair->server_handle, 1, -1);
    *received = ctr_client_finish(pair->server, receive);
    return sent;
}

uint32_t fixture_pair_answer(struct fixture_pair *pair, uint64_t sent, uint32_t *replied)
{
    *replied = ctr_client_finish(
        pair->server, ctr_client_reply_and_receive(pair->server, pair->server_handle, NULL, 0, 0));
    return ctr_client_finish(pair->client, sent);
}

void fixture_assert_words(const struct ctr_client *client, size_t count, const uint32_t *words)
{
    for (size_t i = 0; i < count; i++)
        g_assert_cmphex(client->word[i], ==, words[i]);
}
