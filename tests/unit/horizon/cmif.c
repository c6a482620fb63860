/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "words.h"

#include <ipcshark/cmif.h>

#define SFCI CMIF_IN_MAGIC
#define SFCO CMIF_OUT_MAGIC

struct decoded {
    struct hipc_message hipc;
    struct cmif_message cmif;
    struct ipcshark_findings findings;
};

static struct decoded decode(const struct words *words, struct cmif_context context)
{
    struct decoded decoded = {0};

    hipc_decode(words->bytes, words->length, context.direction, &decoded.hipc, NULL);
    cmif_decode(words->bytes, words->length, &decoded.hipc, &context, &decoded.cmif,
                &decoded.findings);
    return decoded;
}

static const struct cmif_context plain = {.direction = HIPC_REQUEST};
static const struct cmif_context domain = {.direction = HIPC_REQUEST, .is_domain = true};
static const struct cmif_context reply = {.direction = HIPC_REPLY};
static const struct cmif_context domain_reply = {.direction = HIPC_REPLY, .is_domain = true};

static void test_request(void)
{
    struct words words = WORDS(6, 9, 0xD, 0xD, SFCI, 1, 42, 0x70CE, 0xA, 0, 0);
    struct decoded decoded = decode(&words, plain);

    g_assert_cmpint(decoded.cmif.kind, ==, CMIF_REQUEST);
    g_assert_true(decoded.cmif.has_header);
    g_assert_cmpuint(decoded.cmif.offset, ==, 16);
    g_assert_cmpuint(decoded.cmif.version, ==, 1);
    g_assert_cmpuint(decoded.cmif.method_id, ==, 42);
    g_assert_cmphex(decoded.cmif.token, ==, 0x70CE);
    g_assert_cmpuint(decoded.cmif.data_offset, ==, 32);
    g_assert_cmpuint(decoded.cmif.data_size, ==, 12);
    g_assert_cmpuint(decoded.findings.count, ==, 0);
}

/** Stale magic in the padding: the place follows from the offset, not from the magic. */
static void test_stale_magic(void)
{
    struct words words = WORDS(4, 8, SFCI, 0x63, SFCI, 0, 7, 0, 0, 0);
    struct decoded decoded = decode(&words, plain);

    g_assert_cmpuint(decoded.cmif.method_id, ==, 7);
}

static void test_domain_request(void)
{
    struct words words = WORDS(4, 15, 0, 0, 1 | 2 << 8 | 0x13 << 16, 5, 0, 0x70CE, SFCI, 1, 3, 0,
                               0x03CCBBAA, 0x04000000, 0, 0, 0);
    struct decoded decoded = decode(&words, domain);

    g_assert_true(decoded.cmif.has_domain);
    g_assert_cmpuint(decoded.cmif.domain.object_id, ==, 5);
    g_assert_cmphex(decoded.cmif.domain.token, ==, 0x70CE);
    g_assert_cmpuint(decoded.cmif.data_size, ==, 3);
    g_assert_cmpuint(decoded.cmif.domain.objects_offset, ==, 51);
    g_assert_cmpuint(decoded.cmif.domain.objects_captured, ==, 2);
    g_assert_cmpuint(cmif_domain_object(words.bytes, words.length, &decoded.cmif, 0), ==, 3);
    g_assert_cmpuint(cmif_domain_object(words.bytes, words.length, &decoded.cmif, 1), ==, 4);
    g_assert_cmpuint(cmif_domain_object(words.bytes, words.length, &decoded.cmif, 2), ==, 0);
    g_assert_cmpuint(decoded.findings.count, ==, 0);
}

static void test_domain_close(void)
{
    struct words words = WORDS(4, 8, 0, 0, 2, 5, 0, 0, SFCI, 0);
    struct decoded request = decode(&words, domain);
    struct decoded back = decode(&words, domain_reply);

    g_assert_cmpint(request.cmif.kind, ==, CMIF_DOMAIN_CLOSE);
    g_assert_false(request.cmif.has_header);
    g_assert_cmpuint(request.findings.count, ==, 0);
    g_assert_cmpint(back.cmif.kind, ==, CMIF_DOMAIN_CLOSE);
    assert_found(&back.findings, CMIF_REQUEST_SENT_BACK);
}

static void test_control(void)
{
    struct words words = WORDS(5, 9, 0, 0, SFCI, 0, 1, 0, 6, 0, 0);
    struct decoded decoded = decode(&words, domain);

    g_assert_cmpint(decoded.cmif.kind, ==, CMIF_CONTROL);
    g_assert_false(decoded.cmif.has_domain);
    g_assert_cmpuint(decoded.cmif.method_id, ==, 1);
    g_assert_cmpuint(decoded.findings.count, ==, 0);
    g_assert_cmpstr(cmif_control_name(1), ==, "CopyFromCurrentDomain");
    g_assert_null(cmif_control_name(5));
}

static void test_control_refused(void)
{
    struct words short_argument = WORDS(5, 8, 0, 0, SFCI, 0, 4, 0, 0, 0);
    struct words unknown = WORDS(5, 8, 0, 0, SFCI, 0, 5, 0, 0, 0);
    struct decoded argument = decode(&short_argument, plain);
    struct decoded command = decode(&unknown, plain);

    assert_found(&argument.findings, CMIF_CONTROL_ARGUMENT);
    assert_found(&command.findings, CMIF_CONTROL_COMMAND);
}

static void test_kinds(void)
{
    const enum cmif_kind expected[] = {CMIF_NONE,    CMIF_REQUEST, CMIF_RELEASE,
                                       CMIF_CONTROL, CMIF_REQUEST, CMIF_CONTROL,
                                       CMIF_REQUEST, CMIF_CONTROL, CMIF_NONE};

    for (uint32_t type = 0; type < G_N_ELEMENTS(expected); type++) {
        struct words words = WORDS(type, 8, 0, 0, SFCI, 0, 0, 0, 0, 0);

        g_assert_cmpint(decode(&words, plain).cmif.kind, ==, expected[type]);
    }
}

static void test_reply(void)
{
    struct words words = WORDS(0, 10, 0, 0, SFCO, 0, 0x402, 0xEC6BE3FF, 0x55, 0, 0, 0);
    struct decoded decoded = decode(&words, reply);
    struct decoded unknown = decode(&words, (struct cmif_context){0});

    g_assert_true(decoded.cmif.is_reply);
    g_assert_cmphex(decoded.cmif.result, ==, 0x402);
    g_assert_cmphex(decoded.cmif.interface_id, ==, 0xEC6BE3FF);
    g_assert_cmpuint(decoded.cmif.data_size, ==, 16);
    g_assert_cmpuint(decoded.findings.count, ==, 0);
    g_assert_true(unknown.cmif.is_reply);
}

/** Servers that write another type into their replies are read all the same. */
static void test_reply_with_type(void)
{
    struct words words = WORDS(4, 8, 0, 0, SFCO, 0, 0, 0, 0, 0);

    g_assert_cmpint(decode(&words, reply).cmif.kind, ==, CMIF_REPLY);
    g_assert_cmpuint(decode(&words, reply).findings.count, ==, 0);
}

static void assert_out_objects(struct words words, uint32_t offset, uint32_t first)
{
    struct decoded decoded = decode(&words, domain_reply);

    g_assert_true(decoded.cmif.domain.objects_known);
    g_assert_cmpuint(decoded.cmif.domain.objects_offset, ==, offset);
    g_assert_cmpuint(cmif_domain_object(words.bytes, words.length, &decoded.cmif, 0), ==, first);
}

static void test_out_objects(void)
{
    /* No out data: one place. */
    assert_out_objects(WORDS(0, 13, 0, 0, 1, 0, 0, 0, SFCO, 0, 0, 0, 0x10000, 0, 0), 48, 0x10000);
    /* Four bytes of out data. */
    assert_out_objects(WORDS(0, 14, 0, 0, 1, 0, 0, 0, SFCO, 0, 0, 0, 0xFFFFFFFF, 5, 0, 0), 52, 5);
    /* Three bytes, then the id, then a stale byte. */
    assert_out_objects(WORDS(0, 14, 0, 0, 1, 0, 0, 0, SFCO, 0, 0, 0, 0x05FFFFFF, 0xEE000000, 0, 0),
                       51, 5);
    /* An id above 255. */
    assert_out_objects(WORDS(0, 14, 0, 0, 1, 0, 0, 0, SFCO, 0, 0, 0, 0xFFFFFFFF, 0x1234, 0, 0), 52,
                       0x1234);
}

static void test_out_objects_unknown(void)
{
    struct words words =
        WORDS(0, 14, 0, 0, 1, 0, 0, 0, SFCO, 0, 0, 0, 0xFFFFFFFF, 0xABCDEF01, 0, 0);
    struct decoded decoded = decode(&words, domain_reply);

    g_assert_false(decoded.cmif.domain.objects_known);
    g_assert_cmpuint(decoded.cmif.domain.objects_captured, ==, 0);
    cmif_locate_out_objects(words.length, &decoded.hipc, &decoded.cmif, 4);
    g_assert_cmphex(cmif_domain_object(words.bytes, words.length, &decoded.cmif, 0), ==,
                    0xABCDEF01);
    g_assert_cmpuint(decoded.cmif.data_size, ==, 4);
}

static void test_out_objects_hostile(void)
{
    struct words words = WORDS(0, 12, 0, 0, 0x40000001, 0, 0, 0, SFCO, 0, 0, 0, 0, 0);
    struct decoded decoded = decode(&words, domain_reply);

    assert_found(&decoded.findings, CMIF_OUT_OBJECTS);
    g_assert_cmpuint(decoded.cmif.domain.objects_captured, ==, 0);
    cmif_locate_out_objects(words.length, &decoded.hipc, &decoded.cmif, 0);
    g_assert_cmpuint(decoded.cmif.domain.objects_captured, ==, 2);
}

static void test_reply_refused(void)
{
    struct words magic = WORDS(0, 8, 0, 0, SFCI, 0, 0, 0, 0, 0);
    struct words small = WORDS(0, 5, 0, 0, SFCO, 0, 0);
    struct decoded wrong = decode(&magic, reply);
    struct decoded none = decode(&small, reply);

    assert_found(&wrong.findings, CMIF_OUT_MAGIC);
    assert_found(&none.findings, CMIF_NO_OUT_HEADER);
    g_assert_cmpint(none.cmif.kind, ==, CMIF_NONE);
}

static void assert_refused(struct words words, struct cmif_context context,
                           enum ipcshark_finding_code code, uint32_t result)
{
    struct decoded decoded = decode(&words, context);

    g_assert_nonnull(finding_of(&decoded.findings, code));
    g_assert_cmphex(ipcshark_finding_result(code), ==, result);
}

static void test_refused(void)
{
    assert_refused(WORDS(4, 3, 0, 0, SFCI), plain, IPCSHARK_FINDING_CMIF_RAW_TOO_SMALL, 0x3240B);
    assert_refused(WORDS(4, 7, 0, 0, SFCI, 0, 0, 0, 0), plain,
                   IPCSHARK_FINDING_CMIF_NO_ROOM_FOR_IN_HEADER, 0x1940A);
    assert_refused(WORDS(4, 8, 0, 0, SFCO, 0, 0, 0, 0, 0), plain, IPCSHARK_FINDING_CMIF_IN_MAGIC,
                   0x1A60A);
    assert_refused(WORDS(4, 8, 0, 0, SFCI, 2, 0, 0, 0, 0), plain, IPCSHARK_FINDING_CMIF_IN_VERSION,
                   0x1A60A);
    assert_refused(WORDS(4, 8, 0, 0, SFCI, 1 << 16, 0, 0, 0, 0), plain,
                   IPCSHARK_FINDING_CMIF_IN_VERSION, 0x1A60A);
    assert_refused(WORDS(4, 4, 0, 0, 0, 0), domain, IPCSHARK_FINDING_CMIF_NO_ROOM_FOR_DOMAIN_HEADER,
                   0x1940A);
    assert_refused(WORDS(4, 8, 0, 0, 3, 1, 0, 0, 0, 0), domain, IPCSHARK_FINDING_CMIF_REQUEST_KIND,
                   0x1A60A);
}

static void test_domain_refused(void)
{
    assert_refused(WORDS(4, 12, 0, 0, 1 | 16 << 16, 0, 0, 0, SFCI, 0, 0, 0, 0, 0), domain,
                   IPCSHARK_FINDING_CMIF_NO_TARGET, 0x20A0A);
    assert_refused(WORDS(4, 12, 0, 0, 1 | 17 << 16, 1, 0, 0, SFCI, 0, 0, 0, 0, 0), domain,
                   IPCSHARK_FINDING_CMIF_IN_RAW_SIZE, 0x1940A);
    assert_refused(WORDS(4, 12, 0, 0, 1 | 1 << 8 | 16 << 16, 1, 0, 0, SFCI, 0, 0, 0, 0, 0), domain,
                   IPCSHARK_FINDING_CMIF_IN_RAW_SIZE, 0x1940A);
    assert_refused(WORDS(4, 12, 0, 0, 1 | 9 << 8 | 16 << 16, 1, 0, 0, SFCI, 0, 0, 0, 0, 0), domain,
                   IPCSHARK_FINDING_CMIF_IN_OBJECTS_OVER_LIMIT, 0x1D60A);
    assert_refused(WORDS(4, 12, 0, 0, 1 | 8 << 16, 1, 0, 0, SFCI, 0, 0, 0, 0, 0), domain,
                   IPCSHARK_FINDING_CMIF_NO_ROOM_FOR_IN_HEADER, 0x1940A);
    assert_refused(WORDS(4, 12, 0, 0, 1 | 16 << 16, 1, 7, 0, SFCI, 0, 0, 0, 0, 0), domain,
                   IPCSHARK_FINDING_CMIF_RESERVED_DOMAIN, 0);
}

static void test_out_pointer_sizes(void)
{
    struct words words = WORDS(0x4, 10, 0, 0, SFCI, 0, 0, 0, 0xCCBBAA, 0, 0x22221111, 0x3333);
    struct decoded decoded = decode(&words, plain);
    struct cmif_out_pointer_sizes sizes;

    cmif_locate_out_pointer_sizes(words.length, &decoded.hipc, &decoded.cmif, 3, 2, &sizes,
                                  &decoded.findings);
    g_assert_cmpuint(sizes.offset, ==, 8 + 16 + 16 + 4);
    g_assert_cmpuint(sizes.count, ==, 2);
    g_assert_cmpuint(decoded.findings.count, ==, 0);
    cmif_locate_out_pointer_sizes(words.length, &decoded.hipc, &decoded.cmif, 3, 3, &sizes,
                                  &decoded.findings);
    g_assert_cmpuint(sizes.count, ==, 2);
    assert_found(&decoded.findings, CMIF_OUT_POINTER_SIZES);
    cmif_locate_out_pointer_sizes(46, &decoded.hipc, &decoded.cmif, 3, 2, &sizes,
                                  &decoded.findings);
    g_assert_cmpuint(sizes.count, ==, 1);
    assert_found(&decoded.findings, CMIF_OUT_POINTER_SIZES_CUT);
}

static void test_cut(void)
{
    struct words words = WORDS(4, 14, 0, 0, 1 | 1 << 8 | 16 << 16, 1, 0, 0, SFCI, 0, 0, 0, 9, 0);
    const struct {
        size_t length;
        bool has_domain, has_header;
        unsigned int objects;
    } cut[] = {{16, false, false, 0}, {31, false, false, 0}, {32, true, false, 0},
               {47, true, false, 0},  {48, true, true, 0},   {51, true, true, 0},
               {52, true, true, 1}};

    for (size_t i = 0; i < G_N_ELEMENTS(cut); i++) {
        struct decoded decoded;

        words.length = cut[i].length;
        decoded = decode(&words, domain);
        g_assert_cmpint(decoded.cmif.has_domain, ==, cut[i].has_domain);
        g_assert_cmpint(decoded.cmif.has_header, ==, cut[i].has_header);
        g_assert_cmpuint(decoded.cmif.domain.objects_captured, ==, cut[i].objects);
        g_assert_cmpint(decoded.findings.count > 0, ==, cut[i].objects == 0);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cmif/request", test_request);
    g_test_add_func("/cmif/request/stale-magic", test_stale_magic);
    g_test_add_func("/cmif/request/domain", test_domain_request);
    g_test_add_func("/cmif/request/domain/close", test_domain_close);
    g_test_add_func("/cmif/request/refused", test_refused);
    g_test_add_func("/cmif/request/domain/refused", test_domain_refused);
    g_test_add_func("/cmif/request/cut", test_cut);
    g_test_add_func("/cmif/control", test_control);
    g_test_add_func("/cmif/control/refused", test_control_refused);
    g_test_add_func("/cmif/kinds", test_kinds);
    g_test_add_func("/cmif/reply", test_reply);
    g_test_add_func("/cmif/reply/type", test_reply_with_type);
    g_test_add_func("/cmif/reply/refused", test_reply_refused);
    g_test_add_func("/cmif/reply/objects", test_out_objects);
    g_test_add_func("/cmif/reply/objects/unknown", test_out_objects_unknown);
    g_test_add_func("/cmif/reply/objects/hostile", test_out_objects_hostile);
    g_test_add_func("/cmif/out-pointer-sizes", test_out_pointer_sizes);
    return g_test_run();
}
