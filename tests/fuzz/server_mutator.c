/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mutates an input of fuzz_server as what it is: whole chunks come, go and change places; inside a
 * record the contents or the fields of one section change. Bytes without a plan are tried, too.
 */
#include "server_input.h"

#include <ipcshark/writer.h>

#include <stdlib.h>
#include <string.h>

#define MAX_CHUNKS     256
#define SECTION_FIELDS 24

size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t capacity);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t capacity, unsigned int seed);

struct input {
    uint8_t *bytes;
    size_t size;
    size_t capacity;
    size_t count;
    size_t start[MAX_CHUNKS + 1]; /* Of the chunks; behind the last the end. */
};

static void find_chunks(struct input *input)
{
    struct server_chunk chunk;
    size_t offset = 0;

    input->count = 0;
    input->start[0] = 0;
    while (input->count < MAX_CHUNKS &&
           server_input_next(input->bytes, input->size, &offset, &chunk))
        input->start[++input->count] = offset;
}

static size_t chunk_size(const struct input *input, size_t n)
{
    return input->start[n + 1] - input->start[n];
}

static void remove_chunk(struct input *input, size_t n)
{
    memmove(input->bytes + input->start[n], input->bytes + input->start[n + 1],
            input->size - input->start[n + 1]);
    input->size -= chunk_size(input, n);
}

static void copy_chunk(struct input *input, size_t n, size_t to)
{
    size_t size = chunk_size(input, n), place = input->start[to];
    uint8_t *copy;

    if (input->size + size > input->capacity)
        return;
    copy = malloc(size);
    if (!copy)
        return;
    memcpy(copy, input->bytes + input->start[n], size);
    memmove(input->bytes + place + size, input->bytes + place, input->size - place);
    memcpy(input->bytes + place, copy, size);
    input->size += size;
    free(copy);
}

/* Some section of the record in chunk n. */
static bool pick_section(const struct input *input, size_t n, struct ipctap_section *picked)
{
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section section;
    struct ipctap_record record;
    int count = 0;

    if (!ipctap_record_decode(input->bytes + input->start[n] + 1, chunk_size(input, n) - 1, &record,
                              NULL))
        return false;
    while (ipctap_section_next(&record, &iterator, &section, NULL)) {
        if (rand() % ++count == 0)
            *picked = section;
    }
    return count;
}

/* The contents keep their size, so that the record stays one. */
static void change_contents(const struct input *input, size_t n)
{
    struct ipctap_section section;
    uint8_t *contents;

    if (!pick_section(input, n, &section) || !section.captured_size)
        return;
    contents = input->bytes + (section.bytes - input->bytes);
    if (rand() % 2)
        LLVMFuzzerMutate(contents, section.captured_size, section.captured_size);
    else if (section.captured_size >= 4)
        ipcshark_store_u32(contents + (size_t)rand() % (section.captured_size / 4) * 4,
                           (uint32_t)rand() >> rand() % 31);
}

/* Type, index, sizes or address. */
static void change_section(const struct input *input, size_t n)
{
    struct ipctap_section section;

    if (pick_section(input, n, &section) && section.captured_size)
        LLVMFuzzerMutate(input->bytes + (section.bytes - input->bytes) - SECTION_FIELDS,
                         SECTION_FIELDS, SECTION_FIELDS);
}

/* Kind, flags, ids, object: not what makes it a record. */
static void change_header(const struct input *input, size_t n)
{
    static const uint8_t fields[] = {5, 6, 7, 10, 24, 36, 40, 48, 49, 50, 51};
    size_t place = input->start[n] + 1 + fields[(size_t)rand() % sizeof fields];

    if (place < input->start[n + 1])
        input->bytes[place] = (uint8_t)rand();
}

static void mutate_chunk(struct input *input, size_t n)
{
    switch (rand() % 10) {
    case 0:
        remove_chunk(input, n);
        break;
    case 1:
        copy_chunk(input, n, (size_t)rand() % (input->count + 1));
        break;
    case 2:
        input->bytes[input->start[n]] = (uint8_t)(rand() % (2 * SERVER_INPUT_CONNECTIONS));
        break;
    case 3:
        change_section(input, n);
        break;
    case 4:
        change_header(input, n);
        break;
    default:
        change_contents(input, n);
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t capacity, unsigned int seed)
{
    struct input input = {.bytes = bytes, .size = size, .capacity = capacity};

    srand(seed);
    find_chunks(&input);
    if (!input.count || rand() % 16 == 0)
        return LLVMFuzzerMutate(bytes, size, capacity);
    mutate_chunk(&input, (size_t)rand() % input.count);
    return input.size;
}
