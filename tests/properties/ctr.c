/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The 3DS vectors with a few bits changed. Random command buffers and descriptions:
 * tests/unit/ctr/decode.c.
 */
#include "random.h"

#include <ipcshark/ctripc.h>
#include <string.h>
#include <vector_table.h>

static void assert_same_again(const struct ctripc_message *message, const uint8_t *bytes,
                              size_t length)
{
    uint32_t normal[CTRIPC_BUFFER_WORDS] = {0};
    uint32_t handles[2 * CTRIPC_BUFFER_WORDS];
    uint32_t *handle = handles;
    uint8_t again[4 * 127];

    for (unsigned int i = 0; i < message->normal_captured; i++)
        normal[i] = ctripc_word(bytes, length, 1 + i);
    for (unsigned int i = 0; i < message->translate_count; i++) {
        const struct ctripc_translate *translate = &message->translate[i];

        for (unsigned int n = 0; n < translate->handle_count; n++)
            *handle++ = ctripc_word(bytes, length, translate->offset + 1u + n);
    }
    g_assert_cmpuint(ctripc_encode(message, normal, handles, again, sizeof again), ==,
                     message->words * 4u);
    g_assert_cmpmem(again, message->words * 4u, bytes, message->words * 4u);
}

/** A header with bits that mean nothing makes the decoder go step by step; nothing else may
 *  differ. */
static void check_usual(uint8_t *bytes, size_t length, enum ctripc_direction direction)
{
    struct ipcshark_findings quick = {0}, thorough = {0};
    struct ctripc_message a = {0}, b = {0};

    if (length < 4 || bytes[1] & 0xF0)
        return;
    ctripc_decode(bytes, length, direction, &a, &quick);
    bytes[1] |= 0x10;
    ctripc_decode(bytes, length, direction, &b, &thorough);
    bytes[1] &= 0x0F;
    b.header = a.header;
    g_assert_cmpmem(&a, sizeof a, &b, sizeof b);
    g_assert_cmpuint(quick.count + quick.dropped + 1, ==, thorough.count + thorough.dropped);
}

/** In memory of just that size, so that a sanitizer or valgrind sees a read past the end. */
static bool check_mutant(GRand *random, const uint8_t *bytes, size_t length,
                         enum ctripc_direction direction)
{
    g_autofree uint8_t *mutant = g_memdup2(bytes, length);
    struct ctripc_message message;
    unsigned int words = 0;

    random_mutate(random, mutant, length);
    check_usual(mutant, length, direction);
    ctripc_decode(mutant, length, direction, &message, NULL);
    for (unsigned int i = 0; i < message.translate_count; i++)
        words += message.translate[i].words;
    g_assert_cmpuint(words, <=, message.translate_words);
    if (!message.complete)
        return false;
    assert_same_again(&message, mutant, length);
    return true;
}

static void test_mutated_vectors(gconstpointer path)
{
    g_autoptr(GRand) random = random_start();
    struct vector_table *table = vector_table_load(path);
    bool is_reply = strstr(path, "replies") != NULL;
    unsigned int complete = 0;

    for (guint row = 0; row < table->rows->len; row++) {
        uint8_t bytes[CTRIPC_BUFFER_SIZE];
        size_t length = vector_words(table, row, "words", bytes, sizeof bytes);

        for (unsigned int i = 0; i < 16; i++)
            complete +=
                check_mutant(random, bytes, length, is_reply ? CTRIPC_REPLY : CTRIPC_REQUEST);
    }
    g_test_message("%u of %u mutants were complete: the same bytes again", complete,
                   table->rows->len * 16);
    g_assert_cmpuint(complete, >, table->rows->len);
    vector_table_free(table);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/properties/ctr/mutated-requests", "vectors/ctr/requests.tsv.gz",
                         test_mutated_vectors);
    g_test_add_data_func("/properties/ctr/mutated-replies", "vectors/ctr/replies.tsv.gz",
                         test_mutated_vectors);
    return g_test_run();
}
