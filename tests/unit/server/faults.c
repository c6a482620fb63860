/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Faults on request: each kind on each system, who is chosen, and that it is seen in the tap. */
#include "fixture.h"

#include <fault.h>
#include <plain_call.h>

#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define TIME_OFFSET    16 /* Of the record's header: differs with every exit. */
#define TIME_END       24
#define CALL_ID_OFFSET 24
#define TID_OFFSET     36
#define MAX_EXIT       0x1000

/* A server with one rule; `data` is its text. */
static void start(struct server_fixture *fixture, gconstpointer data)
{
    static const char *rules[2];

    rules[0] = data;
    fixture->options.faults = rules;
    server_fixture_start(fixture, NULL);
}

static uint8_t platform_of(const char *rule)
{
    return strstr(rule, "system=ctr")     ? IPCTAP_CTR
           : strstr(rule, "system=orbis") ? IPCTAP_ORBIS
                                          : IPCTAP_HORIZON;
}

static void open_call(struct server_fixture *fixture, const char *rule, struct plain_call *call)
{
    plain_call_open(call, fixture->address, platform_of(rule));
}

/* Sends the enter with another thread and call id, so that a lost call is in nobody's way. */
static void send_as(const struct plain_call *call, uint32_t number)
{
    ipcshark_store_u64(call->enter + CALL_ID_OFFSET, number);
    ipcshark_store_u32(call->enter + TID_OFFSET, number);
    g_assert_true(traffic_client_send_bytes(call->client, call->enter, call->size));
}

/* What comes within `milliseconds` until a whole exit is there or nothing more comes; its size. */
static size_t receive(const struct plain_call *call, uint8_t *bytes, int milliseconds, bool *ended)
{
    struct pollfd ready = {.fd = call->client->descriptor, .events = POLLIN};
    size_t size = 0;

    *ended = false;
    while (!*ended && size < call->exit_size && poll(&ready, 1, size ? 30 : milliseconds) == 1) {
        ssize_t more = recv(ready.fd, bytes + size, MAX_EXIT - size, 0);

        if (more <= 0)
            *ended = true;
        else
            size += (size_t)more;
    }
    return size;
}

static size_t call_as(const struct plain_call *call, uint32_t number, uint8_t *bytes)
{
    bool ended;

    send_as(call, number);
    return receive(call, bytes, 1000, &ended);
}

/* Bytes that differ from the unharmed exit, but for its time, call id and thread. */
static unsigned int count_differences(const struct plain_call *call, const uint8_t *bytes,
                                      size_t *first)
{
    unsigned int count = 0;

    for (size_t i = call->exit_size; i-- > 0;) {
        bool varies = (i >= TIME_OFFSET && i < CALL_ID_OFFSET + 8) ||
                      (i >= TID_OFFSET && i < TID_OFFSET + 4);

        if (varies || bytes[i] == call->exit[i])
            continue;
        *first = i;
        count++;
    }
    return count;
}

static bool has_comment(const struct ipctap_record *record, const char *text)
{
    struct ipctap_section section;

    return ipctap_section_find(record, IPCTAP_COMMENT, 0, &section) &&
           g_strstr_len((const char *)section.bytes, (gssize)section.captured_size, text);
}

/* How many records of this phase or kind the tap has whose COMMENT contains `text`. */
static unsigned int count_comments(struct server_fixture *fixture, const char *text)
{
    unsigned int count = 0;

    server_fixture_stop(fixture);
    for (guint i = 0; i < fixture->records->len; i++) {
        struct ipctap_record record;
        gsize size;
        const uint8_t *bytes = g_bytes_get_data(fixture->records->pdata[i], &size);

        g_assert_true(ipctap_record_decode(bytes, size, &record, NULL));
        count += has_comment(&record, text);
    }
    return count;
}

static void test_reply(struct server_fixture *fixture, gconstpointer data)
{
    uint8_t bytes[MAX_EXIT];
    struct plain_call call;
    size_t first = 0;

    open_call(fixture, data, &call);
    g_assert_cmpuint(call_as(&call, 7, bytes), ==, call.exit_size);
    g_assert_cmpuint(count_differences(&call, bytes, &first), ==, 4);
    g_assert_cmphex(ipcshark_load_u32(bytes + first), ==, 0x12345678);
    plain_call_close(&call);
    g_assert_cmpuint(count_comments(fixture, "fault: reply set to 0x12345678"), ==, 1);
}

static void test_result(struct server_fixture *fixture, gconstpointer data)
{
    uint8_t bytes[MAX_EXIT];
    struct ipctap_section section;
    struct ipctap_record record;
    struct plain_call call;
    size_t size;

    open_call(fixture, data, &call);
    size = call_as(&call, 7, bytes);
    g_assert_true(ipctap_record_decode(bytes, size, &record, NULL));
    g_assert_cmphex(record.header.result, ==, 0xD401);
    g_assert_false(ipctap_section_find(&record, IPCTAP_MESSAGE, 0, &section));
    g_assert_false(ipctap_section_find(&record, IPCTAP_IPMI_SCALAR, 1, &section));
    plain_call_close(&call);
    g_assert_cmpuint(count_comments(fixture, "fault: result set to 0xD401"), ==, 1);
}

static void test_malformed(struct server_fixture *fixture, gconstpointer data)
{
    uint8_t bytes[MAX_EXIT];
    struct plain_call call;
    size_t first = 0;
    unsigned int differences;

    open_call(fixture, data, &call);
    g_assert_cmpuint(call_as(&call, 7, bytes), ==, call.exit_size);
    differences = count_differences(&call, bytes, &first);
    g_assert_cmpuint(differences, >=, 8);
    g_assert_cmpuint(differences, <=, 16);
    g_assert_cmpuint(first, >=, IPCTAP_HEADER_SIZE + IPCTAP_SECTION_SIZE);
    plain_call_close(&call);
    g_assert_cmpuint(count_comments(fixture, "fault: reply scrambled"), ==, 1);
}

static void test_delay(struct server_fixture *fixture, gconstpointer data)
{
    struct plain_call slow, quick;
    uint8_t bytes[MAX_EXIT];
    gint64 start;

    open_call(fixture, data, &slow);
    open_call(fixture, "system=orbis", &quick);
    start = g_get_monotonic_time();
    send_as(&slow, 7);
    for (unsigned int i = 0; i < 10; i++)
        g_assert_true(plain_call_repeat(&quick));
    g_assert_cmpint(g_get_monotonic_time() - start, <, 100000);
    {
        bool ended;

        g_assert_cmpuint(receive(&slow, bytes, 1000, &ended), ==, slow.exit_size);
    }
    g_assert_cmpint(g_get_monotonic_time() - start, >=, 150000);
    plain_call_close(&slow);
    plain_call_close(&quick);
    g_assert_cmpuint(count_comments(fixture, "fault: delayed by 150 ms"), ==, 1);
}

/* The connection ends, and Exit comes, while an exit is held back. */
static void test_delayed_end(struct server_fixture *fixture, gconstpointer data)
{
    const struct ipctap_kernel_call exit = {.call = IPCTAP_CALL_EXIT};
    struct plain_call vanishing, leaving;

    open_call(fixture, data, &vanishing);
    open_call(fixture, data, &leaving);
    send_as(&vanishing, 7);
    send_as(&leaving, 8);
    plain_call_close(&vanishing);
    leaving.client->next_call_id = 100;
    g_assert_cmphex(traffic_client_kernel_call(leaving.client, &exit, NULL, NULL), ==, 0);
    g_assert_cmpuint(leaving.client->waiting->len, ==, 1); /* The held exit came first. */
    plain_call_close(&leaving);
}

static void test_drop(struct server_fixture *fixture, gconstpointer data)
{
    uint8_t bytes[MAX_EXIT];
    struct plain_call call;
    bool ended;

    open_call(fixture, data, &call);
    send_as(&call, 7);
    g_assert_cmpuint(receive(&call, bytes, 150, &ended), ==, 0);
    g_assert_false(ended);
    g_assert_cmpuint(call_as(&call, 8, bytes), ==, call.exit_size); /* limit=1 */
    plain_call_close(&call);
    g_assert_cmpuint(count_comments(fixture, "fault: exit dropped"), ==, 1);
}

static void test_close(struct server_fixture *fixture, gconstpointer data)
{
    uint8_t bytes[MAX_EXIT];
    struct plain_call call, other;
    bool ended;

    open_call(fixture, data, &call);
    send_as(&call, 7);
    g_assert_cmpuint(receive(&call, bytes, 1000, &ended), ==, call.exit_size / 2);
    g_assert_true(ended);
    plain_call_close(&call);
    open_call(fixture, data, &other);
    g_assert_true(plain_call_repeat(&other));
    plain_call_close(&other);
    g_assert_cmpuint(count_comments(fixture, "fault: closed in mid-message"), ==, 1);
}

/* Which of 60 calls are struck: '1' or '0' each. The first is the one that opening makes. */
static char *pattern(struct server_fixture *fixture, const char *rule)
{
    char *struck = g_strnfill(60, '0');
    uint8_t bytes[MAX_EXIT];
    struct plain_call call;
    size_t first;

    open_call(fixture, rule, &call);
    for (uint32_t i = 0; i < 60; i++) {
        g_assert_cmpuint(call_as(&call, 10 + i, bytes), ==, call.exit_size);
        if (count_differences(&call, bytes, &first))
            struck[i] = '1';
    }
    plain_call_close(&call);
    return struck;
}

static void test_every(struct server_fixture *fixture, gconstpointer data)
{
    g_autofree char *struck = pattern(fixture, data);

    g_assert_cmpstr(struck, ==, "000100010001000000000000000000000000000000000000000000000000");
}

static void test_seed(struct server_fixture *fixture, gconstpointer data)
{
    g_autofree char *once = pattern(fixture, data);
    g_autofree char *again = NULL;
    unsigned int count = 0;

    server_fixture_end(fixture, NULL);
    memset(fixture, 0, sizeof *fixture);
    start(fixture, data);
    again = pattern(fixture, data);
    g_assert_cmpstr(once, ==, again);
    for (const char *digit = once; *digit; digit++)
        count += *digit == '1';
    g_assert_cmpuint(count, >, 10);
    g_assert_cmpuint(count, <, 50);
}

/* The rule is for another system, service or command: nothing is struck. */
static void test_spared(struct server_fixture *fixture, gconstpointer data)
{
    struct plain_call call;

    plain_call_open(&call, fixture->address, IPCTAP_HORIZON);
    g_assert_true(plain_call_repeat(&call));
    plain_call_close(&call);
    g_assert_cmpuint(count_comments(fixture, "fault"), ==, 0);
    (void)data;
}

static void test_bad_rules(void)
{
    static const char *const bad[] = {
        "",
        "explode",
        "delay",
        "delay=",
        "delay=soon",
        "delay=-1",
        "drop=1",
        "result",
        "result=0x1FFFFFFFF",
        "drop,system=wii",
        "drop,every=0",
        "drop,every",
        "drop,probability=1.5",
        "drop,probability=x",
        "drop,command=",
        "drop,service=",
        "drop,colour=red",
        "drop,",
        "system=horizon",
        "delay=86400001",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        const char *rules[] = {"drop", bad[i], NULL};
        GError *error = NULL;

        g_assert_null(server_faults_new(rules, 0, &error));
        g_assert_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE);
        g_assert_nonnull(strstr(error->message, bad[i]));
        g_clear_error(&error);
    }
}

#define test(path, rule, function)                                                                 \
    g_test_add("/server/faults/" path, struct server_fixture, rule, start, function,               \
               server_fixture_end)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    test("reply/horizon", "reply=0x12345678,service=echo,command=0,after=1", test_reply);
    test("reply/ctr", "reply=0x12345678,system=ctr,service=fs:USER,command=0x817,after=1",
         test_reply);
    test("reply/orbis", "reply=0x12345678,system=orbis,command=1,after=1", test_reply);
    test("result/horizon", "result=0xD401,service=echo,command=0,after=1", test_result);
    test("result/ctr", "result=0xD401,system=ctr,service=fs:USER,after=1", test_result);
    test("result/orbis", "result=0xD401,system=orbis,command=1,after=1", test_result);
    test("malformed/horizon", "malformed,service=echo,command=0,after=1", test_malformed);
    test("malformed/ctr", "malformed,system=ctr,service=fs:USER,after=1", test_malformed);
    test("malformed/orbis", "malformed,system=orbis,command=1,after=1", test_malformed);
    test("delay", "delay=150,service=echo,command=0,after=1", test_delay);
    test("delayed-end", "delay=60000,service=echo,command=0,after=2", test_delayed_end);
    test("drop/horizon", "drop,service=echo,command=0,after=1,limit=1", test_drop);
    test("drop/ctr", "drop,system=ctr,service=fs:USER,after=1,limit=1", test_drop);
    test("drop/orbis", "drop,system=orbis,command=1,after=1,limit=1", test_drop);
    test("close/horizon", "close,service=echo,command=0,after=1,limit=1", test_close);
    test("close/ctr", "close,system=ctr,service=fs:USER,after=1,limit=1", test_close);
    test("close/orbis", "close,system=orbis,command=1,after=1,limit=1", test_close);
    test("every", "reply=1,service=echo,command=0,after=1,every=4,limit=3", test_every);
    test("seed", "reply=1,service=echo,command=0,probability=0.5,after=1", test_seed);
    test("other-system", "drop,system=ctr", test_spared);
    test("other-service", "drop,service=fsp-srv", test_spared);
    test("other-command", "drop,service=echo,command=1", test_spared);
    g_test_add_func("/server/faults/bad-rules", test_bad_rules);
    return g_test_run();
}
