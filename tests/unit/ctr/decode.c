/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ipcshark/ctripc.h>
#include <ipcshark/reader.h>
#include <ipcshark/writer.h>

#include <glib.h>
#include <string.h>

/** What a decode of some words gives. */
struct decoded {
    struct ctripc_message message;
    struct ipcshark_findings findings;
    uint8_t bytes[512];
    size_t length;
};

static void decode_words(struct decoded *decoded, enum ctripc_direction direction, size_t count,
                         const uint32_t *words)
{
    struct ipcshark_writer writer = ipcshark_writer(decoded->bytes, sizeof decoded->bytes);

    memset(&decoded->findings, 0, sizeof decoded->findings);
    for (size_t i = 0; i < count; i++)
        ipcshark_write_u32(&writer, words[i]);
    decoded->length = writer.offset;
    ctripc_decode(decoded->bytes, decoded->length, direction, &decoded->message,
                  &decoded->findings);
}

#define DECODE(decoded, direction, ...)                                                            \
    decode_words(decoded, direction, G_N_ELEMENTS(((const uint32_t[]){__VA_ARGS__})),              \
                 (const uint32_t[]){__VA_ARGS__})

/** The one finding with this code must be there. */
static const struct ipcshark_finding *finding(const struct decoded *decoded,
                                              enum ipcshark_finding_code code)
{
    for (unsigned int i = 0; i < decoded->findings.count; i++) {
        if (decoded->findings.item[i].code == code)
            return &decoded->findings.item[i];
    }
    g_error("no finding %s among %u", ipcshark_finding_name(code), decoded->findings.count);
    return NULL;
}

static void test_mixed_request(void)
{
    struct decoded decoded;

    DECODE(&decoded, CTRIPC_REQUEST, 0x08030188, 1, 2, 3, 4, 5, 6, 0x04000010, 0x11, 0x22, 0x20,
           0xDEAD, 0x00410402, 0x30000004, 0);
    g_assert_cmpuint(decoded.message.command_id, ==, 0x0803);
    g_assert_cmpuint(decoded.message.normal_count, ==, 6);
    g_assert_cmpuint(decoded.message.translate_words, ==, 8);
    g_assert_cmpuint(decoded.message.words, ==, 15);
    g_assert_true(decoded.message.complete);
    g_assert_cmpuint(decoded.message.translate_count, ==, 4);
    g_assert_cmpuint(decoded.message.translate[0].kind, ==, CTRIPC_MOVE_HANDLES);
    g_assert_cmpuint(decoded.message.translate[0].handle_count, ==, 2);
    g_assert_cmpuint(decoded.message.translate[0].offset, ==, 7);
    g_assert_cmpuint(decoded.message.translate[1].kind, ==, CTRIPC_PROCESS_ID);
    g_assert_cmpuint(decoded.message.translate[1].handle_count, ==, 1);
    g_assert_cmpuint(decoded.message.translate[2].kind, ==, CTRIPC_STATIC_BUFFER);
    g_assert_cmpuint(decoded.message.translate[2].id, ==, 1);
    g_assert_cmpuint(decoded.message.translate[2].size, ==, 0x104);
    g_assert_cmphex(decoded.message.translate[2].address, ==, 0x30000004);
    /* The last is a copy of one handle whose word is missing. */
    g_assert_cmpuint(decoded.message.translate[3].words, ==, 1);
    g_assert_cmpuint(decoded.message.translate[3].handle_count, ==, 0);
    g_assert_cmpuint(finding(&decoded, IPCSHARK_FINDING_CTRIPC_HANDLES_PAST_END)->offset, ==, 56);
    g_assert_cmpuint(decoded.findings.count, ==, 1);
}

static void test_kinds_in_the_kernels_order(void)
{
    static const struct {
        uint32_t descriptor;
        enum ctripc_kind kind;
    } cases[] = {
        {0x00000000, CTRIPC_COPY_HANDLES},  {0xFC000000, CTRIPC_COPY_HANDLES},
        {0x00000040, CTRIPC_COPY_HANDLES},  {0x00000010, CTRIPC_MOVE_HANDLES},
        {0x00000020, CTRIPC_PROCESS_ID},    {0x00000030, CTRIPC_HANDLES_BOTH},
        {0x00000001, CTRIPC_STATIC_BUFFER}, {0x00000002, CTRIPC_STATIC_BUFFER},
        {0x00000003, CTRIPC_STATIC_BUFFER}, {0x00000004, CTRIPC_PXI_RW},
        {0x00000005, CTRIPC_PXI_RW},        {0x00000006, CTRIPC_PXI_RO},
        {0x00000007, CTRIPC_PXI_RO},        {0x00000008, CTRIPC_MAPPED_NONE},
        {0x00000009, CTRIPC_MAPPED_NONE},   {0x0000000A, CTRIPC_MAPPED_R},
        {0x0000000B, CTRIPC_MAPPED_R},      {0x0000000C, CTRIPC_MAPPED_W},
        {0x0000000D, CTRIPC_MAPPED_W},      {0x0000000E, CTRIPC_MAPPED_RW},
        {0x0000000F, CTRIPC_MAPPED_RW},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpuint(ctripc_kind_of(cases[i].descriptor), ==, cases[i].kind);
}

static void test_descriptors(void)
{
    g_assert_cmphex(ctripc_descriptor(CTRIPC_COPY_HANDLES, 1, 0), ==, 0);
    g_assert_cmphex(ctripc_descriptor(CTRIPC_COPY_HANDLES, 64, 0), ==, 0xFC000000);
    g_assert_cmphex(ctripc_descriptor(CTRIPC_MOVE_HANDLES, 2, 0), ==, 0x04000010);
    g_assert_cmphex(ctripc_descriptor(CTRIPC_PROCESS_ID, 5, 0), ==, 0x20);
    g_assert_cmphex(ctripc_descriptor(CTRIPC_STATIC_BUFFER, 0x1000, 3), ==, 0x04000C02);
    g_assert_cmphex(ctripc_descriptor(CTRIPC_PXI_RW, 0x1000, 2), ==, 0x00100024);
    g_assert_cmphex(ctripc_descriptor(CTRIPC_PXI_RO, 0xFFFFFF, 15), ==, 0xFFFFFFF6);
    g_assert_cmphex(ctripc_descriptor(CTRIPC_MAPPED_R, 0x1000, 9), ==, 0x1000A);
    g_assert_cmphex(ctripc_descriptor(CTRIPC_MAPPED_W, 0x1000, 0), ==, 0x1000C);
    g_assert_cmphex(ctripc_descriptor(CTRIPC_MAPPED_RW, 0xFFFFFFF, 0), ==, 0xFFFFFFFE);
    g_assert_cmphex(ctripc_descriptor(CTRIPC_MAPPED_NONE, 0, 0), ==, 8);
    g_assert_cmphex(ctripc_descriptor(CTRIPC_HANDLES_BOTH, 1, 0), ==, 0x30);
    g_assert_cmpstr(ctripc_kind_name(CTRIPC_MAPPED_RW), ==, "mapped_rw");
    g_assert_cmpstr(ctripc_kind_name(CTRIPC_KIND_COUNT), ==, "unknown");
}

static void test_too_many_words(void)
{
    struct decoded decoded;
    uint32_t words[127] = {0x0001003F | 63 << 6};

    decode_words(&decoded, CTRIPC_REQUEST, 127, words);
    g_assert_true(decoded.message.complete);
    g_assert_cmpuint(decoded.message.words, ==, 127);
    g_assert_cmpuint(finding(&decoded, IPCSHARK_FINDING_CTRIPC_TOO_MANY_WORDS)->actual, ==, 127);
    words[0] = 0x00010000 | 62 << 6 | 1;
    decode_words(&decoded, CTRIPC_REQUEST, 64, words);
    g_assert_cmpuint(decoded.message.words, ==, 64);
    g_assert_cmpuint(decoded.findings.count, ==, 1); /* The handle has no room; 64 words do. */
}

static void test_refused(void)
{
    struct decoded decoded;
    const struct ipcshark_finding *found;

    DECODE(&decoded, CTRIPC_REQUEST, 0x00010003, 0x0C000000, 1, 2);
    found = finding(&decoded, IPCSHARK_FINDING_CTRIPC_HANDLES_PAST_END);
    g_assert_cmpuint(found->actual, ==, 4);
    g_assert_cmpuint(found->limit, ==, 2);
    g_assert_cmphex(ipcshark_finding_result(found->code), ==, 0xC8A01836);
    DECODE(&decoded, CTRIPC_REQUEST, 0x00010002, 0x00000108, 0x1000);
    finding(&decoded, IPCSHARK_FINDING_CTRIPC_MAPPED_WITHOUT_PERMISSION);
    DECODE(&decoded, CTRIPC_REPLY, 0x00010042, 0, 0x00001004, 0x1000);
    finding(&decoded, IPCSHARK_FINDING_CTRIPC_PXI_IN_REPLY);
    DECODE(&decoded, CTRIPC_REQUEST, 0x00010042, 0, 0x00001004, 0x1000);
    g_assert_cmpuint(decoded.findings.count, ==, 0);
}

static void test_unusual(void)
{
    struct decoded decoded;

    DECODE(&decoded, CTRIPC_REQUEST, 0x0001F002, 0x30, 7);
    g_assert_cmphex(finding(&decoded, IPCSHARK_FINDING_CTRIPC_UNUSED_HEADER_BITS)->actual, ==,
                    0xF000);
    finding(&decoded, IPCSHARK_FINDING_CTRIPC_MOVE_AND_PROCESS_ID);
    DECODE(&decoded, CTRIPC_REQUEST, 0x00010002, 0x08000020, 0);
    g_assert_cmpuint(finding(&decoded, IPCSHARK_FINDING_CTRIPC_PROCESS_ID_COUNT)->actual, ==, 3);
    DECODE(&decoded, CTRIPC_REQUEST, 0x00010001, 0x00004002);
    finding(&decoded, IPCSHARK_FINDING_CTRIPC_ADDRESS_PAST_END);
    DECODE(&decoded, CTRIPC_REQUEST, 0x00010002, 0x0000000A, 0x1234);
    g_assert_cmphex(finding(&decoded, IPCSHARK_FINDING_CTRIPC_MAPPED_EMPTY)->actual, ==, 0x1234);
    DECODE(&decoded, CTRIPC_REQUEST, 0x00010002, 0x00000041, 0);
    finding(&decoded, IPCSHARK_FINDING_CTRIPC_UNUSED_DESCRIPTOR_BITS);
    DECODE(&decoded, CTRIPC_REPLY, 0xFFFF0000);
    finding(&decoded, IPCSHARK_FINDING_CTRIPC_NO_REPLY);
}

/** All of `count` normal words and handles behind one another, as an encoder takes them. */
static size_t encode_again(const struct decoded *decoded, uint8_t *bytes, size_t capacity)
{
    const struct ctripc_message *message = &decoded->message;
    uint32_t normal[64] = {0};
    uint32_t handles[128] = {0};
    unsigned int count = 0;

    for (unsigned int i = 0; i < message->normal_count; i++)
        normal[i] = ctripc_word(decoded->bytes, decoded->length, 1 + i);
    for (unsigned int i = 0; i < message->translate_count; i++) {
        for (unsigned int j = 0; j < message->translate[i].handle_count; j++)
            handles[count++] =
                ctripc_word(decoded->bytes, decoded->length, message->translate[i].offset + 1u + j);
    }
    return ctripc_encode(message, normal, handles, bytes, capacity);
}

static void test_random_bytes_round_trip(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(3);
    unsigned int complete = 0;

    for (int i = 0; i < 200000; i++) {
        struct decoded decoded = {.length = (size_t)g_rand_int_range(random, 0, 128) * 4};
        uint8_t encoded[512];

        for (size_t at = 0; at < decoded.length; at += 4)
            ipcshark_store_u32(decoded.bytes + at, g_rand_int(random));
        /* Sparse descriptors are the likely ones. */
        for (size_t at = 4; at < decoded.length; at += 8)
            ipcshark_store_u32(decoded.bytes + at, g_rand_int(random) & 0x0C00003F);
        if (!ctripc_decode(decoded.bytes, decoded.length, (enum ctripc_direction)(i % 3),
                           &decoded.message, &decoded.findings))
            continue;
        complete++;
        g_assert_cmpuint(encode_again(&decoded, encoded, sizeof encoded), ==,
                         decoded.message.words * 4u);
        g_assert_cmpmem(encoded, decoded.message.words * 4u, decoded.bytes,
                        decoded.message.words * 4u);
    }
    g_assert_cmpuint(complete, >, 10000);
}

static void test_encode_counts_what_does_not_fit(void)
{
    struct ctripc_message message = {.command_id = 5, .normal_count = 2};
    const uint32_t normal[] = {1, 2};
    uint8_t bytes[8] = {0};

    g_assert_cmpuint(ctripc_encode(&message, normal, NULL, bytes, sizeof bytes), ==, 12);
    g_assert_cmphex(ipcshark_load_u32(bytes), ==, 0x00050080);
    g_assert_cmpuint(ctripc_encode(&message, normal, NULL, NULL, 0), ==, 12);
}

/** A description made by hand, as a producer would. */
static void test_decode_of_encode_is_the_description(void)
{
    struct ctripc_message message = {.command_id = 0x0802, .normal_count = 3, .translate_words = 6};
    const uint32_t normal[] = {0, 0, 0x100};
    const uint32_t handles[] = {0x10, 0x20, 0x30};
    struct decoded decoded = {0};

    message.translate_count = 2;
    message.translate[0] = (struct ctripc_translate){
        .descriptor = ctripc_descriptor(CTRIPC_COPY_HANDLES, 3, 0), .handle_count = 3};
    message.translate[1] =
        (struct ctripc_translate){.descriptor = ctripc_descriptor(CTRIPC_MAPPED_W, 0x100, 0),
                                  .kind = CTRIPC_MAPPED_W,
                                  .address = 0x08000123};
    decoded.length = ctripc_encode(&message, normal, handles, decoded.bytes, sizeof decoded.bytes);
    g_assert_cmpuint(decoded.length, ==, 40);
    g_assert_true(ctripc_decode(decoded.bytes, decoded.length, CTRIPC_REQUEST, &decoded.message,
                                &decoded.findings));
    g_assert_cmpuint(decoded.findings.count, ==, 0);
    g_assert_cmpuint(decoded.message.translate_count, ==, 2);
    g_assert_cmpuint(decoded.message.translate[0].handle_count, ==, 3);
    g_assert_cmpuint(decoded.message.translate[1].size, ==, 0x100);
    g_assert_cmphex(decoded.message.translate[1].address, ==, 0x08000123);
    g_assert_cmphex(ctripc_word(decoded.bytes, decoded.length, 7), ==, 0x30);
    g_assert_cmphex(ctripc_word(decoded.bytes, decoded.length, 10), ==, 0);
    g_assert_cmphex(ctripc_word(decoded.bytes, decoded.length, SIZE_MAX), ==, 0);
}

static void test_every_cut(void)
{
    struct decoded whole;

    DECODE(&whole, CTRIPC_REQUEST, 0x00010086, 1, 2, 0x04000000, 3, 4, 0x1000A, 0x5000, 0x20);
    for (size_t cut = 0; cut < whole.length; cut++) {
        g_autofree uint8_t *part = g_memdup2(whole.bytes, cut);
        struct ipcshark_findings findings = {0};
        struct ctripc_message message;

        g_assert_false(ctripc_decode(part, cut, CTRIPC_REQUEST, &message, &findings));
        g_assert_cmpuint(findings.item[0].code, ==, IPCSHARK_FINDING_CTRIPC_TRUNCATED);
        g_assert_cmpuint(message.normal_captured, ==, cut < 4 ? 0 : MIN(cut / 4 - 1, 2));
        g_assert_cmpuint(message.translate_count, ==, (cut >= 16) + (cut >= 28) + (cut >= 36));
    }
}

static void test_static_table_has_16_slots(void)
{
    struct ctripc_static_slot slot[CTRIPC_STATIC_BUFFERS];
    uint8_t bytes[CTRIPC_STATIC_TABLE_SIZE + 64] = {0};

    g_assert_cmpuint(ctripc_decode_static_table(bytes, sizeof bytes, slot, NULL), ==, 16);
}

static void test_static_table(void)
{
    struct ctripc_static_slot slot[CTRIPC_STATIC_BUFFERS];
    struct ipcshark_findings findings = {0};
    uint8_t bytes[CTRIPC_STATIC_TABLE_SIZE] = {0};
    uint8_t again[CTRIPC_STATIC_TABLE_SIZE];

    ipcshark_store_u32(bytes + 8, 0x04000002);
    ipcshark_store_u32(bytes + 12, 0x10000000);
    g_assert_cmpuint(ctripc_decode_static_table(bytes, sizeof bytes, slot, &findings), ==, 16);
    g_assert_cmpuint(slot[1].size, ==, 0x1000);
    g_assert_cmphex(slot[1].address, ==, 0x10000000);
    g_assert_cmpuint(findings.count, ==, 0);
    g_assert_cmpuint(ctripc_encode_static_table(slot, again, sizeof again), ==, sizeof again);
    g_assert_cmpmem(again, sizeof again, bytes, sizeof bytes);
    memset(again, 0xFF, sizeof again);
    g_assert_cmpuint(ctripc_decode_static_table(again, sizeof again, slot, &findings), ==, 16);
    g_assert_cmpuint(slot[15].size, ==, 0x3FFFF);
    g_assert_cmpuint(ctripc_decode_static_table(bytes, 15, slot, &findings), ==, 1);
    g_assert_cmpuint(slot[1].size, ==, 0);
    g_assert_cmpuint(findings.item[0].code, ==, IPCSHARK_FINDING_CTRIPC_STATIC_TABLE_CUT);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ctr/decode/mixed-request", test_mixed_request);
    g_test_add_func("/ctr/decode/kinds", test_kinds_in_the_kernels_order);
    g_test_add_func("/ctr/decode/descriptors", test_descriptors);
    g_test_add_func("/ctr/decode/too-many-words", test_too_many_words);
    g_test_add_func("/ctr/decode/refused", test_refused);
    g_test_add_func("/ctr/decode/unusual", test_unusual);
    g_test_add_func("/ctr/decode/random", test_random_bytes_round_trip);
    g_test_add_func("/ctr/decode/every-cut", test_every_cut);
    g_test_add_func("/ctr/encode/no-room", test_encode_counts_what_does_not_fit);
    g_test_add_func("/ctr/encode/inverse", test_decode_of_encode_is_the_description);
    g_test_add_func("/ctr/static-table", test_static_table);
    g_test_add_func("/ctr/static-table-16", test_static_table_has_16_slots);
    return g_test_run();
}
