/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scenarios of the PlayStation 4: App Messaging, event flags, a service of our own, refusals. */
#include "orbis_app_messaging.h"
#include "orbis_henv_scenario.h"
#include "orbis_ipmi.h"
#include "orbis_server_scenario.h"
#include "orbis_steps.h"
#include "scenarios.h"

#include <string.h>

#define APP_ID        0x60000000u /**< The shape of the console's: 0x60, a generation, a slot. */
#define MSG_ARRIVAL   (UINT64_C(1) << 63)
#define SAFE_AREA     (UINT64_C(1) << 60)
#define ENTITLEMENT   (UINT64_C(1) << 56)
#define LAUNCH_APP    0x01000002u
#define TRAINER_CHEAT 0x08000000u /**< etaHEN-SDK: a JSON object without NUL. */
#define TRAINER_REPLY 0x08999999u

struct two_apps {
    struct traffic_client *launcher;
    uint32_t game_id;
    uint32_t helper_id;
    uint32_t nobody_id;
    struct traffic_client *game_client;
    struct traffic_client *helper_client;
    struct app_messaging game;
    struct app_messaging helper;
};

/** A launcher's process id tells two runs apart that use one server at the same time. */
static bool choose_app_ids(struct traffic_run *run, struct two_apps *apps)
{
    uint32_t generation;

    apps->launcher = traffic_run_connect(run, IPCTAP_ORBIS, "launcher", 0);
    if (!apps->launcher)
        return false;
    generation = APP_ID | (apps->launcher->pid & 0xFFFF) << 8;
    apps->game_id = generation | 1;
    apps->helper_id = generation | 2;
    apps->nobody_id = generation | 3;
    return true;
}

static bool open_apps(struct traffic_run *run, struct two_apps *apps)
{
    memset(apps, 0, sizeof *apps);
    if (!choose_app_ids(run, apps))
        return false;
    apps->game_client = traffic_run_connect(run, IPCTAP_ORBIS, "eboot.bin", apps->game_id);
    apps->helper_client = traffic_run_connect(run, IPCTAP_ORBIS, "helper.bin", apps->helper_id);
    if (!apps->game_client || !apps->helper_client)
        return false;
    return traffic_expect_equal(run, app_messaging_initialize(&apps->game, apps->game_client), 0,
                                "initialisation of the game") &&
           traffic_expect_equal(run, app_messaging_initialize(&apps->helper, apps->helper_client),
                                0, "initialisation of the helper");
}

static void close_apps(struct traffic_run *run, struct two_apps *apps)
{
    if (apps->game.kid)
        traffic_expect_equal(run, app_messaging_terminate(&apps->game), 0, "game's end");
    if (apps->helper.kid)
        traffic_expect_equal(run, app_messaging_terminate(&apps->helper), 0, "helper's end");
    traffic_run_disconnect(run, apps->game_client);
    traffic_run_disconnect(run, apps->helper_client);
    traffic_run_disconnect(run, apps->launcher);
}

static void expect_message(struct traffic_run *run, const struct app_message *message,
                           uint32_t sender, uint32_t type, const void *payload, size_t size)
{
    traffic_expect_equal(run, message->sender, sender, "sender");
    traffic_expect_equal(run, message->type, type, "message type");
    traffic_expect_equal(run, message->payload_size, size, "payload size");
    traffic_expect(run,
                   message->payload_size == size && memcmp(message->payload, payload, size) == 0,
                   "The payload arrived changed");
    traffic_expect(run, message->timestamp > 0, "The message has no timestamp");
}

/** The article's sample, both ways: text of type 0 without a NUL. */
static void talk(struct traffic_run *run, struct two_apps *apps)
{
    struct app_message message;
    uint64_t waiting = app_messaging_receive_begin(&apps->helper, 2);

    traffic_expect_equal(run,
                         app_messaging_send(&apps->game, apps->helper_id, 0, "Hello World.", 12, 0),
                         0, "SendMsg");
    traffic_expect_equal(run, app_messaging_receive_end(&apps->helper, waiting, &message), 0,
                         "ReceiveMsg");
    expect_message(run, &message, apps->game_id, 0, "Hello World.", 12);
    traffic_expect_equal(run,
                         app_messaging_send(&apps->helper, apps->game_id, LAUNCH_APP, "back", 4, 0),
                         0, "SendMsg back");
    traffic_expect_equal(run, app_messaging_try_receive(&apps->game, &message), 0, "TryReceiveMsg");
    expect_message(run, &message, apps->helper_id, LAUNCH_APP, "back", 4);
    traffic_expect_equal(run, app_messaging_try_receive(&apps->game, &message),
                         APP_MESSAGING_NO_MESSAGE, "TryReceiveMsg of nothing");
}

static void homebrew(struct traffic_run *run, struct two_apps *apps)
{
    static const char request[] = "{\"app_type\":1,\"cheat\":3,\"on\":true}";
    static const char reply[] = "{\"res\":0,\"var\":\"infinite lives\"}";
    struct app_message message;

    app_messaging_send(&apps->helper, apps->game_id, TRAINER_CHEAT, request, strlen(request), 0);
    traffic_expect_equal(run, app_messaging_receive(&apps->game, &message), 0, "ReceiveMsg");
    expect_message(run, &message, apps->helper_id, TRAINER_CHEAT, request, strlen(request));
    app_messaging_send(&apps->game, apps->helper_id, TRAINER_REPLY, reply, strlen(reply), 0);
    traffic_expect_equal(run, app_messaging_receive(&apps->helper, &message), 0, "ReceiveMsg");
    expect_message(run, &message, apps->game_id, TRAINER_REPLY, reply, strlen(reply));
}

static void to_the_shell(struct traffic_run *run, struct two_apps *apps)
{
    traffic_expect_equal(run, app_messaging_send_to_shell_core(&apps->game, 1, "core", 4, 0), 0,
                         "SendMsgToShellCore");
    /* Nobody is ShellUI here. */
    traffic_expect_equal(run, app_messaging_send_to_shell_ui(&apps->game, 1, "ui", 2, 1),
                         APP_MESSAGING_NO_SUCH_APP, "SendMsgToShellUI");
}

static void run_messages(struct traffic_run *run)
{
    struct two_apps apps;

    if (open_apps(run, &apps)) {
        talk(run, &apps);
        homebrew(run, &apps);
        to_the_shell(run, &apps);
    }
    close_apps(run, &apps);
}

static void run_event_flags(struct traffic_run *run)
{
    struct two_apps apps;
    uint64_t pattern = 0;

    if (open_apps(run, &apps)) {
        traffic_expect_equal(
            run, app_messaging_set_event_flag(&apps.helper, apps.game_id, SAFE_AREA | ENTITLEMENT),
            0, "SetEventFlag");
        app_messaging_try_get_event_flag(&apps.game, SAFE_AREA, &pattern, true);
        traffic_expect_equal(run, pattern, SAFE_AREA, "pattern");
        app_messaging_try_get_event_flag(&apps.game, UINT64_MAX, &pattern, false);
        traffic_expect_equal(run, pattern, ENTITLEMENT, "pattern after clearing");
        traffic_expect_equal(
            run, app_messaging_clear_event_flag(&apps.helper, apps.game_id, ENTITLEMENT), 0,
            "ClearEventFlag");
        app_messaging_try_get_event_flag(&apps.game, UINT64_MAX, &pattern, false);
        traffic_expect_equal(run, pattern, 0, "pattern in the end");
        traffic_expect_equal(run,
                             app_messaging_set_event_flag(&apps.helper, apps.nobody_id, SAFE_AREA),
                             APP_MESSAGING_NO_SUCH_APP, "SetEventFlag of nobody");
        app_messaging_send(&apps.helper, apps.game_id, 0, "x", 1, 0);
        app_messaging_try_get_event_flag(&apps.game, MSG_ARRIVAL, &pattern, true);
        traffic_expect_equal(run, pattern, MSG_ARRIVAL, "pattern after a message");
    }
    close_apps(run, &apps);
}

/** What the library itself refuses makes no call. */
static void library_errors(struct traffic_run *run, struct two_apps *apps)
{
    struct app_messaging nothing = {.client = apps->game_client};
    g_autofree uint8_t *payload = g_malloc0(APPMSG_MAX_PAYLOAD + 1);
    unsigned int calls = apps->game_client->calls;
    struct app_message message;

    traffic_expect_equal(run, app_messaging_send(&nothing, apps->helper_id, 0, "x", 1, 0),
                         APP_MESSAGING_UNAVAILABLE, "SendMsg before initialisation");
    traffic_expect_equal(
        run,
        app_messaging_send(&apps->game, apps->helper_id, 0, payload, APPMSG_MAX_PAYLOAD + 1, 0),
        APP_MESSAGING_PAYLOAD_SIZE_TOO_LARGE, "SendMsg of 0x2001 bytes");
    traffic_expect_equal(run, apps->game_client->calls, calls, "calls made for these");
    traffic_expect_equal(
        run, app_messaging_send(&apps->game, apps->helper_id, 0, payload, APPMSG_MAX_PAYLOAD, 0), 0,
        "SendMsg of 0x2000 bytes");
    traffic_expect_equal(run, app_messaging_receive(&apps->helper, &message), 0, "ReceiveMsg");
    expect_message(run, &message, apps->game_id, 0, payload, APPMSG_MAX_PAYLOAD);
}

static void service_errors(struct traffic_run *run, struct two_apps *apps)
{
    uint8_t header[APPMSG_REQUEST_SIZE] = {0};
    GBytes *inputs[] = {g_bytes_new(header, sizeof header), g_bytes_new(NULL, 0)};
    uint32_t result = 0;

    traffic_expect_equal(run, app_messaging_send(&apps->game, apps->nobody_id, 0, "x", 1, 0),
                         APP_MESSAGING_NO_SUCH_APP, "SendMsg to nobody");
    traffic_expect_equal(
        run, orbis_ipmi_invoke(apps->game_client, apps->game.kid, 3, inputs, 2, &result), 0,
        "*out of method 3");
    traffic_expect_equal(run, result, 0x800205C1, "result of method 3");
    g_bytes_unref(inputs[0]);
    g_bytes_unref(inputs[1]);
}

static uint32_t invoke_with(struct two_apps *apps, const char *field, uint64_t value, uint64_t size)
{
    struct orbis_ipmi ipmi;

    orbis_ipmi_begin(&ipmi, apps->game_client, SCEIPMI_INVOKE_SYNC, apps->game.kid);
    orbis_ipmi_set(&ipmi, "result", orbis_ipmi_room(&ipmi, 4));
    orbis_ipmi_set(&ipmi, field, value);
    ipmi.call.in_size = size;
    return orbis_ipmi_out(&ipmi);
}

static void manager_errors(struct traffic_run *run, struct two_apps *apps)
{
    uint32_t kid;

    traffic_expect_equal(run, invoke_with(apps, "num_in", 11, 0x30), 0x80020016, "11 inputs");
    traffic_expect_equal(run, invoke_with(apps, "flags", 2, 0x30), 0x80020016, "flags 2");
    traffic_expect_equal(run, invoke_with(apps, "result", 0, 0x30), 0x80020016, "null pResult");
    traffic_expect_equal(run, invoke_with(apps, "num_in", 0, 0x40), 0x80020016, "block of 0x40");
    traffic_expect_equal(run, invoke_with(apps, "num_in", 0, 0x41), 0x800E0001, "block of 0x41");
    traffic_expect_equal(run, orbis_ipmi_simple(apps->game_client, 0x492, apps->game.kid),
                         0x8002002D, "an unknown call");
    kid = orbis_ipmi_create_client(apps->game_client, "SceNothing", 0, 0);
    traffic_expect_equal(run, orbis_ipmi_connect(apps->game_client, kid), 0x80020003,
                         "a service that nobody has");
    traffic_expect_equal(run, orbis_ipmi_connect(apps->game_client, apps->game.kid), 0x80020011,
                         "a second connection");
}

static void run_errors(struct traffic_run *run)
{
    struct two_apps apps;

    if (open_apps(run, &apps)) {
        library_errors(run, &apps);
        service_errors(run, &apps);
        manager_errors(run, &apps);
    }
    close_apps(run, &apps);
}

const struct traffic_scenario orbis_scenarios[] = {
    {"orbis-day", "a game and its helper: messages and event flags, both ways", orbis_run_day},
    {"orbis-messages", "SceAppMessaging: two apps, text and JSON both ways, ShellCore",
     run_messages},
    {"orbis-event-flags", "event flags set, obtained and cleared; MSG_ARRIVAL", run_event_flags},
    {"orbis-errors", "refusals of the library, the service and the manager", run_errors},
    {"orbis-server", "a service of an application: sync, async, queue, event flag",
     orbis_run_server},
    {"orbis-large", "the largest message, and a megabyte", orbis_run_large},
    {"orbis-sessions", "many applications that send each other messages", orbis_run_sessions},
    {"orbis-malformed", "damaged manager calls, and records that end the connection",
     orbis_run_malformed},
    {"orbis-henv", "HEN-V, libhijacker: prefixes, answers, notifications", orbis_run_henv},
    {NULL, NULL, NULL},
};
