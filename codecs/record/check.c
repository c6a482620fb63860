/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layout.h"

#include <ipcshark/record.h>

/** How many sections of that type and index stand up to and including the one at `offset`. */
static uint32_t occurrence(const struct ipctap_record *record, const struct ipctap_section *last)
{
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section section;
    uint32_t count = 0;

    while (ipctap_section_next(record, &iterator, &section, NULL) && section.offset <= last->offset)
        count += section.type == last->type && section.index == last->index;
    return count;
}

/** "RECEIVE, EXCHANGE and MAPPED may stand several times for one descriptor: each is a range." */
static bool may_repeat(uint16_t type)
{
    return type == IPCTAP_RECEIVE || type == IPCTAP_EXCHANGE || type == IPCTAP_MAPPED;
}

/** Looking back is quadratic: beyond this many sections duplicates are not looked for. */
enum {
    MAX_SECTIONS_COMPARED = 256
};

static void check_duplicate(const struct ipctap_record *record, uint32_t count,
                            const struct ipctap_section *section,
                            struct ipcshark_findings *findings)
{
    uint32_t times;

    if (may_repeat(section->type) || count > MAX_SECTIONS_COMPARED)
        return;
    times = occurrence(record, section);
    if (times > 1)
        ipcshark_find(findings, IPCSHARK_FINDING_RECORD_SECTION_DUPLICATE, section->offset, 4,
                      times, 1);
}

static void check_sizes(const struct ipctap_section *section, struct ipcshark_findings *findings)
{
    bool is_long = section->type == IPCTAP_COMMENT || section->type == IPCTAP_SOURCE_TEXT;
    uint32_t limit = is_long ? IPCTAP_MAX_TEXT : IPCTAP_MAX_NAME;

    if (section->captured_size > section->declared_size)
        ipcshark_find(findings, IPCSHARK_FINDING_RECORD_CAPTURED_OVER_DECLARED,
                      section->offset + SECTION_CAPTURED_OFFSET, 4, section->captured_size,
                      section->declared_size);
    if (ipctap_section_is_text(section->type) && section->captured_size > limit)
        ipcshark_find(findings, IPCSHARK_FINDING_RECORD_TEXT_TOO_LONG,
                      section->offset + SECTION_CAPTURED_OFFSET, 4, section->captured_size, limit);
}

/** "Padding is zero when written and ignored when read." */
static void check_padding(const struct ipctap_record *record, const struct ipctap_section *section,
                          struct ipcshark_findings *findings)
{
    size_t at = section->offset + IPCTAP_SECTION_SIZE + (size_t)section->captured_size;
    size_t end = record_align(at);

    for (; !section->cut && at < end && at < record->length; at++) {
        if (!record->bytes[at])
            continue;
        ipcshark_find(findings, IPCSHARK_FINDING_RECORD_PADDING, at, end - at, record->bytes[at],
                      0);
        return;
    }
}

void ipctap_record_check(const struct ipctap_record *record, struct ipcshark_findings *findings)
{
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section section;

    if (record->header.reserved)
        ipcshark_find(findings, IPCSHARK_FINDING_RECORD_RESERVED, RECORD_RESERVED_OFFSET, 1,
                      record->header.reserved, 0);
    while (ipctap_section_next(record, &iterator, &section, NULL)) {
        check_duplicate(record, iterator.count, &section, findings);
        check_sizes(&section, findings);
        check_padding(record, &section, findings);
    }
}
