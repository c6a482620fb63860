/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layout.h"

#include <ipcshark/record.h>

/* All of it is there: section_is_there(). */
static inline void read_section_header(const uint8_t *bytes, size_t offset,
                                       struct ipctap_section *section)
{
    section->type = ipcshark_load_u16(bytes);
    section->index = ipcshark_load_u16(bytes + 2);
    section->captured_size = ipcshark_load_u32(bytes + SECTION_CAPTURED_OFFSET);
    section->address = ipcshark_load_u64(bytes + 8);
    section->declared_size = ipcshark_load_u64(bytes + 16);
    section->bytes = bytes + IPCTAP_SECTION_SIZE;
    section->offset = (uint32_t)offset;
    section->cut = false;
}

/**
 * "A section past the record's end is malformed." Ends are computed in 64 bits. `left` is what the
 * record declares behind the section header.
 */
static inline bool section_fits(const struct ipctap_section *section, uint64_t left,
                                struct ipcshark_findings *findings)
{
    if (section->captured_size <= left)
        return true;
    ipcshark_find(findings, IPCSHARK_FINDING_RECORD_SECTION_PAST_END,
                  section->offset + SECTION_CAPTURED_OFFSET, 4, section->captured_size, left);
    return false;
}

/** A snap length may end inside the section: it gets the bytes that are there. */
static inline void cut_section(struct ipctap_section *section, size_t there)
{
    if (section->captured_size <= there)
        return;
    section->captured_size = (uint32_t)there;
    section->cut = true;
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

/* Here once for whoever takes one at a time and for whoever takes all of them. */
static inline bool next_section(const struct ipctap_record *record,
                                struct ipctap_section_iterator *iterator,
                                struct ipctap_section *section, struct ipcshark_findings *findings)
{
    size_t offset = iterator->next ? iterator->next : record->header.header_size;

    if (!section_is_there(record, offset, findings))
        return false;
    if (iterator->count == IPCTAP_MAX_SECTIONS) {
        ipcshark_find(findings, IPCSHARK_FINDING_RECORD_TOO_MANY_SECTIONS, offset,
                      IPCTAP_SECTION_SIZE, iterator->count + 1, IPCTAP_MAX_SECTIONS);
        iterator->next = record->header.record_size;
        return false;
    }
    read_section_header(record->bytes + offset, offset, section);
    if (!section_fits(section, record->header.record_size - offset - IPCTAP_SECTION_SIZE,
                      findings)) {
        iterator->next = record->header.record_size;
        return false;
    }
    iterator->next = offset + IPCTAP_SECTION_SIZE + record_align(section->captured_size);
    iterator->count++;
    cut_section(section, record->length - offset - IPCTAP_SECTION_SIZE);
    return true;
}

bool ipctap_section_next(const struct ipctap_record *record,
                         struct ipctap_section_iterator *iterator, struct ipctap_section *section,
                         struct ipcshark_findings *findings)
{
    return next_section(record, iterator, section, findings);
}

uint32_t ipctap_sections(const struct ipctap_record *record, struct ipctap_section *sections,
                         uint32_t room)
{
    struct ipctap_section_iterator iterator = {0, 0};

    while (iterator.count < room &&
           next_section(record, &iterator, &sections[iterator.count], NULL))
        ;
    return iterator.count;
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
