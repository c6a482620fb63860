/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mutates an input of fuzz_ctripc as the command buffer it is: normal words and translate
 * parameters of every kind come, go and change, and the header goes on to say so. Bytes without a
 * plan are tried, too.
 */
#include "mutator.h"

#include <ipcshark/ctripc.h>

#include <string.h>

#define MAX_WORDS 128

/** A parameter whose words fit its descriptor, or almost. */
static struct ctripc_translate random_translate(uint32_t *state)
{
    enum ctripc_kind kind = (enum ctripc_kind)(next(state) % CTRIPC_KIND_COUNT);
    bool is_handles = kind <= CTRIPC_PROCESS_ID || kind == CTRIPC_HANDLES_BOTH;
    uint32_t number = is_handles ? 1 + next(state) % 3 : next(state) % 0x4000;
    struct ctripc_translate translate = {
        .descriptor = ctripc_descriptor(kind, number, (uint8_t)next(state)),
        .kind = (uint8_t)kind,
        .words = 2,
        .address = next(state) % 4 ? next(state) : 0,
    };

    if (is_handles) {
        translate.handle_count = kind == CTRIPC_PROCESS_ID ? 1 : (uint8_t)number;
        translate.words = (uint8_t)(1 + translate.handle_count);
    }
    if (next(state) % 8 == 0)
        translate.descriptor ^= 1u << next(state) % 32;
    return translate;
}

static void change(struct ctripc_message *message, uint32_t *state)
{
    unsigned int n = message->translate_count;

    switch (next(state) % 5) {
    case 0:
        message->normal_count = (uint8_t)(next(state) % 64);
        return;
    case 1:
        message->command_id = (uint16_t)(next(state) % 8 ? next(state) : CTRIPC_COMMAND_NO_REPLY);
        return;
    case 2:
        message->translate_count -= n > 0;
        return;
    case 3:
        if (n > 0)
            message->translate[next(state) % n] = random_translate(state);
        return;
    default:
        if (n < CTRIPC_MAX_TRANSLATE)
            message->translate[message->translate_count++] = random_translate(state);
    }
}

/** What the parameters take, mostly. */
static void count_words(struct ctripc_message *message, uint32_t *state)
{
    unsigned int words = 0;

    for (unsigned int i = 0; i < message->translate_count; i++)
        words += message->translate[i].words;
    if (next(state) % 8)
        message->translate_words = (uint8_t)words;
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t capacity, unsigned int seed)
{
    uint32_t words[2 * MAX_WORDS];
    static struct ctripc_message message;
    static uint8_t made[MAX_WORDS * 4];
    uint32_t state = seed;
    size_t length;

    if (size < 1 + 4 || next(&state) % 3 == 0)
        return LLVMFuzzerMutate(bytes, size, capacity);
    for (unsigned int i = 0; i < sizeof words / sizeof *words; i++)
        words[i] = i;
    for (unsigned int i = 0; i < 64; i++)
        words[i] = ctripc_word(bytes + 1, size - 1, 1 + i);
    ctripc_decode(bytes + 1, size - 1, CTRIPC_DIRECTION_UNKNOWN, &message, NULL);
    change(&message, &state);
    count_words(&message, &state);
    length = ctripc_encode(&message, words, words + 32, made, sizeof made);
    if (length > sizeof made || length >= capacity)
        return LLVMFuzzerMutate(bytes, size, capacity);
    memcpy(bytes + 1, made, length);
    return 1 + length;
}
