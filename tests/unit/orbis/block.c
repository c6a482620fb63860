/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "orbis_test.h"

#include <ipcshark/sceipmi.h>

/** A call that the manager takes, to be spoilt by a test in one place. */
struct call {
    struct sceipmi_call call;
    const struct sceipmi_layout *layout;
    uint8_t block[SCEIPMI_MAX_BLOCK_SIZE];
    struct ipcshark_findings findings;
};

static void good_call(struct call *call, uint32_t op)
{
    const struct sceipmi_operation *operation = sceipmi_operation(op);

    memset(call, 0, sizeof *call);
    call->layout = operation->layout;
    call->call.op = op;
    call->call.kid = operation->object == SCEIPMI_NO_OBJECT ? 0 : 7;
    call->call.in_size = operation->layout ? operation->layout->size : 0;
    call->call.cookie = SCEIPMI_COOKIE;
}

static void set(struct call *call, const char *name, uint64_t value)
{
    g_assert_true(sceipmi_set(call->layout, name, call->block, sizeof call->block, value));
}

static void check(struct call *call)
{
    call->findings.count = 0;
    sceipmi_block_check(&call->call, call->block, (size_t)call->call.in_size, &call->findings);
}

static void good_invoke(struct call *call)
{
    good_call(call, SCEIPMI_INVOKE_SYNC);
    set(call, "num_in", 2);
    set(call, "in", 0x1000);
    set(call, "result", 0x2000);
    check(call);
    g_assert_cmpuint(call->findings.count, ==, 0);
}

static void test_counts(void)
{
    struct call call;
    const struct ipcshark_finding *finding;

    good_invoke(&call);
    set(&call, "num_in", 10);
    check(&call);
    g_assert_cmpuint(call.findings.count, ==, 0);
    set(&call, "num_in", 11);
    set(&call, "num_out", UINT32_MAX);
    set(&call, "out", 0x3000);
    check(&call);
    finding = find_finding(&call.findings, IPCSHARK_FINDING_SCEIPMI_TOO_MANY_INPUTS);
    g_assert_nonnull(finding);
    g_assert_cmpuint(finding->offset, ==, 4);
    g_assert_cmpuint(finding->actual, ==, 11);
    g_assert_cmpuint(finding->limit, ==, 10);
    assert_finding(&call.findings, SCEIPMI_TOO_MANY_OUTPUTS);
    g_assert_cmphex(ipcshark_finding_result(IPCSHARK_FINDING_SCEIPMI_TOO_MANY_INPUTS), ==,
                    0x80020016);
}

static void test_flags(void)
{
    struct call call;

    good_invoke(&call);
    set(&call, "flags", 1);
    check(&call);
    g_assert_cmpuint(call.findings.count, ==, 0);
    set(&call, "flags", 2);
    check(&call);
    assert_finding(&call.findings, SCEIPMI_FLAGS);
}

static void test_pointers(void)
{
    struct call call;

    good_invoke(&call);
    set(&call, "result", 0);
    set(&call, "in", 0);
    check(&call);
    assert_finding(&call.findings, SCEIPMI_NULL_POINTER);
    assert_finding(&call.findings, SCEIPMI_NULL_ARRAY);
    set(&call, "num_in", 0);
    check(&call);
    assert_no_finding(&call.findings, SCEIPMI_NULL_ARRAY);
    good_call(&call, SCEIPMI_CREATE_CLIENT);
    check(&call);
    assert_finding(&call.findings, SCEIPMI_NULL_POINTER);
}

static void test_sizes(void)
{
    struct call call;

    good_invoke(&call);
    call.call.in_size = 0x41;
    check(&call);
    g_assert_cmpuint(call.findings.count, ==, 1);
    assert_finding(&call.findings, SCEIPMI_BLOCK_TOO_LARGE);
    g_assert_cmphex(ipcshark_finding_result(IPCSHARK_FINDING_SCEIPMI_BLOCK_TOO_LARGE), ==,
                    0x800E0001);
    call.call.in_size = 0x40;
    check(&call);
    g_assert_cmpuint(call.findings.count, ==, 1);
    assert_finding(&call.findings, SCEIPMI_BLOCK_SIZE);
    call.call.in_size = UINT64_MAX;
    sceipmi_block_check(&call.call, call.block, sizeof call.block, &call.findings);
    assert_finding(&call.findings, SCEIPMI_BLOCK_TOO_LARGE);
}

/** A destroy takes no block; the size of a few blocks is not known, so none is wrong. */
static void test_blocks_without_size(void)
{
    struct call call;

    good_call(&call, SCEIPMI_DESTROY_CLIENT);
    check(&call);
    g_assert_cmpuint(call.findings.count, ==, 0);
    call.call.in_size = 8;
    check(&call);
    assert_finding(&call.findings, SCEIPMI_BLOCK_SIZE);
    good_call(&call, SCEIPMI_SHUTDOWN_DISPATCHER);
    call.call.in_size = 8;
    check(&call);
    g_assert_cmpuint(call.findings.count, ==, 0);
}

static void test_call_arguments(void)
{
    struct call call;

    good_invoke(&call);
    call.call.kid = 0;
    call.call.cookie = 5;
    check(&call);
    assert_finding(&call.findings, SCEIPMI_NO_KID);
    assert_finding(&call.findings, SCEIPMI_COOKIE);
    call.call.op = 0x271;
    check(&call);
    assert_finding(&call.findings, SCEIPMI_UNKNOWN_OPERATION);
    good_call(&call, SCEIPMI_CREATE_SERVER);
    call.call.kid = 3;
    check(&call);
    assert_finding(&call.findings, SCEIPMI_KID_IGNORED);
    good_call(&call, SCEIPMI_TRACE);
    call.call.kid = 0;
    check(&call);
    g_assert_cmpuint(call.findings.count, ==, 0);
}

static void check_user_data(uint64_t pointer, uint64_t size, bool is_good)
{
    struct call call;

    good_call(&call, SCEIPMI_CONNECT);
    set(&call, "status", 0x1000);
    set(&call, "user_data", pointer);
    set(&call, "user_data_size", size);
    check(&call);
    g_assert_cmpuint(call.findings.count, ==, is_good ? 0 : 1);
    if (!is_good)
        assert_finding(&call.findings, SCEIPMI_USER_DATA_SIZE);
}

static void test_user_data(void)
{
    check_user_data(0, 0, true);
    check_user_data(0x5000, 1, true);
    check_user_data(0x5000, 0x2000, true);
    check_user_data(0x5000, 0x2001, false);
    check_user_data(0x5000, 0, false);
    check_user_data(0, 1, false);
}

static void test_queue_and_event_indices(void)
{
    struct call call;

    good_call(&call, SCEIPMI_TRY_GET_MESSAGE);
    set(&call, "queue", 31);
    check(&call);
    g_assert_cmpuint(call.findings.count, ==, 0);
    set(&call, "queue", 32);
    check(&call);
    assert_finding(&call.findings, SCEIPMI_QUEUE_INDEX);
    good_call(&call, SCEIPMI_INVOKE_ASYNC);
    set(&call, "event_flag", UINT32_MAX);
    check(&call);
    g_assert_cmpuint(call.findings.count, ==, 0);
    set(&call, "event_flag", 32);
    check(&call);
    assert_finding(&call.findings, SCEIPMI_EVENT_FLAG_INDEX);
    good_call(&call, SCEIPMI_SET_EVENT_FLAG);
    set(&call, "event_flag", UINT32_MAX);
    check(&call);
    assert_finding(&call.findings, SCEIPMI_EVENT_FLAG_INDEX);
}

static void test_event_modes(void)
{
    static const uint32_t good[] = {0x01, 0x02, 0x11, 0x12, 0x21, 0x22};
    static const uint32_t bad[] = {0x00, 0x03, 0x10, 0x31, 0x41, 0x04, 0x80000001};
    struct call call;

    good_call(&call, SCEIPMI_POLL_EVENT_FLAG);
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        set(&call, "mode", good[i]);
        check(&call);
        g_assert_cmpuint(call.findings.count, ==, 0);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        set(&call, "mode", bad[i]);
        check(&call);
        assert_finding(&call.findings, SCEIPMI_EVENT_MODE);
    }
}

static void test_cut_blocks_are_not_refused(void)
{
    struct call call;

    good_invoke(&call);
    for (size_t length = 0; length < 0x30; length++) {
        g_autofree uint8_t *cut = exact_copy(call.block, length);

        call.findings.count = 0;
        sceipmi_block_check(&call.call, cut, length, &call.findings);
        g_assert_cmpuint(call.findings.count, ==, 1);
        assert_finding(&call.findings, SCEIPMI_BLOCK_TRUNCATED);
    }
    sceipmi_block_check(&call.call, call.block, 0x30, NULL);
}

/** Whatever stands in a block: findings lie inside it and have numbers that are really wrong. */
static void test_random_blocks(void)
{
    size_t count;
    const struct sceipmi_operation *operations = sceipmi_operations(&count);

    for (int round = 0; round < 20000; round++) {
        struct call call = {0};
        size_t length = (size_t)g_test_rand_int_range(0, SCEIPMI_MAX_BLOCK_SIZE + 1);

        call.call.op = operations[g_test_rand_int_range(0, (gint32)count)].op;
        call.call.in_size = (uint64_t)g_test_rand_int_range(0, 0x50);
        for (size_t i = 0; i < length; i++)
            call.block[i] = (uint8_t)(g_test_rand_bit() ? g_test_rand_int() : 0);
        sceipmi_block_check(&call.call, call.block, length, &call.findings);
        for (unsigned int i = 0; i < call.findings.count; i++)
            g_assert_cmpuint(call.findings.item[i].offset + call.findings.item[i].length, <=,
                             MAX(length, (size_t)SCEIPMI_MAX_BLOCK_SIZE));
    }
}

static void check_name(const char *name, size_t length, bool is_server,
                       enum ipcshark_finding_code expected)
{
    struct ipcshark_findings findings = {0};
    g_autofree uint8_t *copy = exact_copy((const uint8_t *)name, length);

    sceipmi_name_check(copy, length, is_server, &findings);
    if (expected == IPCSHARK_FINDING_NONE)
        g_assert_cmpuint(findings.count, ==, 0);
    else
        g_assert_nonnull(find_finding(&findings, expected));
}

static void test_names(void)
{
    check_name("SceAppMessaging", 16, true, IPCSHARK_FINDING_NONE);
    check_name("SceAppMessaging", 16, false, IPCSHARK_FINDING_NONE);
    check_name("SceAppMessaging", 15, true, IPCSHARK_FINDING_SCEIPMI_NAME_UNTERMINATED);
    check_name("Sce456789012345678901234", 25, true, IPCSHARK_FINDING_NONE);
    check_name("Sce4567890123456789012345", 26, true, IPCSHARK_FINDING_SCEIPMI_NAME_TOO_LONG);
    check_name("Sce4567890123456789012345", 25, true, IPCSHARK_FINDING_SCEIPMI_NAME_TOO_LONG);
    check_name("MyService", 10, true, IPCSHARK_FINDING_SCEIPMI_SERVER_NAME);
    check_name("MyService", 10, false, IPCSHARK_FINDING_SCEIPMI_CLIENT_NAME);
    check_name("Sc\0e", 4, true, IPCSHARK_FINDING_SCEIPMI_SERVER_NAME);
    check_name("", 0, true, IPCSHARK_FINDING_SCEIPMI_SERVER_NAME);
}

static void good_config(uint8_t *bytes)
{
    memset(bytes, 0, 0x150);
    sceipmi_set(sceipmi_client_config(), "size", bytes, 0x150, 0x150);
    sceipmi_set(sceipmi_client_config(), "num_queues", bytes, 0x150, 1);
}

static void test_configs(void)
{
    struct ipcshark_findings findings = {0};
    uint8_t bytes[0x150];

    good_config(bytes);
    sceipmi_config_check(SCEIPMI_CREATE_CLIENT, bytes, sizeof bytes, &findings);
    g_assert_cmpuint(findings.count, ==, 0);
    sceipmi_config_check(SCEIPMI_CREATE_SERVER, bytes, 0x38, &findings);
    assert_finding(&findings, SCEIPMI_CONFIG_SIZE);
    findings.count = 0;
    sceipmi_set(sceipmi_client_config(), "size", bytes, sizeof bytes, 0x151);
    sceipmi_set(sceipmi_client_config(), "num_queues", bytes, sizeof bytes, 33);
    sceipmi_set(sceipmi_client_config(), "sync_max_outstanding", bytes, sizeof bytes, 0x11);
    sceipmi_config_check(SCEIPMI_CREATE_CLIENT, bytes, sizeof bytes, &findings);
    assert_finding(&findings, SCEIPMI_CONFIG_SIZE);
    assert_finding(&findings, SCEIPMI_CONFIG_QUEUES);
    assert_finding(&findings, SCEIPMI_CONFIG_OUTSTANDING);
}

static void test_cut_configs(void)
{
    struct ipcshark_findings findings = {0};
    uint8_t bytes[0x150];

    good_config(bytes);
    for (size_t length = 0; length < sizeof bytes; length++) {
        g_autofree uint8_t *cut = exact_copy(bytes, length);

        findings.count = 0;
        sceipmi_config_check(SCEIPMI_CREATE_CLIENT, cut, length, &findings);
        g_assert_cmpuint(findings.count, ==, 1);
        assert_finding(&findings, SCEIPMI_CONFIG_TRUNCATED);
    }
    findings.count = 0;
    bytes[0] = 0x10;
    sceipmi_config_check(SCEIPMI_CREATE_SESSION, bytes, 0x10, &findings);
    assert_finding(&findings, SCEIPMI_CONFIG_SIZE);
    findings.count = 0;
    sceipmi_config_check(SCEIPMI_CONNECT, bytes, 0x10, &findings);
    g_assert_cmpuint(findings.count, ==, 0);
}

static void test_call_section(void)
{
    uint8_t bytes[SCEIPMI_CALL_SIZE];
    uint8_t again[SCEIPMI_CALL_SIZE];
    struct sceipmi_call call;
    struct ipcshark_findings findings = {0};

    fill_pattern(bytes, sizeof bytes, 9);
    memset(bytes + 56, 0, 8);
    g_assert_true(sceipmi_call_decode(bytes, sizeof bytes, &call, &findings));
    g_assert_cmpuint(findings.count, ==, 0);
    g_assert_cmphex(call.op, ==, 0x79542F0A);
    g_assert_cmpuint(sceipmi_call_encode(&call, again, sizeof again), ==, sizeof again);
    g_assert_cmpmem(again, sizeof again, bytes, sizeof bytes);
    g_assert_cmpuint(sceipmi_call_encode(&call, again, sizeof again - 1), ==, 0);
    for (size_t length = 0; length < sizeof bytes; length++) {
        g_autofree uint8_t *cut = exact_copy(bytes, length);

        findings.count = 0;
        g_assert_false(sceipmi_call_decode(cut, length, &call, &findings));
        assert_finding(&findings, SCEIPMI_CALL_TRUNCATED);
    }
}

static void test_data_info(void)
{
    struct sceipmi_data_info info[3] = {{0x1000, 24, 0}, {UINT64_MAX, UINT64_MAX, 0}, {0, 0, 0}};
    struct sceipmi_data_info read;
    uint8_t bytes[48];

    g_assert_cmpuint(sceipmi_data_info_encode(info, 3, bytes, sizeof bytes), ==, 48);
    g_assert_cmpuint(sceipmi_data_info_encode(info, 3, bytes, 47), ==, 0);
    for (size_t n = 0; n < 3; n++) {
        g_assert_true(sceipmi_data_info(bytes, sizeof bytes, n, &read));
        g_assert_cmphex(read.data, ==, info[n].data);
        g_assert_cmphex(read.size, ==, info[n].size);
        g_assert_cmpuint(read.offset, ==, n * 16);
        g_assert_false(sceipmi_data_info(bytes, n * 16 + 15, n, &read));
    }
    g_assert_false(sceipmi_data_info(bytes, sizeof bytes, 3, &read));
    g_assert_false(sceipmi_data_info(bytes, sizeof bytes, SIZE_MAX, &read));
    g_assert_false(sceipmi_data_info(bytes, sizeof bytes, SIZE_MAX / 16 + 1, &read));
}

static void test_buffer_info(void)
{
    struct sceipmi_buffer_info info[2] = {{0x1000, 64, 0, 0}, {0x2000, 32, 33, 0}};
    struct sceipmi_buffer_info read;
    struct ipcshark_findings findings = {0};
    uint8_t bytes[48];

    g_assert_cmpuint(sceipmi_buffer_info_encode(info, 2, bytes, sizeof bytes), ==, 48);
    g_assert_cmpuint(sceipmi_buffer_info_encode(info, 2, bytes, 40), ==, 0);
    g_assert_true(sceipmi_buffer_info(bytes, sizeof bytes, 1, &read));
    g_assert_cmphex(read.data, ==, 0x2000);
    g_assert_cmpuint(read.capacity, ==, 32);
    g_assert_cmpuint(read.written, ==, 33);
    g_assert_cmpuint(read.offset, ==, 24);
    g_assert_false(sceipmi_buffer_info(bytes, 47, 1, &read));
    g_assert_false(sceipmi_buffer_info(bytes, sizeof bytes, SIZE_MAX / 24 + 1, &read));
    sceipmi_buffer_info_check(bytes, sizeof bytes, &findings);
    g_assert_cmpuint(findings.count, ==, 1);
    g_assert_cmpuint(findings.item[0].offset, ==, 40);
    findings.count = 0;
    sceipmi_buffer_info_check(bytes, 47, &findings);
    g_assert_cmpuint(findings.count, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/orbis/block/counts", test_counts);
    g_test_add_func("/orbis/block/flags", test_flags);
    g_test_add_func("/orbis/block/pointers", test_pointers);
    g_test_add_func("/orbis/block/sizes", test_sizes);
    g_test_add_func("/orbis/block/no-size", test_blocks_without_size);
    g_test_add_func("/orbis/block/arguments", test_call_arguments);
    g_test_add_func("/orbis/block/user-data", test_user_data);
    g_test_add_func("/orbis/block/indices", test_queue_and_event_indices);
    g_test_add_func("/orbis/block/event-modes", test_event_modes);
    g_test_add_func("/orbis/block/truncated", test_cut_blocks_are_not_refused);
    g_test_add_func("/orbis/block/random", test_random_blocks);
    g_test_add_func("/orbis/block/names", test_names);
    g_test_add_func("/orbis/block/configs", test_configs);
    g_test_add_func("/orbis/block/cut-configs", test_cut_configs);
    g_test_add_func("/orbis/block/call-section", test_call_section);
    g_test_add_func("/orbis/block/data-info", test_data_info);
    g_test_add_func("/orbis/block/buffer-info", test_buffer_info);
    return g_test_run();
}
