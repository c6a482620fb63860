/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes the seeds of fuzz_server: what the scenarios of `ipcshark traffic` send, one file each.
 *
 *     server_seeds FOLDER
 *
 * Each scenario runs against a server of its own, through a relay that keeps what clients say.
 */
#include "../../samples/common/endpoint.h"
#include "server_input.h"

#include <scenarios.h>
#include <server.h>

#include <glib/gstdio.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_SEED 0x8000

struct relay {
    int listening;
    struct server *server;
    GMainLoop *loop;
    int client[SERVER_INPUT_CONNECTIONS];
    int inner[SERVER_INPUT_CONNECTIONS];
    unsigned int count;
    GByteArray *pending[SERVER_INPUT_CONNECTIONS];
    GByteArray *seed;
    gint is_over;
};

/* Whole records go into the seed in the order in which they came. */
static void keep(struct relay *relay, unsigned int n)
{
    GByteArray *pending = relay->pending[n];
    uint8_t connection = (uint8_t)n;
    size_t size;

    while (ipctap_stream_next(pending->data, pending->len, &size, NULL) == IPCTAP_STREAM_RECORD) {
        g_byte_array_append(relay->seed, &connection, 1);
        g_byte_array_append(relay->seed, pending->data, (guint)size);
        g_byte_array_remove_range(pending, 0, (guint)size);
    }
}

static bool pass(int from, int to, GByteArray *copy)
{
    uint8_t bytes[0x10000];
    ssize_t size = recv(from, bytes, sizeof bytes, MSG_DONTWAIT);

    if (size <= 0)
        return size < 0;
    if (copy)
        g_byte_array_append(copy, bytes, (guint)size);
    return send(to, bytes, (size_t)size, MSG_NOSIGNAL) == size;
}

static void accept_client(struct relay *relay)
{
    int pair[2];
    unsigned int n = relay->count;

    if (n == SERVER_INPUT_CONNECTIONS || socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
        return;
    relay->client[n] = accept(relay->listening, NULL, NULL);
    relay->inner[n] = pair[0];
    relay->pending[n] = g_byte_array_new();
    relay->count++;
    server_add_connection(relay->server, pair[1]);
}

static void pass_all(struct relay *relay)
{
    for (unsigned int n = 0; n < relay->count; n++) {
        if (relay->client[n] < 0)
            continue;
        if (!pass(relay->client[n], relay->inner[n], relay->pending[n]) ||
            !pass(relay->inner[n], relay->client[n], NULL)) {
            close(relay->client[n]);
            close(relay->inner[n]);
            relay->client[n] = -1;
        }
        keep(relay, n);
    }
}

static gpointer run_relay(gpointer data)
{
    struct relay *relay = data;
    GMainContext *context = g_main_context_new();
    const struct server_options options = {.quiet = true};
    struct pollfd ready = {.fd = relay->listening, .events = POLLIN};

    g_main_context_push_thread_default(context);
    relay->server = server_new(&options, NULL);
    while (!g_atomic_int_get(&relay->is_over)) {
        if (poll(&ready, 1, 0) == 1)
            accept_client(relay);
        pass_all(relay);
        while (g_main_context_iteration(context, FALSE))
            ;
    }
    server_free(relay->server);
    g_main_context_pop_thread_default(context);
    g_main_context_unref(context);
    return NULL;
}

static void write_seed(const char *folder, const char *name, const GByteArray *seed)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);

    /* Only whole chunks: what is too long is cut between two. */
    struct server_chunk chunk;
    size_t offset = 0, end = 0;

    while (server_input_next(seed->data, seed->len, &offset, &chunk) && offset <= MAX_SEED)
        end = offset;
    if (end)
        g_assert_true(g_file_set_contents(path, (const char *)seed->data, (gssize)end, NULL));
    printf("%s: %zu bytes\n", name, end);
}

static void run_scenario(const char *folder, const struct traffic_scenario *scenario)
{
    g_autofree char *place = g_dir_make_tmp("ipcshark-seeds-XXXXXX", NULL);
    g_autofree char *address = g_strdup_printf("unix:%s/socket", place);
    struct traffic_run run = {.address = address,
                              .random = g_rand_new_with_seed(1),
                              .messages = g_ptr_array_new_with_free_func(g_free)};
    struct relay relay = {.listening = endpoint_listen(address, false, NULL),
                          .seed = g_byte_array_new()};
    GThread *thread = g_thread_new("relay", run_relay, &relay);

    scenario->run(&run);
    g_usleep(100000);
    g_atomic_int_set(&relay.is_over, 1);
    g_thread_join(thread);
    write_seed(folder, scenario->name, relay.seed);
    g_rand_free(run.random);
    g_unlink(address + strlen("unix:"));
    g_rmdir(place);
}

int main(int argc, char **argv)
{
    const struct traffic_scenario *const lists[] = {horizon_scenarios, ctr_scenarios,
                                                    orbis_scenarios};

    if (argc != 2) {
        fprintf(stderr, "usage: server_seeds FOLDER\n");
        return 2;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        for (const struct traffic_scenario *scenario = lists[i]; scenario->name; scenario++)
            run_scenario(argv[1], scenario);
    }
    return 0;
}
