/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nothing leads out of the sandbox: what fsp-srv and fs:USER are asked for with "..", absolute
 * paths, planted links, and links that appear while they look.
 */
#include "fixture.h"

#include <ctr_client.h>
#include <horizon_client.h>

#include <dirent.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATH_SIZE    0x301
#define MEMORY       0x08000000u
#define OTHER_MEMORY 0x08001000u
#define STATIC(size) ctripc_descriptor(CTRIPC_STATIC_BUFFER, size, 0)
#define RACES        1500

struct place {
    struct server_fixture server;
    char *outside; /* "secret", "victim" and the sandbox "inside", nothing else. */
    char *inside;
    int is_over; /* The race. */
};

static void make(const char *folder, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);

    if (text)
        g_assert_true(g_file_set_contents(path, text, -1, NULL));
    else
        g_assert_cmpint(g_mkdir(path, 0700), ==, 0);
}

static void plant(const struct place *place, const char *name, const char *target)
{
    g_autofree char *path = g_build_filename(place->inside, name, NULL);

    g_assert_cmpint(symlink(target, path), ==, 0);
}

static void start(struct place *place, gconstpointer data)
{
    g_autofree char *secret = NULL, *missing = NULL;

    (void)data;
    place->outside = g_dir_make_tmp("ipcshark-outside-XXXXXX", NULL);
    place->inside = g_build_filename(place->outside, "inside", NULL);
    secret = g_build_filename(place->outside, "secret", NULL);
    missing = g_build_filename(place->outside, "missing", NULL);
    make(place->outside, "secret", "outside");
    make(place->outside, "victim", "outside");
    make(place->outside, "inside", NULL);
    make(place->inside, "dir", NULL);
    make(place->inside, "dir/real", NULL);
    make(place->inside, "race", NULL);
    make(place->inside, "race/secret", "inside!");
    plant(place, "link_file", "../secret");
    plant(place, "link_absolute", secret);
    plant(place, "link_missing", missing);
    plant(place, "link_dir", place->outside);
    plant(place, "link_up", "..");
    plant(place, "link_root", "/");
    plant(place, "link_link", "link_dir");
    plant(place, "dir/link", "../..");
    plant(place, "race_link", place->outside);
    place->server.options.sandbox = place->inside;
    server_fixture_start(&place->server, NULL);
}

static void end(struct place *place, gconstpointer data)
{
    const char *command[] = {"rm", "-rf", place->outside, NULL};

    server_fixture_end(&place->server, data);
    g_spawn_sync(NULL, (char **)command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL,
                 NULL);
    g_free(place->inside);
    g_free(place->outside);
}

static void assert_whole(const struct place *place, const char *name)
{
    g_autofree char *path = g_build_filename(place->outside, name, NULL), *text = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "outside");
}

static void assert_nothing_changed_outside(const struct place *place)
{
    GDir *folder = g_dir_open(place->outside, 0, NULL);
    unsigned int count = 0;

    while (g_dir_read_name(folder))
        count++;
    g_dir_close(folder);
    g_assert_cmpuint(count, ==, 3);
    assert_whole(place, "secret");
    assert_whole(place, "victim");
}

/* Whatever a client could write where a path is wanted; %s is the folder outside. */
static const char *const paths[] = {
    "/../secret",
    "../secret",
    "/..",
    "/.",
    "//../secret",
    "/./../secret",
    "/dir/../../secret",
    "/dir/real/../../../secret",
    "/dir/real/../../../missing",
    "%s/secret",
    "/%s/secret",
    "/../../../../../../../../../../etc/passwd",
    "/link_file",
    "/link_absolute",
    "/link_missing",
    "/link_dir",
    "/link_dir/secret",
    "/link_dir/missing",
    "/link_dir/inside/../secret",
    "/link_up/secret",
    "/link_up/missing",
    "/link_root/etc/passwd",
    "/link_root/tmp/missing",
    "/link_link/secret",
    "/dir/link/secret",
    "/dir/link/missing",
    "/dir/link/inside",
    "\\..\\secret",
    "/..\\secret",
    "/dir/..\\..\\secret",
    "sdmc:/../secret",
    "/%2e%2e/secret",
    "/..%2fsecret",
    "/\xC0\xAE\xC0\xAE/secret",
    "",
};

static char *path_of(const struct place *place, size_t i)
{
    return strstr(paths[i], "%s")
               ? g_strdup_printf(i == 9 ? "%s/secret" : "/%s/secret", place->outside)
               : g_strdup(paths[i]);
}

/* fsp-srv: the file system of the SD card, as a domain object. */
static void open_card(struct place *place, struct horizon_service *sm,
                      struct horizon_service *file_system)
{
    static const uint8_t placeholder[8];
    struct horizon_command initialize = {
        .id = 0, .data = placeholder, .data_size = sizeof placeholder, .send_pid = true};
    struct horizon_command set = {
        .id = 1, .data = placeholder, .data_size = sizeof placeholder, .send_pid = true};
    struct horizon_command open = {.id = 18};

    *sm = (struct horizon_service){.client = server_fixture_open(&place->server, "traversal")};
    g_assert_cmphex(horizon_connect_port(sm->client, "sm:", &sm->handle), ==, 0);
    g_assert_cmphex(horizon_call(sm, &initialize), ==, 0);
    g_assert_cmphex(horizon_get_service(sm, "fsp-srv", file_system), ==, 0);
    g_assert_cmphex(horizon_convert_to_domain(file_system), ==, 0);
    g_assert_cmphex(horizon_call(file_system, &set), ==, 0);
    g_assert_cmphex(horizon_call(file_system, &open), ==, 0);
    file_system->object_id = open.out_object[0];
}

static uint32_t call_paths(const struct horizon_service *service, uint32_t id, const void *data,
                           uint16_t size, const char *path, const char *second, uint32_t *object)
{
    char buffer[2][PATH_SIZE] = {{0}};
    struct horizon_command command = {.id = id, .data = data, .data_size = size};
    uint32_t result;

    g_strlcpy(buffer[0], path, PATH_SIZE);
    command.argument[0] = (struct horizon_argument){
        .kind = HORIZON_POINTER_IN, .bytes = buffer[0], .size = PATH_SIZE};
    if (second) {
        g_strlcpy(buffer[1], second, PATH_SIZE);
        command.argument[1] = (struct horizon_argument){
            .kind = HORIZON_POINTER_IN, .bytes = buffer[1], .size = PATH_SIZE};
    }
    result = horizon_call(service, &command);
    g_assert_true(command.was_delivered);
    if (object)
        *object = command.out_object[0];
    return result;
}

static const uint8_t create_arguments[0x10];
static const uint8_t open_mode[4] = {7}; /* Read, write, append. */
static const uint8_t open_filter[4] = {3};

/* Every command of IFileSystem that takes a path; those that open must fail. */
static void try_horizon(const struct horizon_service *file_system, const char *path)
{
    g_assert_cmphex(call_paths(file_system, 8, open_mode, 4, path, NULL, NULL), !=, 0);
    call_paths(file_system, 0, create_arguments, 0x10, path, NULL, NULL);
    call_paths(file_system, 2, NULL, 0, path, NULL, NULL);
    call_paths(file_system, 7, NULL, 0, path, NULL, NULL);
    call_paths(file_system, 5, NULL, 0, "/dir/file", path, NULL);
    call_paths(file_system, 6, NULL, 0, "/dir/real", path, NULL);
    call_paths(file_system, 5, NULL, 0, path, "/dir/taken", NULL);
    call_paths(file_system, 6, NULL, 0, path, "/dir/taken", NULL);
    if (strstr(path, "secret") || strstr(path, "missing"))
        g_assert_cmphex(call_paths(file_system, 9, open_filter, 4, path, NULL, NULL), !=, 0);
    call_paths(file_system, 1, NULL, 0, path, NULL, NULL);
    call_paths(file_system, 3, NULL, 0, path, NULL, NULL);
    if (strcmp(path, "") != 0 && strcmp(path, "/.") != 0)
        call_paths(file_system, 4, NULL, 0, path, NULL, NULL);
}

static void test_horizon(struct place *place, gconstpointer data)
{
    struct horizon_service sm, file_system;

    (void)data;
    open_card(place, &sm, &file_system);
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autofree char *path = path_of(place, i);

        try_horizon(&file_system, path);
        assert_nothing_changed_outside(place);
    }
    traffic_client_free(sm.client);
}

/* Makes "/race" a folder and a link to the outside by turns. */
static gpointer exchange(gpointer data)
{
    struct place *place = data;
    int inside = open(place->inside, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    while (!g_atomic_int_get(&place->is_over))
        g_assert_cmpint(renameat2(inside, "race", inside, "race_link", RENAME_EXCHANGE), ==, 0);
    close(inside);
    return NULL;
}

static void assert_from_inside(const struct horizon_service *file)
{
    char text[16] = {0};
    uint8_t range[0x18] = {0};
    struct horizon_command read = {.id = 0, .data = range, .data_size = sizeof range};
    struct horizon_command close_object = {.is_close = true};

    ipcshark_store_u64(range + 16, sizeof text);
    read.argument[0] = (struct horizon_argument){
        .kind = HORIZON_MAP_OUT, .bytes = text, .size = sizeof text, .attribute = 1};
    g_assert_cmphex(horizon_call(file, &read), ==, 0);
    g_assert_cmpstr(text, ==, "inside!");
    horizon_call(file, &close_object);
}

static void test_race(struct place *place, gconstpointer data)
{
    GThread *thread = g_thread_new("exchange", exchange, place);
    struct horizon_service sm, file_system;
    unsigned int opened = 0;

    (void)data;
    open_card(place, &sm, &file_system);
    for (unsigned int i = 0; i < RACES; i++) {
        struct horizon_service file = file_system;

        if (call_paths(&file_system, 8, open_mode, 4, "/race/secret", NULL, &file.object_id) == 0) {
            assert_from_inside(&file);
            opened++;
        }
        call_paths(&file_system, 0, create_arguments, 0x10, "/race/missing", NULL, NULL);
        call_paths(&file_system, 1, NULL, 0, "/race/victim", NULL, NULL);
        call_paths(&file_system, 4, NULL, 0, "/race/inside", NULL, NULL);
    }
    g_atomic_int_set(&place->is_over, true);
    g_thread_join(thread);
    g_assert_cmpuint(opened, >, 0);
    assert_nothing_changed_outside(place);
    traffic_client_free(sm.client);
}

static uint32_t ask(struct ctr_client *client, uint32_t handle)
{
    g_assert_cmphex(ctr_client_request(client, handle), ==, 0);
    return client->word[1];
}

static uint32_t open_ctr_archive(struct ctr_client *client, uint32_t archive[2])
{
    uint32_t result;
    uint32_t srv = ctr_client_connect(client, "srv:", &result);
    uint32_t fs = ctr_client_get_service(client, srv, "fs:USER", &result);

    g_assert_cmphex(result, ==, 0);
    ctr_client_memory(client, MEMORY, 0x400);
    ctr_client_memory(client, OTHER_MEMORY, 0x400);
    CTR_WORDS(client, 0x080C00C2, 9, 1, 1, STATIC(1), MEMORY);
    g_assert_cmphex(ask(client, fs), ==, 0);
    archive[0] = client->word[2];
    archive[1] = client->word[3];
    return fs;
}

/* OpenFile (read, write, create), deletes, creates, renames and OpenDirectory of fs:USER. */
static void try_ctr(struct ctr_client *client, uint32_t fs, const uint32_t archive[2],
                    const char *path)
{
    uint32_t size = (uint32_t)strlen(path) + 1;
    uint32_t low = archive[0], high = archive[1];
    const char *other = "/dir/taken";
    uint32_t other_size = (uint32_t)strlen(other) + 1;

    memcpy(ctr_client_bytes(client, MEMORY, size), path, size);
    memcpy(ctr_client_bytes(client, OTHER_MEMORY, other_size), other, other_size);
    CTR_WORDS(client, 0x080201C2, 0, low, high, 3, size, 3, 0, STATIC(size), MEMORY);
    g_assert_cmphex(ask(client, fs), !=, 0);
    CTR_WORDS(client, 0x080201C2, 0, low, high, 3, size, 7, 0, STATIC(size), MEMORY);
    ask(client, fs);
    CTR_WORDS(client, 0x08080202, 0, low, high, 3, size, 0, 4, 0, STATIC(size), MEMORY);
    ask(client, fs);
    CTR_WORDS(client, 0x08090182, 0, low, high, 3, size, 0, STATIC(size), MEMORY);
    ask(client, fs);
    CTR_WORDS(client, 0x08050244, 0, low, high, 3, size, low, high, 3, other_size, STATIC(size),
              MEMORY, ctripc_descriptor(CTRIPC_STATIC_BUFFER, other_size, 1), OTHER_MEMORY);
    ask(client, fs);
    CTR_WORDS(client, 0x080A0244, 0, low, high, 3, size, low, high, 3, other_size, STATIC(size),
              MEMORY, ctripc_descriptor(CTRIPC_STATIC_BUFFER, other_size, 1), OTHER_MEMORY);
    ask(client, fs);
    CTR_WORDS(client, 0x080B0102, low, high, 3, size, STATIC(size), MEMORY);
    ask(client, fs);
    CTR_WORDS(client, 0x08040142, 0, low, high, 3, size, STATIC(size), MEMORY);
    ask(client, fs);
    CTR_WORDS(client, 0x08060142, 0, low, high, 3, size, STATIC(size), MEMORY);
    ask(client, fs);
    if (strcmp(path, "") != 0 && strcmp(path, "/.") != 0) {
        CTR_WORDS(client, 0x08070142, 0, low, high, 3, size, STATIC(size), MEMORY);
        ask(client, fs);
    }
}

static void test_ctr(struct place *place, gconstpointer data)
{
    struct traffic_client *connection = server_fixture_connect(&place->server);
    struct ctr_client *client;
    struct traffic_run nothing = {0};
    uint32_t archive[2], fs, result;

    (void)data;
    g_assert_true(
        traffic_client_hello(connection, IPCTAP_CTR, "traversal", 1, 0, NULL, 0, &result));
    client = ctr_client_new(connection);
    fs = open_ctr_archive(client, archive);
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autofree char *path = path_of(place, i);

        try_ctr(client, fs, archive, path);
        assert_nothing_changed_outside(place);
    }
    ctr_client_free(&nothing, client);
}

/* 64 MiB: neither made nor grown larger, with the systems' own results. */
static void test_file_size(struct place *place, gconstpointer data)
{
    uint8_t arguments[0x10] = {0};
    struct traffic_client *connection = server_fixture_connect(&place->server);
    struct traffic_run nothing = {0};
    struct horizon_service sm, file;
    struct horizon_command grow = {.id = 3, .data = arguments + 8, .data_size = 8};
    struct ctr_client *client = ctr_client_new(connection);
    uint32_t archive[2], fs, result;

    (void)data;
    open_card(place, &sm, &file);
    ipcshark_store_u64(arguments + 8, 64 << 20);
    g_assert_cmphex(call_paths(&file, 0, arguments, 0x10, "/full", NULL, NULL), ==, 0);
    ipcshark_store_u64(arguments + 8, (64 << 20) + 1);
    g_assert_cmphex(call_paths(&file, 0, arguments, 0x10, "/more", NULL, NULL), ==, 0x3C02);
    g_assert_cmphex(call_paths(&file, 8, open_mode, 4, "/full", NULL, &file.object_id), ==, 0);
    g_assert_cmphex(horizon_call(&file, &grow), ==, 0x3C02);
    traffic_client_free(sm.client);

    g_assert_true(traffic_client_hello(connection, IPCTAP_CTR, "size", 1, 0, NULL, 0, &result));
    fs = open_ctr_archive(client, archive);
    memcpy(ctr_client_bytes(client, MEMORY, 6), "/more", 6);
    CTR_WORDS(client, 0x08080202, 0, archive[0], archive[1], 3, 6, 0, (64 << 20) + 1, 0, STATIC(6),
              MEMORY);
    g_assert_cmphex(ask(client, fs), ==, 0xC86044D2);
    ctr_client_free(&nothing, client);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/server/traversal/fsp-srv", struct place, NULL, start, test_horizon, end);
    g_test_add("/server/traversal/fs-user", struct place, NULL, start, test_ctr, end);
    g_test_add("/server/traversal/file-size", struct place, NULL, start, test_file_size, end);
    g_test_add("/server/traversal/race", struct place, NULL, start, test_race, end);
    return g_test_run();
}
