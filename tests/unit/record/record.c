/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ipcshark/record.h>

#include <glib.h>
#include <string.h>

/** A record with a text, an empty and a long section; `bytes` has room for 4096. */
static size_t build(uint8_t *bytes)
{
    struct ipcshark_writer writer = ipcshark_writer(bytes, 4096);
    struct ipctap_header header =
        ipctap_header_init(IPCTAP_HORIZON, IPCTAP_HIPC_MESSAGE, IPCTAP_ENTER);
    uint8_t data[1000];

    memset(data, 0xAB, sizeof data);
    ipctap_begin(&writer, &header);
    ipctap_add_text(&writer, IPCTAP_SERVICE, 0, "fsp-srv");
    ipctap_add_part(&writer, IPCTAP_RECEIVE, 0, 0x1000, NULL, 0, 0x2000);
    ipctap_add(&writer, IPCTAP_SEND, 3, 0x3000, data, sizeof data);
    return ipctap_end(&writer);
}

static enum ipcshark_finding_code first_code(const struct ipcshark_findings *findings)
{
    return findings->count ? (enum ipcshark_finding_code)findings->item[0].code
                           : IPCSHARK_FINDING_NONE;
}

static void test_sections_come_back(void)
{
    uint8_t bytes[4096];
    size_t size = build(bytes);
    struct ipctap_record record;
    struct ipctap_section section;

    g_assert_cmpuint(size % 8, ==, 0);
    g_assert_true(ipctap_record_decode(bytes, size, &record, NULL));
    g_assert_true(ipctap_section_find(&record, IPCTAP_SEND, 3, &section));
    g_assert_cmpuint(section.captured_size, ==, 1000);
    g_assert_cmphex(section.address, ==, 0x3000);
    g_assert_true(ipctap_section_find(&record, IPCTAP_RECEIVE, 0, &section));
    g_assert_cmpuint(section.captured_size, ==, 0);
    g_assert_cmphex(section.declared_size, ==, 0x2000);
    g_assert_false(ipctap_section_find(&record, IPCTAP_SEND, 2, &section));
}

static size_t build_buffers(uint8_t *bytes, size_t capacity, unsigned int count)
{
    struct ipcshark_writer writer = ipcshark_writer(bytes, capacity);
    struct ipctap_header header = ipctap_header_init(0, IPCTAP_NOTE, 0);

    ipctap_begin(&writer, &header);
    for (unsigned int i = 0; i < count; i++)
        ipctap_add(&writer, IPCTAP_BUFFER, (uint16_t)i, 0x1000 + i, NULL, 0);
    ipctap_add_text(&writer, IPCTAP_SERVICE, 1, "lm");
    return ipctap_end(&writer);
}

static void check_buffers_are_found(unsigned int count)
{
    uint8_t bytes[4096];
    struct ipctap_section_index index;
    struct ipctap_section section;
    struct ipctap_record record;

    g_assert_true(
        ipctap_record_decode(bytes, build_buffers(bytes, sizeof bytes, count), &record, NULL));
    ipctap_section_index_fill(&record, &index);
    g_assert_cmpint(index.is_whole, ==, count + 1 < IPCTAP_INDEX_SIZE);
    for (unsigned int i = 0; i < count; i++) {
        g_assert_true(ipctap_section_index_may_have(&index, IPCTAP_BUFFER));
        g_assert_true(
            ipctap_section_index_find(&record, &index, IPCTAP_BUFFER, (uint16_t)i, &section));
        g_assert_cmphex(section.address, ==, 0x1000 + i);
    }
    g_assert_false(
        ipctap_section_index_find(&record, &index, IPCTAP_BUFFER, (uint16_t)count, &section));
    g_assert_false(ipctap_section_index_find(&record, &index, IPCTAP_SERVICE, 0, &section));
    g_assert_true(ipctap_section_index_find_type(&record, &index, IPCTAP_SERVICE, &section));
    g_assert_cmpuint(section.index, ==, 1);
    g_assert_false(ipctap_section_index_find_type(&record, &index, IPCTAP_SEND, &section));
}

static void test_index_finds_what_a_search_finds(void)
{
    for (unsigned int count = 0; count < 2 * IPCTAP_INDEX_SIZE; count++)
        check_buffers_are_found(count);
}

/** Sections wholly before the cut are whole, the one across it is shortened, none reaches past
 *  it. */
static void test_every_cut(void)
{
    uint8_t whole[4096];
    size_t size = build(whole);

    for (size_t length = 0; length < size; length++) {
        g_autofree uint8_t *bytes = g_memdup2(whole, length);
        struct ipcshark_findings findings = {0};
        struct ipctap_section_iterator iterator = {0};
        struct ipctap_section section;
        struct ipctap_record record;
        bool decoded = ipctap_record_decode(bytes, length, &record, &findings);

        g_assert_true(decoded == (length >= IPCTAP_HEADER_SIZE));
        g_assert_cmpint(first_code(&findings), ==,
                        decoded ? IPCSHARK_FINDING_RECORD_CUT : IPCSHARK_FINDING_RECORD_HEADER_CUT);
        while (decoded && ipctap_section_next(&record, &iterator, &section, &findings)) {
            const uint8_t *end = section.bytes + section.captured_size;

            g_assert_true(end <= bytes + length);
            g_assert_true(!section.cut || end == bytes + length);
        }
    }
}

static void test_stream_at_every_length(void)
{
    uint8_t bytes[4096];
    size_t size = build(bytes);
    size_t needed;

    for (size_t length = 0; length < size; length++) {
        g_assert_cmpint(ipctap_stream_next(bytes, length, &needed, NULL), ==,
                        IPCTAP_STREAM_NEED_MORE);
        g_assert_cmpuint(needed, ==, length < IPCTAP_HEADER_SIZE ? IPCTAP_HEADER_SIZE : size);
    }
    g_assert_cmpint(ipctap_stream_next(bytes, size + 5, &needed, NULL), ==, IPCTAP_STREAM_RECORD);
    g_assert_cmpuint(needed, ==, size);
}

static void test_stream_refuses_the_first_wrong_byte(void)
{
    static const char garbage[] = "GET / HTTP/1.1";
    struct ipcshark_findings findings = {0};
    size_t needed;

    g_assert_cmpint(ipctap_stream_next((const uint8_t *)garbage, 1, &needed, &findings), ==,
                    IPCTAP_STREAM_BAD);
    g_assert_cmpint(first_code(&findings), ==, IPCSHARK_FINDING_RECORD_BAD_MAGIC);
    findings.count = 0;
    g_assert_cmpint(ipctap_stream_next((const uint8_t *)"IPCT\2", 5, &needed, &findings), ==,
                    IPCTAP_STREAM_BAD);
    g_assert_cmpint(first_code(&findings), ==, IPCSHARK_FINDING_RECORD_BAD_VERSION);
    g_assert_cmpint(ipctap_stream_next((const uint8_t *)"IPC", 3, &needed, NULL), ==,
                    IPCTAP_STREAM_NEED_MORE);
}

static void test_stream_goes_on_behind_garbage(void)
{
    static const char before[] =
        "rest of a record, I, IP, IPCT\2, IPCT\1 with a size that none has, "
        "and so on for as long as a header is";
    uint8_t bytes[8192] = {0};
    size_t skipped = sizeof before - 1;
    size_t size = build(bytes + skipped);

    memcpy(bytes, before, skipped);
    /* Less than this of a header is what any record could begin with. */
    for (size_t length = skipped + 5; length <= skipped + size; length++)
        g_assert_cmpuint(ipctap_stream_skip(bytes, length), ==, skipped);
    /* The record's own start is left out: who asks has found it bad. */
    g_assert_cmpuint(ipctap_stream_skip(bytes + skipped, size), ==, size);
    g_assert_cmpuint(ipctap_stream_skip((const uint8_t *)"garbage", 7), ==, 7);
    g_assert_cmpuint(ipctap_stream_skip((const uint8_t *)"garbage IPC", 11), ==, 8);
    g_assert_cmpuint(ipctap_stream_skip((const uint8_t *)"I", 1), ==, 1);
    g_assert_cmpuint(ipctap_stream_skip(bytes, 0), ==, 0);
}

/** "A section past the record's end is malformed, the sections before it count." */
static void test_section_past_the_end(void)
{
    uint8_t bytes[4096];
    size_t size = build(bytes);
    struct ipctap_section_iterator iterator = {0};
    struct ipcshark_findings findings = {0};
    struct ipctap_record record;
    struct ipctap_section section;

    g_assert_true(ipctap_record_decode(bytes, size, &record, NULL));
    g_assert_true(ipctap_section_find(&record, IPCTAP_SEND, 3, &section));
    ipcshark_store_u32(bytes + section.offset + 4, UINT32_MAX);
    while (ipctap_section_next(&record, &iterator, &section, &findings))
        continue;
    g_assert_cmpuint(iterator.count, ==, 2);
    g_assert_cmpint(first_code(&findings), ==, IPCSHARK_FINDING_RECORD_SECTION_PAST_END);
    g_assert_cmpuint(findings.item[0].actual, ==, UINT32_MAX);
    g_assert_cmpuint(findings.item[0].limit, ==, 1000);
}

static void test_half_a_section_header(void)
{
    uint8_t bytes[IPCTAP_HEADER_SIZE + 16] = {0};
    struct ipcshark_writer writer = ipcshark_writer(bytes, sizeof bytes);
    struct ipctap_header header = ipctap_header_init(0, IPCTAP_NOTE, 0);
    struct ipctap_section_iterator iterator = {0};
    struct ipcshark_findings findings = {0};
    struct ipctap_record record;
    struct ipctap_section section;

    ipctap_begin(&writer, &header);
    ipcshark_write_zeros(&writer, 16);
    g_assert_cmpuint(ipctap_end(&writer), ==, sizeof bytes);
    g_assert_true(ipctap_record_decode(bytes, sizeof bytes, &record, NULL));
    g_assert_false(ipctap_section_next(&record, &iterator, &section, &findings));
    g_assert_cmpint(first_code(&findings), ==, IPCSHARK_FINDING_RECORD_SECTION_HEADER_CUT);
}

static void test_too_many_sections(void)
{
    size_t capacity = IPCTAP_HEADER_SIZE + (IPCTAP_MAX_SECTIONS + 1) * IPCTAP_SECTION_SIZE;
    g_autofree uint8_t *bytes = g_malloc(capacity);
    struct ipcshark_writer writer = ipcshark_writer(bytes, capacity);
    struct ipctap_header header = ipctap_header_init(0, IPCTAP_NOTE, 0);
    struct ipctap_section_iterator iterator = {0};
    struct ipcshark_findings findings = {0};
    struct ipctap_record record;
    struct ipctap_section section;

    ipctap_begin(&writer, &header);
    for (unsigned int i = 0; i <= IPCTAP_MAX_SECTIONS; i++)
        ipctap_add(&writer, IPCTAP_BUFFER, (uint16_t)i, 0, NULL, 0);
    g_assert_true(ipctap_record_decode(bytes, ipctap_end(&writer), &record, NULL));
    while (ipctap_section_next(&record, &iterator, &section, &findings))
        continue;
    g_assert_cmpuint(iterator.count, ==, IPCTAP_MAX_SECTIONS);
    g_assert_cmpint(first_code(&findings), ==, IPCSHARK_FINDING_RECORD_TOO_MANY_SECTIONS);
}

static void test_larger_header_is_skipped(void)
{
    uint8_t bytes[4096];
    size_t size = build(bytes);
    struct ipctap_record record;
    struct ipctap_section section;

    memmove(bytes + 72, bytes + 64, size - 64);
    memset(bytes + 64, 0xEE, 8);
    ipcshark_store_u16(bytes + 8, 72);
    ipcshark_store_u32(bytes + 12, (uint32_t)size + 8);
    g_assert_true(ipctap_record_decode(bytes, size + 8, &record, NULL));
    g_assert_true(ipctap_section_find(&record, IPCTAP_SERVICE, 0, &section));
    g_assert_cmpmem(section.bytes, section.captured_size, "fsp-srv", 7);
}

static void test_check_tells_duplicates(void)
{
    uint8_t bytes[512];
    struct ipcshark_writer writer = ipcshark_writer(bytes, sizeof bytes);
    struct ipctap_header header = ipctap_header_init(0, IPCTAP_HIPC_MESSAGE, IPCTAP_EXIT);
    struct ipcshark_findings findings = {0};
    struct ipctap_record record;

    header.reserved = 7;
    ipctap_begin(&writer, &header);
    ipctap_add(&writer, IPCTAP_RECEIVE, 0, 0, "a", 1);
    ipctap_add(&writer, IPCTAP_RECEIVE, 0, 8, "b", 1);
    ipctap_add(&writer, IPCTAP_SEND, 0, 0, "a", 1);
    ipctap_add(&writer, IPCTAP_SEND, 0, 0, "b", 1);
    ipctap_add_part(&writer, IPCTAP_SEND, 1, 0, "abcd", 4, 2);
    g_assert_true(ipctap_record_decode(bytes, ipctap_end(&writer), &record, NULL));
    ipctap_record_check(&record, &findings);
    g_assert_cmpuint(findings.count, ==, 3);
    g_assert_cmpint(findings.item[0].code, ==, IPCSHARK_FINDING_RECORD_RESERVED);
    g_assert_cmpint(findings.item[1].code, ==, IPCSHARK_FINDING_RECORD_SECTION_DUPLICATE);
    g_assert_cmpint(findings.item[2].code, ==, IPCSHARK_FINDING_RECORD_CAPTURED_OVER_DECLARED);
}

static void check_shortened(const uint8_t *bytes, size_t size, size_t limit)
{
    struct ipctap_record record;
    struct ipctap_section section;

    g_assert_cmpuint(size, <=, limit);
    g_assert_cmpuint(size % 8, ==, 0);
    g_assert_true(ipctap_record_decode(bytes, size, &record, NULL));
    g_assert_cmpuint(record.header.record_size, ==, size);
    g_assert_true(record.header.flags & IPCTAP_TRUNCATED);
    g_assert_true(ipctap_section_find(&record, IPCTAP_SEND, 3, &section));
    g_assert_cmpuint(section.declared_size, ==, 1000);
    for (uint32_t i = 0; i < section.captured_size; i++)
        g_assert_cmphex(section.bytes[i], ==, 0xAB);
}

/** Whatever the limit, what comes out is a record that fits it, or nothing. */
static void test_shorten_to_every_limit(void)
{
    uint8_t whole[4096];
    size_t size = build(whole);

    for (size_t limit = 0; limit < size; limit++) {
        g_autofree uint8_t *bytes = g_memdup2(whole, size);
        size_t shorter = ipctap_record_shorten(bytes, size, limit);

        if (limit < IPCTAP_HEADER_SIZE + 3 * IPCTAP_SECTION_SIZE)
            g_assert_cmpuint(shorter, ==, 0);
        else
            check_shortened(bytes, shorter, limit);
    }
    g_assert_cmpuint(ipctap_record_shorten(whole, size, size), ==, size);
}

static void test_builder_that_does_not_fit(void)
{
    uint8_t bytes[100];
    struct ipcshark_writer writer = ipcshark_writer(bytes, sizeof bytes);
    struct ipctap_header header = ipctap_header_init(0, IPCTAP_NOTE, 0);

    ipctap_begin(&writer, &header);
    ipctap_add_text(&writer, IPCTAP_COMMENT, 0, "twenty bytes of text");
    g_assert_cmpuint(ipctap_end(&writer), ==, 0);
}

/** "Names at most 255 bytes", and no character is cut in two. */
static void test_long_names_are_cut(void)
{
    uint8_t bytes[1024];
    struct ipcshark_writer writer = ipcshark_writer(bytes, sizeof bytes);
    struct ipctap_header header = ipctap_header_init(0, IPCTAP_NOTE, 0);
    struct ipctap_record record;
    struct ipctap_section section;
    char name[400];

    for (size_t i = 0; i + 2 < sizeof name; i += 2)
        memcpy(name + i, "\xC3\xA4", 3);
    ipctap_begin(&writer, &header);
    ipctap_add_text(&writer, IPCTAP_SERVICE, 0, name);
    ipctap_add_text(&writer, IPCTAP_INTERFACE, 0, NULL);
    ipctap_add_text(&writer, IPCTAP_FUNCTION, 0, "");
    g_assert_true(ipctap_record_decode(bytes, ipctap_end(&writer), &record, NULL));
    g_assert_true(ipctap_section_find(&record, IPCTAP_SERVICE, 0, &section));
    g_assert_cmpuint(section.captured_size, ==, 254);
    g_assert_cmpuint(section.declared_size, ==, strlen(name));
    g_assert_true(g_utf8_validate((const char *)section.bytes, 254, NULL));
    g_assert_false(ipctap_section_find(&record, IPCTAP_INTERFACE, 0, &section));
    g_assert_false(ipctap_section_find(&record, IPCTAP_FUNCTION, 0, &section));
}

static void test_kernel_call(void)
{
    struct ipctap_kernel_call call = {9, 1, 2, 3, 4, 5, 6};
    struct ipctap_kernel_call got;
    struct ipcshark_findings findings = {0};
    uint8_t bytes[IPCTAP_KERNEL_CALL_SIZE];

    g_assert_cmpuint(ipctap_kernel_call_encode(&call, bytes, sizeof bytes), ==, sizeof bytes);
    g_assert_true(ipctap_kernel_call_decode(bytes, sizeof bytes, &got, &findings));
    g_assert_cmpmem(&got, sizeof got, &call, sizeof call);
    g_assert_cmpuint(findings.count, ==, 0);
    g_assert_false(ipctap_kernel_call_decode(bytes, sizeof bytes - 1, &got, &findings));
    g_assert_cmpint(first_code(&findings), ==, IPCSHARK_FINDING_RECORD_KERNEL_CALL_CUT);
}

static void test_names(void)
{
    g_assert_cmpstr(ipctap_platform_name(IPCTAP_CTR), ==, "CTR");
    g_assert_null(ipctap_platform_name(5));
    g_assert_cmpstr(ipctap_kind_name(IPCTAP_NOTE), ==, "Note");
    g_assert_null(ipctap_kind_name(0));
    g_assert_null(ipctap_kind_name(7));
    g_assert_cmpstr(ipctap_phase_name(IPCTAP_EXIT), ==, "Exit");
    g_assert_cmpstr(ipctap_section_name(IPCTAP_SESSION), ==, "SESSION");
    g_assert_cmpstr(ipctap_section_name(IPCTAP_MESSAGE), ==, "MESSAGE");
    g_assert_cmpstr(ipctap_section_name(0x9000), ==, "private");
    g_assert_null(ipctap_section_name(0x7000));
    g_assert_cmpstr(ipctap_kernel_call_name(IPCTAP_CALL_RELEASE_SEMAPHORE), ==, "ReleaseSemaphore");
    g_assert_null(ipctap_kernel_call_name(26));
    g_assert_true(ipctap_section_is_text(IPCTAP_SOURCE_TEXT));
    g_assert_false(ipctap_section_is_text(IPCTAP_SESSION));
}

static void test_set_fields_in_place(void)
{
    uint8_t bytes[4096];
    size_t size = build(bytes);
    struct ipctap_record record;

    ipctap_record_set_source(bytes, 0xBEEF);
    ipctap_record_set_call_id(bytes, 0x1122334455667788);
    g_assert_true(ipctap_record_decode(bytes, size, &record, NULL));
    g_assert_cmphex(record.header.source, ==, 0xBEEF);
    g_assert_cmphex(record.header.call_id, ==, 0x1122334455667788);
    g_assert_cmphex(record.header.clock, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/record/sections", test_sections_come_back);
    g_test_add_func("/record/index", test_index_finds_what_a_search_finds);
    g_test_add_func("/record/every-cut", test_every_cut);
    g_test_add_func("/record/stream", test_stream_at_every_length);
    g_test_add_func("/record/stream-goes-on", test_stream_goes_on_behind_garbage);
    g_test_add_func("/record/stream-garbage", test_stream_refuses_the_first_wrong_byte);
    g_test_add_func("/record/section-past-end", test_section_past_the_end);
    g_test_add_func("/record/half-section-header", test_half_a_section_header);
    g_test_add_func("/record/too-many-sections", test_too_many_sections);
    g_test_add_func("/record/larger-header", test_larger_header_is_skipped);
    g_test_add_func("/record/check", test_check_tells_duplicates);
    g_test_add_func("/record/shorten", test_shorten_to_every_limit);
    g_test_add_func("/record/builder-full", test_builder_that_does_not_fit);
    g_test_add_func("/record/long-names", test_long_names_are_cut);
    g_test_add_func("/record/kernel-call", test_kernel_call);
    g_test_add_func("/record/names", test_names);
    g_test_add_func("/record/set", test_set_fields_in_place);
    return g_test_run();
}
