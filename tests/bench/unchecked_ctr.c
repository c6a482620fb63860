/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unchecked.h"

/** One translate parameter; advances the word index. */
static uint64_t read_translate(const uint8_t *bytes, uint32_t *word)
{
    uint32_t descriptor = unchecked_u32(bytes + *word * 4);
    uint64_t sum = 0;

    if ((descriptor & 0xF) == 0) {
        uint32_t count = descriptor & 0x20 ? 1 : (descriptor >> 26) + 1;

        for (uint32_t i = 1; i <= count; i++)
            sum += unchecked_u32(bytes + (*word + i) * 4);
        *word += 1 + count;
        return sum;
    }
    sum = unchecked_u32(bytes + (*word + 1) * 4);
    if (descriptor & 8)
        sum += (descriptor >> 4) + ((descriptor >> 1) & 3);
    else if (descriptor & 4)
        sum += (descriptor >> 8) + ((descriptor >> 4) & 0xF);
    else
        sum += (descriptor >> 14) + ((descriptor >> 10) & 0xF);
    *word += 2;
    return sum;
}

uint64_t unchecked_ctr(const uint8_t *bytes)
{
    uint32_t header = unchecked_u32(bytes);
    uint32_t word = 1 + ((header >> 6) & 0x3F);
    uint32_t end = word + (header & 0x3F);
    uint64_t sum = header >> 16;

    while (word < end)
        sum += read_translate(bytes, &word);
    return sum;
}

static uint32_t keep_handles(const uint8_t *bytes, uint32_t word, uint32_t descriptor,
                             struct unchecked_ctr_request *request)
{
    uint32_t count = descriptor & 0x20 ? 1 : (descriptor >> 26) + 1;

    for (uint32_t i = 1; i <= count; i++) {
        request->word[word + i] = request->handle_count;
        request->handle[request->handle_count++] = unchecked_u32(bytes + (word + i) * 4);
    }
    return 1 + count;
}

static void keep_buffer(const uint8_t *bytes, uint32_t word, uint32_t descriptor,
                        struct unchecked_ctr_request *request)
{
    uint32_t address = unchecked_u32(bytes + (word + 1) * 4);

    if (descriptor & 8) {
        uint32_t n = request->mapped_count++;

        request->mapped_address[n] = address;
        request->mapped_size[n] = descriptor >> 4;
        request->mapped_permission[n] = (descriptor >> 1) & 3;
        request->word[word + 1] = n;
    } else {
        uint32_t id = (descriptor >> 10) & 0xF;

        request->static_address[id] = address;
        request->static_size[id] = descriptor >> 14;
        request->word[word + 1] = address;
    }
}

void unchecked_ctr_translate(const uint8_t *bytes, struct unchecked_ctr_request *request)
{
    uint32_t header = unchecked_u32(bytes);
    uint32_t word = 1 + ((header >> 6) & 0x3F);
    uint32_t end = word + (header & 0x3F);

    request->handle_count = request->mapped_count = 0;
    /* Word for word, from the back: else gcc makes a slow "rep movs" of it. */
    for (uint32_t i = word; i--;)
        request->word[i] = unchecked_u32(bytes + i * 4);
    while (word < end) {
        uint32_t descriptor = unchecked_u32(bytes + word * 4);

        request->word[word] = descriptor;
        if ((descriptor & 0xF) == 0) {
            word += keep_handles(bytes, word, descriptor, request);
        } else {
            keep_buffer(bytes, word, descriptor, request);
            word += 2;
        }
    }
}
