/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Applications that send each other much, are many, or send what is damaged. */
#include "damage.h"
#include "orbis_app_messaging.h"
#include "orbis_ipmi.h"
#include "orbis_steps.h"

#include <string.h>

#define APP_ID    0x60000000u
#define APPS      6
#define ROUNDS    12
#define MEGABYTE  (1u << 20)
#define MESSAGES  40
#define MAX_TEXT  200
#define DAY_STEPS 24

/* An application with its messaging initialised. */
struct app {
    struct traffic_client *client;
    struct app_messaging messaging;
    uint32_t id;
};

/* Ids follow from the process id, so that two runs can use one server at the same time. */
static bool open_app(struct traffic_run *run, struct app *app, const char *name)
{
    uint32_t result;

    memset(app, 0, sizeof *app);
    app->client = traffic_run_connect(run, IPCTAP_ORBIS, "launcher", 0);
    if (!app->client)
        return false;
    app->id = APP_ID | (app->client->pid & 0xFFFFFF);
    traffic_run_disconnect(run, app->client);
    app->client = traffic_run_connect(run, IPCTAP_ORBIS, name, app->id);
    if (!app->client)
        return false;
    result = app_messaging_initialize(&app->messaging, app->client);
    return traffic_expect_equal(run, result, 0, "initialisation");
}

static void close_app(struct traffic_run *run, struct app *app)
{
    if (app->messaging.kid)
        traffic_expect_equal(run, app_messaging_terminate(&app->messaging), 0, "termination");
    traffic_run_disconnect(run, app->client);
}

static void send_and_receive(struct traffic_run *run, struct app *from, struct app *to,
                             const uint8_t *bytes, uint32_t size)
{
    struct app_message message;

    traffic_expect_equal(run,
                         app_messaging_send(&from->messaging, to->id, 0x01000001, bytes, size, 0),
                         0, "SendMsg");
    if (!traffic_expect_equal(run, app_messaging_try_receive(&to->messaging, &message), 0,
                              "TryReceiveMsg"))
        return;
    traffic_expect_equal(run, message.sender, from->id, "sender");
    traffic_expect(run, message.payload_size == size && !memcmp(message.payload, bytes, size),
                   "%u bytes did not arrive as they were sent", size);
}

static void random_text(GRand *random, uint8_t *bytes, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)g_rand_int_range(random, 'a', 'z' + 1);
}

/* ---- a day ---- */

static void flag(struct traffic_run *run, struct app *from, struct app *to)
{
    uint64_t bit = UINT64_C(1) << g_rand_int_range(run->random, 46, 63), pattern;

    traffic_expect_equal(run, app_messaging_set_event_flag(&from->messaging, to->id, bit), 0,
                         "SetEventFlag");
    traffic_expect_equal(run, app_messaging_try_get_event_flag(&to->messaging, bit, &pattern, true),
                         0, "TryGetEventFlag");
    traffic_expect_equal(run, pattern, bit, "the pattern");
}

/* A game and its helper talk, set each other's flags, and ask the shell for something. */
static void spend_day(struct traffic_run *run, struct app *game, struct app *helper)
{
    uint8_t text[MAX_TEXT] = {0};

    for (unsigned int i = 0; i < DAY_STEPS; i++) {
        uint32_t size = (uint32_t)g_rand_int_range(run->random, 1, MAX_TEXT);
        bool back = g_rand_boolean(run->random);

        random_text(run->random, text, size);
        if (g_rand_int_range(run->random, 0, 3))
            send_and_receive(run, back ? helper : game, back ? game : helper, text, size);
        else
            flag(run, back ? helper : game, back ? game : helper);
    }
    traffic_expect_equal(run,
                         app_messaging_send_to_shell_core(&game->messaging, 1, text, MAX_TEXT, 0),
                         0, "SendMsgToShellCore");
}

void orbis_run_day(struct traffic_run *run)
{
    struct app game, helper = {0};

    if (open_app(run, &game, "eboot.bin") && open_app(run, &helper, "helper.bin"))
        spend_day(run, &game, &helper);
    close_app(run, &helper);
    close_app(run, &game);
}

/* ---- large ---- */

static uint32_t invoke_send(struct app *app, const uint8_t *bytes, size_t size, uint32_t *result)
{
    const struct appmsg_request request = {.app_id = app->id, .payload_size = size};
    uint8_t header[APPMSG_REQUEST_SIZE];
    GBytes *inputs[2];
    uint32_t out;

    appmsg_request_encode(&request, header, sizeof header);
    inputs[0] = g_bytes_new(header, sizeof header);
    inputs[1] = g_bytes_new(bytes, size);
    out = orbis_ipmi_invoke(app->client, app->messaging.kid, APPMSG_METHOD_SEND, inputs, 2, result);
    g_bytes_unref(inputs[0]);
    g_bytes_unref(inputs[1]);
    return out;
}

void orbis_run_large(struct traffic_run *run)
{
    g_autofree uint8_t *bytes = g_malloc0(MEGABYTE);
    struct app app;
    uint32_t result;

    if (open_app(run, &app, "large.bin")) {
        random_text(run->random, bytes, APPMSG_MAX_PAYLOAD);
        send_and_receive(run, &app, &app, bytes, APPMSG_MAX_PAYLOAD);
        traffic_expect_equal(
            run, app_messaging_send(&app.messaging, app.id, 0, bytes, APPMSG_MAX_PAYLOAD + 1, 0),
            APP_MESSAGING_PAYLOAD_SIZE_TOO_LARGE, "a byte too many");
        /* The library would not ask; the service answers the same. */
        traffic_expect_equal(run, invoke_send(&app, bytes, MEGABYTE, &result), 0,
                             "a megabyte without the library");
        traffic_expect_equal(run, result, APP_MESSAGING_PAYLOAD_SIZE_TOO_LARGE, "its result");
    }
    close_app(run, &app);
}

/* ---- many ---- */

void orbis_run_sessions(struct traffic_run *run)
{
    struct app app[APPS] = {{0}};
    bool good = true;

    for (unsigned int i = 0; i < APPS && good; i++) {
        g_autofree char *name = g_strdup_printf("crowd-%u.bin", i);

        good = open_app(run, &app[i], name);
    }
    for (unsigned int i = 0; i < ROUNDS && good; i++) {
        struct app *from = &app[g_rand_int_range(run->random, 0, APPS)];
        struct app *to = &app[g_rand_int_range(run->random, 0, APPS)];

        send_and_receive(run, from, to, (const uint8_t *)"hello", 5);
    }
    for (unsigned int i = 0; i < APPS; i++)
        close_app(run, &app[i]);
}

/* ---- damage ---- */

static void send_damaged(struct traffic_run *run, const struct app *app)
{
    struct orbis_ipmi_exit exit;
    struct orbis_ipmi ipmi;

    orbis_ipmi_begin(&ipmi, app->client, SCEIPMI_INVOKE_SYNC, app->messaging.kid);
    orbis_ipmi_set(&ipmi, "num_in", 2);
    orbis_ipmi_set(&ipmi, "result", orbis_ipmi_room(&ipmi, 4));
    damage_bytes(run->random, ipmi.block, 0x30);
    traffic_expect(run, orbis_ipmi_perform(&ipmi, &exit), "a damaged call got no answer");
    orbis_ipmi_exit_clear(&exit);
}

void orbis_run_malformed(struct traffic_run *run)
{
    struct app app;

    if (open_app(run, &app, "malformed.bin")) {
        for (unsigned int i = 0; i < MESSAGES; i++)
            send_damaged(run, &app);
    }
    close_app(run, &app);
    damage_records(run, IPCTAP_ORBIS);
    if (open_app(run, &app, "next.bin"))
        send_and_receive(run, &app, &app, (const uint8_t *)"hello", 5);
    close_app(run, &app);
}
