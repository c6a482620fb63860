/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One example for every finding there is: a message that makes it, with the offset inside the
 * message. */
#include "line.h"

#include <ipcshark/appmsg.h>
#include <ipcshark/htipc.h>
#include <ipcshark/record.h>
#include <ipcshark/sceipmi.h>

#include <string.h>

/** Findings that have an example. */
static bool seen[IPCSHARK_FINDING_COUNT];

static enum ipcshark_finding_code code_of(const char *name)
{
    for (int code = 1; code < IPCSHARK_FINDING_COUNT; code++) {
        if (!strcmp(ipcshark_finding_name((enum ipcshark_finding_code)code), name))
            return (enum ipcshark_finding_code)code;
    }
    g_error("there is no finding %s", name);
    return IPCSHARK_FINDING_NONE;
}

static void assert_found(const struct ipcshark_findings *findings, enum ipcshark_finding_code code,
                         size_t length)
{
    for (uint16_t n = 0; n < findings->count; n++) {
        if (findings->item[n].code != code)
            continue;
        g_assert_cmpuint(findings->item[n].offset, <=, length);
        seen[code] = true;
        return;
    }
    g_error("%s is not found", ipcshark_finding_name(code));
}

/* ---- What decode reads ---- */

static void check_line(const char *name, const char *line)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autofree char *part = g_strdup_printf("\"code\":\"%s\",\"offset\":", name);
    enum ipcshark_finding_code code = code_of(name);
    g_autofree char *result =
        g_strdup_printf("\"result\":%u,\"message\"", ipcshark_finding_result(code));

    if (!line_decode(line, strlen(line), out) || !strstr(out->str, part))
        g_error("%s is not found: %s", name, out->str);
    if (ipcshark_finding_result(code))
        g_assert_nonnull(strstr(out->str, result));
    seen[code] = true;
}

static void test_lines(void)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) line = NULL;

    g_assert_true(
        g_file_get_contents(TEST_SOURCE_DIR "/unit/findings/examples.tsv", &text, NULL, NULL));
    line = g_strsplit(text, "\n", -1);
    for (guint n = 0; line[n]; n++) {
        char *tab = strchr(line[n], '\t');

        if (*line[n] == '#' || !tab)
            continue;
        *tab = '\0';
        check_line(line[n], tab + 1);
    }
}

/* decode tells TIPC by the type; a caller that knows may find another. */
static void test_tipc_type(void)
{
    static const uint8_t bytes[] = {4, 0, 0, 0, 0, 0, 0, 0};
    struct ipcshark_findings findings = {0};
    struct hipc_message hipc;
    struct htipc_message tipc;

    hipc_decode(bytes, sizeof bytes, HIPC_REQUEST, &hipc, NULL);
    htipc_decode(bytes, sizeof bytes, &hipc, false, &tipc, &findings);
    assert_found(&findings, IPCSHARK_FINDING_HTIPC_TYPE, sizeof bytes);
}

/* ---- PlayStation 4: names, and a call with its parts together ---- */

static void check_name(const char *name, size_t length, bool is_server,
                       enum ipcshark_finding_code code)
{
    struct ipcshark_findings findings = {0};

    sceipmi_name_check((const uint8_t *)name, length, is_server, &findings);
    assert_found(&findings, code, length);
}

static void test_names(void)
{
    check_name("SceNameOfTwentyFiveBytes_", 26, true, IPCSHARK_FINDING_SCEIPMI_NAME_TOO_LONG);
    check_name("SceName", 7, true, IPCSHARK_FINDING_SCEIPMI_NAME_UNTERMINATED);
    check_name("OwnName", 8, true, IPCSHARK_FINDING_SCEIPMI_SERVER_NAME);
    check_name("OwnName", 8, false, IPCSHARK_FINDING_SCEIPMI_CLIENT_NAME);
}

static void check_config(const char *field, uint64_t value, enum ipcshark_finding_code code)
{
    const struct sceipmi_layout *layout = sceipmi_client_config();
    struct ipcshark_findings findings = {0};
    uint8_t bytes[0x150] = {0};

    g_assert_cmpuint(layout->size, ==, sizeof bytes);
    g_assert_true(sceipmi_set(layout, "size", bytes, sizeof bytes, sizeof bytes));
    g_assert_true(sceipmi_set(layout, field, bytes, sizeof bytes, value));
    sceipmi_config_check(SCEIPMI_CREATE_CLIENT, bytes, sizeof bytes, &findings);
    assert_found(&findings, code, sizeof bytes);
}

static void test_configs(void)
{
    check_config("size", 0x151, IPCSHARK_FINDING_SCEIPMI_CONFIG_SIZE);
    check_config("sync_max_outstanding", 17, IPCSHARK_FINDING_SCEIPMI_CONFIG_OUTSTANDING);
    check_config("num_queues", 33, IPCSHARK_FINDING_SCEIPMI_CONFIG_QUEUES);
}

static void test_app_messaging(void)
{
    struct appmsg_request request = {.payload_size = 5};
    struct ipcshark_findings findings = {0};

    appmsg_request_check(&request, 3, 4, &findings);
    assert_found(&findings, IPCSHARK_FINDING_APPMSG_UNKNOWN_METHOD, APPMSG_REQUEST_SIZE);
    assert_found(&findings, IPCSHARK_FINDING_APPMSG_PAYLOAD_SIZE_MISMATCH, APPMSG_REQUEST_SIZE);
    findings.count = 0;
    appmsg_invoke_check(0, 1, 0, &findings);
    assert_found(&findings, IPCSHARK_FINDING_APPMSG_INVOKE_SHAPE, SCEIPMI_MAX_BLOCK_SIZE);
}

static void check_message(size_t length, size_t offset, uint8_t byte,
                          enum ipcshark_finding_code code)
{
    g_autofree uint8_t *bytes = g_malloc0(length);
    struct ipcshark_findings findings = {0};
    struct appmsg_message message;

    bytes[offset] = byte;
    appmsg_message_decode(bytes, length, &message, &findings);
    assert_found(&findings, code, length);
}

static void test_messages(void)
{
    check_message(APPMSG_MESSAGE_SIZE + 1, 0, 0, IPCSHARK_FINDING_APPMSG_MESSAGE_TRAILING);
    check_message(APPMSG_MESSAGE_SIZE, 0x200A, 1, IPCSHARK_FINDING_APPMSG_MESSAGE_PAYLOAD_SIZE);
    check_message(APPMSG_MESSAGE_SIZE, 0x200C, 1, IPCSHARK_FINDING_APPMSG_MESSAGE_PADDING);
    check_message(APPMSG_MESSAGE_SIZE, 8, 1, IPCSHARK_FINDING_APPMSG_STALE_PAYLOAD);
}

/* ---- Records ---- */

#define HEADER                                                                                     \
    "49504354 01 01 01 02 4000 0000 %08X 0000000000000000 0000000000000000 00000000 00000000 "     \
    "0000000000000000 00000000 00000000 00000000 00 00 0000"

static GByteArray *bytes_of(const char *hex)
{
    GByteArray *bytes = g_byte_array_new();

    for (; *hex; hex++) {
        guint8 byte;

        if (*hex == ' ')
            continue;
        byte = (guint8)(g_ascii_xdigit_value(hex[0]) << 4 | g_ascii_xdigit_value(hex[1]));
        g_byte_array_append(bytes, &byte, 1);
        hex++;
    }
    return bytes;
}

/** A record of that size with these sections; `at` is spoilt with `byte` if it is not 0. */
static void check_record(uint32_t size, const char *sections, size_t at, uint8_t byte,
                         enum ipcshark_finding_code code)
{
    g_autofree char *head = g_strdup_printf(HEADER, GUINT32_SWAP_LE_BE(size));
    g_autofree char *hex = g_strconcat(head, " ", sections, NULL);
    g_autoptr(GByteArray) bytes = bytes_of(hex);
    struct ipctap_section_iterator iterator = {0, 0};
    struct ipcshark_findings findings = {0};
    struct ipctap_section section;
    struct ipctap_record record;

    if (at || byte)
        bytes->data[at] = byte;
    if (ipctap_record_decode(bytes->data, bytes->len, &record, &findings)) {
        while (ipctap_section_next(&record, &iterator, &section, &findings)) {
            /* Every section says what is wrong with it. */
        }
        ipctap_record_check(&record, &findings);
    }
    assert_found(&findings, code, bytes->len);
}

#define NAME "00010000 05000000 0000000000000000 0500000000000000 6162636465000000"

static void test_records(void)
{
    check_record(64, "", 0, 'X', IPCSHARK_FINDING_RECORD_BAD_MAGIC);
    check_record(64, "", 4, 9, IPCSHARK_FINDING_RECORD_BAD_VERSION);
    check_record(64, "", 8, 0x41, IPCSHARK_FINDING_RECORD_BAD_HEADER_SIZE);
    check_record(65, "", 0, 'I', IPCSHARK_FINDING_RECORD_BAD_RECORD_SIZE);
    check_record(56, "", 0, 'I', IPCSHARK_FINDING_RECORD_SMALLER_THAN_HEADER);
    check_record(72, "", 0, 'I', IPCSHARK_FINDING_RECORD_CUT);
    check_record(64, "", 61, 1, IPCSHARK_FINDING_RECORD_RESERVED);
    check_record(72, "0000000000000000", 0, 'I', IPCSHARK_FINDING_RECORD_SECTION_HEADER_CUT);
    check_record(96, NAME, 68, 99, IPCSHARK_FINDING_RECORD_SECTION_PAST_END);
    check_record(128, NAME NAME, 0, 'I', IPCSHARK_FINDING_RECORD_SECTION_DUPLICATE);
    check_record(96, NAME, 80, 4, IPCSHARK_FINDING_RECORD_CAPTURED_OVER_DECLARED);
    check_record(96, NAME, 94, 1, IPCSHARK_FINDING_RECORD_PADDING);
}

static void test_long_records(void)
{
    g_autoptr(GString) sections = g_string_new("00010000 00010000 0000000000000000 "
                                               "0001000000000000 ");

    for (unsigned int n = 0; n < 256; n++)
        g_string_append(sections, "61");
    check_record(64 + 24 + 256, sections->str, 0, 'I', IPCSHARK_FINDING_RECORD_TEXT_TOO_LONG);
    g_string_truncate(sections, 0);
    for (unsigned int n = 0; n <= IPCTAP_MAX_SECTIONS; n++)
        g_string_append(sections, "01000000 00000000 0000000000000000 0000000000000000 ");
    check_record(64 + 24 * (IPCTAP_MAX_SECTIONS + 1), sections->str, 0, 'I',
                 IPCSHARK_FINDING_RECORD_TOO_MANY_SECTIONS);
}

static void test_cut_records(void)
{
    struct ipcshark_findings findings = {0};
    struct ipctap_kernel_call call;
    struct ipctap_record record;

    ipctap_record_decode((const uint8_t *)"IPCT", 4, &record, &findings);
    assert_found(&findings, IPCSHARK_FINDING_RECORD_HEADER_CUT, 64);
    findings.count = 0;
    ipctap_kernel_call_decode((const uint8_t *)"", 0, &call, &findings);
    assert_found(&findings, IPCSHARK_FINDING_RECORD_KERNEL_CALL_CUT, 0);
}

/** Runs last. */
static void test_all(void)
{
    for (int code = 1; code < IPCSHARK_FINDING_COUNT; code++) {
        if (!seen[code])
            g_error("%s has no example", ipcshark_finding_name((enum ipcshark_finding_code)code));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/findings/lines", test_lines);
    g_test_add_func("/findings/tipc-type", test_tipc_type);
    g_test_add_func("/findings/orbis/names", test_names);
    g_test_add_func("/findings/orbis/configs", test_configs);
    g_test_add_func("/findings/app-messaging", test_app_messaging);
    g_test_add_func("/findings/app-messaging/messages", test_messages);
    g_test_add_func("/findings/records", test_records);
    g_test_add_func("/findings/records/long", test_long_records);
    g_test_add_func("/findings/records/cut", test_cut_records);
    g_test_add_func("/findings/all/have-examples", test_all);
    return g_test_run();
}
