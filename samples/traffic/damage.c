/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "damage.h"

#include <string.h>

static void flip_bits(GRand *random, uint8_t *bytes, size_t size)
{
    for (int i = g_rand_int_range(random, 1, 6); i > 0; i--)
        bytes[g_rand_int_range(random, 0, (gint32)size)] ^=
            (uint8_t)(1u << g_rand_int_range(random, 0, 8));
}

static void randomize(GRand *random, uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)g_rand_int(random);
}

void damage_bytes(GRand *random, uint8_t *bytes, size_t size)
{
    size_t place = (size_t)g_rand_int_range(random, 0, (gint32)(size / 4)) * 4;

    switch (g_rand_int_range(random, 0, 4)) {
    case 0:
        randomize(random, bytes, size);
        break;
    case 1:
        randomize(random, bytes + place, 4);
        break;
    case 2:
        memset(bytes + place, 0, size - place);
        break;
    default:
        flip_bits(random, bytes, size);
        break;
    }
}

/* A kernel call with one thing wrong in its header. */
static void break_header(struct record_builder *request, unsigned int how)
{
    switch (how) {
    case 0:
        request->header.platform = IPCTAP_OTHER;
        break;
    case 1:
        request->header.kind = 99;
        break;
    case 2:
        request->header.pid ^= 0x5555;
        break;
    case 3:
        request->header.call_id = 0;
        break;
    default:
        request->header.tid = 0;
        break;
    }
}

#define BROKEN_HEADERS 5

static void send_broken(struct traffic_client *client, unsigned int how)
{
    const struct ipctap_kernel_call call = {.call = IPCTAP_CALL_GET_PROCESS_ID};
    struct record_builder request;

    if (how == BROKEN_HEADERS) {
        traffic_client_send_bytes(client,
                                  "this is no record at all, but it goes on and on and on "
                                  "for longer than a header is",
                                  80);
        return;
    }
    traffic_client_begin(client, &request, IPCTAP_KERNEL_CALL);
    record_builder_add_kernel_call(&request, &call);
    break_header(&request, how);
    traffic_client_send(client, &request);
}

void damage_records(struct traffic_run *run, uint8_t platform)
{
    for (unsigned int how = 0; how <= BROKEN_HEADERS; how++) {
        struct traffic_client *client =
            traffic_run_connect(run, platform, "broken", 0x0100000000099999);
        struct traffic_exit exit;

        if (!client)
            return;
        send_broken(client, how);
        traffic_expect(run, !traffic_client_wait(client, UINT64_MAX, &exit) && client->comment,
                       "record %u was not refused with a note", how);
        run->calls += client->calls;
        traffic_client_free(client);
    }
}
