/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layout.h"

#include <ipcshark/record.h>

static inline void read_section(const struct ipctap_record *record, size_t offset,
                                struct ipctap_section *section)
{
    const uint8_t *bytes = record->bytes + offset;
    size_t there = record->length - offset - IPCTAP_SECTION_SIZE;
    uint32_t captured_size = ipcshark_load_u32(bytes + SECTION_CAPTURED_OFFSET);

    section->type = ipcshark_load_u16(bytes);
    section->index = ipcshark_load_u16(bytes + 2);
    section->address = ipcshark_load_u64(bytes + 8);
    section->declared_size = ipcshark_load_u64(bytes + 16);
    section->bytes = bytes + IPCTAP_SECTION_SIZE;
    section->offset = (uint32_t)offset;
    /* A snap length may end inside the section: it gets the bytes that are there. */
    section->cut = captured_size > there;
    section->captured_size = section->cut ? (uint32_t)there : captured_size;
}

/** Whether a section header is there at `offset`; one that is only partly declared is a finding. */
static inline bool section_is_there(const struct ipctap_record *record, size_t offset,
                                    struct ipcshark_findings *findings)
{
    size_t declared_end = record->header.record_size;

    if (offset >= declared_end || offset >= record->length)
        return false;
    if (declared_end - offset < IPCTAP_SECTION_SIZE) {
        ipcshark_find(findings, IPCSHARK_FINDING_RECORD_SECTION_HEADER_CUT, offset,
                      declared_end - offset, declared_end - offset, IPCTAP_SECTION_SIZE);
        return false;
    }
    return record->length - offset >= IPCTAP_SECTION_SIZE;
}

/**
 * "A section past the record's end is malformed." `left` is what the record declares behind the
 * section's header.
 */
static inline bool section_fits(size_t offset, uint32_t captured_size, size_t left,
                                struct ipcshark_findings *findings)
{
    if (captured_size <= left)
        return true;
    ipcshark_find(findings, IPCSHARK_FINDING_RECORD_SECTION_PAST_END,
                  offset + SECTION_CAPTURED_OFFSET, 4, captured_size, left);
    return false;
}

/* Here once for whoever reads one section at a time and for whoever only looks for their places:
 * the offset of the next one, whose header is there then; 0 behind the last. */
static inline size_t next_place(const struct ipctap_record *record,
                                struct ipctap_section_iterator *iterator,
                                struct ipcshark_findings *findings)
{
    size_t offset = iterator->next ? iterator->next : record->header.header_size;
    uint32_t captured_size;

    if (!section_is_there(record, offset, findings))
        return 0;
    iterator->next = record->header.record_size;
    if (iterator->count == IPCTAP_MAX_SECTIONS) {
        ipcshark_find(findings, IPCSHARK_FINDING_RECORD_TOO_MANY_SECTIONS, offset,
                      IPCTAP_SECTION_SIZE, iterator->count + 1, IPCTAP_MAX_SECTIONS);
        return 0;
    }
    captured_size = ipcshark_load_u32(record->bytes + offset + SECTION_CAPTURED_OFFSET);
    if (!section_fits(offset, captured_size,
                      record->header.record_size - offset - IPCTAP_SECTION_SIZE, findings))
        return 0;
    iterator->next = offset + IPCTAP_SECTION_SIZE + record_align(captured_size);
    iterator->count++;
    return offset;
}

bool ipctap_section_next(const struct ipctap_record *record,
                         struct ipctap_section_iterator *iterator, struct ipctap_section *section,
                         struct ipcshark_findings *findings)
{
    size_t offset = next_place(record, iterator, findings);

    if (offset)
        read_section(record, offset, section);
    return offset != 0;
}

void ipctap_section_index_fill(const struct ipctap_record *record,
                               struct ipctap_section_index *index)
{
    struct ipctap_section_iterator iterator = {0, 0};
    uint64_t types = 0;
    uint32_t count = 0;
    size_t offset;

    while (count < IPCTAP_INDEX_SIZE && (offset = next_place(record, &iterator, NULL))) {
        uint32_t name = ipcshark_load_u32(record->bytes + offset);

        types |= ipctap_section_bit((uint16_t)name);
        index->name[count] = name;
        index->offset[count++] = (uint32_t)offset;
    }
    index->types = types;
    index->count = count;
    index->is_whole = count < IPCTAP_INDEX_SIZE;
}

bool ipctap_section_find(const struct ipctap_record *record, uint16_t type, uint16_t index,
                         struct ipctap_section *section)
{
    struct ipctap_section_iterator iterator = {0, 0};

    while (ipctap_section_next(record, &iterator, section, NULL)) {
        if (section->type == type && section->index == index)
            return true;
    }
    return false;
}

/* Those whose type and index are `name` as far as `mask` goes. */
static bool find_indexed(const struct ipctap_record *record,
                         const struct ipctap_section_index *index, uint32_t name, uint32_t mask,
                         struct ipctap_section *section)
{
    for (uint32_t n = 0; n < index->count; n++) {
        if ((index->name[n] & mask) == name) {
            read_section(record, index->offset[n], section);
            return true;
        }
    }
    return false;
}

bool ipctap_section_index_find(const struct ipctap_record *record,
                               const struct ipctap_section_index *index, uint16_t type,
                               uint16_t number, struct ipctap_section *section)
{
    if (find_indexed(record, index, type | (uint32_t)number << 16, UINT32_MAX, section))
        return true;
    return !index->is_whole && ipctap_section_find(record, type, number, section);
}

bool ipctap_section_index_find_type(const struct ipctap_record *record,
                                    const struct ipctap_section_index *index, uint16_t type,
                                    struct ipctap_section *section)
{
    struct ipctap_section_iterator iterator = {0, 0};

    if (find_indexed(record, index, type, UINT16_MAX, section))
        return true;
    while (!index->is_whole && ipctap_section_next(record, &iterator, section, NULL)) {
        if (section->type == type)
            return true;
    }
    return false;
}
