/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A day in the life of a Switch program: it starts, looks at the settings, loads and writes saves
 * of random number and size, shares its session with a thread, and ends. */
#include "horizon_steps.h"

#include <string.h>

#define FOLDER        "/day"
#define MAX_SAVE_SIZE 0x1800

static void read_settings(struct traffic_run *run, const struct horizon_service *sm)
{
    uint8_t firmware[0x100] = {0};
    struct horizon_command version = {.id = 4}, color = {.id = 23};
    struct horizon_service set;

    if (!horizon_steps_service(run, sm, "set:sys", &set))
        return;
    version.argument[0] = (struct horizon_argument){
        .kind = HORIZON_FIXED_POINTER_OUT, .bytes = firmware, .size = sizeof firmware};
    traffic_expect_equal(run, horizon_call(&set, &version), 0, "GetFirmwareVersion2");
    traffic_expect_equal(run, horizon_call(&set, &color), 0, "GetColorSetId");
    horizon_close_handle(sm->client, set.handle);
}

static bool open_file(struct traffic_run *run, const struct horizon_service *card, const char *path,
                      struct horizon_service *file)
{
    static const uint8_t mode[4] = {7};
    struct horizon_command command;

    if (!traffic_expect_equal(run, horizon_steps_path(card, 8, mode, sizeof mode, path, &command),
                              0, "OpenFile"))
        return false;
    *file = horizon_steps_object(card, command.out_object[0]);
    return true;
}

static void transfer(struct traffic_run *run, const struct horizon_service *file, bool is_read,
                     uint8_t *bytes, uint32_t size)
{
    uint8_t range[0x18] = {0};
    struct horizon_command command = {
        .id = is_read ? 0 : 1, .data = range, .data_size = sizeof range};

    ipcshark_store_u64(range + 16, size);
    command.argument[0] =
        (struct horizon_argument){.kind = is_read ? HORIZON_MAP_OUT : HORIZON_MAP_IN,
                                  .bytes = bytes,
                                  .size = size,
                                  .attribute = HIPC_MAP_NON_SECURE};
    traffic_expect_equal(run, horizon_call(file, &command), 0, is_read ? "Read" : "Write");
}

static void save(struct traffic_run *run, const struct horizon_service *card, const char *path)
{
    static const uint8_t create[0x10];
    uint32_t size = (uint32_t)g_rand_int_range(run->random, 1, MAX_SAVE_SIZE);
    g_autofree uint8_t *written = g_malloc(size), *read = g_malloc0(size);
    struct horizon_command command;
    struct horizon_service file;

    for (uint32_t i = 0; i < size; i++)
        written[i] = (uint8_t)g_rand_int(run->random);
    traffic_expect_equal(run, horizon_steps_path(card, 0, create, sizeof create, path, &command), 0,
                         "CreateFile");
    if (!open_file(run, card, path, &file))
        return;
    transfer(run, &file, false, written, size);
    traffic_expect_equal(run, horizon_call(&file, &(struct horizon_command){.id = 2}), 0, "Flush");
    transfer(run, &file, true, read, size);
    traffic_expect(run, !memcmp(written, read, size), "%s is not what was written", path);
    horizon_steps_close_object(run, &file);
}

static void play(struct traffic_run *run, const struct horizon_service *card)
{
    int saves = g_rand_int_range(run->random, 2, 6);
    struct horizon_command command;

    horizon_steps_path(card, 4, NULL, 0, FOLDER, &command); /* left by an earlier run */
    traffic_expect_equal(run, horizon_steps_path(card, 2, NULL, 0, FOLDER, &command), 0,
                         "CreateDirectory");
    for (int i = 0; i < saves; i++) {
        g_autofree char *path = g_strdup_printf(FOLDER "/slot%d.bin", i);

        save(run, card, path);
    }
    traffic_expect_equal(run, horizon_steps_path(card, 1, NULL, 0, FOLDER "/slot0.bin", &command),
                         0, "DeleteFile");
    traffic_expect_equal(run, horizon_steps_path(card, 7, NULL, 0, FOLDER "/slot0.bin", &command),
                         0x202, "GetEntryType of the deleted save");
    traffic_expect_equal(run, horizon_call(card, &(struct horizon_command){.id = 10}), 0, "Commit");
    traffic_expect_equal(run, horizon_steps_path(card, 4, NULL, 0, FOLDER, &command), 0,
                         "DeleteDirectoryRecursively");
}

/* Another thread gets a session of its own to the same domain. */
static void share(struct traffic_run *run, const struct horizon_service *fsp,
                  const struct horizon_service *card)
{
    struct horizon_command clone = {.id = 2, .is_control = true}, close = {.is_close = true};
    struct horizon_service copy = *card, session = *fsp;
    struct horizon_command space;

    traffic_expect_equal(run, horizon_call(fsp, &clone), 0, "CloneCurrentObject");
    copy.handle = session.handle = clone.reply.special.move[0];
    session.object_id = 0;
    traffic_expect_equal(run, horizon_steps_path(&copy, 11, NULL, 0, "/", &space), 0,
                         "GetFreeSpaceSize on the clone");
    traffic_expect_equal(run, horizon_call(&session, &close), 0xF601, "close of the clone");
    horizon_close_handle(fsp->client, session.handle);
}

void horizon_run_day(struct traffic_run *run)
{
    struct horizon_service sm, fsp, card;

    if (horizon_steps_connect(run, "horizon-day", &sm)) {
        read_settings(run, &sm);
        if (horizon_steps_file_system(run, &sm, &fsp, &card)) {
            play(run, &card);
            share(run, &fsp, &card);
            horizon_steps_close_object(run, &card);
            horizon_close_handle(sm.client, fsp.handle);
        }
        horizon_close_handle(sm.client, sm.handle);
    }
    traffic_run_disconnect(run, sm.client);
}
