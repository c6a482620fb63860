/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HEN-V and a launcher that uses it, and libhijacker's shorter form of the same (HEN-V's
 * commands.md and msg.go, libhijacker's branch msg): prefixes of title ids are registered, and who
 * did so is told when such a title starts. Types are those that Sony uses for others.
 */
#include "orbis_henv_scenario.h"

#include "orbis_app_messaging.h"

#include <ipcshark/writer.h>
#include <string.h>

#define APP_ID       0x60000000u /**< The shape of the console's: 0x60, a generation, a slot. */
#define REGISTER     0x01000000u
#define LISTEN       0x01000001u /**< libhijacker: one byte, 1 adds. */
#define LAUNCHED     0x01000002u /**< libhijacker: s32 pid. */
#define NOTIFICATION 0x01000004u /**< HEN-V: u32 pid, title id without a NUL. */
#define GAME_PID     97u

struct henv {
    struct traffic_client *shell; /**< Its pid tells runs apart that use one server at once. */
    struct traffic_client *clients[2];
    uint32_t ids[2];
    struct app_messaging launcher;
    struct app_messaging daemon;
};

static bool begin(struct traffic_run *run, struct henv *henv)
{
    static const char *const names[] = {"launcher.elf", "henv.elf"};
    struct app_messaging *apps[] = {&henv->launcher, &henv->daemon};

    memset(henv, 0, sizeof *henv);
    henv->shell = traffic_run_connect(run, IPCTAP_ORBIS, "shell", 0);
    if (!henv->shell)
        return false;
    for (unsigned int i = 0; i < 2; i++) {
        henv->ids[i] = APP_ID | (henv->shell->pid & 0xFFFF) << 8 | (0x10 + i);
        henv->clients[i] = traffic_run_connect(run, IPCTAP_ORBIS, names[i], henv->ids[i]);
        if (!henv->clients[i] ||
            !traffic_expect_equal(run, app_messaging_initialize(apps[i], henv->clients[i]), 0,
                                  "initialisation"))
            return false;
    }
    return true;
}

static void end(struct traffic_run *run, struct henv *henv)
{
    for (unsigned int i = 0; i < 2; i++)
        traffic_run_disconnect(run, henv->clients[i]);
    traffic_run_disconnect(run, henv->shell);
}

/** From one to the other, which must find it as it was sent. */
static void pass(struct traffic_run *run, struct henv *henv, bool to_daemon, uint32_t type,
                 const void *payload, size_t size)
{
    struct app_messaging *from = to_daemon ? &henv->launcher : &henv->daemon;
    struct app_messaging *to = to_daemon ? &henv->daemon : &henv->launcher;
    struct app_message message;

    traffic_expect_equal(
        run, app_messaging_send(from, henv->ids[to_daemon ? 1 : 0], type, payload, size, 0), 0,
        "SendMsg");
    if (!traffic_expect_equal(run, app_messaging_receive(to, &message), 0, "ReceiveMsg"))
        return;
    traffic_expect_equal(run, message.type, type, "message type");
    traffic_expect(run, message.payload_size == size && memcmp(message.payload, payload, size) == 0,
                   "The payload arrived changed");
}

/** "Answers repeat the type: ok = u32 0; error = u32 length and text." */
static void register_prefix(struct traffic_run *run, struct henv *henv)
{
    static const char text[] = "prefix already registered";
    uint8_t answer[4 + sizeof text] = {0};

    pass(run, henv, true, REGISTER, "CUSA", 4);
    pass(run, henv, false, REGISTER, answer, 4);
    pass(run, henv, true, REGISTER, "CUSA", 4);
    ipcshark_store_u32(answer, sizeof text - 1);
    memcpy(answer + 4, text, sizeof text - 1);
    pass(run, henv, false, REGISTER, answer, 4 + sizeof text - 1);
}

static void notify(struct traffic_run *run, struct henv *henv)
{
    uint8_t launched[4 + 9];

    ipcshark_store_u32(launched, GAME_PID);
    memcpy(launched + 4, "CUSA00001", 9);
    pass(run, henv, false, NOTIFICATION, launched, sizeof launched);
}

static void hijacker(struct traffic_run *run, struct henv *henv)
{
    uint8_t pid[4];

    ipcshark_store_u32(pid, GAME_PID);
    pass(run, henv, true, REGISTER, "PPSA", 4);
    pass(run, henv, true, LISTEN, "\1", 1);
    pass(run, henv, false, LAUNCHED, pid, sizeof pid);
    pass(run, henv, true, LISTEN, "\0", 1);
}

void orbis_run_henv(struct traffic_run *run)
{
    struct henv henv;

    if (begin(run, &henv)) {
        register_prefix(run, &henv);
        notify(run, &henv);
        hijacker(run, &henv);
    }
    end(run, &henv);
}
