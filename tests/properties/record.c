/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records of random headers and sections, whole, mutated, and cut at every byte. */
#include "random.h"

#include <ipcshark/record.h>
#include <string.h>

#define ROUNDS       10000
#define MAX_SECTIONS 12
#define MAX_BYTES    300

struct description {
    struct ipctap_header header;
    size_t count;
    struct ipctap_section section[MAX_SECTIONS];
    uint8_t bytes[MAX_SECTIONS][MAX_BYTES];
};

static void random_header(GRand *random, struct ipctap_header *header)
{
    *header = (struct ipctap_header){
        .version = IPCTAP_VERSION,
        .platform = (uint8_t)random_bits(random, 8),
        .kind = (uint8_t)random_bits(random, 8),
        .phase = (uint8_t)random_bits(random, 8),
        .header_size = IPCTAP_HEADER_SIZE,
        .flags = (uint16_t)random_bits(random, 16),
        .time = random_bits(random, 64),
        .call_id = random_bits(random, 64),
        .pid = g_rand_int(random),
        .tid = g_rand_int(random),
        .program_id = random_bits(random, 64),
        .object = g_rand_int(random),
        .result = g_rand_int(random),
        .peer_pid = g_rand_int(random),
        .clock = (uint8_t)random_bits(random, 8),
        .reserved = (uint8_t)random_bits(random, 8),
        .source = (uint16_t)random_bits(random, 16),
    };
}

static void random_description(GRand *random, struct description *description)
{
    random_header(random, &description->header);
    description->count = random_up_to(random, MAX_SECTIONS);
    for (size_t i = 0; i < description->count; i++) {
        struct ipctap_section *section = &description->section[i];

        random_bytes(random, description->bytes[i], MAX_BYTES);
        *section = (struct ipctap_section){
            .type = (uint16_t)random_bits(random, 16),
            .index = (uint16_t)i,
            .captured_size = random_up_to(random, MAX_BYTES),
            .address = random_bits(random, 64),
            .declared_size = random_bits(random, 64),
            .bytes = description->bytes[i],
        };
    }
}

static size_t build(const struct description *description, uint8_t *bytes, size_t capacity)
{
    struct ipcshark_writer writer = ipcshark_writer(bytes, capacity);

    ipctap_begin(&writer, &description->header);
    for (size_t i = 0; i < description->count; i++) {
        const struct ipctap_section *section = &description->section[i];

        ipctap_add_part(&writer, section->type, section->index, section->address, section->bytes,
                        section->captured_size, section->declared_size);
    }
    return ipctap_end(&writer);
}

/** Sections are taken over with their bytes left where they are. False: not all of them. */
static bool describe(const struct ipctap_record *record, struct description *description,
                     struct ipcshark_findings *findings)
{
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section one_more;

    description->header = record->header;
    description->count = 0;
    while (
        description->count < MAX_SECTIONS &&
        ipctap_section_next(record, &iterator, &description->section[description->count], findings))
        description->count++;
    if (description->count == MAX_SECTIONS &&
        ipctap_section_next(record, &iterator, &one_more, findings))
        return false;
    return findings->count == 0;
}

static void write_header(const struct ipctap_header *header, uint8_t *bytes)
{
    struct ipcshark_writer writer = ipcshark_writer(bytes, IPCTAP_HEADER_SIZE);

    ipctap_begin(&writer, header);
    g_assert_cmpuint(ipctap_end(&writer), ==, IPCTAP_HEADER_SIZE);
}

static void assert_same(const struct description *a, const struct description *b)
{
    uint8_t left[IPCTAP_HEADER_SIZE], right[IPCTAP_HEADER_SIZE];

    write_header(&a->header, left);
    write_header(&b->header, right);
    g_assert_cmpmem(left, sizeof left, right, sizeof right);
    g_assert_cmpuint(a->count, ==, b->count);
    for (size_t i = 0; i < a->count; i++) {
        g_assert_cmpuint(a->section[i].type, ==, b->section[i].type);
        g_assert_cmpuint(a->section[i].index, ==, b->section[i].index);
        g_assert_cmphex(a->section[i].address, ==, b->section[i].address);
        g_assert_cmphex(a->section[i].declared_size, ==, b->section[i].declared_size);
        g_assert_cmpmem(a->section[i].bytes, a->section[i].captured_size, b->section[i].bytes,
                        b->section[i].captured_size);
    }
}

static void test_round_trip(void)
{
    g_autoptr(GRand) random = random_start();
    g_autofree struct description *description = g_new0(struct description, 1);
    g_autofree struct description *decoded = g_new0(struct description, 1);

    for (unsigned int round = 0; round < ROUNDS; round++) {
        uint8_t bytes[MAX_SECTIONS * (MAX_BYTES + 32) + IPCTAP_HEADER_SIZE];
        struct ipcshark_findings findings = {0};
        struct ipctap_record record;
        size_t size;

        random_description(random, description);
        size = build(description, bytes, sizeof bytes);
        g_assert_cmpuint(size, >=, IPCTAP_HEADER_SIZE);
        g_assert_true(ipctap_record_decode(bytes, size, &record, &findings));
        g_assert_cmpuint(record.header.record_size, ==, size);
        g_assert_true(describe(&record, decoded, &findings));
        assert_same(description, decoded);
    }
}

/** Padding behind a section is no field: readers skip it, writers make it zero. */
static void clear_padding(uint8_t *bytes, const struct description *decoded)
{
    for (size_t i = 0; i < decoded->count; i++) {
        uint32_t captured = decoded->section[i].captured_size;
        uint32_t end = decoded->section[i].offset + IPCTAP_SECTION_SIZE + captured;

        memset(bytes + end, 0, (8 - captured % 8) % 8);
    }
}

static bool check_mutant(uint8_t *bytes, size_t size, struct description *decoded)
{
    uint8_t again[MAX_SECTIONS * (MAX_BYTES + 32) + IPCTAP_HEADER_SIZE];
    struct ipcshark_findings findings = {0};
    struct ipctap_record record;

    if (!ipctap_record_decode(bytes, size, &record, &findings) ||
        !describe(&record, decoded, &findings) || record.header.header_size != IPCTAP_HEADER_SIZE)
        return false;
    ipctap_record_check(&record, &findings);
    clear_padding(bytes, decoded);
    g_assert_cmpuint(build(decoded, again, sizeof again), ==, record.header.record_size);
    g_assert_cmpmem(again, record.header.record_size, bytes, record.header.record_size);
    return true;
}

static void test_mutated(void)
{
    g_autoptr(GRand) random = random_start();
    g_autofree struct description *description = g_new0(struct description, 1);
    unsigned int clean = 0;

    for (unsigned int round = 0; round < ROUNDS; round++) {
        uint8_t bytes[MAX_SECTIONS * (MAX_BYTES + 32) + IPCTAP_HEADER_SIZE];
        g_autofree uint8_t *mutant = NULL;
        size_t size;

        random_description(random, description);
        size = build(description, bytes, sizeof bytes);
        mutant = g_memdup2(bytes, size);
        random_mutate(random, mutant, size);
        clean += check_mutant(mutant, size, description);
    }
    g_assert_cmpuint(clean, >, ROUNDS / 4);
}

/** A snap length: what is there is walked, and no section reaches past the bytes at hand. */
static void check_cut(const uint8_t *bytes, size_t length)
{
    g_autofree uint8_t *cut = g_memdup2(bytes, length);
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section section;
    struct ipctap_record record;

    if (!ipctap_record_decode(cut, length, &record, NULL)) {
        g_assert_cmpuint(length, <, IPCTAP_HEADER_SIZE);
        return;
    }
    while (ipctap_section_next(&record, &iterator, &section, NULL))
        g_assert_true(section.bytes + section.captured_size <= cut + length);
}

static void test_cut(void)
{
    g_autoptr(GRand) random = random_start();
    g_autofree struct description *description = g_new0(struct description, 1);

    for (unsigned int round = 0; round < 50; round++) {
        uint8_t bytes[MAX_SECTIONS * (MAX_BYTES + 32) + IPCTAP_HEADER_SIZE];
        size_t size;

        random_description(random, description);
        size = build(description, bytes, sizeof bytes);
        for (size_t length = 0; length <= size; length++)
            check_cut(bytes, length);
    }
}

/** Whatever the limit, what comes out is a record again that is not longer than it. */
static void test_shorten(void)
{
    g_autoptr(GRand) random = random_start();
    g_autofree struct description *description = g_new0(struct description, 1);
    g_autofree struct description *decoded = g_new0(struct description, 1);

    for (unsigned int round = 0; round < ROUNDS; round++) {
        uint8_t bytes[MAX_SECTIONS * (MAX_BYTES + 32) + IPCTAP_HEADER_SIZE];
        struct ipcshark_findings findings = {0};
        struct ipctap_record record;
        size_t size, limit, kept;

        random_description(random, description);
        size = build(description, bytes, sizeof bytes);
        limit = random_up_to(random, (uint32_t)size + 8);
        kept = ipctap_record_shorten(bytes, size, limit);
        if (!kept)
            continue;
        g_assert_cmpuint(kept, <=, MAX(limit, IPCTAP_HEADER_SIZE));
        g_assert_true(ipctap_record_decode(bytes, kept, &record, &findings));
        g_assert_cmpuint(record.header.record_size, ==, kept);
        g_assert_true(describe(&record, decoded, &findings));
        g_assert_cmpuint(decoded->count, ==, description->count);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/properties/record/round-trip", test_round_trip);
    g_test_add_func("/properties/record/mutated", test_mutated);
    g_test_add_func("/properties/record/cut", test_cut);
    g_test_add_func("/properties/record/shorten", test_shorten);
    return g_test_run();
}
