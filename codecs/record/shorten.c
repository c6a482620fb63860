/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layout.h"

#include <ipcshark/record.h>

#include <string.h>

static size_t padded_size(const struct ipctap_section *section)
{
    return record_align(section->captured_size);
}

/** Size of the record if no section held more than `cap` bytes. */
static size_t size_with_cap(const struct ipctap_record *record, size_t cap)
{
    struct ipctap_section_iterator iterator = {0, 0};
    struct ipctap_section section;
    size_t size = record->header.header_size;

    while (ipctap_section_next(record, &iterator, &section, NULL)) {
        size_t padded = padded_size(&section);

        size += IPCTAP_SECTION_SIZE + (padded < cap ? padded : cap);
    }
    return size;
}

/** The largest cap (a multiple of 8) with which the record fits, or SIZE_MAX if none does. */
static size_t find_cap(const struct ipctap_record *record, size_t limit)
{
    size_t low = 0;
    size_t high = record_align(limit) / RECORD_ALIGNMENT;

    if (size_with_cap(record, 0) > limit)
        return SIZE_MAX;
    while (low < high) {
        size_t middle = low + (high - low + 1) / 2;

        if (size_with_cap(record, middle * RECORD_ALIGNMENT) <= limit)
            low = middle;
        else
            high = middle - 1;
    }
    return low * RECORD_ALIGNMENT;
}

/** Moves every section down behind the one before it, at most `cap` bytes of each. */
static size_t pack_sections(uint8_t *bytes, const struct ipctap_record *record, size_t cap)
{
    struct ipctap_section_iterator iterator = {0, 0};
    struct ipctap_section section;
    size_t end = record->header.header_size;

    while (ipctap_section_next(record, &iterator, &section, NULL)) {
        size_t size = section.captured_size < cap ? section.captured_size : cap;
        size_t padded = record_align(size);

        memmove(bytes + end, bytes + section.offset, IPCTAP_SECTION_SIZE + size);
        ipcshark_store_u32(bytes + end + SECTION_CAPTURED_OFFSET, (uint32_t)size);
        memset(bytes + end + IPCTAP_SECTION_SIZE + size, 0, padded - size);
        end += IPCTAP_SECTION_SIZE + padded;
    }
    return end;
}

size_t ipctap_record_shorten(uint8_t *bytes, size_t length, size_t limit)
{
    struct ipctap_record record;
    size_t cap;
    size_t size;

    if (!ipctap_record_decode(bytes, length, &record, NULL))
        return 0;
    if (record.length < record.header.record_size)
        return 0;
    if (record.header.record_size <= limit)
        return record.header.record_size;
    cap = find_cap(&record, limit);
    if (cap == SIZE_MAX)
        return 0;
    size = pack_sections(bytes, &record, cap);
    ipcshark_store_u16(bytes + RECORD_FLAGS_OFFSET, record.header.flags | IPCTAP_TRUNCATED);
    ipcshark_store_u32(bytes + RECORD_SIZE_OFFSET, (uint32_t)size);
    return size;
}
