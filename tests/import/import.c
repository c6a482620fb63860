/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "import.h"

#include <ipcshark/reader.h>

#include <string.h>

/** What an import of one text gave. */
struct result {
    GPtrArray *records; /**< GByteArray each. */
    struct import_report report;
};

static bool collect(void *data, const struct ipctap_header *header, const uint8_t *bytes,
                    size_t size)
{
    struct result *result = data;

    g_assert_cmpuint(header->record_size, ==, size);
    g_ptr_array_add(result->records, g_byte_array_append(g_byte_array_new(), bytes, (guint)size));
    return true;
}

static void import_from(struct result *result, FILE *stream, const struct import_options *options)
{
    g_assert_nonnull(stream);
    result->records = g_ptr_array_new_with_free_func((GDestroyNotify)g_byte_array_unref);
    import_stream(stream, options, collect, result, &result->report);
    g_assert_cmpuint(result->report.messages, ==, result->records->len);
    fclose(stream);
}

static void import_file(struct result *result, const char *name,
                        const struct import_options *options)
{
    g_autofree char *path = g_build_filename(TEST_SOURCE_DIR, "import", name, NULL);

    import_from(result, fopen(path, "rb"), options);
}

static void import_bytes(struct result *result, const void *bytes, size_t size,
                         const struct import_options *options)
{
    FILE *stream = tmpfile();

    g_assert_nonnull(stream);
    g_assert_cmpuint(fwrite(bytes, 1, size, stream), ==, size);
    g_assert_cmpint(fseek(stream, 0, SEEK_SET), ==, 0);
    import_from(result, stream, options);
}

static void import_text(struct result *result, const char *text,
                        const struct import_options *options)
{
    import_bytes(result, text, strlen(text), options);
}

static void result_clear(struct result *result)
{
    g_ptr_array_unref(result->records);
    import_report_clear(&result->report);
}

static const struct import_options automatic = {.format = IMPORT_AUTO, .source = 7};

static struct ipctap_record record_at(const struct result *result, guint n)
{
    struct ipctap_record record;
    struct ipcshark_findings findings = {0, 0, {{0, 0, 0, 0, 0}}};
    GByteArray *bytes;

    g_assert_cmpuint(n, <, result->records->len);
    bytes = g_ptr_array_index(result->records, n);
    g_assert_true(ipctap_record_decode(bytes->data, bytes->len, &record, &findings));
    ipctap_record_check(&record, &findings);
    g_assert_cmpuint(findings.count, ==, 0);
    return record;
}

/** Header fields that every imported record shares, and those that differ. */
static struct ipctap_header assert_header(const struct result *result, guint n, uint8_t platform,
                                          uint8_t phase, uint16_t flags, uint64_t time)
{
    struct ipctap_record record = record_at(result, n);

    g_assert_cmpuint(record.header.platform, ==, platform);
    g_assert_cmpuint(record.header.kind, ==,
                     platform == IPCTAP_CTR ? IPCTAP_CTR_COMMAND : IPCTAP_HIPC_MESSAGE);
    g_assert_cmpuint(record.header.phase, ==, phase);
    g_assert_cmphex(record.header.flags, ==, flags);
    g_assert_cmpuint(record.header.time, ==, time);
    g_assert_cmpuint(record.header.clock, ==, IPCTAP_CLOCK_UNKNOWN);
    g_assert_cmpuint(record.header.source, ==, 7);
    g_assert_cmpuint(record.header.call_id, ==, 0);
    g_assert_cmpuint(record.header.object, ==, 0);
    return record.header;
}

static void assert_text(const struct result *result, guint n, uint16_t type, const char *expected)
{
    struct ipctap_record record = record_at(result, n);
    struct ipctap_section section;
    g_autofree char *text = NULL;

    if (!ipctap_section_find(&record, type, 0, &section)) {
        g_assert_null(expected);
        return;
    }
    text = g_strndup((const char *)section.bytes, section.captured_size);
    g_assert_cmpstr(text, ==, expected);
}

static void assert_text_holds(const struct result *result, guint n, uint16_t type,
                              const char *expected)
{
    struct ipctap_record record = record_at(result, n);
    struct ipctap_section section;
    g_autofree char *text = NULL;

    g_assert_true(ipctap_section_find(&record, type, 0, &section));
    text = g_strndup((const char *)section.bytes, section.captured_size);
    if (!strstr(text, expected))
        g_error("\"%s\" is not in \"%s\"", expected, text);
}

static struct ipctap_section assert_section(const struct result *result, guint n, uint16_t type,
                                            uint32_t captured, uint64_t declared)
{
    struct ipctap_record record = record_at(result, n);
    struct ipctap_section section;

    g_assert_true(ipctap_section_find(&record, type, 0, &section));
    g_assert_cmpuint(section.captured_size, ==, captured);
    g_assert_cmpuint(section.declared_size, ==, declared);
    return section;
}

static void assert_word(const struct ipctap_section *section, size_t n, uint32_t expected)
{
    g_assert_cmpuint(4 * n + 4, <=, section->captured_size);
    g_assert_cmphex(ipcshark_load_u32(section->bytes + 4 * n), ==, expected);
}

static const uint16_t unknown_function = IPCTAP_NO_EXIT | IPCTAP_UNIMPLEMENTED;

static void test_crash_report(void)
{
    struct result result;
    struct ipctap_header header;
    struct ipctap_section section;

    import_file(&result, "crash.txt", &automatic);
    /* The worker's thread-local region holds nothing, the stack dump is no message. */
    g_assert_cmpuint(result.records->len, ==, 2);
    g_assert_cmpuint(result.report.unreadable, ==, 0);
    header = assert_header(&result, 0, IPCTAP_HORIZON, IPCTAP_SNAPSHOT, IPCTAP_DOMAIN, 0);
    g_assert_cmphex(header.program_id, ==, 0x01006a800016e000);
    g_assert_cmpuint(header.pid, ==, 0x86);
    g_assert_cmpuint(header.tid, ==, 0x291);
    g_assert_cmphex(header.peer_pid, ==, IPCTAP_UNKNOWN_ID);
    section = assert_section(&result, 0, IPCTAP_MESSAGE, 0xA0, 0x100);
    g_assert_cmphex(section.address, ==, 0x3f19456200);
    assert_word(&section, 1, 0xD);
    assert_word(&section, 8, 0x4F434653);
    assert_text(&result, 0, IPCTAP_PROCESS_NAME, "Application");
    assert_text(&result, 0, IPCTAP_THREAD_NAME, "MainThread");
    assert_text_holds(&result, 0, IPCTAP_COMMENT, "Result:                          0x4A8");
    assert_text_holds(&result, 0, IPCTAP_COMMENT, "X[00]:");
    assert_text_holds(&result, 0, IPCTAP_SOURCE_TEXT, "003f19456290 00");
    result_clear(&result);
}

static void test_crash_other_thread(void)
{
    struct result result;
    struct ipctap_header header;
    struct ipctap_section section;

    import_file(&result, "crash.txt", &automatic);
    /* The excerpt ends eight bytes before the message does. */
    header = assert_header(&result, 1, IPCTAP_HORIZON, IPCTAP_SNAPSHOT, IPCTAP_TRUNCATED, 0);
    g_assert_cmpuint(header.tid, ==, 0x293);
    assert_text(&result, 1, IPCTAP_THREAD_NAME, NULL);
    /* The report's remarks and its own registers, none of the thread's before it. */
    assert_text(&result, 1, IPCTAP_COMMENT,
                "Result:                          0x4A8 (2168-0002)\n"
                "Type:                        Data Abort\n"
                "Address:                     0000003d8e4a0c34\n"
                "Fault Address:               0000000000000008\n"
                "X[00]:                   0000000000000293\n");
    section = assert_section(&result, 1, IPCTAP_MESSAGE, 0x30, 0x100);
    g_assert_cmphex(section.address, ==, 0x3f19456600);
    result_clear(&result);
}

static void test_wide_process_id(void)
{
    static const char text[] = "    Process ID:   0000000500000086\n"
                               "    Thread ID:    0000000000000001\n"
                               "    TLS Dump:     00 01 02 03\n"
                               "     003f19456200 04 00 00 00 08 00 00 00\n";
    struct result result;
    struct ipctap_header header;

    import_text(&result, text, &automatic);
    header = assert_header(&result, 0, IPCTAP_HORIZON, IPCTAP_SNAPSHOT, IPCTAP_TRUNCATED, 0);
    g_assert_cmpuint(header.pid, ==, 0x86);
    assert_text(&result, 0, IPCTAP_COMMENT, "Process ID: 0x0000000500000086\n");
    result_clear(&result);
}

static void test_citra(void)
{
    struct result result;
    struct ipctap_header header;
    struct ipctap_section section;

    import_file(&result, "emulators.log", &automatic);
    g_assert_cmpuint(result.records->len, ==, 9);
    header = assert_header(&result, 0, IPCTAP_CTR, IPCTAP_ENTER, unknown_function, 26842443000ull);
    g_assert_cmphex(header.pid, ==, IPCTAP_UNKNOWN_ID);
    g_assert_cmphex(header.tid, ==, IPCTAP_UNKNOWN_ID);
    g_assert_cmphex(header.peer_pid, ==, IPCTAP_NO_PEER);
    section = assert_section(&result, 0, IPCTAP_MESSAGE, 40, 40);
    assert_word(&section, 0, 0x80d0144);
    assert_word(&section, 8, 0x1c);
    assert_text(&result, 0, IPCTAP_SERVICE, "fs:USER");
    assert_text(&result, 0, IPCTAP_FUNCTION, "ControlArchive");
    assert_text_holds(&result, 0, IPCTAP_SOURCE_TEXT, "'ControlArchive': port='fs:USER'");
    /* A number is no name. */
    assert_header(&result, 1, IPCTAP_CTR, IPCTAP_ENTER, unknown_function, 8231432000ull);
    assert_section(&result, 1, IPCTAP_MESSAGE, 8, 8);
    assert_text(&result, 1, IPCTAP_FUNCTION, NULL);
    section = assert_section(&result, 2, IPCTAP_MESSAGE, 16, 16);
    assert_word(&section, 3, 0x8006bed9);
    result_clear(&result);
}

/** Without word 0: it is the function's name, or unknown. */
static void test_older_citra(void)
{
    struct result result;
    struct ipctap_section section;

    import_file(&result, "emulators.log", &automatic);
    assert_header(&result, 3, IPCTAP_CTR, IPCTAP_ENTER, unknown_function, 76581311000ull);
    section = assert_section(&result, 3, IPCTAP_MESSAGE, 36, 36);
    assert_word(&section, 0, 0x00460104);
    assert_word(&section, 1, 0x70);
    assert_word(&section, 8, 0x88AFFB0);
    assert_text(&result, 3, IPCTAP_SERVICE, "APT:A");
    assert_text(&result, 3, IPCTAP_FUNCTION, NULL);
    assert_header(&result, 4, IPCTAP_CTR, IPCTAP_ENTER, unknown_function, 1350628566000ull);
    section = assert_section(&result, 4, IPCTAP_FRAGMENT, 8, 8);
    assert_word(&section, 0, 0x300);
    assert_text(&result, 4, IPCTAP_FUNCTION, "ReplySleepQuery");
    assert_section(&result, 5, IPCTAP_FRAGMENT, 20, 20);
    assert_section(&result, 6, IPCTAP_FRAGMENT, 12, 12);
    result_clear(&result);
}

static void test_yuzu(void)
{
    struct result result;
    struct ipctap_section section;

    import_file(&result, "emulators.log", &automatic);
    /* One pointer and ten raw words: 56 bytes, of which the log has 36. */
    assert_header(&result, 7, IPCTAP_HORIZON, IPCTAP_ENTER, unknown_function | IPCTAP_TRUNCATED, 0);
    section = assert_section(&result, 7, IPCTAP_MESSAGE, 36, 56);
    assert_word(&section, 0, 0x10004);
    assert_word(&section, 8, 1);
    assert_text(&result, 7, IPCTAP_INTERFACE, "ISystemClock");
    assert_text(&result, 7, IPCTAP_SERVICE, NULL);
    assert_text(&result, 7, IPCTAP_FUNCTION, NULL);
    assert_header(&result, 8, IPCTAP_HORIZON, IPCTAP_ENTER, unknown_function | IPCTAP_TRUNCATED,
                  787647844000ull);
    assert_text(&result, 8, IPCTAP_FUNCTION, "SetOperationMode");
    assert_text(&result, 8, IPCTAP_INTERFACE, "IUserLocalCommunicationService");
    g_assert_cmpuint(result.report.truncated, ==, 2);
    result_clear(&result);
}

static void test_broken_log_lines(void)
{
    struct result result;

    import_file(&result, "emulators.log", &automatic);
    g_assert_cmpuint(result.report.unreadable, ==, 2);
    g_assert_cmpuint(result.report.case_count, ==, 2);
    g_assert_cmpuint(result.report.cases[0].line, ==, 11);
    g_assert_nonnull(strstr(result.report.cases[0].why, "no number of 32 bits"));
    g_assert_cmpuint(result.report.cases[1].line, ==, 12);
    g_assert_nonnull(strstr(result.report.cases[1].why, "one after another"));
    result_clear(&result);
}

static void test_ryujinx(void)
{
    const uint16_t flags = unknown_function | IPCTAP_DOMAIN;
    struct result result;
    struct ipctap_section section;

    import_file(&result, "ryujinx.log", &automatic);
    g_assert_cmpuint(result.records->len, ==, 2);
    g_assert_cmpuint(result.report.unreadable, ==, 0);
    assert_header(&result, 0, IPCTAP_HORIZON, IPCTAP_ENTER, flags, 11004000000ull);
    section = assert_section(&result, 0, IPCTAP_FRAGMENT, 52, 52);
    assert_word(&section, 4, 0x49434653);
    assert_text(&result, 0, IPCTAP_INTERFACE, "IApplicationFunctions");
    assert_text(&result, 0, IPCTAP_FUNCTION, NULL);
    assert_text_holds(&result, 0, IPCTAP_SOURCE_TEXT, "00:00:11.004 |E|");
    assert_text_holds(&result, 0, IPCTAP_SOURCE_TEXT, "00000030   00 00 00 00");
    /* The buffer's contents are not in the log. */
    assert_header(&result, 1, IPCTAP_HORIZON, IPCTAP_ENTER, flags | IPCTAP_TRUNCATED,
                  59184000000ull);
    assert_section(&result, 1, IPCTAP_FRAGMENT, 44, 44);
    assert_text(&result, 1, IPCTAP_INTERFACE, "IManagerForApplication");
    assert_text(&result, 1, IPCTAP_FUNCTION, "CreateAuthorizationRequest");
    section = assert_section(&result, 1, IPCTAP_BUFFER, 0, 0x200);
    g_assert_cmphex(section.address, ==, 0x6556c00000);
    result_clear(&result);
}

static void test_console(void)
{
    struct result result;
    struct ipctap_section section;

    import_file(&result, "console.txt", &automatic);
    g_assert_cmpuint(result.records->len, ==, 2);
    assert_header(&result, 0, IPCTAP_HORIZON, IPCTAP_ENTER, IPCTAP_NO_EXIT, 0);
    section = assert_section(&result, 0, IPCTAP_MESSAGE, 44, 44);
    assert_word(&section, 8, 2);
    section = assert_section(&result, 1, IPCTAP_MESSAGE, 56, 56);
    assert_word(&section, 12, 0x99e);
    g_assert_cmpuint(result.report.unreadable, ==, 1);
    g_assert_cmpuint(result.report.cases[0].line, ==, 9);
    result_clear(&result);
}

static const uint8_t message[] = {
    4, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 'S', 'F', 'C', 'I', 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0,   0,   0,   0,   0, 0,
};

/** xxd, hexdump -C, a C array of bytes, two of words, bare hex, bare bytes. */
static void test_dumps(void)
{
    struct result result;
    struct ipctap_section section;

    import_file(&result, "dumps.txt", &automatic);
    g_assert_cmpuint(result.report.unreadable, ==, 0);
    g_assert_cmpuint(result.records->len, ==, 8);
    for (guint n = 0; n < 7; n++) {
        assert_header(&result, n, IPCTAP_HORIZON, IPCTAP_ENTER, IPCTAP_NO_EXIT, 0);
        section = assert_section(&result, n, IPCTAP_MESSAGE, sizeof message, sizeof message);
        g_assert_cmpmem(section.bytes, section.captured_size, message, sizeof message);
    }
    assert_text_holds(&result, 2, IPCTAP_SOURCE_TEXT, "0x53, 0x46");
    result_clear(&result);
}

static void assert_the_message(const char *text)
{
    struct result result;
    struct ipctap_section section;

    import_text(&result, text, &automatic);
    g_assert_cmpuint(result.report.unreadable, ==, 0);
    g_assert_cmpuint(result.records->len, ==, 1);
    section = assert_section(&result, 0, IPCTAP_MESSAGE, sizeof message, sizeof message);
    g_assert_cmpmem(section.bytes, section.captured_size, message, sizeof message);
    result_clear(&result);
}

static void test_debuggers(void)
{
    assert_the_message("0x7ffd2010:\t0x00000004\t0x00000009\t0x00000000\t0x00000000\n"
                       "0x7ffd2020 <buffer+16>:\t0x49434653\t0x00000000\t0x00000000\t0x00000000\n"
                       "0x7ffd2030 <buffer+32>:\t0x00000002\t0x00000000\t0x00000000\n");
    assert_the_message(
        "0x7ffd2010: 04 00 00 00 09 00 00 00 00 00 00 00 00 00 00 00  ................\n"
        "0x7ffd2020: 53 46 43 49 00 00 00 00 00 00 00 00 00 00 00 00  SFCI............\n"
        "0x7ffd2030: 02 00 00 00 00 00 00 00 00 00 00 00              ............\n");
}

/** Quoted in a mail or an issue, and as Wireshark shows bytes. */
static void test_quoted(void)
{
    assert_the_message(
        "> 0000   04 00 00 00 09 00 00 00 00 00 00 00 00 00 00 00   ................\n"
        "> 0010   53 46 43 49 00 00 00 00 00 00 00 00 00 00 00 00   SFCI............\n"
        "> 0020   02 00 00 00 00 00 00 00 00 00 00 00               ............\n");
}

static void test_squeezed_dump(void)
{
    struct result result;
    struct ipctap_section section;

    import_file(&result, "dumps.txt", &automatic);
    section = assert_section(&result, 7, IPCTAP_MESSAGE, 0x108, 0x108);
    assert_word(&section, 1, 0x40);
    assert_word(&section, 65, 0);
    result_clear(&result);
}

/** A gap without '*' is where another dump begins, not where bytes are made up. */
static void test_gap(void)
{
    static const char text[] = "00000000  04 00 00 00 0c 00 00 00  00 00 00 00 00 00 00 00\n"
                               "00000010  53 46 43 49 00 00 00 00  00 00 00 00 00 00 00 00\n"
                               "00000030  53 46 43 49 00 00 00 00  07 00 00 00 00 00 00 00\n";
    struct result result;

    import_text(&result, text, &automatic);
    g_assert_cmpuint(result.records->len, ==, 2);
    assert_header(&result, 0, IPCTAP_HORIZON, IPCTAP_ENTER, IPCTAP_NO_EXIT | IPCTAP_TRUNCATED, 0);
    assert_section(&result, 0, IPCTAP_MESSAGE, 32, 56);
    assert_section(&result, 1, IPCTAP_FRAGMENT, 16, 16);
    result_clear(&result);
}

static void test_ctr_dump(void)
{
    const struct import_options ctr = {.format = IMPORT_HEX, .platform = IPCTAP_CTR, .source = 7};
    struct result result;

    /* All of a command: its size fits, so no option is needed. */
    import_text(&result, "c0000d08 05000000 06000000 07000000\n", &automatic);
    g_assert_cmpuint(result.records->len, ==, 1);
    assert_header(&result, 0, IPCTAP_CTR, IPCTAP_SNAPSHOT, 0, 0);
    result_clear(&result);
    /* Cut off: the bytes alone do not tell what they are. */
    import_text(&result, "c0000d08 05000000\n", &automatic);
    g_assert_cmpuint(result.records->len, ==, 0);
    g_assert_cmpuint(result.report.unreadable, ==, 1);
    g_assert_nonnull(strstr(result.report.cases[0].why, "--platform"));
    result_clear(&result);
    import_text(&result, "c0000d08 05000000\n", &ctr);
    g_assert_cmpuint(result.records->len, ==, 1);
    assert_header(&result, 0, IPCTAP_CTR, IPCTAP_SNAPSHOT, IPCTAP_TRUNCATED, 0);
    assert_section(&result, 0, IPCTAP_MESSAGE, 8, 16);
    result_clear(&result);
}

static void test_horizon_dump(void)
{
    const struct import_options horizon = {
        .format = IMPORT_HEX, .platform = IPCTAP_HORIZON, .source = 7};
    struct result result;

    /* TIPC has no magic; it is a message if it ends where the bytes end. */
    import_text(&result, "11000000 02000000 6673702d 73727600\n", &automatic);
    assert_header(&result, 0, IPCTAP_HORIZON, IPCTAP_SNAPSHOT, 0, 0);
    result_clear(&result);
    import_text(&result, "04\n", &horizon);
    assert_header(&result, 0, IPCTAP_HORIZON, IPCTAP_SNAPSHOT, IPCTAP_TRUNCATED, 0);
    assert_section(&result, 0, IPCTAP_MESSAGE, 1, 8);
    result_clear(&result);
}

/** The format limits what is looked for. */
static void test_format(void)
{
    const struct import_options hex = {.format = IMPORT_HEX, .source = 7};
    const struct import_options yuzu = {.format = IMPORT_YUZU, .source = 7};
    const struct import_options crash = {.format = IMPORT_CRASH, .source = 7};
    enum import_format format = IMPORT_AUTO;
    struct result result;

    import_file(&result, "emulators.log", &hex);
    g_assert_cmpuint(result.records->len, ==, 0);
    result_clear(&result);
    import_file(&result, "emulators.log", &yuzu);
    assert_header(&result, 0, IPCTAP_HORIZON, IPCTAP_ENTER, unknown_function | IPCTAP_TRUNCATED,
                  26842443000ull);
    result_clear(&result);
    import_file(&result, "dumps.txt", &crash);
    g_assert_cmpuint(result.records->len, ==, 0);
    result_clear(&result);
    g_assert_true(import_format_by_name("ryujinx", &format));
    g_assert_cmpint(format, ==, IMPORT_RYUJINX);
    g_assert_false(import_format_by_name("text", &format));
    g_assert_cmpstr(import_format_name(IMPORT_CONSOLE), ==, "console");
}

/** Bytes of two hexadecimal digits each, on one line. */
static char *hex_line(size_t bytes)
{
    char *line = g_malloc(2 * bytes + 2);

    memset(line, '0', 2 * bytes);
    line[2 * bytes] = '\n';
    line[2 * bytes + 1] = '\0';
    return line;
}

static void test_long_line(void)
{
    const struct import_options horizon = {
        .format = IMPORT_HEX, .platform = IPCTAP_HORIZON, .source = 7};
    g_autofree char *line = hex_line(IMPORT_MAX_LINE);
    struct result result;

    import_text(&result, line, &horizon);
    g_assert_cmpuint(result.report.unreadable, ==, 1);
    g_assert_cmpuint(result.report.lines, ==, 1);
    g_assert_cmpuint(result.records->len, ==, 1);
    assert_section(&result, 0, IPCTAP_MESSAGE, IMPORT_MAX_LINE / 2, IMPORT_MAX_LINE / 2);
    result_clear(&result);
}

/** A dump of more than is kept is cut, and says by how much. */
static void test_endless_dump(void)
{
    const struct import_options horizon = {
        .format = IMPORT_HEX, .platform = IPCTAP_HORIZON, .source = 7};
    g_autofree char *line = hex_line(0x4000);
    g_autoptr(GString) text = g_string_new(NULL);
    struct result result;

    for (unsigned int n = 0; n < 10; n++)
        g_string_append(text, line);
    import_text(&result, text->str, &horizon);
    g_assert_cmpuint(result.records->len, ==, 1);
    assert_header(&result, 0, IPCTAP_HORIZON, IPCTAP_SNAPSHOT, IPCTAP_TRUNCATED, 0);
    assert_section(&result, 0, IPCTAP_MESSAGE, IMPORT_MAX_DUMP, 10 * 0x4000);
    result_clear(&result);
}

/** Texts that no program prints. None of them may crash or give a message. */
static void test_hostile(void)
{
    static const char *const texts[] = {
        "",
        "\n\n\n",
        "\xff\xfe\xfd",
        "[99999999999999999999.5] function 'a': port='b' cmd_buf={[0]=",
        "cmd_buf={}",
        "cmd_buf={[0]=0x",
        "cmd_buf={[99999999999999999999999]=0x1}",
        "cmd_buf={[7]=0x1}",
        "cmd_buff[1]=0xFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
        "TLS Dump:",
        "TLS Dump:\nTLS Dump:\n 003f19456200",
        "Raw Request Data:\n\n",
        "ipcm+0xFFFFFFFFFFFFFFFFFF | 00 |",
        "ipcm+0x | 00 |",
        "FFFFFFFFFFFFFFFF: ",
        "*",
        "0x123456789ABCDEF01",
        "= {",
        "= {}",
        "Face: 12 34",
        "cafe dead beef",
        "99:99:99.999 |E| NotImplementedException: Ryujinx.",
    };
    struct result result;

    for (size_t n = 0; n < G_N_ELEMENTS(texts); n++) {
        import_text(&result, texts[n], &automatic);
        if (result.records->len)
            g_error("\"%s\" gave a message", texts[n]);
        result_clear(&result);
    }
}

static void test_binary(void)
{
    static const uint8_t pcapng[] = {0x0A, 0x0D, 0x0D, 0x0A, 0x1C, 0, 0, 0, 0x4D, 0x3C, 0x2B, 0x1A,
                                     0,    0,    0,    0,    0,    0, 0, 0, 0,    0,    0,    0};
    struct result result;

    import_bytes(&result, pcapng, sizeof pcapng, &automatic);
    g_assert_cmpuint(result.records->len, ==, 0);
    g_assert_cmpuint(result.report.unreadable, >=, 1);
    result_clear(&result);
}

/** '*' does not make more bytes than a dump may have, and nothing out of nothing. */
static void test_hostile_repeats(void)
{
    static const char text[] = "00000000  04 00 00 00 09 00 00 00  00 00 00 00 00 00 00 00\n"
                               "*\n"
                               "fffffff0  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00\n"
                               "*\n*\n00000000\n";
    const struct import_options horizon = {
        .format = IMPORT_HEX, .platform = IPCTAP_HORIZON, .source = 7};
    struct result result;

    import_text(&result, text, &horizon);
    g_assert_cmpuint(result.records->len, ==, 2);
    assert_section(&result, 0, IPCTAP_MESSAGE, 16, 44);
    assert_section(&result, 1, IPCTAP_MESSAGE, 16, 16);
    result_clear(&result);
}

static bool refuse(void *data, const struct ipctap_header *header, const uint8_t *bytes,
                   size_t size)
{
    (void)header;
    (void)bytes;
    (void)size;
    ++*(guint *)data;
    return false;
}

static void test_sink_stops(void)
{
    g_autofree char *path = g_build_filename(TEST_SOURCE_DIR, "import", "dumps.txt", NULL);
    FILE *stream = fopen(path, "rb");
    struct import_report report;
    guint calls = 0;

    g_assert_nonnull(stream);
    import_stream(stream, &automatic, refuse, &calls, &report);
    g_assert_cmpuint(calls, ==, 1);
    g_assert_true(report.stopped);
    import_report_clear(&report);
    fclose(stream);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/import/crash-report", test_crash_report);
    g_test_add_func("/import/crash-other-thread", test_crash_other_thread);
    g_test_add_func("/import/wide-process-id", test_wide_process_id);
    g_test_add_func("/import/citra", test_citra);
    g_test_add_func("/import/older-citra", test_older_citra);
    g_test_add_func("/import/yuzu", test_yuzu);
    g_test_add_func("/import/broken-log-lines", test_broken_log_lines);
    g_test_add_func("/import/ryujinx", test_ryujinx);
    g_test_add_func("/import/console", test_console);
    g_test_add_func("/import/dumps", test_dumps);
    g_test_add_func("/import/debuggers", test_debuggers);
    g_test_add_func("/import/quoted", test_quoted);
    g_test_add_func("/import/squeezed-dump", test_squeezed_dump);
    g_test_add_func("/import/gap", test_gap);
    g_test_add_func("/import/ctr-dump", test_ctr_dump);
    g_test_add_func("/import/horizon-dump", test_horizon_dump);
    g_test_add_func("/import/format", test_format);
    g_test_add_func("/import/long-line", test_long_line);
    g_test_add_func("/import/endless-dump", test_endless_dump);
    g_test_add_func("/import/hostile", test_hostile);
    g_test_add_func("/import/binary", test_binary);
    g_test_add_func("/import/hostile-repeats", test_hostile_repeats);
    g_test_add_func("/import/sink-stops", test_sink_stops);
    return g_test_run();
}
