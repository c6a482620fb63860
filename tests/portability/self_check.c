/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decodes all vectors, their cuts and a fixed series of random bytes, with the arguments by
 * descriptions, reads files of names, builds and reads messages of every built-in command, encodes
 * what was complete, and prints one number for all that the codecs said. It must be the same on
 * every machine and compiler.
 *
 *     self_check VECTORS      as pack_vectors.py writes them
 */
#include "digest.h"
#include "digest_arguments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RANDOM_MESSAGES 50000u
#define MAX_LENGTH      0x20000

/** xorshift64*: the same numbers everywhere. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545F4914F6CDD1Du;
}

/** A copy of just that size, so that valgrind sees a read past the end. */
static void digest_copy(struct digest *digest, enum what what, unsigned int flags,
                        const uint8_t *bytes, size_t length)
{
    uint8_t *copy = malloc(length ? length : 1);

    if (!copy)
        abort();
    memcpy(copy, bytes, length);
    digest_message(digest, what, flags, copy, length);
    free(copy);
}

static unsigned long check_vectors(struct digest *digest, FILE *file)
{
    static uint8_t bytes[MAX_LENGTH];
    uint8_t head[6];
    unsigned long count = 0;

    while (fread(head, 1, sizeof head, file) == sizeof head) {
        size_t length = head[2] | (size_t)head[3] << 8 | (size_t)head[4] << 16;

        if (fread(bytes, 1, length, file) != length)
            return 0;
        digest_copy(digest, (enum what)head[0], head[1], bytes, length);
        /* Every vector is cut somewhere, all together everywhere. */
        if (length)
            digest_copy(digest, (enum what)head[0], head[1], bytes, count % length);
        count++;
    }
    return count;
}

/** Small numbers make headers that describe something. */
static void fill(uint64_t *state, uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        uint64_t number = next_random(state);

        bytes[i] = (uint8_t)(number & 0x100 ? number >> 56 : (number >> 56) & 0x11);
    }
}

static void check_random(struct digest *digest)
{
    uint64_t state = 0x20261121;
    uint8_t bytes[0x200];

    for (unsigned int i = 0; i < RANDOM_MESSAGES; i++) {
        size_t length = next_random(&state) % sizeof bytes;

        fill(&state, bytes, length);
        if (i % (WHAT_COUNT - 1) + 1 == RECORD && length > 16)
            memcpy(bytes, "IPCT\1\1\1\1\100\0\0\0\170\1\0\0", 16);
        digest_copy(digest, (enum what)(i % (WHAT_COUNT - 1) + 1), i >> 3 & 7, bytes, length);
    }
}

int main(int argc, char **argv)
{
    struct digest digest = {.value = 0xCBF29CE484222325u};
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    unsigned long count;

    if (!file) {
        fprintf(stderr, "usage: self_check VECTORS\n");
        return 2;
    }
    count = check_vectors(&digest, file);
    fclose(file);
    check_random(&digest);
    digest_builtin_commands(&digest);
    printf("%016llx: %lu vectors, %u random messages, %lu encoded again, %lu differently\n",
           (unsigned long long)digest.value, count, RANDOM_MESSAGES, digest.compared, digest.wrong);
    return count == 0 || digest.compared < count || digest.wrong ? 1 : 0;
}
