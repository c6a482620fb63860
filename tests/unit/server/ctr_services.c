/* SPDX-License-Identifier: GPL-2.0-or-later */
/* srv:, err:f and fs:USER as a 3DS program sees them. */
#include "ctr_fixture.h"

#include <string.h>

#define PATH         0x08000000u
#define BUFFER       0x08010010u
#define STATIC(size) ctripc_descriptor(CTRIPC_STATIC_BUFFER, size, 0)

static uint32_t srv_of(struct ctr_client *client)
{
    uint32_t result;
    uint32_t srv = ctr_client_connect(client, "srv:", &result);

    g_assert_cmphex(result, ==, 0);
    return srv;
}

/** The request must be answered with this result. */
static void ask(struct ctr_client *client, uint32_t handle, uint32_t result)
{
    g_assert_cmphex(ctr_client_request(client, handle), ==, 0);
    g_assert_cmphex(client->word[1], ==, result);
}

static void test_srv_names(struct fixture *fixture, gconstpointer data)
{
    struct ctr_client *client = fixture_open(fixture, 0, NULL, 0);
    uint32_t srv = srv_of(client);

    (void)data;
    CTR_WORDS(client, 0x00010002, 0x20, 0);
    ask(client, srv, 0);
    assert_words(client, 0x00010040, 0);
    CTR_WORDS(client, 0x00050100, 0x553A7366, 0x00524553, 0, 0);
    ask(client, srv, 0xD9006405);
    assert_words(client, 0x00050040);
    CTR_WORDS(client, 0x00050100, 0x553A7366, 0x00524553, 9, 0);
    ask(client, srv, 0xD9006405);
    CTR_WORDS(client, 0x00050100, 0x553A7366, 0x00524553, 8, 0);
    ask(client, srv, 0xD9006407);
    CTR_WORDS(client, 0x00050100, 0x553A7366, 0x00524553, 7, 0);
    ask(client, srv, 0);
    assert_words(client, 0x00050042, 0, 0x10);
    CTR_WORDS(client, 0x000E00C0, 0x553A7366, 0x00524553, 7);
    ask(client, srv, 0);
    assert_words(client, 0x000E0080, 0, 1);
    CTR_WORDS(client, 0x000E00C0, 0x61616161, 0, 4);
    ask(client, srv, 0);
    assert_words(client, 0x000E0080, 0, 0);
    CTR_WORDS(client, 0x00050000);
    ask(client, srv, 0xD900182F);
    assert_words(client, 0x00000040);
}

static void test_srv_access(struct fixture *fixture, gconstpointer data)
{
    struct ctr_client *client = fixture_open(fixture, 0, "fs:USER\0cfg:u\0\0\0", 16);
    struct ctr_client *unlisted = fixture_open(fixture, 1, NULL, 0);
    uint32_t srv = srv_of(client);
    uint32_t result;

    (void)data;
    g_assert_cmphex(ctr_client_get_service(client, srv, "fs:USER", &result), !=, 0);
    ctr_client_get_service(client, srv, "cfg:u", &result);
    g_assert_cmphex(result, ==, 0xD0406401);
    ctr_client_get_service(client, srv, "hid:USER", &result);
    g_assert_cmphex(result, ==, 0xD8E06406);
    srv = srv_of(unlisted);
    ctr_client_get_service(unlisted, srv, "hid:USER", &result);
    g_assert_cmphex(result, ==, 0xD0406401);
    ctr_client_get_service(unlisted, srv, "pxi:dev", &result);
    g_assert_cmphex(result, ==, 0xD8E06406);
}

static void register_service(struct ctr_client *server, uint32_t srv)
{
    CTR_WORDS(server, 0x00030100, 0x74736574, 0x753A, 6, 1);
    ask(server, srv, 0);
    assert_words(server, 0x00030042, 0, 0x10);
}

static void test_srv_registration(struct fixture *fixture, gconstpointer data)
{
    struct ctr_client *server = fixture_open(fixture, 0, NULL, 0);
    struct ctr_client *client = fixture_open(fixture, 1, NULL, 0);
    uint32_t srv = srv_of(server), clients = srv_of(client);
    uint32_t result;

    (void)data;
    register_service(server, srv);
    CTR_WORDS(client, 0x00030100, 0x74736574, 0x753A, 6, 1);
    ask(client, clients, 0xD9001BFC);
    g_assert_cmphex(ctr_client_get_service(client, clients, "test:u", &result), !=, 0);
    /* One session is all that its port takes. */
    ctr_client_get_service(client, clients, "test:u", &result);
    g_assert_cmphex(result, ==, 0xD0401834);
    CTR_WORDS(client, 0x000400C0, 0x74736574, 0x753A, 6);
    ask(client, clients, 0xD8E06406);
    CTR_WORDS(server, 0x000400C0, 0x74736574, 0x753A, 6);
    ask(server, srv, 0);
    ctr_client_get_service(client, clients, "test:u", &result);
    g_assert_cmphex(result, ==, 0xD0406401);
    /* A service ends with its process, soon after that. */
    register_service(server, srv);
    result = 0;
    fixture_close(fixture, 0);
    for (unsigned int i = 0; i < 2000 && result != 0xD0406401; i++) {
        g_usleep(i ? 1000 : 0);
        ctr_client_get_service(client, clients, "test:u", &result);
    }
    g_assert_cmphex(result, ==, 0xD0406401);
}

static void test_srv_waits_for_services(struct fixture *fixture, gconstpointer data)
{
    struct ctr_client *client = fixture_open(fixture, 0, NULL, 0);
    struct ctr_client *server = fixture_open(fixture, 1, NULL, 0);
    uint32_t srv = srv_of(client), servers = srv_of(server);
    uint64_t sent;

    (void)data;
    CTR_WORDS(client, 0x00050100, 0x74736574, 0x753A, 6, 1);
    ask(client, srv, 0xD0406401);
    CTR_WORDS(client, 0x00050100, 0x74736574, 0x753A, 6, 0);
    sent = ctr_client_send(client, srv, 2);
    register_service(server, servers);
    g_assert_cmphex(ctr_client_finish(client, sent), ==, 0);
    assert_words(client, 0x00050042, 0, 0x10);
    /* And one who gave up waiting. */
    CTR_WORDS(client, 0x00050100, 0x65646F6E, 0, 4, 0);
    ctr_client_send(client, srv, 2);
    fixture_close(fixture, 0);
    CTR_WORDS(server, 0x00030100, 0x65646F6E, 0, 4, 1);
    ask(server, servers, 0);
}

static void test_srv_notifications(struct fixture *fixture, gconstpointer data)
{
    struct ctr_client *client = fixture_open(fixture, 0, NULL, 0);
    struct ctr_client *publisher = fixture_open(fixture, 1, NULL, 0);
    uint32_t srv = srv_of(client), publishers = srv_of(publisher);
    uint32_t semaphore;

    (void)data;
    CTR_WORDS(client, 0x00020000);
    ask(client, srv, 0);
    assert_words(client, 0x00020042, 0, 0);
    semaphore = client->word[3];
    CTR_WORDS(client, 0x00090040, 0x100);
    ask(client, srv, 0);
    CTR_WORDS(publisher, 0x000C0080, 0x100, 0);
    ask(publisher, publishers, 0);
    CTR_WORDS(publisher, 0x000C0080, 0x101, 0);
    ask(publisher, publishers, 0);
    g_assert_cmphex(ctr_client_wait(client, &semaphore, 1, false, -1), ==, 0);
    CTR_WORDS(client, 0x000B0000);
    ask(client, srv, 0);
    assert_words(client, 0x000B0080, 0, 0x100);
    g_assert_cmphex(ctr_client_wait(client, &semaphore, 1, false, 0), ==, 0x09401BFE);
}

/** fs:USER with an archive in word[2], word[3] and memory for path and data. */
static uint32_t fs_of(struct ctr_client *client, uint32_t archive[2])
{
    uint32_t srv = srv_of(client);
    uint32_t result;
    uint32_t fs = ctr_client_get_service(client, srv, "fs:USER", &result);

    g_assert_cmphex(result, ==, 0);
    ctr_client_memory(client, PATH, 0x100);
    ctr_client_memory(client, BUFFER, 0x2000);
    CTR_WORDS(client, 0x080C00C2, 9, 1, 1, STATIC(1), PATH);
    ask(client, fs, 0);
    assert_words(client, 0x080C00C0, 0);
    archive[0] = client->word[2];
    archive[1] = client->word[3];
    return fs;
}

static uint32_t put_path(struct ctr_client *client, const char *path)
{
    uint32_t size = (uint32_t)strlen(path) + 1;

    memcpy(ctr_client_bytes(client, PATH, 0x100), path, size);
    return size;
}

static void open_file(struct ctr_client *client, uint32_t fs, const uint32_t archive[2],
                      const char *path, uint32_t flags, uint32_t result)
{
    uint32_t size = put_path(client, path);

    CTR_WORDS(client, 0x080201C2, 0, archive[0], archive[1], 3, size, flags, 0, STATIC(size), PATH);
    ask(client, fs, result);
}

static void test_fs_open(struct fixture *fixture, gconstpointer data)
{
    struct ctr_client *client = fixture_open(fixture, 0, NULL, 0);
    uint32_t archive[2], other[2] = {0x99, 0};
    uint32_t fs = fs_of(client, archive);

    (void)data;
    open_file(client, fs, archive, "/missing", 1, 0xC8804478);
    open_file(client, fs, archive, "/../outside", 1, 0xE0E046BE);
    open_file(client, fs, archive, "/missing", 0, 0xC92044E6);
    open_file(client, fs, archive, "/missing", 8, 0xE0C046F8);
    open_file(client, fs, other, "/missing", 1, 0xC8804465);
    open_file(client, fs, archive, "/made", 7, 0);
    assert_words(client, 0x08020042, 0, 0x10);
    /* UTF-16 names the same file. */
    memcpy(ctr_client_bytes(client, PATH, 12), "/\0m\0a\0d\0e\0\0", 12);
    CTR_WORDS(client, 0x080201C2, 0, archive[0], archive[1], 4, 12, 1, 0, STATIC(12), PATH);
    ask(client, fs, 0);
    CTR_WORDS(client, 0x080201C2, 0, archive[0], archive[1], 2, 12, 1, 0, STATIC(12), PATH);
    ask(client, fs, 0xE0E046BE);
}

static void test_fs_open_directly(struct fixture *fixture, gconstpointer data)
{
    struct ctr_client *client = fixture_open(fixture, 0, NULL, 0);
    uint32_t archive[2];
    uint32_t fs = fs_of(client, archive);
    uint32_t size = put_path(client, "/direct");

    (void)data;
    CTR_WORDS(client, 0x08030204, 0, 9, 1, 1, 3, size, 7, 0,
              ctripc_descriptor(CTRIPC_STATIC_BUFFER, 1, 2), BUFFER, STATIC(size), PATH);
    ask(client, fs, 0);
    assert_words(client, 0x08030042, 0, 0x10);
}

static void test_file_sessions(struct fixture *fixture, gconstpointer data)
{
    struct ctr_client *client = fixture_open(fixture, 0, NULL, 0);
    uint32_t archive[2];
    uint32_t fs = fs_of(client, archive);
    uint32_t file;
    uint8_t *buffer = ctr_client_bytes(client, BUFFER, 0x2000);

    (void)data;
    open_file(client, fs, archive, "/file", 7, 0);
    file = client->word[3];
    memset(buffer, 0x5A, 0x1800);
    CTR_WORDS(client, 0x08030102, 0x10, 0, 0x1800, 0, 0x1800A, BUFFER);
    ask(client, file, 0);
    assert_words(client, 0x08030082, 0, 0x1800, 0x1800A, BUFFER);
    CTR_WORDS(client, 0x08040000);
    ask(client, file, 0);
    assert_words(client, 0x080400C0, 0, 0x1810, 0);
    memset(buffer, 0xFF, 0x2000);
    CTR_WORDS(client, 0x080200C2, 0, 0, 0x2000, 0x2000C, BUFFER);
    ask(client, file, 0);
    assert_words(client, 0x08020082, 0, 0x1810, 0x2000C, BUFFER);
    g_assert_cmphex(buffer[0x0F], ==, 0);
    g_assert_cmphex(buffer[0x10], ==, 0x5A);
    g_assert_cmphex(buffer[0x180F], ==, 0x5A);
    CTR_WORDS(client, 0x08050080, 8, 0);
    ask(client, file, 0);
    CTR_WORDS(client, 0x080200C2, 4, 0, 0x100, 0x100C, BUFFER);
    ask(client, file, 0);
    assert_words(client, 0x08020082, 0, 4);
    CTR_WORDS(client, 0x080C0000);
    ask(client, file, 0);
    CTR_WORDS(client, 0x08080000);
    ask(client, file, 0);
    CTR_WORDS(client, 0x080200C2, 0, 0, 4, 0x4C, BUFFER);
    ask(client, file, 0xC8804465);
    assert_words(client, 0x08020082, 0xC8804465, 0, 0x4C, BUFFER);
    g_assert_cmphex(ctr_client_close(client, file), ==, 0);
    CTR_WORDS(client, 0x08080000);
    g_assert_cmphex(ctr_client_request(client, file), ==, 0xD8E007F7);
}

static void test_file_rights(struct fixture *fixture, gconstpointer data)
{
    struct ctr_client *client = fixture_open(fixture, 0, NULL, 0);
    uint32_t archive[2];
    uint32_t fs = fs_of(client, archive);
    uint32_t file;

    (void)data;
    open_file(client, fs, archive, "/rights", 6, 0);
    file = client->word[3];
    CTR_WORDS(client, 0x080200C2, 0, 0, 4, 0x4C, BUFFER);
    ask(client, file, 0xE0E046BC);
    open_file(client, fs, archive, "/rights", 1, 0);
    file = client->word[3];
    CTR_WORDS(client, 0x08030102, 0, 0, 4, 0, 0x4A, BUFFER);
    ask(client, file, 0xC92044E6);
    CTR_WORDS(client, 0x08050080, 8, 0);
    ask(client, file, 0xC92044E6);
}

static void test_directories(struct fixture *fixture, gconstpointer data)
{
    struct ctr_client *client = fixture_open(fixture, 0, NULL, 0);
    uint32_t archive[2];
    uint32_t fs = fs_of(client, archive);
    uint32_t size = put_path(client, "/folder");
    uint32_t directory;
    const uint8_t *entry;

    (void)data;
    CTR_WORDS(client, 0x08090182, 0, archive[0], archive[1], 3, size, 0, STATIC(size), PATH);
    ask(client, fs, 0);
    CTR_WORDS(client, 0x08090182, 0, archive[0], archive[1], 3, size, 0, STATIC(size), PATH);
    ask(client, fs, 0xC82044BE);
    size = put_path(client, "/folder/a.txt");
    CTR_WORDS(client, 0x08080202, 0, archive[0], archive[1], 3, size, 0, 0x123, 0, STATIC(size),
              PATH);
    ask(client, fs, 0);
    size = put_path(client, "/folder");
    CTR_WORDS(client, 0x08060142, 0, archive[0], archive[1], 3, size, STATIC(size), PATH);
    ask(client, fs, 0xC92044F0);
    CTR_WORDS(client, 0x080B0102, archive[0], archive[1], 3, size, STATIC(size), PATH);
    ask(client, fs, 0);
    directory = client->word[3];
    CTR_WORDS(client, 0x08010042, 2, ctripc_descriptor(CTRIPC_MAPPED_W, 2 * 0x228, 0), BUFFER);
    ask(client, directory, 0);
    g_assert_cmpuint(client->word[2], ==, 1);
    entry = ctr_client_bytes(client, BUFFER, 0x228);
    g_assert_cmpmem(entry, 12, "a\0.\0t\0x\0t\0\0", 12);
    g_assert_cmpmem(entry + 0x20C, 8, "A       ", 8);
    g_assert_cmpmem(entry + 0x216, 3, "TXT", 3);
    g_assert_cmphex(ipcshark_load_u32(entry + 0x220), ==, 0x123);
    CTR_WORDS(client, 0x08010042, 2, ctripc_descriptor(CTRIPC_MAPPED_W, 2 * 0x228, 0), BUFFER);
    ask(client, directory, 0);
    g_assert_cmpuint(client->word[2], ==, 0);
    CTR_WORDS(client, 0x08070142, 0, archive[0], archive[1], 3, size, STATIC(size), PATH);
    ask(client, fs, 0);
    CTR_WORDS(client, 0x080E0080, archive[0], archive[1]);
    ask(client, fs, 0);
    CTR_WORDS(client, 0x080E0080, archive[0], archive[1]);
    ask(client, fs, 0xC8804465);
}

static void test_errf(struct fixture *fixture, gconstpointer data)
{
    struct ctr_client *client = fixture_open(fixture, 0, NULL, 0);
    uint32_t result;
    uint32_t errf = ctr_client_connect(client, "err:f", &result);

    (void)data;
    CTR_WORDS(client, 0x00010800, 0, 0xC8A12345);
    ask(client, errf, 0);
    ctr_client_memory(client, PATH, 0x10);
    CTR_WORDS(client, 0x00020042, 4, STATIC(4), PATH);
    ask(client, errf, 0);
    assert_words(client, 0x00020040, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_test("/ctr/srv/names", test_srv_names);
    fixture_test("/ctr/srv/access", test_srv_access);
    fixture_test("/ctr/srv/registration", test_srv_registration);
    fixture_test("/ctr/srv/notifications", test_srv_notifications);
    g_test_add("/ctr/srv/waiting", struct fixture, "wait", fixture_start,
               test_srv_waits_for_services, fixture_end);
    fixture_test("/ctr/fs/open", test_fs_open);
    fixture_test("/ctr/fs/open-directly", test_fs_open_directly);
    fixture_test("/ctr/fs/file", test_file_sessions);
    fixture_test("/ctr/fs/rights", test_file_rights);
    fixture_test("/ctr/fs/directories", test_directories);
    fixture_test("/ctr/errf", test_errf);
    return g_test_run();
}
